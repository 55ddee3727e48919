"""
Journal records to deliveries: what the check accepted, in the domain's words and units.

Law: decoding is lenient and total on what the check accepted, and depends on nothing but the record, so that the log
can be read again. Events that need only the common members take one typed pass (the processor's hot path); all others,
and whatever surprises it, are read member by member. Both give the same event.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Raw, Struct, field

from playhead.base.units import DatastreamId
from playhead.events.ads import AdBreakStart, AdStart
from playhead.events.chapters import ChapterStart
from playhead.events.delivery import Delivery
from playhead.events.event import Event, Quality
from playhead.events.names import ACTION_OF
from playhead.events.quality import PlaybackError
from playhead.events.session import Downloaded, SessionStart
from playhead.events.states import StatesUpdate
from playhead.wire import values
from playhead.wire.operations import AD_TEXTS, DOWNLOADED, EVENT_TYPE_PREFIX, START, action_of_event_type, is_media
from playhead.wire.record import Record
from playhead.wire.rules import session_id_of
from playhead.wire.timestamps import read_timestamp


class WireError(ValueError):
    """An `xdm` that is no media event at all; nothing the check accepted raises it."""


class Reading(Struct, frozen=True, gc=False):
    """
    One event as read.

    Attributes:
        event: What the player said.
        session_id: As sent, in lower case; empty where the event names none.
        client_id: `_id`; None when absent or no text.
    """

    event: Event
    session_id: str
    client_id: str | None


_ABSENT = Raw()
_Natural = Annotated[float, Meta(ge=0, le=values.NUMBER_MAX)] | None


class _Item(Struct, gc=False):
    xdm: Raw = _ABSENT


class _Batch(Struct, gc=False):
    events: list[_Item] = []
    xdm: Raw = _ABSENT


class _LooseBatch(Struct, gc=False):
    events: Raw = _ABSENT
    event: Raw = _ABSENT
    xdm: Raw = _ABSENT


class _Type(Struct, gc=False):
    event_type: Any = field(default=None, name="eventType")


class _Quality(Struct, gc=False):
    bitrate: _Natural = None
    dropped_frames: _Natural = field(default=None, name="droppedFrames")
    frames_per_second: _Natural = field(default=None, name="framesPerSecond")
    time_to_start: _Natural = field(default=None, name="timeToStart")


class _Collection(Struct, gc=False):
    session_id: str = field(name="sessionID")
    playhead: Annotated[int, Meta(ge=0, le=values.NUMBER_MAX)] | Annotated[float, Meta(ge=0, le=values.NUMBER_MAX)]
    quality: _Quality | None = field(default=None, name="qoeDataDetails")


class _Plain(Struct, gc=False):
    event_type: str = field(name="eventType")
    collection: _Collection = field(name="mediaCollection")
    timestamp: str | None = None
    client_id: str | None = field(default=None, name="_id")


_BATCH = msgspec.json.Decoder(_Batch)
_LOOSE_BATCH = msgspec.json.Decoder(_LooseBatch)
_RAWS = msgspec.json.Decoder(list[Raw])
_ITEM = msgspec.json.Decoder(_Item)
_TYPE = msgspec.json.Decoder(_Type)
_PLAIN = msgspec.json.Decoder(_Plain)

_MEDIA_ROUTES = "va/"
"""Beginning of the routes that take nothing but media events."""

_CLASS_OF: Mapping[str, type[Event]] = {action: kind for kind, action in ACTION_OF.items()}
_RICH: frozenset[type[Event]] = frozenset(
    {SessionStart, Downloaded, AdBreakStart, AdStart, ChapterStart, PlaybackError, StatesUpdate}
)
_PLAIN_CLASS: Mapping[str, type[Event]] = {
    EVENT_TYPE_PREFIX + action: kind for action, kind in _CLASS_OF.items() if kind not in _RICH
}


def deliveries(record: Record) -> list[Delivery]:
    """
    The media events of an accepted record, in order, without the skipped ones.

    A start or download the door minted nothing for, and what is no media event, is left out.
    """
    return read_record(record)[0]


def read_record(record: Record) -> tuple[list[Delivery], int]:
    """
    As `deliveries`, and how many media events the request had, skipped ones included.

    The number is the door's where it noted one, else that of the items: the two parts of the answer are found
    independently of each other, so that an event lost between them shows (decision 0093).
    """
    events, shared = _batch(record.route, record.body)
    shared_xdm = b"" if shared is _ABSENT else bytes(shared)
    datastream_id = DatastreamId(record.datastream_id)
    taken: list[Delivery] = []
    minted = {given.index: given for given in record.minted} if record.minted else None
    for index, item in enumerate(events):
        if index in record.skipped:
            continue
        xdm = bytes(item.xdm)
        reading = _read(xdm, shared_xdm, record.received_ms)
        if reading is None:
            continue
        session_id, ecid = reading.session_id, None
        if minted is not None and index in minted:
            ecid = minted[index].ecid or None
            if isinstance(reading.event, SessionStart | Downloaded):
                session_id = minted[index].session_id
        if session_id:
            taken.append(
                Delivery(
                    session_id,  # type: ignore[arg-type]  # making a SessionId of it would be a call
                    record.received_ms,
                    reading.event,
                    datastream_id,
                    record.request_id,
                    index,
                    reading.client_id,
                    ecid,
                    xdm,
                    shared_xdm,
                )
            )
    if record.media_events:
        return taken, record.media_events
    return taken, len(events) if record.route.startswith(_MEDIA_ROUTES) else len(taken) + len(record.skipped)


def media_events(route: str, body: bytes) -> int:
    """
    How many media events can be told in a body nothing is known of: on media routes all items of `events`.

    0 also where it cannot be read.
    """
    try:
        events, _ = _batch(route, body)
        if route.startswith(_MEDIA_ROUTES):
            return len(events)
        return sum(is_media(_TYPE.decode(item.xdm).event_type) for item in events if bytes(item.xdm)[:1] == b"{")
    except (ValueError, RecursionError):
        return 0


def decode_event(xdm: bytes, shared_xdm: bytes, received_ms: int) -> Event:
    """
    One event from its archived `xdm`.

    Args:
        xdm: The event's `xdm` as received, JSON.
        shared_xdm: The request-level `xdm` as received, JSON; empty when absent.
        received_ms: Its arrival, Unix ms.

    Raises:
        WireError: It is no media event.
    """
    return read_event(xdm, shared_xdm, received_ms).event


def read_event(xdm: bytes, shared_xdm: bytes, received_ms: int) -> Reading:
    """As `decode_event`, with the names it carries."""
    reading = _read(xdm, shared_xdm, received_ms)
    if reading is None:
        raise WireError("xdm is no media event")
    return reading


def _batch(route: str, body: bytes) -> tuple[list[_Item], Raw]:
    """The events, those without an `xdm` too, and the request's `xdm`."""
    if not route.startswith("v2/"):
        try:
            batch = _BATCH.decode(body)
        except ValueError:
            pass
        else:
            return batch.events, batch.xdm
    try:
        loose = _LOOSE_BATCH.decode(body)
    except ValueError:
        return [], _ABSENT
    if route.startswith("v2/") and bytes(loose.event)[:1] == b"{":
        return [_item(loose.event)], loose.xdm
    try:
        items = _RAWS.decode(loose.events)
    except ValueError:
        return [], _ABSENT
    return [_item(item) for item in items], loose.xdm


