"""Routes of the panels of metrics.md 6.6 (interfaces.md 4)."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from litestar import get
from litestar.params import QueryParameter
from msgspec import Struct

from playhead.api.context import AnyRequest, context_of
from playhead.api.limits import SQL_CHARS_MAX, TEXT_CHARS_MAX
from playhead.api.parameters import SegmentText, TimeZone, json_in, segment_in, time_of
from playhead.api.problems import FieldProblem, wrong_input
from playhead.api.reports import Freshness, freshness
from playhead.base.errors import QuestionError
from playhead.reporting.dimensions import Bucket, dimension_of
from playhead.reporting.lookups import overridden
from playhead.reporting.panels import Audience, Mode, PanelQuestion, breakdown_of, granularity_of
from playhead.reporting.report import Period, period_of
from playhead.reporting.segments import All, Condition, ads_of
from playhead.store import panels
from playhead.store.breaks import By, ad_breaks
from playhead.store.panels import Panel
from playhead.store.reports import Ask
from playhead.store.zones import Zone

_TAGS = ["panels"]


class PanelAnswer(Struct, frozen=True):
    """
    An answer.

    Attributes:
        columns: Names.
        rows: One value a column; times are RFC 3339 with the offset of the zone.
        summary: `max` and `min` as `{"value", "at"}`, `sum`, `total` … where the panel has them; of all series together.
        overlays: What may be drawn over it.
        granularity: Of the rows of a time panel; coarser than asked for where that would give too many.
        freshness: How fresh it is.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    summary: dict[str, Any]
    overlays: dict[str, Any]
    granularity: str
    freshness: Freshness


def _text(name: str, description: str, max_length: int = TEXT_CHARS_MAX) -> QueryParameter:
    return QueryParameter(name=name, max_length=max_length, description=description)


From = Annotated[str | None, _text("from", "RFC 3339; today's beginning in the zone if not given.")]
Until = Annotated[str | None, _text("until", "RFC 3339; the end of that day (of that month) if not given.")]
Granularity = Annotated[
    str | None, _text("granularity", "minute, 5-minutes, 15-minutes, 30-minutes, hour, day, week or month.")
]
Breakdown = Annotated[str | None, _text("breakdown", "A dimension: the ten values with most time, each a series.")]
Content = Annotated[str | None, _text("content", "Only this content (`sessionDetails.name`).")]


@get("/panels/concurrent-viewers", sync_to_thread=True, tags=_TAGS, summary="How many watch at one time")
def concurrent_viewers(
    request: AnyRequest,
    *,
    from_: From = None,
    until: Until = None,
    granularity: Granularity = None,
    time_zone: TimeZone = "UTC",
    segment: SegmentText = None,
    breakdown: Breakdown = None,
    unit: Annotated[Audience, QueryParameter(name="unit", description="Persons, or sessions.")] = Audience.PERSONS,
) -> PanelAnswer:
    """By minute; longer stretches hold the sum of their minutes. Ranges up to an hour also by `second`."""

    def question() -> PanelQuestion:
        period = _period(request, from_, until, time_zone)
        bucket = granularity_of(granularity, period, Bucket.MINUTE, seconds=True)
        return _question(request, period, bucket, time_zone, segment, breakdown)

    return _answered(request, lambda ask: panels.concurrent(question(), unit, ask))


@get("/panels/playback-time", sync_to_thread=True, tags=_TAGS, summary="Time spent in sessions")
def playback_time(
    request: AnyRequest,
    *,
    from_: From = None,
    until: Until = None,
    granularity: Granularity = None,
    time_zone: TimeZone = "UTC",
    segment: SegmentText = None,
    breakdown: Breakdown = None,
) -> PanelAnswer:
    """Seconds of sessions that fall into each stretch: pauses, waiting and ads included, the silence before a timeout not."""

    def question() -> PanelQuestion:
        period = _period(request, from_, until, time_zone)
        bucket = granularity_of(granularity, period, Bucket.MINUTE)
        return _question(request, period, bucket, time_zone, segment, breakdown)

    return _answered(request, lambda ask: panels.playback_time(question(), ask))


@get("/panels/average-minute-audience", sync_to_thread=True, tags=_TAGS, summary="Average minute audience")
def average_minute_audience(
    request: AnyRequest,
    *,
    from_: From = None,
    until: Until = None,
    granularity: Granularity = None,
    time_zone: TimeZone = "UTC",
    segment: SegmentText = None,
    breakdown: Breakdown = None,
    mode: Annotated[
        Mode, QueryParameter(name="mode", description="By content: time by length. By period: play by stretch of time.")
    ] = Mode.CONTENT,
    time: Annotated[
        Literal["content", "media"],
        QueryParameter(name="time", description="Of mode content: main play only, or with ads."),
    ] = "content",
) -> PanelAnswer:
    """The quotient, and what is divided by what. The default range is this month."""

    def panel(ask: Ask) -> Panel:
        period = _period(request, from_, until, time_zone, month=True)
        if mode is Mode.CONTENT:
            if breakdown is not None:
                raise QuestionError("breakdown", "mode content is by content already")
            return panels.content_audience(
                _question(request, period, None, time_zone, segment, None), ask, with_ads=time == "media"
            )
        bucket = granularity_of(granularity, period, Bucket.MINUTES_5)
        return panels.period_audience(_question(request, period, bucket, time_zone, segment, breakdown), ask)

    return _answered(request, panel)


