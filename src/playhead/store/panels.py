"""The panels of metrics.md 6.6, answered. Law: as of `store.reports`; maxima and sums are of the rows of one series."""

from collections.abc import Sequence
from itertools import groupby, zip_longest
from typing import Any

from msgspec import Struct

from playhead.base.units import SECOND_MS
from playhead.reporting.dimensions import Bucket
from playhead.reporting.metrics import Metric
from playhead.reporting.panels import FUNNEL, ROWS_MAX, Audience, PanelQuestion
from playhead.reporting.report import BUCKET_MS, Report, metrics_of
from playhead.store import panel_sql
from playhead.store.port import Answer
from playhead.store.reports import Ask, answer_report
from playhead.store.zones import Zone

MILLIONTHS = 6
"""Decimals of a quotient."""


class Extreme(Struct, frozen=True):
    """The largest or smallest value of a panel, and the start of the first stretch that has it, RFC 3339."""

    value: float
    at: str


class Panel(Struct, frozen=True, kw_only=True):
    """
    An answer.

    Attributes:
        columns, rows: As of `reports.Table`.
        summary: By name: `max` and `min` as Extreme, `sum` and further numbers.
        overlays: What a chart may draw over it: lists of objects by name.
        granularity: Of the rows; empty where they are no stretches of time.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    summary: dict[str, Any]
    overlays: dict[str, Any] = {}
    granularity: str = ""


def concurrent(question: PanelQuestion, audience: Audience, ask: Ask) -> Panel:
    """Concurrent viewers or sessions: by minute, coarser stretches as sums of theirs."""
    zone = Zone(question.zone)
    rows = _asked(panel_sql.concurrent_sql(question, audience, zone), ask)
    whole = rows
    if question.breakdown is not None:
        whole = _asked(panel_sql.concurrent_sql(_undivided(question), audience, zone), ask)
    return _timed(question, zone, rows, [f"concurrent-{_plural(audience)}"], _extremes(whole, question, zone))


def playback_time(question: PanelQuestion, ask: Ask) -> Panel:
    """Seconds of sessions that fall into each stretch, pauses and waiting included."""
    zone = Zone(question.zone)
    rows = _seconds(_asked(panel_sql.elapsed_sql(question, zone, main_play=False), ask))
    whole = rows
    if question.breakdown is not None:
        whole = _seconds(_asked(panel_sql.elapsed_sql(_undivided(question), zone, main_play=False), ask))
    summary = {**_extremes(whole, question, zone), "sum": _tidy(sum(row[2] for row in whole))}
    return _timed(question, zone, rows, ["playback-time"], summary)


def period_audience(question: PanelQuestion, ask: Ask) -> Panel:
    """Main play that falls into each stretch, by the length of the stretch."""
    zone = Zone(question.zone)
    rows = _by_stretch(_seconds(_asked(panel_sql.elapsed_sql(question, zone, main_play=True), ask)), question, zone)
    whole = rows
    if question.breakdown is not None:
        asked = _asked(panel_sql.elapsed_sql(_undivided(question), zone, main_play=True), ask)
        whole = _by_stretch(_seconds(asked), question, zone)
    played = sum(row[3] for row in whole)
    length = (question.period.until_ms - question.period.from_ms) / SECOND_MS
    summary = {
        **_extremes(whole, question, zone),
        "total": round(played / length, MILLIONTHS),
        "seconds": _tidy(played),
        "length": _tidy(length),
    }
    return _timed(question, zone, rows, ["average-minute-audience", "seconds", "length"], summary)


def content_audience(question: PanelQuestion, ask: Ask, *, with_ads: bool) -> Panel:
    """Time spent with each content by its length."""
    found = ask(panel_sql.content_audience_sql(question, Zone(question.zone), with_ads=with_ads), ROWS_MAX).rows
    rows: list[list[Any]] = [
        [name, round(float(str(value)), MILLIONTHS), seconds, length] for name, value, seconds, length in found
    ]
    return Panel(
        columns=["content", "average-minute-audience", "seconds", "length"],
        rows=rows,
        summary={"total": round(sum(row[1] for row in rows), MILLIONTHS)},
    )


def drop_off(question: PanelQuestion, ask: Ask) -> Panel:
    """The funnel from the start of the media to the end of the content; shares are of the first step."""
    metrics = metrics_of(FUNNEL)
    totals = answer_report(_report(question, metrics), ask).totals
    first = totals[FUNNEL[0]]
    rows = [[step, totals[step], _share(totals[step], first)] for step in FUNNEL]
    return Panel(columns=["step", "sessions", "share"], rows=rows, summary={})


def retention(question: PanelQuestion, ask: Ask, *, step_s: int, percent: bool, content: bool) -> Panel:
    """
    How many sessions viewed each step of the content, and any of it again; shares are of its content starts (metrics.md 6.6).

    Args:
        question: The question; its segment names the content.
        ask: The store.
        step_s: Length of a step: 60 for minutes, 1 for seconds; of percent, percent.
        percent: Steps are of the content's length, for contents of different lengths.
        content: It is about one content: its breaks and chapters are drawn over it.
    """
    zone = Zone(question.zone)
    starts = answer_report(_report(question, metrics_of(["content-starts"])), ask).totals["content-starts"]
    viewed, again = (
        _steps(
            ask(panel_sql.retention_sql(question, zone, step_s=step_s, percent=percent, again=again), 200_000), step_s
        )
        for again in (False, True)
    )
    rows = [
        [step_s * n, sessions, _share(sessions, starts), more]
        for n, (sessions, more) in enumerate(zip_longest(viewed, again, fillvalue=0))
    ]
    overlays: dict[str, Any] = {}
    if content:
        breaks = ask(panel_sql.breaks_sql(question, zone), ROWS_MAX).rows
        chapters = ask(panel_sql.chapters_sql(question, zone), ROWS_MAX).rows
        overlays["breaks"] = [{"second": second, "name": name, "ads": ads} for second, name, ads in breaks]
        overlays["chapters"] = [
            {"index": index, "second": second, "length": length, "name": name, "sessions": sessions}
            for index, second, length, name, sessions in chapters
        ]
    return Panel(
        columns=["percent" if percent else "second", "sessions", "share", "again"],
        rows=rows,
        summary={"contentStarts": starts},
        overlays=overlays,
    )


STEPS_MAX = 86_400
"""Most steps of one curve: the seconds of a day."""


def _steps(found: Answer, step_s: int) -> list[int]:
    """A number for every step from 0 to the last that anybody viewed; between two changes nothing changes."""
    changes = [(int(str(step)), int(str(number))) for step, number in found.rows]
    known = dict(changes)
    numbers: list[int] = []
    sessions = 0
    last = max((step for step, number in changes if number), default=-step_s)
    end = max((step for step, _ in changes), default=0)
    for step in range(0, min(max(last + step_s, end), STEPS_MAX), step_s):
        sessions = known.get(step, sessions)
        numbers.append(sessions)
    return numbers


def _report(question: PanelQuestion, metrics: tuple[Metric, ...]) -> Report:
    """Metrics of the sessions a panel is about."""
    return Report(
        metrics=metrics,
        period=question.period,
        zone=question.zone,
        segment=question.segment,
        looked_up=question.looked_up,
    )


def _plural(audience: Audience) -> str:
    return "viewers" if audience is Audience.PERSONS else "sessions"


def _undivided(question: PanelQuestion) -> PanelQuestion:
    """The same without its breakdown: what a maximum is of."""
    return PanelQuestion(
        period=question.period,
        granularity=question.granularity,
        zone=question.zone,
        segment=question.segment,
        looked_up=question.looked_up,
    )


def _asked(sql: str, ask: Ask) -> list[list[Any]]:
    return [list(row) for row in ask(sql, ROWS_MAX * 10 + 40_000).rows]


def _seconds(rows: list[list[Any]]) -> list[list[Any]]:
    return [[at, series, value / SECOND_MS] for at, series, value in rows]


def _by_stretch(rows: list[list[Any]], question: PanelQuestion, zone: Zone) -> list[list[Any]]:
    """Seconds of play by the seconds of their stretch that are in the range."""
    assert question.granularity is not None, "main play is told by minutes and longer"
    lengths: dict[int, float] = {}
    for at in {row[0] for row in rows}:
        start = _instant(at, question.granularity, zone)
        low = max(start, question.period.from_ms)
        high = min(zone.next_after(question.granularity, start), question.period.until_ms)
        lengths[at] = (high - low) / SECOND_MS
    return [
        [at, series, round(played / lengths[at], MILLIONTHS), _tidy(played), _tidy(lengths[at])]
        for at, series, played in rows
    ]


def _extremes(rows: list[list[Any]], question: PanelQuestion, zone: Zone) -> dict[str, Any]:
    if not rows:
        return {"max": None, "min": None}
    most = max(rows, key=lambda row: (row[2], -row[0]))
    least = min(rows, key=lambda row: (row[2], row[0]))
    return {
        name: Extreme(_tidy(row[2]), zone.written(_instant(row[0], question.granularity, zone)))
        for name, row in (("max", most), ("min", least))
    }


def _timed(
    question: PanelQuestion, zone: Zone, rows: list[list[Any]], names: list[str], summary: dict[str, Any]
) -> Panel:
    """Rows with their times written, and without the series where there is only one."""
    shown: list[list[Any]] = []
    for at, group in groupby(rows, key=lambda row: row[0]):
        written = zone.written(_instant(at, question.granularity, zone))
        for _, series, value, *more in group:
            divided = [] if question.breakdown is None else [series]
            shown.append([written, *divided, _tidy(value), *more])
    divided = [] if question.breakdown is None else [question.breakdown.id]
    granularity = "second" if question.granularity is None else question.granularity.value
    return Panel(columns=["time", *divided, *names], rows=shown, summary=summary, granularity=granularity)


def _instant(number: int, granularity: Bucket | None, zone: Zone) -> int:
    """A stretch's start from its number in SQL."""
    if granularity is None or BUCKET_MS[granularity] <= BUCKET_MS[Bucket.HOUR]:
        return number
    return zone.instant(number)


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, MILLIONTHS) if whole else None


def _tidy(value: float) -> float:
    """A whole number as such."""
    return int(value) if float(value).is_integer() else value
