"""The clock as a port. Only `app` builds a real one; everything else is told the time."""

from typing import Protocol


class Clock(Protocol):
    """Tells the time. Never blocks, never raises."""

    def now_ms(self) -> int:
        """Unix time in ms. Never goes back within one process, whatever the machine's clock does."""
        ...


class ManualClock:
    """A clock that stands still until it is told otherwise. The fake for tests and for replay."""

    def __init__(self, now_ms: int = 0) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """The time last set, in Unix ms."""
        return self._now_ms

    def set(self, now_ms: int) -> None:
        """Move to a time; an earlier one is ignored."""
        self._now_ms = max(self._now_ms, now_ms)

    def advance(self, by_ms: int) -> None:
        """Move forward."""
        self.set(self._now_ms + by_ms)
