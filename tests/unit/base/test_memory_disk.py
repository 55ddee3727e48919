import errno

import pytest

from playhead.base.disk import DiskFile
from playhead.base.memory_disk import MemoryDisk


def _file(disk: MemoryDisk) -> DiskFile:
    disk.make_directory("/d")
    file = disk.open("/d/f", create=True)
    disk.sync_directory("/d")
    return file


def test_a_power_loss_takes_what_was_not_synced() -> None:
    """Synced bytes stay; of the others what the dice say, sector by sector."""
    disk = MemoryDisk()
    file = _file(disk)
    file.write_at(0, b"a" * 1024)
    file.sync()
    file.write_at(0, b"b" * 1024)
    answers = iter([True, False])
    disk.lose_power(lambda: next(answers))
    assert b"b" * 512 + b"a" * 512 == disk.content("/d/f")


def test_a_kill_takes_nothing() -> None:
    """What a process wrote is there for the next one, whether it was synced or not; its locks are free."""
    disk = MemoryDisk()
    file = _file(disk)
    disk.lock("/d/lock")
    file.write_at(0, b"a")
    disk.stop_processes()
    assert b"a" == disk.content("/d/f")
    disk.lock("/d/lock")


def test_names_need_a_sync_too() -> None:
    """A file whose directory was not synced may be gone; unsynced names survive oldest first."""
    disk = MemoryDisk()
    disk.make_directory("/d")
    disk.open("/d/a", create=True)
    disk.open("/d/b", create=True)
    answers = iter([True, False])
    disk.lose_power(lambda: next(answers, False))
    assert ["a"] == disk.names("/d")


def test_a_failed_sync_loses_its_bytes_for_good() -> None:
    """As on Linux: a later sync succeeds and does not bring them to the disk."""
    disk = MemoryDisk()
    file = _file(disk)
    file.write_at(0, b"lost")
    disk.fail_call = disk.calls + 1
    with pytest.raises(OSError, match="told to fail"):
        file.sync()
    file.sync()
    assert b"lost" == disk.content("/d/f")
    disk.lose_power(lambda: True)
    assert b"" == disk.content("/d/f")


def test_the_nth_call_fails_once_or_from_then_on() -> None:
    """Transient failures pass; lasting ones stay until the disk is healed."""
    disk = MemoryDisk()
    file = _file(disk)
    disk.fail_call = disk.calls + 2
    file.size()
    with pytest.raises(OSError, match="told to fail"):
        file.size()
    file.size()
    disk.fail_call, disk.lasting = disk.calls + 1, True
    for _ in range(3):
        with pytest.raises(OSError, match="told to fail"):
            file.size()
    disk.heal()
    assert 0 == file.size()


def test_a_failed_write_does_half_its_work() -> None:
    """What a failing write leaves behind is for the caller to survive."""
    disk = MemoryDisk()
    file = _file(disk)
    disk.fail_call = disk.calls + 1
    with pytest.raises(OSError, match="told to fail"):
        file.write_at(0, b"abcd")
    assert b"ab" == disk.content("/d/f")


def test_a_full_disk_takes_what_fits() -> None:
    """A write is cut short at the capacity, then refused with ENOSPC; writing over old bytes still works."""
    disk = MemoryDisk(capacity_bytes=5)
    file = _file(disk)
    assert 5 == file.write_at(0, b"abcdefgh")
    with pytest.raises(OSError, match="full") as caught:
        file.write_at(5, b"fgh")
    assert errno.ENOSPC == caught.value.errno
    assert 2 == file.write_at(0, b"AB")


def test_reading_handles_do_not_write() -> None:
    """A file opened for reading refuses to be written."""
    disk = MemoryDisk()
    _file(disk)
    with pytest.raises(OSError, match="for reading"):
        disk.open("/d/f").write_at(0, b"x")
