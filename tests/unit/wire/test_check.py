"""The check of whole requests."""

import json

import pytest

from playhead.wire import check, refusals
from playhead.wire.check import Checked, CheckedEvent, FieldError, check_gateway, check_media, gateway_events
from playhead.wire.operations import OPERATIONS
from playhead.wire.refusals import Refusal
from playhead.wire.rules import Limits
from wire_samples import AT_MS, RECEIVED_MS, SESSION_ID, TIMESTAMP, body_of, download_of, xdm_of

NOT_JSON = [b"", b"{", b"[]", b"1", b'"x"', b"null", b'{"events":"\xff"}', b"\xff", b"[" * 100_000]


def checked(body: bytes, action: str) -> Checked:
    """The result where it is no refusal."""
    result = check_media(body, action, RECEIVED_MS)
    assert isinstance(result, Checked)
    return result


def checked_gateway(body: bytes, *, single: bool = False) -> Checked:
    """The result where it is no refusal."""
    result = check_gateway(body, RECEIVED_MS, single=single)
    assert isinstance(result, Checked)
    return result


@pytest.mark.parametrize("action", OPERATIONS)
def test_a_valid_request_tells_what_it_carries(action: str) -> None:
    """Action, session id in lower case, client id and time of each event."""
    xdm = {**xdm_of(action), "_id": "A-1"}
    begins = action in {"sessionStart", "downloaded"}
    if not begins:
        xdm["mediaCollection"]["sessionID"] = SESSION_ID.upper()
    at_ms = None if action == "downloaded" else AT_MS
    expected = CheckedEvent(0, action, "" if begins else SESSION_ID, "A-1", at_ms, ())
    assert Checked((expected,)) == checked(body_of(xdm), action)
    assert Checked((expected,)) == checked_gateway(body_of(xdm))


@pytest.mark.parametrize("body", NOT_JSON)
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    """Empty, not UTF-8, not JSON, not an object, nested without end: one refusal on every route."""
    assert check_media(body, "ping", RECEIVED_MS) == Refusal.JSON_INVALID
    assert check_gateway(body, RECEIVED_MS, single=False) == Refusal.JSON_INVALID
    assert check_gateway(body, RECEIVED_MS, single=True) == Refusal.JSON_INVALID


@pytest.mark.parametrize("events", [None, [], {}, "x", 0])
def test_missing_events_are_said_so(events: object) -> None:
    """Absent, empty or no array: a flag on media routes (protocol.md 4.5), a refusal on the gateway's."""
    body = json.dumps({"events": events}).encode()
    assert Checked((), events_missing=True) == checked(body, "ping")
    assert check_gateway(body, RECEIVED_MS, single=False) == Refusal.VALUE_MISSING
    assert check_gateway(body, RECEIVED_MS, single=True) == Refusal.VALUE_MISSING


def test_too_many_events_are_refused() -> None:
    """The limit counts events, whatever they are."""
    body = body_of(*[xdm_of("ping")] * 3)
    assert check_media(body, "ping", RECEIVED_MS, events_max=2) == Refusal.TOO_LARGE
    assert check_gateway(body, RECEIVED_MS, single=False, events_max=2) == Refusal.TOO_LARGE
    assert len(checked(body, "ping").events) == 3


@pytest.mark.parametrize("event_type", ["media.adBreakStart", "media.adbreakstart"])
def test_the_path_and_the_payload_name_the_same_action(event_type: str) -> None:
    """A mismatch names both, payload first (protocol.md 4.5 B)."""
    result = checked(body_of({**xdm_of("adBreakStart"), "eventType": event_type}), "chapterStart")
    assert result.mismatch == "payload eventType adBreakStart, path eventType chapterStart"


@pytest.mark.parametrize(
    ("event_type", "action"), [("MEDIA.PING", "ping"), ("media.adBreakSkip", "adSkip"), ("media.adSkip", "adSkip")]
)
def test_other_spellings_of_the_type_match(event_type: str, action: str) -> None:
    """Any case, and the alias of C7."""
    result = checked(body_of({**xdm_of(action), "eventType": event_type}), action)
    assert result == Checked((CheckedEvent(0, action, SESSION_ID, None, AT_MS),))


