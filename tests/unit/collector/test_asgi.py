"""
The door behind a real server: limits, durability before the answer, refusals of its own.

Every test goes both ways: through ASGI alone, and with the shorter way of `collector.direct`.
"""

import asyncio
import json
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import httpx
import pytest

from collector_server import START, Shelf, WallClock, door, on_a_port, ping, raw, session_of, until
from collector_support import ERRORS, NOW_MS, start_body, world
from playhead.base.errors import JournalError, JournalFullError, OverloadedError
from playhead.collector.asgi import LET_PASS_BYTES_MAX, CollectorApp
from playhead.collector.config import CollectorConfig
from playhead.collector.delivery import LoopDelivery
from playhead.collector.ports import Datastream, Request
from playhead.journal.log import JournalReader, JournalWriter
from playhead.wire.record import RecordKind, decode_record

Serve = Callable[[CollectorApp], AbstractContextManager[str]]


@pytest.fixture(params=["asgi", "direct"])
def served(request: pytest.FixtureRequest) -> Serve:
    """Puts an app on a free port, one way or the other."""
    return partial(on_a_port, direct=request.param == "direct")


def test_what_was_acknowledged_is_in_the_journal(served: Serve, tmp_path: Path) -> None:
    """The whole way: a start and many events at once, each answered, each in the log exactly once."""
    delivery = LoopDelivery()
    writer = JournalWriter.open(tmp_path / "w00", WallClock(), deliver=delivery)
    app = CollectorApp(world(), writer, WallClock(), delivery=delivery)
    with served(app) as address, httpx.Client(base_url=address) as client:
        session_id = session_of(client)
        with ThreadPoolExecutor(8) as pool:
            replies = list(
                pool.map(
                    lambda number: client.post(f"/ee/va/v1/ping?requestId=r{number}", json=ping(session_id)), range(64)
                )
            )
        waiting = app.meters.snapshot().waiting
    writer.close()
    reader = JournalReader.open(tmp_path / "w00", 0)
    records = [record for batch in reader.read(1 << 20) for record in batch.records]
    assert {204} == {reply.status_code for reply in replies}
    assert waiting == 0
    assert {f"r{number}" for number in range(64)} | {None} == {
        decode_record(payload).request_id for _, payload in records
    }
    assert len(records) == 65


def test_headers_reach_the_client(served: Serve) -> None:
    """protocol.md 4.4: those of ours and the server's date; an empty 204 has no length."""
    with served(door(Shelf())) as address, httpx.Client(base_url=address) as client:
        reply = client.post("/ee/va/v1/ping?requestId=r", json=ping(session_of(client)), headers={"origin": "null"})
    assert reply.status_code == 204
    assert reply.headers["x-request-id"].startswith("r-")
    assert reply.headers["access-control-allow-origin"] == "null"
    assert reply.headers["server"] == "playhead"
    assert "date" in reply.headers
    assert not {"content-type", "content-length", "transfer-encoding"} & set(reply.headers)


def test_nothing_is_acknowledged_before_it_is_durable(served: Serve) -> None:
    """architecture.md 2: the answer waits for the sync."""
    shelf = Shelf(at_once=False)
    app = door(shelf)
    with served(app) as address, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(httpx.post, address + START, json=start_body())
        until(lambda: shelf.waiting)
        time.sleep(0.05)
        answered_early = asked.done()
        waiting = app.meters.snapshot().waiting
        shelf.waiting.pop()(None)
        reply = asked.result(10)
    assert not answered_early
    assert waiting == 1
    assert reply.status_code == 200


def refusal_of(served: Serve, shelf: Shelf) -> tuple[int, str, str | None, int]:
    """How a start is answered over this shelf: status, type, retry-after, records kept."""
    with served(door(shelf)) as address:
        reply = httpx.post(address + START, json=start_body())
    return reply.status_code, reply.json()["type"], reply.headers.get("retry-after"), len(shelf.kept)


@pytest.mark.parametrize("trouble", [OverloadedError("full"), JournalError("closed")])
def test_what_the_journal_does_not_take_is_503(served: Serve, trouble: Exception) -> None:
    """protocol.md 4.5 E: overload and shutdown, with retry-after."""
    shelf = Shelf()
    shelf.trouble = trouble
    assert refusal_of(served, shelf) == (503, ERRORS + "EXEG-0000-503", "1", 0)


