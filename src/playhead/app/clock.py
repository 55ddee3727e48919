"""The real clock, the only place that reads the machine's."""

import threading
import time


class SystemClock:
    """Unix time in ms that never goes back within this process, also when the machine's clock is set back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last_ms = 0

    def now_ms(self) -> int:
        """Unix time in ms."""
        with self._lock:
            self._last_ms = max(self._last_ms, time.time_ns() // 1_000_000)
            return self._last_ms
