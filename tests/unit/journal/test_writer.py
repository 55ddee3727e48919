import errno
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from journal_tools import DIRECTORY, SMALL, read_all
from playhead.base.clock import ManualClock
from playhead.base.errors import AlreadyRunningError, JournalError, JournalFullError, OverloadedError
from playhead.base.memory_disk import MemoryDisk
from playhead.journal.limits import JournalLimits
from playhead.journal.reader import JournalReader
from playhead.journal.writer import Done, JournalWriter, seal

PATIENCE_S = 60


class Answers:
    """Outcomes of appends, in the order in which they were told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, Exception | None]] = []
        self._changed = threading.Condition()

    def of(self, what: Any) -> Done:
        """The `Done` of one append."""

        def done(failure: Exception | None) -> None:
            with self._changed:
                self.told.append((what, failure))
                self._changed.notify_all()

        return done

    def wait(self, count: int) -> list[tuple[Any, Exception | None]]:
        """The first `count` outcomes."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.told) >= count, PATIENCE_S)
        return self.told[:count]


class SlowDisk(MemoryDisk):
    """A disk whose syncs wait at a gate."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()

    def _call(self) -> None:
        assert self.gate.wait(PATIENCE_S)
        super()._call()


def _open(disk: MemoryDisk, limits: JournalLimits = SMALL) -> JournalWriter:
    return JournalWriter.open(DIRECTORY, ManualClock(1000), disk=disk, limits=limits)


def test_told_durable_means_read_again() -> None:
    """When the outcome is told, a reader already gets the record."""
    disk, answers = MemoryDisk(), Answers()
    writer = _open(disk)
    for number in range(50):
        writer.append(7, b"%d" % number, answers.of(number))
        answers.wait(number + 1)
        assert b"%d" % number == read_all(disk)[-1]
    writer.close()
    assert [(number, None) for number in range(50)] == answers.told


def test_what_arrives_during_a_write_forms_one_batch() -> None:
    """While the disk is busy appends gather, and share the next sync."""
    disk, answers = SlowDisk(), Answers()
    writer = _open(disk)
    disk.gate.clear()
    for number in range(10):
        writer.append(1, b"%d" % number, answers.of(number))
        time.sleep(0.002)
    disk.gate.set()
    answers.wait(10)
    writer.close()
    reader = JournalReader.open(DIRECTORY, disk=disk)
    sizes = [len(batch.records) for batch in reader.read() if batch.records]
    assert 10 == sum(sizes)
    assert len(sizes) <= 2


def test_a_batch_is_told_with_one_call() -> None:
    """`deliver` gets all outcomes of a batch at once, in order."""
    disk, answers = SlowDisk(), Answers()
    delivered: list[int] = []

    def deliver(dones: Sequence[Done], failure: Exception | None) -> None:
        delivered.append(len(dones))
        for done in dones:
            done(failure)

    writer = JournalWriter.open(DIRECTORY, ManualClock(1000), disk=disk, limits=SMALL, deliver=deliver)
    disk.gate.clear()
    for number in range(20):
        writer.append(1, b"", answers.of(number))
    disk.gate.set()
    assert list(range(20)) == [what for what, _ in answers.wait(20)]
    writer.close()
    assert 20 == sum(delivered)
    assert len(delivered) <= 2


def test_too_much_waiting_is_refused() -> None:
    """Beyond the limit of waiting bytes an append is refused at once, and nothing of it is kept."""
    disk, answers = SlowDisk(), Answers()
    writer = _open(disk)
    disk.gate.clear()
    accepted = SMALL.waiting_bytes // 400
    for _ in range(accepted):
        writer.append(1, b"x" * 400, answers.of("kept"))
    with pytest.raises(OverloadedError):
        writer.append(1, b"x" * 400, answers.of("refused"))
    assert writer.stats().waiting_bytes <= SMALL.waiting_bytes
    disk.gate.set()
    answers.wait(accepted)
    writer.append(1, b"again", answers.of("again"))
    answers.wait(accepted + 1)
    writer.close()
    assert accepted + 1 == len(read_all(disk))


def test_large_payloads_are_refused() -> None:
    """A payload beyond the limit raises; one at the limit is kept."""
    disk, answers = MemoryDisk(), Answers()
    writer = _open(disk)
    with pytest.raises(JournalError, match="501 bytes"):
        writer.append(1, b"x" * 501, answers.of("too long"))
    writer.append(1, b"x" * 500, answers.of("long"))
    assert [("long", None)] == answers.wait(1)
    writer.close()


def test_batches_never_exceed_their_size() -> None:
    """More than a batch's worth of waiting records is written as several batches."""
    disk, answers = SlowDisk(), Answers()
    writer = _open(disk)
    disk.gate.clear()
    for number in range(9):
        writer.append(1, b"%d" % number * 400, answers.of(number))
    disk.gate.set()
    answers.wait(9)
    writer.close()
    reader = JournalReader.open(DIRECTORY, disk=disk)
    while batches := reader.read():
        assert all(sum(6 + len(payload) for _, payload in batch.records) <= SMALL.batch_bytes for batch in batches)


