"""Times of the report API."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.api.times import read, written, written_or_none


@given(st.integers(min_value=0, max_value=253_402_300_799_999))
def test_what_is_written_is_read(at_ms: int) -> None:
    """Every time of the years 1970 to 9999 survives being written and read."""
    assert at_ms == read(written(at_ms))


def test_three_decimals_always() -> None:
    """Whole seconds are written with their decimals too."""
    assert written(1_767_225_600_000) == "2026-01-01T00:00:00.000Z"
    assert written_or_none(1_767_225_615_120) == "2026-01-01T00:00:15.120Z"
    assert written_or_none(None) is None


@pytest.mark.parametrize(("at_ms", "text"), [(-1, "1970-01-01T00:00:00.000Z"), (10**20, "9999-12-31T23:59:59.999Z")])
def test_times_beyond_the_calendar_are_clamped(at_ms: int, text: str) -> None:
    """A player's clock that is out of its mind does not break an answer."""
    assert written(at_ms) == text


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01T02:00:00+02:00",
        "2026-01-01T02:00:00 02:00",
        "2026-01-01 00:00:00Z",
        "2025-12-31t19:00:00.0-05:00",
        "2026-01-01T00:00:00.0009z",
    ],
)
def test_other_spellings_of_one_instant(text: str) -> None:
    """Offsets, lower case, a blank for T or for a lost plus, and finer fractions are read."""
    assert read(text) == 1_767_225_600_000


@pytest.mark.parametrize(
    "text", ["", "now", "2026-01-01", "2026-01-01T00:00:00", "2026-02-30T00:00:00Z", "1", "٢٠٢٦-01-01T00:00:00Z"]
)
def test_what_is_no_time(text: str) -> None:
    """Everything else is refused with a reason."""
    with pytest.raises(ValueError, match="is not"):
        read(text)
