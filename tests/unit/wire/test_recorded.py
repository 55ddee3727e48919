"""Lines of recorded events."""

import json
from typing import Any

import msgspec
import pytest

from playhead.events.playback import Ping
from playhead.events.session import SessionStart
from playhead.wire.recorded import encode_recorded, recorded
from wire_samples import AT_MS, RECEIVED_MS, SESSION_ID, download_of, xdm_of

ARRIVED = "2026-01-01T02:00:15.120Z"


def line(xdm: object, **members: Any) -> bytes:
    """A line; members given as None are left out."""
    fields = {"arrived": ARRIVED, "sessionId": "S1", "xdm": xdm, **members}
    return json.dumps({name: value for name, value in fields.items() if value is not None}).encode()


def test_a_line_is_a_delivery() -> None:
    """All members of interfaces.md 3."""
    sent = {**xdm_of("ping"), "_id": "A-1"}
    delivery = recorded(line(sent, datastream="d", requestId="r", index=2, ecid="e", shared={"a": 1}))
    assert (delivery.session_id, delivery.datastream_id, delivery.request_id, delivery.index) == ("S1", "d", "r", 2)
    assert (delivery.received_ms, delivery.ecid, delivery.client_id) == (RECEIVED_MS, "e", "A-1")
    assert delivery.event == Ping(AT_MS, 12)
    assert json.loads(delivery.media_collection) == sent["mediaCollection"]
    assert (json.loads(delivery.xdm), delivery.shared_xdm) == (sent, b'{"a": 1}')


def test_little_is_required() -> None:
    """Timestamp and playhead may be missing, as may all but arrived, sessionId and xdm."""
    delivery = recorded(line({"eventType": "media.ping"}, shared=None))
    assert delivery.event == Ping(None, None)
    assert (delivery.datastream_id, delivery.request_id, delivery.index, delivery.ecid) == ("", None, 0, None)


def test_session_ids_are_compared_in_lower_case() -> None:
    """Of 64 characters, as on the wire; any other text is kept."""
    assert recorded(line(xdm_of("ping"), sessionId=SESSION_ID.upper())).session_id == SESSION_ID
    assert recorded(line(xdm_of("ping"), sessionId="My Session")).session_id == "My Session"


@pytest.mark.parametrize("xdm", [xdm_of("sessionStart"), download_of("sessionStart")])
def test_a_start_without_a_session_id_gets_one(xdm: dict[str, Any]) -> None:
    """The same for the same request, another for another; 64 hex digits."""
    made = recorded(line(xdm, sessionId=None, requestId="r")).session_id
    assert len(bytes.fromhex(made)) == 32
    later = "2026-01-01T02:00:17Z"
    assert made == recorded(line(xdm, sessionId=None, requestId="r", arrived=later)).session_id
    others = [
        line(xdm, sessionId=None, requestId="r", index=1),
        line(xdm, sessionId=None, requestId="r2"),
        line(xdm, sessionId=None, requestId="r", datastream="d"),
        line(xdm, sessionId=None),
        line(xdm, sessionId=None, arrived=later),
        line({**xdm, "_id": "A-1"}, sessionId=None, requestId="r"),
    ]
    assert len({made, *(recorded(other).session_id for other in others)}) == 7


def test_a_repeated_start_is_the_same_session() -> None:
    """The same `_id` in the same datastream, whatever the request id (metrics.md 4.3)."""
    xdm = {**xdm_of("sessionStart"), "_id": "A-1"}
    first, second = (recorded(line(xdm, sessionId=None, requestId=text)) for text in ("r1", "r2"))
    assert isinstance(first.event, SessionStart)
    assert first.session_id == second.session_id


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "the line is not JSON"),
        (b"{", "the line is not JSON"),
        (b"\xff", "the line is not UTF-8"),
        (b"[]", "the line is no object"),
        (b"[" * 1000, "the line is not JSON: nested too deeply"),
        (b'{"xdm":{}}', "arrived is missing"),
        (line(xdm_of("ping"), arrived=5), "arrived is no text"),
        (line(xdm_of("ping"), arrived="now"), "arrived is no ISO 8601 date and time with an offset"),
        (line(xdm_of("ping"), arrived="YYYY-01-01T00:00:00Z"), "arrived is no ISO 8601"),
        (line(None), "xdm is missing"),
        (line([]), "xdm is no object"),
        (line({}), r"xdm\.eventType is missing"),
        (line({"eventType": "media.x"}), r"xdm\.eventType 'media\.x' is no media event"),
        (line({"eventType": "media.downloaded"}), r"xdm\.mediaDownloadedEvents has no media\.sessionStart"),
        (line(xdm_of("ping"), shared=5), "shared is no object"),
        (line(xdm_of("ping"), sessionId=None), "sessionId is missing"),
        (line(xdm_of("ping"), sessionId=5), "sessionId is no text"),
        (line(xdm_of("ping"), index=-1), "index is no whole number >= 0"),
        (line(xdm_of("ping"), index="1"), "index is no whole number >= 0"),
        (line(xdm_of("ping"), ecid=5), "ecid is no text"),
    ],
)
def test_a_line_that_cannot_be_read_says_why(text: bytes, reason: str) -> None:
    """The reason names the member."""
    with pytest.raises(ValueError, match=reason):
        recorded(text)


def test_what_is_written_reads_back() -> None:
    """Also when the player pretty-printed its xdm: a record is one line."""
    delivery = recorded(
        line(xdm_of("sessionStart"), datastream="d", requestId="r", index=2, ecid="e", shared={"a": [1]})
    )
    pretty = msgspec.structs.replace(delivery, xdm=json.dumps(json.loads(delivery.xdm), indent=2).encode())
    written = encode_recorded(pretty)
    assert b"\n" not in written
    back = recorded(written)
    assert (json.loads(back.xdm), json.loads(back.shared_xdm)) == (json.loads(delivery.xdm), {"a": [1]})
    slices = {"xdm": b"", "shared_xdm": b""}
    assert msgspec.structs.replace(delivery, **slices) == msgspec.structs.replace(back, **slices)
    assert b"shared" not in encode_recorded(recorded(line(xdm_of("ping"))))
