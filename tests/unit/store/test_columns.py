"""The lists of columns are those of the tables."""

import duckdb
import pytest

from playhead.reporting.outputs import SessionRecord
from playhead.store import batches, columns
from playhead.store.migrate import migrate

FILLED_IN = {"session": {"person_key", "near_ms"}}
"""Columns the database makes of others when a batch is written."""


def table(name: str) -> dict[str, str]:
    """Columns of a table and their types."""
    with duckdb.connect() as connection:
        migrate(connection, 0)
        found = connection.execute(f"DESCRIBE kept.{name}").fetchall()
    return {column: kind for column, kind, *_ in found}


@pytest.mark.parametrize(
    ("name", "batch"),
    [
        ("session", batches.session_batch([])),
        ("ad", batches.ad_batch([])),
        ("chapter", batches.chapter_batch([])),
        ("player_state", batches.state_batch([])),
        ("event", batches.event_batch([], 0)),
        ("reported", batches.row_batch([], [], [])),
        ("snapshot", batches.snapshot_batch([], 0, "")),
    ],
)
def test_a_batch_has_the_columns_of_its_table(name: str, batch: batches.Batch) -> None:
    """All of them, but what the database makes of others."""
    assert set(table(name)) - FILLED_IN.get(name, set()) == set(batch.column_names)


def test_fields_have_the_type_of_their_column() -> None:
    """As the migrations declare it."""
    for name, fields in (
        ("session", (*columns.SESSION_FIELDS, *columns.QUALITY_FIELDS)),
        ("ad", (*columns.AD_FIELDS, *columns.POD_FIELDS)),
        ("chapter", columns.CHAPTER_FIELDS),
        ("player_state", columns.STATE_FIELDS),
    ):
        kinds = table(name)
        assert {column: kind for column, kind, _ in fields} == {column: kinds[column] for column, _, _ in fields}
    kinds = table("session")
    assert dict(columns.RECORD_COLUMNS) == {column: kinds[column] for column in columns.RECORD_COLUMNS}


def test_record_columns_are_members_of_the_record() -> None:
    """Of the same name."""
    members = set(SessionRecord.__struct_fields__)
    assert set(columns.RECORD_COLUMNS) | set(columns.SPAN_COLUMNS) <= members
