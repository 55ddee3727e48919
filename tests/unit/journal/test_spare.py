import errno
import time

import pytest

from journal_tools import SMALL
from playhead.base.memory_disk import MemoryDisk
from playhead.journal.limits import JournalLimits
from playhead.journal.spare import BackgroundSpares, cut, find_spare, make_spare, name_spare, next_size

PATIENCE_S = 60


def _disk() -> MemoryDisk:
    disk = MemoryDisk()
    disk.make_directory("/j")
    return disk


def test_a_spare_is_zeros_on_the_disk() -> None:
    """Its bytes are written and synced, not promised; so is its new name."""
    disk = _disk()
    spare = make_spare(disk, "/j", 1000)
    name_spare(disk, "/j", spare, "/j/a.seg")
    disk.lose_power(lambda: False)
    assert bytes(1000) == disk.content("/j/a.seg")
    assert ["a.seg"] == disk.names("/j")


def test_a_failed_spare_leaves_nothing() -> None:
    """Room taken for a spare that could not be finished is given back."""
    disk = _disk()
    disk.capacity_bytes = 500
    with pytest.raises(OSError, match="full"):
        make_spare(disk, "/j", 1000)
    assert [] == disk.names("/j")


def test_closing_does_not_wait_for_a_spare() -> None:
    """One that is being made when the journal closes is dropped."""
    disk = _disk()
    with pytest.raises(InterruptedError):
        make_spare(disk, "/j", 1000, lambda: True)
    assert [] == disk.names("/j")


def test_a_spare_that_cannot_be_named_is_given_up() -> None:
    """If its new name is unsure it is not used again, and takes no room under the old one."""
    for call in (1, 2):
        disk = _disk()
        spare = make_spare(disk, "/j", 1000)
        disk.fail_call = disk.calls + call
        with pytest.raises(OSError, match="told to fail"):
            name_spare(disk, "/j", spare, "/j/a.seg")
        assert "spare.zeros" not in disk.names("/j")


def test_a_spare_left_behind_is_used() -> None:
    """One that is large enough is taken as it is; a smaller one is removed."""
    disk = _disk()
    make_spare(disk, "/j", 100)
    found = find_spare(disk, "/j", 100)
    assert found is not None
    assert 100 == found.size
    assert find_spare(disk, "/j", 101) is None
    assert [] == disk.names("/j")


def test_sizes_grow_eightfold_to_the_limit() -> None:
    """A journal begins small and ends at its segment size; every spare but the first holds the longest batch."""
    limits = JournalLimits()
    sizes = [limits.first_segment_bytes]
    for _ in range(3):
        sizes.append(next_size(sizes[-1], limits))
    assert [1 << 20, 8 << 20, 64 << 20, 64 << 20] == sizes
    assert sizes[1] >= limits.frame_bytes


def _appears(disk: MemoryDisk) -> None:
    """Wait until a spare lies ready."""
    began = time.monotonic()
    while "spare.zeros" not in disk.names("/j"):
        assert time.monotonic() - began < PATIENCE_S
        time.sleep(0.001)


def test_the_next_one_is_made_ahead() -> None:
    """After one is taken the next appears by itself, larger; each handle is the file of its name."""
    disk = _disk()
    spares = BackgroundSpares(disk, "/j", SMALL)
    taken = {}
    for name in ("/j/a.seg", "/j/b.seg", "/j/c.seg"):
        taken[name] = spares.take(100, name)
        taken[name].file.write_at(0, name.encode())
        _appears(disk)
    spares.close()
    assert SMALL.first_segment_bytes == taken["/j/a.seg"].size
    assert SMALL.segment_bytes == taken["/j/b.seg"].size
    assert {name: name.encode() for name in taken} == {name: disk.content(name)[: len(name)] for name in taken}


def test_a_spare_of_the_process_before_is_not_mixed_up() -> None:
    """A spare found at the start has its segment's name before the next one is made."""
    for _ in range(20):
        disk = _disk()
        make_spare(disk, "/j", 1000)
        spares = BackgroundSpares(disk, "/j", SMALL)
        spare = spares.take(100, "/j/a.seg")
        spare.file.write_at(0, b"mine")
        spares.close()
        assert b"mine" == disk.content("/j/a.seg")[:4]


def test_no_room_is_said_at_once_and_retried() -> None:
    """While the disk is full taking fails without waiting; when there is room again the next one comes."""
    disk = _disk()
    spares = BackgroundSpares(disk, "/j", SMALL)
    spares.take(100, "/j/a.seg")
    _appears(disk)
    disk.capacity_bytes = 0
    spares.take(100, "/j/b.seg")
    with pytest.raises(OSError, match="full") as caught:
        spares.take(100, "/j/c.seg")
    assert errno.ENOSPC == caught.value.errno
    disk.capacity_bytes = None
    began = time.monotonic()
    while True:
        try:
            spares.take(100, "/j/c.seg")
            break
        except OSError:
            assert time.monotonic() - began < PATIENCE_S
            time.sleep(0.005)
    spares.close()


def test_finished_segments_are_cut() -> None:
    """A retired file is cut to its content; a failure to do so is not anybody's problem."""
    disk = _disk()
    cut(make_spare(disk, "/j", 1000).file, 10)
    assert 10 == len(disk.content("/j/spare.zeros"))
    again = make_spare(disk, "/j", 1000)
    disk.fail_call = disk.calls + 1
    cut(again.file, 10)
    assert 1000 == len(disk.content("/j/spare.zeros"))
