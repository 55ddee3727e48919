"""
When which session is to be looked after: a wheel of seconds, so that a waiting session costs eight bytes.

Law: sessions come up in the order of (their `wake_ms`, their number), whatever order they were pushed in. A session
holds one `wake_ms`; entries that say otherwise do not hold any more and are passed over.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Final

from playhead.base.units import SessionId

_BITS: Final = 10
"""A bucket is 2^10 ms wide."""
_NEVER_MS: Final = 1 << 62


class Wakes:
    """
    The wheel.

    Args:
        wake_of: Answers `wake_ms` and number of a session; None if it is not open.

    Attributes:
        soonest_ms: Before this, nothing comes up.
    """

    def __init__(self, wake_of: Callable[[SessionId], tuple[int, int] | None]) -> None:
        self.soonest_ms = _NEVER_MS
        self._wake_of = wake_of
        self._near: list[tuple[int, int, SessionId]] = []
        self._far: dict[int, list[SessionId]] = {}
        self._buckets: list[int] = []
        self._near_until = -_NEVER_MS  # bucket; entries up to it are in `near`, in order, all others in `far`

    def push(self, wake_ms: int, number: int, session_id: SessionId) -> None:
        """Have a session come up when it says."""
        bucket = wake_ms >> _BITS
        if bucket <= self._near_until:
            heappush(self._near, (wake_ms, number, session_id))
        else:
            waiting = self._far.get(bucket)
            if waiting is None:
                self._far[bucket] = [session_id]
                heappush(self._buckets, bucket)
            else:
                waiting.append(session_id)
            wake_ms = bucket << _BITS
        self.soonest_ms = min(self.soonest_ms, wake_ms)

    def pop(self, now_ms: int) -> tuple[int, SessionId] | None:
        """The next session to come up by now, with its `wake_ms`; it is off the wheel."""
        found = self.next(now_ms)
        if found is not None:
            heappop(self._near)
        return found

    def next(self, until_ms: int = _NEVER_MS) -> tuple[int, SessionId] | None:
        """The next session to come up until then, with its `wake_ms`."""
        near = self._near
        while True:
            while near and near[0][0] <= until_ms:
                wake_ms, _, session_id = near[0]
                known = self._wake_of(session_id)
                if known is not None and known[0] == wake_ms:
                    return wake_ms, session_id
                heappop(near)
            if near or not self._buckets or self._buckets[0] << _BITS > until_ms:
                break
            self._bring_near()
        self.soonest_ms = near[0][0] if near else self._buckets[0] << _BITS if self._buckets else _NEVER_MS
        return None

    def _bring_near(self) -> None:
        bucket = self._near_until = heappop(self._buckets)
        for session_id in self._far.pop(bucket):
            known = self._wake_of(session_id)
            if known is not None and known[0] >> _BITS == bucket:
                heappush(self._near, (*known, session_id))
