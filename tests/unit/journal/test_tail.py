import contextlib
import errno

import pytest

from journal_tools import DIRECTORY, open_small, read_all
from playhead.base.memory_disk import MemoryDisk
from playhead.base.units import DAY_MS
from playhead.journal.head import HeadState, read_head


def _segments(disk: MemoryDisk) -> list[str]:
    return [name for name in disk.names(DIRECTORY) if name.endswith(".seg")]


def test_the_head_follows_each_batch() -> None:
    """What readers are told is the end of the last batch, live; sealed after closing."""
    disk = MemoryDisk()
    log = open_small(disk)
    log.tail.write([(1, b"abc")], 1001)
    page = disk.page(f"{DIRECTORY}/head")
    head = read_head(page)
    assert head is not None
    assert (log.tail.position, 1001, HeadState.LIVE) == (head.position, head.at_ms, head.state)
    log.close(sealed=True)
    head = read_head(page)
    assert head is not None
    assert (log.tail.position, HeadState.SEALED) == (head.position, head.state)


def test_a_segment_takes_a_day_at_most() -> None:
    """However little is in it, so that what is old can be removed though little comes in."""
    disk = MemoryDisk()
    log = open_small(disk, 1000)
    log.tail.write([(1, b"a")], 1000 + DAY_MS - 1)
    position = log.tail.position
    log.tail.write([(1, b"b")], 1000 + DAY_MS)
    log.tail.write([(1, b"c")], 1000 + 2 * DAY_MS - 1)
    assert [f"{0:020d}.seg", f"{position:020d}.seg"] == _segments(disk)
    log.close(sealed=True)
    assert [b"a", b"b", b"c"] == read_all(disk)


def test_a_failed_sync_ends_the_segment() -> None:
    """The range of a failed sync is never written again: the next batch stands in a new segment, at the same position."""
    disk = MemoryDisk()
    log = open_small(disk)
    log.tail.write([(1, b"good")], 1001)
    position = log.tail.position
    disk.fail_call = disk.calls + 2
    with pytest.raises(OSError, match="told to fail"):
        log.tail.write([(1, b"unsure")], 1002)
    assert position == log.tail.position
    log.tail.write([(1, b"next")], 1003)
    assert [f"{0:020d}.seg", f"{position:020d}.seg"] == _segments(disk)
    log.close(sealed=True)
    assert [b"good", b"next"] == read_all(disk)


def test_a_failed_write_does_too() -> None:
    """Half a write is disowned in the same way."""
    disk = MemoryDisk()
    log = open_small(disk)
    position = log.tail.position
    disk.fail_call, disk.failure = disk.calls + 1, errno.ENOSPC
    with pytest.raises(OSError, match="told to fail"):
        log.tail.write([(1, b"half")], 1002)
    log.tail.write([(1, b"next")], 1003)
    assert f"{position:020d}.seg" == _segments(disk)[-1]
    log.close(sealed=True)
    assert [b"next"] == read_all(disk)


def test_a_segment_whose_name_is_unsure_disowns_the_one_before() -> None:
    """Whichever call of beginning a segment fails, batches after it are read in order, small ones too."""
    for call in range(1, 100):
        disk = MemoryDisk()
        log = open_small(disk)
        log.tail.write([(1, b"a" * 300)], 1001)
        disk.fail_call = disk.calls + call
        expected = b"acde"
        with contextlib.suppress(OSError):
            log.tail.write([(1, b"b" * 400)], 1002)
            expected = b"abcde"
        failed = disk.failed
        disk.heal()
        log.tail.write([(1, b"c")], 1003)
        log.tail.write([(1, b"d" * 450)], 1004)
        log.tail.write([(1, b"e" * 450)], 1004)
        log.close(sealed=True)
        assert expected == b"".join(payload[:1] for payload in read_all(disk))
        if not failed:
            assert call > 8
            return


def test_a_finished_segment_is_cut_to_its_content() -> None:
    """What was made ahead and not needed is given back."""
    disk = MemoryDisk()
    log = open_small(disk)
    log.tail.write([(1, b"a" * 500)], 1001)
    log.tail.write([(1, b"b" * 500)], 1001)
    sizes = [len(disk.content(f"{DIRECTORY}/{name}")) for name in _segments(disk)]
    assert 64 + 48 + 48 + 6 + 500 == sizes[0]
    log.close(sealed=True)
