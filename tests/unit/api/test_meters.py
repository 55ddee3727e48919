"""Counting requests."""

from playhead.api.meters import LATENCY_BOUNDS_S, Distribution, Sizes, Snapshot, Tally


def test_a_tally_counts_by_door_route_and_status() -> None:
    """Each answered request is one count and one latency of its door."""
    tally = Tally()
    tally.count("console", "/a", 200, 0.25)
    tally.count("console", "/a", 200, 9.0)
    tally.count("console", "/a", 404, 0.5)
    counts = (0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1)
    expected = Snapshot(
        requests={("console", "/a", 200): 2, ("console", "/a", 404): 1},
        latency_s={"console": Distribution(LATENCY_BOUNDS_S, counts, 9.75)},
    )
    assert expected == tally.read()


def test_bounds_are_inclusive() -> None:
    """A value on a bound belongs to that bound's bucket, as Prometheus wants it."""
    sizes = Sizes((1.0, 2.0))
    for value in (1.0, 1.5, 2.0, 2.5):
        sizes.add(value)
    assert Distribution((1.0, 2.0), (1, 2, 1), 7.0) == sizes.read()
