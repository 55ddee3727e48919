"""The machine's disk behind `base.disk`. Law: one method, one or two calls to the system; nothing is retried or cached."""

import errno
import fcntl
import mmap
import os

from playhead.base.disk import PAGE_BYTES, Bytes
from playhead.base.errors import AlreadyRunningError

_FILE_MODE = 0o600  # what players said is nobody else's business
_DIRECTORY_MODE = 0o700
_SYNC_WRITE = getattr(os, "RWF_DSYNC", 0)


class RealFile:
    """An open file of the machine."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def read_at(self, offset: int, size: int) -> bytes:
        """`pread`, again until the end of the file when the system gives less than asked."""
        data = os.pread(self._handle, size, offset)
        while 0 < len(data) < size:
            more = os.pread(self._handle, size - len(data), offset + len(data))
            if not more:
                break
            data += more
        return data

    def write_at(self, offset: int, data: Bytes) -> int:
        """`pwrite`."""
        return os.pwrite(self._handle, data, offset)

    def write_synced(self, offset: int, data: Bytes) -> int:
        """One `pwritev2(RWF_DSYNC)` where the system has it: one trip and one wait for the interpreter's lock, not two."""
        if _SYNC_WRITE:
            try:
                return os.pwritev(self._handle, [data], offset, _SYNC_WRITE)
            except OSError as error:
                if error.errno not in {errno.EOPNOTSUPP, errno.ENOSYS}:
                    raise
        taken = os.pwrite(self._handle, data, offset)
        self.sync()
        return taken

    def sync(self) -> None:
        """`fdatasync`, or `fsync` where there is none."""
        getattr(os, "fdatasync", os.fsync)(self._handle)

    def size(self) -> int:
        """Length in bytes."""
        return os.fstat(self._handle).st_size

    def truncate(self, size: int) -> None:
        """`ftruncate`."""
        os.ftruncate(self._handle, size)

    def close(self) -> None:
        """`close`, once."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)


class RealPage:
    """A file mapped into memory."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory

    def read(self, offset: int, size: int) -> bytes:
        """A copy."""
        return self._memory[offset : offset + size]

    def write(self, offset: int, data: bytes) -> None:
        """Into memory; the system brings it to the disk when it likes."""
        self._memory[offset : offset + len(data)] = data

    def close(self) -> None:
        """`munmap`."""
        self._memory.close()


class RealLock:
    """A `flock`: the system gives it back when the process dies, however it dies."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def release(self) -> None:
        """Close the file that carries the lock."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)


class RealDisk:
    """The machine's disk."""

    def make_directory(self, path: str) -> None:
        """Make what is missing, from the top, and sync each parent that got a new name."""
        if os.path.isdir(path):  # noqa: PTH112 - paths are text in this port
            return
        parent = os.path.dirname(os.path.abspath(path))  # noqa: PTH100, PTH120
        self.make_directory(parent)
        try:
            os.mkdir(path, _DIRECTORY_MODE)  # noqa: PTH102
        except FileExistsError:
            if not os.path.isdir(path):  # noqa: PTH112
                raise
        self.sync_directory(parent)

    def names(self, path: str) -> list[str]:
        """Sorted names."""
        return sorted(os.listdir(path))  # noqa: PTH208

    def open(self, path: str, *, writable: bool = False, create: bool = False) -> RealFile:
        """Open, never following what a child process could inherit."""
        flags = (os.O_RDWR if writable or create else os.O_RDONLY) | (os.O_CREAT if create else 0)
        return RealFile(os.open(path, flags | os.O_CLOEXEC, _FILE_MODE))

    def rename(self, old: str, new: str) -> None:
        """`rename`."""
        os.replace(old, new)  # noqa: PTH105

    def remove(self, path: str) -> None:
        """`unlink`."""
        os.unlink(path)  # noqa: PTH108

    def sync_directory(self, path: str) -> None:
        """`fsync` of the directory."""
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def lock(self, path: str) -> RealLock:
        """`flock`, not waiting."""
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
                raise AlreadyRunningError(f"{path}: held by another process") from error
            raise
        return RealLock(handle)

    def page(self, path: str, *, writable: bool = False) -> RealPage:
        """`mmap`, shared."""
        handle = os.open(path, (os.O_RDWR if writable else os.O_RDONLY) | os.O_CLOEXEC)
        try:
            if os.fstat(handle).st_size < PAGE_BYTES:
                raise OSError(errno.EINVAL, "too short to share", path)
            access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ
            return RealPage(mmap.mmap(handle, PAGE_BYTES, access=access))
        finally:
            os.close(handle)
