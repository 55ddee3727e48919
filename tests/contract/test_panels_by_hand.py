"""The panels of metrics.md 6.6 equal what plain loops over the session records give."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

import pytest
from msgspec.structs import replace

import reports_by_hand as by_hand
from playhead.base.clock import ManualClock
from playhead.base.errors import QuestionError
from playhead.base.units import SessionId
from playhead.reporting.dimensions import Bucket, dimension_of
from playhead.reporting.outputs import SessionRecord, SessionState
from playhead.reporting.panels import Audience, PanelQuestion, breakdown_of, granularity_of
from playhead.reporting.report import Period
from playhead.reporting.segments import segment_of
from playhead.store.duck import DuckStore
from playhead.store.panels import concurrent, content_audience, drop_off, period_audience, playback_time, retention
from playhead.store.port import Answer, Commit
from playhead.store.zones import Zone

FROM_MS = by_hand.BEGIN_MS + 90 * 60_000
UNTIL_MS = FROM_MS + 4 * 3_600_000
PERIOD = Period(FROM_MS, UNTIL_MS)
DAYS = Period(by_hand.BEGIN_MS, by_hand.BEGIN_MS + 3 * by_hand.DAY_MS)
SESSIONS = [
    replace(one, started_at_ms=FROM_MS + n * 61_234, smallest_at_ms=FROM_MS + n * 61_234 - n % 3 * 700,
            last_at_ms=FROM_MS + n * 61_234 + n % 17 * 93_000, largest_at_ms=FROM_MS + n * 61_234 + n % 17 * 93_000 + n % 5 * 900, main_play_ms=[(FROM_MS + n * 61_234, FROM_MS + n * 61_234 + n % 17 * 50_000)] if n % 17 else [])
    for n, one in enumerate(by_hand.sessions(230, 11))
]  # fmt: skip
"""Sessions one a minute, up to half an hour long; of forty persons, so that many watch twice at a time."""
CLOSED = [one for one in SESSIONS if one.state is SessionState.CLOSED]
SEGMENT = {"dimension": "datastream", "op": "=", "value": "tv"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckStore]:
    """A store that holds the sessions."""
    store = DuckStore(tmp_path_factory.mktemp("panels") / "store.duckdb", ManualClock(UNTIL_MS))
    store.commit(Commit(outputs=SESSIONS, now_ms=UNTIL_MS))
    yield store
    store.close()


@pytest.fixture
def ask(store: DuckStore) -> Callable[[str, int], Answer]:
    """The store, to be asked."""
    return lambda sql, rows_max: store.answer(sql, rows_max=rows_max)


def spans(sessions: Sequence[SessionRecord] = CLOSED) -> list[tuple[SessionRecord, int, int]]:
    """Each session with its span."""
    return [(one, one.smallest_at_ms, one.last_at_ms) for one in sessions if one.last_at_ms > one.smallest_at_ms]


def watching(sessions: Sequence[SessionRecord], who: Callable[[SessionRecord], str], cell_ms: int) -> dict[int, int]:
    """How many are there in each cell of the range."""
    found: dict[int, set[str]] = defaultdict(set)
    for one, low, high in spans(sessions):
        for start in range(FROM_MS, UNTIL_MS, cell_ms):
            if max(low, FROM_MS) < start + cell_ms and min(high, UNTIL_MS) > start:
                found[start].add(who(one))
    return {start: len(found[start]) for start in range(FROM_MS, UNTIL_MS, cell_ms)}


def person(one: SessionRecord) -> str:
    """Who watched; a session without a person is one of its own."""
    return one.person or one.session_id


def session(one: SessionRecord) -> str:
    """The session."""
    return one.session_id


Ask = Callable[[str, int], Answer]


@pytest.mark.parametrize("audience", Audience)
def test_concurrent_viewers_by_minute(ask: Ask, audience: Audience) -> None:
    """Each person counts once a minute however many sessions they have; sessions count each."""
    who = person if audience is Audience.PERSONS else session
    expected = list(watching(CLOSED, who, 60_000).values())
    panel = concurrent(PanelQuestion(period=PERIOD, granularity=Bucket.MINUTE), audience, ask)
    assert expected == [row[1] for row in panel.rows]
    assert max(expected) == panel.summary["max"].value
    assert min(expected) == panel.summary["min"].value
    first = FROM_MS + expected.index(max(expected)) * 60_000
    assert Zone("UTC").written(first) == panel.summary["max"].at
    assert list(watching(CLOSED, person, 60_000).values()) != list(watching(CLOSED, session, 60_000).values())


def test_the_example_of_the_specification(tmp_path_factory: pytest.TempPathFactory) -> None:
    """p1 12:00:10-12:02:30 and 12:02:30-12:03:10, p2 12:01:59-12:02:00: 1, 2, 1, 1; as one row of five minutes 5."""
    noon = by_hand.BEGIN_MS + 12 * 3_600_000
    store = DuckStore(tmp_path_factory.mktemp("example") / "store.duckdb", ManualClock(noon))
    told = [("p1", 10, 150), ("p1", 150, 190), ("p2", 119, 120)]
    made = [
        replace(CLOSED[n], person=who, smallest_at_ms=noon + low * 1000, started_at_ms=noon + low * 1000, last_at_ms=noon + high * 1000, largest_at_ms=noon + high * 1000)
        for n, (who, low, high) in enumerate(told)
    ]  # fmt: skip
    store.commit(Commit(outputs=made, now_ms=noon))
    question = PanelQuestion(period=Period(noon, noon + 300_000), granularity=Bucket.MINUTE)
    rows = concurrent(question, Audience.PERSONS, lambda sql, most: store.answer(sql, rows_max=most)).rows
    assert [1, 2, 1, 1, 0] == [row[1] for row in rows]
    question = replace(question, granularity=Bucket.MINUTES_5)
    rows = concurrent(question, Audience.PERSONS, lambda sql, most: store.answer(sql, rows_max=most)).rows
    assert [["2026-03-28T12:00:00Z", 5]] == [list(row) for row in rows]
    store.close()


def test_concurrent_viewers_to_the_second(ask: Ask) -> None:
    """A short range is told second by second."""
    period = Period(FROM_MS + 3_600_000, FROM_MS + 3_600_000 + 600_000)
    expected = [
        len({person(one) for one, low, high in spans() if low < start + 1000 and high > start})
        for start in range(period.from_ms, period.until_ms, 1000)
    ]
    panel = concurrent(PanelQuestion(period=period), Audience.PERSONS, ask)
    assert expected == [row[1] for row in panel.rows]
    assert "second" == panel.granularity


def test_concurrent_viewers_divided(ask: Ask) -> None:
    """By content, every series has its own viewers; longer stretches are sums of minutes; the maximum is of all."""
    question = PanelQuestion(
        period=PERIOD, granularity=Bucket.HOUR, breakdown=dimension_of("content"), zone="Asia/Kolkata"
    )
    panel = concurrent(question, Audience.PERSONS, ask)
    expected: Counter[tuple[str, str]] = Counter()
    for content in {one.session_details["name"] for one in CLOSED}:
        mine = [one for one in CLOSED if one.session_details["name"] == content]
        for minute, viewers in watching(mine, person, 60_000).items():
            expected[Zone("Asia/Kolkata").written(Zone("Asia/Kolkata").start_of(Bucket.HOUR, minute)), content] += (
                viewers
            )
    assert +expected == Counter({(at, series): value for at, series, value in panel.rows if value})
    whole: Counter[int] = Counter()
    for minute, viewers in watching(CLOSED, person, 60_000).items():
        whole[Zone("Asia/Kolkata").start_of(Bucket.HOUR, minute)] += viewers
    assert max(whole.values()) == panel.summary["max"].value


def test_at_most_ten_series(ask: Ask) -> None:
    """Of many values, the ten with most time are shown."""
    question = PanelQuestion(period=PERIOD, granularity=Bucket.HOUR, breakdown=dimension_of("media-session-id"))
    panel = concurrent(question, Audience.SESSIONS, ask)
    longest = sorted(spans(), key=lambda one: (min(one[1], UNTIL_MS) - min(one[2], UNTIL_MS), one[0].session_id))[:10]
    assert {one.session_id for one, _, _ in longest} == {SessionId(row[1]) for row in panel.rows}


def overlap(low: int, high: int, start: int, end: int) -> int:
    """How much of one stretch is in another, ms."""
    return max(0, min(high, end) - max(low, start))


def test_playback_time_divided(ask: Ask) -> None:
    """By content, every series has its own time; the sum is of all."""
    zone = Zone("Europe/Berlin")
    question = PanelQuestion(
        period=DAYS, granularity=Bucket.DAY, breakdown=dimension_of("content"), zone="Europe/Berlin"
    )
    expected: Counter[tuple[str, str]] = Counter()
    for start, end in pairwise([*zone.starts(Bucket.DAY, DAYS), DAYS.until_ms]):
        for one, low, high in spans():
            mine = overlap(low, min(high, DAYS.until_ms), max(start, DAYS.from_ms), end)
            expected[zone.written(start), one.session_details["name"]] += mine
    panel = playback_time(question, ask)
    assert {key: ms / 1000 for key, ms in expected.items() if ms} == {
        (at, series): value for at, series, value in panel.rows if value
    }
    assert sum(expected.values()) / 1000 == panel.summary["sum"]


def test_a_day_that_the_clock_is_put_back_into(tmp_path_factory: pytest.TempPathFactory) -> None:
    """At 00:01 it was 23:01 of the day before: each day has its minutes, of which one is apart from the rest."""
    from_ms = 1_162_089_060_000 - 120 * 60_000  # 2006-10-29T00:31Z, 22:01 on the 28th
    made = [
        replace(one, started_at_ms=from_ms, smallest_at_ms=from_ms + n * 60_000, last_at_ms=from_ms + 240 * 60_000, largest_at_ms=from_ms + 240 * 60_000)
        for n, one in enumerate(CLOSED[:3])
    ]  # fmt: skip
    store = DuckStore(tmp_path_factory.mktemp("back") / "store.duckdb", ManualClock(UNTIL_MS))
    store.commit(Commit(outputs=made, now_ms=UNTIL_MS))
    period = Period(from_ms, from_ms + 300 * 60_000)
    zone = Zone("America/St_Johns")
    expected: Counter[int] = Counter()
    for _, low, high in spans(made):
        for minute in range(low, high, 60_000):
            expected[(minute + zone.offset_ms(minute)) // by_hand.DAY_MS] += 1
    assert 2 == len(expected)
    question = PanelQuestion(period=period, granularity=Bucket.DAY, zone="America/St_Johns")
    panel = concurrent(question, Audience.SESSIONS, lambda sql, most: store.answer(sql, rows_max=most))
    assert list(expected.values()) == [row[1] for row in panel.rows]
    store.close()


def test_many_at_the_end_of_a_long_range(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Hundreds that begin in the same minute, nine years after the range."""
    last = FROM_MS + 9 * 366 * by_hand.DAY_MS
    made = [
        replace(CLOSED[0], session_id=SessionId(f"{n:064x}"), started_at_ms=last, smallest_at_ms=last, last_at_ms=last + 120_000, largest_at_ms=last + 120_000)
        for n in range(600)
    ]  # fmt: skip
    store = DuckStore(tmp_path_factory.mktemp("long") / "store.duckdb", ManualClock(last))
    store.commit(Commit(outputs=made, now_ms=last))
    question = PanelQuestion(period=Period(FROM_MS, last + by_hand.DAY_MS), granularity=Bucket.MONTH)
    panel = concurrent(question, Audience.SESSIONS, lambda sql, most: store.answer(sql, rows_max=most))
    assert 1200 == sum(row[1] for row in panel.rows) == panel.summary["max"].value
    store.close()


