"""The live picture, by hand; tests/property/test_live_recount.py has the rest."""

import pytest

from playhead.base.units import DatastreamId, SessionId
from playhead.events import playback, quality, session
from playhead.events.delivery import Delivery
from playhead.events.event import Event, Quality
from playhead.pipeline.live import KEPT_S, LiveState, LiveView
from playhead.reporting.glimpse import Glimpse
from playhead.reporting.outputs import Judged, Outcome
from playhead.sessions.machine import Phase, Pod, state_of

AT_MS = 1_767_225_600_000


class Told:
    """A view, and what is known of its sessions."""

    def __init__(self) -> None:
        self.known: dict[str, Glimpse] = {}
        self.view = LiveView(self.known.get)

    def say(self, at_s: float, event: Event, name: str = "a", outcome: Outcome = Outcome.ACCEPTED) -> None:
        """A session says something."""
        if isinstance(event, session.SessionStart):
            self.knows(name)
        delivery = Delivery(SessionId(name), AT_MS + int(at_s * 1000), event, DatastreamId("web"))
        self.view.take(delivery, [Judged(delivery, outcome)])

    def knows(
        self, name: str, phase: Phase = Phase.STARTING, person: str | None = None, *, ended: bool = False
    ) -> None:
        """There is a session, open."""
        state = state_of(Pod.NONE, phase)
        self.known[name] = Glimpse(DatastreamId("web"), "film", "The Film", "tv", person, person, state, ended)

    def audience(self, at_s: float) -> tuple[int, int]:
        """Viewers and sessions at an instant."""
        self.view.advance(AT_MS + int(at_s * 1000))
        total = self.view.now().total
        return total.viewers, total.sessions

    def state(self) -> list[LiveState]:
        """The states there are."""
        return [state for state, count in self.view.now().states.items() for _ in range(count)]


def start(at_s: float = 0) -> session.SessionStart:
    """A beginning."""
    return session.SessionStart(AT_MS + int(at_s * 1000), 0)


def ping(at_s: float, playhead: int) -> playback.Ping:
    """A heartbeat."""
    return playback.Ping(AT_MS + int(at_s * 1000), playhead)


@pytest.mark.parametrize(("at_s", "sessions"), [(0.9, 1), (59.999, 1), (60, 0), (90, 0)])
def test_a_session_counts_for_this_second_and_the_59_before(at_s: float, sessions: int) -> None:
    """It was heard in second 0."""
    told = Told()
    told.say(0.9, start())
    assert (sessions, sessions) == told.audience(at_s)


@pytest.mark.parametrize(
    ("heard_s", "at_s", "sessions"), [(40, 60, 1), (40, 99.9, 1), (40, 100, 0), (1, 60, 1), (1, 61, 0)]
)
def test_each_event_keeps_it(heard_s: int, at_s: float, sessions: int) -> None:
    """Whichever it was, it counts from there."""
    told = Told()
    told.say(0, start())
    told.say(heard_s, ping(heard_s, heard_s))
    assert (sessions, sessions) == told.audience(at_s)


def test_what_was_not_accepted_keeps_nothing() -> None:
    """A duplicate is no sign of life."""
    told = Told()
    told.say(0, start())
    told.say(40, start(), outcome=Outcome.DUPLICATE)
    assert (0, 0) == told.audience(60)


def test_sessions_of_one_person_are_one_viewer() -> None:
    """Those of nobody count by themselves."""
    told = Told()
    for name, person in (("a", "p"), ("b", "p"), ("c", None), ("d", None)):
        told.knows(name, person=person)
        told.say(0, ping(0, 0), name)
    assert (3, 4) == told.audience(0)
    told.say(1, session.SessionEnd(AT_MS + 1000), "a")
    assert (3, 3) == told.audience(1)
    told.say(1, session.SessionEnd(AT_MS + 1000), "b")
    assert (2, 2) == told.audience(1)


