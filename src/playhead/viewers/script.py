"""
How somebody watches something, from the first event to the last.

Law: what happens during main play happens at whole seconds of content that are at least three apart, so that the playheads
on the wire, which are whole seconds too, tell all there is to tell: a playhead that stands still is a stall that was
meant.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from playhead.viewers.catalogue import ADS, DAY_S, Ad, Break, Chapter, Title
from playhead.viewers.dice import Dice, between, one_of, weighted
from playhead.viewers.mix import Mix
from playhead.viewers.network import Network
from playhead.viewers.notebook import Doing, Notebook
from playhead.viewers.people import Sdk, Viewer
from playhead.viewers.player import FAR_MS, Player, RunOverError

SPACING_S: Final = 3
STEP_S: Final = 120
"""Content played before others have their turn."""
HOUR_MS: Final = 3_600_000
STUCK_MS: Final = 1_800_000
"""`playhead_timeout_s` of metrics.md section 9."""
_BITRATES: Final = (400, 800, 1_400, 2_500, 4_200, 6_500)
_STATES: Final = ("fullscreen", "mute", "closedCaptioning", "pictureInPicture", "inFocus", "theatre")
_LEFT_IN_AD: Final = 0.02
_BREAK_EVERY_S: Final = 720
"""Between ad breaks of live channels."""


class LeftError(Exception):
    """The viewer is gone; nothing more is said."""


class Viewing:
    """
    One viewing being played: `steps` runs it piece by piece.

    Args:
        viewer, title: Who watches what.
        dice, mix: What happens.
        now_ms, until_ms: Begin of the viewing and end of the run, Unix ms.
        make_network: Makes what carries the events, given the notebook.
        forgetting: Tabs may be left paused until they are stuck, by the default timeouts and in real time.
        downloaded: It is delivered whole, afterwards.

    Attributes:
        player, network, notebook: Its parts.
    """

    def __init__(
        self,
        viewer: Viewer,
        title: Title,
        dice: Dice,
        mix: Mix,
        *,
        now_ms: int,
        until_ms: int,
        make_network: Callable[[Notebook], Network],
        forgetting: bool = False,
        downloaded: bool = False,
    ) -> None:
        self.viewer, self.title = viewer, title
        self._dice, self._mix, self._forgetting = dice, mix, forgetting
        self._downloaded = downloaded
        self._live = title.length_s == DAY_S
        resumed = not self._live and title.length_s > 600 and dice.random() < 0.08
        position_s = 0
        if self._live:
            position_s = now_ms // 1000 % DAY_S
        elif resumed:
            position_s = 60 + dice.randrange(title.length_s // 2)
        self.notebook = Notebook(title, self._static(), {"plan": viewer.plan}, resumed=resumed)
        self.network = make_network(self.notebook)
        self.player = Player(viewer, self.notebook, now_ms, until_ms, position_s * 1000)
        self._shown: set[int] = {place.number for place in title.breaks if place.offset_s <= position_s and resumed}
        self._next_break_s = position_s + 60 + dice.randrange(_BREAK_EVERY_S)
        self._bitrate = 2 if viewer.sdk is Sdk.WEB else 3
        self._dropped = 0
        self._incidents, self._weights = self._usual_incidents()

    def steps(self) -> Iterator[None]:
        """Play it. After each step `player.said` holds what was said."""
        try:
            try:
                yield from self._watch()
            except RunOverError:
                self.player.until_ms = FAR_MS
                self._leave(polite=self._dice.random() < 0.8)
        except LeftError:
            return

    def _watch(self) -> Iterator[None]:
        dice, player = self._dice, self.player
        self._begin()
        yield
        player.wait(int(between(dice, 50, 1_500)))
        if dice.random() < 0.02 * self._mix.leaving:
            self._leave(polite=dice.random() < 0.5)
        if dice.random() < 0.6 * self._mix.ads and self.title.kind != "podcasts":
            self._break(Break(0, 0, "pre-roll"), ads=1 + dice.randrange(2))
        yield
        self._enter()
        while True:
            yield
            target_ms = self._next_mark_ms()
            distance_s = dice.expovariate(max(1e-9, sum(self._weights)) / 3_600)
            here_s = -(-player.position_ms // 1000)
            incident_ms = (here_s + SPACING_S + int(min(distance_s, DAY_S))) * 1000
            if distance_s < STEP_S and incident_ms <= target_ms - SPACING_S * 1000:
                player.play_to(incident_ms)
                weighted(dice, self._incidents, self._weights)()
            elif target_ms <= (here_s + STEP_S + SPACING_S) * 1000:
                player.play_to(target_ms)
                self._mark(target_ms)
            else:
                player.play_to((here_s + STEP_S) * 1000)

    def _static(self) -> dict[str, Any]:
        """`sessionDetails` of the start, without hasResume."""
        viewer, title = self.viewer, self.title
        own = {"name": title.name, "length": title.length_s, "playerName": viewer.app.player_name}
        return {**own, **title.details, "appVersion": viewer.version.name, "cdn": viewer.cdn}

    def _begin(self) -> None:
        resumed = {"hasResume": True} if self.notebook.resumed else {}
        custom = [{"name": name, "value": value} for name, value in self.notebook.custom.items()]
        self.player.say("sessionStart", sessionDetails={**self.notebook.static, **resumed}, customMetadata=custom)

    def _enter(self) -> None:
        """Main content begins to play, if it does not already."""
        dice, player = self._dice, self.player
        if player.doing is not Doing.PLAYING:
            slow = 5 if self.viewer.sdk is Sdk.ROKU else 1
            if dice.random() < min(0.9, 0.15 * self._mix.buffering):
                player.buffer()
                player.wait(int(between(dice, 200, 2_000 * self.viewer.waiting)))
            self._measure_start(int(between(dice, 150, 1_200)) * slow)
            player.play()
        chapter = self._chapter_at(player.position_ms)
        if chapter is not None:
            player.start_chapter(chapter)

    def _measure_start(self, ms: int) -> None:
        self.player.measure(timeToStart=ms, bitrate=_BITRATES[self._bitrate], framesPerSecond=25)

    def _chapter_at(self, position_ms: int) -> Chapter | None:
        for chapter in self.title.chapters:
            if chapter.offset_s * 1000 <= position_ms < chapter.end_s * 1000:
                return chapter
        return None

    def _next_mark_ms(self) -> int:
        """Where the content itself makes something happen next."""
        here_ms = self.player.position_ms
        if self._live:
            return max(self._next_break_s, -(-here_ms // 1000) + SPACING_S) * 1000
        ends = [chapter.end_s * 1000 for chapter in self.title.chapters]
        begins = [chapter.offset_s * 1000 for chapter in self.title.chapters]
        breaks = [place.offset_s * 1000 for place in self.title.breaks if place.number not in self._shown]
        return min(at_ms for at_ms in (*ends, *begins, *breaks, self.player.length_ms) if at_ms > here_ms)

    def _mark(self, at_ms: int) -> None:
        """The content is at one of its marks."""
        player, book = self.player, self.notebook
        if self._live:
            self._break(Break(1 + len(self._shown), at_ms // 1000 % DAY_S, "live break"), ads=2)
            self._shown.add(1 + len(self._shown))
            self._next_break_s = -(-player.position_ms // 1000) + _BREAK_EVERY_S
            return
        if book.chapter is not None and book.chapter.chapter.end_s * 1000 == at_ms:
            player.end_chapter(completed=True)
        for place in self.title.breaks:
            if place.offset_s * 1000 == at_ms and place.number not in self._shown:
                self._shown.add(place.number)
                if self._dice.random() < 0.9 * self._mix.ads:
                    self._break(place, ads=1 + self._dice.randrange(3))
        chapter = self._chapter_at(at_ms)
        if chapter is not None and chapter.offset_s * 1000 == at_ms:
            player.start_chapter(chapter)
        if at_ms == player.length_ms:
            self._complete()

    def _break(self, place: Break, ads: int) -> None:
        """Advertising."""
        dice, player = self._dice, self.player
        leaves = dice.random() < place.left
        player.start_break(place)
        for position in range(1, ads + 1):
            ad = one_of(dice, ADS)
            player.start_ad(ad, place, position)
            if place.number == 0 and position == 1 and self.viewer.app.plays_in_ad:
                self._measure_start(int(between(dice, 300, 2_000)))
                player.go_on()
            self._show(ad, leaves=leaves or dice.random() < _LEFT_IN_AD * self._mix.leaving)
        if self.viewer.app.forgets_breaks:
            player.play()
        else:
            player.end_break()

    def _show(self, ad: Ad, *, leaves: bool) -> None:
        dice, player = self._dice, self.player
        whole_ms = ad.length_s * 1000 + int(between(dice, -40, 60))
        first_ms = int(whole_ms * between(dice, 0.1, 0.9))
        if leaves:
            player.wait(first_ms)
            self._leave(polite=dice.random() < 0.6)
        if dice.random() < ad.skipped:
            player.wait(min(whole_ms - 500, int(between(dice, 5_000, 7_000))))
            player.end_ad(completed=False)
            return
        chance = dice.random()
        if chance < min(0.3, 0.02 * self._mix.pauses):
            player.wait(first_ms)
            player.pause()
            player.wait(int(between(dice, 500, 40_000)))
            player.go_on()
            player.wait(whole_ms - first_ms)
        elif chance > 1 - min(0.3, 0.015 * self._mix.buffering * self.viewer.waiting):
            player.wait(first_ms)
            player.buffer()
            player.wait(int(between(dice, 300, 6_000)))
            player.go_on()
            player.wait(whole_ms - first_ms)
        else:
            player.wait(whole_ms)
        player.end_ad(completed=True)

    def _usual_incidents(self) -> tuple[list[Callable[[], None]], list[float]]:
        """What may happen, and how often an hour of content."""
        mix, viewer, title = self._mix, self.viewer, self.title
        phone = viewer.sdk in {Sdk.IOS, Sdk.ANDROID}
        hourly: dict[Callable[[], None], float] = {
            self._pause: 2.5 * mix.pauses,
            self._seek: 0 if self._live else 2 * mix.seeks,
            self._jump: 0 if self._live or title.chapters or title.breaks else 2 * mix.seeks,
            self._rebuffer: 0.8 * mix.buffering * viewer.waiting,
            self._stall: 0.25 * mix.stalls * viewer.waiting,
            self._switch: 4 * mix.bitrates,
            self._fail: 0.12 * mix.errors * viewer.version.failing,
            self._toggle: 2.5 * mix.states,
            self._go: title.left_per_hour * mix.leaving,
            self._vanish: 0.2 * mix.vanishing,
            self._forget: 0.15 * mix.forgotten if self._forgetting and not self._live and viewer.sdk is Sdk.WEB else 0,
            self._speed: 0 if self._live else 0.4 * mix.rates,
            self._lose_network: 0.25 * mix.offline if phone and not self._downloaded else 0,
        }
        return list(hourly), list(hourly.values())

    def _pause(self) -> None:
        dice, player = self._dice, self.player
        player.pause()
        player.wait(min(600_000, int(2_000 + dice.expovariate(1 / 60_000))))
        if dice.random() < 0.1:
            player.say("pauseStart")  # said again, as some players do: no new pause (metrics.md 1.7)
            player.wait(1_500)
        if dice.random() < 0.06 * self._mix.leaving:
            self._leave(polite=dice.random() < 0.7)
        if dice.random() < 0.1:
            player.buffer()
            player.wait(int(between(dice, 100, 3_000)))
        player.go_on()

    def _seek(self) -> None:
        dice, player, book = self._dice, self.player, self.notebook
        player.pause()
        player.wait(int(between(dice, 200, 2_500)))
        here_s, length_s = player.position_ms // 1000, self.title.length_s
        target_s = here_s + (15 + dice.randrange(300)) * (-1 if dice.random() < 0.4 else 1)
        target_s = max(0, min(target_s, length_s - 20))
        player.seek(target_s * 1000)
        chapter = self._chapter_at(player.position_ms)
        known = book.chapter
        if known is not None and known.chapter != chapter:
            player.end_chapter(completed=False)
        if chapter is not None and (known is None or known.chapter != chapter):
            player.start_chapter(chapter)
        player.go_on()

    def _jump(self) -> None:
        """A seek that the player does not tell: the next ping is elsewhere (metrics.md 1.5)."""
        player = self.player
        player.say("ping")
        here_ms, step_ms = player.position_ms, int(player.ping_ms * player.rate)
        if here_ms + step_ms > player.length_ms - 1_000:
            return
        far_s = 120 + self._dice.randrange(60)
        ahead, back = here_ms // 1000 + far_s, here_ms // 1000 - far_s
        if ahead < self.title.length_s - 30:
            target_s = ahead
        elif back > 0:
            target_s = back
        else:
            return
        player.play_to(here_ms + step_ms)
        player.land(target_s * 1000)

    def _rebuffer(self) -> None:
        dice, player = self._dice, self.player
        self._dropped += dice.randrange(40)
        player.measure(droppedFrames=self._dropped)
        player.buffer()
        player.wait(int(between(dice, 300, 3_000 * self.viewer.waiting)))
        if dice.random() < 0.1 * self.viewer.waiting * self._mix.leaving:
            self._leave(polite=dice.random() < 0.7)
        if dice.random() < 0.5:
            self._switch()
        player.go_on()

    def _stall(self) -> None:
        """The picture stands still, and the player does not notice."""
        dice, player = self._dice, self.player
        pings = 2 + dice.randrange(3)
        long_ms = pings * player.ping_ms
        if player.now_ms + long_ms + 10_000 > player.until_ms:
            return
        self._switch(down=True)
        player.doing = Doing.STALLED
        player.wait(long_ms)
        player.say("ping")
        self.notebook.stalls += 1
        player.doing = Doing.PLAYING

    def _switch(self, *, down: bool = False) -> None:
        """Another bitrate."""
        step = -1 if down or self._dice.random() < 0.5 else 1
        self._bitrate = max(0, min(len(_BITRATES) - 1, self._bitrate + step))
        self.player.measure(bitrate=_BITRATES[self._bitrate])
        self.player.say("bitrateChange")
        self.notebook.bitrate_changes += 1

    def _fail(self) -> None:
        """Something fails; the bad version does not recover."""
        dice, player = self._dice, self.player
        bad = self.viewer.version.failing > 1
        name, source = one_of(dice, (("E-4012", "player"), ("E-2001", "player"), ("cdn-503", "external")))
        if bad:
            name, source = "E-4012", "player"
        player.say("error", errorDetails={"name": name, "source": source})
        self.notebook.failed(name, source)
        if dice.random() < (0.6 if bad else 0.15):
            player.buffer()
            player.wait(int(between(dice, 1_000, 9_000)))
            self._leave(polite=dice.random() < 0.7)

    def _toggle(self) -> None:
        """Full screen, sound, captions."""
        states = self.notebook.states
        name = one_of(self._dice, _STATES)
        state = states.get(name)
        if state is not None and state.open:
            self.player.say("statesUpdate", statesEnd=[{"name": name}])
            state.open = False
        elif name == "pictureInPicture" and "fullscreen" in states and states["fullscreen"].open:
            self.player.say("statesUpdate", statesEnd=[{"name": "fullscreen"}], statesStart=[{"name": name}])
            states["fullscreen"].open = False
            self.notebook.state_started(name)
        else:
            sent = "fullScreen" if name == "fullscreen" and self.viewer.sdk is not Sdk.WEB else name
            self.player.say("statesUpdate", statesStart=[{"name": sent}])
            self.notebook.state_started(name)

    def _go(self) -> None:
        self._leave(polite=self._dice.random() < 0.75)

    def _vanish(self) -> None:
        self._leave(polite=False)

    def _forget(self) -> None:
        """The tab stays paused; its pings keep the session alive until the playhead did not move for too long."""
        player, network = self.player, self.network
        last_ms = player.now_ms + STUCK_MS
        if last_ms > player.until_ms:
            return
        player.pause()
        closes_ms = network.carry_in_order(player.said) + STUCK_MS
        player.wait(1_255_000 + 10_000 * self._dice.randrange(50))
        self.notebook.silence_ms = closes_ms - network.carry_in_order(player.said)
        self.notebook.ending = "stuck"
        raise LeftError

    def _speed(self) -> None:
        self.player.rate = one_of(self._dice, (1.0, 1.25, 1.5, 2.0))

    def _lose_network(self) -> None:
        """The phone goes on from what it has; what it says waits."""
        away_ms = int(between(self._dice, 60_000, 3 * HOUR_MS if self._dice.random() < 0.5 else 600_000))
        if self.player.now_ms + away_ms > self.player.until_ms:
            raise LeftError  # it comes back after the end of the run: nobody hears of the rest
        self.network.go_offline(self.player.now_ms, self.player.now_ms + away_ms)

    def _complete(self) -> None:
        """The end of the content."""
        player, book = self.player, self.notebook
        player.say("sessionComplete")
        player.doing = Doing.ENDED
        book.completed = True
        book.ending = "complete"
        if self.viewer.sdk is not Sdk.WEB:
            player.wait(int(between(self._dice, 5, 2_000)))
            self._end()
        raise LeftError

    def _leave(self, *, polite: bool) -> None:
        """Go, now: with a word, or without."""
        player, book = self.player, self.notebook
        player.until_ms = FAR_MS
        if not polite:
            raise LeftError
        if self.viewer.sdk in {Sdk.IOS, Sdk.ANDROID}:  # they close what is open (protocol.md 7.2)
            if book.ad is not None:
                player.end_ad(completed=False)
            if player.in_break:
                player.end_break()
            if book.chapter is not None:
                player.end_chapter(completed=False)
        self._end()
        raise LeftError

    def _end(self) -> None:
        self.player.say("sessionEnd")
        self.notebook.ending = "end"
