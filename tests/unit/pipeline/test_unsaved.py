"""Which sessions are to be saved."""

from math import inf

from playhead.base.units import SessionId
from playhead.pipeline.unsaved import Unsaved

A, B, C = SessionId("a"), SessionId("b"), SessionId("c")


def test_a_session_is_due_a_while_after_its_first_change() -> None:
    """However often it changes in between; once it is taken it counts anew."""
    unsaved = Unsaved(10, 100)
    unsaved.changed(A, 0)
    unsaved.changed(B, 3_000)
    unsaved.changed(A, 9_000)
    assert [[], [A], [], [B]] == [unsaved.take(now_ms) for now_ms in (9_999, 10_000, 12_999, 13_000)]
    assert not unsaved
    unsaved.changed(A, 14_000)
    assert unsaved
    assert [[], [A]] == [unsaved.take(now_ms) for now_ms in (23_999, 24_000)]


def test_so_many_are_taken_at_a_time() -> None:
    """The oldest change first, also when they are taken early."""
    unsaved = Unsaved(10, 2)
    for session_id in (C, A, B):
        unsaved.changed(session_id, 0)
    assert [[C, A], [B], []] == [unsaved.take(1, early=True) for _ in range(3)]


def test_never_is_never() -> None:
    """Not even early."""
    unsaved = Unsaved(inf, 2)
    unsaved.changed(A, 0)
    assert not unsaved
    assert [] == unsaved.take(1 << 60)
    assert [] == unsaved.take(1 << 60, early=True)
