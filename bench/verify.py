"""
`playhead verify` on a week of traffic: how long it takes, how much memory, and whether it finds one byte and one cell.

    python bench/verify.py --events 2000000 [--directory DIR]

The reference of the same run is the processor that made the store: what verify does is at least as much, done again.
A directory that is there already, with its store, is used as it is.
"""

import argparse
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from playhead import __version__
from playhead.app.clock import SystemClock
from playhead.app.settings import Settings
from playhead.app.verify import Flaw, Step, Verdict, verify
from playhead.base.settings import DEFAULT_SETTINGS
from playhead.deployment.layout import Layout, find
from playhead.journal.log import JournalReader
from playhead.pipeline.balance import sum_of
from playhead.pipeline.worker import Worker
from playhead.store.audit import Difference
from playhead.store.duck import DuckStore
from week import write_week

EVER_S = 1e9


def measured(what: str, work: Callable[[], object]) -> tuple[float, float]:
    """Do it, and say how long it took: seconds of wall clock and of processor time."""
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    work()
    took_s, took_cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    say(f"{what}: {took_s:.1f} s, {took_cpu_s:.1f} s of processor time")
    return took_s, took_cpu_s


def say(text: str) -> None:
    """A line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def process(layout: Layout) -> None:
    """What the processor of a server does with the journals."""
    store = DuckStore(layout.store, SystemClock())
    readers = {path.name: JournalReader.open(path) for path in layout.existing_journals()}
    worker = Worker(readers, lambda _: DEFAULT_SETTINGS, store, SystemClock(), server_version=__version__)
    if not worker.catch_up(EVER_S):
        sys.exit("not all was processed")
    store.close()


def check(layout: Layout, expected: int | None = 0) -> tuple[Verdict, list[Flaw | Difference]]:
    """Verify, and say how long each step took; ends the run if there are not as many findings as expected (None: some)."""
    found: list[Flaw | Difference] = []
    begun: dict[str, float] = {}

    def on_step(step: Step) -> None:
        if step.doing not in begun:
            begun[step.doing] = time.perf_counter()

    verdict = verify(layout, Settings(), on_finding=found.append, on_step=on_step)
    times = [*begun.values(), time.perf_counter()]
    for name, start_s, end_s in zip(begun, times, times[1:], strict=False):
        say(f"  {name}: {end_s - start_s:.1f} s")
    if (expected is None and not found) or (expected is not None and len(found) != expected):
        sys.exit(f"not what was expected: {found[:5]}")
    for one in found[:3]:
        say(f"  found: {str(one)[:300]}")
    return verdict, found


def spoil_byte(layout: Layout, dice: random.Random) -> tuple[Path, int]:
    """Change one bit of one byte in the used part of a journal; which."""
    path = dice.choice(sorted(layout.journals.glob("*/*.seg")))
    with path.open("r+b") as file:
        used = len(file.read().rstrip(b"\0"))
        offset = dice.randrange(used)
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1 << dice.randrange(8)]))
    return path, offset


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--directory", type=Path)
    options = parser.parse_args()
    dice = random.Random(1)
    with tempfile.TemporaryDirectory() as temporary:
        root: Path = options.directory or Path(temporary) / "week"
        if not root.exists():
            measured("writing the journals", lambda: write_week(root, events=options.events, days=7, seed=1))
        layout = find(root)
        processed_cpu_s = 0.0
        if not layout.store.exists():
            _, processed_cpu_s = measured("processing them", lambda: process(layout))
        before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        verdicts: list[Verdict] = []
        took_s, took_cpu_s = measured("verify", lambda: verdicts.append(check(layout)[0]))
        total = sum_of(verdicts[0].sheet.values())
        say(
            f"{total.received} events, {verdicts[0].journal_bytes / 1e6:.0f} MB of journals, "
            f"{layout.store.stat().st_size / 1e6:.0f} MB of store: {total.received / took_s:.0f} events/s, "
            f"{took_cpu_s / processed_cpu_s if processed_cpu_s else 0:.2f} times the processor's time, "
            f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB (before: {before_kb / 1024:.0f})"
        )
        with duckdb.connect(str(layout.store)) as store:
            one = "(SELECT max(session_id) FROM kept.session WHERE time_played > 0)"
            store.execute(f"UPDATE kept.session SET time_played = time_played + 1 WHERE session_id = {one}")
        measured("verify with one cell changed", lambda: check(layout, 1))
        with duckdb.connect(str(layout.store)) as store:
            store.execute(f"UPDATE kept.session SET time_played = time_played - 1 WHERE session_id = {one}")
        path, offset = spoil_byte(layout, dice)
        say(f"changing a bit of byte {offset} of {path.parent.name}/{path.name}")
        measured("verify with one bit changed", lambda: check(layout, None))


if __name__ == "__main__":
    main()
