"""
The fold: events of one session, in order, to what they add up to (metrics.md 1 and 2).

Law: an interval is credited to the state before the event that ends it; then the event's quality values are taken;
then it changes the state. Only the player's clock counts here. The order of events is the caller's business: by
(timestamp, arrival), sessionStart first, sessionEnd last.
"""

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any, Final, cast

from playhead.events.ads import AdBreakComplete, AdBreakStart, AdComplete, AdSkip, AdStart
from playhead.events.chapters import ChapterComplete, ChapterSkip, ChapterStart
from playhead.events.event import Event
from playhead.events.playback import BufferStart, PauseStart, Ping
from playhead.events.quality import BitrateChange, PlaybackError
from playhead.events.session import SessionComplete, SessionStart
from playhead.events.states import StatesUpdate
from playhead.sessions.ads import AdPlay
from playhead.sessions.chapters import ChapterPlay
from playhead.sessions.facts import Fact, PodDetails
from playhead.sessions.machine import ACTIVE, CREDIT, FIRST_AD_STATE, FIRST_POD_STATE, FIRST_STATE, NEXT, Credit, Phase
from playhead.sessions.playtime import DAY_S, Spans, viewed_end
from playhead.sessions.quality import QualityTotals
from playhead.sessions.rules import Rules
from playhead.sessions.stalls import StallRun
from playhead.sessions.states import PlayerStates

_MAIN: Final = int(Credit.MAIN)
_AD: Final = int(Credit.AD)
_PAUSE: Final = int(Credit.PAUSE)
_BUFFER: Final = int(Credit.BUFFER)


