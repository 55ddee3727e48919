"""The catalogue of metrics."""

import pytest

from playhead.reporting.metrics import METRICS, STANDARD_STATES, Aggregation, Grain, metric_of


def test_ratios_are_made_of_metrics_that_exist() -> None:
    """Both sides of every quotient are metrics that are no quotients themselves."""
    named = {one for metric in METRICS.values() for one in (metric.over, metric.less, metric.by) if one}
    assert {name for name in named if METRICS[name].aggregation is Aggregation.RATIO} == set()
    assert {
        metric.id for metric in METRICS.values() if metric.aggregation is Aggregation.RATIO and not metric.by
    } == set()


def test_further_aggregations_end_in_their_names() -> None:
    """A metric with several aggregations is its first; the others are the same id with a suffix."""
    assert Aggregation.SUM == METRICS["time-to-start"].aggregation
    assert Aggregation.MEAN == METRICS["time-to-start.mean"].aggregation
    assert Aggregation.MEAN == METRICS["average-bitrate"].aggregation
    assert Aggregation.SUM == METRICS["average-bitrate.sum"].aggregation
    assert Aggregation.P95 == METRICS["average-bitrate.p95"].aggregation
    assert Aggregation.MEAN == METRICS["session-server-timeout.mean"].aggregation


@pytest.mark.parametrize("word", STANDARD_STATES)
def test_every_standard_state_has_its_three_metrics(word: str) -> None:
    """Count, streams impacted and total duration, of the state's name as it is written on rows."""
    found = [METRICS[f"{word}-{what}"] for what in ("count", "streams-impacted", "total-duration")]
    assert {(Grain.STATE, STANDARD_STATES[word][0])} == {(metric.grain, metric.state) for metric in found}


def test_other_states_have_the_same_under_their_own_name() -> None:
    """A state of any name, colons included, has three metrics; anything else under that prefix is none."""
    metric = metric_of("state:my:state:total-duration")
    assert metric is not None
    assert ("my:state", "states.time") == (metric.state, metric.field)
    assert [None, None, None] == [metric_of(name) for name in ("state:x", "state::count", "state:x:sum")]


def test_every_metric_says_what_it_is() -> None:
    """Name and definition, one sentence each; ids once."""
    assert [] == [metric.id for metric in METRICS.values() if not metric.name or not metric.definition.endswith(".")]
    assert [] == [name for name, metric in METRICS.items() if name != metric.id]
