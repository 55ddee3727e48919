"""
The open sessions of a processor. Those that say much are objects, the others frozen (decision 0015).

Law: which of them are objects changes nothing but memory and time.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from playhead.base.units import SessionId
from playhead.sessions.frozen import freeze, head_of, thaw
from playhead.sessions.session import Session

PATIENCE: Final = 32
"""One in so many sessions that come without a place may take another one's: those that leave are no longer at hand."""


class Shelf:
    """
    The sessions, in order of start.

    At most `hot_max` have a place and are objects; beside them the one worked with last, and those that cannot be
    frozen. Without a place a session is frozen again when the next one comes. Now and then such a one takes the place
    of one that said nothing since this was last looked at. So among more sessions than there are places, all talking in
    turns, those that have one keep it, and the others pass by quickly.

    Attributes:
        sessions: All, by id.
    """

    def __init__(self, hot_max: int) -> None:
        self.sessions: dict[SessionId, Session | bytes] = {}
        self._hot_max = hot_max
        self._places: OrderedDict[SessionId, int] = OrderedDict()  # with what they had handled when last looked at
        self._passed = 0
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

    def remove(self, session_id: SessionId) -> None:
        """Let go of a session."""
        del self.sessions[session_id]
        self._places.pop(session_id, None)

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
        """Find a session that was worked with a place, or freeze it."""
        session = self.sessions.get(session_id)
        places = self._places
        if not isinstance(session, Session) or session_id in places:
            return
        if len(places) < self._hot_max:
            places[session_id] = session.handled
            return
        self._passed += 1
        if places and self._passed % PATIENCE == 0:
            other_id, handled = places.popitem(last=False)
            other = self.sessions[other_id]
            assert isinstance(other, Session), "those that have a place are objects"
            if other.handled == handled:
                self._freeze(other)
                places[session_id] = session.handled
                return
            places[other_id] = other.handled
        self._freeze(session)

    def _freeze(self, session: Session) -> None:
        body = freeze(session)
        if body is not None:
            self.sessions[session.session_id] = body
