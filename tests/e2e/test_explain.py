"""Numbers opened up in a real browser: what a person reads is what the server added up."""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import Struct
from playwright.sync_api import Browser, Locator, Page, expect

from e2e.browser import watched_page
from e2e.conftest import Server
from e2e.test_console import CONTRAST, NARROW, WIDE
from e2e.viewings import EVERYTHING, now, send

pytestmark = pytest.mark.e2e

PICTURES = os.environ.get("PLAYHEAD_PICTURES")


class World(Struct, frozen=True):
    """The address of a session in which everything happens."""

    url: str


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    server = Server(tmp_path_factory.mktemp("explain") / "data", "--datastream", "films")
    try:
        session_id = send(server.collector_url, "films", now() - timedelta(seconds=128), EVERYTHING)
        yield World(f"{server.console_url}/sessions/{session_id}")
    finally:
        server.end()


def opened(page: Page, label: str) -> Locator:
    """The explanation of a number, once it is there."""
    panel = page.get_by_role("region", name=f"What {label} is made of")
    expect(panel.get_by_text("Shown as")).to_be_visible()
    return panel


def lines(panel: Locator) -> list[list[str]]:
    """The cells of its terms as read out."""
    rows = panel.get_by_role("row")
    cells = [rows.nth(n).get_by_role("cell").all_inner_texts() for n in range(rows.count())]
    return [[" ".join(cell.split()) for cell in row] for row in cells if len(row) == 3]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_a_number_is_opened_with_the_keyboard(
    world: World, browser: Browser, size: tuple[int, int], scheme: str
) -> None:
    """Its rule, its terms with times, and their sum; quietly, with enough contrast, without a sideways scroll."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page, watch = watched_page(context)
    page.goto(world.url)
    button = page.get_by_role("button", name="Time played", exact=True)
    expect(button).to_have_attribute("aria-expanded", "false")
    button.focus()
    button.press("Enter")

    panel = opened(page, "Time played")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(panel.get_by_text("Wall clock with main content playing")).to_be_visible()
    shown = [(when, what.split(" 2")[0], amount) for when, what, amount in lines(panel)]
    assert shown[0][0] == "0:01.000 to 0:15.000"
    assert shown[0][1].startswith("Main content played")
    assert [amount for _, _, amount in shown] == ["14.000 s", "8.900 s", "8.000 s", "19.000 s", "21.100 s"]
    expect(panel.get_by_role("row", name="5 terms; before rounding")).to_contain_text("71.000 s")
    expect(panel.get_by_text("Shown as")).to_have_text("Shown as 71 s")
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    if PICTURES:
        panel.scroll_into_view_if_needed()
        page.evaluate("scrollBy(0, 120)")
        page.screenshot(path=Path(PICTURES) / f"explain-{scheme}-{size[0]}.png")
    assert watch.troubles == []
    context.close()


def test_the_address_opens_it_again_and_back_closes_it(world: World, browser: Browser) -> None:
    """A link reproduces what is open; Back leaves it; another number takes its place."""
    page, _ = watched_page(browser.new_context())
    page.goto(f"{world.url}?explain=qoeDataDetails.stallTime")
    panel = opened(page, "Stall time")
    assert [["20.000 s"]] == [row[2:] for row in lines(panel)]
    expect(panel).to_contain_text("moved from play to stall")

    page.get_by_role("button", name="Pauses", exact=True).click()
    expect(panel).to_have_count(0)
    assert [["0:58.000", "1"]] == [[row[0], row[2]] for row in lines(opened(page, "Pauses"))]
    expect(page).to_have_url(re.compile(r"explain=sessionDetails\.pauseCount"))
    page.go_back()
    expect(opened(page, "Stall time")).to_be_visible()
    page.get_by_role("button", name="Stall time", exact=True).click()
    expect(page.get_by_role("region", name="What Stall time is made of")).to_have_count(0)


def test_a_term_leads_to_its_events(world: World, browser: Browser) -> None:
    """An event behind a term is opened in the list of events, also where a filter hid it; its link opens it anew."""
    page, _ = watched_page(browser.new_context())
    page.goto(f"{world.url}?explain=sessionDetails.pauseTime&outcome=dropped")
    link = opened(page, "Pause time").get_by_role("link", name="17. pauseStart")
    href = link.get_attribute("href") or ""
    link.click()
    event = page.get_by_role("list", name="Events in order").get_by_role("listitem").nth(16)
    expect(event.locator("pre")).to_contain_text('"eventType": "media.pauseStart"')
    expect(event.locator("summary")).to_be_focused()
    expect(event.locator("summary")).to_be_in_viewport()

    page.goto(f"{world.url}{href}")
    expect(event.locator("pre")).to_contain_text('"eventType": "media.pauseStart"')


def test_ads_chapters_states_and_markers_open_up(world: World, browser: Browser) -> None:
    """Numbers in tables open below their line, and one that is not there says why."""
    page, _ = watched_page(browser.new_context())
    page.goto(world.url)
    page.get_by_role("table", name="Ads").get_by_role("button", name="7 s").click()
    assert [["0:31.200 to 0:38.000", "6.800 s"]] == [[row[0], row[2]] for row in lines(opened(page, "ad 2"))]
    page.get_by_role("table", name="Ads").get_by_role("button", name="Not completed").click()
    expect(opened(page, "ad 2")).to_contain_text("It was skipped")
    page.get_by_role("table", name="Chapters").get_by_role("button", name="31 s").click()
    assert ["13.900 s", "8.900 s", "8.000 s", "0.100 s"] == [row[2] for row in lines(opened(page, "chapter 1"))]
    page.get_by_role("table", name="Player states").get_by_role("button", name="14 s").click()
    assert [["0:42.000 to 0:56.000", "14.000 s"]] == [[row[0], row[2]] for row in lines(opened(page, "mute"))]
    page.get_by_role("button", name="Not passed 50 %").click()
    expect(opened(page, "the marker at 50 %")).to_contain_text("That point of the content was not viewed.")
