"""
How long a start takes with many sessions open, and what keeping them as they are costs while running.

Many sessions in step, a ping each every ten seconds, from a journal that is made up as it is read, through a worker into
a store on disk. The process dies between two snapshots; the next has the files as they are then. Before: no snapshots,
every delivery of an open session is taken again. The reference of the same run is the bare database reading the rows that
the start must read. Seconds of the processor stand in brackets: on a busy machine they are the better number. 10,000 and 100,000 sessions; others as arguments.
"""

import argparse
import gc
import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from math import inf
from pathlib import Path
from typing import Any, NamedTuple, cast

import duckdb

from playhead.base.clock import ManualClock
from playhead.base.settings import DEFAULT_SETTINGS
from playhead.journal.frame import Batch
from playhead.journal.log import JournalReader
from playhead.pipeline.stats import WRITE_BOUNDS_S
from playhead.pipeline.worker import DEFAULT_LIMITS, Worker, WorkerLimits
from playhead.reporting.reporter import SNAPSHOT_FORM
from playhead.store.duck import DuckStore
from playhead.wire.record import RECORD_VERSION, Minted, Record, RecordKind, encode_record

BEGIN_MS = 1_767_232_800_000
PING_S = 10
BATCHES_A_SECOND = 10

SNAPSHOTS = """
    SELECT session_id, wake_ms, body FROM kept.snapshot
    WHERE rowid IN (SELECT max(rowid) FROM kept.snapshot GROUP BY session_id)
"""
REST = """
    SELECT event.* FROM kept.event
    LEFT JOIN (SELECT session_id, max(sequence) AS covered FROM kept.snapshot GROUP BY session_id) USING (session_id)
    WHERE event.sequence > coalesce(covered, 0)
"""


class Watch(NamedTuple):
    """Seconds of the wall clock, and of the processors this process had."""

    wall_s: float
    cpu_s: float

    def since(self, other: "Watch") -> "Watch":
        """What passed."""
        return Watch(self.wall_s - other.wall_s, self.cpu_s - other.cpu_s)

    def plus(self, other: "Watch") -> "Watch":
        """Both."""
        return Watch(self.wall_s + other.wall_s, self.cpu_s + other.cpu_s)

    def __str__(self) -> str:
        """Both, the second in brackets."""
        return f"{self.wall_s:.2f} s ({self.cpu_s:.2f})"


def watch() -> Watch:
    """Now."""
    return Watch(time.perf_counter(), time.process_time())


class Stream:
    """
    The journal of an audience, made up as it is read: the reading side of `JournalReader`. A position is a batch number.

    Attributes:
        position: The next batch.
        durable_position: Batches there are.
        spent: What making them up took, for the numbers to leave it out.
    """

    log_id = b"bench"
    sealed = False

    def __init__(self, sessions: int, position: int, until: int) -> None:
        self.position, self.durable_position = position, until
        self.spent = Watch(0, 0)
        self._sessions = sessions

    def read(self, _bytes_max: int) -> list[Batch]:
        """The next batch."""
        if self.position >= self.durable_position:
            return []
        number = self.position
        self.position += 1
        since = watch()
        batch = Batch(at_of(number), number + 1, self._records(number), number, at_of(number - 1))
        self.spent = self.spent.plus(watch().since(since))
        return [batch]

    def wait_hint_s(self) -> float:
        """Not at all."""
        return 0.0

    def _records(self, number: int) -> list[tuple[int, bytes]]:
        """Of the sessions whose turn it is: a start the first time, then pings."""
        turn, every = divmod(number, PING_S * BATCHES_A_SECOND)
        at_ms = at_of(number)
        return [
            (RecordKind.ACCEPTED, encode_record(self._record(session, turn, at_ms)))
            for session in range(every, self._sessions, PING_S * BATCHES_A_SECOND)
        ]

    def _record(self, session: int, turn: int, at_ms: int) -> Record:
        name = f"{session:064x}"
        collection: dict[str, Any] = {"playhead": turn * PING_S, "sessionID": name}
        kind = "play" if turn == 1 else "ping"
        if not turn:
            kind = "sessionStart"
            details = {
                "name": f"content {session % 500}",
                "friendlyName": "A film",
                "length": 3600,
                "contentType": "VOD",
            }
            collection = {"playhead": 0, "sessionDetails": {**details, "playerName": "bench", "channel": "bench"}}
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at_ms // 1000)) + f".{at_ms % 1000:03}Z"
        xdm = {"eventType": f"media.{kind}", "timestamp": stamp, "mediaCollection": collection}
        minted = () if turn else (Minted(0, name, f"{session:038}"),)
        return Record(
            RECORD_VERSION, at_ms, f"va/v1/{kind}", "ee", "bench", f"{session}-{turn}",
            json.dumps({"events": [{"xdm": xdm}]}).encode(), minted=minted,
        )  # fmt: skip


