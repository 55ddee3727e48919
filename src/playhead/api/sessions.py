"""Routes of sessions: search, one session, its events, its rows, the live list (interfaces.md 4)."""

from typing import Annotated, Literal

from litestar import get
from litestar.params import QueryParameter
from litestar.response import Stream
from msgspec.structs import replace

from playhead.api.context import AnyRequest, context_of
from playhead.api.limits import PAGE_ITEMS_DEFAULT, TEXT_CHARS_MAX
from playhead.api.names import items_of, named_detail_of
from playhead.api.parameters import (
    Cursor,
    Limit,
    SegmentText,
    SessionPath,
    TimeZone,
    cursor_at,
    place_after,
    segment_in,
    time_of,
)
from playhead.api.problems import FieldProblem, ProblemError, wrong_input
from playhead.api.reading import FoldedPlace, Reading, RowPlace
from playhead.api.shapes import (
    EventPage,
    RowPage,
    SessionDetail,
    SessionPage,
    SessionTimeline,
    event_of,
    row_of,
    timeline_of,
)
from playhead.base.errors import QuestionError
from playhead.base.units import SessionId
from playhead.reporting.outputs import SessionState
from playhead.reporting.timeline import timeline
from playhead.store.port import Order, Place, SessionSearch

CloseCause = Literal["end", "idle", "stuck", "complete", "age", "downloaded"]

_TAGS = ["sessions"]


def _text(name: str, description: str) -> QueryParameter:
    return QueryParameter(name=name, max_length=TEXT_CHARS_MAX, description=description)


@get("/sessions", sync_to_thread=True, tags=_TAGS, summary="Search sessions")
def search_sessions(
    request: AnyRequest,
    *,
    datastream: Annotated[str | None, _text("datastream", "Exactly this datastream.")] = None,
    person: Annotated[
        str | None, _text("person", "Exactly this person (by the datastream's identity) or this ECID.")
    ] = None,
    content: Annotated[str | None, _text("content", "Exactly this content ID (`sessionDetails.name`).")] = None,
    player: Annotated[str | None, _text("player", "Exactly this player (`sessionDetails.playerName`).")] = None,
    channel: Annotated[str | None, _text("channel", "Exactly this channel.")] = None,
    segment: SegmentText = None,
    time_zone: TimeZone = "UTC",
    from_: Annotated[str | None, _text("from", "Started at or after this time (player's clock).")] = None,
    until: Annotated[str | None, _text("until", "Started before this time (player's clock).")] = None,
    state_: Annotated[SessionState | None, QueryParameter(name="state", description="Where it stands.")] = None,
    cause: Annotated[CloseCause | None, QueryParameter(name="cause", description="Why it closed.")] = None,
    has_errors: Annotated[bool | None, QueryParameter(name="hasErrors", description="With any error, or none.")] = None,
    has_stalls: Annotated[bool | None, QueryParameter(name="hasStalls", description="With any stall, or none.")] = None,
    has_buffering: Annotated[
        bool | None, QueryParameter(name="hasBuffering", description="With any buffering, or none.")
    ] = None,
    has_ads: Annotated[bool | None, QueryParameter(name="hasAds", description="With any ad, or none.")] = None,
    has_warnings: Annotated[
        bool | None, QueryParameter(name="hasWarnings", description="With dropped or duplicate events, or none.")
    ] = None,
    sort: Annotated[
        Order,
        QueryParameter(
            name="sort", description="The latest start first; or of closed sessions, the longest wait or most errors."
        ),
    ] = Order.STARTED,
    limit: Limit = PAGE_ITEMS_DEFAULT,
    cursor: Cursor = None,
) -> SessionPage:
    """
    Sessions that fit every condition given. Of those not closed, the numbers are as if they closed now.

    A segment is judged of closed sessions, as in reports; others are not listed then.
    """
    search = SessionSearch(
        datastream=datastream,
        person=person,
        content=content,
        player=player,
        channel=channel,
        zone=time_zone,
        order=sort,
        from_ms=time_of("from", from_),
        until_ms=time_of("until", until),
        state=state_,
        close_cause=cause,
        has_errors=has_errors,
        has_stalls=has_stalls,
        has_buffering=has_buffering,
        has_ads=has_ads,
        has_warnings=has_warnings,
    )
    before = place_after("sessions", cursor, Place, (int, str, int))
    try:
        search = replace(search, segment=segment_in(segment))
        found, last = context_of(request).reading.search(search, before, limit)
    except QuestionError as error:
        raise wrong_input(FieldProblem(error.path, error.reason)) from None
    return SessionPage(items_of(found, context_of(request).store), cursor_at("sessions", last))


