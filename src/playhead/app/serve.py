"""
The whole system on one machine: `playhead serve`.

This process holds the data directory, watches over the collectors, and runs the processor and the console, because the
database has one owner. Order of a start: directory, addresses, collectors (journals recovered, answering), processor,
console. Order of a stop: collectors, processor up to the last acknowledged event, console.

Law: what was acknowledged is on disk before the acknowledgement, so no way of ending loses any of it; a stop in order
only leaves nothing for the next start to do.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from playhead.app.addresses import console_token, listen, url_of
from playhead.app.banner import Doors, banner
from playhead.app.clock import SystemClock
from playhead.app.collector_link import Orders
from playhead.app.collectors import Collectors
from playhead.app.config import Config
from playhead.app.logs import configure_logs
from playhead.app.prepared import ConsoleAddress, Prepared, certificate, collector_config, first_datastream
from playhead.deployment.datastreams import DatastreamFile
from playhead.deployment.files import replace_file
from playhead.deployment.keys import load_or_create_keys
from playhead.deployment.layout import hold, prepare

if TYPE_CHECKING:
    from playhead.app.console import ConsoleServer
    from playhead.app.processor import Processor

_LOG = structlog.get_logger("playhead.serve")

PATIENCE_S = 5.0
"""After this long without being ready, say what is going on: after a crash there may be much to read again."""

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


Alongside = Callable[[Doors], Coroutine[Any, Any, None]]


def serve(
    config: Config,
    *,
    announce: Callable[[Doors, bool], None] | None = None,
    demo: bool = False,
    alongside: Alongside | None = None,
) -> int:
    """
    Run until a signal says to stop.

    Args:
        config: Effective settings, and where each came from.
        announce: Told once everything answers: the addresses, and whether the data directory was empty. By default
            they are printed on stdout.
        demo: Whether the console serves the demo page.
        alongside: What runs while everything answers; cancelled first when it is to stop.

    Returns:
        0 after a stop in order.

    Raises:
        UsageError: The settings do not fit together or to the data directory.
        PlayheadError: Something is in the way: directory in use, port taken, journal or store unreadable.
    """
    settings = config.settings
    configure_logs(settings.log)
    token = console_token(settings.console)
    layout = prepare(Path(settings.data_dir))
    with hold(layout) as held, contextlib.ExitStack() as listeners:
        listener = listeners.enter_context(listen(settings.collector.host, settings.collector.port, "--port"))
        console = listeners.enter_context(listen(settings.console.host, settings.console.port, "--console-port"))
        clock = SystemClock()
        load_or_create_keys(layout.keys, clock.now_ms())
        datastreams = DatastreamFile(layout.datastreams)
        shown, is_first = first_datastream(settings, datastreams, clock.now_ms())
        tls = certificate(settings.collector, layout, clock.now_ms())
        doors = Doors(
            collector_url=url_of(listener, secure=tls is not None),
            console_url=url_of(console),
            base_path=settings.collector.base_paths[0],
            datastream_id=shown.id,
            data_dir=str(layout.root),
            self_signed=settings.collector.tls_self_signed,
        )
        prepared = Prepared(
            settings=settings,
            values=config.values,
            layout=layout,
            held=held,
            clock=clock,
            datastreams=datastreams,
            listener=listener,
            console=console,
            tls=tls,
            token=token,
            doors=doors,
            demo=shown if demo else None,
        )
        asyncio.run(_run(prepared, lambda: (announce or _print)(doors, is_first), alongside))
    return 0


class Stop:
    """How a person asks the server to stop: the first signal politely, the second SIGINT in a hurry."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.hurried = asyncio.Event()

    def listen(self) -> None:
        """Take over the signals of this process."""
        loop = asyncio.get_running_loop()
        for name in STOP_SIGNALS:
            loop.add_signal_handler(name, self._on_signal, name)

    def _on_signal(self, name: signal.Signals) -> None:
        if self.asked.is_set() and name is signal.SIGINT:
            self.hurried.set()
        elif not self.asked.is_set():
            _LOG.info("stopping: finishing what was acknowledged", signal=name.name)
            self.asked.set()


