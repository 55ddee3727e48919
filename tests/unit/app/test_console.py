"""What the collectors count, in the console's words."""

from playhead.app.collector_link import Metered, RequestCount
from playhead.app.collectors import NOTHING
from playhead.app.console import snapshot_of
from playhead.collector.meters import LATENCY_BOUNDS_S


def test_workers_are_added_up() -> None:
    """Requests, refusals, latencies and what waits of all collectors are one door."""
    buckets = [0] * (len(LATENCY_BOUNDS_S) + 1)
    first = Metered(
        requests=[RequestCount("va/v1/play", 204, 2)], refusals={"x": 1}, latency_counts=[2, *buckets[1:]],
        latency_sum_s=0.5, waiting=3, waiting_bytes=9, refused_records_lost=0,
    )  # fmt: skip
    second = Metered(
        requests=[RequestCount("va/v1/play", 204, 1), RequestCount("healthz", 200, 1)], refusals={"x": 1},
        latency_counts=[*buckets[1:], 2], latency_sum_s=9.0, waiting=1, waiting_bytes=9, refused_records_lost=0,
    )  # fmt: skip
    snapshot = snapshot_of([first, second, NOTHING])
    assert snapshot.requests == {("collector", "va/v1/play", 204): 3, ("collector", "healthz", 200): 1}
    assert snapshot.refusals == {"x": 2}
    latency = snapshot.latency_s["collector"]
    assert (latency.counts[0], latency.counts[-1], sum(latency.counts), latency.total) == (2, 2, 4, 9.5)
    assert snapshot.queue_depths == {"collector": 4}
