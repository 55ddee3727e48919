"""The arrival side of a session."""

import pytest

from playhead.base.settings import SessionSettings
from playhead.base.units import DAY_MS, DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.events.event import Event
from playhead.events.playback import Ping
from playhead.events.session import SessionComplete, SessionEnd, SessionStart
from playhead.sessions.arrivals import Arrivals, Cause, Logged, from_start, no_past, replay, timestamp_ms
from playhead.sessions.rules import rules_of
from playhead.sessions.verdicts import Reason

RULES = rules_of(SessionSettings())


def delivery(received_s: float, event: Event) -> Delivery:
    return Delivery(SessionId("S"), round(received_s * 1000), event, DatastreamId("d"))


def life(*said: tuple[float, Event]) -> Arrivals:
    arrivals = Arrivals.of(delivery(0, SessionStart(0, 0)), 0, RULES, keep_all=True)
    for received_s, event in said:
        assert arrivals.judge(delivery(received_s, event), round(received_s * 1000), no_past) is None
    return arrivals


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([], (600_000, Cause.IDLE)),
        ([(10, Ping(10, 5)), (500, Ping(11, 5))], (1_100_000, Cause.IDLE)),
        ([(float(t), Ping(t, 0)) for t in range(500, 1801, 500)], (1_800_000, Cause.STUCK)),
        ([(float(t), Ping(t, t)) for t in range(500, 86_400, 500)], (86_400_000, Cause.AGE)),
        ([(10, SessionComplete(10, 5)), (20, Ping(11, 5))], (80_000, Cause.COMPLETE)),
        ([(10, SessionComplete(10, 5)), (20, SessionEnd(11, 5))], (25_000, Cause.END)),
    ],
)
def test_the_earliest_deadline_wins(said: list[tuple[float, Event]], expected: tuple[int, Cause]) -> None:
    """Each cause of metrics.md 4.1 has its own deadline."""
    assert expected == life(*said).deadline()


def test_a_close_happens_once_at_its_deadline() -> None:
    """Not before it, and not again."""
    arrivals = life()
    assert [False, True, False] == [arrivals.elapse(now_ms) for now_ms in (599_999, 600_000, 600_001)]
    assert (Cause.IDLE, 600_000) == (arrivals.cause, arrivals.closed_ms)


def test_the_close_instant_of_an_end_is_its_arrival() -> None:
    """The window for stragglers does not move it."""
    arrivals = life((10, SessionEnd(10, 5)))
    assert [False, True] == [arrivals.elapse(now_ms) for now_ms in (14_999, 15_000)]
    assert (Cause.END, 10_000) == (arrivals.cause, arrivals.closed_ms)


@pytest.mark.parametrize(
    ("at_ms", "now_ms", "expected"),
    [(5, 5 + DAY_MS, 5), (5, 6 + DAY_MS, None), (6 + DAY_MS, 5, None), (5 + DAY_MS, 5, 5 + DAY_MS), (None, 5, None)],
)
def test_a_timestamp_is_used_within_a_day_of_its_arrival(at_ms: int | None, now_ms: int, expected: int | None) -> None:
    """Exactly 24 h is still near enough (metrics.md 1.1)."""
    assert expected == timestamp_ms(Ping(at_ms), now_ms)


def test_only_accepted_deliveries_move_the_timers() -> None:
    """A duplicate and a drop count as such and change nothing else."""
    arrivals = life((10, Ping(10_000, 5)), (20, SessionEnd(20_000, 6)))
    assert arrivals.judge(delivery(21, Ping(10_000, 5)), 21_000, no_past) is Reason.DUPLICATE_CONTENT
    assert arrivals.judge(delivery(22, Ping(22_000, 9)), 22_000, no_past) is Reason.SESSION_ENDED
    assert arrivals.judge(delivery(22, SessionStart(22_000, 9)), 22_000, no_past) is Reason.DUPLICATE_START
    assert (3, 2, 1, 6) == (arrivals.accepted, arrivals.duplicate, arrivals.dropped, arrivals.handled)
    assert (20_000, 20_000) == (arrivals.last_received_ms, arrivals.playhead_changed_ms)


def test_replaying_judges_again() -> None:
    """The log holds what was accepted, ready to be sorted; what came before the start is passed over."""
    said = [
        delivery(0, Ping(1, 0)),
        delivery(1, SessionStart(5, 0)),
        delivery(2, SessionEnd(30, 0)),
        delivery(3, Ping(20, 0)),
        delivery(3, Ping(40, 0)),
    ]
    arrivals, log = replay(from_start(said), lambda start, now_ms: Arrivals.of(start, now_ms, RULES, keep_all=True))
    assert [Logged(0, 5, 1, said[1].event), Logged(1, 20, 3, said[3].event), Logged(2, 30, 2, said[2].event)] == sorted(
        log
    )
    assert arrivals.dropped == 1
