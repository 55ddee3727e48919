"""What a viewing should be counted as, by examples of metrics.md."""

import pytest

from playhead.base.settings import SessionSettings
from playhead.viewers.catalogue import ADS, DAY_S, Break, Chapter, Title
from playhead.viewers.notebook import AdShown, ChapterSeen, Doing, Notebook, Truth, seconds

FILM = Title("films", "film", 100, {})


def book(title: Title = FILM, *, resumed: bool = False) -> Notebook:
    """An empty notebook."""
    return Notebook(title, {"name": title.name, "length": title.length_s}, {"plan": "plus"}, resumed=resumed)


def truth(of: Notebook, settings: SessionSettings | None = None) -> Truth:
    """What it comes to."""
    return of.truth(1, 2, None, settings or SessionSettings())


def test_main_and_ad_time_make_the_total() -> None:
    """48 s of main content and 7 s of an ad are 55 s, and nothing else counts (metrics.md 2.2)."""
    notes = book()
    notes.main_entered(0)
    notes.ads.append(AdShown(ADS[0], Break(1, 40, "b"), 1, "p", 1_000))
    for ms, doing in (
        (48_000, Doing.PLAYING),
        (7_000, Doing.ADVERTISING),
        (3_000, Doing.PAUSED),
        (9_000, Doing.STARTING),
        (500, Doing.BETWEEN_ADS),
    ):
        notes.passed(ms, doing)
    details = truth(notes).session_details
    assert (48, 55, 3) == (details["timePlayed"], details["totalTimePlayed"], details["pauseTime"])
    assert details["averageMinuteAudience"] == 0.48
    assert truth(notes).ads[0]["advertisingDetails"]["timePlayed"] == 7


def test_unique_time_is_the_union() -> None:
    """[0,60] and [20,78] are 78 s; markers are those inside (metrics.md 2.2)."""
    notes = book()
    notes.viewed(0, 60_000)
    notes.viewed(20_000, 78_000)
    details = truth(notes).session_details
    assert details["uniqueTimePlayed"] == 78
    assert truth(notes).viewed == [(0.0, 78.0)]
    assert [p for p in (10, 25, 50, 75, 95) if f"hasProgress{p}" in details] == [10, 25, 50, 75]


def test_jumped_markers_are_not_set() -> None:
    """U = [0,8] and [60,86] of 100 s passes only 75 % (metrics.md 2.2)."""
    notes = book()
    notes.viewed(0, 8_000)
    notes.viewed(60_000, 86_000)
    details = truth(notes).session_details
    assert [p for p in (10, 25, 50, 75, 95) if f"hasProgress{p}" in details] == [75]
    assert truth(notes).viewed == [(0.0, 8.0), (60.0, 86.0)]


def test_segment_is_in_minutes() -> None:
    """U = [15,130] is [0-3]; nothing viewed is the minute of the first playhead (metrics.md 2.2)."""
    notes = book(Title("films", "long", 1_000, {}))
    notes.main_entered(15)
    assert truth(notes).session_details["segment"] == "[0-1]"
    notes.viewed(15_000, 130_000)
    assert truth(notes).session_details["segment"] == "[0-3]"


def test_live_begins_anew_at_midnight() -> None:
    """What is seen over midnight is two pieces."""
    notes = book(Title("live", "live", DAY_S, {}))
    notes.main_entered(86_390)
    notes.viewed(86_390_000, 86_410_000)
    details = truth(notes).session_details
    assert (20, "[0-1440]") == (details["uniqueTimePlayed"], details["segment"])


def test_bitrate_is_weighted_by_play_time() -> None:
    """800 for 10 s and 1600 for 30 s are 1400 (metrics.md 2.5)."""
    notes = book()
    notes.passed(5_000, Doing.PLAYING)
    notes.measured({"bitrate": 800})
    notes.passed(10_000, Doing.PLAYING)
    notes.measured({"bitrate": 1_600})
    notes.passed(30_000, Doing.PLAYING)
    quality = truth(notes).quality
    assert (1_400, "1400-1499") == (quality["bitrateAverage"], quality["bitrateAverageBucket"])


def test_time_to_start_is_fixed_by_the_start() -> None:
    """The last value before main content, or the first one after; 0 is written (metrics.md 2.5)."""
    notes = book()
    notes.measured({"timeToStart": 1_499})
    notes.measured({"timeToStart": 12})
    notes.main_entered(0)
    notes.measured({"timeToStart": 9_000})
    assert truth(notes).quality["timeToStart"] == 0


def test_states_count_and_hold() -> None:
    """A state started twice counts twice and adds up."""
    notes = book()
    notes.state_started("mute")
    notes.passed(1_400, Doing.PAUSED)
    notes.states["mute"].open = False
    notes.passed(5_000, Doing.PLAYING)
    notes.state_started("mute")
    notes.passed(2_000, Doing.PLAYING)
    assert truth(notes).states == [{"name": "mute", "isSet": True, "count": 2, "time": 3}]


def test_what_is_open_is_closed_by_the_last_event() -> None:
    """Ads and chapters left open are not completed."""
    notes = book()
    notes.ads.append(AdShown(ADS[0], Break(1, 40, "b"), 1, "p", 1_000))
    notes.chapters.append(ChapterSeen(Chapter(1, 0, 60, "c"), 900))
    notes.last_at_ms = 5_000
    told = truth(notes)
    assert [5_000, 5_000] == [told.ads[0]["closedAtMs"], told.chapters[0]["closedAtMs"]]
    assert "isCompleted" not in told.ads[0]["advertisingDetails"]


@pytest.mark.parametrize(("ending", "silence_s"), [("end", 0), ("idle", 30), ("complete", 7), ("downloaded", 0)])
def test_silence_is_that_of_the_ending(ending: str, silence_s: int) -> None:
    """What closes the session tells how long nothing was heard."""
    notes = book()
    notes.ending = ending
    details = truth(notes, SessionSettings(idle_timeout_s=30, complete_linger_s=7)).session_details
    assert details["secondsSinceLastCall"] == silence_s


def test_a_known_silence_is_taken() -> None:
    """A tab left paused knows when it spoke last."""
    notes = book()
    notes.ending, notes.silence_ms = "stuck", 49_600
    assert truth(notes).session_details["secondsSinceLastCall"] == 50


def test_errors_are_counted_and_named_once() -> None:
    """Every error counts; its name is listed once, by source."""
    notes = book()
    for name, source in (("E-1", "player"), ("E-1", "player"), ("cdn", "external")):
        notes.failed(name, source)
    quality = truth(notes).quality
    assert (3, ["E-1"], ["cdn"]) == (quality["errorCount"], quality["playerSdkErrors"], quality["externalErrors"])


def test_downloads_say_that_they_are_incomplete() -> None:
    """A download without the end of its content has `isCompleted: false`, and is one delivery (metrics.md 5)."""
    notes = book(resumed=True)
    notes.ending, notes.events = "downloaded", 9
    told = truth(notes)
    assert told.session_details["isCompleted"] is False
    assert (1, True, False) == (told.accepted, told.is_downloaded, told.is_viewed)


def test_seconds_are_rounded_half_up() -> None:
    """R of metrics.md 2."""
    assert [0, 1, 1, 2] == [seconds(499), seconds(500), seconds(1_499), seconds(1_500)]
