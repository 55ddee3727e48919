"""What a collector counts about itself."""

from playhead.collector.meters import LATENCY_BOUNDS_S, Meters


def test_latency_falls_into_its_bucket() -> None:
    """Bounds are inclusive; what is slower than all of them has a bucket of its own."""
    meters = Meters()
    for latency_s in (LATENCY_BOUNDS_S[0], LATENCY_BOUNDS_S[0] * 1.01, 99.0):
        meters.count("va/v1/ping", 204, latency_s, ())
    counts = meters.snapshot().latency_counts
    assert (counts[0], counts[1], counts[-1], sum(counts)) == (1, 1, 1, 3)
    assert len(counts) == len(LATENCY_BOUNDS_S) + 1


def test_snapshot_does_not_change_afterwards() -> None:
    """Others may read it while requests go on."""
    meters = Meters()
    meters.count("a", 200, 0.1, ("x",))
    before = meters.snapshot()
    meters.count("a", 200, 0.1, ("x",))
    assert (before.requests, before.refusals) == ({("a", 200): 1}, {"x": 1})
    assert (meters.snapshot().requests, meters.snapshot().refusals) == ({("a", 200): 2}, {"x": 2})
