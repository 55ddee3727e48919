"""Numbers opened up: the two worked examples of the metrics specification, added up by hand."""

import pytest

from playhead.base.settings import DEFAULT_SETTINGS
from playhead.base.units import SessionId
from playhead.events.ads import AdBreakComplete, AdBreakStart, AdComplete, AdStart
from playhead.events.chapters import ChapterComplete, ChapterStart
from playhead.events.event import Event
from playhead.events.names import ACTION_OF
from playhead.events.playback import BufferStart, PauseStart, Ping, Play
from playhead.events.session import SessionComplete, SessionEnd, SessionStart
from playhead.events.states import StatesUpdate
from playhead.reporting.explain import Close, Explanation, explain, named, paths, recompute
from playhead.reporting.explain_terms import Term, Value
from playhead.reporting.explain_trace import Trace, trace_of
from property.running import Ran
from property.strategies import BASE_MS, SESSION, delivered


def at(seconds: float) -> int:
    return BASE_MS + round(seconds * 1000)


NAME = "VA API Sample Player"
PAUSED: tuple[Event, ...] = (
    SessionStart(at(0), 0, name=NAME, length_s=60, content_type="VOD"),
    BufferStart(at(1), 0),
    Play(at(4), 1),
    Ping(at(10), 7),
    PauseStart(at(15), 12),
    Ping(at(20), 12),
    Play(at(24), 12),
    SessionEnd(at(29), 17),
)
"""metrics.md 8.1."""
CHAPTERS: tuple[Event, ...] = (
    SessionStart(at(0), 0, name=NAME, length_s=54, content_type="VOD"),
    Play(at(0.001), 0),
    ChapterStart(at(1), 1, details={"index": 1}),
    Ping(at(10), 10),
    ChapterComplete(at(15), 15),
    AdBreakStart(at(15.001), 15, index=0, offset_s=15),
    AdStart(at(15.002), 15, details={"name": "001"}),
    Ping(at(20), 15),
    Ping(at(30), 15),
    AdComplete(at(31), 15),
    AdStart(at(31.001), 0, details={"name": "002"}),
    Ping(at(40), 15),
    AdComplete(at(43), 15),
    AdBreakComplete(at(43.001), 15),
    ChapterStart(at(43.002), 15, details={"index": 2}),
    Ping(at(50), 22),
    ChapterComplete(at(54), 26),
    SessionComplete(at(54.001), 26),
)
"""metrics.md 8.2."""


def opened(said: tuple[Event, ...], path: str, *, silence_s: int = 0) -> Explanation:
    """A number of a session whose events arrived when they were said."""
    trace = trace_of(delivered(said), DEFAULT_SETTINGS)
    assert trace is not None
    explanation = explain(
        trace, path, Close(SESSION, trace.last_received_ms, trace.last_received_ms + silence_s * 1000)
    )
    assert explanation is not None
    assert explanation.value == recompute(explanation)
    return explanation


def parts(explanation: Explanation) -> list[tuple[float, float, float | None]]:
    """From, to, amount of each term, in seconds since the start."""
    return [
        ((t.from_ms - BASE_MS) / 1000, (t.to_ms - BASE_MS) / 1000, None if t.amount is None else t.amount / 1000)
        for t in explanation.terms
    ]


def said_in(term: Term) -> list[str]:
    return [ACTION_OF[type(said.event)] for said in term.events]


def content(explanation: Explanation) -> list[tuple[float | None, float | None]]:
    return [(term.content_from_ms, term.content_to_ms) for term in explanation.terms]


def moments(explanation: Explanation) -> list[float]:
    return [(term.from_ms - BASE_MS) / 1000 for term in explanation.terms]


def test_time_played_of_the_first_example() -> None:
    """Main play 4-15 and 24-29: 11 and 5 seconds, 16 in all, with the events of each."""
    explanation = opened(PAUSED, "sessionDetails.timePlayed")
    assert (16, [(4, 15, 11), (24, 29, 5)], 16_000) == (explanation.value, parts(explanation), explanation.total)
    assert [["play", "ping", "pauseStart"], ["play", "sessionEnd"]] == [said_in(term) for term in explanation.terms]
    assert [[2, 3, 4], [6, 7]] == [[said.number for said in term.events] for term in explanation.terms]
    assert ["main content played"] * 2 == [term.why for term in explanation.terms]


