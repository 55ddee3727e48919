"""
Questions in SQL by people: one statement that reads, in a transaction that cannot write, with an end to rows and time.

Law: what is wrong with a question is the asker's to know (`UsageError`); what is wrong with the store is not caught here.
"""

import base64
import csv
import io
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import msgspec

from playhead.base.errors import UsageError
from playhead.store.port import QUERY_TIMEOUT_S, Answer, QueryFormat

ROWS_A_PIECE = 2_000
"""Rows fetched and written at a time."""

_READING = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}
_OURS = (duckdb.IOException, duckdb.FatalException, duckdb.InternalException)
"""Errors that are not the asker's doing."""


def answer(
    connection: duckdb.DuckDBPyConnection, sql: str, rows_max: int, timeout_s: float = QUERY_TIMEOUT_S
) -> Answer:
    """As `Queryable.answer`, on a connection of its own."""
    with _asked(connection, sql, timeout_s) as reader:
        rows: list[tuple[object, ...]] = []
        for batch in reader:
            rows += _rows(batch)
            if len(rows) > rows_max:
                break
        return Answer(list(reader.schema.names), rows[:rows_max], cut=len(rows) > rows_max)


def pieces(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    form: QueryFormat,
    rows_max: int,
    timeout_s: float = QUERY_TIMEOUT_S,
) -> Iterator[bytes]:
    """As `Queryable.query`, on a connection of its own; Parquet comes as one piece."""
    with _asked(connection, sql, timeout_s) as reader:
        names = list(reader.schema.names)
        if form == "parquet":
            yield _parquet(_cut(reader, rows_max), reader.schema)
            return
        if form == "csv":
            yield _csv([tuple(names)])
        for batch in _cut(reader, rows_max):
            yield _csv(_rows(batch)) if form == "csv" else _json_lines(names, _rows(batch))


@contextmanager
def _asked(connection: duckdb.DuckDBPyConnection, sql: str, timeout_s: float) -> Iterator[Any]:
    """The answer as a reader of Arrow batches, while it is being computed."""
    late = threading.Event()

    def stop() -> None:
        late.set()
        connection.interrupt()

    timer = threading.Timer(timeout_s, stop)
    timer.daemon = True
    timer.start()
    try:
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type not in _READING:
            raise UsageError("ask exactly one question: a single SELECT, WITH, FROM, DESCRIBE, SUMMARIZE or EXPLAIN")
        connection.execute("BEGIN TRANSACTION READ ONLY")
        yield connection.sql(statements[0]).to_arrow_reader(ROWS_A_PIECE)
    except _OURS:
        raise
    except (duckdb.Error, OSError) as error:  # Arrow tells an error of the database as OSError
        if late.is_set():
            raise UsageError(f"the question took longer than {timeout_s:g} s; ask for less at once") from error
        raise UsageError(str(error).strip()) from error
    finally:
        timer.cancel()


def _cut(reader: Any, rows_max: int) -> Iterator[Any]:
    for batch in reader:
        if rows_max <= 0:
            return
        yield batch.slice(0, rows_max)
        rows_max -= batch.num_rows


def _rows(batch: Any) -> list[tuple[object, ...]]:
    return list(zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _json_lines(names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> bytes:
    return b"".join(
        msgspec.json.encode(dict(zip(names, row, strict=True)), enc_hook=str, order=None) + b"\n" for row in rows
    )


def _csv(rows: Sequence[tuple[object, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _cell(value: object) -> object:
    """Text as it is, times as RFC 3339, lists and structs as JSON, bytes as base64; NULL is empty."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return msgspec.json.encode(value, enc_hook=str).decode().strip('"')


def _parquet(batches: Iterator[Any], schema: Any) -> bytes:
    from pyarrow import parquet  # noqa: PLC0415 - costs memory that only this form need pay

    written = io.BytesIO()
    with parquet.ParquetWriter(written, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
    return written.getvalue()
