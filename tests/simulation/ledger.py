"""
What was sent, what was answered, and what the journals hold: the books the auditor reads.

The order of arrival is taken from the journals, whose batches carry it (decision 0051); what a record means is taken
from what was sent, never from reading its body.
"""

from collections import Counter
from typing import NamedTuple

from msgspec import Struct

from playhead.base.units import DatastreamId, SessionId
from playhead.collector.ports import Reply
from playhead.events.delivery import Delivery
from playhead.journal.log import JournalReader
from playhead.pipeline.closings import Closing
from playhead.wire.record import Record, RecordKind, decode_record
from playhead.wire.refusals import Refusal
from simulation.collectors import Collector
from simulation.players import Sent

Key = tuple[str, str, str | None, bytes]
"""What tells requests apart in the journals: route, datastream, requestId, beginning of the body."""

PREFIX = 8 * 1024


class Handled(Struct):
    """
    A request that reached a collector.

    Attributes:
        sent: The request.
        process: The collector's process: name of its journal, and how often it was started.
        arrived_ms: By that collector's clock.
        floor_ms: No later record of that journal counts as earlier than this.
        told: What the collector had been told of its session last.
        stale: The collector had heard all there was to hear, and yet takes the session for closed though the store has
            it open again.
        reply: What was answered; None when nothing was.
    """

    sent: Sent
    process: tuple[str, int]
    arrived_ms: int
    floor_ms: int
    told: Closing | None = None
    stale: bool = False
    reply: Reply | None = None

    @property
    def acknowledged(self) -> bool:
        """Whether something of it was taken, and the answer said so."""
        return self.reply is not None and self.reply.accepted is not None and self.reply.status < 300


class Entry(NamedTuple):
    """One record of a journal, with its place among all: arrival, place of the journal, number in it."""

    arrived_ms: int
    journal: int
    number: int
    kind: int
    record: Record


def key_of_sent(sent: Sent) -> Key:
    """The key of a request."""
    return sent.route, sent.datastream_id, sent.request_id, sent.body[:PREFIX]


def key_of(record: Record) -> Key:
    """The key of a record."""
    return record.route, record.datastream_id, record.request_id, record.body[:PREFIX]


def entries_of(collectors: list[Collector]) -> list[Entry]:
    """All records of all journals, in order of arrival."""
    found: list[Entry] = []
    for place, collector in enumerate(sorted(collectors, key=lambda one: one.name)):
        reader = JournalReader.open(collector.path, disk=collector.disk)
        number = 0
        while batches := reader.read():
            for batch in batches:
                arrived_ms = batch.floor_ms
                for kind, payload in batch.records:
                    record = decode_record(payload)
                    arrived_ms = max(arrived_ms, record.received_ms)
                    found.append(Entry(arrived_ms, place, number, kind, record))
                    number += 1
        reader.close()
    return sorted(found, key=lambda entry: entry[:3])


class Ledger:
    """
    The books of one run.

    Attributes:
        handled: Requests that reached a collector.
        entries: What the journals hold, in order of arrival.
        deliveries: Of each session, in order of arrival, as the oracle takes them.
        refusals: Refused requests in the journals, by reason.
        sheet: Events received, accepted and refused, and requests of which some and none was taken.
        complaints: What is wrong with the books themselves.
    """

    def __init__(self, handled: list[Handled], collectors: list[Collector]) -> None:
        self.handled = handled
        self.entries = entries_of(collectors)
        self.deliveries: dict[SessionId, list[Delivery]] = {}
        self.refusals: Counter[str] = Counter()
        self.sheet: Counter[str] = Counter()
        self.complaints: list[str] = []
        self._sent = {key_of_sent(one.sent): one.sent for one in handled}
        for entry in self.entries:
            self._book(entry)
        self._compare()

    def _book(self, entry: Entry) -> None:
        record = entry.record
        sent = self._sent.get(key_of(record))
        if sent is None:
            self.complaints.append(f"a journal holds what nobody sent: {record}")
            return
        if entry.kind == RecordKind.REFUSED:
            self.refusals[record.reason] += 1
            self.sheet.update(received=len(sent.said), refused=len(sent.said), refused_request=1)
            return
        taken = len(sent.said) - len(record.skipped)
        self.sheet.update(received=len(sent.said), accepted=taken, refused=len(record.skipped), request=1)
        minted = {given.index: given for given in record.minted}
        for index, said in enumerate(sent.said):
            if index in record.skipped:
                continue
            if index in sent.spoiled or sent.refused_for is not None:
                self.complaints.append(f"taken, though it must be refused: {sent}")
            given = minted.get(index)
            session_id = SessionId(given.session_id if given is not None else sent.session_id)
            self.deliveries.setdefault(session_id, []).append(
                Delivery(
                    session_id,
                    entry.arrived_ms,
                    said.event,
                    DatastreamId(sent.datastream_id),
                    record.request_id,
                    index,
                    said.client_id,
                    None if given is None else given.ecid,
                    said.content(sent.shown),
                )
            )

    def _compare(self) -> None:
        """Acknowledged requests are in the journals, others at most as often as they came; refusals likewise."""
        came = Counter(key_of_sent(one.sent) for one in self.handled)
        acknowledged = Counter(key_of_sent(one.sent) for one in self.handled if one.acknowledged)
        kept = Counter(key_of(entry.record) for entry in self.entries if entry.kind == RecordKind.ACCEPTED)
        for key in came:
            if not acknowledged[key] <= kept[key] <= came[key]:
                self.complaints.append(
                    f"acknowledged {acknowledged[key]} times, kept {kept[key]}, came {came[key]}: {self._sent[key]}"
                )
        answered: Counter[str] = Counter()
        for one in self.handled:
            if one.reply is not None and one.reply.refused is not None:
                answered[decode_record(one.reply.refused).reason] += 1
        unanswered = sum(one.reply is None for one in self.handled)
        for reason, number in self.refusals.items():
            if number > answered[reason] + unanswered:
                self.complaints.append(f"{number} refusals for {reason} kept, {answered[reason]} answered")


def refused_for_session(one: Handled) -> list[int]:
    """Indexes of good events that were refused because their session takes none."""
    reply, sent = one.reply, one.sent
    if reply is None or sent.refused_for is not None or Refusal.SESSION_NOT_FOUND.value not in reply.reasons:
        return []
    skipped = range(len(sent.said)) if reply.accepted is None else decode_record(reply.accepted).skipped
    return [index for index in skipped if index not in sent.spoiled]
