"""What a client may send before its request is known is bounded in bytes and time."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

from playhead.app.addresses import listen
from playhead.app.collector_process import HttpServer
from playhead.app.http_limits import HEAD_BYTES_MAX, BoundedHttp, close_slow_heads

Message = MutableMapping[str, Any]


async def application(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Reads the body and answers with its length."""
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = str(size).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


def answers_to(pieces: list[bytes], *, timeout_s: float = 20.0, http: type[BoundedHttp] = BoundedHttp) -> bytes:
    """All that a connection gives back for these bytes until the server closes it, or has answered two requests."""

    async def run() -> bytes:
        with listen("127.0.0.1", 0, "--port") as listener:
            config = uvicorn.Config(application, http=http, ws="none", lifespan="off", log_config=None)
            door = HttpServer(config)
            serving = asyncio.create_task(door.serve(sockets=[socket.socket(fileno=listener.detach())]))
            while not door.started:  # noqa: ASYNC110 - the server has no event to wait for
                await asyncio.sleep(0.005)
            sweeping = asyncio.create_task(close_slow_heads(door.server_state.connections, timeout_s=timeout_s))
            port = door.servers[0].sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            received = bytearray()
            with contextlib.suppress(ConnectionError):
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                async with asyncio.timeout(60):
                    while received.count(b"HTTP/1.1 200") < 2 and (data := await reader.read(4096)):
                        received += data
            writer.close()
            sweeping.cancel()
            door.should_exit = True
            await serving
            return bytes(received)

    return asyncio.run(run())


def request(body: bytes, extra: bytes = b"") -> bytes:
    """A POST with this body."""
    return b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n%s\r\n%s" % (len(body), extra, body)


def test_large_bodies_are_not_heads() -> None:
    """Requests with bodies far beyond the limit of heads are answered, one after the other on one connection."""
    size = HEAD_BYTES_MAX * 4
    answer = answers_to([request(b"x" * size), request(b"y" * size)])
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert answer.count(str(size).encode()) == 2


def test_an_endless_head_is_refused() -> None:
    """A head beyond the limit gets 431 and the connection ends."""
    pieces = [b"GET / HTTP/1.1\r\nx: ", *[b"a" * 8192] * 8]
    assert answers_to(pieces).startswith(b"HTTP/1.1 431 ")


def test_a_slow_head_is_cut_off() -> None:
    """A head that does not come in time ends the connection, without an answer."""
    assert answers_to([b"GET / HTTP/1.1\r\nhost:"], timeout_s=0.1) == b""


def test_saying_nothing_is_cut_off() -> None:
    """A connection on which nothing is said ends likewise."""
    assert answers_to([], timeout_s=0.1) == b""


def test_too_many_connections_are_sent_away() -> None:
    """A connection beyond the limit is told at once to come back, and ends."""

    class Full(BoundedHttp):
        connections_max = 0

    answer = answers_to([], http=Full)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nretry-after: 5\r\n" in answer
