"""
Finding the end of a log again after any end of its writer.

Law: what was acknowledged is kept, in order; what was torn is cut, and said; what is damaged in the middle stays where it
is, is copied aside, and is said. Batches are synced one after the other, so the bytes after the last whole batch were never
acknowledged, unless a whole batch follows them or the head has told readers of them: then they are damage.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct

from playhead.base.disk import Disk, DiskFile, write_all
from playhead.journal.damage import Damage, damage_end, quarantine, reason_of
from playhead.journal.frame import (
    LOG_ID_BYTES,
    SEGMENT_HEADER_BYTES,
    Batch,
    decode_batch,
    seed_of,
)
from playhead.journal.head import Head, HeadState
from playhead.journal.segment import (
    TEMPORARY_SUFFIX,
    base_of,
    find_log_id,
    next_base,
    read_segment_header,
    segment_bases,
    segment_path,
)


class Recovery(Struct, frozen=True):
    """
    What opening a journal found.

    Attributes:
        log_id: Id of the log.
        position: Where writing goes on, bytes; all before it is durable.
        last_mark_ms: Clock of the last batch, Unix ms; 0 in an empty log.
        clean: The writer before had closed the journal in order, or there was none.
        cut_bytes: Bytes behind the last whole batch that were cut; they were never acknowledged.
        cut_path: The segment they were in; empty when nothing was cut.
        rescued_bytes: Whole batches found behind the durable position readers knew; kept, and synced now.
        damages: What is unreadable in the middle, in order of position. Only the end of the log is searched here; a
            reader reports what it meets elsewhere.
    """

    log_id: bytes
    position: int
    last_mark_ms: int
    clean: bool = True
    cut_bytes: int = 0
    cut_path: str = ""
    rescued_bytes: int = 0
    damages: tuple[Damage, ...] = ()


class Scan(Struct):
    """One segment, read from its beginning: end of its last whole batch, that batch's clock, what was unreadable."""

    end: int
    at_ms: int
    batches: int
    damages: list[Damage]
    torn_bytes: int
    size: int


def recover(disk: Disk, directory: str, head: Head | None, entropy: Callable[[int], bytes]) -> Recovery:
    """
    Make the end of the log good. The caller holds the journal's lock.

    Args:
        disk: Where it is.
        directory: Its directory, which exists.
        head: What readers were told last; None when that is lost or there never was a log.
        entropy: Gives that many random bytes, for the id of a new log.

    Raises:
        OSError: The disk failed; nothing was acknowledged or lost, and trying again is safe.
    """
    _remove_leftovers(disk, directory)
    bases = segment_bases(disk, directory)
    log_id = find_log_id(disk, directory, bases) or (head.log_id if head else None)
    if log_id is None:
        if not bases:
            return Recovery(entropy(LOG_ID_BYTES), 0, 0)
        log_id = entropy(LOG_ID_BYTES)  # no header is left: all of it is damage, and a new log begins behind it
    if head is not None and head.log_id != log_id:
        head = None
    known = head.position if head else 0
    bases, cut_bytes, cut_path, floor_ms = _drop_empty(disk, directory, bases, known, log_id)
    floor_ms = max(floor_ms, head.at_ms if head else 0)
    clean = head is not None and head.state is HeadState.SEALED and not cut_bytes
    if not bases:
        return Recovery(log_id, known, floor_ms, clean, cut_bytes, cut_path)
    damages: list[Damage] = []
    first = base_of(bases, known) if head else bases[-1]
    for base in bases[bases.index(first if first is not None else bases[0]) : -1]:
        damages += scan_segment(disk, directory, base, next_base(bases, base), known=known, log_id=log_id).damages
    last = scan_segment(disk, directory, bases[-1], None, known=known, log_id=log_id)
    end = max(last.end, known)
    _make_good(disk, segment_path(directory, bases[-1]), bases[-1], known, last)
    if last.torn_bytes:
        cut_bytes, cut_path = cut_bytes + last.torn_bytes, segment_path(directory, bases[-1])
    return Recovery(
        log_id=log_id,
        position=end,
        last_mark_ms=max(floor_ms, last.at_ms),
        clean=clean and not (cut_bytes or damages or last.damages),
        cut_bytes=cut_bytes,
        cut_path=cut_path,
        rescued_bytes=max(0, last.end - max(known, bases[-1])) if head else 0,
        damages=(*damages, *last.damages),
    )


def _remove_leftovers(disk: Disk, directory: str) -> None:
    for name in disk.names(directory):
        if name.endswith(TEMPORARY_SUFFIX):
            disk.remove(f"{directory}/{name}")


def _drop_empty(
    disk: Disk, directory: str, bases: Sequence[int], known: int, log_id: bytes
) -> tuple[list[int], int, str, int]:
    """Remove segments at the end that were begun and hold no whole batch; what is left, bytes cut, where, their floor."""
    kept = list(bases)
    cut_bytes, cut_path, floor_ms = 0, "", 0
    while kept and known <= kept[-1]:
        path = segment_path(directory, kept[-1])
        scan = scan_segment(disk, directory, kept[-1], None, known=known, log_id=log_id)
        floor_ms = max(floor_ms, scan.at_ms)
        if scan.batches or scan.damages:
            break
        if scan.torn_bytes:
            cut_bytes, cut_path = cut_bytes + scan.torn_bytes, path
        disk.remove(path)
        disk.sync_directory(directory)
        kept.pop()
    return kept, cut_bytes, cut_path, floor_ms


def scan_segment(disk: Disk, directory: str, base: int, limit: int | None, *, known: int, log_id: bytes) -> Scan:
    """Read a segment up to `limit`, the end of what is its own; None in the last one: up to its last whole batch."""
    path = segment_path(directory, base)
    file = disk.open(path)
    try:
        size = file.size()
        header = read_segment_header(file, base)
        data = file.read_at(SEGMENT_HEADER_BYTES, size)
        found = Scan(base, header.floor_ms if header else 0, 0, [], 0, size)
        seed = seed_of(log_id)
        while limit is None or found.end < limit:
            batch = decode_batch(data, found.end - base, found.end, seed)
            if isinstance(batch, Batch):
                found.end, found.at_ms, found.batches = batch.end_position, batch.at_ms, found.batches + 1
                continue
            stop = damage_end(file, base, found.end, limit or base + max(size, SEGMENT_HEADER_BYTES), seed)
            whole_follows = isinstance(decode_batch(data, stop - base, stop, seed), Batch)
            if limit is None and not whole_follows:
                if found.end >= known:
                    found.torn_bytes = len(data[found.end - base :].rstrip(b"\0"))
                    break
                stop = known
            damage = Damage(path, found.end, stop, reason_of(batch))
            found.damages.append(quarantine(disk, directory, file, base, damage))
            found.end = stop
            if limit is None and not whole_follows:
                break
        return found
    finally:
        file.close()


def _make_good(disk: Disk, path: str, base: int, known: int, scan: Scan) -> None:
    """
    Cut the torn end and sync the rest.

    What readers were not told of is written again first: if the sync of the writer before had failed, the system takes
    those bytes for clean and would not write them to the disk any more.
    """
    size = min(scan.size, SEGMENT_HEADER_BYTES + scan.end - base)
    start = 0 if known <= base else SEGMENT_HEADER_BYTES + known - base
    file: DiskFile = disk.open(path, writable=True)
    try:
        if start < size:
            write_all(file, start, file.read_at(start, size - start))
        if size < scan.size:
            file.truncate(size)
        file.sync()
    finally:
        file.close()
