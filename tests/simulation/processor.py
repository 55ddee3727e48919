"""The processor, its store, its feed and what the console reads: real code around faults."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, cast

from playhead.api.reading import Reading
from playhead.app.processor import Processor
from playhead.base.clock import ManualClock
from playhead.base.errors import JournalError, StoreError
from playhead.base.settings import SessionSettings
from playhead.base.units import DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.journal.log import Damage, JournalReader
from playhead.pipeline.closings import Closing
from playhead.pipeline.worker import Worker, WorkerLimits
from playhead.reporting.outputs import Judged, SessionRecord, SessionState
from playhead.store.port import Commit, Position, SessionSearch, Store
from simulation.collectors import Collector
from simulation.faults import Fault, Mix


class Died(Exception):  # noqa: N818 - it is no error of ours to handle
    """The processor's process dies here."""


class FaultyStore:
    """
    A store whose commits and reads fail as the mix says; everything else is the store's.

    Attributes:
        inner: The store.
        unreadable: How many of the next reads fail.
        calm: Nothing fails any more.
    """

    def __init__(self, inner: Store, mix: Mix, say: Callable[..., None]) -> None:
        self.inner = inner
        self.unreadable = 0
        self.calm = False
        self._mix = mix
        self._say = say

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def commit(self, commit: Commit) -> None:
        """Commit or not, and say so or not."""
        if not self.calm:
            if self._mix.strikes(Fault.DIED_BEFORE_COMMIT):
                self._say("processor dies before a commit")
                raise Died
            if self._mix.strikes(Fault.STORE_REFUSES):
                self._say("store refuses a commit")
                raise StoreError("no room")
        self.inner.commit(commit)
        self._say("commit", len(commit.outputs), commit.now_ms)
        if not self.calm:
            if self._mix.strikes(Fault.DIED_AFTER_COMMIT):
                self._say("processor dies after a commit")
                raise Died
            if self._mix.strikes(Fault.STORE_PRETENDS):
                self._say("store takes a commit and seems to fail")
                raise StoreError("no answer")

    def position(self) -> Position:
        """Read, or fail."""
        self._read()
        return self.inner.position()

    def deliveries(self, session_id: SessionId, until: int | None = None) -> Iterable[Delivery]:
        """Read, or fail."""
        self._read()
        return self.inner.deliveries(session_id, until)

    def _read(self) -> None:
        if self.unreadable > 0 and not self.calm:
            self.unreadable -= 1
            raise StoreError("cannot be read")


class FaultyFeed:
    """
    Closings in memory.

    Attributes:
        news: All that was published, oldest first.
        failed: Some news could not be published.
    """

    def __init__(self, mix: Mix, say: Callable[..., None]) -> None:
        self.news: list[Closing] = []
        self.calm = self.failed = False
        self._mix = mix
        self._say = say

    def write(self, news: Iterable[Closing], now_ms: int) -> None:  # noqa: ARG002 - the port's
        """As the port; a part of it may be written when it fails."""
        told = list(news)
        if not self.calm and self._mix.strikes(Fault.FEED_FAILS):
            self.news += told[: self._mix.dice(Fault.FEED_FAILS).randrange(len(told) + 1)]
            self._say("feed fails")
            self.failed = True
            raise OSError("no room")
        self.news += told
        for one in told:
            self._say("news", one.session_id[-8:], one.closed, one.cause)


class Look(NamedTuple):
    """
    What the console showed of one session at one moment, recorded time `now_ms`.

    `troubled`: a history could not be read just then. What the reporter learned before it is told when it can be, and
    meanwhile the console shows a session that closed as the store knows it.
    """

    session_id: SessionId
    now_ms: int
    record: SessionRecord | None
    judged: list[Judged]
    rows: frozenset[str]
    troubled: bool


