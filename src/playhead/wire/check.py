"""
The check of a request body: what it carries, and everything wrong with it (protocol.md 8).

Law: nothing a stranger sends raises. One typed decode takes the common shape of a single event apart; whatever it
does not know goes to `wire.rules`, which decides. The two agree: what the first accepts, the second accepts alike.
"""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field

from playhead.wire import values
from playhead.wire.operations import DOWNLOADED, EVENT_TYPE_PREFIX, OPERATIONS, START, action_of_event_type, is_media
from playhead.wire.refusals import Refusal
from playhead.wire.rules import (
    SESSION_ID_LENGTH,
    STRING_BYTES_MAX,
    FieldError,
    Limits,
    event_errors,
    session_id_of,
)
from playhead.wire.timestamps import read_timestamp

EVENTS_MAX = 1000
"""Default of `events` a request; every known client sends one. More are refused as too large."""

__all__ = ["EVENTS_MAX", "STRING_BYTES_MAX", "Checked", "CheckedEvent", "FieldError", "check_gateway", "check_media"]


class CheckedEvent(Struct, frozen=True, gc=False):
    """
    One event of a request.

    Attributes:
        index: Position in `events`.
        action: Canonical action; None when it is no media event; empty for an unknown `media.` type, which has errors.
        session_id: As sent, in lower case; empty for starts and downloads, and where it is in error.
        client_id: `xdm._id`; None when absent, empty or no text.
        at_ms: `timestamp`, Unix ms; None when absent or in error, and of downloads.
        errors: Everything wrong with it, in the order of protocol.md 8.2.
    """

    index: int
    action: str | None
    session_id: str
    client_id: str | None
    at_ms: int | None
    errors: tuple[FieldError, ...] = ()


class Checked(Struct, frozen=True, gc=False):
    """
    A request that is JSON.

    Attributes:
        events: All of them, in order; empty when `events_missing`.
        mismatch: Text of protocol.md 4.5 B when an event's type is not the path's; it wins over field errors (8.1).
        events_missing: `events` is absent, empty or no array (media routes only; the gateway's refuse it).
    """

    events: tuple[CheckedEvent, ...]
    mismatch: str | None = None
    events_missing: bool = False


_Natural = Annotated[float, Meta(ge=0)] | None


class _Quality(Struct, gc=False):
    bitrate: _Natural = None
    droppedFrames: _Natural = None  # noqa: N815 # names of the wire
    framesPerSecond: _Natural = None  # noqa: N815
    timeToStart: _Natural = None  # noqa: N815


class _Collection(Struct, gc=False):
    playhead: Annotated[float, Meta(ge=0)]
    sessionID: Annotated[str, Meta(min_length=SESSION_ID_LENGTH, max_length=SESSION_ID_LENGTH)]  # noqa: N815
    qoeDataDetails: _Quality | None = None  # noqa: N815
    customMetadata: Raw | UnsetType = UNSET  # noqa: N815
    advertisingPodDetails: Raw | UnsetType = UNSET  # noqa: N815
    advertisingDetails: Raw | UnsetType = UNSET  # noqa: N815
    chapterDetails: Raw | UnsetType = UNSET  # noqa: N815


