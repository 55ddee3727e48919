from journal_tools import DIRECTORY, LOG_ID, open_small
from playhead.base.memory_disk import MemoryDisk
from playhead.journal.damage import Damage, damage_end, quarantine, reason_of
from playhead.journal.frame import Flaw, seed_of
from playhead.journal.segment import segment_path


def _disk() -> tuple[MemoryDisk, Damage]:
    disk = MemoryDisk()
    log = open_small(disk)
    start = log.tail.position
    log.tail.write([(1, b"one")], 1001)
    end = log.tail.position
    log.tail.write([(1, b"two")], 1001)
    return disk, Damage(segment_path(DIRECTORY, 0), start, end, "checksum does not match")


def test_damage_ends_at_the_next_whole_batch() -> None:
    """What follows a bad batch is found; without any, the damage reaches to the limit."""
    disk, damage = _disk()
    file = disk.open(damage.path)
    seed = seed_of(LOG_ID)
    assert damage.end == damage_end(file, 0, damage.start, 10_000, seed)
    assert damage.end - 1 == damage_end(file, 0, damage.start, damage.end - 1, seed)


def test_bytes_are_copied_aside_once() -> None:
    """The copy has exactly the damaged bytes, is durable, and is not made twice."""
    disk, damage = _disk()
    file = disk.open(damage.path)
    first = quarantine(disk, DIRECTORY, file, 0, damage)
    assert first.copy is not None
    content = disk.content(damage.path)[64 + damage.start : 64 + damage.end]
    calls = disk.calls
    assert first == quarantine(disk, DIRECTORY, file, 0, damage)
    assert disk.calls - calls <= 2
    disk.lose_power(lambda: False)
    assert content == disk.content(first.copy)


def test_a_copy_that_fails_is_part_of_the_report() -> None:
    """Whichever call fails, the damage is still reported, with the reason instead of the copy."""
    for call in range(1, 30):
        disk, damage = _disk()
        file = disk.open(damage.path)
        disk.fail_call = disk.calls + call
        found = quarantine(disk, DIRECTORY, file, 0, damage)
        assert (damage.start, damage.end) == (found.start, found.end)
        if not disk.failed:
            break
        assert found.copy is None
        assert "told to fail" in found.copy_error
    assert call > 6


def test_reasons_are_words() -> None:
    """A flaw is said in words an operator understands."""
    assert "checksum does not match" == reason_of(Flaw.CHECKSUM)
