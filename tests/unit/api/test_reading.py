"""Reads over the store and the processor together."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from api_world import START_MS, AskableMemoryStore, ToldLive, judged, record, row, started
from playhead.api import Pending
from playhead.api.reading import Reading, fits, folded, folded_ms, place_of
from playhead.base.clock import ManualClock
from playhead.base.units import DAY_MS, RowId, SessionId
from playhead.events.playback import Ping, Play
from playhead.events.session import Downloaded, SessionEnd
from playhead.reporting.outputs import Outcome, Output, Retraction, SessionRecord, SessionState
from playhead.store.port import Commit, Order, Place, SessionSearch

S1 = SessionId("s1")


def reading(*outputs: Output, live: ToldLive | None = None, now_ms: int = START_MS, **options: Any) -> Reading:
    """A reading of a store with these outputs."""
    store = AskableMemoryStore()
    store.commit(Commit(outputs=outputs))
    return Reading(store, live or ToldLive(), ManualClock(now_ms), **options)


def opened(name: str, **changes: Any) -> SessionRecord:
    """The record of an open session as its start left it: nothing counted yet."""
    return record(
        name,
        **{"state": SessionState.OPEN, "close_cause": None, "closed_ms": None, "qoe": {}, "duplicate": 0, **changes},
    )


def names(found: tuple[list[SessionRecord], Place | None]) -> list[str]:
    """Ids of a page."""
    return [each.session_id for each in found[0]]


def test_an_open_session_is_read_from_the_processor() -> None:
    """What the processor holds is newer than what the store has."""
    live = ToldLive()
    live.views["s1"] = opened("s1", accepted=9)
    found = reading(opened("s1", accepted=1), live=live).session(S1)
    assert found is not None
    assert found.accepted == 9


def test_a_closed_session_is_read_from_the_store() -> None:
    """What the processor let go of is in the store; what nobody knows is nothing."""
    assert record() == reading(record()).session(S1)
    assert reading().session(S1) is None


def test_a_close_is_provisional_for_a_day_at_most() -> None:
    """From 24 hours after its start nothing reopens a session, and it is no longer called provisional."""
    closed = record(provisional=True, close_cause="idle")
    last_ms = closed.started_received_ms + DAY_MS - 1
    for now_ms, provisional in ((last_ms, True), (last_ms + 1, False)):
        one = reading(closed, now_ms=now_ms)
        found = one.session(S1)
        assert found is not None
        assert provisional == found.provisional
        assert [provisional] == [each.provisional for each in one.search(SessionSearch(), None, 10)[0]]


def test_newest_start_comes_first() -> None:
    """Sessions are listed by their start, then by id, descending."""
    records = [record("a"), record("c"), record("b", started_at_ms=START_MS + 1)]
    assert names(reading(*records).search(SessionSearch(), None, 10)) == ["b", "c", "a"]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abcdefgh")), unique_by=lambda pair: pair[1]),
    st.integers(1, 4),
    st.sampled_from([None, SessionState.OPEN, SessionState.CLOSED]),
)
def test_pages_are_the_list(sessions: list[tuple[int, str]], limit: int, state: SessionState | None) -> None:
    """All pages together are every session that fits, once, in order; and the last one says it is the last."""
    records = [
        record(name, started_at_ms=START_MS + at) if at % 2 else opened(name, started_at_ms=START_MS + at)
        for at, name in sessions
    ]
    search = SessionSearch(state=state)
    reader = reading(*records)
    expected = sorted((each for each in records if fits(each, search)), key=place_of, reverse=True)
    found: list[SessionRecord] = []
    before: Place | None = None
    while True:
        page, before = reader.search(search, before, limit)
        found += page
        assert len(page) == limit or before is None
        if before is None:
            break
    assert expected == found


def test_what_changed_since_the_start_is_found() -> None:
    """A session that got its first error while open is found by it, before it closes."""
    live = ToldLive()
    live.views["s1"] = opened("s1", qoe={"errorCount": 1})
    reader = reading(opened("s1"), opened("s2"), record("s3", qoe={}), live=live)
    assert names(reader.search(SessionSearch(has_errors=True), None, 10)) == ["s1"]
    assert names(reader.search(SessionSearch(has_errors=False), None, 10)) == ["s3", "s2"]


def test_a_session_is_listed_in_the_state_it_is_in() -> None:
    """The store says open, the processor knows better: it is listed as closing only, once."""
    live = ToldLive()
    live.views["s1"] = opened("s1", state=SessionState.CLOSING)
    reader = reading(opened("s1"), live=live)
    assert names(reader.search(SessionSearch(state=SessionState.OPEN), None, 10)) == []
    assert names(reader.search(SessionSearch(state=SessionState.CLOSING), None, 10)) == ["s1"]
    assert names(reader.search(SessionSearch(), None, 10)) == ["s1"]


@pytest.mark.parametrize("search", [SessionSearch(state=SessionState.CLOSED), SessionSearch(close_cause="end")])
def test_many_open_sessions_do_not_hide_the_closed_ones(search: SessionSearch) -> None:
    """Who asks for closed sessions does not look at all the open ones that are newer."""
    newer = [opened(f"s{number}", started_at_ms=START_MS + 1) for number in range(9)]
    found = reading(*newer, record("old"), scanned_max=4).search(search, None, 5)
    assert (["old"], None) == (names(found), found[1])


def test_a_session_that_was_reopened_is_not_closed() -> None:
    """What the store knows as closed for now and the processor holds again is open."""
    live = ToldLive()
    live.views["s1"] = opened("s1")
    reader = reading(record("s1", close_cause="idle", provisional=True), live=live)
    assert names(reader.search(SessionSearch(state=SessionState.CLOSED), None, 10)) == []
    assert names(reader.search(SessionSearch(), None, 10)) == ["s1"]


def test_a_search_looks_at_a_bounded_number() -> None:
    """A page may be short of its limit, but says where to go on, and going on finds the rest."""
    records = [opened(f"s{number}") for number in range(9)]
    live = ToldLive()
    live.views["s0"] = opened("s0", qoe={"errorCount": 1})
    reader = reading(*records, live=live, scanned_max=4)
    found, before = reader.search(SessionSearch(has_errors=True), None, 5)
    assert ([], Place(START_MS, "s5")) == (found, before)
    found, before = reader.search(SessionSearch(has_errors=True), before, 5)
    assert ([], Place(START_MS, "s1")) == (found, before)
    found, before = reader.search(SessionSearch(has_errors=True), before, 5)
    assert (["s0"], None) == ([each.session_id for each in found], before)


@pytest.mark.parametrize(
    ("search", "fitting"),
    [
        (SessionSearch(), True),
        (SessionSearch(datastream="web"), True),
        (SessionSearch(datastream="app"), False),
        (SessionSearch(person="p1"), True),
        (SessionSearch(person="p2"), False),
        (SessionSearch(person="ecid"), True),
        (SessionSearch(player="player", channel=None), True),
        (SessionSearch(player="tv"), False),
        (SessionSearch(channel="news"), False),
        (SessionSearch(order=Order.WAITING), True),
        (SessionSearch(order=Order.ERRORS, state=SessionState.OPEN), False),
        (SessionSearch(content="film"), True),
        (SessionSearch(content="The Film"), False),
        (SessionSearch(state=SessionState.CLOSED), True),
        (SessionSearch(state=SessionState.OPEN), False),
        (SessionSearch(close_cause="end"), True),
        (SessionSearch(close_cause="idle"), False),
        (SessionSearch(has_errors=True, has_stalls=True, has_buffering=False, has_ads=True, has_warnings=True), True),
        (SessionSearch(has_errors=False), False),
        (SessionSearch(has_stalls=False), False),
        (SessionSearch(has_buffering=True), False),
        (SessionSearch(has_ads=False), False),
        (SessionSearch(has_warnings=False), False),
        (SessionSearch(from_ms=START_MS, until_ms=START_MS + 1), True),
        (SessionSearch(from_ms=START_MS + 1), False),
        (SessionSearch(until_ms=START_MS), False),
    ],
)
def test_every_condition_is_asked(search: SessionSearch, fitting: bool) -> None:
    """Each condition lets through what it names; times are half open."""
    one = record(ecid="ecid")
    assert fitting == fits(one, search)
    assert fitting == (names(reading(one).search(search, None, 10)) == ["s1"])


def test_the_worst_come_first_over_pages() -> None:
    """By errors, those of now, of closed sessions only; one that was reopened meanwhile is left out."""
    live = ToldLive()
    live.views["s3"] = opened("s3", qoe={"errorCount": 9})
    counts = {"s0": 1, "s1": 3, "s2": 2, "s3": 8}
    records = [record(name, qoe={"errorCount": count}, provisional=name == "s3") for name, count in counts.items()]
    reader = reading(*records, opened("s4", qoe={"errorCount": 7}), live=live)
    search = SessionSearch(order=Order.ERRORS)
    first, before = reader.search(search, None, 1)
    rest, end = reader.search(search, before, 5)
    assert (["s1"], ["s2", "s0"], None) == (names((first, None)), names((rest, None)), end)


def test_deliveries_are_in_folded_order() -> None:
    """The start first and the end last whatever their timestamps, the rest by timestamp, then by arrival."""
    late_start = started(at_ms=START_MS + 500)
    end = judged(SessionEnd(at_ms=START_MS + 100, playhead_s=9), received_ms=START_MS + 600)
    play = judged(Play(at_ms=START_MS + 1, playhead_s=0), received_ms=START_MS + 601)
    ping = judged(Ping(at_ms=START_MS + 200, playhead_s=1), received_ms=START_MS + 602)
    same = judged(Ping(at_ms=START_MS + 1, playhead_s=1), received_ms=START_MS + 603)
    again = replace(end, outcome=Outcome.DROPPED, reason="session_ended")
    early = judged(Ping(at_ms=START_MS, playhead_s=0), outcome=Outcome.DUPLICATE, reason="same_event")
    arrived = [late_start, end, play, ping, same, again, early]
    assert [late_start, early, play, same, ping, end, again] == [each for _, each in folded(arrived)]


@pytest.mark.parametrize(
    ("event", "at_ms"),
    [
        (Ping(at_ms=None), START_MS),
        (Ping(at_ms=START_MS - DAY_MS), START_MS - DAY_MS),
        (Ping(at_ms=START_MS - DAY_MS - 1), START_MS),
        (Ping(at_ms=START_MS + DAY_MS + 1), START_MS),
        (Downloaded(at_ms=START_MS - 9 * DAY_MS), START_MS - 9 * DAY_MS),
    ],
)
def test_timestamps_a_day_off_are_the_arrival(event: Ping | Downloaded, at_ms: int) -> None:
    """Missing and impossible clocks are replaced by ours, except of downloads (metrics.md 1.1)."""
    assert at_ms == folded_ms(judged(event).delivery)


def test_what_is_committed_while_we_read_is_shown_once() -> None:
    """Of the store's deliveries, those behind the latest that was committed when we asked are among the pending ones."""
    live = ToldLive()
    start, ping = started(), judged(Ping(playhead_s=1))
    live.pendings["s1"] = Pending(judged=[ping, ping], after=1)
    assert [start, ping, ping] == reading(start, ping, live=live).judged(S1)
    assert [start, ping, ping] == reading(start, live=live).judged(S1)


