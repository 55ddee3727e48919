"""
What becomes of the audience at ad breaks (decision 0056): a panel of its own, as SQL and answered.

Law: a break is counted once a session, however many of its ads began; what became of the session there is judged by all
its ads, also where only some of them are asked for. Every break is exactly one of went on, left in an ad, left after.
"""

from enum import StrEnum
from typing import Any, Final

from playhead.base.units import SECOND_MS
from playhead.reporting.dimensions import DIMENSIONS
from playhead.reporting.panels import ROWS_MAX, PanelQuestion
from playhead.reporting.segments import Segment
from playhead.store.expressions import JOINED, PART_OF, ad_predicate, value_of
from playhead.store.outcomes import BreakOutcome
from playhead.store.panel_sql import closed_in
from playhead.store.panels import MILLIONTHS, Panel
from playhead.store.reports import Ask
from playhead.store.zones import Zone


class By(StrEnum):
    """What breaks are told apart by: ids of dimensions."""

    AD_POD = "ad-pod"
    POD_NAME = "pod-name"
    POD_POSITION = "pod-position"
    CONTENT = "content"


LEAVERS_MAX: Final = 20
"""Sessions that left which are named."""

_VALUES: Final = {
    By.AD_POD: ("pod", "p.pod_id"),
    By.POD_NAME: ("name", "{pod-name}"),
    By.POD_POSITION: ("position", "{pod-position}"),
    By.CONTENT: ("content", "p.session_content"),
}
"""The column of each value, and what it is on an ad of a break; lookups may override the dimensions in braces."""

_COUNTS: Final = ("breaks", "ads", "ads-completed", "seconds", "went-on", "left-in-ad", "left-after")
_LEFT: Final = f"('{BreakOutcome.LEFT_IN_AD}', '{BreakOutcome.LEFT_AFTER}')"
_COUNTED: Final = f"""count(*) AS breaks, sum(ads)::BIGINT AS ads, sum(completed)::BIGINT AS completed, sum(seconds)::BIGINT AS seconds,
  count(*) FILTER (outcome NOT IN {_LEFT}) AS went_on, count(*) FILTER (outcome = '{BreakOutcome.LEFT_IN_AD}') AS left_in_ad,
  count(*) FILTER (outcome = '{BreakOutcome.LEFT_AFTER}') AS left_after"""
_KEY: Final = "session_key, started_received_ms"
_AT: Final = "session_last_at_ms"


def breaks_sql(question: PanelQuestion, by: By, ads: Segment | None) -> str:
    """
    Rows of the breaks by value, most first.

    Columns: the value (of AD_POD also content, its name, name and position of the break), then those of _COUNTS.
    The content and its name are those of the session of the break that began last.
    """
    value, _ = _VALUES[by]
    if by is not By.AD_POD:
        return f"""WITH {_broken(question, ads, [by])}
SELECT {value}, {_COUNTED} FROM broken WHERE {value} IS NOT NULL
GROUP BY {value} ORDER BY breaks DESC, {value} LIMIT {ROWS_MAX}"""
    title = _with_lookups("{content-name}", question)
    return f"""WITH {_broken(question, ads, [by, By.POD_NAME, By.POD_POSITION])}, counted AS MATERIALIZED (
  SELECT pod, min(name) AS name, min(position) AS position, max(row(started_received_ms, session_key)) AS latest, {_COUNTED}
  FROM broken GROUP BY pod ORDER BY breaks DESC, pod LIMIT {ROWS_MAX}
)
SELECT pod, s.content, {title}, name, position, breaks, ads, completed, seconds, went_on, left_in_ad, left_after
FROM counted JOIN sessions AS s ON s.started_received_ms = latest[1] AND s.session_key = latest[2]
ORDER BY breaks DESC, pod"""


def totals_sql(question: PanelQuestion, ads: Segment | None) -> str:
    """
    One row of all breaks: those of _COUNTS, how many sessions they were in, and a list of the sessions that left, latest first.

    Each of these is an object by the names of the API; `at` is Unix ms.
    """
    title, ad_name, name, position = (
        _with_lookups(one, question) for one in ("{content-name}", "{ad-name}", "{pod-name}", "{pod-position}")
    )
    # of all breaks of a session exactly one is its last; of some of them none need be
    sessions = (
        f"count(*) FILTER (outcome <> '{BreakOutcome.NEXT_BREAK}')" if ads is None else f"count(DISTINCT row({_KEY}))"
    )
    return f"""WITH {_broken(question, ads, [])}, gone AS MATERIALIZED (
  SELECT {_KEY}, pod_index, closed_ms FROM broken
  WHERE outcome IN {_LEFT} ORDER BY closed_ms DESC, session_key LIMIT {LEAVERS_MAX}
), told AS (
  SELECT s.session_id AS session, g.closed_ms AS at, s.content, {title} AS "contentName", {name} AS break, {position} AS second,
    p.ad, {ad_name} AS "adName", p.break_outcome = '{BreakOutcome.LEFT_AFTER}' AS completed
  FROM gone AS g JOIN sessions AS s {JOINED} JOIN ads AS p ON {PART_OF}
    AND p.pod_index IS NOT DISTINCT FROM g.pod_index AND p.break_ads IS NOT NULL
)
SELECT {_COUNTED}, {sessions}, (SELECT list(told ORDER BY told.at DESC, told.session) FROM told)
FROM broken"""


