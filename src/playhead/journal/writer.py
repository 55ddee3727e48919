"""
The writing side of a journal: group commit.

Law: nobody is told that a record is durable before the sync of its batch returned. Records that arrive while one batch is
being written form the next; there is no other waiting. One flush thread writes; anybody may append.
"""

import os
import threading
from collections.abc import Callable, Sequence

from msgspec import Struct

from playhead.base.clock import Clock
from playhead.base.disk import Disk
from playhead.base.errors import JournalError, OverloadedError
from playhead.journal.disk import RealDisk
from playhead.journal.frame import RECORD_HEADER_BYTES, stored_bytes
from playhead.journal.limits import KIND_MAX, JournalLimits
from playhead.journal.opening import OpenLog, failure_of, open_log
from playhead.journal.recover import Recovery
from playhead.journal.spare import BackgroundSpares

Done = Callable[[Exception | None], None]
"""Told once for each append: None when the record is durable, else why it is not known to be."""

Deliver = Callable[[Sequence[Done], Exception | None], None]
"""Told once for each batch, from the flush thread: the `Done` of its records, in order, and the outcome of all."""


class JournalStats(Struct, frozen=True):
    """
    What the writer did since it was opened.

    Attributes:
        batches: Batches made durable, clock marks among them.
        records: Records made durable.
        payload_bytes: Their payloads, bytes.
        batches_failed: Batches the disk refused.
        waiting_bytes: Payloads not durable yet, bytes.
        fault: Why the last batch failed; empty when it did not.
    """

    batches: int
    records: int
    payload_bytes: int
    batches_failed: int
    waiting_bytes: int
    fault: str


def deliver_each(dones: Sequence[Done], failure: Exception | None) -> None:
    """The plain delivery: call each one, in order, here in the flush thread."""
    for done in dones:
        done(failure)


