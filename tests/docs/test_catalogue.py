"""docs/reference/catalogue.md is made from the catalogue (`pytest tests/docs/test_catalogue.py --update-golden` renews it)."""

from pathlib import Path

import pytest

from playhead.reporting.dimensions import DIMENSIONS
from playhead.reporting.metrics import METRICS, Aggregation, Metric

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "catalogue.md"

START = """# Metrics and dimensions

Everything a report can be made of: `POST /api/v1/reports` takes the ids. This page is made from the catalogue in the code, as are the API and the console.

Sessions count once they are closed. A number is dated by the reporting row it is on: starts by the start, all else by the close of the session, the ad or the chapter.
"""


def made_of(metric: Metric) -> str:
    """What a metric is made of, in the catalogue's words."""
    if metric.aggregation is Aggregation.RATIO:
        over = f"({metric.over} - {metric.less})" if metric.less else metric.over
        return f"{over} / {metric.by}"
    state = f" of {metric.state}" if metric.state else ""
    return f"{metric.aggregation} of `{metric.field}`{state}"


def page() -> str:
    """The page as it should be."""
    lines = [
        START,
        "## Metrics",
        "",
        "| id | Name | Unit | Grain | Made of | Meaning |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| `{metric.id}` | {metric.name} | {metric.unit} | {metric.grain} | {made_of(metric)} | {metric.definition} |"
        for metric in METRICS.values()
    ]
    lines += [
        "",
        "Player states of any other name have `state:NAME:count`, `state:NAME:streams-impacted` and `state:NAME:total-duration`.",
        "",
        "## Dimensions",
        "",
        "| id | Name | Grain | Kind | Read from | Lookup | Meaning |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| `{one.id}` | {one.name} | {one.grain} | {one.kind} | {f'`{one.field}`' if one.field else ''} |"
        f" {f'by `{one.lookup}`' if one.lookup else ''} | {one.definition} |"
        for one in DIMENSIONS.values()
    ]
    lines += [
        "",
        "Custom metadata is `custom:NAME`: of an ad or a chapter its own value, else the session's.",
        "",
        "Where a [lookup](api.md#lookups) is named, what it says of the key is shown instead of what was sent; its further columns are `lookup:KEY:NAME`.",
        "",
    ]
    return "\n".join(lines)


def test_the_page_is_that_of_the_catalogue(pytestconfig: pytest.Config) -> None:
    """Every metric and dimension has its line."""
    if pytestconfig.getoption("--update-golden"):
        PAGE.write_text(page())
    assert page() == PAGE.read_text()