@get("/sessions/{session_id:str}", sync_to_thread=True, tags=_TAGS, summary="One session")
def get_session(request: AnyRequest, session_id: SessionPath) -> SessionDetail:
    """The session as of now; of an open one, the numbers are as if it closed now."""
    context = context_of(request)
    record = context.reading.session(SessionId(session_id))
    if record is None:
        raise _unknown_session()
    return named_detail_of(record, context.store)


@get("/sessions/{session_id:str}/events", sync_to_thread=True, tags=_TAGS, summary="The events of a session")
def get_events(
    request: AnyRequest, session_id: SessionPath, limit: Limit = PAGE_ITEMS_DEFAULT, cursor: Cursor = None
) -> EventPage:
    """Every acknowledged delivery, duplicates and dropped ones too, in folded order (metrics.md 1.1)."""
    after = place_after("events", cursor, FoldedPlace, (int, int, int))
    reading = context_of(request).reading
    page, last = reading.events(SessionId(session_id), after, limit)
    if not page:
        _must_exist(reading, session_id)
    return EventPage([event_of(event, place.at_ms) for place, event in page], cursor_at("events", last))


@get("/sessions/{session_id:str}/rows", sync_to_thread=True, tags=_TAGS, summary="The reporting rows of a session")
def get_rows(
    request: AnyRequest, session_id: SessionPath, limit: Limit = PAGE_ITEMS_DEFAULT, cursor: Cursor = None
) -> RowPage:
    """The rows of metrics.md 3, last per `_id`, retracted ones gone, in order of their timestamp."""
    after = place_after("rows", cursor, RowPlace, (int, int, str))
    reading = context_of(request).reading
    page, last = reading.rows(SessionId(session_id), after, limit)
    if not page:
        _must_exist(reading, session_id)
    return RowPage([row_of(row) for _, row in page], cursor_at("rows", last))


@get("/sessions/{session_id:str}/timeline", sync_to_thread=True, tags=_TAGS, summary="A session as lanes over time")
def get_timeline(request: AnyRequest, session_id: SessionPath) -> SessionTimeline:
    """What was played, paused, waited for and shown when, by the player's clock; folded by the code that counts it."""
    context = context_of(request)
    record = context.reading.session(SessionId(session_id))
    if record is None:
        raise _unknown_session()
    deliveries = [each.delivery for each in context.reading.judged(record.session_id)]
    lanes = timeline(deliveries, context.settings_then(record))
    if lanes is None:
        raise ProblemError(404, "The events of this session are gone by retention; its numbers are kept.")
    return timeline_of(lanes)


@get("/sessions/stream", tags=_TAGS, summary="The newest sessions, as they change", media_type="text/event-stream")
async def stream_sessions(request: AnyRequest) -> Stream:
    """
    Server-sent events of the newest sessions.

    `reset` holds all of them, `sessions` those that are new or changed; both as `{"items": […]}` with the items of the
    search. A comment is sent when nothing changes for a while.
    """
    return Stream(
        context_of(request).feed.listen(), media_type="text/event-stream", headers={"x-accel-buffering": "no"}
    )


def _must_exist(reading: Reading, session_id: str) -> None:
    """An empty page is an answer about a session that exists only."""
    if reading.session(SessionId(session_id)) is None:
        raise _unknown_session()


def _unknown_session() -> ProblemError:
    return ProblemError(404, "There is no session of this id. It was never taken, or is gone by retention.")


SESSION_ROUTES = (search_sessions, stream_sessions, get_session, get_events, get_rows, get_timeline)
