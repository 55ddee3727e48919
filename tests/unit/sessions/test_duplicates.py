"""Recognising what was accepted before."""

from hypothesis import given
from hypothesis import strategies as st

from playhead.base.units import DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.events.playback import Ping, Play
from playhead.sessions.duplicates import Seen, mark_of, same_json
from playhead.sessions.verdicts import Reason


def ping(client_id: str | None = None, request_id: str | None = None, index: int = 0, body: bytes = b"{}") -> Delivery:
    event = Ping(0)
    return Delivery(SessionId("S"), 0, event, DatastreamId("d"), request_id, index, client_id, media_collection=body)


def test_names_are_recognised() -> None:
    """The same `_id`, or the same requestId with the same index; no name is never a duplicate."""
    seen = Seen()
    seen.add(ping("i1", "r1", 0), None)
    assert seen.find(ping("i1")) is Reason.DUPLICATE_ID
    assert seen.find(ping(None, "r1", 0)) is Reason.DUPLICATE_REQUEST
    assert seen.find(ping(None, "r1", 1)) is None
    assert seen.find(ping("r1", "i1")) is None
    assert seen.find(ping()) is None


@given(st.lists(st.integers(-100, 100)), st.integers(-100, 100))
def test_marks_are_recognised_in_any_order(known: list[int], asked: int) -> None:
    """Type and timestamp are found however they came."""
    seen = Seen()
    for at_ms in known:
        seen.add(ping(), at_ms)
    assert (asked in known) == seen.has_mark(Ping, asked)
    assert not seen.has_mark(Play, asked)


def test_contents_are_compared_under_their_mark() -> None:
    """Only an accepted event of the same type and timestamp with the same content counts."""
    seen = Seen(keep_contents=True)
    seen.add(ping(body=b'{"playhead": 1}'), 5)
    assert seen.find_content(ping(body=b'{"playhead":1}'), 5) is Reason.DUPLICATE_CONTENT
    assert seen.find_content(ping(body=b'{"playhead":2}'), 5) is None
    assert seen.find_content(ping(body=b'{"playhead":1}'), 6) is None
    assert mark_of(Ping, 5) != mark_of(Play, 5)


def test_contents_are_json_values() -> None:
    """Order of members and spelling of numbers do not count; true is not 1, and what is no JSON equals nothing."""
    assert same_json(b'{"a":[1,{"b":2.0}],"c":null}', b'{"c":null,"a":[1.0,{"b":2}]}')
    assert not same_json(b'{"a":true}', b'{"a":1}')
    assert not same_json(b"[1]", b"[1,1]")
    assert not same_json(b"{", b"{ ")
