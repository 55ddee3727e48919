"""What a simulation reports."""

from playhead.app.simulate_report import Latencies, Report


def test_percentiles_are_within_one_percent() -> None:
    """Of a thousand durations."""
    latencies = Latencies()
    for ms in range(1, 1_001):
        latencies.add(ms)
    for percent, ms in ((50, 500), (90, 900), (99, 990), (100, 1_000)):
        assert ms <= latencies.percentile(percent) <= ms * 1.01
    assert (1_000, 1_000.0) == (latencies.count, latencies.largest_ms)


def test_nothing_measured_is_zero() -> None:
    """An empty run has no percentiles and no rate."""
    report = Report()
    assert (0.0, 0.0) == (report.latencies.percentile(99), report.rate)
    assert report.as_json()["latencyMs"] == {"p50": 0, "p90": 0, "p99": 0, "p99.9": 0, "max": 0}


def test_both_forms_say_the_same() -> None:
    """Counts by status, rate, and how far behind it was."""
    report = Report()
    report.statuses.update({204: 3, 400: 1})
    for ms in (1, 2, 3, 400):
        report.latencies.add(ms)
    report.seconds, report.behind_s = 2.0, 3.5
    told = report.as_json()
    assert (2.0, {"204": 3, "400": 1}, 3.5) == (told["requestsPerSecond"], told["statuses"], told["behindSeconds"])
    rows = dict(report.as_rows())
    assert "204: 3, 400: 1" in rows["answers"]
    assert "behind the plan" in rows
