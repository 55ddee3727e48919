"""Records to deliveries: what was accepted, in the domain's words."""

import json
from typing import Any

import pytest

from playhead.base.units import DatastreamId, SessionId
from playhead.events.ads import AdBreakStart, AdStart
from playhead.events.chapters import ChapterStart
from playhead.events.delivery import Delivery
from playhead.events.event import Event, Quality
from playhead.events.names import ACTION_OF
from playhead.events.playback import BufferStart, Ping, Play
from playhead.events.quality import PlaybackError
from playhead.events.session import Downloaded, SessionComplete, SessionStart
from playhead.events.states import StatesUpdate
from playhead.wire import values
from playhead.wire.decode import (
    WireError,
    decode_event,
    deliveries,
    identity_map_of,
    media_events,
    merged_identities,
    read_event,
    read_record,
)
from playhead.wire.record import RECORD_VERSION, Minted, Record
from wire_samples import AT_MS, RECEIVED_MS, SESSION_DETAILS, SESSION_ID, TIMESTAMP, body_of, download_of, xdm_of


def record(body: bytes, route: str = "va/v1/ping", **more: Any) -> Record:
    """A record of an accepted request."""
    return Record(RECORD_VERSION, RECEIVED_MS, route, "ee", "d-1", "r-1", body, **more)


def read(xdm: dict[str, Any], shared: dict[str, Any] | None = None) -> Event:
    """The event of an xdm."""
    return decode_event(json.dumps(xdm).encode(), json.dumps(shared).encode() if shared else b"", RECEIVED_MS)


def start(sent: dict[str, Any], **details: Any) -> SessionStart:
    """The start of an xdm, with further session details."""
    sent["mediaCollection"]["sessionDetails"].update(details)
    event = read(sent)
    assert isinstance(event, SessionStart)
    return event


def test_a_ping_becomes_a_delivery() -> None:
    """Everything a delivery has, the JSON as it was received."""
    xdm = {**xdm_of("ping", sessionID=SESSION_ID.upper(), qoeDataDetails={"bitrate": 800}), "_id": "A-1"}
    expected = Delivery(
        session_id=SessionId(SESSION_ID),
        received_ms=RECEIVED_MS,
        event=Ping(AT_MS, 12, Quality(bitrate_kbps=800)),
        datastream_id=DatastreamId("d-1"),
        request_id="r-1",
        index=0,
        client_id="A-1",
        ecid=None,
        xdm=json.dumps(xdm).encode(),
        shared_xdm=b'{"a": 1}',
    )
    assert [expected] == deliveries(record(body_of(xdm, xdm={"a": 1})))


@pytest.mark.parametrize(("kind", "action"), ACTION_OF.items())
def test_every_action_has_its_class(kind: type[Event], action: str) -> None:
    """All 19, however the type is spelled."""
    xdm = xdm_of(action)
    assert kind is type(read(xdm))
    assert read(xdm) == read({**xdm, "eventType": xdm["eventType"].upper()})


def test_a_start_gets_what_the_door_gave() -> None:
    """Session id and visitor come from the record; a session id in the body is ignored."""
    body = body_of(xdm_of("sessionStart", sessionID="x"), download_of("sessionStart"))
    given = (Minted(0, "s-0", "e-0"), Minted(1, "s-1", ""))
    first, second = deliveries(record(body, "va/v1/sessionStart", minted=given))
    assert (first.session_id, first.ecid, first.index) == ("s-0", "e-0", 0)
    assert (second.session_id, second.ecid, second.index) == ("s-1", None, 1)
    assert json.loads(second.media_collection)[0]["mediaEventType"] == "media.sessionStart"


def test_a_start_that_was_given_nothing_is_left_out() -> None:
    """Without an id there is no session to deliver it to."""
    assert deliveries(record(body_of(xdm_of("sessionStart")), "va/v1/sessionStart")) == []


