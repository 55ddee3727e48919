"""
The panels of metrics.md 6.6 as SQL over the public views.

Law: each session (or stretch of play) becomes a first and a last cell of a grid of minutes or seconds; what is between is
added up by a running sum, so that the work follows the number of sessions, not their length. Only closed sessions count.
"""

from typing import Final

from playhead.base.units import MINUTE_MS, SECOND_MS
from playhead.reporting.dimensions import DIMENSIONS, Bucket
from playhead.reporting.metrics import Grain
from playhead.reporting.panels import SERIES_MAX, Audience, PanelQuestion
from playhead.store.expressions import JOINED, Clock, Told, literal, predicate, told, value_of
from playhead.store.zones import Zone

_CLOSED: Final = "(FROM sessions WHERE state = 'closed') AS s"
_SPAN: Final = ("s.smallest_at_ms", "s.last_at_ms")


def concurrent_sql(question: PanelQuestion, audience: Audience, zone: Zone) -> str:
    """
    Rows (time, series, value): persons or sessions by cell of the grid, summed over the cells of a stretch.

    Sessions are counted; of persons a cell that two of their sessions share is then taken back once. Only sessions
    are looked at for that which have another of their person near them (decision 0089).
    """
    cell = SECOND_MS if question.granularity is None else MINUTE_MS
    persons = audience is Audience.PERSONS
    divided = question.breakdown is not None
    first = question.period.from_ms // cell
    # as few and as narrow columns as can be: sorting them is the dearest part
    who, number = "who, beside, " if persons else "", "number, " if divided else ""
    near = f"s.person_key AS who, s.near_ms < {cell} AS beside, " if persons else ""
    cells = f"(low // {cell} - {first})::INTEGER AS a, ((high - 1) // {cell} - {first})::INTEGER AS b"
    changes = [f"SELECT {number}a AS g, 1 AS n FROM cells", f"SELECT {number}b + 1, -1 FROM cells"]
    if persons:
        changes += [f"SELECT {number}a, -1 FROM shared", f"SELECT {number}least(before, b) + 1, 1 FROM shared"]
    return f"""WITH spans AS {_kept(question.segment is not None)} (
{_spans(question, zone, _SPAN, near)}
), series AS MATERIALIZED (
  {_NUMBERED if divided else "SELECT '' AS series, 0 AS number"}
), cells AS {_kept(divided)} (
  SELECT {who}{number}{cells} FROM spans{" JOIN series USING (series)" if divided else ""}
), {_shared(f"{number}who") if persons else ""}changes AS (
  SELECT {number or "0 AS number, "}g + {first} AS g, sum(n) AS n FROM (
    {" UNION ALL ".join(changes)}
  ) GROUP BY {number}g
), grid AS (
  SELECT series, number, unnest(range({first}, {_last(question, cell)})) AS g FROM series
)
SELECT {_time(question, zone, cell)} AS "time", series, sum(value)::BIGINT AS value
FROM (
  SELECT series, g, sum(coalesce(n, 0)) OVER (PARTITION BY series ORDER BY g) AS value
  FROM grid LEFT JOIN changes USING (number, g)
)
WHERE g < {_last(question, cell)}
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


def elapsed_sql(question: PanelQuestion, zone: Zone, *, main_play: bool) -> str:
    """Rows (time, series, ms): how much of the spans of sessions, or of their main play, is in each stretch."""
    if main_play:
        spans = _spans(question, zone, ("s.piece.lo", "s.piece.hi"), pieces="s.main_play_ms")
    else:
        spans = _spans(question, zone, _SPAN)
    cell = MINUTE_MS
    return f"""WITH spans AS MATERIALIZED (
{spans}
), cells AS MATERIALIZED (
  SELECT series, low, high, low // {cell} AS a, (high - 1) // {cell} AS b FROM spans
), changes AS (
  SELECT series, g, sum(whole) AS whole, sum(part) AS part FROM (
    SELECT series, a AS g, 0 AS whole, least(high, (a + 1) * {cell}) - low AS part FROM cells
    UNION ALL SELECT series, b, 0, high - b * {cell} FROM cells WHERE b > a
    UNION ALL SELECT series, a + 1, 1, 0 FROM cells WHERE b > a
    UNION ALL SELECT series, b, -1, 0 FROM cells WHERE b > a
  ) GROUP BY series, g
), {_series(cell, question)}
SELECT {_time(question, zone, cell)} AS "time", series, sum(value)::BIGINT AS value
FROM (
  SELECT series, g,
    sum(coalesce(whole, 0)) OVER (PARTITION BY series ORDER BY g) * {cell} + coalesce(part, 0) AS value
  FROM grid LEFT JOIN changes USING (series, g)
)
WHERE g < {_last(question, cell)}
GROUP BY 1, 2
ORDER BY 1, 2"""


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


def _series(cell: int, question: PanelQuestion) -> str:
    """All cells of the range for each of the series with the most time; without a breakdown for the one there is."""
    series = f"SELECT {literal('')} AS series"
    if question.breakdown is not None:
        series = f"SELECT series FROM spans GROUP BY series ORDER BY sum(high - low) DESC, series LIMIT {SERIES_MAX}"
    first = question.period.from_ms // cell
    return (
        f"series AS ({series}), grid AS (\n"
        f"  SELECT series, unnest(range({first}, {_last(question, cell)})) AS g FROM series\n)"
    )


def _last(question: PanelQuestion, cell: int) -> int:
    return -(-question.period.until_ms // cell)


def _time(question: PanelQuestion, zone: Zone, cell: int) -> str:
    """The stretch a cell is in, as a number (`expressions.Clock.bucket`)."""
    if question.granularity in {None, Bucket.MINUTE}:
        return f"g * {cell}"
    assert question.granularity is not None
    return Clock(f"(g * {cell})", zone.offsets(question.period)).bucket(question.granularity)
