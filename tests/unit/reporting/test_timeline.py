"""A session as lanes."""

from hypothesis import given

from playhead.base.settings import DEFAULT_SETTINGS
from playhead.events.ads import AdBreakComplete, AdBreakStart, AdComplete, AdStart
from playhead.events.chapters import ChapterStart
from playhead.events.delivery import Delivery
from playhead.events.event import Event, Quality
from playhead.events.playback import BufferStart, PauseStart, Ping, Play
from playhead.events.quality import PlaybackError
from playhead.events.session import Downloaded, SessionEnd, SessionStart
from playhead.events.states import StatesUpdate
from playhead.reporting.timeline import AdInterval, BitrateChange, ChapterInterval, ErrorMark, Interval, timeline
from property.running import Ran
from property.strategies import BASE_MS, DATASTREAM, SESSION, Viewing, delivered, viewings


def at(seconds: float) -> int:
    return BASE_MS + round(seconds * 1000)


SAID: tuple[Event, ...] = (
    SessionStart(at(0), 0),
    BufferStart(at(1), 0),
    Play(at(2), 0),
    StatesUpdate(at(3), 1, started=("mute",)),
    ChapterStart(at(5), 3, details={"index": 4, "friendlyName": "four"}),
    AdBreakStart(at(10), 8, index=1),
    AdStart(at(11), 8, details={"name": "a"}),
    AdComplete(at(16), 8),
    AdBreakComplete(at(17), 8),
    StatesUpdate(at(18), 9, started=("mute",), ended=("mute",)),
    Ping(at(20), 11, quality=Quality(bitrate_kbps=800)),
    Ping(at(25), 11, quality=Quality(bitrate_kbps=800)),
    Ping(at(30), 11),
    PlaybackError(at(32), 13, name="E", source="external"),
    PauseStart(at(33), 14, quality=Quality(bitrate_kbps=1600)),
    SessionEnd(at(40), 14),
)


def test_lanes_show_what_was_folded() -> None:
    """Player, ads, chapters, states, playhead and errors, with a stall drawn from its first event."""
    lanes = timeline(delivered(SAID), DEFAULT_SETTINGS)
    assert lanes is not None
    expected = [
        ("starting", 0, 1), ("buffering", 1, 2), ("playing", 2, 10), ("gap", 10, 11), ("ad", 11, 16), ("gap", 16, 17),
        ("playing", 17, 20), ("stalled", 20, 30), ("playing", 30, 33), ("paused", 33, 40),
    ]  # fmt: skip
    assert [Interval(name, at(begin), at(end)) for name, begin, end in expected] == lanes.player
    assert [AdInterval(1, "a", None, 1, at(11), at(16), completed=True)] == lanes.ads
    assert [ChapterInterval(1, 4, "four", at(5), at(40), completed=False)] == lanes.chapters
    assert [Interval("mute", at(3), at(18)), Interval("mute", at(18), at(40))] == lanes.states
    assert [ErrorMark(at(32), "E", "external")] == lanes.errors
    assert [BitrateChange(at(20), 800), BitrateChange(at(33), 1600)] == lanes.bitrate
    assert (16, 0, 14) == (len(lanes.playhead), lanes.playhead[0].playhead_s, lanes.playhead[-1].playhead_s)
    assert (at(0), at(40)) == (lanes.from_ms, lanes.to_ms)


def test_a_download_has_lanes_too() -> None:
    """Its events are those of the list."""
    whole = Delivery(SESSION, at(900), Downloaded(events=SAID), DATASTREAM)
    assert timeline(delivered(SAID), DEFAULT_SETTINGS) == timeline([whole], DEFAULT_SETTINGS)


def test_without_a_start_there_is_nothing() -> None:
    """Events of a session that never began have no lanes."""
    assert timeline(delivered([Ping(at(1), 0)]), DEFAULT_SETTINGS) is None
    assert timeline([], DEFAULT_SETTINGS) is None


@given(viewings())
def test_lanes_agree_with_the_numbers(viewing: Viewing) -> None:
    """The player lane is in order without overlap, and adds up to what the session's record says."""
    deliveries = delivered([viewing.start, *viewing.events])
    lanes = timeline(deliveries, DEFAULT_SETTINGS)
    record = Ran().take(deliveries).close().record
    assert lanes is not None
    ends = [BASE_MS]
    for interval in lanes.player:
        assert ends[-1] <= interval.from_ms < interval.to_ms
        ends.append(interval.to_ms)
    lasted = {
        label: sum(i.to_ms - i.from_ms for i in lanes.player if i.label == label)
        for label in ("playing", "ad", "stalled")
    }
    assert sum(end - begin for begin, end in record.main_play_ms) == lasted["playing"]
    assert sum(end - begin for begin, end in record.ad_play_ms) == lasted["ad"]
    assert (lasted["stalled"] + 500) // 1000 == record.qoe.get("stallTime", 0)
    assert len(lanes.playhead) == 1 + len(viewing.events)
