"""
Which sessions take no more events (metrics.md 4.1, protocol.md C16, decision 0032).

Law: the processor decides; a collector only repeats what it was told. What it was not told, or has forgotten, it
accepts, and the processor still drops it. Memory is bounded: beyond the limit the oldest news is forgotten. A close that
an event undoes is forgotten with that event, and not believed when it is told behind it: the others of a flushed queue
are not to wait for the news (0083).
"""

from collections import deque
from collections.abc import Iterable
from enum import Enum
from typing import Protocol

from playhead.base.limits import CLIENT_SKEW_MAX_MS, CLOSINGS_MAX, UNREAD_MAX
from playhead.base.units import SECOND_MS
from playhead.pipeline.closings import Closing

_PROVISIONAL = frozenset({"idle", "complete"})

_STAMPED_BEFORE_MS = SECOND_MS
"""An event may count as arriving so much later than its stamp, which is of the turn it came in (decision 0051)."""


class Judgement(Enum):
    """Whether an event of a session is taken."""

    ACCEPT = "accept"
    NOT_FOUND = "not_found"


class Closings(Protocol):
    """What the door asks about a session whose id is good. Never blocks, never raises."""

    def judge(self, session_id: str, at_ms: int | None, received_ms: int) -> Judgement:
        """
        Whether an event is taken.

        Args:
            session_id: In lower case.
            at_ms: The event's timestamp, Unix ms; None counts as its arrival.
            received_ms: Its arrival, Unix ms.
        """
        ...


class NoClosings:
    """Nothing was ever closed: for a collector without the feed."""

    def judge(self, session_id: str, at_ms: int | None, received_ms: int) -> Judgement:  # noqa: ARG002 - the port's
        """Every event is taken."""
        return Judgement.ACCEPT


class ClosingsMemory:
    """What the feed said, newest last, and what was taken that it may not have known of; both bounded."""

    def __init__(
        self, ended_session_status: int = 204, limit: int = CLOSINGS_MAX, unread_limit: int = UNREAD_MAX
    ) -> None:
        assert limit > 0, "room for one session at least"
        self._ended_accepted = ended_session_status != 404
        self._limit = limit
        self._closed: dict[str, Closing] = {}
        self._unread: deque[tuple[str, int | None, int]] = deque(maxlen=unread_limit)  # as `judge` has them

    def __len__(self) -> int:
        return len(self._closed)

    def apply(self, news: Iterable[Closing]) -> None:
        """Take news into account, oldest first. Call it from the thread that judges."""
        doubtful: dict[str, Closing] = {}
        as_of_ms = 0
        for closing in news:
            as_of_ms = closing.as_of_ms
            self._closed.pop(closing.session_id, None)
            doubtful.pop(closing.session_id, None)
            if closing.closed:
                self._closed[closing.session_id] = closing
                if closing.cause in _PROVISIONAL:
                    doubtful[closing.session_id] = closing
        if doubtful:
            self._doubt(doubtful)
        unread = self._unread
        while unread and unread[0][2] < as_of_ms - _STAMPED_BEFORE_MS:
            unread.popleft()
        while len(self._closed) > self._limit:
            del self._closed[next(iter(self._closed))]

    def judge(self, session_id: str, at_ms: int | None, received_ms: int) -> Judgement:
        """As the port says."""
        closing = self._closed.get(session_id)
        if closing is not None:
            if not self._takes(closing, at_ms, received_ms):
                return Judgement.NOT_FOUND
            if closing.cause != "end":
                del self._closed[session_id]
        self._unread.append((session_id, at_ms, received_ms))
        return Judgement.ACCEPT

    def _doubt(self, told: dict[str, Closing]) -> None:
        """Forget the closes that were undone by an event taken here before they were told."""
        for session_id, at_ms, received_ms in self._unread:
            closing = told.get(session_id)
            if (
                closing is not None
                and received_ms >= closing.as_of_ms - _STAMPED_BEFORE_MS
                and self._takes(closing, at_ms, received_ms)
            ):
                self._closed.pop(session_id, None)

    def _takes(self, closing: Closing, at_ms: int | None, received_ms: int) -> bool:
        before_ms = closing.reopen_before_received_ms
        if closing.cause == "end":
            return self._ended_accepted and (before_ms is None or received_ms < before_ms)
        any_before_ms = closing.reopen_any_before_received_ms
        if any_before_ms is not None and received_ms < any_before_ms:
            return True
        if before_ms is None or received_ms >= before_ms:
            return False
        if at_ms is None or abs(at_ms - received_ms) > CLIENT_SKEW_MAX_MS:  # metrics.md 1.1: replaced by the arrival
            at_ms = received_ms
        return closing.reopen_at_ms_below is None or at_ms < closing.reopen_at_ms_below
