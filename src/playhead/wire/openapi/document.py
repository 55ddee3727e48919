"""
The OpenAPI 3.1 document of the collector: every path, what may be sent there and what is answered.

Law: nothing here is said twice. Operations, limits, refusals and examples come from the tables the collector itself is
made of; what a request means is told in our own words.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from playhead.base import limits
from playhead.wire.openapi import answers, examples, members
from playhead.wire.openapi.requests import Schema, reference, request_schemas, title
from playhead.wire.operations import DOWNLOADED, OPERATIONS, START

BASES = ("ee", "ee-pre-prd")
HINT_PATTERN = "^([a-z]{2,5}[0-9]{1,3}|t[0-9]{1,31})$"
MEDIA_TYPES = ("application/json", "text/plain", "text/javascript")


class Call(NamedTuple):
    """
    A POST route.

    Attributes:
        route: Below base path and hint.
        name: Of the operation; unique.
        tag: Group of the operation.
        told: Summary and what it does.
        request: Name of the schema of its body.
        example: A body.
        datastream: Name of the parameter that tells the datastream.
        responses: Status -> name of the response; those that all calls have are left out.
    """

    route: str
    name: str
    tag: str
    told: tuple[str, str]
    request: str
    example: Any
    datastream: str
    responses: Mapping[str, str]


def collector_document(version: str, bases: Sequence[str] = BASES) -> dict[str, Any]:
    """
    The document as JSON values.

    Args:
        version: Of this server.
        bases: Base paths served; each may have several segments.
    """
    paths: Schema = {}
    for call in calls():
        for path, hinted in ((f"/{{base}}/{call.route}", False), (f"/{{base}}/{{hint}}/{call.route}", True)):
            paths[path] = _path_item(call, bases, hinted=hinted)
    paths["/healthz"] = _health()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Playhead collector",
            "version": version,
            "summary": "Where players, apps and pages send what is being watched.",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": {**request_schemas(), **answers.answer_schemas()},
            "requestBodies": {title(call.name): _request_body(call) for call in calls()},
            "responses": answers.response_components(),
            "headers": answers.header_components(),
            "parameters": _parameters(),
        },
        "security": [],
    }


_TAGS = {
    "Sessions": "Calls that make a session; they need a datastream and are answered with the session's id.",
    "Events": "Calls of a running session. A request with several events is taken whole or not at all.",
    "Gateway": "Calls of web and mobile libraries that are about more than media.",
    "Health": "For load balancers.",
}

_DESCRIPTION = f"""\
Send a start, keep the `sessionId` of the answer, and send it with everything that follows. An event is acknowledged when it
is on disk.

Repeated and trailing slashes in a path do not matter, nor does the letter case of the last word of a media path. Methods
other than POST and OPTIONS are answered with 405 and an `Allow` header. Members that are not listed are ignored.

More is accepted than the schemas say: `eventType` in any letter case, `null` for any member that is not required, a
`timestamp` that begins with the letters `YYYY` for the current year, `sessionId` where `sessionID` is absent.
What is said of `meta`, `query` and identities is never a reason to refuse a request.

