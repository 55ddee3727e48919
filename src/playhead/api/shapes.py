"""The shapes of the report API (interfaces.md 4), and how they are made from what the core keeps. Times are RFC 3339."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta, Raw, Struct

from playhead.api.times import written, written_or_none
from playhead.events.names import ACTION_OF
from playhead.reporting.outputs import Judged, Row, SessionRecord
from playhead.reporting.timeline import Timeline


class SessionItem(Struct, frozen=True, kw_only=True, rename="camel"):
    """
    A session in a list. Of one that is not closed, the numbers are those it would close with now.

    `content_name` is what the content's lookup says, else what was sent.
    """

    id: str
    datastream: str
    state: str
    close_cause: str | None
    provisional: bool
    started_at: str
    last_event_at: str
    closed_at: str | None
    person: str | None
    content: str
    content_name: str | None
    content_type: str | None
    player_name: str | None
    channel: str | None
    time_played: int
    total_time_played: int
    completed: bool
    ad_count: int
    error_count: int
    stall_count: int
    stall_time: int
    buffer_count: int
    buffer_time: int
    time_to_start: int | None
    dropped_before_start: bool


class SessionPage(Struct, frozen=True):
    """Sessions, in the order asked for. A page may be short although a cursor follows: the search looked at its limit."""

    items: Sequence[SessionItem]
    cursor: str | None


class MediaReporting(Struct, frozen=True, kw_only=True, rename="camel"):
    """The numbers of metrics.md 2 as on the close row; of an open session, as if it closed now."""

    session_details: Mapping[str, Any]
    qoe_data_details: Mapping[str, Any]
    states: Sequence[Mapping[str, Any]]


class Counts(Struct, frozen=True):
    """Acknowledged deliveries of the session by what became of them."""

    accepted: int
    duplicate: int
    dropped: int


class AdItem(Struct, frozen=True, kw_only=True, rename="camel"):
    """One started ad; details as on its adComplete row. `closed_at` is null while it is open."""

    ordinal: int
    started_at: str
    closed_at: str | None
    advertising_details: Mapping[str, Any]
    advertising_pod_details: Mapping[str, Any]
    custom_metadata: Mapping[str, Any]


class ChapterItem(Struct, frozen=True, kw_only=True, rename="camel"):
    """One started chapter; details as on its chapterComplete row. `closed_at` is null while it is open."""

    ordinal: int
    started_at: str
    closed_at: str | None
    chapter_details: Mapping[str, Any]
    custom_metadata: Mapping[str, Any]


class SessionDetail(Struct, frozen=True, kw_only=True, rename="camel"):
    """
    One session. `started_at` and `last_event_at` by the player's clock, `closed_at` by the server's.

    `content_name` is what the content's lookup says, else what was sent; all else is as sent.
    """

    id: str
    datastream: str
    state: str
    close_cause: str | None
    provisional: bool
    started_at: str
    last_event_at: str
    closed_at: str | None
    person: str | None
    content_name: str | None
    identity_map: Mapping[str, Any]
    media_reporting: MediaReporting
    ads: Sequence[AdItem]
    chapters: Sequence[ChapterItem]
    custom_metadata: Mapping[str, str]
    viewed: Sequence[tuple[float, float]]
    counts: Counts


class EventItem(Struct, frozen=True, kw_only=True, rename="camel"):
    """
    One acknowledged delivery.

    `timestamp` is the one it is folded at (metrics.md 1.1); what was sent is in `xdm`. `playhead` is null when none was sent.
    """

    event_type: str
    timestamp: str
    arrived: str
    playhead: int | None
    request_id: str | None
    index: int
    outcome: str
    reason: str | None
    xdm: Annotated[Any, Meta(description="The event's xdm as received")]


class EventPage(Struct, frozen=True):
    """Deliveries in folded order."""

    items: Sequence[EventItem]
    cursor: str | None


class RowItem(Struct, frozen=True):
    """One reporting row (metrics.md 3.2)."""

    xdm: Mapping[str, Any]


class RowPage(Struct, frozen=True):
    """Reporting rows, last per `_id`, in the order they were first written."""

    items: Sequence[RowItem]
    cursor: str | None


class Span(Struct, frozen=True, rename={"start": "from"}):
    """A stretch of time by the player's clock, half open."""

    start: str
    until: str


class PlayerSpan(Span, frozen=True):
    """What the viewer saw: `starting`, `playing`, `paused`, `buffering`, `stalled`, `ad`, `gap` or `ended`."""

    state: str


class AdSpan(Span, frozen=True, rename="camel"):
    """An ad from its start to its end. `ordinal` counts the session's ads from 1."""

    ordinal: int
    name: str
    friendly_name: str | None
    pod_index: int
    completed: bool


class ChapterSpan(Span, frozen=True, rename="camel"):
    """A chapter from its start to its end. `ordinal` counts the session's chapters from 1, `index` is as sent."""

    ordinal: int
    index: int
    name: str | None
    completed: bool


class StateSpan(Span, frozen=True):
    """A player state that was on."""

    name: str


class PlayheadPoint(Struct, frozen=True):
    """Where the playhead was at an event, in content seconds."""

    at: str
    playhead: int


class BitratePoint(Struct, frozen=True):
    """From when on the bitrate was this, kbit/s."""

    at: str
    kbps: float


class ErrorMark(Struct, frozen=True):
    """An error; `source` is `player` or `external`."""

    at: str
    name: str
    source: str


