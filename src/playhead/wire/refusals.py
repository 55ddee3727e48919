"""
Everything a request can be refused for: a closed set of stable codes, and the reasons of field errors.

Law: a refusal is the player's fault and a value; it is answered, counted by its code and never raised. The gateway's
codes and titles are those of protocol.md 4.5 E, the media family's those of 4.5 A to D, the reasons those of 8.4.
docs/reference/refusals.md lists all of this and is held to it by a test.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Refusal(StrEnum):
    """Stable code of every refusal: what is counted, journalled (`Record.reason`) and shown."""

    DATASTREAM_MISSING = "EXEG-0002-400"
    DATASTREAM_UNKNOWN = "EXEG-0003-400"
    DATASTREAM_DISABLED = "EXEG-0004-422"
    JSON_INVALID = "EXEG-0101-400"
    CONSENT_INVALID = "EXEG-0102-400"
    VALUE_MISSING = "EXEG-0103-400"
    VALUE_EMPTY = "EXEG-0104-422"
    CONTENT_TYPE = "EXEG-0111-415"
    TOO_LARGE = "EXEG-0112-413"
    UNEXPECTED = "EXEG-0001-500"
    UNAVAILABLE = "EXEG-0000-503"
    FIELDS = "va-edge-0400-400"
    MISMATCH = "va-edge-0400-400:mismatch"
    SESSION_NOT_FOUND = "va-edge-0404-404"
    ROUTE_UNKNOWN = "route-404"
    METHOD_NOT_ALLOWED = "method-405"


class Problem(NamedTuple):
    """How a refusal is answered: HTTP status and title."""

    status: int
    title: str


ERROR_TYPE_PREFIX = "https://ns.adobe.com/aep/errors/"
"""`type` of an error body is this and the code (protocol.md 4.5)."""

GATEWAY: Mapping[Refusal, Problem] = {
    Refusal.DATASTREAM_MISSING: Problem(400, "Missing datastream parameter"),
    Refusal.DATASTREAM_UNKNOWN: Problem(400, "Invalid datastream ID"),
    Refusal.DATASTREAM_DISABLED: Problem(422, "Datastream disabled"),
    Refusal.JSON_INVALID: Problem(400, "Invalid JSON request"),
    Refusal.CONSENT_INVALID: Problem(400, "Invalid consent"),
    Refusal.VALUE_MISSING: Problem(400, "Missing required value"),
    Refusal.VALUE_EMPTY: Problem(422, "Empty value"),
    Refusal.CONTENT_TYPE: Problem(415, "Invalid request"),
    Refusal.TOO_LARGE: Problem(413, "Invalid request"),
    Refusal.UNEXPECTED: Problem(500, "Unexpected error"),
    Refusal.UNAVAILABLE: Problem(503, "Service unavailable"),
}
"""The gateway's family: answered as protocol.md 4.5 E on every route."""

MEDIA: Mapping[Refusal, Problem] = {
    Refusal.FIELDS: Problem(400, "Bad Request"),
    Refusal.MISMATCH: Problem(400, "Bad Request"),
    Refusal.SESSION_NOT_FOUND: Problem(404, "Not Found"),
}
"""The media family: answered as protocol.md 4.5 A, B and C; on starts and gateway routes as an item of D."""

BARE: Mapping[Refusal, int] = {Refusal.ROUTE_UNKNOWN: 404, Refusal.METHOD_NOT_ALLOWED: 405}
"""Answered with a status and no body (protocol.md 3.1)."""

WHEN: Mapping[Refusal, str] = {
    Refusal.DATASTREAM_MISSING: "a start, a download or a gateway call names no datastream",
    Refusal.DATASTREAM_UNKNOWN: "no datastream of that id",
    Refusal.DATASTREAM_DISABLED: "the datastream was disabled",
    Refusal.JSON_INVALID: "the body is empty, not UTF-8, not JSON, not an object, or nested more than 100 deep",
    Refusal.CONSENT_INVALID: "a consent of an unknown standard or version",
    Refusal.VALUE_MISSING: "`v1/interact` or `v1/collect` without `events`, version 2 without `event`; a consent without value",
    Refusal.VALUE_EMPTY: "a consent whose value is an empty text",
    Refusal.CONTENT_TYPE: "a content type other than JSON or plain text",
    Refusal.TOO_LARGE: "more bytes or more events than the limit",
    Refusal.UNEXPECTED: "our mistake",
    Refusal.UNAVAILABLE: "overloaded or shutting down; comes with `retry-after`",
    Refusal.FIELDS: "members are missing or wrong, all listed with their reasons; the title is `Invalid request` in a 207",
    Refusal.MISMATCH: "`eventType` is not the action of the path; the type on the wire is `va-edge-0400-400`",
    Refusal.SESSION_NOT_FOUND: "the session is unknown, closed, or older than 24 hours",
    Refusal.ROUTE_UNKNOWN: "no such route or location hint; no body",
    Refusal.METHOD_NOT_ALLOWED: "a method other than POST and OPTIONS; no body",
}
"""When each is answered, for people; words in backticks are literal."""

MISSING = "Missing required field"
"""The member is absent, `null`, or a required text that is empty."""
NEGATIVE = "Value must be greater than or equal to 0"
NOT_ALLOWED = "Field is not allowed for this event type"
TOO_LONG = "Value is too long"
TIMESTAMP_INVALID = "Value must be an ISO 8601 date and time with an offset"
STATES_EMPTY = "Unexpected error. Hint: a statesUpdate needs at least one entry in statesStart or statesEnd"


def expected(kind: str) -> str:
    """Reason of a value of the wrong JSON type; `kind` is one of integer, string, boolean, object, array."""
    return f"Invalid type, expected {kind}"


def one_of(*values: str) -> str:
    """Reason of a text outside a closed set."""
    return f"Value must be one of {', '.join(values)}"


def must_match(pattern: str) -> str:
    """Reason of a text that does not match."""
    return f"Value must match {pattern}"


def session_id_length(length: int) -> str:
    """Reason of a session id whose length is not 64 (protocol.md 6)."""
    return f"Unexpected error. Hint: InvalidApiSidLength={length}"


REASONS: Mapping[str, str] = {
    MISSING: "the member is absent, null, or a required text that is empty",
    expected("<integer|string|boolean|object|array>"): "another JSON type, or a number that is not finite",
    NEGATIVE: "a negative number",
    one_of("<a, b>"): "a text outside a closed set",
    must_match("<pattern>"): "a player state whose name has other characters or more than 64",
    NOT_ALLOWED: "a details object on an event that closes what the details belong to",
    TOO_LONG: "a text of more bytes than the limit",
    TIMESTAMP_INVALID: "no offset, a date only, a number, an impossible date",
    STATES_EMPTY: "both lists of a statesUpdate are absent or empty",
    "Unexpected error. Hint: InvalidApiSidLength=<n>": "a session id of n characters instead of 64",
}
"""Every reason a field error can have, in its general form, with what it means."""


def meaning_of(reason: str) -> str:
    """What a reason of a field error means; it is one of `REASONS`, with its own words where these have `<...>`."""
    exact = REASONS.get(reason)
    if exact is not None:
        return exact
    return next(
        said for general, said in REASONS.items() if "<" in general and reason.startswith(general.partition("<")[0])
    )
