"""`kill -9` of everything under load, and a stop under load: every acknowledged event is stored exactly once."""

import itertools
import json
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from e2e.conftest import Server

pytestmark = pytest.mark.e2e

ROUNDS = ((2, "kill"), (2, "stop"), (1, "kill"), (2, "kill"))
"""Collectors of each round, and how it ends. One collector fewer leaves a journal nobody writes to any more."""

CLIENTS = 4
LOAD_S = 1.0
PROCESSED_WITHIN_S = 120

Key = tuple[str, str]
"""Session id and `_id` of an event."""


class Load:
    """Players that talk to a server until it dies, and know what was acknowledged."""

    def __init__(self) -> None:
        self.acknowledged: set[Key] = set()
        self.sent: set[Key] = set()
        self._lock = threading.Lock()
        self._playhead = itertools.count(1)  # two events of one second and content would be duplicates (metrics.md 4.3)
        self._sessions: dict[int, list[str]] = {number: [] for number in range(CLIENTS)}

    def run(self, server: Server, end: str) -> int:
        """Talk until the server is ended, a moment after some events were acknowledged; how many were in this round."""
        before = len(self.acknowledged)
        threads = [threading.Thread(target=self._player, args=(server, number)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + LOAD_S
        while time.monotonic() < deadline or len(self.acknowledged) == before:
            time.sleep(0.01)
        if end == "kill":
            server.kill_everything()
        else:
            assert server.stop() == 0
        for thread in threads:
            thread.join(timeout=120)
            assert not thread.is_alive()
        return len(self.acknowledged) - before

    def client(self, server: Server) -> httpx.Client:
        """What one player talks through."""
        return httpx.Client(base_url=server.collector_url, timeout=60)

    def _player(self, server: Server, number: int) -> None:
        """One viewer after the other, and now and then a word about a session of an earlier round."""
        with self.client(server) as client:
            try:
                while True:
                    session_id = self._start(client, server.datastream)
                    for old in [*self._sessions[number][-3:], *[session_id] * 20]:
                        self._say(client, "ping", old, {"playhead": next(self._playhead)})
                    self._sessions[number].append(session_id)
            except (httpx.TransportError, _GoneError):
                return  # the server ends

    def _start(self, client: httpx.Client, datastream: str) -> str:
        identity = str(uuid4())
        details = {"name": "v", "length": 600, "contentType": "vod", "channel": "c", "playerName": "p"}
        body = _body("sessionStart", identity, {"playhead": 0, "sessionDetails": details})
        answer = client.post("/ee/va/v1/sessionStart", params={"configId": datastream}, json=body)
        _acknowledged(answer, 200)
        session_id = str(answer.json()["handle"][0]["payload"][0]["sessionId"])
        with self._lock:
            self.sent.add((session_id, identity))
            self.acknowledged.add((session_id, identity))
        return session_id

    def _say(self, client: httpx.Client, action: str, session_id: str, collection: dict[str, Any]) -> None:
        identity = str(uuid4())
        with self._lock:
            self.sent.add((session_id, identity))
        body = _body(action, identity, {**collection, "sessionID": session_id})
        answer = client.post(f"/ee/va/v1/{action}", json=body)
        _acknowledged(answer, 204)
        with self._lock:
            self.acknowledged.add((session_id, identity))


class _GoneError(Exception):
    """The server says that it takes no more."""


def _acknowledged(answer: httpx.Response, status: int) -> None:
    """Only the documented success counts; 503 is said at a stop, and any other answer is a failure of the test."""
    if answer.status_code == 503:
        assert int(answer.headers["retry-after"]) >= 1
        raise _GoneError
    assert answer.status_code == status, answer.text


def _body(action: str, identity: str, collection: dict[str, Any]) -> dict[str, Any]:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    xdm = {"_id": identity, "eventType": f"media.{action}", "timestamp": stamp, "mediaCollection": collection}
    return {"events": [{"xdm": xdm}]}


def rows_of(server: Server, sql: str) -> list[dict[str, Any]]:
    """The answer to a question in SQL."""
    answer = httpx.post(f"{server.console_url}/api/v1/query", json={"sql": sql, "format": "jsonl"}, timeout=30)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def test_every_acknowledged_event_once(tmp_path: Path) -> None:
    """Acknowledged events are all stored, none twice, nothing else is stored that was not sent, and sessions count them."""
    check_rounds(Load(), ROUNDS, tmp_path / "data")


def check_rounds(load: Load, rounds: Sequence[tuple[int, str]], data_dir: Path, *options: str) -> None:
    """Servers on one directory, each ended under load; then what is stored is compared with what was acknowledged."""
    for workers, end in rounds:
        server = Server(data_dir, "--datastream", "e2e", "--workers", str(workers), *options)
        try:
            assert load.run(server, end) > 0
        finally:
            server.end()

    server = Server(data_dir, "--datastream", "e2e", *options)
    try:
        deadline = time.monotonic() + PROCESSED_WITHIN_S
        while True:
            rows = rows_of(server, "SELECT session_id, client_id, outcome FROM events")
            stored = [(row["session_id"], row["client_id"]) for row in rows]
            if load.acknowledged <= set(stored) or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        assert load.acknowledged - set(stored) == set()
        assert len(stored) == len(set(stored))
        starts_lost_with_their_answer = {key for key in set(stored) - load.sent if _is_lone(key, stored)}
        assert set(stored) - load.sent == starts_lost_with_their_answer
        assert {row["outcome"] for row in rows} == {"accepted"}
        _check_counts(server, stored)
    finally:
        assert server.stop() == 0


def _is_lone(key: Key, stored: list[Key]) -> bool:
    """A session of which nobody was told: its start was kept, the answer was not sent any more."""
    return [other for other in stored if other[0] == key[0]] == [key]


def _check_counts(server: Server, stored: list[Key]) -> None:
    """The numbers of some sessions, the last and those that went through most crashes, are those of their events."""
    by_session: dict[str, int] = {}
    for session_id, _ in stored:
        by_session[session_id] = by_session.get(session_id, 0) + 1
    longest = sorted(by_session, key=lambda session_id: by_session[session_id])[-20:]
    for session_id in longest:
        session = httpx.get(f"{server.console_url}/api/v1/sessions/{session_id}").json()
        assert session["counts"] == {"accepted": by_session[session_id], "duplicate": 0, "dropped": 0}
