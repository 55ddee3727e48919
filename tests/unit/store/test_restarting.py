"""What a start asks of the tables; what it is answered is asked by tests/contract/test_store.py."""

import duckdb
import pytest

from contract.store_samples import NOW_MS, delivery, judged, record
from playhead.base.units import SessionId
from playhead.reporting.outputs import Snapshot
from playhead.store import restarting
from playhead.store.port import Commit
from playhead.store.writer import write


def test_unfinished_deliveries_are_read_in_batches(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each once and in order, wherever the batches end."""
    monkeypatch.setattr(restarting, "BATCH", 3)
    outputs = [judged(session=f"s{number % 2}", at_s=number) for number in range(20)]
    write(connection, Commit(outputs=[record("s0"), record("s1", closed="end"), *outputs]))
    expected = [delivery("s0", at_s=number) for number in range(0, 20, 2)]
    assert expected == list(restarting.read_unfinished(connection, ""))


def test_two_open_sessions_of_one_key_are_told_apart(connection: duckdb.DuckDBPyConnection) -> None:
    """The key finds, the text decides, also about what a snapshot covers."""
    starts = [judged(session=name, action="sessionStart") for name in ("s1", "s2")]
    snapshots = [Snapshot(SessionId("s1"), NOW_MS, b"")]
    write(connection, Commit(outputs=[record("s1"), record("s2"), *starts], snapshots=snapshots, snapshot_form="1"))
    write(connection, Commit(outputs=[judged(session="s1", at_s=1), judged(session="closed", at_s=1)]))
    for table in ("event", "session"):
        connection.execute(f"UPDATE kept.{table} SET session_key = 7")  # noqa: S608 - one of the two above
    expected = [delivery("s2", "sessionStart"), delivery("s1", at_s=1)]
    assert expected == list(restarting.read_unfinished(connection, "1"))
