"""
One commit as statements of one transaction.

Law: the caller begins and ends the transaction; here nothing is kept between two commits, so that a failed one leaves
no trace. Every statement works on a whole batch.
"""

from collections.abc import Iterable, Sequence

import duckdb
import msgspec

from playhead.base.settings import SettingsInForce
from playhead.base.units import RowId, SessionId
from playhead.reporting.outputs import Judged, Retraction, Row, SessionRecord, SessionState
from playhead.store.balance import add_balance
from playhead.store.keys import PERSON_KEY, short_key
from playhead.store.neighbours import find_neighbours
from playhead.store.port import Commit

SUPERSEDED_MIN = 1_000
"""Superseded snapshots that are left, however few sessions are open."""

_INCOMING = "incoming"
"""Name under which a batch is lent to the database for one statement."""


def write(connection: duckdb.DuckDBPyConnection, commit: Commit) -> None:
    """
    Write a commit inside the transaction that is open.

    Raises:
        duckdb.Error: As the database says; the caller rolls back.
    """
    [(sequence, row_sequence, going)] = connection.execute(
        "SELECT sequence, row_sequence, open_sessions FROM kept.clock"
    ).fetchall()
    if commit.outputs:
        judged = [output for output in commit.outputs if isinstance(output, Judged)]
        records = {output.session_id: output for output in commit.outputs if isinstance(output, SessionRecord)}
        _write_events(connection, judged, sequence)
        sequence += len(judged)
        row_sequence = _write_rows(connection, commit, records, row_sequence)
        going += _write_sessions(connection, list(records.values()))
    connection.execute(
        "UPDATE kept.clock SET now_ms = greatest(now_ms, ?), sequence = ?, row_sequence = ?, open_sessions = ?",
        [commit.now_ms, sequence, row_sequence, going],
    )
    _write_snapshots(connection, commit, sequence)
    _remove_superseded(connection, going)
    for datastream_id, history in commit.settings.items():
        for from_ms, settings in history:
            connection.execute(
                "INSERT INTO kept.setting VALUES (?, ?, ?)",
                [datastream_id, from_ms, _settings_text(settings)],
            )
    for journal, at in commit.positions.items():
        connection.execute(
            "INSERT OR REPLACE INTO kept.position VALUES (?, ?, ?, ?)", [journal, at.offset, at.taken, at.log]
        )
    add_balance(connection, commit.balance)


def _settings_text(settings: SettingsInForce) -> str:
    """JSON in which equal settings are equal texts: 600 seconds and 600.0 are."""
    alike = msgspec.json.decode(msgspec.json.encode(settings), type=SettingsInForce)
    return msgspec.json.encode(alike).decode()


def _write_events(connection: duckdb.DuckDBPyConnection, judged: Sequence[Judged], sequence: int) -> None:
    if judged:
        from playhead.store import batches  # noqa: PLC0415 - Arrow costs 25 MB, which an idle server need not pay

        connection.register(_INCOMING, batches.event_batch(judged, sequence))
        connection.execute("INSERT INTO kept.event BY NAME SELECT * FROM incoming")
        connection.unregister(_INCOMING)


def _write_rows(
    connection: duckdb.DuckDBPyConnection, commit: Commit, records: dict[SessionId, SessionRecord], sequence: int
) -> int:
    """Write the last of each row, in place of an earlier one; return the last sequence number given."""
    rows, sessions, anew = _last_rows(commit)
    if not sessions:
        return sequence
    from playhead.store import batches  # noqa: PLC0415 - see above

    began = _begins(connection, sessions, records)
    touched = {row_id: short_key(row_id) for row_id in (*rows, *anew)}
    connection.register(_INCOMING, batches.key_batch("row_key", touched.values()))
    earlier = connection.execute(
        "SELECT row_id, sequence FROM kept.reported "
        "WHERE started_received_ms >= ? AND row_key IN (SELECT row_key FROM incoming)",
        [min(started_received_ms for started_received_ms, _ in began.values())],
    ).fetchall()
    connection.unregister(_INCOMING)
    replaced: dict[RowId, int] = {row_id: number for row_id, number in earlier if row_id in touched}
    if replaced:
        connection.execute(
            "DELETE FROM kept.reported WHERE sequence IN (SELECT unnest(?::BIGINT[]))", [list(replaced.values())]
        )
    numbers = []
    for row_id in rows:
        if row_id in replaced and row_id not in anew:
            numbers.append(replaced[row_id])
        else:
            sequence += 1
            numbers.append(sequence)
    if rows:
        written = list(rows.values())
        connection.register(_INCOMING, batches.row_batch(written, numbers, [began[row.session_id] for row in written]))
        connection.execute("INSERT INTO kept.reported BY NAME SELECT * FROM incoming")
        connection.unregister(_INCOMING)
    return sequence


def _write_snapshots(connection: duckdb.DuckDBPyConnection, commit: Commit, sequence: int) -> None:
    if commit.snapshots:
        from playhead.store import batches  # noqa: PLC0415 - see above

        connection.register(_INCOMING, batches.snapshot_batch(commit.snapshots, sequence, commit.snapshot_form))
        connection.execute("INSERT INTO kept.snapshot BY NAME SELECT * FROM incoming")
        connection.unregister(_INCOMING)


