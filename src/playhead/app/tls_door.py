"""
The collector's door with a certificate: HTTP/1.1 and HTTP/2, chosen by ALPN, served by granian (decision 0066).

granian speaks TLS and HTTP in a thread of its own, in Rust, and calls the same ASGI callable as the door without a
certificate, on the same loop.

Law: as for that door, everything a client may do before its request is known has an end: handshake (granian's, 10 s), head
(`HEAD_BYTES_MAX`, `KEEP_ALIVE_S`), silence (`SILENT_S`), streams of a connection, connections of the process.
"""

import asyncio
import os
import resource
import socket
from typing import Any

import granian._futures
import granian.asgi
from granian import _granian
from granian.http import HTTP1Settings, HTTP2Settings

from playhead.app.http_limits import CONNECTIONS_MAX, HEAD_BYTES_MAX, ExhaustedError
from playhead.app.silence import close_silent
from playhead.collector.asgi import CollectorApp

TLS_MIN = "tls1.2"
"""Televisions of some age speak no later one."""

STREAMS_MAX = 64
"""Requests under way on one HTTP/2 connection. Beyond: the client waits; browsers and SDKs send a few at a time."""

SILENT_S = 120.0
"""How long a connection may say nothing. Beyond: closed. Longer than any ping interval (protocol.md 7.1)."""

SWEEP_S = 15.0
WATCH_S = 1.0

EXHAUSTED_S = 3.0
"""After this long without a free descriptor the door gives up: granian would never look at its connections again."""

SPARE_DESCRIPTORS = 16
"""Held back, so that a door that gives up leaves enough to end in order."""

DESCRIPTORS_KEPT = 64
"""Descriptors that connections leave for files, and for looking at connections."""

_SILENT_AT_END_S = 2.0
"""At the end, a connection that has said nothing for this long has nothing under way."""

_SETTLE_S = 1.0

_RUNTIME_THREADS = 1
_BLOCKING_THREADS = 1
_PYTHON_THREADS = 1
_PYTHON_THREADS_IDLE_S = 30


class TlsDoor:
    """
    The server.

    All methods are called from one event loop.
    """

    def __init__(
        self,
        application: CollectorApp,
        cert: str,
        key: str,
        *,
        keep_alive_s: float,
        drain_s: float,
        silent_s: float = SILENT_S,
        connections_max: int = CONNECTIONS_MAX,
    ) -> None:
        """
        Nothing is opened yet.

        Args:
            application: What answers.
            cert: PEM file of the chain, its first certificate ours; one that `tls.check_pair` takes, or it ends the process.
            key: PEM file of its private key.
            keep_alive_s: How long an HTTP/1.1 connection may take for its next request, head included.
            drain_s: How long requests under way may take when the door closes.
            silent_s: How long a connection may say nothing.
            connections_max: Connections at once, fewer where the process may not hold as many descriptors. The next
                ones wait in the kernel's queue.
        """
        self._application = application
        self._cert = cert
        self._key = key
        self._keep_alive_s = keep_alive_s
        self._drain_s = drain_s
        self._silent_s = silent_s
        allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self._connections_max = (
            connections_max if allowed < 0 else max(1, min(connections_max, allowed - DESCRIPTORS_KEPT))
        )
        self._port = 0
        self._signal = _granian.WorkerSignal()
        self._asked = asyncio.Event()
        self._closed = asyncio.Event()

    def open(self, listener: int, backlog: int) -> None:
        """
        Answer connections from now on.

        Args:
            listener: Descriptor of the listening socket, not blocking; the server's from now on.
            backlog: Connections the kernel holds until they are taken.
        """
        loop = asyncio.get_running_loop()
        with socket.socket(fileno=os.dup(listener)) as held:
            self._port = held.getsockname()[1]
            held.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # its connections inherit it
        make: Any = _granian  # its types lag behind it
        tasks: Any = granian._futures  # noqa: SLF001 - decision 0066
        asgi: Any = granian.asgi
        self._signal.add_cb(lambda: loop.call_soon_threadsafe(self._closed.set))
        call = tasks._future_watcher_wrapper(asgi._callback_wrapper(self._application, {}, {}))  # noqa: SLF001
        worker = make.ASGIWorker(
            1, (None, make.SocketHolder(listener, False, backlog)), None,
            _RUNTIME_THREADS, _BLOCKING_THREADS, _PYTHON_THREADS, _PYTHON_THREADS_IDLE_S,
            self._connections_max,
            "auto", self._http1(), _http2(), False, None,
            True, self._cert, self._key, None, TLS_MIN, None, [], False, (None, None),
        )  # fmt: skip
        worker.serve_async(tasks._new_cbscheduler(loop, call, impl_asyncio=True), loop, self._signal)  # noqa: SLF001

    def finish(self) -> None:
        """Begin to close: no new connections, requests under way are answered, clients are told to go."""
        self._asked.set()

    async def run(self) -> None:
        """
        Serve until asked to finish and everything under way is answered, or took longer than `drain_s`.

        Raises:
            ExhaustedError: More connections than descriptors came, and none was given back for `EXHAUSTED_S`.
        """
        loop = asyncio.get_running_loop()
        spare = [os.open(os.devnull, os.O_RDONLY) for _ in range(SPARE_DESCRIPTORS)]
        try:
            try:
                await self._watch(loop)
            finally:
                self._signal.set()
            deadline = loop.time() + self._drain_s
            while not await _comes(self._closed, 0.2):
                late = loop.time() >= deadline
                await asyncio.to_thread(close_silent, self._port, 0 if late else _SILENT_AT_END_S)
        except ExhaustedError:
            await _comes(self._closed, _SETTLE_S)  # until nobody takes what is given back below
            raise
        finally:
            for descriptor in spare:
                os.close(descriptor)

    async def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Until asked to finish: close silent connections, and see to it that there are descriptors."""
        every_s = min(SWEEP_S, self._silent_s)
        swept = free = loop.time()
        while not await _comes(self._asked, min(WATCH_S, every_s)):
            now = loop.time()
            if _is_descriptor_free():
                free = now
            elif now - free >= EXHAUSTED_S:
                raise ExhaustedError("no descriptor is left for connections; this collector is replaced")
            if now - swept >= every_s:
                swept = now
                await asyncio.to_thread(close_silent, self._port, self._silent_s)

    def _http1(self) -> HTTP1Settings:
        return HTTP1Settings(header_read_timeout=round(self._keep_alive_s * 1000), max_buffer_size=HEAD_BYTES_MAX)


def _http2() -> HTTP2Settings:
    return HTTP2Settings(max_concurrent_streams=STREAMS_MAX, max_headers_size=HEAD_BYTES_MAX)


def _is_descriptor_free() -> bool:
    try:
        os.close(os.dup(2))
    except OSError:
        return False
    return True


async def _comes(event: asyncio.Event, within_s: float) -> bool:
    """Whether it comes in time."""
    try:
        async with asyncio.timeout(within_s):
            return await event.wait()
    except TimeoutError:
        return False
