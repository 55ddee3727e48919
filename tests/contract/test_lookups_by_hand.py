"""Reports and panels with lookups equal those of records changed by hand to what the lookups say (metrics.md 6.3)."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

import lookups_by_hand as lookups
import reports_by_hand as by_hand
from playhead.base.clock import ManualClock
from playhead.base.errors import QuestionError
from playhead.reporting.dimensions import Bucket, Dimension, dimension_of
from playhead.reporting.lookups import overridden
from playhead.reporting.metrics import METRICS
from playhead.reporting.outputs import SessionRecord, SessionState
from playhead.reporting.panels import Audience, PanelQuestion
from playhead.reporting.report import Asked, Period, Report, report_of
from playhead.reporting.segments import ads_of, segment_of
from playhead.store import panels
from playhead.store.breaks import By, ad_breaks
from playhead.store.duck import DuckStore
from playhead.store.panels import Panel
from playhead.store.port import Answer, Commit, SessionSearch
from playhead.store.report_sql import sql_of
from playhead.store.reports import Ask, answer_report
from playhead.store.zones import Zone

DAYS = Period(by_hand.BEGIN_MS + 3_600_000, by_hand.BEGIN_MS + 3 * by_hand.DAY_MS)
SESSIONS = [
    replace(one, session_details={name: value for name, value in one.session_details.items() if n % 9 or name != "length"})
    for n, one in enumerate(by_hand.sessions(180, 5))
]  # fmt: skip
"""Some tell no length."""
CHANGED = lookups.looked_up(SESSIONS)
DIMENSIONS = [*lookups.FIELDS, *(f"lookup:{name}" for name in lookups.OWN)]


def filled(sessions: Sequence[SessionRecord], tmp: pytest.TempPathFactory) -> DuckStore:
    """A store that holds them."""
    store = DuckStore(tmp.mktemp("lookups") / "store.duckdb", ManualClock(DAYS.until_ms))
    store.commit(Commit(outputs=sessions, now_ms=DAYS.until_ms))
    return store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckStore]:
    """A store with the sessions as they were sent, and lookups put beside them afterwards."""
    store = filled(SESSIONS, tmp_path_factory)
    for lookup, entries in lookups.LOOKUPS.items():
        store.change_lookup(lookup, entries, whole=True)
    yield store
    store.close()


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckStore]:
    """A store without lookups, with the sessions changed by hand."""
    store = filled(CHANGED, tmp_path_factory)
    yield store
    store.close()


def asking(store: DuckStore) -> Ask:
    """The store, to be asked."""

    def ask(sql: str, rows_max: int) -> Answer:
        return store.answer(sql, rows_max=rows_max)

    return ask


def asked(store: DuckStore, **question: Any) -> Report:
    """A judged question to this store."""
    given: dict[str, Any] = {"from_": "", "until": "", "limit": 50_000, **question}
    return report_of(Asked(**given), DAYS, None, 0, overridden(store.lookups()))


def rows_of(store: DuckStore, report: Report) -> dict[tuple[Any, ...], list[Any]]:
    """The rows of an answer by their values; numbers to six digits, without rows that say nothing."""
    rows = answer_report(report, asking(store)).rows
    keys = len(report.dimensions)
    return plain({tuple(row[:keys]): list(row[keys:]) for row in rows})


def plain(rows: dict[tuple[Any, ...], list[Any]]) -> dict[tuple[Any, ...], list[Any]]:
    """The same of rows counted by hand."""
    rounded = {key: [None if value is None else round(float(value), 6) for value in row] for key, row in rows.items()}
    return {key: row for key, row in rounded.items() if any(row)}


def possible_with(store: DuckStore, dimension_id: str) -> list[str]:
    """The metrics that can be told apart by a dimension."""
    found = []
    for name in METRICS:
        try:
            asked(store, metrics=[name], dimensions=[dimension_id])
        except QuestionError:
            continue
        found.append(name)
    return found


def known(dimension_id: str) -> Dimension:
    """A dimension there is."""
    dimension = dimension_of(dimension_id)
    assert dimension is not None
    return dimension


@pytest.mark.parametrize("dimension_id", [*DIMENSIONS, "content"])
def test_every_metric_by_what_is_looked_up(store: DuckStore, dimension_id: str) -> None:
    """Groups are by the value of the lookup, else by what was sent; a key keeps its own."""
    names = possible_with(store, dimension_id)[:50]
    report = asked(store, metrics=names, dimensions=[dimension_id])
    expected = by_hand.counted(
        CHANGED, report.metrics, [known(dimension_id)], from_ms=DAYS.from_ms, until_ms=DAYS.until_ms
    )
    assert plain(expected) == rows_of(store, report)
    sent = by_hand.counted(
        SESSIONS, report.metrics, [known(dimension_id)], from_ms=DAYS.from_ms, until_ms=DAYS.until_ms
    )
    assert (plain(expected) == plain(sent)) is (dimension_id == "content")


def test_two_looked_up_dimensions_together(store: DuckStore) -> None:
    """Of the session and of its ads, with totals that no lookup changes."""
    report = asked(store, metrics=["ad-starts", "viewers"], dimensions=["content-name", "lookup:ad:agency"])
    expected = by_hand.counted(CHANGED, report.metrics, report.dimensions, from_ms=DAYS.from_ms, until_ms=DAYS.until_ms)
    assert plain(expected) == rows_of(store, report)
    totals = answer_report(report, asking(store)).totals
    assert by_hand.counted(SESSIONS, report.metrics[:1], from_ms=DAYS.from_ms, until_ms=DAYS.until_ms)[()] == [
        totals["ad-starts"]
    ]


def test_sorted_by_what_is_looked_up(store: DuckStore) -> None:
    """Numbers of a lookup are sorted as numbers."""
    report = asked(store, metrics=["estimated-streams"], dimensions=["content-length"], sort="content-length")
    assert [60, 77, 1200, 5400, 86400] == [row[0] for row in answer_report(report, asking(store)).rows]


def told(one: SessionRecord, dimension_id: str) -> set[Any]:
    """All values a changed session has of a dimension."""
    if dimension_id.startswith("lookup:content:"):
        found = [one.custom_metadata.get(dimension_id)]
    elif dimension_id.startswith("lookup:"):
        parts = one.chapters if "chapter" in dimension_id else one.ads
        found = [part["customMetadata"].get(dimension_id) for part in parts]
    else:
        place, name = lookups.FIELDS[dimension_id]
        parts = [part[place] for part in [*one.ads, *one.chapters] if place in part] if place else [one.session_details]
        found = [part.get(name) for part in parts]
    return {value for value in found if value is not None}


@pytest.mark.parametrize("dimension_id", DIMENSIONS)
def test_segments_are_of_what_is_looked_up(store: DuckStore, dimension_id: str) -> None:
    """Each operator is asked of the value of the lookup, else of what was sent."""
    closed = [
        one
        for one in CHANGED
        if one.state is SessionState.CLOSED and DAYS.from_ms <= one.last_at_ms < DAYS.until_ms
    ]  # fmt: skip
    value = min({said for one in CHANGED for said in told(one, dimension_id)})
    conditions: list[tuple[dict[str, Any], Callable[[set[Any]], bool]]] = [
        ({"op": "=", "value": value}, lambda found: value in found),
        ({"op": "!=", "value": value}, lambda found: value not in found),
        ({"op": "in", "value": [value, "nothing"]}, lambda found: value in found),
        ({"op": "exists"}, bool),
        ({"op": "exists", "value": False}, lambda found: not found),
        ({"op": ">", "value": value}, lambda found: any(one > value for one in found)),
    ]
    for condition, holds in conditions:
        segment = {"dimension": dimension_id, **condition}
        report = asked(store, metrics=["estimated-streams"], dimensions=["media-session-id"], segment=segment)
        expected = {one.session_id for one in closed if holds(told(one, dimension_id))}
        assert expected == {row[0] for row in answer_report(report, asking(store)).rows}, segment


QUESTIONS: dict[str, Callable[[PanelQuestion, Ask], Panel]] = {
    "audience by name": lambda question, ask: panels.concurrent(
        replace(question, granularity=Bucket.HOUR, breakdown=known("content-name")), Audience.PERSONS, ask
    ),
    "playback time": lambda question, ask: panels.playback_time(
        replace(question, granularity=Bucket.DAY, breakdown=known("originator")), ask
    ),
    "audience of a period": lambda question, ask: panels.period_audience(
        replace(question, granularity=Bucket.DAY, breakdown=known("content-length")), ask
    ),
    "audience of contents": lambda question, ask: panels.content_audience(question, ask, with_ads=False),
    "drop-off": panels.drop_off,
    "retention in percent": lambda question, ask: panels.retention(
        question, ask, step_s=1, percent=True, content=False
    ),
    "overlays": lambda question, ask: panels.retention(question, ask, step_s=60, percent=False, content=True),
    "breaks": lambda question, ask: ad_breaks(question, ask, by=By.AD_POD, ads=None),
    "breaks by name": lambda question, ask: ad_breaks(
        question, ask, by=By.POD_NAME, ads=ads_of({"dimension": "ad-name", "op": "=", "value": "Spot"})
    ),
    "breaks by position": lambda question, ask: ad_breaks(
        question, ask, by=By.POD_POSITION, ads=ads_of({"dimension": "ad-length", "op": "<", "value": 15})
    ),
}
SEGMENTS = {
    "all": None,
    "name": {"dimension": "content-name", "op": "in", "value": ["Eins", "friendlyName 1"]},
    "pod": {"dimension": "pod-position", "op": ">", "value": 1000},
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_panels_are_of_what_is_looked_up(store: DuckStore, changed: DuckStore, name: str) -> None:
    """Each panel, with segments on looked-up values, says what it says of sessions that were sent so."""
    for segment in SEGMENTS.values():
        given = None if segment is None else segment_of(segment)
        question = PanelQuestion(period=DAYS, segment=given, looked_up=overridden(store.lookups()))
        sent = PanelQuestion(period=DAYS, segment=given)
        assert QUESTIONS[name](sent, asking(changed)) == QUESTIONS[name](question, asking(store))
        if segment is None and name != "drop-off":
            assert QUESTIONS[name](sent, asking(store)) != QUESTIONS[name](question, asking(store))


def test_an_audience_divided_by_a_column_of_ones_own(store: DuckStore) -> None:
    """Series are the values that the lookup adds; breaks are found by one, too."""
    breakdown = known("lookup:content:territory")
    question = PanelQuestion(
        period=DAYS, granularity=Bucket.DAY, breakdown=breakdown, looked_up=overridden(store.lookups())
    )
    panel = panels.concurrent(question, Audience.SESSIONS, asking(store))
    assert {"DE", "AT"} == {row[1] for row in panel.rows}
    ads = ads_of({"dimension": "lookup:ad:agency", "op": "=", "value": "A"})
    broken = ad_breaks(question, asking(store), by=By.AD_POD, ads=ads)
    closed = [
        one for one in CHANGED if one.state is SessionState.CLOSED and DAYS.from_ms <= one.last_at_ms < DAYS.until_ms
    ]
    expected = sum(ad["customMetadata"].get("lookup:ad:agency") == "A" for one in closed for ad in one.ads)
    assert expected == broken.summary["ads"]


def test_average_audience_divides_by_the_length_looked_up(store: DuckStore) -> None:
    """The lookup's length, else the latest that was sent; contents without either are none."""
    closed = [one for one in SESSIONS if one.state is SessionState.CLOSED]
    spent: Counter[str] = Counter()
    latest: dict[str, int] = {}
    for one in sorted(closed, key=lambda one: one.last_at_ms):
        name = one.session_details["name"]
        if "length" in one.session_details:
            latest[name] = one.session_details["length"]
        if DAYS.from_ms <= one.last_at_ms < DAYS.until_ms:
            spent[name] += one.session_details["timePlayed"]
    lengths = {**latest, "film '1'": 1200, "film '2'": 77}
    question = PanelQuestion(period=DAYS, looked_up=overridden(store.lookups()))
    panel = panels.content_audience(question, asking(store), with_ads=False)
    expected = {name: [round(seconds / lengths[name], 6), seconds, lengths[name]] for name, seconds in spent.items()}
    assert expected == {row[0]: list(row[1:]) for row in panel.rows}