@pytest.mark.parametrize(
    ("path", "value", "terms"),
    [
        ("sessionDetails.totalTimePlayed", 16, [(4, 15, 11), (24, 29, 5)]),
        ("sessionDetails.averageMinuteAudience", 0.266667, [(4, 15, 11), (24, 29, 5)]),
        ("sessionDetails.estimatedStreams", 1, [(4, 15, 11), (24, 29, 5)]),
        ("sessionDetails.pauseTime", 9, [(15, 24, 9)]),
        ("sessionDetails.secondsSinceLastCall", 0, [(29, 29, 0)]),
        ("qoeDataDetails.bufferTime", 3, [(1, 4, 3)]),
        ("qoeDataDetails.stallTime", None, []),
    ],
)
def test_times_of_the_first_example(path: str, value: Value, terms: list[tuple[float, float, float]]) -> None:
    """Pause 15-24, buffering 1-4, and no stall."""
    explanation = opened(PAUSED, path)
    assert (value, terms) == (explanation.value, parts(explanation))


@pytest.mark.parametrize(
    ("path", "value", "seconds"),
    [
        ("sessionDetails.isViewed", True, [0]),
        ("sessionDetails.isPlayed", True, [4]),
        ("sessionDetails.hasSegmentView", True, [4]),
        ("sessionDetails.isCompleted", None, []),
        ("sessionDetails.pauseCount", 1, [15]),
        ("sessionDetails.hasPauseImpactedStreams", True, [15]),
        ("qoeDataDetails.bufferCount", 1, [1]),
        ("qoeDataDetails.hasBufferImpactedStreams", True, [1]),
        ("qoeDataDetails.isDroppedBeforeStart", None, [4]),
        ("sessionDetails.adCount", None, []),
    ],
)
def test_events_of_the_first_example(path: str, value: Value, seconds: list[float]) -> None:
    """Counts and flags point at the events they count."""
    explanation = opened(PAUSED, path)
    assert (value, seconds) == (explanation.value, moments(explanation))


def test_content_of_the_first_example() -> None:
    """U is [1, 17]: markers 6 and 15 lie in it, 30 does not; the segment is its first minute."""
    unique = opened(PAUSED, "sessionDetails.uniqueTimePlayed")
    assert (16, [(1000, 12_000), (12_000, 17_000)]) == (unique.value, content(unique))
    for percent, value, pieces in [(10, True, [(1000, 12_000)]), (25, True, [(12_000, 17_000)]), (50, None, [])]:
        marker = opened(PAUSED, f"sessionDetails.hasProgress{percent}")
        assert (value, pieces) == (marker.value, content(marker))
    segment = opened(PAUSED, "sessionDetails.segment")
    assert ("[0-1]", content(unique)) == (segment.value, content(segment))


def test_times_of_the_second_example() -> None:
    """Main 0.001-15.001 and 43.001-54.001, ads of 15.998 and 11.999 s, chapters of 14 and 10.998 s."""
    main = [(0.001, 15.001, 15), (43.001, 54.001, 11)]
    ads = [(15.002, 31, 15.998), (31.001, 43, 11.999)]
    for path, value, terms, total in [
        ("sessionDetails.timePlayed", 26, main, 26_000),
        ("sessionDetails.totalTimePlayed", 54, [main[0], *ads, main[1]], 53_997),
        ("sessionDetails.averageMinuteAudience", 0.481481, main, 0.481481),
        ("ads.1.advertisingDetails.timePlayed", 16, ads[:1], 15_998),
        ("ads.2.advertisingDetails.timePlayed", 12, ads[1:], 11_999),
        ("chapters.1.chapterDetails.timePlayed", 14, [(1, 15, 14)], 14_000),
        ("chapters.2.chapterDetails.timePlayed", 11, [(43.002, 54, 10.998)], 10_998),
    ]:
        explanation = opened(CHAPTERS, path)
        assert (path, value, terms, total) == (path, explanation.value, parts(explanation), explanation.total)


def test_events_of_the_second_example() -> None:
    """Two ads, two chapters, all completed, and the content too."""
    for path, value, seconds in [
        ("sessionDetails.adCount", 2, [15.002, 31.001]),
        ("sessionDetails.chapterCount", 2, [1, 43.002]),
        ("sessionDetails.isCompleted", True, [54.001]),
        ("ads.2.advertisingDetails.isStarted", True, [31.001]),
        ("ads.2.advertisingDetails.isCompleted", True, [43]),
        ("chapters.1.chapterDetails.isCompleted", True, [15]),
    ]:
        explanation = opened(CHAPTERS, path)
        assert (path, value, seconds) == (path, explanation.value, moments(explanation))


