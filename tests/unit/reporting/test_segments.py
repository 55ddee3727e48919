"""Segments as they are asked for."""

from typing import Any

import pytest

from playhead.base.errors import QuestionError
from playhead.reporting.dimensions import DIMENSIONS
from playhead.reporting.metrics import METRICS
from playhead.reporting.segments import DEPTH_MAX, All, Any_, Condition, Not, ads_of, segment_of

LEAF = {"dimension": "content", "op": "=", "value": "x"}


def test_conditions_nest() -> None:
    """all, any and not hold conditions on dimensions and metrics."""
    given = {"all": [LEAF, {"any": [{"metric": "ad-starts", "op": ">", "value": 1}]}, {"not": LEAF}]}
    content = Condition(DIMENSIONS["content"], "=", ("x",))
    ads = Condition(METRICS["ad-starts"], ">", (1,))
    assert All((content, Any_((ads,)), Not(content))) == segment_of(given)


def test_exists_needs_no_value() -> None:
    """Without a value it asks for one to be there."""
    assert Condition(DIMENSIONS["show"], "exists", (True,)) == segment_of({"dimension": "show", "op": "exists"})


def _deep(levels: int) -> dict[str, Any]:
    segment: dict[str, Any] = LEAF
    for _ in range(levels):
        segment = {"not": segment}
    return segment


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ([], "segment"),
        ({"all": LEAF}, "segment.all"),
        ({"all": [LEAF, 7]}, "segment.all[1]"),
        ({"all": [], "any": []}, "segment.any"),
        ({"not": {"any": ["x"]}}, "segment.not.any[0]"),
        ({"op": "=", "value": 1}, "segment"),
        ({**LEAF, "metric": "ad-starts"}, "segment"),
        ({**LEAF, "x": 1}, "segment.x"),
        ({**LEAF, "op": "=="}, "segment.op"),
        ({**LEAF, "dimension": "contents"}, "segment.dimension"),
        ({**LEAF, "dimension": "media-path"}, "segment.dimension"),
        ({**LEAF, "dimension": "day"}, "segment.dimension"),
        ({**LEAF, "value": None}, "segment.value"),
        ({**LEAF, "value": "x" * 1001}, "segment.value"),
        ({**LEAF, "op": "in"}, "segment.value"),
        ({**LEAF, "op": "in", "value": []}, "segment.value"),
        ({**LEAF, "op": "in", "value": ["a", {}]}, "segment.value[1]"),
        ({**LEAF, "op": "in", "value": ["a"] * 1001}, "segment.value"),
        ({**LEAF, "op": "exists", "value": "yes"}, "segment.value"),
        ({**LEAF, "op": "contains", "value": 1}, "segment.value"),
        ({"metric": "viewers", "op": ">", "value": 1}, "segment.metric"),
        ({"metric": "ad-start", "op": ">", "value": 1}, "segment.metric"),
        ({"metric": "ad-starts", "op": ">", "value": "1"}, "segment.value"),
        ({"metric": "ad-starts", "op": "contains", "value": "1"}, "segment.op"),
        ({"all": [LEAF] * 101}, "segment.all[100]"),
        (_deep(DEPTH_MAX), "segment" + ".not" * DEPTH_MAX),
    ],
)
def test_what_has_no_meaning_is_refused_with_its_place(given: object, path: str) -> None:
    """The place says which part is wrong."""
    with pytest.raises(QuestionError) as wrong:
        segment_of(given)
    assert path == wrong.value.path


def test_which_ads_count_is_said_by_what_ads_have() -> None:
    """Conditions on dimensions of ads nest as those of segments do; what is of a session, or a number, is refused with its place."""
    of_ads = {"dimension": "advertiser", "op": "=", "value": "x"}
    assert All((Not(Condition(DIMENSIONS["advertiser"], "=", ("x",))),)) == ads_of({"all": [{"not": of_ads}]})
    for wrong in (LEAF, {"metric": "ad-starts", "op": ">", "value": 1}, {"dimension": "custom:a", "op": "exists"}):
        with pytest.raises(QuestionError) as refused:
            ads_of({"any": [of_ads, wrong]})
        assert "ads.any[1]" == refused.value.path