def _item(item: Raw) -> _Item:
    try:
        return _ITEM.decode(item)
    except ValueError:
        return _Item()


def _read(xdm: bytes, shared: bytes, received_ms: int) -> Reading | None:
    """The event of an `xdm`; None when it is no media event."""
    try:
        plain = _PLAIN.decode(xdm)
        kind = _PLAIN_CLASS[plain.event_type]
    except (ValueError, KeyError):
        return _read_slowly(xdm, shared, received_ms)
    at_ms = None if plain.timestamp is None else read_timestamp(plain.timestamp, received_ms)
    collection = plain.collection
    sent = collection.quality
    quality = None
    if sent is not None and (
        sent.bitrate is not None
        or sent.dropped_frames is not None
        or sent.frames_per_second is not None
        or sent.time_to_start is not None
    ):
        quality = Quality(sent.bitrate, sent.dropped_frames, sent.frames_per_second, sent.time_to_start)
    event = kind(at_ms, int(collection.playhead), quality)
    return Reading(event, collection.session_id.lower(), plain.client_id or None)


_NO_QUALITY = Quality()


class _Source(NamedTuple):
    """Where a rich event is read from: its mediaCollection, the xdm around it, the request's xdm."""

    collection: Mapping[str, Any]
    xdm: Mapping[str, Any]
    shared: Mapping[str, Any]


