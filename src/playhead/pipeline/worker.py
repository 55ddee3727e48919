"""
The processor's loop: read the journals, take what was said, let recorded time pass, commit what came of it.

Law: what the store holds after a commit is a function of the journals up to the positions in it. A commit that failed
is tried again, the same, until it is taken; only then are its closings published. After a crash the sessions that were
open are made anew from their deliveries (decision 0051), and reading goes on behind the last commit.

Whose fault: the store's and the journals' failures are the world's, and waited out; anything else is ours and ends
the loop.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from msgspec import Struct

from playhead.base.clock import Clock
from playhead.base.errors import JournalError, StoreError
from playhead.base.settings import SessionSettings
from playhead.base.units import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.journal.log import Damage, JournalReader
from playhead.pipeline.closings import Closing, closing_of
from playhead.pipeline.merge import Merge, Taken
from playhead.pipeline.retention import Retention
from playhead.pipeline.stats import Tally, WorkerStats
from playhead.reporting.outputs import Judged, Output, Retraction, Row, SessionRecord, SessionState
from playhead.reporting.reporter import Reporter
from playhead.store.port import Commit, RefusalKey, Store
from playhead.wire.decode import deliveries
from playhead.wire.record import Record, RecordKind
from playhead.wire.refusals import Refusal

REPUBLISHED_MS = 10 * MINUTE_MS
"""How far back closings are published again at a start: a crash may have come between commit and feed."""

NAMELESS = frozenset({Refusal.DATASTREAM_MISSING.value, Refusal.DATASTREAM_UNKNOWN.value})
"""Refusals whose datastream is whatever a stranger wrote: counted without it, so that there are few counts."""

_STANDING = frozenset({"journal", "store", "history"})
"""Troubles that keep the worker from going on."""


class WorkerLimits(Struct, frozen=True, kw_only=True):
    """
    How the loop divides its work.

    Attributes:
        slice_requests: Requests taken at a time; between two slices others may look at the sessions.
        commit_outputs: Outputs that make a commit due at once.
        commit_interval_s: How long an output waits for a commit, at most.
        idle_commit_interval_s: How long positions alone wait for one.
        waiting_outputs: Outputs waiting for the store beyond which nothing more is taken.
        retry_min_s, retry_max_s: First and longest wait after a failure; it doubles in between.
    """

    slice_requests: int = 200
    commit_outputs: int = 20_000
    commit_interval_s: float = 0.5
    idle_commit_interval_s: float = 30
    waiting_outputs: int = 100_000
    retry_min_s: float = 0.1
    retry_max_s: float = 5


DEFAULT_LIMITS = WorkerLimits()


class Feed(Protocol):
    """Where closings are published."""

    def write(self, news: Iterable[Closing], now_ms: int) -> None:
        """Append news; raises OSError."""
        ...


class Worker:
    """
    One processor. `step`, `run` and `catch_up` are for one thread; everything under "Live view" is for any.

    Attributes:
        failure: What ended `run` though nobody asked for it: our own mistake. None while all is well.
    """

    def __init__(
        self,
        readers: Mapping[str, JournalReader],
        settings_of: Callable[[DatastreamId], SessionSettings],
        store: Store,
        clock: Clock,
        *,
        server_version: str,
        feed: Feed | None = None,
        retired: Collection[str] = (),
        retention: Retention | None = None,
        limits: WorkerLimits = DEFAULT_LIMITS,
        on_damage: Callable[[str, Damage], None] = lambda _journal, _damage: None,
    ) -> None:
        """
        Take up the work where the store left it.

        Args:
            readers: The journals by name, each opened at `store.position()`'s offset for its name (0: its beginning).
            settings_of: Settings of a datastream.
            store: Where it all goes. Nobody else commits to it.
            clock: For the lag.
            server_version: As in `Reporter`.
            feed: Where closings are published; nowhere if None.
            retired: Journals nobody writes to any more.
            retention: Removes what is too old, whenever all is processed; nothing is removed if None.
            limits: How the work is divided.
            on_damage: Told of each stretch of a journal that could not be read and was set aside.

        Raises:
            StoreError: The store cannot be read.
        """
        self.failure: BaseException | None = None
        self._settings_of = settings_of
        self._store = store
        self._clock = clock
        self._feed = feed
        self._retention = retention
        self._limits = limits
        self._on_damage = on_damage
        self._tally = Tally()
        self._trouble: dict[str, str] = {}
        position = store.position()
        self._sequence = position.sequence
        self._merge = Merge(readers, position.journals, retired=retired, on_damage=self._damaged)
        self._merge.start_at(position.now_ms)
        self._now_ms = position.now_ms
        self._waiting_since_ms = self._attempt_since_ms = 0
        self._committed_at = dict(position.journals)
        self._outputs: list[Output] = []
        self._refusals: Counter[RefusalKey] = Counter()
        self._untaken: deque[Delivery] = deque()
        self._attempt: Commit | None = None
        self._failures = 0
        self._retry_s = 0.0
        self._commit_s = time.monotonic()
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._fresh: dict[SessionId, list[Delivery]] = {}
        self._reporter = Reporter(settings_of, self, server_version=server_version)
        self._outputs += self._restore(position.now_ms)

    # The loop

    def run(self, stop: threading.Event) -> None:
        """
        Work until told to stop. What is not committed by then is done again at the next start, or by `catch_up`.

        Raises:
            Exception: Our own mistake; also in `failure`.
        """
        try:
            while not stop.is_set():
                if not self.step():
                    stop.wait(self._wait_s())
                self.retain()
        except BaseException as error:
            self.failure = error
            raise

    def step(self) -> bool:
        """
        Take some requests and commit if it is due.

        Returns:
            Whether there was anything to do. False: wait a little.
        """
        progress = False
        if len(self._outputs) < self._limits.waiting_outputs:
            progress = self._take_some()
        if self._commit_due():
            progress = self._commit() or progress
        return progress

    def retain(self) -> None:
        """Remove a slice of what is too old if it is due, all is taken and no commit in doubt; a round is begun behind one."""
        retention = self._retention
        if retention is None or not retention.due() or self._attempt is not None or not self._merge.exhausted():
            return
        if self._untaken or _STANDING & self._trouble.keys():
            return
        if not retention.begun and self._dirty() and not self._commit():
            return
        try:
            retention.work()
            self._trouble.pop("retention", None)
        except (StoreError, JournalError) as error:
            self._trouble["retention"] = f"what is too old is not removed: {error}"

    def catch_up(self, timeout_s: float = 30.0) -> bool:
        """
        Take everything the journals hold and commit it.

        Returns:
            Whether it was all done in time; what was not is done at the next start.
        """
        end_s = time.monotonic() + timeout_s
        while time.monotonic() < end_s:
            progress = self.step()
            if not progress and not self._untaken and self._merge.exhausted() and not _STANDING & self._trouble.keys():
                while self._dirty() and time.monotonic() < end_s:
                    if not self._commit():
                        time.sleep(min(self._limits.retry_min_s, max(0.0, end_s - time.monotonic())))
                if not self._dirty():
                    return True
            elif not progress:
                time.sleep(0.005)
        return False

    # Live view

    def view(self, session_id: SessionId) -> SessionRecord | None:
        """A session as if it closed now; None if it is not held open. Raises StoreError."""
        with self._locked():
            return self._reporter.view(session_id)

    def open_sessions(self) -> list[SessionId]:
        """The sessions held open or closing, by start."""
        with self._locked():
            return self._reporter.open_sessions()

    def pending(self, session_id: SessionId) -> Sequence[Output]:
        """
        What was learned of a session and is not committed yet, in order: deliveries judged, rows, retractions, records.

        Whoever reads this first and the store after it misses nothing, and may see something twice.
        """
        with self._locked():
            attempt = self._attempt
            waiting = [*(attempt.outputs if attempt else ()), *self._outputs]
        return [output for output in waiting if _session_of(output) == session_id]

    def stats(self) -> WorkerStats:
        """What was done and where it stands."""
        tally, attempt = self._tally, self._attempt
        with self._locked():
            open_sessions = len(self._reporter.open_sessions())
            backlog = self._merge.backlog_bytes()
            events, closes, refusals = dict(tally.events), dict(tally.closes), dict(tally.refusals)
        return WorkerStats(
            now_ms=self._now_ms,
            lag_s=max(0, self._clock.now_ms() - self._oldest_ms()) / SECOND_MS if self._now_ms else 0.0,
            open_sessions=open_sessions,
            events=events,
            closes=closes,
            refusals=refusals,
            rows=tally.rows,
            retractions=tally.retractions,
            commits=tally.commits,
            commit_failures=tally.commit_failures,
            write_counts=tuple(tally.write_counts),
            write_total_s=tally.write_total_s,
            waiting_outputs=len(self._outputs) + (len(attempt.outputs) if attempt else 0),
            backlog_bytes=backlog,
            damages=tally.damages,
            trouble="; ".join(dict(self._trouble).values()),
        )

    def deliveries(self, session_id: SessionId) -> Iterator[Delivery]:
        """
        The `History` of the reporter: what is known to be in the store, then what is not.

        The store may already have more: a commit that is under way, or one that was taken though it seemed to fail.
        """
        yield from self._store.deliveries(session_id, self._sequence)
        yield from self._fresh.get(session_id, ())

    # Taking

    def _take_some(self) -> bool:
        try:
            progress = self._merge.fill()
            self._trouble.pop("journal", None)
        except JournalError as error:
            self._trouble["journal"] = str(error)
            progress = False
        try:
            with self._locked():
                self._take_deliveries()
                for _ in range(self._limits.slice_requests):
                    taken = self._merge.take()
                    if taken is None:
                        break
                    progress = True
                    self._take(taken)
                now_ms = self._merge.now_ms()
                if now_ms > self._now_ms:
                    self._collect(self._reporter.advance(now_ms))
                    self._now_ms = now_ms
                self._trouble.pop("history", None)
        except StoreError as error:  # a session's history could not be read: what was to be taken still is
            self._trouble["history"] = str(error)
            progress = False
        return progress

    def _take(self, taken: Taken) -> None:
        record = taken.record
        if taken.kind is RecordKind.REFUSED:
            self._count_refusal(record)
            return
        self._untaken.extend(deliveries(record))
        self._take_deliveries()

    def _take_deliveries(self) -> None:
        """Take what was read; after a StoreError it goes on with the delivery that was not taken."""
        while self._untaken:
            delivery = self._untaken[0]
            self._collect(self._reporter.take(delivery))
            self._now_ms = max(self._now_ms, delivery.received_ms)  # never ahead of what the reporter has done
            self._fresh.setdefault(delivery.session_id, []).append(delivery)
            self._untaken.popleft()

    def _collect(self, outputs: list[Output]) -> None:
        if not self._outputs:
            self._waiting_since_ms = self._now_ms
        self._outputs += outputs
        self._tally.add(outputs)

    def _count_refusal(self, record: Record) -> None:
        datastream_id = "" if record.reason in NAMELESS else record.datastream_id
        self._refusals[RefusalKey(datastream_id, record.received_ms // HOUR_MS * HOUR_MS, record.reason)] += 1
        self._tally.refusals[record.reason] += 1

    def _damaged(self, journal: str, damage: Damage) -> None:
        self._tally.damages += 1
        self._on_damage(journal, damage)

    def _oldest_ms(self) -> int:
        """Recorded time of the oldest thing that is not in the store, or now if there is none."""
        if self._attempt is not None and self._attempt.outputs:
            return self._attempt_since_ms
        return self._waiting_since_ms if self._outputs else self._now_ms

    # Committing

    def _dirty(self) -> bool:
        return bool(self._attempt or self._outputs or self._refusals or self._merge.positions() != self._committed_at)

    def _commit_due(self) -> bool:
        now_s = time.monotonic()
        if self._attempt is not None:
            return now_s >= self._retry_s
        if self._untaken:  # positions are behind them already
            return False
        if len(self._outputs) >= self._limits.commit_outputs:
            return True
        waiting = self._outputs or self._refusals
        interval_s = self._limits.commit_interval_s if waiting else self._limits.idle_commit_interval_s
        return now_s >= self._commit_s + interval_s and self._dirty()

    def _commit(self) -> bool:
        """Commit what waits, or try again what failed; whether the store took it."""
        if self._attempt is None:
            with self._locked():
                self._attempt = Commit(
                    outputs=self._outputs,
                    positions=self._merge.positions(),
                    now_ms=self._now_ms,
                    refusals=dict(self._refusals),
                )
                self._outputs, self._refusals = [], Counter()
                self._attempt_since_ms = self._waiting_since_ms
        attempt = self._attempt
        begun_s = time.monotonic()
        try:
            if not (self._failures and self._was_taken(attempt)):
                self._store.commit(attempt)
        except StoreError as error:
            self._tally.commit_failures += 1
            self._trouble["store"] = str(error)
            self._retry_s = time.monotonic() + min(
                self._limits.retry_max_s, self._limits.retry_min_s * 2 ** min(self._failures, 16)
            )
            self._failures += 1
            return False
        self._tally.committed(time.monotonic() - begun_s)
        self._failures = 0
        self._trouble.pop("store", None)
        self._commit_s = time.monotonic()
        self._committed_at = dict(attempt.positions)
        self._forget(attempt)
        self._publish(output for output in attempt.outputs if isinstance(output, SessionRecord))
        return True

    def _was_taken(self, attempt: Commit) -> bool:
        """Whether a commit that seemed to fail was taken after all: then positions and numbers are its own."""
        position = self._store.position()
        judged = sum(isinstance(output, Judged) for output in attempt.outputs)
        return (
            position.sequence == self._sequence + judged
            and position.now_ms == attempt.now_ms
            and all(position.journals.get(name) == at for name, at in attempt.positions.items())
        )

    def _forget(self, attempt: Commit) -> None:
        """Let go of what the store has now."""
        with self._locked():
            for output in attempt.outputs:
                if isinstance(output, Judged):
                    self._sequence += 1
                    session_id = output.delivery.session_id
                    waiting = self._fresh[session_id]
                    if len(waiting) == 1:
                        del self._fresh[session_id]
                    else:
                        del waiting[0]
            self._attempt = None

    def _publish(self, records: Iterable[SessionRecord]) -> None:
        if self._feed is None:
            return
        told = {record.session_id: record for record in records}
        begun = [
            name for name, record in told.items() if record.state is not SessionState.CLOSED and record.accepted <= 1
        ]
        for session_id in begun:  # just begun: nobody thinks it closed
            del told[session_id]
        if not told:
            return
        try:
            self._feed.write(
                [closing_of(record, self._settings_of(record.datastream_id)) for record in told.values()], self._now_ms
            )
        except OSError as error:  # the collectors take more than they need to; nothing is lost
            self._trouble["closings"] = f"closings are not published: {error}"
        else:
            self._trouble.pop("closings", None)

    # Restarting

    def _restore(self, now_ms: int) -> list[Output]:
        """
        Make the open sessions anew, and know the closed ones of the last day.

        Returns:
            What the store does not have though it should: sessions that were open under other settings than those of
            now, and are closed by these.
        """
        closed: dict[SessionId, list[Output]] = {}

        def note(outputs: Sequence[Output]) -> None:
            for output in outputs:
                if isinstance(output, SessionRecord):
                    closed.pop(output.session_id, None)
                    if output.state is SessionState.CLOSED:
                        mine = [other for other in outputs if _session_of(other) == output.session_id]
                        closed[output.session_id] = [other for other in mine if not isinstance(other, Judged)]

        for delivery in self._store.unfinished():
            note(self._reporter.take(delivery))
        note(self._reporter.advance(now_ms))

        def known() -> Iterator[SessionRecord]:
            for record in self._store.recent_closed(now_ms - DAY_MS):
                if (record.closed_ms or 0) >= now_ms - REPUBLISHED_MS:
                    again.append(record)
                yield record

        again: list[SessionRecord] = []
        self._reporter.restore(known(), now_ms)
        self._publish(again)
        return [output for outputs in closed.values() for output in outputs]

    # Sharing

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """
        The sessions to oneself.

        Who waits for them holds the turn, so that a busy worker cannot take them again before a looker had them.
        """
        with self._turn:
            self._lock.acquire()
        try:
            yield
        finally:
            self._lock.release()

    def _wait_s(self) -> float:
        wait_s = self._merge.wait_hint_s()
        if self._attempt is not None:
            return max(wait_s, min(self._limits.retry_max_s, max(0.0, self._retry_s - time.monotonic())))
        return max(wait_s, 0.001)


def _session_of(output: Output) -> SessionId:
    match output:
        case Judged():
            return output.delivery.session_id
        case Row() | Retraction() | SessionRecord():
            return output.session_id
