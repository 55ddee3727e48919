"""
The processor's loop: read the journals, take what was said, let recorded time pass, commit what came of it.

Law: what the store holds after a commit is a function of the journals up to the positions in it. A commit that failed
is tried again, the same, until it is taken; only then are its closings published. A start has the open sessions
as a commit kept them, takes again what came after (decision 0045), and reads on behind the last commit.

Whose fault: the store's and the journals' failures are the world's, and waited out; anything else is ours and ends
the loop.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from playhead.base.clock import Clock
from playhead.base.errors import JournalError, StoreError
from playhead.base.settings import SessionSettings, read_by
from playhead.base.units import SECOND_MS, DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.journal.log import Damage, JournalReader
from playhead.pipeline.balance import BalanceCounts, Ledger, added, within
from playhead.pipeline.closings import Closing, closing_of
from playhead.pipeline.committer import Committer, WorkerLimits
from playhead.pipeline.in_force import InForce
from playhead.pipeline.live import LiveNow, LiveView
from playhead.pipeline.merge import Merge, Taken
from playhead.pipeline.past import Past
from playhead.pipeline.restart import restart
from playhead.pipeline.retention import Retention
from playhead.pipeline.stats import Tally, WorkerStats
from playhead.pipeline.unsaved import Unsaved
from playhead.pipeline.watching import Watchers
from playhead.reporting.outputs import Output, SessionRecord, SessionState, Snapshot
from playhead.reporting.reporter import Reporter
from playhead.store.port import Standing, Store

__all__ = ["Feed", "Worker", "WorkerLimits"]

DEFAULT_LIMITS = WorkerLimits()

_STANDING = frozenset({"journal", "store", "history"})
"""Troubles that keep the worker from going on."""


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
        watchers: Watchers | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """
        Take up the work where the store left it.

        Args:
            readers: The journals by name, each opened at `store.position()`'s offset for its name (0: its beginning).
            settings_of: Settings of a datastream as of now; sessions begin under them.
            store: Where it all goes. Nobody else commits to it.
            clock: For the lag.
            server_version: As in `SettingsInForce`.
            feed: Where closings are published; nowhere if None.
            retired: Journals nobody writes to any more.
            retention: Removes what is too old, whenever all is processed; nothing is removed if None.
            limits: How the work is divided.
            on_damage: Told of each stretch of a journal that could not be read and was set aside.
            watchers: Are told of each request as it is taken.
            monotonic: The machine's time, seconds: when to commit and to try again, never what is committed.
            sleep: Waits, seconds.

        Raises:
            StoreError: The store cannot be read.
        """
        self.failure: BaseException | None = None
        self._store = store
        self._clock = clock
        self._feed = feed
        self._retention = retention
        self._limits = limits
        self._on_damage = on_damage
        self._monotonic = monotonic
        self._sleep = sleep
        self._tally = Tally()
        self._trouble: dict[str, str] = {}
        position = store.position()
        self._merge = Merge(readers, position.journals, retired=retired, on_damage=self._damaged)
        self._merge.start_at(position.now_ms)
        self._now_ms = position.now_ms
        self._untaken: deque[Delivery] = deque()
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._in_force = InForce(lambda name: read_by(server_version, settings_of(name)), store.settings())
        self._unpublished: dict[SessionId, SessionRecord | Standing] = {}
        self._unsaved = Unsaved(limits.snapshot_every_s, limits.snapshots)
        self._balance = BalanceCounts(self._datastream_of)
        self._taken_to = self._merge.positions()
        self._committer = Committer(
            store, position, limits, self._tally, self._balance, locked=self._locked, monotonic=monotonic
        )
        self._past = Past(store, self._committer)
        self._reporter = Reporter(self._in_force, self._past)
        self._live = LiveView(self._reporter.glimpse)
        self._watchers = Watchers() if watchers is None else watchers
        outputs, closed = restart(self._reporter, store, self._in_force, self._unsaved, position.now_ms)
        self._committer.add(outputs, position.now_ms)
        self._publish(closed, position.now_ms)

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
        if self._untaken or len(self._committer.outputs) < self._limits.waiting_outputs:  # no commit before it is taken
            progress = self._take_some()
        if self._commit_due():
            progress = self._commit() or progress
        return progress

    def retain(self) -> None:
        """Remove a slice of what is too old if it is due, all is taken and no commit in doubt; a round is begun behind one."""
        retention = self._retention
        if (
            retention is None
            or not retention.due()
            or self._committer.attempt is not None
            or not self._merge.exhausted()
        ):
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
        Take everything the journals hold and commit it, and the open sessions as they are then.

        Returns:
            Whether it was all done in time; what was not is done at the next start.
        """
        end_s = self._monotonic() + timeout_s
        while self._monotonic() < end_s:
            progress = self.step()
            if not progress and not self._untaken and self._merge.exhausted() and not _STANDING & self._trouble.keys():
                while (self._dirty() or self._unsaved) and self._monotonic() < end_s:
                    if not self._commit(last=True):
                        self._sleep(min(self._limits.retry_min_s, max(0.0, end_s - self._monotonic())))
                if not (self._dirty() or self._unsaved):
                    return True
            elif not progress:
                self._sleep(0.005)
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

    def live(self, datastream_id: str | None) -> LiveNow:
        """The audience of a datastream, or of all, counted since this worker began."""
        with self._locked():
            return self._live.now(datastream_id)

    def pending(self, session_id: SessionId) -> tuple[Sequence[Output], int]:
        """
        What was learned of a session and is not committed yet, in order: deliveries judged, rows, retractions, records.

        Returns:
            That, and the number of the latest delivery committed: whoever reads the store afterwards, and of its
            deliveries those numbered up to it, misses nothing and sees nothing twice.
        """
        with self._locked():
            return self._committer.pending(session_id), self._committer.sequence

    def stats(self) -> WorkerStats:
        """What was done and where it stands."""
        tally = self._tally
        with self._locked():
            open_sessions = self._reporter.open_count()
            backlog = self._merge.backlog_bytes()
            events, closes = dict(tally.events), dict(tally.closes)
        return WorkerStats(
            now_ms=self._now_ms,
            lag_s=max(0, self._clock.now_ms() - self._committer.oldest_ms(self._now_ms)) / SECOND_MS
            if self._now_ms
            else 0.0,
            open_sessions=open_sessions,
            events=events,
            closes=closes,
            rows=tally.rows,
            retractions=tally.retractions,
            commits=tally.commits,
            commit_failures=tally.commit_failures,
            write_counts=tuple(tally.write_counts),
            write_total_s=tally.write_total_s,
            waiting_outputs=self._committer.waiting(),
            backlog_bytes=backlog,
            damages=tally.damages,
            trouble="; ".join(dict(self._trouble).values()),
        )

    def ledger(self, from_ms: int, until_ms: int, *, by_hour: bool) -> Ledger:
        """What is counted of these hours, as `Store.balance` says, as of one instant. Raises StoreError."""
        with self._committer.storing:
            with self._locked():
                unsaved, positions = self._committer.unsaved(self._untaken), self._taken_to
            stored = self._store.balance(from_ms, until_ms, by_hour=by_hour)
        return Ledger(added(stored, within(unsaved, from_ms, until_ms, by_hour=by_hour)), positions)

    def datastreams_of(self, session_ids: Iterable[SessionId]) -> dict[SessionId, DatastreamId]:
        """The datastreams of sessions, of those that are known."""
        with self._locked():
            known = ((session_id, self._reporter.datastream_of(session_id)) for session_id in session_ids)
            return {session_id: datastream_id for session_id, datastream_id in known if datastream_id is not None}

    # Taking

    def _datastream_of(self, session_id: SessionId) -> DatastreamId | None:
        return self._reporter.datastream_of(session_id)

    def _take_some(self) -> bool:
        try:
            progress = self._merge.fill()
            self._trouble.pop("journal", None)
        except JournalError as error:
            self._trouble["journal"] = str(error)
            progress = False
        try:
            with self._locked():
                try:
                    self._take_deliveries()
                    for _ in range(self._limits.slice_requests):
                        taken = self._merge.take()
                        if taken is None:
                            break
                        progress = True
                        self._take(taken)
                    now_ms = self._merge.now_ms()
                    if now_ms > self._now_ms:
                        outputs = self._reporter.advance(now_ms)
                        self._collect(outputs)
                        self._live.advance(now_ms, outputs)
                        self._now_ms = now_ms
                    self._trouble.pop("history", None)
                finally:
                    self._taken_to = self._merge.positions()
        except StoreError as error:  # a session's history could not be read: what was to be taken still is
            self._trouble["history"] = str(error)
            progress = False
        return progress

    def _take(self, taken: Taken) -> None:
        deliveries = self._balance.read(taken.kind, taken.record)
        if self._watchers:
            self._watchers.read(taken.kind, taken.record, deliveries, self._reporter)
        self._untaken.extend(deliveries)
        self._take_deliveries()

    def _take_deliveries(self) -> None:
        """Take what was read; after a StoreError it goes on with the delivery that was not taken."""
        while self._untaken:
            delivery = self._untaken[0]
            self._in_force.now_ms = max(self._now_ms, delivery.received_ms)
            outputs = self._reporter.take(delivery)
            self._balance.judge(delivery, outputs)
            self._collect(outputs)
            self._live.take(delivery, outputs)
            if self._watchers:
                self._watchers.judged(outputs[-1])
            self._unsaved.changed(delivery.session_id, self._in_force.now_ms)
            self._now_ms = self._in_force.now_ms  # never ahead of what the reporter has done
            self._committer.took(delivery)
            self._past.took(delivery)
            self._untaken.popleft()

    def _collect(self, outputs: list[Output]) -> None:
        self._committer.add(outputs, self._now_ms)
        self._tally.add(outputs)

    def _damaged(self, journal: str, damage: Damage) -> None:
        self._tally.damages += 1
        self._on_damage(journal, damage)

    # Committing

    def _dirty(self) -> bool:
        return self._committer.dirty(self._merge.positions())

    def _commit_due(self) -> bool:
        if self._untaken and self._committer.attempt is None:  # positions are behind them already
            return False
        return self._committer.due(self._merge.positions)

    def _commit(self, *, last: bool = False) -> bool:
        """Commit what waits, or try again what failed; whether the store took it. `last`: nothing more will come."""
        taken = self._committer.commit(
            self._merge.positions(),
            self._now_ms,
            self._trouble,
            settings=self._in_force.news,
            snapshots=lambda: self._snapshots(early=last),
        )
        if taken is None:
            return False
        records = {output.session_id: output for output in taken.outputs if isinstance(output, SessionRecord)}
        self._publish([record for record in records.values() if not _just_begun(record)], taken.now_ms)
        return True

    def _snapshots(self, *, early: bool) -> list[Snapshot]:
        """Of the sessions that are due, as they are once everything taken is committed."""
        assert not self._untaken, "what was read and not taken is behind the positions and not in the sessions"
        taken = map(self._reporter.snapshot, self._unsaved.take(self._now_ms, early=early))
        return [snapshot for snapshot in taken if snapshot is not None]

    def _publish(self, told: Collection[SessionRecord | Standing], as_of_ms: int) -> None:
        """
        Publish how sessions stand, and what could not be published before: a reopening must not be missed.

        Args:
            told: What the store learned last.
            as_of_ms: Its time. What could not be published before still holds then, or it were told anew.
        """
        if self._feed is None:
            return
        self._unpublished.update((record.session_id, record) for record in told)
        if not self._unpublished:
            return
        news = [
            closing_of(record, self._in_force.then(record.datastream_id, record.started_received_ms), as_of_ms)
            for record in self._unpublished.values()
        ]
        try:
            self._feed.write(news, self._now_ms)
        except OSError as error:  # nothing is lost: it is tried again with the next commit
            self._trouble["closings"] = f"closings are not published: {error}"
        else:
            self._unpublished.clear()
            self._trouble.pop("closings", None)

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
        return max(self._merge.wait_hint_s(), self._committer.retry_in_s(), 0.001)


def _just_begun(record: SessionRecord) -> bool:
    """Nobody thinks that it is closed."""
    return record.state is not SessionState.CLOSED and record.accepted <= 1
