"""`make simulate`: many seeds over all processors, or one with all it did."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from simulation.faults import Fault
from simulation.running import simulate, told

CHUNK = 50
FAILURES_MAX = 10


def chunk(first: int, count: int, without: tuple[Fault, ...]) -> tuple[int, int, list[str]]:
    """Some seeds in a row: how many, how many requests, what failed in words."""
    events = 0
    failed = []
    for seed in range(first, first + count):
        found = simulate(seed, without)
        events += found.events
        if found.complaints:
            failed.append(told(found))
    return count, events, failed


def many(first: int, count: int, workers: int, without: tuple[Fault, ...]) -> int:
    """All the seeds from `first` on; exit status."""
    begun_s = time.perf_counter()
    done = events = failures = 0
    firsts = list(range(first, first + count, CHUNK))
    with ProcessPoolExecutor(workers) as pool:
        results = pool.map(chunk, firsts, [min(CHUNK, first + count - at) for at in firsts], [without] * len(firsts))
        for seeds, came, failed in _until_enough(results):
            done, events, failures = done + seeds, events + came, failures + len(failed)
            for text in failed:
                print(f"\n{text}", flush=True)
            rate = done / (time.perf_counter() - begun_s)
            end = "\r" if sys.stdout.isatty() else "\n"
            if end == "\r" or done % (20 * CHUNK) == 0 or done == count:
                print(
                    f"{done} of {count} seeds, {events} requests, {failures} failed, {rate:.0f} seeds/s",
                    end=end,
                    flush=True,
                )
        pool.shutdown(cancel_futures=True)
    print()
    return int(failures > 0)


def _until_enough(results: Iterator[tuple[int, int, list[str]]]) -> Iterator[tuple[int, int, list[str]]]:
    failures = 0
    for result in results:
        yield result
        failures += len(result[2])
        if failures >= FAILURES_MAX:
            print(f"\nstopped after {failures} failures", flush=True)
            return


def one(seed: int, without: tuple[Fault, ...]) -> int:
    """One seed with its trace; exit status."""
    found = simulate(seed, without)
    print("\n".join(found.lines))
    print(f"trace {found.digest}, {found.events} requests")
    print(told(found) if found.complaints else "all is as it must be")
    return int(bool(found.complaints))


def main() -> int:
    """Read the options; exit status."""
    parser = argparse.ArgumentParser(prog="make simulate")
    parser.add_argument("--seed", type=int, help="run this one and show what happened")
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="from which on")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--without", type=Fault, nargs="*", default=(), metavar="FAULT", help=f"of {', '.join(Fault)}")
    options = parser.parse_args()
    without = tuple(options.without)
    if options.seed is not None:
        return one(options.seed, without)
    return many(options.first, options.seeds, options.workers, without)


if __name__ == "__main__":
    sys.exit(main())
