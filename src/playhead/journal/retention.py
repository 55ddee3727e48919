"""Giving room back. Law: whole segments only, oldest first, never one with anything unprocessed, never the last one."""

import os
from collections.abc import Mapping, Sequence

from msgspec import Struct

from playhead.base.disk import Disk
from playhead.base.errors import JournalError
from playhead.journal.disk import RealDisk
from playhead.journal.frame import SegmentHeader
from playhead.journal.segment import next_base, read_segment_header, segment_bases, segment_path


class SegmentInfo(Struct, frozen=True):
    """
    One segment file.

    Attributes:
        base: Position of its first batch, bytes.
        end: Where the next segment begins, bytes; None of the last one, which may still grow.
        size: Of the file, bytes.
        last_ms: Clock of its last batch, Unix ms, or a little later where the header that tells it is damaged; None
            where it is not known: of the last segment.
        log_id: Id of the log as its header tells it; None if that is damaged.
    """

    base: int
    end: int | None
    size: int
    last_ms: int | None
    log_id: bytes | None = None


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
        facts = {base: _size_and_header(disk, path, base) for base in bases}
    except FileNotFoundError:
        return []  # not made yet, or a segment was removed meanwhile: the next call sees the rest
    except OSError as error:
        raise JournalError(f"{path}: {error}") from error
    infos: list[SegmentInfo] = []
    last_ms: int | None = None  # the header of the next segment tells it; where that is damaged, the one after
    for base in reversed(bases):
        size, header = facts[base]
        infos.append(SegmentInfo(base, next_base(bases, base), size, last_ms, header.log_id if header else None))
        last_ms = header.floor_ms if header else last_ms
    return infos[::-1]


def removable(
    held: Mapping[str, Sequence[SegmentInfo]],
    processed: Mapping[str, int],
    now_ms: int,
    *,
    keep_ms: int | None,
    keep_bytes: int | None,
) -> dict[str, int]:
    """
    How far journals may be given back, by age and size.

    Args:
        held: The segments of each journal by its name, oldest first.
        processed: By name: all before it is in the store, bytes; of a journal that is missing here, nothing is.
        now_ms: The journals' clock, Unix ms.
        keep_ms: Segments whose last batch is older go; None: age removes nothing.
        keep_bytes: While the files of all journals are larger together, the oldest segment goes; None: size removes
            nothing.

    Returns:
        By name a position for `remove_before`, at most that of `processed`; journals with nothing to go are missing.
    """
    total = sum(info.size for infos in held.values() for info in infos)
    candidates = sorted(
        (info.last_ms, name, info.end, info.size)
        for name, infos in held.items()
        for info in infos
        if info.end is not None and info.end <= processed.get(name, 0) and info.last_ms is not None
    )
    positions: dict[str, int] = {}
    for last_ms, name, end, size in candidates:
        too_old = keep_ms is not None and last_ms < now_ms - keep_ms
        too_much = keep_bytes is not None and total > keep_bytes
        if not (too_old or too_much):
            break
        positions[name] = end
        total -= size
    return positions


def remove_before(
    directory: str | os.PathLike[str], position: int, *, segments_max: int | None = None, disk: Disk | None = None
) -> list[SegmentInfo]:
    """
    Remove the segments that end at or before a processed position, beside a live writer and live readers.

    Args:
        directory: The journal's directory.
        position: All before it has been processed, bytes. The caller's word is taken for it.
        segments_max: Most segments to remove at a time; None: all of them.
        disk: The machine's, if none is given.

    Returns:
        What was removed, oldest first.

    Raises:
        JournalError: The disk failed; what was removed until then is gone, the rest is there.
    """
    disk = disk or RealDisk()
    path = os.fspath(directory)
    removed: list[SegmentInfo] = []
    for info in segments(path, disk=disk):
        if info.end is None or info.end > position or len(removed) == segments_max:
            break
        try:
            disk.remove(segment_path(path, info.base))
        except OSError as error:
            raise JournalError(f"{path}: {error}") from error
        removed.append(info)
    return removed


def _size_and_header(disk: Disk, directory: str, base: int) -> tuple[int, SegmentHeader | None]:
    file = disk.open(segment_path(directory, base))
    try:
        return file.size(), read_segment_header(file, base)
    finally:
        file.close()
