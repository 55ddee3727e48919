"""The Content page in a real browser: which title loses viewers and where is read off it, and it is what the API says."""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.browser import Watch, rows_of, shows, tile_of, violations, watched_page
from e2e.conftest import Server
from e2e.documented import Said
from e2e.viewings import HOSTILE, details, now, send, short
from e2e.weeks import BEFORE, FROM, page_url, panel, report, served_days, until_counted

pytestmark = pytest.mark.e2e

PICTURES = os.environ.get("PLAYHEAD_PICTURES")
"""Folder that pictures for the documentation are written to; usually unset, and none is."""
SIZES = ((1440, 900), (390, 844))
NOTHING = "\N{EN DASH}"
LIVE_S = 86_400
TITLE = "harbour-s1e3"
"""A simulated title with chapters and ad breaks."""
METRICS = ("media-starts", "viewers", "content-time-spent", "content-starts", "content-completes", "drops-before-start")
RATES = ("content-completion-rate", "drop-before-start-rate", "content-buffer-duration-rate")
PROGRESS = ("progress-10", "progress-25", "progress-50", "progress-75", "progress-95")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served_days(tmp_path_factory.mktemp("content")) as server:
        yield server


def _is_well(page: Page, watch: Watch, server: Server, size: tuple[int, int]) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert watch.troubles == []
    assert watch.hosts == {urlsplit(server.console_url).netloc}


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _per_cent(value: float, places: int) -> str:
    """Rounded as the browser does: halves go up."""
    return str(Decimal(value * 100).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def _share(value: float | None) -> str:
    return NOTHING if value is None else f"{_per_cent(value, 2 if 0 < value < 0.1 else 1)} %"


def _hms(seconds: float) -> str:
    minutes, second = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{second:02}"


def _column(values: list[float | None]) -> list[str]:
    """Shares of one column, in per cent, all with as many decimals."""
    places = 2 if any(value and abs(value) < 0.01 for value in values) else 1
    return [NOTHING if value is None else _per_cent(value, places) for value in values]


def _closed(numbers: dict[str, Any]) -> int:
    """Sessions that closed: each reached main content, or never did."""
    return int(numbers["content-starts"] + numbers["drops-before-start"])


def _titles(server: Server, **more: Any) -> list[dict[str, Any]]:
    """The titles of the week, each with its metrics by id, `content`, `name` and `length`; most starts first."""
    errors = "error-impacted-streams"
    answer = report(server, metrics=[*METRICS, *RATES, errors], dimensions=["content"], limit=1000, **more)
    found = [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
    for what in ("content-name", "content-length"):
        told = report(server, metrics=["media-starts"], dimensions=["content", what], limit=5000, **more)["rows"]
        usual = {content: value for content, value, _ in reversed(told)}
        for one in found:
            one[what] = usual.get(one["content"])
    return found


def _lines(titles: list[dict[str, Any]]) -> list[list[str]]:
    """The lines of the list that titles make."""
    endless = [one["content-length"] == LIVE_S or not one["content-starts"] for one in titles]
    completion = [None if none else one["content-completion-rate"] for none, one in zip(endless, titles, strict=True)]
    completed, left, buffering, errors = (
        _column(completion),
        *(_column([one[rate] for one in titles]) for rate in RATES[1:]),
        _column([one["error-impacted-streams"] / _closed(one) if _closed(one) else None for one in titles]),
    )
    return [
        [
            one["content-name"],
            _count(one["media-starts"]),
            NOTHING if none else "",
            completed[n],
            NOTHING if none else _count(max(0, one["content-starts"] - one["content-completes"])),
            left[n],
            _count(one["viewers"]),
            _hms(one["content-time-spent"]),
            buffering[n],
            errors[n],
        ]
        for n, (none, one) in enumerate(zip(endless, titles, strict=True))
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_content_says_what_the_api_says(world: Server, browser: Browser, size: tuple[int, int], scheme: str) -> None:
    """Every line of the list, and of one title its tiles, curve, losses, progress and players, are the API's."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page, watch = watched_page(context)
    page.goto(page_url(world, "/content"))
    table = page.get_by_role("table", name="Titles", exact=True)
    shows(_lines(_titles(world)), lambda: rows_of(table))
    _is_well(page, watch, world, size)

    table.get_by_role("link", name="Harbour Lights S1E3").click()
    expect(page.get_by_role("heading", level=1, name="Harbour Lights S1E3")).to_be_visible()
    segment = {"dimension": "content", "op": "=", "value": TITLE}
    totals = report(world, metrics=[*METRICS, *RATES, "error-impacted-streams"], segment=segment)["totals"]
    tiles = {
        "Media starts": _count(totals["media-starts"]),
        "Viewers": _count(totals["viewers"]),
        "Completion rate": _share(totals["content-completion-rate"]),
        "Left before start": _share(totals["drop-before-start-rate"]),
        "Buffering time": _share(totals["content-buffer-duration-rate"]),
        "Sessions with errors": _share(totals["error-impacted-streams"] / _closed(totals)),
    }
    shows(tiles, lambda: {name: tile_of(page, name) for name in tiles})
    _curve_and_losses(page, world)
    _progress_and_players(page, world)
    _is_well(page, watch, world, size)
    if PICTURES:
        page.get_by_text("Ad breaks and chapters, with what is lost in each").click()
        page.mouse.move(0, 0)
        page.evaluate("scrollTo(0, 0)")
        tall = page.get_by_role("region", name="How far they come").bounding_box()
        assert tall is not None
        page.screenshot(
            path=Path(PICTURES) / f"content-{scheme}-{size[0]}.png",
            clip={"x": 0, "y": 0, "width": size[0], "height": min(tall["y"], 2 * size[1])},
            full_page=True,
        )
    context.close()


def _curve_and_losses(page: Page, world: Server) -> None:
    """The curve's last second; each loss names two places of it, and how many viewed them; every break and chapter is told."""
    curve = panel(world, "retention", {"content": TITLE, "axis": "second"})
    chart = page.get_by_role("slider", name="Retention", exact=True)
    second, _, share, _ = curve["rows"][-1]
    expect(chart).to_have_attribute("aria-valuetext", f"{second // 60}:{second % 60:02}: Viewed {_share(share)}")

    sessions = [row[1] for row in curve["rows"]]
    losses = page.get_by_role("list", name="Steepest losses").get_by_role("listitem")
    expect(losses.first).to_be_visible()
    for text in losses.all_inner_texts():
        before, after = map(int, re.findall(r"(\d+) sessions before, (\d+) after", text)[0])
        gone, places = re.findall(r"Loses ([\d.]+) % of its viewers (?:at|between) ([\d:]+(?: and [\d:]+)?)", text)[0]
        at = [int(place.split(":")[0]) * 60 + int(place.split(":")[1]) for place in places.split(" and ")]
        assert after == sessions[at[-1]]
        assert before in ([sessions[at[0]]] if len(at) == 2 else sessions[at[0] - 2 : at[0]])
        assert f"{gone} %" == _share((before - after) / before)

    again = page.get_by_role("slider", name="Viewed again", exact=True)
    viewed_again = any(row[3] for row in curve["rows"])
    expect(again).to_have_count(int(viewed_again))
    if viewed_again:
        again.press("Home")
        again.press("Home")
        expect(again).to_have_attribute("aria-valuetext", f"0:00: Viewed again {curve['rows'][0][3]}")
    page.get_by_text("Ad breaks and chapters, with what is lost in each").click()
    table = page.get_by_role("table", name="Ad breaks and chapters", exact=True)
    breaks = {
        (one["name"], "Ad break", _count(sessions[max(0, one["second"] - 3)])) for one in curve["overlays"]["breaks"]
    }
    chapters = {(one["name"], "Chapter", _count(sessions[one["second"] + 1])) for one in curve["overlays"]["chapters"]}
    shows(breaks | chapters, lambda: {(row[0], row[1], row[4]) for row in rows_of(table)})
    assert len(breaks) > 2
    assert len(chapters) > 2


def _progress_and_players(page: Page, world: Server) -> None:
    """Each step with what is lost before it; each player with its completion."""
    steps = panel(world, "drop-off", {"content": TITLE})["rows"]
    table = page.get_by_role("table", name="Progress", exact=True)
    shows([_count(row[1]) for row in steps], lambda: [row[1] for row in rows_of(table)])
    shown = rows_of(table)
    assert _column([row[2] for row in steps]) == [row[2] for row in shown]
    lost = [one[1] - two[1] for one, two in pairwise(steps)]
    assert [NOTHING, *(f"+{-n}" if n < 0 else _count(n) for n in lost)] == [row[3] for row in shown]

    metrics = ["content-starts", "content-completes", "content-completion-rate", *PROGRESS]
    segment = {"dimension": "content", "op": "=", "value": TITLE}
    players = report(world, metrics=metrics, dimensions=["content-player-name"], segment=segment)["rows"]
    table = page.get_by_role("table", name="Completion by player", exact=True)
    counts = [[name, _count(starts), _count(ends)] for name, starts, ends, *_ in players]
    shows(counts, lambda: [row[:3] for row in rows_of(table)])
    shown = rows_of(table)
    assert _column([row[3] for row in players]) == [row[4] for row in shown]
    for place in range(5):
        reached = [row[4 + place] / row[1] if row[1] else None for row in players]
        assert _column(reached) == [row[5 + place] for row in shown]


def test_which_title_loses_viewers_and_where_in_two_clicks(world: Server, browser: Browser) -> None:
    """From the front page: Content, then the title that loses most; the first sentence says where."""
    page, watch = watched_page(browser.new_context())
    page.goto(page_url(world, "/"))
    page.get_by_role("link", name="Content", exact=True).click()
    titles = [one for one in _titles(world) if one["content-length"] != LIVE_S]
    worst = max(titles, key=lambda one: one["content-starts"] - one["content-completes"])
    tile = page.get_by_role("group", name="Loses most viewers", exact=True)
    expect(tile.locator(".tile-value")).to_have_text(_count(worst["content-starts"] - worst["content-completes"]))
    tile.get_by_role("link", name=worst["content-name"]).click()

    expect(page.get_by_role("heading", level=1, name=worst["content-name"])).to_be_visible()
    first = page.get_by_role("list", name="Steepest losses").get_by_role("listitem").first
    expect(first).to_contain_text(re.compile(r"Loses [\d.]+ % of its viewers (at|between) \d+:\d\d"))
    page.get_by_role("link", name="Sessions of this title").click()
    expect(page).to_have_url(re.compile(rf"/sessions\?.*content={worst['content']}&time=range"))
    page.go_back()
    page.get_by_role("link", name="All titles").click()
    expect(page.get_by_role("table", name="Titles", exact=True)).to_be_visible()
    assert "content" not in parse_qs(urlsplit(page.url).query)
    assert watch.troubles == []


def test_titles_are_sorted_searched_and_linked_to(world: Server, browser: Browser) -> None:
    """Headings sort by the keyboard too, Back undoes it; what is typed narrows the list; the link shows the same."""
    page, watch = watched_page(browser.new_context())
    page.goto(page_url(world, "/content"))
    table = page.get_by_role("table", name="Titles", exact=True)
    titles = _titles(world)
    ended = [one for one in titles if one["content-length"] != LIVE_S and one["content-completion-rate"] is not None]
    page.get_by_role("button", name="Completed", exact=True).press("Enter")
    expect(page.get_by_role("columnheader", name="Completed")).to_have_attribute("aria-sort", "descending")
    page.get_by_role("button", name="Completed", exact=True).press("Enter")
    expect(page.get_by_role("columnheader", name="Completed")).to_have_attribute("aria-sort", "ascending")
    order = sorted(ended, key=lambda one: (one["content-completion-rate"], -one["media-starts"]))
    rates = _column([one["content-completion-rate"] for one in order])
    shows(rates + [NOTHING] * (len(titles) - len(order)), lambda: [row[3] for row in rows_of(table)])

    page.get_by_role("searchbox", name="Search titles").fill("LIGHTS s1")
    found = [one for one in order if "lights s1" in one["content-name"].lower()]
    shows(sorted(one["content-name"] for one in found), lambda: sorted(row[0] for row in rows_of(table)))
    expect(page.get_by_role("status").filter(has_text=f"{len(found)} titles")).to_be_visible()
    other, _ = watched_page(browser.new_context(timezone_id="Asia/Tokyo"))
    other.goto(page.url)
    shows(rows_of(table), lambda: rows_of(other.get_by_role("table", name="Titles", exact=True)))

    page.get_by_role("searchbox", name="Search titles").fill("no such title")
    expect(page.get_by_role("heading", name="No title matches")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Show all titles").click()
    expect(table.locator("tbody tr")).to_have_count(len(titles))
    page.go_back()
    page.go_back()
    expect(page.get_by_role("columnheader", name="Media starts")).to_have_attribute("aria-sort", "descending")
    assert watch.troubles == []


def test_one_title_beside_the_period_before_and_of_some_sessions(world: Server, browser: Browser) -> None:
    """Compared, tiles and curve hold the week before; a segment narrows all of it."""
    page, watch = watched_page(browser.new_context())
    segment = {"dimension": "content-player-name", "op": "=", "value": "web-player"}
    more = {
        "compare": "before",
        "segment": '{"all": [{"dimension": "content-player-name", "op": "=", "value": "web-player"}]}',
    }
    page.goto(page_url(world, "/content", content=TITLE, **more))
    both = {"all": [segment, {"dimension": "content", "op": "=", "value": TITLE}]}
    compare = {"from": f"{BEFORE}:00Z", "until": f"{FROM}:00Z"}
    totals = report(world, metrics=["media-starts"], segment=both, compare=compare)["totals"]
    tile = page.get_by_role("group", name="Media starts", exact=True)
    expect(tile.locator(".tile-value")).to_have_text(_count(totals["media-starts"]))
    expect(tile.locator(".tile-change")).to_contain_text(f"before {_count(totals['compare:media-starts'])}")
    lines = page.get_by_role("list", name="Lines of Retention").get_by_role("listitem")
    expect(lines).to_have_text(["Viewed", "Before"])
    shown = page.get_by_role("table", name="Completion by player", exact=True).locator("tbody tr")
    expect(shown).to_have_count(1)
    assert watch.troubles == []


def _viewing(number: int) -> list[Said]:
    """
    One of ten of a title of ten minutes with a break at two: 0 to 3 leave in its ad; 4 to 6 go back from 5:00 to 4:00.

    All others see it to the end.
    """
    pod = {"advertisingPodDetails": {"index": 1, "offset": 120, "friendlyName": "The break"}}
    ad = {"advertisingDetails": {"name": "ad", "length": 10, "podPosition": 0, "playerName": "tv"}}
    begin = [Said(0, 0, "sessionStart", details("ten", "Ten Minutes", length=600, player="tv")), Said(0, 0, "play")]
    begin += [Said(60, 60, "ping"), Said(120, 120, "adBreakStart", pod), Said(120, 120, "adStart", ad)]
    if number < 4:
        return [*begin, Said(125, 120, "sessionEnd")]
    begin += [Said(130, 120, "adComplete"), Said(130, 120, "adBreakComplete")]
    if number < 7:
        again = [Said(310, 300, "pauseStart"), Said(311, 240, "play"), Said(371, 300, "ping")]
        return [*begin, *again, Said(671, 600, "sessionComplete"), Said(672, 600, "sessionEnd")]
    return [*begin, Said(610, 600, "sessionComplete"), Said(611, 600, "sessionEnd")]


def test_a_title_by_hand(world: Server, browser: Browser) -> None:
    """Ten begin, four leave at the break at 2:00, three go back from 5:00 to 4:00, six complete: the page says so."""
    for number in range(10):
        send(world.collector_url, "week", now() - timedelta(minutes=30), _viewing(number))
    page, watch = watched_page(browser.new_context())
    until_counted(world, 10, dimension="content", value="ten")
    page.goto(f"{world.console_url}/content?content=ten&range=7d&tz=UTC")
    expect(page.get_by_role("heading", level=1, name="Ten Minutes")).to_be_visible()
    losses = page.get_by_role("list", name="Steepest losses").get_by_role("listitem")
    expect(losses).to_have_count(1)
    expect(losses).to_contain_text("Loses 40.0 % of its viewers at 2:00, at the ad break The break.")
    expect(losses).to_contain_text("10 sessions before, 6 after.")
    replayed = page.get_by_role("list", name="Parts most replayed").get_by_role("listitem")
    expect(replayed).to_have_count(1)
    expect(replayed).to_contain_text("4:00 \N{EN DASH} 5:00")
    expect(replayed).to_contain_text("3 of 6 sessions that viewed it did so again (50.0 %).")
    steps = page.get_by_role("table", name="Progress", exact=True)
    shows([10, 10, 10, 6, 6, 6, 6, 6], lambda: [int(row[1]) for row in rows_of(steps)])
    assert [NOTHING, "0", "0", "4", "0", "0", "0", "0"] == [row[3] for row in rows_of(steps)]
    players = page.get_by_role("table", name="Completion by player", exact=True)
    shows([["tv", "10", "6", "", "60.0"]], lambda: [row[:5] for row in rows_of(players)])
    assert watch.troubles == []


def test_live_content_has_no_end_to_reach(world: Server, browser: Browser) -> None:
    """Of a live channel neither completion nor progress nor losses are shown, but how long it was viewed."""
    page, watch = watched_page(browser.new_context())
    page.goto(page_url(world, "/content", content="live-arena"))
    expect(page.get_by_role("group", name="Left before start", exact=True)).to_be_visible()
    expect(page.get_by_role("slider", name="Retention", exact=True)).to_be_visible()
    assert 0 == page.get_by_role("group", name="Completion rate", exact=True).count()
    for name in ("How far they come", "Where viewers are lost", "Completion by player"):
        assert 0 == page.get_by_role("region", name=name).count()
    live = {"dimension": "content", "op": "=", "value": "live-arena"}
    metrics = ["content-starts", "content-time-spent"]
    players = report(world, metrics=metrics, dimensions=["content-player-name"], segment=live)["rows"]
    table = page.get_by_role("table", name="Time by player", exact=True)
    lines = [[name, _count(starts), _hms(spent)] for name, starts, spent in players]
    shows(lines, lambda: [row[:3] for row in rows_of(table)])
    assert violations(page) == []
    assert watch.troubles == []


def test_nothing_here_says_what_to_do(world: Server, browser: Browser) -> None:
    """A title nobody viewed in the range, and a range without any title."""
    page, watch = watched_page(browser.new_context())
    page.goto(page_url(world, "/content", content="never-seen"))
    expect(page.get_by_role("heading", name="No session of this title closed in this range")).to_be_visible()
    assert violations(page) == []
    page.goto(f"{world.console_url}/content?from=2020-01-01T00:00&until=2020-01-02T00:00&tz=UTC")
    expect(page.get_by_role("heading", name="No sessions closed in this range")).to_be_visible()
    expect(page.get_by_text("Choose a longer range or remove a condition.")).to_be_visible()
    expect(page.get_by_text("playhead simulate")).to_be_hidden()  # the server has real viewers
    assert violations(page) == []
    assert watch.troubles == []


def test_what_fails_is_said_and_can_be_asked_again(world: Server, browser: Browser) -> None:
    """The list and the curve say what happened, beside parts that came, and come when asked again."""
    page, _ = watched_page(browser.new_context())
    page.route("**/api/v1/reports", lambda route: route.abort())
    page.goto(page_url(world, "/content"))
    expect(page.get_by_role("alert").first).to_contain_text("The console does not answer")
    page.unroute("**/api/v1/reports")
    page.get_by_role("button", name="Try again").first.click()
    expect(page.get_by_role("table", name="Titles", exact=True)).to_be_visible()

    broken = {"status": 500, "content_type": "application/problem+json", "body": '{"title": "Broken", "status": 500}'}
    page.route("**/api/v1/panels/retention?*", lambda route: route.fulfill(**broken))
    page.goto(page_url(world, "/content", content=TITLE))
    expect(page.get_by_role("alert")).to_contain_text("The retention curve could not be loaded")
    expect(page.get_by_role("table", name="Progress", exact=True)).to_be_visible()
    assert violations(page) == []
    page.unroute("**/api/v1/panels/retention?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("slider", name="Retention", exact=True)).to_be_visible()


def test_hostile_names_are_text(world: Server, browser: Browser) -> None:
    """A title named after markup is shown as it was sent, in the list and on its own page, and nothing of it runs."""
    send(world.collector_url, "week", now() - timedelta(seconds=40), short(details(HOSTILE, HOSTILE), 30, over=True))
    page, watch = watched_page(browser.new_context())
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    link = page.get_by_role("table", name="Titles", exact=True).get_by_role("link", name=HOSTILE, exact=True)
    until_counted(world, 1, dimension="content", value=HOSTILE)
    page.goto(f"{world.console_url}/content?range=7d&tz=UTC")
    link.click()
    expect(page.get_by_role("heading", level=1, name=HOSTILE, exact=True)).to_be_visible()
    expect(page.get_by_role("slider", name="Retention", exact=True)).to_be_visible()
    assert page.evaluate("window.hacked") is None
    assert watch.troubles == []
