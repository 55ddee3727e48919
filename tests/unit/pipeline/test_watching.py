"""Requests for whoever watches."""

import pytest

from pipeline_stream import BEGIN_MS, Journals, event, refused, request, settings_of
from playhead.base.clock import ManualClock
from playhead.pipeline.watching import WATCHED_MAX, Condition, Watched, Watchers
from playhead.pipeline.worker import Worker
from playhead.reporting.outputs import Outcome
from playhead.store.memory import MemoryStore
from playhead.wire.record import Record, RecordKind


def said() -> list[Record]:
    """Two sessions, one of them repeated, a stranger, and a refusal."""
    ping = request(BEGIN_MS + 3000, event("s1", "ping", 3, 3), session="s1", request_id="r3")
    return [
        request(BEGIN_MS, event("s1", "sessionStart", 0, 0), session="s1", request_id="r1"),
        request(BEGIN_MS + 2000, event("s2", "sessionStart", 2, 0), session="s2", request_id="r2"),
        ping,
        ping,
        request(BEGIN_MS + 4000, event("nobody", "ping", 4, 4), event("s2", "play", 4, 4), session="", request_id="r4"),
        refused(BEGIN_MS + 5000),
    ]


def watched(condition: Condition) -> list[Watched]:
    """What one who watches under a condition is told."""
    on, watchers = Journals(), Watchers()
    on.fill(said(), seed=1)
    watch = watchers.watch(condition)
    store = MemoryStore()
    readers = on.readers(store.position().journals)
    worker = Worker(readers, settings_of, store, ManualClock(BEGIN_MS), server_version="0", watchers=watchers)
    assert worker.catch_up()
    lost, taken = watch.take()
    assert (0, (0, [])) == (lost, watch.take())
    return taken


def test_every_request_is_told_with_what_became_of_its_events() -> None:
    """In the order in which they are taken."""
    told = watched(Condition())
    outcomes = [[(one.outcome, one.reason) for one in each.judged] for each in told]
    accepted = (Outcome.ACCEPTED, None)
    dropped = (Outcome.DROPPED, "session_unknown")
    assert [
        [accepted],
        [accepted],
        [accepted],
        [(Outcome.DUPLICATE, "duplicate_request")],
        [dropped, accepted],
        [],
    ] == outcomes
    assert [RecordKind.ACCEPTED] * 5 + [RecordKind.REFUSED] == [each.kind for each in told]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition(datastream="ds"), ["r1", "r2", "r3", "r3", "r4"]),
        (Condition(datastream="stranger"), [None]),
        (Condition(session="s2"), ["r2", "r4"]),
        (Condition(session="S2"), ["r2", "r4"]),
        (Condition(identity="ecid of s1"), ["r1", "r3", "r3"]),
        (Condition(identity="ecid of s1", session="s2"), []),
        (Condition(refused=True), [None]),
        (Condition(refused=True, session="s2"), []),
    ],
)
def test_a_condition_leaves_what_fits(condition: Condition, expected: list[str | None]) -> None:
    """By the datastream, by a session it is about, by who watches."""
    assert expected == [each.record.request_id for each in watched(condition)]


def test_who_reads_too_slowly_loses_the_oldest() -> None:
    """And is told how many."""
    watchers = Watchers()
    watch = watchers.watch(Condition())
    one = Watched(RecordKind.REFUSED, refused(BEGIN_MS))
    for _ in range(WATCHED_MAX + 7):
        watch.offer(one)
    lost, taken = watch.take()
    assert (7, WATCHED_MAX) == (lost, len(taken))


def test_who_leaves_is_told_nothing_more() -> None:
    """Then nobody watches."""
    watchers = Watchers()
    watch = watchers.watch(Condition())
    assert watchers
    watchers.leave(watch)
    assert not watchers
