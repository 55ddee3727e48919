"""
A week of traffic as a data directory, made at the speed of the machine: what `verify`, `rebuild` and reports are measured on.

    python bench/week.py DIR --events 2000000 --days 7

The journals are written by the real writer, with the records two collectors would have written; time is virtual. The
directory is one that `playhead serve --data-dir` and `playhead verify --data-dir` take.
"""

import argparse
import os
import random
import sys
import time
from pathlib import Path
from typing import Final

from msgspec import Struct

from playhead.app.past import Past
from playhead.base.disk import Bytes
from playhead.base.units import DAY_MS, HOUR_MS, DatastreamId
from playhead.deployment.datastreams import Datastream, DatastreamFile
from playhead.deployment.keys import load_or_create_keys
from playhead.deployment.layout import hold, prepare
from playhead.journal.disk import RealDisk, RealFile
from playhead.viewers.network import Request
from playhead.viewers.traffic import Plan, traffic

BEGIN_MS: Final = 1_767_571_200_000
"""2026-01-05T00:00:00Z, a Monday."""

DATASTREAM: Final = DatastreamId("week")
COLLECTORS: Final = 2
EVENTS_A_VIEWING: Final = 108
"""About as many; the week ends when all events are written, a few hours early or late."""


class Written(Struct, frozen=True):
    """What is in the journals: events accepted (repeated ones too), sessions begun, requests refused."""

    events: int
    sessions: int
    refused: int


def write_week(root: Path, *, events: int, days: float, seed: int, begin_ms: int = BEGIN_MS) -> Written:
    """
    Make a data directory with traffic in its journals.

    Args:
        root: The directory: empty, or missing.
        events: How many are accepted, exactly.
        days: Over how much virtual time, about.
        seed: The same one makes the same viewings; session ids and keys differ.
        begin_ms: When it begins, Unix ms.

    Raises:
        DataDirectoryError, AlreadyRunningError: It is not ours to write.
    """
    layout = prepare(root)
    with hold(layout):
        keys = load_or_create_keys(layout.keys, begin_ms)
        stream = Datastream(id=DATASTREAM, name="A week", created_ms=begin_ms)
        DatastreamFile(layout.datastreams).create(stream)
        past = Past(layout, keys, stream, begin_ms, UnsyncedDisk(), collectors=COLLECTORS)
        return _fill(past, events, days, seed, begin_ms)


class UnsyncedFile(RealFile):
    """Waits for nothing: after a power loss a bench begins anew."""

    def write_synced(self, offset: int, data: Bytes) -> int:
        """Written, not synced."""
        return self.write_at(offset, data)

    def sync(self) -> None:
        """Not."""


class UnsyncedDisk(RealDisk):
    """The machine's disk without the waiting."""

    def open(self, path: str, *, writable: bool = False, create: bool = False) -> UnsyncedFile:
        """As the real one."""
        flags = (os.O_RDWR if writable or create else os.O_RDONLY) | (os.O_CREAT if create else 0)
        return UnsyncedFile(os.open(path, flags | os.O_CLOEXEC, 0o600))


def _fill(past: Past, events: int, days: float, seed: int, begin_ms: int) -> Written:
    span_ms = int(days * DAY_MS)
    plan = Plan(
        begin_ms=begin_ms,
        until_ms=begin_ms + 2 * span_ms,
        viewers=max(1, events // 400),
        viewings_per_s=events / EVENTS_A_VIEWING / span_ms * 1000,
        forgetting=True,
    )
    now_ms = 0
    for item in traffic(plan, lambda name: random.Random(f"{seed} {name}")):
        past.take(item)
        if isinstance(item, Request):
            now_ms = item.at_ms
        if past.accepted == events:
            break
    past.flush(now_ms)
    past.flush(now_ms + HOUR_MS)  # time enough for every session to close
    past.close()
    return Written(past.accepted, past.begun, past.refused)


def main() -> None:
    """Write one, and say how long it took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--days", type=float, default=7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--begin-ms", type=int, default=BEGIN_MS, help="when it begins, Unix ms")
    options = parser.parse_args()
    began = time.perf_counter()
    written = write_week(
        options.directory, events=options.events, days=options.days, seed=options.seed, begin_ms=options.begin_ms
    )
    took_s = time.perf_counter() - began
    sys.stdout.write(
        f"{written.events} events of {written.sessions} sessions and {written.refused} refusals"
        f" in {took_s:.1f} s, {written.events / took_s:.0f} events/s\n"
    )


if __name__ == "__main__":
    main()
