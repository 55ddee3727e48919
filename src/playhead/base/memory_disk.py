"""
A disk in memory that behaves as badly as a real one may: the fake behind `base.disk`.

It knows three states of a byte: written (all processes see it), synced (a power loss leaves it) and lost (a sync
failed: everyone still sees it, the next sync skips it, a power loss takes it). Names have the first two. It has no
dice: whoever calls `lose_power` decides piece by piece what survives.
"""

import errno
from collections.abc import Callable, Iterator

from playhead.base.disk import PAGE_BYTES, Bytes
from playhead.base.errors import AlreadyRunningError

SECTOR_BYTES = 512
"""What a power loss leaves whole or takes whole."""


class _Inode:
    """Content of a file, as seen and as safe."""

    def __init__(self) -> None:
        self.seen = bytearray()
        self.safe = bytearray()
        self.dirty: list[tuple[int, int]] = []

    def write(self, offset: int, data: Bytes) -> None:
        end = offset + len(data)
        if len(self.seen) < end:
            self.seen.extend(bytes(end - len(self.seen)))
        self.seen[offset:end] = data
        self.dirty.append((offset, end))

    def keep(self, start: int, end: int) -> None:
        if len(self.safe) < end:
            self.safe.extend(bytes(end - len(self.safe)))
        self.safe[start:end] = self.seen[start:end]

    def sync(self) -> None:
        for start, end in self.dirty:
            self.keep(start, min(end, len(self.seen)))
        del self.safe[len(self.seen) :]
        self.dirty.clear()

    def lose_power(self, survives: Callable[[], bool]) -> None:
        for start, end in self.dirty:
            for piece, piece_end in _sectors(start, min(end, len(self.seen))):
                if survives():
                    self.keep(piece, piece_end)
        if len(self.seen) < len(self.safe) and survives():
            del self.safe[len(self.seen) :]
        self.seen = bytearray(self.safe)
        self.dirty.clear()


