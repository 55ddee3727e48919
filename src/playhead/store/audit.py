"""
Two stores cell by cell: the one that is kept, and what its log gives (decision 0090).

Law: both files are opened for reading only, and nothing of them is ever in memory at once but keys and hashes. What is
missing because of its age is no difference; what is compared, and how, is in `store.ledgers`.
"""
# ruff: noqa: S608 - names in these texts are of this module or of the database's own catalogue

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import msgspec
from msgspec import Struct

from playhead.base.errors import StoreError
from playhead.base.units import DAY_MS
from playhead.events.delivery import Delivery
from playhead.store.ledgers import Reach, Table, tables
from playhead.store.migrate import migrations, version_of
from playhead.store.reader import DELIVERY, judged_of

MEMORY_LIMIT_MB = 1024
"""What the comparison may hold in memory before it uses the disk: a hash table of 2 M events takes a quarter."""

ROWS_A_TIME = 500

EVENTS_A_TIME = 5_000

Connection = duckdb.DuckDBPyConnection
"""A store that is open, for who only passes it on."""

SIDES = ("stored", "recomputed")

_SESSION = Table(name="session", keys={"session_id": "session_id"})


class Difference(Struct, frozen=True, kw_only=True):
    """
    One thing that is stored and does not follow from the log.

    Attributes:
        table: Its table.
        session_id: Its session; empty where it is of none.
        row: What else names the row.
        column: Its column, of JSON with the path within; empty where the whole row is too much or missing.
        stored, recomputed: What the store has and what the log gives; None where it is absent.
    """

    table: str
    session_id: str = ""
    row: str = ""
    column: str = ""
    stored: Any = None
    recomputed: Any = None


class Span(NamedTuple):
    """From one arrival to before another, Unix ms."""

    from_ms: int
    until_ms: int


