"""
A question about many sessions, read and judged: from what was asked to a plan that has a meaning (interfaces.md 4).

Law: whatever is wrong with a question is said here, with its place in it; what passes can be answered by any store.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from msgspec import UNSET, Struct, UnsetType, field

from playhead.base.errors import QuestionError
from playhead.base.units import DAY_MS, HOUR_MS, MINUTE_MS
from playhead.reporting.dimensions import CUSTOM_PREFIX, Bucket, Dimension, DimensionKind, dimension_of
from playhead.reporting.metrics import Aggregation, Grain, Metric, metric_of
from playhead.reporting.segments import Segment, ads_of, segment_of
from playhead.reporting.suggestions import unknown_dimension, unknown_metric

_Entry = TypeVar("_Entry", Metric, Dimension)

METRICS_MAX: Final = 50
DIMENSIONS_MAX: Final = 2
ROWS_MAX: Final = 50_000
"""Most rows of one answer, and most stretches a range may be divided into."""
LIMIT_DEFAULT: Final = 100
SPAN_MAX_MS: Final = 10 * 366 * DAY_MS

BUCKET_MS: Final = {
    Bucket.MINUTE: MINUTE_MS,
    Bucket.MINUTES_5: 5 * MINUTE_MS,
    Bucket.MINUTES_15: 15 * MINUTE_MS,
    Bucket.MINUTES_30: 30 * MINUTE_MS,
    Bucket.HOUR: HOUR_MS,
    Bucket.DAY: DAY_MS,
    Bucket.WEEK: 7 * DAY_MS,
    Bucket.MONTH: 28 * DAY_MS,
}
"""Length of each, ms; of a month the shortest."""


class Asked(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    """
    A question as it is asked; `report_of` judges it.

    Attributes:
        metrics: Ids of metrics, at least one.
        dimensions: Ids of dimensions, at most two.
        granularity: Divides the range into stretches, each a row of its own.
        from_, until: Half open, RFC 3339; a row belongs to it by its timestamp.
        time_zone: IANA name, for days and hours of the day.
        segment: Which sessions; all if not given.
        ads: Which ads count, as a segment of dimensions of ads; all if not given.
        sort: Column to sort by, `-` before it for descending; or several.
        limit: Most rows.
        cursor: Of the page before.
        compare: Another range, of the same metrics beside.
        totals: Whether the metrics over everything are wanted too.
    """

    metrics: list[str]
    from_: str = field(name="from")
    until: str
    dimensions: list[str] = []
    granularity: str | None = None
    time_zone: str = "UTC"
    segment: Any = None
    ads: Any = None
    sort: str | list[str] | UnsetType = UNSET
    limit: int = LIMIT_DEFAULT
    cursor: str | None = None
    compare: "AskedPeriod | None" = None
    totals: bool = True


class AskedPeriod(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A range of time: `from` and `until`, RFC 3339, half open."""

    from_: str = field(name="from")
    until: str


class Period(Struct, frozen=True):
    """A range of time, Unix ms, half open, not empty."""

    from_ms: int
    until_ms: int


class Sort(Struct, frozen=True):
    """A column to sort by: its place among those of the answer, from 0: time, dimensions, metrics."""

    column: int
    descending: bool


class Report(Struct, frozen=True, kw_only=True):
    """
    A question that has a meaning.

    Attributes:
        metrics: At least one, each once.
        dimensions: At most two, each once.
        granularity: Of the column `time`; None: there is none.
        period: The range.
        compare: The range to compare with; None: there is none.
        zone: IANA name of the time zone.
        segment: Which sessions; None: all.
        ads: Which ads metrics of ads count; None: all.
        sort: In order of weight; the rest of the columns break ties, so that pages fit together.
        limit, offset: The page.
        looked_up: Dimensions of which lookups hold values (`lookups.overridden`).
        totals: Whether the metrics over everything are wanted too.
    """

    metrics: tuple[Metric, ...]
    dimensions: tuple[Dimension, ...] = ()
    granularity: Bucket | None = None
    period: Period
    compare: Period | None = None
    zone: str = "UTC"
    segment: Segment | None = None
    ads: Segment | None = None
    sort: tuple[Sort, ...] = ()
    limit: int = LIMIT_DEFAULT
    offset: int = 0
    looked_up: frozenset[str] = frozenset()
    totals: bool = True


