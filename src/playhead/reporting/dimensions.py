"""
The catalogue, second half: every dimension there is, declared once (metrics.md 6.3, 6.4).

Law: as in `reporting.metrics`; ids of metrics and dimensions are two namespaces.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from playhead.reporting.metrics import Grain


class DimensionKind(StrEnum):
    """How a dimension gets its values."""

    VALUE = "value"
    LIST = "list"
    """A record may have several, each with full credit; totals are not doubled."""
    DERIVED = "derived"
    TIME = "time"


class Dimension(Struct, frozen=True, kw_only=True):
    """
    One way of telling records apart.

    Attributes:
        id: Unique among dimensions.
        name: As people read it.
        grain: Of the records that have it.
        kind: How it gets its values.
        field: Its place under `mediaReporting`; empty where it is derived or a time.
        numeric: Values are whole numbers, or begin with one, and are sorted as such.
        definition: One sentence, or empty where the name says it.
        lookup: The lookup that may override it, or that it is read from: the id of the dimension that is its key; empty: none.
    """

    id: str
    name: str
    grain: Grain
    kind: DimensionKind = DimensionKind.VALUE
    field: str = ""
    numeric: bool = False
    definition: str = ""
    lookup: str = ""


CUSTOM_PREFIX: Final = "custom:"
"""Dimensions of custom metadata: `custom:NAME`. On an ad or a chapter its own value comes before the session's."""

LOOKUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "content": (
        "content-name", "content-length", "asset-id", "first-air-date", "first-digital-date", "content-rating",
        "originator",
    ),
    "ad": ("ad-name", "ad-length", "creative-id", "creative-url"),
    "ad-pod": ("pod-name", "pod-position"),
    "chapter": ("chapter-name", "chapter-length", "chapter-offset", "chapter-position"),
}  # fmt: skip
"""Lookups (metrics.md 6.3): by the dimension that is the key, the dimensions whose values one may override."""

LOOKUP_PREFIX: Final = "lookup:"
"""Dimensions of a lookup's further columns: `lookup:KEY:NAME`, as in `lookup:content:territory`."""

_LOOKUP_OF: Final = {column: lookup for lookup, columns in LOOKUPS.items() for column in columns}


def _values(grain: Grain, place: str, *given: tuple[str, str, str]) -> tuple[Dimension, ...]:
    """Dimensions read from a field each: id, name, field."""
    return tuple(
        Dimension(
            id=id_,
            name=name,
            grain=grain,
            field=f"{place}.{field}",
            numeric=id_ in _NUMERIC,
            lookup=_LOOKUP_OF.get(id_, ""),
        )
        for id_, name, field in given
    )


_NUMERIC: Final = frozenset(
    {
        "content-length", "ad-length", "ad-in-pod-position", "pod-position", "chapter-length", "chapter-offset",
        "chapter-position", "bitrate-changes", "buffer-events", "dropped-frames", "errors", "time-to-start",
        "total-buffer-duration",
    }
)  # fmt: skip

_SESSION: Final = _values(
    Grain.SESSION,
    "sessionDetails",
    ("content", "Content", "name"),
    ("content-name", "Content name", "friendlyName"),
    ("content-length", "Content length", "length"),
    ("content-type", "Content type", "contentType"),
    ("content-player-name", "Content player name", "playerName"),
    ("content-channel", "Content channel", "channel"),
    ("segment-range", "Segment range", "segment"),
    ("stream-type", "Stream type", "streamType"),
    ("media-session-id", "Media session ID", "ID"),
    ("media-downloaded-flag", "Media downloaded", "isDownloaded"),
    ("app-version", "App version", "appVersion"),
    ("show", "Show", "show"),
    ("season", "Season", "season"),
    ("episode", "Episode", "episode"),
    ("show-type", "Show type", "showType"),
    ("asset-id", "Asset ID", "assetID"),
    ("first-air-date", "First air date", "firstAirDate"),
    ("first-digital-date", "First digital date", "firstDigitalDate"),
    ("content-rating", "Content rating", "rating"),
    ("originator", "Originator", "originator"),
    ("network", "Network", "network"),
    ("mvpd", "MVPD", "mvpd"),
    ("day-part", "Day part", "dayPart"),
    ("media-feed-type", "Media feed type", "feed"),
    ("stream-format", "Stream format", "streamFormat"),
    ("ad-load-type", "Ad loads", "adLoad"),
    ("artist", "Artist", "artist"),
    ("album", "Album", "album"),
    ("label", "Label", "label"),
    ("author", "Author", "author"),
    ("station", "Station", "station"),
    ("publisher", "Publisher", "publisher"),
    ("cdn", "CDN", "cdn"),
)

_QUALITY: Final = _values(
    Grain.SESSION,
    "qoeDataDetails",
    ("average-bitrate", "Average bitrate", "bitrateAverageBucket"),
    ("bitrate-changes", "Bitrate changes", "bitrateChangeCount"),
    ("buffer-events", "Buffer events", "bufferCount"),
    ("dropped-frames", "Dropped frames", "droppedFrames"),
    ("errors", "Errors", "errorCount"),
    ("time-to-start", "Time to start", "timeToStart"),
    ("total-buffer-duration", "Total buffer duration", "bufferTime"),
)


