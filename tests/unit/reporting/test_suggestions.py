"""What is said of an id nobody knows."""

import pytest

from playhead.reporting.suggestions import unknown_dimension, unknown_metric


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (unknown_metric("media-start"), "there is no metric 'media-start'; did you mean 'media-starts'?"),
        (unknown_dimension("contents"), "there is no dimension 'contents'; did you mean 'content'?"),
        (unknown_metric("content"), "'content' is a dimension, not a metric"),
        (unknown_dimension("viewers"), "'viewers' is a metric, not a dimension"),
        (unknown_metric("zzzz"), "there is no metric 'zzzz'; GET /api/v1/catalogue lists them"),
        (unknown_metric(7), "must be the id of a metric, a text"),
    ],
)
def test_the_nearest_is_named(said: str, expected: str) -> None:
    """A misspelt id leads to the right one; one of the other kind is told as such."""
    assert expected == said
