"""The shorter way through the server gives the same answers (decision 0033)."""

import json
import re
import socket
import time

import httpx
import pytest

from collector_server import Shelf, door, on_a_port, ping, refusal, session_of, until
from playhead.collector.delivery import _tell


@pytest.mark.parametrize("direct", [False, True])
def test_pipelined_requests_are_answered_in_order(direct: bool) -> None:
    """HTTP/1.1: several requests in one piece, each answered, the last one with its wish to close."""
    shelf = Shelf()
    request = b"POST /ee/va/v1/ping?requestId=%d HTTP/1.1\r\nhost: x\r\nconnection: %s\r\ncontent-length: 2\r\n\r\n{}"
    with on_a_port(door(shelf), direct=direct) as address:
        url = httpx.URL(address)
        with socket.create_connection((url.host, url.port or 0), timeout=60) as connection:
            connection.sendall(request % (1, b"keep-alive") + request % (2, b"keep-alive") + request % (3, b"close"))
            reply = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert [b"1", b"2", b"3"] == re.findall(rb"x-request-id: (\d)-", reply)
    assert reply.count(b"HTTP/1.1 400 ") == 3
    assert reply.count(b"connection: close") == 1


def test_both_ways_answer_alike() -> None:
    """The shorter way changes nothing a client can see, but for fresh ids and the date."""
    answers = []
    for direct in (False, True):
        with on_a_port(door(Shelf()), direct=direct) as address:
            replies = [
                httpx.post(address + target, json=body, headers={"origin": "https://a.example"})
                for target, body in (
                    ("/ee/va/v1/ping?requestId=r", {}),
                    ("/ee/va/v1/ping?requestId=r", ping("0" * 64)),
                    ("/ee/va/v1/sessionStart?requestId=r", {}),
                    ("/ee/va6/v1/interact?configId=ds-1&requestId=r", {"events": [{"query": {}}]}),
                    ("/ee/v1/collect?configId=ds-1&requestId=r", {"events": [{"query": {}}]}),
                )
            ]
        answers.append(
            [
                (
                    reply.status_code,
                    sorted(
                        (name, value) for name, value in reply.headers.items() if name not in {"date", "x-request-id"}
                    ),
                    re.sub(r'"value":"[^"]{60,}"', "", reply.text),
                )
                for reply in replies
            ]
        )
    assert answers[0] == answers[1]


@pytest.mark.parametrize("direct", [False, True])
def test_old_http_is_answered_and_closed(direct: bool) -> None:
    """HTTP/1.0 keeps no connection."""
    request = b"POST /ee/va/v1/ping HTTP/1.0\r\ncontent-length: 2\r\n\r\n{}"
    with on_a_port(door(Shelf()), direct=direct) as address:
        url = httpx.URL(address)
        with socket.create_connection((url.host, url.port or 0), timeout=60) as connection:
            connection.sendall(request)
            reply = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert reply.startswith(b"HTTP/1.1 400 ")
    assert reply.count(b"connection: close") == 1


@pytest.mark.parametrize("direct", [False, True])
def test_connection_serves_one_request_after_the_other(direct: bool) -> None:
    """Keep-alive: an event, a preflight, an unknown path and an event again on one connection."""
    with on_a_port(door(Shelf()), direct=direct) as address, httpx.Client(base_url=address) as client:
        statuses = [
            client.request(method, path, json={}).status_code
            for method, path in (
                ("POST", "/ee/va/v1/ping"),
                ("OPTIONS", "/ee/va/v1/ping"),
                ("POST", "/nowhere"),
                ("POST", "/ee/va/v1/%70ing"),
                ("POST", "/ee/va/v1/ping"),
            )
        ]
    assert statuses == [400, 204, 404, 400, 400]


