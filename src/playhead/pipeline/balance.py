"""
The balance sheet: what became of every media event that was received (decision 0093).

    received = accepted + refused, by reason
    accepted = counted + duplicate, by reason + dropped, by reason + waiting

Law: each side of an equation is counted where it happens and by what is known there: received by what the door noted of
the request, accepted by the deliveries read from it, the rest by what the reporter said of them. So an event that got lost
between two of them shows as an equation that does not hold.

Events belong to the hour of their arrival, and to the datastream their session was started for; to none, the empty text,
where no such session is known. Refused ones belong to the datastream they named, if it was one of ours. So there are
no more lines than hours and datastreams.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from msgspec import Struct
from msgspec.structs import replace

from playhead.base.errors import CorruptFrameError, JournalError
from playhead.base.units import HOUR_MS, DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.events.session import Downloaded, SessionStart
from playhead.journal.log import JournalReader
from playhead.pipeline.merge import READ_BYTES
from playhead.reporting.outputs import Judged, Outcome, Output
from playhead.store.port import BalanceItem, BalanceKey, JournalPosition
from playhead.wire.decode import read_record
from playhead.wire.record import Record, RecordKind, decode_record

TAIL_BYTES_MAX = 16 << 20
"""Read of a journal to count what waits in it, about 50,000 events or a fifth of a second. What is beyond is not counted."""

SESSIONS_A_TIME = 500
"""Sessions the processor is asked for at once: it does nothing else meanwhile."""

DatastreamOf = Callable[[SessionId], DatastreamId | None]

Balance = Mapping[BalanceKey, int]
"""Counts to be added up; those not named are 0."""


class LineKey(NamedTuple):
    """What a line is of; `hour_ms` as in `BalanceKey`."""

    datastream_id: str
    hour_ms: int


class Line(Struct, kw_only=True):
    """
    The events of one datastream and hour.

    Attributes:
        received: In the requests that were read.
        accepted: Answered with success, and taken from the journal.
        counted: Accepted, and part of a session.
        waiting: Accepted, and not looked at yet.
        refused, duplicate, dropped: The others, by their stable codes.
        requests: Requests of which at least one event was accepted; refused_requests: the others, by the code of the answer.
    """

    received: int = 0
    accepted: int = 0
    counted: int = 0
    waiting: int = 0
    refused: defaultdict[str, int]
    duplicate: defaultdict[str, int]
    dropped: defaultdict[str, int]
    requests: int = 0
    refused_requests: defaultdict[str, int]

    @property
    def holds(self) -> bool:
        """Whether both equations do."""
        gone = self.counted + sum(self.duplicate.values()) + sum(self.dropped.values()) + self.waiting
        return self.received == self.accepted + sum(self.refused.values()) and self.accepted == gone


def new_line() -> Line:
    """One with nothing in it."""
    return Line(
        refused=defaultdict(int),
        duplicate=defaultdict(int),
        dropped=defaultdict(int),
        refused_requests=defaultdict(int),
    )


_NUMBERS = {
    BalanceItem.RECEIVED: "received",
    BalanceItem.ACCEPTED: "accepted",
    BalanceItem.COUNTED: "counted",
    BalanceItem.WAITING: "waiting",
    BalanceItem.REQUEST: "requests",
}
_REASONS = {
    BalanceItem.REFUSED: "refused",
    BalanceItem.DUPLICATE: "duplicate",
    BalanceItem.DROPPED: "dropped",
    BalanceItem.REFUSED_REQUEST: "refused_requests",
}


def lines_of(balance: Balance) -> dict[LineKey, Line]:
    """The lines that counts make, by hour, then datastream."""
    lines: dict[LineKey, Line] = defaultdict(new_line)
    for key in sorted(balance, key=lambda key: (key.hour_ms, key.datastream_id)):
        line = lines[LineKey(key.datastream_id, key.hour_ms)]
        number = _NUMBERS.get(key.item)
        if number is None:
            getattr(line, _REASONS[key.item])[key.reason] += balance[key]
        else:
            setattr(line, number, getattr(line, number) + balance[key])
    return dict(lines)


def sum_of(lines: Iterable[Line]) -> Line:
    """All of them as one."""
    total = new_line()
    for line in lines:
        for name in _NUMBERS.values():
            setattr(total, name, getattr(total, name) + getattr(line, name))
        for name in _REASONS.values():
            for reason, number in getattr(line, name).items():
                getattr(total, name)[reason] += number
    return total


def added(*parts: Balance) -> dict[BalanceKey, int]:
    """The sum of counts."""
    total: dict[BalanceKey, int] = defaultdict(int)
    for part in parts:
        for key, number in part.items():
            total[key] += number
    return dict(total)


def within(balance: Balance, from_ms: int, until_ms: int, *, by_hour: bool) -> dict[BalanceKey, int]:
    """Counts as `Store.balance` answers them, of those given."""
    total: dict[BalanceKey, int] = defaultdict(int)
    for key, number in balance.items():
        if from_ms <= key.hour_ms < until_ms:
            total[key if by_hour else key._replace(hour_ms=0)] += number
    return dict(total)


class BalanceCounts:
    """
    What came in since the last `take`. One thread.

    Each record is read, then each of its deliveries judged, or told to wait, before the next record is read.
    """

    def __init__(self, datastream_of: DatastreamOf) -> None:
        """Count; `datastream_of` is asked of a session right after a delivery of it was taken."""
        self._datastream_of = datastream_of
        self._lines: dict[tuple[str, int], Line] = {}  # by LineKey, which would be made for every event
        self._request_due = False

    def __bool__(self) -> bool:
        return bool(self._lines)

    def read(self, kind: RecordKind, record: Record) -> Sequence[Delivery]:
        """Count what a record says by itself; its deliveries, which are to be judged."""
        taken, seen = _NOTHING if kind is _REFUSED else read_record(record)
        if taken and seen == len(taken):  # by far the most frequent; `note` would do no more
            self._request_due = True
        else:
            self.note(kind, record, taken, seen)
        return taken

    def note(self, kind: RecordKind, record: Record, taken: Sequence[Delivery], seen: int) -> None:
        """As `read`, for a record whose deliveries and number of events are known already."""
        if kind is RecordKind.REFUSED:
            line = self._line(record.datastream_id if record.known else "", record.received_ms)
            line.refused_requests[record.reason] += 1
            self._refuse(line, record, max(1, record.media_events))
            return
        self._request_due = bool(taken)
        if seen != len(taken) or not taken:
            line = self._line(record.datastream_id if record.media_events else "", record.received_ms)
            line.received += seen - len(taken) - len(record.skipped)
            line.requests += not taken
            self._refuse(line, record, len(record.skipped))

    def judge(self, delivery: Delivery, outputs: Iterable[Output]) -> None:
        """Count a delivery and what the reporter said of it."""
        line = self._accept(delivery)
        for output in outputs:
            if type(output) is not Judged:
                continue
            if output.outcome is _COUNTED:
                line.counted += 1
            elif output.outcome is Outcome.DUPLICATE:
                line.duplicate[output.reason or ""] += 1
            else:
                line.dropped[output.reason or ""] += 1

    def wait(self, delivery: Delivery) -> None:
        """Count a delivery that was read and is not judged yet."""
        self._accept(delivery).waiting += 1

    def peek(self, read: Iterable[Delivery] = ()) -> dict[BalanceKey, int]:
        """The counts so far, with those of deliveries that were read and not judged."""
        waiting = BalanceCounts(self._datastream_of)
        waiting._request_due = self._request_due
        for delivery in read:
            waiting.wait(delivery)
        return added(self._counts(), waiting._counts())

    def _counts(self) -> dict[BalanceKey, int]:
        return {
            BalanceKey(*where, item, reason): number
            for where, line in self._lines.items()
            for item, reason, number in _items_of(line)
        }

    def take(self) -> dict[BalanceKey, int]:
        """The counts so far, which begin anew."""
        taken = self._counts()
        self._lines.clear()
        return taken

    def _accept(self, delivery: Delivery) -> Line:
        if type(delivery.event) in _BEGINNINGS:  # the door took it for this one
            datastream_id: str = delivery.datastream_id
        else:
            datastream_id = self._datastream_of(delivery.session_id) or ""
        received_ms = delivery.received_ms
        key = (datastream_id, received_ms - received_ms % HOUR_MS)
        line = self._lines.get(key) or self._new_line(key)
        line.received += 1
        line.accepted += 1
        if self._request_due:
            self._request_due = False
            line.requests += 1
        return line

    def _refuse(self, line: Line, record: Record, events: int) -> None:
        line.received += events
        for reason in record.skipped_reasons:
            line.refused[reason] += 1
        rest = events - len(record.skipped_reasons)
        if rest:
            line.refused[record.reason] += rest

    def _line(self, datastream_id: str, received_ms: int) -> Line:
        key = (datastream_id, received_ms - received_ms % HOUR_MS)
        return self._lines.get(key) or self._new_line(key)

    def _new_line(self, key: tuple[str, int]) -> Line:
        line = self._lines[key] = new_line()
        return line


def _items_of(line: Line) -> Iterator[tuple[BalanceItem, str, int]]:
    for item, name in _NUMBERS.items():
        if number := getattr(line, name):
            yield item, "", number
    for item, name in _REASONS.items():
        for reason, number in getattr(line, name).items():
            yield item, reason, number


class Ledger(NamedTuple):
    """
    What a processor counted, as of one instant.

    Attributes:
        balance: Everything up to the positions; deliveries read and not judged are waiting.
        positions: Of the journals.
    """

    balance: Balance
    positions: Mapping[str, JournalPosition]


class Sheet(NamedTuple):
    """
    The balance sheet of now.

    Attributes:
        balance: Everything that was received, what waits included.
        complete: Whether all that waits is in it.
    """

    balance: Balance
    complete: bool


class Accountant(Protocol):
    """A processor that can be asked; `pipeline.worker.Worker` is one. Any thread."""

    def ledger(self, from_ms: int, until_ms: int, *, by_hour: bool) -> Ledger:
        """What is counted of these hours, as `Store.balance` says. Raises StoreError."""
        ...

    def datastreams_of(self, session_ids: Iterable[SessionId]) -> Mapping[SessionId, DatastreamId]:
        """The datastreams of sessions, of those that are known."""
        ...


def sheet_of(
    accountant: Accountant,
    journals: Iterable[str],
    open_reader: Callable[[str, int], JournalReader],
    hours: tuple[int, int],
    *,
    by_hour: bool,
) -> Sheet:
    """
    The balance sheet as of now: of the processor, and of what waits for it in the journals.

    Args:
        accountant: The processor.
        journals: Names of all there are.
        open_reader: Opens one at an offset.
        hours: From and until, as for `Store.balance`.
        by_hour: The same.

    Raises:
        StoreError: The store cannot be read.
    """
    ledger = accountant.ledger(*hours, by_hour=by_hour)
    at = {name: ledger.positions.get(name, JournalPosition()) for name in journals}
    readers = {name: open_reader(name, position.offset) for name, position in at.items()}
    try:
        tail = tail_of(readers, at, accountant.datastreams_of)
    finally:
        for reader in readers.values():
            reader.close()
    return Sheet(added(ledger.balance, within(tail.balance, *hours, by_hour=by_hour)), tail.complete)


def tail_of(
    readers: Mapping[str, JournalReader],
    positions: Mapping[str, JournalPosition],
    datastreams_of: Callable[[Iterable[SessionId]], Mapping[SessionId, DatastreamId]],
    *,
    bytes_max: int = TAIL_BYTES_MAX,
) -> Sheet:
    """
    What is durable behind positions, counted as waiting, or refused.

    Args:
        readers: By name, each opened at the offset of its position, of which nothing was read.
        positions: By name.
        datastreams_of: The datastreams of sessions, of those the processor knows.
        bytes_max: Read of each journal at most, about.

    Returns:
        The counts; not complete where there is more than can be read, or what cannot be.
    """
    read: list[tuple[RecordKind, Record, Sequence[Delivery], int]] = []
    complete = True
    for name, reader in readers.items():
        try:
            for kind, record in _records_of(reader, positions.get(name, JournalPosition()).taken, bytes_max):
                read.append((kind, record, *(_NOTHING if kind is RecordKind.REFUSED else read_record(record))))
        except (CorruptFrameError, JournalError):  # the processor will set it aside, or say so
            complete = False
        complete = complete and reader.position >= reader.durable_position
    said = [delivery for _, _, taken, _ in read for delivery in taken]
    began = {one.session_id: one.datastream_id for one in said if type(one.event) in _BEGINNINGS}
    asked = list({delivery.session_id for delivery in said})
    for first in range(0, len(asked), SESSIONS_A_TIME):
        began.update(datastreams_of(asked[first : first + SESSIONS_A_TIME]))
    counts = BalanceCounts(began.get)
    for kind, record, taken, seen in read:
        counts.note(kind, record, taken, seen)
        for delivery in taken:
            counts.wait(delivery)
    return Sheet(counts.peek(), complete)


def _records_of(reader: JournalReader, skip: int, bytes_max: int) -> Iterator[tuple[RecordKind, Record]]:
    """Records from where a reader is, without the first few, with the arrival the processor will give them."""
    left = bytes_max
    while left > 0 and (batches := reader.read(min(left, READ_BYTES))):
        for batch in batches:
            received_ms = batch.floor_ms
            for number, (kind, payload) in enumerate(batch.records):
                record = decode_record(payload)
                received_ms = max(received_ms, record.received_ms)
                if number >= skip:
                    yield RecordKind(kind), replace(record, received_ms=received_ms)
            skip = 0
            left -= batch.end_position - batch.position


_REFUSED, _COUNTED = RecordKind.REFUSED, Outcome.ACCEPTED  # a member of an enumeration takes longer to look up
_BEGINNINGS = frozenset({SessionStart, Downloaded})

_NOTHING: tuple[Sequence[Delivery], int] = ((), 0)
