"""Stretches of content and of the clock."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.base.settings import DEFAULT_SETTINGS
from playhead.sessions.playtime import Spans, Viewed, clipped, merge, overlaps, replayed, viewed_end
from playhead.sessions.rules import rules_of

RULES = rules_of(DEFAULT_SETTINGS)


@pytest.mark.parametrize(
    ("start_s", "end_s", "dt_s", "live", "expected_s"),
    [
        (30, 40, 10, False, 40),
        (30, 300, 10, False, 40),
        (30, 10, 10, False, 40),
        (30, 45, 10, False, 45),
        (30, 29, 10, False, 30),
        (0, 21, 10, False, 21),
        (0, 22, 10, False, 10),
        (86_390, 10, 20, True, 86_410),
        (86_390, 10, 20, False, 86_410),
        (10, 86_390, 20, True, 30),
    ],
)
def test_what_was_viewed_between_two_playheads(
    start_s: int, end_s: int, dt_s: int, live: bool, expected_s: int
) -> None:
    """The examples of metrics.md 1.5, jitter, the limit of 2x plus 1 s, and midnight."""
    assert expected_s * 1000 == viewed_end(start_s, end_s - start_s, dt_s * 1000, live=live, rules=RULES)


def test_recorded_content_is_cut_at_its_length() -> None:
    """Intervals beyond the end are cut or dropped; without a length nothing is."""
    assert [(0, 99_500)] == clipped([(0, 120_000), (130_000, 140_000)], 99.5)
    assert [(0, 16_100)] == clipped([(0, 20_000)], 16.1)  # 16.1 * 1000 as floats is a little more
    assert [(0, 120_000)] == clipped([(0, 120_000)], 0)


def test_a_live_day_goes_on_from_zero() -> None:
    """What crosses midnight is split there."""
    assert [(0, 10_000), (86_390_000, 86_400_000)] == clipped([(86_390_000, 86_410_000)], 86_400)
    assert [(3_600_000, 3_700_000)] == clipped([(90_000_000, 90_100_000)], 86_400)


def test_a_cut_takes_everything_from_there_on() -> None:
    """Whole pieces go, the one it falls into is shortened, and growing goes on."""
    spans = Spans()
    for piece in [(0, 10), (20, 30), (30, 40)]:
        spans.add(*piece)
    spans.cut(25)
    spans.add(25, 27)
    assert [(0, 10), (20, 27)] == spans.union()
    spans.cut(0)
    assert [] == spans.union()


PIECES = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 20)), max_size=200)


@given(PIECES)
def test_spans_are_the_union_of_what_was_added(pieces: list[tuple[int, int]]) -> None:
    """However many pieces there are and however they lie, every half point is in the union or not, as it should be."""
    spans = Spans()
    for start, length in pieces:
        spans.add(start, start + length)
    union = spans.clone().union()
    assert spans.union() == union == merge(union)
    for point in range(330):
        expected = any(start <= point < start + length for start, length in pieces)
        assert expected == any(start <= point < end for start, end in union)
    assert all(before[1] < after[0] for before, after in pairwise(union))


@given(PIECES)
def test_what_was_viewed_again_is_what_lies_in_two_pieces(pieces: list[tuple[int, int]]) -> None:
    """Every half point that at least two additions cover, and no other; the union is that of any spans."""
    viewed, spans = Viewed(), Spans()
    for start, length in pieces:
        viewed.add(start, start + length)
        spans.add(start, start + length)
    assert spans.union() == viewed.union() == viewed.clone().union()
    twice = viewed.clone().twice()
    assert viewed.twice() == twice == merge(twice)
    for point in range(330):
        expected = sum(start <= point < start + length for start, length in pieces) > 1
        assert expected == any(start <= point < end for start, end in twice)


def test_of_pieces_that_lie_in_one_another_the_inner_one_is_twice() -> None:
    """Also where it is in three; what only touches is in one."""
    assert [(10, 20), (12, 14), (30, 40)] == overlaps([(0, 50), (30, 40), (10, 20), (12, 14)])
    assert [] == overlaps([(0, 10), (10, 20)])


def test_going_back_by_hand() -> None:
    """60 s, back to 40, on to 80, back by one second: 40 to 60 was viewed again; a second is jitter, and beyond the end is nothing."""
    viewed = Viewed()
    for start, end in [(0, 30), (30, 60), (40, 80), (79, 120)]:
        viewed.add(start * 1000, end * 1000)
    assert [(40_000, 60_000), (79_000, 80_000)] == viewed.twice()
    assert [(40_000, 60_000)] == replayed(viewed, 100, 1000)
    assert [(40_000, 55_000)] == replayed(viewed, 55, 1000)


def test_a_live_day_is_viewed_again_at_the_same_time_of_another() -> None:
    """Over midnight and on to where it began the day before."""
    viewed = Viewed()
    viewed.add(3_600_000, 7_200_000)
    assert [] == replayed(viewed, 86_400, 1000)
    viewed.add(7_200_000, 90_010_000)
    assert [(3_600_000, 3_610_000)] == replayed(viewed, 86_400, 1000)