class Books:
    """A store and its recomputation, open side by side for reading."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """For `books`, which opened the connection."""
        self._connection = connection
        self._chosen = False
        self._removed = bool(list(self._rows("SELECT 1 FROM stored.kept.removal LIMIT 1")))

    def choose(self, span: Span) -> None:
        """From now on look only at sessions that began in a span. Raises StoreError."""
        with _told():
            self._connection.execute(
                "CREATE TABLE memory.main.chosen AS SELECT DISTINCT session_id FROM "
                "(FROM stored.kept.session UNION ALL BY NAME FROM recomputed.kept.session) "
                "WHERE started_received_ms >= ? AND started_received_ms < ?",
                [*span],
            )
        self._chosen = True

    def differences(self, reach: Reach) -> Iterator[Difference]:
        """
        Everything that differs, by table, session and row.

        Args:
            reach: How far back the log goes.

        Raises:
            StoreError: One of them cannot be read.
        """
        with _told():
            for table in tables(reach):
                yield from self.compared(table)

    def compared(self, table: Table) -> Iterator[Difference]:
        """What differs in one table."""
        columns = [name for name in self._columns(table.name) if name not in table.without]
        compared = {**{f'"{name}"': f'"{name}"' for name in columns}, **table.more}
        keys = ", ".join(table.keys)
        for values in self._rows(
            f"SELECT {keys}, count(*) FROM ({_relation('stored', table, {})}) GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL"
        ):
            yield _named(table, values[:-1], column="rows", stored=values[-1], recomputed=1)
        both = " FULL JOIN ".join(
            f"(SELECT {keys}, hash({', '.join(compared)}) AS {side}_hash FROM ({_relation(side, table, compared)}))"
            for side in SIDES
        )
        self._connection.execute(
            f"CREATE OR REPLACE TABLE memory.main.differing AS SELECT {keys}, stored_hash IS NOT NULL AS is_stored, "
            f"recomputed_hash IS NOT NULL AS is_recomputed FROM {both} USING ({keys}) "
            "WHERE stored_hash IS DISTINCT FROM recomputed_hash"
        )
        if self._removed and table.removed_as:
            self._pass_over_removed(table)
        if self._chosen:
            self._pass_over_others(table)
        sides = " FULL JOIN ".join(
            f"(SELECT *, true AS {side}_there FROM ({_relation(side, table, compared)}) "
            f"SEMI JOIN memory.main.differing USING ({keys})) AS {side}"
            for side in SIDES
        )
        names = [*compared]
        asked = [f"{side}.{name}" for side in SIDES for name in (f"{side}_there", *names)]
        for values in self._rows(f"SELECT {keys}, {', '.join(asked)} FROM {sides} USING ({keys}) ORDER BY {keys}"):
            key, rest = values[: len(table.keys)], values[len(table.keys) :]
            half = len(names) + 1
            yield from _row_differences(table, key, names, rest[:half], rest[half:])

    def unverifiable(self) -> int:
        """Sessions whose events were removed because of their age, so that the log does not give them any more."""
        if not self._removed:
            return 0
        with _told():
            [(count,)] = self._rows(
                f"SELECT count(*) FROM ({_births('stored', _SESSION)}) AS births ANTI JOIN recomputed.kept.session "
                f"USING (session_id) WHERE born_ms < {_before('event')}"
            )
        return int(count)

    def _pass_over_others(self, table: Table) -> None:
        """Forget of what differs what is of sessions that were not chosen."""
        keys = ", ".join(table.keys)
        mine = " UNION ALL ".join(
            f"SELECT {keys} FROM ({_relation(side, table, {'session_id': 'session_id'})}) "
            "SEMI JOIN memory.main.chosen USING (session_id)"
            for side in SIDES
        )
        if "session_id" in self._columns(table.name):
            self._connection.execute(
                f"DELETE FROM memory.main.differing WHERE ({keys}) NOT IN (SELECT ({keys}) FROM ({mine}))"
            )

    def _pass_over_removed(self, table: Table) -> None:
        """
        Forget of what differs what is explained by removals.

        Not stored: this class of data of that session was removed. Not in the log: the session's events were.
        """
        keys = ", ".join(table.keys)
        for side, other, removed_as in (
            ("recomputed", "stored", table.removed_as),
            ("stored", "recomputed", "event"),
        ):
            known = (
                "true" if side == "recomputed" else "session_id NOT IN (SELECT session_id FROM recomputed.kept.session)"
            )
            self._connection.execute(
                f"DELETE FROM memory.main.differing WHERE NOT is_{other} AND ({keys}) IN "
                f"(SELECT ({keys}) FROM ({_births(side, table)}) AS births WHERE born_ms < {_before(removed_as)} AND {known})"
            )

    def _columns(self, table: str) -> list[str]:
        return [name for (name,) in self._rows(f"SELECT column_name FROM ({_columns_of('stored', table)})")]

    def _rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        cursor = self._connection.cursor()
        cursor.execute(sql)
        while batch := cursor.fetchmany(ROWS_A_TIME):
            yield from batch


@contextmanager
def books(stored: Path, recomputed: Path, scratch: Path) -> Iterator[Books]:
    """
    Open both.

    Args:
        stored: A database file, which no other process has open for writing.
        recomputed: Another.
        scratch: Directory for what does not fit into memory.

    Raises:
        StoreError: One of them cannot be read, or is of another version than this Playhead's.
    """
    with _told(), duckdb.connect(config=_config(scratch)) as connection:
        for path, name in ((stored, "stored"), (recomputed, "recomputed")):
            connection.execute(f"ATTACH '{_quoted(path)}' AS {name} (READ_ONLY)")
        yield Books(connection)


def archive(connection: duckdb.DuckDBPyConnection, until_ms: int) -> Iterator[Delivery]:
    """
    The deliveries a store keeps that arrived up to an instant, in order of arrival, without holding them all in memory.

    Raises:
        StoreError: They cannot be read.
    """
    with _told():
        [(last,)] = connection.execute(
            "SELECT coalesce(max(sequence), 0) FROM kept.event WHERE received_ms <= ?", [until_ms]
        ).fetchall()
        for first in range(0, last, EVENTS_A_TIME):
            found = connection.execute(
                f"{DELIVERY} WHERE sequence > ? AND sequence <= ? AND received_ms <= ? ORDER BY sequence",
                [first, first + EVENTS_A_TIME, until_ms],
            ).fetchall()
            for values in found:
                try:
                    delivery = judged_of(values).delivery
                except (ValueError, msgspec.MsgspecError) as error:
                    raise StoreError(f"delivery {values[0]} of the archive cannot be read: {error}") from error
                yield delivery


@contextmanager
def opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """
    A store opened for reading only: nothing of it changes, not even a log left by a killed process is taken up.

    Raises:
        StoreError: It cannot be read, or is of another version than this Playhead's.
    """
    with _told(), duckdb.connect(str(path), read_only=True) as connection:
        version, known = version_of(connection), len(migrations())
        if version != known:
            raise StoreError(
                f"the store is of version {version}, this Playhead's is {known}: "
                + (
                    "start `playhead serve` once, which brings it up to date"
                    if version < known
                    else "use the newer one"
                )
            )
        yield connection


def _config(scratch: Path) -> dict[str, str | bool | int | float | list[str]]:
    return {"memory_limit": f"{MEMORY_LIMIT_MB}MB", "threads": "2", "temp_directory": str(scratch)}


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (duckdb.Error, OSError, MemoryError) as error:
        raise StoreError(f"the store cannot be read: {str(error).strip().partition(chr(10))[0]}") from error


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _relation(side: str, table: Table, compared: Mapping[str, str]) -> str:
    """Keys and compared values of one side, by their names."""
    named = {**compared, **table.keys}
    listed = ", ".join(f"{expression} AS {name}" for name, expression in named.items())
    return f"SELECT {listed} FROM {side}.kept.{table.name} WHERE {table.only}"


def _births(side: str, table: Table) -> str:
    """
    Keys, session, datastream and birth of the rows of a table: the arrival its age counts from (decision 0054).

    A delivery of a session that is not known may be of one that began up to a day earlier.
    """
    keys = ", ".join(f"{expression} AS {name}" for name, expression in table.keys.items() if name != "session_id")
    rows = f"SELECT * {', ' + keys if keys else ''} FROM {side}.kept.{table.name}"
    own_ms = f"coalesce(min(row.received_ms) OVER (PARTITION BY row.session_id) - {DAY_MS}, 0)"
    own, own_datastream = (own_ms, "row.datastream_id") if table.name == "event" else ("0", "''")
    if table.name == "reported":
        own, own_datastream = "row.started_received_ms", "row.datastream_id"
    listed = ", ".join(f"row.{name}" for name in {**table.keys, "session_id": ""})
    return (
        f"SELECT {listed}, coalesce(session.datastream_id, {own_datastream}, '') AS datastream_id, "
        f"coalesce(session.started_received_ms, {own}) AS born_ms FROM ({rows}) AS row "
        f"LEFT JOIN {side}.kept.session AS session ON session.session_id = row.session_id"
    )


def _before(removed_as: str) -> str:
    """Up to which arrival a class of data of a row's datastream was removed, Unix ms."""
    of = f"SELECT max(before_ms) FROM stored.kept.removal AS removal WHERE class = '{removed_as}' AND removal.datastream_id"
    own = f"({of} = births.datastream_id)"
    return f"coalesce({own}, ({of} = ''), 0)"


