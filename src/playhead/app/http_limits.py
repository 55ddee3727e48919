"""
HTTP/1.1 with an end to what clients may do before their request is known: connections, header bytes, time for them.

The server of uvicorn bounds neither bytes nor time, and its answer to too many connections is not one that players know.
Law: a process holds at most `CONNECTIONS_MAX` connections; one holds at most `HEAD_BYTES_MAX` of an unfinished head, and
no longer than `HEAD_TIMEOUT_S`.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from playhead.base.errors import PlayheadError

CONNECTIONS_MAX = 20_000
"""Of one process. Beyond: 503 with `retry-after`, and the connection is closed."""

HEAD_BYTES_MAX = 32 * 1024
"""Request line and headers. Beyond: 431, and the connection is closed. Browsers send at most some KB of cookies."""

HEAD_TIMEOUT_S = 20.0
"""Time for them, and for the first byte of a connection. Beyond: the connection is closed."""

SWEEP_S = 1.0

_END = b"content-length: 0\r\nconnection: close\r\nserver: playhead\r\n\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\n" + _END
_TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\n" + _END


class ExhaustedError(PlayheadError):
    """The process has no descriptor left for connections and is to be replaced."""


class BoundedHttp(HttpToolsProtocol):
    """
    One connection.

    Attributes:
        connections_max: Of the process.
        head_since: The loop's time since when an unfinished head is waited for; None between.
    """

    connections_max: ClassVar[int] = CONNECTIONS_MAX

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.head_since: float | None = None
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first request is waited for from now on."""
        super().connection_made(transport)
        self.head_since = self.loop.time()
        if len(self.connections) > self.connections_max:
            transport.write(_TOO_MANY)
            transport.close()

    def data_received(self, data: bytes) -> None:
        """Bytes of the client."""
        super().data_received(data)
        if self.head_since is None:
            return
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """The head of a request begins."""
        super().on_message_begin()
        self.head_since = self.loop.time()

    def on_headers_complete(self) -> None:
        """It is known."""
        self.head_since = None
        self._head_bytes = 0
        super().on_headers_complete()


async def close_slow_heads(connections: Iterable[object], *, timeout_s: float = HEAD_TIMEOUT_S) -> None:
    """Close connections that take too long to say what they want, once a second, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(SWEEP_S)
        oldest = loop.time() - timeout_s
        for connection in list(connections):
            if (
                isinstance(connection, BoundedHttp)
                and connection.head_since is not None
                and connection.head_since < oldest
            ):
                connection.transport.close()