def test_names_of_the_second_example() -> None:
    """The break and the chapters are named by the content and their index, the session by what the player was given."""
    pod = opened(CHAPTERS, "ads.1.advertisingPodDetails.ID")
    assert ("cc80e8d564c18a8365efb04ecedce221_0", {"name": NAME, "index": 0}) == (pod.value, pod.parts)
    assert ["sessionStart", "adBreakStart"] == said_in(pod.terms[0])
    chapter = opened(CHAPTERS, "chapters.2.chapterDetails.ID")
    assert "cc80e8d564c18a8365efb04ecedce221_2" == chapter.value
    assert ["sessionStart", "chapterStart"] == said_in(chapter.terms[0])
    assert "S1" == opened(CHAPTERS, "sessionDetails.ID").value


def test_silence_is_by_the_servers_clock() -> None:
    """A minute from the arrival of the last event to the close."""
    silence = opened(CHAPTERS, "sessionDetails.secondsSinceLastCall", silence_s=60)
    assert (60, [(54.001, 114.001, 60)]) == (silence.value, parts(silence))
    assert ["sessionComplete"] == said_in(silence.terms[0])


def test_a_stall_takes_time_away_from_play() -> None:
    """Play until the playhead stands still for three events; what was play since the first of them is the stall's."""
    said = (SessionStart(at(0), 0, length_s=60), Play(at(1), 0), Ping(at(11), 10), Ping(at(21), 10), Ping(at(31), 10),
            Ping(at(41), 20))  # fmt: skip
    assert [(1, 11, 10), (31, 41, 10)] == parts(opened(said, "sessionDetails.timePlayed"))
    stall = opened(said, "qoeDataDetails.stallTime")
    assert (20, [(11, 31, 20)]) == (stall.value, parts(stall))
    assert ["the playhead stood still: moved from play to stall"] == [term.why for term in stall.terms]
    count = opened(said, "qoeDataDetails.stallCount")
    assert (1, ["ping", "ping", "ping"]) == (count.value, said_in(count.terms[0]))


def test_what_was_seen_before_adds_nothing() -> None:
    """A replay says how much of it is new."""
    said = (SessionStart(at(0), 0, length_s=60), Play(at(0), 0), Ping(at(10), 10), PauseStart(at(10), 5),
            Play(at(11), 5), SessionEnd(at(21), 15))  # fmt: skip
    unique = opened(said, "sessionDetails.uniqueTimePlayed")
    assert (15, [(0, 10_000), (5000, 15_000)]) == (unique.value, content(unique)[:1] + content(unique)[-1:])
    assert ("viewed; 5 s of it had been seen before", 5000) == (unique.terms[-1].why, unique.terms[-1].amount)


def test_a_number_that_is_absent_says_why() -> None:
    """Nothing happened, there is no length, or it comes to nought."""
    said = (SessionStart(at(0), 0), PauseStart(at(1), 0), Play(at(1.2), 0))
    reasons = {
        "qoeDataDetails.stallTime": "The playhead never stood still over three events while main content played.",
        "sessionDetails.averageMinuteAudience": "The content has no length.",
        "sessionDetails.pauseTime": "It comes to 0, which is not written.",
    }
    for path, reason in reasons.items():
        explanation = opened(said, path)
        assert (path, None, reason) == (path, explanation.value, explanation.reason)


def test_all_fields_of_a_session_are_listed_with_their_values() -> None:
    """Ads and chapters by ordinal, states by name, and the flags of the sessionStart row."""
    said = (*CHAPTERS[:-1], StatesUpdate(at(54), 26, started=("my.state",)))
    found = paths(Ran().take(delivered(said)).close().record)
    assert (26, True, None) == (
        found["sessionDetails.timePlayed"], found["sessionDetails.isViewed"], found["sessionDetails.isDownloaded"],
    )  # fmt: skip
    assert (12, 14) == (found["ads.2.advertisingDetails.timePlayed"], found["chapters.1.chapterDetails.timePlayed"])
    assert (1, 0) == (found["states.my.state.count"], found["states.my.state.time"])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("states[my.state].time", "states.my.state.time"),
        ("ads[2].advertisingDetails.timePlayed", "ads.2.advertisingDetails.timePlayed"),
        ("states[a].time].count", "states.a].time.count"),
        ("sessionDetails.timePlayed", "sessionDetails.timePlayed"),
        ("ads[2]", "ads[2]"),
    ],
)
def test_paths_may_have_brackets(path: str, expected: str) -> None:
    """Brackets are another way to write the same."""
    assert expected == named(path)


def test_a_field_a_session_has_not() -> None:
    """There is no third ad to explain."""
    trace = trace_of(delivered(CHAPTERS), DEFAULT_SETTINGS)
    assert isinstance(trace, Trace)
    close = Close(SessionId("S1"), at(54), at(54))
    assert [None, None] == [explain(trace, path, close) for path in ("ads.3.advertisingDetails.timePlayed", "nonsense")]
