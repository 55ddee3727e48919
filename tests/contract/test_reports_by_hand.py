"""Every metric by every dimension equals what is counted by hand from the session records (metrics.md 6)."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

import pytest
from msgspec.structs import replace

import reports_by_hand as by_hand
from playhead.base.clock import ManualClock
from playhead.base.errors import QuestionError
from playhead.reporting.dimensions import DIMENSIONS, dimension_of
from playhead.reporting.metrics import METRICS, metric_of
from playhead.reporting.outputs import SessionRecord, SessionState
from playhead.reporting.report import Asked, Period, Report, report_of
from playhead.store.duck import DuckStore
from playhead.store.port import Answer, Commit
from playhead.store.reports import Table, answer_report

FROM_MS = by_hand.BEGIN_MS + 3_600_000
UNTIL_MS = by_hand.BEGIN_MS + 3 * by_hand.DAY_MS
SESSIONS = by_hand.sessions(250, 7)
PATHS = {"media-path", "previous-content", "next-content"}

ZONES = ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckStore]:
    """A store that holds the sessions."""
    store = DuckStore(tmp_path_factory.mktemp("reports") / "store.duckdb", ManualClock(UNTIL_MS))
    store.commit(Commit(outputs=SESSIONS, now_ms=UNTIL_MS))
    yield store
    store.close()


def asked(**question: Any) -> Report:
    """A judged question."""
    return report_of(Asked(**{"from_": "", "until": "", **question}), Period(FROM_MS, UNTIL_MS), None, 0)


def rows_of(store: DuckStore, report: Report) -> dict[tuple[Any, ...], list[Any]]:
    """The rows of an answer by their values of time and dimensions; each is there once."""

    def ask(sql: str, rows_max: int) -> Answer:
        return store.answer(sql, rows_max=rows_max)

    keys = (report.granularity is not None) + len(report.dimensions)
    rows = answer_report(report, ask).rows
    found = {tuple(row[:keys]): list(row[keys:]) for row in rows}
    assert len(rows) == len(found)
    return found


def rounded(rows: dict[tuple[Any, ...], list[Any]]) -> dict[tuple[Any, ...], list[Any]]:
    """Numbers to nine digits: means are divided in another order."""
    return {key: [None if value is None else round(float(value), 6) for value in row] for key, row in rows.items()}


def nonzero(rows: dict[tuple[Any, ...], list[Any]]) -> dict[tuple[Any, ...], list[Any]]:
    """Without rows that say nothing."""
    return {key: row for key, row in rounded(rows).items() if any(row)}


@pytest.mark.parametrize("dimension_id", [name for name in [*DIMENSIONS, "custom:team"] if name not in PATHS])
def test_every_metric_by_this_dimension(store: DuckStore, dimension_id: str) -> None:
    """Each metric that can be told apart by the dimension has the numbers counted by hand."""
    dimension = dimension_of(dimension_id)
    assert dimension is not None
    possible = []
    for name in [*METRICS, "state:theater:count", "state:theater:streams-impacted", "state:theater:total-duration"]:
        try:
            asked(metrics=[name], dimensions=[dimension_id])
        except QuestionError:
            continue
        possible.append(name)
    assert possible
    for first in range(0, len(possible), 40):
        names = possible[first : first + 40]
        report = asked(metrics=names, dimensions=[dimension_id], limit=50_000, time_zone="Europe/Berlin")
        expected = by_hand.counted(
            SESSIONS, report.metrics, [dimension], from_ms=FROM_MS, until_ms=UNTIL_MS, zone="Europe/Berlin"
        )
        assert nonzero(expected) == nonzero(rows_of(store, report))


def test_totals_count_everything_once(store: DuckStore) -> None:
    """Totals are of all sessions, however many rows each is in."""
    for first in range(0, len(METRICS), 50):
        names = list(METRICS)[first : first + 50]
        report = asked(metrics=names, dimensions=["genre"] if "ad-starts" not in names else [])
        expected = by_hand.counted(SESSIONS, report.metrics, from_ms=FROM_MS, until_ms=UNTIL_MS)[()]
        found = answer_report(report, lambda sql, rows_max: store.answer(sql, rows_max=rows_max)).totals
        assert rounded({(): expected}) == rounded({(): [found[name] for name in names]})


@pytest.mark.parametrize("granularity", ["hour", "day", "week", "month"])
@pytest.mark.parametrize("zone", ZONES)
def test_viewers_of_stretches_and_of_all_of_them(store: DuckStore, granularity: str, zone: str) -> None:
    """Each person once a stretch and once in all, also of a range without anybody and in a segment."""
    names = ["viewers", "content-starts"]
    for days, segment in ((1, None), (3, None), (3, {"dimension": "datastream", "op": "=", "value": "tv"}), (0, None)):
        until_ms = FROM_MS + days * by_hand.DAY_MS if days else FROM_MS - 10 * by_hand.DAY_MS
        period = Period(FROM_MS if days else until_ms - by_hand.DAY_MS, until_ms)
        chosen = [one for one in SESSIONS if segment is None or one.datastream_id == "tv"]
        asking = Asked(from_="", until="", metrics=names, granularity=granularity, time_zone=zone, segment=segment)
        found = answer_report(report_of(asking, period, None, 0), lambda sql, most: store.answer(sql, rows_max=most))
        metrics = [one for name in names if (one := metric_of(name)) is not None]
        [expected] = by_hand.counted(chosen, metrics, from_ms=period.from_ms, until_ms=period.until_ms).values() or [
            [0, 0]
        ]
        assert dict(zip(names, expected, strict=True)) == found.totals
        bucket = dimension_of(granularity)
        assert bucket is not None
        rows = by_hand.counted(chosen, metrics, [bucket], from_ms=period.from_ms, until_ms=period.until_ms, zone=zone)
        assert {key: row for key, row in rows.items() if any(row)} == {
            (row[0],): row[1:] for row in map(list, found.rows) if any(row[1:])
        }


Leaf = tuple[dict[str, Any], Callable[[SessionRecord], bool]]


def _ads(session: SessionRecord, name: str) -> list[Any]:
    return [ad["advertisingDetails"].get(name) for ad in session.ads]


LEAVES: Sequence[Leaf] = (
    ({"dimension": "content", "op": "=", "value": "film '1'"}, lambda s: s.session_details["name"] == "film '1'"),
    (
        {"dimension": "content-type", "op": "=", "value": "VOD"},
        lambda s: s.session_details["contentType"].lower() == "vod",
    ),
    (
        {"dimension": "stream-type", "op": "!=", "value": "audio"},
        lambda s: s.session_details.get("streamType") != "audio",
    ),
    (
        {"dimension": "content-channel", "op": "in", "value": ["channel 0", "channel 2"]},
        lambda s: s.session_details.get("channel") in {"channel 0", "channel 2"},
    ),
    (
        {"dimension": "show", "op": "contains", "value": "SHOW 1"},
        lambda s: "show 1" in s.session_details.get("show", ""),
    ),
    ({"dimension": "season", "op": "exists"}, lambda s: "season" in s.session_details),
    ({"dimension": "season", "op": "exists", "value": False}, lambda s: "season" not in s.session_details),
    ({"dimension": "content-length", "op": ">", "value": 60}, lambda s: s.session_details["length"] > 60),
    (
        {"dimension": "genre", "op": "=", "value": "Action"},
        lambda s: "Action" in s.session_details.get("genreList", ()),
    ),
    (
        {"dimension": "genre", "op": "!=", "value": "Drama"},
        lambda s: "Drama" not in s.session_details.get("genreList", ()),
    ),
    (
        {"dimension": "advertiser", "op": "=", "value": "advertiser 1"},
        lambda s: "advertiser 1" in _ads(s, "advertiser"),
    ),
    (
        {"dimension": "advertiser", "op": "!=", "value": "advertiser 1"},
        lambda s: "advertiser 1" not in _ads(s, "advertiser"),
    ),
    ({"dimension": "ad-length", "op": "<", "value": 20}, lambda s: any(x < 20 for x in _ads(s, "length"))),
    ({"dimension": "player-state", "op": "=", "value": "mute"}, lambda s: any(x["name"] == "mute" for x in s.states)),
    ({"dimension": "custom:team", "op": "=", "value": "red"}, lambda s: s.custom_metadata.get("team") == "red"),
    (
        {"dimension": "average-bitrate", "op": "in", "value": ["4500-4599", "7600-7699"]},
        lambda s: s.qoe.get("bitrateAverageBucket") in {"4500-4599", "7600-7699"},
    ),
    ({"dimension": "datastream", "op": "=", "value": "tv"}, lambda s: s.datastream_id == "tv"),
    ({"metric": "content-time-spent", "op": ">", "value": 2000}, lambda s: s.session_details["timePlayed"] > 2000),
    ({"metric": "error-events", "op": "=", "value": 0}, lambda s: s.qoe.get("errorCount", 0) == 0),
    ({"metric": "average-bitrate", "op": "<", "value": 4000}, lambda s: s.qoe.get("bitrateAverage", 9e9) < 4000),
    ({"metric": "content-starts", "op": "=", "value": 1}, lambda s: s.session_details.get("isPlayed") is True),
    ({"metric": "ad-completes", "op": ">", "value": 1}, lambda s: sum(x is True for x in _ads(s, "isCompleted")) > 1),
    (
        {"metric": "mute-total-duration", "op": ">", "value": 40},
        lambda s: sum(x["time"] for x in s.states if x["name"] == "mute") > 40,
    ),
    (
        {"metric": "ad-completion-rate", "op": ">", "value": 0.5},
        lambda s: bool(s.ads) and sum(x is True for x in _ads(s, "isCompleted")) / len(s.ads) > 0.5,
    ),
    (
        {"dimension": "content-segment", "op": "=", "value": "[0-5]"},
        lambda s: any(low < 300 for low, high in s.viewed_s if high > low),
    ),
)


@pytest.mark.parametrize("number", range(len(LEAVES)))
def test_each_condition_chooses_the_sessions_it_says(store: DuckStore, number: int) -> None:
    """A condition holds for the sessions found by hand, and its negation for the others."""
    leaf, holds = LEAVES[number]
    closed = [one for one in SESSIONS if one.state is SessionState.CLOSED and FROM_MS <= one.last_at_ms < UNTIL_MS]
    for segment, chosen in (
        (leaf, {one.session_id for one in closed if holds(one)}),
        ({"not": leaf}, {one.session_id for one in closed if not holds(one)}),
    ):
        report = asked(metrics=["estimated-streams"], dimensions=["media-session-id"], segment=segment, limit=1000)
        assert chosen == {name for (name,) in rows_of(store, report)}, json.dumps(segment)
        assert chosen


def any_segment(dice: random.Random, depth: int = 3) -> Leaf:
    """A segment of several conditions, and the same in Python."""
    kind = dice.choice(["leaf", "all", "any", "not"]) if depth else "leaf"
    if kind == "leaf":
        return dice.choice(LEAVES)
    inner = [any_segment(dice, depth - 1) for _ in range(1 if kind == "not" else dice.randrange(3))]
    texts, tests = [text for text, _ in inner], [test for _, test in inner]
    if kind == "not":
        return {"not": texts[0]}, lambda one: not tests[0](one)
    return {kind: texts}, lambda one: (all if kind == "all" else any)(test(one) for test in tests)


@pytest.mark.parametrize("seed", range(60))
def test_any_question_has_the_numbers_counted_by_hand(store: DuckStore, seed: int) -> None:
    """Metrics by two dimensions, stretches of time, zones and segments, together."""
    dice = random.Random(seed)
    usable = [name for name in DIMENSIONS if name not in PATHS and name not in {"minute", "media-session-id"}]
    while True:
        segment, holds = any_segment(dice)
        zone = dice.choice(ZONES)
        try:
            report = asked(
                metrics=dice.sample(list(METRICS), dice.randrange(1, 6)),
                dimensions=dice.sample(usable, dice.randrange(3)),
                granularity=dice.choice([None, "hour", "day", "week", "month", "30-minutes"]),
                time_zone=zone,
                segment=segment,
                limit=50_000,
            )
        except QuestionError:
            continue
        break
    expected = by_hand.counted(
        SESSIONS, report.metrics, report.dimensions, from_ms=FROM_MS, until_ms=UNTIL_MS, granularity=report.granularity,
        zone=zone, segment=holds,
    )  # fmt: skip
    assert nonzero(expected) == nonzero(rows_of(store, report))


@pytest.mark.parametrize("seed", range(12))
def test_only_the_ads_asked_for_count(store: DuckStore, seed: int) -> None:
    """Metrics of ads count those ads, by any dimensions; metrics of sessions beside them count all, as do quotients of both."""
    dice = random.Random(seed)
    given, holds = dice.choice(ADS)
    report = asked(
        metrics=["ad-starts", *dice.sample(["ad-completes", "ad-time-spent", "ad-completion-rate"], 2)]
        + (["media-starts", "avg-ads-per-media-stream", "viewers", "chapter-starts"] if seed % 2 else []),
        dimensions=dice.sample(["content", "genre", "day", "content-segment"] if seed % 2 else ["advertiser", "ad", "ad-pod", "content"], dice.randrange(3)),
        granularity=None if seed % 2 else "hour",
        segment={"dimension": "advertiser", "op": "exists"} if seed % 3 == 0 else None,
        ads=given,
        limit=50_000,
    )  # fmt: skip
    expected = by_hand.counted(
        SESSIONS, report.metrics, report.dimensions, from_ms=FROM_MS, until_ms=UNTIL_MS, granularity=report.granularity, ads=holds,
        segment=(lambda s: any(_ads(s, "advertiser"))) if seed % 3 == 0 else lambda _: True,
    )  # fmt: skip
    assert nonzero(expected) == nonzero(rows_of(store, report))
    assert nonzero(expected)


ADS: Sequence[tuple[dict[str, Any], Callable[[Any], bool]]] = (
    (
        {"dimension": "advertiser", "op": "=", "value": "advertiser 1"},
        lambda ad: ad["advertisingDetails"].get("advertiser") == "advertiser 1",
    ),
    (
        {"dimension": "advertiser", "op": "!=", "value": "advertiser 1"},
        lambda ad: ad["advertisingDetails"].get("advertiser") != "advertiser 1",
    ),
    (
        {"any": [{"dimension": "ad-length", "op": ">", "value": 15}, {"dimension": "ad-pod", "op": "in", "value": ["pod 1"]}]},
        lambda ad: ad["advertisingDetails"]["length"] > 15 or ad["advertisingPodDetails"]["ID"] == "pod 1",
    ),
    (
        {"not": {"dimension": "campaign-id", "op": "exists"}},
        lambda ad: "campaignID" not in ad["advertisingDetails"],
    ),
)  # fmt: skip


def test_pages_hold_every_row_once(store: DuckStore) -> None:
    """Pages of a report fit together, whatever it is sorted by."""
    question: dict[str, Any] = {"metrics": ["content-starts"], "dimensions": ["app-version", "content"], "limit": 4}
    whole = answer_report(asked(**{**question, "limit": 1000}), lambda sql, most: store.answer(sql, rows_max=most)).rows
    pages = []
    for offset in range(0, len(whole), 4):
        report = report_of(Asked(from_="", until="", **question), Period(FROM_MS, UNTIL_MS), None, offset)
        pages.append(answer_report(report, lambda sql, most: store.answer(sql, rows_max=most)).rows)
    assert list(whole) == list(chain.from_iterable(pages))


@pytest.mark.parametrize("dimensions", [["content"], ["genre", "hour-of-day"], ["media-path"], ["content-segment"]])
@pytest.mark.parametrize(
    "others", [["content-starts"], ["media-starts"], ["media-starts", "content-starts", "time-to-start.p50"]]
)
def test_viewers_of_a_page_are_those_of_the_whole(store: DuckStore, dimensions: list[str], others: list[str]) -> None:
    """Sorted by something else, they are counted for the rows of the page only; sorted by them, for all."""

    def page(offset: int, limit: int, metrics: list[str]) -> list[list[Any]]:
        asking = Asked(from_="", until="", metrics=metrics, dimensions=dimensions, limit=limit, granularity="day")
        found = answer_report(
            report_of(asking, Period(FROM_MS, UNTIL_MS), None, offset),
            lambda sql, most: store.answer(sql, rows_max=most),
        )
        places = [found.columns.index(name) for name in ["time", *dimensions, *others, "viewers"]]
        return [[row[place] for place in places] for row in found.rows]

    by_viewers = page(0, 50_000, ["viewers", *others])
    whole = page(0, 50_000, [*others, "viewers"])
    assert sorted(map(str, by_viewers)) == sorted(map(str, whole))
    assert any(row[-1] > 1 for row in whole)
    assert whole[:14] == [row for offset in (0, 7) for row in page(offset, 7, [*others, "viewers"])]


@pytest.mark.parametrize("dimensions", ["content", "show", "content hour-of-day", "day", "custom:team", "custom:nobody", "event-type", "media-path", "app-version genre", "advertiser"])  # fmt: skip
@pytest.mark.parametrize("segment", [None, {"dimension": "datastream", "op": "=", "value": "tv"}])
def test_pages_by_viewers_have_the_numbers_of_the_whole(store: DuckStore, dimensions: str, segment: Any) -> None:
    """Short pages, which are counted in another way, hold every row once and have the totals counted by hand."""
    names = ["viewers"] if dimensions == "advertiser" else ["media-starts", "viewers", "time-to-start.p50"]
    asking = asked(metrics=names, dimensions=dimensions.split(), sort="-viewers", segment=segment)

    def page(offset: int, limit: int) -> Table:
        report = replace(asking, offset=offset, limit=limit)
        return answer_report(report, lambda sql, most: store.answer(sql, rows_max=most))

    rows, pages = page(0, 50_000).rows, [page(0, 3), page(3, 3), page(6, 5), page(20, 1)]
    assert [rows[:3], rows[3:6], rows[6:11], rows[20:21]] == [found.rows for found in pages]
    chosen = [one for one in SESSIONS if segment is None or one.datastream_id == "tv"]
    expected = by_hand.counted(chosen, asking.metrics, from_ms=FROM_MS, until_ms=UNTIL_MS)
    for found in pages:
        assert rounded(expected) == rounded({(): [found.totals[name] for name in names]})


@pytest.mark.parametrize(
    "dimensions",
    [
        ["content"],
        ["genre", "content-type"],
        ["media-path"],
        ["content-segment"],
        ["hour-of-day"],
        ["average-bitrate"],
        [],
    ],
)
@pytest.mark.parametrize("granularity", [None, "hour"])
def test_a_page_has_the_numbers_of_the_compared_range_beside_it(
    store: DuckStore, dimensions: list[str], granularity: str | None
) -> None:
    """Those of its own rows, which are all that is asked for there; totals are of everything."""
    names = ["content-starts", "viewers", "time-to-start.p95", "content-completion-rate"]
    later, earlier = (Period(low, low + by_hand.DAY_MS) for low in (FROM_MS + by_hand.DAY_MS, FROM_MS))

    def answer(period: Period, compare: Period | None, limit: int) -> Table:
        asking = Asked(from_="", until="", metrics=names, dimensions=dimensions, limit=limit, granularity=granularity)
        return answer_report(report_of(asking, period, compare, 0), lambda sql, most: store.answer(sql, rows_max=most))

    compared, mine, other = answer(later, earlier, 5), answer(later, None, 5), answer(earlier, None, 50_000)
    timed = granularity is not None
    keys = timed + len(dimensions)

    def key(row: Sequence[Any], period: Period) -> tuple[Any, ...]:
        """With the hour's place in its range instead of the hour."""
        hours = (datetime.fromisoformat(row[0]).timestamp() * 1000 - period.from_ms) / 3_600_000 if timed else None
        return (hours, *row[timed:keys])

    known = {key(row, earlier): list(row[keys:]) for row in other.rows}
    for row, alone in zip(compared.rows, mine.rows, strict=True):
        assert list(alone) == list(row[: len(alone)])
        assert known.get(key(row, later), [0, 0, None, None]) == list(row[len(alone) :])
    assert compared.rows
    assert {**mine.totals, **{f"compare:{name}": value for name, value in other.totals.items()}} == compared.totals


