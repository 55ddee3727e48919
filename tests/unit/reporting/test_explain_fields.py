"""Where the terms of a field come from, where the worked examples do not show it."""

import pytest

from playhead.base.settings import SessionSettings
from playhead.events.ads import AdBreakStart, AdSkip, AdStart
from playhead.events.delivery import Delivery
from playhead.events.event import Event, Quality
from playhead.events.playback import Ping, Play
from playhead.events.quality import BitrateChange, PlaybackError
from playhead.events.session import Downloaded, SessionStart
from playhead.reporting.explain import Close, Explanation, explain
from playhead.reporting.explain_table import FIELDS
from playhead.reporting.explain_terms import Value
from playhead.reporting.explain_trace import trace_of
from property.strategies import BASE_MS, DATASTREAM, SESSION, delivered

SETTINGS = SessionSettings(federated=True)


def at(seconds: float) -> int:
    return BASE_MS + round(seconds * 1000)


def opened(path: str, *said: Event, downloaded: bool = False) -> Explanation:
    deliveries = [Delivery(SESSION, at(9), Downloaded(events=said), DATASTREAM)] if downloaded else delivered(said)
    trace = trace_of(deliveries, SETTINGS)
    assert trace is not None
    explanation = explain(trace, path, Close(SESSION, at(9), at(9)))
    assert explanation is not None
    return explanation


SAID: tuple[Event, ...] = (
    SessionStart(
        at(0), 7, Quality(dropped_frames=3), "film", 60.33, echo={"genre": "Drama, ,Action"}, stream_type="audio",
        has_resume=True,
    ),
    BitrateChange(at(1), 7),
    PlaybackError(at(2), 7, name="E1", source="player"),
    PlaybackError(at(3), 7, name="E2", source="external"),
    PlaybackError(at(4), 7, Quality(dropped_frames=0, frames_per_second=24.5), name="E1", source="player"),
    AdBreakStart(at(5), 7, index=3),
    AdStart(at(6), 7),
    AdSkip(at(6), 7),
)  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("sessionDetails.genreList", ["Drama", "Action"], [["Drama", "Action"]]),
        ("sessionDetails.contentType", "missing_content_type", ["missing_content_type"]),
        ("sessionDetails.length", 60, [60.33]),
        ("sessionDetails.pev3", "audio", ["audio"]),
        ("sessionDetails.pccr", True, [True]),
        ("sessionDetails.isViewed", None, []),
        ("sessionDetails.hasResume", True, [True]),
        ("sessionDetails.isFederated", True, [True]),
        ("qoeDataDetails.playerSdkErrors", ["E1"], ["E1", "E1"]),
        ("qoeDataDetails.externalErrors", ["E2"], ["E2"]),
        ("qoeDataDetails.droppedFrames", None, [3.0, 0.0]),
        ("qoeDataDetails.hasDroppedFrameImpactedStreams", None, []),
        ("qoeDataDetails.framesPerSecond", 25, [24.5]),
        ("qoeDataDetails.isDroppedBeforeStart", True, []),
        ("ads.1.advertisingDetails.isCompleted", None, []),
        ("ads.1.advertisingDetails.timePlayed", None, []),
    ],
)
def test_values_that_were_said(path: str, value: Value, said: list[Value]) -> None:
    """What the player said, or a setting, is the value of a term."""
    explanation = opened(path, *SAID)
    assert value == explanation.value
    assert said == [term.value for term in explanation.terms]


def test_counts_of_events() -> None:
    """Each error and each bitrateChange counts."""
    assert 3 == opened("qoeDataDetails.errorCount", *SAID).value
    assert 1 == opened("qoeDataDetails.bitrateChangeCount", *SAID).value


def test_a_download_says_so_and_was_not_completed() -> None:
    """Without a sessionComplete it is written as false, and named as written."""
    assert True is opened("sessionDetails.isDownloaded", *SAID, downloaded=True).value
    completed = opened("sessionDetails.isCompleted", *SAID, downloaded=True)
    assert (False, True, []) == (completed.value, completed.always, completed.terms)
    assert opened("sessionDetails.isDownloaded", *SAID).value is None


def test_the_segment_of_a_playhead_that_never_moved() -> None:
    """Where nothing was viewed, it is the minute in which main play was entered."""
    explanation = opened("sessionDetails.segment", SessionStart(at(0), 61, length_s=300), Play(at(1), 61), Ping(at(2)))
    assert ("[1-2]", [61_000]) == (explanation.value, [term.content_from_ms for term in explanation.terms])


def test_units_are_those_of_the_formula_or_its_own() -> None:
    """Time is shown in seconds and added up in ms; counts have no unit."""
    names = [
        "sessionDetails.timePlayed",
        "sessionDetails.adCount",
        "sessionDetails.length",
        "qoeDataDetails.framesPerSecond",
    ]
    assert [("s", "ms"), ("", ""), ("s", "s"), ("fps", "fps")] == [FIELDS[name].units for name in names]