A body may have {limits.BODY_BYTES_MAX // 1024} KiB (of `downloaded`: {limits.BODY_BYTES_DOWNLOADED_MAX // 1024} KiB), a request
{limits.EVENTS_PER_REQUEST_MAX} events, a text {limits.STRING_BYTES_MAX} bytes in UTF-8; the operator may have set other limits."""


def calls() -> Iterator[Call]:
    """Every POST route, media operations first."""
    for action in OPERATIONS:
        yield _start_call(action) if action in {START, DOWNLOADED} else _event_call(action)
    yield from _gateway_calls()


def _start_call(action: str) -> Call:
    responses = {"200": "Started", "207": "PartlyAnswered", "400": "BadStart", "404": "NoRoute", "422": "Disabled"}
    return _media_call(action, "Sessions", "configId", responses)


def _event_call(action: str) -> Call:
    responses = {"200": "TakenEmpty", "204": "Taken", "400": "BadEvent", "404": "SessionNotFound"}
    return _media_call(action, "Events", "eventConfigId", responses)


def _media_call(action: str, tag: str, datastream: str, responses: Mapping[str, str]) -> Call:
    told, example = members.ACTIONS[action], examples.media_request(action)
    return Call(f"va/v1/{action}", action, tag, told, f"{title(action)}Request", example, datastream, responses)


def _gateway_calls() -> Iterator[Call]:
    refused = {"400": "BadEvents", "404": "NoRoute", "422": "Disabled"}
    interact = {"200": "Answered", "207": "PartlyAnswered", **refused}
    collect = {"204": "Taken", **refused}
    acquire = {**refused, "200": "Identified", "400": "BadQuestion"}
    consent = {**refused, "200": "Consented", "400": "BadConsent", "422": "ConsentEmpty"}
    for name, route, told, request, responses in (
        ("interactV1", "v1/interact", _INTERACT, "EventsRequest", interact),
        ("interactV2", "v2/interact", _INTERACT, "EventRequest", interact),
        ("collectV1", "v1/collect", _COLLECT, "EventsRequest", collect),
        ("collectV2", "v2/collect", _COLLECT, "EventRequest", {"202": "Collected", **collect}),
        ("acquireIdentity", "v1/identity/acquire", _ACQUIRE, "IdentityRequest", acquire),
        ("setConsent", "v1/privacy/set-consent", _CONSENT, "ConsentRequest", consent),
    ):
        datastream = "datastreamId" if route.startswith("v2/") else "configId"
        example = examples.GATEWAY_REQUESTS[request]
        yield Call(route, name, "Gateway", told, request, example, datastream, responses)


_INTERACT = (
    "Send events and learn what came of them",
    "Media events are handled as on their own routes, each by itself; all others are accepted and let go.",
)
_COLLECT = (
    "Send events without waiting for news",
    "As `interact`, but the answer does not tell which events were refused.",
)
_ACQUIRE = ("Ask who the visitor is", "Answers the id that the request carries, or gives a new one.")
_CONSENT = (
    "Tell what the visitor agreed to",
    "Of several statements one refusal wins. Libraries look at the state that is handed out.",
)


def _response(name: str) -> Schema:
    return {"$ref": f"#/components/responses/{name}"}


def _path_item(call: Call, bases: Sequence[str], *, hinted: bool) -> Schema:
    around = [_base(bases)]
    if hinted:
        around.append({"$ref": "#/components/parameters/hint"})
    suffix = "AtLocation" if hinted else ""
    return {"parameters": around, "post": _post(call, suffix), "options": _options(call, suffix)}


def _base(bases: Sequence[str]) -> Schema:
    return {
        "name": "base",
        "in": "path",
        "required": True,
        "description": "Base path. The operator may have configured others, also of several segments.",
        "schema": {"enum": list(bases)},
    }


_ALWAYS = {"413": "TooLarge", "415": "ContentType", "500": "Unexpected", "503": "Unavailable"}
"""What every POST may be answered."""


def _post(call: Call, suffix: str) -> Schema:
    summary, description = call.told
    named = [call.datastream, "requestId", *(["silent"] if call.name == "collectV2" else []), "origin"]
    return {
        "operationId": call.name + suffix,
        "tags": [call.tag],
        "summary": summary,
        "description": description,
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in named],
        "requestBody": {"$ref": f"#/components/requestBodies/{title(call.name)}"},
        "responses": {status: _response(name) for status, name in sorted({**call.responses, **_ALWAYS}.items())},
    }


def _request_body(call: Call) -> Schema:
    schema = {"schema": reference(call.request)}
    content = {kind: {**schema, "example": call.example} if kind == MEDIA_TYPES[0] else schema for kind in MEDIA_TYPES}
    return {"required": True, "content": content}


def _options(call: Call, suffix: str) -> Schema:
    return {
        "operationId": f"{call.name}{suffix}Preflight",
        "tags": [call.tag],
        "summary": "Cross-origin preflight",
        "description": "Asked by browsers before a page sends JSON from another origin. Names no datastream.",
        "parameters": [
            {"$ref": "#/components/parameters/origin"},
            {"$ref": "#/components/parameters/requestedHeaders"},
        ],
        "responses": {"204": _response("Preflight"), "404": _response("NoRoute"), "503": _response("Unavailable")},
    }


def _health() -> Schema:
    return {
        "get": {
            "operationId": "health",
            "tags": ["Health"],
            "summary": "Whether requests are taken",
            "description": "Answers also to HEAD.",
            "responses": {
                "200": _response("Health"),
                "503": _response("Unavailable"),
            },
        }
    }


def _parameters() -> dict[str, Schema]:
    def query(name: str, description: str, schema: Schema, *, required: bool = False) -> Schema:
        return {"name": name, "in": "query", "required": required, "description": description, "schema": schema}

    datastream: Schema = {"type": "string", "minLength": 1, "maxLength": limits.DATASTREAM_ID_CHARS_MAX}
    id_of = "Id of the datastream; a suffix such as `:dev` is ignored."
    text: Schema = {"type": "string"}
    return {
        "hint": {
            "name": "hint",
            "in": "path",
            "required": True,
            "description": "Location from an earlier answer. All are served here; it is echoed. The server's own is good too, whatever its form.",
            "schema": {"type": "string", "pattern": HINT_PATTERN},
        },
        "configId": query("configId", f"{id_of} `datastreamId` is read as well.", datastream, required=True),
        "datastreamId": query("datastreamId", f"{id_of} `configId` is read as well.", datastream, required=True),
        "eventConfigId": query("configId", f"{id_of} Not needed: the session tells.", text),
        "requestId": query(
            "requestId",
            "Your id of this request. Echoed in the body; the header `x-request-id` extends it. A repeated start with the "
            "same one gets the same session.",
            {"type": "string", "maxLength": limits.REQUEST_ID_CHARS_MAX},
        ),
        "silent": query("silent", "`true`: answer 204 without a body.", {"enum": ["true", "false"]}),
        "origin": {
            "name": "Origin",
            "in": "header",
            "description": "Sent by browsers. The answer names it, unless the operator listed others.",
            "schema": text,
        },
        "requestedHeaders": {
            "name": "Access-Control-Request-Headers",
            "in": "header",
            "description": "Sent by browsers.",
            "schema": text,
        },
    }
