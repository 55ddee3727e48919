"""
A report as one SQL statement over the public views, which anybody may run again (`playhead query`).

Law: metrics that are dated by the same row, made of the same records and counted in the same way are one *block*; blocks
are put together by the values they share. Only closed sessions count (metrics.md 6.1).
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from enum import Enum, auto
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from playhead.reporting.dimensions import Bucket, Dimension, DimensionKind
from playhead.reporting.metrics import Aggregation, Dated, Grain, Metric, metric_of
from playhead.reporting.report import BUCKET_MS, Period, Report, bases_of
from playhead.reporting.segments import Value
from playhead.store.counting import PERCENT, bits_of, percentiles, persons_by_stretch, ranked_persons, stretches_of
from playhead.store.expressions import (
    JOINED,
    VIEW_OF,
    Clock,
    Told,
    ad_predicate,
    aggregate,
    alias_of,
    column,
    literal,
    of_one,
    predicate,
    told,
)
from playhead.store.neighbours import NEAR_MS
from playhead.store.zones import Zone

_AT: Final = {
    Dated.SESSION_START: "s.started_at_ms",
    Dated.SESSION_COMPLETE: "s.last_at_ms",
    Dated.AD_START: "p.started_at_ms",
    Dated.AD_COMPLETE: "p.closed_at_ms",
    Dated.CHAPTER_COMPLETE: "p.closed_at_ms",
}

_COMPLETED: Final = {
    Grain.SESSION: Dated.SESSION_COMPLETE,
    Grain.AD: Dated.AD_COMPLETE,
    Grain.CHAPTER: Dated.CHAPTER_COMPLETE,
    Grain.STATE: Dated.SESSION_COMPLETE,
}
"""What dates persons who are counted among records of a grain."""

_PATHS: Final = {"media-path", "previous-content", "next-content"}
_PATH_GAP_MS: Final = NEAR_MS
_PATH_REACH_MS: Final = 2 * 86_400_000
"""How far outside the range a path is followed."""

RANKED_MAX: Final = 31
"""Longest page, with one row more, of which the rows are marked at each person: as many as a small number has bits."""

TOTAL: Final = "total:"
"""What the name of a column begins with that has a total in every row."""


class _Way(Enum):
    """
    How a block counts.

    ROWS: each record as it is. VALUES: records of the same value together, for percentiles. PERSONS: each person once,
    with the stretches they were there in, for their numbers in each and in all of them. LATE: as ROWS, but only what is on
    the page, once that is known. RANKED: as ROWS, but how many persons at most, to find what can be on the page. ALONE:
    each session is a row, so that nothing is grouped (decision 0059).
    """

    ROWS = auto()
    VALUES = auto()
    PERSONS = auto()
    LATE = auto()
    RANKED = auto()
    ALONE = auto()


class _Block(Struct, frozen=True):
    """Metrics counted together: of which records, which rows date them, and in which way; of VALUES all are of one field."""

    grain: Grain
    dated: tuple[Dated, ...]
    way: _Way
    metrics: tuple[Metric, ...]


def sql_of(
    report: Report, period: Period, zone: Zone, *, paged: bool = True, among: Sequence[Sequence[Value]] = ()
) -> str:
    """
    The rows of a report in one of its ranges.

    Columns: `time` if there is a granularity (a number, see `Clock.bucket`), one a dimension, one a metric; last, where
    they cost nothing more, the viewers of the whole range, by a name that begins with TOTAL.

    Args:
        report: The question.
        period: The range.
        zone: Its time zone.
        paged: Its page only; else all rows.
        among: Values of the dimensions; only their rows.
    """
    bases = tuple(dict.fromkeys(base for metric in report.metrics for base in bases_of(metric)))
    keys = [f"d{place}" for place in range(len(report.dimensions))]
    if report.granularity is not None:
        keys.insert(0, "t")
    viewers = _told_viewers(report, period, zone)
    ranked = _ranked_viewers(report) if paged else ""
    blocks = _blocks(bases, report, _Way.RANKED if ranked else _way_of_persons(report, bases, viewers))
    texts = [_block_sql(block, bases, report, period, zone) for block in blocks]
    early = [number for number, block in enumerate(blocks) if block.way is not _Way.LATE]
    merged = [name for number in early for name in _names(blocks[number], bases)]
    parts = [f"b{number} AS (\n{texts[number]}\n)" for number in early]
    parts.append(
        f"r AS {'MATERIALIZED ' * bool(ranked)}(\n{_together(early, keys, merged, _among(report.dimensions, among))}\n)"
    )
    ordered = f"\nORDER BY {_order(report, bases)}"
    page = f"{ordered}\nLIMIT {report.limit + 1} OFFSET {report.offset}" if paged else ""
    source = f"r{page}"
    if ranked:
        parts += _ranked(report, bases, keys, period, zone)
        source = f"r LEFT JOIN viewed USING ({', '.join(keys)}){page}"
    for late in range(len(early), len(blocks)):  # of one way, behind the others
        parts += [f"page AS (\n  SELECT * FROM r{page}\n)", f"b{late} AS (\n{texts[late]}\n)"]
        source = f"page LEFT JOIN b{late} USING ({', '.join(keys)}){ordered}"
    paths = {dimension.id for dimension in report.dimensions if dimension.id in _PATHS}
    if paths:
        parts.insert(0, _walked(period, paths))
    if viewers:
        parts.insert(0, _persons(report, period, zone))
    shown = [_shown(dimension, place) for place, dimension in enumerate(report.dimensions)]
    if report.granularity is not None:
        shown.insert(0, 't AS "time"')
    shown += [f"{_value(metric, bases)} AS {_name(metric.id)}" for metric in report.metrics]
    if viewers or ranked:
        shown.append(f"(SELECT count(*) FROM persons) AS {_name(TOTAL + (viewers or ranked))}")
    return f"WITH {', '.join(parts)}\nSELECT {', '.join(shown)}\nFROM {source}"


def totals_sql(report: Report, period: Period, zone: Zone) -> str:
    """The same metrics over everything: one row, one column a metric."""
    return sql_of(replace(report, dimensions=(), granularity=None, sort=(), offset=0), period, zone, paged=False)


def _told_viewers(report: Report, period: Period, zone: Zone) -> str:
    """
    The metric of persons whose number in the whole range is in each row of `sql_of`; empty if none is.

    To tell persons apart is what costs: by stretch and in all it is done once, where the stretches are few and even.
    """
    if report.granularity is None or report.dimensions or report.offset:
        return ""
    if not stretches_of(report.granularity, period, zone):
        return ""
    return next((one.id for one in report.metrics if one.aggregation is Aggregation.DISTINCT), "")


def _persons(report: Report, period: Period, zone: Zone) -> str:
    """Each person once, with a number whose bits are the stretches they closed a session in."""
    assert report.granularity is not None, "asked only where it is"
    stretches = stretches_of(report.granularity, period, zone)
    block = _Block(Grain.SESSION, (Dated.SESSION_COMPLETE,), _Way.PERSONS, ())
    time = Clock(_AT[block.dated[0]], zone.offsets(period))
    at = time.at if BUCKET_MS[report.granularity] <= BUCKET_MS[Bucket.HOUR] else time.local
    source, _ = _records(block, report, [], period, zone, [])
    return (
        f"persons AS MATERIALIZED (\n  SELECT s.person_key, {bits_of(at, stretches)} AS stretches\n"
        f"  FROM {source}\n  WHERE s.person_key IS NOT NULL\n  GROUP BY 1\n)"
    )


def _ranked_viewers(report: Report) -> str:
    """The metric of persons that a short page is sorted by, largest first, if its total is wanted too; empty if there is none."""
    if not (report.dimensions and report.totals and report.sort and len(_page(report)) <= RANKED_MAX):
        return ""
    divided = report.granularity is not None or _of_sessions_alone(report)
    part = any(one.grain is not Grain.SESSION for one in report.dimensions)
    listed = any(one.kind is DimensionKind.LIST or one.id == "content-segment" for one in report.dimensions)
    place = report.sort[0].column - len(report.dimensions)
    if divided or part or listed or place < 0 or not report.sort[0].descending:
        return ""
    metric = report.metrics[place]
    return metric.id if metric.aggregation is Aggregation.DISTINCT else ""


def _page(report: Report) -> range:
    """Places of the rows up to the end of a page, and of one more, which tells that there is a next."""
    return range(report.offset + report.limit + 1)


def _ranked(report: Report, bases: Sequence[Metric], keys: Sequence[str], period: Period, zone: Zone) -> list[str]:
    """Viewers of all that can be on a page that is sorted by them, and each person once, for their number in all."""
    [viewers] = (metric for metric in bases if metric.aggregation is Aggregation.DISTINCT)
    block = _Block(Grain.SESSION, (Dated.SESSION_COMPLETE,), _Way.RANKED, (viewers,))
    named, _, dimensions = _named(block, report, period, zone)
    columns = [f"{text} AS {name}" for text, name in named]
    source, _ = _records(block, report, dimensions, period, zone, columns)
    pairs = f"(SELECT s.person_key, {', '.join(columns)} FROM {source} WHERE s.person_key IS NOT NULL)"
    return ranked_persons(pairs, ", ".join(keys), _page(report), f"m{bases.index(viewers)}")


def _names(block: _Block, bases: Sequence[Metric]) -> list[str]:
    """The columns a block counts."""
    at_most = Aggregation.DISTINCT if block.way is _Way.RANKED else None
    return ["most" if metric.aggregation is at_most else f"m{bases.index(metric)}" for metric in block.metrics]


def _together(blocks: Sequence[int], keys: Sequence[str], metrics: Sequence[str], among: str) -> str:
    """The rows of blocks by what they share; those without a value of a dimension are none."""
    wanted = [f"{key} IS NOT NULL" for key in keys if key != "t"] + [among] * bool(among)
    where = "\n  WHERE " + " AND ".join(wanted) if wanted else ""
    if len(blocks) == 1:
        return f"  SELECT * FROM b{blocks[0]}{where}"
    merged = ", ".join(f"max({name}) AS {name}" for name in metrics)
    together = "\n  UNION ALL BY NAME ".join(f"SELECT * FROM b{number}" for number in blocks)
    grouping = f"\n  GROUP BY {', '.join(keys)}" if keys else ""
    return f"  SELECT {', '.join([*keys, merged])}\n  FROM ({together}){where}{grouping}"


def _among(dimensions: Sequence[Dimension], values: Sequence[Sequence[Value]]) -> str:
    """That a row has one of some values, as they are shown; nothing if none are given."""
    if not values:
        return ""
    shown = ", ".join(_written(dimension, f"d{place}") for place, dimension in enumerate(dimensions))
    rows = (", ".join(literal(value) for value in row) for row in values)
    return f"({shown}) IN (VALUES {', '.join(f'({row})' for row in rows)})"


def _way_of_persons(report: Report, bases: Sequence[Metric], viewers: str) -> _Way:
    """
    How persons are counted.

    Late only where that changes no row: what is sorted by is known before, and other metrics have all their rows.
    """
    if viewers:
        return _Way.PERSONS
    if _of_sessions_alone(report):
        return _Way.ALONE
    keys = len(report.dimensions) + (report.granularity is not None)
    sorted_by = {report.metrics[one.column - keys].aggregation for one in report.sort if one.column >= keys}
    late = report.dimensions and all(one.grain is Grain.SESSION for one in report.dimensions)
    beside = any(
        metric.dated is Dated.SESSION_COMPLETE and metric.grain is Grain.SESSION
        and metric.aggregation not in {Aggregation.DISTINCT, *PERCENT}
        for metric in bases
    )  # fmt: skip
    return _Way.LATE if late and beside and Aggregation.DISTINCT not in sorted_by else _Way.ROWS


def _of_sessions_alone(report: Report) -> bool:
    """Whether each row is of one session, with each value of a list in one row."""
    ids = {one.id for one in report.dimensions}
    return "media-session-id" in ids and all(one.grain is Grain.SESSION for one in report.dimensions)


def _blocks(bases: Sequence[Metric], report: Report, persons: _Way) -> list[_Block]:
    """
    Metrics by how they are counted, and by what dates them.

    Where no time divides the rows, and to find or group them is dear, that is done once for all dates. Persons are counted among the records the dimensions are of: viewers by advertiser are those of its ads.
    """
    part = next((dimension.grain for dimension in report.dimensions if dimension.grain is not Grain.SESSION), None)
    alone = _of_sessions_alone(report)
    timed = report.granularity is not None or any(
        one.kind is DimensionKind.TIME or one.id == "event-type" for one in report.dimensions
    )
    rows: _Way = persons if persons is _Way.RANKED else _Way.ROWS
    found: dict[tuple[Grain, Dated | None, _Way, str], list[tuple[Metric, Dated]]] = {}
    for metric in bases:
        grain, dated, way, field = metric.grain, metric.dated, rows, ""
        if alone and grain is Grain.SESSION:
            way = _Way.ALONE
        elif metric.aggregation is Aggregation.DISTINCT:
            way = persons
            if part is not None:
                grain, dated = part, _COMPLETED[part]
        elif metric.aggregation in PERCENT:
            way, field = _Way.VALUES, metric.field
        joined = grain is not Grain.SESSION and (
            report.segment is not None or any(one.grain is Grain.SESSION for one in report.dimensions)
        )
        together = not timed and (way is _Way.ALONE or (way is rows and (joined or len(report.dimensions) > 1)))
        found.setdefault((grain, None if together else dated, way, field), []).append((metric, dated))
    blocks = [
        _Block(grain, tuple(dict.fromkeys(dated for _, dated in of)), way, tuple(metric for metric, _ in of))
        for (grain, _, way, _), of in found.items()
    ]
    return sorted(blocks, key=lambda block: block.way is _Way.LATE)


def _block_sql(block: _Block, bases: Sequence[Metric], report: Report, period: Period, zone: Zone) -> str:
    named = list(zip(block.metrics, _names(block, bases), strict=True))
    if block.way is _Way.PERSONS:
        assert report.granularity is not None, "asked only where it is"
        stretches = stretches_of(report.granularity, period, zone)
        return persons_by_stretch(stretches, [name for _, name in named])
    keys, time, dimensions = _named(block, report, period, zone)
    if report.granularity is not None:
        keys.insert(0, (time.bucket(report.granularity), "t"))
    value = column(block.metrics[0].field, alias_of(block.grain)) if block.way is _Way.VALUES else ""
    counted = [(value, "v"), ("count(*)", "n")]
    if not value:
        shown = of_one if block.way is _Way.ALONE else aggregate
        counted = [(shown(metric, _only(metric, block, period)), name) for metric, name in named]
    if block.way is _Way.RANKED:
        counted = [(text.replace("count(DISTINCT ", "count("), name) for text, name in counted]
    columns = [f"{text} AS {name}" for text, name in (*keys, *counted)]
    source, conditions = _records(block, report, dimensions, period, zone, columns)
    if value:
        conditions.append(f"{value} IS NOT NULL")
    if block.way is _Way.LATE:
        told_of, names = (", ".join(of) for of in zip(*keys, strict=True))
        conditions.append(f"({told_of}) IN (SELECT {names} FROM page)")
    where = "\n  WHERE " + "\n    AND ".join(conditions) if conditions else ""
    grouped = 0 if block.way is _Way.ALONE else len(keys) + bool(value)
    group = f"\n  GROUP BY {', '.join(str(n + 1) for n in range(grouped))}" if grouped else ""
    text = f"  SELECT {', '.join(columns)}\n  FROM {source}{where}{group}"
    return percentiles(text, [name for _, name in keys], named) if value else text


def _named(
    block: _Block, report: Report, period: Period, zone: Zone
) -> tuple[list[tuple[str, str]], Clock, list[Told]]:
    """The dimensions of a block's records as columns with their names, the time that dates them, and how they are told."""
    dated = block.dated[0]  # there is one where a dimension asks for it
    time = Clock(_AT[dated], zone.offsets(period))
    dimensions = [told(one, n, block.grain, dated, time, report.looked_up) for n, one in enumerate(report.dimensions)]
    return [(one.value, f"d{n}") for n, one in enumerate(dimensions)], time, dimensions


