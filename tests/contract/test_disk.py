"""What every disk does, the machine's and the fake."""

from pathlib import Path

import pytest

from playhead.base.disk import PAGE_BYTES, Disk
from playhead.base.errors import AlreadyRunningError
from playhead.base.memory_disk import MemoryDisk
from playhead.journal.disk import RealDisk


@pytest.fixture(params=["memory", "real"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Disk, str]:
    """A disk and an empty directory on it."""
    disk: Disk = MemoryDisk() if request.param == "memory" else RealDisk()
    directory = f"{tmp_path}/made/here"
    disk.make_directory(directory)
    return disk, directory


def test_bytes_are_read_as_written(place: tuple[Disk, str]) -> None:
    """Writing at any offset fills what is before with zeros; reading beyond the end gives what there is."""
    disk, directory = place
    file = disk.open(f"{directory}/f", create=True)
    assert 3 == file.write_at(2, b"abc")
    assert 2 == file.write_synced(4, memoryview(b"XY"))
    file.sync()
    assert (b"\0\0abXY", 6) == (file.read_at(0, 100), file.size())
    assert (b"bX", b"") == (file.read_at(3, 2), file.read_at(6, 5))
    file.close()
    file.close()


def test_files_are_cut_and_grown(place: tuple[Disk, str]) -> None:
    """Truncating shortens, or lengthens with zeros."""
    disk, directory = place
    file = disk.open(f"{directory}/f", create=True)
    file.write_at(0, b"abcdef")
    file.truncate(2)
    assert b"ab" == file.read_at(0, 10)
    file.truncate(4)
    assert b"ab\0\0" == file.read_at(0, 10)
    file.close()


def test_names_come_sorted(place: tuple[Disk, str]) -> None:
    """Files and directories are listed by name; making a directory again does nothing."""
    disk, directory = place
    for name in ("b", "a", "c"):
        disk.open(f"{directory}/{name}", create=True).close()
    disk.make_directory(f"{directory}/aa")
    disk.make_directory(f"{directory}/aa")
    assert ["a", "aa", "b", "c"] == disk.names(directory)


def test_what_is_missing_is_said(place: tuple[Disk, str]) -> None:
    """Every call on a name that is not there raises FileNotFoundError."""
    disk, directory = place
    with pytest.raises(FileNotFoundError):
        disk.open(f"{directory}/no", writable=True)
    with pytest.raises(FileNotFoundError):
        disk.open(f"{directory}/no/deeper", create=True)
    with pytest.raises(FileNotFoundError):
        disk.rename(f"{directory}/no", f"{directory}/f")
    with pytest.raises(FileNotFoundError):
        disk.remove(f"{directory}/no")
    with pytest.raises(FileNotFoundError):
        disk.names(f"{directory}/no")
    with pytest.raises(FileNotFoundError):
        disk.page(f"{directory}/no")


def test_renaming_replaces(place: tuple[Disk, str]) -> None:
    """A name passes to another file in one step; who had the old file open still reads it."""
    disk, directory = place
    for name in ("old", "new"):
        file = disk.open(f"{directory}/{name}", create=True)
        file.write_at(0, name.encode())
        file.close()
    open_before = disk.open(f"{directory}/old")
    disk.rename(f"{directory}/new", f"{directory}/old")
    disk.sync_directory(directory)
    assert ["old"] == disk.names(directory)
    again = disk.open(f"{directory}/old")
    assert (b"old", b"new") == (open_before.read_at(0, 9), again.read_at(0, 9))
    open_before.close()
    again.close()


def test_removed_files_can_be_read_on(place: tuple[Disk, str]) -> None:
    """Removing takes the name, not the bytes from who reads them."""
    disk, directory = place
    file = disk.open(f"{directory}/f", create=True)
    file.write_at(0, b"abc")
    disk.remove(f"{directory}/f")
    assert ([], b"abc") == (disk.names(directory), file.read_at(0, 9))
    file.close()


def test_a_lock_has_one_holder(place: tuple[Disk, str]) -> None:
    """Taking a lock that is held raises at once; after its release it can be taken."""
    disk, directory = place
    lock = disk.lock(f"{directory}/lock")
    with pytest.raises(AlreadyRunningError, match="another process"):
        disk.lock(f"{directory}/lock")
    lock.release()
    lock.release()
    disk.lock(f"{directory}/lock").release()


def test_a_page_is_shared(place: tuple[Disk, str]) -> None:
    """What one side writes the other reads at once, and the file has it."""
    disk, directory = place
    file = disk.open(f"{directory}/page", create=True)
    file.write_at(0, bytes(PAGE_BYTES))
    ours, theirs = disk.page(f"{directory}/page", writable=True), disk.page(f"{directory}/page")
    ours.write(100, b"hello")
    assert (b"hello", b"hello") == (theirs.read(100, 5), file.read_at(100, 5))
    for thing in (ours, theirs, file):
        thing.close()


def test_a_short_file_is_no_page(place: tuple[Disk, str]) -> None:
    """A file shorter than a page is not shared: touching what is beyond its end would kill the process."""
    disk, directory = place
    disk.open(f"{directory}/page", create=True).close()
    with pytest.raises(OSError, match="too short"):
        disk.page(f"{directory}/page")
