"""
What becomes of the audience at ad breaks (decision 0056): a panel of its own, as SQL and answered.

Law: a break is counted once a session, however many of its ads began; what became of the session there is judged by all
its ads, also where only some of them are asked for. Every break is exactly one of went on, left in an ad, left after.
"""

from collections.abc import Sequence
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
"""Main content that must play after a break; players that leave in an ad often close ad, break and session one after the other."""

LEAVERS_MAX: Final = 20
"""Sessions that left which are named."""

_COLUMN: Final = {By.AD_POD: "pod", By.POD_NAME: "name", By.POD_POSITION: "position", By.CONTENT: "content"}
_COUNTS: Final = ("breaks", "ads", "ads-completed", "seconds", "went-on", "left-in-ad", "left-after")

_NAMES: Final = ("pod-position", "pod-name", "ad-name", "content-name")
"""Dimensions that lookups may override here."""


def breaks_sql(question: PanelQuestion, by: By | None, ads: Segment | None) -> str:
    """
    Rows of the breaks by value, most first; without `by` one row of all of them, and how many sessions they were in.

    Columns: the value (of AD_POD also content, its name, name and position of the break), then those of _COUNTS.
    """
    counts = """count(*), sum(ads)::BIGINT, sum(completed)::BIGINT, sum(seconds)::BIGINT, count(*) FILTER (went_on),
  count(*) FILTER (NOT went_on AND NOT finished), count(*) FILTER (NOT went_on AND finished)"""
    if by is None:
        return f"{_broken(question, ads)}\nSELECT {counts}, count(DISTINCT session_id)\nFROM broken WHERE ads > 0"
    value = _COLUMN[by]
    names = ", min(content), min(content_name), min(name), min(position)" if by is By.AD_POD else ""
    return f"""{_broken(question, ads)}
SELECT {value}{names}, {counts}
FROM broken WHERE ads > 0 AND {value} IS NOT NULL
GROUP BY {value} ORDER BY count(*) DESC, {value} LIMIT {ROWS_MAX}"""


def leavers_sql(question: PanelQuestion, ads: Segment | None) -> str:
    """Rows (session, when, content, its name, break's name, position, ad, its name, completed) of those who left, latest first."""
    return f"""{_broken(question, ads)}
SELECT session_id, closed_ms, content, content_name, name, position, ad, ad_name, finished
FROM broken WHERE ads > 0 AND NOT went_on
ORDER BY closed_ms DESC, session_id LIMIT {LEAVERS_MAX}"""


def _broken(question: PanelQuestion, ads: Segment | None) -> str:
    """A relation `broken`: a row for each break of each session, with what became of it and its last ad."""
    wanted = "true" if ads is None else ad_predicate(ads, question.looked_up)
    position, name, ad_name, title = (value_of(DIMENSIONS[one], question.looked_up) for one in _NAMES)
    where = f"{_AT} >= {question.period.from_ms} AND {_AT} < {question.period.until_ms}"
    if question.segment is not None:
        time = Clock(_AT, Zone(question.zone).offsets(question.period))
        where += f" AND {predicate(question.segment, time, question.looked_up)}"
    return f"""WITH chosen AS MATERIALIZED (
  SELECT session_key, session_id, content, {title} AS title, main_play_ms FROM sessions AS s WHERE state = 'closed' AND {where}
), shown AS MATERIALIZED (
  SELECT session_id, pod_id AS pod, min(name) AS name, min(position) AS position, any_value(content) AS content,
    any_value(title) AS content_name, any_value(main_play_ms) AS main, max(closed_at_ms) AS closed_ms,
    max(ordinal) AS last, arg_max(coalesce(is_completed, false), ordinal) AS finished,
    arg_max(ad, ordinal) AS ad, arg_max(title_of_ad, ordinal) AS ad_name,
    count(*) FILTER (wanted) AS ads, count(*) FILTER (wanted AND is_completed) AS completed,
    coalesce(sum(time_played) FILTER (wanted), 0) AS seconds
  FROM (
    SELECT *, {wanted} AS wanted, {name} AS name, {position} AS position, {ad_name} AS title_of_ad
    FROM ads AS p JOIN chosen USING (session_key, session_id) WHERE pod_id IS NOT NULL
  )
  GROUP BY session_id, pod_id
), broken AS (
  SELECT *, last < max(last) OVER (PARTITION BY session_id) OR coalesce(list_sum(
    list_transform(main, lambda m: greatest(m.hi - greatest(m.lo, closed_ms), 0))), 0) >= {WENT_ON_MS} AS went_on
  FROM shown
)"""


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
    leavers = ask(leavers_sql(question, ads), LEAVERS_MAX).rows
    [totals] = ask(breaks_sql(question, None, ads), 1).rows
    return Panel(
        columns=[by.value, *names, *_COUNTS, "share"],
        rows=[[*row, round(_number(row[went_on]) / _number(row[breaks]), MILLIONTHS)] for row in rows],
        summary={name: _number(value) for name, value in zip((*_COUNTS, "sessions"), totals, strict=True)},
        overlays={"left": [_leaver(row, Zone(question.zone)) for row in leavers]},
    )


def _leaver(row: Sequence[Any], zone: Zone) -> dict[str, Any]:
    """A session that left, and the ad it left in or after."""
    session, closed_ms, content, content_name, name, position, ad, ad_name, finished = row
    return {
        "session": session,
        "at": zone.written(int(closed_ms) // SECOND_MS * SECOND_MS),
        "content": content,
        "contentName": content_name,
        "break": name,
        "second": position,
        "ad": ad,
        "adName": ad_name,
        "completed": finished,
    }


def _number(value: Any) -> int:
    """A count of SQL; the sum of nothing is 0."""
    return int(value or 0)