def test_refused_events_of_a_request_are_left_out() -> None:
    """Indexes are those of the request."""
    body = body_of(xdm_of("ping"), xdm_of("play"), xdm_of("bufferStart"))
    taken = deliveries(record(body, "v1/interact", skipped=(1,)))
    assert [(d.index, type(d.event)) for d in taken] == [(0, Ping), (2, BufferStart)]


@pytest.mark.parametrize("route", ["v1/interact", "v1/collect", "v2/interact", "v2/collect"])
def test_only_media_events_of_the_gateway_are_deliveries(route: str) -> None:
    """Everything else the gateway took is passed over."""
    events: list[Any] = [{"query": {}}, None, 1, {"xdm": {"eventType": "web.x"}}, {"xdm": []}, {"xdm": xdm_of("play")}]
    taken = deliveries(record(json.dumps({"events": events}).encode(), route))
    assert [(5, Play(AT_MS, 12))] == [(d.index, d.event) for d in taken]


def test_version_two_has_one_event() -> None:
    """`event` instead of `events`."""
    body = json.dumps({"event": {"xdm": xdm_of("play")}, "events": 1}).encode()
    assert [Play(AT_MS, 12)] == [d.event for d in deliveries(record(body, "v2/interact"))]


def test_how_many_events_a_record_had() -> None:
    """The door's number, else all items on media routes, else those that are told apart: taken and skipped ones."""
    ping, other = xdm_of("ping"), {"eventType": "web.pageViews"}
    taken, seen = read_record(record(body_of(ping, other, ping), skipped=(2,)))
    assert (1, 3) == (len(taken), seen)
    taken, seen = read_record(record(body_of(ping, other, ping), route="v1/interact", skipped=(2,)))
    assert (1, 2) == (len(taken), seen)
    taken, seen = read_record(record(body_of(ping), media_events=7))
    assert (1, 7) == (len(taken), seen)


@pytest.mark.parametrize(
    ("route", "body", "count"),
    [
        ("va/v1/ping", b'{"events": [{}, 1, {"xdm": {"eventType": "web.x"}}]}', 3),
        ("va/v1/ping", b'{"events": 5}', 0),
        ("va/v1/ping", b"{", 0),
        ("va/v1/ping", b"", 0),
        ("v1/interact", b'{"events": [{}, 1, {"xdm": {"eventType": "web.x"}}, {"xdm": {"eventType": "Media.x"}}]}', 1),
        (
            "v1/interact",
            b'{"events": [{"xdm": {"eventType": 1}}, {"xdm": []}, {"xdm": {"eventType": "media.play"}}]}',
            1,
        ),
        ("v2/interact", b'{"event": {"xdm": {"eventType": "media.play"}}, "events": [1]}', 1),
        ("v2/interact", b'{"events": [{"xdm": {"eventType": "media.play"}}]}', 1),
        ("v1/interact", b'{"events":[{"xdm":' + b"[" * 50_000 + b"]" * 50_000 + b"}]}", 0),
        ("va/v1/ping", b"[" * 100_000, 0),
    ],
)
def test_media_events_of_any_body(route: str, body: bytes, count: int) -> None:
    """On media routes each item is one, elsewhere those that say so; nothing a stranger sends raises."""
    assert count == media_events(route, body)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"events":1}', b'{"event":{}}'])
def test_a_body_without_events_has_none(body: bytes) -> None:
    """Whatever the record holds, decoding does not raise."""
    assert deliveries(record(body)) == []
    assert deliveries(record(body, "v2/collect")) == []


@pytest.mark.parametrize(
    ("sent", "playhead_s"),
    [(12, 12), (12.9, 12), (12.0, 12), (0, 0), (1e300, values.NUMBER_MAX), (10**30, values.NUMBER_MAX), (None, None), ("1", None)],
)  # fmt: skip
def test_a_playhead_is_whole_seconds(sent: object, playhead_s: int | None) -> None:
    """Rounded down and within 64 bits; None where there is none to read."""
    event = read(xdm_of("ping", playhead=sent))
    assert playhead_s == event.playhead_s
    assert type(playhead_s) is type(event.playhead_s)


