"""Lookups in a real browser: a file brought, refused line by line, replaced, taken back, and seen by Explore."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from e2e.browser import Watch, cells_of, shows, violations, watched_page
from e2e.conftest import Server
from e2e.viewings import HOSTILE

pytestmark = pytest.mark.e2e

PICTURES = os.environ.get("PLAYHEAD_PICTURES")
SIZES = ((1440, 900), (390, 844))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server."""
    running = Server(tmp_path_factory.mktemp("lookups") / "data", "--datastream", "films")
    yield running
    running.end()


@pytest.fixture(autouse=True)
def _without_lookups(server: Server) -> None:
    """Each test begins with none."""
    for lookup in ("content", "ad", "ad-pod", "chapter"):
        _put(server, lookup, f"{lookup}\n")


def _put(server: Server, lookup: str, text: str) -> None:
    url = f"{server.console_url}/api/v1/lookups/{lookup}"
    httpx.put(url, content=text.encode(), headers={"content-type": "text/csv"}).raise_for_status()


def _known(server: Server, path: str = "/content") -> Any:
    return httpx.get(f"{server.console_url}/api/v1/lookups{path}").json()["items"]


def _opened(browser: Browser, server: Server, size: tuple[int, int] = SIZES[0], scheme: str = "light") -> tuple[Page, Watch]:  # fmt: skip
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page, watch = watched_page(context)
    page.goto(f"{server.console_url}/settings")
    expect(_table(page)).to_be_visible(timeout=30_000)
    return page, watch


def _table(page: Page, name: str = "Lookups") -> Locator:
    return page.get_by_role("table", name=name, exact=True)


def _rows(page: Page, name: str = "Lookups") -> list[list[str]]:
    return [[" ".join(cell.split()) for cell in row] for row in cells_of(_table(page, name))]


def _upload(page: Page, name: str, text: str, of: str = "Contents") -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=f"Upload CSV of {of}").press("Enter")
    chooser.value.set_files(FilePayload(name=name, mimeType="text/csv", buffer=text.encode()))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_card_says_what_the_api_says(server: Server, browser: Browser, size: tuple[int, int], scheme: str) -> None:
    """Without any, what they are good for; with some, how many entries in which columns, as the API says."""
    page, watch = _opened(browser, server, size, scheme)
    why = page.get_by_text("Nothing is looked up: reports show what players sent.")
    expect(why).to_be_visible()
    shows([["Contents by content", "0"], ["Ads by ad", "0"]], lambda: [row[:2] for row in _rows(page)][:2])
    assert "may override pod-name, pod-position" == _rows(page)[2][3]
    assert violations(page) == []
    _put(
        server, "content", "content,content-name,territory\n" + "".join(f"film-{n},Film {n},DE\n" for n in range(1234))
    )
    _put(server, "ad-pod", "ad-pod,pod-name,half\nx_1,Second half,2\n")
    page.reload()
    expect(_table(page)).to_be_visible(timeout=30_000)
    expect(why).to_be_hidden()
    shows([["Contents by content", "1,234", "Upload Download", "content-name, territory"]], lambda: _rows(page)[:1])
    assert "pod-name, half" == _rows(page)[2][3]
    if PICTURES:
        page.mouse.move(0, 0)
        page.locator("#lookups").screenshot(path=Path(PICTURES) / f"lookups-{scheme}-{size[0]}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert violations(page) == []
    assert watch.troubles == []
    page.context.close()


def test_a_file_is_brought_mended_and_replaced(server: Server, browser: Browser) -> None:
    """What is wrong stands by its line; once mended it is taken; replacing asks once more; Explore knows the new column."""
    page, _ = _opened(browser, server)
    wrong = f"content,content-name,content-length,territory\nfilm,{HOSTILE},1:30,DE\nother\n"
    _upload(page, "films.csv", wrong)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("films.csv was not taken; Contents are as they were")
    wrong_lines = [
        ["Line 2", "content-length", "must be a whole number of seconds, 1 or more; it is '1:30'"],
        ["Line 3", "", "the header has 4 cells, this line 1"],
    ]
    shows(wrong_lines, lambda: _rows(page, "What is wrong in films.csv"))
    assert violations(page) == []
    assert [] == _known(server)

    _upload(page, "films.csv", wrong.replace("1:30", "90").replace("other\n", ""))
    expect(page.get_by_role("status").filter(has_text="taken")).to_have_text(
        "films.csv was taken: Contents have 1 entry now."
    )
    expect(alert).to_be_hidden()
    expected = {"content": "film", "content-name": HOSTILE, "content-length": 90, "territory": "DE"}
    assert [expected] == _known(server)
    expect(_table(page).locator("tbody tr").first).to_contain_text("content-name, content-length, territory")

    _upload(page, "more.csv", "content,<b>\nfilm,x\n")
    dialog = page.get_by_role("dialog", name="Replace Contents?")
    expect(dialog).to_contain_text("The 1 entry there are give way to those of more.csv.")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert [expected] == _known(server)
    _upload(page, "more.csv", "content,<b>\nfilm,x\n")
    dialog.get_by_role("button", name="Replace").click()
    expect(alert).to_contain_text("more.csv was not taken")
    assert ["Line 1", "<b>"] == _rows(page, "What is wrong in more.csv")[0][:2]
    assert page.evaluate("window.hacked") is None

    page.get_by_role("link", name="Explore", exact=True).click()
    by = page.get_by_role("combobox", name="By", exact=True)
    by.select_option("territory")
    expect(page).to_have_url(re.compile("lookup(%3A|:)content(%3A|:)territory"))


def test_a_lookup_is_taken_back_as_a_file(server: Server, browser: Browser) -> None:
    """The whole table; of an empty one its header, to be filled in."""
    text = f'ad,ad-name,agency\nspot,"{HOSTILE.replace(chr(34), chr(34) * 2)}",A\n'
    _put(server, "ad", text)
    page, _ = _opened(browser, server)
    for name, file, expected in (
        ("Download of Ads", "lookup-ad.csv", text),
        ("Empty table of Ad breaks", "lookup-ad-pod.csv", "ad-pod,pod-name,pod-position\n"),
    ):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert file == download.value.suggested_filename
        assert expected == Path(download.value.path()).read_text()


def test_what_cannot_be_reached_is_said(server: Server, browser: Browser) -> None:
    """The rest of the page stands; an upload that fails changes nothing."""
    page, _ = _opened(browser, server)
    page.route("**/api/v1/lookups/content", lambda route: route.abort())
    _upload(page, "films.csv", "content\n")
    expect(page.get_by_role("alert")).to_contain_text("The console does not answer")
    page.route("**/api/v1/lookups", lambda route: route.fulfill(status=503, json={"detail": "Not now."}))
    page.reload()
    expect(page.get_by_role("region", name="Lookups").get_by_role("alert")).to_contain_text("Not now.")
    expect(_table(page, "Datastreams")).to_be_visible()
    page.unroute("**/api/v1/lookups")
    page.get_by_role("button", name="Try again").click()
    expect(_table(page)).to_be_visible()
