"""
The exact validator of one event: every rule of protocol.md 8.2, reported in its order. Slow and thorough.

Law: whatever JSON a player sends, the answer is a list of field errors; nothing raises. Values are judged with the
functions of `wire.values`, which the decoder reads them with.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from playhead.wire import refusals, values
from playhead.wire.operations import (
    DOWNLOADED,
    EVENT_TYPES,
    OPERATIONS,
    QUALITY_MEMBERS,
    START,
    STATE_NAME_PATTERN,
    Kind,
    Member,
    Operation,
    action_of_event_type,
)
from playhead.wire.timestamps import read_timestamp

SESSION_ID_LENGTH = 64
STRING_BYTES_MAX = 4096
"""Default of the longest text (protocol.md 8.2); a longer one is a field error."""

_STATE_NAME = re.compile(r"[a-zA-Z0-9_.]{1,64}", re.ASCII)
_MC = "mediaCollection"
_INNER = "mediaDownloadedEvents"


class FieldError(Struct, frozen=True, gc=False):
    """
    One thing wrong with one event.

    Attributes:
        path: Member, relative to `xdm`: `mediaCollection.playhead`, `timestamp`; empty for the xdm itself.
        reason: One of `refusals.REASONS`.
    """

    path: str
    reason: str


class Limits(Struct, frozen=True, gc=False):
    """What bounds one judgement: the longest text in UTF-8 bytes, and our clock for the year of C33."""

    received_ms: int
    string_bytes_max: int = STRING_BYTES_MAX


Errors = Iterator[FieldError]


def event_errors(xdm: object, action: str | None, limits: Limits) -> tuple[FieldError, ...]:
    """
    Everything wrong with one event, in the order of protocol.md 8.2.

    Args:
        xdm: The event's `xdm`; None when it has none.
        action: Canonical action its members are judged by; None when it names none we know.
        limits: See there.
    """
    if not isinstance(xdm, dict):
        reason = refusals.MISSING if xdm is None else refusals.expected("object")
        return (FieldError("", reason),)
    return tuple(_event(xdm, action, limits))


def _event(xdm: Mapping[str, Any], action: str | None, limits: Limits) -> Errors:
    if action == DOWNLOADED:
        yield from _downloads(xdm.get(_INNER), limits)
    else:
        operation = Operation("") if action is None else OPERATIONS[action]
        yield from _collection(xdm, operation, _MC, limits, with_session=action != START)
        yield from _timestamp(xdm.get("timestamp"), "timestamp", limits, required=action != START)
    yield from _event_type(xdm.get("eventType"), "eventType")
    client_id = xdm.get("_id")
    if isinstance(client_id, str) and _too_long(client_id, limits):
        yield FieldError("_id", refusals.TOO_LONG)


def _event_type(value: object, path: str) -> Errors:
    if value is None:
        yield FieldError(path, refusals.MISSING)
    elif not isinstance(value, str):
        yield FieldError(path, refusals.expected("string"))
    elif action_of_event_type(value) is None:
        yield FieldError(path, refusals.one_of(*EVENT_TYPES))


def _timestamp(value: object, path: str, limits: Limits, *, required: bool) -> Errors:
    if value is None:
        if required:
            yield FieldError(path, refusals.MISSING)
    elif not isinstance(value, str):
        yield FieldError(path, refusals.expected("string"))
    elif read_timestamp(value, limits.received_ms) is None:
        yield FieldError(path, refusals.TIMESTAMP_INVALID)


def _collection(
    holder: Mapping[str, Any], operation: Operation, path: str, limits: Limits, *, with_session: bool
) -> Errors:
    collection = holder.get("mediaCollection")
    if not isinstance(collection, dict):
        reason = refusals.MISSING if collection is None else refusals.expected("object")
        yield FieldError(path, reason)
        return
    yield from _details(collection, operation, path, limits)
    quality = list(_quality(collection.get("qoeDataDetails"), path, required=operation.quality_required))
    if operation.quality_required:  # there it is the type's details object (decision 0022)
        yield from quality
    yield from _number(collection.get("playhead"), f"{path}.playhead", required=True)
    if with_session:
        yield from _session_id(collection, path)
    if not operation.quality_required:
        yield from quality
    if operation.states:
        yield from _states(collection, path)
    if collection.get("customMetadata") is not None:
        yield from _metadata(collection["customMetadata"], f"{path}.customMetadata", limits)
    elif path == _MC and holder.get("customMetadata") is not None:  # C21
        yield from _metadata(holder["customMetadata"], "customMetadata", limits)


def _session_id(collection: Mapping[str, Any], path: str) -> Errors:
    value = session_id_of(collection)
    if value is None:
        yield FieldError(f"{path}.sessionID", refusals.MISSING)
    elif not isinstance(value, str):
        yield FieldError(f"{path}.sessionID", refusals.expected("string"))
    elif len(value) != SESSION_ID_LENGTH:
        yield FieldError(f"{path}.sessionID", refusals.session_id_length(len(value)))


def session_id_of(collection: Mapping[str, Any]) -> Any:
    """`sessionID`, or `sessionId` where that is absent (C5); None when neither is there."""
    value = collection.get("sessionID")
    return collection.get("sessionId") if value is None else value


def _details(collection: Mapping[str, Any], operation: Operation, path: str, limits: Limits) -> Errors:
    if operation.forbidden is not None and collection.get(operation.forbidden) is not None:
        yield FieldError(f"{path}.{operation.forbidden}", refusals.NOT_ALLOWED)
    if operation.details is None:
        return
    details = collection.get(operation.details)
    path = f"{path}.{operation.details}"
    if details is None:
        yield FieldError(path, refusals.MISSING)
    elif not isinstance(details, dict):
        yield FieldError(path, refusals.expected("object"))
    else:
        for member in operation.members:
            value = details.get(member.name)
            if not _evidently_fine(value, member, limits):
                yield from _member(value, member, f"{path}.{member.name}", limits)


def _evidently_fine(value: object, member: Member, limits: Limits) -> bool:
    """What most members of a start are, told without building their path: absent and optional, or a short text."""
    if value is None:
        return not member.required
    wants_text = member.kind is Kind.TEXT or member.kind is Kind.NAME
    return wants_text and isinstance(value, str) and 0 < len(value) * 4 <= limits.string_bytes_max


def _member(value: object, member: Member, path: str, limits: Limits) -> Errors:
    if value is None:
        if member.required:
            yield FieldError(path, refusals.MISSING)
    elif member.kind is Kind.NUMBER:
        yield from _number(value, path)
    elif member.kind is Kind.BOOLEAN:
        if values.read_boolean(value) is None:
            yield FieldError(path, refusals.expected("boolean"))
    elif member.kind is Kind.TEXT:
        yield from _text(values.read_text(value), path, limits)
    elif not isinstance(value, str):
        yield FieldError(path, refusals.expected("string"))
    elif member.kind is Kind.NAME:
        yield from _text(value, path, limits, required=True)
    elif member.kind is Kind.STREAM_TYPE:
        if value.lower() not in {"audio", "video"}:
            yield FieldError(path, refusals.one_of("audio", "video"))
    elif value not in {"player", "external"}:
        yield FieldError(path, refusals.one_of("player", "external"))


def _number(value: object, path: str, *, required: bool = False) -> Errors:
    if value is None:
        if required:
            yield FieldError(path, refusals.MISSING)
    elif not values.is_number(value):
        yield FieldError(path, refusals.expected("integer"))
    elif value < 0:  # type: ignore[operator] # a number, see above
        yield FieldError(path, refusals.NEGATIVE)


def _text(value: str | None, path: str, limits: Limits, *, required: bool = False) -> Errors:
    if value is None:
        yield FieldError(path, refusals.expected("string"))
    elif required and not value:
        yield FieldError(path, refusals.MISSING)
    elif _too_long(value, limits):
        yield FieldError(path, refusals.TOO_LONG)


def _too_long(text: str, limits: Limits) -> bool:
    if len(text) * 4 <= limits.string_bytes_max:
        return False
    return len(text.encode()) > limits.string_bytes_max


def _quality(value: object, path: str, *, required: bool) -> Errors:
    path = f"{path}.qoeDataDetails"
    if value is None:
        if required:
            yield FieldError(path, refusals.MISSING)
    elif not isinstance(value, dict):
        yield FieldError(path, refusals.expected("object"))
    else:
        for name in QUALITY_MEMBERS:
            yield from _number(value.get(name), f"{path}.{name}")


def _states(collection: Mapping[str, Any], path: str) -> Errors:
    empty = True
    for name in ("statesStart", "statesEnd"):
        states = collection.get(name)
        if states is None or states == []:
            continue
        empty = False
        if not isinstance(states, list):
            yield FieldError(f"{path}.{name}", refusals.expected("array"))
            continue
        for index, state in enumerate(states):
            yield from _state(state, f"{path}.{name}[{index}]")
    if empty:
        yield FieldError(path, refusals.STATES_EMPTY)


def _state(state: object, path: str) -> Errors:
    if not isinstance(state, dict):
        yield FieldError(path, refusals.expected("object"))
        return
    name = state.get("name")
    if name is None:
        yield FieldError(f"{path}.name", refusals.MISSING)
    elif not isinstance(name, str):
        yield FieldError(f"{path}.name", refusals.expected("string"))
    elif _STATE_NAME.fullmatch(name) is None:
        yield FieldError(f"{path}.name", refusals.must_match(STATE_NAME_PATTERN))


def _metadata(value: object, path: str, limits: Limits) -> Errors:
    if not isinstance(value, list):
        yield FieldError(path, refusals.expected("array"))
        return
    for index, pair in enumerate(value):
        at = f"{path}[{index}]"
        if not isinstance(pair, dict):
            yield FieldError(at, refusals.expected("object"))
            continue
        yield from _member(pair.get("name"), Member("name", Kind.NAME, required=True), f"{at}.name", limits)
        yield from _member(pair.get("value"), Member("value", Kind.TEXT, required=True), f"{at}.value", limits)


def _downloads(value: object, limits: Limits) -> Errors:
    if value is None or value == []:
        yield FieldError(_INNER, refusals.MISSING)
        return
    if not isinstance(value, list):
        yield FieldError(_INNER, refusals.expected("array"))
        return
    for index, item in enumerate(value):
        path = f"{_INNER}[{index}]"
        if isinstance(item, dict):
            yield from _download(item, path, limits, first=index == 0)
        else:
            yield FieldError(path, refusals.expected("object"))


def _download(item: Mapping[str, Any], path: str, limits: Limits, *, first: bool) -> Errors:
    event_type = item.get("mediaEventType")
    action = action_of_event_type(event_type) if isinstance(event_type, str) else None
    if action == DOWNLOADED:
        action = None
    operation = Operation("") if action is None else OPERATIONS[action]
    yield from _collection(item, operation, f"{path}.{_MC}", limits, with_session=False)
    yield from _timestamp(item.get("mediaEventTimestamp"), f"{path}.mediaEventTimestamp", limits, required=True)
    if first and isinstance(event_type, str) and action != START:
        yield FieldError(f"{path}.mediaEventType", refusals.one_of(f"media.{START}"))
    elif isinstance(event_type, str) and action is None:
        yield FieldError(
            f"{path}.mediaEventType", refusals.one_of(*(t for t in EVENT_TYPES if t != f"media.{DOWNLOADED}"))
        )
    else:
        yield from _event_type(event_type, f"{path}.mediaEventType")
