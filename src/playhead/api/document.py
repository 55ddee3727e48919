"""
The OpenAPI document of the console and the routes that show it; beside it, that of the collector.

Law: the routes are the source: paths, parameters and shapes come from their types. Added here is what types do not
say: that every problem has one body, and what streams hold.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from litestar import Litestar, MediaType, Response, Router, get
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from playhead.api.context import AnyRequest
from playhead.api.page import STYLE, page_of
from playhead.api.problems import KINDS, MEDIA_TYPE, Problem, ProblemError
from playhead.api.query import MEDIA_TYPES
from playhead.wire.openapi.document import collector_document

_OPENAPI = "application/vnd.oai.openapi+json;version=3.1"

_TEXT = {"schema": {"type": "string"}}

_CONTENT: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("/metrics", "get"): {"text/plain": _TEXT},
    ("/readyz", "get"): {"application/json": {"schema": {"$ref": "#/components/schemas/Readiness"}}},
    ("/api/v1/sessions/stream", "get"): {"text/event-stream": _TEXT},
    ("/api/v1/live/stream", "get"): {"text/event-stream": _TEXT},
    ("/api/v1/debugger/stream", "get"): {"text/event-stream": _TEXT},
    ("/api/v1/lookups/{lookup}/csv", "get"): {"text/csv": _TEXT},
    ("/api/v1/query", "post"): dict.fromkeys(MEDIA_TYPES.values(), _TEXT),
}
"""(path, method) -> content of its good answer, where the handler's type does not tell."""

_ENTRIES = {
    "type": "array",
    "items": {"type": "object", "additionalProperties": {"type": ["string", "integer", "null"]}},
}
_TABLE = {
    "required": True,
    "content": {
        "application/json": {"schema": {"type": "object", "properties": {"items": _ENTRIES}, "required": ["items"]}},
        "text/csv": _TEXT,
    },
}

_BODIES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("/api/v1/lookups/{lookup}", method): _TABLE for method in ("put", "patch")
}
"""(path, method) -> its request's body, where the handler's type does not tell."""


class Document:
    """The document, made once, when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[str, Any] | None = None

    def of(self, app: Litestar) -> dict[str, Any]:
        """The document of an application as JSON values."""
        if self._made is None:
            self._made = completed(app.openapi_schema.to_schema())
        return self._made


@get("/openapi.json", include_in_schema=False, sync_to_thread=True)
def openapi_document(request: AnyRequest) -> Response[bytes]:
    """The document."""
    document = request.app.state.document.of(request.app)
    return Response(msgspec.json.encode(document), media_type=_OPENAPI)


@get("/collector/openapi.json", include_in_schema=False, sync_to_thread=True)
def collector_openapi_document(request: AnyRequest) -> Response[bytes]:
    """The document of the other door, which players talk to."""
    return Response(_collector_document(request.app.state.context.version), media_type=_OPENAPI)


@cache
def _collector_document(version: str) -> bytes:
    return msgspec.json.encode(collector_document(version))


@get("/docs", include_in_schema=False, sync_to_thread=True)
def openapi_page(request: AnyRequest) -> Response[str]:
    """The document as a page."""
    return Response(page_of(request.app.state.document.of(request.app)), media_type=MediaType.HTML)


@get("/docs.css", include_in_schema=False, sync_to_thread=False)
def docs_style() -> Response[str]:
    """The style of the page; holds nothing, so it needs no token."""
    return Response(STYLE, media_type=MediaType.CSS)


DOCUMENT_ROUTES = (openapi_document, collector_openapi_document, openapi_page)


def configured(version: str, base: str, *, with_token: bool) -> OpenAPIConfig:
    """
    How the framework is to make the document.

    Its own pages, which load scripts from other hosts, are put where a guard answers 404 to everything.
    """
    scheme = SecurityScheme(type="http", scheme="bearer", description="The console's access token.")
    return OpenAPIConfig(
        title="Playhead report API",
        version=version,
        description="Sessions, events, rows and datastreams of one Playhead server.",
        openapi_router=Router(f"{base}/.framework", route_handlers=[], guards=[_closed], include_in_schema=False),
        use_handler_docstrings=True,
        components=Components(security_schemes={"token": scheme}) if with_token else Components(),
        security=[{"token": []}] if with_token else None,
    )


def _closed(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    raise ProblemError(404, f"Nothing is at {connection.scope['path']}.")


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """The framework's document with what types do not say; changes it in place."""
    schemas = document["components"].setdefault("schemas", {})
    _, shapes = msgspec.json.schema_components([Problem], ref_template="#/components/schemas/{name}")
    schemas.update(shapes)
    for path, item in document["paths"].items():
        for method, operation in item.items():
            _complete(operation, _CONTENT.get((path, method)))
            if body := _BODIES.get((path, method)):
                operation["requestBody"] = dict(body)
    flattened: dict[str, Any] = _flat(document)
    return flattened


def _complete(operation: dict[str, Any], content: Mapping[str, Any] | None) -> None:
    responses = operation["responses"]
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, response in responses.items():
        if int(status) >= 400:
            response.update(content=problem, description=KINDS[int(status)].title)
        else:
            response["description"] = "As asked for."
            if content is not None:
                response["content"] = dict(content)
    responses["default"] = {"description": "Any other problem", "content": problem}


def _flat(value: Any) -> Any:
    """The value with every choice of one replaced by that one."""
    if isinstance(value, list):
        return [_flat(each) for each in value]
    if not isinstance(value, dict):
        return value
    flat = {key: _flat(each) for key, each in value.items()}
    choice = flat.get("oneOf")
    if isinstance(choice, list) and len(choice) == 1:
        del flat["oneOf"]
        flat = {**choice[0], **flat}
    return flat
