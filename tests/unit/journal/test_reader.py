import errno

import pytest

from journal_tools import DIRECTORY, LOG_ID, open_small, read_all
from playhead.base.errors import CorruptFrameError, JournalError
from playhead.base.memory_disk import MemoryDisk
from playhead.journal.reader import WAIT_MAX_S, WAIT_MIN_S, JournalReader


def _reader(disk: MemoryDisk, position: int = 0) -> JournalReader:
    return JournalReader.open(DIRECTORY, position, disk=disk)


def test_a_journal_that_does_not_exist_yet_has_nothing() -> None:
    """Following may begin before the writer does."""
    disk = MemoryDisk()
    reader = _reader(disk)
    assert [] == reader.read()
    assert reader.log_id is None
    open_small(disk, 1234)
    (mark,) = reader.read()
    assert (1234, []) == (mark.at_ms, mark.records)
    assert LOG_ID == reader.log_id


def test_batches_come_in_order_with_their_clock() -> None:
    """Each batch tells where it stands, when it was closed, and when the one before was."""
    disk = MemoryDisk()
    log = open_small(disk, 1000)
    log.tail.write([(1, b"a"), (2, b"bc")], 1005)
    log.tail.write([], 1009)
    reader = _reader(disk)
    first, second, third = reader.read()
    assert [(1, b"a"), (2, b"bc")] == second.records
    assert (1000, 1005) == (second.floor_ms, second.at_ms)
    assert (first.end_position, third.position) == (second.position, second.end_position)
    assert (third.end_position, 1009) == (reader.position, reader.last_mark_ms)


def test_nothing_unsynced_is_ever_read() -> None:
    """A batch whose sync failed is not given out, though its bytes are in the file for all to see."""
    disk = MemoryDisk()
    log = open_small(disk)
    disk.fail_call, disk.lasting = disk.calls + 2, True
    with pytest.raises(OSError, match="told to fail"):
        log.tail.write([(1, b"unsynced")], 1001)
    disk.heal()
    files = [disk.content(f"{DIRECTORY}/{name}") for name in disk.names(DIRECTORY) if name.endswith(".seg")]
    assert b"unsynced" in files[0]
    assert [] == read_all(disk)


def test_a_disk_that_fails_in_the_middle_of_a_reading_costs_nothing() -> None:
    """What was read of a segment before the next one could not be is given out by the next reading."""
    disk = MemoryDisk()
    log = open_small(disk)
    payloads = [b"%d" % number * 60 for number in range(30)]
    for payload in payloads:
        log.tail.write([(1, payload)], 1001)
    failed = 0
    for number in range(1, 40):
        reader, read = _reader(disk), []
        disk.fail_call = disk.calls + number
        while reader.position < log.tail.position:
            try:
                batches = reader.read()
            except JournalError:
                failed += 1
                continue
            read += [payload for batch in batches for _, payload in batch.records]
        assert payloads == read
    assert failed > 5


def test_reading_goes_on_from_any_batch() -> None:
    """Every end position is a place to begin, across segments."""
    disk = MemoryDisk()
    log = open_small(disk)
    payloads = [b"%d" % number * 60 for number in range(30)]
    for payload in payloads:
        log.tail.write([(1, payload)], 1001)
    reader = _reader(disk)
    assert 1 == len(reader.read(1))
    for left in range(30):
        again = _reader(disk, reader.position)
        assert payloads[left:] == read_all(disk, again.position)
        reader.read(1)
    assert [] == reader.read()


def test_a_small_request_still_gets_a_large_batch() -> None:
    """At least one batch comes, however few bytes were asked for."""
    disk = MemoryDisk()
    log = open_small(disk)
    log.tail.write([(1, b"a" * 500)], 1001)
    reader = _reader(disk)
    reader.read(1)
    assert [[(1, b"a" * 500)]] == [batch.records for batch in reader.read(1)]


def test_what_is_behind_may_be_removed() -> None:
    """Segments that were read can go while the reader stands in a later one."""
    disk = MemoryDisk()
    log = open_small(disk)
    for number in range(10):
        log.tail.write([(1, b"%d" % number * 200)], 1001)
    reader = _reader(disk)
    while reader.position < 1500:
        reader.read(200)
    disk.remove(f"{DIRECTORY}/{0:020d}.seg")
    rest = []
    while batches := reader.read():
        rest += batches
    assert b"9" * 200 == rest[-1].records[0][1]


