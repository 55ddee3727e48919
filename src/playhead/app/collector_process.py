"""
One collector process: takes requests, keeps them in its journal, tells the supervisor how it goes.

Started by `app.collectors` as `python -m playhead.app.collector_process`, orders on stdin, reports on stdout. It imports
neither the database nor the console: it is to be small and quick to start.

Law: it ends in order when its stdin ends: no new connections, requests under way answered, journal sealed.
"""

import asyncio
import contextlib
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import msgspec
import uvicorn
import uvloop

from playhead.app.clock import SystemClock
from playhead.app.collector_link import REPORT_INTERVAL_S, Orders, Ready, Report, Said, metered, report_line
from playhead.app.http_limits import CONNECTIONS_MAX, BoundedHttp, ExhaustedError, close_slow_heads
from playhead.base.errors import DataDirectoryError, PlayheadError
from playhead.collector.asgi import CollectorApp
from playhead.collector.closings import ClosingsMemory
from playhead.collector.delivery import LoopDelivery
from playhead.collector.direct import DirectHttp
from playhead.collector.entropy import BufferedEntropy
from playhead.collector.ports import CollectorWorld
from playhead.deployment.datastreams import DatastreamFile
from playhead.deployment.keys import load_or_create_keys
from playhead.deployment.layout import Layout
from playhead.journal.log import JournalLimits, JournalWriter
from playhead.pipeline.closings import ClosingsFollower

_LOG = logging.getLogger("playhead.collector")

BACKLOG = 4096
"""Connections the kernel holds until they are taken; beyond it it drops them and clients try again."""

KEEP_ALIVE_S = 75
"""How long an idle connection is kept: players send something every 10 s (protocol.md 7.1)."""

DRAIN_S = 10
"""How long requests under way may take when the process ends. None waits for longer than the disk does."""

POLL_INTERVAL_S = 0.25
"""How often the files of datastreams and closings are looked at: one `stat` each."""


class Reporter(logging.Handler):
    """
    Writes reports to the supervisor; messages of the standard logging among them. Any thread may.

    It never waits: when the supervisor does not read, reports are left out until it does, and requests go on.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._rest = b""
        os.set_blocking(descriptor, False)

    def send(self, report: Report) -> None:
        """Write one line, or leave it out. A supervisor that is gone is not an error: we end soon too."""
        self.acquire()
        try:
            if self._flushed():
                self._rest = report_line(report)
                self._flushed()
        finally:
            self.release()

    def emit(self, record: logging.LogRecord) -> None:
        """A message of the standard logging."""
        fields = {"trace": logging.Formatter().formatException(record.exc_info)} if record.exc_info else {}
        self.send(Said(record.levelname.lower(), record.getMessage().strip(), fields))

    def _flushed(self) -> bool:
        """Write what is left of the last line; whether none of it is left."""
        try:
            while self._rest:
                self._rest = self._rest[os.write(self._descriptor, self._rest) :]
        except BlockingIOError:
            return False
        except BrokenPipeError:
            self._rest = b""
        return True


class Door(Protocol):
    """Where requests come in."""

    def open(self, listener: int, backlog: int) -> None:
        """
        Answer the connections of a listening socket from now on, or when `run` begins. It is the door's then.

        Raises:
            PlayheadError: It cannot be opened.
        """
        ...

    def finish(self) -> None:
        """Begin to close: no new connections, requests under way are answered."""
        ...

    async def run(self) -> None:
        """Serve until asked to finish and nothing is under way."""
        ...


class PlainDoor:
    """HTTP/1.1 without TLS."""

    def __init__(self, application: CollectorApp) -> None:
        self._server = HttpServer(_http(application))
        self._listener: socket.socket | None = None

    def open(self, listener: int, backlog: int) -> None:
        """As `Door`."""
        self._server.config.backlog = backlog
        self._listener = socket.socket(fileno=listener)

    def finish(self) -> None:
        """As `Door`."""
        self._server.should_exit = True

    async def run(self) -> None:
        """As `Door`."""
        assert self._listener is not None, "a door is opened before it runs"
        heads = asyncio.create_task(close_slow_heads(self._server.server_state.connections))
        try:
            await self._server.serve(sockets=[self._listener])
        finally:
            heads.cancel()


class HttpServer(uvicorn.Server):
    """Signals are ours, not the server's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


