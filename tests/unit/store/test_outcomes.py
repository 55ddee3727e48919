"""What became of a session at its breaks."""

from typing import Any

import pytest

from contract.store_samples import record
from playhead.store.outcomes import break_values

Ad = tuple[int | None, int | None, bool]
"""Index of its break, when it closed, whether it was completed."""


def ads(*given: Ad) -> list[dict[str, Any]]:
    """Ads in order, each of ten seconds."""
    return [
        {
            "ordinal": ordinal,
            "closedAtMs": closed_ms,
            "advertisingDetails": {"timePlayed": 10, **({"isCompleted": True} if completed else {})},
            "advertisingPodDetails": {} if index is None else {"ID": f"c_{index}", "index": index},
        }
        for ordinal, (index, closed_ms, completed) in enumerate(given, 1)
    ]


@pytest.mark.parametrize(
    ("given", "main", "expected"),
    [
        ([(0, 100, True)], [], ["left-after"]),
        ([(0, 100, True), (0, 200, False)], [], ["left-in-ad"] * 2),
        ([(0, 100, False), (0, 200, True)], [(0, 1199)], ["left-after"] * 2),
        ([(0, 300, False), (0, 200, False)], [(0, 1299)], ["left-in-ad"] * 2),
        ([(0, 100, False), (0, 200, True)], [(0, 50), (300, 1200)], ["content"] * 2),
        ([(0, 100, True), (1, 200, False)], [(0, 150)], ["next-break", "left-in-ad"]),
        ([(0, 100, True), (1, 200, False), (0, 300, True)], [], ["left-after", "next-break", "left-after"]),
        ([(0, 100, True), (None, 200, True)], [], ["left-after", None]),
        ([(0, None, False)], [(0, 5000)], ["left-in-ad"]),
    ],
)
def test_what_came_after_a_break(given: list[Ad], main: list[tuple[int, int]], expected: list[str | None]) -> None:
    """Another break, main content a second after its last close, or nothing: in an ad or after it; of every ad of it."""
    found = break_values(record(closed="end", ads=ads(*given), main_play_ms=main))
    assert expected == [one.get("break_outcome") for one in found]


def test_the_last_ad_sums_its_break() -> None:
    """Ads of one break need not follow each other; the close is the latest of all."""
    found = break_values(record(closed="end", ads=ads((0, 900, True), (1, 200, False), (0, 300, True))))
    sums = [tuple(one.get(name) for name in ("break_ads", "break_completed", "break_seconds")) for one in found]
    assert [(None, None, None), (1, 0, 10), (2, 2, 20)] == sums
    assert [900, 200, 900] == [one["break_closed_at_ms"] for one in found]
