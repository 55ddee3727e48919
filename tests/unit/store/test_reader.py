"""Reads of the tables; what they answer is asked by tests/contract/test_store.py."""

import duckdb
import pytest

from contract.store_samples import judged, record
from playhead.base.units import SessionId
from playhead.store import reader
from playhead.store.port import Commit
from playhead.store.writer import write


def test_two_texts_of_one_key_are_told_apart(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key finds, the text decides."""
    write(connection, Commit(outputs=[record("s1"), judged(session="s1")]))
    connection.execute("UPDATE kept.event SET session_id = 'other'")
    connection.execute("UPDATE kept.session SET session_id = 'other'")
    assert reader.read_judged(connection, SessionId("s1")) == []
    assert reader.read_session(connection, SessionId("s1")) is None
