"""
A shorter way through the server for complete requests, beside the ASGI one (decision 0033).

The server of uvicorn parses HTTP, holds connections, limits and queues pipelined requests; all of that stays. What is left
out is the task, the scope and the two messages of each request: a POST to a route that exists is judged when its last
byte is here, and its answer is written when its record is on disk.

Law: whatever is unusual (another method, an unknown path, an announced size that is too large, `Expect`, a pipelined or
upgrading request, a client that does not read) goes the ASGI way. Both ways give the same answers.
"""

from time import perf_counter
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from playhead.collector import heart
from playhead.collector.asgi import LET_PASS_BYTES_MAX, CollectorApp
from playhead.collector.ports import COMMON_HEADERS, Reply, Request
from playhead.wire.refusals import Refusal

_LENGTH = b"content-length"
_CONNECTION = b"connection"


class _NoEvent:
    """Stands where the server's cycles have an event that wakes their task; there is none."""

    def set(self) -> None:
        """Nobody waits."""


_NO_EVENT = _NoEvent()


class Direct:
    """
    One request on the shorter way. Has the members by which the protocol of the server knows a cycle.

    Attributes:
        response_complete: Whether it was answered.
        disconnected: Whether the client is gone.
        keep_alive: Whether the connection stays open after the answer; the server clears it when it shuts down.
        message_event: Never waited for.
        body: What came of the body.
        more_body: Whether more of it is to come.
    """

    message_event = _NO_EVENT

    __slots__ = (
        "_limit",
        "_passed",
        "_protocol",
        "_started_s",
        "body",
        "disconnected",
        "keep_alive",
        "more_body",
        "path",
        "query",
        "response_complete",
    )

    def __init__(self, protocol: "DirectHttp", path: str, query: bytes, limit: int, *, keep_alive: bool) -> None:
        self._protocol = protocol
        self._limit = limit
        self._started_s = perf_counter()
        self.path = path
        self.query = query
        self.keep_alive = keep_alive
        self.body = b""
        self._passed = 0
        self.more_body = True
        self.disconnected = False
        self.response_complete = False

    def take(self, data: bytes) -> None:
        """The next bytes of the body. Too many, which were not announced, are let pass before they are refused."""
        if not self._passed:
            self.body = self.body + data if self.body else data
            if len(self.body) > self._limit:
                self._passed = len(self.body)
                self.body = b""
            return
        self._passed += len(data)
        if self._passed > LET_PASS_BYTES_MAX:
            self.refuse(Refusal.TOO_LARGE)

    def complete(self) -> None:
        """The body is complete: have the request answered."""
        self.more_body = False
        if self._passed:
            self._turn_away(Refusal.TOO_LARGE)
            return
        protocol = self._protocol
        collector, client = protocol.collector, protocol.client
        client_ip = client[0] if client else ""
        now_ms = collector.now_ms()
        collector.begin(
            Request("POST", self.path, self.query, protocol.headers, self.body, now_ms, client_ip), self.answer
        )

    def refuse(self, refusal: Refusal) -> None:
        """Send the client away without its body, and close; a body known to be too large is not asked for again."""
        self.more_body = False
        self.keep_alive = False
        self._turn_away(Refusal.TOO_LARGE if self._passed else refusal)

    def _turn_away(self, refusal: Refusal) -> None:
        self.body = b""
        collector = self._protocol.collector
        request = Request("POST", self.path, self.query, self._protocol.headers, b"", collector.now_ms())
        self.answer(heart.refuse(request, collector.world, refusal, keep=False))

    def answer(self, reply: Reply) -> None:
        """Write the answer. After it the connection goes on to its next request."""
        protocol = self._protocol
        self.response_complete = True
        if not (self.disconnected or protocol.transport.is_closing()):
            protocol.transport.write(self._bytes_of(reply))
            if not self.keep_alive:
                protocol.transport.close()
        protocol.on_response_complete()
        protocol.collector.meters.count(reply.route, reply.status, perf_counter() - self._started_s, reply.reasons)

    def _bytes_of(self, reply: Reply) -> bytes:
        protocol = self._protocol
        parts = [STATUS_LINE[reply.status], protocol.collector.world.head(reply.hint), protocol.default_head()]
        for name, value in reply.headers[COMMON_HEADERS:]:
            parts += (name, b": ", value, b"\r\n")
        parts.append(b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n")
        parts.append(reply.body)
        return b"".join(parts)


class DirectHttp(HttpToolsProtocol):
    """
    One connection. Subclass it with `collector` set, and give the class to uvicorn as `http`.

    Attributes:
        collector: Whose requests go the shorter way; it is also the server's ASGI application.
        idle_since_s: The loop's time since when the next request is waited for; None while there is one.
    """

    collector: ClassVar[CollectorApp]
    _default_head: ClassVar[tuple[object, bytes]] = (None, b"")

    idle_since_s: float | None = None

    _overtaken: tuple[Any, ...] = ()
    """Requests that wait for their answer while pipelined ones follow. The server forgets them, and would write to a
    connection that is gone; what that raises would end the telling of a whole batch."""

    def default_head(self) -> bytes:
        """The headers the server adds to every answer (the date, each second a new list), as they are written."""
        headers = self.server_state.default_headers
        known, head = DirectHttp._default_head
        if known is not headers:
            head = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
            DirectHttp._default_head = headers, head
        return head

    def data_received(self, data: bytes) -> None:
        """Bytes of the client."""
        super().data_received(data)
        cycle: Any = self.cycle
        if type(cycle) is Direct and cycle.more_body:
            self.collector.await_body(cycle)

    def on_message_begin(self) -> None:
        """A request begins. Its scope is made when it goes the ASGI way."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False

    def on_headers_complete(self) -> None:
        """The head is complete: choose the way."""
        cycle = self._direct()
        if cycle is not None:
            self.cycle = cycle  # type: ignore[assignment]
            return
        before: Any = self.cycle
        if before is not None and not before.response_complete:
            waiting = (cycle for cycle in self._overtaken if not cycle.response_complete)
            self._overtaken = (*waiting, before)
        url, headers, expect_100_continue = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expect_100_continue
        self.headers += headers  # the list is the scope's
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Bytes of a body."""
        cycle: Any = self.cycle
        if type(cycle) is not Direct:
            super().on_body(body)
        elif not cycle.response_complete:
            cycle.take(body)

    def on_message_complete(self) -> None:
        """The request is complete."""
        cycle: Any = self.cycle
        if type(cycle) is not Direct:
            super().on_message_complete()
        elif not cycle.response_complete:
            cycle.complete()

    def on_response_complete(self) -> None:
        """A request was answered: on to the next one."""
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self.idle_since_s = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that idles; one timer goes on over many requests, which is cheaper than one for each."""
        self.timeout_keep_alive_task = None
        if self.idle_since_s is None:
            return
        left_s = self.idle_since_s + self.timeout_keep_alive - self.loop.time()
        if left_s > 0:
            self.timeout_keep_alive_task = self.loop.call_later(left_s, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone; what it sent whole is still kept."""
        cycle: Any = self.cycle
        if type(cycle) is Direct and cycle.more_body:
            self.collector.meters.disconnected += 1
            cycle.response_complete = True
        for overtaken in self._overtaken:
            overtaken.disconnected = True
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
        super().connection_lost(exc)

    def _unset_keepalive_if_required(self) -> None:
        self.idle_since_s = None

    def _direct(self) -> Direct | None:
        """The request on the shorter way; None if it has to go the other."""
        parser = self.parser
        before: Any = self.cycle
        if (
            parser.get_method() != b"POST"
            or (before is not None and not before.response_complete)
            or self.expect_100_continue
            or parser.should_upgrade()
            or self.flow.write_paused
            or not self.collector.accepting
            or (self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency)
        ):
            return None
        raw_path, _, query = self.url.partition(b"?")
        found = self.collector.world.paths.find_usual(raw_path)
        if found is None or b"#" in query or not query.isascii():
            return None
        path, route = found
        limit = heart.body_bytes_max(route, self.collector.world)
        keep_alive = parser.should_keep_alive()
        for name, value in self.headers:
            if name == _LENGTH:
                if not value.isdigit() or int(value) > limit:
                    return None
            elif name == _CONNECTION and parser.get_http_version() == "1.0":  # else it keeps none anyway
                keep_alive = False
        return Direct(self, path, query, limit, keep_alive=keep_alive)
