"""
The store on DuckDB (decision 0050).

Law: one connection writes, under one lock; every read has a connection of its own and sees whole commits. The database
reaches no file but its own, and its configuration is locked once it is open.
"""

import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

import duckdb

from playhead.base.clock import Clock
from playhead.base.errors import StoreError
from playhead.base.units import SessionId
from playhead.events.delivery import Delivery
from playhead.reporting.lookups import Entries, LookupSize, overridden
from playhead.reporting.outputs import ClosedSession, Judged, Outcome, Row, SessionRecord, Snapshot
from playhead.store import lookups, question, reader, restarting, transfer
from playhead.store.balance import read_balance
from playhead.store.migrate import migrate
from playhead.store.port import (
    QUERY_ROWS_MAX,
    Answer,
    BalanceKey,
    Commit,
    Counts,
    Kept,
    LookupEntry,
    Place,
    Position,
    QueryFormat,
    Removed,
    SessionSearch,
    SettingsHistory,
    Standing,
)
from playhead.store.remover import remove
from playhead.store.writer import write

MEMORY_LIMIT_MB = 512
"""What the database may hold in memory before it uses the disk beside its file."""

THREADS_MAX = 4
"""Threads of a question, on a machine with as many cores: beyond that, less than 128 MB would be left for each."""

CHECKPOINT_MB = 64
"""Write-ahead log beyond which a commit moves it into the tables: rarer stops for writers, a longer look at a start."""

_Result = TypeVar("_Result")