def test_playback_time_by_stretch(ask: Ask) -> None:
    """Seconds of sessions that fall into each five minutes; segments choose the sessions."""
    chosen = [one for one in CLOSED if one.datastream_id == "tv"]
    expected = [
        sum(overlap(low, high, start, start + 300_000) for _, low, high in spans(chosen)) / 1000
        for start in range(FROM_MS, UNTIL_MS, 300_000)
    ]
    question = PanelQuestion(period=PERIOD, granularity=Bucket.MINUTES_5, segment=segment_of(SEGMENT))
    panel = playback_time(question, ask)
    assert expected == [row[1] for row in panel.rows]
    assert pytest.approx(sum(expected)) == panel.summary["sum"]


def test_average_audience_of_a_period(ask: Ask) -> None:
    """Main play in each stretch by its seconds, across a change of clocks; the whole range the same way."""
    zone = Zone("Europe/Berlin")
    starts = [*zone.starts(Bucket.DAY, DAYS), math.inf]
    expected = []
    for start, end in pairwise(starts):
        low, high = int(max(start, DAYS.from_ms)), int(min(end, DAYS.until_ms))
        played = sum(overlap(a, b, low, high) for one in CLOSED for a, b in one.main_play_ms) / 1000
        expected.append([round(played / ((high - low) / 1000), 6), played, (high - low) / 1000])
    panel = period_audience(PanelQuestion(period=DAYS, granularity=Bucket.DAY, zone="Europe/Berlin"), ask)
    assert expected == [list(row[1:]) for row in panel.rows]
    assert [82_800.0] == [row[3] for row in panel.rows if row[0].startswith("2026-03-29")]  # the day of 23 hours
    total = sum(row[1] for row in expected) / (3 * 86_400)
    assert round(total, 6) == panel.summary["total"]


