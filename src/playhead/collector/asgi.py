"""
The collector as a bare ASGI callable: reads the body within limits, asks the heart, keeps the record, then answers.

Law: an event is acknowledged only after its record is on disk. Whatever cannot be kept is answered 503 with
`retry-after`, never buffered without bound.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from threading import get_ident
from time import perf_counter
from typing import Any, Protocol

from playhead.base.clock import Clock
from playhead.base.errors import JournalError, OverloadedError
from playhead.collector import heart
from playhead.collector.delivery import LoopDelivery
from playhead.collector.meters import Meters
from playhead.collector.ports import CollectorWorld, Reply, Request
from playhead.wire.record import RecordKind
from playhead.wire.refusals import Refusal

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
OnDurable = Callable[[Exception | None], None]
Answer = Callable[[Reply], None]

_LOG = logging.getLogger("playhead.collector")

_SWEEP_S = 1.0
LET_PASS_BYTES_MAX = 4 * 1024 * 1024
"""A body that is not wanted is let pass up to here before it is answered; beyond, it is cut off (decision 0109)."""

_ACCEPTED = int(RecordKind.ACCEPTED)
_REFUSED = int(RecordKind.REFUSED)
_CLOSE = (b"connection", b"close")


class Keeper(Protocol):
    """The journal as the door sees it; `journal.log.JournalWriter` is one."""

    def append(self, kind: int, payload: bytes, on_durable: OnDurable) -> None:
        """
        Keep a record. Never blocks.

        Args:
            kind: A `RecordKind`.
            payload: The record.
            on_durable: Called once, from any thread: with None when the record is on disk, or with why it is not.

        Raises:
            OverloadedError: Too many bytes wait for the disk; nothing was kept.
            JournalError: The journal takes no more; nothing was kept.
        """
        ...


class Refusable(Protocol):
    """A request on the shorter way (`collector.direct`) whose body may not come."""

    more_body: bool
    response_complete: bool

    def refuse(self, refusal: Refusal) -> None:
        """Send the client away, and close its connection."""
        ...


class _Incomplete(Exception):  # noqa: N818 - not an error of ours, a turn in reading
    """The body will not be complete: why, None when the client left."""

    def __init__(self, refusal: Refusal | None, *, close: bool = False) -> None:
        super().__init__()
        self.refusal = refusal
        self.close = close


class CollectorApp:
    """
    The ASGI application. One per process and event loop.

    Everything but `stop_accepting` and `meters.snapshot` is called from the loop's thread.

    Attributes:
        meters: What it counts.
        world: What the heart knows.
        accepting: Whether requests are taken; False from `stop_accepting` on.
    """

    def __init__(
        self,
        world: CollectorWorld,
        keeper: Keeper,
        clock: Clock,
        *,
        meters: Meters | None = None,
        delivery: LoopDelivery | None = None,
    ) -> None:
        """
        Put the parts together.

        Args:
            world: What the heart knows.
            keeper: The journal.
            clock: The journal's clock too, so that arrivals and its marks agree.
            meters: Where requests are counted.
            delivery: What the journal was opened with, if anything; without it each record is settled by itself.
        """
        self.meters = Meters() if meters is None else meters
        self.world = world
        self._keeper = keeper
        self._clock = clock
        self.accepting = True
        self._delivery = delivery
        self._loop_thread = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._durable: deque[tuple[Request, Reply, Answer, Exception | None]] = deque()
        self._wake_due = False
        self._arrived: list[tuple[int, bytes, OnDurable, partial[None] | None]] = []
        self._in_turn = False
        self._turn_ms = 0
        self._reading: dict[asyncio.Task[Any], float] = {}
        self._awaited: dict[Refusable, float] = {}
        self._timed_out: set[asyncio.Task[Any]] = set()

    def stop_accepting(self) -> None:
        """From now on every request is answered 503; those under way are finished. May be called from any thread."""
        self.accepting = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection event of the server, as ASGI 3 has it."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            else:
                self.stop_accepting()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started_s = perf_counter()
        try:
            request = await self._request_of(scope, receive)
        except _Incomplete as incomplete:
            if incomplete.refusal is None:
                self.meters.disconnected += 1
                return
            reply = heart.refuse(self._request(scope, b""), self.world, incomplete.refusal, keep=False)
            if incomplete.close:
                reply.headers.append(_CLOSE)
        else:
            answered: asyncio.Future[Reply] = self._running_loop().create_future()
            self.begin(request, partial(_give, answered))
            reply = await answered
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
        await send({"type": "http.response.body", "body": reply.body})
        self.meters.count(reply.route, reply.status, perf_counter() - started_s, reply.reasons)

    async def _request_of(self, scope: Scope, receive: Receive) -> Request:
        """
        The request, its body complete; without its body where none is wanted.

        Raises:
            _Incomplete: It is too large, comes too slowly, the client left, or nothing is taken any more.
        """
        accepting = self.accepting
        route = self.world.paths.find(scope["path"])
        wanted = accepting and route is not None and scope["method"] == "POST"
        try:
            body = await self._body(scope, receive, heart.body_bytes_max(route, self.world) if route and wanted else 0)
        except _Incomplete as incomplete:
            if wanted or incomplete.refusal is None:
                raise
            body = b""
        if not accepting:
            raise _Incomplete(Refusal.UNAVAILABLE, close=True)
        return self._request(scope, body)

    def begin(self, request: Request, answer: Answer) -> None:
        """
        Judge a complete request and have it answered: at once, or when its record is on disk.

        Args:
            request: Its `received_ms` is now. Its record is appended in this turn of the loop, after those of the requests
                before it: arrival order is the journal's order.
            answer: Called once, on the loop's thread, perhaps before this returns.
        """
        self.meters.body_bytes += len(request.body)
        try:
            reply = heart.handle(request, self.world)
        except Exception:  # noqa: BLE001 - logged with its trace, counted, answered
            _LOG.exception("a request could not be judged")  # one bad request stops no other
            reply = heart.refuse(request, self.world, Refusal.UNEXPECTED)
        if reply.refused is not None:
            self._arrived.append((_REFUSED, reply.refused, _ignore, None))
        if reply.accepted is not None:
            waiting = partial(self._settle, request, reply, answer)
            self._arrived.append((_ACCEPTED, reply.accepted, waiting, waiting))
        else:
            answer(reply)
        if self._arrived:
            self.now_ms()  # the end of the turn will find them

    def _end_turn(self) -> None:
        """
        Give the journal what came in one turn of the loop, in the order of arrival.

        All of it together, so that the flush thread is woken once, for one batch, and not for the first request of many.
        """
        self._in_turn = False
        arrived, self._arrived = self._arrived, []
        meters = self.meters
        for kind, payload, done, waiting in arrived:
            try:
                self._keeper.append(kind, payload, done)
            except (OverloadedError, JournalError) as error:
                if waiting is None:  # the record of a refusal is only counted when there is no room for it
                    meters.refused_records_lost += 1
                    continue
                if not isinstance(error, OverloadedError):
                    _LOG.error("an event could not be kept: %s", error)
                request, _, answer = waiting.args
                answer(heart.refuse(request, self.world, Refusal.UNAVAILABLE, keep=False))
            else:
                if waiting is not None:
                    meters.appended += 1
                    meters.appended_bytes += len(payload)

    def _settle(self, request: Request, reply: Reply, answer: Answer, error: Exception | None) -> None:
        """Called by the journal for each record; from another thread, the loop is woken once for all that are ready."""
        if get_ident() != self._loop_thread:
            self._durable.append((request, reply, answer, error))
            if not self._wake_due:
                self._wake_due = True
                try:
                    self._running_loop().call_soon_threadsafe(self._wake)
                except RuntimeError:  # the loop is closed: nobody waits any more
                    self._durable.clear()
            return
        meters = self.meters
        meters.settled += 1
        meters.settled_bytes += len(reply.accepted or b"")
        if error is not None:
            _LOG.error("an event could not be kept: %s", error)
            reply = heart.refuse(request, self.world, Refusal.UNAVAILABLE, keep=False)
        answer(reply)

    def _wake(self) -> None:
        self._wake_due = False
        ready = self._durable
        while ready:
            self._settle(*ready.popleft())

    def now_ms(self) -> int:
        """The time, Unix ms: asked once for all requests of one turn of the loop, which came together."""
        if not self._in_turn:
            self._in_turn = True
            self._running_loop().call_soon(self._end_turn)
            self._turn_ms = self._clock.now_ms()
        return self._turn_ms

    def await_body(self, request: "Refusable") -> None:
        """Watch a request whose body is not complete: it is refused when that takes too long."""
        self._running_loop()
        self._awaited.setdefault(request, perf_counter())

    async def _body(self, scope: Scope, receive: Receive, limit: int) -> bytes:
        """
        The body, complete. One that is too large is let pass before it is refused (decision 0109).

        Raises:
            _Incomplete: It is too large, comes too slowly, or the client left.
        """
        declared, expects = _announced(scope)
        too_large = declared > limit
        size_max = max(limit, LET_PASS_BYTES_MAX)
        if declared > size_max or (too_large and expects):
            raise _Incomplete(Refusal.TOO_LARGE, close=True)
        self._running_loop()
        task = asyncio.current_task()
        assert task is not None, "a server runs requests in tasks"
        self._reading[task] = perf_counter()
        body = bytearray()
        size, more = 0, True
        try:
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _Incomplete(None)
                piece: bytes = message.get("body", b"")
                more = message.get("more_body", False)
                size += len(piece)
                too_large = too_large or size > limit
                if size > size_max:
                    raise _Incomplete(Refusal.TOO_LARGE, close=True)
                if not too_large:
                    body += piece
        except asyncio.CancelledError:
            if task not in self._timed_out:
                raise
            task.uncancel()
            raise _Incomplete(Refusal.TOO_LARGE if too_large else Refusal.UNAVAILABLE, close=True) from None
        finally:
            del self._reading[task]
            self._timed_out.discard(task)
        if too_large:
            raise _Incomplete(Refusal.TOO_LARGE)
        return bytes(body)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        """The loop; known from the first request on."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._loop_thread = get_ident()
            if self._delivery is not None:
                self._delivery.bind(self._loop)
            self._loop.call_later(_SWEEP_S, self._sweep)
        return self._loop

    def _sweep(self) -> None:
        """End the reading of bodies that take too long. They began in the order they stand in."""
        oldest_s = perf_counter() - self.world.config.request_timeout_s
        for task, began_s in self._reading.items():
            if began_s > oldest_s:
                break
            if task not in self._timed_out:
                self._timed_out.add(task)
                task.cancel()
        for request, began_s in list(self._awaited.items()):
            if not request.more_body or request.response_complete:
                del self._awaited[request]
            elif began_s <= oldest_s:
                del self._awaited[request]
                request.refuse(Refusal.UNAVAILABLE)
        if self._loop is not None:
            self._loop.call_later(min(_SWEEP_S, self.world.config.request_timeout_s), self._sweep)

    def _request(self, scope: Scope, body: bytes) -> Request:
        client = scope.get("client")
        return Request(
            scope["method"],
            scope["path"],
            scope["query_string"],
            scope["headers"],
            body,
            self.now_ms(),
            client[0] if client else "",
        )


def _announced(scope: Scope) -> tuple[int, bool]:
    """How many bytes the body will have, 0 if that is not said; and whether the client waits to be asked for them."""
    size, expects = 0, False
    for name, value in scope["headers"]:
        if name == b"content-length":
            size = int(value) if value.isdigit() else 0
        elif name == b"expect":
            expects = True
    return size, expects


def _give(answered: "asyncio.Future[Reply]", reply: Reply) -> None:
    if not answered.done():  # it is when the server gave the request up
        answered.set_result(reply)


def _ignore(error: Exception | None) -> None:
    """Nobody waits for the record of a refusal."""
