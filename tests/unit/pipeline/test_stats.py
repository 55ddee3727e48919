"""Counts of the worker."""

from contract.store_samples import judged, record, row
from playhead.base.units import RowId, SessionId
from playhead.pipeline.stats import WRITE_BOUNDS_S, Tally
from playhead.reporting.outputs import Outcome, Retraction


def test_outputs_are_counted_by_kind() -> None:
    """Deliveries by action and outcome, closes by cause each time, rows and retractions."""
    tally = Tally()
    tally.add(
        [
            judged(action="play"),
            judged(Outcome.DUPLICATE, "duplicate_id", action="play"),
            record(),
            record(closed="idle"),
            record(closed="idle"),
            row(),
            Retraction(RowId("r"), SessionId("s")),
        ]
    )
    assert {("play", "accepted"): 1, ("play", "duplicate"): 1} == tally.events
    assert {"idle": 2} == tally.closes
    assert (1, 1) == (tally.rows, tally.retractions)


def test_write_times_fall_into_buckets() -> None:
    """Bounds are inclusive; the last bucket is for what is beyond."""
    tally = Tally()
    for seconds in (0.001, 0.0011, 11):
        tally.committed(seconds)
    assert [1, 1, *[0] * (len(WRITE_BOUNDS_S) - 2), 1] == tally.write_counts
    assert (3, 11.0021) == (tally.commits, round(tally.write_total_s, 4))