def test_overlays_are_named_by_the_lookup(store: DuckStore) -> None:
    """Breaks and chapters drawn over a curve stand where the lookup says, under its names."""
    question = PanelQuestion(period=DAYS, looked_up=overridden(store.lookups()))
    overlays = panels.retention(question, asking(store), step_s=60, percent=False, content=True).overlays
    assert {2700: "Second half"}.items() <= {one["second"]: one["name"] for one in overlays["breaks"]}.items()
    named = {one["name"]: (one["index"], one["second"], one["length"]) for one in overlays["chapters"]}
    assert ((11, 1, 250), (2, 600, 300)) == (named["Opening"], named["Middle"])


def test_paths_are_of_ids_and_stay(store: DuckStore, changed: DuckStore) -> None:
    """The media path is the sequence of content IDs, which are keys; beside it a name is looked up."""
    question = {"metrics": ["estimated-streams"], "dimensions": ["media-path", "content-name"]}
    expected = rows_of(changed, asked(changed, **question))
    assert expected == rows_of(store, asked(store, **question))
    assert {"film '1'"} <= {name for path, _ in expected for name in path.split(" > ")}


def test_which_ads_count_is_asked_of_what_is_looked_up(store: DuckStore, changed: DuckStore) -> None:
    """A report about some ads finds them by the lookup's names."""
    ads = {"dimension": "ad-name", "op": "=", "value": "Spot"}
    question = {"metrics": ["ad-starts"], "dimensions": ["ad"], "ads": ads}
    expected = rows_of(changed, asked(changed, **question))
    assert {("ad 0",), ("ad 2",)} == set(expected)
    assert expected == rows_of(store, asked(store, **question))


