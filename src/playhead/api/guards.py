"""What is asked of a request before its handler sees it: a token, known query parameters, JSON when it writes."""

import hmac
from collections import Counter
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.params import QueryParameter
from litestar.types import Guard

from playhead.api.problems import FieldProblem, ProblemError, wrong_input

TOKEN_COOKIE = "playhead_token"  # noqa: S105 - the name of the cookie, not a token
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})

Connection = ASGIConnection[Any, Any, Any, Any]


def same_text(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def token_guard(token: str | None) -> Guard:
    """A guard that lets through who knows the token (`Authorization: Bearer` or the cookie); None lets everyone."""

    def guard(connection: Connection, _: BaseRouteHandler) -> None:
        if token is None:
            return
        scheme, _blank, bearer = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and same_text(bearer.strip(), token):
            return
        if same_text(connection.cookies.get(TOKEN_COOKIE, ""), token):
            return
        raise ProblemError(
            401,
            "This console asks for its access token: send it as `Authorization: Bearer …`, or sign in.",
            headers={"www-authenticate": 'Bearer realm="playhead"'},
        )

    return guard


def known_parameters(connection: Connection, handler: BaseRouteHandler) -> None:
    """A guard that refuses query parameters the route does not have, and ones that are given twice."""
    given = Counter(name for name, _ in connection.query_params.multi_items())
    if not given:
        return
    known = parameters_of(handler)
    wrong = [
        FieldProblem(name, f"is not a parameter of this route; there are {', '.join(sorted(known)) or 'none'}")
        for name in given
        if name not in known
    ]
    wrong += [FieldProblem(name, "is given more than once") for name, n in given.items() if n > 1 and name in known]
    if wrong:
        raise wrong_input(*wrong)


def parameters_of(handler: BaseRouteHandler) -> set[str]:
    """The names of the query parameters a route has; all are declared with `QueryParameter(name=…)`."""
    return {
        field.kwarg_definition.name
        for field in handler.parsed_fn_signature.parameters.values()
        if isinstance(field.kwarg_definition, QueryParameter) and field.kwarg_definition.name
    }


def json_only(connection: Connection, handler: BaseRouteHandler) -> None:
    """
    A guard that refuses writes whose body is not declared as JSON: a form of another site cannot send that.

    Nor can it send CSV, which routes with the option `csv` take too.
    """
    if connection.scope.get("method") not in WITH_BODY:
        return
    kind = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    kinds = ["application/json", *(["text/csv"] if handler.opt.get("csv") else [])]
    if kind not in kinds:
        raise ProblemError(415, f"The body must be sent as `content-type: {'` or `'.join(kinds)}`.")
