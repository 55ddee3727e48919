"""
How terms make a value. Law: formula, terms and parts are enough; nothing else is asked.

The names are stable: clients compute values again by them.
"""

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from playhead.reporting import fields
from playhead.reporting.explain_terms import Term, Value
from playhead.sessions.facts import seconds
from playhead.sessions.playtime import merge

Parts = Mapping[str, Value]
"""What a formula uses beside the terms: the length of the content, a name."""

_HALF_HOUR_S: Final = 1800


class Formula(StrEnum):
    """How terms make a value; the words are `FORMULA_WORDS`."""

    SECONDS = "seconds"
    UNION = "union"
    RATIO = "ratio"
    STREAMS = "streams"
    COUNT = "count"
    FLAG = "flag"
    UNLESS = "unless"
    MARKER = "marker"
    SEGMENT = "segment"
    MEAN = "mean"
    BUCKET = "bucket"
    LAST = "last"
    LAST_SECONDS = "last-seconds"
    DISTINCT = "distinct"
    VALUE = "value"
    NAME = "name"


FORMULA_WORDS: Final[Mapping[Formula, str]] = {
    Formula.SECONDS: "The sum of the amounts in ms, as seconds, rounded half up once.",
    Formula.UNION: "The length in ms of the union of the pieces of content, as seconds, rounded half up once.",
    Formula.RATIO: "The sum of the amounts in whole seconds, rounded half up, divided by `length`; six decimals, half up.",
    Formula.STREAMS: "The sum of the amounts in whole seconds, rounded half up, divided by 1800, rounded down, plus one.",
    Formula.COUNT: "The number of terms.",
    Formula.FLAG: "True if there is a term.",
    Formula.UNLESS: "True if there is no term.",
    Formula.MARKER: "True if the point `length` x `percent` / 100 lies in a piece of content, its ends included.",
    Formula.SEGMENT: "[a-b]: the first point of the pieces in minutes rounded down, the last rounded up, at least a + 1.",
    Formula.MEAN: "The sum of value x amount divided by the sum of the amounts, half up; without amounts the last value.",
    Formula.BUCKET: "The average of the values by their amounts, half up, then the hundred it lies in; none of 0.",
    Formula.LAST: "The value of the last term, rounded half up.",
    Formula.LAST_SECONDS: "The value of the last term in ms, as seconds, rounded half up.",
    Formula.DISTINCT: "The values, each once, in the order they were first seen.",
    Formula.VALUE: "The value of the term.",
    Formula.NAME: "MD5 of `name` in hex, an underscore, `index`.",
}

UNITS: Final[Mapping[Formula, tuple[str, str]]] = {
    Formula.SECONDS: ("s", "ms"),
    Formula.UNION: ("s", "ms"),
    Formula.RATIO: ("", "ms"),
    Formula.STREAMS: ("", "ms"),
    Formula.SEGMENT: ("minutes", "ms"),
    Formula.MARKER: ("", "ms"),
    Formula.MEAN: ("kbps", "ms"),
    Formula.BUCKET: ("kbps", "ms"),
    Formula.LAST_SECONDS: ("s", "ms"),
}
"""Units of the value and of what its terms hold, where there are any."""


def value_of(formula: Formula, terms: Sequence[Term], parts: Parts, *, always: bool) -> Value:
    """The value; None where it is absent: 0, false and nothing are written only if `always`."""
    value = _from_total(formula, total_of(formula, terms, parts))
    if value is None:
        value = _from_terms(formula, terms, parts)
    return value if value is not None and (always or value) else None


def total_of(formula: Formula, terms: Sequence[Term], parts: Parts) -> float | None:
    """What the terms add up to before any rounding; None where there is nothing to add up."""
    match formula:
        case Formula.SECONDS | Formula.STREAMS:
            return sum(term.amount or 0 for term in terms)
        case Formula.RATIO:
            length = parts["length"]
            assert isinstance(length, int | float), "a length is a number"
            played_s = seconds(sum(term.amount or 0 for term in terms))
            return fields.ratio(played_s, length) if length > 0 else None
        case Formula.UNION:
            return sum(end - begin for begin, end in merge(_pieces(terms)))
        case Formula.COUNT:
            return len(terms)
        case Formula.MEAN | Formula.BUCKET:
            return _mean(terms)
        case Formula.LAST | Formula.LAST_SECONDS:
            return _number(terms[-1].value) if terms else None
        case _:
            return None


def _from_total(formula: Formula, total: float | None) -> Value:
    if total is None or not math.isfinite(total):
        return None
    match formula:
        case Formula.SECONDS | Formula.UNION | Formula.LAST_SECONDS:
            return seconds(total)
        case Formula.STREAMS:
            return seconds(total) // _HALF_HOUR_S + 1
        case Formula.RATIO:
            return total
        case Formula.COUNT | Formula.LAST | Formula.MEAN:
            return math.floor(total + 0.5)
        case Formula.BUCKET:
            average = math.floor(total + 0.5)
            low = average // 100 * 100
            return f"{low}-{low + 99}" if average else None
        case _:
            return None


def _from_terms(formula: Formula, terms: Sequence[Term], parts: Parts) -> Value:
    match formula:
        case Formula.FLAG:
            return bool(terms)
        case Formula.UNLESS:
            return not terms
        case Formula.MARKER:
            length, percent = parts["length"], parts["percent"]
            assert isinstance(length, int | float), "a length is a number"
            assert isinstance(percent, int), "a marker is a whole number"
            point_ms = fields.marker_ms(length, percent)
            return length > 0 and any(begin <= point_ms <= end for begin, end in _pieces(terms))
        case Formula.SEGMENT:
            pieces = _pieces(terms)
            low_ms, high_ms = min((a for a, _ in pieces), default=0), max((b for _, b in pieces), default=0)
            first = math.floor(low_ms / 60_000)
            return f"[{first}-{max(math.ceil(high_ms / 60_000), first + 1)}]" if pieces else None
        case Formula.DISTINCT:
            return list(dict.fromkeys(str(term.value) for term in terms))
        case Formula.VALUE:
            return terms[0].value if terms else None
        case Formula.NAME:
            return f"{fields.content_hash(str(parts['name']))}_{parts['index']}"
        case _:
            return None


def _mean(terms: Sequence[Term]) -> float | None:
    """The mean of the values by their amounts; without amounts the last value."""
    if not terms:
        return None
    weights: dict[float, float] = {}
    for term in terms:
        value = _number(term.value)
        weights[value] = weights.get(value, 0) + (term.amount or 0)
    weight = sum(weights.values())
    return sum(value * ms for value, ms in weights.items()) / weight if weight else _number(terms[-1].value)


def _number(value: Value) -> float:
    assert isinstance(value, int | float), "what is added up are numbers"
    return value


def _pieces(terms: Sequence[Term]) -> list[tuple[Any, Any]]:
    return [(term.content_from_ms, term.content_to_ms) for term in terms if term.content_from_ms is not None]
