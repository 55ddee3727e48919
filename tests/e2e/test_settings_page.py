"""The settings in a real browser: what is read off them is what the API says, what is filled in is what the collector follows."""

import http.server
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from e2e.browser import Watch, cells_of, shows, violations, watched_page
from e2e.conftest import Server, clean_environ
from e2e.test_debugger_page import said
from e2e.test_serve import until
from e2e.viewings import HOSTILE, details

pytestmark = pytest.mark.e2e

PICTURES = os.environ.get("PLAYHEAD_PICTURES")
"""Folder that pictures for the documentation are written to; usually unset, and none is."""
SIZES = ((1440, 900), (390, 844))
TOKEN = "0123456789abcdef-not-a-real-one"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server with two days of rows, one session, and a few datastreams, which no test changes."""
    environ = {"PLAYHEAD_RETENTION_ROWS_DAYS": "2"}
    running = Server(tmp_path_factory.mktemp("settings") / "data", "--datastream", "films", environ=environ)
    _make(running, id="kids", name="Kids", eventsDays=30, settings={"idle_timeout_s": 300, "federated": True})
    _make(running, id="old", name="Old web player", enabled=False, allowedOrigins=["https://www.example.com"])
    assert 200 == _start(running, "films").status_code
    until(lambda: len(httpx.get(f"{running.console_url}/api/v1/sessions").json()["items"]) == 1)
    yield running
    running.end()


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Another, for tests that change datastreams: each makes its own."""
    running = Server(tmp_path_factory.mktemp("workshop") / "data", "--datastream", "films")
    yield running
    running.end()


def _make(server: Server, **members: Any) -> None:
    answer = httpx.post(f"{server.console_url}/api/v1/datastreams", json=members)
    assert answer.status_code == 201, answer.text


def _known(server: Server, datastream: str) -> dict[str, Any]:
    """A datastream as the API has it; empty where there is none."""
    items = httpx.get(f"{server.console_url}/api/v1/datastreams").json()["items"]
    found: dict[str, Any] = next((one for one in items if one["id"] == datastream), {})
    return found


def _start(server: Server, datastream: str) -> httpx.Response:
    body = {"events": [{"xdm": said("sessionStart", **details("coast", "The Coast"))}]}
    return httpx.post(f"{server.collector_url}/ee/va/v1/sessionStart", params={"configId": datastream}, json=body)


def _opened(browser: Browser, url: str, size: tuple[int, int] = SIZES[0], scheme: str = "light") -> tuple[Page, Watch]:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page, watch = watched_page(context)
    page.goto(url)
    return page, watch


def _rows(page: Page, name: str) -> list[list[str]]:
    """The cells of a table's body, each in one line."""
    table = page.get_by_role("table", name=name, exact=True)
    return [[" ".join(cell.split()) for cell in row] for row in cells_of(table)]


def _field(page: Page, label: str) -> Locator:
    return page.get_by_role("form").get_by_label(label, exact=True)


def _reason(page: Page, label: str) -> str:
    """What a field is said to be wrong in, found as a screen reader finds it."""
    field = _field(page, label)
    expect(field).to_have_attribute("aria-invalid", "true")
    ids = (field.get_attribute("aria-describedby") or "").split()
    return page.locator(f"[id='{ids[-1]}']").inner_text()


