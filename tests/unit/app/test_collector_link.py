"""Reports of a collector survive the pipe."""

import pytest

from playhead.app.collector_link import Metered, Ready, Report, RequestCount, Said, metered, read_report, report_line
from playhead.collector.meters import Meters


@pytest.mark.parametrize(
    "report",
    [
        Ready(),
        Ready("cut 12 bytes"),
        Said("error", "no room\non the disk", {"trace": "a\nb"}),
        Metered(
            requests=[RequestCount("va/v1/play", 204, 5)],
            refusals={"EXEG-0002-400": 1},
            latency_counts=[1, 4],
            latency_sum_s=0.5,
            waiting=1,
            waiting_bytes=2,
            refused_records_lost=3,
            journal_fault="full",
        ),
    ],
)
def test_a_report_is_one_line(report: Report) -> None:
    """Whatever is in it, a report is one line and reads back the same."""
    line = report_line(report)
    assert line.count(b"\n") == 1
    assert read_report(line) == report


def test_a_snapshot_is_reported_whole() -> None:
    """Counts by route and status, refusals and latencies all get across."""
    meters = Meters()
    meters.count("va/v1/play", 204, 0.003, ())
    meters.count("va/v1/play", 400, 0.001, ("va-edge-0400-400",))
    report = metered(meters.snapshot(), "full")
    assert report.requests == [RequestCount("va/v1/play", 204, 1), RequestCount("va/v1/play", 400, 1)]
    assert report.refusals == {"va-edge-0400-400": 1}
    assert sum(report.latency_counts) == 2
    assert report.journal_fault == "full"
