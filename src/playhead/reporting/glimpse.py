"""An open session at a glance: what a live picture needs to know of it, without folding it."""

from operator import itemgetter

from msgspec import Struct

from playhead.base.units import DatastreamId
from playhead.reporting.identities import identity_map, person, resolved_ecid
from playhead.sessions.machine import NEXT, State
from playhead.sessions.session import Session

_PLACE = itemgetter(0, 1)


class Glimpse(Struct, frozen=True, gc=False):
    """
    An open session, with everything that arrived.

    Attributes:
        datastream_id: The datastream it was started for.
        content, content_name: `sessionDetails.name` and `friendlyName`, the first where there is no second.
        player: `sessionDetails.playerName`; empty when none was sent.
        person: Who watches, as in `SessionRecord`; None: nobody is named.
        ecid: The resolved visitor.
        state: As in `sessions.machine`, by the events so far in the order of their timestamps.
        ended: Its sessionEnd arrived: it waits for stragglers only.
    """

    datastream_id: DatastreamId
    content: str
    content_name: str
    player: str
    person: str | None
    ecid: str | None
    state: State
    ended: bool


def glimpse_of(session: Session) -> Glimpse:
    """A session at a glance. The session is not touched."""
    start = session.start
    identities = identity_map(start.identity_map, session.ecid)
    state = session.fold.state
    for _, _, _, event in sorted(session.held, key=_PLACE):
        following = NEXT.get(type(event))
        if following is not None:
            state = following[state]
    return Glimpse(
        datastream_id=session.datastream_id,
        content=start.name,
        content_name=start.echo.get("friendlyName") or start.name,
        player=start.echo.get("playerName", ""),
        person=person(identities, session.ecid, session.rules.person_namespace),
        ecid=resolved_ecid(identities, session.ecid),
        state=state,
        ended=session.end_received_ms >= 0,
    )