def test_a_position_that_was_removed_is_said() -> None:
    """Asking for what is gone is an error, never a silent jump; the beginning means what is left."""
    disk = MemoryDisk()
    log = open_small(disk)
    for number in range(10):
        log.tail.write([(1, b"%d" % number * 200)], 1001)
    disk.remove(f"{DIRECTORY}/{0:020d}.seg")
    with pytest.raises(JournalError, match="removed"):
        _reader(disk, 48).read()
    assert _reader(disk).read() != []


def test_a_position_beyond_the_log_is_said() -> None:
    """A position of another log is an error, not an endless wait."""
    disk = MemoryDisk()
    open_small(disk)
    with pytest.raises(JournalError, match="before position 999"):
        _reader(disk, 999).read()


def test_damage_is_reported_until_it_is_skipped() -> None:
    """What is before comes first; then the place is raised, again and again; skipping copies it aside and goes on."""
    disk = MemoryDisk()
    log = open_small(disk)
    log.tail.write([(1, b"one")], 1001)
    start = log.tail.position
    log.tail.write([(1, b"two")], 1001)
    end = log.tail.position
    log.tail.write([(1, b"three")], 1001)
    path = f"{DIRECTORY}/{0:020d}.seg"
    disk.garble(path, 64 + start + 50, b"!!")
    reader = _reader(disk)
    assert [[], [(1, b"one")]] == [batch.records for batch in reader.read()]
    for _ in range(2):
        with pytest.raises(CorruptFrameError) as caught:
            reader.read()
        assert (path, start) == (caught.value.path, caught.value.offset)
    damage = reader.skip_damage()
    assert (path, start, end) == (damage.path, damage.start, damage.end)
    assert damage.copy is not None
    assert b"!!" in disk.content(damage.copy)
    assert [[(1, b"three")]] == [batch.records for batch in reader.read()]


def test_damage_at_the_end_is_reported_too() -> None:
    """The last durable batch, unreadable, is damage up to the durable position."""
    disk = MemoryDisk()
    log = open_small(disk)
    start = log.tail.position
    log.tail.write([(1, b"one")], 1001)
    disk.garble(f"{DIRECTORY}/{0:020d}.seg", 64 + start, bytes(57))
    reader = _reader(disk)
    reader.read()
    with pytest.raises(CorruptFrameError):
        reader.read()
    assert log.tail.position == reader.skip_damage().end
    log.tail.write([(1, b"two")], 1001)
    assert [[(1, b"two")]] == [batch.records for batch in reader.read()]


def test_sealed_means_closed_and_read() -> None:
    """A closed journal is sealed for who has read all of it; opening it again ends that."""
    disk = MemoryDisk()
    log = open_small(disk)
    reader = _reader(disk)
    reader.read()
    assert not reader.sealed
    log.tail.write([(1, b"last")], 1001)
    log.close(sealed=True)
    assert not reader.sealed
    reader.read()
    assert reader.sealed
    open_small(disk)
    assert not reader.sealed


def test_an_idle_reader_asks_less_and_less() -> None:
    """The hint is zero with more to read, and grows to its maximum while nothing comes."""
    disk = MemoryDisk()
    log = open_small(disk)
    log.tail.write([(1, b"a")], 1001)
    reader = _reader(disk)
    reader.read(1)
    assert 0 == reader.wait_hint_s()
    reader.read()
    assert WAIT_MIN_S == reader.wait_hint_s()
    for _ in range(10):
        reader.read()
    assert WAIT_MAX_S == reader.wait_hint_s()


def test_a_disk_that_fails_is_an_error_and_no_loss() -> None:
    """A failed read raises; the next one gives what that one would have."""
    disk = MemoryDisk()
    log = open_small(disk)
    log.tail.write([(1, b"a")], 1001)
    for call in range(2, 5):  # the first is the head, without which there is nothing yet
        reader = _reader(disk)
        disk.fail_call, disk.failure = disk.calls + call, errno.EIO
        with pytest.raises(JournalError, match="told to fail"):
            reader.read()
        disk.heal()
        assert [[], [(1, b"a")]] == [batch.records for batch in reader.read()]
        reader.close()