class JournalWriter:
    """
    The only writer of one journal directory. Made by `open`.

    Attributes:
        recovery: What opening found.
    """

    def __init__(self, log: OpenLog, clock: Clock, limits: JournalLimits, deliver: Deliver) -> None:
        self.recovery = log.recovery
        self._log = log
        self._tail = log.tail
        self._clock = clock
        self._limits = limits
        self._deliver = deliver
        self._lock = threading.Lock()
        self._records: list[tuple[int, bytes]] = []
        self._dones: list[Done] = []
        self._in_flight: list[Done] = []
        self._held_bytes = 0
        self._sleeping = False
        self._wake = threading.Lock()  # a lock passed between threads is the cheapest signal there is
        self._wake.acquire()
        self._closing = False
        self._broken: BaseException | None = None
        self._batches = self._records_done = self._bytes_done = self._batches_failed = 0
        self._fault = ""
        self._thread = threading.Thread(target=self._run, name="journal-flush", daemon=True)

    @classmethod
    def open(
        cls,
        directory: str | os.PathLike[str],
        clock: Clock,
        *,
        disk: Disk | None = None,
        limits: JournalLimits | None = None,
        deliver: Deliver = deliver_each,
        compress: bool = False,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> "JournalWriter":
        """
        Take the directory, make its log good, write the first clock mark, and be ready.

        Args:
            directory: The journal's own directory; made when it is missing.
            clock: The collector's clock. Batches carry it, lifted where it is behind the last batch of the log.
            disk: The machine's, if none is given.
            limits: Defaults if none are given.
            deliver: How batches are told, from the flush thread; must not raise and not block. An asyncio caller
                passes one `loop.call_soon_threadsafe` for the whole batch.
            compress: Pack batches with zlib: a third of the bytes for about 5 us a KB.
            entropy: Gives random bytes, for the id of a new log.

        Raises:
            AlreadyRunningError: Another writer has the directory.
            JournalError: The disk refused; nothing was changed that opening again would not put right.
        """
        limits = limits or JournalLimits()
        log = open_log(
            disk or RealDisk(),
            os.fspath(directory),
            clock.now_ms(),
            spares=lambda disk, path: BackgroundSpares(disk, path, limits),
            compress=compress,
            entropy=entropy,
        )
        writer = cls(log, clock, limits, deliver)
        writer._thread.start()
        return writer

    def append(self, kind: int, payload: bytes, on_durable: Done) -> None:
        """
        Hand over one record; returns at once. Any thread may call it; records of one thread keep their order.

        Args:
            kind: What it is, 0 to 65,535; the journal gives it no meaning.
            payload: Its bytes.
            on_durable: Told of the outcome, once, from the flush thread or wherever `deliver` brings it.

        Raises:
            OverloadedError: Too many bytes wait for the disk; nothing was kept.
            JournalError: The payload is longer than the limit, or the journal is closed or broken; nothing was kept.
        """
        size = len(payload)
        if size > self._limits.record_bytes:
            raise JournalError(f"a payload of {size} bytes; the journal takes {self._limits.record_bytes}")
        assert 0 <= kind <= KIND_MAX, "a kind is two bytes"
        with self._lock:
            if self._closing or self._broken is not None:
                raise JournalError(
                    f"the journal is broken: {self._broken}" if self._broken else "the journal is closed"
                )
            if self._held_bytes + size > self._limits.waiting_bytes:
                raise OverloadedError(f"{self._held_bytes} bytes wait for the disk")
            self._held_bytes += size
            self._records.append((kind, payload))
            self._dones.append(on_durable)
            if self._sleeping:
                self._sleeping = False
                self._wake.release()

    @property
    def position(self) -> int:
        """All before it is durable, bytes."""
        return self._tail.position

    @property
    def last_mark_ms(self) -> int:
        """Clock of the last durable batch, Unix ms."""
        return self._tail.floor_ms

    @property
    def fault(self) -> str:
        """Why the last batch failed, or why nothing can be written any more; empty when all is well."""
        return f"broken: {self._broken}" if self._broken is not None else self._fault

    def stats(self) -> JournalStats:
        """Counts since opening."""
        return JournalStats(
            self._batches, self._records_done, self._bytes_done, self._batches_failed, self._held_bytes, self.fault
        )

    def close(self) -> None:
        """Write what waits, seal the log, let go of the directory. Blocks for the disk. Closing twice does nothing."""
        with self._lock:
            if self._closing:
                return
            self._closing = True
            if self._sleeping:
                self._sleeping = False
                self._wake.release()
        self._thread.join()
        self._log.close(sealed=self._broken is None)

    def _run(self) -> None:
        """The flush thread."""
        try:
            while self._step():
                pass
        except BaseException as error:
            self._break(error)
            raise

    def _step(self) -> bool:
        """One batch, or one wait; False when all is written and the journal closes."""
        with self._lock:
            sleep = self._sleeping = not (self._records or self._closing)
        woken = not sleep or self._wait()
        with self._lock:
            records, size = self._cut_batch() if woken else ([], 0)
            now_ms = self._clock.now_ms()  # under the lock: every later append came after this instant
            closing = self._closing
        self._write(records, size, now_ms)
        return bool(records) or not closing

    def _wait(self) -> bool:
        """Sleep until something is appended, at most until the next mark is due; whether something was."""
        if self._wake.acquire(timeout=self._limits.mark_interval_s):
            return True
        with self._lock:
            if self._sleeping:
                self._sleeping = False
                return False
            self._wake.acquire()  # appended just now: the signal is there
            return True

    def _cut_batch(self) -> tuple[list[tuple[int, bytes]], int]:
        """What goes into the next batch, and its payloads' size: all that waits, or as much as a batch holds."""
        records = self._records
        if self._held_bytes + len(records) * RECORD_HEADER_BYTES <= self._limits.batch_bytes:
            self._in_flight, self._records, self._dones = self._dones, [], []
            return records, self._held_bytes
        count = framed = 0
        while count < len(records):
            framed += stored_bytes(records[count][1])
            if framed > self._limits.batch_bytes and count:
                break
            count += 1
        self._in_flight, self._dones = self._dones[:count], self._dones[count:]
        self._records = records[count:]
        return records[:count], sum(len(payload) for _, payload in records[:count])

    def _write(self, records: list[tuple[int, bytes]], size: int, now_ms: int) -> None:
        failure: JournalError | None = None
        try:
            self._tail.write(records, now_ms)
        except OSError as error:
            failure = failure_of(error)
            failure.__cause__ = error
        with self._lock:
            self._held_bytes -= size
            dones, self._in_flight = self._in_flight, []
        if failure is None:
            self._batches += 1
            self._records_done += len(records)
            self._bytes_done += size
            self._fault = ""
        else:
            self._batches_failed += 1
            self._fault = str(failure)
        if dones:
            self._deliver(dones, failure)

    def _break(self, error: BaseException) -> None:
        """Our own mistake: refuse everything from now on, and leave nobody waiting."""
        with self._lock:
            self._broken = error
            dones = [*self._in_flight, *self._dones]
            self._records, self._dones, self._in_flight = [], [], []
        failure = JournalError(f"the journal is broken: {error}")
        if dones:
            self._deliver(dones, failure)


def seal(directory: str | os.PathLike[str], clock: Clock, *, disk: Disk | None = None) -> Recovery:
    """
    Close a journal whose writer is gone for good, so that its last mark holds nobody back.

    Raises:
        AlreadyRunningError: It has a writer.
        JournalError: The disk refused.
    """
    writer = JournalWriter.open(directory, clock, disk=disk)
    writer.close()
    return writer.recovery
