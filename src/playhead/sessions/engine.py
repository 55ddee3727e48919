"""
All sessions at once: deliveries and time in, facts out (metrics.md 4).

Law: what is told is a function of the deliveries and their arrival. How often `advance` is called, and whether the
engine was made anew from the same deliveries in between, changes nothing but the moment of telling.
"""

from collections.abc import Callable, Iterable
from itertools import islice, takewhile
from typing import Final, Protocol

import msgspec

from playhead.base.units import DAY_MS, DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.events.event import Event
from playhead.events.playback import Ping
from playhead.events.session import Downloaded, SessionComplete, SessionEnd, SessionStart
from playhead.sessions.arrivals import START_RANK, Cause, Logged, from_start, no_past, replay
from playhead.sessions.closed import Closed, ClosedSessions, closed_for
from playhead.sessions.downloads import fold_of_download, start_of
from playhead.sessions.facts import Fact, FactKey, digest_of, key_numbered, number_of
from playhead.sessions.fold import Fold
from playhead.sessions.frozen import head_of
from playhead.sessions.rules import Rules
from playhead.sessions.session import NEVER_MS, TELLING, Session, fold_of
from playhead.sessions.shelf import Shelf
from playhead.sessions.verdicts import Reason
from playhead.sessions.wakes import Wakes

HOT_SESSIONS_MAX: Final = 2_048


class History(Protocol):
    """Where the deliveries of the last 24 h can be read again."""

    def deliveries(self, session_id: SessionId) -> Iterable[Delivery]:
        """
        Every delivery of that session, whatever became of it, in arrival order.

        At least all those handed to the engine before the one being taken; that one and later ones may follow.
        """
        ...


class Listener(Protocol):
    """Who is told. `session` is valid during the call only."""

    def opened(self, session: Session) -> None:
        """A session began."""
        ...

    def told(self, session: Session, fact: Fact) -> None:
        """Something was learned, or a fact told before changed."""
        ...

    def withdrawn(self, session: Session, key: FactKey) -> None:
        """A fact told before does not hold."""
        ...

    def closed(self, session: Session, fold: Fold) -> None:
        """A session closed for `session.cause` at `session.closed_ms`; `fold` is all of it, finished."""
        ...

    def reopened(self, session: Session) -> None:
        """A close was undone."""
        ...


