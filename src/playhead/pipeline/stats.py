"""What the worker did, as values: counts since it was made, gauges of now."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct

from playhead.events.names import ACTION_OF
from playhead.reporting.outputs import Judged, Output, Retraction, Row, SessionRecord, SessionState

WRITE_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets of store write times, inclusive, in seconds."""


class WorkerStats(Struct, frozen=True, kw_only=True):
    """
    What the worker did and where it stands.

    Attributes:
        now_ms: Recorded time reached, Unix ms; 0 before the first record.
        lag_s: Age of the oldest instant whose records may not be in the store, seconds; 0 before the first record.
        open_sessions: Sessions held open or closing.
        events: (action, outcome) -> deliveries judged.
        closes: (cause) -> sessions closed, each time.
        rows: Reporting rows written, rewritten ones included. retractions: rows withdrawn.
        commits, commit_failures: Commits to the store, and tries that failed.
        write_counts: Commits by the time they took: one number a bucket of WRITE_BOUNDS_S and one for beyond.
        write_total_s: Sum of those times.
        waiting_outputs: Outputs not committed yet.
        backlog_bytes: (journal) -> durable bytes not taken yet.
        damages: Stretches of the journals that could not be read and were set aside.
        trouble: What keeps the worker from going on now; empty when nothing does.
    """

    now_ms: int
    lag_s: float
    open_sessions: int
    events: Mapping[tuple[str, str], int]
    closes: Mapping[str, int]
    rows: int
    retractions: int
    commits: int
    commit_failures: int
    write_counts: tuple[int, ...]
    write_total_s: float
    waiting_outputs: int
    backlog_bytes: Mapping[str, int]
    damages: int
    trouble: str


class Tally:
    """Counts as they grow. One thread adds, any may read; a reader may see a count a moment late."""

    def __init__(self) -> None:
        self.events: Counter[tuple[str, str]] = Counter()
        self.closes: Counter[str] = Counter()
        self.rows = self.retractions = 0
        self.commits = self.commit_failures = 0
        self.write_counts = [0] * (len(WRITE_BOUNDS_S) + 1)
        self.write_total_s = 0.0
        self.damages = 0

    def add(self, outputs: Iterable[Output]) -> None:
        """Count outputs."""
        for output in outputs:
            match output:
                case Judged():
                    self.events[ACTION_OF[type(output.delivery.event)], output.outcome.value] += 1
                case Row():
                    self.rows += 1
                case Retraction():
                    self.retractions += 1
                case SessionRecord():
                    if output.state is SessionState.CLOSED:
                        self.closes[output.close_cause or ""] += 1

    def committed(self, took_s: float) -> None:
        """Count a commit."""
        self.commits += 1
        self.write_counts[bisect_left(WRITE_BOUNDS_S, took_s)] += 1
        self.write_total_s += took_s
