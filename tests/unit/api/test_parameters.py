"""Parameters that several routes share."""

import pytest

from playhead.api.parameters import cursor_at, place_after, segment_in, time_of
from playhead.api.problems import ProblemError
from playhead.api.reading import FoldedPlace
from playhead.base.errors import QuestionError
from playhead.reporting.segments import All
from playhead.store.port import Place


def test_times_are_optional() -> None:
    """A time that is not given is none."""
    assert time_of("from", None) is None
    assert time_of("from", "2026-01-01T00:00:00Z") == 1_767_225_600_000


def test_a_wrong_time_names_its_parameter() -> None:
    """The problem has the path of the parameter."""
    with pytest.raises(ProblemError) as refused:
        time_of("until", "soon")
    assert [error.path for error in refused.value.errors] == ["until"]


def test_a_segment_is_read() -> None:
    """From JSON; none if nothing is said; what is wrong with it is said with its place."""
    assert segment_in('{"all": []}') == All(())
    assert segment_in(None) is None
    for text in ("{", '{"all": 1}'):
        with pytest.raises(QuestionError) as refused:
            segment_in(text)
        assert refused.value.path.startswith("segment")


def test_cursors_carry_places() -> None:
    """Structs and tuples both survive; no place is no cursor and the other way round."""
    folded, listed = FoldedPlace(1, 2, 3), Place(5, "s1", 7)
    assert folded == place_after("events", cursor_at("events", folded), FoldedPlace, (int, int, int))
    assert listed == place_after("sessions", cursor_at("sessions", listed), Place, (int, str, int))
    assert cursor_at("events", None) is None
    assert place_after("events", None, FoldedPlace, (int, int, int)) is None


def test_a_cursor_of_another_list_is_wrong_input() -> None:
    """Cursors do not move between lists."""
    with pytest.raises(ProblemError) as refused:
        place_after("rows", cursor_at("events", FoldedPlace(1, 2, 3)), FoldedPlace, (int, int, int))
    assert [error.path for error in refused.value.errors] == ["cursor"]
