"""
Outputs as Arrow tables, a table of the store each.

Law: what a player sends never stops a write. A number or a text the database cannot hold becomes NULL, or is mended,
in the column; the JSON beside it (`record`, `xdm`) keeps what was sent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from playhead.events.names import ACTION_OF
from playhead.reporting.outputs import Judged, Row, SessionRecord, Snapshot
from playhead.store import columns
from playhead.store.columns import Field
from playhead.store.keys import short_key
from playhead.store.outcomes import break_values

_ARROW: Mapping[str, Any] = {
    "VARCHAR": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
    "BIGINT": pa.int64(),
    "UBIGINT": pa.uint64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "BLOB": pa.binary(),
}
_INT_MAX = 2**63 - 1

Batch = Any
"""A `pyarrow.Table`, whose package has no types."""


def event_batch(judged: Sequence[Judged], sequence: int) -> Batch:
    """Deliveries as `kept.event`; the first is given the number after `sequence`."""
    deliveries = [one.delivery for one in judged]
    keys = {delivery.session_id: short_key(delivery.session_id) for delivery in deliveries}
    events = [delivery.event for delivery in deliveries]
    return _table(
        ("sequence", "BIGINT", range(sequence + 1, sequence + 1 + len(judged))),
        ("session_key", "UBIGINT", [keys[delivery.session_id] for delivery in deliveries]),
        ("session_id", "VARCHAR", [delivery.session_id for delivery in deliveries]),
        ("datastream_id", "VARCHAR", [delivery.datastream_id for delivery in deliveries]),
        ("received_ms", "BIGINT", [delivery.received_ms for delivery in deliveries]),
        ("action", "VARCHAR", [ACTION_OF[type(event)] for event in events]),
        ("at_ms", "BIGINT", [event.at_ms for event in events]),
        ("playhead_s", "BIGINT", [event.playhead_s for event in events]),
        ("outcome", "VARCHAR", [one.outcome.value for one in judged]),
        ("reason", "VARCHAR", [one.reason for one in judged]),
        ("request_id", "VARCHAR", [delivery.request_id for delivery in deliveries]),
        ("request_index", "BIGINT", [delivery.index for delivery in deliveries]),
        ("client_id", "VARCHAR", [delivery.client_id for delivery in deliveries]),
        ("ecid", "VARCHAR", [delivery.ecid for delivery in deliveries]),
        ("xdm", "BLOB", [delivery.xdm for delivery in deliveries]),
        ("shared_xdm", "BLOB", [delivery.shared_xdm for delivery in deliveries]),
    )


def row_batch(rows: Sequence[Row], sequences: Sequence[int], began: Sequence[tuple[int, str | None]]) -> Batch:
    """Reporting rows as `kept.reported`, each with its number, the arrival of its session's start and its datastream."""
    return _table(
        ("sequence", "BIGINT", sequences),
        ("row_key", "UBIGINT", [short_key(row.row_id) for row in rows]),
        ("row_id", "VARCHAR", [row.row_id for row in rows]),
        ("session_key", "UBIGINT", [short_key(row.session_id) for row in rows]),
        ("session_id", "VARCHAR", [row.session_id for row in rows]),
        ("started_received_ms", "BIGINT", [started_received_ms for started_received_ms, _ in began]),
        ("datastream_id", "VARCHAR", [datastream_id for _, datastream_id in began]),
        ("event_type", "VARCHAR", [row.event_type for row in rows]),
        ("at_ms", "BIGINT", [row.at_ms for row in rows]),
        ("xdm", "VARCHAR", [msgspec.json.encode(row.xdm).decode() for row in rows]),
    )


def session_batch(records: Sequence[SessionRecord]) -> Batch:
    """Session records as `kept.session`."""
    details = [_session_details(record) for record in records]
    return _table(
        *_key_columns(records),
        *((name, kind, [getattr(record, name) for record in records]) for name, kind in columns.RECORD_COLUMNS.items()),
        *((name, kind, _spans(records, name, kind)) for name, kind in columns.SPAN_COLUMNS.items()),
        ("custom_metadata", "MAP", [record.custom_metadata for record in records]),
        *_field_columns(columns.SESSION_FIELDS, details),
        *_field_columns(columns.QUALITY_FIELDS, [record.qoe for record in records]),
        ("record", "VARCHAR", [msgspec.json.encode(record).decode() for record in records]),
    )


def ad_batch(records: Sequence[SessionRecord]) -> Batch:
    """The ad plays of sessions as `kept.ad`."""
    pairs = [(record, ad) for record in records for ad in record.ads]
    return _table(
        *_key_columns([record for record, _ in pairs]),
        *_play_columns([ad for _, ad in pairs]),
        *_field_columns(columns.AD_FIELDS, [ad.get("advertisingDetails", {}) for _, ad in pairs]),
        *_field_columns(columns.POD_FIELDS, [ad.get("advertisingPodDetails", {}) for _, ad in pairs]),
        ("custom_metadata", "MAP", [ad.get("customMetadata") or {} for _, ad in pairs]),
        ("session_last_at_ms", "BIGINT", [record.last_at_ms for record, _ in pairs]),
        ("session_content", "VARCHAR", [record.session_details.get("name") for record, _ in pairs]),
        *_field_columns(columns.BREAK_FIELDS, [one for record in records for one in break_values(record)]),
    )


