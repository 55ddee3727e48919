"""
The store again, from its log: everything up to where the store stands, in a store of its own (decision 0090).

Law: the same journals up to the same positions and the same time give the same store (decision 0051); so what is not
equal to it was changed, or was never right. Nothing of journals and store is touched.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from playhead.base.disk import Disk
from playhead.base.errors import CorruptFrameError
from playhead.base.settings import SettingsInForce
from playhead.base.units import DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.journal.log import Batch, JournalReader, Survey, surveyed_disk
from playhead.pipeline.balance import BalanceCounts
from playhead.pipeline.merge import Merge
from playhead.reporting.outputs import Output
from playhead.reporting.reporter import Reporter
from playhead.store.port import BalanceKey, Commit, JournalPosition, Position, SettingsHistory, Store, settings_then
from playhead.wire.record import Record, RecordKind, decode_record

COMMIT_OUTPUTS = 20_000
"""Written at a time: what is held in memory, about 30 MB."""

REQUESTS_A_TELLING = 1_000


class Log(Struct, frozen=True, kw_only=True):
    """
    What is recomputed from.

    Attributes:
        journals: As surveyed, by name.
        position: Where the store stands.
        archive: Deliveries that came up to `archive_ms`, whose journals may have been given back; in order of arrival.
        archive_ms: All that came later is in the journals; 0: everything is.
        disk: That of the journals; the machine's, if none is given.
    """

    journals: Mapping[str, Survey]
    position: Position
    archive: Iterable[Delivery] = ()
    archive_ms: int = 0
    disk: Disk | None = None


def settings_along(
    history: SettingsHistory, settings_of: Callable[[DatastreamId], SettingsInForce]
) -> Callable[[DatastreamId, int], SettingsInForce]:
    """Settings of a datastream at a time of arrival: as remembered, or those of now where nothing is."""

    def settings_at(datastream_id: DatastreamId, at_ms: int) -> SettingsInForce:
        return settings_then(history, datastream_id, at_ms) or settings_of(datastream_id)

    return settings_at


class Fault(NamedTuple):
    """A cell that says where the store stands, and cannot be."""

    table: str
    row: str
    column: str
    stored: object
    recomputed: object


class Recomputation:
    """
    One run. Makes everything anew in an empty store.

    Attributes:
        now_ms: The time reached, by arrival, Unix ms.
        faults: What is wrong with positions and time, once `run` is done.
    """

    def __init__(
        self,
        log: Log,
        store: Store,
        settings_at: Callable[[DatastreamId, int], SettingsInForce],
        *,
        on_progress: Callable[[int], None] = lambda _bytes: None,
    ) -> None:
        """
        Nothing is read yet.

        Args:
            log: Whence.
            store: Whither; empty.
            settings_at: Settings of a datastream at a time of arrival, Unix ms.
            on_progress: Told how many bytes of the journals were read so far.
        """
        self.now_ms = 0
        self.faults: list[Fault] = []
        self._log = log
        self._store = store
        self._on_progress = on_progress
        self._settings_at = settings_at
        self._history: dict[DatastreamId, list[tuple[int, SettingsInForce]]] = {}
        self._news: dict[DatastreamId, list[tuple[int, SettingsInForce]]] = {}
        self._outputs: list[Output] = []
        self._fresh: dict[SessionId, list[Delivery]] = {}
        self._reporter = Reporter(self._settings, self)
        self._balance = BalanceCounts(self._reporter.datastream_of)

    def run(self) -> None:
        """
        Read and write all of it.

        Raises:
            JournalError: A journal's disk failed, or a segment was removed meanwhile.
            StoreError: The store could not be written.
        """
        for delivery in self._log.archive:
            self._take(delivery)
        self._read()
        now_ms = self._log.position.now_ms
        self._outputs += self._reporter.advance(now_ms)
        self._commit(self._log.position.journals, now_ms)

    def deliveries(self, session_id: SessionId) -> Iterator[Delivery]:
        """The `History` of the reporter."""
        yield from self._store.deliveries(session_id)
        yield from self._fresh.get(session_id, ())

    def open_sessions(self) -> dict[SessionId, bytes | None]:
        """Those not closed at the end, each as it is kept for a start (`Snapshot.body`). After `run`."""
        return open_in(self._reporter)

    def waiting(self) -> dict[BalanceKey, int]:
        """What is durable behind the positions, counted as waiting or refused. After `run`. Raises JournalError."""
        counts = BalanceCounts(self._reporter.datastream_of)
        for name, found in self._log.journals.items():
            at = self._log.position.journals.get(name, JournalPosition())
            for kind, record in _behind(found, at, self._log.disk):
                for delivery in counts.read(kind, record):
                    counts.wait(delivery)
        return counts.take()

    def _read(self) -> None:
        positions = self._log.position.journals
        readers = {
            name: Until(found, positions.get(name, JournalPosition()), self._log.disk)
            for name, found in self._log.journals.items()
        }
        merge = Merge(readers, {})
        taken = 0
        try:
            while merge.fill():
                while (one := merge.take()) is not None:
                    taken += 1
                    if one.kind is RecordKind.REFUSED:
                        self._balance.read(one.kind, one.record)
                    elif one.record.received_ms > self._log.archive_ms:
                        for delivery in self._balance.read(one.kind, one.record):
                            self._take(delivery)
                    if taken % REQUESTS_A_TELLING == 0:
                        self._on_progress(sum(reader.read_bytes for reader in readers.values()))
            self._on_progress(sum(reader.read_bytes for reader in readers.values()))
        finally:
            for reader in readers.values():
                reader.close()
        self._check_positions(readers)

    def _check_positions(self, readers: Mapping[str, "Until"]) -> None:
        """Positions and time are where a processor can have come to."""
        position, journals = self._log.position, self._log.journals
        for name, at in position.journals.items():
            if name not in readers:
                self.faults.append(Fault("position", name, "byte_offset", at.offset, "there is no such journal"))
                continue
            log_id = journals[name].log_id
            if at.log and (log_id is None or log_id.hex() != at.log):
                self.faults.append(Fault("position", name, "log", at.log, log_id.hex() if log_id else None))
            elif readers[name].misplaced:
                place = f"{at.offset}, record {at.taken}"
                self.faults.append(Fault("position", name, "byte_offset, taken", place, "no such place in the log"))
        floors_ms = [reader.floor_ms for reader in readers.values()]
        earliest_ms = max(self.now_ms, min(floors_ms, default=0))
        latest_ms = max([self.now_ms, *floors_ms, *(self._next_ms(name) for name in readers)])
        if not earliest_ms <= position.now_ms <= latest_ms:
            allowed = f"{earliest_ms}" if earliest_ms == latest_ms else f"{earliest_ms} to {latest_ms}"
            self.faults.append(Fault("clock", "", "now_ms", position.now_ms, allowed))

    def _next_ms(self, name: str) -> int:
        """Arrival of the first request behind the position of a journal; 0 where there is none yet."""
        at = self._log.position.journals.get(name, JournalPosition())
        return next((record.received_ms for _, record in _behind(self._log.journals[name], at, self._log.disk)), 0)

    def _take(self, delivery: Delivery) -> None:
        self.now_ms = max(self.now_ms, delivery.received_ms)
        outputs = self._reporter.take(delivery)
        self._balance.judge(delivery, outputs)
        self._outputs += outputs
        self._fresh.setdefault(delivery.session_id, []).append(delivery)
        if len(self._outputs) >= COMMIT_OUTPUTS:
            self._commit({}, self.now_ms)

    def _commit(self, positions: Mapping[str, JournalPosition], now_ms: int) -> None:
        self._store.commit(
            Commit(
                outputs=self._outputs,
                positions=positions,
                now_ms=now_ms,
                balance=self._balance.take(),
                settings=self._news,
            )
        )
        self._outputs, self._fresh, self._news = [], {}, {}

    def _settings(self, datastream_id: DatastreamId) -> SettingsInForce:
        """Those of the time reached; what a store remembers of them is remembered here."""
        settings = self._settings_at(datastream_id, self.now_ms)
        known = self._history.setdefault(datastream_id, [])
        if not known or known[-1][1] != settings:
            known.append((self.now_ms, settings))
            self._news.setdefault(datastream_id, []).append(known[-1])
        return settings


def open_in(reporter: Reporter) -> dict[SessionId, bytes | None]:
    """The sessions a reporter holds open, frozen; None: it cannot be kept in this way."""
    snapshots = {name: reporter.snapshot(name) for name in reporter.open_sessions()}
    return {name: None if one is None else one.body for name, one in snapshots.items()}


class Until(JournalReader):
    """
    A reader that ends where the store stands, in the middle of a batch too.

    Attributes:
        floor_ms: Clock of the last batch wholly read, Unix ms: nothing behind it arrived earlier.
    """

    def __init__(self, found: Survey, at: JournalPosition, disk: Disk | None) -> None:
        super().__init__(found.directory, 0, surveyed_disk(found, disk))
        self.floor_ms = 0
        self._begin = found.begin
        self._at = at
        self._left = at.taken
        self._crossed = False

    @property
    def sealed(self) -> bool:
        """What comes behind holds nothing back."""
        return self.position >= self._at.offset + (self._at.taken > 0) or super().sealed

    @property
    def read_bytes(self) -> int:
        """How far it is from the beginning of what is kept, bytes."""
        return max(0, self.position - self._begin)

    @property
    def misplaced(self) -> bool:
        """Once all is read: the position is not at a record of this log."""
        return self._crossed or self._left > 0 or self.position < self._at.offset

    def read(self, bytes_max: int = 1 << 20) -> list[Batch]:
        """As of a reader."""
        kept: list[Batch] = []
        for batch in [] if self.sealed else super().read(bytes_max):
            if batch.position < self._at.offset:
                self._crossed = batch.end_position > self._at.offset
                self.floor_ms = batch.at_ms
                kept.append(batch)
            elif self._left and batch.position == self._at.offset:
                kept.append(replace(batch, records=batch.records[: self._left]))
                self._left -= len(kept[-1].records)
        return kept


def _behind(found: Survey, at: JournalPosition, disk: Disk | None) -> Iterator[tuple[RecordKind, Record]]:
    """What is durable behind a position, with its arrival as in `Merge`; damage is passed over."""
    reader = JournalReader.open(found.directory, max(at.offset, found.begin), disk=surveyed_disk(found, disk))
    skip, left = at.taken, True
    try:
        while left and at.offset <= found.end:
            try:
                batches = reader.read()
            except CorruptFrameError:
                reader.skip_damage()
                skip = 0
                continue
            for batch in batches:
                received_ms = batch.floor_ms
                for number, (kind, payload) in enumerate(batch.records):
                    record = decode_record(payload)
                    received_ms = max(received_ms, record.received_ms)
                    if number >= skip:
                        yield RecordKind(kind), replace(record, received_ms=received_ms)
                skip = 0
            left = bool(batches)
    finally:
        reader.close()
