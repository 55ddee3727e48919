"""
The 19 operations of the media family, as data (protocol.md 1.2 and 1.3).

Law: what an action requires, allows and forbids stands here once. The order of members is the order in which their
errors are reported (8.2).
"""

from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import NamedTuple

from playhead.events.names import ACTION_OF

EVENT_TYPE_PREFIX = "media."
START = "sessionStart"
DOWNLOADED = "downloaded"
STATES_UPDATE = "statesUpdate"


class Kind(Enum):
    """What a member of a details object may hold."""

    NAME = auto()
    """A text that is not empty."""
    TEXT = auto()
    """A text; numbers and booleans are read as one."""
    NUMBER = auto()
    """A finite number >= 0."""
    BOOLEAN = auto()
    """A boolean, or one written as a text."""
    STREAM_TYPE = auto()
    """`audio` or `video`, any case."""
    ERROR_SOURCE = auto()
    """`player` or `external`."""


class Member(NamedTuple):
    """One member of a details object."""

    name: str
    kind: Kind
    required: bool = False


class Operation(NamedTuple):
    """
    One action.

    Attributes:
        action: Canonical name; `media.` + action is the event type.
        details: Name of its required details object; None where it has none.
        members: Members of that object, in the order of protocol.md 1.2 and 1.3.
        forbidden: Details object that must be absent (C37).
        quality_required: Whether `qoeDataDetails` must be there.
        states: Whether it carries `statesStart` and `statesEnd`.
    """

    action: str
    details: str | None = None
    members: tuple[Member, ...] = ()
    forbidden: str | None = None
    quality_required: bool = False
    states: bool = False


def _required(kind: Kind, *names: str) -> tuple[Member, ...]:
    return tuple(Member(name, kind, required=True) for name in names)


def _texts(*names: str) -> tuple[Member, ...]:
    return tuple(Member(name, Kind.TEXT) for name in names)


SESSION_TEXTS = (
    *("adLoad", "appVersion", "artist", "rating", "show", "episode", "originator", "firstAirDate", "authorized"),
    *("streamFormat", "station", "genre", "season", "showType", "friendlyName", "author", "album", "dayPart"),
    *("label", "mvpd", "feed", "assetID", "publisher", "firstDigitalDate", "network", "segment"),
)
AD_TEXTS = ("friendlyName", "advertiser", "campaignID", "creativeID", "creativeURL", "placementID", "siteID")

_SESSION_MEMBERS = (
    *_required(Kind.NAME, "name", "playerName"),
    *_required(Kind.NUMBER, "length"),
    *_required(Kind.NAME, "channel", "contentType"),
    *_texts(*SESSION_TEXTS),
    Member("streamType", Kind.STREAM_TYPE),
    Member("hasResume", Kind.BOOLEAN),
    Member("isDownloaded", Kind.BOOLEAN),
)
_POD_MEMBERS = (*_required(Kind.NUMBER, "index", "offset"), *_texts("friendlyName"))
_AD_MEMBERS = (
    *_required(Kind.NAME, "name"),
    *_required(Kind.NUMBER, "length"),
    *_required(Kind.NAME, "playerName"),
    *_required(Kind.NUMBER, "podPosition"),
    *_texts(*AD_TEXTS),
)
_CHAPTER_MEMBERS = (*_required(Kind.NUMBER, "index", "length", "offset"), *_texts("friendlyName"))
_ERROR_MEMBERS = (*_required(Kind.NAME, "name"), *_required(Kind.ERROR_SOURCE, "source"))

_ALL = (
    Operation(START, "sessionDetails", _SESSION_MEMBERS),
    Operation("sessionComplete"),
    Operation("sessionEnd"),
    Operation("play"),
    Operation("ping"),
    Operation("adBreakStart", "advertisingPodDetails", _POD_MEMBERS),
    Operation("adBreakComplete", forbidden="advertisingPodDetails"),
    Operation("adStart", "advertisingDetails", _AD_MEMBERS),
    Operation("adComplete", forbidden="advertisingDetails"),
    Operation("adSkip", forbidden="advertisingDetails"),
    Operation("bitrateChange", quality_required=True),
    Operation("bufferStart"),
    Operation("chapterStart", "chapterDetails", _CHAPTER_MEMBERS),
    Operation("chapterComplete", forbidden="chapterDetails"),
    Operation("chapterSkip", forbidden="chapterDetails"),
    Operation(DOWNLOADED),
    Operation("error", "errorDetails", _ERROR_MEMBERS),
    Operation("pauseStart"),
    Operation(STATES_UPDATE, states=True),
)

OPERATIONS: Mapping[str, Operation] = MappingProxyType({operation.action: operation for operation in _ALL})
"""All 19 by canonical action, in the order of protocol.md 1.2."""

assert set(OPERATIONS) == set(ACTION_OF.values()), "one operation for each event the domain knows"

EVENT_TYPES: tuple[str, ...] = tuple(EVENT_TYPE_PREFIX + action for action in OPERATIONS)
"""The canonical event types."""

QUALITY_MEMBERS = ("bitrate", "droppedFrames", "framesPerSecond", "timeToStart")
STATE_NAME_PATTERN = "^[a-zA-Z0-9_.]{1,64}$"

_BY_LOWER = MappingProxyType({action.lower(): action for action in OPERATIONS})
_BY_EVENT_TYPE = MappingProxyType(
    {
        **{(EVENT_TYPE_PREFIX + action).lower(): action for action in OPERATIONS},
        "media.adbreakskip": "adSkip",  # C7
    }
)


def action_of_path(segment: str) -> str | None:
    """The canonical action of a path segment in any case (C4); None when there is none of that name."""
    return _BY_LOWER.get(segment.lower())


def action_of_event_type(event_type: str) -> str | None:
    """The canonical action of an `eventType` in any case (C6), alias included (C7); None when there is none."""
    return _BY_EVENT_TYPE.get(event_type.lower())


def is_media(event_type: object) -> bool:
    """Whether an `eventType` is of the media family, known or not."""
    return isinstance(event_type, str) and event_type[: len(EVENT_TYPE_PREFIX)].lower() == EVENT_TYPE_PREFIX
