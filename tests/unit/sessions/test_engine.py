"""All sessions at once. What is told is shown by tests/timelines and tests/property; here is what a caller relies on."""

from collections.abc import Iterable

import msgspec
import pytest

from playhead.base.settings import SessionSettings
from playhead.base.units import DAY_MS, DatastreamId, SessionId
from playhead.events.ads import AdBreakStart, AdStart
from playhead.events.delivery import Delivery
from playhead.events.event import Event
from playhead.events.playback import Ping
from playhead.events.session import SessionEnd, SessionStart
from playhead.sessions.engine import Engine
from playhead.sessions.facts import Fact, FactKey
from playhead.sessions.fold import Fold
from playhead.sessions.rules import rules_of
from playhead.sessions.session import Session
from playhead.sessions.verdicts import Reason

DATASTREAM = DatastreamId("d")


class Ear:
    """Listens, and is the history."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.past: list[Delivery] = []
        self.broken = False

    def deliveries(self, session_id: SessionId) -> Iterable[Delivery]:
        """Everything, unless it is broken."""
        if self.broken:
            raise OSError
        return [delivery for delivery in self.past if delivery.session_id == session_id]

    def opened(self, session: Session) -> None:
        """Note it."""
        self.heard.append(f"opened {session.session_id}")

    def told(self, session: Session, fact: Fact) -> None:
        """Note it."""
        self.heard.append(f"{type(fact).__name__} {session.session_id}")

    def withdrawn(self, session: Session, key: FactKey) -> None:
        """Note it."""
        self.heard.append(f"withdrawn {session.session_id} {key[1]}")

    def closed(self, session: Session, fold: Fold) -> None:
        """Note it."""
        self.heard.append(f"closed {session.session_id} {session.cause} {fold.at_ms}")

    def reopened(self, session: Session) -> None:
        """Note it."""
        self.heard.append(f"reopened {session.session_id}")


def engine(ear: Ear) -> Engine:
    return Engine(lambda _: rules_of(SessionSettings()), ear, ear)


def take(one: Engine, ear: Ear, received_s: float, event: Event, session_id: str = "S") -> Reason | None:
    delivery = Delivery(SessionId(session_id), round(received_s * 1000), event, DATASTREAM)
    ear.past.append(delivery)
    return one.take(delivery)


def test_deadlines_are_those_of_what_happens_next() -> None:
    """A held ad is told at the end of its window; then the timeout counts, which pings push away without a trace."""
    ear = Ear()
    one = engine(ear)
    assert one.next_deadline_ms() is None
    take(one, ear, 0, SessionStart(0, 0))
    assert one.next_deadline_ms() == 600_000
    take(one, ear, 1, AdBreakStart(1000, 0))
    take(one, ear, 2, AdStart(2000, 0))
    assert one.next_deadline_ms() == 6000
    one.advance(6000)
    assert one.next_deadline_ms() == 7000
    one.advance(7000)
    assert one.next_deadline_ms() == 602_000
    take(one, ear, 400, Ping(400_000, 1))
    assert one.next_deadline_ms() == 1_000_000
    one.advance(1_000_000)
    assert one.next_deadline_ms() is None
    assert ["opened S", "AdStarted S", "AdClosed S", "closed S idle 400000"] == ear.heard


def test_closes_come_in_the_order_of_their_instants() -> None:
    """However long nobody asked."""
    ear = Ear()
    one = engine(ear)
    for number, session_id in enumerate("ABC"):
        take(one, ear, number, SessionStart(0, 0), session_id)
    take(one, ear, 3, Ping(3000, 0), "A")
    one.advance(DAY_MS)
    assert ["closed B idle 0", "closed C idle 0", "closed A idle 3000"] == ear.heard[3:]
    assert [] == one.open_sessions()


def test_closed_sessions_are_remembered_for_a_day() -> None:
    """Ended ones say so, and after 24 h they are unknown, with or without time being told."""
    ear = Ear()
    one = engine(ear)
    take(one, ear, 0, SessionStart(0, 0))
    take(one, ear, 1, SessionEnd(1000, 0))
    assert take(one, ear, 100, Ping(1500, 0)) is Reason.SESSION_ENDED
    assert take(one, ear, 101, SessionStart(0, 0)) is Reason.DUPLICATE_START
    assert take(one, ear, 86_399, Ping(1500, 0)) is Reason.SESSION_ENDED
    assert take(one, ear, 86_400, Ping(1500, 0)) is Reason.SESSION_UNKNOWN


def test_a_recording_out_of_order_does_not_turn_time_back() -> None:
    """A delivery that seems to arrive before the one before it arrives with it."""
    ear = Ear()
    one = engine(ear)
    take(one, ear, 0, SessionStart(0, 0))
    take(one, ear, 100, Ping(100_000, 1))
    assert take(one, ear, 50, Ping(50_000, 2)) is None
    assert (100_000, 100_000) == (one.now_ms, one.look(SessionId("S")).last_received_ms)  # type: ignore[union-attr]


def test_a_history_that_cannot_be_read_stops_the_close_and_nothing_else() -> None:
    """The error is passed on; with the history back, the session closes as it would have."""
    ear = Ear()
    one = engine(ear)
    take(one, ear, 0, SessionStart(0, 0))
    take(one, ear, 1, Ping(1000, 1))
    take(one, ear, 20, Ping(20_000, 5))
    take(one, ear, 40, Ping(500, 5))
    ear.broken = True
    with pytest.raises(OSError):  # noqa: PT011 - it has no message
        one.advance(640_000)
    assert ["opened S"] == ear.heard
    ear.broken = False
    one.advance(640_000)
    assert ["opened S", "closed S idle 20000"] == ear.heard


def test_a_reopening_that_cannot_be_read_can_be_tried_again() -> None:
    """The delivery is not taken until its session can be read."""
    ear = Ear()
    one = engine(ear)
    take(one, ear, 0, SessionStart(0, 0))
    one.advance(600_000)
    ear.broken = True
    with pytest.raises(OSError):  # noqa: PT011 - it has no message
        take(one, ear, 700, Ping(1000, 1))
    ear.broken = False
    assert one.take(ear.past[-1]) is None
    assert ["opened S", "closed S idle 0", "reopened S"] == ear.heard


def test_a_session_follows_the_rules_it_began_under_also_when_it_reopens() -> None:
    """What the datastream's settings are meanwhile is for sessions that begin."""
    ear = Ear()
    settings = [SessionSettings(idle_timeout_s=60)]
    one = Engine(lambda _: rules_of(settings[-1]), ear, ear)
    take(one, ear, 0, SessionStart(0, 0))
    one.advance(60_000)
    settings.append(SessionSettings(idle_timeout_s=3600))
    take(one, ear, 100, Ping(1000, 1))
    one.advance(160_000)
    assert ["opened S", "closed S idle 0", "reopened S", "closed S idle 1000"] == ear.heard


