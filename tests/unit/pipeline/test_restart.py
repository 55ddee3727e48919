"""Going on where the store is."""

from contract.store_samples import NOW_MS, judged, record
from playhead.base.settings import SettingsInForce
from playhead.base.units import MINUTE_MS, SessionId
from playhead.pipeline.in_force import InForce
from playhead.pipeline.restart import restart
from playhead.pipeline.unsaved import Unsaved
from playhead.reporting.outputs import Outcome
from playhead.reporting.reporter import Reporter
from playhead.store.memory import MemoryStore
from playhead.store.port import Commit


def test_open_sessions_are_open_again_and_recent_closings_are_told() -> None:
    """What is closed for longer than ten minutes is known, and not told again."""
    store = MemoryStore()
    old = record("old", closed="end", started_s=-3600)
    new = record("new", closed="end")
    going = judged(session="going", action="sessionStart")
    store.commit(Commit(outputs=[going, record("going"), old, new], now_ms=NOW_MS + MINUTE_MS))
    in_force = InForce(lambda _: SettingsInForce())
    reporter = Reporter(in_force, store)
    outputs, again = restart(reporter, store, in_force, Unsaved(20, 100), NOW_MS + MINUTE_MS)
    assert [] == outputs
    assert ["new"] == [standing.session_id for standing in again]
    assert [SessionId("going")] == reporter.open_sessions()
    late = judged(Outcome.DROPPED, "session_ended", session="old", at_s=61)
    assert [late] == reporter.take(late.delivery)
