"""What to say of an id nobody knows: the nearest one that exists."""

from collections.abc import Iterable
from difflib import get_close_matches

from playhead.reporting.dimensions import DIMENSIONS
from playhead.reporting.metrics import METRICS


def unknown_metric(name: object) -> str:
    """A sentence about a metric that does not exist."""
    return _unknown(name, "metric", METRICS, DIMENSIONS, "dimension")


def unknown_dimension(name: object) -> str:
    """A sentence about a dimension that does not exist."""
    return _unknown(name, "dimension", DIMENSIONS, METRICS, "metric")


def _unknown(name: object, what: str, known: Iterable[str], others: Iterable[str], other: str) -> str:
    if not isinstance(name, str):
        return f"must be the id of a {what}, a text"
    if name in set(others):
        return f"{name!r} is a {other}, not a {what}"
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "; GET /api/v1/catalogue lists them"
    return f"there is no {what} {name!r}{hint}"