def test_a_start_repeated_after_days_begins_no_second_life() -> None:
    """The id of a repeated start is the first one's for ever, and so is the session."""
    ear = Ear()
    one = engine(ear)
    for said_ms in (0, None):
        ear.heard.clear()
        name = f"S{said_ms}"
        begun_s = one.now_ms / 1000 if one.now_ms > 0 else 0
        assert take(one, ear, begun_s, SessionStart(said_ms, 0), name) is None
        one.advance(round(begun_s * 1000) + 600_000)
        assert take(one, ear, begun_s + 3 * 86_400, SessionStart(said_ms, 0), name) is Reason.DUPLICATE_START
        assert take(one, ear, begun_s + 3 * 86_400, Ping(said_ms, 1), name) is Reason.SESSION_UNKNOWN
        assert 2 == len(ear.heard)


def test_a_session_whose_history_was_erased_stays_closed() -> None:
    """What cannot be read again cannot be reopened."""
    ear = Ear()
    one = engine(ear)
    take(one, ear, 0, SessionStart(0, 0))
    one.advance(600_000)
    ear.past.clear()
    assert take(one, ear, 700, Ping(1000, 1)) is Reason.SESSION_CLOSED


def test_an_open_session_whose_history_was_erased_closes_with_what_was_folded() -> None:
    """An event that came too late for the fold as it came is left out; the processor goes on."""
    ear = Ear()
    one = engine(ear)
    for received_s, event in ((0, SessionStart(0, 0)), (1, Ping(1000, 1)), (20, Ping(20_000, 5)), (40, Ping(500, 5))):
        assert take(one, ear, received_s, event) is None
    session = one.look(SessionId("S"))
    assert session is not None
    assert session.disordered
    ear.past.clear()
    assert 20_000 == one.peek(session).at_ms
    one.advance(640_000)
    assert ["opened S", "closed S idle 20000"] == ear.heard