def _read_slowly(xdm_json: bytes, shared_json: bytes, received_ms: int) -> Reading | None:
    try:
        xdm = values.load_object(xdm_json)
        shared = values.load_object(shared_json) if shared_json else {}
    except ValueError:
        if not shared_json:
            return None
        return _read_slowly(xdm_json, b"", received_ms)  # a request's xdm may be of any type
    event_type = xdm.get("eventType")
    action = action_of_event_type(event_type) if isinstance(event_type, str) else None
    if action is None:
        return None
    client_id = xdm.get("_id")
    client_id = client_id if isinstance(client_id, str) and client_id else None
    if action == DOWNLOADED:
        download = _download(xdm, shared, received_ms)
        return None if download is None else Reading(download, "", client_id)
    collection = _object(xdm.get("mediaCollection"))
    session_id = session_id_of(collection)
    session_id = session_id.lower() if isinstance(session_id, str) and action != START else ""
    event = _build(action, xdm.get("timestamp"), _Source(collection, xdm, shared), received_ms)
    return Reading(event, session_id, client_id)


def _download(xdm: Mapping[str, Any], shared: Mapping[str, Any], received_ms: int) -> Event | None:
    """The offline session; None when it does not begin with a start."""
    events: list[Event] = []
    for item in _objects(xdm.get("mediaDownloadedEvents")):
        event_type = item.get("mediaEventType")
        action = action_of_event_type(event_type) if isinstance(event_type, str) else None
        if action is None or action == DOWNLOADED or (action == START) != (not events):
            continue  # a session has one start, and it is the first
        source = _Source(_object(item.get("mediaCollection")), xdm, shared)
        events.append(_build(action, item.get("mediaEventTimestamp"), source, received_ms))
    return Downloaded(events=tuple(events)) if events else None


def _build(action: str, timestamp: object, source: _Source, received_ms: int) -> Event:
    collection = source.collection
    at_ms = read_timestamp(timestamp, received_ms) if isinstance(timestamp, str) else None
    playhead_s = values.read_whole(collection.get("playhead"))
    quality = _quality(_object(collection.get("qoeDataDetails")))
    kind = _CLASS_OF[action]
    extra = _EXTRAS.get(kind)
    if extra is None:
        return kind(at_ms, playhead_s, quality)
    return kind(at_ms, playhead_s, quality, **extra(source))


def _quality(details: Mapping[str, Any]) -> Quality | None:
    def number(name: str) -> float | None:
        value = values.read_number(details.get(name))
        return None if value is None else float(value)

    quality = Quality(number("bitrate"), number("droppedFrames"), number("framesPerSecond"), number("timeToStart"))
    return None if quality == _NO_QUALITY else quality


_ECHOED = (
    *("friendlyName", "playerName", "channel", "appVersion", "show", "season", "episode", "assetID", "genre"),
    *("firstAirDate", "firstDigitalDate", "rating", "originator", "network", "showType", "adLoad", "mvpd"),
    *("authorized", "dayPart", "feed", "streamFormat", "artist", "album", "label", "author", "station"),
    *("publisher", "cdn"),
)
"""Client-supplied strings of metrics.md 2.1; everything else a client puts there is computed or unknown."""


def _session(source: _Source) -> dict[str, Any]:
    details = _object(source.collection.get("sessionDetails"))
    stream_type = details.get("streamType")
    stream_type = stream_type.lower() if isinstance(stream_type, str) else None
    return {
        "name": values.read_text(details.get("name")) or "",
        "length_s": values.read_number(details.get("length")) or 0,
        "content_type": values.read_text(details.get("contentType")) or "",
        "echo": _texts(details, _ECHOED),
        "stream_type": stream_type if stream_type in {"audio", "video"} else None,
        "has_resume": values.read_boolean(details.get("hasResume")),
        "is_downloaded": values.read_boolean(details.get("isDownloaded")),
        "metadata": _metadata(source),
        "identity_map": merged_identities(identity_map_of(source.shared), identity_map_of(source.xdm)),
        "implementation_details": _either(source, "implementationDetails"),
        "environment": _either(source, "environment"),
    }


