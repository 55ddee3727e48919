"""The console as one application: the routes, their guards, the document, and the door around them."""

from collections.abc import Callable, Sequence

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.types import ControllerRouterHandler, Receive, Scope, Send

from playhead.api.access import ACCESS_ROUTES
from playhead.api.balance import BALANCE_ROUTES
from playhead.api.context import Context
from playhead.api.copying import copy_store
from playhead.api.datastreams import DATASTREAM_ROUTES
from playhead.api.debugger import Debugger
from playhead.api.document import DOCUMENT_ROUTES, Document, configured, docs_style
from playhead.api.door import Door
from playhead.api.explain import EXPLAIN_ROUTES
from playhead.api.guards import json_only, known_parameters, token_guard
from playhead.api.health import healthz, metrics, readyz
from playhead.api.limits import BODY_BYTES_MAX, STREAM_SESSIONS
from playhead.api.live import LiveFeed
from playhead.api.live_routes import LIVE_ROUTES
from playhead.api.lookups import LOOKUP_ROUTES
from playhead.api.meters import Snapshot, Tally
from playhead.api.names import items_of, named
from playhead.api.panels import PANEL_ROUTES
from playhead.api.ports import Check, Checks, ConsoleStore, Live, SettingItem
from playhead.api.problems import answer
from playhead.api.query import ask
from playhead.api.reading import Reading
from playhead.api.reports import REPORT_ROUTES
from playhead.api.sessions import SESSION_ROUTES
from playhead.api.settings import get_settings
from playhead.api.shapes import SessionItem
from playhead.api.stream import SessionFeed
from playhead.base.clock import Clock
from playhead.base.settings import DEFAULT_SETTINGS, SessionSettings
from playhead.base.units import DatastreamId
from playhead.deployment.datastreams import DatastreamFile, session_settings
from playhead.pipeline.watching import Watchers
from playhead.store.port import Lookups, SessionSearch

BASE = "/api/v1"

_ROUTES = [
    *SESSION_ROUTES,
    *EXPLAIN_ROUTES,
    *REPORT_ROUTES,
    *PANEL_ROUTES,
    *LIVE_ROUTES,
    *BALANCE_ROUTES,
    *DATASTREAM_ROUTES,
    *LOOKUP_ROUTES,
    *DOCUMENT_ROUTES,
    get_settings,
    ask,
    copy_store,
]
"""What needs the token, if there is one."""


class Console:
    """The console as an ASGI application."""

    def __init__(self, door: Door, feeds: Sequence[SessionFeed | LiveFeed | Debugger], app: Litestar) -> None:
        self._door = door
        self._feeds = feeds
        self.app = app
        """What is behind the door; for the document."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve."""
        await self._door(scope, receive, send)

    def stop_streams(self) -> None:
        """End the event streams within a second: a server that shuts down waits for them. Safe from any thread."""
        for feed in self._feeds:
            feed.stop()


def create_api(
    *,
    store: ConsoleStore,
    live: Live,
    watchers: Watchers | None = None,
    datastreams: DatastreamFile,
    clock: Clock,
    version: str,
    new_datastream_id: Callable[[], str],
    defaults: SessionSettings = DEFAULT_SETTINGS,
    snapshots: Callable[[], Sequence[Snapshot]] = tuple,
    checks: Checks | None = None,
    settings: Sequence[SettingItem] = (),
    hosts: frozenset[str] | None = frozenset(),
    token: str | None = None,
    handlers: Sequence[ControllerRouterHandler] = (),
) -> Console:
    """
    Put the console together.

    Args:
        store: Read from threads.
        live: The processor's state of now.
        watchers: Are told by the processor of each request; None: by nobody.
        datastreams: Of the deployment.
        clock: For what is made here, and for whether a close is still provisional.
        version: Of this build.
        new_datastream_id: Makes an id for a datastream that is given none.
        defaults: Settings of sessions where their datastream has none of its own.
        snapshots: What the other parts measured; the console adds its own requests.
        checks: What readiness depends on, beside the store.
        settings: Of the server, for people.
        hosts: Lower-case names, beside the loopback ones, that it answers to. None: any, which needs a token.
        token: What must be known to read anything under `/api` and `/metrics`; None: nothing.
        handlers: Further routes, served without token: the web UI, which holds no data.
    """
    assert hosts is not None or token is not None, "answering to every host name needs a token (decision 0071)"
    tally = Tally()
    reading = Reading(store, live, clock)
    feed = SessionFeed(lambda: _newest(reading, store))
    live_feed = LiveFeed(lambda datastream: named(live.now(datastream), store), clock)
    debugger = Debugger(Watchers() if watchers is None else watchers)
    context = Context(
        reading=reading,
        live=live,
        store=store,
        datastreams=datastreams,
        settings_of=lambda datastream_id: _settings_of(datastreams, datastream_id, defaults),
        feed=feed,
        live_feed=live_feed,
        debugger=debugger,
        clock=clock,
        new_datastream_id=new_datastream_id,
        snapshots=lambda: [*snapshots(), tally.read()],
        checks=lambda: [_store_check(store), *(checks() if checks else ())],
        settings=settings,
        version=version,
        token=token,
    )
    app = _application(context, handlers)
    return Console(Door(app, hosts, tally), [feed, live_feed, debugger], app)


def _application(context: Context, handlers: Sequence[ControllerRouterHandler]) -> Litestar:
    """The routes with their guards."""
    guards = [token_guard(context.token), known_parameters, json_only]
    return Litestar(
        route_handlers=[
            healthz,
            readyz,
            Router("/", route_handlers=[metrics], guards=guards),
            Router(BASE, route_handlers=_ROUTES, guards=guards),
            Router(BASE, route_handlers=[*ACCESS_ROUTES, docs_style], guards=[known_parameters, json_only]),
            *handlers,
        ],
        openapi_config=configured(context.version, BASE, with_token=context.token is not None),
        exception_handlers={Exception: answer},
        request_max_body_size=BODY_BYTES_MAX,
        logging_config=None,
        state=State({"context": context, "document": Document()}),
        debug=False,
        pdb_on_exception=False,
    )


def _newest(reading: Reading, lookups: Lookups) -> list[SessionItem]:
    """The newest sessions, for the live list."""
    found, _ = reading.search(SessionSearch(), None, STREAM_SESSIONS)
    return items_of(found, lookups)


def _settings_of(
    datastreams: DatastreamFile, datastream_id: DatastreamId, defaults: SessionSettings
) -> SessionSettings:
    """Settings of a datastream; of one nobody knows any more, the server's."""
    datastream = datastreams.get(datastream_id)
    return defaults if datastream is None else session_settings(datastream, defaults)


def _store_check(store: ConsoleStore) -> Check:
    """Whether the store answers. A store that does not is an exception of the world: `StoreError` is a 503 as well."""
    store.position()
    return Check("store")
