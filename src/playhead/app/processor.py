"""
The processor inside `playhead serve`: the store, the journals and the worker's thread, watched over.

Law: collectors never wait for the processor. When it fails it is made anew from what the store holds, and meanwhile the
journals keep what comes in.
"""

import threading
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from time import monotonic

import structlog

from playhead import __version__
from playhead.api.meters import Distribution, Snapshot
from playhead.api.ports import Check, Pending
from playhead.app.retention import policy_of, say_removed
from playhead.app.settings import Settings
from playhead.base.clock import Clock
from playhead.base.errors import DataDirectoryError, StoreError
from playhead.base.settings import SessionSettings
from playhead.base.units import SECOND_MS, DatastreamId, SessionId
from playhead.deployment.datastreams import DatastreamFile, session_settings
from playhead.deployment.layout import Layout
from playhead.journal.log import Damage, JournalReader, seal
from playhead.pipeline.balance import Sheet, sheet_of
from playhead.pipeline.closings import ClosingsWriter
from playhead.pipeline.live import LiveNow
from playhead.pipeline.retention import Gone, Policy, Retention
from playhead.pipeline.stats import WRITE_BOUNDS_S, WorkerStats
from playhead.pipeline.watching import Watchers
from playhead.pipeline.worker import Worker
from playhead.reporting.outputs import Judged, Retraction, Row, SessionRecord
from playhead.store.duck import DuckStore

_LOG = structlog.get_logger("playhead.processor")

FINISH_TIMEOUT_S = 60.0
"""How long the processor may take at a stop to work through what is in the journals; the next start does the rest."""

FINISH_SLICE_S = 0.25
RESTART_PAUSE_S = 1.0
RESTART_PAUSE_MAX_S = 30.0
DATASTREAMS_POLL_S = 0.25

LAG_MAX_S = 60.0
"""Lag beyond which the console is not ready: its numbers would be taken for current."""


