"""What a collector counts about itself. Plain integers, changed by one thread; any thread may take a snapshot."""

from bisect import bisect_left
from collections import Counter

from msgspec import Struct

LATENCY_BOUNDS_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds, inclusive, of the latency histogram; a last bucket holds what is slower."""


class MeterSnapshot(Struct, frozen=True):
    """
    The counts since the start of the process.

    Attributes:
        requests: By (route, status).
        refusals: Refused requests, and refused events of requests whose events stand alone, by code.
        latency_counts: Requests per bucket of LATENCY_BOUNDS_S and the one beyond; not cumulative.
        latency_sum_s: Sum of their latencies, from the first byte seen here to the answer given.
        body_bytes: Bytes of bodies received.
        waiting: Requests that wait for the disk now.
        waiting_bytes: Bytes of their records.
        refused_records_lost: Records of refusals that found no room in the journal.
        disconnected: Requests whose client left before their body was complete.
    """

    requests: dict[tuple[str, int], int]
    refusals: dict[str, int]
    latency_counts: tuple[int, ...]
    latency_sum_s: float
    body_bytes: int
    waiting: int
    waiting_bytes: int
    refused_records_lost: int
    disconnected: int


class Meters:
    """
    The counters. Written by the event loop's thread only.

    Attributes:
        appended, appended_bytes: Records given to the journal, and their bytes.
        settled, settled_bytes: Those of them that are on disk, or could not be put there.
        body_bytes, disconnected, refused_records_lost: As in a snapshot.
    """

    __slots__ = (
        "_latency_counts",
        "_latency_sum_s",
        "_refusals",
        "_requests",
        "appended",
        "appended_bytes",
        "body_bytes",
        "disconnected",
        "refused_records_lost",
        "settled",
        "settled_bytes",
    )

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._refusals: Counter[str] = Counter()
        self._latency_counts = [0] * (len(LATENCY_BOUNDS_S) + 1)
        self._latency_sum_s = 0.0
        self.body_bytes = 0
        self.appended = 0
        self.appended_bytes = 0
        self.settled = 0
        self.settled_bytes = 0
        self.refused_records_lost = 0
        self.disconnected = 0

    def count(self, route: str, status: int, latency_s: float, reasons: tuple[str, ...]) -> None:
        """One request was answered."""
        self._requests[route, status] += 1
        self._latency_counts[bisect_left(LATENCY_BOUNDS_S, latency_s)] += 1
        self._latency_sum_s += latency_s
        for reason in reasons:
            self._refusals[reason] += 1

    def snapshot(self) -> MeterSnapshot:
        """The counts as they are now."""
        return MeterSnapshot(
            requests=dict(self._requests),
            refusals=dict(self._refusals),
            latency_counts=tuple(self._latency_counts),
            latency_sum_s=self._latency_sum_s,
            body_bytes=self.body_bytes,
            waiting=self.appended - self.settled,
            waiting_bytes=self.appended_bytes - self.settled_bytes,
            refused_records_lost=self.refused_records_lost,
            disconnected=self.disconnected,
        )