def test_an_idle_journal_marks_the_time() -> None:
    """Without any append, batches without records carry the clock on."""
    disk, clock = MemoryDisk(), ManualClock(1000)
    writer = JournalWriter.open(DIRECTORY, clock, disk=disk, limits=SMALL)
    clock.set(5000)
    began = time.monotonic()
    while writer.last_mark_ms < 5000:
        assert time.monotonic() - began < PATIENCE_S
        time.sleep(0.005)
    writer.close()


def test_the_default_marks_at_least_every_second() -> None:
    """architecture.md 3: a mark at least every second, also when idle."""
    assert JournalLimits().mark_interval_s < 1


def test_a_failed_batch_fails_exactly_its_appends() -> None:
    """The appends of a batch the disk refused are told so; those before and after are durable."""
    disk, answers = MemoryDisk(), Answers()
    writer = _open(disk, JournalLimits(mark_interval_s=1000, segment_bytes=4096, first_segment_bytes=4096, batch_bytes=600, record_bytes=500))  # fmt: skip
    writer.append(1, b"before", answers.of("before"))
    answers.wait(1)
    began = time.monotonic()
    while not any(name.endswith(".zeros") for name in disk.names(DIRECTORY)):  # then only the batch calls the disk
        assert time.monotonic() - began < PATIENCE_S
        time.sleep(0.002)
    disk.fail_call, disk.failure = disk.calls + 1, errno.ENOSPC
    writer.append(1, b"refused", answers.of("refused"))
    answers.wait(2)
    assert "told to fail" in writer.fault
    writer.append(1, b"after", answers.of("after"))
    (_, first), (_, second), (_, third) = answers.wait(3)
    assert first is third is None
    assert isinstance(second, JournalFullError)
    assert "" == writer.fault
    assert (1, 2) == (writer.stats().batches_failed, writer.stats().records)
    writer.close()
    assert [b"before", b"after"] == read_all(disk)


def test_a_full_disk_is_survived() -> None:
    """Without room appends are told so; when room comes back the journal takes them again, by itself."""
    disk, answers = MemoryDisk(capacity_bytes=4096 + 4096), Answers()
    writer = _open(disk)
    outcomes: list[Exception | None] = []
    for number in range(40):
        writer.append(1, b"%02d" % number * 200, answers.of(number))
        outcomes.append(answers.wait(number + 1)[-1][1])
    assert isinstance(outcomes[-1], JournalFullError)
    disk.capacity_bytes = None
    began = time.monotonic()
    while outcomes[-1] is not None:
        assert time.monotonic() - began < PATIENCE_S
        time.sleep(0.01)
        writer.append(1, b"%04d" % len(outcomes), answers.of(len(outcomes)))
        outcomes.append(answers.wait(len(outcomes) + 1)[-1][1])
    writer.close()
    told = {what for what, failure in answers.told if failure is None}
    assert len(told) == len(read_all(disk))


@pytest.mark.parametrize("lasting", [False, True], ids=["transient", "lasting"])
def test_every_append_is_told_whatever_fails(*, lasting: bool) -> None:
    """With both threads at work and the Nth call failing, each append is told once, and what was told durable is there."""
    for call in range(1, 90, 2):
        disk, answers = MemoryDisk(), Answers()
        disk.fail_call, disk.lasting = call, lasting
        try:
            writer = _open(disk)
        except JournalError:
            disk.heal()
            writer = _open(disk)
        for number in range(20):
            writer.append(1, b"%d " % number * 40, answers.of(number))
            answers.wait(number + 1)
            if number == 15:
                disk.heal()
        writer.close()
        assert list(range(20)) == [number for number, _ in answers.told]
        durable = [b"%d " % number * 40 for number, failure in answers.told if failure is None]
        assert durable == read_all(disk)


