"""A collector on a port, and what tests put behind it and send to it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import uvicorn

from collector_support import event, start_body, world
from playhead.base.clock import Clock
from playhead.collector.asgi import CollectorApp, Keeper, OnDurable
from playhead.collector.config import CollectorConfig
from playhead.collector.direct import DirectHttp
from playhead.collector.ports import CollectorWorld

START = "/ee/va/v1/sessionStart?configId=ds-1"


class WallClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Unix time in ms."""
        return time.time_ns() // 1_000_000


class Shelf:
    """A keeper under the test's control: it says when, and whether, a record is durable."""

    def __init__(self, *, at_once: bool = True) -> None:
        self.kept: list[tuple[int, bytes]] = []
        self.waiting: list[OnDurable] = []
        self.at_once = at_once
        self.trouble: Exception | None = None
        self.failure: Exception | None = None

    def append(self, kind: int, payload: bytes, on_durable: OnDurable) -> None:
        """As the port says."""
        if self.trouble is not None:
            raise self.trouble
        self.kept.append((kind, payload))
        if self.at_once:
            on_durable(self.failure)
        else:
            self.waiting.append(on_durable)


@contextmanager
def on_a_port(app: CollectorApp, *, direct: bool, keep_alive_s: int = 5) -> Iterator[str]:
    """The app on a free port; its address."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        http=type("Http", (DirectHttp,), {"collector": app}) if direct else "httptools",
        log_config=None,
        server_header=False,
        ws="none",
        timeout_keep_alive=keep_alive_s,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def until(condition: Callable[[], object]) -> None:
    """Wait for something that happens elsewhere."""
    deadline_s = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen"
        time.sleep(0.005)


def door(
    keeper: Keeper,
    *,
    at: CollectorWorld | None = None,
    clock: Clock | None = None,
    config: CollectorConfig | None = None,
) -> CollectorApp:
    """An app with a world of its own."""
    return CollectorApp(world(config=config) if at is None else at, keeper, WallClock() if clock is None else clock)


def session_of(client: httpx.Client) -> str:
    """A session started over the network."""
    handles = client.post(START, json=start_body()).json()["handle"]
    return str(handles[0]["payload"][0]["sessionId"])


def ping(session_id: str) -> dict[str, object]:
    """A ping of now."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {"events": [event("ping", session_id, timestamp=stamp)]}


def refusal(connection: socket.socket) -> bytes:
    """One answer that refuses, whole: it may come in pieces."""
    reply = b""
    while b"}}" not in reply and (part := connection.recv(65_536)):
        reply += part
    return reply


def raw(address: str, data: bytes) -> bytes:
    """Send bytes and read until the first answer is complete or the connection closes."""
    url = httpx.URL(address)
    with socket.create_connection((url.host, url.port or 0), timeout=60) as connection:
        connection.sendall(data)
        return refusal(connection)
