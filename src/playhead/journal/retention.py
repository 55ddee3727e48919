"""Giving room back. Law: whole segments only, oldest first, never one with anything unprocessed, never the last one."""

import os
from collections.abc import Sequence

from msgspec import Struct

from playhead.base.disk import Disk
from playhead.base.errors import JournalError
from playhead.journal.disk import RealDisk
from playhead.journal.segment import next_base, read_segment_header, segment_bases, segment_path


class SegmentInfo(Struct, frozen=True):
    """
    One segment file.

    Attributes:
        base: Position of its first batch, bytes.
        end: Where the next segment begins, bytes; None of the last one, which may still grow.
        size: Of the file, bytes.
        last_ms: Clock of its last batch, Unix ms; None where it is not known: of the last segment, or damaged headers.
    """

    base: int
    end: int | None
    size: int
    last_ms: int | None


def segments(directory: str | os.PathLike[str], *, disk: Disk | None = None) -> list[SegmentInfo]:
    """
    The segments of a journal, oldest first; none of a journal that does not exist yet.

    Raises:
        JournalError: The disk failed.
    """
    disk = disk or RealDisk()
    path = os.fspath(directory)
    try:
        bases = segment_bases(disk, path)
        facts = {base: _size_and_floor(disk, path, base) for base in bases}
    except FileNotFoundError:
        return []  # not made yet, or a segment was removed meanwhile: the next call sees the rest
    except OSError as error:
        raise JournalError(f"{path}: {error}") from error
    infos = []
    for base in bases:
        end = next_base(bases, base)
        infos.append(SegmentInfo(base, end, facts[base][0], None if end is None else facts[end][1]))
    return infos


def removable_before(
    held: Sequence[SegmentInfo], processed: int, now_ms: int, *, keep_ms: int | None, keep_bytes: int | None
) -> int:
    """
    How far the journal may be given back, by age and size.

    Args:
        held: The segments, oldest first.
        processed: All before it is in the store, bytes.
        now_ms: The journal's clock, Unix ms.
        keep_ms: Segments whose last batch is older go; None: age removes nothing.
        keep_bytes: While the files are larger together, the oldest goes; None: size removes nothing.

    Returns:
        A position for `remove_before`, at most `processed`; 0 if nothing is to go.
    """
    total = sum(info.size for info in held)
    position = 0
    for info in held:
        too_old = keep_ms is not None and info.last_ms is not None and info.last_ms < now_ms - keep_ms
        too_much = keep_bytes is not None and total > keep_bytes
        if info.end is None or info.end > processed or not (too_old or too_much):
            break
        position = info.end
        total -= info.size
    return position


def remove_before(directory: str | os.PathLike[str], position: int, *, disk: Disk | None = None) -> list[SegmentInfo]:
    """
    Remove the segments that end at or before a processed position, beside a live writer and live readers.

    Args:
        directory: The journal's directory.
        position: All before it has been processed, bytes. The caller's word is taken for it.
        disk: The machine's, if none is given.

    Returns:
        What was removed, oldest first.

    Raises:
        JournalError: The disk failed; what was removed until then is gone, the rest is there.
    """
    disk = disk or RealDisk()
    path = os.fspath(directory)
    removed = []
    for info in segments(path, disk=disk):
        if info.end is None or info.end > position:
            break
        try:
            disk.remove(segment_path(path, info.base))
        except OSError as error:
            raise JournalError(f"{path}: {error}") from error
        removed.append(info)
    return removed


def _size_and_floor(disk: Disk, directory: str, base: int) -> tuple[int, int | None]:
    file = disk.open(segment_path(directory, base))
    try:
        header = read_segment_header(file, base)
        return file.size(), header.floor_ms if header else None
    finally:
        file.close()