def _sectors(start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = min(end, (start // SECTOR_BYTES + 1) * SECTOR_BYTES)
        yield start, stop
        start = stop


class MemoryDisk:
    """
    The fake. Set the attributes to make it fail.

    Attributes:
        calls: How many calls that can fail were made so far.
        fail_call: Number of the call to fail, from 1 on; 0 for none.
        failure: The `errno` it fails with.
        lasting: Whether every call after it fails too, until `heal`.
        failed: How many calls were failed.
        write_bytes_max: A single write takes no more than this.
        capacity_bytes: Room for all files together; a write beyond it is cut short, then fails with ENOSPC.
    """

    def __init__(self, capacity_bytes: int | None = None) -> None:
        self.calls = 0
        self.fail_call = 0
        self.failure = errno.EIO
        self.lasting = False
        self.failed = 0
        self.write_bytes_max: int | None = None
        self.capacity_bytes = capacity_bytes
        self._directories: set[str] = set()
        self._files: dict[str, _Inode] = {}
        self._safe_files: dict[str, _Inode] = {}
        self._unsafe_names: list[tuple[str, _Inode | None]] = []
        self._locks: set[str] = set()

    def heal(self) -> None:
        """From now on every call works."""
        self.fail_call = 0
        self.lasting = False

    def stop_processes(self) -> None:
        """All processes die: their locks go, what they wrote stays."""
        self._locks.clear()

    def lose_power(self, survives: Callable[[], bool]) -> None:
        """The machine dies. `survives` is asked for every sector and name not synced, oldest first."""
        self._locks.clear()
        for path, inode in self._unsafe_names:  # a file system keeps its names in order: what survives is a beginning
            if not survives():
                break
            _set(self._safe_files, path, inode)
        self._unsafe_names.clear()
        self._files = dict(self._safe_files)
        for inode in self._files.values():
            inode.lose_power(survives)

    def garble(self, path: str, offset: int, data: bytes) -> None:
        """Bytes on the medium change by themselves."""
        inode = self._files[path]
        inode.seen[offset : offset + len(data)] = data
        inode.safe[offset : offset + len(data)] = data

    def content(self, path: str) -> bytes:
        """All bytes of a file, as the processes see it."""
        return bytes(self._files[path].seen)

    def make_directory(self, path: str) -> None:
        """As the port; parents need not be."""
        self._call()
        self._directories.add(path)

    def names(self, path: str) -> list[str]:
        """As the port."""
        self._call()
        if path not in self._directories:
            raise FileNotFoundError(errno.ENOENT, "no such directory", path)
        prefix = path + "/"
        deeper = (
            name[len(prefix) :].split("/", 1)[0]
            for name in (*self._files, *self._directories)
            if name.startswith(prefix)
        )
        return sorted(set(deeper))

    def open(self, path: str, *, writable: bool = False, create: bool = False) -> "_MemoryFile":
        """As the port."""
        self._call()
        inode = self._files.get(path)
        if inode is None:
            if not create or path.rsplit("/", 1)[0] not in self._directories:
                raise FileNotFoundError(errno.ENOENT, "no such file", path)
            inode = _Inode()
            self._name(path, inode)
        return _MemoryFile(self, inode, writable=writable or create)

    def rename(self, old: str, new: str) -> None:
        """As the port; both names are unsafe until the directory is synced."""
        self._call()
        inode = self._files.get(old)
        if inode is None:
            raise FileNotFoundError(errno.ENOENT, "no such file", old)
        self._name(new, inode)
        self._name(old, None)

    def remove(self, path: str) -> None:
        """As the port."""
        self._call()
        if path not in self._files:
            raise FileNotFoundError(errno.ENOENT, "no such file", path)
        self._name(path, None)

    def sync_directory(self, path: str) -> None:
        """As the port."""
        self._call()
        kept = []
        for name, inode in self._unsafe_names:
            if name.rsplit("/", 1)[0] == path:
                _set(self._safe_files, name, inode)
            else:
                kept.append((name, inode))
        self._unsafe_names = kept

    def lock(self, path: str) -> "_MemoryLock":
        """As the port."""
        self._call()
        if path in self._locks:
            raise AlreadyRunningError(f"{path}: held by another process")
        self._locks.add(path)
        return _MemoryLock(self._locks, path)

    def page(self, path: str, *, writable: bool = False) -> "_MemoryPage":
        """As the port; what is written to it is unsafe until its file is synced."""
        self._call()
        inode = self._files.get(path)
        if inode is None:
            raise FileNotFoundError(errno.ENOENT, "no such file", path)
        if len(inode.seen) < PAGE_BYTES:
            raise OSError(errno.EINVAL, "too short to share", path)
        return _MemoryPage(inode, writable=writable)

    def _name(self, path: str, inode: _Inode | None) -> None:
        _set(self._files, path, inode)
        self._unsafe_names.append((path, inode))

    def _call(self) -> None:
        self.calls += 1
        if self.fail_call and (self.calls == self.fail_call or (self.lasting and self.calls > self.fail_call)):
            self.failed += 1
            raise OSError(self.failure, "told to fail")

    def _room(self, inode: _Inode, offset: int, size: int) -> int:
        """How many of the bytes fit."""
        if self.capacity_bytes is None:
            return size
        used = sum(len(file.seen) for file in list(self._files.values()))
        free = self.capacity_bytes - used
        return max(0, min(size, len(inode.seen) - offset + free))


def _set(files: dict[str, _Inode], path: str, inode: _Inode | None) -> None:
    if inode is None:
        files.pop(path, None)
    else:
        files[path] = inode


class _MemoryFile:
    def __init__(self, disk: MemoryDisk, inode: _Inode, *, writable: bool) -> None:
        self._disk = disk
        self._inode = inode
        self._writable = writable

    def read_at(self, offset: int, size: int) -> bytes:
        self._disk._call()  # noqa: SLF001 - one fake in two classes
        return bytes(self._inode.seen[offset : offset + size])

    def write_at(self, offset: int, data: Bytes) -> int:
        if not self._writable:
            raise OSError(errno.EBADF, "opened for reading")
        try:
            self._disk._call()  # noqa: SLF001
        except OSError:
            self._inode.write(offset, bytes(data[: len(data) // 2]))  # a failed write may have done half its work
            raise
        size = min(len(data), self._disk.write_bytes_max or len(data))
        room = self._disk._room(self._inode, offset, size)  # noqa: SLF001
        if size and not room:
            raise OSError(errno.ENOSPC, "the disk is full")
        self._inode.write(offset, bytes(data[:room]))
        return room

    def write_synced(self, offset: int, data: Bytes) -> int:
        taken = self.write_at(offset, data)
        self.sync()
        return taken

    def sync(self) -> None:
        try:
            self._disk._call()  # noqa: SLF001
        except OSError:
            self._inode.dirty.clear()  # as Linux does: reported once, taken for clean ever after
            raise
        self._inode.sync()

    def size(self) -> int:
        self._disk._call()  # noqa: SLF001
        return len(self._inode.seen)

    def truncate(self, size: int) -> None:
        self._disk._call()  # noqa: SLF001
        if size < len(self._inode.seen):
            del self._inode.seen[size:]
        else:
            self._inode.write(len(self._inode.seen), bytes(size - len(self._inode.seen)))

    def close(self) -> None:
        self._writable = False


class _MemoryPage:
    def __init__(self, inode: _Inode, *, writable: bool) -> None:
        self._inode = inode
        self._writable = writable

    def read(self, offset: int, size: int) -> bytes:
        return bytes(self._inode.seen[offset : offset + size])

    def write(self, offset: int, data: bytes) -> None:
        assert self._writable, "a page opened for reading"
        self._inode.write(offset, data)

    def close(self) -> None:
        self._writable = False


class _MemoryLock:
    def __init__(self, locks: set[str], path: str) -> None:
        self._locks = locks
        self._path = path

    def release(self) -> None:
        self._locks.discard(self._path)