@pytest.mark.parametrize("direct", [False, True])
def test_pipelined_events_are_kept_one_after_the_other(direct: bool) -> None:
    """A second request of a connection is judged when the first is answered: answers cannot overtake each other."""
    shelf = Shelf()
    app = door(shelf)
    with on_a_port(app, direct=direct) as address:
        with httpx.Client(base_url=address) as client:
            body = json.dumps(ping(session_of(client))).encode()
        shelf.at_once = False
        head = b"POST /ee/va/v1/ping?requestId=%d HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n"
        url = httpx.URL(address)
        with socket.create_connection((url.host, url.port or 0), timeout=60) as connection:
            connection.sendall(head % (1, len(body)) + body + head % (2, len(body)) + body)
            reply = b""
            for turn in (1, 2):
                until(lambda: shelf.waiting)
                assert len(shelf.waiting) == 1
                shelf.waiting.pop()(None)
                while reply.count(b"\r\n\r\n") < turn:
                    reply += connection.recv(65_536)
    assert [b"1", b"2"] == re.findall(rb"x-request-id: (\d)-", reply)
    assert reply.count(b"HTTP/1.1 204 ") == 2


@pytest.mark.parametrize("direct", [False, True])
def test_idle_connection_is_closed_in_time(direct: bool) -> None:
    """The time runs from the last answer: a connection that is used lives longer than the timer that was set first."""
    request = b"POST /ee/va/v1/ping HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"
    answered_s: list[float] = []
    with on_a_port(door(Shelf()), direct=direct, keep_alive_s=2) as address:
        url = httpx.URL(address)
        with socket.create_connection((url.host, url.port or 0), timeout=60) as connection:
            for _ in range(4):
                connection.sendall(request)
                reply = refusal(connection)
                answered_s.append(time.monotonic())
                assert reply.startswith(b"HTTP/1.1 400 ")
                time.sleep(0.7)
            assert connection.recv(1) == b""
            closed_s = time.monotonic()
    assert closed_s - answered_s[0] > 4.0
    assert 1.9 < closed_s - answered_s[-1] < 30


def test_second_request_outlives_the_timer_of_the_first() -> None:
    """A request under way is not idle, however long its record takes."""
    shelf = Shelf()
    with on_a_port(door(shelf), direct=True, keep_alive_s=1) as address, httpx.Client(base_url=address) as client:
        session_id = session_of(client)
        shelf.at_once = False
        body = json.dumps(ping(session_id)).encode()
        url = httpx.URL(address)
        with socket.create_connection((url.host, url.port or 0), timeout=60) as connection:
            connection.sendall(b"POST /ee/va/v1/ping HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}")
            first = refusal(connection)
            head = b"POST /ee/va/v1/ping HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n"
            connection.sendall(head % len(body) + body)
            until(lambda: shelf.waiting)
            time.sleep(1.5)
            shelf.waiting.pop()(None)
            second = connection.recv(65_536)
    assert (b"HTTP/1.1 400 ", b"HTTP/1.1 204 ") == (first[:13], second[:13])


def test_client_that_was_sent_away_stops_no_other() -> None:
    """
    Two good requests and then no HTTP at all, in one piece: the connection is closed while the first waits for the disk.

    It is kept all the same, and the answers to others that became durable with it are written.
    """
    shelf = Shelf()
    app = door(shelf)
    with on_a_port(app, direct=True) as address:
        with httpx.Client(base_url=address) as client:
            body = json.dumps(ping(session_of(client))).encode()
        shelf.at_once = False
        request = b"POST /ee/va/v1/ping HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
        url = httpx.URL(address)
        with (
            socket.create_connection((url.host, url.port or 0), timeout=60) as staying,
            socket.create_connection((url.host, url.port or 0), timeout=60) as sent_away,
        ):
            sent_away.sendall(request * 2 + b"\x00")
            while sent_away.recv(65_536):
                pass
            staying.sendall(request)
            until(lambda: len(shelf.waiting) == 2)
            shelf.at_once = True
            loop = app._loop
            assert loop is not None
            loop.call_soon_threadsafe(_tell, tuple(shelf.waiting), None)
            assert staying.recv(65_536).startswith(b"HTTP/1.1 204 ")