class DuckStore:
    """A `Store`, `Queryable` and `Lookups` in one file. Its directory must exist and is held by one process at a time."""

    def __init__(self, path: Path, clock: Clock, *, memory_limit_mb: int = MEMORY_LIMIT_MB, threads: int = 0) -> None:
        """
        Open the store, or make it; what a killed process left is taken up.

        Args:
            path: Its file.
            clock: For what migrations note.
            memory_limit_mb: As MEMORY_LIMIT_MB.
            threads: How many work on a question; 0: as many as there are cores, up to THREADS_MAX.

        Raises:
            StoreError: It cannot be opened: another process holds it, a newer Playhead wrote it, the disk refuses.
        """
        self._path = path
        self._clock = clock
        self._config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_limit_mb}MB",
            "threads": str(threads or min(os.cpu_count() or 1, THREADS_MAX)),
            "checkpoint_threshold": f"{CHECKPOINT_MB}MB",
        }
        self._writing = threading.Lock()
        self._looking_up = threading.Lock()
        self._lookups: Mapping[str, LookupSize] = {}
        self._connecting = threading.Lock()
        self._broken = False
        self._connection = self._open()

    def commit(self, commit: Commit) -> None:
        """As the port says."""
        self._write(lambda connection: write(connection, commit), "a commit")

    def remove(self, kept: Kept, limit: int) -> Removed:
        """As the port says."""
        return self._write(lambda connection: remove(connection, kept, limit), "a removal")

    def position(self) -> Position:
        """As the port says."""
        return self._read(reader.read_position)

    def deliveries(self, session_id: SessionId, until: int | None = None) -> Sequence[Delivery]:
        """As the port says."""
        return [judged.delivery for judged in self.judged(session_id, until)]

    def snapshots(self, form: str) -> Iterator[Snapshot]:
        """As the port says."""
        return self._stream(lambda connection: restarting.read_snapshots(connection, form))

    def unfinished(self, form: str) -> Iterator[Delivery]:
        """As the port says."""
        return self._stream(lambda connection: restarting.read_unfinished(connection, form))

    def recent_closed(self, since_ms: int) -> Iterator[ClosedSession]:
        """As the port says."""
        return self._stream(lambda connection: restarting.read_recent_closed(connection, since_ms))

    def standings(self, since_ms: int) -> Iterator[Standing]:
        """As the port says."""
        return self._stream(lambda connection: restarting.read_standings(connection, since_ms))

    def settings(self) -> SettingsHistory:
        """As the port says."""
        return self._read(restarting.read_settings)

    def session(self, session_id: SessionId) -> SessionRecord | None:
        """As the port says."""
        return self._read(lambda connection: reader.read_session(connection, session_id))

    def sessions(self, search: SessionSearch, before: Place | None = None, limit: int = 100) -> Sequence[SessionRecord]:
        """As the port says."""
        looked_up = overridden(self._lookups)
        return self._read(lambda connection: reader.read_sessions(connection, search, before, limit, looked_up))

    def judged(self, session_id: SessionId, until: int | None = None) -> Sequence[Judged]:
        """As the port says."""
        return self._read(lambda connection: reader.read_judged(connection, session_id, until))

    def outcomes(self, session_id: SessionId) -> Mapping[Outcome, int]:
        """As the port says."""
        return self._read(lambda connection: reader.read_outcomes(connection, session_id))

    def rows(self, session_id: SessionId) -> Sequence[Row]:
        """As the port says."""
        return self._read(lambda connection: reader.read_rows(connection, session_id))

    def counts(self) -> Counts:
        """As the port says."""
        return self._read(reader.read_counts)

    def balance(self, from_ms: int, until_ms: int, *, by_hour: bool = True) -> Mapping[BalanceKey, int]:
        """As the port says."""
        return self._read(lambda connection: read_balance(connection, from_ms, until_ms, by_hour=by_hour))

    def lookups(self) -> Mapping[str, LookupSize]:
        """As the port says."""
        return self._lookups

    def lookup(self, lookup: str, after: str | None = None, limit: int | None = None) -> Iterator[LookupEntry]:
        """As the port says."""
        return self._stream(lambda connection: lookups.read_entries(connection, lookup, after, limit))

    def looked_up(self, lookup: str, column: str, keys: Collection[str]) -> Mapping[str, str]:
        """As the port says."""
        if not keys or column not in self._lookups[lookup].columns:
            return {}
        return self._read(lambda connection: lookups.read_values(connection, lookup, column, keys))

    def change_lookup(self, lookup: str, entries: Entries, *, whole: bool) -> None:
        """As the port says."""
        self._change_lookup(lambda connection: lookups.write_entries(connection, lookup, entries, whole=whole))

    def remove_lookup_entry(self, lookup: str, key: str) -> bool:
        """As the port says."""
        return self._change_lookup(lambda connection: lookups.remove_entry(connection, lookup, key))

    def query(self, sql: str, form: QueryFormat, *, rows_max: int = QUERY_ROWS_MAX) -> Iterator[bytes]:
        """As the port says."""
        pieces = self._stream(lambda connection: question.pieces(connection, sql, form, rows_max))
        first = list(islice(pieces, 1))  # runs the question, so that what is wrong with it is raised here
        return chain(first, pieces)

    def answer(self, sql: str, *, rows_max: int = QUERY_ROWS_MAX) -> Answer:
        """As the port says."""
        return self._read(lambda connection: question.answer(connection, sql, rows_max))

    def copy(self) -> Iterator[bytes]:
        """All of it as of one instant, for `store.transfer.fill`."""
        return self._stream(transfer.pieces)

    def size_bytes(self) -> int:
        """As the port says."""
        beside = (self._path, self._path.with_name(self._path.name + ".wal"))
        return sum(path.stat().st_size for path in beside if path.exists())

    def close(self) -> None:
        """As the port says."""
        with self._writing, self._connecting:
            self._connection.close()

    def _write(self, change: Callable[[duckdb.DuckDBPyConnection], _Result], what: str) -> _Result:
        """One transaction of the connection that writes; on disk after the return."""
        with self._writing:
            if self._broken:
                self._reopen()
            connection = self._connection
            try:
                connection.begin()
                result = change(connection)
                connection.commit()
            except (duckdb.Error, OSError, MemoryError) as error:
                self._broken = not _rolled_back(connection)
                raise StoreError(f"the store did not take {what}: {_first_line(error)}") from error
            except BaseException:
                self._broken = not _rolled_back(connection)
                raise
            return result

    def _change_lookup(self, change: Callable[[duckdb.DuckDBPyConnection], _Result]) -> _Result:
        """One transaction, and what the lookups hold after it."""
        with self._looking_up:
            result, self._lookups = self._write(
                lambda connection: (change(connection), lookups.read_sizes(connection)), "a lookup"
            )
            return result

    def _open(self) -> duckdb.DuckDBPyConnection:
        try:
            connection = duckdb.connect(str(self._path), config=self._config)
            try:
                migrate(connection, self._clock.now_ms())
                self._lookups = lookups.read_sizes(connection)
                for statement in _LOCKED:
                    connection.execute(statement)
            except BaseException:
                connection.close()
                raise
        except (duckdb.Error, OSError, MemoryError) as error:
            raise StoreError(f"the store {self._path.name} cannot be opened: {_first_line(error)}") from error
        return connection

    def _reopen(self) -> None:
        """Start the database anew after an error it does not recover from; readers at work keep the old one alive."""
        with self._connecting:
            self._connection.close()
            self._connection = self._open()
            self._broken = False

    @contextmanager
    def _reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of one's own, its errors told as ours."""
        try:
            with self._connecting:
                connection = self._connection.cursor()
            with connection:
                yield connection
        except (duckdb.Error, OSError, MemoryError) as error:
            raise StoreError(f"the store cannot be read: {_first_line(error)}") from error

    def _read(self, ask: Callable[[duckdb.DuckDBPyConnection], _Result]) -> _Result:
        with self._reading() as connection:
            return ask(connection)

    def _stream(self, ask: Callable[[duckdb.DuckDBPyConnection], Iterator[_Result]]) -> Iterator[_Result]:
        with self._reading() as connection:
            yield from ask(connection)


_LOCKED = (
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET allow_community_extensions = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET lock_configuration = true",
)


def _rolled_back(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the connection is as before the transaction and good for the next."""
    with suppress(duckdb.TransactionException):  # nothing to roll back: the commit itself failed and did it
        try:
            connection.rollback()
        except duckdb.TransactionException:
            raise
        except duckdb.Error:
            return False
    try:
        connection.unregister("incoming")
        connection.execute("SELECT 1 FROM kept.clock").fetchall()
    except duckdb.Error:
        return False
    return True


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