class Engine:
    """
    The sessions of one processor. Not thread-safe; deliveries are taken in arrival order.

    Args:
        rules_for: Rules of a datastream, for a session that begins; it follows them to its end.
        history: Where deliveries can be read again.
        listener: Who is told.
        hot_max: Sessions held as objects at most; the others are frozen.

    Attributes:
        now_ms: The latest arrival or advance.
    """

    def __init__(
        self,
        rules_for: Callable[[DatastreamId], Rules],
        history: History,
        listener: Listener,
        *,
        hot_max: int = HOT_SESSIONS_MAX,
    ) -> None:
        self._rules_for = rules_for
        self._past = history.deliveries
        self._listener = listener
        self.now_ms = -(1 << 62)
        self._shelf = Shelf(hot_max)
        self._held = self._shelf.sessions
        self._closed = ClosedSessions()
        self._wakes = Wakes(self._shelf.wake_of)
        self._count = 0

    def take(self, delivery: Delivery) -> Reason | None:
        """
        Let time pass to the arrival, then take the delivery. None: accepted; else why not.

        What the history raises is passed on; the delivery is then not taken and may be taken again.
        """
        now_ms = delivery.received_ms
        if now_ms < self.now_ms:  # a recording that is out of order: virtual time stands still
            now_ms = self.now_ms
        else:
            self.now_ms = now_ms
        if self._wakes.soonest_ms <= now_ms:
            self._wake_until(now_ms)
        session = self._held.get(delivery.session_id)
        if session is None:
            return self._take_unheld(delivery, now_ms)
        if isinstance(session, bytes):
            session = self._shelf.thaw(delivery.session_id, session)
        if session.due_ms <= now_ms:
            session.release(now_ms)
        reason = session.judge(delivery, now_ms, self._past)
        if reason is None:
            self._accept(session, delivery.event, now_ms)
        elif session.fold.told:
            self._tell(session)
        return reason

    def advance(self, now_ms: int) -> None:
        """Do everything that is due up to and including now."""
        self.now_ms = max(self.now_ms, now_ms)
        self._wake_until(now_ms)
        self._closed.forget_until(now_ms)

    def next_deadline_ms(self) -> int | None:
        """The earliest instant at which `advance` would tell something; None if no session is open."""
        while (soonest := self._wakes.next()) is not None:
            at_ms, session_id = soonest
            session = self._shelf.work(session_id)
            assert session is not None, "the wheel passes over sessions that are not open"
            due_ms = self._due_ms(session)
            if due_ms <= at_ms:
                return at_ms
            self._push(session, due_ms)
        return None

    def open_sessions(self) -> list[SessionId]:
        """Those held open or closing, by start."""
        return list(self._held)

    def open_count(self) -> int:
        """How many these are."""
        return len(self._held)

    def look(self, session_id: SessionId) -> Session | None:
        """An open session, for looking at only."""
        return self._shelf.look(session_id)

    def datastream_of(self, session_id: SessionId) -> DatastreamId | None:
        """The datastream a session was started for; None if it is not known, or not any more."""
        known = self._held.get(session_id) or self._closed.get(session_id)
        if isinstance(known, bytes):
            known = self._shelf.look(session_id)
        return None if known is None else known.datastream_id

    def snapshot(self, session_id: SessionId) -> bytes | None:
        """An open session frozen, as of now; None if it is not open, or cannot be frozen."""
        return self._shelf.snapshot(session_id)

    def resume(self, frozen: Iterable[tuple[SessionId, bytes]]) -> None:
        """Take up sessions that another engine froze, before anything is taken."""
        self._count = self._shelf.resume(frozen)
        for session_id, body in self._held.items():
            assert isinstance(body, bytes), "nothing was taken yet"
            self._wakes.push(*head_of(body), session_id)

    def restore(self, session_id: SessionId, closed: Closed, started_received_ms: int) -> None:
        """Know a session that closed before this engine was made. Time does not move."""
        if session_id not in self._held:
            self._keep(session_id, closed, started_received_ms)

    def peek(self, session: Session) -> Fold:
        """The finished fold of an open session as if it closed now. The session is not touched."""
        log = self._log(session) if session.disordered else None
        if log is not None:
            fold = fold_of(log, session.rules)
        else:
            fold = session.fold.clone()
            session.flush(fold)
        fold.finish()
        return fold

    # Taking

    def _accept(self, session: Session, event: Event, now_ms: int) -> None:
        kind = type(event)
        session.hold(kind, event, now_ms)
        if session.due_ms <= now_ms:
            session.release(now_ms)
        if session.fold.told:
            self._tell(session)
        if kind is Ping:
            return
        if kind in TELLING:
            if session.due_ms < session.wake_ms:
                self._push(session, session.due_ms)
        elif kind is SessionEnd or kind is SessionComplete:
            deadline_ms, _ = session.deadline()
            if deadline_ms < session.wake_ms:
                self._push(session, deadline_ms)
                self._wake_until(now_ms)

    def _take_unheld(self, delivery: Delivery, now_ms: int) -> Reason | None:
        event = delivery.event
        self._closed.forget_until(now_ms)
        closed = self._closed.get(delivery.session_id)
        if isinstance(event, SessionStart | Downloaded):
            if closed is not None or self._began_long_ago(delivery, now_ms):
                return Reason.DUPLICATE_START
            if isinstance(event, Downloaded):
                return self._download(delivery, event, now_ms)
            self._open(delivery, now_ms)
            return None
        if closed is None:
            return Reason.SESSION_UNKNOWN
        if closed.reason is not None:
            return closed.reason
        return self._reopen(delivery, closed, now_ms)

    def _began_long_ago(self, delivery: Delivery, now_ms: int) -> bool:
        """
        Whether a start of no known session repeats one of more than a day ago, whose id it has then for ever.

        The history is asked only where the player's clock does not say that it is news.
        """
        at_ms = delivery.event.at_ms
        if at_ms is not None and now_ms - at_ms < DAY_MS:
            return False
        earlier = takewhile(lambda other: not _same(other, delivery), self._past(delivery.session_id))
        return any(isinstance(other.event, SessionStart | Downloaded) for other in earlier)

    def _open(self, delivery: Delivery, now_ms: int) -> None:
        session = Session.of(delivery, now_ms, self._rules_for(delivery.datastream_id))
        self._enter(session)
        self._listener.opened(session)
        self._push(session, session.deadline()[0])

    def _download(self, delivery: Delivery, download: Downloaded, now_ms: int) -> Reason | None:
        """A whole session in one delivery (metrics.md 5)."""
        start = start_of(download)
        if start is None:
            return Reason.START_MISSING
        rules = self._rules_for(delivery.datastream_id)
        session = Session.of(msgspec.structs.replace(delivery, event=start), now_ms, rules)
        fold, stamps = fold_of_download(delivery, download, now_ms, rules)
        session.started_at_ms, session.smallest_at_ms, session.largest_at_ms = stamps[0], min(stamps), max(stamps)
        session.downloaded = True
        session.complete = fold.completed
        self._listener.opened(session)
        session.cause = Cause.DOWNLOADED
        session.closed_ms = now_ms
        fold.finish()
        for fact in session.news(fold.told):
            self._listener.told(session, fact)
        self._listener.closed(session, fold)
        self._keep(session.session_id, closed_for(Cause.DOWNLOADED, session.datastream_id, rules), now_ms)
        return None

    def _reopen(self, delivery: Delivery, closed: Closed, now_ms: int) -> Reason | None:
        """A delivery for a session that closed provisionally: all of it is judged anew to decide about this one."""
        rules = closed.rules
        assert rules is not None, "only what may be reopened comes here"
        known = takewhile(lambda other: not _same(other, delivery), self._past(delivery.session_id))
        past = list(from_start(known))
        if not past:  # erased since: what cannot be read again cannot be reopened
            return Reason.SESSION_CLOSED
        session, log = replay(past, lambda start, at: Session.of(start, at, rules, keep_all=True))
        session.elapse(now_ms)
        reason = session.judge(delivery, now_ms, no_past)
        if reason is not None:
            return reason
        fold = fold_of(log, rules)
        ended = fold.clone()
        ended.finish()
        session.written = {number_of(fact): digest_of(fact) for fact in (*fold.told, *ended.told)}
        fold.told = []
        folded = (logged.at_ms for logged in log if logged.rank != START_RANK)  # the start's may be our later clock
        session.become(fold, max(folded, default=-NEVER_MS))
        session.seen.let_go()
        self._closed.discard(delivery.session_id)
        self._enter(session)
        self._listener.reopened(session)
        self._push(session, session.deadline()[0])
        self._accept(session, delivery.event, now_ms)
        return None

    def _enter(self, session: Session) -> None:
        self._count += 1
        session.number = self._count
        self._shelf.put(session)

    # Time

    def _wake_until(self, now_ms: int) -> None:
        while (soonest := self._wakes.pop(now_ms)) is not None:
            at_ms, session_id = soonest
            session = self._shelf.work(session_id)
            assert session is not None, "the wheel passes over sessions that are not open"
            if session.due_ms <= at_ms:
                session.release(at_ms)
                if session.fold.told:
                    self._tell(session)
            if session.elapse(at_ms):
                try:
                    self._close(session)
                except Exception:  # the history could not be read: nothing was told, it can be tried again
                    session.undo_close()
                    self._push(session, at_ms)
                    raise
            else:
                self._push(session, self._due_ms(session))

    def _due_ms(self, session: Session) -> int:
        deadline_ms, _ = session.deadline()
        return min(deadline_ms, session.due_ms) if session.tells() else deadline_ms

    def _push(self, session: Session, at_ms: int) -> None:
        session.wake_ms = at_ms
        self._wakes.push(at_ms, session.number, session.session_id)

    # Telling

    def _tell(self, session: Session) -> None:
        facts, session.fold.told = session.fold.told, []
        for fact in session.news(facts):
            self._listener.told(session, fact)

    def _close(self, session: Session) -> None:
        assert session.cause is not None, "elapse said that it closed"
        log = self._log(session) if session.disordered else None
        if log is not None:
            fold = fold_of(log, session.rules)
        else:
            fold = session.fold
            session.flush(fold)
        fold.finish()
        if log is not None and session.written:
            true = {number_of(fact) for fact in fold.told}
            for number in [number for number in session.written if number not in true]:
                del session.written[number]
                self._listener.withdrawn(session, key_numbered(number))
        for fact in session.news(fold.told):
            self._listener.told(session, fact)
        fold.told = []
        self._listener.closed(session, fold)
        self._shelf.remove(session.session_id)
        kept = closed_for(session.cause, session.datastream_id, session.rules)
        self._keep(session.session_id, kept, session.started_received_ms)

    def _keep(self, session_id: SessionId, closed: Closed, started_received_ms: int) -> None:
        """Remember a closed session for 24 h after its start: later its id is not valid anyway (protocol.md 6)."""
        if started_received_ms + DAY_MS > self.now_ms:
            self._closed.add(session_id, closed, started_received_ms)

    def _log(self, session: Session) -> list[Logged] | None:
        """
        The accepted events of a session, read again from the history.

        None: it does not hold all of them any more. Then what was folded as it came has to do.
        """
        past = list(islice(from_start(self._past(session.session_id)), session.handled))
        if len(past) < session.handled:
            return None
        twin, log = replay(past, lambda start, at: Session.of(start, at, session.rules, keep_all=True))
        assert twin.accepted == session.accepted, "the history is not what was handed to the engine"
        return log


def _same(one: Delivery, other: Delivery) -> bool:
    """Whether two are the same delivery, one perhaps read again from the archive."""
    return (
        one.received_ms == other.received_ms
        and one.request_id == other.request_id
        and one.index == other.index
        and one.client_id == other.client_id
        and one.event == other.event
    )
