from journal_tools import DIRECTORY, open_small, read_all
from playhead.base.disk import PAGE_BYTES
from playhead.base.memory_disk import MemoryDisk
from playhead.journal.limits import JournalLimits

ROOMY = JournalLimits(segment_bytes=8192, first_segment_bytes=4096, batch_bytes=600, record_bytes=500)


def _written(*payloads: bytes, limits: JournalLimits = ROOMY) -> tuple[MemoryDisk, list[int]]:
    """A log with one batch for each payload, its writer killed; positions of the batches and of the end."""
    disk = MemoryDisk()
    log = open_small(disk, limits=limits)
    positions = []
    for payload in payloads:
        positions.append(log.tail.position)
        log.tail.write([(1, payload)], 1001)
    positions.append(log.tail.position)
    disk.stop_processes()
    return disk, positions


def _segment(disk: MemoryDisk, index: int = 0) -> str:
    return [f"{DIRECTORY}/{name}" for name in disk.names(DIRECTORY) if name.endswith(".seg")][index]


def _forget_head(disk: MemoryDisk) -> None:
    disk.garble(f"{DIRECTORY}/head", 0, bytes(PAGE_BYTES))


def test_a_torn_end_is_cut_and_said() -> None:
    """Bytes behind the last whole batch are removed; the report says how many and where."""
    disk, (_, end) = _written(b"one")
    path = _segment(disk)
    disk.garble(path, 64 + end, b"PHB\x01torn")
    recovery = open_small(disk).recovery
    assert (end, 8, path, False) == (recovery.position, recovery.cut_bytes, recovery.cut_path, recovery.clean)
    assert 64 + end == len(disk.content(path))
    assert [b"one"] == read_all(disk)


def test_a_torn_batch_is_cut_whole() -> None:
    """Of a batch of which a part is missing nothing is kept, when readers had not been told of it."""
    disk, (start, *_) = _written(b"one", b"two")
    _forget_head(disk)
    path = _segment(disk)
    second = start + 48 + 6 + 3
    disk.garble(path, 64 + second + 50, bytes(20))
    recovery = open_small(disk).recovery
    assert second == recovery.position
    assert () == recovery.damages
    assert [b"one"] == read_all(disk)


def test_damage_in_the_middle_is_no_torn_end() -> None:
    """A bad batch with whole ones behind it is reported with its place, copied aside, and nothing else is lost."""
    disk, (_, second, third, _) = _written(b"one", b"two", b"three")
    _forget_head(disk)
    path = _segment(disk)
    disk.garble(path, 64 + second + 55, b"?")
    recovery = open_small(disk).recovery
    (damage,) = recovery.damages
    assert (path, second, third) == (damage.path, damage.start, damage.end)
    assert "checksum does not match" == damage.reason
    assert damage.copy is not None
    assert third - second == len(disk.content(damage.copy))
    assert 0 == recovery.cut_bytes


def test_damage_before_the_durable_position_is_no_torn_end() -> None:
    """What readers had been told of and cannot be read any more is damage; its positions are never used again."""
    disk, (_, second, end) = _written(b"one", b"two")
    disk.garble(_segment(disk), 64 + second, bytes(40))
    recovery = open_small(disk).recovery
    (damage,) = recovery.damages
    assert (second, end) == (damage.start, damage.end)
    assert end == recovery.position


def test_a_lost_segment_header_loses_nothing() -> None:
    """Batches carry their own place, so a segment without its header is still read."""
    disk, (_, _, end) = _written(b"one", b"two")
    disk.garble(_segment(disk), 0, bytes(64))
    recovery = open_small(disk).recovery
    assert (end, ()) == (recovery.position, recovery.damages)
    assert [b"one", b"two"] == read_all(disk)


def test_a_log_of_another_id_is_not_mistaken() -> None:
    """Bytes of another log at the right place are not taken for batches of this one."""
    disk, (start, *_) = _written(b"one")
    other = disk.content(_segment(disk))
    disk.garble(_segment(disk), 64 + start + 4, other[64 + start :][:4])  # nothing changes
    disk.garble(_segment(disk), 64 + start + 44, b"\x01\x02\x03\x04")  # its checksum started elsewhere
    _forget_head(disk)
    assert start == open_small(disk).recovery.position


def test_a_segment_begun_and_not_written_is_removed() -> None:
    """A crash between the name and the first batch leaves an empty segment; opening takes it away."""
    disk, (_, end) = _written(b"one")
    disk.open(f"{DIRECTORY}/{end:020d}.seg", create=True).write_at(0, bytes(500))
    recovery = open_small(disk).recovery
    assert (end, 0) == (recovery.position, recovery.cut_bytes)
    assert [b"one"] == read_all(disk)


def test_leftovers_of_a_crash_are_removed() -> None:
    """Files that were being made are gone after opening; a whole spare is used."""
    disk, _ = _written(b"one")
    disk.open(f"{DIRECTORY}/spare.zeros.tmp", create=True).write_at(0, b"half")
    open_small(disk).close(sealed=True)
    assert [] == [name for name in disk.names(DIRECTORY) if name.endswith(".tmp")]


def test_a_clean_end_is_said() -> None:
    """After an orderly close nothing was cut and the report says so."""
    disk = MemoryDisk()
    open_small(disk).close(sealed=True)
    assert open_small(disk).recovery.clean


def test_segments_all_gone_go_on_at_the_known_position() -> None:
    """If somebody removed every segment, positions still do not start again."""
    disk, (_, end) = _written(b"one")
    disk.remove(_segment(disk))
    assert end == open_small(disk).recovery.position
