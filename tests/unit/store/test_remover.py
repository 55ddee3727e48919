"""What only the tables can show of a removal."""

import duckdb
import pytest

from contract.store_samples import NOW_MS, judged, record, row
from playhead.base.units import DAY_MS
from playhead.reporting.outputs import Output
from playhead.store import writer
from playhead.store.migrate import migrate
from playhead.store.port import Commit, Kept, KeptSince, Removed
from playhead.store.remover import remove

LIMIT = 100


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> duckdb.DuckDBPyConnection:
    """An empty store in which all sessions share one key."""
    for module in ("writer", "batches"):
        monkeypatch.setattr(f"playhead.store.{module}.short_key", lambda _text: 7)
    connection = duckdb.connect()
    migrate(connection, 0)
    return connection


def put(connection: duckdb.DuckDBPyConnection, *outputs: Output, day: int = 30) -> None:
    """Commit, on a day after NOW_MS."""
    writer.write(connection, Commit(outputs=outputs, now_ms=NOW_MS + day * DAY_MS))


def test_sessions_that_share_a_key_are_told_apart(connection: duckdb.DuckDBPyConnection) -> None:
    """Nothing is removed for the likeness of a key."""
    for name, at_s in (("s1", 0), ("s2", 86_400)):
        put(
            connection, judged(session=name, action="sessionStart", at_s=at_s), judged(session=name, at_s=at_s + 80_000)
        )
        state = [{"name": "mute", "isSet": True, "count": 1, "time": 1}]
        put(connection, row(name), record(name, started_s=at_s, closed="end", states=state))
    since = KeptSince(NOW_MS + DAY_MS)
    expected = Removed(events=2, rows=1, sessions=1)
    assert expected == remove(connection, Kept(events=since, rows=since, sessions=since), LIMIT)
    for table, left in (("event", 2), ("reported", 1), ("session", 1), ("player_state", 1)):
        found = connection.table(f"kept.{table}").aggregate("count(*), min(session_id)").fetchall()
        assert [(left, "s2")] == found


def test_an_open_session_keeps_what_shares_its_key(connection: duckdb.DuckDBPyConnection) -> None:
    """Rather too much is kept than too little."""
    put(connection, judged(session="s1", action="sessionStart"), record("s1", closed="end"), record("s2"))
    assert Removed() == remove(connection, Kept(events=KeptSince(NOW_MS + DAY_MS)), LIMIT)


def test_a_bound_before_everything_removes_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    """Also right after the beginning of time, where a day before now is negative."""
    put(connection, judged(action="sessionStart"), record(closed="end"))
    connection.execute("UPDATE kept.clock SET now_ms = 5")
    assert Removed() == remove(connection, Kept(events=KeptSince(1 << 60), sessions=KeptSince(0)), LIMIT)
