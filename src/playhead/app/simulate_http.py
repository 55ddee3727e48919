"""
A client's connection: HTTP/1.1, kept open, one request at a time.

Law: the parser is the one the server uses too; nothing of HTTP is read by hand.
"""

import asyncio
import ssl
from collections.abc import Mapping
from typing import cast
from urllib.parse import urlsplit

import httptools
from msgspec import Struct

from playhead.base.errors import UsageError


class Target(Struct, frozen=True):
    """Where requests go: host and port, TLS or not, and the path before the route, without a slash at its end."""

    host: str
    port: int
    path: str
    tls: ssl.SSLContext | None

    @property
    def name(self) -> str:
        """Of the Host header."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Answer(Struct, frozen=True):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class UnreachableError(Exception):
    """No answer: refused, cut off, or too late."""


def target_of(url: str, base_path: str, *, insecure: bool = False) -> Target:
    """
    The target of a URL such as `https://media.example.com`; a path in it goes before the base path.

    Raises:
        UsageError: It is none.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"--target {url}: {error}") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise UsageError(f"--target {url}: write it as in http://127.0.0.1:8080")
    tls = None
    if parts.scheme == "https":
        tls = ssl.create_default_context()
        if insecure:
            tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    path = f"{parts.path.rstrip('/')}/{base_path.strip('/')}"
    return Target(parts.hostname, port or (443 if tls else 80), path, tls)


class Connection:
    """
    One connection to a target, opened when it is needed and again after it was closed.

    One request at a time; `post` is not to be called while another call of it waits.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._link: _Link | None = None

    async def post(self, path: str, media_type: str, body: bytes, timeout_s: float) -> Answer:
        """
        Send a request and wait for its answer.

        Args:
            path: Route and query, behind the target's path.
            media_type: Content-Type.
            body: The body.
            timeout_s: How long to wait.

        Raises:
            UnreachableError: There was no answer in time. Whether the request was taken is not known.
        """
        head = (
            f"POST {self._target.path}/{path} HTTP/1.1\r\nhost: {self._target.name}\r\naccept: */*\r\n"
            f"user-agent: playhead-simulate\r\ncontent-type: {media_type}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        data = head.encode("latin-1") + body
        try:
            async with asyncio.timeout(timeout_s):
                answer = await self._exchange(data)
        except (OSError, TimeoutError, ssl.SSLError, httptools.HttpParserError) as error:
            self.close()
            raise UnreachableError(str(error) or type(error).__name__) from error
        return answer

    def close(self) -> None:
        """Hang up."""
        if self._link is not None:
            self._link.close()
        self._link = None

    async def _exchange(self, data: bytes) -> Answer:
        kept = self._link
        if kept is not None and not kept.closed:
            try:
                return await kept.exchange(data)
            except ConnectionResetError:
                if kept.heard:
                    raise
        # There was no connection, or the server closed the idle one just then: every client sends again (RFC 9112 9.3.1).
        target = self._target
        loop = asyncio.get_running_loop()
        _, self._link = await loop.create_connection(
            _Link, target.host, target.port, ssl=target.tls, server_hostname=target.host if target.tls else None
        )
        return await self._link.exchange(data)


class _Link(asyncio.Protocol):
    """The bytes of one TCP connection. `heard`: something of the present answer came."""

    def __init__(self) -> None:
        self.closed = True
        self.heard = False
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._begin()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._body = b""
        self.heard = False

    async def exchange(self, data: bytes) -> Answer:
        assert self._transport is not None, "a link is used once it is made"
        self._begin()
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        return await self._waiting

    def close(self) -> None:
        self.closed = True
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.closed = False

    def connection_lost(self, _error: Exception | None) -> None:
        self.closed = True
        self._fail(ConnectionResetError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        self.heard = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(error)
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if not self._parser.should_keep_alive():
            self.closed = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(Answer(self._parser.get_status_code(), self._headers, self._body))

    def _fail(self, error: Exception) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)