class Backend:
    """
    The processor's process and what outlives it.

    Attributes:
        store, feed: Outlive it.
        worker: The process; None while it is down.
        looks: What the console showed.
        damages: Stretches of journals that could not be read; there are to be none.
    """

    worker_class: type[Worker] = Worker

    def __init__(
        self,
        store: Store,
        mix: Mix,
        limits: WorkerLimits,
        settings_of: Callable[[DatastreamId], SessionSettings],
        say: Callable[..., None],
    ) -> None:
        self.store = FaultyStore(store, mix, say)
        self.feed = FaultyFeed(mix, say)
        self.worker: Worker | None = None
        self.looks: list[Look] = []
        self.damages: list[tuple[str, Damage]] = []
        self.clock = ManualClock()
        self._slept_s = 0.0
        self._limits = limits
        self._settings_of = settings_of
        self._say = say
        self._processor = Processor.__new__(Processor)  # for the console's view of a worker, which is in it
        self._reading = Reading(cast("Store", self.store), self._processor, self.clock)

    def monotonic(self) -> float:
        """The machine's time, seconds. It passes with every look at it, so that what turns for ever is seen to."""
        self._slept_s += 0.001
        return self.clock.now_ms() / 1000 + self._slept_s

    def sleep(self, seconds: float) -> None:
        """Time passes for the processor alone."""
        self._slept_s += seconds

    def start(self, collectors: Iterable[Collector]) -> bool:
        """Start the process; False: the store or a journal did not let it."""
        try:
            positions = self.store.position().journals
            readers = {
                one.name: JournalReader.open(
                    one.path, positions[one.name].offset if one.name in positions else 0, disk=one.disk
                )
                for one in collectors
            }
            self.worker = self.worker_class(
                readers,
                self._settings_of,
                cast("Store", self.store),
                self.clock,
                server_version="1",
                feed=self.feed,
                limits=self._limits,
                on_damage=lambda journal, damage: self.damages.append((journal, damage)),
                monotonic=self.monotonic,
                sleep=self.sleep,
            )
        except (StoreError, JournalError):
            return False
        return True

    def work(self, steps: int) -> None:
        """Some steps of the worker, unless it dies in one."""
        try:
            for _ in range(steps):
                if self.worker is not None and not self.worker.step():
                    break
        except Died:
            self.worker = None

    def finish(self) -> bool:
        """Take and commit everything there is."""
        return self.worker is not None and self.worker.catch_up(60)

    # The console

    def look(self, choose: Callable[[int], int]) -> None:
        """Read a page of sessions, and one of them as the console does; `choose` picks a number below its argument."""
        worker = self.worker
        self._processor._worker = worker
        try:
            found, _ = self._reading.search(SessionSearch(), None, 50)
            ids = [record.session_id for record in found]
            assert len(set(ids)) == len(ids), "a session is listed once"
            if worker is None or not ids:
                return
            session_id = ids[choose(len(ids))]
            record = self._reading.session(session_id)
            judged = self._reading.judged(session_id)
            events, _ = self._reading.events(session_id, None, 10_000)
            assert len(events) == len(judged), "every delivery is one item"
            rows = {row.row_id for _, row in self._reading.rows(session_id, None, 10_000)[0]}
        except StoreError:
            return
        now_ms = worker._reporter._engine.now_ms  # the worker's own is behind it while a history cannot be read
        self.looks.append(Look(session_id, now_ms, record, judged, frozenset(rows), "history" in worker._trouble))

    def open_again(self, session_id: str) -> bool:
        """Whether a session that closed is open in the store, and the news of it were published."""
        worker = self.worker
        if worker is None or worker._committer.attempt is not None or "closings" in worker._trouble or self.feed.failed:
            return False
        record = self.store.inner.session(SessionId(session_id))
        return record is not None and record.state is not SessionState.CLOSED

    def records(self) -> Iterator[SessionRecord]:
        """All sessions of the store."""
        yield from self.store.inner.sessions(SessionSearch(), None, 100_000)

    def positions(self) -> Mapping[str, Any]:
        """How far the store says the journals were taken."""
        return self.store.inner.position().journals
