"""Clients that break HTTP, against the collector on a port and against a whole server: it answers on and keeps its word."""

import json
import os
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from collector_server import Shelf, door, on_a_port, session_of
from e2e.conftest import Server
from fuzz.wild import Seen, Wild, play_all
from playhead.wire.decode import deliveries
from playhead.wire.record import RecordKind, decode_record

CONNECTIONS = int(os.environ.get("PLAYHEAD_FUZZ_CONNECTIONS", "300"))
SEED = int(os.environ.get("PLAYHEAD_FUZZ_SEED", "3"))

PROCESSED_WITHIN_S = 120


def check_answers(seen: list[Seen]) -> None:
    """Each answer is one that HTTP or the document knows, whole, and none is a mistake of ours."""
    statuses = Counter(status for one in seen for status in one.statuses)
    assert set(statuses) <= {100, 200, 204, 207, 400, 404, 405, 413, 415, 417, 422, 431}
    assert {200, 204, 400, 404, 405, 413} <= set(statuses)
    assert [one for one in seen if one.rest] == [], "an answer is never cut"


def check_kept(seen: list[Seen], kept: list[str]) -> None:
    """What is kept was acknowledged, or its client could not hear it; nothing is kept twice."""
    acknowledged = {name for one in seen for name in one.acknowledged}
    unheard = {name for one in seen if not one.certain for name in one.script.ids}
    assert len(kept) == len(set(kept))
    assert acknowledged - set(kept) == set()
    assert set(kept) - acknowledged - unheard == set()
    assert len(acknowledged) > len(seen) // 4, "many get through"


@pytest.mark.parametrize("direct", [False, True])
def test_broken_clients_on_a_port(direct: bool) -> None:
    """Both ways through the server (decision 0033)."""
    shelf = Shelf()
    with on_a_port(door(shelf), direct=direct) as address:
        url = httpx.URL(address)
        with httpx.Client(base_url=address) as client:
            session_id = session_of(client)
            shelf.kept.clear()
            seen = play_all((url.host, url.port or 0), Wild(SEED, session_id, "ds-1"), CONNECTIONS)
            assert session_of(client), "it answers on"
    check_answers(seen)
    accepted = [decode_record(payload) for kind, payload in shelf.kept[:-1] if kind == RecordKind.ACCEPTED]
    check_kept(seen, [str(delivery.client_id) for record in accepted for delivery in deliveries(record)])


@pytest.mark.e2e
def test_broken_clients_of_a_whole_server(tmp_path: Path) -> None:
    """The same processes answer on, say nothing of mistakes, and the store holds what was acknowledged."""
    server = Server(tmp_path / "data", "--datastream", "ds-1", "--workers", "2")
    try:
        processes = server.processes()
        url = httpx.URL(server.collector_url)
        with httpx.Client(base_url=server.collector_url) as client:
            session_id = session_of(client)
            seen = play_all((url.host, url.port or 0), Wild(SEED, session_id, "ds-1"), CONNECTIONS)
            assert client.get("/healthz").status_code == 200
            last = session_of(client)
        check_answers(seen)
        deadline = time.monotonic() + PROCESSED_WITHIN_S
        while not stored(server, f"session_id = '{last}'"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        check_kept(seen, stored(server, "client_id LIKE 'wild-%'"))
        assert processes == server.processes()
        assert "Traceback" not in server.said
    finally:
        server.end()


def stored(server: Server, where: str) -> list[str]:
    """Own ids of the events in the store."""
    sql = f"SELECT client_id FROM events WHERE {where}"  # noqa: S608 # of our own making
    answer = httpx.post(f"{server.console_url}/api/v1/query", json={"sql": sql, "format": "jsonl"}, timeout=30)
    assert answer.status_code == 200, answer.text
    return [str(json.loads(line)["client_id"]) for line in answer.text.splitlines()]