def _broken(question: PanelQuestion, ads: Segment | None, by: list[By]) -> str:
    """
    A relation `broken`: a row for each break of each session, with what became of it.

    Where all ads count, that is the last ad of each, which says all of its break: read twice sooner than put aside once.
    Else the wanted ads, grouped.

    Args:
        question: The question.
        ads: Which ads count.
        by: Values to carry; where ads of a break disagree, those of its last one that counts.
    """
    values = {column: _with_lookups(value, question) for column, value in (_VALUES[one] for one in by)}
    where = f"{_AT} >= {question.period.from_ms} AND {_AT} < {question.period.until_ms}"
    chosen = ""
    if question.segment is not None:
        chosen = f"""chosen AS MATERIALIZED (
  SELECT {_KEY} FROM sessions AS s WHERE state = 'closed' AND {closed_in(question, Zone(question.zone))}
), """
        where += f" AND ({_KEY}) IN (FROM chosen)"
    if ads is None:
        carried = "".join(f", {value} AS {column}" for column, value in values.items())
        return f"""{chosen}broken AS NOT MATERIALIZED (
  SELECT {_KEY}, pod_index, break_ads AS ads, break_completed AS completed, break_seconds AS seconds,
    break_closed_at_ms AS closed_ms, break_outcome AS outcome{carried}
  FROM ads AS p WHERE break_ads IS NOT NULL AND {where}
)"""
    carried = "".join(f", max_by({value}, ordinal) AS {column}" for column, value in values.items())
    return f"""{chosen}broken AS MATERIALIZED (
  SELECT {_KEY}, pod_index, count(*) AS ads, count(*) FILTER (is_completed) AS completed, coalesce(sum(time_played), 0) AS seconds,
    any_value(break_closed_at_ms) AS closed_ms, any_value(break_outcome) AS outcome{carried}
  FROM ads AS p WHERE pod_id IS NOT NULL AND {where} AND {ad_predicate(ads, question.looked_up)}
  GROUP BY {_KEY}, pod_index
)"""


def _with_lookups(text: str, question: PanelQuestion) -> str:
    """SQL with the dimensions in braces as what they are, lookups minded."""
    for name in ("content-name", "ad-name", "pod-name", "pod-position"):
        text = text.replace(f"{{{name}}}", value_of(DIMENSIONS[name], question.looked_up))
    return text


def ad_breaks(question: PanelQuestion, ask: Ask, *, by: By, ads: Segment | None) -> Panel:
    """
    What became of the sessions in which breaks began; shares are of the breaks.

    Args:
        question: The question.
        ask: The store.
        by: What breaks are told apart by.
        ads: Only breaks in which such an ad began, and only such ads are counted; None: all.
    """
    names = ["content", "content-name", "pod-name", "pod-position"] if by is By.AD_POD else []
    rows = [list(row) for row in ask(breaks_sql(question, by, ads), ROWS_MAX).rows]
    breaks = 1 + len(names)
    went_on = breaks + _COUNTS.index("went-on")
    [[*totals, leavers]] = ask(totals_sql(question, ads), 1).rows
    return Panel(
        columns=[by.value, *names, *_COUNTS, "share"],
        rows=[[*row, round(_number(row[went_on]) / _number(row[breaks]), MILLIONTHS)] for row in rows],
        summary={name: _number(value) for name, value in zip((*_COUNTS, "sessions"), totals, strict=True)},
        overlays={"left": _leavers(leavers, Zone(question.zone))},
    )


def _leavers(found: Any, zone: Zone) -> list[dict[str, Any]]:
    """The sessions that left, with their times written."""
    return [{**one, "at": zone.written(one["at"] // SECOND_MS * SECOND_MS)} for one in found or ()]


def _number(value: Any) -> int:
    """A count of SQL; the sum of nothing is 0."""
    return int(value or 0)
