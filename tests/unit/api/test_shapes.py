"""The shapes of answers."""

import msgspec
import pytest

from api_world import START_MS, judged, record, row
from playhead.api.shapes import detail_of, event_of, item_of, row_of
from playhead.events.event import Event
from playhead.events.names import ACTION_OF
from playhead.events.playback import Ping
from playhead.reporting.outputs import Outcome, SessionState


def test_an_item_has_what_a_list_needs() -> None:
    """Numbers come from the close row, times are RFC 3339."""
    expected = {
        "id": "s1",
        "datastream": "web",
        "state": "closed",
        "closeCause": "end",
        "provisional": False,
        "startedAt": "2026-01-01T00:00:00.000Z",
        "lastEventAt": "2026-01-01T00:00:10.000Z",
        "closedAt": "2026-01-01T00:00:10.005Z",
        "person": "p1",
        "content": "film",
        "contentName": "The Film",
        "contentType": "vod",
        "playerName": "player",
        "channel": None,
        "timePlayed": 10,
        "totalTimePlayed": 17,
        "completed": False,
        "adCount": 1,
        "errorCount": 2,
        "stallCount": 1,
        "stallTime": 0,
        "bufferCount": 0,
        "bufferTime": 0,
        "timeToStart": None,
        "droppedBeforeStart": False,
    }
    assert expected == msgspec.to_builtins(item_of(record()))


def test_what_is_absent_is_nought_or_null() -> None:
    """A session that only began has noughts and nulls, not missing members."""
    blank = record(
        state=SessionState.OPEN, close_cause=None, closed_ms=None, person=None, session_details={"name": "film"}, qoe={}
    )
    item = item_of(blank)
    assert (None, None, None, None) == (item.close_cause, item.closed_at, item.person, item.content_name)
    assert (0, 0, 0) == (item.time_played, item.error_count, item.ad_count)


def test_a_detail_has_the_members_of_the_contract() -> None:
    """Everything interfaces.md 4 names is there under its name."""
    detail = msgspec.to_builtins(detail_of(record()))
    named = (
        "id datastream state closeCause provisional startedAt lastEventAt closedAt person identityMap mediaReporting ads"
        " chapters counts"
    )
    assert set(named.split()) <= set(detail)
    assert set(detail["mediaReporting"]) == {"sessionDetails", "qoeDataDetails", "states"}
    assert detail["counts"] == {"accepted": 3, "duplicate": 1, "dropped": 0}
    assert detail["mediaReporting"]["states"] == [{"name": "mute", "isSet": True, "count": 1, "time": 3}]


def test_ads_and_chapters_have_times() -> None:
    """What is kept in ms is told as RFC 3339; an open ad has no end."""
    detail = detail_of(record())
    assert ("2026-01-01T00:00:01.000Z", None) == (detail.ads[0].started_at, detail.ads[0].closed_at)
    assert detail.chapters[0].closed_at == "2026-01-01T00:00:09.000Z"
    assert detail.chapters[0].custom_metadata == {"part": "one"}


@pytest.mark.parametrize(("event", "action"), ACTION_OF.items())
def test_every_event_has_its_name(event: type[Event], action: str) -> None:
    """The event type is the protocol's."""
    assert event_of(judged(event()), START_MS).event_type == f"media.{action}"


def test_an_event_shows_what_was_received() -> None:
    """The xdm is passed on byte by byte, the timestamp is where it is folded."""
    xdm = b'{"eventType":"media.ping","mediaCollection":{"playhead":1.50}}'
    ping = judged(
        Ping(playhead_s=1), xdm=xdm, outcome=Outcome.DROPPED, reason="session_ended", request_id=None, index=2
    )
    body = msgspec.json.encode(event_of(ping, START_MS + 7))
    assert xdm in body
    expected = {
        "eventType": "media.ping",
        "timestamp": "2026-01-01T00:00:00.007Z",
        "arrived": "2026-01-01T00:00:00.000Z",
        "playhead": 1,
        "requestId": None,
        "index": 2,
        "outcome": "dropped",
        "reason": "session_ended",
        "xdm": {"eventType": "media.ping", "mediaCollection": {"playhead": 1.5}},
    }
    assert expected == msgspec.json.decode(body)


def test_an_event_without_xdm_has_null() -> None:
    """A delivery whose bytes were not kept is still an item."""
    assert event_of(judged(Ping(), xdm=b""), START_MS).xdm is None


def test_a_row_is_its_xdm() -> None:
    """Rows are shown as they are written."""
    assert {"xdm": row().xdm} == msgspec.to_builtins(row_of(row()))
