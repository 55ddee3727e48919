"""Recognising what was accepted before."""

import uuid
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from playhead.base.units import DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.events.event import Event
from playhead.events.playback import Ping, Play
from playhead.sessions.duplicates import LATEST_BYTES_MAX, MARKS_MAX, Doubt, Seen, mark_of, name_of, same_json


def said(event: Event, body: bytes = b"{}") -> Delivery:
    return Delivery(SessionId("S"), 0, event, DatastreamId("d"), xdm=b'{"mediaCollection":%b}' % body)


def test_names_are_the_same_in_every_process() -> None:
    """They are written into snapshots: these bytes may change only together with the form of a snapshot."""
    assert "5a2a6d1135dffa01" == name_of("9F0C6B0E-1B7A-4C53-8E7E-0D4C55C0A001").hex()
    assert "adc9ea8581625fe5" == name_of("r", 99).hex()
    assert 8 == len(name_of("\ud800")) == len(name_of(""))


def test_names_of_honest_players_differ() -> None:
    """UUIDs, counters, fixed texts around a counter, one request with many events: all of them apart, also in 3 bytes."""
    dice = Random(1)
    texts = [str(uuid.UUID(int=dice.getrandbits(128))) for _ in range(20_000)]
    texts += [f"{beat:08x}-{player:08x}-4f1c" for beat in range(200) for player in range(100)]
    texts += [f"{number}" for number in range(20_000)] + [f"{number}-0000000-{number % 7}" for number in range(20_000)]
    names = {name_of(text) for text in texts} | {name_of("r", index) for index in range(1000)}
    assert 81_000 == len(names)
    by_chance = 81_000 - 81_000**2 / 2**25
    assert len({name[:3] for name in names}) > by_chance - 100


def test_names_are_recognised() -> None:
    """An `_id` is no requestId, and a requestId goes with its index."""
    seen = Seen()
    seen.add_name(name_of("i1"))
    seen.add_name(name_of("r1", 0))
    assert seen.find(name_of("i1")) is True
    assert seen.find(name_of("r1", 0)) is True
    assert [False, False, False] == [seen.find(name) for name in (name_of("i1", 0), name_of("r1", 1), name_of("r1"))]


def test_older_names_are_in_doubt() -> None:
    """Of these 3 bytes are kept: what agrees in them may be known; once the history told, nothing is in doubt."""
    seen, whole = Seen(), Seen.all()
    names = [name_of(f"r{number}") for number in range(62)]
    for name in names:
        seen.add_name(name)
        whole.add_name(name)
    alike = names[0][:3] + b"other"
    assert [Doubt.DOUBT, Doubt.DOUBT, True] == [seen.find(name) for name in (names[0], alike, names[-1])]
    seen.know(whole)
    assert [True, False, True] == [seen.find(name) for name in (names[0], alike, names[-1])]


@given(st.lists(st.integers(-100, 100)), st.integers(-100, 100))
def test_marks_are_recognised_in_any_order(known: list[int], asked: int) -> None:
    """Type and timestamp of an accepted event are never taken for new; above the largest nothing is in doubt."""
    seen = Seen()
    for at_ms in known:
        seen.add_content(said(Ping(0)), at_ms)
    found = seen.find_content(said(Ping(0)), asked)
    assert found is Doubt.DOUBT or asked not in known
    assert found is False or asked <= max(known, default=-101)
    assert seen.find_content(said(Play(0)), 101) is False


def test_contents_are_compared_under_their_mark() -> None:
    """Only an accepted event of the same type and timestamp with the same content counts."""
    seen = Seen.all()
    seen.add_content(said(Ping(0), b'{"playhead": 1}'), 5)
    assert seen.find_content(said(Ping(0), b'{"playhead":1}'), 5) is True
    assert seen.find_content(said(Ping(0), b'{"playhead":2}'), 5) is False
    assert seen.find_content(said(Ping(0), b'{"playhead":1}'), 6) is False
    assert mark_of(Ping, 5) != mark_of(Play, 5)


@given(st.integers(0, 40))
def test_letting_go_leaves_what_an_open_session_keeps(count: int) -> None:
    """Sessions that were judged with everything at hand are as small as others, and take nothing known for new."""
    whole = Seen.all()
    for number in range(count):
        whole.add_name(name_of(f"r{number}"))
        whole.add_content(said(Ping(0)), number)
    whole.let_go()
    assert LATEST_BYTES_MAX // 2 >= len(whole.latest)
    assert MARKS_MAX // 2 >= len(whole.marks)
    assert all(whole.find(name_of(f"r{number}")) for number in range(count))
    assert all(whole.find_content(said(Ping(0)), number) for number in range(count))
    assert not whole.find(name_of("other"))
    assert not whole.find_content(said(Ping(0)), count)


def test_contents_are_json_values() -> None:
    """Order of members and spelling of numbers do not count; true is not 1, and what is no JSON equals nothing."""
    assert same_json(b'{"a":[1,{"b":2.0}],"c":null}', b'{"c":null,"a":[1.0,{"b":2}]}')
    assert not same_json(b'{"a":true}', b'{"a":1}')
    assert not same_json(b"[1]", b"[1,1]")
    assert not same_json(b"{", b"{ ")
