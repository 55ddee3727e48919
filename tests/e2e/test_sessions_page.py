"""The list of sessions in a real browser: what is asked for is what is shown, and all of it is in the address."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from e2e.browser import shows, violations, watched_page
from e2e.conftest import Server
from e2e.weeks import FROM, UNTIL, page_url, report, served_days

pytestmark = pytest.mark.e2e

SIZES = ((1440, 900), (390, 844))
LISTED = 50
"""Sessions a page of the list has."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served_days(tmp_path_factory.mktemp("sessions")) as running:
        yield running


def _asked(server: Server, **parameters: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{server.console_url}/api/v1/sessions", params={"limit": str(LISTED), **parameters}, timeout=60)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def _rows(page: Page) -> Locator:
    return page.get_by_role("table", name="Sessions").get_by_role("row").filter(has=page.get_by_role("link"))


def _shown(page: Page) -> list[str]:
    """Ids of the sessions in the list, in its order."""
    links = _rows(page).get_by_role("link").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    return [re.split(r"[/?]", link)[2] for link in links]


def _waits(page: Page, ids: list[str]) -> None:
    """Wait until the list is these sessions."""
    shows(ids, lambda: _shown(page))


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{seconds} s" if seconds < 60 else f"{minutes} min {rest} s" if rest else f"{minutes} min"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_sessions_that_went_worst_are_found(
    server: Server, browser: Browser, size: tuple[int, int], scheme: Any
) -> None:
    """Ordered by what the viewers waited for, with what that was; the order is in the address and undone by Back. Of which time is said."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    page, watch = watched_page(context)
    page.goto(f"{server.console_url}/sessions")
    newest = [item["id"] for item in _asked(server)]
    _waits(page, newest)

    if size[0] < 640:
        expect(page.get_by_text("Started at any time")).to_be_visible()
        page.get_by_role("button", name="Change").click()
    expect(page.get_by_role("radio", name="Any time")).to_be_checked()
    page.get_by_role("radio", name="Longest wait").check()
    worst = _asked(server, sort="waiting")
    _waits(page, [item["id"] for item in worst])
    waits = [(item["timeToStart"] or 0) + item["bufferTime"] + item["stallTime"] for item in worst]
    assert sorted(waits, reverse=True) == waits
    assert waits[0] > 0
    cell = _rows(page).first.get_by_role("cell").nth(4)
    expect(cell).to_contain_text(_duration(waits[0]))
    if worst[0]["bufferCount"]:
        expect(cell).to_contain_text(f"{worst[0]['bufferCount']} buffering")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.get_by_role("radio", name="Most errors").check()
    _waits(page, [item["id"] for item in _asked(server, sort="errors")])
    page.go_back()
    expect(page).to_have_url(re.compile(r"sort=waiting"))
    _waits(page, [item["id"] for item in worst])
    assert watch.troubles == []
    context.close()


def test_headings_sort(server: Server, browser: Browser) -> None:
    """The headings of waiting and errors say by which the list is sorted, and sort it by the keyboard too."""
    page, _ = watched_page(browser.new_context())
    page.goto(f"{server.console_url}/sessions")
    heading = page.get_by_role("columnheader", name="Errors")
    heading.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(heading).to_have_attribute("aria-sort", "descending")
    _waits(page, [item["id"] for item in _asked(server, sort="errors")])
    page.get_by_role("columnheader", name="Started").get_by_role("button").click()
    _waits(page, [item["id"] for item in _asked(server)])


def test_every_filter_narrows_the_list(server: Server, browser: Browser) -> None:
    """What is chosen is what the search of the API is asked, survives a reload and is undone by Back."""
    page, watch = watched_page(browser.new_context())
    page.goto(f"{server.console_url}/sessions")
    one = next(item for item in _asked(server, hasErrors="true", hasBuffering="true") if item["person"])

    page.get_by_label("Content", exact=True).fill(one["content"])
    page.get_by_label("Content", exact=True).press("Enter")
    page.get_by_role("checkbox", name="Errors").check()
    page.get_by_role("checkbox", name="Buffering").check()
    asked = {"content": one["content"], "hasErrors": "true", "hasBuffering": "true"}
    _waits(page, [item["id"] for item in _asked(server, **asked)])
    page.get_by_role("button", name="More filters").click()
    page.get_by_label("Player", exact=True).fill(one["playerName"])
    page.get_by_label("Player", exact=True).press("Enter")
    page.get_by_label("Channel", exact=True).fill(one["channel"])
    page.get_by_label("Channel", exact=True).press("Enter")
    page.get_by_label("Datastream").select_option(one["datastream"])
    page.get_by_label("Closed because").select_option(one["closeCause"])
    page.get_by_label("Person").fill(one["person"])
    page.get_by_label("Person").press("Enter")
    whole = {
        **asked,
        "player": one["playerName"],
        "channel": one["channel"],
        "datastream": one["datastream"],
        "cause": one["closeCause"],
        "person": one["person"],
    }
    found = [item["id"] for item in _asked(server, **whole)]
    assert one["id"] in found
    _waits(page, found)

    page.reload()
    _waits(page, found)
    expect(page.get_by_role("button", name="More filters (4)")).to_have_attribute("aria-expanded", "true")
    page.get_by_label("Person").fill("nobody")
    page.get_by_label("Person").press("Enter")
    expect(page.get_by_role("heading", name="No session matches")).to_be_visible()
    page.go_back()
    _waits(page, found)
    assert watch.troubles == []


def test_range_and_segment_narrow_the_list(server: Server, browser: Browser) -> None:
    """The range of the view counts once it is asked for; a segment is of closed sessions, which the page says."""
    page, watch = watched_page(browser.new_context())
    segment = json.dumps({"all": [{"metric": "error-events", "op": ">", "value": 0}]})
    page.goto(page_url(server, "/sessions", segment=segment))
    _waits(page, [item["id"] for item in _asked(server, segment=segment)])
    expect(page.get_by_text("Closed sessions only")).to_be_visible()

    page.get_by_role("radio", name="In a range").check()
    within = _asked(server, segment=segment, **{"from": f"{FROM}:00Z", "until": f"{UNTIL}:00Z"})
    assert within
    _waits(page, [item["id"] for item in within])
    page.get_by_role("radio", name="Open", exact=True).check()
    expect(page.get_by_text("are of closed sessions only")).to_be_visible()
    assert watch.troubles == []


def test_contents_are_suggested(server: Server, browser: Browser) -> None:
    """The field of the content knows those of the range with most sessions, by name and id."""
    page, _ = watched_page(browser.new_context())
    page.goto(page_url(server, "/sessions"))
    field = page.get_by_label("Content", exact=True)
    field.focus()
    said = report(server, metrics=["media-starts"], dimensions=["content", "content-name"], limit=200)
    for content, name, *_ in said["rows"][:5]:
        option = page.locator(f"#{field.get_attribute('list')} option[value='{content}']")
        expect(option).to_have_text(str(name))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_a_session_says_what_went_wrong(server: Server, browser: Browser, size: tuple[int, int], scheme: Any) -> None:
    """In a sentence whose parts are the numbers of the API, each opened up by a click."""
    one = next(item for item in _asked(server, hasErrors="true", hasBuffering="true") if item["timeToStart"])
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    page, watch = watched_page(context)
    page.goto(f"{server.console_url}/sessions/{one['id']}")
    verdict = page.get_by_role("region", name="How it went")
    many = "" if one["bufferCount"] == 1 else "s"
    expect(verdict).to_contain_text(f"{one['bufferCount']} buffering{many}, {_duration(one['bufferTime'])}")
    expect(verdict).to_contain_text(f"started after {_duration(one['timeToStart'])}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    verdict.get_by_role("button", name=re.compile("buffering")).click()
    opened = page.get_by_role("region", name="What Buffering time is made of")
    expect(opened).to_contain_text(f"Shown as {one['bufferTime']}")
    expect(opened).to_be_in_viewport()
    opened.get_by_role("link").first.click()
    expect(page.get_by_role("list", name="Events in order").locator("details[open] pre")).to_contain_text("bufferStart")
    assert watch.troubles == []
    context.close()


def test_a_long_session_is_zoomed_into(server: Server, browser: Browser) -> None:
    """By keys, buttons and by dragging; over wall clock and over the playhead; the stretch is in the address."""
    long = max(_asked(server, state="closed"), key=lambda item: item["timePlayed"])
    lanes = httpx.get(f"{server.console_url}/api/v1/sessions/{long['id']}/timeline").json()
    page, watch = watched_page(browser.new_context(viewport={"width": 1440, "height": 1200}))
    page.goto(f"{server.console_url}/sessions/{long['id']}?tz=UTC")
    plot = page.get_by_role("slider", name="Instant of the session")
    whole = int(plot.get_attribute("aria-valuemax") or 0)
    plot.focus()
    page.keyboard.press("End")
    last = lanes["bitrate"][-1]["kbps"]
    expect(plot).to_have_attribute("aria-valuetext", re.compile(f"Bitrate {last:,.0f} kbps"))

    page.keyboard.press("Home")
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile(r"zoom=0\.0-\d+"))
    page.keyboard.press("End")
    expect(page).to_have_url(re.compile(rf"zoom=\d+\.\d-{whole}"))
    page.get_by_role("button", name="Whole session").click()
    expect(page).not_to_have_url(re.compile("zoom"))
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 60, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"zoom=\d+\.\d-\d+\.\d"))

    page.get_by_role("radio", name="Playhead").check()
    furthest = max(point["playhead"] for point in lanes["playhead"])
    expect(plot).to_have_attribute("aria-valuemax", str(furthest))
    expect(page).not_to_have_url(re.compile("zoom"))
    page.go_back()
    expect(plot).to_have_attribute("aria-valuemax", str(whole))
    assert watch.troubles == []


def test_the_zone_of_the_configuration_is_the_usual_one(tmp_path: Path, browser: Browser) -> None:
    """It holds where the address names none, whatever the browser's is."""
    server = Server(tmp_path / "data", environ={"PLAYHEAD_CONSOLE_TIME_ZONE": "Asia/Tokyo"})
    try:
        page, watch = watched_page(browser.new_context(timezone_id="America/Lima"))
        for address, zone in (("/overview", "Asia/Tokyo"), ("/sessions", "Asia/Tokyo"), ("/explore?tz=UTC", "UTC")):
            page.goto(f"{server.console_url}{address}")
            expect(page.get_by_label("Time zone")).to_have_value(zone)
        assert watch.troubles == []
    finally:
        server.end()
