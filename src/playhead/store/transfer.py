"""
A store as a stream of bytes, and a store made of one: how another process gets a copy while this one works (decision 0091).

    version                            4 bytes, big-endian: number of the last migration
    length, name, Arrow stream         of each table of `kept`: 4 bytes, text, and the table in the Arrow IPC format
    0                                  4 bytes: all of it came

Law: a stream is one transaction's view; a copy is whole or is refused.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import duckdb

from playhead.base.errors import StoreError
from playhead.store.migrate import migrate, migrations, version_of

ROWS_A_PIECE = 4_096

_NUMBER = 4


def pieces(connection: duckdb.DuckDBPyConnection) -> Iterator[bytes]:
    """
    Everything in `kept`, on a connection of its own, without holding it in memory.

    Raises:
        duckdb.Error: As the database says.
    """
    import pyarrow as pa  # noqa: PLC0415 - costs memory that few need pay

    connection.execute("BEGIN TRANSACTION READ ONLY")
    yield _number(version_of(connection))
    for table in _tables(connection):
        name = table.encode()
        yield _number(len(name)) + name
        reader = connection.sql(f"FROM kept.{table}").to_arrow_reader(ROWS_A_PIECE)
        written = io.BytesIO()
        with pa.ipc.new_stream(written, reader.schema) as stream:
            for batch in reader:
                stream.write_batch(batch)
                yield _taken(written)
        yield _taken(written)
    yield _number(0)


def fill(path: Path, source: BinaryIO) -> None:
    """
    Make a store of a stream.

    Args:
        path: Where; nothing is there yet.
        source: Gives exactly as many bytes as it is asked for, fewer only at its end.

    Raises:
        StoreError: The stream is of another version than this Playhead's, or ends early; or it cannot be written.
    """
    import pyarrow as pa  # noqa: PLC0415 - as above

    version, known = _read_number(source), len(migrations())
    if version != known:
        raise StoreError(
            f"the server's store is of version {version}, this Playhead's is {known}: use the server's Playhead"
        )
    try:
        with duckdb.connect(str(path)) as connection:
            migrate(connection, 0)
            while length := _read_number(source):
                table = _read(source, length).decode()
                if table not in _tables(connection):
                    raise StoreError(f"the server's store has a table {table}, which this Playhead does not know")
                reader = pa.ipc.open_stream(source)
                connection.register("incoming", reader)
                connection.execute(f"DELETE FROM kept.{table}")  # noqa: S608 - a name of the catalogue
                connection.execute(f"INSERT INTO kept.{table} BY NAME FROM incoming")
                connection.unregister("incoming")
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise StoreError(f"the store cannot be copied: {str(error).strip().partition(chr(10))[0]}") from error


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'kept' ORDER BY table_name"
    ).fetchall()
    return [name for (name,) in found]


def _taken(written: io.BytesIO) -> bytes:
    """What was written since the last time."""
    data = written.getvalue()
    written.seek(0)
    written.truncate()
    return data


def _number(value: int) -> bytes:
    return value.to_bytes(_NUMBER, "big")


def _read_number(source: BinaryIO) -> int:
    return int.from_bytes(_read(source, _NUMBER), "big")


def _read(source: BinaryIO, size: int) -> bytes:
    data = source.read(size)
    if len(data) < size:
        raise StoreError("the server stopped in the middle of the copy")
    return data
