"""
The routes of the pages: the console at `/`, the demo at `/demo`.

Law: no page loads, runs or sends anything elsewhere; the one exception is the demo, which may talk to the collector.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response, route
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from playhead.ui.pages import NOT_BUILT, STATIC, Page, answer, in_zone, load

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
PAGES = ("live", "overview", "content", "ads", "quality", "sessions", "explore", "debugger", "settings")
"""What the console's addresses begin with; the page finds out from the rest of the address what to show."""
HEADERS: Mapping[str, str] = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

AnyRequest = Request[Any, Any, Any]


class DemoTarget(Struct, frozen=True, rename="camel"):
    """
    Whom the demo player talks to.

    Attributes:
        collector_url: Where a browser on this machine reaches the collector: `http://127.0.0.1:8080`, no path.
        datastream_id: The datastream it names.
        org_id: The organisation of that datastream; identity is kept only when it is the same.
    """

    collector_url: str
    datastream_id: str
    org_id: str


def demo_policy(target: DemoTarget) -> str:
    """The content security policy of the demo: the console's, and connections to the collector's origin."""
    parts = urlsplit(target.collector_url)
    return f"{CONTENT_SECURITY_POLICY}; connect-src 'self' {parts.scheme}://{parts.netloc}"


class PagesConfig(Struct, frozen=True, rename="camel"):
    """
    What the pages are told about this server, at `/demo/config.json`.

    Attributes:
        collector_url: Where players reach the collector; None: not known here.
        demo: Whom the demo player talks to; None: there is no demo.
    """

    collector_url: str | None
    demo: DemoTarget | None


def ui_handlers(
    demo: DemoTarget | None = None,
    static: Path = STATIC,
    *,
    collector_url: str | None = None,
    time_zone: str | None = None,
) -> list[HTTPRouteHandler]:
    """
    The routes, to be mounted beside those of the report API.

    Args:
        demo: Whom the demo talks to; None: there is no demo, `/demo` is 404.
        collector_url: Where players reach the collector, for the first steps that an empty console shows.
        time_zone: IANA name of the zone pages show times in where their address names none; None: the browser's.
        static: The built files. If there are none, every page is a 503 that says how to build them.
    """
    pages = dict(load(static))
    if time_zone is not None and "index.html" in pages:
        pages["index.html"] = in_zone(pages["index.html"], time_zone)
    get: dict[str, Any] = {"http_method": ["GET", "HEAD"], "include_in_schema": False, "sync_to_thread": False}

    below = [f"/{page}{rest}" for page in PAGES for rest in ("", "/{rest:path}")]

    @route(["/", *below], name="ui_console", **get)
    def console(request: AnyRequest) -> Response[bytes]:
        return _send(request, pages, "index.html")

    @route("/demo", name="ui_demo", **get)
    def demo_page(request: AnyRequest) -> Response[bytes]:
        if demo is None:
            return _plain(404, "There is no demo on this server. `playhead demo` starts one.\n")
        return _send(request, pages, "demo.html", {"content-security-policy": demo_policy(demo)})

    @route("/demo/config.json", name="ui_demo_config", **get)
    def demo_config() -> Response[PagesConfig]:
        config = PagesConfig(collector_url or (demo.collector_url if demo else None), demo)
        return Response(config, headers={**HEADERS, "cache-control": "no-store"})

    @route("/assets/{name:str}", name="ui_assets", **get)
    def asset(request: AnyRequest) -> Response[bytes]:
        return _send(request, pages, f"assets/{request.path_params['name']}")

    @route(["/favicon.svg", "/theme.js", "/THIRD_PARTY_NOTICES.txt"], name="ui_files", **get)
    def file(request: AnyRequest) -> Response[bytes]:
        return _send(request, pages, request.url.path.removeprefix("/"))

    return [console, demo_page, demo_config, asset, file]


def _send(
    request: AnyRequest, pages: Mapping[str, Page], name: str, more: Mapping[str, str] | None = None
) -> Response[bytes]:
    if not pages:
        return _plain(503, NOT_BUILT)
    page = pages.get(name)
    if page is None:
        return _plain(404, "There is no such file.\n")
    sent = answer(page, dict(request.headers.items()))
    headers = {**HEADERS, **sent.headers, **(more or {})}
    media_type = headers.pop("content-type")
    return Response(sent.body, status_code=sent.status, headers=headers, media_type=media_type)


def _plain(status: int, text: str) -> Response[bytes]:
    return Response(
        text.encode(),
        status_code=status,
        headers={**HEADERS, "cache-control": "no-store"},
        media_type="text/plain",
    )
