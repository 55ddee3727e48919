"""
How many events one core takes in, each on disk before its answer: the target of docs/performance.md.

Server on core 0, players on core 1, 64 connections, loopback, all in one run: the collector of Playhead (durable); nginx
writing the body to its log and Node's bare http server appending it to a file (neither synced: a power loss takes what
they answered); and the machine's bare write and sync of 4 KiB, one after the other.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from journal import bare_disk, percentile
from load import CONNECTIONS, Measured, has_wrk, load
from playhead.base.ids import mint_session_id
from playhead.deployment.keys import Keys
from playhead.journal.log import JournalReader
from servers import DATASTREAM, collector, nginx, node

PATH = f"/ee/va/v1/ping?configId={DATASTREAM}"
SESSIONS = 256
MANY = 100


def pings(keys: Keys, events: int) -> list[bytes]:
    """Requests of so many pings each, for sessions the collector would have minted."""
    now_ms = time.time_ns() // 1_000_000
    ids = [str(mint_session_id(keys.session[0], now_ms, os.urandom(16))) for _ in range(SESSIONS)]
    moment = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    bodies = []
    for first in range(SESSIONS):
        items = [
            {
                "xdm": {
                    "eventType": "media.ping",
                    "timestamp": moment,
                    "mediaCollection": {"sessionID": ids[(first + number) % SESSIONS], "playhead": 60 + number},
                }
            }
            for number in range(events)
        ]
        bodies.append(json.dumps({"events": items}).encode())
    return bodies


def durable_records(directory: Path) -> int:
    """How many records the journal holds."""
    reader = JournalReader.open(directory)
    count = 0
    while batches := reader.read():
        count += sum(len(batch.records) for batch in batches)
    reader.close()
    return count


def line(name: str, measured: Measured, events: int, others: Iterable[Measured] = ()) -> str:
    """One row; ratios of our rate to those of the others."""
    ratios = "".join(f" {measured.rate / other.rate:6.2f}x" for other in others)
    failed = f"  {measured.failed} FAILED" if measured.failed else ""
    return (
        f"{name:38} {measured.rate:>9,.0f} req/s {measured.rate * events:>10,.0f} events/s"
        f"  p50 {measured.p50_ms:6.2f}  p99 {measured.p99_ms:6.2f} ms{ratios}{failed}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    parser.add_argument("--directory", type=Path, default=Path(), help="where the temporary files go")
    parser.add_argument("--only", action="store_true", help="Playhead alone")
    options = parser.parse_args()
    if not has_wrk():
        print("no wrk here: an asyncio client stands in and is the bottleneck; install Debian's package `wrk`")
    with tempfile.TemporaryDirectory(dir=options.directory, prefix=".bench-") as name:
        directory = Path(name).resolve()
        disk = bare_disk(directory, 1.0, preallocated=True)
        print(f"{'bare write+fdatasync of 4 KiB':38} {len(disk) / sum(disk):>9,.0f} a second {percentile(disk, 0.5) * 1e3:35.2f} {percentile(disk, 0.99) * 1e3:11.2f} ms")  # fmt: skip
        print(f"{CONNECTIONS} connections, one core; last columns: times nginx, times Node")
        for events in (1, MANY):
            with collector(directory / f"playhead{events}") as ours:
                bodies = pings(ours.keys, events)
                taken = load(directory, ours.port, PATH, bodies, options.seconds)
                kept = durable_records(ours.journal)
            if kept < taken.requests - taken.failed:
                raise RuntimeError(f"{taken.requests} answered, {kept} on disk")
            others = []
            if not options.only:
                for label, start in (
                    ("nginx, body to its log (not synced)", nginx),
                    ("Node, body to a file (not synced)", node),
                ):
                    with start(directory / f"{label[:4]}{events}") as port:
                        others.append(load(directory, port, PATH, bodies, options.seconds))
                    print(line(f"{label}", others[-1], events))
            print(line(f"Playhead, durable, {events} in events[]", taken, events, others))  # fmt: skip


if __name__ == "__main__":
    main()