def _is_well(page: Page, watch: Watch, server: Server, width: int) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert watch.troubles == []
    assert watch.hosts == {urlsplit(server.console_url).netloc}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_page_says_what_the_api_says(server: Server, browser: Browser, size: tuple[int, int], scheme: str) -> None:
    """Datastreams, days in force and whose they are, the token, and every setting with its source."""
    page, watch = _opened(browser, f"{server.console_url}/settings", size, scheme)
    datastreams = [
        ["First datastream", "films Copy", "Enabled", "every one", "the server's"],
        ["Kids", "kids Copy", "Enabled", "every one", "Idle timeout 300 s, Federated data yes"],
        ["Old web player", "old Copy", "Disabled", "https://www.example.com", "the server's"],
    ]
    shows(datastreams, lambda: _rows(page, "Datastreams"))
    retention = page.get_by_role("table", name="Retention")
    expect(retention.locator("tbody tr").first).to_contain_text(re.compile(r"20\d\d"))
    server_s = "the server's"
    days = [
        ["First datastream", f"for ever {server_s}", f"2 days {server_s}", f"for ever {server_s}", "1"],
        ["Kids", "30 days its own", f"2 days {server_s}", f"for ever {server_s}", "0"],
        ["Old web player", f"for ever {server_s}", f"2 days {server_s}", f"for ever {server_s}", "0"],
    ]
    shows(days, lambda: [row[:5] for row in _rows(page, "Retention")])
    expect(page.get_by_text("This console asks for no access token.")).to_be_visible()
    if PICTURES:
        page.mouse.move(0, 0)
        page.screenshot(path=Path(PICTURES) / f"settings-{scheme}-{size[0]}.png")

    items = httpx.get(f"{server.console_url}/api/v1/settings").json()["items"]
    own = [item["key"] for item in items if item["source"] != "default"]
    assert ["data_dir", "datastream", "collector.port", "console.port", "retention.rows_days"] == own
    shows(own, lambda: [row[0].split()[0] for row in _rows(page, "Configuration")])
    assert ["2", "unset", "environment PLAYHEAD_RETENTION_ROWS_DAYS"] == _rows(page, "Configuration")[-1][1:]
    _is_well(page, watch, server, size[0])
    page.get_by_role("radio", name="All", exact=True).check()
    expect(page.get_by_role("table", name="Configuration").locator("tbody tr")).to_have_count(len(items))
    expect(page).to_have_url(re.compile(r"\?settings=all$"))
    _is_well(page, watch, server, size[0])
    page.get_by_role("link", name="Kids").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kids")
    _is_well(page, watch, server, size[0])
    page.context.close()


def test_a_datastream_is_made_by_the_keyboard(workshop: Server, browser: Browser) -> None:
    """What is wrong stands at its field, and the first of them has the focus; once right, the collector takes events for it."""
    page, _ = _opened(browser, f"{workshop.console_url}/settings")
    page.get_by_role("link", name="New datastream").press("Enter")
    expect(page.get_by_role("heading", name="New datastream")).to_be_visible()
    assert violations(page) == []
    for label, value in (("Name", HOSTILE), ("ID", "no spaces"), ("Idle timeout", "-1"), ("Raw events", "0")):
        _field(page, label).fill(value)
    _field(page, "Allowed origins").fill("https://a.example/path\nhttps://b.example")
    _field(page, "Raw events").press("Enter")
    expect(page.get_by_role("alert")).to_have_text("4 fields need a change; nothing was saved.")
    expect(_field(page, "ID")).to_be_focused()
    assert "must be 1 to 128 letters, digits" in _reason(page, "ID")
    assert "'https://a.example/path' must be a scheme and a host" in _reason(page, "Allowed origins")
    assert "must be a number of 0 or more" == _reason(page, "Idle timeout")
    assert "must be 1 day or more" == _reason(page, "Raw events")
    assert violations(page) == []
    assert {} == _known(workshop, "no spaces")

    for label, value in (("ID", "films"), ("Idle timeout", "90"), ("Raw events", "")):
        _field(page, label).fill(value)
    _field(page, "Allowed origins").fill("https://B.example/")
    _field(page, "ID").press("Enter")
    shows(True, lambda: "exists already" in _reason(page, "ID"))
    expect(_field(page, "ID")).to_be_focused()
    _field(page, "ID").fill("made")
    _field(page, "ID").press("Enter")
    expect(page).to_have_url(f"{workshop.console_url}/settings/datastreams/made")
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    made = _known(workshop, "made")
    assert (HOSTILE, ["https://b.example"], {"idle_timeout_s": 90}, None) == (
        *(made["name"], made["allowedOrigins"], made["settings"]),
        made["eventsDays"],
    )
    command = page.get_by_role("region", name="Connect a player").locator("pre").first.inner_text()
    until(lambda: "sessionId" in _shell(command))
    assert page.evaluate("window.hacked") is None
    page.go_back()
    expect(page.get_by_role("heading", name="New datastream")).to_be_visible()


