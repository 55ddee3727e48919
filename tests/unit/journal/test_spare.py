import contextlib
import errno
import time

import pytest

from journal_tools import SMALL
from playhead.base.memory_disk import MemoryDisk
from playhead.journal.limits import JournalLimits
from playhead.journal.spare import BackgroundSpares, cut, find_spare, make_spare, next_size

PATIENCE_S = 20


def _disk() -> MemoryDisk:
    disk = MemoryDisk()
    disk.make_directory("/j")
    return disk


def test_a_spare_is_zeros_on_the_disk() -> None:
    """Its bytes are written and synced, not promised."""
    disk = _disk()
    spare = make_spare(disk, "/j", 1, 1000)
    disk.sync_directory("/j")
    disk.lose_power(lambda: False)
    assert bytes(1000) == disk.content(spare.path)


def test_a_failed_spare_leaves_nothing() -> None:
    """Room taken for a spare that could not be finished is given back."""
    disk = _disk()
    disk.capacity_bytes = 500
    with pytest.raises(OSError, match="full"):
        make_spare(disk, "/j", 1, 1000)
    assert [] == disk.names("/j")


def test_a_spare_left_behind_is_used() -> None:
    """The largest need decides: one that is large enough is taken, others are removed."""
    disk = _disk()
    make_spare(disk, "/j", 1, 100)
    make_spare(disk, "/j", 2, 1000)
    make_spare(disk, "/j", 3, 1000)
    found = find_spare(disk, "/j", 500)
    assert found is not None
    assert ["spare2.zeros"] == disk.names("/j")
    assert 1000 == found.size


def test_sizes_grow_eightfold_to_the_limit() -> None:
    """A journal begins small and ends at its segment size; every spare but the first holds the longest batch."""
    limits = JournalLimits()
    sizes = [limits.first_segment_bytes]
    for _ in range(3):
        sizes.append(next_size(sizes[-1], limits))
    assert [1 << 20, 8 << 20, 64 << 20, 64 << 20] == sizes
    assert sizes[1] >= limits.frame_bytes


def test_the_next_one_is_made_ahead() -> None:
    """After one is taken the next appears by itself, under another name."""
    disk = _disk()
    spares = BackgroundSpares(disk, "/j", SMALL)
    first = spares.take(100)
    second = spares.take(100)
    assert (SMALL.first_segment_bytes, SMALL.segment_bytes) == (first.size, second.size)
    assert first.path != second.path
    spares.close()


def test_no_room_is_said_at_once_and_retried() -> None:
    """While the disk is full taking fails without waiting; when there is room again the next one comes."""
    disk = _disk()
    spares = BackgroundSpares(disk, "/j", SMALL)
    spares.take(100)
    spares.take(100)
    disk.capacity_bytes = 0
    with contextlib.suppress(OSError):
        spares.take(100)  # one may have been finished before the disk was full
    with pytest.raises(OSError, match="full") as caught:
        spares.take(100)
    assert errno.ENOSPC == caught.value.errno
    disk.capacity_bytes = None
    began = time.monotonic()
    while True:
        try:
            spares.take(100)
            break
        except OSError:
            assert time.monotonic() - began < PATIENCE_S
            time.sleep(0.005)
    spares.close()


def test_finished_segments_are_cut() -> None:
    """A retired file is cut to its content; a failure to do so is not anybody's problem."""
    disk = _disk()
    spare = make_spare(disk, "/j", 1, 1000)
    cut(spare.file, 10)
    assert 10 == len(disk.content(spare.path))
    again = make_spare(disk, "/j", 2, 1000)
    disk.fail_call = disk.calls + 1
    cut(again.file, 10)
    assert 1000 == len(disk.content(again.path))