def test_average_audience_by_content(ask: Ask) -> None:
    """Time spent with each content by the length last told; the total is the sum of the rows."""
    last = {one.session_details["name"]: one for one in sorted(CLOSED, key=lambda one: one.last_at_ms)}
    spent: Counter[str] = Counter()
    for one in CLOSED:
        spent[one.session_details["name"]] += one.session_details["totalTimePlayed"]
    expected = {name: round(spent[name] / last[name].session_details["length"], 6) for name in spent}
    panel = content_audience(PanelQuestion(period=DAYS), ask, with_ads=True)
    assert expected == {row[0]: row[1] for row in panel.rows}
    assert sorted(expected.values(), reverse=True) == [row[1] for row in panel.rows]
    assert round(sum(expected.values()), 6) == panel.summary["total"]


def test_drop_off_is_a_funnel(ask: Ask) -> None:
    """Each step counts the sessions that have its flag."""
    panel = drop_off(PanelQuestion(period=DAYS), ask)
    started = sum(one.is_viewed for one in CLOSED)
    quarter = sum(one.session_details.get("hasProgress25") is True for one in CLOSED)
    rows = {row[0]: list(row[1:]) for row in panel.rows}
    assert [started, 1.0] == rows["media-starts"]
    assert [quarter, round(quarter / started, 6)] == rows["progress-25"]


