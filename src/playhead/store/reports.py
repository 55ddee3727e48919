"""
A report, answered: its SQL asked, stretches without anything filled in, the compared range put beside (interfaces.md 4).

Law: a number in an answer is the number of its statement in SQL; nothing is added up here.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from playhead.reporting.dimensions import Bucket
from playhead.reporting.metrics import Aggregation, Metric
from playhead.reporting.report import BUCKET_MS, TIME_COLUMN, Period, Report
from playhead.store.port import Answer
from playhead.store.report_sql import TOTAL, is_time, sql_of, totals_sql
from playhead.store.zones import Zone, number_of

Ask = Callable[[str, int], Answer]
"""Answers one statement, with at most so many rows."""

COMPARED: Final = "compare:"
"""What the columns and totals of the compared range begin with."""

_ADDS: Final = {Aggregation.COUNT, Aggregation.PIECES, Aggregation.SUM, Aggregation.DISTINCT}


class Table(Struct, frozen=True, kw_only=True):
    """
    An answer.

    Attributes:
        columns: Names: `time`, ids of dimensions, ids of metrics, the same with COMPARED before.
        rows: One value a column; times are RFC 3339 in the report's zone.
        totals: By metric, and with COMPARED before; none if they were not asked for.
        more: There is a next page.
        sql: The statement that gives the rows.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    totals: dict[str, Any]
    more: bool
    sql: str


def answer_report(report: Report, ask: Ask) -> Table:
    """
    Answer a report.

    Raises:
        QuestionError: There is no such time zone.
        UsageError: The database gave up: it took too long.
        StoreError: The store cannot be read.
    """
    zone = Zone(report.zone)
    sql = sql_of(report, report.period, zone)
    found, totals = _counted(report, report.period, zone, ask, sql, report.limit + 1)
    more = len(found) > report.limit
    rows = found[: report.limit]
    if report.granularity is not None and not report.dimensions and report.offset == 0 and not more:
        rows = _filled(rows, report, report.period, zone)
        rows, more = rows[: report.limit], len(rows) > report.limit
    columns = [dimension.id for dimension in report.dimensions] + [metric.id for metric in report.metrics]
    if report.granularity is not None:
        columns.insert(0, TIME_COLUMN)
    if report.compare is not None:
        timed = report.granularity is not None
        shown = list(dict.fromkeys(tuple(row[timed : timed + len(report.dimensions)]) for row in rows))
        among = shown if report.dimensions else ()
        compared = sql_of(report, report.compare, zone, paged=False, among=among)
        most = max(1, len(among)) * max(1, len(_places(report, report.compare, zone)))
        others, of_others = _counted(report, report.compare, zone, ask, compared, most)
        rows = _beside(rows, others, report, report.compare, zone)
        columns += [COMPARED + metric.id for metric in report.metrics]
        totals |= {COMPARED + name: value for name, value in of_others.items()}
    return Table(columns=columns, rows=_with_times(rows, report, zone), totals=totals, more=more, sql=sql)


def _counted(  # noqa: PLR0917 - a statement and what its rows are of
    report: Report, period: Period, zone: Zone, ask: Ask, sql: str, rows_max: int
) -> tuple[list[list[Any]], dict[str, Any]]:
    """The rows a statement gives in a range, and the totals of all of it by metric."""
    found = ask(sql, rows_max)
    rows = _plain(found.rows)
    totals: dict[str, Any] = {}
    last = found.columns[-1]
    if last.startswith(TOTAL) and rows:
        totals[last.removeprefix(TOTAL)] = rows[0][-1]
        rows = [row[:-1] for row in rows]
    if not report.totals:
        return rows, {}
    others = tuple(metric for metric in report.metrics if metric.id not in totals)
    if others:
        [row] = _plain(ask(totals_sql(replace(report, metrics=others), period, zone), 1).rows)
        totals |= {metric.id: value for metric, value in zip(others, row, strict=True)}
    return rows, {metric.id: totals[metric.id] for metric in report.metrics}


def _filled(rows: list[list[Any]], report: Report, period: Period, zone: Zone) -> list[list[Any]]:
    """A row for every stretch of the range, in the order asked for; only where time is what it is sorted by."""
    assert report.granularity is not None, "only stretches can be filled"
    if not report.sort or report.sort[0].column != 0:
        return rows
    known = {row[0]: row for row in rows}
    nothing = [_nothing(metric) for metric in report.metrics]
    starts = [number_of(start, report.granularity, zone) for start in zone.starts(report.granularity, period)]
    filled = [known.get(start, [start, *nothing]) for start in starts]
    return filled[::-1] if report.sort[0].descending else filled


def _beside(
    rows: list[list[Any]], others: list[list[Any]], report: Report, period: Period, zone: Zone
) -> list[list[Any]]:
    """The compared range's numbers beside: of the same values, and of the stretch with the same place in its range."""
    timed = report.granularity is not None
    keys = timed + len(report.dimensions)

    def key(row: list[Any], places: dict[int, int]) -> tuple[Any, ...]:
        return (places.get(row[0]), *row[1:keys]) if timed else tuple(row[:keys])

    of_others = _places(report, period, zone)
    known = {key(row, of_others): row[keys:] for row in others}
    mine = _places(report, report.period, zone)
    nothing = [_nothing(metric) for metric in report.metrics]
    return [[*row, *known.get(key(row, mine), nothing)] for row in rows]


def _places(report: Report, period: Period, zone: Zone) -> dict[int, int]:
    if report.granularity is None:
        return {}
    starts = zone.starts(report.granularity, period)
    return {number_of(start, report.granularity, zone): place for place, start in enumerate(starts)}


def _with_times(rows: list[list[Any]], report: Report, zone: Zone) -> list[list[Any]]:
    """Numbers of stretches as RFC 3339."""
    timed = [(0, report.granularity)] if report.granularity is not None else []
    first = len(timed)
    timed += [(first + n, Bucket(one.id)) for n, one in enumerate(report.dimensions) if is_time(one)]
    for place, bucket in timed:
        assert bucket is not None
        days = BUCKET_MS[bucket] > BUCKET_MS[Bucket.HOUR]
        for row in rows:
            row[place] = zone.written(zone.instant(row[place]) if days else row[place])
    return rows


def _nothing(metric: Metric) -> int | None:
    return 0 if metric.aggregation in _ADDS else None


def _plain(rows: Sequence[Sequence[object]]) -> list[list[Any]]:
    """Exact decimals as the numbers JSON knows."""
    return [[_json(value) for value in row] for row in rows]


def _json(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
