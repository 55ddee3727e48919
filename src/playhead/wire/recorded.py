"""
Recorded events: the lines `replay` reads and `export events` writes (interfaces.md 3).

Law: a line stands alone. What it says is read as leniently as a journal record, and writing what was read gives the
same event back. Beyond interfaces.md, the member `shared` may carry the request-level `xdm` (decision 0021).
"""

from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Raw, Struct, field

from playhead.base.units import DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.events.session import Downloaded, SessionStart
from playhead.wire import values
from playhead.wire.decode import Reading, WireError, read_event
from playhead.wire.rules import SESSION_ID_LENGTH
from playhead.wire.timestamps import read_timestamp, write_timestamp

_ABSENT = Raw()


class _Line(Struct, gc=False, omit_defaults=True):
    arrived: Any = None
    datastream: Any = None
    session_id: Any = field(default=None, name="sessionId")
    request_id: Any = field(default=None, name="requestId")
    index: Any = None
    ecid: Any = None
    xdm: Raw = _ABSENT
    shared: Raw = _ABSENT


_LINE = msgspec.json.Decoder(_Line)
_ENCODER = msgspec.json.Encoder()


def recorded(line: bytes) -> Delivery:
    """
    The delivery of one line.

    A `sessionId` of 64 characters is lower-cased, any other text kept. A start or download without one gets a made id:
    the same for the same `_id`, else `requestId` and `index`, in the same datastream, so that a repeated start
    is the same session; without those two the whole line is its name.

    Raises:
        ValueError: The line cannot be read; the message says which member and why.
    """
    fields = _fields(line)
    arrived = _text(fields.arrived, "arrived")
    if arrived is None:
        raise ValueError("arrived is missing")
    received_ms = read_timestamp(arrived, 0)
    if received_ms is None or arrived.startswith("YYYY"):
        raise ValueError("arrived is no ISO 8601 date and time with an offset")
    xdm, shared = bytes(fields.xdm), bytes(fields.shared)
    if xdm[:1] != b"{":
        raise ValueError("xdm is missing" if xdm in {b"", b"null"} else "xdm is no object")
    if shared[:1] != b"{":
        if shared not in {b"", b"null"}:
            raise ValueError("shared is no object")
        shared = b""
    try:
        reading = read_event(xdm, shared, received_ms)
    except WireError as error:
        raise ValueError(_why_no_event(xdm)) from error
    datastream_id = _text(fields.datastream, "datastream") or ""
    request_id = _text(fields.request_id, "requestId")
    index = _index(fields.index)
    session_id = _text(fields.session_id, "sessionId")
    if session_id is None:
        session_id = _made_id(reading, [datastream_id, request_id, index], line)
    elif len(session_id) == SESSION_ID_LENGTH:
        session_id = session_id.lower()
    return Delivery(
        session_id=SessionId(session_id),
        received_ms=received_ms,
        event=reading.event,
        datastream_id=DatastreamId(datastream_id),
        request_id=request_id,
        index=index,
        client_id=reading.client_id,
        ecid=_text(fields.ecid, "ecid"),
        xdm=xdm,
        shared_xdm=shared,
    )


def encode_recorded(delivery: Delivery) -> bytes:
    """
    The line of one delivery, without a line end. Inverse of `recorded`, but for white space between JSON tokens.

    `delivery.xdm` must be there.
    """
    assert delivery.xdm, "an archived delivery keeps its xdm"
    return _ENCODER.encode(
        _Line(
            arrived=write_timestamp(delivery.received_ms),
            datastream=delivery.datastream_id,
            session_id=delivery.session_id,
            request_id=delivery.request_id,
            index=delivery.index,
            ecid=delivery.ecid,
            xdm=_compact(delivery.xdm),
            shared=_compact(delivery.shared_xdm) if delivery.shared_xdm else _ABSENT,
        )
    )


def _compact(text: bytes) -> Raw:
    """Without white space between tokens: players pretty-print, a record is one line."""
    return Raw(msgspec.json.format(text, indent=-1))


def _fields(line: bytes) -> _Line:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        raise ValueError("the line is not UTF-8") from error
    try:
        values.refuse_deep(line)
        return _LINE.decode(line)
    except msgspec.ValidationError as error:
        raise ValueError(f"the line is no object of a record: {error}") from error
    except ValueError as error:
        raise ValueError(f"the line is not JSON: {error}") from error


def _text(value: Any, name: str) -> str | None:
    """A text member; None when absent, null or empty."""
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{name} is no text")
    return value or None


def _index(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= values.NUMBER_MAX:
        raise ValueError("index is no whole number >= 0")
    return value


def _made_id(reading: Reading, sent_as: list[Any], line: bytes) -> str:
    """`sent_as`: datastream, requestId, index."""
    begins = isinstance(reading.event, SessionStart | Downloaded)
    if not begins:
        raise ValueError("sessionId is missing")
    if reading.client_id is not None:
        name = ["_id", sent_as[0], reading.client_id]
    elif sent_as[1] is not None:
        name = ["requestId", *sent_as]
    else:
        name = ["line", line.decode().strip()]
    return sha256(msgspec.json.encode(name)).hexdigest()


def _why_no_event(xdm: bytes) -> str:
    try:
        event_type = values.load_object(xdm).get("eventType")
    except ValueError as error:
        return f"xdm cannot be read: {error}"
    if not isinstance(event_type, str):
        return "xdm.eventType is missing"
    if event_type.lower() == "media.downloaded":
        return "xdm.mediaDownloadedEvents has no media.sessionStart"
    return f"xdm.eventType {event_type[:80]!r} is no media event"
