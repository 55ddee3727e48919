"""Cursors of lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.api.cursors import cursor_of, place_of

INT64 = st.integers(min_value=-(2**63), max_value=2**63 - 1)


@given(INT64, st.text(st.characters(exclude_categories=["Cs"]), max_size=150))
def test_a_cursor_is_the_place_it_was_made_of(at_ms: int, name: str) -> None:
    """Any place comes back from its cursor."""
    assert (at_ms, name) == place_of("list", cursor_of("list", [at_ms, name]), [int, str])


@pytest.mark.parametrize(
    "cursor",
    ["", "!", "AAAA", "é", "a" * 5000, "W10", "bnVsbA", cursor_of("other", [1, "a"]), cursor_of("list", ["a", 1])],
)
def test_foreign_cursors_are_refused(cursor: str) -> None:
    """What this list never gave is refused with a reason, whatever it is."""
    with pytest.raises(ValueError, match="is not a cursor that this list gave"):
        place_of("list", cursor, [int, str])


@given(st.text(max_size=60))
def test_no_text_breaks_it(cursor: str) -> None:
    """Any text is a place or refused with a reason."""
    try:
        place_of("list", cursor, [int])
    except ValueError as error:
        assert str(error) == "is not a cursor that this list gave"  # noqa: PT017 - both ways are good
