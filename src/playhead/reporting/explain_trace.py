"""
A session stepped through its fold, with a note of what every event changed. Law: what is noted is what was folded.

The events are judged and folded by the code that makes the rows. A `Trace` is that fold, finished, beside the events it
took and, for each interval between two of them, where its time went in the end: a stall takes back what was play.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import chain
from typing import Final, NamedTuple

from msgspec import Struct

from playhead.base.settings import SessionSettings
from playhead.events.ads import AdBreakStart
from playhead.events.delivery import Delivery
from playhead.events.event import Event, Quality
from playhead.events.session import Downloaded, SessionStart
from playhead.sessions.arrivals import Arrivals, Logged, replay
from playhead.sessions.downloads import log_of, start_of
from playhead.sessions.fold import Fold
from playhead.sessions.machine import ACTIVE, CREDIT, Credit, Scene
from playhead.sessions.playtime import DAY_S, viewed_end
from playhead.sessions.rules import Rules, rules_of


class Spent(StrEnum):
    """What an interval was credited to (metrics.md 1.4, 1.6)."""

    NOTHING = "nothing"
    PLAY = "play"
    AD = "ad"
    PAUSE = "pause"
    BUFFER = "buffer"
    STALL = "stall"


_SPENT: Final = {
    Credit.NOTHING: Spent.NOTHING,
    Credit.MAIN: Spent.PLAY,
    Credit.AD: Spent.AD,
    Credit.PAUSE: Spent.PAUSE,
    Credit.BUFFER: Spent.BUFFER,
}


class Said(NamedTuple):
    """
    An accepted event.

    Attributes:
        event: What the player said.
        at_ms: Where it is folded, player's clock.
        received_ms: Arrival of its delivery.
        number: Of its delivery among those given, in order of arrival, from 0.
        inside: Of a download: its number in the list, from 0; else None.
    """

    event: Event
    at_ms: int
    received_ms: int
    number: int
    inside: int | None


class Stretch(Struct, gc=False):
    """
    The interval between two events that follow each other.

    Attributes:
        spent: What its time counts as.
        ms: How much time that is: 0 where the clock went back, at most the interval cap.
        scene: Who had the screen.
        ad, chapter, stall: Ordinals, from 1; 0 where it belongs to none.
        bitrate: Number of the event whose bitrate was current; -1: none was known.
        seen_ms: The content viewed, in content ms, not clipped; None: none.
    """

    spent: Spent
    ms: int
    scene: Scene
    ad: int
    chapter: int
    stall: int
    bitrate: int
    seen_ms: tuple[int, int] | None


class Report(NamedTuple):
    """A quality value that was taken over: number of the event, value."""

    event: int
    value: float


class Play(Struct):
    """When an ad or a chapter was open: numbers of its events; of an ad, `pod` is its adBreakStart's."""

    start: int
    pod: int = -1
    end: int = -1


class Opening(Struct):
    """When a player state was on: numbers of the events; `end` is the last event's if it was on until then."""

    start: int
    end: int = -1


