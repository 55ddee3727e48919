"""Which open sessions are objects."""

from playhead.base.settings import DEFAULT_SETTINGS
from playhead.base.units import DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.events.session import SessionStart
from playhead.sessions.rules import rules_of
from playhead.sessions.session import Session
from playhead.sessions.shelf import PATIENCE, Shelf


def session(name: str, number: int = 0, **details: object) -> Session:
    event = SessionStart(0, 0, **details)  # type: ignore[arg-type]
    one = Session.of(Delivery(SessionId(name), 0, event, DatastreamId("d")), 0, rules_of(DEFAULT_SETTINGS))
    one.number = number
    return one


def hot(shelf: Shelf) -> list[str]:
    return [name for name, one in shelf.sessions.items() if isinstance(one, Session)]


def work(shelf: Shelf, name: str) -> None:
    one = shelf.work(SessionId(name))
    assert one is not None
    one.accepted += 1


def test_sessions_without_a_place_are_frozen_when_the_next_one_comes() -> None:
    """The one worked with last is an object, so that a hundred events of one session thaw it once."""
    shelf = Shelf(0)
    for name in "ABC":
        shelf.put(session(name))
    assert ["C"] == hot(shelf)
    work(shelf, "A")
    work(shelf, "A")
    assert ["A"] == hot(shelf)
    assert (3, 1) == tuple(one.accepted for name in "AB" if (one := shelf.look(SessionId(name))))


def test_who_talks_keeps_its_place() -> None:
    """Among more sessions than have one, all talking in turns, those that have one keep it; who falls silent loses it."""
    shelf = Shelf(2)
    for name in "ABCD":
        shelf.put(session(name))
    first = hot(shelf)[:2]
    for _ in range(5):
        for name in "ABCD":
            work(shelf, name)
        assert first == [name for name in hot(shelf) if name in first]
    for _ in range(3 * PATIENCE):
        work(shelf, "C")
        work(shelf, "D")
    assert {"C", "D"} <= set(hot(shelf))


def test_who_leaves_makes_room() -> None:
    """The next one to come has its place."""
    shelf = Shelf(1)
    for name in "ABC":
        shelf.put(session(name))
    assert ["A", "C"] == hot(shelf)
    shelf.remove(SessionId("A"))
    work(shelf, "B")
    work(shelf, "C")
    work(shelf, "B")
    assert ["B", "C"] == sorted(hot(shelf))


def test_looking_changes_nothing() -> None:
    """What is looked at is a copy, what is not there is nothing."""
    shelf = Shelf(0)
    shelf.put(session("A", 7))
    shelf.put(session("B"))
    assert shelf.look(SessionId("A")) == shelf.look(SessionId("A"))
    assert (["B"], 7) == (hot(shelf), shelf.look(SessionId("A")).number)  # type: ignore[union-attr]
    assert shelf.wake_of(SessionId("A")) == (1 << 62, 7)
    assert [None, None, None] == [f(SessionId("X")) for f in (shelf.look, shelf.work, shelf.wake_of)]


def test_taken_up_sessions_are_in_order_of_start() -> None:
    """Whatever order they come in."""
    shelf, again = Shelf(0), Shelf(0)
    for name, number in (("A", 2), ("B", 10), ("C", 1)):
        shelf.put(session(name, number))
    bodies = [(SessionId(name), shelf.snapshot(SessionId(name)) or b"") for name in "ABC"]
    assert 10 == again.resume(bodies)
    assert ["C", "A", "B"] == list(again.sessions)
    assert (0, []) == (Shelf(0).resume([]), hot(again))


def test_what_cannot_be_frozen_stays_an_object() -> None:
    """It has no snapshot either, and gets lost with neither."""
    shelf = Shelf(0)
    shelf.put(session("A", identity_map={"X": [{"id": 1 << 64}]}))
    shelf.put(session("B"))
    shelf.put(session("C"))
    assert ["A", "C"] == hot(shelf)
    assert shelf.snapshot(SessionId("A")) is None