def test_threads_append_together() -> None:
    """Appends of many threads are all durable, once, and those of one thread in their order."""
    disk, answers = MemoryDisk(), Answers()
    writer = _open(
        disk, JournalLimits(segment_bytes=8192, first_segment_bytes=4096, batch_bytes=2000, record_bytes=500)
    )

    def run(name: int) -> None:
        for number in range(200):
            writer.append(name, b"%d" % number, answers.of((name, number)))

    threads = [threading.Thread(target=run, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    assert 1200 == len(answers.told)
    assert {None} == {failure for _, failure in answers.told}
    reader = JournalReader.open(DIRECTORY, disk=disk)
    by_thread: dict[int, list[bytes]] = {}
    while batches := reader.read():
        for batch in batches:
            for kind, payload in batch.records:
                by_thread.setdefault(kind, []).append(payload)
    assert {name: [b"%d" % number for number in range(200)] for name in range(6)} == by_thread


def test_closing_writes_what_waits() -> None:
    """Nothing appended is forgotten by closing; afterwards appends are refused."""
    disk, answers = MemoryDisk(), Answers()
    writer = _open(disk)
    for number in range(100):
        writer.append(1, b"%d" % number, answers.of(number))
    writer.close()
    writer.close()
    assert 100 == len(answers.told)
    assert 100 == len(read_all(disk))
    with pytest.raises(JournalError, match="closed"):
        writer.append(1, b"late", answers.of("late"))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_our_own_mistake_leaves_nobody_waiting() -> None:
    """If the flush thread meets a mistake of ours, all who wait are told, and the journal takes no more."""
    disk, answers = SlowDisk(), Answers()
    broken = threading.Event()

    class BrokenClock(ManualClock):
        def now_ms(self) -> int:
            assert not broken.is_set(), "a clock that fails"
            return super().now_ms()

    writer = JournalWriter.open(DIRECTORY, BrokenClock(1), disk=disk, limits=SMALL)
    broken.set()
    try:
        writer.append(1, b"x", answers.of("waiting"))
    except JournalError:  # a mark came first and met the mistake
        answers.of("waiting")(JournalError("broken"))
    ((_, failure),) = answers.wait(1)
    assert isinstance(failure, JournalError)
    assert writer.fault.startswith("broken")
    with pytest.raises(JournalError, match="broken"):
        writer.append(1, b"y", answers.of("late"))
    writer.close()


def test_one_directory_one_writer(tmp_path: Path) -> None:
    """A second writer on real files is refused while the first lives."""
    writer = JournalWriter.open(tmp_path / "w00", ManualClock(1))
    with pytest.raises(AlreadyRunningError):
        JournalWriter.open(tmp_path / "w00", ManualClock(1))
    writer.close()
    seal(tmp_path / "w00", ManualClock(1))


class CountingDisk(MemoryDisk):
    """A disk that knows how many bytes each thread wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.written: Counter[int] = Counter()

    def _room(self, inode: Any, offset: int, size: int) -> int:
        self.written[threading.get_ident()] += size
        return super()._room(inode, offset, size)


def test_an_empty_directory_opens_at_once() -> None:
    """`serve` is ready in two seconds, of which the journal takes a small part: what waits for the disk is a first, small segment."""
    disk = CountingDisk()
    writer = JournalWriter.open(DIRECTORY, ManualClock(1), disk=disk)
    before_it_was_open = disk.written[threading.get_ident()]
    writer.close()
    first, whole = JournalLimits().first_segment_bytes, JournalLimits().segment_bytes
    assert first <= before_it_was_open <= first + 65_536 < whole / 50


def test_a_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """The disk's refusal is an error of the journal."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(JournalError):
        JournalWriter.open(tmp_path / "file" / "w00", ManualClock(1))


def test_a_packed_journal_reads_the_same(tmp_path: Path) -> None:
    """Compression is the writer's choice and the reader's matter of course."""
    answers = Answers()
    writer = JournalWriter.open(tmp_path, ManualClock(1), compress=True)
    writer.append(1, b"abc" * 1000, answers.of(1))
    answers.wait(1)
    assert writer.position < 1000
    reader = JournalReader.open(tmp_path)
    assert [b"abc" * 1000] == [payload for batch in reader.read() for _, payload in batch.records]
    writer.close()
    reader.close()


def test_sealing_a_journal_without_a_writer(tmp_path: Path) -> None:
    """A journal that was left behind is sealed, so that its last mark holds nobody back."""
    JournalWriter.open(tmp_path, ManualClock(7)).close()
    assert seal(tmp_path, ManualClock(1)).clean
    reader = JournalReader.open(tmp_path)
    while reader.read():
        pass
    assert reader.sealed
    assert 7 == reader.last_mark_ms
    reader.close()
