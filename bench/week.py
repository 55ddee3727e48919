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

from playhead.base.disk import Bytes
from playhead.base.ids import derive_session_id
from playhead.base.units import DAY_MS, HOUR_MS, DatastreamId, SessionId
from playhead.deployment.datastreams import DEFAULT_ORG_ID, Datastream, DatastreamFile
from playhead.deployment.keys import Keys, load_or_create_keys
from playhead.deployment.layout import Layout, hold, prepare
from playhead.journal.disk import RealDisk, RealFile
from playhead.journal.limits import JournalLimits
from playhead.journal.opening import OpenLog, open_log
from playhead.journal.spare import InlineSpares
from playhead.viewers.network import Request
from playhead.viewers.requests import STARTS, body_of, route_of
from playhead.viewers.traffic import Plan, traffic
from playhead.wire.identity import ecid_of_fpid
from playhead.wire.record import RECORD_VERSION, Minted, Record, RecordKind, encode_record
from playhead.wire.refusals import Refusal

BEGIN_MS: Final = 1_767_571_200_000
"""2026-01-05T00:00:00Z, a Monday."""

DATASTREAM: Final = DatastreamId("week")
COLLECTORS: Final = 2
BATCH_RECORDS: Final = 500
"""Many a batch: a busy collector's, so that the disk is not what is measured."""

EVENTS_A_VIEWING: Final = 108
"""About as many; the week ends when all events are written, a few hours early or late."""


class Written(Struct, frozen=True):
    """What is in the journals: events accepted (repeated ones too), sessions begun, requests refused."""

    events: int
    sessions: int
    refused: int


def write_week(root: Path, *, events: int, days: float, seed: int) -> Written:
    """
    Make a data directory with traffic in its journals.

    Args:
        root: The directory: empty, or missing.
        events: How many are accepted, exactly.
        days: Over how much virtual time, about.
        seed: The same one makes the same viewings; session ids and keys differ.

    Raises:
        DataDirectoryError, AlreadyRunningError: It is not ours to write.
    """
    layout = prepare(root)
    with hold(layout):
        keys = load_or_create_keys(layout.keys, BEGIN_MS)
        stream = Datastream(id=DATASTREAM, name="A week", created_ms=BEGIN_MS)
        DatastreamFile(layout.datastreams).create(stream)
        return _fill(layout, keys, events, days, seed)


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


class _Journal:
    """One collector's journal: records are gathered into batches."""

    def __init__(self, layout: Layout, collector: int) -> None:
        self._log: OpenLog = open_log(
            UnsyncedDisk(),
            str(layout.journal(collector)),
            BEGIN_MS,
            spares=lambda disk, path: InlineSpares(disk, path, JournalLimits()),
        )
        self._records: list[tuple[int, bytes]] = []

    def add(self, record: Record, kind: RecordKind) -> None:
        """One request, in order of arrival."""
        self._records.append((int(kind), encode_record(record)))
        if len(self._records) >= BATCH_RECORDS:
            self.flush(record.received_ms)

    def flush(self, now_ms: int) -> None:
        """Make durable what is gathered; a clock mark where there is nothing."""
        self._log.tail.write(self._records, now_ms)
        self._records = []

    def close(self) -> None:
        """Nothing follows."""
        self._log.close(sealed=True)


def _fill(layout: Layout, keys: Keys, events: int, days: float, seed: int) -> Written:
    span_ms = int(days * DAY_MS)
    plan = Plan(
        begin_ms=BEGIN_MS,
        until_ms=BEGIN_MS + 2 * span_ms,
        viewers=max(1, events // 400),
        viewings_per_s=events / EVENTS_A_VIEWING / span_ms * 1000,
        forgetting=True,
    )
    journals = [_Journal(layout, number) for number in range(COLLECTORS)]
    sessions: dict[int, SessionId] = {}
    accepted = begun = refused = now_ms = 0
    for item in traffic(plan, lambda name: random.Random(f"{seed} {name}")):
        if not isinstance(item, Request):
            sessions.pop(item.viewing, None)
            continue
        now_ms = item.at_ms
        if item.action in STARTS and item.viewing not in sessions:
            sessions[item.viewing] = _session_of(item, keys)
            begun += 1
        record = _record(item, sessions[item.viewing], keys)
        kind = RecordKind.REFUSED if item.refused else RecordKind.ACCEPTED
        journals[int(item.request_id[:2], 16) % COLLECTORS].add(record, kind)
        refused += item.refused
        accepted += not item.refused
        if accepted == events:
            break
    for journal in journals:
        journal.flush(now_ms)
        journal.flush(now_ms + HOUR_MS)  # time enough for every session to close
        journal.close()
    return Written(accepted, begun, refused)


def _session_of(request: Request, keys: Keys) -> SessionId:
    """The id that the door makes for a start (protocol.md 7.4)."""
    token = f"requestId 0 {request.request_id}" if request.client_id is None else f"_id {request.client_id}"
    return derive_session_id(keys.session[0], DATASTREAM, token, None if request.items else request.said_ms)


def _record(request: Request, session_id: SessionId, keys: Keys) -> Record:
    """What the door writes of it."""
    minted: tuple[Minted, ...] = ()
    if request.action in STARTS:
        viewer = request.viewer
        ecid = viewer.ecid or ecid_of_fpid(keys.identity, DEFAULT_ORG_ID, viewer.identity)
        minted = (Minted(0, session_id, ecid),)
    return Record(
        version=RECORD_VERSION,
        received_ms=request.at_ms,
        route=route_of(request),
        base="ee",
        datastream_id=DATASTREAM,
        request_id=request.request_id,
        body=body_of(request, session_id),
        minted=minted,
        reason=Refusal.FIELDS if request.refused else "",
        media_events=1 if request.refused else 0,
        known=request.refused,
    )


def main() -> None:
    """Write one, and say how long it took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--days", type=float, default=7)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.perf_counter()
    written = write_week(options.directory, events=options.events, days=options.days, seed=options.seed)
    took_s = time.perf_counter() - began
    sys.stdout.write(
        f"{written.events} events of {written.sessions} sessions and {written.refused} refusals"
        f" in {took_s:.1f} s, {written.events / took_s:.0f} events/s\n"
    )


if __name__ == "__main__":
    main()
