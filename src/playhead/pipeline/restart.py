"""
A reporter that goes on where the store is (decisions 0045, 0051).

Law: what it will tell is what one that was never ended would. What was told before is not told again.
"""

from collections.abc import Iterable, Iterator, Sequence

from playhead.base.units import DAY_MS, MINUTE_MS, SessionId
from playhead.pipeline.committer import session_of
from playhead.pipeline.in_force import InForce
from playhead.pipeline.unsaved import Unsaved
from playhead.reporting.outputs import ClosedSession, Judged, Output, SessionRecord, SessionState
from playhead.reporting.reporter import SNAPSHOT_FORM, Reporter
from playhead.store.port import Standing, Store

REPUBLISHED_MS = 10 * MINUTE_MS
"""How far back news are published again at a start: a crash may have come between commit and feed."""


def restart(
    reporter: Reporter, store: Store, in_force: InForce, unsaved: Unsaved, now_ms: int
) -> tuple[list[Output], list[Standing]]:
    """
    Have the open sessions as they were, and know the closed ones of the last day.

    Where there is a snapshot of a session it is taken for what came before; the rest of its deliveries is taken again.

    Args:
        reporter: Holds nothing yet.
        store: Where it goes on.
        in_force: What the reporter asks for settings; what is taken again is taken under those of then.
        unsaved: Is told what changed since its snapshot.
        now_ms: The store's time.

    Returns:
        What the store does not have though it should: sessions that were open though by the rules of this version, or
        by settings nobody remembered, they are closed; and how the sessions stand whose news are to be published again.

    Raises:
        StoreError: The store cannot be read.
    """
    closed: dict[SessionId, list[Output]] = {}

    def note(outputs: Sequence[Output]) -> None:
        for output in outputs:
            if isinstance(output, SessionRecord):
                closed.pop(output.session_id, None)
                if output.state is SessionState.CLOSED:
                    mine = [other for other in outputs if session_of(other) == output.session_id]
                    closed[output.session_id] = [other for other in mine if not isinstance(other, Judged)]

    in_force.again = True
    reporter.resume(store.snapshots(SNAPSHOT_FORM))
    for delivery in store.unfinished(SNAPSHOT_FORM):
        in_force.now_ms = max(in_force.now_ms, delivery.received_ms)
        note(reporter.take(delivery))
        unsaved.changed(delivery.session_id, in_force.now_ms)
    note(reporter.advance(now_ms))
    reporter.restore(_as_they_began(store.recent_closed(now_ms - DAY_MS), in_force), now_ms)
    in_force.again = False
    return [output for outputs in closed.values() for output in outputs], list(store.standings(now_ms - REPUBLISHED_MS))


def _as_they_began(closed: Iterable[ClosedSession], in_force: InForce) -> Iterator[ClosedSession]:
    """Closed sessions, each at the time at which its settings were in force."""
    for session in closed:
        in_force.now_ms = session.started_received_ms
        yield session
