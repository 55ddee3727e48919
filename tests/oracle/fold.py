"""The events of one session, read once in order (metrics.md 1)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

from oracle.life import Heard, ms
from playhead.base.settings import SessionSettings
from playhead.events import ads, chapters, playback, quality, session, states
from playhead.events.event import Event, Quality

STANDARD_STATES = {
    "fullscreen": "fullscreen",
    "mute": "mute",
    "closedcaptioning": "closedCaptioning",
    "closecaption": "closedCaptioning",
    "pictureinpicture": "pictureInPicture",
    "infocus": "inFocus",
}


@dataclass
class Play:
    """One ad or one chapter: what was said at its start, its clock, how it was closed."""

    start: Any
    started_ts: int
    pod: Any = None
    playing: str = "playing"
    ms: int = 0
    completed: bool = False
    closed_ts: int | None = None


@dataclass
class Interval:
    """From one event to the next, with what was true in it."""

    start: int
    dt: int
    a: int
    b: int
    active: tuple[str, str]
    ad: Play | None
    chapter: Play | None
    states: list[str]
    bitrate: float | None
    soft: bool = False
    stalled: bool = False


@dataclass
class Reading:
    """All that a session says, and the state vector of 1.2 while it is read."""

    p: str = "starting"
    pod: Any = None
    soft: bool = False
    ads_closed: int = 0
    ad: Play | None = None
    chapter: Play | None = None
    ads: list[Play] = field(default_factory=list)
    chapters: list[Play] = field(default_factory=list)
    open_states: list[str] = field(default_factory=list)
    state_count: dict[str, int] = field(default_factory=dict)
    state_ms: dict[str, int] = field(default_factory=dict)
    bitrate: float | None = None
    dropped_frames: float | None = None
    fps: float | None = None
    times_to_start: list[tuple[int, float]] = field(default_factory=list)
    first_main: int | None = None
    first_main_playhead: int = 0
    completed: bool = False
    pauses: int = 0
    buffers: int = 0
    bitrate_changes: int = 0
    errors: list[tuple[str, str]] = field(default_factory=list)
    intervals: list[Interval] = field(default_factory=list)
    stalls: int = 0
    ordered: list[Heard] = field(default_factory=list)
    ms: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("main", "ad", "pause", "buffer", "stall"), 0))
    weight: dict[float, int] = field(default_factory=dict)
    viewed: list[tuple[Fraction, Fraction]] = field(default_factory=list)
    main_play: list[tuple[int, int]] = field(default_factory=list)
    ad_play: list[tuple[int, int]] = field(default_factory=list)


def in_order(heard: Sequence[Heard]) -> list[Heard]:
    """1.1: sorted by (ts, arrival sequence), sessionStart pinned first, sessionEnd pinned last."""
    pinned = (session.SessionStart, session.SessionEnd)
    first = [one for one in heard if isinstance(one.event, session.SessionStart)]
    last = [one for one in heard if isinstance(one.event, session.SessionEnd)]
    middle = sorted((one for one in heard if not isinstance(one.event, pinned)), key=lambda one: one.ts)
    return first + middle + last


def read(heard: Sequence[Heard], settings: SessionSettings, length: Fraction, *, closed: bool = True) -> Reading:
    """Fold the accepted events, given in order of arrival; `closed`: and close what is open at the last of them."""
    r = Reading()
    r.ordered = in_order(heard)
    playheads: list[int] = []
    for one in r.ordered:
        before = playheads[-1] if playheads else 0
        playheads.append(before if one.event.playhead_s is None else one.event.playhead_s)
    for i, one in enumerate(r.ordered):
        if i > 0:
            before_ts = r.ordered[i - 1].ts
            dt = min(max(0, one.ts - before_ts), ms(settings.interval_cap_s))
            r.intervals.append(
                Interval(
                    before_ts,
                    dt,
                    playheads[i - 1],
                    playheads[i],
                    active(r),
                    r.ad,
                    r.chapter,
                    list(r.open_states),
                    r.bitrate,
                    soft=r.pod is not None and r.soft,
                )
            )
        take_quality(r, i, one.event.quality)
        transition(r, one.event, one.ts, settings)
        if active(r) == ("main", "playing") and r.first_main is None:
            r.first_main, r.first_main_playhead = i, playheads[i]
    last_ts = r.ordered[-1].ts
    if closed:
        close_ad(r, last_ts)
        close_chapter(r, last_ts)
    mark_stalls(r, settings)
    for interval in r.intervals:
        credit(r, interval, settings, length)
    return r


def active(r: Reading) -> tuple[str, str]:
    """1.2: what the clock is credited to."""
    if r.ad is not None:
        return "ad", r.ad.playing
    if r.pod is not None and not r.soft:
        return "gap", r.p
    return "main", r.p


def take_quality(r: Reading, i: int, values: Quality | None) -> None:
    """2.5: values of any event hold from that event on."""
    if values is None:
        return
    if values.bitrate_kbps is not None and values.bitrate_kbps > 0:
        r.bitrate = values.bitrate_kbps
    if values.dropped_frames is not None:
        r.dropped_frames = values.dropped_frames
    if values.frames_per_second is not None:
        r.fps = values.frames_per_second
    if values.time_to_start_ms is not None:
        r.times_to_start.append((i, values.time_to_start_ms))


def close_ad(r: Reading, ts: int, *, completed: bool = False) -> None:
    """Close the open ad, if there is one."""
    if r.ad is not None:
        r.ad.completed, r.ad.closed_ts = completed, ts
        r.ad = None
        r.ads_closed += 1


def close_chapter(r: Reading, ts: int, *, completed: bool = False) -> None:
    """Close the open chapter, if there is one."""
    if r.chapter is not None:
        r.chapter.completed, r.chapter.closed_ts = completed, ts
        r.chapter = None


def transition(r: Reading, event: Event, ts: int, settings: SessionSettings) -> None:
    """1.3, one row of the table each."""
    match event:
        case playback.Play():
            r.p = "playing"
            if r.ad is not None:
                r.ad.playing = "playing"
            elif r.pod is not None and r.ads_closed >= 1:
                r.soft = True
        case playback.PauseStart():
            r.pauses += halt(r, "paused")
        case playback.BufferStart():
            r.buffers += halt(r, "buffering")
        case chapters.ChapterStart():
            close_chapter(r, ts)
            r.chapter = Play(event, ts)
            r.chapters.append(r.chapter)
        case chapters.ChapterComplete():
            close_chapter(r, ts, completed=True)
        case chapters.ChapterSkip():
            close_chapter(r, ts)
        case quality.BitrateChange():
            r.bitrate_changes += 1
        case quality.PlaybackError():
            r.errors.append((event.source, event.name))
        case states.StatesUpdate():
            update_states(r, event, settings)
        case session.SessionComplete():
            r.completed = True
            r.p = "ended"
        case _:
            transition_of_ads(r, event, ts)


def halt(r: Reading, to: str) -> int:
    """1.3, pauseStart and bufferStart: 1 if it is an entry into the state."""
    if r.p == "ended" and r.ad is None:
        return 0
    entered = active(r)[1] != to
    if r.p != "ended":
        r.p = to
    if r.ad is not None:
        r.ad.playing = to
    return int(entered)


def transition_of_ads(r: Reading, event: Event, ts: int) -> None:
    """1.3, the rows of ad breaks and ads."""
    match event:
        case ads.AdBreakStart():
            close_ad(r, ts)
            r.pod, r.soft, r.ads_closed = event, False, 0
        case ads.AdStart() if r.pod is not None:
            close_ad(r, ts)
            r.soft = False
            r.ad = Play(event, ts, r.pod)
            r.ads.append(r.ad)
        case ads.AdComplete():
            close_ad(r, ts, completed=True)
        case ads.AdSkip():
            close_ad(r, ts)
        case ads.AdBreakComplete() if r.pod is not None:
            close_ad(r, ts)
            r.pod = None


def update_states(r: Reading, event: states.StatesUpdate, settings: SessionSettings) -> None:
    """2.6: ends first; a start of an open state and an end of a closed one are ignored."""

    def written(names: Iterable[str]) -> list[str]:
        return [STANDARD_STATES.get(name.lower(), name) for name in names]

    for name in written(event.ended):
        if name in r.open_states:
            r.open_states.remove(name)
    for name in written(event.started):
        if name in r.open_states or (name not in r.state_count and len(r.state_count) >= settings.max_states):
            continue
        r.open_states.append(name)
        r.state_count[name] = r.state_count.get(name, 0) + 1
        r.state_ms.setdefault(name, 0)


def mark_stalls(r: Reading, settings: SessionSettings) -> None:
    """1.6: the whole run stalls once it holds two intervals of at least `stall_min_gap_s`."""
    run: list[Interval] = []
    runs = [run]
    for interval in r.intervals:
        if interval.active == ("main", "playing") and abs(interval.b - interval.a) < 0.5:
            run.append(interval)
        else:
            run = []
            runs.append(run)
    for run in runs:
        if sum(interval.dt >= ms(settings.stall_min_gap_s) for interval in run) >= 2:
            r.stalls += 1
            for interval in run:
                interval.stalled = True


def credit(r: Reading, interval: Interval, settings: SessionSettings, length: Fraction) -> None:
    """1.4, one row of the table each."""
    dt, span = interval.dt, (interval.start, interval.start + interval.dt)
    for name in interval.states:
        r.state_ms[name] += dt
    match interval.active:
        case ("main", "playing") if interval.stalled:
            r.ms["stall"] += dt
        case ("main", "playing"):
            r.ms["main"] += dt
            r.main_play.append(span)
            if interval.chapter is not None:
                interval.chapter.ms += dt
            view(r, interval, settings, length)
            weigh(r, interval)
        case ("ad", "playing"):
            assert interval.ad is not None
            interval.ad.ms += dt
            r.ms["ad"] += dt
            r.ad_play.append(span)
            weigh(r, interval)
        case (_, "paused"):
            r.ms["pause"] += dt
        case (_, "buffering"):
            r.ms["buffer"] += dt


def weigh(r: Reading, interval: Interval) -> None:
    """2.5: a bitrate weighs as many ms as it was current while something played."""
    if interval.bitrate is not None:
        r.weight[interval.bitrate] = r.weight.get(interval.bitrate, 0) + interval.dt


def view(r: Reading, interval: Interval, settings: SessionSettings, length: Fraction) -> None:
    """1.5, in its five steps."""
    live = length == 86400
    a, d, s = Fraction(interval.a), Fraction(interval.b - interval.a), Fraction(interval.dt, 1000)
    jitter, rate = Fraction(settings.playhead_jitter_s), Fraction(settings.max_playback_rate)
    if live and d < -43200:
        d += 86400
    if -jitter <= d < 0:
        return
    b = a + d if 0 <= d <= rate * s + jitter else a + s
    pieces = [(a, b)]
    if live:
        while pieces[-1][1] > 86400:
            low, high = pieces.pop()
            pieces += [(min(low, Fraction(86400)), Fraction(86400)), (max(low - 86400, Fraction(0)), high - 86400)]
    elif length > 0:
        pieces = [(min(a, length), min(b, length))]
    r.viewed += [(low, high) for low, high in pieces if high > low]


def replayed(r: Reading, settings: SessionSettings) -> list[tuple[Fraction, Fraction]]:
    """Where at least two viewed intervals are, counted between all their ends; not where it is no longer than the jitter."""
    ends = sorted({end for span in r.viewed for end in span})
    twice = [
        (low, high) for low, high in pairwise(ends) if sum(start <= low and high <= end for start, end in r.viewed) > 1
    ]
    return [(low, high) for low, high in union(twice) if high - low > Fraction(settings.playhead_jitter_s)]


def union(spans: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Disjoint closed intervals, ascending; those of no length are left out."""
    found: list[tuple[Any, Any]] = []
    for low, high in sorted(span for span in spans if span[1] > span[0]):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return found
