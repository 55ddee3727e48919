"""The door with a certificate: both versions of HTTP, an end to everything a client may do, and a stop that loses nothing."""

import asyncio
import contextlib
import json
import os
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from collector_server import START, Shelf, door, session_of, until
from collector_support import start_body
from playhead.app.addresses import listen
from playhead.app.http_limits import HEAD_BYTES_MAX
from playhead.app.tls import self_signed
from playhead.app.tls_door import TlsDoor
from playhead.collector.asgi import CollectorApp
from playhead.collector.config import CollectorConfig

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"
HALF_A_HEAD = b"POST /ee/va/v1/ping HTTP/1.1\r\nhost: x\r\n"


class Opened:
    """A door that is open, and how to close it."""

    def __init__(self, application: CollectorApp, directory: Path, **limits: float) -> None:
        cert, key = self_signed(directory, ["127.0.0.1"], time.time_ns() // 1_000_000)
        settings: dict[str, Any] = {"keep_alive_s": 75.0, "drain_s": 10.0, **limits}
        self._door = TlsDoor(application, str(cert), str(key), **settings)
        self._loop = asyncio.new_event_loop()
        with listen("127.0.0.1", 0, "--port") as listener:
            self.port = int(listener.getsockname()[1])
            self.thread = threading.Thread(target=self._serve, args=(listener.detach(),))
        self.url = f"https://127.0.0.1:{self.port}"
        self.thread.start()

    def finish(self) -> None:
        """Ask it to close."""
        self._loop.call_soon_threadsafe(self._door.finish)

    def connect(self, protocol: str, data: bytes = b"") -> ssl.SSLSocket:
        """A connection that says this and no more."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols([protocol])
        connection = context.wrap_socket(socket.create_connection(("127.0.0.1", self.port), timeout=60))
        assert connection.selected_alpn_protocol() == protocol
        connection.sendall(data)
        return connection

    def _serve(self, listener: int) -> None:
        async def run() -> None:
            self._door.open(listener, 128)
            await self._door.run()

        self._loop.run_until_complete(run())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


@contextmanager
def opened(application: CollectorApp, directory: Path, **limits: float) -> Iterator[Opened]:
    """An open door; closed afterwards."""
    one = Opened(application, directory, **limits)
    try:
        yield one
    finally:
        if one.thread.is_alive():
            one.finish()
        one.thread.join(timeout=60)
        assert not one.thread.is_alive()


def client(protocol: str) -> httpx.Client:
    """A client of one version of HTTP."""
    return httpx.Client(verify=False, http1=protocol == "http/1.1", http2=protocol == "h2")  # noqa: S501 - our own


def rest(connection: socket.socket) -> bytes:
    """All that comes until the end."""
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts)


both = pytest.mark.parametrize("protocol", ["http/1.1", "h2"])


@both
def test_it_answers_as_the_other_door(tmp_path: Path, protocol: str) -> None:
    """A session starts over either version, with one `server` and one `date`, and the record is kept before."""
    shelf = Shelf()
    with opened(door(shelf), tmp_path) as one, client(protocol) as http:
        answer = http.post(f"{one.url}{START}", json=start_body())
        assert (answer.status_code, answer.http_version) == (200, {"h2": "HTTP/2"}.get(protocol, "HTTP/1.1"))
        assert (answer.headers.get_list("server"), len(answer.headers.get_list("date"))) == (["playhead"], 1)
        assert len(shelf.kept) == 1


@both
def test_heads_are_bounded(tmp_path: Path, protocol: str) -> None:
    """A head beyond the limit is answered 431 and reaches nobody."""
    with opened(door(Shelf()), tmp_path) as one, client(protocol) as http:
        answer = http.get(f"{one.url}/healthz", headers={"x": "a" * HEAD_BYTES_MAX})
        assert answer.status_code == 431
        assert http.get(f"{one.url}/healthz", headers={"x": "a" * (HEAD_BYTES_MAX // 2)}).status_code == 200


@pytest.mark.parametrize(("protocol", "data"), [("http/1.1", b""), ("h2", b""), ("h2", PREFACE)])
def test_silence_is_cut_off(tmp_path: Path, protocol: str, data: bytes) -> None:
    """A connection that says nothing, or nothing after its preface, is closed."""
    with opened(door(Shelf()), tmp_path, silent_s=1.5) as one, one.connect(protocol, data) as connection:
        rest(connection)


def test_connections_are_bounded(tmp_path: Path) -> None:
    """One connection too many waits, and is served when another one ends."""
    with opened(door(Shelf()), tmp_path, connections_max=2) as one:
        held = [one.connect("http/1.1") for _ in range(2)]
        third = ssl.create_default_context().wrap_socket(
            socket.create_connection(("127.0.0.1", one.port), timeout=0.5),
            do_handshake_on_connect=False,
            server_hostname="127.0.0.1",
        )
        with third, pytest.raises(TimeoutError):
            third.do_handshake()
        held.pop().close()
        with client("h2") as http:
            assert http.get(f"{one.url}/healthz").status_code == 200
        held.pop().close()


def test_a_slow_head_is_cut_off(tmp_path: Path) -> None:
    """Half a head is not waited for."""
    with opened(door(Shelf()), tmp_path, keep_alive_s=1.5) as one, one.connect("http/1.1", HALF_A_HEAD) as connection:
        assert rest(connection) == b""


@both
def test_a_slow_body_is_refused(tmp_path: Path, protocol: str) -> None:
    """A body that does not come is answered 503 with `retry-after` after the time requests have."""

    def dribble() -> Iterator[bytes]:
        yield b"{"
        until(lambda: application.meters.snapshot().requests)
        yield b"}"

    application = door(Shelf(), config=CollectorConfig(request_timeout_s=0.2))
    with opened(application, tmp_path) as one, client(protocol) as http:
        answer = http.post(f"{one.url}{START}", content=dribble(), headers={"content-type": "application/json"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


@both
def test_a_request_under_way_is_answered_at_the_end(tmp_path: Path, protocol: str) -> None:
    """A record that is still on its way to the disk when the door closes is acknowledged when it is there."""
    shelf = Shelf(at_once=False)
    version = {"h2": "--http2", "http/1.1": "--http1.1"}[protocol]
    words = ["curl", "-sk", version, "-o", os.devnull, "-w", "%{http_code}", "--json", json.dumps(start_body())]
    with opened(door(shelf), tmp_path) as one:
        asking = subprocess.Popen([*words, f"{one.url}{START}"], stdout=subprocess.PIPE)
        until(lambda: shelf.waiting)
        one.finish()
        time.sleep(0.3)
        assert (asking.poll(), one.thread.is_alive()) == (None, True)
        shelf.waiting.pop()(None)
        assert asking.communicate(timeout=60)[0] == b"200"


def test_nobody_is_waited_for_who_says_nothing(tmp_path: Path) -> None:
    """Idle connections, silent ones and half heads do not hold up the end for long."""
    with opened(door(Shelf()), tmp_path, drain_s=50.0) as one, client("http/1.1") as http, client("h2") as http2:
        session_of(_at(http, one.url))
        session_of(_at(http2, one.url))
        held = [one.connect("http/1.1"), one.connect("h2", PREFACE), one.connect("http/1.1", HALF_A_HEAD)]
        began_s = time.monotonic()
        one.finish()
        one.thread.join(timeout=60)
        assert time.monotonic() - began_s < 30
        for connection in held:
            connection.close()


def test_who_goes_on_is_cut_off_at_last(tmp_path: Path) -> None:
    """A client that keeps sending its body, byte by byte, ends with the time that requests under way have."""
    with opened(door(Shelf()), tmp_path, drain_s=1.0) as one:
        head = HALF_A_HEAD + b"content-type: application/json\r\ncontent-length: 60000\r\n\r\n"
        with one.connect("http/1.1", head) as connection:
            one.finish()
            assert _dribbles_s(connection) < 30
            one.thread.join(timeout=30)
            assert not one.thread.is_alive()


def _dribbles_s(connection: socket.socket) -> float:
    """Send a byte now and then until that fails; how long it went on."""
    began_s = time.monotonic()
    with contextlib.suppress(OSError):
        while time.monotonic() - began_s < 60:
            connection.sendall(b" ")
            time.sleep(0.05)
    return time.monotonic() - began_s


def _at(http: httpx.Client, url: str) -> httpx.Client:
    http.base_url = httpx.URL(url)
    return http
