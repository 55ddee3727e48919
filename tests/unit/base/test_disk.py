import pytest

from playhead.base.disk import write_all, write_all_synced
from playhead.base.memory_disk import MemoryDisk


def test_short_writes_are_carried_on() -> None:
    """However little a write takes, all of the data arrives, at its place."""
    disk = MemoryDisk()
    disk.write_bytes_max = 3
    disk.make_directory("/d")
    file = disk.open("/d/f", create=True)
    write_all(file, 2, b"0123456789")
    assert b"\0\x000123456789" == disk.content("/d/f")


def test_short_synced_writes_are_synced() -> None:
    """After a short write the rest is written and synced too."""
    disk = MemoryDisk()
    disk.write_bytes_max = 3
    disk.make_directory("/d")
    file = disk.open("/d/f", create=True)
    disk.sync_directory("/d")
    write_all_synced(file, 0, b"0123456789")
    disk.lose_power(lambda: False)
    assert b"0123456789" == disk.content("/d/f")


def test_a_write_that_takes_nothing_is_an_error() -> None:
    """A disk that takes no byte and names no error does not make us spin."""

    class Stuck:
        def write_at(self, *_: object) -> int:
            return 0

    with pytest.raises(OSError, match="no byte"):
        write_all(Stuck(), 0, b"x")  # type: ignore[arg-type]