def _only(metric: Metric, block: _Block, period: Period) -> str:
    """That a record is dated into the range by the row of its metric, in a block in which that is not said of all."""
    if len(block.dated) == 1:
        return ""
    return _within(_COMPLETED[block.grain] if metric.aggregation is Aggregation.DISTINCT else metric.dated, period)


def _within(dated: Dated, period: Period) -> str:
    return f"{_AT[dated]} >= {period.from_ms} AND {_AT[dated]} < {period.until_ms}"


def _records(  # noqa: PLR0917 - what a block's records depend on
    block: _Block, report: Report, dimensions: Sequence[Told], period: Period, zone: Zone, columns: Sequence[str]
) -> tuple[str, list[str]]:
    """
    The records of a block as a source, and the conditions that are still to be asked of it.

    Args:
        block: The block.
        report: The question.
        dimensions: Its dimensions.
        period: The range.
        zone: Its time zone.
        columns: What is asked of each record.
    """
    conditions = [_within(dated, period) for dated in block.dated]
    if (
        len(conditions) > 1
    ):  # a start and an end: what lies across the range is neither; files are searched by the first
        first, last = (_AT[dated] for dated in sorted(block.dated, key=list(_AT).index))
        conditions = [f"{last} >= {period.from_ms} AND {first} < {period.until_ms}", f"({' OR '.join(conditions)})"]
    if report.segment is not None:
        conditions.append(predicate(report.segment, Clock("s.last_at_ms", zone.offsets(period)), report.looked_up))
    if report.ads is not None and block.grain is Grain.AD:
        conditions.append(ad_predicate(report.ads, report.looked_up))
    states = sorted({metric.state for metric in block.metrics if metric.state})
    if block.grain is Grain.STATE and all(metric.state for metric in block.metrics):
        conditions.append(f"p.name IN ({', '.join(literal(state) for state in states)})")
    inner = conditions if block.grain is Grain.SESSION else []
    alone = not any("s." in text for text in [*columns, *conditions])
    source = _source(block, report, dimensions, inner, alone=alone)
    return source, [] if inner else conditions


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
    sessions = "walked" if any(dimension.id in _PATHS for dimension in report.dimensions) else "sessions"
    text = "\n    AND ".join([f"(SELECT * FROM {sessions} AS s WHERE state = 'closed'", *conditions]) + ") AS s"
    for place, one in enumerate(dimensions):
        if one.listed:
            text = f"(SELECT s.*, unnest({one.listed}) AS x{place} FROM {text}) AS s"
    if block.grain is not Grain.SESSION:
        part = f"{VIEW_OF[block.grain]} AS {alias_of(block.grain)}"
        text = part if alone else f"{part} JOIN {text} {JOINED}"
    return text


