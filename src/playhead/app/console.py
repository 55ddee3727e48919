"""The console inside `playhead serve`: the report API, the pages, and the server around them."""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from uuid import uuid4

import uvicorn

from playhead import __version__
from playhead.api.factory import create_api
from playhead.api.meters import Distribution, Snapshot
from playhead.api.ports import Check, SettingItem
from playhead.app.collector_link import Metered
from playhead.app.collectors import Collectors
from playhead.app.config import Value, plain
from playhead.app.prepared import Prepared
from playhead.app.processor import Processor
from playhead.app.settings import DECLARED, ConsoleSettings
from playhead.collector.meters import LATENCY_BOUNDS_S
from playhead.ui.handlers import DemoTarget, ui_handlers

KEEP_ALIVE_S = 20
FINISH_S = 3
"""How long answers under way may take at a stop; event streams are told to end."""


class ConsoleServer:
    """The console, in the event loop of the caller."""

    def __init__(self, prepared: Prepared, processor: Processor, collectors: Collectors) -> None:
        """Put it together; nothing is answered yet."""
        settings = prepared.settings.console
        demo = None
        if prepared.demo is not None:
            demo = DemoTarget(prepared.doors.collector_url, prepared.demo.id, prepared.demo.org_id)
        self._console = create_api(
            store=processor.store,
            live=processor,
            watchers=processor.watchers,
            datastreams=prepared.datastreams,
            clock=prepared.clock,
            version=__version__,
            new_datastream_id=lambda: str(uuid4()),
            snapshots=lambda: [snapshot_of(collectors.metered()), processor.snapshot()],
            checks=lambda: [*processor.checks(), *_checks(collectors)],
            settings=setting_items(prepared.values),
            defaults=prepared.settings.sessions,
            hosts=known_hosts(settings, prepared.token),
            token=prepared.token,
            handlers=ui_handlers(demo, collector_url=prepared.doors.collector_url, time_zone=settings.time_zone),
        )
        self._server = _Server(
            uvicorn.Config(
                self._console,
                http="httptools",
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=FINISH_S,
            )
        )
        self._socket = prepared.console
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Answer from now on."""
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started:
            await asyncio.sleep(0.005)
            if self._serving.done():
                self._serving.result()

    async def finish(self) -> None:
        """End streams, answer what is under way, close."""
        self._console.stop_streams()
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving


class _Server(uvicorn.Server):
    """Signals are the supervisor's, not its."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


def known_hosts(settings: ConsoleSettings, token: str | None) -> frozenset[str] | None:
    """
    The host names the console answers to, lower case, beside those of this machine (decision 0071).

    Returns:
        None, any name, where a token is asked for and no names are configured: others reach it by names we cannot know.
    """
    if token is not None and not settings.hosts:
        return None
    return frozenset(name.lower() for name in (*settings.hosts, settings.host))


def setting_items(values: Mapping[str, Value]) -> list[SettingItem]:
    """The settings in effect, in the order they are declared, in the console's words."""
    return [
        SettingItem(
            key=key,
            value=value.value,
            default=plain(DECLARED[key].default),
            source=value.source.value,
            place=value.place,
            variable=DECLARED[key].variable,
            meaning=DECLARED[key].meaning,
        )
        for key, value in values.items()
    ]


def snapshot_of(workers: Sequence[Metered]) -> Snapshot:
    """What the collectors measured, added up, in the console's words."""
    requests: dict[tuple[str, str, int], int] = {}
    refusals: dict[str, int] = {}
    counts = [0] * (len(LATENCY_BOUNDS_S) + 1)
    for worker in workers:
        for one in worker.requests:
            key = ("collector", one.route, one.status)
            requests[key] = requests.get(key, 0) + one.count
        for reason, count in worker.refusals.items():
            refusals[reason] = refusals.get(reason, 0) + count
        for index, count in enumerate(worker.latency_counts):
            counts[index] += count
    total_s = sum(worker.latency_sum_s for worker in workers)
    return Snapshot(
        requests=requests,
        refusals=refusals,
        latency_s={"collector": Distribution(LATENCY_BOUNDS_S, tuple(counts), total_s)},
        queue_depths={"collector": sum(worker.waiting for worker in workers)},
    )


def _checks(collectors: Collectors) -> list[Check]:
    troubles = collectors.troubles()
    return [Check("collectors", "; ".join(troubles) if troubles else None)]
