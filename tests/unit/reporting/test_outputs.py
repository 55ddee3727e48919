"""Outputs can be written as JSON."""

import msgspec

from playhead.base.units import DatastreamId, RowId, SessionId
from playhead.reporting.outputs import Row, SessionRecord, SessionState


def test_outputs_survive_json() -> None:
    """What is written is read back equal."""
    record = SessionRecord(
        session_id=SessionId("S"),
        datastream_id=DatastreamId("d"),
        state=SessionState.OPEN,
        started_at_ms=1,
        last_at_ms=2,
        largest_at_ms=3,
        started_received_ms=4,
        last_received_ms=5,
        playhead_changed_ms=6,
        session_details={"ID": "S"},
        viewed_s=[(0.5, 1.0)],
    )
    row = Row(RowId("r"), SessionId("S"), "media.sessionStart", 1, {"_id": "r"})
    assert row == msgspec.json.decode(msgspec.json.encode(row), type=Row)
    again = msgspec.json.decode(msgspec.json.encode(record), type=SessionRecord)
    assert msgspec.json.encode(record) == msgspec.json.encode(again)
