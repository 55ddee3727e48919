"""What a simulation saw of the server: counts, and how long answers took, within one percent and in little memory."""

from collections import Counter
from math import ceil, log
from typing import Any

_STEP = log(1.01)
PERCENTILES = (50, 90, 99, 99.9)


class Latencies:
    """Durations in ms, kept as counts of classes one percent wide."""

    def __init__(self) -> None:
        self.count = 0
        self.largest_ms = 0.0
        self._classes: Counter[int] = Counter()

    def add(self, ms: float) -> None:
        """One more."""
        self.count += 1
        self.largest_ms = max(self.largest_ms, ms)
        self._classes[ceil(log(max(ms, 0.001)) / _STEP)] += 1

    def percentile(self, percent: float) -> float:
        """The duration that so many percent do not exceed, ms; 0 where there is none."""
        left = ceil(self.count * percent / 100)
        for number in sorted(self._classes):
            left -= self._classes[number]
            if left <= 0:
                return float(min(self.largest_ms, 1.01**number))
        return 0.0


class Report:
    """
    One run so far.

    Attributes:
        begun: Viewings whose session the server named.
        statuses: Answers by status.
        refused: Answers of 400 and more to requests that should have been taken; broken: to those that should not.
        repeated: Requests sent once more, as a client that missed an answer does; retries: because of an answer or none.
        unreachable: Requests without an answer.
        lost: Requests given up.
        latencies: From sending to the whole answer.
        behind_s: How far the run fell behind its plan at most.
        interrupted: Somebody stopped it.
        seconds: How long it took.
    """

    def __init__(self) -> None:
        self.begun = self.refused = self.broken = self.retries = self.unreachable = self.lost = 0
        self.statuses: Counter[int] = Counter()
        self.latencies = Latencies()
        self.behind_s = self.seconds = 0.0
        self.interrupted = False

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.latencies.count / self.seconds if self.seconds else 0.0

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        latencies = self.latencies
        return {
            "seconds": round(self.seconds, 3),
            "sessions": self.begun,
            "requests": latencies.count,
            "requestsPerSecond": round(self.rate, 1),
            "statuses": {str(status): self.statuses[status] for status in sorted(self.statuses)},
            "refused": self.refused,
            "refusedAsMeant": self.broken,
            "retries": self.retries,
            "unreachable": self.unreachable,
            "lost": self.lost,
            "latencyMs": {
                **{f"p{percent:g}": round(latencies.percentile(percent), 3) for percent in PERCENTILES},
                "max": round(latencies.largest_ms, 3),
            },
            "behindSeconds": round(self.behind_s, 3),
            "interrupted": self.interrupted,
        }

    def as_rows(self) -> list[tuple[str, str]]:
        """For people."""
        latencies = self.latencies
        said = ", ".join(f"{status}: {self.statuses[status]:,}" for status in sorted(self.statuses))
        times = ", ".join(f"p{percent:g} {latencies.percentile(percent):.1f}" for percent in PERCENTILES)
        rows = [
            ("sessions", f"{self.begun:,}"),
            ("requests", f"{latencies.count:,} in {self.seconds:.1f} s, {self.rate:,.0f} a second"),
            ("answers", said or "none"),
            ("latency in ms", f"{times}, max {latencies.largest_ms:.1f}"),
            ("refused", f"{self.refused:,}, and {self.broken:,} that were meant to be"),
            ("retries", f"{self.retries:,}"),
            ("without an answer", f"{self.unreachable:,}"),
            ("given up", f"{self.lost:,}"),
        ]
        if self.behind_s > 1:
            rows.append(
                ("behind the plan", f"{self.behind_s:.1f} s at most: the server or this machine is at its limit")
            )
        return rows
