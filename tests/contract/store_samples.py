"""Deliveries, rows and records to fill a store with."""

import json
from typing import Any

from playhead.base.units import DatastreamId, RowId, SessionId
from playhead.events.delivery import Delivery
from playhead.reporting.outputs import Judged, Outcome, Row, SessionRecord, SessionState
from playhead.wire.decode import read_event

NOW_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""


def delivery(session: str = "s1", action: str = "ping", at_s: float = 0, **changes: Any) -> Delivery:
    """An event of a session, `at_s` seconds after NOW_MS on both clocks, as the wire would read it."""
    received_ms = NOW_MS + int(at_s * 1000)
    collection: dict[str, Any] = {"playhead": int(at_s), "sessionID": session}
    if action == "sessionStart":
        collection = {"playhead": 0, "sessionDetails": {"name": "content", "length": 60, "contentType": "vod"}}
    xdm = json.dumps({"eventType": f"media.{action}", "mediaCollection": collection}).encode()
    shared_xdm = changes.pop("shared_xdm", b"")
    reading = read_event(xdm, shared_xdm, received_ms)
    values: dict[str, Any] = {
        "session_id": SessionId(session),
        "received_ms": received_ms,
        "event": reading.event,
        "datastream_id": DatastreamId("ds"),
        "client_id": reading.client_id,
        "xdm": xdm,
        "shared_xdm": shared_xdm,
        **changes,
    }
    return Delivery(**values)


def judged(outcome: Outcome = Outcome.ACCEPTED, reason: str | None = None, **of: Any) -> Judged:
    """A delivery with what became of it; the rest as `delivery`."""
    return Judged(delivery(**of), outcome, reason)


def row(session: str = "s1", name: str = "r1", event_type: str = "media.adStart", **content: Any) -> Row:
    """A reporting row whose id is made of the session and a name."""
    row_id = RowId(f"{session}|{name}")
    return Row(row_id, SessionId(session), event_type, NOW_MS, {"_id": row_id, "eventType": event_type, **content})


def record(session: str = "s1", *, closed: str | None = None, started_s: float = 0, **changes: Any) -> SessionRecord:
    """A session that began `started_s` seconds after NOW_MS; closed with a cause where one is given."""
    started_ms = NOW_MS + int(started_s * 1000)
    values: dict[str, Any] = {
        "session_id": SessionId(session),
        "datastream_id": DatastreamId("ds"),
        "state": SessionState.CLOSED if closed else SessionState.OPEN,
        "close_cause": closed,
        "closed_ms": started_ms + 60_000 if closed else None,
        "started_at_ms": started_ms,
        "last_at_ms": started_ms + 30_000,
        "largest_at_ms": started_ms + 30_000,
        "started_received_ms": started_ms,
        "last_received_ms": started_ms + 30_000,
        "playhead_changed_ms": started_ms + 30_000,
        "person": "p1",
        "session_details": {"ID": session, "name": "content", "length": 60, "timePlayed": 30},
        **changes,
    }
    return SessionRecord(**values)
