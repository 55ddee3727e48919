"""
Answers as bytes: bodies of success and error, framing, headers, cross-origin rules (protocol.md 4.1 to 4.5, 4.7).

Law: every answer carries the headers of 4.4; a body is compact JSON; an error body has exactly the members of 4.5.
Sentences for people are our own; types, statuses, titles and shapes are the protocol's.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from playhead.wire.handles import Handle
from playhead.wire.refusals import ERROR_TYPE_PREFIX, GATEWAY, MEDIA, Refusal

HeaderList = list[tuple[bytes, bytes]]

CONTENT_JSON = (b"content-type", b"application/json;charset=utf-8")
CONTENT_PROBLEM = (b"content-type", b"application/problem+json")
CONTENT_EMPTY = (b"content-length", b"0")
ALLOW = (b"allow", b"POST, OPTIONS")

REQUEST_SUFFIX_BYTES = 8
"""Fresh bytes of `x-request-id` when the client named its request (protocol.md C17)."""
UUID_BYTES = 16
"""Fresh bytes of a UUID."""

RATE_LIMIT_REMAINING = 599
PREFLIGHT_MAX_AGE_S = 86_400
RETRY_AFTER_S = 1

_REGIONS: Mapping[str, int] = {"or2": 9, "va6": 7, "irl1": 6, "ind1": 12, "jpn3": 11, "sgp3": 3, "aus3": 8}
"""Region number beside a cluster in `x-adobe-edge`; 0 for a place without one."""

_HEADER_SAFE = re.compile(r"[A-Za-z0-9._:~+/=-]{1,128}")
_LIST_SAFE = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,2048}")
_ENCODER = msgspec.json.Encoder()

_DETAILS: Mapping[Refusal, str] = {
    Refusal.DATASTREAM_MISSING: "The request names no datastream. Add the query parameter configId and try again.",
    Refusal.DATASTREAM_UNKNOWN: "There is no datastream '{subject}' here. Use the id of one that exists and try again.",
    Refusal.DATASTREAM_DISABLED: "Datastream '{subject}' does not take this request at present.",
    Refusal.JSON_INVALID: "The body must be a JSON object in UTF-8.",
    Refusal.CONSENT_INVALID: "The consent is of no standard and version that is known here.",
    Refusal.VALUE_MISSING: "The request lacks a required value: {subject}.",
    Refusal.VALUE_EMPTY: "The request has an empty value: {subject}.",
    Refusal.CONTENT_TYPE: "The Content-Type must be application/json, text/plain or text/javascript.",
    Refusal.TOO_LARGE: "The request is larger than this server takes.",
    Refusal.UNEXPECTED: "Something went wrong here. Nothing of the request was kept.",
    Refusal.UNAVAILABLE: "The request cannot be taken at the moment. Nothing of it was kept; try again later.",
    Refusal.FIELDS: "Some fields of the request are missing or invalid. See the report.",
    Refusal.MISMATCH: "The path and the payload name different event types.",
    Refusal.SESSION_NOT_FOUND: "There is no session with this id that takes events.",
}

SESSION_NOT_FOUND_REPORT = (
    "The session is unknown here, has timed out, or is older than 24 h. Start a new session to go on."
)


class Detail(Struct, frozen=True, gc=False):
    """One field error: `name` is the JSONPath of the field, `reason` one of `wire.refusals`."""

    name: str
    reason: str


def success_body(request_id: str, handles: Sequence[Handle], errors: Sequence[Mapping[str, Any]] = ()) -> bytes:
    """Body of a 200, or of a 207 when there are errors: compact JSON, `handle` always an array (protocol.md 4.1)."""
    body: dict[str, Any] = {"requestId": request_id, "handle": handles}
    if errors:
        body["errors"] = errors
    return _ENCODER.encode(body)


def frame(body: bytes, streaming: tuple[str, str] | None) -> bytes:
    """The body as one record between the separators the client asked for; unchanged if it asked for none."""
    if streaming is None:
        return body
    separator, line_feed = streaming
    return separator.encode("utf-8", "replace") + body + line_feed.encode("utf-8", "replace")


def field_errors_body(details: Iterable[Detail], request_id: str) -> bytes:
    """Form A: names are `$.events[n].xdm...`, in the order of protocol.md 8.2."""
    return _media_body(Refusal.FIELDS, list(details), request_id)


def mismatch_body(text: str, request_id: str) -> bytes:
    """Form B: the report is one string naming both types."""
    return _media_body(Refusal.MISMATCH, text, request_id)


def session_not_found_body(request_id: str) -> bytes:
    """Form C."""
    return _media_body(Refusal.SESSION_NOT_FOUND, SESSION_NOT_FOUND_REPORT, request_id)


def gateway_body(refusal: Refusal, request_id: str, subject: str = "") -> bytes:
    """
    Form E: exactly `type, status, title, detail, report: {requestId}`.

    Args:
        refusal: One of the gateway's family.
        request_id: As in the answer.
        subject: What the detail is about: the datastream id, the missing member.
    """
    problem = GATEWAY[refusal]
    return _ENCODER.encode(
        {
            "type": ERROR_TYPE_PREFIX + refusal,
            "status": problem.status,
            "title": problem.title,
            "detail": _DETAILS[refusal].format(subject=subject),
            "report": {"requestId": request_id},
        }
    )


def field_errors_item(event_index: int, details: Iterable[Detail]) -> dict[str, Any]:
    """Form D: one item of `errors` of a 207; names are `$.xdm...`."""
    return {
        "type": ERROR_TYPE_PREFIX + Refusal.FIELDS,
        "status": 400,
        "title": "Invalid request",
        "report": {"eventIndex": event_index, "details": list(details)},
    }


def session_not_found_item(event_index: int) -> dict[str, Any]:
    """Item of `errors` of a 207 on a gateway route for an event of a session that takes none (protocol.md 3.4)."""
    return {
        "type": ERROR_TYPE_PREFIX + Refusal.SESSION_NOT_FOUND,
        "status": 404,
        "title": "Not Found",
        "report": {"eventIndex": event_index, "details": SESSION_NOT_FOUND_REPORT},
    }


def uuid4(entropy: bytes) -> str:
    """A version 4 UUID of 16 fresh bytes."""
    text = entropy.hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[entropy[8] & 3]}{text[17:20]}-{text[20:32]}"


def request_id_header(client_id: str | None, entropy: bytes) -> bytes:
    """
    Value of `x-request-id` (protocol.md C17): the client's id, `-` and 16 hex digits, or a UUID.

    Args:
        client_id: `requestId` as sent; one with characters that a header cannot hold counts as not sent.
        entropy: 16 fresh bytes.
    """
    if client_id is not None and _HEADER_SAFE.fullmatch(client_id):
        return f"{client_id}-{entropy[:8].hex()}".encode()
    return uuid4(entropy).encode()


def common_headers(hint: str, version: str, build: str) -> HeaderList:
    """
    The headers of protocol.md 4.4 that do not depend on the request; `date` is the server's.

    Args:
        hint: Location hint of the answer.
        version: Version of this server.
        build: Eight hex digits.
    """
    return [
        (b"x-rate-limit-remaining", str(RATE_LIMIT_REMAINING).encode()),
        (b"x-konductor", f"{version}:{build}".encode()),
        (b"x-adobe-edge", f"{hint.upper()};{_REGIONS.get(hint, 0)}".encode()),
        (b"vary", b"Origin"),
        (b"cache-control", b"no-cache, no-store, max-age=0, no-transform"),
        (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-xss-protection", b"1; mode=block"),
        (b"server", b"playhead"),
    ]


def cors_headers(origin: bytes) -> HeaderList:
    """What lets a page of this origin read the answer: its origin verbatim, never `*` (protocol.md 4.7)."""
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", b"Retry-After, X-Adobe-Edge, X-Request-ID"),
    ]


def preflight_headers(requested: bytes | None) -> HeaderList:
    """What answers an OPTIONS; `requested` is `Access-Control-Request-Headers`, echoed when it is a list of names."""
    headers: HeaderList = [
        (b"access-control-allow-methods", b"POST, OPTIONS"),
        (b"access-control-max-age", str(PREFLIGHT_MAX_AGE_S).encode()),
    ]
    if requested is not None and _LIST_SAFE.fullmatch(requested):
        headers.append((b"access-control-allow-headers", requested))
    return headers


def _media_body(refusal: Refusal, details: str | list[Detail], request_id: str) -> bytes:
    problem = MEDIA[refusal]
    return _ENCODER.encode(
        {
            "type": ERROR_TYPE_PREFIX + refusal.partition(":")[0],
            "status": problem.status,
            "title": problem.title,
            "detail": _DETAILS[refusal],
            "report": {"details": details, "requestId": request_id},
        }
    )
