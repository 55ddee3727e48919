"""
The reading side of a journal, in any process.

Law: only what the head says is durable is read, so nothing read can vanish with a power loss. Batches come in order,
each once; what cannot be read raises, and is passed over only by the caller's own `skip_damage`.
"""

import os

from playhead.base.disk import Disk, DiskFile, SharedPage
from playhead.base.errors import CorruptFrameError, JournalError
from playhead.journal.damage import Damage, damage_end, quarantine, reason_of
from playhead.journal.disk import RealDisk
from playhead.journal.frame import BATCH_HEADER_BYTES, SEGMENT_HEADER_BYTES, Batch, Flaw, decode_batch, seed_of
from playhead.journal.head import Head, HeadState, read_head
from playhead.journal.segment import HEAD_NAME, base_of, next_base, segment_bases, segment_path

WAIT_MIN_S = 0.005
WAIT_MAX_S = 0.1
"""How often an idle journal is worth a look: far below the two seconds of architecture.md 8, a few microseconds each."""

_CUT_SHORT = {Flaw.INCOMPLETE, Flaw.UNWRITTEN}


class JournalReader:
    """
    Reads one journal from a position on, while it is being written or not. One thread at a time.

    Attributes:
        position: Where the next batch begins, bytes: what the caller stores to go on from here.
        last_mark_ms: Clock of the last batch returned, Unix ms; 0 before the first one.
    """

    def __init__(self, directory: str, position: int, disk: Disk) -> None:
        self.position = position
        self.last_mark_ms = 0
        self._directory = directory
        self._disk = disk
        self._page: SharedPage | None = None
        self._head: Head | None = None
        self._file: DiskFile | None = None
        self._base = 0
        self._next_base: int | None = None
        self._damaged: tuple[int, Flaw] | None = None
        self._wait_s = WAIT_MIN_S

    @classmethod
    def open(cls, directory: str | os.PathLike[str], position: int = 0, *, disk: Disk | None = None) -> "JournalReader":
        """
        Follow the journal in this directory; it need not exist yet.

        Args:
            directory: The journal's directory.
            position: An `end_position` read before; 0 for the beginning of what is left of the log.
            disk: The machine's, if none is given.
        """
        return cls(os.fspath(directory), position, disk or RealDisk())

    @property
    def log_id(self) -> bytes | None:
        """Id of the log being read; None before it exists. Another id means that positions of before have no meaning."""
        return self._head.log_id if self._head else None

    @property
    def durable_position(self) -> int:
        """How far the log reached at the last `read`, bytes. Minus `position` it is the backlog."""
        return self._head.position if self._head else 0

    @property
    def durable_mark_ms(self) -> int:
        """Clock of the last durable batch at the last `read`, Unix ms; what is before it need not be read yet."""
        return self._head.at_ms if self._head else 0

    @property
    def sealed(self) -> bool:
        """Closed in order and read to its end: this journal holds no clock back."""
        head = self._look()
        return head is not None and head.state is HeadState.SEALED and self.position >= head.position

    def read(self, bytes_max: int = 1 << 20) -> list[Batch]:
        """
        The batches that follow, at most about `bytes_max` bytes of them, at least one if there is one.

        Returns:
            Batches in order; a clock mark is one without records. None: nothing new, see `wait_hint_s`.

        Raises:
            CorruptFrameError: At `position` begins what cannot be read; again and again until `skip_damage`.
            JournalError: The log does not reach back to `position`, or not up to it: it is not the log this position
                was read from; or the disk failed.
        """
        before = self.position
        try:
            batches = self._read(bytes_max)
        except OSError as error:
            self.position = before  # what was read of the segments before is not given out: it is read again
            self._drop_file()
            raise JournalError(f"{self._directory}: {error}") from error
        except JournalError:
            self.position = before
            raise
        if batches:
            self._wait_s = WAIT_MIN_S
            self.last_mark_ms = batches[-1].at_ms
        else:
            self._wait_s = min(WAIT_MAX_S, self._wait_s * 2)
        return batches

    def wait_hint_s(self) -> float:
        """How long to wait before the next `read`, seconds: 0 when there is more, longer the longer it was idle."""
        return 0.0 if self.position < self.durable_position else self._wait_s

    def skip_damage(self) -> Damage:
        """
        Copy aside what cannot be read and go on behind it. Only after `read` raised `CorruptFrameError`.

        Raises:
            JournalError: The disk failed while the end of the damage was looked for.
        """
        assert self._damaged is not None, "there is no damage here"
        assert self._file is not None
        assert self._head is not None
        start, flaw = self._damaged
        try:
            end = damage_end(self._file, self._base, start, self._limit(self._head), seed_of(self._head.log_id))
        except OSError as error:
            raise JournalError(f"{self._directory}: {error}") from error
        damage = Damage(segment_path(self._directory, self._base), start, end, reason_of(flaw))
        damage = quarantine(self._disk, self._directory, self._file, self._base, damage)
        self.position, self._damaged = end, None
        return damage

    def close(self) -> None:
        """Let go of the files."""
        self._drop_file()
        if self._page is not None:
            self._page.close()
            self._page = None

    def _read(self, bytes_max: int) -> list[Batch]:
        head = self._look()
        if head is None or self.position == head.position:
            return []
        if self.position > head.position:
            raise JournalError(f"{self._directory}: the log ends at {head.position}, before position {self.position}")
        batches: list[Batch] = []
        left = bytes_max
        while self._damaged is None and self.position < head.position and left > 0:
            self._seek(head)
            before = self.position
            if not self._read_segment(head, left, batches):
                break
            left -= self.position - before
        if self._damaged is not None and not batches:
            path = segment_path(self._directory, self._base)
            raise CorruptFrameError(path, self._damaged[0], reason_of(self._damaged[1]))
        return batches

    def _look(self) -> Head | None:
        """What is durable now. A page torn by a writer at work gives the state of before."""
        if self._page is None:
            try:
                self._page = self._disk.page(f"{self._directory}/{HEAD_NAME}")
            except OSError:
                return None
        head = read_head(self._page)
        if head is not None:
            self._head = head
        return self._head

    def _limit(self, head: Head) -> int:
        """End of what the open segment has for readers now."""
        if self._base == head.base or self._next_base is None:
            return head.position
        return min(self._next_base, head.position)

    def _seek(self, head: Head) -> None:
        """Have the segment of `position` open, and know where it ends."""
        known = self._next_base is not None or self._base == head.base
        if self._file is not None and known and self._base <= self.position < self._limit(head):
            return
        bases = segment_bases(self._disk, self._directory)
        if self.position == 0 and bases:
            self.position = bases[0]
        base = base_of(bases, self.position)
        if base is None:
            raise JournalError(f"{self._directory}: what was at position {self.position} has been removed")
        self._next_base = next_base(bases, base)
        if self._file is None or base != self._base:
            self._drop_file()
            self._file, self._base = self._disk.open(segment_path(self._directory, base)), base

    def _read_segment(self, head: Head, bytes_max: int, batches: list[Batch]) -> bool:
        """Add batches of the open segment; note a damage; False when enough was read."""
        assert self._file is not None
        limit = self._limit(head)
        seed = seed_of(head.log_id)
        start = self.position
        size = min(limit - start, max(bytes_max, BATCH_HEADER_BYTES))
        data = self._file.read_at(SEGMENT_HEADER_BYTES + start - self._base, size)
        while self.position < limit:
            batch = decode_batch(data, self.position - start, self.position, seed)
            if isinstance(batch, Batch):
                batches.append(batch)
                self.position = batch.end_position
                continue
            if batch in _CUT_SHORT and size < limit - start:  # by the size we asked for
                if self.position > start:
                    return False
                size = min(limit - start, size * 4)
                data = self._file.read_at(SEGMENT_HEADER_BYTES + start - self._base, size)
                continue
            self._damaged = (self.position, batch)
            return False
        return True

    def _drop_file(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None
