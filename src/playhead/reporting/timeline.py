"""
A session as lanes over time, for a person to look at. Law: what is drawn is what was folded.

The events are judged and folded by the code that makes the rows; this module only watches the fold's state from step
to step. All times are the player's clock, Unix ms; intervals are half open, in order, and do not overlap in a lane.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final

from msgspec import Struct

from playhead.base.settings import SessionSettings
from playhead.events.delivery import Delivery
from playhead.events.quality import PlaybackError
from playhead.events.session import Downloaded, SessionStart
from playhead.sessions.arrivals import Arrivals, Logged, replay
from playhead.sessions.downloads import log_of, start_of
from playhead.sessions.fold import Fold
from playhead.sessions.machine import ACTIVE, Phase, Scene
from playhead.sessions.rules import Rules, rules_of

STALLED: Final = "stalled"

_PHASE_NAME: Final[Mapping[Phase, str]] = {
    Phase.STARTING: "starting",
    Phase.PLAYING: "playing",
    Phase.PAUSED: "paused",
    Phase.BUFFERING: "buffering",
    Phase.ENDED: "ended",
}


class Interval(Struct, frozen=True, rename="camel"):
    """
    A stretch of one lane.

    `label`: in the player lane one of starting, playing, paused, buffering, stalled, ad, gap, ended; else a name.
    """

    label: str
    from_ms: int
    to_ms: int


class AdInterval(Struct, frozen=True, rename="camel"):
    """An ad from its start to its end. `ordinal` from 1; `name` is the ad's id."""

    ordinal: int
    name: str
    friendly_name: str | None
    pod_index: int
    from_ms: int
    to_ms: int
    completed: bool


class ChapterInterval(Struct, frozen=True, rename="camel"):
    """A chapter from its start to its end. `ordinal` from 1; `index` as sent."""

    ordinal: int
    index: int
    friendly_name: str | None
    from_ms: int
    to_ms: int
    completed: bool


class Point(Struct, frozen=True, rename="camel"):
    """Where the playhead was at an event."""

    at_ms: int
    playhead_s: int


class BitrateChange(Struct, frozen=True, rename="camel"):
    """From when on the bitrate was this, kbit/s; by what the player told of it, whether or not it told of a change."""

    at_ms: int
    kbps: int | float


class ErrorMark(Struct, frozen=True, rename="camel"):
    """An error. `source`: player or external."""

    at_ms: int
    name: str
    source: str


class Timeline(Struct, frozen=True, rename="camel"):
    """
    The lanes of one session, from its first event to its last.

    Attributes:
        from_ms, to_ms: Smallest and largest time in any lane.
        player: What the viewer saw: playing, an ad, waiting… Stretches of no length are left out.
        ads, chapters: In order of start; open ones end at the last event.
        states: Player states, by start.
        playhead: One point an event, in folded order.
        bitrate: Each change, in folded order.
        errors: In folded order.
    """

    from_ms: int
    to_ms: int
    player: Sequence[Interval]
    ads: Sequence[AdInterval]
    chapters: Sequence[ChapterInterval]
    states: Sequence[Interval]
    playhead: Sequence[Point]
    bitrate: Sequence[BitrateChange]
    errors: Sequence[ErrorMark]


def timeline(deliveries: Iterable[Delivery], settings: SessionSettings) -> Timeline | None:
    """
    The lanes of a session.

    Args:
        deliveries: Everything delivered of it, in arrival order, whatever became of it.
        settings: Of its datastream.

    Returns:
        The timeline; None if the deliveries hold no sessionStart.
    """
    rules = rules_of(settings)
    log = sorted(_log(deliveries, rules))
    if not log:
        return None
    first = log[0].event
    assert isinstance(first, SessionStart), "a log begins with the start"
    tracer = _Tracer(Fold.of(first, log[0].at_ms), rules)
    for logged in log[1:]:
        tracer.step(logged)
    return tracer.timeline()


def _log(deliveries: Iterable[Delivery], rules: Rules) -> list[Logged]:
    """The accepted events of a session, recorded online or offline."""
    waiting = iter(deliveries)
    for delivery in waiting:
        event = delivery.event
        if isinstance(event, Downloaded) and start_of(event) is not None:
            return log_of(delivery, event, delivery.received_ms)
        if isinstance(event, SessionStart):
            online = chain([delivery], waiting)
            return replay(online, lambda start, now_ms: Arrivals.of(start, now_ms, rules, keep_all=True))[1]
    return []


