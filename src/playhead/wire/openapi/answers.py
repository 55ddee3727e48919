"""
Schemas, headers and responses of answers, from the tables of refusals and handles.

Law: an answer of the collector is one of these. Bodies of errors have exactly the members that are named.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from playhead.wire.openapi import examples
from playhead.wire.openapi.requests import SESSION_ID_PATTERN, Schema, reference
from playhead.wire.refusals import ERROR_TYPE_PREFIX, GATEWAY, MEDIA, Refusal

JSON = "application/json"
PROBLEM = "application/problem+json"

_TEXT: Schema = {"type": "string"}
_INDEX: Schema = {"type": "integer", "minimum": 0}

HEADERS: Mapping[str, Schema] = {
    "X-Request-ID": {"description": "The `requestId` that was sent, `-` and 16 hex digits; a UUID when none was sent.", "schema": _TEXT},
    "X-Rate-Limit-Remaining": {"description": "Requests that are still welcome; constant, as there is no limit.", "schema": {"type": "integer"}},
    "X-Konductor": {"description": "Version and build of the server.", "schema": _TEXT},
    "X-Adobe-Edge": {"description": "Location in upper case, `;` and the number of its region.", "schema": {"type": "string", "pattern": "^[^;]+;[0-9]+$"}},
    "Vary": {"description": "`Origin`: cross-origin headers depend on it.", "schema": _TEXT},
    "Cache-Control": {"description": "Answers are never stored or changed on their way.", "schema": _TEXT},
    "Strict-Transport-Security": {"description": "Use https from now on.", "schema": _TEXT},
    "X-Content-Type-Options": {"description": "`nosniff`.", "schema": _TEXT},
    "X-XSS-Protection": {"description": "`1; mode=block`.", "schema": _TEXT},
}  # fmt: skip
"""On every answer."""

CROSS_ORIGIN: Mapping[str, Schema] = {
    "Access-Control-Allow-Origin": {"description": "The `Origin` of the request, where it has one that may read answers.", "schema": _TEXT},
    "Access-Control-Allow-Credentials": {"description": "`true`, with the one above.", "schema": _TEXT},
    "Access-Control-Expose-Headers": {"description": "Headers a page may read, with the one above.", "schema": _TEXT},
}  # fmt: skip

PREFLIGHT: Mapping[str, Schema] = {
    "Access-Control-Allow-Methods": {"description": "`POST, OPTIONS`.", "schema": _TEXT},
    "Access-Control-Allow-Headers": {"description": "The headers that were asked for.", "schema": _TEXT},
    "Access-Control-Max-Age": {"description": "Seconds for which this holds.", "schema": {"type": "integer"}},
}

RETRY_AFTER: Schema = {
    "description": "Seconds to wait before the next try.",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
}


def header_components() -> dict[str, Schema]:
    """All headers by name."""
    always = {name: {**header, "required": True} for name, header in HEADERS.items()}
    return {**always, **CROSS_ORIGIN, **PREFLIGHT, "Retry-After": dict(RETRY_AFTER)}


def schema_name(refusal: Refusal) -> str:
    """The name of the schema of a refusal's body."""
    return "".join(word.title() for word in refusal.name.split("_"))


def answer_schemas() -> dict[str, Schema]:
    """All schemas of answers by name."""
    return {
        **_handles(),
        **_bodies(),
        **{schema_name(refusal): _gateway_problem(refusal) for refusal in GATEWAY},
        **_media(),
    }


def _closed(properties: Mapping[str, Schema], **more: Any) -> Schema:
    """An object with exactly these members."""
    names = list(properties)
    return {"type": "object", "required": names, "additionalProperties": False, "properties": dict(properties), **more}


def _handle(kind: str, payload: Schema, description: str, **more: Schema) -> Schema:
    items = {"type": "array", "minItems": 1, "items": payload}
    return _closed({"type": {"const": kind}, "payload": items, **more}, description=description)


