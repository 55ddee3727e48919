"""The connection of a simulated client."""

import asyncio

import pytest

from playhead.app.simulate_http import Answer, Connection, UnreachableError, target_of
from playhead.base.errors import UsageError
from unit.app.scripted_server import Answerer, answer, scripted


def posted(answerer: Answerer, count: int, timeout_s: float = 10) -> list[Answer]:
    """Answers to requests over one connection."""

    async def run(url: str) -> list[Answer]:
        connection = Connection(target_of(url, "ee"))
        try:
            return [await connection.post(f"va/v1/ping?n={n}", "text/plain", b"{}", timeout_s) for n in range(count)]
        finally:
            connection.close()

    with scripted(answerer) as url:
        return asyncio.run(run(url))


def test_answers_are_read_whole() -> None:
    """Status, headers in lower case, body; over one connection."""
    paths: list[str] = []

    def answerer(path: str, body: bytes) -> bytes:
        paths.append(path)
        return answer(200, body * 3, "Retry-After: 7")

    first, second = posted(answerer, 2)
    assert (200, b"{}{}{}", "7") == (first.status, first.body, second.headers["retry-after"])
    assert paths == ["/ee/va/v1/ping?n=0", "/ee/va/v1/ping?n=1"]


def test_chunked_answers_and_those_without_a_body_are_read() -> None:
    """As HTTP allows."""
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    said = iter([chunked, b"HTTP/1.1 204 No Content\r\n\r\n"])
    assert [b"abc", b""] == [one.body for one in posted(lambda _path, _body: next(said), 2)]


def test_a_closed_connection_is_opened_again() -> None:
    """Whether the server announced it or not."""
    assert len(posted(lambda _path, _body: answer(200, b"", "connection: close"), 3)) == 3


def test_a_request_that_met_a_closing_connection_is_sent_again_once() -> None:
    """The server closed the idle connection while the request was on its way; a new connection that is closed is not."""
    said = iter([answer(204), b"", answer(204)])
    assert [204, 204] == [one.status for one in posted(lambda _path, _body: next(said), 2)]
    with pytest.raises(UnreachableError):
        posted(lambda _path, _body: b"", 1)


@pytest.mark.parametrize("said", [b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab", b"no HTTP at all\r\n\r\n"])
def test_no_answer_in_time_or_none_that_is_one(said: bytes) -> None:
    """Nobody waits for ever, and nonsense is no answer."""
    with pytest.raises(UnreachableError):
        posted(lambda _path, _body: said, 1, timeout_s=0.3)


def test_a_refused_connection() -> None:
    """Nobody listens."""
    with scripted(lambda _path, _body: b"") as url:
        target = target_of(url, "ee")
    with pytest.raises(UnreachableError):
        asyncio.run(Connection(target).post("x", "text/plain", b"", 5))


def test_targets() -> None:
    """Port and path are those of the URL, before the base path; https is checked unless told otherwise."""
    plain = target_of("http://[::1]:81/in/", "/ee/")
    assert (plain.host, plain.port, plain.path, plain.tls, plain.name) == ("::1", 81, "/in/ee", None, "[::1]:81")
    secure, trusting = target_of("https://m.example", "ee"), target_of("https://m.example", "ee", insecure=True)
    assert secure.tls is not None
    assert trusting.tls is not None
    assert (443, True, False) == (secure.port, secure.tls.check_hostname, trusting.tls.check_hostname)


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://x", "http://", "http://x:99999", "http://x?y"])
def test_what_is_no_target(url: str) -> None:
    """It is said before anything is sent."""
    with pytest.raises(UsageError, match="--target"):
        target_of(url, "ee")
