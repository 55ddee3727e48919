"""
Every byte of a journal looked at, and nothing touched: what a check of the whole log starts from (decision 0090).

Law: nothing is written, cut or copied aside, whatever is found. A torn end is judged as `recover` would: what was never
acknowledged is no damage.
"""

import errno
import os

from msgspec import Struct

from playhead.base.disk import PAGE_BYTES, Disk, DiskFile, DiskLock, SharedPage
from playhead.base.errors import JournalError
from playhead.journal.damage import Damage
from playhead.journal.disk import RealDisk
from playhead.journal.frame import LOG_ID_BYTES
from playhead.journal.head import Head, HeadState, HeadWriter, read_head, torn_slots
from playhead.journal.recover import scan_segment
from playhead.journal.segment import (
    HEAD_NAME,
    find_log_id,
    next_base,
    read_segment_header,
    segment_bases,
    segment_path,
)

LOOKS = 20
"""How often a page that a writer may be changing is looked at before it is called damaged."""


class Survey(Struct, frozen=True, kw_only=True):
    """
    What a journal holds.

    Attributes:
        directory: Its directory.
        log_id: Id of the log; None where there is no log yet.
        begin: Position of the first byte that is kept; what was before it was given back.
        end: All before it is durable, bytes.
        floor_ms: Clock of the last batch before `begin`, Unix ms, or a little later; 0 of a log that is whole.
        at_ms: Clock of the last batch, Unix ms.
        torn_bytes: Behind `end`, never acknowledged.
        damages: What cannot be read, in order; `copy` is None in all.
    """

    directory: str
    log_id: bytes | None = None
    begin: int = 0
    end: int = 0
    floor_ms: int = 0
    at_ms: int = 0
    torn_bytes: int = 0
    damages: tuple[Damage, ...] = ()


def survey(directory: str | os.PathLike[str], *, live: bool = False, disk: Disk | None = None) -> Survey:
    """
    Read all of a journal.

    Args:
        directory: The journal's.
        live: Its writer may be at work: what the head does not name yet is left to it.
        disk: The machine's, if none is given.

    Raises:
        JournalError: The disk failed, or a segment was removed meanwhile.
    """
    disk = ReadOnlyDisk(disk or RealDisk())
    path = os.fspath(directory)
    try:
        return _survey(disk, path, live=live)
    except OSError as error:
        raise JournalError(f"{path}: {error}") from error


def _survey(disk: Disk, directory: str, *, live: bool) -> Survey:
    head, damages = _look_at_head(disk, directory)
    bases = segment_bases(disk, directory)
    if live:
        bases = [base for base in bases if head is not None and base <= head.base]
    log_id = find_log_id(disk, directory, bases) or (head.log_id if head else None)
    if log_id is None:
        return Survey(directory=directory, damages=(*damages, *_headers(disk, directory, bases, bytes(LOG_ID_BYTES))))
    if head is not None and head.log_id != log_id:
        damages.append(Damage(f"{directory}/{HEAD_NAME}", 0, 0, "the head is of another log"))
        head = None
    known = head.position if head else 0
    damages += _headers(disk, directory, bases, log_id)
    end, at_ms, torn_bytes = known, head.at_ms if head else 0, 0
    for base in bases:
        limit = next_base(bases, base)
        limit = known if limit is None and live else limit
        scan = scan_segment(disk, directory, base, limit, known=known, log_id=log_id)
        damages += scan.damages
        if limit is not None and scan.end > limit:
            path = segment_path(directory, base)
            damages.append(Damage(path, limit, scan.end, "a batch goes beyond the beginning of the next segment"))
        end, at_ms, torn_bytes = max(scan.end, known if limit is None else 0), scan.at_ms, scan.torn_bytes
    return Survey(
        directory=directory,
        log_id=log_id,
        begin=bases[0] if bases else known,
        end=end,
        floor_ms=_floor_ms(disk, directory, bases, at_ms),
        at_ms=at_ms,
        torn_bytes=torn_bytes,
        damages=tuple(damages),
    )