def test_each_event_has_its_own_errors() -> None:
    """Errors stay with the event that has them; the others are as without it."""
    result = checked(body_of(xdm_of("ping"), xdm_of("ping", playhead=None), None), "ping")
    missing = FieldError("mediaCollection.playhead", refusals.MISSING)
    assert [event.errors for event in result.events] == [(), (missing,), (FieldError("", refusals.MISSING),)]
    assert [event.index for event in result.events] == [0, 1, 2]


def test_an_event_without_a_type_is_judged_by_the_path() -> None:
    """All its errors are told at once."""
    xdm = xdm_of("adStart", advertisingDetails=None)
    del xdm["eventType"]
    (event,) = checked(body_of(xdm), "adStart").events
    assert [error.path for error in event.errors] == ["mediaCollection.advertisingDetails", "eventType"]


def test_a_year_of_four_letters_is_read() -> None:
    """The sample of the mission's document works as pasted (C33)."""
    xdm = {**xdm_of("sessionComplete"), "timestamp": "YYYY-03-04T13:39:00+00:00"}
    (event,) = checked(body_of(xdm), "sessionComplete").events
    assert (event.errors, event.at_ms) == ((), 1_772_631_540_000)


def test_the_longest_text_is_a_setting() -> None:
    """A smaller limit than the default counts on the fast way too."""
    xdm = {**xdm_of("ping"), "_id": "x" * 101}
    result = check_media(body_of(xdm), "ping", RECEIVED_MS, string_bytes_max=100)
    assert isinstance(result, Checked)
    assert result.events[0].errors == (FieldError("_id", refusals.TOO_LONG),)


def test_unknown_members_are_ignored_anywhere() -> None:
    """Whatever stands beside the known members changes nothing."""
    plain = xdm_of("ping")
    rich = {**plain, "web": {"a": [1]}, "mediaCollection": {**plain["mediaCollection"], "media.resumed": True}}
    assert checked(body_of(plain), "ping") == checked(body_of(rich, meta={"x": 1}, foo=None), "ping")


def test_numbers_nobody_reads_may_be_of_any_size() -> None:
    """A number beyond what a float holds is an error only where it is read."""
    body = body_of(xdm_of("ping")).replace(b'"events"', b'"x":1e999,"events"')
    assert checked(body, "ping").events[0].errors == ()
    start = body_of(xdm_of("sessionStart")).replace(b'"events"', b'"x":1e999,"events"').replace(b": 60", b": 1e999")
    wrong = FieldError("mediaCollection.sessionDetails.length", refusals.expected("integer"))
    assert checked(start, "sessionStart").events[0].errors == (wrong,)


def test_the_gateway_takes_events_of_every_kind() -> None:
    """Events without xdm, without a type, of other types: no media event, no error."""
    body = json.dumps(
        {"events": [{"query": {}}, {"xdm": {"eventType": "web.x", "_id": "i"}}, None, {"xdm": 1}]}
    ).encode()
    expected = (CheckedEvent(0, None, "", None, None), CheckedEvent(1, None, "", "i", None),
                CheckedEvent(2, None, "", None, None), CheckedEvent(3, None, "", None, None))  # fmt: skip
    assert Checked(expected) == checked_gateway(body)


def test_the_gateway_judges_media_events_as_their_own_route() -> None:
    """Field errors, per event; the path is no matter."""
    result = checked_gateway(body_of(xdm_of("play"), xdm_of("adStart", playhead=-1), download_of("play")))
    assert [(event.action, len(event.errors)) for event in result.events] == [
        ("play", 0),
        ("adStart", 1),
        ("downloaded", 1),
    ]


def test_an_unknown_media_type_is_an_error_at_the_gateway() -> None:
    """A typing mistake is told instead of swallowed; its action is empty, not None."""
    (event,) = checked_gateway(body_of({**xdm_of("ping"), "eventType": "media.pong"})).events
    assert (event.action, [error.path for error in event.errors]) == ("", ["eventType"])


