"""A journal on a disk that misbehaves, and an auditor that knows nothing of how it works."""

from collections.abc import Callable

from playhead.base.errors import JournalError
from playhead.base.memory_disk import MemoryDisk
from playhead.journal.limits import JournalLimits
from playhead.journal.opening import OpenLog, open_log
from playhead.journal.reader import JournalReader
from playhead.journal.spare import InlineSpares

DIRECTORY = "/data/journal"
SMALL = JournalLimits(
    segment_bytes=2048,
    first_segment_bytes=700,
    batch_bytes=600,
    record_bytes=500,
    waiting_bytes=4000,
    mark_interval_s=0.02,
    retry_interval_s=0.01,
)
"""Limits so small that a few records meet all of them."""

LOG_ID = bytes(range(16))


def open_small(disk: MemoryDisk, now_ms: int = 1000, *, limits: JournalLimits = SMALL) -> OpenLog:
    """The log opened for writing, single-threaded, so that every call to the disk has its number."""
    return open_log(
        disk,
        DIRECTORY,
        now_ms,
        spares=lambda at, path: InlineSpares(at, path, limits),
        entropy=lambda size: LOG_ID[:size],
    )


def read_all(disk: MemoryDisk, position: int = 0) -> list[bytes]:
    """Payloads of all that is durable."""
    reader = JournalReader.open(DIRECTORY, position, disk=disk)
    payloads: list[bytes] = []
    while batches := reader.read(256):
        payloads += [payload for batch in batches for _, payload in batch.records]
    reader.close()
    return payloads


class Story:
    """
    Batches offered one after the other, with a reader at their heels.

    Attributes:
        offered: All batches, in order.
        acknowledged: Those whose write returned.
        seen: Payloads the reader was given.
    """

    def __init__(self, disk: MemoryDisk) -> None:
        self.disk = disk
        self.offered: list[tuple[bytes, ...]] = []
        self.acknowledged: list[tuple[bytes, ...]] = []
        self.seen: list[bytes] = []
        self._log: OpenLog | None = None
        self._reader = JournalReader.open(DIRECTORY, disk=disk)

    def tell(self, batches: int = 14) -> None:
        """Write, read along, close and open again on the way; a failed call never stops the story."""
        for number in range(batches):
            if number == batches // 2 and self._log is not None:
                self._log.close(sealed=True)
                self._log = None
            records = tuple(b"%d.%d " % (number, index) + b"x" * (number * 37 % 200) for index in range(number % 3 + 1))
            self.offered.append(records)
            if self._write(records, 1000 + number):
                self.acknowledged.append(records)
            self._follow()

    def _write(self, records: tuple[bytes, ...], now_ms: int) -> bool:
        try:
            if self._log is None:
                self._log = open_small(self.disk, now_ms)
            self._log.tail.write([(1, payload) for payload in records], now_ms)
        except (OSError, JournalError):
            return False
        return True

    def _follow(self) -> None:
        try:
            batches = self._reader.read(300)
        except JournalError:
            return
        self.seen += [payload for batch in batches for _, payload in batch.records]


def audit(story: Story, end: Callable[[], None]) -> None:
    """
    After the end (a kill or a power loss) of a story: all that was acknowledged is there, once, in order, and whole.

    What was refused may be there too, but only whole, in its place, and once. What a reader saw is there.
    """
    end()
    story.disk.heal()
    open_small(story.disk, 5000).close(sealed=True)
    recovered = read_all(story.disk)
    assert len(set(recovered)) == len(recovered), "a record twice"
    there = set(recovered)
    kept = [batch for batch in story.offered if any(payload in there for payload in batch)]
    assert [payload for batch in kept for payload in batch] == recovered, "torn or out of order"
    assert [batch for batch in story.acknowledged if batch not in kept] == [], "acknowledged and lost"
    assert [payload for payload in story.seen if payload not in there] == [], "read and lost"
    assert len(set(story.seen)) == len(story.seen), "read twice"
