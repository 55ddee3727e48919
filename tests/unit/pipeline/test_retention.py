"""Removing what is too old: what goes, what stays, and that dying in the middle of it changes nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline_stream import BEGIN_MS, Journals, event, request, settings_of
from playhead.base.clock import ManualClock
from playhead.base.errors import JournalError, StoreError
from playhead.base.memory_disk import MemoryDisk
from playhead.base.units import DAY_MS, HOUR_MS, DatastreamId, SessionId
from playhead.journal.log import segments
from playhead.pipeline.retention import Days, Gone, Policy, Retention, RetentionLimits
from playhead.pipeline.worker import Worker, WorkerLimits
from playhead.reporting.outputs import Outcome, SessionState
from playhead.store.duck import DuckStore
from playhead.store.memory import MemoryStore
from playhead.store.port import Commit, JournalPosition, Kept, KeptSince, Removed, SessionSearch, Store
from playhead.wire.record import Record

EAGER = RetentionLimits(slice_rows=2, slice_segments=1, slice_pause_s=0, round_interval_s=0, retry_s=0)
COMMIT_OFTEN = WorkerLimits(slice_requests=3, commit_outputs=4, commit_interval_s=1000, retry_min_s=0.0001)
ONE_DAY = Policy(Days(1, 1, 1))
DAYS = 4


class Crash(Exception):  # noqa: N818 - it is no error of ours to handle
    """The process dies here."""


def viewing(name: str, at_s: float) -> list[Record]:
    """A start, some events and silence: it closes by timeout and may be reopened."""
    said = [("sessionStart", 0, 0), ("play", 0, 0), ("ping", 10, 10), ("ping", 20, 20)]
    return [
        request(
            BEGIN_MS + int(1000 * (at_s + after_s)) + number,
            event(name, action, at_s + after_s, playhead),
            session=name,
            request_id=f"{name} {number}",
        )
        for number, (action, after_s, playhead) in enumerate(said)
    ]


def past() -> Journals:
    """Two viewings a day for some days, in two journals with a clock mark an hour; sealed."""
    made = Journals()
    for day in range(DAYS):
        for number, name in enumerate(made.logs):
            for record in viewing(f"s{day}{number}", 86_400 * day + 60 * number):
                made.write(name, [record], record.received_ms)
        for hour in range(1, 24):
            for name in made.logs:
                made.write(name, [], BEGIN_MS + day * DAY_MS + hour * HOUR_MS)
    for log in made.logs.values():
        log.close(sealed=True)
    return made


def worker(on: Journals, store: Store, policy: Policy = ONE_DAY, **more: Any) -> Worker:
    """A worker that goes on where the store is, and removes whenever it may."""
    retention = retaining(on, store, policy)
    readers = on.readers(store.position().journals)
    values: dict[str, Any] = {"server_version": "0", "limits": COMMIT_OFTEN, **more}
    return Worker(readers, settings_of, store, ManualClock(BEGIN_MS), retention=retention, **values)


def retaining(on: Journals, store: Store, policy: Policy, **more: Any) -> Retention:
    """The removing side alone."""
    paths = {name: f"/{name}" for name in on.logs}
    return Retention(store, paths, lambda: policy, disk=on.disk, limits=EAGER, **more)


def run(worker: Worker, turns: int = 400) -> None:
    """What `Worker.run` does, without waiting, until nothing happens any more."""
    idle = 0
    for _ in range(turns):
        retention = worker._retention
        assert retention is not None
        before = retention.total
        idle = 0 if worker.step() else idle + 1
        worker.retain()
        if before != retention.total:
            idle = 0
        if idle == 3:
            break


def held(store: Store) -> dict[str, tuple[int, int]]:
    """Deliveries and rows of each session there is a record of."""
    ids = [record.session_id for record in store.sessions(SessionSearch(), limit=1000)]
    return {name: (len(store.judged(name)), len(store.rows(name))) for name in ids}


def journal_bytes(on: Journals) -> int:
    """What the segments take."""
    return sum(info.size for name in on.logs for info in segments(f"/{name}", disk=on.disk))


def test_what_is_old_goes_and_the_rest_is_as_without() -> None:
    """Sessions of the last day stay whole, older ones are gone, and the journals begin where they are needed."""
    everything, on, store = MemoryStore(), past(), MemoryStore()
    run(worker(on, everything, Policy()))
    before = journal_bytes(on)
    run(worker(on, store))
    now_ms = store.position().now_ms
    expected = {name: counts for name, counts in held(everything).items() if name.startswith("s3")}
    assert expected == held(store)
    assert everything.position() == store.position()
    assert {"s30", "s31"} == held(store).keys()
    assert journal_bytes(on) < before
    again = MemoryStore()
    run(worker(on, again))
    assert expected == held(again), "a store built again from what is left"
    kept = [info for name in on.logs for info in segments(f"/{name}", disk=on.disk)]
    assert [info for info in kept if info.last_ms is not None and info.last_ms < now_ms - DAY_MS] == []


def test_nothing_is_removed_unless_asked() -> None:
    """Without bounds everything stays for ever."""
    on, store = past(), MemoryStore()
    before = journal_bytes(on)
    working = worker(on, store, Policy())
    run(working)
    assert 2 * DAYS == len(held(store))
    assert before == journal_bytes(on)


def test_what_is_not_processed_is_never_removed() -> None:
    """Whatever age and size say, reading goes on from every position the store was ever at."""
    on, store = past(), MemoryStore()
    strict = Policy(Days(1, 1, 1), journal_bytes=0)
    retention = retaining(on, store, strict)
    readers = on.readers()
    store.commit(Commit(now_ms=BEGIN_MS + 100 * DAY_MS))
    retention.work()
    assert not retention.total
    removed = 0
    while batches := readers["w00"].read(1):
        at = JournalPosition(batches[-1].end_position, 0, readers["w00"].log_id.hex() if readers["w00"].log_id else "")
        store.commit(Commit(positions={"w00": at}, now_ms=BEGIN_MS + 100 * DAY_MS))
        retention.work()
        removed = retention.total.segments
        again = on.readers({"w00": at})["w00"]
        again.read(1)
        again.close()
    assert removed > 2
    assert 1 == len(segments("/w00", disk=on.disk))
    assert segments("/w01", disk=past().disk) == segments("/w01", disk=on.disk)


def test_positions_of_another_log_remove_nothing() -> None:
    """The store was filled from other journals: what they say of these means nothing."""
    on, store = past(), MemoryStore()
    store.commit(Commit(positions={"w00": JournalPosition(1 << 40, 0, "ab" * 16)}, now_ms=BEGIN_MS + 100 * DAY_MS))
    retention = retaining(on, store, ONE_DAY)
    retention.work()
    assert not retention.total


def test_the_size_of_the_journals_is_bounded() -> None:
    """Processed segments go, however young, until the rest fits; the store keeps what it learned from them."""
    on, store = past(), MemoryStore()
    bound = journal_bytes(on) // 2
    run(worker(on, store, Policy(journal_bytes=bound)))
    assert journal_bytes(on) <= bound
    assert journal_bytes(on) > bound // 2
    assert 2 * DAYS == len(held(store))


class Dying:
    """
    A store and a disk whose process dies at the n-th thing that is made to last, before or after it.

    Attributes:
        things: How many were tried.
    """

    def __init__(
        self, store: Store, disk: MemoryDisk, monkeypatch: pytest.MonkeyPatch, at: int, *, after: bool
    ) -> None:
        self._store, self._at, self._after = store, at, after
        self.things = 0
        remove = disk.remove
        monkeypatch.setattr(disk, "remove", lambda path: self._do(lambda: remove(path)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, commit: Commit) -> None:
        """Commit, or die."""
        self._do(lambda: self._store.commit(commit))

    def remove(self, kept: Kept, limit: int) -> Removed:
        """Remove, or die."""
        removed = []
        self._do(lambda: removed.append(self._store.remove(kept, limit)))
        return removed[0]

    def _do(self, thing: Callable[[], object]) -> None:
        self.things += 1
        if self.things == self._at and not self._after:
            raise Crash
        thing()
        if self.things == self._at:
            raise Crash


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_anywhere_changes_nothing(after: bool) -> None:
    """Between any two commits, removals and segments: the next process ends up with the same store and journals."""
    on, calm = past(), MemoryStore()
    run(worker(on, calm))
    expected = (held(calm), calm.position(), {name: segments(f"/{name}", disk=on.disk) for name in on.logs})
    at, died = 0, True
    while died:
        at, died = at + 1, False
        on, store = past(), MemoryStore()
        with pytest.MonkeyPatch.context() as patch:
            try:
                run(worker(on, Dying(store, on.disk, patch, at, after=after)))
            except Crash:
                died = True
        if died:
            run(worker(on, store))
        found = (held(store), store.position(), {name: segments(f"/{name}", disk=on.disk) for name in on.logs})
        assert expected == found
    assert at > 20


def test_sessions_reopen_up_to_their_last_moment(tmp_path: Path) -> None:
    """A day after its start minus a moment a late event reopens a session; a moment later it is unknown, and no harm."""
    for store in (MemoryStore(), DuckStore(tmp_path / "playhead.duckdb", ManualClock(0))):
        on = Journals(["w00"])
        for record in viewing("early", 0) + viewing("late", 30):
            on.write("w00", [record], record.received_ms)
        working = worker(on, store)
        run(working)
        last_ms = BEGIN_MS + DAY_MS
        for at_ms, name in ((last_ms - 1, "early"), (last_ms + 30_002, "late")):
            on.write("w00", [], at_ms - 1)
            run(working)
            late = request(at_ms, event(name, "ping", 25, 25), session=name, request_id=f"{name} late")
            on.write("w00", [late], at_ms)
            run(working)
            if name == "early":
                early = store.session(SessionId("early"))
                assert early is not None
                assert (SessionState.OPEN, 5) == (early.state, early.accepted)
                assert 5 == len(store.judged(SessionId("early")))
        on.write("w00", [], last_ms + 60_000)
        run(working)
        assert [] == list(store.sessions(SessionSearch()))
        [left] = store.judged(SessionId("late"))
        assert (Outcome.DROPPED, "session_unknown") == (left.outcome, left.reason)
        store.close()


def test_a_failure_is_said_and_tried_again() -> None:
    """Events go on meanwhile; what could not be removed is removed once it can."""
    on = past()

    class Full(MemoryStore):
        failures = 3

        def remove(self, kept: Kept, limit: int) -> Removed:
            if self.failures:
                self.failures -= 1
                raise StoreError("no space left")
            return super().remove(kept, limit)

    store = Full()
    working = worker(on, store)
    while store.failures == 3:
        working.step()
        working.retain()
    assert "what is too old is not removed: no space left" == working.stats().trouble
    run(working)
    assert "" == working.stats().trouble
    assert 2 == len(held(store))


def test_a_failing_disk_of_the_journals_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next slice tries again."""
    on, store = past(), MemoryStore()
    run(worker(on, store, Policy()))

    def refuse(_path: str) -> None:
        raise OSError(5, "told to fail")

    with monkeypatch.context() as patch:
        patch.setattr(on.disk, "remove", refuse)
        with pytest.raises(JournalError):
            retaining(on, store, Policy(journal_bytes=0)).work()
    retention = retaining(on, store, Policy(journal_bytes=0))
    retention.work()
    assert 2 == retention.total.segments


