"""`playhead verify` on a real directory: while its server runs, after it stopped, after it was killed, after a change."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from e2e.conftest import EXECUTABLE, Server, clean_environ
from e2e.test_crash import Load
from e2e.viewings import EVERYTHING, SHORT, now, send, short

pytestmark = pytest.mark.e2e

ROUNDS = ((2, "kill"), (1, "kill"), (2, "stop"), (3, "kill"))
"""Collectors of each round, and how it ends."""


def run(command: str, data_dir: Path, *options: str, **settings: str) -> tuple[int, dict[str, Any]]:
    """Status and answer of a command on a data directory, with settings of sessions by their names."""
    environ = {f"PLAYHEAD_SESSIONS_{name.upper()}": value for name, value in settings.items()}
    done = subprocess.run(
        [EXECUTABLE, command, "--data-dir", str(data_dir), "--json", *options],
        capture_output=True, text=True, check=False, env=clean_environ(environ), timeout=600,
    )  # fmt: skip
    assert done.stdout, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, answer


def fill(server: Server) -> str:
    """Viewings of all kinds, ended and open; the id of the one with everything in it, which is closed."""
    start = now() - timedelta(minutes=50)
    for details, watched_s, over in SHORT:
        send(server.collector_url, server.datastream, start, short(details, watched_s, over=over))
    session_id = send(server.collector_url, server.datastream, start, EVERYTHING)
    deadline = time.monotonic() + 120
    while httpx.get(f"{server.console_url}/api/v1/sessions/{session_id}").json().get("state") != "closed":
        assert time.monotonic() < deadline, server.said
        time.sleep(0.1)
    return session_id


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
        [(one["table"], one["sessionId"], one["column"]) for one in answer["findings"]],
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


def test_a_rebuild_by_other_settings(tmp_path: Path) -> None:
    """A shorter timeout and cap are tried, then applied, while no server runs; the books balance, and a server goes on."""
    data = tmp_path / "data"
    server = Server(data, "--datastream", "e2e")
    try:
        session_id = fill(server)
        refused = subprocess.run(
            [EXECUTABLE, "rebuild", "--data-dir", str(data)], capture_output=True, text=True, check=False, timeout=120
        )
        assert (1, "") == (refused.returncode, refused.stdout)
        assert "stop it first" in refused.stderr
        assert server.stop() == 0
    finally:
        server.end()
    other = {"idle_timeout_s": "0.0005", "interval_cap_s": "5"}
    before = (data / "store" / "playhead.duckdb").read_bytes()
    status, looked = run("rebuild", data, "--diff-only", **other)
    assert (0, False) == (status, looked["changed"])
    assert before == (data / "store" / "playhead.duckdb").read_bytes()
    columns = {
        one["column"] for one in looked["changes"] if (one["table"], one["sessionId"]) == ("session", session_id)
    }
    assert {"close_cause", "time_played", "accepted"} <= columns
    assert (0, True, []) == told(run("verify", data))
    status, done = run("rebuild", data, **other)
    assert (0, True, looked["changes"]) == (status, done["changed"], done["changes"])
    assert (0, True, []) == told(run("verify", data))
    server = Server(data, "--datastream", "e2e")
    try:
        send(server.collector_url, server.datastream, now() - timedelta(minutes=5), EVERYTHING)
        assert (0, True, []) == told(run("verify", data))
    finally:
        server.end()
    assert (0, True, []) == told(run("verify", data))
