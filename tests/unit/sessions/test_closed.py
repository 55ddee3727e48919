"""Closed sessions of the last day."""

from hypothesis import given
from hypothesis import strategies as st

from playhead.base.settings import DEFAULT_SETTINGS
from playhead.base.units import DAY_MS, DatastreamId, SessionId
from playhead.sessions.arrivals import Cause
from playhead.sessions.closed import Closed, ClosedSessions, closed_for
from playhead.sessions.rules import rules_of
from playhead.sessions.verdicts import Reason

DATASTREAM = DatastreamId("d")
RULES = rules_of(DEFAULT_SETTINGS)


def test_alike_sessions_share_what_is_kept() -> None:
    """Provisional closes may be undone, an end says so, all others are closed."""
    assert closed_for(Cause.IDLE, DATASTREAM, RULES) is closed_for(Cause.IDLE, DATASTREAM, RULES)
    assert Closed(DATASTREAM, None, RULES) == closed_for(Cause.COMPLETE, DATASTREAM, RULES)
    assert Closed(DATASTREAM, Reason.SESSION_ENDED) == closed_for(Cause.END, DATASTREAM, RULES)
    assert Closed(DATASTREAM, Reason.SESSION_CLOSED) == closed_for(Cause.STUCK, DATASTREAM, RULES)


@given(st.lists(st.tuples(st.integers(0, 400_000), st.integers(-100_000, 200_000)), max_size=30))
def test_each_is_known_for_a_day_to_the_millisecond(added: list[tuple[int, int]]) -> None:
    """Whatever order they were added in, and however seldom time is told."""
    closed, now_ms = ClosedSessions(), 0
    ends: dict[SessionId, int] = {}
    for number, (started_ms, step_ms) in enumerate(added):
        name = SessionId(f"s{number}")
        if started_ms + DAY_MS > now_ms:
            closed.add(name, closed_for(Cause.END, DATASTREAM, RULES), started_ms)
            ends[name] = started_ms + DAY_MS
        now_ms = max(now_ms, min(ends.values(), default=0) + step_ms)
        closed.forget_until(now_ms)
        assert [end > now_ms for end in ends.values()] == [closed.get(name) is not None for name in ends]


def test_a_session_that_is_open_again_is_not_among_them() -> None:
    """Until it closes again."""
    closed = ClosedSessions()
    closed.add(SessionId("A"), closed_for(Cause.IDLE, DATASTREAM, RULES), 0)
    closed.discard(SessionId("A"))
    assert closed.get(SessionId("A")) is None
