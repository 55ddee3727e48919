"""
The fold: events of one session, in order, to what they add up to (metrics.md 1 and 2).

Law: an interval is credited to the state before the event that ends it; then the event's quality values are taken;
then it changes the state. Only the player's clock counts here. The order of events is the caller's business: by
(timestamp, arrival), sessionStart first, sessionEnd last.
"""

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any, Final, cast

from msgspec import Struct, field

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
from playhead.sessions.playtime import DAY_S, Spans, Viewed, viewed_end
from playhead.sessions.quality import QualityTotals
from playhead.sessions.quick import quick
from playhead.sessions.rules import Rules
from playhead.sessions.stalls import StallRun
from playhead.sessions.states import PlayerStates

_MAIN: Final = int(Credit.MAIN)
_AD: Final = int(Credit.AD)
_PAUSE: Final = int(Credit.PAUSE)
_BUFFER: Final = int(Credit.BUFFER)


@quick
class Fold(Struct, gc=False, array_like=True):
    """
    What a session adds up to so far. Mutable and compact: there is one for each open session.

    Attributes:
        live: The playhead is a second of the day.
        at_ms: Timestamp of the last event folded. playhead_s: Its playhead.
        state: Number of the state (`machine.state_of`).
        clock_ms: Credited time so far, in whatever state.
        main_ms, ad_ms, pause_ms, buffer_ms, stall_ms: Where it went.
        pause_count, buffer_count, stall_count, bitrate_change_count, error_count: How often.
        first_playhead_s: Playhead at the first main play; None: main play was not entered yet.
        completed: A sessionComplete was folded.
        pod: The open break.
        ads, chapters: All accepted so far. ad_open, chapter_open: The last of them is open.
        states: Player states; None before the first.
        quality: What the QoE values add up to.
        viewed: Content seen, in content ms, not clipped. main_play, ad_play: When, by the player's clock.
        run: The playhead stands still; None: it does not.
        player_errors, external_errors: Names, in order of first coming.
        told: Facts learned and not yet taken away by the caller, oldest first.
        even_from_ms, even_from_s: Main play went on evenly from there, by clock and playhead, to the last event: it is
            credited all at once, by `settle`.
    """

    live: bool
    at_ms: int
    playhead_s: int
    even_from_ms: int
    even_from_s: int
    state: int = FIRST_STATE
    clock_ms: int = 0
    main_ms: int = 0
    ad_ms: int = 0
    pause_ms: int = 0
    buffer_ms: int = 0
    stall_ms: int = 0
    pause_count: int = 0
    buffer_count: int = 0
    stall_count: int = 0
    bitrate_change_count: int = 0
    error_count: int = 0
    first_playhead_s: int | None = None
    completed: bool = False
    ad_open: bool = False
    chapter_open: bool = False
    pod: PodDetails | None = None
    ads: list[AdPlay] = field(default_factory=list)
    chapters: list[ChapterPlay] = field(default_factory=list)
    states: PlayerStates | None = None
    quality: QualityTotals = field(default_factory=QualityTotals)
    viewed: Viewed = field(default_factory=Viewed)
    main_play: Spans = field(default_factory=Spans)
    ad_play: Spans = field(default_factory=Spans)
    run: StallRun | None = None
    player_errors: dict[str, None] | None = None
    external_errors: dict[str, None] | None = None
    told: list[Fact] = field(default_factory=list)

    @classmethod
    def of(cls, start: SessionStart, at_ms: int) -> "Fold":
        """The fold of a sessionStart; `at_ms` is its timestamp as metrics.md 1.1 reads it."""
        playhead_s = start.playhead_s or 0
        fold = cls(start.length_s == DAY_S, at_ms, playhead_s, at_ms, playhead_s)
        if start.quality is not None:
            fold.quality.take(start.quality, played=False)
        return fold

    @property
    def ad(self) -> AdPlay | None:
        """The open ad."""
        return self.ads[-1] if self.ad_open else None

    @property
    def chapter(self) -> ChapterPlay | None:
        """The open chapter."""
        return self.chapters[-1] if self.chapter_open else None

    def step(self, kind: type[Event], at_ms: int, event: Event, rules: Rules) -> None:
        """Fold one event. `kind` is its type, `at_ms` its timestamp as metrics.md 1.1 reads it."""
        dt = at_ms - self.at_ms
        playhead = event.playhead_s
        if playhead is None:
            playhead = self.playhead_s
        credit = CREDIT[self.state]
        if not (  # main play goes on evenly: by far the most frequent, and nothing to do yet
            credit == _MAIN
            and 0 < (playhead - self.playhead_s) * 1000 <= rules.playback_rate_max * dt + rules.jitter_ms
            and 0 <= dt <= rules.interval_cap_ms
            and self.run is None
        ):
            self.settle()
            self._credit(credit, min(max(0, dt), rules.interval_cap_ms), playhead, rules)
            self.even_from_ms = at_ms
            self.even_from_s = playhead
        self.at_ms = at_ms
        self.playhead_s = playhead
        quality = event.quality
        if quality is not None:
            if quality.bitrate_kbps != self.quality.bitrate_kbps:
                self.settle()
            self.quality.take(quality, played=self.first_playhead_s is not None)
        if kind is not Ping:
            self.settle()
            row = NEXT.get(kind)
            if row is not None:
                self._move(kind, event, row[self.state])
            else:
                other = _OTHER.get(kind)
                if other is not None:
                    other(self, event, rules)

    def settle(self) -> None:
        """Credit main play that went on evenly: until then, no time and no span has it."""
        if self.playhead_s != self.even_from_s:
            dt = self.at_ms - self.even_from_ms
            self.clock_ms += dt
            self._play_main(self.even_from_ms, dt)
            self.viewed.add(self.even_from_s * 1000, self.playhead_s * 1000)
            self.even_from_ms = self.at_ms
            self.even_from_s = self.playhead_s

    def finish(self) -> None:
        """Close what is open, at the last event (metrics.md 4.1). Nothing may be folded after it."""
        self.settle()
        if self.ad_open:
            self._close_ad(completed=False)
        if self.chapter_open:
            self._close_chapter(completed=False)

    def clone(self) -> "Fold":
        """An independent copy, with nothing told yet."""
        twin = copy(self)
        twin.ads = [copy(ad) for ad in self.ads]
        twin.chapters = [copy(chapter) for chapter in self.chapters]
        twin.states = None if self.states is None else self.states.clone()
        twin.quality = copy(self.quality)
        twin.viewed, twin.main_play, twin.ad_play = self.viewed.clone(), self.main_play.clone(), self.ad_play.clone()
        twin.player_errors = None if self.player_errors is None else dict(self.player_errors)
        twin.external_errors = None if self.external_errors is None else dict(self.external_errors)
        twin.run = None if self.run is None else self.run.clone()
        twin.told = []
        return twin

    # Intervals

    def _credit(self, credit: int, dt: int, playhead: int, rules: Rules) -> None:
        """Credit the interval of `dt` ms since the last event, to the state it began in."""
        if credit == _MAIN:
            if playhead == self.playhead_s:
                self._stand(dt, rules)
            else:
                self._watch(dt, playhead, rules)
        elif credit == _AD:
            self._play_ad(dt)
        elif credit == _PAUSE:
            self.pause_ms += dt
        elif credit == _BUFFER:
            self.buffer_ms += dt
        self.clock_ms += dt

    def _play_main(self, from_ms: int, dt: int) -> None:
        """Main content played for `dt` ms."""
        self.main_ms += dt
        if self.chapter_open:
            self.chapters[-1].played_ms += dt
        self.quality.weight_ms += dt
        self.main_play.add(from_ms, from_ms + dt)

    def _watch(self, dt: int, playhead: int, rules: Rules) -> None:
        """Main content played and the playhead moved."""
        self.run = None
        self._play_main(self.at_ms, dt)
        start = self.playhead_s
        self.viewed.add(start * 1000, viewed_end(start, playhead - start, dt, live=self.live, rules=rules))

    def _stand(self, dt: int, rules: Rules) -> None:
        """Main content played and the playhead stood still."""
        run = self.run
        if run is None:
            run = self.run = StallRun(self.at_ms)
        elif run.stalled:
            self.stall_ms += dt
            return
        self._play_main(self.at_ms, dt)
        chapter = len(self.chapters) if self.chapter_open else 0
        if run.stand(chapter, self.quality.bitrate_kbps, dt, rules.stall_gap_ms):
            self._turn_into_stall(run)

    def _turn_into_stall(self, run: StallRun) -> None:
        """Move the whole run from play to stall, also from chapters that were told of meanwhile."""
        self.stall_count += 1
        for ordinal, bitrate, ms in run.parts:
            self.stall_ms += ms
            self.main_ms -= ms
            self.quality.take_back(bitrate, ms)
            if ordinal:
                chapter = self.chapters[ordinal - 1]
                chapter.played_ms -= ms
                if chapter.closed_at_ms is not None:
                    self.told.append(chapter.closed())
        run.parts = []
        self.main_play.cut(run.from_ms)

    def _play_ad(self, dt: int) -> None:
        assert self.ad_open, "an ad plays only while one is open"
        self.ads[-1].played_ms += dt
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
            ad = AdPlay.of(len(self.ads) + 1, self.at_ms, cast("AdStart", event), self.pod)
            self.ads.append(ad)
            self.ad_open = True
            self.told.append(ad.started())
        elif after < FIRST_POD_STATE:
            self.pod = None

    def _close_ad(self, *, completed: bool) -> None:
        ad = self.ad
        assert ad is not None, "the tables know an open ad that is not there"
        ad.closed_at_ms = self.at_ms
        ad.completed = completed
        self.ad_open = False
        self.told.append(ad.closed())

    def _close_chapter(self, *, completed: bool) -> None:
        chapter = self.chapter
        assert chapter is not None, "only an open chapter can be closed"
        chapter.closed_at_ms = self.at_ms
        chapter.completed = completed
        self.chapter_open = False
        self.told.append(chapter.closed())

    def _on_chapter_start(self, event: ChapterStart, _rules: Rules) -> None:
        if self.chapter_open:
            self._close_chapter(completed=False)
        self.chapters.append(ChapterPlay.of(len(self.chapters) + 1, self.at_ms, event))
        self.chapter_open = True

    def _on_chapter_complete(self, _event: ChapterComplete, _rules: Rules) -> None:
        if self.chapter_open:
            self._close_chapter(completed=True)

    def _on_chapter_skip(self, _event: ChapterSkip, _rules: Rules) -> None:
        if self.chapter_open:
            self._close_chapter(completed=False)

    def _on_states_update(self, event: StatesUpdate, rules: Rules) -> None:
        if self.states is None:
            self.states = PlayerStates()
        self.states.update(event.started, event.ended, self.clock_ms, rules.states_max)

    def _on_bitrate_change(self, _event: BitrateChange, _rules: Rules) -> None:
        self.bitrate_change_count += 1

    def _on_error(self, event: PlaybackError, _rules: Rules) -> None:
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

_OTHER: Final[Mapping[type[Event], Callable[[Fold, Any, Rules], None]]] = {
    ChapterStart: Fold._on_chapter_start,  # noqa: SLF001 - the table of this module's own handlers
    ChapterComplete: Fold._on_chapter_complete,  # noqa: SLF001
    ChapterSkip: Fold._on_chapter_skip,  # noqa: SLF001
    StatesUpdate: Fold._on_states_update,  # noqa: SLF001
    BitrateChange: Fold._on_bitrate_change,  # noqa: SLF001
    PlaybackError: Fold._on_error,  # noqa: SLF001
}
