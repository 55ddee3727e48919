"""
How fast the journal makes records durable, beside the bare disk in the same run.

Appends of 600 bytes by 64 callers, each with one record under way at a time, as 64 connections would have; then without
that bound, so that batches grow to what the disk likes. The bare disk writes and syncs 4 KiB at a time, into a file made
beforehand and into a growing one.
"""

import argparse
import os
import queue
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from playhead.app.clock import SteadyClock
from playhead.base.errors import OverloadedError
from playhead.journal.log import Done, JournalReader, JournalWriter

PAYLOAD = b"x" * 600
CALLERS = 64
BLOCK_BYTES = 4096


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which `part` of all lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def bare_disk(directory: Path, for_s: float, *, preallocated: bool) -> list[float]:
    """Seconds of each write and sync of one block, one after the other."""
    handle = os.open(directory / "bare", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    if preallocated:
        for offset in range(0, 64 << 20, 1 << 20):
            os.pwrite(handle, bytes(1 << 20), offset)
        os.fsync(handle)
    block, took, offset = b"x" * BLOCK_BYTES, [], 0
    end = time.perf_counter() + for_s
    while (began := time.perf_counter()) < end:
        os.pwrite(handle, block, offset)
        os.fdatasync(handle)
        took.append(time.perf_counter() - began)
        offset = (offset + BLOCK_BYTES) % (64 << 20) if preallocated else offset + BLOCK_BYTES
    os.close(handle)
    (directory / "bare").unlink()
    return took


def closed_loop(directory: Path, for_s: float) -> tuple[int, float, list[float]]:
    """64 callers, each waiting for its record: records, seconds, seconds of each."""
    told: queue.SimpleQueue[list[Done]] = queue.SimpleQueue()
    writer = JournalWriter.open(directory, SteadyClock(), deliver=lambda dones, _: told.put(list(dones)))
    took: list[float] = []

    def append() -> None:
        began = time.perf_counter()
        writer.append(1, PAYLOAD, lambda _: took.append(time.perf_counter() - began))

    began = time.perf_counter()
    for _ in range(CALLERS):
        append()
    while time.perf_counter() - began < for_s:
        for done in told.get():
            done(None)
            append()
    elapsed = time.perf_counter() - began
    writer.close()
    return len(took), elapsed, took


def open_loop(directory: Path, for_s: float) -> tuple[int, float]:
    """One caller that appends whenever there is room: records and seconds."""
    writer = JournalWriter.open(directory, SteadyClock(), deliver=lambda _dones, _failure: None)
    began = time.perf_counter()
    nothing: Done = lambda _: None  # noqa: E731
    while time.perf_counter() - began < for_s:
        try:
            for _ in range(100):
                writer.append(1, PAYLOAD, nothing)
        except OverloadedError:
            time.sleep(0.001)
    writer.close()
    return writer.stats().records, time.perf_counter() - began


def read_back(directory: Path) -> tuple[int, float]:
    """All records of a journal: how many, seconds."""
    reader = JournalReader.open(directory)
    began, records = time.perf_counter(), 0
    while batches := reader.read():
        records += sum(len(batch.records) for batch in batches)
    reader.close()
    return records, time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    parser.add_argument("--directory", type=Path, default=Path(), help="where the temporary files go")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory, prefix=".bench-") as name:
        directory = Path(name)
        ready = bare_disk(directory, options.seconds, preallocated=True)
        growing = bare_disk(directory, options.seconds, preallocated=False)
        records, elapsed, took = closed_loop(directory / "closed", options.seconds)
        flood, flood_s = open_loop(directory / "open", options.seconds)
        read, read_s = read_back(directory / "open")
    bare = len(ready) / sum(ready)
    for label, times in (
        ("bare write+fdatasync, file made ready", ready),
        ("bare write+fdatasync, growing file", growing),
    ):
        print(f"{label:44} {len(times) / sum(times):>10,.0f}/s  p50 {percentile(times, 0.5) * 1e3:6.2f} ms  p99 {percentile(times, 0.99) * 1e3:6.2f} ms")  # fmt: skip
    print(f"{'journal, 64 callers':44} {records / elapsed:>10,.0f}/s  p50 {percentile(took, 0.5) * 1e3:6.2f} ms  p99 {percentile(took, 0.99) * 1e3:6.2f} ms  {records / elapsed / bare:6.1f}x bare")  # fmt: skip
    print(f"{'journal, as fast as it takes':44} {flood / flood_s:>10,.0f}/s  {flood * len(PAYLOAD) / flood_s / 1e6:6.0f} MB/s  {flood / flood_s / bare:6.1f}x bare")  # fmt: skip
    print(f"{'journal, read back':44} {read / read_s:>10,.0f}/s  {read * len(PAYLOAD) / read_s / 1e6:6.0f} MB/s")


if __name__ == "__main__":
    main()
