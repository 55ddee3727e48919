"""Ads in a real browser: its numbers are the API's, a click narrows to what was clicked, and a break leads to those who left in it."""

import json
import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from e2e.browser import Watch, opened, rows_of, shows, tile_of, violations
from e2e.conftest import Server
from e2e.documented import Said
from e2e.viewings import HOSTILE, details, now, send, short
from e2e.weeks import BEFORE, FROM, page_url, panel, report, served_days, until_counted

pytestmark = pytest.mark.e2e

PICTURES = os.environ.get("PLAYHEAD_PICTURES")
"""Folder that pictures for the documentation are written to; usually unset, and none is."""
SIZES = ((1440, 900), (390, 844))
NOTHING = "\N{EN DASH}"
COMPARE = {"from": f"{BEFORE}:00Z", "until": f"{FROM}:00Z"}
OF_ADS = ["ad-starts", "ad-completes", "ad-completion-rate", "ad-time-spent", "avg-ad-time-spent"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served_days(tmp_path_factory.mktemp("ads")) as server:
        yield server


def _tile(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=name, exact=True).locator(".tile-value")


def _table(page: Page, name: str) -> Locator:
    return page.get_by_role("table", name=name, exact=True)


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _places(value: float, digits: int) -> str:
    """Rounded half up, as browsers do."""
    return str(Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def _share(value: float) -> str:
    return f"{_places(value * 100, 2 if 0 < value < 0.1 else 1)} %"


def _percent(value: float | None) -> str:
    return NOTHING if value is None else _places(value * 100, 1)


def _points(value: float | None) -> str:
    """A change of a share."""
    if value is None:
        return NOTHING
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else "±"
    return f"{sign}{_places(abs(value), 2 if 0 < abs(value) < 0.1 else 1)} points"


def _duration(seconds: float) -> str:
    hours, minutes = divmod(int(seconds + 0.5) // 60, 60)
    if not hours:
        return f"{minutes} min {int(seconds + 0.5) % 60} s" if int(seconds + 0.5) % 60 else f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _hms(seconds: float) -> str:
    minutes, second = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{second:02}"


def _clock(seconds: float) -> str:
    return _hms(seconds) if seconds >= 3600 else _hms(seconds)[2:].removeprefix("0")


def _line(row: list[Any]) -> list[str]:
    """Numbers of OF_ADS as the tables of ads have them."""
    starts, completes, rate, time, each = row
    return [
        _count(starts),
        _count(completes),
        _percent(rate),
        _hms(time),
        NOTHING if each is None else _places(each, 2),
    ]


def _breaks(answer: dict[str, Any]) -> list[list[str]]:
    """The rows of the panel by name as the page has them; the bar of what was lost has no text."""
    return [
        [
            name,
            _count(breaks),
            "",
            _percent(in_ad / breaks),
            _percent(after / breaks),
            _count(ads),
            _percent(done / ads),
            _hms(time),
        ]
        for name, breaks, ads, done, time, _, in_ad, after, _ in answer["rows"]
    ]


def _picture(page: Page, name: str) -> None:
    if PICTURES:
        page.mouse.move(0, 0)
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def _is_well(page: Page, watch: Watch, server: Server, size: tuple[int, int] = SIZES[0]) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert watch.troubles == []
    assert watch.hosts == {urlsplit(server.console_url).netloc}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_ads_says_what_the_api_says(world: Server, browser: Browser, size: tuple[int, int], scheme: str) -> None:
    """Tiles, the course, breaks, positions, advertisers and ads hold the numbers of the reports and of the panel."""
    page, watch = opened(browser, size, scheme)
    page.goto(page_url(world, "/ads", compare="before"))
    totals = report(
        world, metrics=[*OF_ADS, "avg-ads-per-media-stream", "ad-time-spent-rate"], compare=COMPARE, dimensions=[]
    )["totals"]
    expected = {
        "Ad starts": _count(totals["ad-starts"]),
        "Ad completes": _count(totals["ad-completes"]),
        "Ad completion rate": _share(totals["ad-completion-rate"]),
        "Ad time": _duration(totals["ad-time-spent"]),
        "Ads per stream": _places(totals["avg-ads-per-media-stream"], 2),
        "Ad time by content time": _share(totals["ad-time-spent-rate"]),
    }
    shows(expected, lambda: {name: tile_of(page, name) for name in expected})
    before = page.get_by_role("group", name="Ad starts", exact=True).locator(".tile-change")
    expect(before).to_have_text(re.compile(rf"before {_count(totals['compare:ad-starts'])}$"))

    course = report(world, metrics=["ad-starts", "ad-completes"], granularity="hour", compare=COMPARE, limit=200)[
        "rows"
    ]
    _, starts, completes, past, _ = course[-1]
    expect(page.get_by_role("slider", name="Ad starts and completes")).to_have_attribute(
        "aria-valuetext", f"Sun 18 Jan, 23:00: Starts {starts}, Completes {completes}, Starts before {past}"
    )

    answer, past_answer = (panel(world, "ad-breaks", {"by": "pod-name", **range_}) for range_ in ({}, COMPARE))
    lost = {row[0]: row[6] / row[1] + row[7] / row[1] for row in past_answer["rows"]}
    lines = []
    for line, (name, breaks, *_, in_ad, after, _) in zip(_breaks(answer), answer["rows"], strict=True):
        points = (in_ad / breaks + after / breaks - lost[name]) * 100 if name in lost else None
        lines.append([*line[:5], _points(points), *line[5:]])
    shows(lines, lambda: rows_of(_table(page, "Drop-off at breaks")))
    summary = answer["summary"]
    lead = page.get_by_text(f"{_count(summary['breaks'])} breaks in {_count(summary['sessions'])} sessions")
    expect(lead).to_contain_text(f"went on after {_share(summary['went-on'] / summary['breaks'])}")
    most = max(answer["rows"], key=lambda row: (row[6], -row[1]))
    expect(lead).to_contain_text(f"Most left in an ad of {most[0]}: {_count(most[6])} of {_count(most[1])}.")

    position, rate, starts, past, _ = report(
        world,
        metrics=["ad-completion-rate", "ad-starts"],
        dimensions=["ad-in-pod-position"],
        sort="ad-in-pod-position",
        compare=COMPARE,
    )["rows"][-1]
    expect(page.get_by_role("slider", name="Completion by position in the break")).to_have_attribute(
        "aria-valuetext",
        re.compile(re.escape(f"{position}: Now {_share(rate)}, Before {_share(past)}, of {_count(starts)} starts")),
    )
    of_advertisers = report(world, metrics=OF_ADS, dimensions=["advertiser"], limit=10)["rows"]
    table = _table(page, "Ads by Advertiser")
    shows([[name, *_line(row)] for name, *row in of_advertisers], lambda: [row[:-1] for row in rows_of(table)])

    names = dict(map(tuple, _pairs(world, "ad-name")))
    lengths = dict(map(tuple, _pairs(world, "ad-length")))
    of_ads = report(world, metrics=OF_ADS, dimensions=["ad"], limit=10)["rows"]
    lines = [[names[ad], f"{lengths[ad]} s", *_line(row)] for ad, *row in of_ads]
    shows(lines, lambda: [row[:-1] for row in rows_of(_table(page, "Ads"))])
    _is_well(page, watch, world, size)
    _picture(page, f"ads-{scheme}-{size[0]}")
    page.context.close()


def _pairs(world: Server, dimension: str) -> list[list[Any]]:
    """Each ad with its value of a dimension."""
    return [row[:2] for row in report(world, metrics=["ad-starts"], dimensions=["ad", dimension])["rows"]]


def test_a_click_narrows_everything_and_back_widens_it(world: Server, browser: Browser) -> None:
    """An advertiser, then a break of it: chips in the address, every number of those ads only; Back, the chip and the link do as they should."""
    page, watch = opened(browser)
    page.goto(page_url(world, "/ads"))
    advertiser = report(world, metrics=["ad-starts"], dimensions=["advertiser"])["rows"][0][0]
    of_advertiser = {"dimension": "advertiser", "op": "=", "value": advertiser}
    whole = _count(report(world, metrics=["ad-starts"])["totals"]["ad-starts"])
    expect(_tile(page, "Ad starts")).to_have_text(whole)
    page.get_by_role("link", name=advertiser, exact=True).press("Enter")

    chip = page.get_by_role("button", name=f"Remove: Advertiser is {advertiser}")
    expect(chip).to_be_visible()
    narrow = report(world, metrics=[*OF_ADS, "avg-ads-per-media-stream"], ads=of_advertiser)["totals"]
    expect(_tile(page, "Ad starts")).to_have_text(_count(narrow["ad-starts"]))
    expect(_tile(page, "Ads per stream")).to_have_text(_places(narrow["avg-ads-per-media-stream"], 2))
    expect(_table(page, "Ads by Advertiser").locator("tbody tr")).to_have_count(1)
    answer = panel(world, "ad-breaks", {"by": "pod-name", "ads": json.dumps(of_advertiser)})
    shows(_breaks(answer), lambda: rows_of(_table(page, "Drop-off at breaks")))

    name = answer["rows"][1][0]
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("button", name=f"Remove: Pod name is {name}")).to_be_visible()
    both = {"all": [of_advertiser, {"dimension": "pod-name", "op": "=", "value": name}]}
    assert both == json.loads(parse_qs(urlsplit(page.url).query)["ads"][0])
    narrower = _count(report(world, metrics=["ad-starts"], ads=both)["totals"]["ad-starts"])
    expect(_tile(page, "Ad starts")).to_have_text(narrower)

    other, _ = opened(browser)
    other.goto(page.url)
    expect(_tile(other, "Ad starts")).to_have_text(narrower)
    other.context.close()
    page.go_back()
    expect(_tile(page, "Ad starts")).to_have_text(_count(narrow["ad-starts"]))
    chip.click()
    expect(_tile(page, "Ad starts")).to_have_text(whole)
    expect(page.get_by_role("group", name="Ads counted")).to_have_count(0)
    _is_well(page, watch, world)


def test_breaks_one_by_one_lead_to_who_left(world: Server, browser: Browser) -> None:
    """By content and each break; what a session did there is a click away from the share."""
    page, watch = opened(browser)
    page.goto(page_url(world, "/ads", breaks="content"))
    content = panel(world, "ad-breaks", {"by": "content"})["rows"][0][0]
    page.get_by_role("link", name=content, exact=True).click()
    expect(page.get_by_role("button", name=f"Remove: Content is {content}")).to_be_visible()
    page.get_by_role("radio", name="Each break").check()

    table = _table(page, "Drop-off at breaks")
    answer = panel(world, "ad-breaks", {"content": content})
    known = {(f"{row[3]} at {_clock(row[4])}", _count(row[5])) for row in answer["rows"]}
    shows(True, lambda: {tuple(row[:2]) for row in rows_of(table)} <= known)
    expect(table.locator("tbody tr")).to_have_count(min(len(answer["rows"]), 12))
    page.get_by_role("button", name="Breaks", exact=True).press("Enter")
    expect(page).to_have_url(re.compile("breaks-sort=breaks"))
    expect(table.get_by_role("columnheader", name="Breaks", exact=True)).to_have_attribute("aria-sort", "ascending")
    fewest = sorted(row[5] for row in answer["rows"])[:12]
    shows(fewest, lambda: [int(row[1]) for row in rows_of(table)])

    page.goto(page_url(world, "/ads"))
    left = panel(world, "ad-breaks", {"by": "pod-name"})["overlays"]["left"]
    page.get_by_text("Sessions that left last", exact=True).click()
    lines = [
        [f"{datetime.fromisoformat(one['at']):%a %-d %b, %H:%M:%S}", one["contentName"], f"{one['break']} at {_clock(one['second'])}", one["adName"]]
        for one in left
    ]  # fmt: skip
    shows(lines, lambda: [row[:4] for row in rows_of(_table(page, "Sessions that left last"))])
    _is_well(page, watch, world)
    _table(page, "Sessions that left last").get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(re.escape(left[0]["session"])))
    assert watch.troubles == []


def test_another_dimension_in_another_order_and_the_same_in_explore(world: Server, browser: Browser) -> None:
    """What the second table is by and its order are in the address; Explore asks the same of the same ads."""
    page, watch = opened(browser)
    ads = {"all": [{"dimension": "ad-length", "op": "=", "value": 15}]}
    page.goto(page_url(world, "/ads", ads=json.dumps(ads)))
    page.get_by_role("combobox", name="By", exact=True).select_option("Content player name")
    table = _table(page, "Ads by Content player name")
    table.get_by_role("button", name="Completion", exact=True).click()

    answer = report(
        world, metrics=OF_ADS, dimensions=["content-player-name"], sort="-ad-completion-rate", ads=ads, limit=10
    )
    lines = [[name, *_line(row)[:3]] for name, *row in answer["rows"]]
    shows(lines, lambda: [row[:4] for row in rows_of(table)])
    expect(page).to_have_url(re.compile("by=content-player-name.*by-sort=-ad-completion-rate"))
    page.locator("#by").get_by_role("link", name="Open in Explore").click()
    rows = _table(page, "Rows")
    expect(rows.locator("tfoot")).to_contain_text(_count(answer["totals"]["ad-starts"]))
    expect(page.get_by_role("button", name="Remove: Ad length is 15")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Sessions with these ads").click()
    expect(page.get_by_role("button", name="Remove: Ad length is 15")).to_be_visible()
    expect(page).to_have_url(re.compile("/sessions.*time=range"))
    page.goto(page_url(world, "/explore", metrics="ad-starts", by="media-session-id", ads=json.dumps(ads)))
    first = report(world, metrics=["ad-starts"], dimensions=["media-session-id"], ads=ads)["rows"][0]
    rows.get_by_role("link", name=first[0]).click()
    expect(page).to_have_url(re.compile(re.escape(f"/sessions/{first[0]}")))
    assert watch.troubles == []


def test_what_is_not_of_ads_is_refused_beside_the_chip(world: Server, browser: Browser) -> None:
    """A link whose condition on ads is none: the API's reason is said, and without the condition there are numbers."""
    page, _ = opened(browser)
    page.goto(page_url(world, "/ads", ads=json.dumps({"dimension": "content", "op": "=", "value": "x"})))
    expect(page.get_by_role("group", name="Ads counted").get_by_role("alert")).to_contain_text("is not of one ad")
    page.get_by_role("button", name="Remove: Content is x").click()
    expect(_tile(page, "Ad starts")).to_be_visible()


def test_without_ads_it_says_so(world: Server, server: Server, browser: Browser) -> None:
    """Nobody at all, streams without ads, and no such ads are three things."""
    page, watch = opened(browser)
    page.goto(f"{world.console_url}/ads?from=2025-01-01T00:00&until=2025-01-02T00:00&tz=UTC")
    expect(page.get_by_role("heading", name="No sessions closed in this range")).to_be_visible()
    page.goto(page_url(world, "/ads", ads=json.dumps({"dimension": "ad", "op": "=", "value": "none"})))
    expect(page.get_by_role("heading", name="No such ads in this range")).to_be_visible()
    _is_well(page, watch, world)
    page.goto(f"{server.console_url}/ads")
    expect(page.get_by_role("heading", name="No sessions yet")).to_be_visible()
    send(server.collector_url, "e2e", now() - timedelta(seconds=40), short(details("film", "Film"), 30, over=True))
    until_counted(server, 1, dimension="content", value="film")
    page.goto(f"{server.console_url}/ads")
    expect(page.get_by_role("heading", name="No ads in this range")).to_be_visible()


def test_an_answer_that_fails_can_be_asked_for_again(world: Server, browser: Browser) -> None:
    """What happened is said in each part, and trying again brings the answer."""
    page, _ = opened(browser)
    page.route("**/api/v1/panels/ad-breaks*", lambda route: route.fulfill(status=500, body="{}"))
    page.route("**/api/v1/reports", lambda route: route.abort())
    page.goto(page_url(world, "/ads"))
    expect(page.get_by_role("alert").first).to_contain_text("The console does not answer")
    expect(page.get_by_role("alert").filter(has_text="The breaks could not be loaded")).to_be_visible()
    assert violations(page) == []
    page.unroute("**/api/v1/reports")
    page.unroute("**/api/v1/panels/ad-breaks*")
    for part in ("#time", "#breaks"):
        page.locator(part).get_by_role("button", name="Try again").click()
    expect(page.get_by_role("slider", name="Ad starts and completes")).to_be_visible()
    expect(_table(page, "Drop-off at breaks").locator("tbody tr").first).to_be_visible()


def test_hostile_names_are_text(world: Server, browser: Browser) -> None:
    """Ad, advertiser, break and content named after markup are shown as they were sent, and a click on them asks for them."""
    ad = {"name": HOSTILE, "friendlyName": HOSTILE, "advertiser": HOSTILE, "length": 15, "podPosition": 1}
    pod = {"advertisingPodDetails": {"index": 0, "offset": 10, "friendlyName": HOSTILE}}
    viewing = [
        Said(0, 0, "sessionStart", details(HOSTILE, HOSTILE)),
        Said(0, 0, "play"),
        Said(10, 10, "adBreakStart", pod),
        Said(10, 10, "adStart", {"advertisingDetails": {**ad, "playerName": "web-player"}}),
        Said(25, 10, "adSkip"),
        Said(25, 10, "sessionEnd"),
    ]
    send(world.collector_url, "week", now() - timedelta(seconds=40), viewing)
    page, watch = opened(browser)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    table = _table(page, "Ads by Advertiser")
    link = table.get_by_role("link", name=HOSTILE, exact=True)
    at_break = _table(page, "Drop-off at breaks").get_by_role("link", name=f"{HOSTILE} at 0:10")
    until_counted(world, 1, dimension="content", value=HOSTILE)
    page.goto(f"{world.console_url}/ads?range=7d&tz=UTC&breaks=ad-pod")
    expect(at_break).to_be_visible()
    page.get_by_text("Sessions that left last", exact=True).click()
    expect(_table(page, "Sessions that left last").get_by_role("cell", name="In it")).to_be_visible()
    link.click()
    expect(page.get_by_role("button", name=f"Remove: Advertiser is {HOSTILE}")).to_be_visible()
    expect(_tile(page, "Ad starts")).to_have_text("1")
    assert page.title() == "Ads · Playhead"
    assert watch.troubles == []
