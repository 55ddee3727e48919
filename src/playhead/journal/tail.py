"""
The writable end of the log.

Law: a batch counts when its write and its sync both returned; then, and only then, the head tells the readers. After a
failure of either the range of the file is never trusted again: the segment ends where the last good batch ended, and the
next batch begins a new one at the same position of the log.
"""

from collections.abc import Sequence

from playhead.base.disk import Disk, DiskFile, write_all_synced
from playhead.base.units import DAY_MS
from playhead.journal.frame import (
    BATCH_HEADER_BYTES,
    SEGMENT_HEADER_BYTES,
    SegmentHeader,
    encode_batch,
    encode_segment_header,
    seed_of,
)
from playhead.journal.head import HeadState, HeadWriter
from playhead.journal.segment import segment_path
from playhead.journal.spare import Spares

SEGMENT_MS = DAY_MS
"""Time after which a segment is left, however empty: whole segments are removed by age (decision 0054)."""


class Tail:
    """
    The end of one log. One thread at a time.

    Attributes:
        position: Where the next batch will stand; all before it is durable.
        floor_ms: Clock of the last batch, Unix ms.
    """

    def __init__(
        self,
        disk: Disk,
        directory: str,
        head: HeadWriter,
        spares: Spares,
        *,
        log_id: bytes,
        position: int,
        floor_ms: int,
        compress: bool = False,
    ) -> None:
        self.position = position
        self.floor_ms = floor_ms
        self._disk = disk
        self._directory = directory
        self._head = head
        self._spares = spares
        self._log_id = log_id
        self._seed = seed_of(log_id)
        self._compress = compress
        self._file: DiskFile | None = None
        self._base = position
        self._size = 0
        self._begun_ms = floor_ms

    def write(self, records: Sequence[tuple[int, bytes]], now_ms: int) -> None:
        """
        Make one batch durable and tell the readers.

        Args:
            records: Kind and payload, in order; none for a clock mark.
            now_ms: The clock when the batch was closed; an earlier one than that of the last batch is lifted to it.

        Raises:
            OSError: Nothing of it counts; the next call starts afresh, in a new segment.
        """
        at_ms = max(now_ms, self.floor_ms)
        frame = encode_batch(
            records,
            position=self.position,
            floor_ms=self.floor_ms,
            at_ms=at_ms,
            seed=self._seed,
            compress=self._compress,
        )
        offset = SEGMENT_HEADER_BYTES + self.position - self._base
        if self._file is None or offset + len(frame) > self._size or at_ms - self._begun_ms >= SEGMENT_MS:
            self._begin_segment(SEGMENT_HEADER_BYTES + len(frame))
            self._begun_ms = at_ms
            header = SegmentHeader(self.position, self.floor_ms, self._log_id)
            offset, data = 0, encode_segment_header(header) + frame
        else:
            data = frame
        assert self._file is not None
        try:
            write_all_synced(self._file, offset, data)
        except OSError:
            self._end_segment()
            raise
        self.position += len(frame)
        self.floor_ms = at_ms
        self._publish(HeadState.LIVE)

    def close(self, *, sealed: bool) -> None:
        """Cut the segment to its content; `sealed` tells the readers that nothing follows. Never raises."""
        self._end_segment()
        if sealed:
            self._publish(HeadState.SEALED)

    def _publish(self, state: HeadState) -> None:
        self._head.publish(self._log_id, self._base, self.position, self.floor_ms, state)

    def _begin_segment(self, size_min: int) -> None:
        """Take a spare and give it the name of this position; whatever had that name never held a good batch."""
        assert size_min > SEGMENT_HEADER_BYTES + BATCH_HEADER_BYTES - 1
        try:
            spare = self._spares.take(size_min, segment_path(self._directory, self.position))
        except OSError:
            # The new name may be there already, and a segment ends where the next one begins.
            self._end_segment()
            raise
        self._end_segment()
        self._file, self._size, self._base = spare.file, spare.size, self.position

    def _end_segment(self) -> None:
        if self._file is not None:
            self._spares.retire(self._file, SEGMENT_HEADER_BYTES + self.position - self._base)
        self._file = None
