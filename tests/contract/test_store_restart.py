"""What every store promises to a processor that starts: open sessions, what is to be taken again, what is closed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.store_samples import NOW_MS, delivery, judged, record
from playhead.base.clock import ManualClock
from playhead.base.settings import SettingsInForce
from playhead.base.units import DatastreamId, SessionId
from playhead.reporting.outputs import ClosedSession, Outcome, Output, SessionState, Snapshot
from playhead.store.duck import DuckStore
from playhead.store.memory import MemoryStore
from playhead.store.port import Commit, Standing, Store

FORM = "1"


@pytest.fixture(params=[MemoryStore, DuckStore])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty one of each kind."""
    made: Store = (
        MemoryStore() if request.param is MemoryStore else DuckStore(tmp_path / "x.duckdb", ManualClock(NOW_MS))
    )
    yield made
    made.close()


def put(store: Store, *outputs: Output) -> None:
    """Commit outputs."""
    store.commit(Commit(outputs=outputs, now_ms=NOW_MS))


def snapshot(session: str, n: int = 0) -> Snapshot:
    """A frozen session, told apart by a number."""
    return Snapshot(SessionId(session), NOW_MS + n, bytes([0, n, 255]))


def snap(store: Store, *snapshots: Snapshot, form: str = FORM) -> None:
    """Commit snapshots."""
    store.commit(Commit(now_ms=NOW_MS, snapshots=snapshots, snapshot_form=form))


def closed_session(session: str, cause: str, started_s: int) -> ClosedSession:
    """What a restart knows of a closed session."""
    return ClosedSession(SessionId(session), DatastreamId("ds"), cause, NOW_MS + started_s * 1000)


def test_unfinished_are_the_deliveries_of_sessions_not_closed(store: Store) -> None:
    """Open and closing ones, all their deliveries, in arrival order across sessions."""
    put(
        store,
        *(judged(session=name, action="sessionStart") for name in ("s1", "s2", "s3")),
        record("s1"),
        record("s2", closed="end"),
        record("s3", state=SessionState.CLOSING),
    )
    put(store, judged(session="s3", at_s=1), judged(session="s2", at_s=2), judged(Outcome.DUPLICATE, "x", at_s=3))
    expected = [
        delivery("s1", "sessionStart"),
        delivery("s3", "sessionStart"),
        delivery("s3", at_s=1),
        delivery("s1", at_s=3),
    ]
    assert expected == list(store.unfinished(FORM))


def test_recent_closed_are_those_that_started_since(store: Store) -> None:
    """In order of the start's arrival; open ones are not among them."""
    put(store, record("s3", closed="end", started_s=30), record("s2", closed="idle", started_s=20))
    put(store, record("s1", closed="end", started_s=10), record("s4", started_s=40))
    found = store.recent_closed(NOW_MS + 20_000)
    assert [closed_session("s2", "idle", 20), closed_session("s3", "end", 30)] == list(found)


def test_standings_are_those_collectors_may_not_have_heard(store: Store) -> None:
    """Closed since, or open again since; not those that just began, nor what is older."""
    closed = record("s1", closed="idle", provisional=True)
    again = record("s2", accepted=2)
    put(store, closed, again, record("s3", accepted=1), record("s4", closed="end", started_s=-60))
    put(store, record("s5", accepted=9, started_s=-60))
    assert ["s1", "s2"] == [standing.session_id for standing in store.standings(NOW_MS + 1)]
    expected = [getattr(closed, member) for member in Standing._fields]
    assert expected == list(next(iter(store.standings(NOW_MS + 1))))


def test_the_latest_snapshot_of_a_session_holds(store: Store) -> None:
    """If it has the form that is asked for; none of a session that closed."""
    put(store, record("s1"), record("s2"), record("s3"))
    snap(store, snapshot("s1"), snapshot("s2"), snapshot("s3"))
    snap(store, snapshot("s2", n=1), snapshot("s3", n=1), form="other")
    put(store, judged(session="s3"), record("s3", closed="end"))
    snap(store, snapshot("s1", n=2))
    assert [snapshot("s1", n=2)] == _snapshots(store, FORM)
    assert [snapshot("s2", n=1)] == _snapshots(store, "other")


def test_a_snapshot_covers_the_deliveries_up_to_its_commit(store: Store) -> None:
    """Those of its own commit too; what came later is to be taken again, and all of a session without one."""
    put(store, record("s1"), record("s2"), *(judged(session=name, action="sessionStart") for name in ("s1", "s2")))
    outputs = [judged(session="s1", at_s=1), judged(session="s2", at_s=1)]
    store.commit(Commit(outputs=outputs, now_ms=NOW_MS, snapshots=[snapshot("s1")], snapshot_form=FORM))
    put(store, judged(session="s1", at_s=2), judged(session="s2", at_s=2))
    rest = [delivery("s2", "sessionStart"), delivery("s2", at_s=1), delivery("s1", at_s=2), delivery("s2", at_s=2)]
    assert rest == list(store.unfinished(FORM))
    assert 6 == len(list(store.unfinished("other")))
    snap(store, snapshot("s1"), snapshot("s2"))
    assert [] == list(store.unfinished(FORM))


def test_snapshots_of_a_session_that_reopened_go_with_its_deliveries(store: Store) -> None:
    """What was to be taken again after it is what the snapshot does not cover, whatever happened since."""
    put(store, record("s1"), judged(action="sessionStart"))
    snap(store, snapshot("s1"))
    put(store, judged(at_s=1), record("s1", closed="idle"))
    assert [] == _snapshots(store, FORM)
    put(store, judged(at_s=2), record("s1"))
    covered = {0: 3, 1: 2}[len(_snapshots(store, FORM))]
    assert covered == len(list(store.unfinished(FORM)))


def test_many_snapshots_leave_one_a_session(store: Store) -> None:
    """However often superseded ones are removed."""
    put(store, *(record(f"n{number}") for number in range(400)))
    for n in range(6):
        snap(store, *(snapshot(f"n{number}", n=n) for number in range(400)))
    put(store, *(record(f"n{number}", closed="end") for number in range(399)))
    assert [snapshot("n399", n=5)] == _snapshots(store, FORM)


def test_settings_are_remembered_from_when_on(store: Store) -> None:
    """By datastream, in the order they were committed."""
    ds, other = DatastreamId("ds"), DatastreamId("other")
    usual, short = SettingsInForce(), SettingsInForce(idle_timeout_s=1.5)
    odd = SettingsInForce(person_namespace="é", federated=True, server_version="0.2")
    store.commit(Commit(settings={ds: [(NOW_MS, usual), (NOW_MS + 1, short)]}))
    store.commit(Commit(settings={ds: [(NOW_MS + 2, odd)], other: [(NOW_MS, short)]}))
    known = {name: list(history) for name, history in store.settings().items()}
    expected = {ds: [(NOW_MS, usual), (NOW_MS + 1, short), (NOW_MS + 2, odd)], other: [(NOW_MS, short)]}
    assert expected == known


def test_a_reopened_session_is_open_again(store: Store) -> None:
    """Its record says open, and its deliveries are unfinished again."""
    put(store, judged(action="sessionStart"), record(closed="idle"))
    assert list(store.unfinished(FORM)) == []
    put(store, record())
    assert [delivery(action="sessionStart")] == list(store.unfinished(FORM))
    assert list(store.recent_closed(0)) == []


def _snapshots(store: Store, form: str) -> list[Snapshot]:
    return sorted(store.snapshots(form), key=lambda snapshot: snapshot.session_id)
