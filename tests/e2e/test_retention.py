"""Old data leaves a real server: the disk comes back, and what is young or open stays."""

import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from e2e.conftest import Server
from e2e.test_serve import until
from playhead.base.clock import ManualClock
from playhead.base.units import DAY_MS, HOUR_MS
from playhead.deployment.layout import Layout, prepare
from playhead.journal.log import JournalWriter
from playhead.wire.record import RECORD_VERSION, Minted, Record, RecordKind, encode_record

pytestmark = pytest.mark.e2e

VIEWINGS = 1_500
"""On one day: a few megabytes of journal."""

DETAILS = {"name": "v", "length": 60, "contentType": "vod", "channel": "c", "playerName": "p"}


def keep(layout: Layout, now_ms: int, payloads: Iterable[bytes]) -> None:
    """What a collector with another idea of the time does: keep records, then end in order."""
    writer = JournalWriter.open(layout.journal(0), ManualClock(now_ms))
    durable = threading.Semaphore(0)
    appended = 0
    for payload in payloads:
        writer.append(int(RecordKind.ACCEPTED), payload, lambda _: durable.release())
        appended += 1
    for _ in range(appended):
        assert durable.acquire(timeout=60)
    writer.close()


def viewings(prefix: str, count: int, now_ms: int) -> Iterator[bytes]:
    """Starts and pings of sessions nobody ends."""
    for number in range(count):
        name = f"{prefix}{number:063x}"
        members: dict[str, Any] = {"sessionDetails": DETAILS, "customMetadata": {"text": "x" * 1_000}}
        for action, more in (("sessionStart", members), ("ping", {"sessionID": name})):
            xdm = {"eventType": f"media.{action}", "mediaCollection": {"playhead": 0, **more}}
            minted = (Minted(0, name, "e" * 38),) if action == "sessionStart" else ()
            body = msgspec.json.encode({"events": [{"xdm": xdm}]})
            yield encode_record(Record(RECORD_VERSION, now_ms, f"va/v1/{action}", "ee", "e2e", None, body, minted))


def asked(server: Server, sql: str) -> list[list[Any]]:
    """The answer to a question, as rows."""
    answer = httpx.post(f"{server.console_url}/api/v1/query", json={"sql": sql, "format": "jsonl"}, timeout=30)
    assert answer.status_code == 200, answer.text
    return [list(msgspec.json.decode(line).values()) for line in answer.text.splitlines()]


def measured(server: Server, name: str) -> float:
    """A sample of /metrics."""
    lines = httpx.get(f"{server.console_url}/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def until_removed(server: Server) -> None:
    """Wait for the end of the round that removes the old segments."""
    deadline = time.monotonic() + 180
    while "what is older than it is kept was removed" not in server.said:
        assert time.monotonic() < deadline, server.said
        time.sleep(0.05)


def segment_bytes(data_dir: Path) -> int:
    """What the journals take."""
    return sum(path.stat().st_size for path in data_dir.glob("journal/*/*.seg"))


def segment_blocks(data_dir: Path) -> int:
    """What they take of the disk, 512 bytes each."""
    return sum(path.stat().st_blocks for path in data_dir.glob("journal/*/*.seg"))


def test_the_disk_comes_back(tmp_path: Path) -> None:
    """Forty days later the old viewings are gone from store and journal; yesterday's are whole, also after a restart."""
    layout = prepare(tmp_path / "data")
    now_ms = time.time_ns() // 1_000_000
    keep(layout, now_ms - 40 * DAY_MS, viewings("a", VIEWINGS, now_ms - 40 * DAY_MS))
    keep(layout, now_ms - 26 * HOUR_MS, viewings("b", 3, now_ms - 26 * HOUR_MS))
    keep(layout, now_ms - 60_000, viewings("c", 2, now_ms - 60_000))
    before = segment_bytes(layout.root)
    assert before > 2_000_000
    environ = {f"PLAYHEAD_RETENTION_{name}_DAYS": "30" for name in ("EVENTS", "ROWS", "SESSIONS")}
    expected = [["b", 3], ["c", 2]]
    for start in range(2):
        server = Server(layout.root, "--datastream", "e2e", environ=environ)
        try:
            if start == 0:
                until_removed(server)
                assert measured(server, 'playhead_retention_removed_total{kind="events"}') == 2 * VIEWINGS
                assert measured(server, 'playhead_retention_removed_total{kind="sessions"}') == VIEWINGS
                assert measured(server, 'playhead_retention_removed_total{kind="rows"}') == 2 * VIEWINGS
            assert expected == asked(server, "SELECT session_id[1], count(*) FROM sessions GROUP BY 1 ORDER BY 1")
            events = asked(server, "SELECT session_id[1], count(*) FROM events GROUP BY 1 ORDER BY 1")
            assert [["b", 6], ["c", 4]] == events
            open_ids = {
                one["id"][0] for one in httpx.get(f"{server.console_url}/api/v1/sessions?state=open").json()["items"]
            }
            assert {"c"} == open_ids
            until(lambda: measured(server, "playhead_journal_bytes{") == segment_blocks(layout.root) * 512)  # noqa: B023 - called at once
        finally:
            assert server.stop() == 0
    assert segment_bytes(layout.root) < 100_000