class SessionTimeline(Span, frozen=True):
    """A session as lanes over time, for a person to look at; stretches of one lane are in order."""

    player: Sequence[PlayerSpan]
    ads: Sequence[AdSpan]
    chapters: Sequence[ChapterSpan]
    states: Sequence[StateSpan]
    playhead: Sequence[PlayheadPoint]
    bitrate: Sequence[BitratePoint]
    errors: Sequence[ErrorMark]


def item_of(record: SessionRecord, content_name: str | None = None) -> SessionItem:
    """The session as a list shows it; its content is called so, or, without a name, as was sent."""
    details, qoe = record.session_details, record.qoe
    return SessionItem(
        id=record.session_id,
        datastream=record.datastream_id,
        state=record.state.value,
        close_cause=record.close_cause,
        provisional=record.provisional,
        started_at=written(record.started_at_ms),
        last_event_at=written(record.last_at_ms),
        closed_at=written_or_none(record.closed_ms),
        person=record.person,
        content=details.get("name", ""),
        content_name=content_name or details.get("friendlyName"),
        content_type=details.get("contentType"),
        player_name=details.get("playerName"),
        channel=details.get("channel"),
        time_played=details.get("timePlayed", 0),
        total_time_played=details.get("totalTimePlayed", 0),
        completed=details.get("isCompleted", False),
        ad_count=details.get("adCount", 0),
        error_count=qoe.get("errorCount", 0),
        stall_count=qoe.get("stallCount", 0),
        stall_time=qoe.get("stallTime", 0),
        buffer_count=qoe.get("bufferCount", 0),
        buffer_time=qoe.get("bufferTime", 0),
        time_to_start=qoe.get("timeToStart"),
        dropped_before_start=qoe.get("isDroppedBeforeStart", False),
    )


def detail_of(record: SessionRecord, content_name: str | None = None) -> SessionDetail:
    """The session with everything the contract names; its content is called so, or, without a name, as was sent."""
    return SessionDetail(
        id=record.session_id,
        datastream=record.datastream_id,
        state=record.state.value,
        close_cause=record.close_cause,
        provisional=record.provisional,
        started_at=written(record.started_at_ms),
        last_event_at=written(record.last_at_ms),
        closed_at=written_or_none(record.closed_ms),
        person=record.person,
        content_name=content_name or record.session_details.get("friendlyName"),
        identity_map=record.identity_map,
        media_reporting=MediaReporting(
            session_details=record.session_details, qoe_data_details=record.qoe, states=record.states
        ),
        ads=[_ad_of(ad) for ad in record.ads],
        chapters=[_chapter_of(chapter) for chapter in record.chapters],
        custom_metadata=record.custom_metadata,
        viewed=record.viewed_s,
        counts=Counts(record.accepted, record.duplicate, record.dropped),
    )


def event_of(judged: Judged, at_ms: int) -> EventItem:
    """The delivery as the list of events shows it; `at_ms` is where it is folded."""
    delivery = judged.delivery
    return EventItem(
        event_type=f"media.{ACTION_OF[type(delivery.event)]}",
        timestamp=written(at_ms),
        arrived=written(delivery.received_ms),
        playhead=delivery.event.playhead_s,
        request_id=delivery.request_id,
        index=delivery.index,
        outcome=judged.outcome.value,
        reason=judged.reason,
        xdm=Raw(delivery.xdm) if delivery.xdm else None,
    )


def row_of(row: Row) -> RowItem:
    """The row as the list of rows shows it."""
    return RowItem(row.xdm)


def timeline_of(lanes: Timeline) -> SessionTimeline:
    """The lanes as the console draws them."""
    return SessionTimeline(
        written(lanes.from_ms),
        written(lanes.to_ms),
        player=[PlayerSpan(written(each.from_ms), written(each.to_ms), each.label) for each in lanes.player],
        ads=[
            AdSpan(
                written(ad.from_ms),
                written(ad.to_ms),
                ad.ordinal,
                ad.name,
                ad.friendly_name,
                ad.pod_index,
                ad.completed,
            )
            for ad in lanes.ads
        ],
        chapters=[
            ChapterSpan(
                written(each.from_ms), written(each.to_ms), each.ordinal, each.index, each.friendly_name, each.completed
            )
            for each in lanes.chapters
        ],
        states=[StateSpan(written(each.from_ms), written(each.to_ms), each.label) for each in lanes.states],
        playhead=[PlayheadPoint(written(each.at_ms), each.playhead_s) for each in lanes.playhead],
        bitrate=[BitratePoint(written(each.at_ms), each.kbps) for each in lanes.bitrate],
        errors=[ErrorMark(written(each.at_ms), each.name, each.source) for each in lanes.errors],
    )


def _ad_of(ad: Mapping[str, Any]) -> AdItem:
    return AdItem(
        ordinal=ad["ordinal"],
        started_at=written(ad["startedAtMs"]),
        closed_at=written_or_none(ad.get("closedAtMs")),
        advertising_details=ad.get("advertisingDetails", {}),
        advertising_pod_details=ad.get("advertisingPodDetails", {}),
        custom_metadata=ad.get("customMetadata", {}),
    )


def _chapter_of(chapter: Mapping[str, Any]) -> ChapterItem:
    return ChapterItem(
        ordinal=chapter["ordinal"],
        started_at=written(chapter["startedAtMs"]),
        closed_at=written_or_none(chapter.get("closedAtMs")),
        chapter_details=chapter.get("chapterDetails", {}),
        custom_metadata=chapter.get("customMetadata", {}),
    )
