"""
Several journals as one stream of requests, in order of arrival (decision 0051).

Law: the order is that of (arrival, place of the journal in the list, position), and depends on what the journals hold
alone, never on when they are read. A request is given out once no journal can come up with an earlier one.

A journal's batches say from when on all its later records are (`Batch.floor_ms`): a record stamped earlier waited
before it reached the log, and counts as received at that floor.
"""

from collections import deque
from collections.abc import Callable, Collection, Mapping

from msgspec import Struct
from msgspec.structs import replace

from playhead.base.errors import CorruptFrameError, JournalError
from playhead.journal.log import Damage, JournalReader
from playhead.store.port import JournalPosition
from playhead.wire.record import Record, RecordKind, decode_record

READ_BYTES = 1 << 20
"""Read from a journal at a time: what is held in memory of each, about."""

_NEVER = 1 << 62


class Taken(Struct, frozen=True, gc=False):
    """One request of the stream; `record.received_ms` never goes back."""

    kind: RecordKind
    record: Record


class _Source:
    """One journal: what was read of it and not yet given out."""

    def __init__(self, name: str, order: int, reader: JournalReader, at: JournalPosition, *, retired: bool) -> None:
        self.name = name
        self.order = order
        self.reader = reader
        self.at = at
        self.retired = retired
        self.waiting: deque[tuple[int, int, Record, int, int]] = deque()
        self.floor_ms = 0
        self.holding = True
        self._read_to = at.offset
        self._skip = at.taken

    @property
    def next_ms(self) -> int:
        """No request still to come from here arrived earlier."""
        if self.waiting:
            return self.waiting[0][0]
        return self.floor_ms if self.holding else _NEVER

    def fill(self, on_damage: Callable[[str, Damage], None]) -> bool:
        """Read on if nothing is waiting; whether there was something."""
        if self.waiting:
            return False
        try:
            batches = self.reader.read(READ_BYTES)
        except CorruptFrameError:
            on_damage(self.name, self.reader.skip_damage())
            self._read_to, self._skip = self.reader.position, 0
            return True
        self._check_log()
        for batch in batches:
            received_ms = batch.floor_ms
            last = len(batch.records) - 1
            for number, (kind, payload) in enumerate(batch.records):
                record = decode_record(payload)
                received_ms = max(received_ms, record.received_ms)
                if number >= self._skip:
                    offset, taken = (batch.end_position, 0) if number == last else (batch.position, number + 1)
                    self.waiting.append((received_ms, kind, record, offset, taken))
            self._skip = 0
            self.floor_ms = max(batch.at_ms, received_ms)
            self._read_to = batch.end_position
        ended = self.retired and self.reader.position >= self.reader.durable_position
        self.holding = not (ended or self.reader.sealed)
        return bool(batches)

    def take(self) -> Taken:
        """The next request."""
        received_ms, kind, record, offset, taken = self.waiting.popleft()
        self.at = JournalPosition(offset, taken, self.at.log)
        if received_ms != record.received_ms:
            record = replace(record, received_ms=received_ms)
        return Taken(RecordKind(kind), record)

    def position(self) -> JournalPosition:
        """How far it was taken; clock marks behind the last record are taken too."""
        return self.at if self.waiting else JournalPosition(self._read_to, self._skip, self.at.log)

    def _check_log(self) -> None:
        log = self.reader.log_id.hex() if self.reader.log_id else ""
        if self.at.log and log and log != self.at.log:
            raise JournalError(
                f"journal {self.name} is not the one the store was filled from; put the former one back, or move the store"
                " away to have it rebuilt from this one"
            )
        if log != self.at.log:
            self.at = JournalPosition(self.at.offset, self.at.taken, log)


class Merge:
    """The stream. One thread; reading may block on the disk."""

    def __init__(
        self,
        readers: Mapping[str, JournalReader],
        positions: Mapping[str, JournalPosition],
        *,
        retired: Collection[str] = (),
        on_damage: Callable[[str, Damage], None] = lambda _journal, _damage: None,
    ) -> None:
        """
        Follow journals from where they were left.

        Args:
            readers: By name, each opened at the offset of its position.
            positions: By name; a journal without one is read from its beginning.
            retired: Names of journals nobody writes to any more: read to their end, they hold nothing back.
            on_damage: Told of each stretch of a journal that could not be read and was set aside.
        """
        self._on_damage = on_damage
        self._sources = [
            _Source(name, order, readers[name], positions.get(name, JournalPosition()), retired=name in retired)
            for order, name in enumerate(sorted(readers))
        ]
        self._now_ms = 0

    def fill(self) -> bool:
        """
        Read on where nothing is waiting; whether anything new was there, clock marks included.

        Raises:
            JournalError: A journal cannot be read; the others may have been. Ask again later.
        """
        news = [source.fill(self._on_damage) for source in self._sources]
        return any(news)

    def take(self) -> Taken | None:
        """The next request; None when there is none that may be given out yet."""
        first = min(self._sources, key=_next, default=None)
        if first is None or not first.waiting:
            return None
        taken = first.take()
        self._now_ms = max(self._now_ms, taken.record.received_ms)
        if taken.record.received_ms < self._now_ms:  # a journal that came later than what was already given out
            taken = Taken(taken.kind, replace(taken.record, received_ms=self._now_ms))
        return taken

    def now_ms(self) -> int:
        """
        The recorded time: no request will be given out that arrived earlier. Never goes back.

        The smallest last mark of the journals, or the next request that waits behind one.
        """
        now_ms = min((source.next_ms for source in self._sources), default=_NEVER)
        if now_ms == _NEVER:
            now_ms = max((source.floor_ms for source in self._sources), default=0)
        self._now_ms = max(self._now_ms, now_ms)
        return self._now_ms

    def start_at(self, now_ms: int) -> None:
        """Go on from a time reached before."""
        self._now_ms = max(self._now_ms, now_ms)

    def positions(self) -> dict[str, JournalPosition]:
        """How far each journal was taken."""
        return {source.name: source.position() for source in self._sources}

    def wait_hint_s(self) -> float:
        """How long to wait before the next `fill`, seconds."""
        return min((source.reader.wait_hint_s() for source in self._sources), default=0.1)

    def backlog_bytes(self) -> dict[str, int]:
        """Bytes of each journal that are durable and not taken."""
        return {
            source.name: max(0, source.reader.durable_position - source.position().offset) for source in self._sources
        }

    def exhausted(self) -> bool:
        """Everything that is durable was given out, as of the last `fill`."""
        return all(
            not source.waiting and source.reader.position >= source.reader.durable_position for source in self._sources
        )


def _next(source: _Source) -> tuple[int, int, int]:
    return (source.next_ms, source.order, 0)
