"""The whole system under faults, from seeds: the auditor finds nothing wrong (docs/concepts/simulation.md)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from playhead.base.clock import ManualClock
from playhead.store.duck import DuckStore
from simulation.running import simulate, told

TESTS = Path(__file__).parents[1]
SEEDS = 1000
CHUNK = 25
DUCK_SEEDS = 12

FOUND = {
    29: "a queue flushed late was refused behind its first event, until the news of the reopening had come",
    161: "a processor with much waiting and a history that could not be read neither took nor committed any more",
    1285: "batches read before the disk failed at the next segment were passed over: acknowledged events never came to the store",
    39782: "a start repeated after more than a day opened its closed session again, empty",
    46066: "the same: a session closed by its age was shown as one that began days later and ended",
    47802: "the same: the record of the second life took the place of the first one's",
    43333: "the auditor called a media request wrongly refused, one of whose events alone would have been taken before its session was opened again",
}
"""Seeds that found something, and what."""


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_what_comes_of_faulty_runs_is_what_the_text_says(first: int) -> None:
    """Outcomes, rows, records, answers, balance and console are the auditor's, whatever happened."""
    failed = [told(found) for seed in range(first, first + CHUNK) if (found := simulate(seed)).complaints]
    assert [] == failed


@pytest.mark.parametrize("seed", range(5000, 5000 + DUCK_SEEDS))
def test_the_database_holds_the_same(seed: int, tmp_path: Path) -> None:
    """The same on the store of the server."""
    store = DuckStore(tmp_path / "store.duckdb", ManualClock(0))
    found = simulate(seed, store=store)
    store.close()
    assert not found.complaints, told(found)


@pytest.mark.parametrize("seed", FOUND)
def test_seeds_that_found_something_are_kept(seed: int) -> None:
    """What was wrong once stays right."""
    found = simulate(seed)
    assert not found.complaints, told(found)


def test_a_seed_is_the_same_run_everywhere() -> None:
    """Two processes whose hashes differ make the same trace."""
    code = "from simulation.running import simulate; print([simulate(seed).digest for seed in range(3000, 3012)])"
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": salt, "PYTHONPATH": str(TESTS)},
            capture_output=True, text=True, check=True,
        ).stdout
        for salt in ("1", "2")
    ]  # fmt: skip
    assert runs[0] == runs[1]
