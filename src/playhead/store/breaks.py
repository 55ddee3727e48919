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
from playhead.store.expressions import Clock, ad_predicate, predicate, value_of
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
"""How long after a break main content must still play; players closed in an ad often end ad, break and session one after the other."""

LEAVERS_MAX: Final = 20
"""Sessions that left which are named."""

_VALUES: Final = {
    By.AD_POD: ("pod", "min(p.pod_id)"),
    By.POD_NAME: ("name", "min({pod-name})"),
    By.POD_POSITION: ("position", "min({pod-position})"),
    By.CONTENT: ("content", "any_value(content)"),
}
"""The column of each value, and how it is found among the ads of a break; lookups may override the dimensions in braces."""

_COUNTS: Final = ("breaks", "ads", "ads-completed", "seconds", "went-on", "left-in-ad", "left-after")
_COUNTED: Final = """count(*), sum(ads)::BIGINT, sum(completed)::BIGINT, sum(seconds)::BIGINT, count(*) FILTER (went_on),
  count(*) FILTER (NOT went_on AND NOT finished), count(*) FILTER (NOT went_on AND finished)"""
_AT: Final = "s.last_at_ms"


def breaks_sql(question: PanelQuestion, by: By, ads: Segment | None) -> str:
    """
    Rows of the breaks by value, most first.

    Columns: the value (of AD_POD also content, its name, name and position of the break), then those of _COUNTS.
    """
    value, _ = _VALUES[by]
    names = ", min(content), min(title), min(name), min(position)" if by is By.AD_POD else ""
    needed = list(_VALUES) if by is By.AD_POD else [by]
    carried = "".join(
        f", {_with_lookups(found, question)} AS {column}" for column, found in (_VALUES[one] for one in needed)
    )
    if by is By.AD_POD:
        carried += ", any_value(title) AS title"
    return f"""{_broken(question, ads, carried)}
SELECT {value}{names}, {_COUNTED}
FROM broken WHERE ads > 0 AND {value} IS NOT NULL
GROUP BY {value} ORDER BY count(*) DESC, {value} LIMIT {ROWS_MAX}"""


def totals_sql(question: PanelQuestion, ads: Segment | None) -> str:
    """
    One row of all breaks: those of _COUNTS, how many sessions they were in, and a list of the sessions that left, latest first.

    Each of these is an object by the names of the API; `at` is Unix ms.
    """
    title, ad_name, name, position = (
        _with_lookups(one, question) for one in ("{content-name}", "{ad-name}", "{pod-name}", "{pod-position}")
    )
    return f"""{_broken(question, ads, "")}, gone AS (
  SELECT session_key, session_id, closed_ms, last // 2 AS ordinal, finished FROM broken JOIN chosen USING (who)
  WHERE ads > 0 AND NOT went_on ORDER BY closed_ms DESC, session_id LIMIT {LEAVERS_MAX}
), told AS (
  SELECT g.session_id AS session, g.closed_ms AS at, s.content, {title} AS "contentName", {name} AS break, {position} AS second,
    p.ad, {ad_name} AS "adName", g.finished AS completed
  FROM gone AS g JOIN sessions AS s USING (session_key, session_id) JOIN ads AS p USING (session_key, session_id, ordinal)
)
SELECT {_COUNTED}, count(DISTINCT who), (SELECT list(told ORDER BY told.at DESC, told.session) FROM told)
FROM broken WHERE ads > 0"""


def _broken(question: PanelQuestion, ads: Segment | None, carried: str) -> str:
    """
    A relation `broken`: a row for each break of each session, with what became of it.

    Law: sessions and breaks are numbers in it (`who`; a break's index tells breaks of one session apart), since grouping by their ids
    takes several times as long.

    Args:
        question: The question.
        ads: Which ads count.
        carried: Further columns, aggregates of the ads of a break.
    """
    wanted = "true" if ads is None else ad_predicate(ads, question.looked_up)
    title = ", {content-name} AS title" if "title" in carried else ""
    where = f"{_AT} >= {question.period.from_ms} AND {_AT} < {question.period.until_ms}"
    if question.segment is not None:
        time = Clock(_AT, Zone(question.zone).offsets(question.period))
        where += f" AND {predicate(question.segment, time, question.looked_up)}"
    return f"""WITH chosen AS MATERIALIZED (
  SELECT row_number() OVER () AS who, session_key, session_id, content, main_play_ms[-1].hi AS main_end_ms{_with_lookups(title, question)}
  FROM sessions AS s WHERE state = 'closed' AND {where}
), shown AS MATERIALIZED (
  SELECT who, main_end_ms, max(p.closed_at_ms) AS closed_ms, max(2 * p.ordinal + CASE WHEN p.is_completed THEN 1 ELSE 0 END) AS last,
    count(*) FILTER ({wanted}) AS ads, count(*) FILTER ({wanted} AND p.is_completed) AS completed,
    coalesce(sum(p.time_played) FILTER ({wanted}), 0) AS seconds{carried}
  FROM ads AS p JOIN chosen USING (session_key, session_id) WHERE p.pod_id IS NOT NULL
  GROUP BY who, main_end_ms, p.pod_index
), broken AS (
  SELECT *, last % 2 = 1 AS finished, last < latest OR coalesce(main_end_ms - closed_ms >= {WENT_ON_MS}, false) AS went_on
  FROM shown JOIN (SELECT who, max(last) AS latest FROM shown GROUP BY who) USING (who)
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
