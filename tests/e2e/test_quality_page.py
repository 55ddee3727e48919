"""Quality in a real browser: its numbers are the API's, what is worst is told rightly, and the way to one bad session is short."""

import json
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from e2e.browser import Watch, cells_of, opened, shows, tile_of, violations
from e2e.conftest import Server
from e2e.documented import Said
from e2e.viewings import HOSTILE, details, now, send
from e2e.weeks import BEFORE, FROM, page_url, report, served_days, until_counted

pytestmark = pytest.mark.e2e

PICTURES = os.environ.get("PLAYHEAD_PICTURES")
"""Folder that pictures for the documentation are written to; usually unset, and none is."""
SIZES = ((1440, 900), (390, 844))
NOTHING = "\N{EN DASH}"
UP, DOWN = "\N{BLACK UP-POINTING TRIANGLE}", "\N{BLACK DOWN-POINTING TRIANGLE}"
COMPARE = {"from": f"{BEFORE}:00Z", "until": f"{FROM}:00Z"}
CLOSED = ("content-starts", "drops-before-start")
"""A session that closed is one of these."""
SHARED = ("buffer-impacted-streams", "stall-impacted-streams", "error-impacted-streams")
PERCENTILES = ("time-to-start.p50", "time-to-start.p75", "time-to-start.p95", "time-to-start.p99")
TOTALS = (*CLOSED, *PERCENTILES, "drop-before-start-rate", "content-buffer-duration-rate", "average-bitrate", *SHARED)
LINES = 15
"""Of the breakdown, as many as are shown."""
COLUMNS = (
    "time-to-start.p50",
    "time-to-start.p95",
    "drop-before-start-rate",
    "buffer-impacted-streams",
    "content-buffer-duration-rate",
    "stall-impacted-streams",
    "error-impacted-streams",
    "average-bitrate",
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served_days(tmp_path_factory.mktemp("quality")) as server:
        yield server


def _rows(table: Locator) -> list[list[str]]:
    """The cells of a table's body, row headings among them; of several lines the first, of what is worst all."""

    def read(cell: str) -> str:
        return " ".join(cell.split()) if cell.strip()[:1] in {UP, DOWN} else cell.strip().split("\n")[0]

    return [[read(cell) for cell in row] for row in cells_of(table)]


def _fixed(value: float, places: int) -> str:
    """As pages round: half away from nought."""
    return f"{Decimal(value).quantize(Decimal(10) ** -places, ROUND_HALF_UP):,}"


def _whole(value: float) -> str:
    return _fixed(value, 0)


def _share(value: float) -> str:
    return f"{_fixed(value * 100, 2 if 0 < value < 0.1 else 1)} %"


def _seconds(value: float) -> str:
    return f"{_fixed(value, 0 if value == int(value) else 2)} s"


def _column(id_: str, values: Sequence[float | None]) -> list[str]:
    """A column of the breakdown as it is written: as many places in each line."""
    known = [value for value in values if value is not None]
    if id_ == "average-bitrate":
        return [NOTHING if value is None else _whole(value) for value in values]
    if id_.startswith("time-to-start"):
        places = 0 if all(value == int(value) for value in known) else 2
        return [NOTHING if value is None else _fixed(value, places) for value in values]
    places = 2 if any(0 < value < 0.01 for value in known) else 1
    return [NOTHING if value is None else _fixed(value * 100, places) for value in values]


def _breakdown(server: Server, by: str, **more: Any) -> tuple[list[str], list[list[str]]]:
    """Values and rows of the breakdown as they should be read, the worst marked by hand; the last row is of all."""
    answer = report(server, metrics=[*CLOSED, *COLUMNS], dimensions=[by], **more)
    rows = sorted(answer["rows"], key=lambda row: -row[1] - row[2])
    sessions = [row[1] + row[2] for row in rows]
    everything = sum(answer["totals"][id_] for id_ in CLOSED)
    enough = max(30, math.ceil(everything / 100))
    columns = []
    for place, id_ in enumerate(COLUMNS, start=3):
        values = [row[place] for row in rows]
        whole = answer["totals"][id_]
        if id_ in SHARED:
            values = [value / count if count else None for value, count in zip(values, sessions, strict=True)]
            whole /= everything
        texts = _column(id_, [*values, whole])
        sign = -1 if id_ == "average-bitrate" else 1
        able = {n: value * sign for n, value in enumerate(values) if value is not None and sessions[n] >= enough}
        most = max(able.values(), default=0)
        for n, value in able.items():
            if len(able) > 1 and value == most and most > whole * sign and texts[n] != texts[-1]:
                texts[n] = f"{DOWN if sign < 0 else UP} Worst: {texts[n]}"
        columns.append(texts)
    counts = [_whole(count) for count in (*sessions, everything)]
    return [str(row[0]) for row in rows], [list(line) for line in zip(counts, *columns, strict=True)]


def _is_well(page: Page, watch: Watch, server: Server, size: tuple[int, int]) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert watch.troubles == []
    assert watch.hosts == {urlsplit(server.console_url).netloc}


def _tiles(totals: Mapping[str, float]) -> dict[str, str]:
    closed = sum(totals[id_] for id_ in CLOSED)
    return {
        "Time to start, median": _seconds(totals["time-to-start.p50"]),
        "Time to start, p95": _seconds(totals["time-to-start.p95"]),
        "Left before start": _share(totals["drop-before-start-rate"]),
        "Sessions that buffered": _share(totals["buffer-impacted-streams"] / closed),
        "Buffering time": _share(totals["content-buffer-duration-rate"]),
        "Sessions that stalled": _share(totals["stall-impacted-streams"] / closed),
        "Sessions with errors": _share(totals["error-impacted-streams"] / closed),
        "Average bitrate": f"{_whole(totals['average-bitrate'])} kbps",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_quality_says_what_the_api_says(world: Server, browser: Browser, size: tuple[int, int], scheme: str) -> None:
    """Tiles, breakdown, sessions, errors and distributions hold the numbers of the API; what is worst is marked."""
    page, watch = opened(browser, size, scheme)
    page.goto(page_url(world, "/quality", compare="before"))
    totals = report(world, metrics=[*TOTALS], compare=COMPARE)["totals"]
    shows(_tiles(totals), lambda: {name: tile_of(page, name) for name in _tiles(totals)})
    before = page.get_by_role("group", name="Sessions with errors", exact=True).locator(".tile-change")
    errors_before = totals["compare:error-impacted-streams"] / sum(totals[f"compare:{id_}"] for id_ in CLOSED)
    expect(before).to_have_text(re.compile(rf"before {re.escape(_share(errors_before))}$"))

    names, lines = _breakdown(world, "content-player-name")
    table = page.get_by_role("table", name="Quality by player")
    shows([[name, *line] for name, line in zip(names, lines[:-1], strict=True)], lambda: _rows(table))
    assert ["All", *lines[-1]] == table.locator("tfoot th, tfoot td").all_inner_texts()

    worst = report(world, metrics=["total-buffer-duration", "error-events"], dimensions=["media-session-id"], limit=10)
    shown = page.get_by_role("table", name="Sessions that went worst")
    shows([str(row[1]) for row in worst["rows"]], lambda: [row[1] for row in _rows(shown)])
    first = urlsplit(shown.get_by_role("link").first.get_attribute("href") or "")
    assert (f"/sessions/{worst['rows'][0][0]}", ["UTC"]) == (first.path, parse_qs(first.query)["tz"])

    errors = [
        (row[1], row[0])
        for source in ("player-sdk-error-ids", "external-error-ids")
        for row in report(world, metrics=["error-impacted-streams"], dimensions=[source])["rows"]
    ]
    told = page.get_by_role("table", name="Errors by id")
    shows(sorted(errors), lambda: sorted((int(row[2]), row[0]) for row in _rows(told)))

    percentiles = page.get_by_label("Percentiles of time to start").locator("dd:not(.sub)")
    shows([_seconds(totals[one]) for one in PERCENTILES], percentiles.all_inner_texts)
    starts = {row[0]: row[1] + row[2] for row in report(world, metrics=[*CLOSED], dimensions=["time-to-start"])["rows"]}
    chart = page.get_by_role("slider", name="Sessions by time to start")
    chart.press("Home")
    chart.press("Home")
    expect(chart).to_have_attribute("aria-valuetext", re.compile(rf"^0 s: Now {_whole(starts[0])},"))
    chart.blur()
    rates = report(world, metrics=[*CLOSED], dimensions=["average-bitrate"], limit=1000)["rows"]
    page.get_by_text("Numbers of Sessions by average bitrate").click()
    table = page.get_by_role("table", name="Numbers of Sessions by average bitrate")
    everybody = sum(row[1] + row[2] for row in rates)
    shows(everybody, lambda: sum(int(row[1].replace(",", "")) for row in _rows(table)))
    bars = _rows(table)
    low, high = (int(edge) for edge in bars[1][0].split(NOTHING))
    some = sum(row[1] + row[2] for row in rates if low <= int(row[0].split("-")[0]) <= high)
    assert _whole(some) == bars[1][1]
    page.get_by_text("Numbers of Sessions by average bitrate").click()
    _is_well(page, watch, world, size)
    if PICTURES:
        page.mouse.move(0, 0)
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=Path(PICTURES) / f"quality-{scheme}-{size[0]}.png")
    page.context.close()


def test_a_row_narrows_the_page_and_goes_on(world: Server, browser: Browser) -> None:
    """Choosing a player narrows every number and compares its versions; the condition can be removed, Back undoes it."""
    page, watch = opened(browser)
    page.goto(page_url(world, "/quality"))
    page.get_by_role("table", name="Quality by player").get_by_role("link", name="ExoPlayer").press("Enter")

    segment = {"all": [{"dimension": "content-player-name", "op": "=", "value": "ExoPlayer"}]}
    narrowed = report(world, metrics=[*TOTALS], segment=segment)["totals"]
    buffered = page.get_by_role("group", name="Sessions that buffered", exact=True).locator(".tile-value")
    expect(buffered).to_have_text(re.compile(re.escape(_tiles(narrowed)["Sessions that buffered"].split()[0])))
    table = page.get_by_role("table", name="Quality by app version")
    names, lines = _breakdown(world, "app-version", segment=segment)
    shows([[name, *line] for name, line in zip(names, lines[:-1], strict=True)], lambda: _rows(table))
    assert segment == json.loads(dict(httpx.URL(page.url).params)["segment"])

    page.get_by_role("button", name="Remove: Content player name is ExoPlayer").click()
    expect(table.locator("tbody tr").first).not_to_contain_text(names[0])
    page.go_back()
    expect(table.locator("tbody tr").first).to_contain_text(names[0])
    page.go_back()
    expect(page.get_by_role("table", name="Quality by player")).to_be_visible()
    assert watch.troubles == []


def test_an_error_leads_to_the_sessions_that_had_it(world: Server, browser: Browser) -> None:
    """An error's id narrows the list to its sessions, most errors first; the first one's page tells that error."""
    page, watch = opened(browser)
    page.goto(page_url(world, "/quality"))
    page.get_by_role("table", name="Errors by id").get_by_role("link", name="cdn-503").click()

    segment = {"dimension": "external-error-ids", "op": "=", "value": "cdn-503"}
    had = report(world, metrics=["error-events"], dimensions=["media-session-id"], segment=segment, limit=10)["rows"]
    listed = page.get_by_role("table", name="Sessions that went worst")
    expect(listed.get_by_role("columnheader").nth(1)).to_have_text("Errors")
    shows([str(row[1]) for row in had], lambda: [row[1] for row in _rows(listed)])
    assert {row[0] for row in had} == {
        urlsplit(link.get_attribute("href") or "").path.rpartition("/")[2] for link in listed.get_by_role("link").all()
    }
    expect(listed).to_be_in_viewport()
    expect(listed.locator("..")).to_be_focused()
    shows("100.0 %", lambda: tile_of(page, "Sessions with errors"))
    listed.get_by_role("link").first.click()
    expect(page.get_by_text("cdn-503").first).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Open in Sessions").click()
    everyone = report(world, metrics=["error-impacted-streams"], segment=segment)["totals"]["error-impacted-streams"]
    expect(page.get_by_role("table", name="Sessions", exact=True).locator("tbody tr")).to_have_count(everyone)
    assert watch.troubles == []


def test_what_is_compared_is_chosen_and_in_the_link(world: Server, browser: Browser) -> None:
    """Dimension, order and list are in the address, which shows them again; groups of too few sessions come last."""
    page, watch = opened(browser)
    page.goto(page_url(world, "/quality"))
    page.get_by_role("combobox", name="By").first.select_option("Content")
    table = page.get_by_role("table", name="Quality by content")
    table.get_by_role("button", name="With errors").press("Enter")
    page.get_by_role("combobox", name="By").nth(1).select_option("Slowest start")

    answer = report(world, metrics=[*CLOSED, "error-impacted-streams"], dimensions=["content"], limit=1000)
    enough = max(30, math.ceil(sum(answer["totals"][id_] for id_ in CLOSED) / 100))
    known = [(row[0], row[1] + row[2], row[3]) for row in answer["rows"]]
    order = sorted(known, key=lambda row: (row[1] < enough, -(row[2] / row[1] if row[1] else -1), -row[1]))
    expect(table.locator("tbody tr").first).to_contain_text(order[0][0])
    expect(table.get_by_role("columnheader", name="With errors")).to_have_attribute("aria-sort", "descending")
    few = [row[1] < enough for row in order[:LINES]]
    shows(few, lambda: ["too few" in " ".join(row) for row in cells_of(table)])
    expect(page.get_by_text(f"at least {enough} sessions")).to_be_visible()
    slowest = report(world, metrics=["time-to-start"], dimensions=["media-session-id"], limit=10)["rows"]
    listed = page.get_by_role("table", name="Sessions that went worst")
    expect(listed.get_by_role("columnheader").nth(1)).to_have_text(re.compile("^Start"))
    expect(listed.locator("tbody tr").first.locator("td").first).to_have_text(f"{slowest[0][1]:.0f}")

    again, other = opened(browser)
    again.goto(page.url)
    expect(again.get_by_role("table", name="Quality by content").locator("tbody tr").first).to_contain_text(order[0][0])
    expect(again.get_by_role("combobox", name="By").nth(1)).to_have_value("start")
    shows(_rows(table), lambda: _rows(again.get_by_role("table", name="Quality by content")))
    assert [] == [*watch.troubles, *other.troubles]


def test_hostile_names_are_text(world: Server, browser: Browser) -> None:
    """Player, content and error named after markup are shown as they were sent, and nothing of it runs."""
    fault = Said(20, 20, "error", {"errorDetails": {"name": HOSTILE, "source": "player"}})
    viewing = (
        Said(0, 0, "sessionStart", details(HOSTILE, HOSTILE, player=HOSTILE)),
        Said(0, 0, "play"),
        fault,
        Said(30, 30, "sessionEnd"),
    )
    send(world.collector_url, "week", now() - timedelta(seconds=40), viewing)
    page, watch = opened(browser)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    link = page.get_by_role("table", name="Quality by player").get_by_role("link", name=HOSTILE, exact=True)
    until_counted(world, 1, dimension="content-player-name", value=HOSTILE)
    page.goto(f"{world.console_url}/quality?range=7d&tz=UTC&worst=errors")
    expect(link).to_be_visible()
    for name in ("Errors by id", "Sessions that went worst"):
        table = page.get_by_role("table", name=name)
        expect(table.get_by_role("link", name=HOSTILE, exact=True)).to_be_visible()
    link.click()
    expect(page.get_by_role("button", name=f"Remove: Content player name is {HOSTILE}")).to_be_visible()
    assert page.evaluate("window.hacked") is None
    assert page.title() == "Quality \N{MIDDLE DOT} Playhead"
    assert watch.troubles == []


def test_nothing_and_nobody_says_what_to_do(server: Server, browser: Browser) -> None:
    """Without sessions the page shows a command that makes some; a server that fails is named once, and asked again."""
    page, watch = opened(browser)
    page.goto(f"{server.console_url}/quality")
    expect(page.get_by_role("heading", name="No sessions yet")).to_be_visible()
    expect(page.get_by_text(f"playhead simulate --target {server.collector_url}")).to_be_visible()
    assert violations(page) == []
    assert watch.troubles == []

    page.route("**/api/v1/reports", lambda route: route.fulfill(status=500, body="{}"))
    page.reload()
    expect(page.get_by_role("alert")).to_have_count(1)
    expect(page.get_by_role("alert")).to_contain_text("The console answered 500")
    assert violations(page) == []
    page.unroute("**/api/v1/reports")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="No sessions yet")).to_be_visible()


def test_trouble_of_now_leads_here(server: Server, browser: Browser) -> None:
    """A player in trouble on the Live page links to the quality of that player."""
    for _ in range(2):
        start = Said(0, 0, "sessionStart", details("film", "A film", player="tv & co"))
        fault = Said(2, 2, "error", {"errorDetails": {"name": "E-7", "source": "player"}})
        send(server.collector_url, "e2e", now() - timedelta(seconds=3), (start, Said(0, 0, "play"), fault))
    page, watch = opened(browser)
    page.goto(f"{server.console_url}/live")
    page.get_by_role("table", name="Trouble by player").get_by_role("link", name="tv & co").click()
    expect(page.get_by_role("heading", name="Quality", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Remove: Content player name is tv & co")).to_be_visible()
    assert watch.troubles == []
