"""
A past that never was: made-up requests in the journals of a data directory, as its collectors would have written them.

Law: everything behind the journals is the server's own; it reads them as it reads any, and a session that is open at their
end goes on through the public door (decision 0086).
"""

from typing import Final

from playhead.base.disk import Disk
from playhead.base.ids import derive_session_id
from playhead.base.units import SessionId
from playhead.deployment.datastreams import Datastream
from playhead.deployment.keys import Keys
from playhead.deployment.layout import Layout
from playhead.journal.limits import JournalLimits
from playhead.journal.opening import OpenLog, open_log
from playhead.journal.spare import InlineSpares
from playhead.viewers.network import Request
from playhead.viewers.notebook import Truth
from playhead.viewers.requests import STARTS, body_of, route_of
from playhead.wire.identity import ecid_of_fpid
from playhead.wire.record import RECORD_VERSION, Minted, Record, RecordKind, encode_record
from playhead.wire.refusals import Refusal

BATCH_RECORDS: Final = 500
"""Many a batch: a busy collector's, so that the disk is waited for rarely."""


class Past:
    """
    Journals being written. The data directory must be held, and no journal be in it.

    Args:
        layout, keys: Of the data directory.
        datastream: What the players name.
        begin_ms: A time before the first request, Unix ms.
        disk: Where the journals are.
        collectors: How many there were.

    Attributes:
        accepted, refused: Requests of each kind so far.
        begun: Sessions so far.
        sessions: Of viewings that are not over, by their numbers.
    """

    def __init__(
        self, layout: Layout, keys: Keys, datastream: Datastream, begin_ms: int, disk: Disk, *, collectors: int = 1
    ) -> None:
        self._keys, self._datastream = keys, datastream
        self._journals = [_Journal(disk, str(layout.journal(number)), begin_ms) for number in range(collectors)]
        self.accepted = self.refused = self.begun = 0
        self.sessions: dict[int, SessionId] = {}

    def take(self, item: Request | Truth) -> None:
        """The next one of `traffic`."""
        if not isinstance(item, Request):
            self.sessions.pop(item.viewing, None)
            return
        if item.action in STARTS and item.viewing not in self.sessions:
            self.sessions[item.viewing] = self._session_of(item)
            self.begun += 1
        kind = RecordKind.REFUSED if item.refused else RecordKind.ACCEPTED
        self._journals[int(item.request_id[:2], 16) % len(self._journals)].add(self._record(item), kind)
        self.refused += item.refused
        self.accepted += not item.refused

    def flush(self, now_ms: int) -> None:
        """What was taken is in the journals, and they were written until then."""
        for journal in self._journals:
            journal.flush(now_ms)

    def close(self) -> None:
        """Nothing follows."""
        for journal in self._journals:
            journal.close()

    def _session_of(self, request: Request) -> SessionId:
        """The id that the door makes for a start (protocol.md 7.4)."""
        token = f"requestId 0 {request.request_id}" if request.client_id is None else f"_id {request.client_id}"
        at_ms = None if request.items else request.said_ms
        return derive_session_id(self._keys.session[0], self._datastream.id, token, at_ms)

    def _record(self, request: Request) -> Record:
        """What the door writes of it."""
        session_id = self.sessions[request.viewing]
        minted: tuple[Minted, ...] = ()
        if request.action in STARTS:
            viewer = request.viewer
            ecid = viewer.ecid or ecid_of_fpid(self._keys.identity, self._datastream.org_id, viewer.identity)
            minted = (Minted(0, session_id, ecid),)
        return Record(
            version=RECORD_VERSION,
            received_ms=request.at_ms,
            route=route_of(request),
            base="ee",
            datastream_id=self._datastream.id,
            request_id=request.request_id,
            body=body_of(request, session_id),
            minted=minted,
            reason=Refusal.FIELDS if request.refused else "",
            media_events=1 if request.refused else 0,
            known=request.refused,
        )


class _Journal:
    """One collector's: records are gathered into batches."""

    def __init__(self, disk: Disk, directory: str, begin_ms: int) -> None:
        self._log: OpenLog = open_log(disk, directory, begin_ms, spares=_spares)
        self._records: list[tuple[int, bytes]] = []

    def add(self, record: Record, kind: RecordKind) -> None:
        """One request, in order of arrival."""
        self._records.append((int(kind), encode_record(record)))
        if len(self._records) >= BATCH_RECORDS:
            self.flush(record.received_ms)

    def flush(self, now_ms: int) -> None:
        """Make durable what is gathered; a clock mark where there is nothing."""
        self._log.tail.write(self._records, now_ms)
        self._records = []

    def close(self) -> None:
        self._log.close(sealed=True)


def _spares(disk: Disk, directory: str) -> InlineSpares:
    return InlineSpares(disk, directory, JournalLimits())