@get("/panels/drop-off", sync_to_thread=True, tags=_TAGS, summary="How far viewers come")
def drop_off(
    request: AnyRequest,
    *,
    from_: From = None,
    until: Until = None,
    time_zone: TimeZone = "UTC",
    segment: SegmentText = None,
    content: Content = None,
) -> PanelAnswer:
    """Rows of step, sessions, share of the first step: media starts, content starts, progress markers, completes."""

    def panel(ask: Ask) -> Panel:
        period = _period(request, from_, until, time_zone)
        return panels.drop_off(_question(request, period, None, time_zone, segment, None, content), ask)

    return _answered(request, panel)


@get("/panels/retention", sync_to_thread=True, tags=_TAGS, summary="Which parts of the content are viewed")
def retention(
    request: AnyRequest,
    *,
    from_: From = None,
    until: Until = None,
    time_zone: TimeZone = "UTC",
    segment: SegmentText = None,
    content: Content = None,
    axis: Annotated[
        Literal["minute", "second", "percent"] | None,
        QueryParameter(name="axis", description="Steps of the curve; minute, or percent if no content is given."),
    ] = None,
) -> PanelAnswer:
    """Rows of second (or percent), sessions that viewed any of that step, share of the content starts."""
    steps = axis or ("percent" if content is None else "minute")

    def panel(ask: Ask) -> Panel:
        period = _period(request, from_, until, time_zone)
        question = _question(request, period, None, time_zone, segment, None, content)
        return panels.retention(
            question,
            ask,
            step_s=60 if steps == "minute" else 1,
            percent=steps == "percent",
            content=content is not None,
        )

    return _answered(request, panel)


@get("/panels/ad-breaks", sync_to_thread=True, tags=_TAGS, summary="What becomes of the audience at ad breaks")
def ad_breaks_panel(
    request: AnyRequest,
    *,
    from_: From = None,
    until: Until = None,
    time_zone: TimeZone = "UTC",
    segment: SegmentText = None,
    content: Content = None,
    by: Annotated[By, QueryParameter(name="by", description="What breaks are told apart by.")] = By.AD_POD,
    ads: Annotated[str | None, _text("ads", "Which ads, as JSON as in reports.", SQL_CHARS_MAX)] = None,
) -> PanelAnswer:
    """Rows of breaks, their ads, and of how many the session went on, left in an ad or left after the last one; the share that went on."""

    def panel(ask: Ask) -> Panel:
        period = _period(request, from_, until, time_zone)
        question = _question(request, period, None, time_zone, segment, None, content)
        return ad_breaks(question, ask, by=by, ads=ads_of(json_in(ads, "ads")) if ads else None)

    return _answered(request, panel)


def _answered(request: AnyRequest, panel: Callable[[Ask], Panel]) -> PanelAnswer:
    context = context_of(request)
    until_ms = context.store.position().now_ms
    try:
        answer = panel(lambda sql, rows_max: context.store.answer(sql, rows_max=rows_max))
    except QuestionError as error:
        raise wrong_input(FieldProblem(error.path, error.reason)) from None
    return PanelAnswer(
        answer.columns,
        answer.rows,
        answer.summary,
        answer.overlays,
        answer.granularity,
        freshness(until_ms, context.clock.now_ms()),
    )


def _question(  # noqa: PLR0917 - the parameters of the routes, in their order
    request: AnyRequest,
    period: Period,
    granularity: Bucket | None,
    time_zone: str,
    segment: str | None,
    breakdown: str | None,
    content: str | None = None,
) -> PanelQuestion:
    parts = [part for part in (segment_in(segment),) if part is not None]
    if content is not None:
        named = dimension_of("content")
        assert named is not None, "the catalogue has it"
        parts.append(Condition(named, "=", (content,)))
    return PanelQuestion(
        period=period,
        granularity=granularity,
        zone=time_zone,
        segment=All(tuple(parts)) if parts else None,
        breakdown=breakdown_of(breakdown),
        looked_up=overridden(context_of(request).store.lookups()),
    )


def _period(
    request: AnyRequest, from_: str | None, until: str | None, time_zone: str, *, month: bool = False
) -> Period:
    """The range; by default the day, or the month, of now in the zone."""
    zone = Zone(time_zone)
    bucket = Bucket.MONTH if month else Bucket.DAY
    low, high = time_of("from", from_), time_of("until", until)
    if low is None:
        low = zone.start_of(bucket, context_of(request).clock.now_ms())
    return period_of(low, zone.next_after(bucket, zone.start_of(bucket, low)) if high is None else high)


PANEL_ROUTES = (concurrent_viewers, playback_time, average_minute_audience, drop_off, retention, ad_breaks_panel)