def _walked(period: Period, wanted: AbstractSet[str]) -> str:
    """
    The sessions with where they stand on their persons' paths (metrics.md 6.3, media-path).

    Only those are put in order that have another of their person near them (decision 0089); any other is a path alone.
    Most paths are of two, which the session before or behind tells; longer ones, of few persons, are gathered (decision 0105).

    Args:
        period: The range.
        wanted: Of `_PATHS`.
    """
    low, high = period.from_ms - _PATH_REACH_MS, period.until_ms + _PATH_REACH_MS
    beside = f"near_ms <= {_PATH_GAP_MS} AND last_at_ms >= {low} AND started_at_ms < {high}"
    text = f"""steps AS MATERIALIZED (
  SELECT * EXCLUDE (before, behind), CASE WHEN goes_on THEN before END AS previous_content,
    CASE WHEN leads_on THEN behind END AS next_content,
    CASE WHEN goes_on THEN coalesce(before || ' > ' || content, before, content)
      WHEN leads_on THEN coalesce(content || ' > ' || behind, content, behind) ELSE content END AS media_path
  FROM (
    SELECT *, lag(content) OVER of_person AS before, lead(content) OVER of_person AS behind,
      coalesce(started_at_ms - lag(last_at_ms) OVER of_person <= {_PATH_GAP_MS}, false) AS goes_on,
      coalesce(lead(started_at_ms) OVER of_person - last_at_ms <= {_PATH_GAP_MS}, false) AS leads_on
    FROM sessions WHERE state = 'closed' AND {beside}
    WINDOW of_person AS (PARTITION BY person_key ORDER BY started_at_ms, session_key)
  )
), """
    steps = "SELECT * FROM steps"
    if "media-path" in wanted:
        text += """longer AS MATERIALIZED (
  SELECT DISTINCT person_key FROM steps WHERE goes_on AND leads_on
), numbered AS MATERIALIZED (
  SELECT session_key, started_at_ms, person_key, content,
    sum(CASE WHEN goes_on THEN 0 ELSE 1 END) OVER (PARTITION BY person_key ORDER BY started_at_ms, session_key) AS number
  FROM steps SEMI JOIN longer USING (person_key)
), whole AS (
  SELECT person_key, number, string_agg(content, ' > ' ORDER BY started_at_ms, session_key) AS contents
  FROM numbered GROUP BY ALL
), long AS (
  SELECT session_key, started_at_ms, contents FROM numbered JOIN whole USING (person_key, number)
), """
        steps = """SELECT steps.* REPLACE (coalesce(contents, media_path) AS media_path)
  FROM steps LEFT JOIN long USING (session_key, started_at_ms)"""
    return f"""{text}walked AS NOT MATERIALIZED (
  SELECT *, content AS media_path FROM sessions WHERE ({beside}) IS NOT TRUE
  UNION ALL BY NAME
  {steps}
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
    return f"{_written(dimension, f'd{place}')} AS {_name(dimension.id)}"


def _written(dimension: Dimension, value: str) -> str:
    """A grouped value as it is shown."""
    return told(dimension, 0, Grain.SESSION, "", Clock("0", [(0, 0)])).shown.replace("{}", value)


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
