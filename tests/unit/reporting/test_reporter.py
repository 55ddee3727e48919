"""The facade of the core. What comes out is shown by tests/timelines and tests/property."""

from playhead.base.units import DAY_MS, SessionId
from playhead.events.delivery import Delivery
from playhead.events.playback import Ping
from playhead.events.session import Downloaded, SessionEnd, SessionStart
from playhead.reporting.outputs import ClosedSession, Judged, Outcome, Row, SessionRecord, SessionState
from property.running import Ran
from property.strategies import BASE_MS, DATASTREAM, SESSION, delivered

START = SessionStart(BASE_MS, 0, None, "film", 100)


def test_a_start_is_told_at_once() -> None:
    """Its row, its record, and its judgement, which comes last."""
    run = Ran().take(delivered([START]))
    assert [Row, SessionRecord, Judged] == [type(output) for output in run.outputs]
    assert [SESSION] == run.reporter.open_sessions()
    assert 1 == run.reporter.open_count()


def test_every_delivery_is_judged_once() -> None:
    """Accepted, duplicate or dropped with its reason, and what was due before comes before it."""
    deliveries = delivered([START, Ping(BASE_MS + 1000, 1), SessionEnd(BASE_MS + 2000, 2)])
    deliveries += delivered([Ping(BASE_MS + 1000, 1), Ping(BASE_MS + 90_000, 9)], lambda i, _: BASE_MS + 90_000 + i)
    run = Ran().take(deliveries)
    judged = [output for output in run.outputs if isinstance(output, Judged)]
    assert deliveries == [output.delivery for output in judged]
    assert [None, None, None, "session_ended", "session_ended"] == [output.reason for output in judged]
    closed = [isinstance(output, SessionRecord) and output.state is SessionState.CLOSED for output in run.outputs]
    assert closed.index(True) < run.outputs.index(judged[3])


def test_sessions_of_before_are_known() -> None:
    """They judge late events and reopen; very old ones are passed over."""
    first = Ran().take(delivered([START, Ping(BASE_MS + 1000, 1)])).close()
    known = ClosedSession(SESSION, DATASTREAM, "idle", first.record.started_received_ms)
    second = Ran()
    second.kept[SESSION] = list(first.kept[SESSION])
    second.reporter.restore([known], BASE_MS + DAY_MS - 1)
    late = Delivery(SESSION, BASE_MS + 5_000_000, Ping(BASE_MS + 9000, 9), DATASTREAM)
    second.take([late])
    assert [Outcome.ACCEPTED] == second.outcomes
    assert second.record.state is SessionState.OPEN
    assert second.close().record.accepted == 3

    third = Ran()
    third.reporter.restore([known], BASE_MS + DAY_MS)
    third.take([late])
    assert ["session_unknown"] == [output.reason for output in third.outputs if isinstance(output, Judged)]


def test_a_download_is_whole_at_once() -> None:
    """Rows, one record, closed for good; without a start it is dropped."""
    whole = Downloaded(events=(START, Ping(BASE_MS + 1000, 1)))
    run = Ran().take([Delivery(SESSION, BASE_MS + 5000, whole, DATASTREAM)])
    assert [Row, Row, SessionRecord, Judged] == [type(output) for output in run.outputs]
    assert ("downloaded", False, True) == (run.record.close_cause, run.record.provisional, run.record.is_downloaded)
    empty = Delivery(SessionId("other"), BASE_MS + 5000, Downloaded(), DATASTREAM)
    run.take([empty, Delivery(SESSION, BASE_MS + 5000, whole, DATASTREAM)])
    assert [Outcome.ACCEPTED, Outcome.DROPPED, Outcome.DUPLICATE] == run.outcomes


def test_nothing_is_open_unless_it_began() -> None:
    """An unknown session has no view and no deadline."""
    run = Ran()
    assert run.reporter.view(SESSION) is None
    assert run.reporter.next_deadline_ms() is None
    assert [] == run.reporter.open_sessions()