def main() -> int:
    """Read the orders and serve until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of the terminal; ours asks us itself
    orders = msgspec.json.decode(_first_line(), type=Orders)
    reporter = Reporter(os.dup(1))
    os.dup2(2, 1)  # whatever prints, prints to the log
    root = logging.getLogger()
    root.handlers[:] = [reporter]
    root.setLevel(orders.log_level.upper())
    for name in ("uvicorn", "_granian"):
        logging.getLogger(name).setLevel(logging.WARNING)
    _raise_descriptor_limit()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            try:
                runner.run(_collect(orders, reporter))
            except ExhaustedError as error:  # the journal is sealed; the loop cannot even be closed
                reporter.send(Said("error", str(error)))
                os._exit(1)
    except PlayheadError as error:
        reporter.send(Said("error", str(error)))
        return 1
    return 0


async def _collect(orders: Orders, reporter: Reporter) -> None:
    layout = Layout(Path(orders.data_dir))
    clock = SystemClock()
    datastreams = DatastreamFile(layout.datastreams)
    limits = JournalLimits(waiting_bytes=orders.config.waiting_bytes_max)
    delivery = LoopDelivery()
    journal = JournalWriter.open(layout.journal(orders.worker), clock, limits=limits, deliver=delivery)
    clock.not_before(journal.recovery.last_mark_ms)
    closings = ClosingsMemory(orders.config.ended_session_status)
    world = CollectorWorld(
        keys=load_or_create_keys(layout.keys, clock.now_ms()),
        datastreams=datastreams,
        config=orders.config,
        entropy=BufferedEntropy(os.urandom),
        closings=closings,
    )
    application = CollectorApp(world, journal, clock, delivery=delivery)
    door = _door(orders, application)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, door.finish)
    _when_stdin_ends(loop, door.finish)
    tasks = [
        loop.create_task(_follow(datastreams)),
        loop.create_task(_hear(ClosingsFollower(layout.closings), closings)),
        loop.create_task(_report(reporter, application, journal)),
    ]
    try:
        door.open(orders.listener, BACKLOG)
        reporter.send(Ready(_words_of(journal)))
        await door.run()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.to_thread(journal.close)
    reporter.send(metered(application.meters.snapshot(), journal.fault))


def _door(orders: Orders, application: CollectorApp) -> Door:
    if orders.tls_cert is None or orders.tls_key is None:
        return PlainDoor(application)
    from playhead.app.tls_door import TlsDoor  # noqa: PLC0415 - twenty megabytes that only TLS needs

    return TlsDoor(application, orders.tls_cert, orders.tls_key, keep_alive_s=KEEP_ALIVE_S, drain_s=DRAIN_S)


def _http(application: CollectorApp) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        loop="none",
        http=type("CollectorHttp", (BoundedHttp, DirectHttp), {"collector": application}),
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,  # the application names itself
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
    )


async def _follow(datastreams: DatastreamFile) -> None:
    """Keep up with the file of datastreams. One that cannot be read is said once; what was known stays known."""
    trouble = ""
    while True:
        try:
            datastreams.poll()
            trouble = ""
        except DataDirectoryError as error:
            if str(error) != trouble:
                _LOG.error("%s; going on with what was known", error)
            trouble = str(error)
        await asyncio.sleep(POLL_INTERVAL_S)


async def _hear(feed: ClosingsFollower, closings: ClosingsMemory) -> None:
    """Keep up with what the processor closed. Without news, or while they cannot be read, events are taken."""
    trouble = ""
    while True:
        try:
            news = feed.poll()
            trouble = ""
        except OSError as error:
            if str(error) != trouble:
                _LOG.error("closed sessions are not heard of: %s", error)
            trouble, news = str(error), []
        closings.apply(news)
        await asyncio.sleep(0 if news else POLL_INTERVAL_S)


async def _report(reporter: Reporter, application: CollectorApp, journal: JournalWriter) -> None:
    while True:
        await asyncio.sleep(REPORT_INTERVAL_S)
        reporter.send(metered(application.meters.snapshot(), journal.fault))


def _when_stdin_ends(loop: asyncio.AbstractEventLoop, finish: Callable[[], None]) -> None:
    """The pipe from the supervisor ends when it closes it and when it dies."""

    def look() -> None:
        if not os.read(0, 4096):
            loop.remove_reader(0)
            finish()

    loop.add_reader(0, look)


def _words_of(journal: JournalWriter) -> str:
    """What opening the journal found, in words; empty when it was closed in order."""
    found = journal.recovery
    said = []
    if found.cut_bytes:
        said.append(f"cut {found.cut_bytes} bytes of an unfinished batch, never acknowledged, from {found.cut_path}")
    if found.rescued_bytes:
        said.append(f"kept {found.rescued_bytes} bytes written just before the end")
    said.extend(f"damage in {damage}" for damage in found.damages)
    return "; ".join(said)


def _first_line() -> bytes:
    """The orders. Byte by byte: what follows is not ours to take."""
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            sys.exit("playhead: this process is started by `playhead serve`")
        line += byte
    return bytes(line)


def _raise_descriptor_limit() -> None:
    """As many connections as the system lets us have, without being asked to configure it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 2 * CONNECTIONS_MAX) if hard != resource.RLIM_INFINITY else 2 * CONNECTIONS_MAX
    if soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    sys.exit(main())
