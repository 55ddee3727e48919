"""Real processes on real files: killed without warning, and followed while they write."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

from playhead.base.clock import ManualClock
from playhead.journal.limits import JournalLimits
from playhead.journal.reader import JournalReader
from playhead.journal.writer import JournalWriter

PATIENCE_S = 120
AT_LEAST = 300
"""Records that are durable before a writer is killed, however slow the disk."""

CHILD = """
import os, sys
from playhead.app.clock import SteadyClock
from playhead.base.errors import OverloadedError
from playhead.journal.limits import JournalLimits
from playhead.journal.writer import JournalWriter

directory, first = sys.argv[1], int(sys.argv[2])
def told(dones, failure):
    assert failure is None, failure
    os.write(1, b"%d\\n" % max(done for done in dones))
limits = JournalLimits(segment_bytes=1 << 20, first_segment_bytes=1 << 16, batch_bytes=1 << 16, record_bytes=1 << 12)
writer = JournalWriter.open(directory, SteadyClock(), limits=limits, deliver=told)
os.write(1, b"ready\\n")
number = first
while True:
    try:
        writer.append(1, b"%d " % number + b"x" * (number * 7919 % 1500), number)
        number += 1
    except OverloadedError:
        pass
"""


def _child(directory: Path, first: int) -> subprocess.Popen[bytes]:
    """A process that appends numbered records without end and says which are durable."""
    return subprocess.Popen([sys.executable, "-c", CHILD, str(directory), str(first)], stdout=subprocess.PIPE)


def _run_and_kill(directory: Path, first: int, for_s: float) -> int:
    """Let it write for a while and some records, kill it; the last number it said to be durable."""
    child = _child(directory, first)
    assert child.stdout is not None
    assert b"ready\n" == child.stdout.readline()
    said = b"%d" % first
    while int(said) < first + AT_LEAST:
        said = child.stdout.readline()
    time.sleep(for_s)
    os.kill(child.pid, signal.SIGKILL)
    lines = [said, *child.stdout.read().split(b"\n")[:-1]]
    child.wait()
    child.stdout.close()
    return int(lines[-1])


def _numbers(reader: JournalReader) -> list[int]:
    """The numbers of all records that can be read now; each record checked byte by byte."""
    numbers = []
    while batches := reader.read():
        for batch in batches:
            for kind, payload in batch.records:
                number = int(payload.split(b" ", 1)[0])
                assert (1, b"%d " % number + b"x" * (number * 7919 % 1500)) == (kind, payload)
                numbers.append(number)
    return numbers


def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    """Round after round killed with -9 under load: every acknowledged record is there, once, in order."""
    dice = Random(1)
    acknowledged, first = [], 0
    for _ in range(5):
        last = _run_and_kill(tmp_path, first, dice.uniform(0.05, 0.3))
        acknowledged += list(range(first, last + 1))
        first = last + 1_000_000
    writer = JournalWriter.open(tmp_path, ManualClock(0))
    writer.close()
    reader = JournalReader.open(tmp_path)
    numbers = _numbers(reader)
    reader.close()
    assert len(acknowledged) > 1000
    assert sorted(set(numbers)) == numbers
    assert [] == sorted(set(acknowledged) - set(numbers))
    assert () == writer.recovery.damages


def test_a_reader_follows_another_process(tmp_path: Path) -> None:
    """A reader beside a live writer gets every record once, in order, across segments, and its clock never goes back."""
    reader = JournalReader.open(tmp_path)
    assert [] == reader.read()
    child = _child(tmp_path, 0)
    numbers: list[int] = []
    marks = [0]
    began = time.monotonic()
    while len(numbers) < 20_000:
        assert time.monotonic() - began < PATIENCE_S
        for batch in reader.read(1 << 16):
            numbers += [int(payload.split(b" ", 1)[0]) for _, payload in batch.records]
            assert marks[-1] == batch.floor_ms
            marks.append(batch.at_ms)
        time.sleep(reader.wait_hint_s())
        if reader.durable_position > 1 << 21:
            break
    child.kill()
    assert child.stdout is not None
    said = child.stdout.read().split()[1:]
    child.stdout.close()
    child.wait()
    numbers += _numbers(reader)
    reader.close()
    assert list(range(len(numbers))) == numbers
    assert int(said[-1]) <= numbers[-1]
    assert sorted(marks) == marks
    assert len(list(tmp_path.glob("*.seg"))) > 1


def test_the_system_gives_the_lock_back(tmp_path: Path) -> None:
    """A killed writer's directory can be opened at once, and its journal goes on where it was."""
    last = _run_and_kill(tmp_path, 0, 0.1)
    writer = JournalWriter.open(tmp_path, ManualClock(0), limits=JournalLimits(first_segment_bytes=1 << 16))
    assert not writer.recovery.clean
    assert writer.recovery.last_mark_ms > 0
    writer.close()
    reader = JournalReader.open(tmp_path)
    assert last <= _numbers(reader)[-1]
    assert reader.sealed
    reader.close()