class _Xdm(Struct, gc=False):
    eventType: str  # noqa: N815
    timestamp: str
    mediaCollection: _Collection  # noqa: N815
    client_id: Annotated[str, Meta(max_length=STRING_BYTES_MAX // 4)] | None = field(default=None, name="_id")
    customMetadata: Raw | UnsetType = UNSET  # noqa: N815


class _Item(Struct, gc=False):
    xdm: _Xdm


class _Body(Struct, gc=False):
    events: Annotated[list[_Item], Meta(min_length=1, max_length=1)]


_BODY = msgspec.json.Decoder(_Body)

_PLAIN = {
    EVENT_TYPE_PREFIX + operation.action: operation.action
    for operation in OPERATIONS.values()
    if operation.details is None and not (operation.quality_required or operation.states)
    if operation.action != DOWNLOADED
}
"""Event types that need nothing but the common members: the ones the fast way judges."""


def check_media(
    body: bytes,
    action: str,
    received_ms: int,
    *,
    string_bytes_max: int = STRING_BYTES_MAX,
    events_max: int = EVENTS_MAX,
) -> Checked | Refusal:
    """
    Check the body of `va/v1/{action}`.

    Args:
        body: As received.
        action: Canonical action of the path.
        received_ms: Our clock, Unix ms.
        string_bytes_max: Longest text accepted, in bytes of UTF-8.
        events_max: Most events accepted.

    Returns:
        What it carries, or JSON_INVALID or TOO_LARGE.
    """
    if EVENT_TYPE_PREFIX + action in _PLAIN:
        fast = _fast(body, action, received_ms, string_bytes_max)
        if fast is not None:
            return fast
    return check_media_slowly(body, action, Limits(received_ms, string_bytes_max), events_max)


def _fast(body: bytes, action: str | None, received_ms: int, string_bytes_max: int) -> Checked | None:
    """The result for the common shape without errors; None when the exact validator has to decide."""
    if values.may_nest_deeply(body):
        return None
    try:
        item = _BODY.decode(body).events[0]
        if not body.isascii():
            body.decode()  # members that are skipped are not checked for it
    except ValueError:  # of msgspec and of UTF-8
        return None
    xdm = item.xdm
    found = _PLAIN.get(xdm.eventType)
    collection = xdm.mediaCollection
    if (
        found is None
        or (found != action and action is not None)
        or collection.customMetadata is not UNSET
        or collection.advertisingDetails is not UNSET
        or collection.advertisingPodDetails is not UNSET
        or collection.chapterDetails is not UNSET
        or xdm.customMetadata is not UNSET
        or string_bytes_max < STRING_BYTES_MAX
    ):
        return None
    at_ms = read_timestamp(xdm.timestamp, received_ms)
    if at_ms is None:
        return None
    return Checked((CheckedEvent(0, found, collection.sessionID.lower(), xdm.client_id or None, at_ms),))


def check_media_slowly(body: bytes, action: str, limits: Limits, events_max: int = EVENTS_MAX) -> Checked | Refusal:
    """As `check_media`, by the exact validator alone."""
    try:
        request = values.load_object(body)
    except ValueError:
        return Refusal.JSON_INVALID
    events = request.get("events")
    if not isinstance(events, list) or not events:
        return Checked((), events_missing=True)
    if len(events) > events_max:
        return Refusal.TOO_LARGE
    mismatch = next((text for text in (_mismatch(event, action) for event in events) if text), None)
    return Checked(tuple(_judge(i, _xdm(event), action, limits) for i, event in enumerate(events)), mismatch)


def check_gateway(
    body: bytes,
    received_ms: int,
    *,
    single: bool,
    string_bytes_max: int = STRING_BYTES_MAX,
    events_max: int = EVENTS_MAX,
) -> Checked | Refusal:
    """
    Check the body of `interact` or `collect`: media events as on their own route, all others as they are.

    Args:
        body: As received.
        received_ms: Our clock, Unix ms.
        single: Version 2: one `event`; `events` is read where it is absent.
        string_bytes_max: Longest text accepted, in bytes of UTF-8.
        events_max: Most events accepted.

    Returns:
        What it carries, or JSON_INVALID, VALUE_MISSING or TOO_LARGE.
    """
    if not single:
        fast = _fast(body, None, received_ms, string_bytes_max)
        if fast is not None:
            return fast
    return check_gateway_slowly(body, Limits(received_ms, string_bytes_max), single=single, events_max=events_max)


def check_gateway_slowly(
    body: bytes, limits: Limits, *, single: bool, events_max: int = EVENTS_MAX
) -> Checked | Refusal:
    """As `check_gateway`, by the exact validator alone."""
    try:
        request = values.load_object(body)
    except ValueError:
        return Refusal.JSON_INVALID
    events = gateway_events(request, single=single)
    if not events:
        return Refusal.VALUE_MISSING
    if len(events) > events_max:
        return Refusal.TOO_LARGE
    checked = []
    for index, event in enumerate(events):
        xdm = _xdm(event)
        event_type = xdm.get("eventType") if isinstance(xdm, dict) else None
        if isinstance(event_type, str) and is_media(event_type):
            checked.append(_judge(index, xdm, action_of_event_type(event_type), limits))
        else:
            checked.append(CheckedEvent(index, None, "", _client_id(xdm), None))
    return Checked(tuple(checked))


def gateway_events(request: dict[str, Any], *, single: bool) -> list[Any]:
    """The events of a gateway body; empty when there are none."""
    if single and isinstance(request.get("event"), dict):
        return [request["event"]]
    events = request.get("events")
    return events if isinstance(events, list) else []


def _xdm(event: object) -> object:
    return event.get("xdm") if isinstance(event, dict) else None


def _mismatch(event: object, action: str) -> str | None:
    xdm = _xdm(event)
    event_type = xdm.get("eventType") if isinstance(xdm, dict) else None
    found = action_of_event_type(event_type) if isinstance(event_type, str) else None
    if found is None or found == action:
        return None
    return f"payload eventType {found}, path eventType {action}"


def _judge(index: int, xdm: object, action: str | None, limits: Limits) -> CheckedEvent:
    errors = event_errors(xdm, action, limits)
    session_id, at_ms = "", None
    if isinstance(xdm, dict) and action != DOWNLOADED:
        timestamp, collection = xdm.get("timestamp"), xdm.get("mediaCollection")
        if isinstance(timestamp, str):
            at_ms = read_timestamp(timestamp, limits.received_ms)
        if isinstance(collection, dict) and action != START:
            sent = session_id_of(collection)
            session_id = sent.lower() if isinstance(sent, str) and len(sent) == SESSION_ID_LENGTH else ""
    return CheckedEvent(index, action or "", session_id, _client_id(xdm), at_ms, errors)


def _client_id(xdm: object) -> str | None:
    client_id = xdm.get("_id") if isinstance(xdm, dict) else None
    return client_id if isinstance(client_id, str) and client_id else None
