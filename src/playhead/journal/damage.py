"""Damage: bytes in the middle of the log that are no batch. Law: reported with their place, copied aside, never skipped silently."""

from msgspec import Struct

from playhead.base.disk import Disk, DiskFile, write_all
from playhead.journal.frame import SEGMENT_HEADER_BYTES, Flaw, find_batch
from playhead.journal.segment import QUARANTINE_NAME, TEMPORARY_SUFFIX

_COPY_BYTES = 1 << 20


class Damage(Struct, frozen=True):
    """
    A stretch of the log that cannot be read.

    Attributes:
        path: Segment file it is in.
        start: Position of its first byte in the log.
        end: Position of the first byte after it: a whole batch, the next segment or the end of the log.
        reason: What is wrong at `start`.
        copy: File with the bytes as they are; None when they could not be copied, `copy_error` says why.
        copy_error: Empty when there is a copy.
    """

    path: str
    start: int
    end: int
    reason: str
    copy: str | None = None
    copy_error: str = ""


def damage_end(file: DiskFile, base: int, start: int, limit: int, seed: int) -> int:
    """Position of the next whole batch after `start` and before `limit`; `limit` if there is none. Raises OSError."""
    data = file.read_at(SEGMENT_HEADER_BYTES + start - base, limit - start)
    found = find_batch(data, 1, start, seed)
    return limit if found is None else start + found


def quarantine(disk: Disk, directory: str, file: DiskFile, base: int, damage: Damage) -> Damage:
    """
    Copy the bytes aside, durably; once, however often it is asked for.

    Never raises: that there is no copy is part of the report, and the bytes stay where they are.
    """
    folder = f"{directory}/{QUARANTINE_NAME}"
    path = f"{folder}/{damage.start:020d}-{damage.end:020d}.bad"
    try:
        disk.make_directory(folder)
        if path.rsplit("/", 1)[1] not in disk.names(folder):
            _copy(disk, file, SEGMENT_HEADER_BYTES + damage.start - base, damage.end - damage.start, path)
            disk.sync_directory(folder)
    except OSError as error:
        return Damage(damage.path, damage.start, damage.end, damage.reason, None, str(error))
    return Damage(damage.path, damage.start, damage.end, damage.reason, path)


def _copy(disk: Disk, file: DiskFile, offset: int, size: int, path: str) -> None:
    temporary = path + TEMPORARY_SUFFIX
    copy = disk.open(temporary, create=True)
    try:
        copied = 0
        while copied < size:
            data = file.read_at(offset + copied, min(_COPY_BYTES, size - copied))
            if not data:
                break
            write_all(copy, copied, data)
            copied += len(data)
        copy.truncate(copied)
        copy.sync()
    finally:
        copy.close()
    disk.rename(temporary, path)


def reason_of(flaw: Flaw) -> str:
    """The flaw in words."""
    return flaw.value
