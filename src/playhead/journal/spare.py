"""
Segments made ahead of need, of zeros really written, so that a batch's sync has no file to grow.

Law: a spare is whole and synced before it has its name. Only the first one of an empty journal is made while somebody
waits; it is small. Sizes grow from there eightfold up to the limit.
"""

import threading
from typing import Protocol

from msgspec import Struct

from playhead.base.disk import Disk, DiskFile, write_all
from playhead.journal.limits import JournalLimits
from playhead.journal.segment import SPARE_SUFFIX, TEMPORARY_SUFFIX

_CHUNK_BYTES = 256 << 10  # synced one by one, so that batches of the journal find the disk free in between
_ZEROS = bytes(_CHUNK_BYTES)
_GROWTH = 8


class Spare(Struct, frozen=True):
    """A file of zeros at `path`, open, `size` bytes long, durable but for its name."""

    path: str
    file: DiskFile
    size: int


class Spares(Protocol):
    """Where the writer gets its next segment."""

    def take(self, size_min: int) -> Spare:
        """A spare of at least this size; whoever takes it renames it at once. Raises OSError when there is no room."""
        ...

    def retire(self, file: DiskFile, size: int) -> None:
        """Cut a finished segment to its content and close it, soon. Never raises: an uncut one is only larger."""
        ...

    def close(self) -> None:
        """Stop making more. What was asked for is finished or dropped."""
        ...


def make_spare(disk: Disk, directory: str, number: int, size: int) -> Spare:
    """
    Write the zeros, sync them, give them their name. Raises OSError, and leaves nothing behind then.

    `number` keeps it apart from the one before, which may be taken and not renamed yet.
    """
    path = f"{directory}/spare{number}{SPARE_SUFFIX}"
    file = disk.open(path + TEMPORARY_SUFFIX, create=True)
    try:
        for offset in range(0, size, _CHUNK_BYTES):
            write_all(file, offset, _ZEROS[: min(_CHUNK_BYTES, size - offset)])
            file.sync()
        disk.rename(path + TEMPORARY_SUFFIX, path)
    except OSError:
        file.close()
        _try_remove(disk, path + TEMPORARY_SUFFIX)
        raise
    return Spare(path, file, size)


def find_spare(disk: Disk, directory: str, size_min: int) -> Spare | None:
    """A spare left by the process before, if there is a large enough one; others are removed. Raises OSError."""
    found: Spare | None = None
    for name in disk.names(directory):
        if not name.endswith(SPARE_SUFFIX):
            continue
        path = f"{directory}/{name}"
        file = disk.open(path, writable=True)
        size = file.size()
        if found is None and size >= size_min:
            found = Spare(path, file, size)
        else:
            file.close()
            disk.remove(path)
    return found


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

    def take(self, size_min: int) -> Spare:
        """The spare that lies there, or a new one."""
        spare = find_spare(self._disk, self._directory, size_min)
        spare = spare or make_spare(self._disk, self._directory, 0, max(self._size, size_min))
        self._size = next_size(spare.size, self._limits)
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
        self._made = 0
        self._closing = False
        self._thread: threading.Thread | None = None

    def take(self, size_min: int) -> Spare:
        """The one that is ready; waits for the one being made; raises at once while the disk refuses to give room."""
        if self._thread is None:
            return self._first(size_min)
        with self._changed:
            while self._ready is None and self._failure is None:
                self._changed.wait()
            if self._ready is None:
                assert self._failure is not None
                raise OSError(self._failure.errno, str(self._failure))
            spare, self._ready = self._ready, None
            assert spare.size >= size_min, "spares hold the longest batch"
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
        spare = spare or make_spare(self._disk, self._directory, 0, max(self._size, size_min))
        self._want(spare.size)
        self._thread = threading.Thread(target=self._run, name="journal-spares", daemon=True)
        self._thread.start()
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
            spare = make_spare(self._disk, self._directory, self._made + 1, self._size)
        except OSError as error:
            with self._changed:
                self._failure = error
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._closing or bool(self._retired), self._limits.retry_interval_s)
            return
        with self._changed:
            self._ready, self._failure, self._wanted = spare, None, False
            self._made += 1
            self._changed.notify_all()


def _try_remove(disk: Disk, path: str) -> None:
    try:
        disk.remove(path)
    except OSError:
        return