def test_what_could_not_be_synced_is_503(served: Serve) -> None:
    """An event whose sync failed was never acknowledged."""
    shelf = Shelf()
    shelf.failure = JournalFullError("no space")
    assert refusal_of(served, shelf) == (503, ERRORS + "EXEG-0000-503", "1", 1)


def test_refusal_is_recorded_without_being_waited_for(served: Serve) -> None:
    """Refused media requests are in the log; a journal that has no room for them changes no answer."""
    shelf = Shelf(at_once=False)
    app = door(shelf)
    with served(app) as address:
        first = httpx.post(address + "/ee/va/v1/ping", json={})
        until(lambda: shelf.kept)
        shelf.trouble = OverloadedError("full")
        second = httpx.post(address + "/ee/va/v1/ping", json={})
    assert (400, 400) == (first.status_code, second.status_code)
    ((kind, payload),) = shelf.kept
    assert (RecordKind.REFUSED, "va-edge-0400-400") == (kind, decode_record(payload).reason)
    assert app.meters.snapshot().refused_records_lost == 1


def test_one_turn_of_the_loop_is_handed_over_in_order() -> None:
    """What was judged in one turn goes to the journal together, accepted and refused in the order of arrival."""
    shelf = Shelf()
    app = door(shelf)
    answers: list[int] = []

    async def turn() -> tuple[int, int]:
        for number in range(4):
            body = json.dumps(start_body() if number % 2 else {}).encode()
            path, _, query = START.replace("sessionStart", "sessionStart" if number % 2 else "ping").partition("?")
            request = Request("POST", path, f"{query}&requestId=r{number}".encode(), [], body, NOW_MS)
            app.begin(request, lambda reply: answers.append(reply.status))
        before = len(shelf.kept)
        await asyncio.sleep(0)
        return before, len(shelf.kept)

    assert (0, 4) == asyncio.run(turn())
    assert ["r0", "r1", "r2", "r3"] == [decode_record(payload).request_id for _, payload in shelf.kept]
    assert [400, 400, 200, 200] == answers


class Broken:
    """A bug of ours, planted."""

    def get(self, datastream_id: str, /) -> Datastream | None:
        """Fails."""
        raise ZeroDivisionError(datastream_id)


