"""Surveying a journal: every byte is looked at, and none is touched."""

import errno
from collections.abc import Callable

import pytest

from journal_tools import DIRECTORY, LOG_ID, open_small
from playhead.base.errors import CorruptFrameError, JournalError
from playhead.base.memory_disk import MemoryDisk
from playhead.journal.frame import SEGMENT_HEADER_BYTES
from playhead.journal.reader import JournalReader
from playhead.journal.segment import HEAD_NAME, segment_bases, segment_path
from playhead.journal.survey import ReadOnlyDisk, Survey, survey, surveyed_disk


def written(*, sealed: bool = True) -> MemoryDisk:
    """A log of a few segments, closed in order or left by a writer that was killed."""
    disk = MemoryDisk()
    log = open_small(disk)
    for number in range(24):
        log.tail.write([(1, b"%d " % number + b"x" * (number * 37 % 200))], 1000 + number)
    log.close(sealed=sealed)
    return disk


def surveyed(disk: MemoryDisk) -> Survey:
    """What a survey finds, having changed nothing."""
    before = {name: disk.content(f"{DIRECTORY}/{name}") for name in disk.names(DIRECTORY)}
    found = survey(DIRECTORY, disk=disk)
    assert before == {name: disk.content(f"{DIRECTORY}/{name}") for name in disk.names(DIRECTORY)}
    return found


def used(disk: MemoryDisk) -> list[tuple[str, int]]:
    """File and offset of every byte that says something: segments up to their end, and both slots of the head."""
    bases = segment_bases(disk, DIRECTORY)
    end = survey(DIRECTORY, disk=disk).end
    places = []
    for base, stop in zip(bases, [*bases[1:], end], strict=True):
        places += [(segment_path(DIRECTORY, base), at) for at in range(SEGMENT_HEADER_BYTES + stop - base)]
    return places + [(f"{DIRECTORY}/{HEAD_NAME}", at + byte) for at in (0, 512) for byte in range(60)]


def test_a_whole_log_has_no_flaw() -> None:
    """It is told where it begins and ends, and whose it is."""
    disk = written()
    assert len(segment_bases(disk, DIRECTORY)) > 2
    found = surveyed(disk)
    assert () == found.damages
    assert (LOG_ID, 0, 0, 1023) == (found.log_id, found.begin, found.floor_ms, found.at_ms)
    assert found.end == max(segment_bases(disk, DIRECTORY)) + sum(
        batch.end_position - batch.position
        for batch in JournalReader.open(DIRECTORY, max(segment_bases(disk, DIRECTORY)), disk=disk).read()
    )


def test_every_changed_byte_is_found() -> None:
    """One byte of what is used is changed, any of them: the survey names a place at or before it, in that file."""
    for path, offset in used(written()):
        disk = written()
        byte = disk.content(path)[offset]
        disk.garble(path, offset, bytes([byte ^ 0x20]))
        damages = surveyed(disk).damages
        assert damages, f"{path} at {offset}"
        assert path in {damage.path for damage in damages}
        if not path.endswith(HEAD_NAME):
            base = int(path.rsplit("/", 1)[1].removesuffix(".seg"))
            assert min(damage.start for damage in damages) <= max(base, base + offset - SEGMENT_HEADER_BYTES)


def test_a_missing_segment_is_found() -> None:
    """One in the middle leaves a hole; the first ones may have been given back."""
    disk = written()
    bases = segment_bases(disk, DIRECTORY)
    disk.remove(segment_path(DIRECTORY, bases[1]))
    [damage] = surveyed(disk).damages
    assert (bases[1], bases[2]) == (damage.start, damage.end)
    disk.remove(segment_path(DIRECTORY, bases[0]))
    found = surveyed(disk)
    assert ((), bases[2]) == (found.damages, found.begin)
    assert 1000 < found.floor_ms < 1023


def test_a_missing_end_is_found() -> None:
    """What readers were told of is not there."""
    disk = written()
    last = segment_bases(disk, DIRECTORY)[-1]
    disk.remove(segment_path(DIRECTORY, last))
    assert [last] == [damage.start for damage in surveyed(disk).damages]


def test_a_torn_end_is_no_damage() -> None:
    """What was never acknowledged is judged as recovery does."""
    disk = written(sealed=False)
    whole = surveyed(disk)
    last = segment_bases(disk, DIRECTORY)[-1]
    disk.garble(segment_path(DIRECTORY, last), SEGMENT_HEADER_BYTES + whole.end - last, b"PHB\x01 half of a batch")
    found = surveyed(disk)
    assert ((), whole.end) == (found.damages, found.end)
    assert found.torn_bytes > 10


def test_a_live_log_ends_where_its_head_says() -> None:
    """What a writer is at is left to it."""
    disk = MemoryDisk()
    log = open_small(disk)
    log.tail.write([(1, b"one")], 1001)
    end = survey(DIRECTORY, live=True, disk=disk).end
    last = segment_bases(disk, DIRECTORY)[-1]
    disk.garble(segment_path(DIRECTORY, last), SEGMENT_HEADER_BYTES + end - last, b"PHB\x01 half of a batch")
    found = survey(DIRECTORY, live=True, disk=disk)
    assert ((), end, 0) == (found.damages, found.end, found.torn_bytes)
    log.close(sealed=True)


def test_a_place_without_a_log() -> None:
    """Nothing is there yet, and nothing is wrong with it."""
    disk = MemoryDisk()
    disk.make_directory(DIRECTORY)
    assert Survey(directory=DIRECTORY) == survey(DIRECTORY, disk=disk)


def test_a_disk_that_fails_is_said() -> None:
    """As the journal's failure."""
    with pytest.raises(JournalError):
        survey("/nowhere", disk=MemoryDisk())


def test_readers_of_a_surveyed_log_change_nothing() -> None:
    """They read up to the end that was surveyed whatever the head says, and pass over damage without a copy."""
    disk = written()
    found = survey(DIRECTORY, disk=disk)
    disk.garble(segment_path(DIRECTORY, 0), SEGMENT_HEADER_BYTES + 60, b"?")
    disk.garble(f"{DIRECTORY}/{HEAD_NAME}", 0, bytes(1024))
    names = disk.names(DIRECTORY)
    reader = JournalReader.open(DIRECTORY, disk=surveyed_disk(found, disk))
    with pytest.raises(CorruptFrameError):
        list(iter(reader.read, []))
    assert reader.skip_damage().copy is None
    while reader.read():
        pass
    assert found.end == reader.position
    assert reader.sealed
    reader.close()
    assert names == disk.names(DIRECTORY)


@pytest.mark.parametrize(
    "change",
    [
        lambda disk: disk.make_directory("/a"),
        lambda disk: disk.open("/a", create=True),
        lambda disk: disk.open("/a", writable=True),
        lambda disk: disk.page("/a", writable=True),
        lambda disk: disk.rename("/a", "/b"),
        lambda disk: disk.remove("/a"),
        lambda disk: disk.sync_directory("/a"),
        lambda disk: disk.lock("/a"),
    ],
)
def test_a_read_only_disk_refuses_changes(change: Callable[[ReadOnlyDisk], object]) -> None:
    """Each of them, before it reaches the disk."""
    disk = MemoryDisk()
    with pytest.raises(OSError, match="changes nothing") as refused:
        change(ReadOnlyDisk(disk))
    assert (errno.EROFS, 0) == (refused.value.errno, disk.calls)
