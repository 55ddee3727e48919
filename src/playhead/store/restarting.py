"""What a start asks of the tables: a restart takes as long as these. Law: as in `reader`; nothing is held whole in memory."""

from collections.abc import Iterator

import duckdb
import msgspec

from playhead.base.settings import SettingsInForce
from playhead.base.units import DatastreamId
from playhead.events.delivery import Delivery
from playhead.reporting.outputs import ClosedSession, SessionState, Snapshot
from playhead.store.port import SettingsHistory, Standing
from playhead.store.reader import DELIVERY, in_order

BATCH = 2_000
"""Rows read at a time."""

_SETTINGS = msgspec.json.Decoder(SettingsInForce)

_LATEST = "(SELECT max(rowid) FROM kept.snapshot GROUP BY session_id)"
"""Snapshots are only appended: of two of a session the one further behind in the table is the later."""


def read_snapshots(connection: duckdb.DuckDBPyConnection, form: str) -> Iterator[Snapshot]:
    """As `Store.snapshots`."""
    connection.execute(
        f"SELECT session_id, wake_ms, body FROM kept.snapshot WHERE rowid IN {_LATEST} AND form = ? "  # noqa: S608 - a text of this module
        "AND session_id IN (SELECT session_id FROM kept.session WHERE state <> 'closed')",
        [form],
    )
    while batch := connection.fetchmany(BATCH):
        for session_id, wake_ms, body in batch:
            yield Snapshot(session_id, wake_ms, body)


def read_unfinished(connection: duckdb.DuckDBPyConnection, form: str) -> Iterator[Delivery]:
    """
    As `Store.unfinished`.

    Two steps, so that the bodies of other sessions' events are not even decompressed: first the numbers, by key alone,
    then the events, a batch at a time. Sessions with a snapshot and those without are asked for apart: the ones have
    nothing before the earliest snapshot, the others nothing before the earliest start.
    """
    connection.execute(
        "CREATE TEMP TABLE going AS "  # noqa: S608 - a text of this module
        "SELECT session_key, session.session_id, started_received_ms, sequence AS covered FROM kept.session LEFT JOIN "
        f"(SELECT session_id, sequence FROM kept.snapshot WHERE rowid IN {_LATEST} AND form = ?) USING (session_id) "
        "WHERE state <> 'closed'",
        [form],
    )
    numbers = connection.execute(
        "SELECT sequence FROM kept.event JOIN going USING (session_key) WHERE covered IS NULL AND received_ms >= "
        "(SELECT coalesce(min(started_received_ms), 0) FROM going WHERE covered IS NULL) "
        "UNION "
        "SELECT sequence FROM kept.event JOIN going USING (session_key) "
        "WHERE sequence > covered AND sequence > (SELECT min(covered) FROM going) "
        "ORDER BY sequence"
    ).fetchall()
    for first in range(0, len(numbers), BATCH):
        batch = [number for (number,) in numbers[first : first + BATCH]]
        found = connection.execute(
            f"{DELIVERY} JOIN going USING (session_id) WHERE sequence BETWEEN ? AND ? "
            "AND sequence IN (SELECT unnest(?::BIGINT[])) AND sequence > coalesce(covered, 0)",
            [batch[0], batch[-1], batch],
        ).fetchall()
        for judged in in_order(found):
            yield judged.delivery


def read_recent_closed(connection: duckdb.DuckDBPyConnection, since_ms: int) -> Iterator[ClosedSession]:
    """As `Store.recent_closed`."""
    connection.execute(
        "SELECT session_id, datastream_id, close_cause, started_received_ms FROM kept.session "
        "WHERE state = 'closed' AND started_received_ms >= ? ORDER BY started_received_ms, session_id",
        [since_ms],
    )
    while batch := connection.fetchmany(BATCH):
        yield from map(ClosedSession._make, batch)


def read_standings(connection: duckdb.DuckDBPyConnection, since_ms: int) -> Iterator[Standing]:
    """As `Store.standings`."""
    connection.execute(
        "SELECT session_id, datastream_id, state, close_cause, provisional, started_received_ms, last_received_ms, "
        "playhead_changed_ms, largest_at_ms FROM kept.session WHERE closed_ms >= ? "
        "OR (state <> 'closed' AND accepted > 1 AND last_received_ms >= ?) ORDER BY session_id",
        [since_ms, since_ms],
    )
    while batch := connection.fetchmany(BATCH):
        for session_id, datastream_id, state, *rest in batch:
            yield Standing(session_id, datastream_id, SessionState(state), *rest)


def read_settings(connection: duckdb.DuckDBPyConnection) -> SettingsHistory:
    """As `Store.settings`."""
    found = connection.execute(
        "SELECT datastream_id, from_ms, settings FROM kept.setting ORDER BY datastream_id, from_ms"
    ).fetchall()
    history: dict[DatastreamId, list[tuple[int, SettingsInForce]]] = {}
    for datastream_id, from_ms, settings in found:
        history.setdefault(DatastreamId(datastream_id), []).append((from_ms, _SETTINGS.decode(settings)))
    return history
