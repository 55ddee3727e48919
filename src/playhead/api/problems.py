"""
What the console answers when something is wrong: one body for every route, `application/problem+json` (RFC 9457).

Law: whatever goes wrong, the body is a `Problem`; nothing of our insides (traces, paths, SQL of ours) is in it.
"""

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Literal, get_args, get_origin

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.params import ParameterKwarg
from msgspec import Struct

from playhead.api.limits import BODY_BYTES_MAX, LOOKUP_BYTES_MAX
from playhead.base.errors import OverloadedError, PlayheadError, UsageError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = "1"


class Kind(Struct, frozen=True):
    """A kind of problem: last part of its `type`, its title, and when it is answered."""

    name: str
    title: str
    when: str


KINDS: Mapping[int, Kind] = {
    400: Kind("wrong-input", "Wrong input", "A parameter or the body is not as it must be; `errors` names each value."),
    401: Kind("token-required", "Access token required", "The console has an access token and the request has not."),
    404: Kind("not-found", "Not found", "There is no such route, session, datastream or lookup."),
    405: Kind("method-not-allowed", "Method not allowed", "The route has other methods; `allow` names them."),
    409: Kind("conflict", "Conflict", "What is to be made exists already."),
    413: Kind(
        "body-too-large",
        "Body too large",
        f"The body has more than {BODY_BYTES_MAX} bytes; of a lookup {LOOKUP_BYTES_MAX}.",
    ),
    415: Kind(
        "content-type",
        "Content type not supported",
        "A body must be sent as `application/json`; a lookup as `text/csv`, too.",
    ),
    421: Kind("host-not-known", "Host not known", "The console does not answer to the host name of the request."),
    500: Kind("internal", "Internal error", "The console failed; the reason is in its log."),
    503: Kind("unavailable", "Unavailable", "The store cannot be read now or a limit is reached; come back later."),
}
"""Every status the console answers problems with, and the kind it stands for. Stable."""

TYPE_BASE = "/api/v1/docs#"
"""What `type` begins with: the kinds are explained there."""

_LOG = structlog.get_logger()


class FieldProblem(Struct, frozen=True):
    """
    What is wrong with one value.

    Attributes:
        path: Where it is: a query parameter's name, or the way to it in the body (`settings.idle_timeout_s`).
        reason: What is wrong, in words that say what would be right.
    """

    path: str
    reason: str


class Problem(Struct, frozen=True, omit_defaults=True):
    """
    The body of every answer that is not what was asked for.

    Attributes:
        type: The kind, stable, and where it is explained: `/api/v1/docs#not-found`.
        title: The kind in words; the same for all of one type.
        status: The HTTP status.
        detail: This occurrence in words.
        errors: For wrong input: each wrong value.
    """

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldProblem, ...] = ()


class ProblemError(HTTPException):
    """A problem as an exception: handlers raise it, `answer` turns it into the body."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail=detail, status_code=status, headers=dict(headers or {}))
        self.errors = tuple(errors)


def wrong_input(*errors: FieldProblem) -> ProblemError:
    """A 400 about these values."""
    return ProblemError(400, "; ".join(f"{error.path}: {error.reason}" for error in errors), errors)


def problem(status: int, detail: str, errors: Sequence[FieldProblem] = ()) -> Problem:
    """The body for a status."""
    kind = KINDS.get(status, KINDS[400 if status < 500 else 500])
    return Problem(TYPE_BASE + kind.name, kind.title, status, detail, tuple(errors))


def encoded(body: Problem) -> bytes:
    """The body as JSON."""
    return msgspec.json.encode(body)


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The response to an exception that left a handler or the router. Logs those that are not the client's doing."""
    headers: dict[str, str] = {}
    errors: Sequence[FieldProblem] = ()
    match error:
        case ProblemError():
            status, detail, errors = error.status_code, error.detail, error.errors
            headers = dict(error.headers or {})
        case ValidationException():
            errors = _fields_of(request, error)
            status, detail = 400, "; ".join(f"{field.path}: {field.reason}" for field in errors) or error.detail
        case HTTPException(status_code=400):
            status, detail, errors = 400, error.detail, (FieldProblem("", f"cannot be read: {error.detail}"),)
        case HTTPException():
            status, detail = error.status_code, _detail_of(request, error)
            headers = {k: v for k, v in (error.headers or {}).items() if k.lower() != "content-type"}
        case UsageError():
            status, detail = 400, str(error)
        case OverloadedError():
            status, detail, headers = 503, str(error), {"retry-after": RETRY_AFTER_S}
        case PlayheadError():
            status, detail, headers = 503, "The data cannot be read at the moment.", {"retry-after": RETRY_AFTER_S}
        case _:
            status, detail = 500, "The console failed; the reason is in its log."
    if status >= 500:
        _LOG.error("console_request_failed", method=request.method, path=request.scope["path"], exc_info=error)
    return Response(
        encoded(problem(status, detail, errors)), status_code=status, media_type=MEDIA_TYPE, headers=headers
    )


def _detail_of(request: Request[Any, Any, Any], error: HTTPException) -> str:
    """The words for an error of the framework itself."""
    match error.status_code:
        case 404:
            return f"Nothing is at {request.scope['path']}."
        case 405:
            return f"{request.method} is not possible here."
        case 413:
            return "The body is too large."
        case 500:
            return "The console failed; the reason is in its log."
        case _:
            return error.detail


def _fields_of(request: Request[Any, Any, Any], error: ValidationException) -> tuple[FieldProblem, ...]:
    """The framework's list of what does not fit, with the names a client knows (`from`, not `from_`) and plain words."""
    if not isinstance(error.extra, list):
        return (FieldProblem("", error.detail),)
    fields = request.route_handler.parsed_fn_signature.parameters
    found = []
    for entry in error.extra:
        key, message = str(entry.get("key", "")), str(entry.get("message", "is not valid"))
        field = fields.get("data" if entry.get("source") == "body" else key)
        path = "" if key == "data" else key
        if field is not None and isinstance(field.kwarg_definition, ParameterKwarg):
            path = field.kwarg_definition.name or key
        member = _MEMBER.search(message)
        if member is not None:
            path = ".".join(filter(None, (path, member.group(2))))
        annotation = None if field is None else _member_type(field.annotation, path)
        found.append(FieldProblem(path, _in_words(message, annotation)))
    return tuple(found)


_MEMBER = re.compile(r"(missing required|contains unknown) field `(.+)`")


def _in_words(message: str, annotation: object) -> str:
    """What the framework says, as something a person can act upon."""
    if message.startswith("Invalid enum value"):
        options = [str(option) for each in (annotation, *get_args(annotation)) for option in _options(each)]
        return f"must be one of {', '.join(options)}" if options else message
    for start, words in _WORDS.items():
        if message.startswith(start):
            return words
    return message


_WORDS = {
    "Object missing required field": "is required",
    "Object contains unknown field": "is not known here",
    "Expected `bool": "must be true or false",
    "Expected `int`, got": "must be a whole number",
    "Expected `str`, got": "must be a text",
}
"""Start of a message of msgspec -> ours."""


def _member_type(annotation: object, path: str) -> object:
    """The type of the member a path names, if the annotation is a shape that has it; else the annotation."""
    if isinstance(annotation, type) and issubclass(annotation, Struct):
        for field in msgspec.structs.fields(annotation):
            if field.encode_name == path:
                return field.type
    return annotation


def _options(annotation: object) -> tuple[object, ...]:
    """The values an annotation lets through, if it lists them."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(option.value for option in annotation)
    return get_args(annotation) if get_origin(annotation) is Literal else ()