def test_names_that_cannot_be_asked_for_any_more_count_as_known() -> None:
    """What is kept of old names says so, and is wrong once in a million; of contents that cannot be read, none is the same."""
    ear = Ear()
    one = engine(ear)
    take(one, ear, 0, SessionStart(0, 0))
    said = [Delivery(SessionId("S"), 1000 * n, Ping(1000 * n, n), DATASTREAM, f"r{n}") for n in range(1, 40)]
    assert {None} == {one.take(delivery) for delivery in said}
    assert one.take(msgspec.structs.replace(said[0], received_ms=40_000)) is Reason.DUPLICATE_REQUEST
    assert one.take(msgspec.structs.replace(said[0], received_ms=40_000, request_id="new")) is None


def test_a_frozen_session_goes_on() -> None:
    """With no room for objects, sessions that talk in turns are thawed for each event, told of, closed, and known."""
    ear = Ear()
    one = Engine(lambda _: rules_of(SessionSettings()), ear, ear, hot_max=0)
    for number, name in enumerate("ABC"):
        take(one, ear, number, SessionStart(0, 0), name)
    for second in range(10, 60, 10):
        for name in "ABC":
            assert take(one, ear, second, Ping(second * 1000, second), name) is None
    assert (["A", "B", "C"], DATASTREAM) == (one.open_sessions(), one.datastream_of(SessionId("A")))
    assert (650_000, 650_000) == (one.next_deadline_ms(), one.next_deadline_ms())
    assert [True, False] == [one.snapshot(SessionId(name)) is None for name in "XA"]
    one.advance(650_000)
    assert ["closed A idle 50000", "closed B idle 50000", "closed C idle 50000"] == ear.heard[3:]


def test_a_history_may_know_more_than_was_taken() -> None:
    """While old deliveries are read again, later ones are in the history already and do not count."""
    ear = Ear()
    first = engine(ear)
    take(first, ear, 0, SessionStart(0, 0))
    take(first, ear, 700, Ping(1000, 1))
    take(first, ear, 720, Ping(20_000, 2))
    take(first, ear, 740, Ping(500, 2))
    take(first, ear, 760, SessionEnd(30_000, 3))
    again, second = Ear(), engine(ear)
    again.past = list(ear.past)
    second = engine(again)
    assert [None] * 5 == [second.take(delivery) for delivery in ear.past]
    first.advance(DAY_MS)
    second.advance(DAY_MS)
    assert ear.heard == again.heard


def test_the_datastream_of_a_session_is_known_for_a_day() -> None:
    """Whatever became of the session: that is how events which name no datastream are counted."""
    ear = Ear()
    one = engine(ear)
    for name in ("open", "idle", "ended"):
        take(one, ear, 0, SessionStart(0, 0), name)
    take(one, ear, 1, SessionEnd(1000, 1), "ended")
    take(one, ear, 500, Ping(500_000, 1), "open")
    one.advance(700_000)
    names = ("open", "idle", "ended", "never heard of")
    assert [DATASTREAM, DATASTREAM, DATASTREAM, None] == [one.datastream_of(SessionId(name)) for name in names]
    assert take(one, ear, 701, Ping(2000, 1), "ended") is Reason.SESSION_ENDED
    one.advance(DAY_MS)
    assert [None] * 4 == [one.datastream_of(SessionId(name)) for name in names]
