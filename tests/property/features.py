"""What occurs in a generated session, by the oracle's reading of it: the statistics that strategies are held to."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from oracle.fold import Interval, Reading, read
from oracle.life import Heard, heard
from playhead.base.settings import SessionSettings
from playhead.events.ads import AdStart
from playhead.events.event import Event
from playhead.events.session import SessionStart


def reading_of(events: Iterable[Event], settings: SessionSettings) -> Reading:
    """A session whose events arrive as they are said."""
    said: list[Heard] = [heard(event, event.at_ms or 0) for event in events]
    start = said[0].event
    assert isinstance(start, SessionStart)
    return read(said, settings, Fraction(repr(start.length_s)))


def _moves(one: Interval, length: float) -> Iterator[str]:
    """What the playhead does in an interval of main play (metrics.md 1.5)."""
    d, s = one.b - one.a, one.dt / 1000
    if length == 86_400 and d < -43_200:
        yield "live wrap"
        d += 86_400
    if -1 <= d < 0:
        yield "jitter"
    elif 0 <= d <= 2 * s + 1:
        if d > s + 1:
            yield "fast"
    else:
        yield "seek forth" if d > 0 else "seek back"
    if length not in {0, 86_400} and one.b > length:
        yield "beyond the length"


def features(r: Reading) -> set[str]:
    """The names of what occurs."""
    start = r.ordered[0].event
    assert isinstance(start, SessionStart)
    asked = sum(isinstance(one.event, AdStart) for one in r.ordered)
    found = {
        "main play": bool(r.ms["main"]),
        "never played": r.first_main is None,
        "ad": bool(r.ads),
        "ad completed": any(ad.completed for ad in r.ads),
        "ad abandoned": any(not ad.completed for ad in r.ads),
        "two ads": len(r.ads) >= 2,
        "ad ignored": asked > len(r.ads),
        "chapter": bool(r.chapters),
        "chapter with time": any(chapter.ms for chapter in r.chapters),
        "states": bool(r.state_count),
        "state restarted": any(count > 1 for count in r.state_count.values()),
        "pause": r.pauses > 0,
        "buffer": r.buffers > 0,
        "stall": r.stalls > 0,
        "stall in a chapter": any(one.stalled and one.chapter is not None for one in r.intervals),
        "error": bool(r.errors),
        "bitrate weight": bool(r.weight),
        "completed": r.completed,
        "live": start.length_s == 86_400,
        "missing playhead": any(one.event.playhead_s is None for one in r.ordered[:-1]),
        "pause in an ad": any(one.active == ("ad", "paused") for one in r.intervals),
        "buffer in an ad": any(one.active == ("ad", "buffering") for one in r.intervals),
        "soft close": any(one.active[0] == "main" and one.soft for one in r.intervals),
        "gap": any(one.active[0] == "gap" for one in r.intervals),
    }
    main = [one for one in r.intervals if one.active == ("main", "playing")]
    return {name for name, there in found.items() if there} | {
        move for one in main for move in _moves(one, start.length_s)
    }
