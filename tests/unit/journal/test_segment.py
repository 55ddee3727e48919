from journal_tools import DIRECTORY, LOG_ID, open_small
from playhead.base.memory_disk import MemoryDisk
from playhead.journal.segment import base_of, find_log_id, next_base, segment_bases, segment_path


def test_names_sort_as_positions() -> None:
    """Twenty digits hold every position, and other files are no segments."""
    disk = MemoryDisk()
    disk.make_directory("/j")
    for base in (1 << 63, 0, 99):
        disk.open(segment_path("/j", base), create=True)
    for name in ("head", "lock", "x.seg", "spare.zeros"):
        disk.open(f"/j/{name}", create=True)
    assert [0, 99, 1 << 63] == segment_bases(disk, "/j")


def test_positions_find_their_segment() -> None:
    """A position is in the last segment that begins at or before it."""
    bases = [10, 20, 30]
    assert [None, 10, 10, 20, 30, 30] == [base_of(bases, position) for position in (9, 10, 19, 20, 30, 99)]
    assert [10, 20, 30, None] == [next_base(bases, base) for base in (0, 10, 20, 30)]


def test_the_log_id_is_found_in_any_header() -> None:
    """A broken newest header does not hide the id the others tell."""
    disk = MemoryDisk()
    log = open_small(disk)
    for _ in range(6):
        log.tail.write([(1, b"x" * 400)], 1001)
    bases = segment_bases(disk, DIRECTORY)
    disk.garble(segment_path(DIRECTORY, bases[-1]), 3, b"?")
    assert LOG_ID == find_log_id(disk, DIRECTORY, bases)
    assert find_log_id(disk, DIRECTORY, bases[-1:]) is None
