"""
The panels of metrics.md 6.6 as SQL over the public views.

Law: each session (or stretch of play) becomes a first and a last cell of a grid of minutes or seconds; what is between is
added up by a running sum, so that the work follows the number of sessions, not their length. Only closed sessions count.
"""

from typing import Final

from playhead.base.units import MINUTE_MS, SECOND_MS
from playhead.reporting.dimensions import DIMENSIONS
from playhead.reporting.metrics import Grain
from playhead.reporting.panels import SERIES_MAX, Audience, PanelQuestion
from playhead.store.expressions import JOINED, Clock, Told, predicate, told, value_of
from playhead.store.zones import Zone

_CLOSED: Final = "(FROM sessions WHERE state = 'closed') AS s"
_SPAN: Final = ("s.smallest_at_ms", "s.last_at_ms")


def concurrent_sql(question: PanelQuestion, audience: Audience, zone: Zone) -> str:
    """
    Rows (time, series, value): persons or sessions by cell of the grid, summed over the cells of a stretch.

    Sessions are counted; of persons a cell that two of their sessions share is then taken back once. Only sessions
    are looked at for that which have another of their person near them (decision 0089).
    """
    cell = _cell(question)
    persons = audience is Audience.PERSONS
    near = f"s.person_key AS who, s.near_ms < {cell} AS beside, " if persons else ""
    spans = _spans(question, zone, _SPAN, near)
    return _levels(question, zone, spans, cell, kept=question.segment is not None, persons=persons)


def elapsed_sql(question: PanelQuestion, zone: Zone, *, main_play: bool) -> str:
    """Rows (time, series, ms): how much of the spans of sessions, or of their main play, is in each stretch."""
    ends, pieces = (("s.piece.lo", "s.piece.hi"), "s.main_play_ms") if main_play else (_SPAN, "")
    kept = question.segment is not None or question.breakdown is None
    return _levels(question, zone, _spans(question, zone, ends, pieces=pieces), 1, kept=kept)


