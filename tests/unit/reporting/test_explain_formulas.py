"""How terms make a value."""

from collections.abc import Sequence
from typing import Any

import pytest

from playhead.reporting.explain_formulas import Formula, total_of, value_of
from playhead.reporting.explain_terms import Term, Value


def amounts(*ms: float) -> list[Term]:
    return [Term(0, 0, "", [], amount) for amount in ms]


def values(*said: Value, ms: Sequence[int] = ()) -> list[Term]:
    weights = [*ms, *[None] * len(said)]
    return [Term(0, 0, "", [], weight, value) for value, weight in zip(said, weights, strict=False)]


def pieces(*bounds: tuple[float, float]) -> list[Term]:
    return [Term(0, 0, "", [], None, None, begin, end) for begin, end in bounds]


@pytest.mark.parametrize(
    ("formula", "terms", "parts", "expected"),
    [
        (Formula.SECONDS, amounts(1499, 1000), {}, 2),
        (Formula.SECONDS, amounts(1500, 1000), {}, 3),
        (Formula.UNION, pieces((0, 10_000), (5000, 15_000), (20_000, 20_500)), {}, 16),
        (Formula.RATIO, amounts(48_000), {"length": 100}, 0.48),
        (Formula.RATIO, amounts(48_000), {"length": 0}, None),
        (Formula.STREAMS, amounts(1_799_000), {}, 1),
        (Formula.STREAMS, amounts(1_800_000), {}, 2),
        (Formula.COUNT, amounts(1, 1), {}, 2),
        (Formula.FLAG, amounts(1), {}, True),
        (Formula.UNLESS, [], {}, True),
        (Formula.MARKER, pieces((0, 2000)), {"length": 20, "percent": 10}, True),
        (Formula.MARKER, pieces((0, 1999)), {"length": 20, "percent": 10}, False),
        (Formula.SEGMENT, pieces((60_000, 130_000), (15_000, 20_000)), {}, "[0-3]"),
        (Formula.SEGMENT, pieces((60_000, 60_000)), {}, "[1-2]"),
        (Formula.MEAN, values(800.0, 1600.0, ms=(10_000, 30_000)), {}, 1400),
        (Formula.MEAN, values(800.0, 35.0, ms=(0, 0)), {}, 35),
        (Formula.BUCKET, values(1399.5, ms=(1,)), {}, "1400-1499"),
        (Formula.BUCKET, values(0.25, ms=(1,)), {}, None),
        (Formula.LAST, values(3, 7, 4.5), {}, 5),
        (Formula.LAST_SECONDS, values(9000, 1499), {}, 1),
        (Formula.LAST_SECONDS, values(float("inf")), {}, None),
        (Formula.DISTINCT, values("b", "a", "b"), {}, ["b", "a"]),
        (Formula.VALUE, values("VOD"), {}, "VOD"),
        (Formula.NAME, [], {"name": "VA API Sample Player", "index": 2}, "cc80e8d564c18a8365efb04ecedce221_2"),
    ],
)
def test_terms_make_a_value(formula: Formula, terms: list[Term], parts: dict[str, Any], expected: Value) -> None:
    """Each formula by an example of the metrics specification where it has one."""
    value = value_of(formula, terms, parts, always=True)
    assert (expected, type(expected)) == (value, type(value))


@pytest.mark.parametrize("formula", set(Formula) - {Formula.UNLESS, Formula.STREAMS, Formula.NAME})
def test_no_terms_make_no_value(formula: Formula) -> None:
    """0, false and nothing are absent unless they are always written."""
    assert value_of(formula, [], {"length": 60, "percent": 10}, always=False) is None


def test_total_is_before_rounding() -> None:
    """What rounding took away can be seen."""
    assert (2499, 15_500, 2) == (
        total_of(Formula.SECONDS, amounts(1499, 1000), {}),
        total_of(Formula.UNION, pieces((0, 10_000), (5000, 15_500)), {}),
        total_of(Formula.COUNT, amounts(1, 1), {}),
    )
    assert total_of(Formula.FLAG, amounts(1), {}) is None
