"""What counts of a download."""

from playhead.base.settings import DEFAULT_SETTINGS
from playhead.base.units import DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.events.event import Event
from playhead.events.playback import Ping, Play
from playhead.events.session import Downloaded, SessionEnd, SessionStart
from playhead.sessions.downloads import fold_of_download, log_of, start_of
from playhead.sessions.rules import rules_of


def download(*events: Event, body: bytes = b"null") -> tuple[Delivery, Downloaded]:
    event = Downloaded(events=events)
    xdm = b'{"mediaDownloadedEvents":%b}' % body
    return Delivery(SessionId("S"), 9000, event, DatastreamId("d"), xdm=xdm), event


def test_it_begins_with_a_start() -> None:
    """Anything else is none."""
    start = SessionStart(1, 0)
    assert start is start_of(Downloaded(events=(start, Play(2, 0))))
    assert start_of(Downloaded(events=(Play(2, 0), start))) is None
    assert start_of(Downloaded()) is None


def test_what_follows_the_end_in_the_list_is_dropped() -> None:
    """Whatever its timestamp; a further start is dropped too, and a missing timestamp is that of the arrival."""
    delivery, event = download(
        SessionStart(10, 0), Play(None, 0), SessionStart(11, 0), Ping(5, 1), SessionEnd(20, 1), Ping(15, 1)
    )
    assert [(0, 10), (1, 9000), (1, 5), (2, 20)] == [(item.rank, item.at_ms) for item in log_of(delivery, event, 9000)]


def test_duplicates_are_dropped_by_content() -> None:
    """By the received content where it is there, else by what was understood of it."""
    events = (SessionStart(1, 0), Ping(5, 1), Ping(5, 1), Ping(5, 1))
    bodies = b'[{},{"mediaCollection":{"playhead":1.2}},{"mediaCollection":{"playhead":1.7}},{"mediaCollection":{"playhead":1.20}}]'
    assert len(log_of(*download(*events, body=bodies), now_ms=9)) == 3
    assert len(log_of(*download(*events), now_ms=9)) == 2


def test_it_is_folded_in_order_of_its_timestamps() -> None:
    """The list order does not matter otherwise."""
    delivery, event = download(SessionStart(1000, 0), Ping(21_000, 20), Play(1000, 0), Ping(11_000, 10))
    fold, stamps = fold_of_download(delivery, event, 9000, rules_of(DEFAULT_SETTINGS))
    fold.settle()
    assert (20_000, 1000, 21_000) == (fold.main_ms, stamps[0], max(stamps))