class _Tracer:
    """Steps a fold and notes what changed."""

    def __init__(self, fold: Fold, rules: Rules) -> None:
        self._fold = fold
        self._rules = rules
        self._player: list[Interval] = []
        self._states: list[Interval] = []
        self._open_states: dict[str, tuple[int, int]] = {}  # name to (count, opened at)
        self._points = [Point(fold.at_ms, fold.playhead_s)]
        self._bitrate: list[BitrateChange] = []
        self._errors: list[ErrorMark] = []
        self._note_bitrate()

    def step(self, logged: Logged) -> None:
        fold = self._fold
        from_ms, state = fold.at_ms, fold.state
        stall_count, stall_ms = fold.stall_count, fold.stall_ms
        run = fold.run
        fold.step(type(logged.event), logged.at_ms, logged.event, self._rules)
        label = STALLED if fold.stall_ms > stall_ms else _label(state)
        self._extend(label, from_ms, fold.at_ms)
        if fold.stall_count > stall_count and run is not None:
            self._stall_since(run.from_ms, fold.at_ms)
        self._points.append(Point(fold.at_ms, fold.playhead_s))
        if isinstance(logged.event, PlaybackError):
            self._errors.append(ErrorMark(fold.at_ms, logged.event.name, logged.event.source))
        self._note_bitrate()
        self._note_states()

    def timeline(self) -> Timeline:
        fold = self._fold
        fold.finish()
        for name, (_, opened_ms) in self._open_states.items():
            self._states.append(Interval(name, opened_ms, max(opened_ms, fold.at_ms)))
        ads = [
            AdInterval(
                ad.ordinal,
                str(ad.details.get("name", "")),
                _text(ad.details.get("friendlyName")),
                ad.pod.index,
                ad.started_at_ms,
                fold.at_ms if ad.closed_at_ms is None else ad.closed_at_ms,
                ad.completed,
            )
            for ad in fold.ads
        ]
        chapters = [
            ChapterInterval(
                chapter.ordinal,
                int(chapter.details.get("index", 0)),
                _text(chapter.details.get("friendlyName")),
                chapter.started_at_ms,
                fold.at_ms if chapter.closed_at_ms is None else chapter.closed_at_ms,
                chapter.completed,
            )
            for chapter in fold.chapters
        ]
        return Timeline(
            min(point.at_ms for point in self._points),
            max(point.at_ms for point in self._points),
            self._player,
            ads,
            chapters,
            sorted(self._states, key=lambda interval: (interval.from_ms, interval.to_ms)),
            self._points,
            self._bitrate,
            self._errors,
        )

    def _extend(self, label: str, from_ms: int, to_ms: int) -> None:
        if to_ms <= from_ms:
            return
        last = self._player[-1] if self._player else None
        if last is not None and last.label == label and last.to_ms == from_ms:
            self._player[-1] = Interval(label, last.from_ms, to_ms)
        else:
            self._player.append(Interval(label, from_ms, to_ms))

    def _stall_since(self, from_ms: int, to_ms: int) -> None:
        """What was drawn as playing turned out to be a stall."""
        while self._player and self._player[-1].from_ms >= from_ms:
            self._player.pop()
        if self._player and self._player[-1].to_ms > from_ms:
            last = self._player.pop()
            self._player.append(Interval(last.label, last.from_ms, from_ms))
        self._extend(STALLED, from_ms, to_ms)

    def _note_bitrate(self) -> None:
        kbps = self._fold.quality.bitrate_kbps
        if kbps is not None and (not self._bitrate or self._bitrate[-1].kbps != kbps):
            self._bitrate.append(BitrateChange(self._fold.at_ms, kbps))

    def _note_states(self) -> None:
        states = self._fold.states
        if states is None:
            return
        at_ms = self._fold.at_ms
        for name, (count, _, opened) in states.totals.items():
            known = self._open_states.get(name)
            if known is not None and (opened < 0 or count != known[0]):
                self._states.append(Interval(name, known[1], max(known[1], at_ms)))
                del self._open_states[name]
            if opened >= 0 and name not in self._open_states:
                self._open_states[name] = (count, at_ms)


def _label(state: int) -> str:
    """What the player lane shows in a state."""
    scene, phase = ACTIVE[state]
    if phase is Phase.PLAYING and scene is not Scene.MAIN:
        return "ad" if scene is Scene.AD else "gap"
    if scene is Scene.GAP and phase not in {Phase.PAUSED, Phase.BUFFERING}:
        return "gap"
    return _PHASE_NAME[phase]


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value)
