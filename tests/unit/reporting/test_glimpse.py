"""An open session at a glance."""

from playhead.base.settings import SessionSettings
from playhead.base.units import DatastreamId, SessionId
from playhead.events import ads, playback, session
from playhead.events.delivery import Delivery
from playhead.events.event import Event
from playhead.reporting.glimpse import Glimpse
from playhead.reporting.reporter import Reporter
from playhead.sessions.machine import Phase, Pod, state_of

AT_MS = 1_767_225_600_000


class Past(dict[SessionId, list[Delivery]]):
    """A history."""

    def deliveries(self, session_id: SessionId) -> list[Delivery]:
        """What was taken."""
        return self[session_id]


def seen(*events: Event, ecid: str | None = "e1", echo: dict[str, str] | None = None) -> Glimpse | None:
    """A session that said this, at a glance."""
    past = Past()
    reporter = Reporter(lambda _: SessionSettings(), past)
    start = session.SessionStart(AT_MS, 0, name="film", length_s=60, echo=echo or {})
    for number, event in enumerate((start, *events)):
        given = Delivery(SessionId("s"), AT_MS + number, event, DatastreamId("web"), f"r{number}", ecid=ecid)
        past.setdefault(given.session_id, []).append(given)
        reporter.take(given)
    return reporter.glimpse(SessionId("s"))


def test_a_session_is_named_by_its_start() -> None:
    """Content, player and person; the content's id where it has no name."""
    expected = Glimpse(
        DatastreamId("web"), "film", "film", "", "e1", "e1", state_of(Pod.NONE, Phase.STARTING), ended=False
    )
    assert expected == seen()
    named = seen(echo={"friendlyName": "The Film", "playerName": "tv"})
    assert named is not None
    assert ("The Film", "tv") == (named.content_name, named.player)


def test_its_state_is_by_timestamps_though_nothing_is_folded_yet() -> None:
    """Events wait for others to be put in order; a glimpse puts in order what there is."""
    at_once = seen(playback.PauseStart(AT_MS + 2000, 2), playback.Play(AT_MS + 1000, 1))
    assert at_once is not None
    assert state_of(Pod.NONE, Phase.PAUSED) == at_once.state
    in_ad = seen(ads.AdBreakStart(AT_MS + 1), ads.AdStart(AT_MS + 2))
    assert in_ad is not None
    assert state_of(Pod.AD_PLAYING, Phase.STARTING) == in_ad.state


def test_one_that_ended_says_so_and_one_that_is_unknown_is_none() -> None:
    """A session that waits for stragglers is not watched any more."""
    ended = seen(session.SessionEnd(AT_MS + 5, 0))
    assert ended is not None
    assert ended.ended
    assert Reporter(lambda _: SessionSettings(), Past()).glimpse(SessionId("x")) is None
