"""Questions about many sessions, judged."""

from typing import Any

import pytest

from playhead.base.errors import QuestionError
from playhead.base.units import DAY_MS
from playhead.reporting.dimensions import DIMENSIONS, Bucket
from playhead.reporting.metrics import METRICS
from playhead.reporting.report import (
    Asked,
    Period,
    Report,
    Sort,
    bases_of,
    bucket_of,
    custom_name,
    dimensions_of,
    metrics_of,
    period_of,
    refuse_without_meaning,
    report_of,
    too_many,
)

DAY = Period(0, DAY_MS)


def judged(**question: Any) -> Report:
    """A question, judged."""
    return report_of(Asked(**{"from_": "", "until": "", **question}), DAY, None, 0)


def test_a_question_becomes_a_plan() -> None:
    """Ids become what they stand for."""
    plan = judged(metrics=["media-starts"], dimensions=["content"], granularity="hour", limit=7)
    assert (METRICS["media-starts"],) == plan.metrics
    assert (DIMENSIONS["content"],) == plan.dimensions
    assert (Bucket.HOUR, 7, DAY) == (plan.granularity, plan.limit, plan.period)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"dimensions": ["content"]}, (Sort(1, descending=True),)),
        ({"granularity": "day"}, (Sort(0, descending=False), Sort(1, descending=True))),
        ({"dimensions": ["day", "show"]}, (Sort(0, descending=False), Sort(1, descending=False))),
        ({"dimensions": ["content"], "sort": "-content"}, (Sort(0, descending=True),)),
        (
            {"granularity": "day", "sort": ["-time", "media-starts"]},
            (Sort(0, descending=True), Sort(1, descending=False)),
        ),
        ({"dimensions": ["errors"], "sort": "dimension:errors"}, (Sort(0, descending=False),)),
    ],
)
def test_sorting(question: dict[str, Any], expected: tuple[Sort, ...]) -> None:
    """By time, then by the first metric, largest first; or as asked for."""
    assert expected == judged(metrics=["media-starts"], **question).sort


def test_a_word_that_is_both_sorts_as_the_metric() -> None:
    """`metric:` and `dimension:` tell the two namespaces apart."""
    question: dict[str, Any] = {"metrics": ["time-to-start"], "dimensions": ["time-to-start"]}
    assert (Sort(1, descending=False),) == judged(**question, sort="time-to-start").sort
    assert (Sort(0, descending=False),) == judged(**question, sort="dimension:time-to-start").sort


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ({"metrics": []}, "metrics"),
        ({"metrics": ["media-starts"] * 51}, "metrics"),
        ({"metrics": ["media-starts", "x"]}, "metrics[1]"),
        ({"metrics": ["media-starts", "media-starts"]}, "metrics[1]"),
        ({"dimensions": ["content", "x"]}, "dimensions[1]"),
        ({"dimensions": ["content", "content"]}, "dimensions[1]"),
        ({"dimensions": ["content", "show", "season"]}, "dimensions"),
        ({"dimensions": ["advertiser"]}, "dimensions[0]"),
        ({"metrics": ["chapter-starts"], "dimensions": ["advertiser"]}, "dimensions[0]"),
        ({"metrics": ["viewers"], "dimensions": ["advertiser", "chapter"]}, "dimensions[1]"),
        ({"metrics": ["avg-ads-per-media-stream"], "dimensions": ["advertiser"]}, "dimensions[0]"),
        ({"granularity": "year"}, "granularity"),
        ({"granularity": "hour", "dimensions": ["day"]}, "granularity"),
        ({"limit": 0}, "limit"),
        ({"limit": 50_001}, "limit"),
        ({"sort": "content"}, "sort"),
        ({"segment": {}}, "segment"),
    ],
)
def test_what_has_no_meaning_is_refused_with_its_place(question: dict[str, Any], path: str) -> None:
    """The place says which part is wrong."""
    with pytest.raises(QuestionError) as wrong:
        judged(**{"metrics": ["media-starts"], **question})
    assert path == wrong.value.path


def test_viewers_are_told_apart_by_anything() -> None:
    """Persons are counted among the ads, chapters or states a dimension is of."""
    for name in ("advertiser", "chapter", "player-state", "content"):
        refuse_without_meaning(metrics_of(["viewers"]), dimensions_of([name]))


def test_a_range_has_an_end() -> None:
    """A range that would give too many rows is refused, as is an empty one."""
    assert too_many(Bucket.MINUTE, Period(0, 36 * DAY_MS))
    assert not too_many(Bucket.MINUTE, Period(0, 34 * DAY_MS))
    with pytest.raises(QuestionError):
        report_of(Asked(from_="", until="", metrics=["viewers"], granularity="minute"), Period(0, 36 * DAY_MS), None, 0)
    with pytest.raises(QuestionError):
        period_of(5, 5)
    with pytest.raises(QuestionError):
        period_of(0, 3700 * DAY_MS)


def test_two_ranges_share_no_days() -> None:
    """A dimension of days cannot be compared; a granularity can, place by place."""
    with pytest.raises(QuestionError) as wrong:
        report_of(Asked(from_="", until="", metrics=["viewers"], dimensions=["day"]), DAY, DAY, 0)
    assert "compare" == wrong.value.path


def test_a_ratio_has_two_or_three_bases() -> None:
    """What is divided, what is taken away first, and what it is divided by."""
    assert (METRICS["media-starts"], METRICS["content-starts"]) == bases_of(METRICS["pre-roll-drop-rate"])
    assert (METRICS["viewers"],) == bases_of(METRICS["viewers"])


def test_words() -> None:
    """Stretches and custom metadata by name."""
    assert Bucket.MINUTES_5 is bucket_of("5-minutes")
    [custom] = dimensions_of(["custom:team"])
    assert ["team", None] == [custom_name(custom), custom_name(DIMENSIONS["show"])]