def _shell(command: str) -> str:
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True, env=clean_environ()).stdout


def test_only_what_was_changed_is_sent(workshop: Server, browser: Browser) -> None:
    """What others changed meanwhile stays; fewer days are asked about once more, and Escape changes nothing."""
    _make(workshop, id="edited", name="Edited", eventsDays=90, settings={"max_states": 5})
    page, watch = _opened(browser, f"{workshop.console_url}/settings/datastreams/edited")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Nothing was changed.")).to_be_visible()
    meanwhile = {"name": "Renamed elsewhere", "settings": {"stall_min_gap_s": 3}}
    httpx.patch(f"{workshop.console_url}/api/v1/datastreams/edited", json=meanwhile).raise_for_status()

    _field(page, "Raw events").fill("7")
    _field(page, "Federated data").select_option("Yes")
    expect(_field(page, "Player states counted")).to_have_value("5")
    _field(page, "Player states counted").fill("")
    _field(page, "Keep user agents").uncheck()
    page.get_by_role("button", name="Save changes").press("Enter")
    dialog = page.get_by_role("dialog", name="Save this for Edited?")
    expect(dialog).to_contain_text("Raw events older than 7 days are removed for good, within the hour.")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Save changes")).to_be_focused()
    assert 90 == _known(workshop, "edited")["eventsDays"]

    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. The collectors follow")).to_be_visible()
    now = _known(workshop, "edited")
    assert ("Renamed elsewhere", 7, {"stall_min_gap_s": 3, "federated": True}, False) == (
        *(now["name"], now["eventsDays"], now["settings"]),
        now["keepUserAgent"],
    )
    expect(page.get_by_role("heading", level=1)).to_have_text("Renamed elsewhere")
    assert watch.troubles == []


def test_disabling_is_asked_about_and_followed(workshop: Server, browser: Browser) -> None:
    """Cancelled, players go on; disabled, they are refused within seconds; enabled, they are taken again."""
    _make(workshop, id="switched", name="Switched")
    page, watch = _opened(browser, f"{workshop.console_url}/settings/datastreams/switched")
    disable = page.get_by_role("button", name="Disable this datastream")
    disable.press("Enter")
    dialog = page.get_by_role("dialog", name="Disable Switched?")
    expect(dialog).to_contain_text("refused within about a second")
    assert violations(page) == []
    page.keyboard.press("Enter")  # Cancel has the focus
    expect(dialog).to_be_hidden()
    expect(disable).to_be_focused()
    until(lambda: _start(workshop, "switched").status_code == 200)

    disable.click()
    dialog.get_by_role("button", name="Disable", exact=True).click()
    expect(page.get_by_role("button", name="Enable this datastream")).to_be_visible()
    expect(page.get_by_text("Disabled", exact=True)).to_be_visible()
    until(lambda: _start(workshop, "switched").status_code == 422)
    page.get_by_role("button", name="Enable this datastream").click()
    expect(disable).to_be_visible()
    until(lambda: _start(workshop, "switched").status_code == 200)
    assert watch.troubles == []


