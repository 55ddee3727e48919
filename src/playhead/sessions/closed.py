"""
Sessions that closed, for as long as their id is valid: 24 h from their start (protocol.md 6).

There may be many, so little is kept of each: its id in 60 bits, and a value it shares with those like it. Two ids agree
in 60 bits once in 10^18 pairs; among ten million closed sessions, one start in 10^11 would be taken for a repeated one.
"""

from array import array
from bisect import insort
from functools import lru_cache
from typing import Final

from msgspec import Struct

from playhead.base.units import DAY_MS, MINUTE_MS, DatastreamId, SessionId
from playhead.sessions.arrivals import PROVISIONAL, Cause
from playhead.sessions.rules import Rules
from playhead.sessions.verdicts import Reason

_KEY_MASK: Final = (1 << 60) - 1
"""The largest number that takes 32 bytes."""


class Closed(Struct, frozen=True, gc=False):
    """
    What is kept of a session that closed; sessions alike share one. All else is read again from the history.

    Attributes:
        datastream_id: The datastream it was started for.
        reason: Why it takes no event; None: an event may reopen it, and it then goes on under `rules`.
        rules: Those it began under; None where nothing reopens it.
    """

    datastream_id: DatastreamId
    reason: Reason | None
    rules: Rules | None = None


@lru_cache(maxsize=1024)
def closed_for(cause: Cause, datastream_id: DatastreamId, rules: Rules) -> Closed:
    """What is kept of a session of a datastream that began under these rules and closed for this cause."""
    if cause in PROVISIONAL:
        return Closed(datastream_id, None, rules)
    return Closed(datastream_id, Reason.SESSION_ENDED if cause is Cause.END else Reason.SESSION_CLOSED)


class ClosedSessions:
    """The closed sessions of the last 24 h."""

    def __init__(self) -> None:
        self._known: dict[int, Closed] = {}
        self._minutes: dict[int, array[int]] = {}  # by minute: end of validity and key, in turns
        self._going: list[tuple[int, int]] = []  # those of the minutes before `_minute`, soonest last
        self._minute = -(1 << 62)

    def get(self, session_id: SessionId) -> Closed | None:
        """What is known of a session, as of the last `forget_until`."""
        return self._known.get(hash(session_id) & _KEY_MASK)

    def add(self, session_id: SessionId, closed: Closed, started_received_ms: int) -> None:
        """Remember a session until 24 h after the arrival of its start."""
        key = hash(session_id) & _KEY_MASK
        self._known[key] = closed
        until_ms = started_received_ms + DAY_MS
        minute = until_ms // MINUTE_MS
        if minute < self._minute:
            insort(self._going, (until_ms, key), key=_latest_first)
        else:
            self._minutes.setdefault(minute, array("q")).extend((until_ms, key))

    def discard(self, session_id: SessionId) -> None:
        """Forget a session that is open again."""
        self._known.pop(hash(session_id) & _KEY_MASK, None)

    def forget_until(self, now_ms: int) -> None:
        """Forget those whose 24 h are over."""
        minute = now_ms // MINUTE_MS + 1
        if minute > self._minute:
            past = [one for one in self._minutes if one < minute] if self._minutes else []
            for one in past:
                pairs = self._minutes.pop(one)
                self._going.extend(zip(pairs[::2], pairs[1::2], strict=True))
            self._going.sort(key=_latest_first)
            self._minute = minute
        while self._going and self._going[-1][0] <= now_ms:
            self._known.pop(self._going.pop()[1], None)


def _latest_first(one: tuple[int, int]) -> int:
    return -one[0]