def by_minute(stretches: Iterable[Sequence[tuple[float, float]]]) -> Counter[int]:
    """In how many sessions any of each minute of the content is in a stretch."""
    found: Counter[int] = Counter()
    for pieces in stretches:
        found.update(
            {60 * k for low, high in pieces for k in range(200) if high > low and low < 60 * k + 60 and high > 60 * k}
        )
    return found


@pytest.mark.parametrize("content", ["film '1'", None])
def test_retention_by_minute(ask: Ask, content: str | None) -> None:
    """A session counts in every minute of the content that it viewed any of, once; and where it viewed any again."""
    chosen = [one for one in CLOSED if content in {None, one.session_details["name"]}]
    segment = None if content is None else segment_of({"dimension": "content", "op": "=", "value": content})
    panel = retention(
        PanelQuestion(period=DAYS, segment=segment), ask, step_s=60, percent=False, content=content is not None
    )
    viewed, again = by_minute(one.viewed_s for one in chosen), by_minute(one.replayed_s for one in chosen)
    assert again
    starts = sum(one.session_details.get("isPlayed") is True for one in chosen)
    assert {step: [n, round(n / starts, 6), again[step]] for step, n in viewed.items()} == {
        row[0]: list(row[1:]) for row in panel.rows if row[1]
    }
    assert list(range(0, 60 * len(panel.rows), 60)) == [row[0] for row in panel.rows]
    if content is not None:
        offsets = Counter(ad["advertisingPodDetails"]["offset"] for one in chosen for ad in one.ads)
        assert offsets == Counter({one["second"]: one["ads"] for one in panel.overlays["breaks"]})


def test_a_long_range_is_told_coarser() -> None:
    """More than 1440 rows are never given: the next coarser stretch is taken."""
    assert granularity_of("minute", Period(0, 1440 * 60_000), Bucket.HOUR) is Bucket.MINUTE
    assert granularity_of("minute", Period(0, 1441 * 60_000), Bucket.HOUR) is Bucket.MINUTES_5
    assert granularity_of(None, Period(0, 400 * by_hand.DAY_MS), Bucket.MINUTE) is Bucket.DAY
    assert granularity_of("second", Period(0, 3_600_000), Bucket.MINUTE, seconds=True) is None
    assert granularity_of("second", Period(0, 3_600_001), Bucket.MINUTE, seconds=True) is Bucket.MINUTE


@pytest.mark.parametrize("name", ["advertiser", "day", "media-path", "nonsense", "event-type"])
def test_what_does_not_divide_an_audience_is_refused(name: str) -> None:
    """A breakdown is by something sessions have as a whole."""
    with pytest.raises(QuestionError) as wrong:
        breakdown_of(name)
    assert "breakdown" == wrong.value.path