ATTACK = """async (target) => {
  const tried = [];
  const attempt = async (name, send) => { try { await send(); tried.push(`${name}: sent`); } catch { tried.push(`${name}: stopped`); } };
  const change = JSON.stringify({ id: 'stolen', name: 'stolen', enabled: false });
  const one = `${target}/api/v1/datastreams/kids`, all = `${target}/api/v1/datastreams`;
  const json = { 'content-type': 'application/json' };
  await attempt('patch', () => fetch(one, { method: 'PATCH', headers: json, body: change, credentials: 'include' }));
  await attempt('patch without cors', () => fetch(one, { method: 'PATCH', mode: 'no-cors', body: change }));
  await attempt('post', () => fetch(all, { method: 'POST', headers: json, body: change, credentials: 'include' }));
  await attempt('plain post', () => fetch(all, { method: 'POST', mode: 'no-cors', body: change, credentials: 'include' }));
  await attempt('json post without cors', () => fetch(all, { method: 'POST', mode: 'no-cors', headers: json, body: change }));
  await attempt('blob', () => fetch(all, { method: 'POST', mode: 'no-cors', body: new Blob([change], { type: 'application/json' }) }));
  await attempt('beacon', async () => navigator.sendBeacon(all, new Blob([change], { type: 'application/json' })));
  await attempt('read', async () => (await fetch(all)).text());
  const frame = Object.assign(document.createElement('iframe'), { name: 'sink' });
  const form = Object.assign(document.createElement('form'), { method: 'post', action: all, target: 'sink', enctype: 'text/plain' });
  form.append(Object.assign(document.createElement('input'), { name: change.slice(0, -1) + ',"x":"', value: '"}' }));
  document.body.append(frame, form);
  form.submit();
  await new Promise((done) => { frame.onload = done; setTimeout(done, 30_000); });
  return tried;
}"""
"""Everything a page has to send with, at a console it is not of."""


class _Silent(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        """An empty page."""
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>elsewhere</title><body>")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Nothing."""


@contextmanager
def _elsewhere() -> Iterator[str]:
    """A page of another origin of the same machine: the nearest a stranger gets, its cookies are of the same site."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Silent) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{other.server_port}/"
        finally:
            other.shutdown()
            thread.join()


def test_a_page_of_another_origin_changes_nothing(server: Server, browser: Browser) -> None:
    """Whatever it sends, the datastreams are as they were, and it can read none of them (decision 0071)."""
    before = httpx.get(f"{server.console_url}/api/v1/datastreams").json()
    with _elsewhere() as url:
        page, watch = _opened(browser, url)
        tried = page.evaluate(ATTACK, server.console_url)
        page.context.close()
    assert before == httpx.get(f"{server.console_url}/api/v1/datastreams").json()
    assert {"patch: stopped", "post: stopped", "read: stopped"} <= set(tried)
    assert any(trouble.startswith("415 ") for trouble in watch.troubles), "what a form may send has reached the server"


def test_what_cannot_be_loaded_or_is_not_there_is_said(server: Server, browser: Browser) -> None:
    """A failure can be tried again; an unknown datastream has a way back."""
    page, _ = _opened(browser, f"{server.console_url}/live")
    page.route("**/api/v1/settings", lambda route: route.abort())
    page.goto(f"{server.console_url}/settings")
    expect(page.get_by_role("alert")).to_contain_text("The console does not answer")
    page.unroute("**/api/v1/settings")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("table", name="Datastreams")).to_be_visible()
    page.goto(f"{server.console_url}/settings/datastreams/nobody")
    expect(page.get_by_role("heading", name="There is no datastream nobody")).to_be_visible()
    page.get_by_role("link", name="All datastreams").click()
    expect(page.get_by_role("table", name="Datastreams")).to_be_visible()


def test_with_a_token_the_page_says_so_and_never_shows_it(tmp_path: Path, browser: Browser) -> None:
    """Signed in once, a person reads where the token is kept and how it is replaced."""
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    server = Server(tmp_path / "data", environ={"PLAYHEAD_CONSOLE_TOKEN_FILE": "token"})
    try:
        page, _ = _opened(browser, f"{server.console_url}/settings")
        page.get_by_label("Access token").fill(TOKEN)
        page.get_by_role("button", name="Sign in").click()
        access = page.get_by_role("region", name="Access token")
        expect(access).to_contain_text("This console asks for an access token.")
        expect(access).to_contain_text("(umask 077; openssl rand -hex 32 > token)")
        assert TOKEN not in page.content()
        assert [] == [cookie for cookie in page.evaluate("document.cookie").split(";") if cookie]
        page.goto(f"{server.console_url}/settings/datastreams/{server.datastream}")
        _field(page, "Name").fill("Signed in")
        page.get_by_role("button", name="Save changes").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Signed in")
    finally:
        server.end()
