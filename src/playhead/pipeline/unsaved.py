"""
Which open sessions changed since the store was last given them as they are (decision 0045).

Law: cost follows what changed. A session is due a while after its first change since then, so that one that changes
all the time is saved every while, and one that stands still is not saved again.
"""

from math import inf

from playhead.base.units import SECOND_MS, SessionId


class Unsaved:
    """Sessions with unsaved changes, the oldest change first. One thread."""

    def __init__(self, every_s: float, most: int) -> None:
        """
        Nothing has changed.

        Args:
            every_s: Recorded time from a change until its session is due, seconds; infinite: never.
            most: Sessions taken at a time.
        """
        self._every_ms = every_s * SECOND_MS
        self._most = most
        self._since_ms: dict[SessionId, int] = {}

    def changed(self, session_id: SessionId, now_ms: int) -> None:
        """A session changed at a recorded time, which never goes back."""
        self._since_ms.setdefault(session_id, now_ms)

    def take(self, now_ms: int, *, early: bool = False) -> list[SessionId]:
        """Some sessions that are due, or `early` those that will be; they count as saved."""
        taken: list[SessionId] = []
        for session_id, since_ms in self._since_ms.items():
            if len(taken) == self._most or (since_ms + self._every_ms > now_ms and not (early and self)):
                break
            taken.append(session_id)
        for session_id in taken:
            del self._since_ms[session_id]
        return taken

    def __bool__(self) -> bool:
        """Whether any session will be due."""
        return bool(self._since_ms) and self._every_ms < inf
