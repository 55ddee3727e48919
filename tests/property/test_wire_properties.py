"""Laws of the wire for any input."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from playhead.events.session import Downloaded
from playhead.wire import check, decode
from playhead.wire.check import Checked, check_gateway, check_media
from playhead.wire.envelope import read_envelope
from playhead.wire.operations import OPERATIONS
from playhead.wire.record import RECORD_VERSION, Minted, Record
from playhead.wire.recorded import encode_recorded, recorded
from playhead.wire.refusals import Refusal
from playhead.wire.rules import Limits
from playhead.wire.timestamps import read_timestamp, write_timestamp
from wire_samples import RECEIVED_MS, SESSION_ID, TIMESTAMP, body_of, xdm_of

ACTIONS = st.sampled_from(list(OPERATIONS))
TELLING: st.SearchStrategy[Any] = st.sampled_from(
    [
        None, True, False, 0, -1, 12.5, 12.0, 10**30, 1e300, float("inf"), "", "true", "12", [], {}, [{}], [{"name": "mute"}],
        TIMESTAMP, "2026-01-01T02:00:15+0130", "YYYY-01-01T00:00:00Z", "media.ping", "MEDIA.PING", "media.adSkip",
        "media.adBreakSkip", SESSION_ID, SESSION_ID.upper(), "z" * 64, "x" * 4097, "\u00e9" * 2000, "\u0130" * 64,
        {"bitrate": 800}, {"bitrate": None, "timeToStart": 0.5},
    ]
)  # fmt: skip
JSON = st.recursive(
    TELLING | st.text(max_size=8) | st.integers() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
PLACES = st.sampled_from(
    [
        ("eventType",), ("timestamp",), ("_id",), ("mediaCollection",), ("customMetadata",), ("identityMap",), ("environment",),
        ("implementationDetails",), ("mediaDownloadedEvents",), ("mediaCollection", "playhead"),
        ("mediaCollection", "sessionID"), ("mediaCollection", "sessionId"), ("mediaCollection", "qoeDataDetails"),
        ("mediaCollection", "qoeDataDetails", "bitrate"), ("mediaCollection", "customMetadata"),
        ("mediaCollection", "sessionDetails"), ("mediaCollection", "sessionDetails", "length"),
        ("mediaCollection", "sessionDetails", "show"), ("mediaCollection", "sessionDetails", "streamType"),
        ("mediaCollection", "advertisingDetails"), ("mediaCollection", "advertisingDetails", "podPosition"),
        ("mediaCollection", "advertisingPodDetails"), ("mediaCollection", "advertisingPodDetails", "index"),
        ("mediaCollection", "chapterDetails"), ("mediaCollection", "chapterDetails", "offset"),
        ("mediaCollection", "errorDetails", "source"), ("mediaCollection", "statesStart"), ("mediaCollection", "statesEnd"),
        ("mediaDownloadedEvents", 0, "mediaCollection", "playhead"), ("mediaDownloadedEvents", 1, "mediaEventTimestamp"),
        ("mediaDownloadedEvents", 1, "mediaEventType"), ("mediaDownloadedEvents", 1),
    ]
)  # fmt: skip


def put(holder: Any, place: tuple[str | int, ...], value: Any) -> None:
    """Set a value where the place exists; elsewhere do nothing."""
    *parents, last = place
    for parent in parents:
        if isinstance(holder, dict):
            holder = holder.get(str(parent))
        elif isinstance(holder, list) and isinstance(parent, int) and parent < len(holder):
            holder = holder[parent]
        else:
            return
    if isinstance(holder, dict):
        holder[str(last)] = value
    elif isinstance(holder, list) and isinstance(last, int) and last < len(holder):
        holder[last] = value


@st.composite
def events(draw: st.DrawFn, actions: st.SearchStrategy[str] = ACTIONS) -> tuple[str, dict[str, Any]]:
    """An action and an event of it, valid or with up to three members of any kind."""
    action = draw(actions)
    xdm = xdm_of(action)
    for place, value in draw(st.lists(st.tuples(PLACES, JSON), max_size=3)):
        put(xdm, place, value)
    return action, xdm


def body(event: Any, /, **members: Any) -> bytes:
    """A request; infinite numbers are written as one no float holds."""
    return body_of(event, **members).replace(b"Infinity", b"1e999")


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()), ACTIONS)
def test_no_bytes_raise(sent: bytes, action: str) -> None:
    """Whatever arrives is answered: checked or refused, on every route."""
    for result in (
        check_media(sent, action, RECEIVED_MS),
        check_gateway(sent, RECEIVED_MS, single=False),
        check_gateway(sent, RECEIVED_MS, single=True),
    ):
        assert isinstance(result, Checked | Refusal)
    read_envelope(sent)


@given(events(), ACTIONS)
def test_both_ways_of_checking_agree(event: tuple[str, Any], other: str) -> None:
    """The typed way accepts only what the exact validator accepts, with the same result."""
    sent = body(event[1])
    limits = Limits(RECEIVED_MS)
    for action in (event[0], other):
        assert check_media(sent, action, RECEIVED_MS) == check.check_media_slowly(sent, action, limits)
    assert check_gateway(sent, RECEIVED_MS, single=False) == check.check_gateway_slowly(sent, limits, single=False)


DEEP = st.integers(90, 110).map(lambda depth: json.loads("[" * depth + "]" * depth))


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, list[Any], dict[str, Any]]:
    """An action, one to four events mostly of it, of one session or several, and what stands around them."""
    action, first = draw(events())
    rest = st.just(xdm_of(action)) | events(st.just(action)).map(lambda event: event[1])
    xdms = [first, *draw(st.lists(rest | events().map(lambda event: event[1]) | JSON, max_size=3))]
    for xdm in xdms:
        put(xdm, ("mediaCollection", "sessionID"), draw(st.sampled_from([SESSION_ID, "0" * 64, "A" * 64])))
    return (
        action,
        xdms,
        draw(st.dictionaries(st.sampled_from(["meta", "xdm", "query", "event"]), JSON | DEEP, max_size=2)),
    )


@given(requests(), st.sampled_from([2, 1000]))
def test_both_ways_agree_on_several_events(request: tuple[str, list[Any], dict[str, Any]], most: int) -> None:
    """All events of a request are judged alike, whatever stands between and around them; nesting and number too."""
    action, xdms, members = request
    sent = body_of(*xdms, **members).replace(b"Infinity", b"1e999")
    limits = Limits(RECEIVED_MS)
    slowly = check.check_media_slowly(sent, action, limits, most)
    assert slowly == check_media(sent, action, RECEIVED_MS, events_max=most)
    slowly = check.check_gateway_slowly(sent, limits, single=False, events_max=most)
    assert slowly == check_gateway(sent, RECEIVED_MS, single=False, events_max=most)


@given(st.lists(st.tuples(ACTIONS, st.integers(0, 40)), min_size=1, max_size=5), DEEP | JSON)
def test_many_events_of_all_kinds_agree(kinds: list[tuple[str, int]], around: Any) -> None:
    """Valid events in numbers, where the cheap bound of the nesting no longer holds."""
    xdms = [xdm_of(action, qoeDataDetails={"bitrate": 1}) for action, count in kinds for _ in range(count)]
    sent = body_of(*xdms, meta=around).replace(b"Infinity", b"1e999")
    for action in {action for action, _ in kinds}:
        slowly = check.check_media_slowly(sent, action, Limits(RECEIVED_MS))
        assert slowly == check_media(sent, action, RECEIVED_MS)
    slowly = check.check_gateway_slowly(sent, Limits(RECEIVED_MS), single=False)
    assert slowly == check_gateway(sent, RECEIVED_MS, single=False)


@given(
    st.integers(0, 400),
    st.integers(0, 3),
    st.sampled_from([b"", b'"', b"\\", b"\xff", b"1e999", b"{", b"]", b"9" * 400, b" "]),
)
def test_both_ways_agree_on_broken_bytes(at: int, cut: int, inserted: bytes) -> None:
    """Also where the bytes of a valid ping were cut and replaced: they agree on what is JSON at all."""
    valid = body_of(xdm_of("ping", qoeDataDetails={"bitrate": 800}), meta={"queueTimeMillis": 1})
    sent = valid[:at] + inserted + valid[at + cut :]
    result = check_media(sent, "ping", RECEIVED_MS)
    assert result == check.check_media_slowly(sent, "ping", Limits(RECEIVED_MS))
    record = Record(RECORD_VERSION, RECEIVED_MS, "va/v1/ping", "ee", "d", None, sent)
    if isinstance(result, Checked) and result.events and not (result.mismatch or result.events[0].errors):
        assert len(decode.deliveries(record)) == 1


@given(events(), JSON)
def test_what_was_accepted_is_decoded(event: tuple[str, Any], shared: Any) -> None:
    """Exactly one delivery for an accepted event, which says what the check said."""
    action, xdm = event
    sent = body(xdm, xdm=shared)
    result = check_media(sent, action, RECEIVED_MS)
    assert isinstance(result, Checked)
    (judged,) = result.events
    taken = decode.deliveries(
        Record(RECORD_VERSION, RECEIVED_MS, f"va/v1/{action}", "ee", "d", None, sent, (Minted(0, "minted", "ecid"),))
    )
    if judged.errors or result.mismatch:
        return
    (delivery,) = taken
    assert delivery.session_id == (judged.session_id or "minted")
    assert (delivery.client_id, delivery.index) == (judged.client_id, 0)
    assert delivery.event.at_ms == judged.at_ms
    assert msgspec.json.decode(msgspec.json.encode(delivery.event)) is not None  # every value can be written
    inner = delivery.event.events if isinstance(delivery.event, Downloaded) else (delivery.event,)
    assert all(one.playhead_s is not None and 0 <= one.playhead_s < 2**53 for one in inner)


@given(events(), JSON)
def test_both_ways_of_decoding_agree(event: tuple[str, Any], shared: Any) -> None:
    """The typed way and the one member by member read the same event."""
    xdm = json.dumps(event[1]).replace("Infinity", "1e999").encode()
    around = json.dumps(shared).replace("Infinity", "1e999").encode()
    fast = decode._read(xdm, around, RECEIVED_MS)
    assert decode._read_slowly(xdm, around, RECEIVED_MS) == fast


@given(events())
def test_recording_is_reversible(event: tuple[str, Any]) -> None:
    """Reading what was written from a reading gives it back."""
    line = {"arrived": TIMESTAMP, "sessionId": "S1", "index": 1, "ecid": "e", "xdm": event[1], "shared": {"a": 1}}
    try:
        delivery = recorded(json.dumps(line).replace("Infinity", "1e999").encode())
    except ValueError:
        return
    written = encode_recorded(delivery)
    again = recorded(written)
    assert encode_recorded(again) == written
    assert again.event == delivery.event


MOMENTS = st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31))  # noqa: DTZ001 # zone is added


@given(MOMENTS, st.integers(-23 * 60, 23 * 60))
def test_timestamps_read_as_the_standard_library_does(moment: datetime, offset_min: int) -> None:
    """Any moment in any zone, rounded down to the ms; what is written reads back."""
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=offset_min)))
    expected = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert expected == read_timestamp(aware.isoformat(), RECEIVED_MS)
    assert expected == read_timestamp(write_timestamp(expected), RECEIVED_MS)


@given(st.text(max_size=40))
def test_no_text_breaks_the_clock(text: str) -> None:
    """A timestamp is read or None."""
    assert isinstance(read_timestamp(text, RECEIVED_MS), int | None)
