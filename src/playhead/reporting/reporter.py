"""
The facade of the pure core: deliveries and time in, outputs out.

Law: the outputs are a function of the deliveries and their arrival. Nothing here does I/O or asks the time.
"""

from collections.abc import Callable, Iterable
from typing import Final

from playhead.base.settings import SessionSettings
from playhead.base.units import DAY_MS, DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.reporting.glimpse import Glimpse, glimpse_of
from playhead.reporting.outputs import ClosedSession, Judged, Outcome, Output, Retraction, SessionRecord, Snapshot
from playhead.reporting.records import record_of
from playhead.reporting.rows import close_row, fact_row, row_id_of, start_row
from playhead.sessions.arrivals import Cause
from playhead.sessions.closed import closed_for
from playhead.sessions.engine import HOT_SESSIONS_MAX, Engine, History
from playhead.sessions.facts import Fact, FactKey
from playhead.sessions.fold import Fold
from playhead.sessions.frozen import FORM, head_of
from playhead.sessions.rules import Rules, rules_of
from playhead.sessions.session import Session
from playhead.sessions.verdicts import DUPLICATES

__all__ = ["SNAPSHOT_FORM", "History", "Reporter"]

SNAPSHOT_FORM: Final[str] = FORM
"""Snapshots of another form are thrown away, and their sessions folded again from their deliveries (decision 0002)."""


_ACCEPTED: Final = Outcome.ACCEPTED  # a member is looked up by way of its class' own lookup, slowly


class Reporter:
    """
    All sessions of one processor.

    Args:
        settings_of: Settings of a datastream; asked when a session begins, which follows them to its end.
        history: Where deliveries of the last 24 h can be read again. It is asked only for sessions with events that
            came too late for the incremental fold, for those that reopen, and where two events of one type have one
            timestamp.
        hot_sessions_max: Sessions that are held as objects, some 9 KB each; the others are frozen, which takes a
            quarter of that, and 4 us more for an event.
    """

    def __init__(
        self,
        settings_of: Callable[[DatastreamId], SessionSettings],
        history: History,
        *,
        hot_sessions_max: int = HOT_SESSIONS_MAX,
    ) -> None:
        self._outputs: list[Output] = []

        def rules_for(datastream_id: DatastreamId) -> Rules:
            return rules_of(settings_of(datastream_id))

        self._rules_for = rules_for
        self._engine = Engine(rules_for, history, _Writer(self._outputs), hot_max=hot_sessions_max)

    def take(self, delivery: Delivery) -> list[Output]:
        """
        Take the next delivery, after doing everything that was due up to and including its arrival.

        Returns:
            What to write, in that order; exactly one `Judged`, which is of this delivery. A delivery that arrives
            earlier than the one before it is treated as if it arrived together with it.
        """
        reason = self._engine.take(delivery)
        outputs = self._outputs
        if reason is None:
            judged = Judged(delivery, _ACCEPTED)
        elif reason in DUPLICATES:
            judged = Judged(delivery, Outcome.DUPLICATE, reason.value)
        else:
            judged = Judged(delivery, Outcome.DROPPED, reason.value)
        if not outputs:
            return [judged]
        taken = [*outputs, judged]
        outputs.clear()
        return taken

    def advance(self, now_ms: int) -> list[Output]:
        """Everything due up to and including `now_ms`: reordered events folded, sessions closed."""
        self._engine.advance(now_ms)
        taken = list(self._outputs)
        self._outputs.clear()
        return taken

    def next_deadline_ms(self) -> int | None:
        """The earliest instant at which `advance` would do something, if nothing is taken before; None: never."""
        return self._engine.next_deadline_ms()

    def view(self, session_id: SessionId) -> SessionRecord | None:
        """A session as if it closed now, that is at the latest arrival or advance; None if it is not held open."""
        session = self._engine.look(session_id)
        if session is None:
            return None
        return record_of(session, self._engine.peek(session), self._engine.now_ms)

    def glimpse(self, session_id: SessionId) -> Glimpse | None:
        """A session at a glance; None if it is not held open. Right after a delivery of it was taken it is cheap."""
        session = self._engine.look(session_id)
        return None if session is None else glimpse_of(session)

    def open_sessions(self) -> list[SessionId]:
        """The sessions held open, or ended and waiting for stragglers, by start."""
        return self._engine.open_sessions()

    def open_count(self) -> int:
        """How many these are."""
        return self._engine.open_count()

    def datastream_of(self, session_id: SessionId) -> DatastreamId | None:
        """The datastream a session was started for; None if there was no such start in the last 24 h."""
        return self._engine.datastream_of(session_id)

    def snapshot(self, session_id: SessionId) -> Snapshot | None:
        """
        An open session as of now.

        None: it is not held open. Or it holds a number beyond 64 bits, which cannot be kept in this way: then its last
        snapshot holds, if there is one, and its deliveries since.
        """
        body = self._engine.snapshot(session_id)
        return None if body is None else Snapshot(session_id, head_of(body)[0], body)

    def resume(self, snapshots: Iterable[Snapshot]) -> None:
        """
        Take up sessions that another Reporter held open, from snapshots of form `SNAPSHOT_FORM`.

        To be called before anything is taken. What was delivered of them after their snapshots must be taken again.
        """
        self._engine.resume((snapshot.session_id, snapshot.body) for snapshot in snapshots)

    def restore(self, closed: Iterable[ClosedSession], now_ms: int) -> None:
        """
        Know sessions that closed before this Reporter was made, so that late events are judged and reopen them.

        Args:
            closed: Those begun more than 24 h ago are passed over. As each is taken, settings are asked for: those it
                began under.
            now_ms: The time from which the 24 h count. Time itself does not move: deliveries that arrived earlier may
                still be taken.
        """
        for session_id, datastream_id, close_cause, started_received_ms in closed:
            if started_received_ms + DAY_MS > now_ms:
                kept = closed_for(Cause(close_cause), datastream_id, self._rules_for(datastream_id))
                self._engine.restore(session_id, kept, started_received_ms)


class _Writer:
    """Turns what the engine tells into outputs."""

    def __init__(self, outputs: list[Output]) -> None:
        self._outputs = outputs

    def opened(self, session: Session) -> None:
        self._outputs.append(start_row(session))
        if not session.downloaded:
            self._outputs.append(self._opening_record(session))

    def told(self, session: Session, fact: Fact) -> None:
        self._outputs.append(fact_row(session, fact))

    def withdrawn(self, session: Session, key: FactKey) -> None:
        self._outputs.append(Retraction(row_id_of(session.session_id, key), session.session_id))

    def closed(self, session: Session, fold: Fold) -> None:
        record = record_of(session, fold, session.closed_ms)
        self._outputs.append(close_row(session, record))
        self._outputs.append(record)

    def reopened(self, session: Session) -> None:
        self._outputs.append(self._opening_record(session))

    def _opening_record(self, session: Session) -> SessionRecord:
        fold = session.fold.clone()
        fold.finish()
        return record_of(session, fold, session.last_received_ms)