def _levels(question: PanelQuestion, zone: Zone, spans: str, cell: int, *, kept: bool, persons: bool = False) -> str:
    """
    Rows (time, series, value): how many spans are in each cell, summed over the cells of a stretch.

    That is the number at the end of the stretch in all of its cells, less what changed within it in the cells before
    it did: the running sum is over stretches, of which there are few (decision 0059).

    Args:
        question: The panel's.
        zone: Its zone.
        spans: Rows (who, beside) of persons, (series, low, high).
        cell: Its length, ms; a divisor of `_cell`.
        kept: The spans are dear to find.
        persons: A cell that two spans of a person share counts once.
    """
    divided = question.breakdown is not None
    step = _cell(question)
    first = question.period.from_ms // step * step
    end = -(-question.period.until_ms // step) * step
    # as few and as narrow columns as can be: sorting them is the dearest part
    kind = "BIGINT" if cell == 1 else "INTEGER"
    who, number = "who, beside, " if persons else "", "number, " if divided else ""
    cells = f"((low - {first}) // {cell})::{kind} AS a, ((high - 1 - {first}) // {cell})::{kind} AS b"
    changes = [f"SELECT {number}a AS g, 1 AS n FROM cells", f"SELECT {number}b + 1, -1 FROM cells"]
    if persons:
        changes += [f"SELECT {number}a, -1 FROM shared", f"SELECT {number}least(before, b) + 1, 1 FROM shared"]
    changed = " UNION ALL ".join(changes)
    if not divided and cell == step:  # few values of one number are added up in no time
        changed = f"SELECT g, sum(n)::BIGINT AS n FROM ({changed}) GROUP BY g"
    time = Clock(f"(g::BIGINT * {cell} + {first})", zone.offsets(question.period))
    stretch = time.at if question.granularity is None else time.bucket(question.granularity)
    stretch = f"{stretch} AS t, {time.ahead} AS ahead"  # a day that the clock is put back into is two pieces
    return f"""WITH spans AS {_kept(kept)} (
{spans}
), series AS MATERIALIZED (
  {_NUMBERED if divided else "SELECT '' AS series, 0 AS number"}
), cells AS {_kept(divided)} (
  SELECT {who}{number}{cells} FROM spans{" JOIN series USING (series)" if divided else ""}
), {_shared(f"{number}who") if persons else ""}changes AS (
  SELECT {number or "0 AS number, "}{stretch}, sum(n) AS n, sum(n * g) AS places FROM (
    {changed}
  ) GROUP BY ALL
), stretches AS (
  SELECT {stretch}, min(g) AS low, max(g) + {step // cell} AS high
  FROM range(0, {(end - first) // cell}, {step // cell}) AS known(g) GROUP BY ALL
)
SELECT t AS "time", series, sum(value)::BIGINT AS value
FROM (
  SELECT t, series, (high - low) * coalesce(sum(n) OVER (PARTITION BY number ORDER BY low), 0)
    - coalesce(places - low * n, 0) AS value
  FROM (series CROSS JOIN stretches) LEFT JOIN changes USING (number, t, ahead)
)
GROUP BY 1, 2
ORDER BY 1, 2"""


_NUMBERED: Final = f"""SELECT series, row_number() OVER (ORDER BY sum(high - low) DESC, series)::UTINYINT AS number
  FROM spans GROUP BY series QUALIFY row_number() OVER (ORDER BY sum(high - low) DESC, series) <= {SERIES_MAX}"""
"""Only the series that are shown, as numbers: a text less to carry."""


def _kept(kept: bool) -> str:
    """Read once and held, or read again by each that asks; what a segment chose may have been dear to find."""
    return "MATERIALIZED" if kept else "NOT MATERIALIZED"


def _shared(of: str) -> str:
    """
    Stretches of cells of a person that begin within an earlier one of theirs, and the last cell that one reaches.

    The one before tells it, but where a stretch ends before an earlier one does: of such persons the furthest is looked for,
    which costs more, among few.

    Args:
        of: The columns that tell persons apart.
    """
    return f"""company AS NOT MATERIALIZED (
  SELECT {of}, a, b FROM cells WHERE beside
), following AS MATERIALIZED (
  FROM (SELECT *, lag(b) OVER (PARTITION BY {of} ORDER BY a, b) AS before FROM company) WHERE before >= a
), nested AS MATERIALIZED (
  SELECT DISTINCT {of} FROM following WHERE b < before
), shared AS MATERIALIZED (
  FROM following ANTI JOIN nested USING ({of})
  UNION ALL
  FROM (
    SELECT *, max(b) OVER (PARTITION BY {of} ORDER BY a, b ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM company SEMI JOIN nested USING ({of})
  ) WHERE before >= a
), """


def content_audience_sql(question: PanelQuestion, zone: Zone, *, with_ads: bool) -> str:
    """Rows (content, audience, seconds, length): time spent by the length looked up, else the latest sent; largest first."""
    seconds = "total_time_played" if with_ads else "time_played"
    sent = "arg_max(s.content_length, s.last_at_ms) FILTER (WHERE s.content_length > 0)"
    length = _looked_up("content-length", question, sent)
    return f"""SELECT s.content, sum(s.{seconds})::DOUBLE / length AS value, sum(s.{seconds})::BIGINT AS seconds, length
FROM {_CLOSED} JOIN (
  SELECT s.content, {length} AS length FROM sessions AS s WHERE state = 'closed' GROUP BY s.content
) AS known ON known.content = s.content
WHERE length > 0 AND {closed_in(question, zone)}
GROUP BY s.content, length
ORDER BY value DESC, s.content"""


def retention_sql(question: PanelQuestion, zone: Zone, *, step_s: int, percent: bool, again: bool) -> str:
    """
    Rows (step, sessions): sessions that viewed any of each step of the content (again); of percent, of its length.

    What was viewed in one go, as most is, needs no list taken apart. A step that two stretches of a session share is the
    first one's.
    """
    step = f"* 100 / length / {step_s}" if percent else f"/ {step_s}"
    length = _looked_up("content-length", question)
    where = closed_in(question, zone) + (f" AND {length} > 0" if percent else "")
    before = f"ceil(stretches[place - 1].hi {step})::BIGINT"
    return f"""WITH told AS NOT MATERIALIZED (
  SELECT {length} AS length, s.{"replayed_s" if again else "viewed_s"} AS stretches FROM {_CLOSED} WHERE {where}
), seen AS MATERIALIZED (
  SELECT floor(stretches[1].lo {step})::BIGINT AS a, ceil(stretches[1].hi {step})::BIGINT AS b, count(*) AS n
  FROM told WHERE len(stretches) = 1 GROUP BY 1, 2
  UNION ALL
  SELECT greatest(floor(stretches[place].lo {step})::BIGINT, {before}), ceil(stretches[place].hi {step})::BIGINT, count(*)
  FROM (SELECT *, unnest(range(1, len(stretches) + 1)) AS place FROM told WHERE len(stretches) > 1) GROUP BY 1, 2
), changes AS (
  SELECT g, sum(n) AS n FROM (
    SELECT a AS g, n FROM seen WHERE a < b UNION ALL SELECT b, -n FROM seen WHERE a < b
  ) GROUP BY g
)
SELECT g * {step_s} AS step, sum(n) OVER (ORDER BY g)::BIGINT AS sessions FROM changes ORDER BY g"""


def breaks_sql(question: PanelQuestion, zone: Zone) -> str:
    """Rows (offset, name, ads): where ads were shown in the content, by the offset of their break."""
    second, name = (_looked_up(one, question) for one in ("pod-position", "pod-name"))
    return f"""SELECT second, any_value(name), count(*)
FROM (
  SELECT {second} AS second, {name} AS name FROM ads AS p JOIN {_CLOSED} {JOINED}
  WHERE {closed_in(question, zone)}
)
WHERE second IS NOT NULL GROUP BY 1 ORDER BY 1"""


def chapters_sql(question: PanelQuestion, zone: Zone) -> str:
    """Rows (index, offset, length, name, sessions): the chapters of the content as sessions told of them."""
    named = zip(("place", "second", "length", "name"), _CHAPTER, strict=True)
    values = ", ".join(f"{_looked_up(one, question)} AS {name}" for name, one in named)
    return f"""SELECT place, second, length, any_value(name), count(DISTINCT (session_key, started_received_ms))
FROM (
  SELECT session_key, started_received_ms, {values} FROM chapters AS p JOIN {_CLOSED} {JOINED}
  WHERE {closed_in(question, zone)}
)
WHERE second IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 2, 1"""


_CHAPTER: Final = ("chapter-position", "chapter-offset", "chapter-length", "chapter-name")


def _looked_up(dimension_id: str, question: PanelQuestion, sent: str = "") -> str:
    return value_of(DIMENSIONS[dimension_id], question.looked_up, sent)


def closed_in(question: PanelQuestion, zone: Zone) -> str:
    """Sessions whose close row is in the range, and which are in the segment."""
    at = "s.last_at_ms"
    text = f"{at} >= {question.period.from_ms} AND {at} < {question.period.until_ms}"
    if question.segment is not None:
        text += f" AND {predicate(question.segment, Clock(at, zone.offsets(question.period)), question.looked_up)}"
    return text


def _spans(question: PanelQuestion, zone: Zone, ends: tuple[str, str], who: str = "", pieces: str = "") -> str:
    """
    Stretches that overlap the range, cut to it, with their series; empty ones are none.

    Args:
        question: The panel's.
        zone: Its zone.
        ends: Beginning and end of a stretch.
        who: A further value, with its name and a comma.
        pieces: A list of a session whose members, `s.piece`, are stretches; without it the session is one.
    """
    low, high = ends
    first, end = question.period.from_ms, question.period.until_ms
    one = _told(question)
    conditions = ["state = 'closed'", f"s.smallest_at_ms < {end} AND s.largest_at_ms > {first}"]
    if question.segment is not None:
        time = Clock("s.last_at_ms", zone.offsets(question.period))
        conditions.append(predicate(question.segment, time, question.looked_up))
    source = f"(SELECT * FROM sessions AS s WHERE {' AND '.join(conditions)}) AS s"
    if one.listed:
        source = f"(SELECT s.*, unnest({one.listed}) AS x0 FROM {source}) AS s"
    if pieces:
        source = f"(SELECT s.*, unnest({pieces}) AS piece FROM {source}) AS s"
    wanted = f" AND {one.value} IS NOT NULL" if question.breakdown is not None else ""
    return (
        f"  SELECT {who}{one.value} AS series, greatest({low}, {first}) AS low, least({high}, {end}) AS high\n"
        f"  FROM {source}\n"
        f"  WHERE {low} < {end} AND {high} > {first} AND {high} > {low}{wanted}"
    )


def _told(question: PanelQuestion) -> Told:
    if question.breakdown is None:
        return Told("''")
    return told(question.breakdown, 0, Grain.SESSION, "", Clock("s.last_at_ms", [(0, 0)]), question.looked_up)


def _cell(question: PanelQuestion) -> int:
    """Length of the shortest stretch a range is divided into, ms."""
    return SECOND_MS if question.granularity is None else MINUTE_MS