def _handles() -> dict[str, Schema]:
    namespace = _closed({"code": {"const": "ECID"}})
    hint = _closed({"scope": _TEXT, "hint": _TEXT, "ttlSeconds": _INDEX})
    entry = {
        "type": "object",
        "required": ["key", "value", "maxAge"],
        "additionalProperties": False,
        "properties": {
            "key": {"type": "string", "pattern": "^kndctr_.*_(cluster|identity|consent)$"},
            "value": _TEXT,
            "maxAge": {"type": "integer"},
            "attrs": _closed({"SameSite": {"const": "None"}}),
        },
    }
    session = _closed({"sessionId": {"type": "string", "pattern": SESSION_ID_PATTERN}})
    return {
        "NewSession": _handle("media-analytics:new-session", session, "The session that `events[eventIndex]` started.", eventIndex=_INDEX),
        "IdentityResult": _handle("identity:result", _closed({"id": _TEXT, "namespace": namespace}), "The visitor, where it was asked for."),
        "ConsentPreferences": _handle("consent:preferences", _closed({"collect": _closed({"val": {"enum": ["y", "n"]}})}), "The consent as it is now."),
        "LocationHint": _handle("locationHint:result", hint, "Where to send the next request: between base path and route."),
        "StateStore": _handle("state:store", entry, "What to keep and to send back as `meta.state.entries`, or as cookies."),
        "Handle": {"oneOf": [reference(name) for name in _HANDLES]},
    }  # fmt: skip


_HANDLES = ("NewSession", "IdentityResult", "ConsentPreferences", "LocationHint", "StateStore")


def _bodies() -> dict[str, Schema]:
    handles = {"type": "array", "items": reference("Handle")}
    request_id = {"type": "string", "description": "The one that was sent, else a UUID."}
    errors = {"type": "array", "minItems": 1, "items": {"oneOf": [reference("InvalidEvent"), reference("LostEvent")]}}

    def success(*contained: str) -> Schema:
        holding = [{"contains": reference(name)} for name in (*contained, "LocationHint", "StateStore")]
        return _closed({"requestId": request_id, "handle": {**handles, "allOf": holding}})

    return {
        "Started": success("NewSession"),
        "Answered": success(),
        "Identified": success("IdentityResult"),
        "Consented": success("ConsentPreferences"),
        "PartlyAnswered": _closed({"requestId": request_id, "handle": handles, "errors": errors}),
        "Collected": _closed({"requestId": request_id}),
        "Health": _closed({"status": {"const": "ok"}}),
    }


def _problem(refusal: Refusal, status: int, title: str, members: Mapping[str, Schema], report: Schema) -> Schema:
    kind = ERROR_TYPE_PREFIX + refusal.partition(":")[0]
    return _closed(
        {"type": {"const": kind}, "status": {"const": status}, "title": {"const": title}, **members, "report": report}
    )


def _gateway_problem(refusal: Refusal) -> Schema:
    problem = GATEWAY[refusal]
    return _problem(refusal, problem.status, problem.title, {"detail": _TEXT}, _closed({"requestId": _TEXT}))


def _media() -> dict[str, Schema]:
    """Bodies and items of the media family (protocol.md 4.5 A to D)."""
    fields, mismatch, lost = MEDIA[Refusal.FIELDS], MEDIA[Refusal.MISMATCH], MEDIA[Refusal.SESSION_NOT_FOUND]
    detail = {"detail": _TEXT}

    def details(prefix: str) -> Schema:
        name = {"type": "string", "pattern": prefix, "description": "JSONPath of the member."}
        reason = {"type": "string", "description": "See the reference page of refusals."}
        return {"type": "array", "minItems": 1, "items": _closed({"name": name, "reason": reason})}

    def report(explained: Schema) -> Schema:
        return _closed({"details": explained, "requestId": _TEXT})

    def item(explained: Schema) -> Schema:
        return _closed({"eventIndex": _INDEX, "details": explained})

    inside = r"^\$\.(events|xdm.*)$"
    return {
        "Fields": _problem(Refusal.FIELDS, fields.status, fields.title, detail, report(details(r"^\$\.events"))),
        "Mismatch": _problem(Refusal.MISMATCH, mismatch.status, mismatch.title, detail, report(_TEXT)),
        "SessionNotFound": _problem(Refusal.SESSION_NOT_FOUND, lost.status, lost.title, detail, report(_TEXT)),
        "InvalidEvent": _problem(Refusal.FIELDS, 400, "Invalid request", {}, item(details(inside))),
        "LostEvent": _problem(Refusal.SESSION_NOT_FOUND, lost.status, lost.title, {}, item(_TEXT)),
    }


