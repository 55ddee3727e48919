"""Overview and Explore in a real browser: what is read off them is what the API says, and they can be used by everyone."""

import csv
import json
import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.browser import Watch, opened, rows_of, shows, tile_of, violations, watched_page
from e2e.conftest import Server
from e2e.viewings import HOSTILE, details, now, send, short
from e2e.weeks import BEFORE, FROM, UNTIL, page_url, panel, report, served_days, until_counted

pytestmark = pytest.mark.e2e

PICTURES = os.environ.get("PLAYHEAD_PICTURES")
"""Folder that pictures for the documentation are written to; usually unset, and none is."""
SIZES = ((1440, 900), (390, 844))
NOTHING = "\N{EN DASH}"
LIVE_S = 86_400
"""The length of contents that have no end."""
COMPARE = {"from": f"{BEFORE}:00Z", "until": f"{FROM}:00Z"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served_days(tmp_path_factory.mktemp("pages")) as server:
        yield server


def _picture(page: Page, name: str) -> None:
    if PICTURES:
        page.mouse.move(0, 0)
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


def _is_well(page: Page, watch: Watch, server: Server, size: tuple[int, int]) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert watch.troubles == []
    assert watch.hosts == {urlsplit(server.console_url).netloc}


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _share(value: float | None) -> str:
    if value is None:
        return NOTHING
    return f"{value * 100:.2f} %" if 0 < value < 0.1 else f"{value * 100:.1f} %"


def _duration(seconds: float) -> str:
    hours, minutes = divmod(int(seconds + 0.5) // 60, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _hms(seconds: float) -> str:
    minutes, second = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{second:02}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_overview_says_what_the_api_says(world: Server, browser: Browser, size: tuple[int, int], scheme: str) -> None:
    """Every tile, the chart's last place and the table of contents hold the numbers of the API."""
    page, watch = opened(browser, size, scheme)
    page.goto(page_url(world, "/overview", compare="before"))
    metrics = ["media-starts", "viewers", "content-time-spent", "content-completion-rate", "drop-before-start-rate"]
    metrics += ["content-buffer-duration-rate", "error-impacted-streams", "ad-starts", "ad-completion-rate"]
    metrics += ["content-starts", "drops-before-start"]
    totals = report(world, metrics=metrics, compare=COMPARE)["totals"]
    audience = panel(world, "average-minute-audience", {"mode": "period"})["summary"]["total"]

    expected = {
        "Media starts": _count(totals["media-starts"]),
        "Viewers": _count(totals["viewers"]),
        "Content time": _duration(totals["content-time-spent"]),
        "Average minute audience": f"{audience:.2f}",
        "Completion rate": _share(totals["content-completion-rate"]),
        "Left before start": _share(totals["drop-before-start-rate"]),
        "Buffering time": _share(totals["content-buffer-duration-rate"]),
        "Sessions with errors": _share(
            totals["error-impacted-streams"] / (totals["content-starts"] + totals["drops-before-start"])
        ),
        "Ad starts": _count(totals["ad-starts"]),
        "Ad completion rate": _share(totals["ad-completion-rate"]),
    }
    shows(expected, lambda: {name: tile_of(page, name) for name in expected})
    before = page.get_by_role("group", name="Media starts", exact=True).locator(".tile-change")
    expect(before).to_have_text(re.compile(rf"before {_count(totals['compare:media-starts'])}$"))

    viewers = panel(world, "concurrent-viewers", {"granularity": "hour"})["rows"]
    chart = page.get_by_role("slider", name="Viewers at one time")
    reading = f"Sun 18 Jan, 23:00: Viewers {viewers[-1][1] / 60:.2f}"
    expect(chart).to_have_attribute("aria-valuetext", re.compile(re.escape(reading)))

    of_top = ["media-starts", "content-time-spent", "content-completion-rate"]
    top = report(world, metrics=of_top, dimensions=["content"], limit=10)["rows"]
    lengths = report(world, metrics=["media-starts"], dimensions=["content", "content-length"], limit=5000)["rows"]
    live = {content for content, length, _ in lengths if length == LIVE_S}
    assert live & {row[0] for row in top}
    table = page.get_by_role("table", name="Most watched contents")
    expected_rows = [
        [_count(starts), _hms(spent), NOTHING if content in live or rate is None else f"{rate * 100:.1f}"]
        for content, starts, spent, rate in top
    ]
    shows(expected_rows, lambda: [[row[1], row[3], row[4]] for row in rows_of(table)])
    expect(page.get_by_text("live content, which has no end to be reached")).to_be_visible()
    expect(page.get_by_text("A viewing that was resumed is no media start")).to_be_visible()
    _is_well(page, watch, world, size)
    _picture(page, f"overview-{scheme}-{size[0]}")
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_explore_says_what_the_api_says(world: Server, browser: Browser, size: tuple[int, int], scheme: str) -> None:
    """Rows, totals and bars of two metrics by two dimensions are those of the report, in its order."""
    page, watch = opened(browser, size, scheme)
    metrics = ["media-starts", "content-completion-rate"]
    page.goto(page_url(world, "/explore", metrics=",".join(metrics), by="content-type,content-channel"))
    answer = report(world, metrics=metrics, dimensions=["content-type", "content-channel"])

    table = page.get_by_role("table", name="Rows", exact=True)
    expected = [
        [kind, channel, _count(starts), NOTHING if rate is None or kind == "live" else f"{rate * 100:.1f}"]
        for kind, channel, starts, rate in answer["rows"]
    ]
    shows(expected, lambda: rows_of(table))
    rate = _share(answer["totals"]["content-completion-rate"])
    shows(rate, lambda: tile_of(page, "Content completion rate"))
    bars = page.get_by_role("slider", name="Media starts by content-type, content-channel")
    kind, channel, starts, _ = answer["rows"][0]
    expect(bars).to_have_attribute("aria-valuetext", f"{kind} · {channel}: Now {starts}")
    bars.press("End")
    kind, channel, starts, _ = answer["rows"][-1]
    bars.press("End")
    expect(bars).to_have_attribute("aria-valuetext", f"{kind} · {channel}: Now {starts}")
    bars.blur()
    _is_well(page, watch, world, size)
    _picture(page, f"explore-{scheme}-{size[0]}")
    page.context.close()


def test_explore_is_asked_by_its_controls_and_by_its_link(world: Server, browser: Browser) -> None:
    """Metric, dimension, stretch and order chosen with the controls are the report asked for; the link shows it again."""
    page, watch = watched_page(browser.new_context())
    page.goto(page_url(world, "/explore"))
    starters = page.get_by_role("region", name="Questions to begin with")
    expect(starters).to_be_visible()
    asked = starters.get_by_role("link").evaluate_all("links => links.map(link => link.href)")
    assert asked
    for given in (parse_qs(urlsplit(address).query) for address in asked):
        rest = {name: given[name][0] for name in ("granularity", "sort") if name in given}
        by = {"dimensions": given["by"][0].split(",")} if "by" in given else {}
        assert report(world, metrics=given["metrics"][0].split(","), **by, **rest)["rows"]
    page.get_by_label("Add a metric").select_option("Content time spent")
    expect(starters).to_be_hidden()
    page.get_by_role("combobox", name="By", exact=True).select_option("Content")
    page.get_by_label("In stretches of").select_option("Day")
    page.get_by_role("button", name="Content time spent", exact=True).click()

    question: dict[str, Any] = {
        "metrics": ["media-starts", "content-time-spent"],
        "dimensions": ["content"],
        "granularity": "day",
        "sort": "-content-time-spent",
    }
    answer = report(world, **question, limit=50)
    expected = [
        [f"{datetime.fromisoformat(time):%a %-d %b}", content, _count(starts), _hms(spent)]
        for time, content, starts, spent in answer["rows"]
    ]
    shows(expected, lambda: rows_of(page.get_by_role("table", name="Rows", exact=True)))
    legend = page.get_by_role("list", name="Lines of Media starts over time").get_by_role("listitem")
    expect(legend).to_have_count(6)

    other, _ = watched_page(browser.new_context(timezone_id="Asia/Tokyo"))
    other.goto(page.url)
    shows(expected, lambda: rows_of(other.get_by_role("table", name="Rows", exact=True)))
    assert watch.troubles == []


def test_states_and_metadata_of_ones_own_can_be_asked_for(world: Server, browser: Browser) -> None:
    """A metric of a player state by its name, by custom metadata by its name: the same as the report of both."""
    page, watch = watched_page(browser.new_context())
    page.goto(page_url(world, "/explore"))
    page.get_by_label("Add a metric").select_option("Player state of your own …")
    form = page.get_by_role("form", name="Metric of a player state")
    form.get_by_label("Player state").fill("mute")
    form.get_by_label("What of it").select_option("Time it was on")
    form.get_by_role("button", name="Add").click()
    expect(page).to_have_url(re.compile(r"metrics=media-starts%2Cstate%3Amute%3Atotal-duration"))

    total = report(world, metrics=["state:mute:total-duration"])["totals"]["state:mute:total-duration"]
    assert total > 0
    shows(_duration(total), lambda: tile_of(page, "mute: total duration"))
    page.get_by_role("button", name="Remove mute: total duration").click()
    page.get_by_role("combobox", name="By", exact=True).select_option("Custom metadata …")
    page.get_by_label("Name of the custom metadata").fill("plan")
    page.get_by_label("Name of the custom metadata").press("Enter")
    answer = report(world, metrics=["media-starts"], dimensions=["custom:plan"])
    lines = [[name, _count(starts)] for name, starts in answer["rows"]]
    shows(lines, lambda: rows_of(page.get_by_role("table", name="Rows", exact=True)))
    assert watch.troubles == []


def test_csv_and_sql_hold_the_same_rows(world: Server, browser: Browser) -> None:
    """The file has every row of all pages; the SQL shown, asked as it is, answers those of the first page."""
    page, _ = watched_page(browser.new_context(accept_downloads=True))
    page.goto(page_url(world, "/explore", metrics="media-starts,media-time-spent", by="media-session-id"))
    answer = report(world, metrics=["media-starts", "media-time-spent"], dimensions=["media-session-id"], limit=50_000)
    assert len(answer["rows"]) > 50
    rows = page.get_by_role("table", name="Rows", exact=True).locator("tbody tr")
    expect(rows).to_have_count(50)
    page.get_by_role("button", name="Next").click()
    expect(rows.first).to_contain_text(answer["rows"][50][0])
    expect(page).to_have_url(re.compile("page=2"))

    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download CSV").click()
    held = list(csv.reader(StringIO(waiting.value.path().read_text())))
    assert held[0] == answer["columns"]
    assert [[row[0], float(row[1]), float(row[2])] for row in held[1:]] == answer["rows"]

    page.go_back()
    expect(rows.first).to_contain_text(answer["rows"][0][0])
    expect(page.locator(".shown.stale, [aria-busy=true]")).to_have_count(0)
    page.get_by_text("The SQL behind it").click()
    sql = page.locator(".sql pre").inner_text()
    asked = httpx.post(f"{world.console_url}/api/v1/query", json={"sql": sql, "format": "csv"})
    assert asked.status_code == 200, asked.text
    told = list(csv.reader(StringIO(asked.text)))[1:51]
    assert [row[0] for row in told] == [row[0] for row in answer["rows"][:50]]


def test_completion_of_live_content_is_a_dash_that_says_why(world: Server, browser: Browser) -> None:
    """By any dimension and over time: what only live content makes nought is none on the page; API and CSV keep the number."""
    page, watch = watched_page(browser.new_context(accept_downloads=True))
    rate = "content-completion-rate"
    page.goto(page_url(world, "/explore", metrics=rate, by="content", sort="content"))
    asked: dict[str, Any] = {"metrics": [rate], "dimensions": ["content"], "limit": 50, "sort": "content"}
    answer = report(world, **asked)["rows"]
    live = {content for content, found in answer if content.startswith("live-") and found == 0}
    unfinished = {content for content, found in answer if not content.startswith("live-") and found == 0}
    assert live
    assert unfinished
    table = page.get_by_role("table", name="Rows", exact=True)
    expect(table.locator("tbody tr")).to_have_count(len(answer))
    told = {content for content, found in answer if found is not None}
    shows(live, lambda: {content for content, text in rows_of(table) if text == NOTHING and content in told})
    shown = {row[0]: row[1] for row in rows_of(table)}
    assert {"0.0"} == {shown[content] for content in unfinished}
    why = page.get_by_text("live content, which has no end to be reached")
    expect(why).to_contain_text("The API and the CSV have 0 there.")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download CSV").click()
    held = {row[0]: row[1] for row in csv.reader(StringIO(waiting.value.path().read_text()))}
    assert {"0"} == {held[content] for content in live}
    page.get_by_text("What the metrics mean").click()
    expect(page.get_by_text("Share of the sessions that reached main content")).to_be_visible()
    table.get_by_role("link", name="live-arena").click()
    expect(page.get_by_role("heading", level=1, name="Arena live")).to_be_visible()

    of_live = json.dumps({"dimension": "content-type", "op": "=", "value": "live"})
    page.goto(page_url(world, "/explore", metrics=rate, granularity="day", segment=of_live))
    expect(why).to_be_visible()
    shows(NOTHING, lambda: tile_of(page, "Content completion rate"))
    shows({NOTHING}, lambda: {row[1] for row in rows_of(table)})
    assert watch.troubles == []


def test_what_has_no_meaning_is_said_beside_the_choice(world: Server, browser: Browser) -> None:
    """Sessions by ad: the reason of the API stands by the dimension, no rows are shown, and another choice mends it."""
    page, _ = watched_page(browser.new_context())
    page.goto(page_url(world, "/explore"))
    page.get_by_role("combobox", name="By", exact=True).select_option("Ad")

    asked = {"metrics": ["media-starts"], "dimensions": ["ad"], "from": f"{FROM}:00Z", "until": f"{UNTIL}:00Z"}
    (wrong,) = httpx.post(f"{world.console_url}/api/v1/reports", json=asked).json()["errors"]
    expect(page.get_by_role("alert")).to_have_text(wrong["reason"])
    expect(page.get_by_role("combobox", name="By", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("table", name="Rows", exact=True)).to_have_count(0)
    assert violations(page) == []
    page.get_by_label("Add a metric").select_option("Ad starts")
    page.get_by_role("button", name="Remove Media starts").click()
    expect(page.get_by_role("table", name="Rows", exact=True)).to_be_visible()


def test_segment_is_made_with_the_keyboard_and_goes_along(world: Server, browser: Browser) -> None:
    """A condition narrows every number, is in the address, goes along to other pages and is undone by Back."""
    page, watch = watched_page(browser.new_context())
    page.goto(page_url(world, "/overview"))
    everything = _count(report(world, metrics=["media-starts"])["totals"]["media-starts"])
    tile = page.get_by_role("group", name="Media starts", exact=True).locator(".tile-value")
    expect(tile).to_have_text(everything)

    page.get_by_role("button", name="Filter sessions").press("Enter")
    form = page.get_by_role("form", name="New condition")
    form.get_by_label("Sessions whose").select_option("Content type")
    form.get_by_label("Value").fill("vod")
    assert violations(page) == []
    form.get_by_label("Value").press("Enter")
    segment = {"all": [{"dimension": "content-type", "op": "=", "value": "vod"}]}
    some = _count(report(world, metrics=["media-starts"], segment=segment)["totals"]["media-starts"])
    expect(tile).to_have_text(some)
    assert some != everything
    expect(page.get_by_role("button", name="Remove: Content type is vod")).to_be_visible()
    page.get_by_role("link", name="Explore").click()
    expect(tile).to_have_text(some)
    page.go_back()
    page.go_back()
    expect(tile).to_have_text(everything)
    expect(page.get_by_role("list", name="Conditions").get_by_role("listitem")).to_have_count(0)
    assert watch.troubles == []


def test_range_and_zone_are_chosen(world: Server, browser: Browser) -> None:
    """Other dates and another zone ask for other instants; days begin at that zone's midnight."""
    page, watch = watched_page(browser.new_context())
    page.goto(page_url(world, "/explore", granularity="day"))
    page.get_by_label("Time zone").select_option("Asia/Tokyo")
    page.get_by_label("Until", exact=True).fill("2026-01-13T00:00")
    page.get_by_role("button", name="Show").click()

    day = {"from": "2026-01-11T15:00:00Z", "until": "2026-01-12T15:00:00Z", "timeZone": "Asia/Tokyo"}
    answer = report(world, **day, metrics=["media-starts"], granularity="day")
    expect(page.get_by_text("12 Jan 2026", exact=True)).to_be_visible()
    rows = page.get_by_role("table", name="Rows", exact=True)
    shows([["Mon 12 Jan", _count(answer["rows"][0][1])]], lambda: rows_of(rows))
    page.get_by_role("radio", name="7 days").check()
    expect(page).to_have_url(re.compile(r"range=7d"))
    assert watch.troubles == []


def test_hostile_names_are_text(world: Server, browser: Browser) -> None:
    """Content named after markup is shown as it was sent, in table, chart and chip, and nothing of it runs."""
    viewing = short(details(HOSTILE, HOSTILE), 30, over=True)
    send(world.collector_url, "week", now() - timedelta(seconds=40), viewing)
    page, watch = watched_page(browser.new_context())
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    link = page.get_by_role("link", name=HOSTILE, exact=True)
    until_counted(world, 1, dimension="content", value=HOSTILE)
    page.goto(f"{world.console_url}/overview?range=7d&tz=UTC")
    expect(link).to_be_visible()
    page.goto(f"{world.console_url}/explore?range=7d&tz=UTC&by=content")
    expect(page.get_by_role("table", name="Rows", exact=True).get_by_role("rowheader", name=HOSTILE)).to_be_visible()
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", f"{HOSTILE}: Now 1")
    page.get_by_role("button", name="Filter sessions").click()
    page.get_by_label("Value").fill(HOSTILE)
    page.get_by_label("Value").press("Enter")
    expect(page.get_by_role("button", name=f"Remove: Content is {HOSTILE}")).to_be_visible()
    assert page.evaluate("window.hacked") is None
    assert watch.troubles == []


def test_front_page_of_an_empty_console_says_what_to_do(server: Server, browser: Browser) -> None:
    """Without any session the front page shows commands that make some."""
    page, watch = watched_page(browser.new_context())
    page.goto(server.console_url)

    expect(page.get_by_role("heading", name="No sessions yet")).to_be_visible()
    expect(page.get_by_text(f"playhead simulate --target {server.collector_url}")).to_be_visible()
    assert violations(page) == []
    assert watch.troubles == []


def test_an_answer_that_fails_can_be_asked_for_again(world: Server, browser: Browser) -> None:
    """What happened is said, and trying again brings the answer."""
    page, _ = watched_page(browser.new_context())
    page.route("**/api/v1/reports", lambda route: route.abort())
    page.goto(page_url(world, "/overview"))
    expect(page.get_by_role("alert").first).to_contain_text("The console does not answer")
    page.unroute("**/api/v1/reports")
    page.get_by_role("button", name="Try again").first.click()
    expect(page.get_by_role("group", name="Media starts", exact=True)).to_be_visible()