def _look_at_head(disk: Disk, directory: str) -> tuple[Head | None, list[Damage]]:
    """What the head says, and what of it is torn; it is looked at again where a writer may have been seen at work."""
    path = f"{directory}/{HEAD_NAME}"
    try:
        page = disk.page(path)
    except FileNotFoundError:
        return None, []
    except OSError as error:
        return None, [Damage(path, 0, 0, f"the head cannot be read: {error.strerror}")]
    try:
        torn = torn_slots(page)
        for _ in range(LOOKS):
            if not torn:
                break
            torn = [slot for slot in torn_slots(page) if slot in torn]
        return read_head(page), [Damage(path, at, at, "the head is torn") for at in torn]
    finally:
        page.close()


def _headers(disk: Disk, directory: str, bases: list[int], log_id: bytes) -> list[Damage]:
    """Segments whose header is not whole, or of another log."""
    damages = []
    for base in bases:
        path = segment_path(directory, base)
        file = disk.open(path)
        try:
            header = read_segment_header(file, base)
        finally:
            file.close()
        if header is None:
            damages.append(Damage(path, base, base, "the segment's header is damaged"))
        elif header.log_id != log_id:
            damages.append(Damage(path, base, base, "a segment of another log"))
    return damages


def _floor_ms(disk: Disk, directory: str, bases: list[int], at_ms: int) -> int:
    """Clock of what was given back; where the header that tells it is damaged, that of the end."""
    if not bases or bases[0] == 0:
        return 0
    file = disk.open(segment_path(directory, bases[0]))
    try:
        header = read_segment_header(file, bases[0])
    finally:
        file.close()
    return at_ms if header is None else header.floor_ms


def surveyed_disk(found: Survey, disk: Disk | None = None) -> Disk:
    """The disk for readers of a surveyed journal: they see its end as surveyed, and can change nothing."""
    return _SurveyedDisk(disk or RealDisk(), found)


class ReadOnlyDisk:
    """A disk on which nothing can be changed: whatever would, raises EROFS."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def names(self, path: str) -> list[str]:
        """As the port."""
        return self._disk.names(path)

    def open(self, path: str, *, writable: bool = False, create: bool = False) -> DiskFile:
        """As the port, for reading."""
        if writable or create:
            raise _refused(path)
        return self._disk.open(path)

    def page(self, path: str, *, writable: bool = False) -> SharedPage:
        """As the port, for reading."""
        if writable:
            raise _refused(path)
        return self._disk.page(path)

    def make_directory(self, path: str) -> None:
        """Refused."""
        raise _refused(path)

    def rename(self, old: str, new: str) -> None:
        """Refused."""
        raise _refused(f"{old} to {new}")

    def remove(self, path: str) -> None:
        """Refused."""
        raise _refused(path)

    def sync_directory(self, path: str) -> None:
        """Refused."""
        raise _refused(path)

    def lock(self, path: str) -> DiskLock:
        """Refused."""
        raise _refused(path)


class _SurveyedDisk(ReadOnlyDisk):
    def __init__(self, disk: Disk, found: Survey) -> None:
        super().__init__(disk)
        self._found = found

    def page(self, path: str, *, writable: bool = False) -> SharedPage:
        """The head as surveyed: the log ends where whole batches do, and is closed."""
        if writable:
            raise _refused(path)
        found = self._found
        if found.log_id is None:
            raise FileNotFoundError(errno.ENOENT, "there is no log", path)
        page = _Page()
        bases = segment_bases(self, found.directory)
        HeadWriter(page).publish(found.log_id, bases[-1] if bases else 0, found.end, found.at_ms, HeadState.SEALED)
        return page


class _Page:
    """A page nobody shares."""

    def __init__(self) -> None:
        self._memory = bytearray(PAGE_BYTES)

    def read(self, offset: int, size: int) -> bytes:
        return bytes(self._memory[offset : offset + size])

    def write(self, offset: int, data: bytes) -> None:
        self._memory[offset : offset + len(data)] = data

    def close(self) -> None:
        pass


def _refused(path: str) -> OSError:
    return OSError(errno.EROFS, "a survey changes nothing", path)
