"""`playhead verify` on a real directory: while its server runs, after it stopped, after it was killed, after a change."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from e2e.conftest import EXECUTABLE, Server, clean_environ
from e2e.test_crash import Load
from e2e.viewings import EVERYTHING, SHORT, now, send, short

pytestmark = pytest.mark.e2e

ROUNDS = ((2, "kill"), (1, "kill"), (2, "stop"), (3, "kill"))
"""Collectors of each round, and how it ends."""


def run(command: str, data_dir: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Status and answer of a command on a data directory."""
    done = subprocess.run(
        [EXECUTABLE, command, "--data-dir", str(data_dir), "--json", *options],
        capture_output=True, text=True, check=False, env=clean_environ(), timeout=120,
    )  # fmt: skip
    assert done.stdout, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, answer


def fill(server: Server) -> str:
    """Viewings of all kinds, ended and open; the id of the one with everything in it."""
    start = now() - timedelta(minutes=50)
    for details, watched_s, over in SHORT:
        send(server.collector_url, server.datastream, start, short(details, watched_s, over=over))
    return send(server.collector_url, server.datastream, start, EVERYTHING)


@contextmanager
def busy(server: Server) -> Iterator[None]:
    """A player goes on talking to the server meanwhile."""
    over = threading.Event()

    def play() -> None:
        while not over.is_set():
            send(server.collector_url, server.datastream, now() - timedelta(minutes=5), EVERYTHING)

    player = threading.Thread(target=play)
    player.start()
    try:
        yield
    finally:
        over.set()
        player.join()


def test_the_books_of_a_real_server(tmp_path: Path) -> None:
    """They balance while it runs and after; a changed byte and a changed cell are named."""
    data = tmp_path / "data"
    server = Server(data, "--datastream", "e2e", "--workers", "2")
    try:
        session_id = fill(server)
        with busy(server):
            assert (0, True, []) == told(run("verify", data))
        assert server.stop() == 0
    finally:
        server.end()
    status, answer = run("verify", data)
    assert (0, True, []) == told((status, answer))
    sheet = answer["balance"]
    assert (True, 0, sheet["accepted"]) == (sheet["holds"], sheet["waiting"], sheet["received"])
    assert sheet["accepted"] == sheet["counted"] > len(EVERYTHING)
    with duckdb.connect(str(data / "store" / "playhead.duckdb")) as store:
        store.execute("UPDATE kept.session SET time_played = time_played + 1 WHERE session_id = ?", [session_id])
    status, answer = run("verify", data)
    assert (1, [("session", session_id, "time_played")]) == (
        status,
        [(one["table"], one["session_id"], one["column"]) for one in answer["findings"]],
    )
    path = max(data.glob("journal/*/*.seg"), key=lambda path: len(path.read_bytes().rstrip(b"\0")))
    kept = bytearray(path.read_bytes())
    kept[kept.index(b"mediaCollection")] ^= 1
    path.write_bytes(kept)
    status, answer = run("verify", data)
    assert (1, str(path), "checksum does not match") == (
        status,
        answer["findings"][0]["path"],
        answer["findings"][0]["reason"],
    )


def told(result: tuple[int, dict[str, Any]]) -> tuple[int, bool, list[Any]]:
    """Status, verdict and findings."""
    status, answer = result
    return status, answer["ok"], answer["findings"]


def test_the_books_after_crashes(tmp_path: Path) -> None:
    """Killed with -9 as it is under load, with other numbers of collectors: they balance each time."""
    data, load = tmp_path / "data", Load()
    for workers, end in ROUNDS:
        server = Server(data, "--datastream", "e2e", "--workers", str(workers))
        try:
            load.run(server, end)
        finally:
            server.end()
        assert (0, True, []) == told(run("verify", data))