def _ad_break(source: _Source) -> dict[str, Any]:
    details = _object(source.collection.get("advertisingPodDetails"))
    return {
        "index": values.read_whole(details.get("index")) or 0,
        "offset_s": values.read_whole(details.get("offset")) or 0,
        "friendly_name": values.read_text(details.get("friendlyName")),
    }


def _ad(source: _Source) -> dict[str, Any]:
    details = _object(source.collection.get("advertisingDetails"))
    texts = _texts(details, ("name", "playerName", *AD_TEXTS))
    return {"details": {**texts, **_wholes(details, "length", "podPosition")}, "metadata": _metadata(source)}


def _chapter(source: _Source) -> dict[str, Any]:
    details = _object(source.collection.get("chapterDetails"))
    echo = {**_wholes(details, "index", "length", "offset"), **_texts(details, ("friendlyName",))}
    return {"details": echo, "metadata": _metadata(source)}


def _error(source: _Source) -> dict[str, Any]:
    details = _object(source.collection.get("errorDetails"))
    return {
        "name": values.read_text(details.get("name")) or "",
        "source": "external" if details.get("source") == "external" else "player",
    }


def _states(source: _Source) -> dict[str, Any]:
    def names(member: str) -> tuple[str, ...]:
        states = (state.get("name") for state in _objects(source.collection.get(member)))
        return tuple(name for name in states if isinstance(name, str) and name)

    return {"started": names("statesStart"), "ended": names("statesEnd")}


_EXTRAS: Mapping[type[Event], Callable[[_Source], dict[str, Any]]] = {
    SessionStart: _session,
    AdBreakStart: _ad_break,
    AdStart: _ad,
    ChapterStart: _chapter,
    PlaybackError: _error,
    StatesUpdate: _states,
}
"""What each event reads beside the common members."""


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _texts(details: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    found = ((name, values.read_text(details.get(name))) for name in names)
    return {name: text for name, text in found if text is not None}


def _wholes(details: Mapping[str, Any], *names: str) -> dict[str, int]:
    found = ((name, values.read_whole(details.get(name))) for name in names)
    return {name: number for name, number in found if number is not None}


def _either(source: _Source, name: str) -> Mapping[str, Any] | None:
    """A member of the event's xdm, else of the request's."""
    for xdm in (source.xdm, source.shared):
        if isinstance(xdm.get(name), dict):
            tamed: dict[str, Any] = values.tame(xdm[name])
            return tamed
    return None


def _metadata(source: _Source) -> tuple[tuple[str, str], ...]:
    sent = source.collection.get("customMetadata")
    if sent is None:
        sent = source.xdm.get("customMetadata")  # C21
    pairs = ((pair.get("name"), values.read_text(pair.get("value"))) for pair in _objects(sent))
    return tuple((name, text) for name, text in pairs if isinstance(name, str) and name and text is not None)


def identity_map_of(xdm: Mapping[str, Any]) -> Mapping[str, Any]:
    """The `identityMap` member of an object, its name in any case (protocol.md 5.3); empty when there is none."""
    found = _object(xdm.get("identityMap"))
    return found or next((_object(xdm[key]) for key in xdm if key.lower() == "identitymap" and _object(xdm[key])), {})


def merged_identities(*maps: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """
    Several identity maps as one, earlier ones first.

    Of an identity stay `id` (as text), `authenticatedState` and `primary`, where they are of the right type; a
    namespace keeps the first of two identities of one id. Empty namespaces and identities without an id are dropped.
    """
    merged: dict[str, list[dict[str, Any]]] = {}
    for identity_map in maps:
        for namespace, identities in identity_map.items():
            for identity in _objects(identities):
                text = values.read_text(identity.get("id"))
                if not text or any(known["id"] == text for known in merged.get(namespace, ())):
                    continue
                entry: dict[str, Any] = {"id": text}
                if isinstance(identity.get("authenticatedState"), str):
                    entry["authenticatedState"] = identity["authenticatedState"]
                if isinstance(identity.get("primary"), bool):
                    entry["primary"] = identity["primary"]
                merged.setdefault(namespace, []).append(entry)
    return merged
