"""
The real clock. Law: it never goes back, and no correction of the machine's clock moves it by more than one part in twenty.

Why: session expiry, the 24 hours of an id and the order of the log follow this clock. An operator or NTP that sets the
wall clock must not expire sessions at once; a clock that stays wrong for ever would be no better (decision 0041).
"""

import threading
import time
from collections.abc import Callable

_NS_PER_MS = 1_000_000
_SLEW_DIVISOR = 20
"""Every second of running corrects at most 1/20 s, 5 %: an hour of error is gone in 20 hours."""


def wall_ns() -> int:
    """The machine's idea of Unix time, ns; jumps when somebody sets it."""
    return time.time_ns()


def running_ns() -> int:
    """Time since some moment, ns; never set by anybody, and counting while the machine sleeps where the system can."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return time.monotonic_ns()


class SteadyClock:
    """
    Wall time at the start, carried on by a clock nobody can set, and led back to wall time slowly. Any thread may ask.

    Args:
        wall: Unix time, ns.
        running: Time since some moment, ns; never goes back.
    """

    def __init__(self, wall: Callable[[], int] = wall_ns, running: Callable[[], int] = running_ns) -> None:
        self._wall = wall
        self._running = running
        self._lock = threading.Lock()
        self._now_ns = wall()
        self._running_ns = running()

    def now_ms(self) -> int:
        """Unix time, ms."""
        with self._lock:
            return self._advance() // _NS_PER_MS

    def offset_ms(self) -> int:
        """How far this clock is ahead of the wall clock, ms; negative when behind. 0 or 1 in good order."""
        with self._lock:
            return (self._advance() - self._wall()) // _NS_PER_MS

    def not_before(self, at_ms: int) -> None:
        """
        Lift the clock to a time it may not be behind: the last mark of a log that goes on. An earlier one is ignored.

        It then runs on from there, slower than the wall until that has caught up; it does not stand still.
        """
        with self._lock:
            self._now_ns = max(self._advance(), at_ms * _NS_PER_MS)

    def _advance(self) -> int:
        running_ns = self._running()
        passed_ns = max(0, running_ns - self._running_ns)
        self._running_ns = max(running_ns, self._running_ns)
        allowed_ns = passed_ns // _SLEW_DIVISOR
        error_ns = self._wall() - (self._now_ns + passed_ns)
        self._now_ns += passed_ns + max(-allowed_ns, min(allowed_ns, error_ns))
        return self._now_ns


SystemClock = SteadyClock
"""The clock every command of ours takes."""
