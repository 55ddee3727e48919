"""
A player: a clock, a position in the content, and an SDK that says what happens, pings included (protocol.md 7.1).

Law: whatever the player does from one event to the next is one thing, and it says so in the notebook.
"""

from math import ceil
from typing import Any, Final, NamedTuple

from playhead.viewers.catalogue import DAY_S, Ad, Break, Chapter
from playhead.viewers.notebook import AdShown, ChapterSeen, Doing, Notebook, ad_details, chapter_details
from playhead.viewers.people import Viewer

FAR_MS: Final = 1 << 60


class Said(NamedTuple):
    """One event: the true time it is said, Unix ms, its name, and its `mediaCollection` without the session's id."""

    said_ms: int
    action: str
    collection: dict[str, Any]


class RunOverError(Exception):
    """The run ends now; so do all viewings."""


class Player:
    """
    One playback.

    Attributes:
        now_ms: True time, Unix ms; its device's clock is `skew_ms` ahead.
        position_ms: In the content; live goes on over midnight.
        rate: Speed of main content.
        doing: What it does.
        begun: It said `play` once: content goes on after ads without another one.
        in_break: It did not say yet that its ad break is over.
        until_ms: End of the run.
        said: Events not yet taken away.
        notebook: What really happened.
    """

    def __init__(self, viewer: Viewer, notebook: Notebook, now_ms: int, until_ms: int, position_ms: int) -> None:
        self.viewer, self.notebook = viewer, notebook
        self.now_ms, self.until_ms, self.position_ms = now_ms, until_ms, position_ms
        self.rate = 1.0
        self.doing = Doing.STARTING
        self.begun = False
        self.in_break = False
        self.said: list[Said] = []
        self._live = notebook.title.length_s == DAY_S
        self._end_ms = FAR_MS if self._live else notebook.title.length_s * 1000
        self._said_ms = now_ms
        self._told_ms = position_ms // 1000 * 1000
        self._landed = False
        self._quality: dict[str, int] = {}
        self._fresh: dict[str, int] = {}
        notebook.started_at_ms = now_ms + viewer.skew_ms

    @property
    def playhead_s(self) -> int:
        """As it goes on the wire."""
        return self.position_ms // 1000 % DAY_S if self._live else self.position_ms // 1000

    @property
    def length_ms(self) -> int:
        """Of recorded content; live has no end."""
        return self._end_ms

    def measure(self, **values: int) -> None:
        """Quality values, told with the next event."""
        self._quality.update(values)
        self._fresh.update(values)

    def say(self, action: str, **members: Any) -> None:
        """One event, a millisecond after the last one at least."""
        if self.now_ms == self._said_ms and self.notebook.events:
            self._pass(1)
        book = self.notebook
        doing, passed_ms = self.doing, self.now_ms - self._said_ms
        playhead_s, told_ms = self.playhead_s, self.position_ms // 1000 * 1000
        book.passed(passed_ms, doing)
        if doing is Doing.PLAYING:
            book.viewed(self._told_ms, self._told_ms + passed_ms if self._landed else told_ms)
        self._landed = False
        collection: dict[str, Any] = {"playhead": playhead_s, **members}
        quality = self._quality if self.viewer.app.tells_all else self._fresh
        if quality:
            collection["qoeDataDetails"] = dict(quality)
            book.measured(quality)
            self._fresh = {}
        self.said.append(Said(self.now_ms, action, collection))
        self._said_ms, self._told_ms = self.now_ms, told_ms
        book.last_at_ms = self.now_ms + self.viewer.skew_ms
        book.events += 1

    def wait(self, ms: int) -> None:
        """Go on doing what it does, pings included."""
        end_ms = self.now_ms + ms
        while (due_ms := self._said_ms + self.ping_ms) < end_ms:
            self._pass(max(0, due_ms - self.now_ms))
            self.say("ping")
        self._pass(max(0, end_ms - self.now_ms))

    def play_to(self, position_ms: int) -> None:
        """Play on to a position, pings included; what happens there is said by the caller."""
        while True:
            left_ms = ceil((position_ms - self.position_ms) / self.rate)
            due_ms = self._said_ms + self.ping_ms - self.now_ms
            if left_ms <= due_ms:
                self._pass(left_ms)
                self.position_ms = position_ms
                return
            self._pass(max(0, due_ms))
            self.say("ping")

    @property
    def ping_ms(self) -> int:
        """Time between two events at most."""
        app = self.viewer.app
        in_ads = self.doing in {Doing.ADVERTISING, Doing.BETWEEN_ADS}
        return (app.ad_ping_s if in_ads else app.ping_s) * 1000

    def play(self) -> None:
        """Main content plays from now on."""
        self.say("play")
        self.begun = True
        self._enter_main()

    def pause(self) -> None:
        """Main content or an ad is paused."""
        self.say("pauseStart")
        self.notebook.pauses += 1
        self.doing = Doing.PAUSED

    def buffer(self) -> None:
        """Nothing comes in."""
        self.say("bufferStart")
        self.notebook.buffers += 1
        self.doing = Doing.BUFFERING

    def go_on(self) -> None:
        """After a pause or buffering."""
        self.say("play")
        self.begun = True
        if self.notebook.ad is not None:
            self.doing = Doing.ADVERTISING
        else:
            self._enter_main()

    def seek(self, position_ms: int) -> None:
        """Be elsewhere in the content."""
        self.position_ms = position_ms

    def land(self, position_ms: int) -> None:
        """Be elsewhere without having said so: the next event alone tells, and it comes now."""
        self.position_ms = position_ms
        self._landed = True
        self.say("ping")

    def start_break(self, place: Break) -> None:
        """An ad break begins."""
        pod = {"index": place.number, "offset": place.offset_s, "friendlyName": place.name}
        self.say("adBreakStart", advertisingPodDetails=pod)
        self.in_break = True
        self.doing = Doing.BETWEEN_ADS

    def start_ad(self, ad: Ad, place: Break, position: int) -> None:
        """An ad begins."""
        name = self.viewer.app.player_name
        self.say("adStart", advertisingDetails=ad_details(ad, position, name))
        self.notebook.ads.append(AdShown(ad, place, position, name, self.notebook.last_at_ms))
        self.doing = Doing.ADVERTISING

    def end_ad(self, *, completed: bool) -> None:
        """An ad ends; in a paused one the pause goes on."""
        self.say("adComplete" if completed else "adSkip")
        shown = self.notebook.ads[-1]
        shown.closed_at_ms, shown.completed = self.notebook.last_at_ms, completed
        if self.doing is Doing.ADVERTISING:
            self.doing = Doing.BETWEEN_ADS

    def end_break(self) -> None:
        """The break ends; content goes on if it was playing."""
        self.say("adBreakComplete")
        self.in_break = False
        if self.doing is Doing.BETWEEN_ADS:
            if self.begun:
                self._enter_main()
            else:
                self.doing = Doing.STARTING

    def start_chapter(self, chapter: Chapter) -> None:
        """A chapter begins."""
        self.say("chapterStart", chapterDetails=chapter_details(chapter))
        self.notebook.chapters.append(ChapterSeen(chapter, self.notebook.last_at_ms))

    def end_chapter(self, *, completed: bool) -> None:
        """The open chapter ends."""
        self.say("chapterComplete" if completed else "chapterSkip")
        seen = self.notebook.chapters[-1]
        seen.closed_at_ms, seen.completed = self.notebook.last_at_ms, completed

    def _enter_main(self) -> None:
        self.notebook.main_entered(self.playhead_s)
        self.doing = Doing.PLAYING

    def _pass(self, ms: int) -> None:
        """Let time pass."""
        assert ms >= 0, "time goes on"
        if self.now_ms + ms > self.until_ms:
            ms, over = max(0, self.until_ms - self.now_ms), True
        else:
            over = False
        self.now_ms += ms
        if self.doing is Doing.PLAYING:
            self.position_ms = min(self.position_ms + int(ms * self.rate), self._end_ms)
        elif self._live and self.doing is not Doing.STALLED:
            self.position_ms += ms
        if over:
            raise RunOverError
