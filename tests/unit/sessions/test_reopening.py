"""Which events undo a close; what comes of it is shown by tests/timelines."""

import pytest
from msgspec import Struct

from playhead.base.settings import SessionSettings
from playhead.base.units import DAY_MS
from playhead.sessions.reopening import Reopens, reopens
from playhead.sessions.rules import rules_of

MINUTE_MS = 60_000


class Session(Struct):
    """Twenty minutes old, its playhead still for five."""

    started_received_ms: int = 0
    last_received_ms: int = 20 * MINUTE_MS
    playhead_changed_ms: int = 15 * MINUTE_MS
    largest_at_ms: int = 19 * MINUTE_MS


@pytest.mark.parametrize(
    ("completed", "session", "expected"),
    [
        (False, Session(), Reopens(None, DAY_MS, 29 * MINUTE_MS)),
        (True, Session(), Reopens(30 * MINUTE_MS, DAY_MS, 29 * MINUTE_MS)),
        (True, Session(playhead_changed_ms=0), Reopens(30 * MINUTE_MS, 30 * MINUTE_MS, None)),
        (True, Session(playhead_changed_ms=-1), Reopens(30 * MINUTE_MS - 1, 30 * MINUTE_MS - 1, None)),
        (True, Session(started_received_ms=25 * MINUTE_MS - DAY_MS), Reopens(25 * MINUTE_MS, 25 * MINUTE_MS, None)),
    ],
)
def test_what_reopens_follows_from_the_timers(completed: bool, session: Session, expected: Reopens) -> None:
    """After idle by the player's clock for a day; after complete any event first; nothing once it would be closed for good."""
    assert expected == reopens(session, rules_of(SessionSettings()), completed=completed)
