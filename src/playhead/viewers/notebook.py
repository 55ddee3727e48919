"""
What a viewer really did, written down while it happens, and what that should be counted as (metrics.md 2).

Law: made apart from the engine. The player tells what it is doing, with durations; nothing here reads events, and nothing
of `playhead.sessions` or `playhead.reporting` is used. Two runs of one rule by one code would prove nothing.
"""

from enum import IntEnum
from hashlib import md5
from typing import Any

from msgspec import Struct

from playhead.base.settings import DEFAULT_SETTINGS, SessionSettings
from playhead.viewers.catalogue import DAY_S, Ad, Break, Chapter, Title


class Doing(IntEnum):
    """What a player does; it does one thing at a time."""

    STARTING = 0
    PLAYING = 1
    STALLED = 2
    """It believes to be playing, and the picture stands still."""
    PAUSED = 3
    BUFFERING = 4
    ADVERTISING = 5
    BETWEEN_ADS = 6
    ENDED = 7


class AdShown(Struct):
    """An ad that was begun. Times are of the player's clock, Unix ms."""

    ad: Ad
    place: Break
    position: int
    player_name: str
    started_at_ms: int
    closed_at_ms: int = 0
    played_ms: int = 0
    completed: bool = False


class ChapterSeen(Struct):
    """A chapter that was begun."""

    chapter: Chapter
    started_at_ms: int
    closed_at_ms: int = 0
    played_ms: int = 0
    completed: bool = False


class StateHeld(Struct):
    """A player state."""

    name: str
    open: bool = False
    held_ms: int = 0
    count: int = 0


class Truth(Struct, frozen=True, kw_only=True):
    """
    What a session should be counted as, in the words of `GET /sessions/{id}` (interfaces.md 4).

    Attributes:
        viewing, viewer: Numbers of the viewing and of who watched.
        ecid: The visitor, where the device tells it; None where the server makes it.
        close_cause: `end`, `complete`, `idle`, `stuck` or `downloaded`.
        started_at_ms, last_event_at_ms: Player's clock, Unix ms.
        session_details: `sessionDetails` of the close row, without `ID`, which the server gives.
        quality: `qoeDataDetails`; states: `states`; ads: `advertisingDetails`, `advertisingPodDetails`, `startedAtMs` and
            `closedAtMs` of each; chapters: `chapterDetails` likewise.
        custom_metadata: Of the start.
        viewed: What was seen of the content, disjoint and ascending: seconds of it.
        is_viewed, is_downloaded: As on the sessionStart row.
        accepted, duplicate: Deliveries; none is dropped.
    """

    viewing: int
    viewer: int
    ecid: str | None
    close_cause: str
    started_at_ms: int
    last_event_at_ms: int
    session_details: dict[str, Any]
    quality: dict[str, Any]
    states: list[dict[str, Any]]
    ads: list[dict[str, Any]]
    chapters: list[dict[str, Any]]
    custom_metadata: dict[str, str]
    viewed: list[tuple[float, float]]
    is_viewed: bool
    is_downloaded: bool
    accepted: int
    duplicate: int


