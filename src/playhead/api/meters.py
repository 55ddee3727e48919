"""
What is measured, as values: counts since the start of the process that counted, gauges of now.

Law: a meter is read as a whole (`Snapshot`) and never waits for the work it measures. Who measures, hands a `Snapshot`
to the console; `metrics.py` writes them as Prometheus text.
"""

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping

from msgspec import Struct

LATENCY_BOUNDS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds of the buckets of request latencies, in seconds."""

WRITE_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets of store write times, in seconds."""


class Distribution(Struct, frozen=True):
    """
    How often which sizes were seen.

    Attributes:
        bounds: Upper bounds of the buckets, inclusive, ascending, in seconds.
        counts: Values a bucket (not cumulative); one more than bounds: the last one is beyond them.
        total: Sum of the values, in seconds.
    """

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float = 0.0


class Snapshot(Struct, frozen=True, kw_only=True):
    """
    What one part of the system measured. Parts leave out what they do not measure; counts of several are added up.

    Attributes:
        requests: (door, route, status) -> requests. Door is `collector` or `console`; the route a template, never a path.
        latency_s: (door) -> time from the request's first byte to the answer's.
        events: (event type without `media.`, outcome) -> deliveries.
        refusals: (stable reason) -> requests or events refused at the door.
        balance: (what, reason or empty) -> how many, of the balance sheet as stored: it goes on over restarts.
        open_sessions: Sessions held open or closing now.
        closes: (cause) -> sessions closed.
        journal_bytes: (journal) -> bytes of it on disk.
        store_bytes: Bytes of the store on disk.
        lag_s: (journal) -> age of the oldest record that is not in the store.
        store_write_s: Time a commit took.
        queue_depths: (queue) -> items waiting.
        removed: (kind of data) -> how much was removed because it is not kept any longer.
    """

    requests: Mapping[tuple[str, str, int], int] = {}
    latency_s: Mapping[str, Distribution] = {}
    events: Mapping[tuple[str, str], int] = {}
    refusals: Mapping[str, int] = {}
    balance: Mapping[tuple[str, str], int] = {}
    open_sessions: int | None = None
    closes: Mapping[str, int] = {}
    journal_bytes: Mapping[str, int] = {}
    store_bytes: int | None = None
    lag_s: Mapping[str, float] = {}
    store_write_s: Distribution | None = None
    queue_depths: Mapping[str, int] = {}
    removed: Mapping[str, int] = {}


class Sizes:
    """A distribution being counted. Not safe for threads by itself."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._total = 0.0

    def add(self, value: float) -> None:
        """Count one value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._total += value

    def read(self) -> Distribution:
        """What was counted so far."""
        return Distribution(self._bounds, tuple(self._counts), self._total)


class Tally:
    """Requests of one door, counted. Safe for threads; `count` is cheap."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._latency_s: dict[str, Sizes] = {}

    def count(self, door: str, route: str, status: int, took_s: float) -> None:
        """Count one answered request."""
        with self._lock:
            self._requests[door, route, status] += 1
            if door not in self._latency_s:
                self._latency_s[door] = Sizes(LATENCY_BOUNDS_S)
            self._latency_s[door].add(took_s)

    def read(self) -> Snapshot:
        """What was counted so far."""
        with self._lock:
            latency_s = {door: sizes.read() for door, sizes in self._latency_s.items()}
            return Snapshot(requests=dict(self._requests), latency_s=latency_s)
