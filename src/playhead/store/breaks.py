"""
What becomes of the audience at ad breaks (decision 0056): a panel of its own, as SQL and answered.

Law: a break is counted once a session, however many of its ads began; what became of the session there is judged by all
its ads, also where only some of them are asked for. Every break is exactly one of went on, left in an ad, left after.
"""

from enum import StrEnum
from typing import Any, Final

from playhead.base.units import SECOND_MS
from playhead.reporting.panels import ROWS_MAX, PanelQuestion
from playhead.reporting.segments import Segment
from playhead.store.expressions import Clock, ad_predicate, predicate
from playhead.store.panels import MILLIONTHS, Panel
from playhead.store.reports import Ask
from playhead.store.zones import Zone


class By(StrEnum):
    """What breaks are told apart by: ids of dimensions."""

    AD_POD = "ad-pod"
    POD_NAME = "pod-name"
    POD_POSITION = "pod-position"
    CONTENT = "content"


WENT_ON_MS: Final = SECOND_MS
"""Main content that must play after a break; players that leave in an ad often close ad, break and session one after the other."""

_COLUMN: Final = {By.AD_POD: "pod", By.POD_NAME: "name", By.POD_POSITION: "position", By.CONTENT: "content"}
_COUNTS: Final = ("breaks", "ads", "ads-completed", "seconds", "went-on", "left-in-ad", "left-after")


def breaks_sql(question: PanelQuestion, by: By | None, ads: Segment | None) -> str:
    """
    Rows of the breaks by value, most first; without `by` one row of all of them, and how many sessions they were in.

    Columns: the value (of AD_POD also content, its name, name and position of the break), then those of _COUNTS.
    """
    wanted = "true" if ads is None else ad_predicate(ads)
    where = f"{_AT} >= {question.period.from_ms} AND {_AT} < {question.period.until_ms}"
    if question.segment is not None:
        where += f" AND {predicate(question.segment, Clock(_AT, Zone(question.zone).offsets(question.period)))}"
    counts = """count(*), sum(ads)::BIGINT, sum(completed)::BIGINT, sum(seconds)::BIGINT, count(*) FILTER (went_on),
  count(*) FILTER (NOT went_on AND NOT finished), count(*) FILTER (NOT went_on AND finished)"""
    if by is None:
        shown, end = f"{counts}, count(DISTINCT session_id)", ""
    else:
        value = _COLUMN[by]
        names = ", min(content), min(content_name), min(name), min(position)" if by is By.AD_POD else ""
        shown = f"{value}{names}, {counts}"
        end = f"\nWHERE {value} IS NOT NULL\nGROUP BY {value} ORDER BY count(*) DESC, {value} LIMIT {ROWS_MAX}"
    return f"""WITH chosen AS MATERIALIZED (
  SELECT session_key, session_id, content, content_name, main_play_ms FROM sessions AS s WHERE state = 'closed' AND {where}
), shown AS MATERIALIZED (
  SELECT session_id, pod_id AS pod, min(pod_name) AS name, min(pod_offset) AS position, any_value(content) AS content,
    any_value(content_name) AS content_name, any_value(main_play_ms) AS main, max(closed_at_ms) AS closed_ms,
    max(ordinal) AS last, coalesce(arg_max(coalesce(is_completed, false), ordinal), false) AS finished,
    count(*) FILTER ({wanted}) AS ads, count(*) FILTER ({wanted} AND is_completed) AS completed,
    coalesce(sum(time_played) FILTER ({wanted}), 0) AS seconds
  FROM ads AS p JOIN chosen USING (session_key, session_id)
  WHERE pod_id IS NOT NULL
  GROUP BY session_id, pod_id
), broken AS (
  SELECT *, last < max(last) OVER (PARTITION BY session_id) OR coalesce(list_sum(
    list_transform(main, lambda m: greatest(m.hi - greatest(m.lo, closed_ms), 0))), 0) >= {WENT_ON_MS} AS went_on
  FROM shown
)
SELECT {shown}
FROM (SELECT * FROM broken WHERE ads > 0){end}"""  # noqa: S608 - names are of this module, values quoted literals


_AT: Final = "s.last_at_ms"


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
    [totals] = ask(breaks_sql(question, None, ads), 1).rows
    return Panel(
        columns=[by.value, *names, *_COUNTS, "share"],
        rows=[[*row, round(_number(row[went_on]) / _number(row[breaks]), MILLIONTHS)] for row in rows],
        summary={name: _number(value) for name, value in zip((*_COUNTS, "sessions"), totals, strict=True)},
    )


def _number(value: Any) -> int:
    """A count of SQL; the sum of nothing is 0."""
    return int(value or 0)