def test_sessions_are_searched_by_what_is_looked_up(store: DuckStore) -> None:
    """A list of sessions has those a report with that segment counts."""
    for dimension_id, value in (("content-name", "Eins"), ("pod-name", "Second half"), ("lookup:ad:agency", "B")):
        segment = segment_of({"dimension": dimension_id, "op": "=", "value": value})
        closed = [one for one in CHANGED if one.state is SessionState.CLOSED]
        expected = {one.session_id for one in closed if value in told(one, dimension_id)}
        assert expected == {one.session_id for one in store.sessions(SessionSearch(segment=segment), limit=1000)}


def test_nothing_is_looked_up_where_there_is_nothing(store: DuckStore, changed: DuckStore) -> None:
    """Without entries, statements are as if there were no lookups; with entries, only of the columns that have any."""
    question: dict[str, Any] = {"metrics": ["ad-starts"], "dimensions": ["content-name", "ad-name"]}

    def statement(store: DuckStore) -> str:
        return sql_of(asked(store, **question), DAYS, Zone("UTC"))

    assert "lookups" not in statement(changed)
    assert 2 == statement(store).count("FROM lookups")
    store.change_lookup("ad", {}, whole=True)
    assert 1 == statement(store).count("FROM lookups")
    store.change_lookup("ad", lookups.LOOKUPS["ad"], whole=True)


def test_what_is_kept_does_not_change(store: DuckStore) -> None:
    """Records are as they were sent."""
    for one in SESSIONS[:20]:
        kept = store.session(one.session_id)
        assert kept is not None
        assert one.session_details == kept.session_details