def test_viewers_by_state_do_not_depend_on_what_else_is_asked(store: DuckStore) -> None:
    """Beside a metric of one player state, viewers are still told of all states."""
    alone = rows_of(store, asked(metrics=["viewers"], dimensions=["player-state"]))
    beside = rows_of(store, asked(metrics=["viewers", "mute-count"], dimensions=["player-state"]))
    assert len(alone) == 6
    assert alone == {state: row[:1] for state, row in beside.items()}


def test_metrics_of_the_spec_are_all_there() -> None:
    """The ids of metrics.md 6.2 and 6.5, written down by hand."""
    assert set(SPEC_METRICS.split()) <= set(METRICS)
    assert metric_of("state:theater:count") is not None


SPEC_METRICS = """
media-starts content-starts content-completes content-resumes content-segment-views content-time-spent media-time-spent
unique-time-played average-minute-audience estimated-streams ad-count chapter-count pause-events paused-impacted-streams
total-pause-duration progress-10 progress-25 progress-50 progress-75 progress-95 authorized federated-data
session-server-timeout ad-starts ad-completes ad-time-spent chapter-starts chapter-completes chapter-time-spent
average-bitrate bitrate-changes bitrate-change-impacted-streams buffer-events buffer-impacted-streams total-buffer-duration
dropped-frames dropped-frame-impacted-streams drops-before-start error-events error-impacted-streams stall-events
stall-impacted-streams total-stalling-duration time-to-start full-screen-count mute-count closed-captioning-count
picture-in-picture-count in-focus-count full-screen-streams-impacted mute-streams-impacted
closed-captioning-streams-impacted picture-in-picture-streams-impacted in-focus-streams-impacted full-screen-total-duration
mute-total-duration closed-captioning-total-duration picture-in-picture-total-duration in-focus-total-duration viewers
avg-ads-per-media-stream avg-chapters-per-media-stream avg-media-time-spent avg-content-time-spent avg-ad-time-spent
avg-chapter-time-spent media-completion-rate content-completion-rate ad-completion-rate chapter-completion-rate
drop-before-start-rate pre-roll-drop-rate content-pause-duration-rate content-buffer-duration-rate
content-time-to-start-rate ad-time-spent-rate
"""
