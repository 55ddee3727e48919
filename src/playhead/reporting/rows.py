"""Reporting rows: the shape of metrics.md 3.2 around the fields of its section 2."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from playhead.base.units import RowId, SessionId
from playhead.reporting import fields
from playhead.reporting.identities import identity_map
from playhead.reporting.outputs import Row, SessionRecord
from playhead.sessions.facts import AdClosed, AdStarted, ChapterClosed, Fact, FactKey
from playhead.sessions.session import Session

SESSION_START: Final = "media.sessionStart"
SESSION_COMPLETE: Final = "media.sessionComplete"
EVENT_TYPE_OF: Final[Mapping[type[Fact], str]] = {
    AdStarted: "media.adStart",
    AdClosed: "media.adComplete",
    ChapterClosed: "media.chapterComplete",
}

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def row_id(session_id: SessionId, event_type: str, ordinal: int) -> RowId:
    """The `_id` of a row; `ordinal` 0 for the two rows there is one of a session."""
    return RowId(hashlib.sha256(f"{session_id}|{event_type}|{ordinal}".encode(errors="surrogatepass")).hexdigest())


def row_id_of(session_id: SessionId, key: FactKey) -> RowId:
    """The `_id` of the row that a fact makes."""
    return row_id(session_id, EVENT_TYPE_OF[key[0]], key[1])


def rfc3339(at_ms: int) -> str:
    """A time in UTC with three decimals."""
    moment = _EPOCH + timedelta(milliseconds=at_ms)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z" if moment.year >= 1000 else _early(moment, at_ms)


def start_row(session: Session) -> Row:
    """The sessionStart row."""
    start = session.start
    details = fields.static_details(session.session_id, start)
    details.update(fields.start_details(start, downloaded=session.downloaded))
    media: dict[str, Any] = {"sessionDetails": details}
    if session.downloaded and start.playhead_s is not None:
        media["playhead"] = start.playhead_s
    return _row(session, (SESSION_START, 0), session.started_at_ms, media)


def fact_row(session: Session, fact: Fact) -> Row:
    """The row of an ad or a chapter."""
    start = session.start
    details = fields.static_details(session.session_id, start)
    details["pev3"] = fields.pev3(start, ad=not isinstance(fact, ChapterClosed))
    details["pccr"] = True
    media: dict[str, Any] = {"sessionDetails": details}
    match fact:
        case AdStarted():
            media["advertisingDetails"] = fields.ad_start_details(fact.details)
            media["advertisingPodDetails"] = fields.pod_details(fact.pod, start.name)
        case AdClosed():
            media["advertisingDetails"] = fields.ad_close_details(fact.details, fact.played_s, completed=fact.completed)
            media["advertisingPodDetails"] = fields.pod_details(fact.pod, start.name)
        case ChapterClosed():
            media["chapterDetails"] = fields.chapter_details(
                fact.details, start.name, fact.played_s, completed=fact.completed
            )
    name = (EVENT_TYPE_OF[type(fact)], fact.ordinal)
    return _row(session, name, fact.at_ms, media, metadata=fact.metadata)


def close_row(session: Session, record: SessionRecord) -> Row:
    """The sessionComplete row of a closed session."""
    media: dict[str, Any] = {"sessionDetails": record.session_details}
    if record.qoe:
        media["qoeDataDetails"] = record.qoe
    if record.states:
        media["states"] = record.states
    return _row(session, (SESSION_COMPLETE, 0), record.last_at_ms, media)


def _row(
    session: Session,
    name: tuple[str, int],
    at_ms: int,
    media: dict[str, Any],
    *,
    metadata: Iterable[tuple[str, str]] = (),
) -> Row:
    start = session.start
    event_type, ordinal = name
    identifier = row_id(session.session_id, event_type, ordinal)
    xdm: dict[str, Any] = {
        "_id": identifier,
        "eventType": event_type,
        "timestamp": rfc3339(at_ms),
        "mediaReporting": media,
    }
    identities = identity_map(start.identity_map, session.ecid)
    if identities:
        xdm["identityMap"] = identities
    own = {"environment": "server", "name": "playhead", "version": session.rules.server_version}
    xdm["implementationDetails"] = own if start.implementation_details is None else start.implementation_details
    if start.environment is not None:
        xdm["environment"] = start.environment
    add_metadata(xdm, {**dict(start.metadata), **dict(metadata)})
    return Row(identifier, session.session_id, event_type, at_ms, xdm)


def add_metadata(xdm: dict[str, Any], metadata: Mapping[str, str]) -> None:
    """
    Write custom metadata: `_tenant.path` at that path of `xdm`, other names to `customMetadata`.

    A path on which something else stands already goes to `customMetadata` too (decision 0012).
    """
    plain: list[dict[str, str]] = []
    for name, value in metadata.items():
        if not _write_at_path(xdm, name, value):
            plain.append({"name": name, "value": value})
    if plain:
        xdm["mediaReporting"]["customMetadata"] = plain


def _write_at_path(xdm: dict[str, Any], name: str, value: str) -> bool:
    parts = name.split(".")
    if len(parts) < 2 or not all(parts) or not parts[0].startswith("_") or parts[0] == "_":
        return False
    place: Any = xdm
    for part in parts[:-1]:
        if not isinstance(place, dict) or (part in place and not isinstance(place[part], dict)):
            return False
        place = place.get(part, {})
    if parts[-1] in place:
        return False
    place = xdm
    for part in parts[:-1]:
        place = place.setdefault(part, {})
    place[parts[-1]] = value
    return True


def _early(moment: datetime, at_ms: int) -> str:
    """Years before 1000, which strftime does not pad."""
    return f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"
