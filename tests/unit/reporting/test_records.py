"""Session records."""

from playhead.base.settings import SessionSettings
from playhead.events.ads import AdBreakStart, AdStart
from playhead.events.chapters import ChapterComplete, ChapterStart
from playhead.events.delivery import Delivery
from playhead.events.event import Event
from playhead.events.playback import PauseStart, Ping, Play
from playhead.events.session import SessionEnd, SessionStart
from playhead.reporting.outputs import SessionState
from property.running import Ran
from property.strategies import BASE_MS, DATASTREAM, SESSION


def ran(*events: Event, settings: SessionSettings | None = None) -> Ran:
    deliveries = [Delivery(SESSION, event.at_ms or 0, event, DATASTREAM, ecid="7") for event in events]
    return Ran(settings).take(deliveries)


START = SessionStart(BASE_MS, 0, None, "film", 100, identity_map={"CRM": [{"id": "c"}]}, metadata=(("plan", "free"),))
SAID = (
    START,
    Play(BASE_MS + 1000, 0),
    ChapterStart(BASE_MS + 1000, 0, details={"index": 1}),
    ChapterComplete(BASE_MS + 11_000, 10),
    AdBreakStart(BASE_MS + 11_000, 10, index=2),
    AdStart(BASE_MS + 12_000, 10, details={"name": "a"}, metadata=(("slot", "1"),)),
    Play(BASE_MS + 15_000, 10),
)


def test_an_open_session_is_shown_as_if_it_closed_now() -> None:
    """Held events count, silence is the time since the last arrival, and the session is not changed by looking."""
    run = ran(*SAID).advance(BASE_MS + 20_000)
    view = run.reporter.view(SESSION)
    assert view is not None
    assert view == run.reporter.view(SESSION)
    assert (SessionState.OPEN, None, None) == (view.state, view.close_cause, view.closed_ms)
    assert (10, 13, 5) == tuple(
        view.session_details[name] for name in ("timePlayed", "totalTimePlayed", "secondsSinceLastCall")
    )
    assert [(BASE_MS + 1000, BASE_MS + 11_000)] == view.main_play_ms
    assert [(BASE_MS + 12_000, BASE_MS + 15_000)] == view.ad_play_ms
    assert [(0.0, 10.0)] == view.viewed_s
    assert [] == view.replayed_s
    assert run.close().record.session_details["timePlayed"] == 10


def test_what_was_viewed_again_is_told() -> None:
    """Play to 12, back to 4, play to 20, and a second back, which is jitter: 4 to 12 was viewed twice."""
    said = [Play(BASE_MS, 0), PauseStart(BASE_MS + 12_000, 12), Play(BASE_MS + 13_000, 4), Ping(BASE_MS + 23_000, 14)]
    said += [Ping(BASE_MS + 29_000, 20), Ping(BASE_MS + 29_500, 19), Ping(BASE_MS + 39_500, 29)]
    record = ran(START, *said).close().record
    assert [(0.0, 29.0)] == record.viewed_s
    assert [(4.0, 12.0)] == record.replayed_s


def test_ads_and_chapters_are_listed() -> None:
    """With their times and what their rows say."""
    record = ran(*SAID).close().record
    (ad,), (chapter,) = record.ads, record.chapters
    assert {"name": "a", "isStarted": True, "timePlayed": 3} == ad["advertisingDetails"]
    assert (1, BASE_MS + 12_000, BASE_MS + 15_000, {"slot": "1"}) == tuple(
        ad[name] for name in ("ordinal", "startedAtMs", "closedAtMs", "customMetadata")
    )
    assert 2 == ad["advertisingPodDetails"]["index"]
    assert {"index": 1, "isStarted": True, "isCompleted": True, "timePlayed": 10} == {
        name: value for name, value in chapter["chapterDetails"].items() if name != "ID"
    }
    assert (BASE_MS + 1000, BASE_MS + 11_000) == (chapter["startedAtMs"], chapter["closedAtMs"])


def test_a_session_that_ended_waits_for_stragglers() -> None:
    """It is closing, with its cause and instant known."""
    run = ran(START, SessionEnd(BASE_MS + 1000, 0))
    view = run.reporter.view(SESSION)
    assert view is not None
    assert (SessionState.CLOSING, "end", BASE_MS + 1000) == (view.state, view.close_cause, view.closed_ms)
    record = run.close().record
    assert (SessionState.CLOSED, "end", False) == (record.state, record.close_cause, record.provisional)


def test_a_provisional_close_says_so() -> None:
    """An idle session may be reopened."""
    record = ran(START).close().record
    assert ("idle", True, BASE_MS + 600_000) == (record.close_cause, record.provisional, record.closed_ms)


def test_who_watched() -> None:
    """The visitor, or whom the datastream's namespace names."""
    assert ("7", "7") == (ran(START).record.person, ran(START).record.ecid)
    named = ran(START, settings=SessionSettings(person_namespace="CRM")).record
    assert ("c", "7", True, False) == (named.person, named.ecid, named.is_viewed, named.is_downloaded)