def test_bug_is_500_and_the_body_is_kept(served: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """protocol.md 4.5 E: EXEG-0001-500; logged with its trace, the door stays open."""
    shelf = Shelf()
    at = world()
    at.datastreams = Broken()
    with served(door(shelf, at=at)) as address:
        reply = httpx.post(address + START, json=start_body())
        health = httpx.get(address + "/healthz")
    assert (reply.status_code, reply.json()["type"]) == (500, ERRORS + "EXEG-0001-500")
    assert health.status_code == 200
    assert "ZeroDivisionError" in caplog.text
    assert json.loads(decode_record(shelf.kept[0][1]).body) == start_body()


ANNOUNCED = b"POST /ee/va/v1/ping HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n"
CHUNKED = b"POST /ee/va/v1/ping HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
CHUNK = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
NOWHERE = b"POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 70000\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "most", "last", "status"),
    [
        (ANNOUNCED % 70_000, b" " * 69_000, b" " * 1_000, 413),
        (CHUNKED, CHUNK * 5, b"0\r\n\r\n", 413),
        (NOWHERE, b" " * 69_000, b" " * 1_000, 404),
    ],
    ids=["announced", "chunked", "nobody's"],
)
def test_body_that_is_not_wanted_is_let_pass(served: Serve, head: bytes, most: bytes, last: bytes, status: int) -> None:
    """Decision 0109: an early answer makes clients stop, and proxies cut it off; the connection goes on to its next request."""
    with served(door(Shelf())) as address:
        url = httpx.URL(address)
        with socket.create_connection((url.host, url.port or 0), timeout=10) as connection:
            connection.sendall(head + most)
            connection.settimeout(0.2)
            with pytest.raises(TimeoutError):
                connection.recv(1)
            connection.settimeout(10)
            connection.sendall(last + b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
            reply = b""
            while b'{"status":"ok"}' not in reply and (part := connection.recv(65_536)):
                reply += part
    assert reply.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\nconnection: close\r\n" not in reply
    assert (b"EXEG-0112-413" in reply, reply.count(b"HTTP/1.1 200 ")) == (status == 413, 1)


@pytest.mark.parametrize(
    "sent",
    [
        ANNOUNCED % (LET_PASS_BYTES_MAX + 1),
        CHUNKED + CHUNK * (LET_PASS_BYTES_MAX // 0x4000) + b"1\r\n \r\n",
        (ANNOUNCED % 70_000).replace(b"host", b"expect: 100-continue\r\nhost"),
    ],
    ids=["announced", "chunked", "asked first"],
)
def test_what_is_far_too_large_is_refused_at_once(served: Serve, sent: bytes) -> None:
    """protocol.md 4.6: it is not let pass, nor is one whose client asks first; the connection is closed."""
    with served(door(Shelf())) as address:
        reply = raw(address, sent)
    assert reply.startswith(b"HTTP/1.1 413 ")
    assert b"EXEG-0112-413" in reply
    assert b"\r\nconnection: close\r\n" in reply


@pytest.mark.parametrize(
    "sent", [(ANNOUNCED % 70_000) + b" " * 69_000, CHUNKED + CHUNK * 5], ids=["announced", "chunked"]
)
def test_slow_sender_of_too_much_is_not_asked_again(served: Serve, sent: bytes) -> None:
    """Too large and too slow is 413: after a 503 clients would send it again."""
    with served(door(Shelf(), config=CollectorConfig(request_timeout_s=0.1))) as address:
        reply = raw(address, sent)
    assert reply.startswith(b"HTTP/1.1 413 ")
    assert b"\r\nconnection: close\r\n" in reply


def test_download_may_be_larger_than_what_is_let_pass(served: Serve) -> None:
    """The operator's limit holds, whatever is let pass of other bodies."""
    config = CollectorConfig(max_body_bytes_downloaded=2 * LET_PASS_BYTES_MAX)
    with served(door(Shelf(), config=config)) as address:
        body = b" " * (LET_PASS_BYTES_MAX + 1)
        reply = httpx.post(
            f"{address}/ee/va/v1/downloaded", content=iter([body]), headers={"content-type": "application/json"}
        )
    assert reply.status_code == 400


@pytest.mark.parametrize("sent", [b"", b'{"ev'])
def test_slow_sender_is_sent_away(served: Serve, sent: bytes) -> None:
    """Everything has a limit: time to send a request; 503, because mobile clients retry that, and the connection closes."""
    app = door(Shelf(), config=CollectorConfig(request_timeout_s=0.1))
    with served(app) as address:
        head = b"POST /ee/va/v1/ping HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n"
        reply = raw(address, head + sent)
    assert reply.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nconnection: close\r\n" in reply


def test_client_that_leaves_is_counted(served: Serve) -> None:
    """A body that never came is no request."""
    app = door(Shelf())
    with served(app) as address:
        url = httpx.URL(address)
        with socket.create_connection((url.host, url.port or 0)) as connection:
            connection.sendall(b"POST /ee/va/v1/ping HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
        until(lambda: app.meters.snapshot().disconnected)
    assert app.meters.snapshot().requests == {}


def test_body_in_pieces_is_put_together(served: Serve) -> None:
    """Chunked bodies are read like any other."""
    with served(door(Shelf())) as address, httpx.Client(base_url=address) as client:
        body = json.dumps(ping(session_of(client))).encode()
        reply = client.post("/ee/va/v1/ping", content=iter([body[:10], body[10:]]))
    assert reply.status_code == 204


def test_door_that_closes_says_so(served: Serve) -> None:
    """From `stop_accepting` on every request is 503, health too."""
    app = door(Shelf())
    with served(app) as address:
        app.stop_accepting()
        statuses = {
            httpx.post(address + START, json=start_body()).status_code,
            httpx.get(address + "/healthz").status_code,
        }
    assert statuses == {503}


def test_requests_are_counted(served: Serve) -> None:
    """Routes, statuses and refusals, for the operator."""
    app = door(Shelf())
    with served(app) as address, httpx.Client(base_url=address) as client:
        session_id = session_of(client)
        client.post("/ee/va6/va/v1/PING", json=ping(session_id))
        client.post("/ee/va/v1/ping", json={})
        client.get("/nowhere")
    counted = app.meters.snapshot()
    assert counted.requests == {
        ("va/v1/sessionStart", 200): 1,
        ("va/v1/ping", 204): 1,
        ("va/v1/ping", 400): 1,
        ("other", 404): 1,
    }
    assert counted.refusals == {"va-edge-0400-400": 1, "route-404": 1}
    assert sum(counted.latency_counts) == 4
    assert counted.body_bytes > 0