def _list(id_: str, name: str, field: str) -> Dimension:
    return Dimension(id=id_, name=name, grain=Grain.SESSION, kind=DimensionKind.LIST, field=field)


_LISTS: Final = (
    _list("genre", "Genre", "sessionDetails.genreList"),
    _list("player-sdk-error-ids", "Player SDK error IDs", "qoeDataDetails.playerSdkErrors"),
    _list("external-error-ids", "External error IDs", "qoeDataDetails.externalErrors"),
)


def _derived(id_: str, name: str, definition: str, kind: DimensionKind = DimensionKind.DERIVED) -> Dimension:
    return Dimension(id=id_, name=name, grain=Grain.SESSION, kind=kind, definition=definition)


_DERIVED: Final = (
    _derived("content-segment", "Content segment", "Five-minute pieces of the content that were viewed, [0-5], [5-10] …"),
    _derived("media-path", "Media path",
             "Contents one person viewed one after the other, at most 30 minutes between an end and the next start."),
    _derived("previous-content", "Previous content", "The content before this one on the media path."),
    _derived("next-content", "Next content", "The content after this one on the media path."),
    _derived("event-type", "Event type", "The reporting row a metric is on."),
    _derived("datastream", "Datastream", "Where the session was sent."),
    _derived("close-cause", "Close cause", "Why the session closed: end, complete, idle, stuck, age or downloaded."),
)  # fmt: skip

_AD: Final = _values(
    Grain.AD,
    "advertisingDetails",
    ("ad", "Ad", "name"),
    ("ad-name", "Ad name", "friendlyName"),
    ("ad-length", "Ad length", "length"),
    ("ad-player-name", "Ad player name", "playerName"),
    ("ad-in-pod-position", "Ad in pod position", "podPosition"),
    ("advertiser", "Advertiser", "advertiser"),
    ("campaign-id", "Campaign ID", "campaignID"),
    ("creative-id", "Creative ID", "creativeID"),
    ("creative-url", "Creative URL", "creativeURL"),
    ("placement-id", "Placement ID", "placementID"),
    ("site-id", "Site ID", "siteID"),
) + _values(
    Grain.AD,
    "advertisingPodDetails",
    ("ad-pod", "Ad pod", "ID"),
    ("pod-name", "Pod name", "friendlyName"),
    ("pod-position", "Pod position", "offset"),
)

_CHAPTER: Final = _values(
    Grain.CHAPTER,
    "chapterDetails",
    ("chapter", "Chapter", "ID"),
    ("chapter-name", "Chapter name", "friendlyName"),
    ("chapter-length", "Chapter length", "length"),
    ("chapter-offset", "Chapter offset", "offset"),
    ("chapter-position", "Chapter position", "index"),
)

_STATE: Final = (Dimension(id="player-state", name="Player state", grain=Grain.STATE, field="states.name"),)


class Bucket(StrEnum):
    """The lengths a report can be divided into, ascending."""

    MINUTE = "minute"
    MINUTES_5 = "5-minutes"
    MINUTES_15 = "15-minutes"
    MINUTES_30 = "30-minutes"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def _time(id_: str, name: str, definition: str) -> Dimension:
    return Dimension(id=id_, name=name, grain=Grain.SESSION, kind=DimensionKind.TIME, definition=definition)


_TIMES: Final = (
    *(
        _time(
            bucket.value,
            bucket.value.replace("-", " ").capitalize(),
            "Start of the stretch, in the report's time zone.",
        )
        for bucket in Bucket
    ),
    _time("hour-of-day", "Hour of day", "0 to 23, in the report's time zone."),
    _time("day-of-week", "Day of week", "1 Monday to 7 Sunday, in the report's time zone."),
)

DIMENSIONS: Final[Mapping[str, Dimension]] = {
    dimension.id: dimension
    for dimension in (*_SESSION, *_LISTS, *_DERIVED, *_QUALITY, *_AD, *_CHAPTER, *_STATE, *_TIMES)
}
"""By id. Those of custom metadata and of further columns of lookups: `dimension_of`."""


def dimension_of(dimension_id: str) -> Dimension | None:
    """The dimension of an id, those of custom metadata and of lookups included; None if there is none."""
    if dimension_id.startswith(LOOKUP_PREFIX):
        return _of_lookup(dimension_id)
    known = DIMENSIONS.get(dimension_id)
    if known is not None or not dimension_id.startswith(CUSTOM_PREFIX):
        return known
    name = dimension_id.removeprefix(CUSTOM_PREFIX)
    if not name:
        return None
    return Dimension(
        id=dimension_id, name=name, grain=Grain.SESSION, kind=DimensionKind.DERIVED, definition="Custom metadata."
    )


def _of_lookup(dimension_id: str) -> Dimension | None:
    """A further column of a lookup; None if there is no such lookup."""
    lookup, _, name = dimension_id.removeprefix(LOOKUP_PREFIX).partition(":")
    if lookup not in LOOKUPS or not name or name in LOOKUPS[lookup]:
        return None
    return Dimension(
        id=dimension_id,
        name=name,
        grain=DIMENSIONS[lookup].grain,
        kind=DimensionKind.DERIVED,
        definition=f"From the lookup by {lookup}.",
        lookup=lookup,
    )
