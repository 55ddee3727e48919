"""Quality values."""

from playhead.events.event import Quality
from playhead.sessions.quality import QualityTotals


def test_bitrate_is_weighted_by_play_time() -> None:
    """800 for 10 s and 1600 for 30 s is 1400; time before the first value has no weight (metrics.md 2.5)."""
    totals = QualityTotals()
    totals.weight_ms = 99_000
    totals.take(Quality(bitrate_kbps=800), played=True)
    totals.weight_ms += 10_000
    totals.take(Quality(bitrate_kbps=1600), played=True)
    totals.weight_ms += 30_000
    totals.take(Quality(bitrate_kbps=0), played=True)
    assert totals.bitrate_average_kbps() == 1400


def test_without_play_time_the_last_bitrate_counts() -> None:
    """No weight at all: the last value, rounded half up; none at all: None."""
    totals = QualityTotals()
    assert totals.bitrate_average_kbps() is None
    totals.take(Quality(bitrate_kbps=100), played=False)
    totals.take(Quality(bitrate_kbps=34.5), played=False)
    assert totals.bitrate_average_kbps() == 35


def test_time_taken_back_has_no_weight() -> None:
    """A stall takes weight from the bitrates it was credited to."""
    totals = QualityTotals()
    totals.take(Quality(bitrate_kbps=100), played=True)
    totals.weight_ms = 10_000
    totals.take(Quality(bitrate_kbps=200), played=True)
    totals.weight_ms = 10_000
    totals.take_back(100, 10_000)
    totals.take_back(None, 5_000)
    assert totals.bitrate_average_kbps() == 200


def test_time_to_start_is_fixed_at_main_start() -> None:
    """The last value before it; if there was none, the first after it."""
    before, late = QualityTotals(), QualityTotals()
    for value in (900, 1499):
        before.take(Quality(time_to_start_ms=value), played=False)
    before.take(Quality(time_to_start_ms=5000), played=True)
    for value in (12, 13):
        late.take(Quality(time_to_start_ms=value), played=True)
    assert (1499, 12) == (before.time_to_start_ms, late.time_to_start_ms)


def test_frames_are_the_last_reported() -> None:
    """Clients send running totals."""
    totals = QualityTotals()
    for value in (3, 7, 5):
        totals.take(Quality(dropped_frames=value, frames_per_second=20 + value), played=True)
    assert (5, 25) == (totals.dropped_frames, totals.frames_per_second)


def test_a_bitrate_beyond_reason_gives_none() -> None:
    """A sum that is no number is not written."""
    totals = QualityTotals()
    totals.take(Quality(bitrate_kbps=1e308), played=True)
    totals.weight_ms = 10_000
    assert totals.bitrate_average_kbps() is None