def _columns_of(side: str, table: str) -> str:
    return (
        f"SELECT column_name FROM duckdb_columns() WHERE database_name = '{side}' AND schema_name = 'kept' "
        f"AND table_name = '{table}' ORDER BY column_index"
    )


def _row_differences(
    table: Table, key: Sequence[Any], names: Sequence[str], stored: Sequence[Any], recomputed: Sequence[Any]
) -> Iterator[Difference]:
    """Of one row; both sides begin with whether there is one."""
    if not stored[0] or not recomputed[0]:
        session = _session_in(names, stored[1:] if stored[0] else recomputed[1:])
        yield _named(
            table,
            key,
            session=session,
            column="",
            stored=1 if stored[0] else None,
            recomputed=1 if recomputed[0] else None,
        )
        return
    session = _session_in(names, stored[1:])
    for name, one, other in zip(names, stored[1:], recomputed[1:], strict=True):
        if one != other:
            for path, mine, theirs in _inside(one, other):
                column = f"{name.strip(chr(34))}{path}"
                yield _named(table, key, session=session, column=column, stored=mine, recomputed=theirs)


def _session_in(names: Sequence[str], values: Sequence[Any]) -> str:
    return str(dict(zip(names, values, strict=True)).get('"session_id"', ""))


def _named(
    table: Table, key: Sequence[Any], *, column: str, stored: Any, recomputed: Any, session: str = ""
) -> Difference:
    named = dict(zip(table.keys, key, strict=True))
    session = str(named.pop("session_id", session))
    row = " ".join(f"{name} {value}" for name, value in named.items())
    return Difference(
        table=table.name,
        session_id=session,
        row=row,
        column=column,
        stored=_plain(stored),
        recomputed=_plain(recomputed),
    )


def _inside(one: Any, other: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two values differ: of JSON texts the members, else the values themselves."""
    both = (_json(one), _json(other))
    if all(isinstance(value, dict) for value in both):
        yield from _members(both[0], both[1], path) if both[0] != both[1] else [(path, one, other)]
    else:
        yield path, one, other


def _members(one: Any, other: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted({*one, *other}):
            yield from _members(one.get(name), other.get(name), f"{path}.{name}")
    elif one != other:
        yield path, one, other


def _json(value: Any) -> Any:
    if isinstance(value, str | bytes) and value[:1] in {"{", b"{"}:
        try:
            return msgspec.json.decode(value)
        except (msgspec.MsgspecError, UnicodeError):
            return None
    return None


def _plain(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