async def _run(prepared: Prepared, announce: Callable[[], None], alongside: Alongside | None) -> None:
    """
    Start everything, say so, wait for a signal, stop everything.

    Raises:
        PlayheadError: Something could not be started.
    """
    stop = Stop()
    stop.listen()
    collectors = Collectors(_orders(prepared), [prepared.held.descriptor])
    starting = asyncio.create_task(collectors.start())
    patience = asyncio.get_running_loop().call_later(PATIENCE_S, _LOG.info, "still opening journals and store")
    try:
        console_type, processor_type = await asyncio.to_thread(_heavy_parts)  # while the collectors start
        processor = processor_type(prepared.layout, prepared.settings, prepared.datastreams, prepared.clock)
        await starting
        await asyncio.to_thread(processor.open)
        console = console_type(prepared, processor, collectors)
        processor.start()
        try:
            await console.start()
            patience.cancel()
            with _address_left(prepared):
                if not stop.asked.is_set():
                    announce()
                    await _with(alongside, prepared.doors, stop)
                prepared.listener.close()
                await _in_order(collectors, processor, stop)
        finally:
            await console.finish()
            await asyncio.to_thread(processor.close)
    finally:
        patience.cancel()
        starting.cancel()
        collectors.kill()
        await collectors.finish()


async def _with(alongside: Alongside | None, doors: Doors, stop: Stop) -> None:
    """Until somebody asks to stop; what runs alongside may end before, and is over then."""
    stopping = asyncio.create_task(stop.asked.wait())
    running = [asyncio.create_task(alongside(doors))] if alongside else []
    try:
        done, _ = await asyncio.wait({stopping, *running}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        await stopping
    finally:
        for task in (stopping, *running):
            task.cancel()
        await asyncio.gather(stopping, *running, return_exceptions=True)


def _heavy_parts() -> "tuple[type[ConsoleServer], type[Processor]]":
    """The parts that bring the database and the web framework: a second of reading in, on a small machine."""
    from playhead.app.console import ConsoleServer  # noqa: PLC0415
    from playhead.app.processor import Processor  # noqa: PLC0415

    return ConsoleServer, Processor


async def _in_order(collectors: Collectors, processor: "Processor", stop: Stop) -> None:
    """Let the collectors finish, then the processor; a hurried person gets it over with at once, losing nothing."""

    async def finish() -> None:
        await collectors.finish()
        await asyncio.to_thread(processor.finish)

    finishing = asyncio.create_task(finish())
    hurrying = asyncio.create_task(stop.hurried.wait())
    await asyncio.wait({finishing, hurrying}, return_when=asyncio.FIRST_COMPLETED)
    if not finishing.done():
        _LOG.warning("stopping at once; the next start does what is left to do")
        collectors.kill()
        processor.hurry()
    hurrying.cancel()
    await finishing


def _orders(prepared: Prepared) -> list[Orders]:
    cert, key = prepared.tls or (None, None)
    return [
        Orders(
            worker=worker,
            data_dir=str(prepared.layout.root),
            listener=prepared.listener.fileno(),
            config=collector_config(prepared.settings.collector),
            tls_cert=cert,
            tls_key=key,
            log_level=prepared.settings.log.level,
        )
        for worker in range(prepared.settings.collector.workers)
    ]


@contextlib.contextmanager
def _address_left(prepared: Prepared) -> Iterator[None]:
    """Other commands find the console while it runs."""
    token_file = prepared.settings.console.token_file
    address = ConsoleAddress(
        url=prepared.doors.console_url,
        token_file=str(Path(token_file).absolute()) if token_file else None,
        process=os.getpid(),
        collector_url=prepared.doors.collector_url,
        base_path=prepared.doors.base_path,
    )
    path = prepared.layout.console_address
    replace_file(path, msgspec.json.encode(address))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _print(doors: Doors, first_start: bool) -> None:
    sys.stdout.write(banner(doors, first_start=first_start))
    sys.stdout.flush()
