"""Questions in SQL."""

import json
from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from playhead.base.errors import UsageError
from playhead.store import question


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory."""
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE numbers AS SELECT i, 'text, ' || i AS t FROM range(5000) r(i)")
        with connection.cursor() as cursor:
            yield cursor


EVERY_KIND = """SELECT NULL AS n, true AS y, 1.5::DECIMAL(5,2) AS d, TIMESTAMP '2026-01-01 02:00:00' AS t,
    TIMESTAMPTZ '2026-01-01 02:00:00+02' AS z, [1, 2] AS l, {'a': 'ü'} AS s, 'é"x'::VARCHAR AS v, '\\xFF'::BLOB AS b,
    DATE '2026-01-01' AS a"""


def test_an_answer_has_names_and_rows(connection: duckdb.DuckDBPyConnection) -> None:
    """And says whether it was cut."""
    whole = question.answer(connection, "SELECT i AS a, t AS a FROM numbers WHERE i < 2 ORDER BY i", 10)
    assert (["a", "a"], [(0, "text, 0"), (1, "text, 1")], False) == (whole.columns, whole.rows, whole.cut)


def test_rows_are_bounded(connection: duckdb.DuckDBPyConnection) -> None:
    """In every form."""
    found = question.answer(connection, "FROM numbers", 2500)
    assert (2500, True) == (len(found.rows), found.cut)


@pytest.mark.parametrize(("form", "head"), [("jsonl", 0), ("csv", 1)])
def test_lines_are_bounded(connection: duckdb.DuckDBPyConnection, form: str, head: int) -> None:
    """Beyond the limit they stop."""
    text = b"".join(question.pieces(connection, "FROM numbers", form, 2500))  # type: ignore[arg-type]
    assert head + 2500 == text.count(b"\n")


def test_json_lines_hold_every_kind_of_value(connection: duckdb.DuckDBPyConnection) -> None:
    """As JSON has it: times RFC 3339, bytes base64."""
    [line] = b"".join(question.pieces(connection, EVERY_KIND, "jsonl", 10)).splitlines()
    found = json.loads(line)
    assert (None, True, "1.50", "2026-01-01T02:00:00", [1, 2], {"a": "ü"}, 'é"x', "/w==", "2026-01-01") == tuple(
        found[name] for name in "nydtlsvba"
    )
    assert found["z"] in {"2026-01-01T00:00:00Z", "2026-01-01T00:00:00+00:00"}


def test_csv_has_a_head_and_quotes_what_needs_it(connection: duckdb.DuckDBPyConnection) -> None:
    """NULL is empty, structures are JSON."""
    head, line = b"".join(question.pieces(connection, EVERY_KIND, "csv", 10)).decode().splitlines()
    assert head == "n,y,d,t,z,l,s,v,b,a"
    assert line.startswith(",true,1.50,2026-01-01T02:00:00,2026-01-01T00:00:00")
    assert line.endswith('"[1,2]","{""a"":""ü""}","é""x",/w==,2026-01-01')


def test_parquet_is_a_file_with_the_types_of_the_answer(connection: duckdb.DuckDBPyConnection) -> None:
    """Rows and columns come back, cut at the limit."""
    [piece] = question.pieces(connection, "SELECT i, t FROM numbers ORDER BY i", "parquet", 2500)
    table = parquet.read_table(pa.BufferReader(piece))
    assert (2500, ["i", "t"]) == (table.num_rows, table.column_names)
    assert (2499, "text, 2499") == tuple(table.slice(2499).to_pylist()[0].values())


def test_no_rows_are_an_answer_too(connection: duckdb.DuckDBPyConnection) -> None:
    """Names without rows; in CSV the head alone."""
    empty = "SELECT i FROM numbers WHERE i < 0"
    assert ["i"] == question.answer(connection, empty, 10).columns
    with connection.cursor() as other:
        assert b"i\n" == b"".join(question.pieces(other, empty, "csv", 10))


def test_a_question_that_takes_too_long_is_stopped(connection: duckdb.DuckDBPyConnection) -> None:
    """And says so."""
    with pytest.raises(UsageError, match="longer than"):
        question.answer(
            connection, "SELECT count(*) FROM range(1000000000000) WHERE hash(range) = 3", 10, timeout_s=0.2
        )


def test_an_error_in_the_middle_of_the_answer_is_the_askers(connection: duckdb.DuckDBPyConnection) -> None:
    """A value that cannot be converted, a thousand rows on."""
    with pytest.raises(UsageError, match="Conversion"):
        question.answer(connection, "SELECT CASE WHEN i < 4000 THEN i ELSE t::INT END FROM numbers", 10_000)


def test_explain_and_describe_are_questions(connection: duckdb.DuckDBPyConnection) -> None:
    """They read."""
    for sql in (
        "EXPLAIN SELECT 1",
        "DESCRIBE numbers",
        "SUMMARIZE numbers",
        "SHOW TABLES",
        "WITH a AS (SELECT 1) FROM a",
    ):
        with connection.cursor() as other:
            assert question.answer(other, sql, 100).rows
