"""
A report as one SQL statement over the public views, which anybody may run again (`playhead query`).

Law: metrics that are dated by the same row and made of the same records are counted in one *block*; blocks are put
together by the values they share. Only closed sessions count (metrics.md 6.1).
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from playhead.reporting.dimensions import Bucket, Dimension, DimensionKind
from playhead.reporting.metrics import Aggregation, Dated, Grain, Metric, metric_of
from playhead.reporting.report import Period, Report, bases_of
from playhead.store.expressions import VIEW_OF, Clock, Told, ad_predicate, aggregate, alias_of, literal, predicate, told
from playhead.store.zones import Zone

_AT: Final = {
    Dated.SESSION_START: "s.started_at_ms",
    Dated.SESSION_COMPLETE: "s.last_at_ms",
    Dated.AD_START: "p.started_at_ms",
    Dated.AD_COMPLETE: "p.closed_at_ms",
    Dated.CHAPTER_COMPLETE: "p.closed_at_ms",
}

_PATHS: Final = {"media-path", "previous-content", "next-content"}
_PATH_GAP_MS: Final = 30 * 60_000
_PATH_REACH_MS: Final = 2 * 86_400_000
"""How far outside the range a path is followed."""


class _Block(Struct, frozen=True):
    """Metrics counted together: of which records, and which row dates them."""

    grain: Grain
    dated: Dated
    metrics: tuple[Metric, ...]


def sql_of(report: Report, period: Period, zone: Zone, *, paged: bool = True) -> str:
    """
    The rows of a report in one of its ranges.

    Columns: `time` if there is a granularity (a number, see `Clock.bucket`), one a dimension, one a metric.

    Args:
        report: The question.
        period: The range.
        zone: Its time zone.
        paged: Its page only; else all rows.
    """
    bases = tuple(dict.fromkeys(base for metric in report.metrics for base in bases_of(metric)))
    keys = [f"d{place}" for place in range(len(report.dimensions))]
    if report.granularity is not None:
        keys.insert(0, "t")
    blocks = _blocks(bases, report.dimensions)
    texts = [_block_sql(block, bases, report, period, zone) for block in blocks]
    parts = [f"b{number} AS (\n{text}\n)" for number, text in enumerate(texts)]
    together = "\n  UNION ALL BY NAME ".join(f"SELECT * FROM b{number}" for number in range(len(blocks)))
    merged = ", ".join(f"max(m{bases.index(base)}) AS m{bases.index(base)}" for base in bases)
    grouping = f"\n  GROUP BY {', '.join(keys)}" if keys else ""
    wanted = " AND ".join(f"d{place} IS NOT NULL" for place in range(len(report.dimensions)))
    parts.append(
        f"r AS (\n  SELECT {', '.join([*keys, merged])}\n  FROM ({together})"
        + (f"\n  WHERE {wanted}" if wanted else "")
        + f"{grouping}\n)"
    )
    if any(dimension.id in _PATHS for dimension in report.dimensions):
        parts.insert(0, _paths(period))
    shown = [_shown(dimension, place) for place, dimension in enumerate(report.dimensions)]
    if report.granularity is not None:
        shown.insert(0, 't AS "time"')
    shown += [f"{_value(metric, bases)} AS {_name(metric.id)}" for metric in report.metrics]
    page = f"\nORDER BY {_order(report, bases)}\nLIMIT {report.limit + 1} OFFSET {report.offset}" if paged else ""
    return f"WITH {', '.join(parts)}\nSELECT {', '.join(shown)}\nFROM r{page}"


def totals_sql(report: Report, period: Period, zone: Zone) -> str:
    """The same metrics over everything: one row, one column a metric."""
    return sql_of(replace(report, dimensions=(), granularity=None, sort=(), offset=0), period, zone, paged=False)


def _blocks(bases: Sequence[Metric], dimensions: Sequence[Dimension]) -> list[_Block]:
    """Persons are counted among the records the dimensions are of: viewers by advertiser are those of its ads."""
    part = next((dimension.grain for dimension in dimensions if dimension.grain is not Grain.SESSION), None)
    completed = {
        Grain.AD: Dated.AD_COMPLETE,
        Grain.CHAPTER: Dated.CHAPTER_COMPLETE,
        Grain.STATE: Dated.SESSION_COMPLETE,
    }
    found: dict[tuple[Grain, Dated], list[Metric]] = {}
    for metric in bases:
        place = (metric.grain, metric.dated)
        if metric.aggregation is Aggregation.DISTINCT and part is not None:
            place = (part, completed[part])
        found.setdefault(place, []).append(metric)
    return [_Block(grain, dated, tuple(metrics)) for (grain, dated), metrics in found.items()]


def _block_sql(block: _Block, bases: Sequence[Metric], report: Report, period: Period, zone: Zone) -> str:
    at = _AT[block.dated]
    offsets = zone.offsets(period)
    time = Clock(at, offsets)
    dimensions = [
        told(one, n, block.grain, block.dated, time, report.looked_up) for n, one in enumerate(report.dimensions)
    ]
    values = [f"{one.value} AS d{n}" for n, one in enumerate(dimensions)]
    if report.granularity is not None:
        values.insert(0, f"{time.bucket(report.granularity)} AS t")
    values += [f"{aggregate(metric)} AS m{bases.index(metric)}" for metric in block.metrics]
    conditions = [f"{at} >= {period.from_ms} AND {at} < {period.until_ms}"]
    if report.segment is not None:
        conditions.append(predicate(report.segment, Clock("s.last_at_ms", offsets), report.looked_up))
    if report.ads is not None and block.grain is Grain.AD:
        conditions.append(ad_predicate(report.ads, report.looked_up))
    states = sorted({metric.state for metric in block.metrics if metric.state})
    if block.grain is Grain.STATE and all(metric.state for metric in block.metrics):
        conditions.append(f"p.name IN ({', '.join(literal(state) for state in states)})")
    grouped = len(dimensions) + (report.granularity is not None)
    group = f"\n  GROUP BY {', '.join(str(n + 1) for n in range(grouped))}" if grouped else ""
    inner = conditions if block.grain is Grain.SESSION else []
    source = _source(block, report, dimensions, inner, alone=not _asks_session([*values, *conditions], report))
    where = "" if inner else "\n  WHERE " + "\n    AND ".join(conditions)
    return f"  SELECT {', '.join(values)}\n  FROM {source}{where}{group}"


def _asks_session(texts: Sequence[str], report: Report) -> bool:
    """Whether the session has to be beside a part of it."""
    return any("s." in text for text in texts) or any(dimension.id in _PATHS for dimension in report.dimensions)


def _source(
    block: _Block, report: Report, dimensions: Sequence[Told], conditions: Sequence[str], *, alone: bool
) -> str:
    """
    The records, their session beside them, and what the dimensions need.

    Args:
        block: Of which records.
        report: The question.
        dimensions: Its dimensions.
        conditions: On sessions; asked before lists are taken apart, which multiplies them.
        alone: Nothing is asked of the session: a part is only there if its session is closed.
    """
    text = "\n    AND ".join(["(SELECT * FROM sessions AS s WHERE state = 'closed'", *conditions]) + ") AS s"
    for place, one in enumerate(dimensions):
        if one.listed:
            text = f"(SELECT s.*, unnest({one.listed}) AS x{place} FROM {text}) AS s"
    if block.grain is not Grain.SESSION:
        part = f"{VIEW_OF[block.grain]} AS {alias_of(block.grain)}"
        text = part if alone else f"{part} JOIN {text} USING (session_key, session_id)"
    if any(dimension.id in _PATHS for dimension in report.dimensions):
        text += " LEFT JOIN path ON path.session_key = s.session_key AND path.started_at_ms = s.started_at_ms"
    return text


def _paths(period: Period) -> str:
    """
    Where the sessions stand on their persons' paths (metrics.md 6.3, media-path); a session that is not there is a path alone.

    First those are found that have a neighbour, which are few; paths are made of them only.
    """
    low, high = period.from_ms - _PATH_REACH_MS, period.until_ms + _PATH_REACH_MS
    return f"""steps AS MATERIALIZED (
  FROM (
    SELECT session_key, started_at_ms, person_key, content,
      started_at_ms - lag(last_at_ms) OVER of_person <= {_PATH_GAP_MS} AS goes_on,
      lead(started_at_ms) OVER of_person - last_at_ms <= {_PATH_GAP_MS} AS goes_further
    FROM sessions
    WHERE state = 'closed' AND person_key IS NOT NULL AND last_at_ms >= {low} AND started_at_ms < {high}
    WINDOW of_person AS (PARTITION BY person_key ORDER BY started_at_ms, session_key)
  ) WHERE goes_on OR goes_further
), path AS (
  SELECT session_key, started_at_ms,
    string_agg(content, ' > ' ORDER BY started_at_ms, session_key) OVER (PARTITION BY person_key, number
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS contents,
    lag(content) OVER (PARTITION BY person_key, number ORDER BY started_at_ms, session_key) AS previous,
    lead(content) OVER (PARTITION BY person_key, number ORDER BY started_at_ms, session_key) AS following
  FROM (
    SELECT *, sum(CASE WHEN goes_on THEN 0 ELSE 1 END)
      OVER (PARTITION BY person_key ORDER BY started_at_ms, session_key) AS number
    FROM steps
  )
)"""


def _value(metric: Metric, bases: Sequence[Metric]) -> str:
    """A metric from its bases: sums and counts of nothing are 0, means of nothing NULL, x/0 NULL (metrics.md 6.1)."""
    if metric.aggregation is Aggregation.RATIO:
        over, less, by = (
            "" if not one else _value(base, bases)
            for one in (metric.over, metric.less, metric.by)
            for base in [metric_of(one) or metric]
        )
        return f"({over}{f' - {less}' if less else ''})::DOUBLE / nullif({by}, 0)"
    name = f"m{bases.index(metric)}"
    adds = {Aggregation.COUNT, Aggregation.PIECES, Aggregation.SUM, Aggregation.DISTINCT}
    return f"coalesce({name}, 0)" if metric.aggregation in adds else name


def _shown(dimension: Dimension, place: int) -> str:
    shown = told(dimension, place, Grain.SESSION, "", Clock("0", [(0, 0)])).shown
    return f"{shown.replace('{}', f'd{place}')} AS {_name(dimension.id)}"


def _order(report: Report, bases: Sequence[Metric]) -> str:
    columns = ["t"] if report.granularity is not None else []
    for place, dimension in enumerate(report.dimensions):
        order = told(dimension, place, Grain.SESSION, "", Clock("0", [(0, 0)])).order
        columns.append(order.replace("{}", f"d{place}"))
    columns += [_value(metric, bases) for metric in report.metrics]
    first = [f"{columns[one.column]} {'DESC' if one.descending else 'ASC'} NULLS LAST" for one in report.sort]
    keys = ["t"] if report.granularity is not None else []
    keys += [f"d{place}" for place in range(len(report.dimensions))]
    return ", ".join([*first, *keys]) or "1"


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def is_time(dimension: Dimension) -> bool:
    """Whether its values are starts of stretches."""
    return dimension.kind is DimensionKind.TIME and dimension.id in set(Bucket)
