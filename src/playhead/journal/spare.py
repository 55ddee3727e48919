"""
Segments made ahead of need, of zeros really written, so that a batch's sync has no file to grow.

Law: a spare is whole and synced before it has its name, and the next one is not begun before it was given the name of
its segment: at any time there is one spare or none. Only the first one of an empty journal is made while somebody
waits; it is small. Sizes grow from there eightfold up to the limit.
"""

import errno
import threading
from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from playhead.base.disk import Disk, DiskFile, write_all
from playhead.journal.limits import JournalLimits
from playhead.journal.segment import SPARE_NAME, TEMPORARY_SUFFIX

_CHUNK_BYTES = 256 << 10  # synced one by one, so that batches of the journal find the disk free in between
_ZEROS = bytes(_CHUNK_BYTES)
_GROWTH = 8


class Spare(Struct, frozen=True):
    """A file of zeros, open, `size` bytes long, durable but for its name."""

    file: DiskFile
    size: int


class Spares(Protocol):
    """Where the writer gets its next segment."""

    def take(self, size_min: int, path: str) -> Spare:
        """
        A spare of at least this size, under this name, the name synced; whatever had the name is gone.

        Raises:
            OSError: No room, or the name is unsure: a file may have it.
        """
        ...

    def retire(self, file: DiskFile, size: int) -> None:
        """Cut a finished segment to its content and close it, soon. Never raises: an uncut one is only larger."""
        ...

    def close(self) -> None:
        """Stop making more. What was asked for is finished or dropped."""
        ...


def make_spare(disk: Disk, directory: str, size: int, given_up: Callable[[], bool] = lambda: False) -> Spare:
    """
    Write the zeros, sync them, give them their name.

    Raises:
        OSError: The disk refused, or `given_up` said so (InterruptedError); nothing is left behind.
    """
    path = f"{directory}/{SPARE_NAME}"
    file = disk.open(path + TEMPORARY_SUFFIX, create=True)
    try:
        for offset in range(0, size, _CHUNK_BYTES):
            if given_up():
                raise InterruptedError(errno.EINTR, "not needed any more")
            write_all(file, offset, _ZEROS[: min(_CHUNK_BYTES, size - offset)])
            file.sync()
        disk.rename(path + TEMPORARY_SUFFIX, path)
    except OSError:
        file.close()
        _try_remove(disk, path + TEMPORARY_SUFFIX)
        raise
    return Spare(file, size)


def find_spare(disk: Disk, directory: str, size_min: int) -> Spare | None:
    """The spare left by the process before; one that is too small is removed. Raises OSError."""
    path = f"{directory}/{SPARE_NAME}"
    try:
        file = disk.open(path, writable=True)
    except FileNotFoundError:
        return None
    size = file.size()
    if size >= size_min:
        return Spare(file, size)
    file.close()
    disk.remove(path)
    return None


def name_spare(disk: Disk, directory: str, spare: Spare, path: str) -> None:
    """Give a spare the name of a segment, durably. Raises OSError; the spare is closed then, and not used again."""
    spare_path = f"{directory}/{SPARE_NAME}"
    try:
        disk.rename(spare_path, path)
        disk.sync_directory(directory)
    except OSError:
        spare.file.close()
        _try_remove(disk, spare_path)
        raise


def next_size(size: int, limits: JournalLimits) -> int:
    """How large the spare after one of this size is."""
    return max(limits.frame_bytes, min(limits.segment_bytes, size * _GROWTH))


def cut(file: DiskFile, size: int) -> None:
    """Cut a finished segment to its content and close it; a failure costs room, nothing else."""
    try:
        file.truncate(size)
        file.sync()
    except OSError:
        pass
    finally:
        file.close()


class InlineSpares:
    """Makes each spare when it is asked for, in the caller's thread: for opening, and for tests that count calls."""

    def __init__(self, disk: Disk, directory: str, limits: JournalLimits) -> None:
        self._disk = disk
        self._directory = directory
        self._size = limits.first_segment_bytes
        self._limits = limits

    def take(self, size_min: int, path: str) -> Spare:
        """The spare that lies there, or a new one."""
        spare = find_spare(self._disk, self._directory, size_min)
        spare = spare or make_spare(self._disk, self._directory, max(self._size, size_min))
        self._size = next_size(spare.size, self._limits)
        name_spare(self._disk, self._directory, spare, path)
        return spare

    def retire(self, file: DiskFile, size: int) -> None:
        """At once."""
        cut(file, size)

    def close(self) -> None:
        """Nothing runs."""


class BackgroundSpares:
    """Keeps one spare ready with a thread of its own; cuts finished segments there too."""

    def __init__(self, disk: Disk, directory: str, limits: JournalLimits) -> None:
        self._disk = disk
        self._directory = directory
        self._limits = limits
        self._size = limits.first_segment_bytes
        self._changed = threading.Condition()
        self._ready: Spare | None = None
        self._failure: OSError | None = None
        self._retired: list[tuple[DiskFile, int]] = []
        self._wanted = False
        self._closing = False
        self._thread: threading.Thread | None = None

    def take(self, size_min: int, path: str) -> Spare:
        """The one that is ready; waits for the one being made; raises at once while the disk refuses to give room."""
        spare = self._first(size_min) if self._thread is None else self._next()
        assert spare.size >= size_min, "spares hold the longest batch"
        try:
            name_spare(self._disk, self._directory, spare, path)
        finally:
            self._want(spare.size)
        return spare

    def retire(self, file: DiskFile, size: int) -> None:
        """By the thread."""
        with self._changed:
            self._retired.append((file, size))
            self._changed.notify_all()

    def close(self) -> None:
        """Wait for the thread; a spare that is ready stays for the next process."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        for file, size in self._retired:
            cut(file, size)
        if self._ready is not None:
            self._ready.file.close()

    def _first(self, size_min: int) -> Spare:
        spare = find_spare(self._disk, self._directory, size_min)
        spare = spare or make_spare(self._disk, self._directory, max(self._size, size_min))
        self._thread = threading.Thread(target=self._run, name="journal-spares", daemon=True)
        self._thread.start()
        return spare

    def _next(self) -> Spare:
        with self._changed:
            while self._ready is None and self._failure is None:
                self._changed.wait()
            if self._ready is None:
                assert self._failure is not None
                raise OSError(self._failure.errno, str(self._failure))
            spare, self._ready = self._ready, None
            return spare

    def _want(self, previous_size: int) -> None:
        with self._changed:
            self._size = next_size(previous_size, self._limits)
            self._wanted = True
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not (self._closing or self._retired or self._wanted):
                    self._changed.wait()
                if self._closing:
                    return
                retired, self._retired = self._retired, []
                wanted = self._wanted
            for file, size in retired:
                cut(file, size)
            if wanted:
                self._make()

    def _make(self) -> None:
        """One attempt; after a failure a pause."""
        try:
            spare = make_spare(self._disk, self._directory, self._size, lambda: self._closing)
        except OSError as error:
            with self._changed:
                self._failure = error
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._closing or bool(self._retired), self._limits.retry_interval_s)
            return
        with self._changed:
            self._ready, self._failure, self._wanted = spare, None, False
            self._changed.notify_all()


def _try_remove(disk: Disk, path: str) -> None:
    try:
        disk.remove(path)
    except OSError:
        return
