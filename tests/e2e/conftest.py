"""A real server process on free ports: started, asked, stopped and killed from outside, as an operator would."""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from e2e.browser import chromium

EXECUTABLE = str(Path(sys.executable).parent / "playhead")
START_TIMEOUT_S = 150
STOP_TIMEOUT_S = 120
"""Both longer than the server's own patience, with its collectors and with what is left to process."""


class Server:
    """
    One run of `playhead serve` (or `demo`).

    Attributes:
        executable: The `playhead` program.
        data_dir: Its data directory.
        collector_url, console_url, datastream: As it printed them.
        printed: All it printed on stdout when it was ready.
    """

    def __init__(
        self, data_dir: Path, *options: str, command: str = "serve", environ: Mapping[str, str] | None = None
    ) -> None:
        """Start it and wait until it says that it is running; fails with what it said otherwise."""
        self.executable = EXECUTABLE
        self.data_dir = data_dir
        self._logs = data_dir.with_name(f"{data_dir.name}-{time.monotonic_ns()}")
        words = [EXECUTABLE, command, "--data-dir", str(data_dir), *options]
        for door in ("--port", "--console-port"):
            words += [] if door in options else [door, "0"]
        with self._logs.with_suffix(".out").open("wb") as out, self._logs.with_suffix(".err").open("wb") as err:
            self.process = subprocess.Popen(
                words, stdout=out, stderr=err, stdin=subprocess.DEVNULL, cwd=data_dir.parent, env=clean_environ(environ)
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while "\n" not in self._read(".out").strip("\n"):
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, f"not running after {START_TIMEOUT_S} s: {self.said}"
            time.sleep(0.01)
        self.printed = self._read(".out")
        self.console_url = self._line("Console")
        self.collector_url = self._line("Collector")
        self.datastream = self._line("Datastream")

    @property
    def said(self) -> str:
        """All it said on stderr so far."""
        return self._read(".err")

    def processes(self) -> list[int]:
        """Process ids: its own, then those of its collectors."""
        return [self.process.pid, *children_of(self.process.pid)]

    def stop(self, name: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop and wait; its exit status."""
        self.process.send_signal(name)
        return self.process.wait(timeout=STOP_TIMEOUT_S)

    def kill_everything(self) -> None:
        """`kill -9` of every process at once."""
        for process in self.processes():
            os.kill(process, signal.SIGKILL)
        self.process.wait(timeout=STOP_TIMEOUT_S)

    def end(self) -> None:
        """Whatever happened, leave nothing running."""
        if self.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.kill_everything()

    def _read(self, suffix: str) -> str:
        return self._logs.with_suffix(suffix).read_text()

    def _line(self, name: str) -> str:
        found = re.search(rf"^  {name} +(\S+)$", self.printed, re.MULTILINE)
        return found[1] if found else ""


def clean_environ(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without settings of Playhead, with those given."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PLAYHEAD_")} | dict(more or {})


def children_of(process: int) -> list[int]:
    """Process ids of a process's children."""
    return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def is_running(process: int) -> bool:
    """Whether a process still does anything; one that ended and was not asked for its status does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def lasting_port() -> int:
    """A free port, of those no system gives to who asks for any: a server that comes back finds it free."""
    lowest_given = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(10_000, lowest_given)
        with suppress(OSError), socket.create_server(("", port)):
            return port


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A running server with an empty data directory and the datastream `e2e`."""
    running = Server(tmp_path / "data", "--datastream", "e2e")
    yield running
    running.end()


@pytest.fixture
def tls_server(tmp_path: Path) -> Iterator[Server]:
    """The same, its collector speaking https with a certificate of its own."""
    running = Server(tmp_path / "data", "--datastream", "e2e", "--tls-self-signed")
    yield running
    running.end()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all pages of a module."""
    with chromium() as running:
        yield running