def test_three_events_at_one_playhead_are_a_stall() -> None:
    """At least a second apart, in main play; ended by any movement, and by a pause."""
    told = Told()
    told.say(0, start())
    told.say(1, playback.Play(AT_MS + 1000, 5))
    told.say(3, ping(3, 5))
    assert [LiveState.PLAYING] == told.state()
    told.say(3.5, ping(3.5, 5))
    assert [LiveState.PLAYING] == told.state()
    told.say(5, ping(5, 5))
    assert ([LiveState.STALLED], 1) == (told.state(), told.view.now().total.stalled)
    told.say(6, ping(6, 6))
    assert [LiveState.PLAYING] == told.state()
    told.say(8, ping(8, 6))
    told.say(9, playback.PauseStart(AT_MS + 9000, 6))
    told.say(11, playback.Play(AT_MS + 11_000, 6))
    told.say(13, ping(13, 6))
    assert [LiveState.PLAYING] == told.state()
    told.say(15, ping(15, 6))
    assert [LiveState.STALLED] == told.state()


def test_an_event_that_comes_late_changes_no_state() -> None:
    """Its timestamp is before that of one heard already."""
    told = Told()
    told.say(0, start())
    told.say(3, playback.PauseStart(AT_MS + 3000, 2))
    told.say(4, playback.Play(AT_MS + 1000, 1))
    assert [LiveState.PAUSED] == told.state()


def test_sessions_that_were_open_before_are_known_when_they_speak() -> None:
    """After a restart; one that only waits for stragglers is not watched."""
    told = Told()
    told.knows("a", Phase.PAUSED)
    told.knows("b", ended=True)
    told.view.advance(AT_MS)
    told.say(1, ping(1, 7))
    told.say(1, ping(1, 7), "b")
    told.say(1, ping(1, 7), "unknown")
    assert ([LiveState.PAUSED], AT_MS) == (told.state(), told.view.now().since_ms)


def test_the_mean_bitrate_is_of_those_that_told_one() -> None:
    """The last value of each."""
    told = Told()
    for name, kbps in (("a", 100), ("b", 300), ("c", None)):
        told.say(0, start(), name)
        told.say(1, playback.Ping(AT_MS + 1000, 1, Quality(bitrate_kbps=kbps)), name)
    assert 200 == told.view.now().total.bitrate_kbps
    told.say(2, playback.Ping(AT_MS + 2000, 2, Quality(bitrate_kbps=500)))
    assert 400 == told.view.now().total.bitrate_kbps
    told.say(3, session.SessionEnd(AT_MS + 3000, 3), "b")
    assert 500 == told.view.now().total.bitrate_kbps


def test_history_is_by_second_for_an_hour() -> None:
    """Viewers as of the end of each second, starts and errors in it; the second that runs is not in it."""
    told = Told()
    told.say(0, start())
    told.say(2, start(2), "b")
    told.say(2, quality.PlaybackError(AT_MS + 2000, 1, name="E"))
    told.say(3, session.SessionEnd(AT_MS + 3000), "a")
    told.audience(4)
    now = told.view.now()
    assert (AT_MS, [1, 1, 2, 1]) == (now.from_ms, list(now.viewers_by_s))
    assert ([1, 0, 1, 0], [0, 0, 1, 0]) == (list(now.starts_by_s), list(now.errors_by_s))
    assert (2, 1) == (now.starts, now.total.errors)
    told.audience(KEPT_S + 1)
    now = told.view.now("web")
    assert (AT_MS + 2000, KEPT_S - 1) == (now.from_ms, len(now.viewers_by_s))
    assert ([2, 1], [1, 0]) == (list(now.viewers_by_s[:2]), list(now.errors_by_s[:2]))
    told.audience(3 * KEPT_S)
    now = told.view.now()
    assert (0, KEPT_S - 1) == (sum(now.viewers_by_s), len(now.viewers_by_s))
    assert list(told.view.now("nobody's").viewers_by_s) == [0] * (KEPT_S - 1)


def test_errors_stay_with_their_content_for_a_minute() -> None:
    """Also when the session is gone; then nothing is left of it."""
    told = Told()
    told.say(0, start())
    told.say(1, quality.PlaybackError(AT_MS + 1000, 1, name="E"))
    told.say(2, session.SessionEnd(AT_MS + 2000))
    now = told.view.now()
    assert [("film", 0, 1)] == [(one.key, one.sessions, one.errors) for one in now.worst_contents]
    assert ["tv"] == [one.key for one in now.worst_players]
    told.audience(61)
    now = told.view.now()
    assert ([], [], 0) == (now.contents, now.worst_players, now.total.errors)