class Fold:
    """
    What a session adds up to so far. Mutable and compact: there is one for each open session.

    Attributes:
        at_ms: Timestamp of the last event folded. playhead_s: Its playhead.
        state: Number of the state (`machine.state_of`).
        clock_ms: Credited time so far, in whatever state.
        main_ms, ad_ms, pause_ms, buffer_ms, stall_ms: Where it went.
        pause_count, buffer_count, stall_count, bitrate_change_count, error_count: How often.
        first_playhead_s: Playhead at the first main play; None: main play was not entered yet.
        completed: A sessionComplete was folded.
        ads, chapters: All accepted so far; `ad` and `chapter` are the open ones.
        viewed: Content seen, in content ms, not clipped. main_play, ad_play: When, by the player's clock.
        told: Facts learned and not yet taken away by the caller, oldest first.
    """

    __slots__ = (
        "ad",
        "ad_ms",
        "ad_play",
        "ads",
        "at_ms",
        "bitrate_change_count",
        "buffer_count",
        "buffer_ms",
        "chapter",
        "chapters",
        "clock_ms",
        "completed",
        "error_count",
        "external_errors",
        "first_playhead_s",
        "live",
        "main_ms",
        "main_play",
        "pause_count",
        "pause_ms",
        "player_errors",
        "playhead_s",
        "pod",
        "quality",
        "rules",
        "run",
        "stall_count",
        "stall_ms",
        "state",
        "states",
        "told",
        "viewed",
    )

    def __init__(self, start: SessionStart, at_ms: int, rules: Rules) -> None:
        self.rules = rules
        self.live = start.length_s == DAY_S
        self.at_ms = at_ms
        self.playhead_s = start.playhead_s or 0
        self.state = FIRST_STATE
        self.clock_ms = self.main_ms = self.ad_ms = self.pause_ms = self.buffer_ms = self.stall_ms = 0
        self.pause_count = self.buffer_count = self.stall_count = self.bitrate_change_count = self.error_count = 0
        self.first_playhead_s: int | None = None
        self.completed = False
        self.pod: PodDetails | None = None
        self.ad: AdPlay | None = None
        self.ads: list[AdPlay] = []
        self.chapter: ChapterPlay | None = None
        self.chapters: list[ChapterPlay] = []
        self.states: PlayerStates | None = None
        self.quality = QualityTotals()
        self.viewed = Spans()
        self.main_play = Spans()
        self.ad_play = Spans()
        self.run: StallRun | None = None
        self.player_errors: dict[str, None] | None = None
        self.external_errors: dict[str, None] | None = None
        self.told: list[Fact] = []
        if start.quality is not None:
            self.quality.take(start.quality, played=False)

    def step(self, kind: type[Event], at_ms: int, event: Event) -> None:
        """Fold one event. `kind` is its type, `at_ms` its timestamp as metrics.md 1.1 reads it."""
        dt = at_ms - self.at_ms
        if dt < 0:
            dt = 0
        elif dt > self.rules.interval_cap_ms:
            dt = self.rules.interval_cap_ms
        playhead = event.playhead_s
        if playhead is None:
            playhead = self.playhead_s
        credit = CREDIT[self.state]
        if credit == _MAIN:
            if playhead == self.playhead_s:
                self._stand(dt)
            else:
                self._watch(dt, playhead)
        elif credit == _AD:
            self._play_ad(dt)
        elif credit == _PAUSE:
            self.pause_ms += dt
        elif credit == _BUFFER:
            self.buffer_ms += dt
        self.clock_ms += dt
        self.at_ms = at_ms
        self.playhead_s = playhead
        if event.quality is not None:
            self.quality.take(event.quality, played=self.first_playhead_s is not None)
        if kind is not Ping:
            row = NEXT.get(kind)
            if row is not None:
                self._move(kind, event, row[self.state])
            else:
                other = _OTHER.get(kind)
                if other is not None:
                    other(self, event)

    def finish(self) -> None:
        """Close what is open, at the last event (metrics.md 4.1). Nothing may be folded after it."""
        if self.ad is not None:
            self._close_ad(completed=False)
        if self.chapter is not None:
            self._close_chapter(completed=False)

    def clone(self) -> "Fold":
        """An independent copy, with nothing told yet."""
        twin = Fold.__new__(Fold)
        for name in Fold.__slots__:
            setattr(twin, name, getattr(self, name))
        ads = {id(ad): copy(ad) for ad in self.ads}
        chapters = {id(chapter): copy(chapter) for chapter in self.chapters}
        twin.ads = list(ads.values())
        twin.ad = None if self.ad is None else ads[id(self.ad)]
        twin.chapters = list(chapters.values())
        twin.chapter = None if self.chapter is None else chapters[id(self.chapter)]
        twin.states = None if self.states is None else self.states.clone()
        twin.quality = copy(self.quality)
        twin.viewed, twin.main_play, twin.ad_play = self.viewed.clone(), self.main_play.clone(), self.ad_play.clone()
        twin.player_errors = None if self.player_errors is None else dict(self.player_errors)
        twin.external_errors = None if self.external_errors is None else dict(self.external_errors)
        if self.run is not None:
            twin.run = self.run.clone()
            twin.run.parts = [
                (None if part[0] is None else chapters[id(part[0])], part[1], part[2]) for part in twin.run.parts
            ]
        twin.told = []
        return twin

    # Intervals

    def _watch(self, dt: int, playhead: int) -> None:
        """Main content played and the playhead moved."""
        self.run = None
        self.main_ms += dt
        if self.chapter is not None:
            self.chapter.played_ms += dt
        self.quality.weight_ms += dt
        self.main_play.add(self.at_ms, self.at_ms + dt)
        start = self.playhead_s
        step = playhead - start
        rules = self.rules
        if 0 < step * 1000 <= rules.playback_rate_max * dt + rules.jitter_ms:  # viewed_end would say the same, slower
            self.viewed.add(start * 1000, playhead * 1000)
        else:
            self.viewed.add(start * 1000, viewed_end(start, step, dt, live=self.live, rules=rules))

    def _stand(self, dt: int) -> None:
        """Main content played and the playhead stood still."""
        run = self.run
        if run is None:
            run = self.run = StallRun(self.at_ms)
        elif run.stalled:
            self.stall_ms += dt
            return
        self.main_ms += dt
        if self.chapter is not None:
            self.chapter.played_ms += dt
        self.quality.weight_ms += dt
        self.main_play.add(self.at_ms, self.at_ms + dt)
        if run.stand(self.chapter, self.quality.bitrate_kbps, dt, self.rules.stall_gap_ms):
            self._turn_into_stall(run)

    def _turn_into_stall(self, run: StallRun) -> None:
        """Move the whole run from play to stall, also from chapters that were told of meanwhile."""
        self.stall_count += 1
        for chapter, bitrate, ms in run.parts:
            self.stall_ms += ms
            self.main_ms -= ms
            self.quality.take_back(bitrate, ms)
            if chapter is not None:
                chapter.played_ms -= ms
                if chapter.closed_at_ms is not None:
                    self.told.append(chapter.closed())
        run.parts = []
        self.main_play.cut(run.from_ms)

    def _play_ad(self, dt: int) -> None:
        ad = self.ad
        assert ad is not None, "an ad plays only while one is open"
        ad.played_ms += dt
        self.ad_ms += dt
        self.quality.weight_ms += dt
        self.ad_play.add(self.at_ms, self.at_ms + dt)

    # Transitions

    def _move(self, kind: type[Event], event: Event, after: int) -> None:
        """Apply an event that the tables know."""
        before = self.state
        if kind is PauseStart:
            if ACTIVE[before][1] is not Phase.PAUSED and ACTIVE[after][1] is Phase.PAUSED:
                self.pause_count += 1
        elif kind is BufferStart:
            if ACTIVE[before][1] is not Phase.BUFFERING and ACTIVE[after][1] is Phase.BUFFERING:
                self.buffer_count += 1
        elif kind is SessionComplete:
            self.completed = True
        elif kind in _OF_ADS:
            self._move_ads(kind, event, before, after)
        if after != before:
            self.state = after
            if CREDIT[after] != _MAIN:
                self.run = None
            elif self.first_playhead_s is None:
                self.first_playhead_s = self.playhead_s

    def _move_ads(self, kind: type[Event], event: Event, before: int, after: int) -> None:
        if before >= FIRST_AD_STATE:
            self._close_ad(completed=kind is AdComplete)
        if kind is AdBreakStart:
            start = cast("AdBreakStart", event)
            self.pod = PodDetails(start.index, start.offset_s, start.friendly_name)
        elif kind is AdStart and after >= FIRST_AD_STATE:
            assert self.pod is not None, "an ad is accepted only in a break"
            self.ad = AdPlay(len(self.ads) + 1, self.at_ms, cast("AdStart", event), self.pod)
            self.ads.append(self.ad)
            self.told.append(self.ad.started())
        elif after < FIRST_POD_STATE:
            self.pod = None

    def _close_ad(self, *, completed: bool) -> None:
        ad = self.ad
        assert ad is not None, "the tables know an open ad that is not there"
        ad.closed_at_ms = self.at_ms
        ad.completed = completed
        self.ad = None
        self.told.append(ad.closed())

    def _close_chapter(self, *, completed: bool) -> None:
        chapter = self.chapter
        assert chapter is not None, "only an open chapter can be closed"
        chapter.closed_at_ms = self.at_ms
        chapter.completed = completed
        self.chapter = None
        self.told.append(chapter.closed())

    def _on_chapter_start(self, event: ChapterStart) -> None:
        if self.chapter is not None:
            self._close_chapter(completed=False)
        self.chapter = ChapterPlay(len(self.chapters) + 1, self.at_ms, event)
        self.chapters.append(self.chapter)

    def _on_chapter_complete(self, _event: ChapterComplete) -> None:
        if self.chapter is not None:
            self._close_chapter(completed=True)

    def _on_chapter_skip(self, _event: ChapterSkip) -> None:
        if self.chapter is not None:
            self._close_chapter(completed=False)

    def _on_states_update(self, event: StatesUpdate) -> None:
        if self.states is None:
            self.states = PlayerStates()
        self.states.update(event.started, event.ended, self.clock_ms, self.rules.states_max)

    def _on_bitrate_change(self, _event: BitrateChange) -> None:
        self.bitrate_change_count += 1

    def _on_error(self, event: PlaybackError) -> None:
        self.error_count += 1
        if event.source == "player":
            if self.player_errors is None:
                self.player_errors = {}
            self.player_errors[event.name] = None
        else:
            if self.external_errors is None:
                self.external_errors = {}
            self.external_errors[event.name] = None


_OF_ADS: Final = frozenset({AdBreakStart, AdBreakComplete, AdStart, AdComplete, AdSkip})

_OTHER: Final[Mapping[type[Event], Callable[[Fold, Any], None]]] = {
    ChapterStart: Fold._on_chapter_start,  # noqa: SLF001 - the table of this module's own handlers
    ChapterComplete: Fold._on_chapter_complete,  # noqa: SLF001
    ChapterSkip: Fold._on_chapter_skip,  # noqa: SLF001
    StatesUpdate: Fold._on_states_update,  # noqa: SLF001
    BitrateChange: Fold._on_bitrate_change,  # noqa: SLF001
    PlaybackError: Fold._on_error,  # noqa: SLF001
}
