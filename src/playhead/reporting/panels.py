"""
The panels of metrics.md 6.6 as questions: what is asked for, with its defaults, judged.

Law: a panel has at most ROWS_MAX rows and SERIES_MAX series; a stretch that would give more rows is taken coarser.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from msgspec import Struct

from playhead.base.errors import QuestionError
from playhead.base.units import SECOND_MS
from playhead.reporting.dimensions import Bucket, Dimension, DimensionKind, dimension_of
from playhead.reporting.metrics import Grain
from playhead.reporting.report import BUCKET_MS, Period
from playhead.reporting.segments import Segment
from playhead.reporting.suggestions import unknown_dimension

ROWS_MAX: Final = 1440
SECONDS_MAX: Final = 3600
"""Longest range that is told to the second, s."""
SERIES_MAX: Final = 10


class Audience(StrEnum):
    """Who is concurrent."""

    PERSONS = "persons"
    SESSIONS = "sessions"


class Mode(StrEnum):
    """The two forms of the average minute audience."""

    CONTENT = "content"
    PERIOD = "period"


class PanelQuestion(Struct, frozen=True, kw_only=True):
    """
    What a panel is about.

    Attributes:
        period: The range.
        granularity: Of its rows; None of a time panel: to the second.
        zone: IANA name of the time zone.
        segment: Which sessions; None: all.
        breakdown: A dimension of sessions that divides it into series; None: one series.
        looked_up: As of a report.
    """

    period: Period
    granularity: Bucket | None = None
    zone: str = "UTC"
    segment: Segment | None = None
    breakdown: Dimension | None = None
    looked_up: frozenset[str] = frozenset()


SECOND: Final = "second"
"""A granularity of the concurrent viewers only, of ranges up to SECONDS_MAX."""


def granularity_of(text: str | None, period: Period, default: Bucket, *, seconds: bool = False) -> Bucket | None:
    """
    The stretch of a panel's rows: what was asked for, or a coarser one where that would give too many rows.

    Args:
        text: As asked for; None: `default`.
        period: The range.
        default: Where nothing is asked for.
        seconds: Whether seconds may be asked for; then None is returned for them.

    Raises:
        QuestionError: There is no such stretch.
    """
    span_ms = period.until_ms - period.from_ms
    if text == SECOND and seconds:
        if span_ms <= SECONDS_MAX * SECOND_MS:
            return None
        text = Bucket.MINUTE
    known = list(Bucket)
    if text is not None and text not in known:
        every = [SECOND, *known] if seconds else known
        raise QuestionError("granularity", f"must be one of {', '.join(every)}")
    wanted = default if text is None else Bucket(text)
    for bucket in known[known.index(wanted) :]:
        if span_ms <= ROWS_MAX * BUCKET_MS[bucket]:
            return bucket
    return known[-1]


def breakdown_of(dimension_id: str | None) -> Dimension | None:
    """
    The dimension of a breakdown.

    Raises:
        QuestionError: There is none of this id, or it is not one of sessions.
    """
    if dimension_id is None:
        return None
    dimension = dimension_of(dimension_id)
    if dimension is None:
        raise QuestionError("breakdown", unknown_dimension(dimension_id))
    if dimension.grain is not Grain.SESSION:
        raise QuestionError(
            "breakdown", f"{dimension.id} is of each {dimension.grain}; a panel is about sessions as a whole"
        )
    if dimension.kind is DimensionKind.TIME or dimension.id in _WITHOUT_MEANING:
        raise QuestionError("breakdown", f"{dimension.id} does not divide what goes on at one time")
    return dimension


_WITHOUT_MEANING: Final = {"event-type", "media-path", "previous-content", "next-content", "content-segment"}

FUNNEL: Final[Sequence[str]] = (
    "media-starts",
    "content-starts",
    "progress-10",
    "progress-25",
    "progress-50",
    "progress-75",
    "progress-95",
    "content-completes",
)
"""The steps of the drop-off panel: ids of metrics."""
