"""
What is older than it is kept, taken out of the tables (decision 0054).

Law: the caller begins and ends the transaction. Found first, deleted after, as in `writer`: by place, or by key and
text among the rows of a stretch of time.
"""

from collections.abc import Iterable, Sequence

import duckdb

from playhead.base.units import DAY_MS
from playhead.store.port import Kept, KeptSince, Removed

_OPEN = "(SELECT session_key FROM kept.session WHERE state <> 'closed')"
_PARTS = ("ad", "chapter", "player_state")


def remove(connection: duckdb.DuckDBPyConnection, kept: Kept, limit: int) -> Removed:
    """
    As `Store.remove`, inside the transaction that is open.

    Raises:
        duckdb.Error: As the database says; the caller rolls back.
    """
    [(now_ms,)] = connection.execute("SELECT now_ms FROM kept.clock").fetchall()
    events, more_events = _remove_of(connection, "event", "received_ms", _Bound(kept.events, now_ms), limit)
    rows, more_rows = _remove_of(connection, "reported", "started_received_ms", _Bound(kept.rows, now_ms), limit)
    sessions, more_sessions = _remove_sessions(connection, _Bound(kept.sessions, now_ms), limit)
    for table, since, removed in (
        ("event", kept.events, events),
        ("reported", kept.rows, rows),
        ("session", kept.sessions, sessions),
    ):
        if removed:
            _note(connection, table, since, now_ms)
    return Removed(events=events, rows=rows, sessions=sessions, more=more_events or more_rows or more_sessions)


def _note(connection: duckdb.DuckDBPyConnection, table: str, since: KeptSince, now_ms: int) -> None:
    """Remember the bounds by which something was removed; one that went further before stays."""
    named, default_ms = since.by_datastream(now_ms)
    known: dict[str, int] = dict(
        connection.execute("SELECT datastream_id, before_ms FROM kept.removal WHERE class = ?", [table]).fetchall()
    )
    before = known.get("", 0)
    bounds = {**known, "": max(default_ms, before)}
    for name, bound_ms in named.items():
        bounds[name] = max(bound_ms, known.get(name, before))
    if bounds == known:
        return
    connection.execute("DELETE FROM kept.removal WHERE class = ?", [table])
    connection.execute(
        "INSERT INTO kept.removal SELECT ?, unnest(?::VARCHAR[]), unnest(?::BIGINT[])",
        [table, list(bounds), list(bounds.values())],
    )


class _Bound:
    """
    `KeptSince` as a condition on a column.

    Attributes:
        latest_ms: The latest bound of any datastream, Unix ms; 0: nothing goes.
    """

    def __init__(self, since: KeptSince, now_ms: int) -> None:
        named, self._default_ms = since.by_datastream(now_ms)
        self._named = [value for pair in named.items() for value in pair]
        self.latest_ms = max(self._default_ms, *named.values()) if named else self._default_ms

    def passed_by(self, column: str) -> str:
        """The condition: the row's time is before its datastream's bound. The plain half lets the database skip."""
        whens = "WHEN ? THEN ? " * (len(self._named) // 2)
        return f"{column} < ? AND {column} < " + (f"CASE datastream_id {whens}ELSE ? END" if whens else "?")

    @property
    def parameters(self) -> list[object]:
        """Those of the condition."""
        return [self.latest_ms, *self._named, self._default_ms]


def _remove_of(
    connection: duckdb.DuckDBPyConnection, table: str, column: str, bound: _Bound, limit: int
) -> tuple[int, bool]:
    """Remove old rows of a table, and the others of their sessions; how many, and whether there may be more."""
    if bound.latest_ms <= 0:
        return 0, False
    found = connection.execute(
        f"SELECT rowid, session_key, session_id, {column} FROM kept.{table} "  # noqa: S608 - names are of this module
        f"WHERE {bound.passed_by(column)} AND session_key NOT IN {_OPEN} LIMIT ?",
        [*bound.parameters, limit],
    ).fetchall()
    if not found:
        return 0, False
    removed = _delete(connection, table, (place for place, *_ in found))
    old = connection.execute(
        "SELECT session_key, session_id FROM kept.session WHERE state = 'closed' "  # noqa: S608 - names are of this module
        f"AND session_key IN (SELECT unnest(?::UBIGINT[])) AND {bound.passed_by('started_received_ms')}",
        [list({key for _, key, *_ in found}), *bound.parameters],
    ).fetchall()
    names = {name for _, _, name, _ in found}
    rest = [(key, name) for key, name in old if name in names]
    first_ms = min(at_ms for *_, at_ms in found)
    stretch = (f"{column} BETWEEN ? AND ?", [first_ms, bound.latest_ms + DAY_MS])
    removed += _delete_of_sessions(connection, table, rest, stretch)
    return removed, len(found) >= limit


def _remove_sessions(connection: duckdb.DuckDBPyConnection, bound: _Bound, limit: int) -> tuple[int, bool]:
    """Remove old session records with their parts; how many, and whether there may be more."""
    if bound.latest_ms <= 0:
        return 0, False
    found = connection.execute(
        "SELECT rowid, session_key, session_id, started_received_ms FROM kept.session "  # noqa: S608 - names are of this module
        f"WHERE {bound.passed_by('started_received_ms')} AND state = 'closed' LIMIT ?",
        [*bound.parameters, limit],
    ).fetchall()
    if not found:
        return 0, False
    removed = _delete(connection, "session", (place for place, *_ in found))
    sessions = [(key, name) for _, key, name, _ in found]
    times = [at_ms for *_, at_ms in found]
    for part in _PARTS:
        _delete_of_sessions(
            connection, part, sessions, ("started_received_ms BETWEEN ? AND ?", [min(times), max(times)])
        )
    return removed, len(found) >= limit


def _delete(connection: duckdb.DuckDBPyConnection, table: str, places: Iterable[int]) -> int:
    connection.execute(
        f"DELETE FROM kept.{table} WHERE rowid IN (SELECT unnest(?::BIGINT[]))",  # noqa: S608 - names are of this module
        [list(places)],
    )
    return _deleted(connection)


def _delete_of_sessions(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    sessions: Sequence[tuple[int, str]],
    stretch: tuple[str, Sequence[int]],
) -> int:
    """Delete what sessions, given by key and id, have in a stretch of a table, given as condition and parameters."""
    if not sessions:
        return 0
    condition, parameters = stretch
    connection.execute(
        f"DELETE FROM kept.{table} WHERE {condition} "  # noqa: S608 - names and conditions are of this module
        "AND session_key IN (SELECT unnest(?::UBIGINT[])) AND session_id IN (SELECT unnest(?::VARCHAR[]))",
        [*parameters, [key for key, _ in sessions], [name for _, name in sessions]],
    )
    return _deleted(connection)


def _deleted(connection: duckdb.DuckDBPyConnection) -> int:
    [(count,)] = connection.fetchall()
    return int(count)