def test_version_two_sends_one_event() -> None:
    """`event` is read, and `events` where it is absent."""
    single = json.dumps({"event": {"xdm": xdm_of("ping")}}).encode()
    assert checked_gateway(body_of(xdm_of("ping"))) == checked_gateway(single, single=True)
    assert checked_gateway(body_of(xdm_of("ping"))) == checked_gateway(body_of(xdm_of("ping")), single=True)
    assert check_gateway(single, RECEIVED_MS, single=False) == Refusal.VALUE_MISSING
    assert gateway_events({"event": 1}, single=True) == []


def test_the_mission_example_is_taken() -> None:
    """The smallest start: five details and a playhead, no timestamp, no identity."""
    xdm = xdm_of("sessionStart")
    del xdm["timestamp"]
    assert Checked((CheckedEvent(0, "sessionStart", "", None, None),)) == checked(body_of(xdm), "sessionStart")


def test_milliseconds_without_padding_are_taken() -> None:
    """Roku writes seven milliseconds as .7 (protocol.md 6.1)."""
    (event,) = checked(body_of({**xdm_of("ping"), "timestamp": TIMESTAMP.replace(".000", ".7")}), "ping").events
    assert (event.errors, event.at_ms) == ((), AT_MS + 700)


@pytest.mark.parametrize(
    ("action", "xdm", "path"),
    [
        ("ping", {**xdm_of("ping"), "customMetadata": "x"}, "customMetadata"),
        ("ping", xdm_of("ping", customMetadata="x"), "mediaCollection.customMetadata"),
        ("adSkip", xdm_of("adSkip", advertisingDetails={}), "mediaCollection.advertisingDetails"),
        (
            "adBreakComplete",
            xdm_of("adBreakComplete", advertisingPodDetails=1),
            "mediaCollection.advertisingPodDetails",
        ),
        ("chapterSkip", xdm_of("chapterSkip", chapterDetails=""), "mediaCollection.chapterDetails"),
    ],
)
def test_members_a_plain_event_seldom_has_are_judged(action: str, xdm: dict[str, object], path: str) -> None:
    """The fast way does not look past them."""
    (event,) = checked(body_of(xdm), action).events
    assert [path] == [error.path for error in event.errors]


@pytest.mark.parametrize("action", sorted(set(OPERATIONS) - {"downloaded"}))
@pytest.mark.parametrize("count", [1, 3, 150])
def test_valid_events_are_told_by_the_typed_way(action: str, count: int) -> None:
    """What players usually send never needs the exact validator, alone or in numbers, with metadata and quality."""
    members = {"customMetadata": [{"name": "n", "value": "v"}], "qoeDataDetails": {"bitrate": 800}}
    body = body_of(*[xdm_of(action, **members)] * count, meta={"state": {"entries": [{"key": "k", "value": "v"}]}})
    fast = check.check_evident(body, action, RECEIVED_MS, 4096, 1000)
    assert fast is not None
    assert fast == check.check_media_slowly(body, action, Limits(RECEIVED_MS))
    assert [AT_MS] * count == [event.at_ms for event in fast.events]


def test_numbers_of_events_are_bounded_on_the_typed_way_too() -> None:
    """The setting is asked before the events are taken."""
    body = body_of(*[xdm_of("ping")] * 3)
    assert check_media(body, "ping", RECEIVED_MS, events_max=2) == Refusal.TOO_LARGE
    assert check_gateway(body, RECEIVED_MS, single=False, events_max=2) == Refusal.TOO_LARGE


@pytest.mark.parametrize("states", [{}, {"statesStart": []}, {"statesStart": None, "statesEnd": []}])
def test_update_without_states_is_in_error_among_others_too(states: dict[str, object]) -> None:
    """At least one state has changed in every update."""
    xdm = xdm_of("statesUpdate")
    empty = xdm_of("statesUpdate")
    empty["mediaCollection"] = {"playhead": 12, "sessionID": SESSION_ID, **states}
    events = checked(body_of(xdm, empty), "statesUpdate").events
    assert [(), (FieldError("mediaCollection", refusals.STATES_EMPTY),)] == [event.errors for event in events]
