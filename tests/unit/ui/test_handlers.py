"""Routes of the pages: which page an address shows, and under which policy."""

from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from playhead.ui.handlers import CONTENT_SECURITY_POLICY, DemoTarget, ui_handlers

DEMO = DemoTarget("http://127.0.0.1:8080", "d1", "ACME@AdobeOrg")


@pytest.fixture
def static(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "console-1.js").write_text("1")
    for name in ("index.html", "demo.html", "theme.js"):
        (tmp_path / name).write_text(name)
    return tmp_path


def client(static: Path, demo: DemoTarget | None = DEMO) -> TestClient[Litestar]:
    return TestClient(Litestar(ui_handlers(demo, static), openapi_config=None))


@pytest.mark.parametrize("path", ["/", "/sessions", "/sessions/0a1b", "/sessions/S%2F1", "/overview", "/explore"])
def test_every_address_of_the_console_is_the_console(static: Path, path: str) -> None:
    """The page finds out from the address what to show, so a link can be opened and a page reloaded."""
    with client(static) as browser:
        got = browser.get(path)

    assert (200, "index.html", "text/html; charset=utf-8") == (got.status_code, got.text, got.headers["content-type"])
    assert CONTENT_SECURITY_POLICY == got.headers["content-security-policy"]
    assert "nosniff" == got.headers["x-content-type-options"]


def test_demo_may_talk_to_the_collector_and_nobody_else(static: Path) -> None:
    """The demo's policy names the collector's origin; the console's names none."""
    with client(static) as browser:
        policy = browser.get("/demo").headers["content-security-policy"]

    assert f"{CONTENT_SECURITY_POLICY}; connect-src 'self' http://127.0.0.1:8080" == policy


def test_demo_is_told_whom_to_talk_to(static: Path) -> None:
    """The page reads address, datastream and organisation from the server."""
    with client(static) as browser:
        got = browser.get("/demo/config.json")

    target = {"collectorUrl": "http://127.0.0.1:8080", "datastreamId": "d1", "orgId": "ACME@AdobeOrg"}
    assert {"collectorUrl": "http://127.0.0.1:8080", "demo": target} == got.json()
    assert "no-store" == got.headers["cache-control"]


def test_without_a_target_there_is_no_demo(static: Path) -> None:
    """The page is 404 and says what would start one; the other pages learn it without an error."""
    with client(static, demo=None) as browser:
        page, config = browser.get("/demo"), browser.get("/demo/config.json")

    assert 404 == page.status_code
    assert "playhead demo" in page.text
    assert (200, {"collectorUrl": None, "demo": None}) == (config.status_code, config.json())


def test_console_is_told_where_the_collector_is(static: Path) -> None:
    """An empty console shows a command that works when pasted, so it must know the address."""
    app = Litestar(ui_handlers(None, static, collector_url="https://play.example"), openapi_config=None)
    with TestClient(app) as browser:
        assert "https://play.example" == browser.get("/demo/config.json").json()["collectorUrl"]


@pytest.mark.parametrize("path", ["/assets/none.js", "/assets/..%2findex.html", "/assets/../../pages.py"])
def test_only_files_of_the_build_are_served(static: Path, path: str) -> None:
    """A name that is not one of the build's is 404, whatever it spells."""
    with client(static) as browser:
        assert browser.get(path).status_code == 404


def test_assets_are_kept_for_ever(static: Path) -> None:
    """Their names change with their content."""
    with client(static) as browser:
        got = browser.get("/assets/console-1.js")

    assert ("1", "public, max-age=31536000, immutable") == (got.text, got.headers["cache-control"])


def test_head_is_answered_without_a_body(static: Path) -> None:
    """Monitors ask with HEAD."""
    with client(static) as browser:
        got = browser.head("/")

    assert (200, b"") == (got.status_code, got.content)


def test_missing_build_says_what_to_do(tmp_path: Path) -> None:
    """Without built files a page is a 503 that names the command."""
    with client(tmp_path / "none") as browser:
        got = browser.get("/")

    assert 503 == got.status_code
    assert "make setup" in got.text


def test_the_console_is_told_the_time_zone(static: Path) -> None:
    """Where one is configured it stands in the page, packed or not; else the page is as it was built."""
    (static / "index.html").write_text('<html lang="en">')
    with TestClient(Litestar(ui_handlers(None, static, time_zone="Europe/Berlin"), openapi_config=None)) as browser:
        for accepted in ("identity", "gzip"):
            got = browser.get("/overview", headers={"accept-encoding": accepted})
            assert '<html data-time-zone="Europe/Berlin" lang="en">' == got.text
    with client(static) as browser:
        plain = browser.get("/overview")
    assert ('<html lang="en">', True) == (plain.text, plain.headers["etag"] != got.headers["etag"])
