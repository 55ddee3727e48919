"""The processor of one server: takes up where it was, survives its own failure, works through what is left at a stop."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from playhead.app.clock import SystemClock
from playhead.app.processor import Processor
from playhead.app.settings import RetentionSettings, Settings
from playhead.base.clock import Clock, ManualClock
from playhead.base.errors import StoreError
from playhead.base.settings import SessionSettings
from playhead.base.units import DAY_MS, DatastreamId, SessionId
from playhead.deployment.datastreams import Datastream, DatastreamFile
from playhead.deployment.layout import Layout, prepare
from playhead.journal.log import JournalWriter
from playhead.wire.record import RECORD_VERSION, Minted, Record, RecordKind, encode_record

CLOCK = SystemClock()
SETTINGS = Settings()
SESSION_ID = SessionId("a" * 64)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """An empty data directory."""
    return prepare(tmp_path)


@pytest.fixture
def processor(layout: Layout) -> Iterator[Processor]:
    """A processor of one collector, opened; the collector was started before it, as in `serve`."""
    keep(layout)
    made = make(layout)
    made.open()
    yield made
    made.close()


def make(layout: Layout, settings: Settings = SETTINGS) -> Processor:
    """A processor of one collector."""
    return Processor(layout, settings, DatastreamFile(layout.datastreams), CLOCK)


def record(action: str, members: dict[str, Any], *, datastream: str = "web", age_ms: int = 0) -> bytes:
    """A journal record of an accepted request with one event."""
    now_ms = CLOCK.now_ms() - age_ms
    xdm = {"eventType": f"media.{action}", "mediaCollection": {"playhead": 0, **members}}
    minted = (Minted(0, SESSION_ID, "e" * 38),) if action == "sessionStart" else ()
    body = msgspec.json.encode({"events": [{"xdm": xdm}]})
    return encode_record(Record(RECORD_VERSION, now_ms, f"va/v1/{action}", "ee", datastream, None, body, minted))


DETAILS = {"name": "v", "length": 60, "contentType": "vod", "channel": "c", "playerName": "p"}
KEEP_AND_DIE = """
import os, signal, sys, threading
from playhead.app.clock import SystemClock
from playhead.journal.log import JournalWriter
writer = JournalWriter.open(sys.argv[1], SystemClock())
durable = threading.Event()
writer.append(1, bytes.fromhex(sys.argv[2]), lambda _: durable.set())
durable.wait()
os.kill(os.getpid(), signal.SIGKILL)
"""
START = record("sessionStart", {"sessionDetails": DETAILS})


def keep(layout: Layout, *payloads: bytes, worker: int = 0, clock: Clock = CLOCK) -> None:
    """What a collector does: keep records, then end in order."""
    writer = JournalWriter.open(layout.journal(worker), clock)
    durable = threading.Semaphore(0)
    for payload in payloads:
        writer.append(int(RecordKind.ACCEPTED), payload, lambda _: durable.release())
    for _ in payloads:
        durable.acquire()
    writer.close()


def until(condition: Callable[[], bool]) -> None:
    """Wait for it, a minute at most."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_everything_is_in_the_store_after_a_stop(layout: Layout, processor: Processor) -> None:
    """What came while it ran is stored when it has finished, and is not stored again by the next one."""
    processor.start()
    keep(layout, START, record("ping", {"sessionID": SESSION_ID}))
    processor.finish()
    assert len(processor.store.judged(SESSION_ID)) == 2
    processor.close()
    again = make(layout)
    again.open()
    again.start()
    again.finish()
    assert len(again.store.judged(SESSION_ID)) == 2
    again.close()


def test_journals_of_the_past_are_read_and_hold_nothing_back(layout: Layout) -> None:
    """A journal whose collector was killed and has no successor is sealed at the start and taken like any other."""
    words = [sys.executable, "-c", KEEP_AND_DIE, str(layout.journal(1)), START.hex()]
    assert subprocess.run(words, check=False, timeout=120).returncode == -signal.SIGKILL
    keep(layout)
    processor = make(layout)
    processor.open()
    processor.start()
    processor.finish()
    assert processor.store.session(SESSION_ID) is not None
    processor.close()


def test_a_failure_of_ours_is_survived(layout: Layout, processor: Processor, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the worker breaks, the console is told, and another one takes over from the store."""
    broken = processor._worker
    assert broken is not None

    def step() -> bool:
        raise AssertionError("a mistake of ours")

    monkeypatch.setattr(broken, "step", step)
    keep(layout, START)
    processor.start()
    until(lambda: processor.checks()[0].trouble == "AssertionError: a mistake of ours")
    assert processor.view(SESSION_ID) is None
    until(lambda: processor.checks()[0].trouble is None)
    until(lambda: processor.view(SESSION_ID) is not None)


def test_settings_of_a_datastream_are_looked_up(layout: Layout, processor: Processor) -> None:
    """A session is read by the settings of its datastream, also of one made meanwhile; an unknown one by the server's."""
    made = Datastream(id=DatastreamId("web"), name="web", settings={"idle_timeout_s": 7})
    DatastreamFile(layout.datastreams).create(made)
    assert processor._settings_of(DatastreamId("web")).idle_timeout_s == 7
    assert processor._settings_of(DatastreamId("gone")) == SessionSettings()


def test_what_is_old_is_removed(layout: Layout) -> None:
    """As the server's settings and the datastream's say; how much is measured, and one line tells it."""
    old = record("sessionStart", {"sessionDetails": DETAILS}, age_ms=3 * DAY_MS)
    keep(layout, old, clock=ManualClock(CLOCK.now_ms() - 3 * DAY_MS))
    keep(layout)
    DatastreamFile(layout.datastreams).create(Datastream(id=DatastreamId("web"), name="web", events_days=1))
    processor = make(layout, Settings(retention=RetentionSettings(events_days=30, sessions_days=2, journal_gb=1)))
    processor.open()
    with structlog.testing.capture_logs() as said:
        processor.start()
        until(lambda: said != [])
    expected = {"events": 1, "rows": 0, "sessions": 1, "segments": 1}
    assert expected == processor.snapshot().removed
    assert [{**expected, "log_level": "info"}] == [
        {name: value for name, value in line.items() if name in {*expected, "log_level"}} for line in said
    ]
    assert [] == list(processor.store.judged(SESSION_ID))
    assert 1 < len(processor.store.rows(SESSION_ID))
    processor.close()


def test_what_is_measured(layout: Layout, processor: Processor) -> None:
    """Open sessions, events by outcome, bytes of each journal and lag are measured; an idle system does not lag."""
    keep(layout, START, START)
    processor.start()
    until(lambda: processor.snapshot().open_sessions == 1)
    until(lambda: processor.snapshot().queue_depths == {"store": 0})
    snapshot = processor.snapshot()
    assert snapshot.events == {("sessionStart", "accepted"): 1, ("sessionStart", "duplicate"): 1}
    assert (2, 1) == (snapshot.balance["received", ""], snapshot.balance["duplicate", "duplicate_start"])
    assert snapshot.journal_bytes["w00"] > 0
    assert snapshot.store_write_s is not None
    assert sum(snapshot.store_write_s.counts) >= 1


def test_a_store_that_cannot_be_read_stops_the_start(layout: Layout) -> None:
    """A file that is no database is an error of the start, not an empty store."""
    layout.store.write_bytes(b"scribble" * 1000)
    with pytest.raises(StoreError):
        make(layout).open()