class Trace:
    """
    The notes.

    Numbers of events are places in `said`; stretch n lies between the events n and n + 1.

    Attributes:
        fold: Finished.
        start, downloaded: As delivered.
        last_received_ms: Arrival of the latest accepted event.
        said: Accepted events in folded order.
        stretches: One fewer.
        pauses, buffers, changes, errors: Events that were counted.
        stalls: First event of each stall, and the one that showed it.
        complete, entered: The first sessionComplete, and the event that entered main play; -1: none.
        bitrates, dropped, frames, time_to_start: Values taken over, in folded order.
        ads, chapters: In order of start, as in the fold.
        states: Openings by name, in order of first start.
    """

    def __init__(self, first: Said, rules: Rules, *, downloaded: bool) -> None:
        assert isinstance(first.event, SessionStart), "a log begins with the start"
        self.start: SessionStart = first.event
        self.rules = rules
        self.downloaded = downloaded
        self.last_received_ms = first.received_ms
        self.fold = Fold.of(first.event, first.at_ms)
        self.said = [first]
        self.stretches: list[Stretch] = []
        self.pauses: list[int] = []
        self.buffers: list[int] = []
        self.changes: list[int] = []
        self.errors: list[int] = []
        self.stalls: list[tuple[int, int]] = []
        self.complete = self.entered = -1
        self.bitrates: list[Report] = []
        self.dropped: list[Report] = []
        self.frames: list[Report] = []
        self.time_to_start: list[Report] = []
        self.ads: list[Play] = []
        self.chapters: list[Play] = []
        self.states: dict[str, list[Opening]] = {}
        self._counts: dict[str, int] = {}
        self._pod = -1
        self._run = -1
        """First stretch of a playhead that stands still; -1: it does not."""
        self._stalled = False
        self._take(first.event.quality, played=False)

    def step(self, said: Said) -> None:
        """Fold the next event."""
        fold, event = self.fold, said.event
        state, clock_ms, stall_count, playhead_s = fold.state, fold.clock_ms, fold.stall_count, fold.playhead_s
        ad, chapter, played = fold.ad, fold.chapter, fold.first_playhead_s is not None
        fold.step(type(event), said.at_ms, event, self.rules)
        fold.settle()
        stretch = Stretch(
            _SPENT[Credit(CREDIT[state])],
            fold.clock_ms - clock_ms,
            ACTIVE[state][0],
            0 if ad is None else ad.ordinal,
            0 if chapter is None else chapter.ordinal,
            0,
            self.bitrates[-1].event if self.bitrates else -1,
            None,
        )
        self.said.append(said)
        self.stretches.append(stretch)
        if stretch.spent is Spent.PLAY:
            self._play(stretch, playhead_s, turned=fold.stall_count > stall_count)
        if fold.run is None:
            self._run, self._stalled = -1, False
        self._take(event.quality, played=played)
        self._note(event)

    def finish(self) -> None:
        """Close what is open at the last event."""
        last = len(self.said) - 1
        self.fold.finish()
        for play in chain(self.ads, self.chapters):
            if play.end < 0:
                play.end = last
        for openings in self.states.values():
            if openings[-1].end < 0:
                openings[-1].end = last
        for spent, ms in (
            (Spent.PLAY, self.fold.main_ms),
            (Spent.AD, self.fold.ad_ms),
            (Spent.PAUSE, self.fold.pause_ms),
            (Spent.BUFFER, self.fold.buffer_ms),
            (Spent.STALL, self.fold.stall_ms),
        ):
            noted_ms = sum(stretch.ms for stretch in self.stretches if stretch.spent is spent)
            assert noted_ms == ms, f"{noted_ms} ms of {spent} were noted, {ms} ms folded"

    def _play(self, stretch: Stretch, playhead_s: int, *, turned: bool) -> None:
        """Main content played from `playhead_s` on; `turned`: with this stretch, the run became a stall."""
        fold, number = self.fold, len(self.stretches) - 1
        step_s = fold.playhead_s - playhead_s
        if step_s:
            live = self.start.length_s == DAY_S
            end_ms = viewed_end(playhead_s, step_s, stretch.ms, live=live, rules=self.rules)
            if end_ms > playhead_s * 1000:
                stretch.seen_ms = (playhead_s * 1000, end_ms)
            return
        if self._run < 0:
            self._run = number
        if turned:
            self._stalled = True
            self.stalls.append((self._run, number + 1))
        if self._stalled:
            for moved in self.stretches[self._run if turned else number :]:
                moved.spent, moved.stall = Spent.STALL, fold.stall_count

    def _take(self, quality: Quality | None, *, played: bool) -> None:
        """Note the values of an event that the fold took over (metrics.md 2.5)."""
        if quality is None:
            return
        number = len(self.said) - 1
        bitrate = quality.bitrate_kbps
        if bitrate is not None and bitrate > 0 and (not self.bitrates or self.bitrates[-1].value != bitrate):
            self.bitrates.append(Report(number, bitrate))
        if quality.dropped_frames is not None:
            self.dropped.append(Report(number, quality.dropped_frames))
        if quality.frames_per_second is not None:
            self.frames.append(Report(number, quality.frames_per_second))
        if quality.time_to_start_ms is not None and (not played or not self.time_to_start):
            self.time_to_start.append(Report(number, quality.time_to_start_ms))

    def _note(self, event: Event) -> None:
        """Note what the event counted as."""
        fold, number = self.fold, len(self.said) - 1
        for name, noted in (
            ("pause_count", self.pauses),
            ("buffer_count", self.buffers),
            ("bitrate_change_count", self.changes),
            ("error_count", self.errors),
        ):
            if getattr(fold, name) > len(noted):
                noted.append(number)
        if fold.completed and self.complete < 0:
            self.complete = number
        if fold.first_playhead_s is not None and self.entered < 0:
            self.entered = number
        if isinstance(event, AdBreakStart):
            self._pod = number
        self._note_plays(self.ads, len(fold.ads), number, still_open=fold.ad is not None)
        self._note_plays(self.chapters, len(fold.chapters), number, still_open=fold.chapter is not None)
        self._note_states(number)

    def _note_plays(self, plays: list[Play], count: int, number: int, *, still_open: bool) -> None:
        if plays and plays[-1].end < 0 and (count > len(plays) or not still_open):
            plays[-1].end = number
        if count > len(plays):
            plays.append(Play(number, self._pod))

    def _note_states(self, number: int) -> None:
        states = self.fold.states
        if states is None:
            return
        for name, (count, _, opened) in states.totals.items():
            openings = self.states.setdefault(name, [])
            if openings and openings[-1].end < 0 and (opened < 0 or count > len(openings)):
                openings[-1].end = number
            if count > len(openings):
                openings.append(Opening(number))


