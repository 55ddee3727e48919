"""Two stores cell by cell."""
# ruff: noqa: S608 - names in these texts are of the schema

import re
import shutil
from pathlib import Path

import duckdb
import pytest

from kept_data import schema
from pipeline_stream import BEGIN_MS, Journals, many, settings_of
from playhead.base.clock import ManualClock
from playhead.base.errors import StoreError
from playhead.pipeline.worker import Worker
from playhead.store.audit import Difference, books, opened
from playhead.store.duck import DuckStore
from playhead.store.ledgers import Reach, Table, tables

OTHER = {
    "VARCHAR": "coalesce({0}, '') || 'x'",
    "BIGINT": "coalesce({0}, 0) + 1",
    "UBIGINT": "coalesce({0}, 0) + 1",
    "DOUBLE": "coalesce({0}, 0) + 0.5",
    "BOOLEAN": "NOT coalesce({0}, false)",
    "BLOB": "'other'::BLOB",
    "VARCHAR[]": "list_append(coalesce({0}, []), 'x')",
    "MAP(VARCHAR, VARCHAR)": "MAP {{'other': 'x'}}",
    "STRUCT(lo DOUBLE, hi DOUBLE)[]": "list_append({0}, {{'lo': 1.5, 'hi': 2.5}})",
    "UUID": "gen_random_uuid()",
    "STRUCT(lo BIGINT, hi BIGINT)[]": "list_append({0}, {{'lo': 1, 'hi': 2}})",
}
"""Another value of a column, by its type."""


SCHEMA = schema()
WHOLE = tables(Reach())
BOTH = [(table, True) for table in WHOLE] + [(one, False) for one in tables(Reach(whole=False)) if one not in WHOLE]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with something in every table."""
    path = tmp_path_factory.mktemp("filled") / "store"
    on, clock = Journals(), ManualClock(BEGIN_MS)
    on.fill(many(8, seed=4), seed=5)
    store = DuckStore(path, clock)
    assert Worker(on.readers(), settings_of, store, clock, server_version="0").catch_up()
    store.close()
    return path


@pytest.fixture
def pair(filled: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Two equal stores."""
    stored, recomputed = tmp_path / "stored", tmp_path / "recomputed"
    shutil.copy(filled, stored)
    shutil.copy(filled, recomputed)
    return stored, recomputed


def change(path: Path, *statements: str) -> None:
    """Do something to a store behind our back."""
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)


def differences(pair: tuple[Path, Path], *, whole: bool = True) -> list[Difference]:
    """What differs between two stores."""
    with books(*pair, pair[0].parent) as both:
        return list(both.differences(Reach(whole=whole)))


@pytest.mark.parametrize("whole", [True, False])
def test_equal_stores_do_not_differ(pair: tuple[Path, Path], whole: bool) -> None:
    """Nothing is found where nothing is wrong."""
    assert [] == differences(pair, whole=whole)


@pytest.mark.parametrize(("table", "whole"), BOTH, ids=[f"{table.name}-{whole}" for table, whole in BOTH])
def test_every_changed_cell_is_found(pair: tuple[Path, Path], table: Table, whole: bool) -> None:
    """One cell of a table is changed, in any of its columns: that row is named, and that column unless it names the row."""
    untouched = pair[0].with_name("untouched")
    shutil.copy(pair[0], untouched)
    for column, kind in SCHEMA[table.name].items():
        if column in table.without:
            continue
        shutil.copy(untouched, pair[0])
        other = OTHER[kind].format(f'"{column}"')
        first = f"rowid = (SELECT min(rowid) FROM kept.{table.name})"
        change(pair[0], f'UPDATE kept.{table.name} SET "{column}" = {other} WHERE {first}')
        with books(*pair, pair[0].parent) as both:
            found = list(both.compared(table))
        names_row = any(column in re.findall(r"\w+", expression) for expression in table.keys.values())
        assert ("" if names_row else column) in {one.column.partition(".")[0] for one in found}, column
        assert {table.name} == {one.table for one in found}


def test_a_difference_says_what_and_where(pair: tuple[Path, Path]) -> None:
    """Session, column, in JSON the path, and both values."""
    mended = 'replace(record, \'"name":"content s003"\', \'"name":"other"\')'
    change(pair[0], f"UPDATE kept.session SET record = {mended}")
    expected = Difference(
        table="session",
        session_id="s003",
        column="record.session_details.name",
        stored="other",
        recomputed="content s003",
    )
    assert [expected] == differences(pair)


def test_rows_too_many_and_too_few(pair: tuple[Path, Path]) -> None:
    """A session that is missing, one that is not in the log, and one that is there twice."""
    change(
        pair[0],
        "DELETE FROM kept.session WHERE session_id = 's001'",
        "INSERT INTO kept.session SELECT * REPLACE ('stranger' AS session_id) FROM kept.session "
        "WHERE session_id = 's002'",
        "INSERT INTO kept.session FROM kept.session WHERE session_id = 's003'",
    )
    assert [
        Difference(table="session", session_id="s003", column="rows", stored=2, recomputed=1),
        Difference(table="session", session_id="s001", recomputed=1),
        Difference(table="session", session_id="stranger", stored=1),
    ] == differences(pair)


def test_rows_in_another_order(pair: tuple[Path, Path]) -> None:
    """Where numbers cannot be compared, the order of a session's rows is."""
    change(pair[0], "UPDATE kept.reported SET sequence = 1000 - sequence WHERE session_id = 's004'")
    found = differences(pair, whole=False)
    assert {("reported", "s004", "place")} == {(one.table, one.session_id, one.column) for one in found}


def test_nothing_is_written_to_either(pair: tuple[Path, Path]) -> None:
    """The files are the same bytes after."""
    before = [path.read_bytes() for path in pair]
    differences(pair)
    assert before == [path.read_bytes() for path in pair]


def test_what_cannot_be_read_is_said(pair: tuple[Path, Path], tmp_path: Path) -> None:
    """As the store's failure."""
    (tmp_path / "rubbish").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="cannot be read"), books(tmp_path / "rubbish", pair[1], tmp_path):
        pass
    with pytest.raises(StoreError, match="cannot be read"), opened(tmp_path / "rubbish"):
        pass


def test_a_store_of_another_version_is_refused(pair: tuple[Path, Path]) -> None:
    """It says what to do."""
    with opened(pair[0]) as connection:
        assert [(8 + 3,)] == connection.execute("SELECT count(*) FROM kept.session").fetchall()
    change(pair[0], "INSERT INTO schema_version VALUES (99, 'later', 0)")
    with pytest.raises(StoreError, match=r"version 99.*newer"), opened(pair[0]):
        pass
    change(pair[0], "DELETE FROM schema_version WHERE version > 2")
    with pytest.raises(StoreError, match=r"version 2.*serve"), opened(pair[0]):
        pass