TIME_COLUMN: Final = "time"


def metrics_of(ids: Sequence[str], path: str = "metrics") -> tuple[Metric, ...]:
    """
    The metrics of these ids.

    Raises:
        QuestionError: One does not exist, or comes twice, or there is none or too many.
    """
    if not ids:
        raise QuestionError(path, "names no metric; GET /api/v1/catalogue lists them")
    if len(ids) > METRICS_MAX:
        raise QuestionError(path, f"names more than {METRICS_MAX} metrics")
    return _each_once(ids, metric_of, unknown_metric, path)


def dimensions_of(ids: Sequence[str], path: str = "dimensions") -> tuple[Dimension, ...]:
    """
    The dimensions of these ids.

    Raises:
        QuestionError: One does not exist, or comes twice, or there are too many.
    """
    if len(ids) > DIMENSIONS_MAX:
        raise QuestionError(
            path, f"names more than {DIMENSIONS_MAX} dimensions; the rest can be asked for in a segment"
        )
    return _each_once(ids, dimension_of, unknown_dimension, path)


def _each_once(
    ids: Sequence[str], known: Callable[[str], _Entry | None], unknown: Callable[[str], str], path: str
) -> tuple[_Entry, ...]:
    """What these ids stand for, in their order."""
    found: list[_Entry] = []
    for number, one in enumerate(ids):
        entry = known(one)
        if entry is None:
            raise QuestionError(f"{path}[{number}]", unknown(one))
        if entry in found:
            raise QuestionError(f"{path}[{number}]", f"{one} is asked for twice")
        found.append(entry)
    return tuple(found)


def bases_of(metric: Metric) -> tuple[Metric, ...]:
    """The metrics a ratio is made of; of any other itself."""
    if metric.aggregation is not Aggregation.RATIO:
        return (metric,)
    found = [metric_of(one) for one in (metric.over, metric.less, metric.by) if one]
    return tuple(dict.fromkeys(one for one in found if one is not None))


def refuse_without_meaning(
    metrics: Sequence[Metric], dimensions: Sequence[Dimension], path: str = "dimensions"
) -> None:
    """
    See that every metric can be told apart by every dimension.

    Raises:
        QuestionError: Not so; says which, and why.
    """
    for number, dimension in enumerate(dimensions):
        for metric in metrics:
            for base in bases_of(metric):
                if not _told_apart(base, dimension):
                    raise QuestionError(
                        f"{path}[{number}]",
                        f"{metric.id} is counted by {base.grain}, which has no {dimension.id}: that is of each"
                        f" {dimension.grain}",
                    )
    grains = {dimension.grain for dimension in dimensions} - {Grain.SESSION}
    if len(grains) > 1:
        raise QuestionError(f"{path}[1]", "nothing is both of one " + " and of one ".join(sorted(grains)))


def _told_apart(metric: Metric, dimension: Dimension) -> bool:
    if dimension.grain is Grain.SESSION or metric.grain is dimension.grain:
        return True
    return metric.aggregation is Aggregation.DISTINCT


def bucket_of(text: str, path: str = "granularity") -> Bucket:
    """
    The stretch of a name.

    Raises:
        QuestionError: There is none.
    """
    try:
        return Bucket(text)
    except ValueError:
        raise QuestionError(path, f"must be one of {', '.join(Bucket)}") from None


def too_many(granularity: Bucket, period: Period) -> bool:
    """Whether a range divided like that has more stretches than one answer may have rows."""
    return (period.until_ms - period.from_ms) // BUCKET_MS[granularity] > ROWS_MAX


def period_of(from_ms: int, until_ms: int, path: str = "until") -> Period:
    """
    A range.

    Raises:
        QuestionError: It is empty or too long.
    """
    if until_ms <= from_ms:
        raise QuestionError(path, "must be later than from")
    if until_ms - from_ms > SPAN_MAX_MS:
        raise QuestionError(path, "the range is longer than ten years")
    return Period(from_ms, until_ms)


