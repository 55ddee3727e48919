"""Questions the doors and the pipeline ask of the tables. Law: each function is given a connection of its own and changes nothing."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from operator import itemgetter
from typing import Any

import duckdb
import msgspec

from playhead.base.units import DatastreamId, RowId, SessionId
from playhead.events.delivery import Delivery
from playhead.reporting.outputs import Judged, Outcome, Row, SessionRecord
from playhead.reporting.report import Period
from playhead.reporting.segments import Segment
from playhead.store.expressions import Clock, predicate
from playhead.store.keys import short_key
from playhead.store.port import Counts, JournalPosition, Order, Place, Position, SessionSearch
from playhead.store.zones import Zone
from playhead.wire.decode import read_event

_SEQUENCE_MAX = (1 << 63) - 1

_RECORD = msgspec.json.Decoder(SessionRecord)
_XDM = msgspec.json.Decoder(dict[str, Any])

DELIVERY = (
    "SELECT sequence, session_id, received_ms, datastream_id, request_id, request_index, client_id, ecid, xdm, shared_xdm, "
    "outcome, reason FROM kept.event "
)
"""Beginning of a question for deliveries. It is not ordered: the database takes 2 ms to set up a sort of anything."""


def read_position(connection: duckdb.DuckDBPyConnection) -> Position:
    """As `Store.position`."""
    [(now_ms, sequence)] = connection.execute("SELECT now_ms, sequence FROM kept.clock").fetchall()
    journals = connection.execute("SELECT journal, byte_offset, taken, log FROM kept.position").fetchall()
    return Position({name: JournalPosition(*at) for name, *at in journals}, now_ms, sequence)


def read_judged(connection: duckdb.DuckDBPyConnection, session_id: SessionId, until: int | None = None) -> list[Judged]:
    """As `Store.judged`; with `until`, those numbered up to it."""
    key = short_key(session_id)
    found = connection.execute(
        DELIVERY + "WHERE received_ms >= ? AND session_key = ? AND session_id = ? AND sequence <= ?",
        [_since_ms(connection, session_id), key, session_id, _SEQUENCE_MAX if until is None else until],
    ).fetchall()
    return in_order(found)


def read_outcomes(connection: duckdb.DuckDBPyConnection, session_id: SessionId) -> dict[Outcome, int]:
    """As `Store.outcomes`."""
    key = short_key(session_id)
    found = connection.execute(
        "SELECT outcome, count(*) FROM kept.event WHERE received_ms >= ? AND session_key = ? AND session_id = ? GROUP BY ALL",
        [_since_ms(connection, session_id), key, session_id],
    ).fetchall()
    return {Outcome(outcome): count for outcome, count in found}


def read_session(connection: duckdb.DuckDBPyConnection, session_id: SessionId) -> SessionRecord | None:
    """As `Store.session`."""
    found = connection.execute(
        "SELECT record FROM kept.session WHERE session_key = ? AND session_id = ?", [short_key(session_id), session_id]
    ).fetchall()
    return _RECORD.decode(found[0][0]) if found else None


def read_sessions(
    connection: duckdb.DuckDBPyConnection,
    search: SessionSearch,
    before: Place | None,
    limit: int,
    looked_up: AbstractSet[str],
) -> list[SessionRecord]:
    """As `Store.sessions`; `looked_up`: dimensions of which lookups hold values."""
    conditions, parameters = _conditions(search)
    if search.segment is not None:
        conditions.append(_segment(connection, search.segment, search.zone, looked_up))
    keys = [*_WEIGHT.get(search.order, ()), "started_at_ms", "session_id"]
    if before is not None:
        place = [before.weight, before.started_at_ms, before.session_id][-len(keys) :]
        conditions.append(f"({', '.join(keys)}) < ({', '.join('?' * len(place))})")
        parameters += place
    where = " AND ".join(conditions) or "true"
    found = connection.execute(
        f"SELECT record FROM kept.session AS s WHERE {where} "  # noqa: S608 - texts of this module, and segments as in reports
        f"ORDER BY {', '.join(f'{key} DESC' for key in keys)} LIMIT ?",
        [*parameters, limit],
    ).fetchall()
    return [_RECORD.decode(record) for (record,) in found]


def read_rows(connection: duckdb.DuckDBPyConnection, session_id: SessionId) -> list[Row]:
    """As `Store.rows`."""
    found = connection.execute(
        "SELECT row_id, event_type, at_ms, xdm FROM kept.reported WHERE session_key = ? AND session_id = ? "
        "ORDER BY sequence",
        [short_key(session_id), session_id],
    ).fetchall()
    return [
        Row(RowId(row_id), session_id, event_type, at_ms, _XDM.decode(xdm)) for row_id, event_type, at_ms, xdm in found
    ]


def read_counts(connection: duckdb.DuckDBPyConnection) -> Counts:
    """As `Store.counts`."""
    grouped = connection.execute("SELECT state, close_cause, count(*) FROM kept.session GROUP BY ALL").fetchall()
    sessions: dict[str, int] = {}
    for state, _, count in grouped:
        sessions[state] = sessions.get(state, 0) + count
    events = connection.execute("SELECT outcome, reason, count(*) FROM kept.event GROUP BY ALL").fetchall()
    [(rows,)] = connection.execute("SELECT count(*) FROM kept.reported").fetchall()
    refusals = connection.execute("SELECT reason, sum(refusals)::BIGINT FROM refusals GROUP BY ALL").fetchall()
    return Counts(
        sessions=sessions,
        closes={str(cause): count for state, cause, count in grouped if state == "closed"},
        events={(outcome, reason or ""): count for outcome, reason, count in events},
        rows=rows,
        refusals=dict(refusals),
    )


_WEIGHT: Mapping[Order, Sequence[str]] = {
    Order.WAITING: ["coalesce(time_to_start, 0) + coalesce(buffer_time, 0) + coalesce(stall_time, 0)"],
    Order.ERRORS: ["coalesce(error_count, 0)"],
}
_EXACT = (
    ("datastream", "datastream_id = ?"),
    ("content", "content = ?"),
    ("player", "player_name = ?"),
    ("channel", "channel = ?"),
    ("from_ms", "started_at_ms >= ?"),
    ("until_ms", "started_at_ms < ?"),
    ("state", "state = ?"),
    ("close_cause", "(state <> 'closed' OR close_cause = ?)"),
)
_ANY = (
    ("has_errors", "coalesce(error_count, 0) > 0"),
    ("has_stalls", "coalesce(stall_count, 0) > 0"),
    ("has_buffering", "coalesce(buffer_count, 0) > 0"),
    ("has_ads", "coalesce(ad_count, 0) > 0"),
    ("has_warnings", "duplicate + dropped > 0"),
)


def _conditions(search: SessionSearch) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    parameters: list[object] = []
    for member, condition in _EXACT:
        if (wanted := getattr(search, member)) is not None:
            conditions.append(condition)
            parameters.append(wanted)
    if search.person is not None:
        conditions.append("(person = ? OR ecid = ?)")
        parameters += [search.person, search.person]
    if search.closed_only:
        conditions.append("state = 'closed'")
    for member, condition in _ANY:
        if (wanted := getattr(search, member)) is not None:
            conditions.append(f"(state <> 'closed' OR ({condition}) = ?)")
            parameters.append(wanted)
    return conditions, parameters


def _segment(connection: duckdb.DuckDBPyConnection, segment: Segment, zone: str, looked_up: AbstractSet[str]) -> str:
    """Whether a session is in a segment; hours and days are those of the zone, wherever in time a session closed."""
    [(first_ms, last_ms)] = connection.execute(
        "SELECT coalesce(min(last_at_ms), 0), coalesce(max(last_at_ms), 0) FROM kept.session"
    ).fetchall()
    time = Clock("s.last_at_ms", Zone(zone).offsets(Period(first_ms, last_ms + 1)))
    return predicate(segment, time, looked_up)


def in_order(found: Sequence[Sequence[Any]]) -> list[Judged]:
    """Deliveries with what became of them, in order of arrival, from rows that `DELIVERY` asked for."""
    return [judged_of(values) for values in sorted(found, key=itemgetter(0))]


def judged_of(values: Sequence[Any]) -> Judged:
    """One of them."""
    _, session_id, received_ms, datastream_id, request_id, index, client_id, ecid, xdm, shared_xdm, outcome, reason = (
        values
    )
    reading = read_event(xdm, shared_xdm, received_ms)
    delivery = Delivery(
        session_id=SessionId(session_id),
        received_ms=received_ms,
        event=reading.event,
        datastream_id=DatastreamId(datastream_id),
        request_id=request_id,
        index=index,
        client_id=client_id,
        ecid=ecid,
        xdm=xdm,
        shared_xdm=shared_xdm,
    )
    return Judged(delivery, Outcome(outcome), reason)


def _since_ms(connection: duckdb.DuckDBPyConnection, session_id: SessionId) -> int:
    """Arrival of a session's start, Unix ms: what came earlier need not be looked at; 0 where it is not known."""
    [(since_ms,)] = connection.execute(
        "SELECT coalesce(min(started_received_ms), 0) FROM kept.session WHERE session_key = ? AND session_id = ?",
        [short_key(session_id), session_id],
    ).fetchall()
    return int(since_ms)
