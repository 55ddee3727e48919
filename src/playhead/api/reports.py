"""Routes of reports: what there is to ask for, and the asking (interfaces.md 4)."""

from collections.abc import Sequence
from typing import Any

from litestar import get, post
from litestar.params import JSONBody
from msgspec import Struct

from playhead.api.context import AnyRequest, context_of
from playhead.api.parameters import cursor_at, place_after
from playhead.api.problems import FieldProblem, wrong_input
from playhead.api.times import read, written
from playhead.base.errors import QuestionError
from playhead.base.units import SECOND_MS
from playhead.reporting.dimensions import DIMENSIONS, LOOKUP_PREFIX, Dimension, dimension_of
from playhead.reporting.lookups import further, overridden
from playhead.reporting.metrics import METRICS, Metric
from playhead.reporting.report import Asked, Period, period_of, report_of
from playhead.store.reports import answer_report

_TAGS = ["reports"]


class MetricEntry(Struct, frozen=True, rename="camel"):
    """
    A metric.

    Attributes:
        id: As it is asked for.
        name: As people read it.
        unit: `count`, `streams`, `seconds`, `kbps` or `ratio`.
        kind: How it is made: `count`, `sum`, `mean`, `p50` …, `distinct`, `pieces` (a count; by content segment, of pieces) or `ratio`.
        grain: What it is counted by: `session`, `ad`, `chapter` or `state`.
        definition: One sentence.
        dated_by: The reporting row whose timestamp dates it.
        field: Its place under `mediaReporting`; empty of a ratio.
        formula: Of a ratio; else empty.
    """

    id: str
    name: str
    unit: str
    kind: str
    grain: str
    definition: str
    dated_by: str
    field: str
    formula: str


class DimensionEntry(Struct, frozen=True, rename="camel"):
    """
    A dimension.

    Attributes:
        id: As it is asked for.
        name: As people read it.
        unit: `text` or `integer`.
        kind: `value`, `list` (a session may have several, each with full credit), `derived` or `time`.
        grain: What has it: `session`, `ad`, `chapter` or `state`.
        definition: One sentence.
        field: Its place under `mediaReporting`; empty where it is derived.
        lookup: The lookup that may override its values, or that it is read from; else empty.
    """

    id: str
    name: str
    unit: str
    kind: str
    grain: str
    definition: str
    field: str
    lookup: str


class Catalogue(Struct, frozen=True):
    """
    Everything that can be asked for: also `lookup:KEY:NAME`, the further columns of lookups, as they are now.

    `custom:NAME` is a dimension too, `state:NAME:count` and its like are metrics.
    """

    metrics: Sequence[MetricEntry]
    dimensions: Sequence[DimensionEntry]


class Freshness(Struct, frozen=True, rename="camel"):
    """
    How fresh an answer is.

    Attributes:
        events_until: Every event that arrived before this is in it; RFC 3339.
        lag_seconds: How long ago that was.
    """

    events_until: str
    lag_seconds: float


class ReportAnswer(Struct, frozen=True):
    """
    An answer.

    Attributes:
        columns: Names: `time` with a granularity, then dimensions, then metrics, then with `compare:` before them the metrics of the compared range.
        rows: One value a column. Times are RFC 3339, with the offset of the report's zone. A value of nothing is 0 where it adds up, else null.
        totals: Each metric over everything the question is about; a session that is in several rows counts once. Empty if they were not asked for.
        freshness: How fresh it is.
        cursor: Of the next page; null if there is none.
        sql: The statement in SQL that gives the rows, for `playhead query`.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    totals: dict[str, Any]
    freshness: Freshness
    cursor: str | None
    sql: str


@get("/catalogue", tags=_TAGS, summary="Every metric and dimension", sync_to_thread=True)
def get_catalogue(request: AnyRequest) -> Catalogue:
    """What there is to ask for: ids, names, units, and what each means."""
    lookups = context_of(request).store.lookups()
    ids = [f"{LOOKUP_PREFIX}{key}:{name}" for key, held in lookups.items() for name in further(key, held.columns)]
    added = [one for one in map(dimension_of, ids) if one is not None]
    return Catalogue(
        [_metric(one) for one in METRICS.values()], [_dimension(one) for one in [*DIMENSIONS.values(), *added]]
    )


@post("/reports", status_code=200, sync_to_thread=True, tags=_TAGS, summary="Metrics by dimensions")
def post_report(request: AnyRequest, data: JSONBody[Asked]) -> ReportAnswer:
    """
    Metrics of closed sessions by up to two dimensions and stretches of time.

    A combination that has no meaning is a 400 that says which and why.
    """
    context = context_of(request)
    try:
        period = _period(data.from_, data.until, "")
        compare = None if data.compare is None else _period(data.compare.from_, data.compare.until, "compare.")
        place = place_after("reports", data.cursor, _Offset, (int,))
        looked_up = overridden(context.store.lookups())
        report = report_of(data, period, compare, 0 if place is None else place.offset, looked_up)
        until = context.store.position().now_ms
        table = answer_report(report, lambda sql, rows_max: context.store.answer(sql, rows_max=rows_max))
    except QuestionError as error:
        raise wrong_input(FieldProblem(error.path, error.reason)) from None
    return ReportAnswer(
        columns=table.columns,
        rows=table.rows,
        totals=table.totals,
        freshness=freshness(until, context.clock.now_ms()),
        cursor=cursor_at("reports", _Offset(report.offset + report.limit) if table.more else None),
        sql=table.sql,
    )


class _Offset(Struct, frozen=True):
    """Rows before the page."""

    offset: int


def freshness(until_ms: int, now_ms: int) -> Freshness:
    """How fresh numbers are that hold everything up to an instant, Unix ms; 0: nothing yet."""
    return Freshness(written(until_ms), max(0, now_ms - until_ms) / SECOND_MS if until_ms else 0.0)


def _period(from_: str, until: str, path: str) -> Period:
    try:
        from_ms = read(from_)
    except ValueError as error:
        raise QuestionError(f"{path}from", str(error)) from None
    try:
        return period_of(from_ms, read(until), f"{path}until")
    except ValueError as error:
        raise QuestionError(f"{path}until", str(error)) from None


def _metric(metric: Metric) -> MetricEntry:
    less = f" - {metric.less}" if metric.less else ""
    formula = f"({metric.over}{less}) / {metric.by}" if less else f"{metric.over} / {metric.by}" if metric.by else ""
    return MetricEntry(
        metric.id, metric.name, metric.unit, metric.aggregation, metric.grain, metric.definition, metric.dated,
        metric.field, formula,
    )  # fmt: skip


def _dimension(dimension: Dimension) -> DimensionEntry:
    return DimensionEntry(
        dimension.id, dimension.name, "integer" if dimension.numeric else "text", dimension.kind, dimension.grain,
        dimension.definition, dimension.field, dimension.lookup,
    )  # fmt: skip


REPORT_ROUTES = (get_catalogue, post_report)