def test_deliveries_that_nothing_tells_apart_are_all_shown() -> None:
    """One that waits for its commit is an item although another of the same millisecond, the same in everything, is stored."""
    live = ToldLive()
    again = judged(Ping(playhead_s=1), outcome=Outcome.DUPLICATE, reason="same_request")
    live.pendings["s1"] = Pending(judged=[again], after=3)
    reader = reading(started(), judged(Ping(playhead_s=1)), again, record("s1"), live=live)
    assert [started(), judged(Ping(playhead_s=1)), again, again] == reader.judged(S1)
    found = reader.session(S1)
    assert found is not None
    assert (2, 2) == (found.accepted, found.duplicate)


def test_events_show_what_is_not_committed_yet() -> None:
    """An acknowledged event is in the list before it is in the store."""
    live = ToldLive()
    ping = judged(Ping(at_ms=START_MS + 10, playhead_s=1))
    live.pendings["s1"] = Pending(judged=[ping])
    page, last = reading(started(), live=live).events(S1, None, 10)
    assert ([started(), ping], None) == ([each for _, each in page], last)


def test_rows_are_the_last_of_each_id() -> None:
    """A pending row replaces a committed one, a retraction takes it away, and the order is that of time, then kind."""
    live = ToldLive()
    newer = row("media.sessionComplete", at_ms=START_MS, again=True)
    live.pendings["s1"] = Pending(rows=[newer, Retraction(RowId("gone"), S1)])
    start, ad, gone = row(), row("media.adStart"), row("media.adStart", row_id="gone")
    page, last = reading(row("media.sessionComplete"), ad, gone, start, live=live).rows(S1, None, 2)
    assert [start, ad] == [each for _, each in page]
    rest, end = reading(row("media.sessionComplete"), ad, start, live=live).rows(S1, last, 2)
    assert ([newer], None) == ([each for _, each in rest], end)
