"""Holding, releasing and telling."""

from playhead.base.settings import SessionSettings
from playhead.base.units import DatastreamId, SessionId
from playhead.events.ads import AdStart
from playhead.events.delivery import Delivery
from playhead.events.event import Event
from playhead.events.playback import Ping, Play
from playhead.events.session import SessionStart
from playhead.sessions.arrivals import no_past
from playhead.sessions.facts import AdStarted, PodDetails
from playhead.sessions.rules import rules_of
from playhead.sessions.session import NEVER_MS, Session


def session(**settings: float) -> Session:
    start = Delivery(SessionId("S"), 0, SessionStart(0, 0), DatastreamId("d"))
    return Session.of(start, 0, rules_of(SessionSettings(**settings)))  # type: ignore[arg-type]


def say(one: Session, received_ms: int, event: Event) -> None:
    assert one.judge(Delivery(SessionId("S"), received_ms, event, DatastreamId("d")), received_ms, no_past) is None
    one.hold(type(event), event, received_ms)


def test_events_are_held_for_the_window() -> None:
    """The oldest arrival decides when, and it takes along what is older by the player's clock."""
    one = session()
    say(one, 1000, Play(1000, 0))
    say(one, 3000, Ping(900, 0))
    say(one, 4000, Ping(3900, 2))
    assert one.due_ms == 6000
    one.release(6000)
    assert (1000, 1, 9000) == (one.fold.at_ms, len(one.held), one.due_ms)
    one.release(9000)
    assert (3900, 0, NEVER_MS) == (one.fold.at_ms, len(one.held), one.due_ms)


def test_too_many_held_events_push_out_the_smallest() -> None:
    """With a limit of two, the third folds the one with the smallest timestamp."""
    one = session(reorder_window_events=2)
    for at_ms in (3000, 1000, 2000):
        say(one, 3000, Ping(at_ms, 0))
    assert (1000, [3000, 2000]) == (one.fold.at_ms, [held[0] for held in one.held])


def test_an_event_below_what_was_folded_disorders_the_session() -> None:
    """It is accepted, and left to the fold at close."""
    one = session(reorder_window_events=0)
    say(one, 1000, Ping(1000, 0))
    assert not one.disordered
    say(one, 1001, Play(1000, 1))
    assert not one.disordered
    say(one, 1002, Ping(999, 0))
    assert (True, 4, 1000) == (one.disordered, one.accepted, one.fold.at_ms)


def test_only_news_is_told() -> None:
    """A fact told before in the same form is not told again; of two versions at once, the last is."""
    one = session()
    first, second = (AdStarted(1, at_ms, {}, PodDetails(0, 0, None), ()) for at_ms in (1, 2))
    assert [second] == one.news([first, second])
    assert [] == one.news([second])
    assert [first] == one.news([first])


def test_rows_come_from_ads_and_chapters() -> None:
    """Only for these is the end of the window worth waking up."""
    one = session()
    say(one, 1000, Ping(1000, 0))
    assert not one.tells()
    say(one, 1000, AdStart(1001, 0))
    assert one.tells()
