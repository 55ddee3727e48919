"""The auditor can fail: mistakes planted into the system are found, each by a seed that is all right without it."""

from collections.abc import Callable, Mapping

import pytest

from simulation.bugs import BUGS, full_and_stuck, half_a_reading_lost, retractions_ignored
from simulation.running import simulate, told

SEEDS_MAX = 100
"""So many seeds find any of them."""

RARE: Mapping[Callable[[pytest.MonkeyPatch], None], int] = {
    retractions_ignored: 246,
    full_and_stuck: 161,
    half_a_reading_lost: 1285,
}
"""Those that need a rare mixture of faults, and a seed that has it."""


def seeds(bug: Callable[[pytest.MonkeyPatch], None]) -> range:
    """Where a bug is looked for."""
    first = RARE.get(bug)
    return range(SEEDS_MAX) if first is None else range(first, first + 1)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_found(bug: Callable[[pytest.MonkeyPatch], None]) -> None:
    """Some seed finds it, and finds nothing where it is not planted."""
    with pytest.MonkeyPatch.context() as patch:
        bug(patch)
        found = next((seed for seed in seeds(bug) if simulate(seed).complaints), None)
    assert found is not None, "the auditor sees nothing"
    unplanted = simulate(found)
    assert not unplanted.complaints, told(unplanted)
