"""
What stands around the events of a request: identities, state, framing, who is asking (protocol.md 4.3, 5, 7.3).

Law: an envelope is read leniently and never refused; what is not there, or of another shape, is absent.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct, field

from playhead.wire import values
from playhead.wire.decode import identity_map_of


class Envelope(Struct, frozen=True, gc=False):
    """
    The circumstances of one request.

    Attributes:
        identity_map: Request-level `xdm.identityMap`, else the top-level `identityMap` of consent calls; keys as sent.
        event_identity_maps: That of each event, in order; empty maps where there is none.
        fetch: Namespaces of `query.identity.fetch`, request or event level, in upper case.
        entries: `meta.state.entries` as (key, value), in order.
        streaming: (recordSeparator, lineFeed) when the answer is to be framed (4.3); else None.
        environment: `implementationDetails.environment` of the request, else of its first event that has one.
        queue_time_ms: `meta.queueTimeMillis`: from the event's creation to its sending; None when not sent.
    """

    identity_map: Mapping[str, Any] = {}
    event_identity_maps: tuple[Mapping[str, Any], ...] = ()
    fetch: frozenset[str] = frozenset()
    entries: tuple[tuple[str, str], ...] = ()
    streaming: tuple[str, str] | None = None
    environment: str | None = None
    queue_time_ms: int | None = None


EMPTY = Envelope()


class _Shell(Struct, gc=False):
    """The body without its events, which may be large and are read only where they name an identity."""

    xdm: Any = None
    query: Any = None
    meta: Any = None
    identity_map: Any = field(default=None, name="identityMap")
    events: Raw = Raw()
    event: Raw = Raw()


class _EventShell(Struct, gc=False):
    query: Any = None
    xdm: Raw = Raw()


class _XdmShell(Struct, gc=False):
    identity_map: Any = field(default=None, name="identityMap")
    identity_map_lower: Any = field(default=None, name="identitymap")
    implementation_details: Any = field(default=None, name="implementationDetails")


_SHELL = msgspec.json.Decoder(_Shell)
_EVENTS = msgspec.json.Decoder(list[_EventShell])
_XDM = msgspec.json.Decoder(_XdmShell)


class _Event(Struct, gc=False):
    """What an event says about its circumstances."""

    identity_map: Mapping[str, Any]
    fetch: frozenset[str]
    environment: str | None


def read_envelope(body: bytes) -> Envelope:
    """The circumstances of a request. Never raises: of a body that is no JSON object all of them are absent."""
    try:
        values.refuse_deep(body)
        shell = _SHELL.decode(body)
    except ValueError:
        return _read_slowly(body)
    events = _events(shell.events) or _events(b"[" + bytes(shell.event) + b"]")
    return _envelope(_object(shell.xdm), shell.query, _object(shell.meta), _object(shell.identity_map), events)


def _read_slowly(body: bytes) -> Envelope:
    """As `read_envelope`, for bodies with numbers that typed decoders refuse."""
    try:
        request = values.load_object(body)
    except ValueError:
        return EMPTY
    items = request.get("events") or [request.get("event")]
    events = [_event(_object(item)) for item in items] if isinstance(items, list) else []
    meta, identity_map = _object(request.get("meta")), _object(request.get("identityMap"))
    return _envelope(_object(request.get("xdm")), request.get("query"), meta, identity_map, events)


def _envelope(
    xdm: Mapping[str, Any], query: Any, meta: Mapping[str, Any], top: Mapping[str, Any], events: list[_Event]
) -> Envelope:
    environments = (_environment(xdm), *(event.environment for event in events))
    return Envelope(
        identity_map=identity_map_of(xdm) or top,
        event_identity_maps=tuple(event.identity_map for event in events),
        fetch=_fetch(query).union(*(event.fetch for event in events)),
        entries=_entries(meta),
        streaming=_streaming(meta),
        environment=next((name for name in environments if name is not None), None),
        queue_time_ms=values.read_whole(meta.get("queueTimeMillis")),
    )


def _events(events: Raw | bytes) -> list[_Event]:
    try:
        items = _EVENTS.decode(events)
    except ValueError:
        return _loose_events(bytes(events))
    read = []
    for item in items:
        xdm = _xdm(item.xdm)
        read.append(_Event(xdm[0], _fetch(item.query), xdm[1]))
    return read


def _loose_events(events: bytes) -> list[_Event]:
    try:
        items = values.load(events)
    except ValueError:
        return []
    return [_event(_object(item)) for item in items] if isinstance(items, list) else []


def _event(item: Mapping[str, Any]) -> _Event:
    xdm = _object(item.get("xdm"))
    return _Event(identity_map_of(xdm), _fetch(item.get("query")), _environment(xdm))


def _xdm(xdm: Raw) -> tuple[Mapping[str, Any], str | None]:
    """The identity map and the environment of an event."""
    try:
        shell = _XDM.decode(xdm)
    except ValueError:
        return {}, None
    identity_map = _object(shell.identity_map) or _object(shell.identity_map_lower)
    return identity_map, _environment({"implementationDetails": shell.implementation_details})


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _environment(xdm: Mapping[str, Any]) -> str | None:
    name = _object(xdm.get("implementationDetails")).get("environment")
    return name if isinstance(name, str) else None


def _fetch(query: Any) -> frozenset[str]:
    names = _object(_object(query).get("identity")).get("fetch")
    if not isinstance(names, list):
        return frozenset()
    return frozenset(name.upper() for name in names if isinstance(name, str))


def _entries(meta: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    entries = _object(meta.get("state")).get("entries")
    if not isinstance(entries, list):
        return ()
    pairs = ((entry.get("key"), entry.get("value")) for entry in entries if isinstance(entry, dict))
    return tuple((key, value) for key, value in pairs if isinstance(key, str) and isinstance(value, str))


def _streaming(meta: Mapping[str, Any]) -> tuple[str, str] | None:
    streaming = _object(_object(meta.get("konductorConfig")).get("streaming"))
    separator, line_feed = streaming.get("recordSeparator"), streaming.get("lineFeed")
    if streaming.get("enabled") is True and isinstance(separator, str) and isinstance(line_feed, str):
        return separator, line_feed
    return None
