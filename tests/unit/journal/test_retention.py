import msgspec
import pytest

from journal_tools import DIRECTORY, LOG_ID, open_small, read_all
from playhead.base.errors import JournalError
from playhead.base.memory_disk import MemoryDisk
from playhead.journal.retention import SegmentInfo, removable, remove_before, segments


def _written() -> MemoryDisk:
    disk = MemoryDisk()
    log = open_small(disk, 1000)
    for number in range(12):
        log.tail.write([(1, b"%02d" % number * 100)], 1001 + number)
    log.close(sealed=True)
    return disk


def test_segments_tell_their_clock() -> None:
    """Each finished segment knows where it ends and when its last batch was; the last one does not."""
    infos = segments(DIRECTORY, disk=_written())
    assert len(infos) > 2
    assert [info.end for info in infos[:-1]] == [info.base for info in infos[1:]]
    assert sorted(info.last_ms or 0 for info in infos[:-1]) == [info.last_ms for info in infos[:-1]]
    assert (None, None) == (infos[-1].end, infos[-1].last_ms)


def test_whole_processed_segments_are_removed() -> None:
    """Up to a processed position whole segments go, the one it is in stays, and reading goes on from it."""
    disk = _written()
    infos = segments(DIRECTORY, disk=disk)
    rest = read_all(disk, infos[2].base)
    assert infos[:2] == remove_before(DIRECTORY, infos[2].base + 1, disk=disk)
    assert infos[2:] == segments(DIRECTORY, disk=disk)
    assert rest == read_all(disk, infos[2].base)


def test_the_last_segment_is_never_removed() -> None:
    """Even when all is processed the log keeps its end, from which it goes on."""
    disk = _written()
    infos = segments(DIRECTORY, disk=disk)
    remove_before(DIRECTORY, 1 << 60, disk=disk)
    assert infos[-1:] == segments(DIRECTORY, disk=disk)


def test_a_failing_disk_is_said() -> None:
    """Whichever call fails, the error is the journal's, and what is left can be removed later."""
    for call in range(1, 100):
        disk = _written()
        infos = segments(DIRECTORY, disk=disk)
        disk.fail_call = disk.calls + call
        try:
            remove_before(DIRECTORY, infos[2].base, disk=disk)
        except JournalError:
            disk.heal()
            remove_before(DIRECTORY, infos[2].base, disk=disk)
        disk.heal()
        assert infos[2:] == segments(DIRECTORY, disk=disk)
        if not disk.failed:
            return
    raise AssertionError("it never ended")


def test_a_journal_that_does_not_exist_has_no_segments() -> None:
    """Nothing there is nothing to remove."""
    assert [] == segments("/nowhere", disk=MemoryDisk())


HELD = [
    SegmentInfo(0, 10, 100, 1000),
    SegmentInfo(10, 20, 100, 2000),
    SegmentInfo(20, 30, 100, 3000),
    SegmentInfo(30, None, 100, None),
]


@pytest.mark.parametrize(
    ("expected", "processed", "keep_ms", "keep_bytes"),
    [
        (0, 30, None, None),
        (0, 30, 5000, 1000),
        (10, 30, 2500, None),
        (20, 30, 1500, None),
        (30, 30, 0, None),
        (20, 29, 0, None),
        (0, 9, 0, 0),
        (10, 30, None, 300),
        (20, 30, None, 299),
        (30, 30, None, 0),
        (20, 30, 1500, 300),
    ],
)
def test_age_and_size_decide(expected: int, processed: int, keep_ms: int | None, keep_bytes: int | None) -> None:
    """Old or too much goes, oldest first, whole segments only, and never what is not processed."""
    found = removable({"w": HELD}, {"w": processed}, 4000, keep_ms=keep_ms, keep_bytes=keep_bytes)
    assert expected == found.get("w", 0)


@pytest.mark.parametrize(
    ("expected", "processed", "keep_bytes"),
    [
        ({"a": 10}, {"a": 30, "b": 30}, 700),
        ({"a": 10, "b": 10}, {"a": 30, "b": 30}, 600),
        ({"a": 20, "b": 10}, {"a": 30, "b": 30}, 500),
        ({"b": 30}, {"b": 30}, 0),
        ({"a": 10, "b": 30}, {"a": 19, "b": 30}, 0),
        ({}, {}, 0),
    ],
)
def test_size_is_that_of_all_journals(expected: dict[str, int], processed: dict[str, int], keep_bytes: int) -> None:
    """The oldest segment of any journal goes first; one that waits for the processor holds only its own journal back."""
    later = [msgspec.structs.replace(info, last_ms=info.last_ms and info.last_ms + 500) for info in HELD]
    assert expected == removable({"a": HELD, "b": later}, processed, 4000, keep_ms=None, keep_bytes=keep_bytes)


def test_a_damaged_header_does_not_keep_old_segments() -> None:
    """What it would have told is at most what the next one tells."""
    disk = _written()
    infos = segments(DIRECTORY, disk=disk)
    file = disk.open(f"{DIRECTORY}/{infos[1].base:020d}.seg", writable=True)
    file.write_at(0, b"damaged!")
    found = segments(DIRECTORY, disk=disk)
    assert [infos[1].last_ms, infos[1].last_ms, None] == [found[0].last_ms, found[1].last_ms, found[-1].last_ms]
    assert [LOG_ID, None, LOG_ID] == [info.log_id for info in found[:3]]


def test_no_more_are_removed_at_a_time_than_was_asked() -> None:
    """The oldest; the rest goes with the next calls."""
    disk = _written()
    infos = segments(DIRECTORY, disk=disk)
    assert infos[:1] == remove_before(DIRECTORY, infos[2].base, segments_max=1, disk=disk)
    assert infos[1:2] == remove_before(DIRECTORY, infos[2].base, segments_max=1, disk=disk)
    assert [] == remove_before(DIRECTORY, infos[2].base, segments_max=1, disk=disk)
