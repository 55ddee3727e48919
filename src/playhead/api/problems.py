"""
What the console answers when something is wrong: one body for every route, `application/problem+json` (RFC 9457).

Law: whatever goes wrong, the body is a `Problem`; nothing of our insides (traces, paths, SQL of ours) is in it.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.params import ParameterKwarg
from msgspec import Struct

from playhead.base.errors import OverloadedError, PlayheadError, UsageError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = "1"

_TYPES: Mapping[int, str] = {
    400: "invalid-input",
    401: "token-required",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    413: "body-too-large",
    415: "content-type",
    421: "host-not-known",
    500: "internal",
    503: "unavailable",
}
"""Status -> last part of `type`: stable names, explained in docs/reference/api.md."""

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
        type: Stable name of the kind of problem, relative: `/api/v1/problems/not-found`.
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
    name = _TYPES.get(status, f"status-{status}")
    try:
        title = HTTPStatus(status).phrase
    except ValueError:
        title = "Error"
    return Problem(f"/api/v1/problems/{name}", title, status, detail, tuple(errors))


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
    """The framework's list of what does not fit, with the names a client knows: `from`, not `from_`."""
    if not isinstance(error.extra, list):
        return (FieldProblem("", error.detail),)
    names = {
        name: field.kwarg_definition.name
        for name, field in request.route_handler.parsed_fn_signature.parameters.items()
        if isinstance(field.kwarg_definition, ParameterKwarg) and field.kwarg_definition.name
    }
    found = []
    for entry in error.extra:
        key = str(entry.get("key", ""))
        path = "" if key == "data" else names.get(key, key)
        found.append(FieldProblem(path, str(entry.get("message", "is not valid"))))
    return tuple(found)