def report_of(
    asked: Asked, period: Period, compare: Period | None, offset: int, looked_up: frozenset[str] = frozenset()
) -> Report:
    """
    Judge a question.

    Args:
        asked: As it was asked.
        period: Its range.
        compare: The range to compare with.
        offset: What its cursor stands for.
        looked_up: Dimensions of which lookups hold values.

    Raises:
        QuestionError: It has no meaning; says which part, and why.
    """
    metrics = metrics_of(asked.metrics)
    dimensions = dimensions_of(asked.dimensions)
    refuse_without_meaning(metrics, dimensions)
    granularity = None if asked.granularity is None else bucket_of(asked.granularity)
    if granularity is not None and any(dimension.id in set(Bucket) for dimension in dimensions):
        raise QuestionError("granularity", "the dimensions divide time already; leave one of the two out")
    for each in (granularity, *(Bucket(one.id) for one in dimensions if one.id in set(Bucket))):
        if each is not None and too_many(each, period):
            raise QuestionError(
                "granularity", f"the range has more than {ROWS_MAX} stretches of that length; take a longer one"
            )
    if not 1 <= asked.limit <= ROWS_MAX:
        raise QuestionError("limit", f"must be from 1 to {ROWS_MAX}")
    if compare is not None and any(dimension.id in set(Bucket) for dimension in dimensions):
        raise QuestionError(
            "compare", "two ranges share no times; ask for a granularity instead, which compares by place"
        )
    return Report(
        metrics=metrics,
        dimensions=dimensions,
        granularity=granularity,
        period=period,
        compare=compare,
        zone=asked.time_zone,
        segment=None if asked.segment is None else segment_of(asked.segment),
        ads=_ads_of(asked, metrics, dimensions),
        sort=_sort_of(asked, metrics, dimensions, granularity),
        limit=asked.limit,
        offset=offset,
        looked_up=looked_up,
        totals=asked.totals,
    )


def _ads_of(asked: Asked, metrics: Sequence[Metric], dimensions: Sequence[Dimension]) -> Segment | None:
    """Which ads count; refused where nothing that is asked for counts ads."""
    if asked.ads is None:
        return None
    ads = ads_of(asked.ads)
    grains = {base.grain for metric in metrics for base in bases_of(metric)} | {one.grain for one in dimensions}
    if Grain.AD not in grains:
        raise QuestionError("ads", "no metric and no dimension that is asked for is of ads; ask in the segment instead")
    return ads


def _sort_of(
    asked: Asked, metrics: Sequence[Metric], dimensions: Sequence[Dimension], granularity: Bucket | None
) -> tuple[Sort, ...]:
    """What to sort by; if nothing is asked for, time, or else times of dimensions, or else the first metric, largest first."""
    first_metric = (granularity is not None) + len(dimensions)
    if isinstance(asked.sort, UnsetType):
        if granularity is not None:
            return (Sort(0, descending=False), Sort(first_metric, descending=True))
        if any(dimension.kind is DimensionKind.TIME for dimension in dimensions):
            return tuple(Sort(place, descending=False) for place in range(len(dimensions)))
        return (Sort(first_metric, descending=True),)
    names = {TIME_COLUMN: 0} if granularity is not None else {}
    for place, dimension in enumerate(dimensions, first_metric - len(dimensions)):
        names[dimension.id] = names[f"dimension:{dimension.id}"] = place
    for place, metric in enumerate(metrics, first_metric):
        names[metric.id] = names[f"metric:{metric.id}"] = place  # of an id that is both, the metric
    texts = [asked.sort] if isinstance(asked.sort, str) else asked.sort
    for text in texts:
        if text.removeprefix("-") not in names:
            known = ", ".join(name for name in names if ":" not in name)
            raise QuestionError("sort", f"{text.removeprefix('-')!r} is not asked for; sort by one of {known}")
    return tuple(Sort(names[text.removeprefix("-")], text.startswith("-")) for text in texts)


def custom_name(dimension: Dimension) -> str | None:
    """The name of the custom metadata a dimension stands for; None if it is another."""
    return dimension.id.removeprefix(CUSTOM_PREFIX) if dimension.id.startswith(CUSTOM_PREFIX) else None