def at_of(number: int) -> int:
    """When a batch was written, Unix ms."""
    return BEGIN_MS + number * 1000 // BATCHES_A_SECOND


def worker(store: DuckStore, stream: Stream, every_s: float) -> Worker:
    """One that goes on where the store is."""
    readers = cast("Mapping[str, JournalReader]", {"w00": stream})
    limits = WorkerLimits(snapshot_every_s=every_s)
    return Worker(readers, lambda _: DEFAULT_SETTINGS, store, ManualClock(0), server_version="bench", limits=limits)


def work(one: Worker) -> None:
    """Take and commit all there is, as a worker that is not going to stop."""
    while one.step() or one.stats().waiting_outputs:
        pass


def bare(path: Path) -> Watch:
    """In how long the database reads what a start must read, and nothing is made of it."""
    began = watch()
    with duckdb.connect(str(path), read_only=True) as connection:
        for sql in (SNAPSHOTS, REST):
            connection.execute(sql)
            while connection.fetchmany(2_000):
                pass
    return watch().since(began)


def measure(directory: Path, sessions: int, for_s: int, every_s: float) -> Iterator[str]:
    """Run for a while, die, start again, a line each."""
    path = directory / "run" / "playhead.duckdb"
    path.parent.mkdir(parents=True)
    store = DuckStore(path, ManualClock(0))
    stream = Stream(sessions, 0, for_s * BATCHES_A_SECOND)
    running = worker(store, stream, every_s)
    began = watch()
    work(running)
    took = watch().since(began).since(stream.spent)
    events, stats = store.position().sequence, running.stats()
    slowest_s = max(bound for bound, count in zip((*WRITE_BOUNDS_S, inf), stats.write_counts, strict=True) if count)
    yield f"{events:,} events, {events / took.wall_s:,.0f} a second, {events / took.cpu_s:,.0f} a second of processor"
    yield f"{stats.commits} commits, {stats.write_total_s / stats.commits * 1000:.0f} ms each, all within {slowest_s} s"
    shutil.copytree(path.parent, directory / "killed")
    store.close()
    del running
    shutil.rmtree(path.parent)
    gc.collect()
    path = directory / "killed" / "playhead.duckdb"
    began = watch()
    store = DuckStore(path, ManualClock(0))
    opened = watch().since(began)
    stream = Stream(sessions, for_s * BATCHES_A_SECOND, for_s * BATCHES_A_SECOND)
    again = worker(store, stream, every_s)
    able = watch().since(began)
    yield f"{again.stats().open_sessions:,} sessions are open again"
    form = SNAPSHOT_FORM if every_s < inf else ""
    kept, rest = sum(1 for _ in store.snapshots(form)), sum(1 for _ in store.unfinished(form))
    late_s = 1 + int(able.wall_s)
    stream.durable_position += late_s * BATCHES_A_SECOND
    began = watch()
    work(again)
    caught = able.plus(watch().since(began).since(stream.spent))
    yield f"started from {kept:,} snapshots and {rest:,} deliveries; the file has {store.size_bytes() / 1e6:,.0f} MB"
    yield f"open after {opened}, able to take after {able}, caught up with {late_s} s of events after {caught}"
    store.close()
    yield f"the bare database reads these rows in {bare(path)}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sessions", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--seconds", type=int, default=60, help="how long they run before the start")
    parser.add_argument("--every", type=float, nargs="*", default=[DEFAULT_LIMITS.snapshot_every_s, inf])
    asked = parser.parse_args()
    for sessions in asked.sessions:
        for every_s in asked.every:
            print(f"{sessions:,} open sessions for {asked.seconds} s, snapshots every {every_s} s", flush=True)
            with tempfile.TemporaryDirectory() as directory:
                for line in measure(Path(directory), sessions, asked.seconds, every_s):
                    print(f"  {line}", flush=True)


if __name__ == "__main__":
    main()
