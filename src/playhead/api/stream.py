"""
The live list: changed sessions pushed to browsers as server-sent events.

Law: one look at the newest sessions serves all listeners; without listeners nothing looks. A listener that reads too
slowly costs at most `STREAM_PENDING_MAX` items and then starts over.

    event: reset      the newest sessions, all of them: forget what you had
    event: sessions   those of them that are new or changed
    : still here      nothing changed for a while
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import msgspec
import structlog
from litestar.concurrency import sync_to_thread

from playhead.api.limits import STREAM_CLIENTS_MAX, STREAM_HEARTBEAT_S, STREAM_PENDING_MAX, STREAM_POLL_S
from playhead.api.problems import RETRY_AFTER_S, ProblemError
from playhead.api.shapes import SessionItem
from playhead.base.errors import PlayheadError

HEARTBEAT = b": still here\n\n"

_LOG = structlog.get_logger()


class _Listener:
    """What waits for one listener: changed items by id, or None: it must start over."""

    def __init__(self) -> None:
        self.pending: dict[str, SessionItem] | None = None
        self.awake = asyncio.Event()

    def tell(self, changed: Sequence[SessionItem]) -> None:
        """Note what changed; wake up if there is anything to say."""
        if self.pending is not None:
            self.pending.update((item.id, item) for item in changed)
            if len(self.pending) > STREAM_PENDING_MAX:
                self.pending = None
        if changed or self.pending is None:
            self.awake.set()


class SessionFeed:
    """The newest sessions, looked at once for everybody. Used from one event loop, except `stop`."""

    def __init__(
        self,
        newest: Callable[[], Sequence[SessionItem]],
        *,
        poll_s: float = STREAM_POLL_S,
        heartbeat_s: float = STREAM_HEARTBEAT_S,
        clients_max: int = STREAM_CLIENTS_MAX,
    ) -> None:
        """
        Prepare; nothing runs before the first listener.

        Args:
            newest: Reads the newest sessions; may block (it runs in a thread) and may raise `PlayheadError`.
            poll_s: Time between two looks.
            heartbeat_s: Longest silence of a stream.
            clients_max: Listeners at a time.
        """
        self._newest = newest
        self._poll_s = poll_s
        self._heartbeat_s = heartbeat_s
        self._clients_max = clients_max
        self._listeners: set[_Listener] = set()
        self._items: dict[str, SessionItem] = {}
        self._poller: asyncio.Task[None] | None = None
        self._stopping = False

    def stop(self) -> None:
        """End all streams within one look, so that the server can shut down. Safe from any thread."""
        self._stopping = True

    def listen(self) -> AsyncIterator[bytes]:
        """
        A stream of server-sent events, `reset` first.

        Raises:
            ProblemError: 503, as many listen already as may.
        """
        if self._stopping or len(self._listeners) >= self._clients_max:
            raise ProblemError(503, "Too many listen to the live list already.", headers={"retry-after": RETRY_AFTER_S})
        return self._messages(_Listener())

    async def _messages(self, listener: _Listener) -> AsyncIterator[bytes]:
        self._listeners.add(listener)
        try:
            if self._poller is None or self._poller.done():
                self._poller = asyncio.create_task(self._poll())
            while not self._stopping:
                try:
                    await asyncio.wait_for(listener.awake.wait(), self._heartbeat_s)
                except TimeoutError:
                    yield HEARTBEAT
                    continue
                listener.awake.clear()
                if listener.pending is None:
                    listener.pending = {}
                    yield message("reset", list(self._items.values()))
                elif listener.pending:
                    changed, listener.pending = list(listener.pending.values()), {}
                    yield message("sessions", changed)
        finally:
            self._listeners.discard(listener)

    async def _poll(self) -> None:
        """Look again and again while anybody listens. A new listener gets its `reset` after the next look."""
        while self._listeners and not self._stopping:
            await self._look()
            await asyncio.sleep(self._poll_s)
        for listener in self._listeners:
            listener.awake.set()

    async def _look(self) -> None:
        """Look once and tell everybody what changed. A store that cannot be read now is looked at again next time."""
        try:
            newest = await sync_to_thread(self._newest)
        except PlayheadError:
            _LOG.warning("live_list_not_read", exc_info=True)
            return
        changed = [item for item in newest if self._items.get(item.id) != item]
        self._items = {item.id: item for item in newest}
        for listener in self._listeners:
            listener.tell(changed)


def message(event: str, items: Sequence[SessionItem]) -> bytes:
    """One server-sent event: JSON has no line breaks of its own, so one `data` line holds it."""
    return b"event: %s\ndata: %s\n\n" % (event.encode(), msgspec.json.encode({"items": items}))
