"""The fold. Its rules are shown by tests/timelines; here is what a caller relies on."""

from playhead.base.settings import DEFAULT_SETTINGS
from playhead.events.ads import AdBreakStart, AdStart
from playhead.events.chapters import ChapterStart
from playhead.events.event import Event, Quality
from playhead.events.playback import PauseStart, Ping, Play
from playhead.events.quality import PlaybackError
from playhead.events.session import SessionStart
from playhead.events.states import StatesUpdate
from playhead.sessions.facts import AdClosed, AdStarted, ChapterClosed
from playhead.sessions.fold import Fold
from playhead.sessions.rules import rules_of

RULES = rules_of(DEFAULT_SETTINGS)


def folded(*events: Event) -> Fold:
    fold = Fold.of(SessionStart(0, 0, name="film"), 0)
    for event in events:
        fold.step(type(event), event.at_ms or 0, event, RULES)
    return fold


def test_time_goes_to_the_state_before_the_event() -> None:
    """The interval that a play ends was not played; nothing is credited after the last event."""
    fold = folded(Play(1000, 0), Ping(11_000, 10))
    fold.settle()
    assert (10_000, 11_000) == (fold.main_ms, fold.clock_ms)


def test_it_does_not_matter_when_even_play_is_credited() -> None:
    """After each event or once at the end: what a session adds up to, how it is frozen too, is the same."""
    events: list[Event] = [
        Play(1000, 0),
        Ping(11_000, 10, Quality(800)),
        Ping(21_000, 20, Quality(800, 3)),
        Ping(31_000, 31, Quality(1200)),
        Ping(31_000, 32),
        ChapterStart(41_000, 40, details={"index": 1}),
        Ping(51_000, 50),
        Ping(61_000, 20),
        Ping(71_000, 30),
        Ping(70_000, 31),
        Ping(80_000, 31, Quality(900)),
        Ping(90_000, 31),
        Ping(100_000, 40),
        Ping(105_000, 40),
        StatesUpdate(110_000, 50, started=("mute",)),
        Ping(900_000, 60),
        PauseStart(910_000, 70),
        Ping(920_000, 71),
        Play(930_000, 71),
        Ping(940_000, 81),
        Ping(950_000, 91),
        Ping(960_000, 91),
        Ping(970_000, 101),
        Ping(980_000, 111),
    ]
    at_the_end, after_each = folded(*events), folded()
    for event in events:
        after_each.step(type(event), event.at_ms or 0, event, RULES)
        after_each.settle()
    assert after_each != at_the_end
    at_the_end.finish()
    after_each.finish()
    assert after_each == at_the_end
    assert (750_000, 20_000, 20_000) == (at_the_end.main_ms, at_the_end.pause_ms, at_the_end.stall_ms)
    assert [(1000, 70_000), (90_000, 710_000), (900_000, 910_000), (930_000, 980_000)] == at_the_end.main_play.union()
    assert [(0, 70_000), (71_000, 111_000)] == at_the_end.viewed.union()
    assert [(20_000, 60_000)] == at_the_end.viewed.twice()
    assert (680_000, 60_000, 64_000_000) == (
        at_the_end.quality.weight_ms,
        at_the_end.quality.past_ms,
        at_the_end.quality.past_kbps_ms,
    )


def test_a_clock_that_goes_back_credits_nothing() -> None:
    """A negative interval is 0, and the earlier timestamp is the last one."""
    fold = folded(Play(1000, 0), Ping(500, 0))
    assert (0, 500) == (fold.main_ms, fold.at_ms)


def test_finishing_tells_what_was_open() -> None:
    """An open ad, then an open chapter, both not completed."""
    fold = folded(ChapterStart(1, 0, details={"index": 1}), AdBreakStart(2, 0), AdStart(3, 0, details={"name": "a"}))
    fold.finish()
    assert [AdStarted, AdClosed, ChapterClosed] == [type(fact) for fact in fold.told]


def test_a_clone_is_independent() -> None:
    """Whatever is done to the copy, the original goes on as if it had not been made."""
    events: list[Event] = [
        Play(1000, 0),
        ChapterStart(2000, 1, details={"index": 1}),
        StatesUpdate(2000, 1, started=("mute",)),
        PlaybackError(2500, 1, name="E", source="external"),
        Ping(4000, 1),
    ]
    more: list[Event] = [
        Ping(6000, 1),
        PlaybackError(6500, 1, name="F", source="player"),
        StatesUpdate(7000, 1, ended=("mute",)),
        AdBreakStart(8000, 1),
        AdStart(9000, 1, details={"name": "a"}),
    ]
    fold, untouched = folded(*events), folded(*events, *more)
    twin = fold.clone()
    for event in more:
        twin.step(type(event), event.at_ms or 0, event, RULES)
    twin.finish()
    for event in more:
        fold.step(type(event), event.at_ms or 0, event, RULES)
    for name in ("main_ms", "stall_ms", "stall_count", "ad_ms", "state", "player_errors", "external_errors", "told"):
        assert getattr(untouched, name) == getattr(fold, name)
    assert untouched.main_play.union() == fold.main_play.union()
    assert fold.chapter is not None
    assert fold.ad is not None
