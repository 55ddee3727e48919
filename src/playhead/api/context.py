"""What the routes work with: one value, hung on the application, read through `context_of`."""

from collections.abc import Callable, Sequence
from typing import Any

from litestar import Request
from msgspec import Struct

from playhead.api.debugger import Debugger
from playhead.api.live import LiveFeed
from playhead.api.meters import Snapshot
from playhead.api.ports import Checks, ConsoleStore, Live, SettingItem
from playhead.api.reading import Reading
from playhead.api.stream import SessionFeed
from playhead.base.clock import Clock
from playhead.base.settings import SessionSettings
from playhead.base.units import DatastreamId
from playhead.deployment.datastreams import DatastreamFile
from playhead.reporting.outputs import SessionRecord
from playhead.store.port import settings_then

AnyRequest = Request[Any, Any, Any]


class Context(Struct, frozen=True, kw_only=True):
    """
    The neighbours of the console.

    Attributes:
        reading: Sessions.
        live: The processor, for the balance sheet and the live picture.
        store: For questions in SQL.
        datastreams: The deployment's datastreams.
        settings_of: Settings of a datastream's sessions, as of now.
        feed: The live list.
        live_feed: The live picture.
        debugger: Requests as they arrive.
        clock: For what is made here.
        new_datastream_id: Makes an id for a datastream that is given none.
        snapshots: What the parts of the system measured.
        checks: What readiness depends on.
        settings: Of the server, for people.
        version: Of this build.
        token: What must be known to read; None: nothing.
    """

    reading: Reading
    live: Live
    store: ConsoleStore
    datastreams: DatastreamFile
    settings_of: Callable[[DatastreamId], SessionSettings]
    feed: SessionFeed
    live_feed: LiveFeed
    debugger: Debugger
    clock: Clock
    new_datastream_id: Callable[[], str]
    snapshots: Callable[[], Sequence[Snapshot]]
    checks: Checks
    settings: Sequence[SettingItem]
    version: str
    token: str | None

    def settings_then(self, record: SessionRecord) -> SessionSettings:
        """The settings a session began under, and follows to its end; those of now where none are remembered."""
        known = settings_then(self.store.settings(), record.datastream_id, record.started_received_ms)
        return known or self.settings_of(record.datastream_id)


def context_of(request: AnyRequest) -> Context:
    """The neighbours of the console a request came to."""
    context = request.app.state.context
    assert isinstance(context, Context)
    return context