class Processor:
    """Store, worker and thread. `open`, `start`, `finish`, `close` in this order; everything else from any thread."""

    def __init__(self, layout: Layout, settings: Settings, datastreams: DatastreamFile, clock: Clock) -> None:
        """
        Nothing is opened yet.

        Args:
            layout: The data directory, held by this process.
            settings: Of the server. Journals of more collectors than there are now are of the past; sessions and
                retention follow these where a datastream has none of its own.
            datastreams: Of the deployment.
            clock: For lag and marks.
        """
        self.watchers = Watchers()
        """Are told of each request as it is taken."""
        self._layout = layout
        self._workers = settings.collector.workers
        self._settings = settings
        self._datastreams = datastreams
        self._clock = clock
        self._polled_s = 0.0
        self._datastreams_trouble = ""
        self._stop = threading.Event()
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._run, name="processor", daemon=True)
        self._readers: dict[str, JournalReader] = {}
        self._feed: ClosingsWriter | None = None
        self._retention: Retention | None = None
        self._worker: Worker | None = None
        self._trouble = ""
        self.store: DuckStore

    def open(self) -> None:
        """
        Open the store, seal journals of former collectors, take up the work where it was left. Blocks.

        Raises:
            PlayheadError: Store or journals cannot be read.
        """
        live = {self._layout.journal(worker) for worker in range(self._workers)}
        for path in self._layout.existing_journals():
            if path not in live:
                seal(path, self._clock)
        self.store = DuckStore(self._layout.store, self._clock)
        self._feed = self._open_feed()
        journals = {path.name: path for path in self._layout.existing_journals()}
        self._retention = Retention(self.store, journals, self._policy, on_round=say_removed)
        self._worker = self._make_worker()

    def start(self) -> None:
        """Work from now on, in a thread."""
        self._thread.start()

    def finish(self) -> None:
        """Stop the thread, then work through everything the journals hold, which nobody writes to any more. Blocks."""
        self._stop.set()
        self._thread.join()
        worker = self._worker
        end_s = monotonic() + FINISH_TIMEOUT_S
        while worker is not None and not self._hurry.is_set() and monotonic() < end_s:
            if worker.catch_up(FINISH_SLICE_S):
                return
        _LOG.warning("stopped before everything was processed; the next start goes on from there")

    def hurry(self) -> None:
        """Do not work through what is left: it is in the journals."""
        self._hurry.set()

    def close(self) -> None:
        """Let go of store and journals."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        for reader in self._readers.values():
            reader.close()
        if self._feed is not None:
            self._feed.close()
        self.store.close()

    # The console's view

    def view(self, session_id: SessionId) -> SessionRecord | None:
        """As `api.ports.Live` says."""
        worker = self._worker
        if worker is None:
            return None
        record = worker.view(session_id)
        if record is not None:
            return record
        outputs, _ = worker.pending(session_id)
        records = [output for output in outputs if isinstance(output, SessionRecord)]
        return records[-1] if records else None

    def pending(self, session_id: SessionId) -> Pending:
        """As `api.ports.Live` says."""
        worker = self._worker
        if worker is None:
            return Pending()
        outputs, after = worker.pending(session_id)
        return Pending(
            judged=[output for output in outputs if isinstance(output, Judged)],
            rows=[output for output in outputs if isinstance(output, Row | Retraction)],
            after=after,
        )

    def now(self, datastream: str | None) -> LiveNow:
        """As `api.ports.Live` says."""
        worker = self._worker
        if worker is None:
            raise StoreError("the processor is being made anew: ask again in a moment")
        return worker.live(datastream)

    def balance(self, from_ms: int, until_ms: int, *, by_hour: bool) -> Sheet:
        """As `api.ports.Live` says."""
        worker = self._worker
        if worker is None:
            raise StoreError("the processor is being made anew: ask again in a moment")
        journals = {path.name: path for path in self._layout.existing_journals()}

        def open_reader(name: str, offset: int) -> JournalReader:
            return JournalReader.open(journals[name], offset)

        return sheet_of(worker, journals, open_reader, (from_ms, until_ms), by_hour=by_hour)

    def snapshot(self) -> Snapshot:
        """What the processor measured."""
        worker = self._worker
        journal_bytes = {path.name: _bytes_of(path.glob("*.seg")) for path in self._layout.existing_journals()}
        store_bytes = _bytes_of(self._layout.store.parent.glob(f"{self._layout.store.name}*"))
        gone = self._retention.total if self._retention is not None else Gone()
        removed = {"events": gone.events, "rows": gone.rows, "sessions": gone.sessions, "segments": gone.segments}
        if worker is None:
            return Snapshot(journal_bytes=journal_bytes, store_bytes=store_bytes, removed=removed)
        stats = worker.stats()
        lag_s = self._lag_s(stats)
        return Snapshot(
            events=stats.events,
            balance=self._stored_balance(),
            open_sessions=stats.open_sessions,
            closes=stats.closes,
            journal_bytes=journal_bytes,
            store_bytes=store_bytes,
            lag_s=dict.fromkeys(stats.backlog_bytes, lag_s),
            store_write_s=Distribution(WRITE_BOUNDS_S, stats.write_counts, stats.write_total_s),
            queue_depths={"store": stats.waiting_outputs},
            removed=removed,
        )

    def _stored_balance(self) -> dict[tuple[str, str], int]:
        """The sheet over all datastreams and all time; nothing while the store cannot be read, which `checks` says."""
        sums: Counter[tuple[str, str]] = Counter()
        with suppress(StoreError):
            for key, count in self.store.balance(0, 1 << 62, by_hour=False).items():
                sums[key.item.value, key.reason] += count
        return sums

    def checks(self) -> list[Check]:
        """What readiness depends on here."""
        worker = self._worker
        if worker is None:
            return [Check("processor", self._trouble or "is being started")]
        stats = worker.stats()
        lag_s = self._lag_s(stats)
        late = f"is {lag_s:.0f} s behind" if lag_s > LAG_MAX_S else ""
        return [Check("processor", self._trouble or stats.trouble or self._datastreams_trouble or late or None)]

    def _lag_s(self, stats: WorkerStats) -> float:
        """Age of the oldest instant not in the store; an idle system is as old as its last clock mark, not its last commit."""
        if stats.waiting_outputs or any(stats.backlog_bytes.values()) or not stats.now_ms:
            return stats.lag_s
        return max(0, self._clock.now_ms() - stats.now_ms) / SECOND_MS

    # The thread

    def _run(self) -> None:
        pause_s = RESTART_PAUSE_S
        while not self._stop.is_set():
            try:
                if self._worker is None:
                    self._worker = self._make_worker()
                self._trouble = ""
                self._worker.run(self._stop)
            except Exception as error:  # noqa: BLE001 - said with its trace, shown by /readyz, and tried again from the journal
                self._worker = None
                self._trouble = f"{type(error).__name__}: {error}"
                _LOG.exception("the processor failed and is made anew from the store", pause_s=pause_s)
                self._stop.wait(pause_s)
                pause_s = min(pause_s * 2, RESTART_PAUSE_MAX_S)

    def _make_worker(self) -> Worker:
        """
        A worker that goes on behind the last commit.

        Raises:
            PlayheadError: Store or journals cannot be read.
        """
        for reader in self._readers.values():
            reader.close()
        positions = self.store.position().journals
        journals = self._layout.existing_journals()
        self._readers = {
            path.name: JournalReader.open(path, positions[path.name].offset if path.name in positions else 0)
            for path in journals
        }
        live = {self._layout.journal(worker).name for worker in range(self._workers)}
        return Worker(
            self._readers,
            self._settings_of,
            self.store,
            self._clock,
            server_version=__version__,
            feed=self._feed,
            retired=self._readers.keys() - live,
            retention=self._retention,
            on_damage=_say_damage,
            watchers=self.watchers,
        )

    def _open_feed(self) -> ClosingsWriter:
        try:
            return ClosingsWriter(self._layout.closings, self._clock.now_ms())
        except OSError as error:
            raise DataDirectoryError(f"cannot write to {self._layout.closings}: {error.strerror}") from error

    def _settings_of(self, datastream_id: DatastreamId) -> SessionSettings:
        """Settings of a datastream as of now; of one nobody knows any more, the server's."""
        self._poll_datastreams()
        datastream = self._datastreams.get(datastream_id)
        defaults = self._settings.sessions
        return defaults if datastream is None else session_settings(datastream, defaults)

    def _policy(self) -> Policy:
        """How long data is kept, as of now."""
        self._poll_datastreams()
        return policy_of(self._settings.retention, self._datastreams.all())

    def _poll_datastreams(self) -> None:
        """See what changed, at most four times a second; what cannot be read is said, and stays as it was known."""
        now_s = monotonic()
        if now_s >= self._polled_s + DATASTREAMS_POLL_S:
            self._polled_s = now_s
            try:
                self._datastreams.poll()
                self._datastreams_trouble = ""
            except DataDirectoryError as error:
                self._datastreams_trouble = str(error)


def _say_damage(journal: str, damage: Damage) -> None:
    _LOG.error(
        "part of a journal cannot be read; it is kept aside and the rest goes on",
        journal=journal, path=damage.path, start=damage.start, end=damage.end, reason=damage.reason, copy=damage.copy,
    )  # fmt: skip


def _bytes_of(files: Iterable[Path]) -> int:
    """What files take on disk. One that is removed meanwhile counts nothing."""
    total = 0
    for path in files:
        try:
            total += path.stat().st_blocks * 512
        except FileNotFoundError:
            continue
    return total
