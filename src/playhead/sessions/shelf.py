"""
The open sessions of a processor. Those that say much are objects, the others frozen (decision 0015).

Law: which of them are objects changes nothing but memory and time.
"""

from collections.abc import Iterable

from playhead.base.units import SessionId
from playhead.sessions.frozen import freeze, head_of, thaw
from playhead.sessions.session import Session


class Shelf:
    """
    The sessions, in order of start.

    At most `hot_max` are objects, the one worked with last, and those that cannot be frozen. A session that is thawed
    takes the place of the next one on a ring that said nothing since the ring came by; if that one did, it is passed,
    and the newcomer is frozen again when the next one comes. So among more sessions than have a place, all
    talking in turns, those that have one keep it.

    Attributes:
        sessions: All, by id.
    """

    def __init__(self, hot_max: int) -> None:
        self.sessions: dict[SessionId, Session | bytes] = {}
        self._hot_max = hot_max
        self._ring: list[SessionId] = []
        self._handled: list[int] = []
        self._hand = 0
        self._latest: SessionId | None = None

    def work(self, session_id: SessionId) -> Session | None:
        """A session, to be changed."""
        found = self.sessions.get(session_id)
        return self.thaw(session_id, found) if isinstance(found, bytes) else found

    def thaw(self, session_id: SessionId, body: bytes) -> Session:
        """A frozen session, to be changed."""
        session = thaw(session_id, body)
        self.put(session)
        return session

    def look(self, session_id: SessionId) -> Session | None:
        """A session, or a copy of it: not to be changed."""
        found = self.sessions.get(session_id)
        return thaw(session_id, found) if isinstance(found, bytes) else found

    def put(self, session: Session) -> None:
        """Hold a session as an object for now."""
        if self._latest is not None:
            self._place(self._latest)
        self._latest = session.session_id
        self.sessions[session.session_id] = session

    def wake_of(self, session_id: SessionId) -> tuple[int, int] | None:
        """`wake_ms` and number of a session."""
        found = self.sessions.get(session_id)
        if isinstance(found, bytes):
            return head_of(found)
        return None if found is None else (found.wake_ms, found.number)

    def snapshot(self, session_id: SessionId) -> bytes | None:
        """A session as it is now, frozen; None if it is not open or cannot be frozen."""
        found = self.sessions.get(session_id)
        return freeze(found) if isinstance(found, Session) else found

    def resume(self, bodies: Iterable[tuple[SessionId, bytes]]) -> int:
        """Hold these sessions, on an empty shelf; the largest number among them."""
        assert not self.sessions, "sessions are taken up before anything is taken"
        numbered = sorted(bodies, key=lambda one: head_of(one[1])[1])
        self.sessions.update(numbered)
        return head_of(numbered[-1][1])[1] if numbered else 0

    def _place(self, session_id: SessionId) -> None:
        """Find a session that was worked with a place on the ring, or freeze it."""
        session = self.sessions.get(session_id)
        if not isinstance(session, Session):
            return
        ring = self._ring
        if len(ring) < self._hot_max:
            ring.append(session_id)
            self._handled.append(session.handled)
            return
        if ring:
            hand = self._hand
            self._hand = (hand + 1) % len(ring)
            other = self.sessions.get(ring[hand])
            if not isinstance(other, Session) or other.handled == self._handled[hand]:
                ring[hand], self._handled[hand] = session_id, session.handled
                self._freeze(other)
                return
            self._handled[hand] = other.handled
        self._freeze(session)

    def _freeze(self, session: Session | bytes | None) -> None:
        if isinstance(session, Session):
            body = freeze(session)
            if body is not None:
                self.sessions[session.session_id] = body