def test_a_round_is_told_once() -> None:
    """At its end, with all that its slices removed; a round that removed nothing is not told."""
    on, store = past(), MemoryStore()
    run(worker(on, store, Policy()))
    told: list[Gone] = []
    retention = retaining(on, store, ONE_DAY, on_round=told.append)
    retention.work()
    assert (True, []) == (retention.begun, told)
    while retention.begun:
        retention.work()
    assert [retention.total] == told
    assert (2 * DAYS - 2) * 4 == told[0].events
    assert 2 * DAYS - 2 == told[0].sessions
    retention.work()
    assert 1 == len(told)


def test_rounds_are_an_hour_apart() -> None:
    """The first is due at once."""
    retention = Retention(MemoryStore(), {}, Policy)
    assert retention.due()
    retention.work()
    assert not retention.due()


DS1, DS2 = DatastreamId("ds1"), DatastreamId("ds2")


@pytest.mark.parametrize(
    ("expected", "policy"),
    [
        (None, Policy()),
        (3 * DAY_MS, Policy(Days(events=3))),
        (7 * DAY_MS, Policy(Days(events=30), {DS1: Days(events=7), DS2: Days(events=2)})),
        (None, Policy(Days(events=30), {DS1: Days(events=7), DS2: Days(rows=2)})),
    ],
)
def test_journals_are_kept_as_long_as_any_datastream_asks(expected: int | None, policy: Policy) -> None:
    """They are shared; one that keeps its events for ever keeps them all."""
    assert expected == policy.journal_ms()


def test_a_policy_is_days_before_now() -> None:
    """Each class and datastream has its own."""
    policy = Policy(Days(events=1), {DS1: Days(2, 3, 4), DS2: Days()})
    now_ms = 10 * DAY_MS
    assert policy.kept(now_ms) == Kept(
        events=KeptSince(9 * DAY_MS, {DS1: 8 * DAY_MS, DS2: None}),
        rows=KeptSince(None, {DS1: 7 * DAY_MS, DS2: None}),
        sessions=KeptSince(None, {DS1: 6 * DAY_MS, DS2: None}),
    )
