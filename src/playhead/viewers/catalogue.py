"""
What there is to watch, and the advertising in it. Law: the same for every seed, so that runs can be compared.

Three stories are in it to be found: the third episode of Harbour Lights loses viewers at its second mid-roll, the ads of
Nordwind are skipped by most, and the first minutes of Night Ferry are boring.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

DAY_S: Final = 86_400


class Chapter(NamedTuple):
    """A piece of the content, in whole seconds of it."""

    number: int
    offset_s: int
    length_s: int
    name: str

    @property
    def end_s(self) -> int:
        """Where it ends."""
        return self.offset_s + self.length_s


class Break(NamedTuple):
    """A place for advertising. `left`: share of the viewers who leave in it, beyond those who leave anyway."""

    number: int
    offset_s: int
    name: str
    left: float = 0


class Ad(NamedTuple):
    """One creative. `skipped`: share of its plays that are skipped."""

    name: str
    friendly_name: str
    length_s: int
    advertiser: str
    campaign_id: str
    creative_id: str
    skipped: float = 0


class Title(NamedTuple):
    """
    Something to watch.

    Attributes:
        kind: A share of `Mix`: episodes, films, clips, live, podcasts.
        name: Content id.
        length_s: Whole seconds; 86400 for live.
        details: Everything else its sessionDetails say, by their names on the wire.
        chapters: In order; may leave gaps.
        breaks: Mid-rolls in order; the pre-roll is every title's, number 0.
        appeal: Weight among its kind.
        left_per_hour: How often its viewers lose interest.
    """

    kind: str
    name: str
    length_s: int
    details: Mapping[str, str]
    chapters: tuple[Chapter, ...] = ()
    breaks: tuple[Break, ...] = ()
    appeal: float = 1
    left_per_hour: float = 0.8


_SERIES: Final = (
    ("Harbour Lights", "harbour", "Drama,Crime", "North One", 2_640, 5.0),
    ("The Long Table", "table", "Comedy", "Kite", 1_500, 3.0),
    ("Ice Lines", "ice", "Documentary,Nature", "North One", 3_120, 1.5),
    ("Small Engines", "engines", "Kids,Animation", "Kite Junior", 720, 2.0),
)
_FILMS: Final = (
    ("Night Ferry", "night-ferry", "Thriller", 6_420, 4.0),
    ("A Field of Salt", "field-of-salt", "Drama", 7_080, 0.5),
    ("Paper Moons", "paper-moons", "Family,Animation", 5_340, 0.5),
    ("The Cartographer", "cartographer", "Adventure,History", 8_100, 0.7),
)
_CLIPS: Final = (
    "Goals of the week",
    "Trailer: Ice Lines",
    "Five-minute pasta",
    "Storm over the bay",
    "Interview",
    "Recap",
)
_LIVE: Final = (("North One", "News"), ("Kite", "Entertainment"), ("Arena", "Sport"))
_PODCASTS: Final = (("Tide Tables", "Science"), ("Late Shift", "Talk"), ("Ground Floor", "Architecture"))

ADS: Final = (
    Ad("nw-01", "Nordwind: winter fares", 30, "Nordwind Air", "NW-2026-1", "nw-a", skipped=0.7),
    Ad("nw-02", "Nordwind: early birds", 20, "Nordwind Air", "NW-2026-1", "nw-b", skipped=0.6),
    Ad("bb-01", "Bluebell oats", 15, "Bluebell", "BB-SPRING", "bb-a"),
    Ad("bb-02", "Bluebell oats, short", 6, "Bluebell", "BB-SPRING", "bb-b"),
    Ad("cf-01", "Cashfern account", 20, "Cashfern", "CF-7", "cf-a", skipped=0.1),
    Ad("tr-01", "Tern electric", 30, "Tern Motors", "TERN-E", "tr-a", skipped=0.15),
    Ad("tr-02", "Tern test drive", 15, "Tern Motors", "TERN-E", "tr-b"),
)


def _episodes() -> list[Title]:
    titles = []
    for show, slug, genre, channel, length_s, appeal in _SERIES:
        for season in (1, 2):
            for episode in range(1, 7):
                bad = slug == "harbour" and (season, episode) == (1, 3)
                name = f"{slug}-s{season}e{episode}"
                details = {
                    "friendlyName": f"{show} S{season}E{episode}", "contentType": "vod", "streamType": "video",
                    "channel": channel, "network": channel, "show": show, "season": str(season), "episode": str(episode),
                    "genre": genre, "showType": "0", "assetID": f"asset-{name}", "rating": "TV-14",
                    "firstAirDate": f"2025-0{season + 1}-{episode:02d}", "originator": "Playhead Studios",
                }  # fmt: skip
                acts, fourth = ("Opening", "Act one", "Act two", "Act three"), length_s // 4
                chapters = tuple(Chapter(n + 1, n * fourth, fourth, act) for n, act in enumerate(acts))
                breaks = tuple(Break(n, n * fourth, f"mid-roll {n}", 0.35 if bad and n == 2 else 0) for n in (1, 2, 3))
                titles.append(Title("episodes", name, length_s, details, chapters, breaks, appeal * (4 if bad else 1)))
    return titles


def _others() -> list[Title]:
    films = [
        Title(
            "films", slug, length_s,
            {"friendlyName": film, "contentType": "vod", "streamType": "video", "channel": "Cinema", "genre": genre,
             "showType": "0", "assetID": f"asset-{slug}", "network": "Salt", "rating": "PG-13"},
            breaks=tuple(Break(n, n * (length_s // 5), f"mid-roll {n}") for n in (1, 2, 3, 4)),
            left_per_hour=left,
        )
        for film, slug, genre, length_s, left in _FILMS
    ]  # fmt: skip
    clips = [
        Title(
            "clips", f"clip-{number}", 45 + 35 * number,
            {"friendlyName": clip, "contentType": "vod", "channel": "Shorts", "showType": "2", "feed": "front page"},
            appeal=7 - number, left_per_hour=6,
        )
        for number, clip in enumerate(_CLIPS)
    ]  # fmt: skip
    live = [
        Title(
            "live", f"live-{channel.lower().replace(' ', '-')}", DAY_S,
            {"friendlyName": f"{channel} live", "contentType": "live", "streamType": "video", "channel": channel,
             "network": channel, "station": channel, "genre": genre, "feed": "HD", "dayPart": "all", "authorized": "true",
             "mvpd": "Coastal Cable"},
            left_per_hour=3,
        )
        for channel, genre in _LIVE
    ]  # fmt: skip
    podcasts = [
        Title(
            "podcasts", f"{show.lower().replace(' ', '-')}-{number}", 1_500 + 240 * number,
            {"friendlyName": f"{show} #{number}", "contentType": "podcast", "streamType": "audio", "channel": "Radio",
             "show": show, "episode": str(number), "genre": genre, "author": "R. Lindqvist", "publisher": "Kite Audio"},
            chapters=(Chapter(1, 0, 60, "Intro"), Chapter(2, 90, 900, "The talk")),
            left_per_hour=1.2,
        )
        for show, genre in _PODCASTS
        for number in (1, 2, 3)
    ]  # fmt: skip
    return films + clips + live + podcasts


TITLES: Final[tuple[Title, ...]] = (*_episodes(), *_others())
KINDS: Final = ("episodes", "films", "clips", "live", "podcasts")
OF_KIND: Final[Mapping[str, tuple[Title, ...]]] = {
    kind: tuple(title for title in TITLES if title.kind == kind) for kind in KINDS
}
