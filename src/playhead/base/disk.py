"""
The disk as a port.

Law: bytes are safe only after `sync` (or `write_synced`) returned; a name is safe only after `sync_directory` did. A
call that raised has done any part of its work or none. Every failure is an `OSError` with its `errno`; none is hidden.
Paths are text with `/` between the parts. `base.memory_disk` has the fake, which fails, tears and fills up on demand.
"""

from typing import Protocol

Bytes = bytes | bytearray | memoryview

PAGE_BYTES = 4096
"""Size of a shared page: one page of memory on every machine we run on."""


class DiskFile(Protocol):
    """An open file. Used by one thread at a time; reading may go on from several."""

    def read_at(self, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset`; fewer at the end of the file, none beyond it. May block."""
        ...

    def write_at(self, offset: int, data: Bytes) -> int:
        """Write some of the data, without syncing; how many bytes were taken, from the first on. May be fewer."""
        ...

    def write_synced(self, offset: int, data: Bytes) -> int:
        """`write_at` and a sync of what was written, in one call; how many bytes were taken. Blocks for the disk."""
        ...

    def sync(self) -> None:
        """
        Wait until all that was written to the file survives a power loss.

        After a failure nothing written since the last sync may be trusted, and syncing again proves nothing.
        """
        ...

    def size(self) -> int:
        """Length in bytes."""
        ...

    def truncate(self, size: int) -> None:
        """Cut the file to `size` bytes; not safe before the next `sync`."""
        ...

    def close(self) -> None:
        """Let go of the file. Closing twice does nothing."""
        ...


class SharedPage(Protocol):
    """`PAGE_BYTES` of memory shared by all processes that opened the same file. Never blocks, never raises."""

    def read(self, offset: int, size: int) -> bytes:
        """A copy; may be torn while another process writes."""
        ...

    def write(self, offset: int, data: bytes) -> None:
        """Visible to the other processes at once; on the disk some time later."""
        ...

    def close(self) -> None:
        """Let go of the page. Closing twice does nothing."""
        ...


class DiskLock(Protocol):
    """A lock held; it goes with the process."""

    def release(self) -> None:
        """Let others have it. Releasing twice does nothing."""
        ...


class Disk(Protocol):
    """A place for files."""

    def make_directory(self, path: str) -> None:
        """Make the directory and those above it, mode 0700, durably; none of them need be missing."""
        ...

    def names(self, path: str) -> list[str]:
        """Names in a directory, ascending. Raises FileNotFoundError."""
        ...

    def open(self, path: str, *, writable: bool = False, create: bool = False) -> DiskFile:
        """Open a file; `create` makes it, empty, when it is missing. Else raises FileNotFoundError."""
        ...

    def rename(self, old: str, new: str) -> None:
        """Give a file another name in place of whatever had it; one atomic step. Raises FileNotFoundError."""
        ...

    def remove(self, path: str) -> None:
        """Remove a file; who has it open can go on reading. Raises FileNotFoundError."""
        ...

    def sync_directory(self, path: str) -> None:
        """Wait until the names in this directory survive a power loss."""
        ...

    def lock(self, path: str) -> DiskLock:
        """Take the lock of this name. Raises `AlreadyRunningError` at once when it is taken; never waits."""
        ...

    def page(self, path: str, *, writable: bool = False) -> SharedPage:
        """Share the first `PAGE_BYTES` of a file that is that long. Raises FileNotFoundError, or OSError if shorter."""
        ...


def write_all(file: DiskFile, offset: int, data: Bytes) -> None:
    """Write all of the data, without syncing, however short the single writes are. Raises OSError."""
    view = memoryview(data)
    while view:
        taken = file.write_at(offset, view)
        if taken <= 0:
            raise OSError(5, "the disk took no byte and named no error")
        offset += taken
        view = view[taken:]


def write_all_synced(file: DiskFile, offset: int, data: Bytes) -> None:
    """Write and sync all of the data: one call to the system when the disk takes it whole. Raises OSError."""
    taken = file.write_synced(offset, data)
    if taken == len(data):
        return
    write_all(file, offset + taken, memoryview(data)[taken:])
    file.sync()