@pytest.mark.parametrize("sent", [None, 5, "soon"])
def test_a_timestamp_that_cannot_be_read_is_none(sent: object) -> None:
    """The arrival stands in for it later (metrics.md 1.1)."""
    assert read({**xdm_of("ping"), "timestamp": sent}).at_ms is None


@pytest.mark.parametrize(
    ("sent", "quality"),
    [
        (None, None),
        ({}, None),
        ({"bitrate": None, "x": 1}, None),
        ({"bitrate": 0}, Quality(bitrate_kbps=0)),
        ({"droppedFrames": 3, "framesPerSecond": 25.5, "timeToStart": 1499}, Quality(None, 3, 25.5, 1499)),
        ({"bitrate": 10**30, "droppedFrames": "x"}, Quality(bitrate_kbps=values.NUMBER_MAX)),
    ],
)
def test_quality_rides_on_any_event(sent: object, quality: Quality | None) -> None:
    """A timeToStart is read as ms (C19); an object without values is none."""
    assert quality == read(xdm_of("ping", qoeDataDetails=sent)).quality
    assert quality == read(xdm_of("sessionComplete", qoeDataDetails=sent)).quality


def test_the_other_spelling_of_the_session_id_counts() -> None:
    """C5."""
    body = body_of(xdm_of("ping", sessionID=None, sessionId=SESSION_ID.upper()))
    assert [d.session_id for d in deliveries(record(body))] == [SESSION_ID]


def test_a_start_keeps_what_the_client_supplied() -> None:
    """Typed members by name, the strings of metrics.md 2.1 as echo; computed and unknown ones are gone."""
    details = {
        **SESSION_DETAILS, "length": 60.5, "genre": "Drama, Action", "season": 3, "authorized": True, "cdn": "c-1",
        "segment": "1-2", "isViewed": True, "ID": "x", "timePlayed": 5, "streamType": "Audio", "hasResume": "false",
        "isDownloaded": True, "show": None, "other": "x",
    }  # fmt: skip
    expected = SessionStart(
        AT_MS,
        12,
        None,
        name="clip-7",
        length_s=60.5,
        content_type="VOD",
        echo={
            "playerName": "web-player", "channel": "site", "season": "3", "genre": "Drama, Action", "authorized": "true",
            "cdn": "c-1",
        },
        stream_type="audio",
        has_resume=False,
        is_downloaded=True,
    )  # fmt: skip
    assert expected == read(xdm_of("sessionStart", sessionDetails=details))


def test_identities_of_request_and_event_are_merged() -> None:
    """The request's come first; its map may be spelled in lower case (protocol.md 5.3)."""
    xdm = {**xdm_of("sessionStart"), "identityMap": {"ECID": [{"id": "1"}, {"id": "2"}], "Email": [{"id": "e"}]}}
    event = read(xdm, {"identitymap": {"ECID": [{"id": "1", "primary": True, "authenticatedState": "ambiguous"}]}})
    assert isinstance(event, SessionStart)
    assert event.identity_map == {
        "ECID": [{"id": "1", "primary": True, "authenticatedState": "ambiguous"}, {"id": "2"}],
        "Email": [{"id": "e"}],
    }


def test_identities_that_are_none_are_dropped() -> None:
    """Other shapes, and members of the wrong type."""
    sent = {"A": 1, "B": [1, {}, {"id": None}, {"id": ""}], "C": [{"id": 7, "primary": "x", "authenticatedState": 1}]}
    assert merged_identities(sent) == {"C": [{"id": "7"}]}
    assert identity_map_of({"identityMap": 1, "IDENTITYMAP": {"A": []}}) == {"A": []}
    assert identity_map_of({"identityMap": [], "identitymap": 1}) == {}