def _with_headers(description: str, more: Iterable[str] = (), **content: Schema) -> Schema:
    names = [*HEADERS, *CROSS_ORIGIN, *more]
    return {
        "description": description,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        **content,
    }


def response(description: str, schema: str | None = None, example: Any = None, media_type: str = JSON) -> Schema:
    """A response with one body, or none."""
    if schema is None:
        return _with_headers(description)
    return _with_headers(description, content={media_type: {"schema": reference(schema), "example": example}})


def problem_response(description: str, refusals: Sequence[Refusal]) -> Schema:
    """A response whose body is that of one of these refusals."""
    schemas = [reference(schema_name(refusal)) for refusal in refusals]
    content: Schema = {
        "schema": schemas[0] if len(schemas) == 1 else {"oneOf": schemas},
        "examples": {schema_name(refusal): {"value": examples.refusal_body(refusal)} for refusal in refusals},
    }
    more = ["Retry-After"] if Refusal.UNAVAILABLE in refusals else []
    return _with_headers(description, more, content={PROBLEM: content})


_NAMED = (Refusal.DATASTREAM_MISSING, Refusal.DATASTREAM_UNKNOWN, Refusal.JSON_INVALID)

_LOST = (
    "The session is unknown, has timed out or is older than 24 hours: start a new one. "
    "Without a body: no such route or location hint."
)

PROBLEMS: Mapping[str, tuple[str, tuple[Refusal, ...]]] = {
    "BadStart": ("The request cannot be read, or names no datastream of ours.", (*_NAMED, Refusal.MISMATCH)),
    "BadEvent": (
        "The request cannot be read, or an event is invalid: all that is wrong is listed, and nothing was kept.",
        (Refusal.FIELDS, Refusal.MISMATCH, Refusal.JSON_INVALID),
    ),
    "BadEvents": ("The request cannot be read, or lacks something.", (*_NAMED, Refusal.VALUE_MISSING)),
    "BadQuestion": ("The request cannot be read, or names no datastream of ours.", _NAMED),
    "BadConsent": (
        "The request cannot be read, or the consent cannot.",
        (*_NAMED, Refusal.CONSENT_INVALID, Refusal.VALUE_MISSING),
    ),
    "SessionNotFound": (
        _LOST,
        (Refusal.SESSION_NOT_FOUND,),
    ),
    "TooLarge": ("More bytes, or more events, than the limit.", (Refusal.TOO_LARGE,)),
    "ContentType": ("Neither JSON nor plain text by its content type.", (Refusal.CONTENT_TYPE,)),
    "Disabled": ("The datastream is disabled, or not for media.", (Refusal.DATASTREAM_DISABLED,)),
    "ConsentEmpty": (
        "The datastream is disabled, or the consent says nothing.",
        (Refusal.DATASTREAM_DISABLED, Refusal.VALUE_EMPTY),
    ),
    "Unexpected": ("A mistake of this server. Nothing was kept.", (Refusal.UNEXPECTED,)),
    "Unavailable": ("Too busy, or about to stop. Nothing was kept.", (Refusal.UNAVAILABLE,)),
}
"""Responses of 4xx and 5xx with a body: what they say, and which refusals they stand for."""

_SUCCESSES = {
    "Started": "Kept on disk; each new session is in `handle`.",
    "Answered": "Every media event is kept on disk.",
    "Identified": "The visitor.",
    "Consented": "The consent as it is now.",
}


def response_components() -> dict[str, Schema]:
    """All responses by name."""
    partly = "Some events are refused: each has an item in `errors`. The others are kept."
    return {
        **{name: response(text, name, examples.success(name)) for name, text in _SUCCESSES.items()},
        "PartlyAnswered": response(partly, "PartlyAnswered", examples.partly_answered()),
        "Collected": response("Accepted.", "Collected", {"requestId": examples.REQUEST_ID}),
        "Taken": response("Kept on disk."),
        "TakenEmpty": response("Kept on disk. Only at `ee-pre-prd`, and not for `text/plain`, which gets 204."),
        "NoRoute": response("No such route or location hint. No body."),
        "Preflight": _with_headers("What a page of this origin may send.", PREFLIGHT),
        "Health": response("They are.", "Health", {"status": "ok"}),
        **{name: problem_response(text, refusals) for name, (text, refusals) in PROBLEMS.items()},
    }
