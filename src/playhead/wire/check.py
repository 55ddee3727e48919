"""
The check of a request body: what it carries, and everything wrong with it (protocol.md 8).

Law: nothing a stranger sends raises. One typed decode takes the common shape of a single event apart; whatever it
does not know goes to `wire.rules`, which decides. The two agree: what the first accepts, the second accepts alike.
"""

from collections.abc import Mapping
from types import GenericAlias
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from playhead.wire import values
from playhead.wire.operations import (
    DOWNLOADED,
    EVENT_TYPE_PREFIX,
    OPERATIONS,
    QUALITY_MEMBERS,
    START,
    STATE_NAME_PATTERN,
    STATES_UPDATE,
    Kind,
    Operation,
    action_of_event_type,
    is_media,
)
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


_CHARS_MAX = STRING_BYTES_MAX // 4
"""So many characters are within the limit whatever they are; longer texts go to the exact validator."""

_Natural = Annotated[float, Meta(ge=0)]
_Name = Annotated[str, Meta(min_length=1, max_length=_CHARS_MAX)]
_Text = Annotated[str, Meta(max_length=_CHARS_MAX)] | bool
_TYPES: Mapping[Kind, Any] = {
    Kind.NAME: _Name,
    Kind.TEXT: _Text,
    Kind.NUMBER: _Natural,
    Kind.BOOLEAN: bool,
    Kind.STREAM_TYPE: Literal["audio", "video"],
    Kind.ERROR_SOURCE: Literal["player", "external"],
}
"""Part of what each kind accepts: the rest is rare enough for the exact validator."""

_SessionId = Annotated[str, Meta(min_length=SESSION_ID_LENGTH, max_length=SESSION_ID_LENGTH)]

_PLAIN = tuple(
    operation.action
    for operation in OPERATIONS.values()
    if operation.details is None and not (operation.quality_required or operation.states)
    if operation.action != DOWNLOADED
)
"""Actions that need nothing but the common members."""

_Field = tuple[str, Any] | tuple[str, Any, None]


def _struct(*members: _Field, **renamed: str) -> Any:
    return msgspec.defstruct("_Struct", members, gc=False, kw_only=True, rename=renamed or None)


def _list(item: Any) -> Any:
    return GenericAlias(list, item)


def _optional(name: str, kind: Any) -> _Field:
    return (name, kind | None, None)


def _members(operation: Operation) -> list[_Field]:
    return [
        (member.name, _TYPES[member.kind]) if member.required else _optional(member.name, _TYPES[member.kind])
        for member in operation.members
    ]


_QUALITY = _struct(*(_optional(name, _Natural) for name in QUALITY_MEMBERS))
_METADATA = _list(_struct(("name", _Name), ("value", _Text)))
_STATES = _list(_struct(("name", Annotated[str, Meta(pattern=rf"\A{STATE_NAME_PATTERN[1:-1]}\Z")])))


def _decoder(*operations: Operation) -> msgspec.json.Decoder[Any]:
    """Decodes bodies all whose events are of these operations and evidently valid; refuses some that are valid too."""
    one = operations[0]
    start = one.action == START
    quality = "qoeDataDetails"
    collection: list[_Field] = [
        ("playhead", _Natural),
        _optional("customMetadata", _METADATA),
        (quality, _QUALITY) if one.quality_required else _optional(quality, _QUALITY),
        *((operation.forbidden, None, None) for operation in operations if operation.forbidden is not None),
    ]
    if not start:
        collection.append(("sessionID", _SessionId))
    if one.details is not None:
        collection.append((one.details, _struct(*_members(one))))
    if one.states:
        collection += [_optional("statesStart", _STATES), _optional("statesEnd", _STATES)]
    xdm = _struct(
        ("eventType", Literal[tuple(EVENT_TYPE_PREFIX + operation.action for operation in operations)]),
        ("timestamp", str | None, None) if start else ("timestamp", str),
        ("mediaCollection", _struct(*collection)),
        _optional("customMetadata", _METADATA),
        _optional("client_id", Annotated[str, Meta(max_length=_CHARS_MAX)]),
        client_id="_id",
    )
    items = GenericAlias(list, _struct(("xdm", xdm)))
    return msgspec.json.Decoder(_struct(("events", Annotated[items, Meta(min_length=1)])))


_DECODERS: Mapping[str | None, msgspec.json.Decoder[Any]] = {
    **{operation.action: _decoder(operation) for operation in OPERATIONS.values() if operation.action != DOWNLOADED},
    None: _decoder(*(OPERATIONS[action] for action in _PLAIN)),
}
"""By the action of the path; of the gateway's routes, which have none, for events that need only the common members."""

_CERTAIN_BRACKETS = 3
"""Objects every event consists of. Only one event's can be around anything."""


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
    evident = check_evident(body, action, received_ms, string_bytes_max, events_max)
    if evident is not None:
        return evident
    return check_media_slowly(body, action, Limits(received_ms, string_bytes_max), events_max)


def check_evident(
    body: bytes, action: str | None, received_ms: int, string_bytes_max: int, events_max: int
) -> Checked | None:
    """
    What a body of one of the common shapes carries; `check_media` without the exact validator.

    Args:
        body: As received.
        action: Canonical action of the path; None on the gateway's routes.
        received_ms: Our clock, Unix ms.
        string_bytes_max: Longest text accepted, in bytes of UTF-8.
        events_max: Most events accepted.

    Returns:
        At least one event, all without errors and of the action; None when the exact validator has to decide.
    """
    decoder = _DECODERS.get(action)
    if decoder is None or string_bytes_max < STRING_BYTES_MAX:
        return None
    try:
        items = decoder.decode(body).events
        if not body.isascii():
            body.decode()  # members that are skipped are not checked for it
    except (ValueError, RecursionError):  # of msgspec and of UTF-8
        return None
    count = len(items)
    if count > events_max:
        return None
    if values.brackets(body) > values.NESTING_MAX + _CERTAIN_BRACKETS * (count - 1) and values.nests_too_deeply(body):
        return None
    with_session, with_states = action != START, action == STATES_UPDATE
    events = []
    for index, item in enumerate(items):
        xdm = item.xdm
        collection = xdm.mediaCollection
        at_ms = None
        if xdm.timestamp is not None:
            at_ms = read_timestamp(xdm.timestamp, received_ms)
            if at_ms is None:
                return None
        if with_states and not (collection.statesStart or collection.statesEnd):
            return None
        session_id = collection.sessionID.lower() if with_session else ""
        found = action or xdm.eventType[len(EVENT_TYPE_PREFIX) :]
        events.append(CheckedEvent(index, found, session_id, xdm.client_id or None, at_ms))
    return Checked(tuple(events))


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
        evident = check_evident(body, None, received_ms, string_bytes_max, events_max)
        if evident is not None:
            return evident
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