def chapter_batch(records: Sequence[SessionRecord]) -> Batch:
    """The chapter plays of sessions as `kept.chapter`."""
    pairs = [(record, chapter) for record in records for chapter in record.chapters]
    return _table(
        *_key_columns([record for record, _ in pairs]),
        *_play_columns([chapter for _, chapter in pairs]),
        *_field_columns(columns.CHAPTER_FIELDS, [chapter.get("chapterDetails", {}) for _, chapter in pairs]),
        ("custom_metadata", "MAP", [chapter.get("customMetadata") or {} for _, chapter in pairs]),
    )


def state_batch(records: Sequence[SessionRecord]) -> Batch:
    """The player states of sessions as `kept.player_state`."""
    places = [(record, ordinal, state) for record in records for ordinal, state in enumerate(record.states, 1)]
    return _table(
        *_key_columns([record for record, _, _ in places]),
        ("ordinal", "BIGINT", [ordinal for _, ordinal, _ in places]),
        *_field_columns(columns.STATE_FIELDS, [state for _, _, state in places]),
    )


def snapshot_batch(snapshots: Sequence[Snapshot], sequence: int, form: str) -> Batch:
    """Open sessions as `kept.snapshot`, as they are after the delivery of that number."""
    return _table(
        ("session_id", "VARCHAR", [snapshot.session_id for snapshot in snapshots]),
        ("sequence", "BIGINT", [sequence] * len(snapshots)),
        ("form", "VARCHAR", [form] * len(snapshots)),
        ("wake_ms", "BIGINT", [snapshot.wake_ms for snapshot in snapshots]),
        ("body", "BLOB", [snapshot.body for snapshot in snapshots]),
    )


def key_batch(name: str, keys: Iterable[int]) -> Batch:
    """One column of keys."""
    return _table((name, "UBIGINT", list(keys)))


_Column = tuple[str, str, Iterable[Any]]


def _table(*given: _Column) -> Batch:
    return pa.table([_array(kind, values) for _, kind, values in given], names=[name for name, _, _ in given])


def _key_columns(records: Sequence[SessionRecord]) -> tuple[_Column, ...]:
    return (
        ("session_key", "UBIGINT", [short_key(record.session_id) for record in records]),
        ("session_id", "VARCHAR", [record.session_id for record in records]),
        ("started_received_ms", "BIGINT", [record.started_received_ms for record in records]),
    )


def _play_columns(plays: Sequence[Mapping[str, Any]]) -> tuple[_Column, ...]:
    return (
        ("ordinal", "BIGINT", [play["ordinal"] for play in plays]),
        ("started_at_ms", "BIGINT", [play["startedAtMs"] for play in plays]),
        ("closed_at_ms", "BIGINT", [play.get("closedAtMs") for play in plays]),
    )


def _field_columns(fields: Sequence[Field], details: Sequence[Mapping[str, Any]]) -> Iterable[_Column]:
    return ((name, kind, [one.get(wire) for one in details]) for name, kind, wire in fields)


def _session_details(record: SessionRecord) -> Mapping[str, Any]:
    """With the two flags that rows carry at the start only (metrics.md 2.2); they are true or absent."""
    return {
        **record.session_details,
        "isViewed": record.is_viewed or None,
        "isDownloaded": record.is_downloaded or None,
    }


def _spans(records: Sequence[SessionRecord], name: str, kind: str) -> Any:
    lists = [getattr(record, name) for record in records]
    offsets, end = [0], 0
    for spans in lists:
        end += len(spans)
        offsets.append(end)
    ends = pa.StructArray.from_arrays(
        [
            _array(kind, [span[0] for spans in lists for span in spans]),
            _array(kind, [span[1] for spans in lists for span in spans]),
        ],
        names=["lo", "hi"],
    )
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), ends)


def _array(kind: str, values: Any) -> Any:
    if isinstance(values, pa.Array):
        return values
    if kind == "MAP":
        texts = [[(_text(name), _text(value)) for name, value in one.items()] for one in values]
        return pa.array(texts, pa.map_(pa.string(), pa.string()))
    try:
        return pa.array(values, _ARROW[kind])
    except (pa.ArrowException, OverflowError, UnicodeError, TypeError, ValueError):
        mend = _MEND[kind]
        return pa.array([None if value is None else mend(value) for value in values], _ARROW[kind])


def _text(value: Any) -> str:
    return str(value).encode("utf-8", "replace").decode()


def _texts(value: Any) -> list[str]:
    return [_text(one) for one in value] if isinstance(value, list | tuple) else [_text(value)]


def _int(value: Any) -> int | None:
    if not isinstance(value, int | float) or not -_INT_MAX <= value <= _INT_MAX:
        return None
    return int(value)


def _double(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and -1e308 <= value <= 1e308 else None


_MEND: Mapping[str, Callable[[Any], Any]] = {
    "VARCHAR": _text,
    "VARCHAR[]": _texts,
    "BIGINT": _int,
    "DOUBLE": _double,
    "BOOLEAN": lambda value: value is True,
    "UBIGINT": lambda value: value,
    "BLOB": bytes,
}
