"""Opening, and every call to the disk failing once."""

import contextlib
import errno
from random import Random

import pytest

from journal_tools import DIRECTORY, SMALL, Story, audit, open_small, read_all
from playhead.base.errors import AlreadyRunningError, JournalFullError
from playhead.base.memory_disk import MemoryDisk


def test_an_empty_directory_opens_with_a_clock_mark() -> None:
    """A new log begins at zero, with a mark that readers see."""
    disk = MemoryDisk()
    log = open_small(disk, 1234)
    assert (0, True) == (log.recovery.position, log.recovery.clean)
    assert (48, 1234) == (log.tail.position, log.tail.floor_ms)
    log.close(sealed=True)


def test_two_writers_never_have_one_journal() -> None:
    """The second is told at once; after the first has closed it may."""
    disk = MemoryDisk()
    log = open_small(disk)
    with pytest.raises(AlreadyRunningError):
        open_small(disk)
    log.close(sealed=True)
    open_small(disk).close(sealed=True)


def test_a_failed_opening_holds_nothing() -> None:
    """Whichever call fails while opening, the next attempt succeeds, and a full disk is said to be full."""
    for call in range(1, 100):
        disk = MemoryDisk()
        disk.fail_call, disk.failure = call, errno.ENOSPC
        with contextlib.suppress(JournalFullError):
            open_small(disk).close(sealed=True)
        if not disk.failed:
            break
        disk.heal()
        open_small(disk).close(sealed=True)
    assert 10 < call < 99


def _story(call: int, *, lasting: bool, failure: int, write_bytes_max: int | None) -> Story:
    disk = MemoryDisk()
    disk.fail_call, disk.lasting, disk.failure = call, lasting, failure
    disk.write_bytes_max = write_bytes_max
    story = Story(disk)
    story.tell()
    return story


@pytest.mark.parametrize("lasting", [False, True], ids=["transient", "lasting"])
@pytest.mark.parametrize("end", ["kill", "power loss"])
@pytest.mark.parametrize("write_bytes_max", [None, 100], ids=["whole writes", "short writes"])
def test_no_failing_call_loses_what_was_acknowledged(*, lasting: bool, end: str, write_bytes_max: int | None) -> None:
    """For N = 1, 2, 3… the Nth call to the disk fails; after the crash that follows, all that was acknowledged is there."""
    call = 0
    while True:
        call += 1
        story = _story(call, lasting=lasting, failure=errno.EIO, write_bytes_max=write_bytes_max)
        disk, dice = story.disk, Random(call)
        failed = disk.failed
        if end == "kill":
            audit(story, disk.stop_processes)
        else:
            audit(story, lambda disk=disk, dice=dice: disk.lose_power(lambda: dice.random() < 0.5))  # type: ignore[misc]
        if not failed:
            break
    assert 14 == len(story.acknowledged)
    assert call > 100


def test_a_transient_failure_costs_one_batch() -> None:
    """Whichever call fails once, the journal goes on: at most one batch is refused for it."""
    for call in range(1, 400):
        story = _story(call, lasting=False, failure=errno.EIO, write_bytes_max=None)
        assert len(story.offered) - len(story.acknowledged) <= 1
        if not story.disk.failed:
            return
    raise AssertionError("the story never ended")


@pytest.mark.parametrize("survival", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_a_power_loss_takes_nothing_acknowledged(survival: float) -> None:
    """Whatever part of the unsynced sectors and names survives, what was acknowledged and what was read does."""
    for seed in range(25):
        dice = Random(seed)
        disk = MemoryDisk()
        story = Story(disk)
        story.tell(1 + seed)
        audit(story, lambda disk=disk, dice=dice: disk.lose_power(lambda: dice.random() < survival))  # type: ignore[misc]


def test_a_full_disk_refuses_and_recovers() -> None:
    """Without room batches are refused as full, and taken again when there is room."""
    disk = MemoryDisk(capacity_bytes=4096 + 2 * 2048)
    log = open_small(disk)
    acknowledged = []
    failures = set()
    for number in range(20):
        payload = b"%d" % number * 200
        try:
            log.tail.write([(1, payload)], 2000)
            acknowledged.append(payload)
        except OSError as error:
            failures.add(error.errno)
    assert 0 < len(acknowledged) < 20
    assert {errno.ENOSPC} == failures
    disk.capacity_bytes = None
    log.tail.write([(1, b"after")], 2000)
    log.close(sealed=True)
    assert [*acknowledged, b"after"] == read_all(disk)


def test_a_failed_sync_is_not_trusted_after_a_kill() -> None:
    """Bytes whose sync failed are written again before they count, so that a later power loss cannot take them."""
    disk = MemoryDisk()
    log = open_small(disk)
    log.tail.write([(1, b"first")], 1001)
    disk.fail_call, disk.lasting = disk.calls + 2, True  # the write works, its sync and what follows do not
    with pytest.raises(OSError, match="told to fail"):
        log.tail.write([(1, b"unsure")], 1002)
    disk.heal()
    disk.stop_processes()
    again = open_small(disk, 1003)
    before = read_all(disk)
    assert [b"first", b"unsure"] == before
    assert 48 + 6 + 6 == again.recovery.rescued_bytes
    again.close(sealed=False)
    disk.lose_power(lambda: False)
    open_small(disk, 1004).close(sealed=True)
    assert before == read_all(disk)


def test_marks_never_go_back() -> None:
    """A writer whose clock is behind the log's last mark carries that mark on."""
    disk = MemoryDisk()
    open_small(disk, 9000).close(sealed=True)
    log = open_small(disk, 500)
    assert (9000, 9000) == (log.recovery.last_mark_ms, log.tail.floor_ms)
    log.tail.write([], 9001)
    assert 9001 == log.tail.floor_ms
    log.close(sealed=True)


def test_marks_survive_the_removal_of_all_batches() -> None:
    """Even a log whose old segments are gone knows its last mark and position."""
    disk = MemoryDisk()
    open_small(disk, 9000).close(sealed=True)
    open_small(disk, 500).close(sealed=True)
    oldest = next(name for name in disk.names(DIRECTORY) if name.endswith(".seg"))
    disk.remove(f"{DIRECTORY}/{oldest}")
    log = open_small(disk, 1)
    assert (96, 9000) == (log.recovery.position, log.recovery.last_mark_ms)
    log.close(sealed=True)


def test_the_longest_batch_fits_the_smallest_segment() -> None:
    """Limits are such that a batch never needs more than one segment."""
    disk = MemoryDisk()
    log = open_small(disk)
    payload = b"p" * SMALL.record_bytes
    for _ in range(5):
        log.tail.write([(1, payload)], 1000)
    log.close(sealed=True)
    assert [payload] * 5 == read_all(disk)