def trace_of(deliveries: Sequence[Delivery], settings: SessionSettings) -> Trace | None:
    """
    Step through a session.

    Args:
        deliveries: Everything delivered of it, in arrival order, whatever became of it.
        settings: Those it was folded with.

    Returns:
        The notes, finished; None if the deliveries hold no sessionStart.
    """
    rules = rules_of(settings)
    for number, delivery in enumerate(deliveries):
        event = delivery.event
        if isinstance(event, Downloaded) and start_of(event) is not None:
            log = log_of(delivery, event, delivery.received_ms)
            found = ((one, delivery.received_ms, number, one.sequence) for one in sorted(log))
            return _traced(found, rules, downloaded=True)
        if isinstance(event, SessionStart):
            return _traced(_online(deliveries, number, rules), rules, downloaded=False)
    return None


_Place = tuple[Logged, int, int, int | None]
"""An accepted event, arrival and number of its delivery, its number in a download."""


def _online(deliveries: Sequence[Delivery], first: int, rules: Rules) -> list[_Place]:
    """The accepted events of a session that was recorded online, in folded order."""
    waiting = iter(deliveries[first:])
    _, log = replay(waiting, lambda start, now_ms: Arrivals.of(start, now_ms, rules, keep_all=True))
    found: list[_Place] = []
    for number in range(first, len(deliveries)):
        if len(found) < len(log) and log[len(found)].event is deliveries[number].event:
            found.append((log[len(found)], deliveries[number].received_ms, number, None))
    assert len(found) == len(log), "every accepted event was delivered"
    return sorted(found)


def _traced(places: Iterable[_Place], rules: Rules, *, downloaded: bool) -> Trace:
    waiting = (Said(one.event, one.at_ms, received_ms, number, inside) for one, received_ms, number, inside in places)
    trace = Trace(next(waiting), rules, downloaded=downloaded)
    for said in waiting:
        trace.step(said)
        trace.last_received_ms = max(trace.last_received_ms, said.received_ms)
    trace.finish()
    return trace
