"""The shape of rows."""

from typing import Any

import pytest

from playhead.base.units import SessionId
from playhead.reporting.rows import add_metadata, rfc3339, row_id


def test_row_ids_are_those_of_the_specification() -> None:
    """The vector of metrics.md 3.2."""
    expected = "33680504d4adebb9024ccb74973507c3d686664bb7eef2cfb2ff6999892610cc"
    assert expected == row_id(SessionId("S1"), "media.adStart", 2)


@pytest.mark.parametrize(
    ("at_ms", "expected"),
    [
        (1_767_232_815_002, "2026-01-01T02:00:15.002Z"),
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
    ],
)
def test_times_have_three_decimals(at_ms: int, expected: str) -> None:
    """UTC, whatever the year."""
    assert expected == rfc3339(at_ms)


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"a": "1"}, {"customMetadata": [{"name": "a", "value": "1"}]}),
        ({"_t.a.b": "1", "_t.a.c": "2"}, {"_t": {"a": {"b": "1", "c": "2"}}}),
        ({"_t.a": "1", "_t.a.b": "2"}, {"_t": {"a": "1"}, "customMetadata": [{"name": "_t.a.b", "value": "2"}]}),
        ({"_t.a.b": "1", "_t.a": "2"}, {"_t": {"a": {"b": "1"}}, "customMetadata": [{"name": "_t.a", "value": "2"}]}),
        ({"_id.x": "1"}, {"customMetadata": [{"name": "_id.x", "value": "1"}]}),
        ({"_t": "1"}, {"customMetadata": [{"name": "_t", "value": "1"}]}),
        ({"_t..a": "1"}, {"customMetadata": [{"name": "_t..a", "value": "1"}]}),
        ({"t.a": "1"}, {"customMetadata": [{"name": "t.a", "value": "1"}]}),
    ],
)
def test_metadata_go_to_their_path_or_beside(metadata: dict[str, str], expected: dict[str, Any]) -> None:
    """A tenant path is written into xdm; what has no free path is kept by name."""
    xdm: dict[str, Any] = {"_id": "r", "mediaReporting": {}}
    add_metadata(xdm, metadata)
    media = xdm.pop("mediaReporting")
    assert xdm.pop("_id") == "r"
    assert expected == {**xdm, **media}
