"""Connections that say nothing are found by the kernel's own account of them, and no others are touched."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from playhead.app.silence import close_silent, silence_ms

TICK_MS = 50
"""Finer than that a kernel need not count."""

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """Closes what a test opens."""
    with ExitStack() as stack:
        yield stack


def listening(opened: ExitStack, host: str = "127.0.0.1") -> socket.socket:
    """A listener on a free port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return opened.enter_context(socket.create_server((host, 0), family=family))


def connected(opened: ExitStack, listener: socket.socket) -> Pair:
    """The client's end and ours."""
    client = opened.enter_context(socket.create_connection(listener.getsockname()[:2], timeout=60))
    return client, opened.enter_context(listener.accept()[0])


def test_a_silent_connection_is_closed(opened: ExitStack) -> None:
    """One that said nothing since it began reads the end, and so does whoever holds it here."""
    listener = listening(opened)
    client, ours = connected(opened, listener)
    time.sleep(0.1)
    assert close_silent(listener.getsockname()[1], 0.05) == 1
    assert (client.recv(1), ours.recv(1)) == (b"", b"")


def test_one_that_speaks_is_kept(opened: ExitStack) -> None:
    """What came a moment ago is not silence, also when it was not read yet."""
    listener = listening(opened)
    client, ours = connected(opened, listener)
    time.sleep(2.0)
    client.sendall(b"x")
    assert close_silent(listener.getsockname()[1], 1.9) == 0
    assert ours.recv(1) == b"x"


def test_other_connections_are_let_be(opened: ExitStack) -> None:
    """Only connections accepted on the port count: not the listener, not those of another port, not our own calls."""
    listener, other = listening(opened), listening(opened)
    elsewhere = connected(opened, other)
    assert close_silent(listener.getsockname()[1], 0) == 0
    elsewhere[0].sendall(b"x")
    assert elsewhere[1].recv(1) == b"x"
    client, ours = connected(opened, listener)
    assert close_silent(client.getsockname()[1], 0) == 1  # the client's end, by its own port
    assert ours.recv(1) == b""


def test_version_6_too(opened: ExitStack) -> None:
    """Addresses of version 6 are looked at as well."""
    listener = listening(opened, "::1")
    client, _ = connected(opened, listener)
    assert close_silent(listener.getsockname()[1], 0) == 1
    assert client.recv(1) == b""


def open_sockets() -> set[str]:
    """What this process has open of sockets; other kinds of files come and go with the threads of other tests."""
    links = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # that of the directory itself
            links.add(f"{descriptor.name} {descriptor.readlink()}")
    return {link for link in links if "socket:" in link}


def test_nothing_stays_open(opened: ExitStack) -> None:
    """Looking leaves no descriptor behind, whatever kinds there are."""
    listener = listening(opened)
    connected(opened, listener)
    before = open_sockets()
    for _ in range(3):
        close_silent(listener.getsockname()[1], 60)
    assert open_sockets() - before == set()


def test_without_a_descriptor_to_spare(opened: ExitStack) -> None:
    """Where the process may open nothing more, nothing is closed and nothing fails; later it is."""
    listener = listening(opened)
    client, _ = connected(opened, listener)
    port = listener.getsockname()[1]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
        assert close_silent(port, 0) == 0
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert close_silent(port, 0) == 1
    assert client.recv(1) == b""


def test_silence_is_counted_in_milliseconds(opened: ExitStack) -> None:
    """It begins with the last byte."""
    client, ours = connected(opened, listening(opened))
    time.sleep(0.2)
    sending_s = time.monotonic()
    client.sendall(b"x")
    ours.recv(1)
    received_s = time.monotonic()
    time.sleep(0.3)
    asked_s = time.monotonic()
    silent_ms = silence_ms(ours)
    assert (asked_s - received_s) * 1000 - TICK_MS <= silent_ms <= (time.monotonic() - sending_s) * 1000 + TICK_MS