class Notebook:
    """
    One viewing so far. Durations in ms; positions in whole seconds of content, counted on over midnight for live.

    Attributes:
        events: What the player said, pings and all; duplicates: what was delivered once more.
        ending: The close cause to come.
        silence_ms: From the last arrival to the close, where the cause alone does not tell it; else -1.
    """

    def __init__(self, title: Title, static: dict[str, Any], custom: dict[str, str], *, resumed: bool) -> None:
        self.title, self.static, self.custom, self.resumed = title, static, custom, resumed
        self.events = self.duplicates = 0
        self.ending = "idle"
        self.silence_ms = -1
        self.started_at_ms = self.last_at_ms = 0
        self.ads: list[AdShown] = []
        self.chapters: list[ChapterSeen] = []
        self.states: dict[str, StateHeld] = {}
        self.errors: dict[str, list[str]] = {"player": [], "external": []}
        self.error_count = self.pauses = self.buffers = self.stalls = self.bitrate_changes = 0
        self.first_playhead_s: int | None = None
        self.completed = False
        self.told: dict[str, int] = {}
        self._time_to_start_ms: int | None = None
        self._ms = [0] * len(Doing)
        self._weight_ms = self._weighed = 0
        self._pieces: list[list[int]] = []

    def passed(self, ms: int, doing: Doing) -> None:
        """That long it did this, up to an event."""
        self._ms[doing] += ms
        if doing is Doing.PLAYING and self.chapter is not None:
            self.chapter.played_ms += ms
        elif doing is Doing.ADVERTISING:
            self.ads[-1].played_ms += ms
        if doing in {Doing.PLAYING, Doing.ADVERTISING} and self.told.get("bitrate"):
            self._weight_ms += ms
            self._weighed += ms * self.told["bitrate"]
        for state in self.states.values():
            if state.open:
                state.held_ms += ms

    def viewed(self, from_ms: int, to_ms: int) -> None:
        """A stretch of content was seen; positions in ms of content."""
        if self._pieces and self._pieces[-1][1] == from_ms:
            self._pieces[-1][1] = to_ms
        else:
            self._pieces.append([from_ms, to_ms])

    def measured(self, values: dict[str, int]) -> None:
        """Quality values were told."""
        self.told.update(values)
        if "timeToStart" in values and (self._time_to_start_ms is None or self.first_playhead_s is None):
            self._time_to_start_ms = values["timeToStart"]

    def main_entered(self, playhead_s: int) -> None:
        """Main content plays."""
        if self.first_playhead_s is None:
            self.first_playhead_s = playhead_s

    def failed(self, name: str, source: str) -> None:
        """An error was told."""
        self.error_count += 1
        if name not in self.errors[source]:
            self.errors[source].append(name)

    def state_started(self, name: str) -> None:
        """A player state begins."""
        state = self.states.setdefault(name, StateHeld(name))
        state.open = True
        state.count += 1

    @property
    def ad(self) -> AdShown | None:
        """The ad that is on."""
        return self.ads[-1] if self.ads and not self.ads[-1].closed_at_ms else None

    @property
    def chapter(self) -> ChapterSeen | None:
        """The chapter that is on."""
        return self.chapters[-1] if self.chapters and not self.chapters[-1].closed_at_ms else None

    def truth(self, viewing: int, viewer: int, ecid: str | None, settings: SessionSettings = DEFAULT_SETTINGS) -> Truth:
        """All of it, counted. What is still open was closed by the last event."""
        for open_one in (self.ad, self.chapter):
            if open_one is not None:
                open_one.closed_at_ms = self.last_at_ms
        downloaded = self.ending == "downloaded"
        return Truth(
            viewing=viewing,
            viewer=viewer,
            ecid=ecid,
            close_cause=self.ending,
            started_at_ms=self.started_at_ms,
            last_event_at_ms=self.last_at_ms,
            session_details=self._session_details(settings),
            quality=self._quality(),
            states=[
                {"name": state.name, "isSet": True, "count": state.count, "time": seconds(state.held_ms)}
                for state in self.states.values()
            ],
            ads=[self._ad(ad) for ad in self.ads],
            chapters=[self._chapter(chapter) for chapter in self.chapters],
            custom_metadata=self.custom,
            viewed=[(begin / 1000, end / 1000) for begin, end in self._union()],
            is_viewed=not self.resumed,
            is_downloaded=downloaded,
            accepted=1 if downloaded else self.events,
            duplicate=self.duplicates,
        )

    def _session_details(self, settings: SessionSettings) -> dict[str, Any]:
        length_s, played_s = self.title.length_s, seconds(self._ms[Doing.PLAYING])
        total_s = seconds(self._ms[Doing.PLAYING] + self._ms[Doing.ADVERTISING])
        pieces = self._union()
        audio = self.static.get("streamType") == "audio"
        details: dict[str, Any] = {**self.static, "pev3": "audio" if audio else "video", "pccr": True}
        if "genre" in details:
            details["genreList"] = details["genre"].split(",")
        details |= {
            "timePlayed": played_s,
            "totalTimePlayed": total_s,
            "uniqueTimePlayed": seconds(sum(end - begin for begin, end in pieces)),
            "averageMinuteAudience": (played_s * 10**6 * 2 + length_s) // (2 * length_s) / 10**6,
            "estimatedStreams": total_s // 1800 + 1,
            "secondsSinceLastCall": self._silence_s(settings),
        }
        if self.completed or self.ending == "downloaded":
            details["isCompleted"] = self.completed
        if self.first_playhead_s is not None:
            low, high = (pieces[0][0], pieces[-1][1]) if pieces else (self.first_playhead_s * 1000,) * 2
            minute = low // 60_000
            details |= {"isPlayed": True, "hasSegmentView": True}
            details["segment"] = f"[{minute}-{max(-(-high // 60_000), minute + 1)}]"
        for percent in (10, 25, 50, 75, 95):
            if any(begin <= length_s * 10 * percent <= end for begin, end in pieces):
                details[f"hasProgress{percent}"] = True
        present: dict[str, Any] = {
            "hasResume": self.resumed,
            "isFederated": settings.federated,
            "adCount": len(self.ads),
            "chapterCount": len(self.chapters),
            "pauseCount": self.pauses,
            "pauseTime": seconds(self._ms[Doing.PAUSED]),
            "hasPauseImpactedStreams": self.pauses > 0,
        }
        return details | _present(present)

    def _quality(self) -> dict[str, Any]:
        bitrate = (2 * self._weighed + self._weight_ms) // (2 * self._weight_ms) if self._weight_ms else 0
        bitrate = bitrate or self.told.get("bitrate", 0)
        present: dict[str, Any] = {
            "bitrateAverage": bitrate,
            "bitrateAverageBucket": f"{bitrate // 100 * 100}-{bitrate // 100 * 100 + 99}" if bitrate else "",
            "bitrateChangeCount": self.bitrate_changes,
            "hasBitrateChangeImpactedStreams": self.bitrate_changes > 0,
            "droppedFrames": self.told.get("droppedFrames", 0),
            "hasDroppedFrameImpactedStreams": self.told.get("droppedFrames", 0) > 0,
            "framesPerSecond": self.told.get("framesPerSecond", 0),
            "isDroppedBeforeStart": self.first_playhead_s is None,
            "bufferCount": self.buffers,
            "hasBufferImpactedStreams": self.buffers > 0,
            "bufferTime": seconds(self._ms[Doing.BUFFERING]),
            "stallCount": self.stalls,
            "hasStallImpactedStreams": self.stalls > 0,
            "stallTime": seconds(self._ms[Doing.STALLED]),
            "errorCount": self.error_count,
            "hasErrorImpactedStreams": self.error_count > 0,
            "playerSdkErrors": self.errors["player"],
            "externalErrors": self.errors["external"],
        }
        quality = _present(present)
        if self._time_to_start_ms is not None:
            quality["timeToStart"] = seconds(self._time_to_start_ms)
        return quality

    def _ad(self, shown: AdShown) -> dict[str, Any]:
        pod = {"ID": f"{self._hash}_{shown.place.number}", "index": shown.place.number}
        return {
            "startedAtMs": shown.started_at_ms,
            "closedAtMs": shown.closed_at_ms,
            "advertisingDetails": {
                **ad_details(shown.ad, shown.position, shown.player_name),
                **_present({"timePlayed": seconds(shown.played_ms), "isCompleted": shown.completed}),
                "isStarted": True,
            },
            "advertisingPodDetails": {**pod, "offset": shown.place.offset_s, "friendlyName": shown.place.name},
        }

    def _chapter(self, seen: ChapterSeen) -> dict[str, Any]:
        return {
            "startedAtMs": seen.started_at_ms,
            "closedAtMs": seen.closed_at_ms,
            "chapterDetails": {
                **chapter_details(seen.chapter),
                **_present({"timePlayed": seconds(seen.played_ms), "isCompleted": seen.completed}),
                "ID": f"{self._hash}_{seen.chapter.number}",
                "isStarted": True,
            },
        }

    @property
    def _hash(self) -> str:
        return md5(self.title.name.encode(), usedforsecurity=False).hexdigest()

    def _silence_s(self, settings: SessionSettings) -> int:
        if self.silence_ms >= 0:
            return seconds(self.silence_ms)
        return round({"idle": settings.idle_timeout_s, "complete": settings.complete_linger_s}.get(self.ending, 0))

    def _union(self) -> list[tuple[int, int]]:
        """What was seen of the content, disjoint and ascending, ms; a day of live begins anew at midnight."""
        day_ms = DAY_S * 1000
        pieces: list[tuple[int, int]] = []
        for begin, end in self._pieces:
            if self.title.length_s == DAY_S and end > day_ms:
                pieces += [(begin, day_ms), (0, end - day_ms)] if begin < day_ms else [(begin - day_ms, end - day_ms)]
            else:
                pieces.append((begin, min(end, self.title.length_s * 1000)))
        joined: list[tuple[int, int]] = []
        for begin, end in sorted(pieces):
            if begin >= end:
                continue
            if joined and begin <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((begin, end))
        return joined


def ad_details(ad: Ad, position: int, player_name: str) -> dict[str, Any]:
    """`advertisingDetails` as a player sends them; `position` counts from 1 in its break."""
    return {
        "name": ad.name,
        "friendlyName": ad.friendly_name,
        "length": ad.length_s,
        "podPosition": position,
        "playerName": player_name,
        "advertiser": ad.advertiser,
        "campaignID": ad.campaign_id,
        "creativeID": ad.creative_id,
        "creativeURL": f"https://ads.example.com/{ad.creative_id}",
    }


def chapter_details(chapter: Chapter) -> dict[str, Any]:
    """`chapterDetails` as a player sends them."""
    return {
        "index": chapter.number,
        "offset": chapter.offset_s,
        "length": chapter.length_s,
        "friendlyName": chapter.name,
    }


def seconds(ms: int) -> int:
    """`R` of metrics.md 2."""
    return (ms + 500) // 1000


def _present(values: dict[str, Any]) -> dict[str, Any]:
    """Those that are written: true, above 0, not empty."""
    return {name: value for name, value in values.items() if value}
