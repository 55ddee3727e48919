"""An event with the circumstances of its arrival: what the wire hands to the sessions."""

import msgspec
from msgspec import Raw, Struct, field

from playhead.base.units import DatastreamId, SessionId
from playhead.events.event import Event
from playhead.events.session import Downloaded


class _Content(Struct, gc=False):
    collection: Raw = field(default=Raw(), name="mediaCollection")
    downloads: Raw = field(default=Raw(), name="mediaDownloadedEvents")


_CONTENT = msgspec.json.Decoder(_Content)


class Delivery(Struct, frozen=True, gc=False):
    """
    One event as it was delivered. Deliveries come in arrival order: `received_ms` never goes back.

    Attributes:
        session_id: The session it names; for a start, the id that was minted for it.
        received_ms: Our clock at arrival, Unix ms.
        event: What the player said.
        datastream_id: Where it was sent; of a start, the session's datastream.
        request_id: As the client sent it; None when it sent none.
        index: Position in the request's `events`.
        client_id: `xdm._id`; None when absent.
        ecid: The resolved visitor; None when the door did not resolve one.
        xdm: The event's `xdm` as received, JSON, for the archive.
        shared_xdm: The request-level `xdm` as received, JSON, empty when absent.
    """

    session_id: SessionId
    received_ms: int
    event: Event
    datastream_id: DatastreamId
    request_id: str | None = None
    index: int = 0
    client_id: str | None = None
    ecid: str | None = None
    xdm: bytes = b""
    shared_xdm: bytes = b""

    @property
    def media_collection(self) -> bytes:
        """`mediaCollection` (of a download: `mediaDownloadedEvents`) as received, JSON; empty where there is none."""
        if not self.xdm:
            return b""
        content = _CONTENT.decode(self.xdm)
        return bytes(content.downloads if type(self.event) is Downloaded else content.collection)
