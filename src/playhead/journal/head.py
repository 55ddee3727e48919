"""
The head: a page of memory through which the writer tells readers in other processes what is durable.

Law: it is written after the sync and never says more than the disk holds. Two slots are written in turn, so that a writer
killed half way through leaves the other one whole. Nothing waits for the page to reach the disk: after a power loss it
may be old or gone, and opening the journal finds the truth in the segments.
"""

import struct
import zlib
from enum import IntEnum

from msgspec import Struct

from playhead.base.disk import PAGE_BYTES, Disk, SharedPage, write_all
from playhead.journal.frame import LOG_ID_BYTES
from playhead.journal.segment import HEAD_NAME, TEMPORARY_SUFFIX

_SLOT = struct.Struct("<4sIQQQQ16sI")
_MAGIC = b"PHH\x01"
_SLOT_AT = (0, 512)  # in sectors of their own


class HeadState(IntEnum):
    """What the writer is doing."""

    LIVE = 1
    SEALED = 2
    """Closed in order: nothing follows until a writer opens the journal again."""


class Head(Struct, frozen=True, gc=False):
    """
    What is durable.

    Attributes:
        log_id: The log this is about.
        base: First position of the segment being written.
        position: All before it is durable, bytes.
        at_ms: Clock of the last durable batch, Unix ms.
        state: Whether more is to come.
        sequence: Counts the updates.
    """

    log_id: bytes
    base: int
    position: int
    at_ms: int
    state: HeadState
    sequence: int = 0


def read_head(page: SharedPage) -> Head | None:
    """The latest whole slot; None when there is none. Cheap: two checksums of 60 bytes."""
    latest: Head | None = None
    for at in _SLOT_AT:
        data = page.read(at, _SLOT.size)
        if not _is_whole(data):
            continue
        _, state, sequence, base, position, at_ms, log_id, _ = _SLOT.unpack(data)
        if latest is None or sequence > latest.sequence:
            latest = Head(log_id, base, position, at_ms, HeadState(state), sequence)
    return latest


def torn_slots(page: SharedPage) -> list[int]:
    """Where in the page, bytes, slots begin that are neither whole nor never written."""
    return [at for at in _SLOT_AT if any(data := page.read(at, _SLOT.size)) and not _is_whole(data)]


def _is_whole(data: bytes) -> bool:
    magic, *_, checksum = _SLOT.unpack(data)
    return bool(magic == _MAGIC and checksum == zlib.crc32(data[:-4]))


class HeadWriter:
    """The writer's side of the page."""

    def __init__(self, page: SharedPage) -> None:
        self._page = page
        head = read_head(page)
        self._sequence = head.sequence if head else 0

    def publish(self, log_id: bytes, base: int, position: int, at_ms: int, state: HeadState) -> None:
        """Tell the readers. Only after the sync of everything before `position`."""
        assert len(log_id) == LOG_ID_BYTES
        self._sequence += 1
        fields = (_MAGIC, state, self._sequence, base, position, at_ms, log_id)
        data = _SLOT.pack(*fields, 0)[:-4]
        self._page.write(_SLOT_AT[self._sequence % 2], data + zlib.crc32(data).to_bytes(4, "little"))

    def close(self) -> None:
        """Let go of the page."""
        self._page.close()


def open_head(disk: Disk, directory: str) -> SharedPage:
    """The page for writing; made, of written zeros, when it is missing or cannot be shared. Raises OSError."""
    path = f"{directory}/{HEAD_NAME}"
    try:
        return disk.page(path, writable=True)
    except FileNotFoundError:
        pass
    temporary = path + TEMPORARY_SUFFIX
    file = disk.open(temporary, create=True)
    try:
        write_all(file, 0, bytes(PAGE_BYTES))
        file.sync()
    finally:
        file.close()
    disk.rename(temporary, path)
    disk.sync_directory(directory)
    return disk.page(path, writable=True)
