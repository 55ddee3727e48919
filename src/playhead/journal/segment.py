"""
Names and places in a journal's directory.

Law: a segment file is named after the position of its first batch and ends where the next one begins, whatever stands
in it beyond: that is how a batch whose write or sync failed is disowned.
"""

from bisect import bisect_right
from collections.abc import Sequence

from playhead.base.disk import Disk, DiskFile
from playhead.journal.frame import LOG_ID_BYTES, SEGMENT_HEADER_BYTES, SegmentHeader, decode_segment_header

SUFFIX = ".seg"
HEAD_NAME = "head"
LOCK_NAME = "lock"
SPARE_NAME = "spare.zeros"
TEMPORARY_SUFFIX = ".tmp"
QUARANTINE_NAME = "quarantine"
_DIGITS = 20


def segment_path(directory: str, base: int) -> str:
    """Where the segment that begins at this position is."""
    return f"{directory}/{base:0{_DIGITS}d}{SUFFIX}"


def segment_bases(disk: Disk, directory: str) -> list[int]:
    """First positions of all segments, ascending. Raises OSError."""
    names = disk.names(directory)
    stems = (name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX))
    return sorted(int(stem) for stem in stems if len(stem) == _DIGITS and stem.isdigit())


def base_of(bases: Sequence[int], position: int) -> int | None:
    """The segment a position is in: the last one that begins at or before it; None when it is before all."""
    index = bisect_right(bases, position)
    return bases[index - 1] if index else None


def next_base(bases: Sequence[int], base: int) -> int | None:
    """The segment after this one; None when it is the last."""
    index = bisect_right(bases, base)
    return bases[index] if index < len(bases) else None


def read_segment_header(file: DiskFile, base: int) -> SegmentHeader | None:
    """The header, if it is whole and belongs to this name. Raises OSError."""
    header = decode_segment_header(file.read_at(0, SEGMENT_HEADER_BYTES))
    return header if header is not None and header.base == base else None


def find_log_id(disk: Disk, directory: str, bases: Sequence[int]) -> bytes | None:
    """The log's id as the newest segment with a whole header tells it. Raises OSError."""
    for base in reversed(bases):
        file = disk.open(segment_path(directory, base))
        try:
            header = read_segment_header(file, base)
        finally:
            file.close()
        if header is not None:
            assert len(header.log_id) == LOG_ID_BYTES
            return header.log_id
    return None
