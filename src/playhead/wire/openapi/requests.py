"""
Schemas of requests, from the table of operations.

Law: what these schemas allow is accepted, save that a session must exist. The collector takes more than they say, for
the sake of clients in the field: other letter case, nulls, `meta` and identities of any shape.
"""

from collections.abc import Mapping
from typing import Any

from playhead.base.limits import EVENTS_PER_REQUEST_MAX, STRING_BYTES_MAX
from playhead.wire.openapi import members
from playhead.wire.operations import (
    DOWNLOADED,
    EVENT_TYPE_PREFIX,
    OPERATIONS,
    QUALITY_MEMBERS,
    START,
    STATE_NAME_PATTERN,
    Kind,
    Member,
    Operation,
)
from playhead.wire.rules import SESSION_ID_LENGTH

Schema = dict[str, Any]

TIMESTAMP_PATTERN = r"^[12]\d{3}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:?\d{2})$"
SESSION_ID_PATTERN = f"^[0-9A-Fa-f]{{{SESSION_ID_LENGTH}}}$"
TCF_PATTERN = r"^(?:[A-Za-z0-9_-]{4}){7,}(?:[A-Za-z0-9_-]{2,3})?(?:\..*)?$"
"""A core segment long enough to hold the purposes, and any others."""

_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": STRING_BYTES_MAX}
_TEXT: Schema = {"type": ["string", "number", "boolean"], "maxLength": STRING_BYTES_MAX}
_NUMBER: Schema = {"type": "number", "minimum": 0}
_TIMESTAMP: Schema = {"type": "string", "format": "date-time", "pattern": TIMESTAMP_PATTERN}
_OF_KIND: Mapping[Kind, Schema] = {
    Kind.NAME: _NAME,
    Kind.TEXT: _TEXT,
    Kind.NUMBER: _NUMBER,
    Kind.BOOLEAN: {"enum": [True, False, "true", "false"]},
    Kind.STREAM_TYPE: {"enum": ["audio", "video"]},
    Kind.ERROR_SOURCE: {"enum": ["player", "external"]},
}


