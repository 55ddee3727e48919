"""The wheel of what is to be looked after."""

from hypothesis import given
from hypothesis import strategies as st

from playhead.base.units import SessionId
from playhead.sessions.wakes import Wakes


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5000)), max_size=60), st.integers(1, 2000))
def test_sessions_come_up_in_order(pushes: list[tuple[int, int]], step_ms: int) -> None:
    """Each at the instant it was pushed for last, by instant and number, however often time is told."""
    holds: dict[SessionId, tuple[int, int]] = {}
    wakes = Wakes(holds.get)
    came, now_ms = [], 0
    for number, after_ms in pushes:
        holds[SessionId(str(number))] = (now_ms + after_ms, number)
        wakes.push(now_ms + after_ms, number, SessionId(str(number)))
        now_ms += step_ms
        assert wakes.soonest_ms <= min(at_ms for at_ms, _ in holds.values())
        due = sorted((at_ms, number) for at_ms, number in holds.values() if at_ms <= now_ms)
        while (up := wakes.pop(now_ms)) is not None:
            came.append((up[0], int(up[1])))
            del holds[up[1]]
        assert due == came[len(came) - len(due) :]
    assert min(((at_ms, str(number)) for at_ms, number in holds.values()), default=None) == wakes.next()


def test_what_does_not_hold_is_passed_over() -> None:
    """A session that closed, and an entry that another one replaced."""
    holds = {SessionId("A"): (5, 1), SessionId("B"): (9000, 2)}
    wakes = Wakes(holds.get)
    for at_ms, name in ((5, "A"), (7, "B"), (9000, "B"), (20, "C")):
        wakes.push(at_ms, 0, SessionId(name))
    assert [(5, "A"), (9000, "B"), None] == [wakes.pop(10_000) for _ in range(3)]
