"""Time zones as numbers."""

import pytest

from playhead.base.errors import QuestionError
from playhead.base.units import DAY_MS, HOUR_MS
from playhead.reporting.dimensions import Bucket
from playhead.reporting.report import Period
from playhead.store.zones import Zone

SPRING_MS = 1_774_745_100_000
"""2026-03-29T00:45:00Z: a quarter of an hour before Berlin's clocks go forward."""
AUTUMN_MS = 1_792_884_600_000
"""2026-10-24T23:30:00Z: in the hour before the one that Berlin has twice."""

BERLIN = Zone("Europe/Berlin")


def test_offsets_change_when_clocks_do() -> None:
    """A range over both changes of a year has three offsets, to the minute."""
    offsets = BERLIN.offsets(Period(SPRING_MS, AUTUMN_MS + DAY_MS))
    changes = [SPRING_MS + 15 * 60_000, AUTUMN_MS + 90 * 60_000]
    assert [(SPRING_MS, HOUR_MS), (changes[0], 2 * HOUR_MS), (changes[1], HOUR_MS)] == offsets


def test_a_day_may_have_23_or_25_hours() -> None:
    """Days begin at local midnight."""
    spring = BERLIN.start_of(Bucket.DAY, SPRING_MS)
    assert "2026-03-29T00:00:00+01:00" == BERLIN.written(spring)
    assert 23 * HOUR_MS == BERLIN.next_after(Bucket.DAY, spring) - spring
    autumn = BERLIN.start_of(Bucket.DAY, AUTUMN_MS)
    assert 25 * HOUR_MS == BERLIN.next_after(Bucket.DAY, autumn) - autumn


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    """Each has its own offset."""
    first = BERLIN.start_of(Bucket.HOUR, AUTUMN_MS + HOUR_MS)
    second = BERLIN.next_after(Bucket.HOUR, first)
    assert ["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"] == [BERLIN.written(first), BERLIN.written(second)]


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    """Wherever in them one is."""
    assert "2026-03-23T00:00:00+01:00" == BERLIN.written(BERLIN.start_of(Bucket.WEEK, SPRING_MS))
    march = BERLIN.start_of(Bucket.MONTH, SPRING_MS)
    assert "2026-03-01T00:00:00+01:00" == BERLIN.written(march)
    assert "2026-04-01T00:00:00+02:00" == BERLIN.written(BERLIN.next_after(Bucket.MONTH, march))


def test_half_hours_of_offset() -> None:
    """Hours are those of the wall."""
    kolkata = Zone("Asia/Kolkata")
    assert "2026-03-29T06:00:00+05:30" == kolkata.written(kolkata.start_of(Bucket.HOUR, SPRING_MS))


def test_all_stretches_of_a_range() -> None:
    """The first may begin before it."""
    utc = Zone("UTC")
    starts = utc.starts(Bucket.HOUR, Period(SPRING_MS, SPRING_MS + HOUR_MS))
    assert ["2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"] == [utc.written(start) for start in starts]


@pytest.mark.parametrize("name", ["Mars", "", "../etc/passwd", "x" * 300, "Europe"])
def test_a_zone_nobody_knows_is_refused(name: str) -> None:
    """An IANA name is asked for."""
    with pytest.raises(QuestionError) as wrong:
        Zone(name)
    assert "timeZone" == wrong.value.path
