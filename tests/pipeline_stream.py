"""Journals full of viewings, for the tests of the pipeline."""

import json
import random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from playhead.base.memory_disk import MemoryDisk
from playhead.base.settings import SessionSettings
from playhead.base.units import DatastreamId
from playhead.journal.limits import JournalLimits
from playhead.journal.log import JournalReader
from playhead.journal.opening import OpenLog, open_log
from playhead.journal.spare import InlineSpares
from playhead.store.port import JournalPosition
from playhead.wire.record import RECORD_VERSION, Minted, Record, RecordKind, encode_record

BEGIN_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""

SETTINGS = SessionSettings(idle_timeout_s=60, complete_linger_s=10, playhead_timeout_s=300)

JOURNALS = ("w00", "w01")


def settings_of(_datastream_id: DatastreamId) -> SessionSettings:
    """Short timeouts, so that a few minutes hold every way of closing."""
    return SETTINGS


def stamp(at_ms: int) -> str:
    """A time as players write it."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event(session: str, action: str, at_s: float, playhead: int, **collection: Any) -> dict[str, Any]:
    """The `xdm` of an event, `at_s` seconds after BEGIN_MS."""
    members: dict[str, Any] = {"playhead": playhead, **collection}
    if action == "sessionStart":
        members["sessionDetails"] = {
            "name": f"content {session}",
            "length": 60,
            "contentType": "VOD",
            "playerName": "p",
            "channel": "c",
        }
    else:
        members["sessionID"] = session
    return {
        "eventType": f"media.{action}",
        "timestamp": stamp(BEGIN_MS + int(at_s * 1000)),
        "mediaCollection": members,
    }


def request(received_ms: int, *events: Mapping[str, Any], session: str, request_id: str | None = None) -> Record:
    """An accepted request; the session is minted for a start in it."""
    starts = [
        number for number, xdm in enumerate(events) if xdm["eventType"] in {"media.sessionStart", "media.downloaded"}
    ]
    return Record(
        version=RECORD_VERSION,
        received_ms=received_ms,
        route="va/v1/ping",
        base="ee",
        datastream_id="ds",
        request_id=request_id,
        body=json.dumps({"events": [{"xdm": xdm} for xdm in events]}).encode(),
        minted=tuple(Minted(number, session, f"ecid of {session}") for number in starts),
    )


def refused(received_ms: int, reason: str = "EXEG-0003-400", datastream_id: str = "stranger") -> Record:
    """A refused request."""
    return Record(RECORD_VERSION, received_ms, "va/v1/ping", "ee", datastream_id, None, b"{}", reason=reason)


def viewing(session: str, start_s: float, dice: random.Random) -> list[Record]:
    """One viewing with some of everything: stragglers, repeats, ads, late flushes, every way of ending."""
    said: list[tuple[float, float, str, dict[str, Any]]] = [(0, 0, "sessionStart", {}), (0.2, 0.2, "play", {})]
    said += [(10 * n, 10 * n + dice.random(), "ping", {}) for n in range(1, dice.randrange(2, 6))]
    said += [
        (12, 12.1, "adBreakStart", {"advertisingPodDetails": {"index": 1, "offset": 12}}),
        (
            12.1,
            12.2,
            "adStart",
            {"advertisingDetails": {"name": "ad", "length": 5, "playerName": "p", "podPosition": 1}},
        ),
        (15, 15.1, dice.choice(["adComplete", "adSkip"]), {}),
        (15.1, 15.2, "adBreakComplete", {}),
        (16, 16.1, "chapterStart", {"chapterDetails": {"index": 1, "length": 9, "offset": 1, "friendlyName": "c"}}),
        (17, 17.1, "statesUpdate", {"statesStart": [{"name": "mute"}]}),
        (18, 18 + dice.choice([0, 9]), "pauseStart", {}),
        (19, 19 + dice.choice([0, 9]), "play", {}),
        (20, 20.1, "error", {"errorDetails": {"name": "E-1", "source": "player"}}),
    ]
    ending = dice.choice(["sessionEnd", "sessionComplete", "vanish", "flush", "stuck", "linger"])
    if ending in {"sessionEnd", "sessionComplete"}:
        said += [(55, 55, ending, {}), (54, 57, "ping", {}), (58, 58 + dice.choice([0, 70]), "ping", {})]
    if ending == "linger":
        said += [(55, 55, "sessionComplete", {}), (70, 70, "ping", {}), (71, 71, "sessionEnd", {})]
    if ending == "flush":
        said += [(60 + n, 200 + n, "ping", {}) for n in range(3)] + [(61.5, 400, "adSkip", {})]
    if ending == "stuck":
        said += [(60 + 20 * n, 60 + 20 * n, "ping", {}) for n in range(20)]
    records = []
    for number, (at_s, received_s, action, collection) in enumerate(sorted(said, key=lambda one: one[1])):
        playhead = min(60, int(at_s)) if ending != "stuck" or at_s < 60 else 60
        xdm = event(session, action, start_s + at_s, playhead, **collection)
        received_ms = BEGIN_MS + int((start_s + received_s) * 1000)
        records.append(request(received_ms, xdm, session=session, request_id=f"{session} {number}"))
        if dice.random() < 0.1 and action != "sessionStart":
            records.append(request(received_ms + 50, xdm, session=session, request_id=f"{session} {number}"))
    return records


def download(session: str, at_s: float) -> Record:
    """A whole offline viewing in one request."""
    items = [
        {
            "mediaEventType": f"media.{action}",
            "mediaEventTimestamp": stamp(BEGIN_MS + int((at_s - 5000 + 10 * number) * 1000)),
            "mediaCollection": {**event(session, action, 0, 10 * number)["mediaCollection"]},
        }
        for number, action in enumerate(("sessionStart", "play", "ping", "sessionComplete"))
    ]
    xdm = {"eventType": "media.downloaded", "mediaDownloadedEvents": items}
    return request(BEGIN_MS + int(at_s * 1000), xdm, session=session)


def many(sessions: int, seed: int) -> list[Record]:
    """Requests of many viewings, in order of arrival, refusals among them."""
    dice = random.Random(seed)
    records = [record for n in range(sessions) for record in viewing(f"s{n:03}", dice.random() * 120, dice)]
    records += [download(f"d{n:03}", 30 * n) for n in range(3)]
    records += [refused(BEGIN_MS + n * 7_000) for n in range(20)]
    return sorted(records, key=lambda record: record.received_ms)


LIMITS = JournalLimits(segment_bytes=1 << 16, first_segment_bytes=1 << 14)


class Journals:
    """
    Journals on a disk in memory, written by hand, followed by readers.

    Attributes:
        disk: The disk they are on.
        logs: The writing side by name.
    """

    def __init__(self, names: Iterable[str] = JOURNALS) -> None:
        self.disk = MemoryDisk()
        self.logs: dict[str, OpenLog] = {name: self.open(name) for name in names}

    def open(self, name: str) -> OpenLog:
        """Take a journal for writing; this writes its first clock mark."""
        return open_log(
            self.disk,
            f"/{name}",
            BEGIN_MS,
            spares=lambda disk, path: InlineSpares(disk, path, LIMITS),
            entropy=lambda size: (name.encode() * size)[:size],
        )

    def write(self, name: str, records: Iterable[Record], at_ms: int) -> None:
        """One durable batch; without records a clock mark."""
        self.logs[name].tail.write(
            [
                (RecordKind.REFUSED if record.reason else RecordKind.ACCEPTED, encode_record(record))
                for record in records
            ],
            at_ms,
        )

    def fill(self, records: Iterable[Record], seed: int, until_s: float = 1000, mark_every_s: int = 1) -> None:
        """Spread requests over the journals in batches, with clock marks each second or so, and seal them."""
        dice = random.Random(seed)
        waiting: dict[str, list[Record]] = {name: [] for name in self.logs}
        marked_ms = BEGIN_MS
        for record in records:
            while record.received_ms - marked_ms > mark_every_s * 1000:
                marked_ms += mark_every_s * 1000
                self._flush(waiting, marked_ms)
            name = dice.choice(list(self.logs))
            waiting[name].append(record)
            if dice.random() < 0.3:
                self._flush({name: waiting[name]}, record.received_ms)
                waiting[name] = []
        for at_s in range((marked_ms - BEGIN_MS) // 1000 + mark_every_s, int(until_s), mark_every_s):
            self._flush(waiting, BEGIN_MS + at_s * 1000)
        for log in self.logs.values():
            log.close(sealed=True)

    def _flush(self, waiting: dict[str, list[Record]], at_ms: int) -> None:
        for name, records in waiting.items():
            self.write(name, records, at_ms)
            waiting[name] = []

    def readers(self, positions: Mapping[str, JournalPosition] | None = None) -> dict[str, JournalReader]:
        """Readers that go on from positions."""
        known = positions or {}
        return {
            name: JournalReader.open(f"/{name}", known[name].offset if name in known else 0, disk=self.disk)
            for name in self.logs
        }