def _remove_superseded(connection: duckdb.DuckDBPyConnection, going: int) -> None:
    """
    Remove what no restart will ask for: snapshots of closed sessions, and all but the latest of each other session.

    Only once they are more than twice the sessions that are not closed, so that a snapshot is moved about once; and
    when all are closed.
    """
    [(held,)] = connection.execute("SELECT count(*) FROM kept.snapshot").fetchall()
    if not held or (going and held <= 2 * going + SUPERSEDED_MIN):
        return
    if not going:
        connection.execute("DELETE FROM kept.snapshot")
        return
    connection.execute(
        "DELETE FROM kept.snapshot WHERE rowid NOT IN (SELECT max(rowid) FROM kept.snapshot WHERE session_id IN "
        "(SELECT session_id FROM kept.session WHERE state <> 'closed') GROUP BY session_id)"
    )


def _last_rows(commit: Commit) -> tuple[dict[RowId, Row], set[SessionId], set[RowId]]:
    """What holds of the rows of a commit, the sessions they are of, and the ids that were retracted on the way."""
    rows: dict[RowId, Row] = {}
    sessions: set[SessionId] = set()
    retracted: set[RowId] = set()
    for output in commit.outputs:
        if isinstance(output, Row):
            rows[output.row_id] = output
            sessions.add(output.session_id)
        elif isinstance(output, Retraction):
            rows.pop(output.row_id, None)
            retracted.add(output.row_id)
            sessions.add(output.session_id)
    return rows, sessions, retracted


def _begins(
    connection: duckdb.DuckDBPyConnection, sessions: Iterable[SessionId], records: dict[SessionId, SessionRecord]
) -> dict[SessionId, tuple[int, str | None]]:
    """
    Arrival of each session's start, Unix ms, and its datastream.

    From the commit, else from the sessions that are open, else from any; 0 and None where unknown.
    """
    began: dict[SessionId, tuple[int, str | None]] = {}
    for session_id in sessions:
        if (record := records.get(session_id)) is not None:
            began[session_id] = (record.started_received_ms, record.datastream_id)
    for condition in ("state <> 'closed'", "true"):
        missing = {short_key(session_id): session_id for session_id in sessions if session_id not in began}
        if missing:
            found = connection.execute(
                "SELECT session_id, started_received_ms, datastream_id FROM kept.session "  # noqa: S608 - one of the two texts above
                f"WHERE {condition} AND session_key IN (SELECT unnest(?::UBIGINT[]))",
                [list(missing)],
            ).fetchall()
            began.update((name, (at_ms, of)) for name, at_ms, of in found if name in missing.values())
    return {session_id: began.get(session_id, (0, None)) for session_id in sessions}


def _write_sessions(connection: duckdb.DuckDBPyConnection, records: Sequence[SessionRecord]) -> int:
    """Write records in place of the earlier ones; return by how many there are more sessions that are not closed."""
    if not records:
        return 0
    from playhead.store import batches  # noqa: PLC0415 - see above

    closed = [record for record in records if record.state is SessionState.CLOSED]
    were_open = _delete_sessions(connection, {record.session_id: record for record in records})
    connection.register(_INCOMING, batches.session_batch(records))
    near = find_neighbours(connection, closed)
    connection.execute(
        f"INSERT INTO kept.session BY NAME SELECT incoming.*, {PERSON_KEY} AS person_key, near_ms FROM incoming "  # noqa: S608 - ours
        "LEFT JOIN (SELECT unnest(?::VARCHAR[]) AS session_id, unnest(?::BIGINT[]) AS near_ms) USING (session_id)",
        [list(near), list(near.values())],
    )
    connection.unregister(_INCOMING)
    for table, batch in (
        ("ad", batches.ad_batch(closed)),
        ("chapter", batches.chapter_batch(closed)),
        ("player_state", batches.state_batch(closed)),
    ):
        if batch.num_rows:
            connection.register(_INCOMING, batch)
            connection.execute(f"INSERT INTO kept.{table} BY NAME SELECT * FROM incoming")  # noqa: S608 - named above
            connection.unregister(_INCOMING)
    return len(records) - len(closed) - were_open


def _delete_sessions(connection: duckdb.DuckDBPyConnection, records: dict[SessionId, SessionRecord]) -> int:
    """
    Delete the earlier records of sessions, and the parts of those that were closed; how many of them were not.

    Found first, deleted after: a DELETE that joins or returns reads all hundred columns (decision 0050).
    """
    earlier = connection.execute(
        "SELECT rowid, session_id, state FROM kept.session "
        "WHERE started_received_ms >= ? AND session_key IN (SELECT unnest(?::UBIGINT[]))",
        [min(record.started_received_ms for record in records.values()), [short_key(name) for name in records]],
    ).fetchall()
    mine = [(row, name, state) for row, name, state in earlier if name in records]
    if mine:
        connection.execute(
            "DELETE FROM kept.session WHERE rowid IN (SELECT unnest(?::BIGINT[]))", [[row for row, _, _ in mine]]
        )
    again = [records[name] for _, name, state in mine if state == SessionState.CLOSED.value]
    if again:
        _delete_parts(connection, again)
    return len(mine) - len(again)


def _delete_parts(connection: duckdb.DuckDBPyConnection, records: Sequence[SessionRecord]) -> None:
    keys = [short_key(record.session_id) for record in records]
    since_ms = min(record.started_received_ms for record in records)
    for table in ("ad", "chapter", "player_state"):
        connection.execute(
            f"DELETE FROM kept.{table} WHERE started_received_ms >= ? "  # noqa: S608 - named above
            "AND session_key IN (SELECT unnest(?::UBIGINT[]))",
            [since_ms, keys],
        )