def reference(name: str) -> Schema:
    """A reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def title(name: str) -> str:
    """A name with its first letter in upper case: how schemas are named."""
    return name[:1].upper() + name[1:]


def nullable(schema: Schema) -> Schema:
    """The same, or null, which counts as absent."""
    kind = schema.get("type")
    if kind is None:
        return (
            {**schema, "enum": [*schema["enum"], None]} if "enum" in schema else {"anyOf": [schema, {"type": "null"}]}
        )
    return {**schema, "type": [*(kind if isinstance(kind, list) else [kind]), "null"]}


def request_schemas() -> dict[str, Schema]:
    """All schemas of requests by name."""
    schemas: dict[str, Schema] = {
        title(operation.details): _details(operation) for operation in OPERATIONS.values() if operation.details
    }
    schemas |= _shared()
    schemas |= {f"{title(action)}Xdm": _xdm(operation) for action, operation in OPERATIONS.items()}
    schemas |= {f"{title(action)}Request": _request(action) for action in OPERATIONS}
    schemas |= _gateway()
    return schemas


def _object(properties: Schema, required: list[str] | None = None, **more: Any) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    return {**schema, **more}


def _details(operation: Operation) -> Schema:
    assert operation.details is not None, "only operations with details have a schema for them"
    meanings = members.DETAILS[operation.details]
    return _object(
        {member.name: _member(member, meanings[member.name]) for member in operation.members},
        [member.name for member in operation.members if member.required],
    )


def _member(member: Member, meaning: str) -> Schema:
    schema = _OF_KIND[member.kind]
    return {**(schema if member.required else nullable(schema)), "description": meaning}


def _shared() -> dict[str, Schema]:
    """Shapes that many requests have."""
    quality = {name: {**nullable(_NUMBER), "description": members.QUALITY[name]} for name in QUALITY_MEMBERS}
    pair = _object({"name": _NAME, "value": _TEXT}, ["name", "value"])
    identity = _object(
        {
            "id": {"type": "string"},
            "authenticatedState": {"enum": ["ambiguous", "authenticated", "loggedOut"], "default": "ambiguous"},
            "primary": {"type": "boolean"},
        },
        ["id"],
    )
    details = {"name": {"type": "string"}, "version": {"type": "string"}, "environment": _ENVIRONMENT}
    return {
        "QoeDataDetails": _object(quality),
        "CustomMetadata": {"type": "array", "items": pair},
        "PlayerState": _object({"name": {"type": "string", "pattern": STATE_NAME_PATTERN}}, ["name"]),
        "IdentityMap": {
            "type": "object",
            "description": members.COMMON["identityMap"],
            "additionalProperties": {"type": "array", "items": identity},
        },
        "ImplementationDetails": _object(details, description=members.COMMON["implementationDetails"]),
        "SharedXdm": _object(
            {"identityMap": reference("IdentityMap"), "implementationDetails": reference("ImplementationDetails")},
            description="What holds for all events of the request. An event's own members come first, save identities.",
        ),
        "Meta": _meta(),
        "Query": _query(),
    }


_ENVIRONMENT: Schema = {"enum": ["browser", "app", "device", "server", "iot"]}


def _meta() -> Schema:
    entry = _object({"key": {"type": "string"}, "value": {"type": "string"}}, ["key", "value"])
    streaming = _object(
        {
            "enabled": {"type": "boolean"},
            "recordSeparator": {"type": "string", "examples": ["\u0000"]},
            "lineFeed": {"type": "string", "examples": ["\n"]},
        },
        description="With `enabled` true and both texts given, a body of 200 or 207 stands between them.",
    )
    return _object(
        {
            "queueTimeMillis": {"type": "integer", "minimum": 0, "description": "Time from the event to its sending."},
            "state": _object(
                {"entries": {"type": "array", "items": entry}},
                description="What earlier answers handed out as `state:store`.",
            ),
            "konductorConfig": _object({"streaming": streaming}),
        },
        description="Facts about the sending.",
    )


def _query() -> Schema:
    fetch = {"type": "array", "items": {"type": "string"}, "description": "`ECID` asks for the visitor's id."}
    return _object({"identity": _object({"fetch": fetch})})


def _collection(operation: Operation, *, with_session: bool) -> Schema:
    """The `mediaCollection` of an event, online or inside a download."""
    required = ["playhead"]
    properties: Schema = {}
    if operation.details is not None:
        required.insert(0, operation.details)
        properties[operation.details] = reference(title(operation.details))
    if operation.forbidden is not None:
        properties[operation.forbidden] = {"type": "null", "description": "Not allowed here."}
    properties["playhead"] = {**_NUMBER, "description": members.COMMON["playhead"]}
    if with_session:
        required.append("sessionID")
        session = {"type": "string", "pattern": SESSION_ID_PATTERN}
        properties["sessionID"] = {**session, "description": members.COMMON["sessionID"]}
    quality = reference("QoeDataDetails")
    if operation.quality_required:
        required.append("qoeDataDetails")
    else:
        quality = nullable(quality)
    properties["qoeDataDetails"] = {**quality, "description": members.COMMON["qoeDataDetails"]}
    if operation.states:
        states = {"type": ["array", "null"], "items": reference("PlayerState")}
        properties |= {"statesStart": states, "statesEnd": states}
    metadata = nullable(reference("CustomMetadata"))
    properties["customMetadata"] = {**metadata, "description": members.COMMON["customMetadata"]}
    schema = _object(properties, required)
    if operation.states:
        one = {"type": "array", "minItems": 1}
        schema["anyOf"] = [{"properties": {name: one}, "required": [name]} for name in ("statesStart", "statesEnd")]
    return schema


def event_types(action: str) -> list[str]:
    """The event types of an action: the canonical one, and the alias where there is one (protocol.md C7)."""
    aliases = {"adSkip": ["media.adBreakSkip"]}
    return [EVENT_TYPE_PREFIX + action, *aliases.get(action, [])]


def _xdm(operation: Operation) -> Schema:
    properties: Schema = {
        "eventType": {"enum": event_types(operation.action), "description": members.COMMON["eventType"]},
        "_id": {"type": "string", "maxLength": STRING_BYTES_MAX, "description": members.COMMON["_id"]},
    }
    required = ["eventType"]
    if operation.action == DOWNLOADED:
        required.append("mediaDownloadedEvents")
        properties["mediaDownloadedEvents"] = _downloads()
    else:
        starts = operation.action == START
        timestamp = nullable(_TIMESTAMP) if starts else _TIMESTAMP
        required += ["mediaCollection"] if starts else ["timestamp", "mediaCollection"]
        more = " Without one, its arrival." if starts else ""
        properties["timestamp"] = {**timestamp, "description": members.COMMON["timestamp"] + more}
        properties["mediaCollection"] = _collection(operation, with_session=not starts)
        elsewhere = {"deprecated": True, "description": "Read where `mediaCollection` has none."}
        properties["customMetadata"] = {**nullable(reference("CustomMetadata")), **elsewhere}
    properties["identityMap"] = reference("IdentityMap")
    properties["implementationDetails"] = reference("ImplementationDetails")
    return _object(properties, required)


def _downloads() -> Schema:
    inner = [operation for action, operation in OPERATIONS.items() if action != DOWNLOADED]
    (start,) = [operation for operation in inner if operation.action == START]
    return {
        "type": "array",
        "minItems": 1,
        "description": "The session from its start on, in order. Without `media.sessionComplete` it ends with its last event.",
        "prefixItems": [_download(start)],
        "items": {"oneOf": [_download(operation) for operation in inner if operation is not start]},
    }


def _download(operation: Operation) -> Schema:
    return _object(
        {
            "mediaEventType": {"enum": event_types(operation.action)},
            "mediaEventTimestamp": _TIMESTAMP,
            "mediaCollection": _collection(operation, with_session=False),
        },
        ["mediaEventType", "mediaEventTimestamp", "mediaCollection"],
    )


def _envelope(properties: Schema, required: list[str]) -> Schema:
    around = {"xdm": reference("SharedXdm"), "query": reference("Query"), "meta": reference("Meta")}
    return _object({**properties, **around}, required)


def _request(action: str) -> Schema:
    event = _object({"xdm": reference(f"{title(action)}Xdm"), "query": reference("Query")}, ["xdm"])
    return _envelope({"events": _events(event)}, ["events"])


def _events(event: Schema) -> Schema:
    return {"type": "array", "minItems": 1, "maxItems": EVENTS_PER_REQUEST_MAX, "items": event}


def _gateway() -> dict[str, Schema]:
    """Bodies of the gateway's routes."""
    other = _object(
        {"eventType": {"type": "string", "not": {"pattern": r"^[Mm][Ee][Dd][Ii][Aa]\."}}},
        description="Any other event: accepted and let go.",
    )
    xdm = {"anyOf": [*(reference(f"{title(action)}Xdm") for action in OPERATIONS), other]}
    event = _object({"xdm": xdm, "query": reference("Query")})
    return {
        "GatewayEvent": event,
        "EventsRequest": _envelope({"events": _events(reference("GatewayEvent"))}, ["events"]),
        "EventRequest": _envelope({"event": reference("GatewayEvent")}, ["event"]),
        "IdentityRequest": _envelope({}, []),
        "ConsentRequest": _consent(),
    }


def _consent() -> Schema:
    def statement(standard: str, versions: list[str], value: Schema, **more: Schema) -> Schema:
        properties = {"standard": {"const": standard}, "version": {"enum": versions}, "value": value, **more}
        return _object(properties, ["standard", "version", "value"])

    words = _object({"general": {"enum": ["in", "out"]}}, ["general"])
    letters = _object({"collect": _object({"val": {"enum": ["y", "n"]}}, ["val"])}, ["collect"])
    tcf = {"type": "string", "pattern": TCF_PATTERN}
    statements = [
        statement("Adobe", ["1.0"], words),
        statement("Adobe", ["2.0"], letters),
        statement("IAB TCF", ["2.0"], tcf, gdprApplies={"type": "boolean"}),
    ]
    consent = {"type": "array", "minItems": 1, "items": {"oneOf": statements}}
    return _envelope({"consent": consent, "identityMap": reference("IdentityMap")}, ["consent"])
