"""One commit as statements of one transaction; what it leaves is asked by tests/contract/test_store.py."""

from hashlib import sha256
from uuid import UUID

import duckdb
import pytest
from msgspec.structs import replace

from contract.store_samples import judged, record, row
from playhead.base.units import RowId, SessionId
from playhead.reporting.outputs import Output, Retraction, Snapshot
from playhead.store import writer
from playhead.store.port import Commit
from playhead.store.writer import write


def put(connection: duckdb.DuckDBPyConnection, *outputs: Output) -> None:
    """One commit."""
    connection.begin()
    write(connection, Commit(outputs=outputs, now_ms=1))
    connection.commit()


def test_rows_find_the_start_of_their_session(connection: duckdb.DuckDBPyConnection) -> None:
    """In the commit, among the open sessions, among the closed ones; 0 where there is none."""
    put(
        connection, record("a", started_s=1), row("a"), record("b", started_s=2), record("c", started_s=3, closed="end")
    )
    put(connection, row("b"), row("c"), row("nobody"))
    found = connection.execute("SELECT session_id, started_received_ms FROM kept.reported ORDER BY 1").fetchall()
    begin_ms = record().started_received_ms
    assert [("a", begin_ms + 1000), ("b", begin_ms + 2000), ("c", begin_ms + 3000), ("nobody", 0)] == found


def test_a_table_holds_one_row_a_thing(connection: duckdb.DuckDBPyConnection) -> None:
    """However often it was written."""
    for number in range(5):
        put(connection, record(accepted=number), row(n=number), judged())
    counts = connection.execute(
        "SELECT (SELECT count(*) FROM kept.session), (SELECT count(*) FROM kept.reported), (SELECT count(*) FROM kept.event)"
    ).fetchall()
    assert [(1, 1, 5)] == counts


def test_persons_have_a_key_which_is_the_same_for_ever(connection: duckdb.DuckDBPyConnection) -> None:
    """Half of the digest of their id; nobody has none. Tables on disk hold it."""
    put(connection, replace(record("a"), person="p1"), replace(record("b"), person=None))
    found = connection.execute("SELECT session_id, person_key FROM sessions ORDER BY 1").fetchall()
    assert [("a", UUID(sha256(b"p1").hexdigest()[:32])), ("b", None)] == found


def test_parts_follow_their_session(connection: duckdb.DuckDBPyConnection) -> None:
    """Those of a closed session are there once, of a reopened one not at all, and others' stay."""
    state = {"name": "mute", "isSet": True, "count": 1, "time": 2}
    chapter = {"ordinal": 1, "startedAtMs": 0, "closedAtMs": 1, "chapterDetails": {"index": 1}}
    closed = record(closed="idle", states=[state], chapters=[chapter])
    other = record("s2", closed="idle", states=[state], chapters=[chapter])
    question = "SELECT (SELECT count(*) FROM kept.player_state), (SELECT count(*) FROM kept.chapter)"
    put(connection, closed, other)
    put(connection, closed)
    assert [(2, 2)] == connection.execute(question).fetchall()
    put(connection, record(states=[state], chapters=[chapter]))
    assert [(1, 1)] == connection.execute(question).fetchall()


def test_superseded_snapshots_are_removed_many_at_a_time(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond two a session that is open, and some; with the last session that closes all of them go."""
    monkeypatch.setattr(writer, "SUPERSEDED_MIN", 3)
    put(connection, record("s1"), record("s2"), record("s3"), record("s3", closed="idle"))
    held: list[int] = []
    for number in range(9):
        snapshots = [Snapshot(SessionId(f"s{number % 3 + 1}"), number, b"")]
        write(connection, Commit(outputs=[judged()], snapshots=snapshots, snapshot_form="1"))
        held += connection.execute("SELECT count(*) FROM kept.snapshot").fetchone() or ()
    assert [1, 2, 3, 4, 5, 6, 7, 2, 3] == held
    assert [(7,), (8,), (9,)] == connection.execute("SELECT sequence FROM kept.snapshot ORDER BY 1").fetchall()
    put(connection, record("s1", closed="end"))
    assert [(1,)] == connection.execute("SELECT open_sessions FROM kept.clock").fetchall()
    put(connection, record("s2", closed="end"))
    assert [(0, 0)] == connection.execute(
        "SELECT open_sessions, (SELECT count(*) FROM kept.snapshot) FROM kept.clock"
    ).fetchall()


def test_nothing_stays_lent_to_the_database(connection: duckdb.DuckDBPyConnection) -> None:
    """A batch is memory; once it is written it is let go."""
    put(connection, judged(), record(closed="end"), row(), Retraction(RowId("x"), SessionId("s1")))
    with pytest.raises(duckdb.CatalogException):
        connection.execute("FROM incoming")