def test_circumstances_come_from_the_event_else_the_request() -> None:
    """Both implementationDetails and environment do; numbers nobody can write are null."""
    shared = {"implementationDetails": {"name": "shared"}, "environment": {"type": "shared"}}
    own = {"implementationDetails": {"name": "own", "x": 2**70}}
    event = read({**xdm_of("sessionStart"), **own}, shared)
    assert isinstance(event, SessionStart)
    assert event.implementation_details == {"name": "own", "x": None}
    assert event.environment == {"type": "shared"}


def test_a_shared_xdm_of_another_type_is_no_obstacle() -> None:
    """An event is read without it."""
    xdm = json.dumps(xdm_of("sessionStart")).encode()
    assert decode_event(xdm, b"", RECEIVED_MS) == decode_event(xdm, b"[1]", RECEIVED_MS)


METADATA = [{"name": "a", "value": 1}, {"name": "b", "value": ""}, {"name": "", "value": "x"}, {"name": "c"}, 5]
PAIRS = (("a", "1"), ("b", ""))


def test_ads_and_chapters_keep_their_details() -> None:
    """Whole numbers, texts, metadata in the order sent; what was not sent is absent."""
    ad = {"name": "ad-1", "length": 10.9, "playerName": "p", "podPosition": 1, "siteID": 5, "x": 1}
    assert read(xdm_of("adStart", advertisingDetails=ad, customMetadata=METADATA)) == AdStart(
        AT_MS, 12, None, {"name": "ad-1", "playerName": "p", "siteID": "5", "length": 10, "podPosition": 1}, PAIRS
    )
    assert read({**xdm_of("chapterStart"), "customMetadata": METADATA}) == ChapterStart(
        AT_MS, 12, None, {"index": 1, "length": 20, "offset": 0, "friendlyName": "One"}, PAIRS
    )
    assert read(xdm_of("adBreakStart")) == AdBreakStart(AT_MS, 12, None, 1, 15, "Mid-roll")


def test_errors_and_states_keep_their_names() -> None:
    """As sent, in order."""
    assert read(xdm_of("error", errorDetails={"name": "E-1", "source": "external"})) == PlaybackError(
        AT_MS, 12, None, "E-1", "external"
    )
    states = {"statesStart": [{"name": "mute"}, {"name": "b"}], "statesEnd": [{"name": "fullScreen"}, 1, {"name": 5}]}
    assert read(xdm_of("statesUpdate", **states)) == StatesUpdate(AT_MS, 12, None, ("mute", "b"), ("fullScreen",))


def test_a_download_holds_its_events_in_order() -> None:
    """Their own timestamps; session ids inside are ignored; a session has one start, the first."""
    xdm = download_of("sessionStart", "play", "sessionStart", "sessionComplete")
    items = xdm["mediaDownloadedEvents"]
    items[0]["mediaCollection"]["sessionID"] = "x"
    items[1]["mediaEventTimestamp"] = TIMESTAMP.replace(":15.", ":16.")
    items.append({"mediaEventType": "media.downloaded"})
    items.append(5)
    event = read({**xdm, "identityMap": {"FPID": [{"id": "dev"}]}, "timestamp": 5})
    assert isinstance(event, Downloaded)
    first, *rest = event.events
    assert isinstance(first, SessionStart)
    assert first.identity_map == {"FPID": [{"id": "dev"}]}
    assert rest == [Play(AT_MS + 1000, 12), SessionComplete(AT_MS, 12)]
    assert (event.at_ms, event.playhead_s) == (None, None)


@pytest.mark.parametrize(
    "xdm",
    [b"", b"{", b"[]", b"\xff", b"{}", b'{"eventType":5}', b'{"eventType":"media.x"}', b'{"eventType":"media.downloaded"}',
     b'{"eventType":"media.downloaded","mediaDownloadedEvents":[{"mediaEventType":"media.play"}]}'],
)  # fmt: skip
def test_what_is_no_media_event_is_an_error(xdm: bytes) -> None:
    """Nothing the check accepted raises it."""
    with pytest.raises(WireError):
        read_event(xdm, b"", RECEIVED_MS)
