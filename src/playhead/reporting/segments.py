"""
Segments: which sessions a report is about (metrics.md 6.4, interfaces.md 4). Law: a segment is judged at session grain.

A part of a session (an ad, a chapter, a state) is judged through its session: `advertiser = x` holds for sessions with
such an ad, `advertiser != x` for those without one. Beside a segment, a question may say which ads it counts (`ads_of`):
those conditions are about the ad itself (decision 0055).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from playhead.base.errors import QuestionError
from playhead.reporting.dimensions import Dimension, DimensionKind, dimension_of
from playhead.reporting.metrics import Grain, Metric, metric_of
from playhead.reporting.suggestions import unknown_dimension, unknown_metric

LEAVES_MAX: Final = 100
"""Most conditions of one segment."""

DEPTH_MAX: Final = 20
"""Deepest nesting of one segment."""

VALUES_MAX: Final = 1_000
"""Most values of one `in`."""

TEXT_MAX: Final = 1_000
"""Longest text compared with, characters."""

OPERATORS: Final = ("=", "!=", "in", "contains", "exists", "<", ">")

_TIMES: Final = {"hour-of-day", "day-of-week"}
_WITHOUT_MEANING: Final = {"event-type", "media-path", "previous-content", "next-content"}

Value = str | int | float | bool


class All(Struct, frozen=True):
    """Every part holds; without parts it always does."""

    parts: tuple["Segment", ...]


class Any_(Struct, frozen=True):  # noqa: N801 - the word is taken
    """At least one part holds."""

    parts: tuple["Segment", ...]


class Not(Struct, frozen=True):
    """The part does not hold."""

    part: "Segment"


class Condition(Struct, frozen=True):
    """
    One comparison.

    Attributes:
        subject: What is compared: a dimension's value, or a metric's number of that one session.
        operator: One of OPERATORS.
        values: What with: one value, of `in` several, of `exists` one that is true or false.
    """

    subject: Dimension | Metric
    operator: str
    values: tuple[Value, ...]


Segment = All | Any_ | Not | Condition


def segment_of(given: object, path: str = "segment") -> Segment:
    """
    Read a segment.

    Args:
        given: Decoded JSON.
        path: Where it stands, for what is wrong with it.

    Raises:
        QuestionError: It has no meaning; says where and why.
    """
    return _Reader().read(given, path, DEPTH_MAX)


def ads_of(given: object, path: str = "ads") -> Segment:
    """
    Read which ads count: a segment whose conditions are on dimensions of ads only.

    Raises:
        QuestionError: It has no meaning; says where and why.
    """
    return _Reader(of_ads=True).read(given, path, DEPTH_MAX)


class _Reader:
    """Reads one segment and counts its conditions."""

    def __init__(self, *, of_ads: bool = False) -> None:
        self._leaves = 0
        self._of_ads = of_ads

    def read(self, given: object, path: str, depth: int) -> Segment:
        if not isinstance(given, Mapping):
            raise QuestionError(
                path, 'must be an object: {"all": [...]}, {"any": [...]}, {"not": {...}} or a condition'
            )
        if depth == 0:
            raise QuestionError(path, f"is nested deeper than {DEPTH_MAX} levels")
        for word, make in (("all", All), ("any", Any_)):
            if word in given:
                _only(given, {word}, path)
                parts = given[word]
                if not isinstance(parts, Sequence) or isinstance(parts, str):
                    raise QuestionError(f"{path}.{word}", "must be a list of segments")
                return make(tuple(self.read(part, f"{path}.{word}[{n}]", depth - 1) for n, part in enumerate(parts)))
        if "not" in given:
            _only(given, {"not"}, path)
            return Not(self.read(given["not"], f"{path}.not", depth - 1))
        self._leaves += 1
        if self._leaves > LEAVES_MAX:
            raise QuestionError(path, f"there are more than {LEAVES_MAX} conditions")
        condition = _condition(given, path)
        if self._of_ads and (isinstance(condition.subject, Metric) or condition.subject.grain is not Grain.AD):
            raise QuestionError(path, f"{condition.subject.id} is not of one ad; ask for it in the segment")
        return condition


def _condition(given: Mapping[str, Any], path: str) -> Condition:
    _only(given, {"dimension", "metric", "op", "value"}, path)
    if ("dimension" in given) == ("metric" in given):
        raise QuestionError(path, 'names either a "dimension" or a "metric"')
    operator = given.get("op")
    if operator not in OPERATORS:
        raise QuestionError(f"{path}.op", f"must be one of {' '.join(OPERATORS)}")
    subject = _subject(given, path)
    values = _values(given.get("value", True if operator == "exists" else None), operator, f"{path}.value")
    if isinstance(subject, Metric):
        if operator == "contains":
            raise QuestionError(f"{path}.op", "a metric is a number; it cannot contain anything")
        if operator != "exists" and any(isinstance(value, str) for value in values):
            raise QuestionError(f"{path}.value", "a metric is compared with numbers")
    return Condition(subject, operator, values)


def _subject(given: Mapping[str, Any], path: str) -> Dimension | Metric:
    if "metric" in given:
        name = given["metric"]
        metric = metric_of(name) if isinstance(name, str) else None
        if metric is None:
            raise QuestionError(f"{path}.metric", unknown_metric(name))
        if metric.id == "viewers":
            raise QuestionError(f"{path}.metric", "one session has one viewer; ask for a dimension instead")
        return metric
    name = given["dimension"]
    dimension = dimension_of(name) if isinstance(name, str) else None
    if dimension is None:
        raise QuestionError(f"{path}.dimension", unknown_dimension(name))
    if dimension.id in _WITHOUT_MEANING or (dimension.kind is DimensionKind.TIME and dimension.id not in _TIMES):
        raise QuestionError(
            f"{path}.dimension", f"{name} does not tell sessions apart one by one; a segment cannot ask for it"
        )
    return dimension


def _values(given: object, operator: str, path: str) -> tuple[Value, ...]:
    if operator == "in":
        if not isinstance(given, Sequence) or isinstance(given, str) or not given:
            raise QuestionError(path, "must be a list of values")
        if len(given) > VALUES_MAX:
            raise QuestionError(path, f"has more than {VALUES_MAX} values")
        return tuple(_value(value, f"{path}[{n}]") for n, value in enumerate(given))
    value = _value(given, path)
    if operator == "exists" and not isinstance(value, bool):
        raise QuestionError(path, "must be true or false")
    if operator == "contains" and not isinstance(value, str):
        raise QuestionError(path, "must be a text")
    return (value,)


def _value(given: object, path: str) -> Value:
    if isinstance(given, bool | int | float):
        return given
    if isinstance(given, str):
        if len(given) > TEXT_MAX:
            raise QuestionError(path, f"is longer than {TEXT_MAX} characters")
        return given
    raise QuestionError(path, "must be a text, a number or a boolean")


def _only(given: Mapping[str, Any], known: set[str], path: str) -> None:
    for name in given:
        if name not in known:
            raise QuestionError(f"{path}.{name}", f"is not known here; known: {' '.join(sorted(known))}")
