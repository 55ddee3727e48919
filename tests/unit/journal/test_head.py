from journal_tools import LOG_ID
from playhead.base.disk import PAGE_BYTES
from playhead.base.memory_disk import MemoryDisk
from playhead.journal.head import Head, HeadState, HeadWriter, open_head, read_head


def test_the_latest_state_is_read() -> None:
    """Readers get what was published last."""
    disk = MemoryDisk()
    disk.make_directory("/j")
    writer = HeadWriter(open_head(disk, "/j"))
    page = disk.page("/j/head")
    assert read_head(page) is None
    for position in range(5):
        writer.publish(LOG_ID, 0, position, 100 + position, HeadState.LIVE)
        assert Head(LOG_ID, 0, position, 100 + position, HeadState.LIVE, position + 1) == read_head(page)


def test_a_torn_slot_leaves_the_state_before() -> None:
    """A writer killed half way through leaves readers with what was durable before."""
    disk = MemoryDisk()
    disk.make_directory("/j")
    writer = HeadWriter(open_head(disk, "/j"))
    writer.publish(LOG_ID, 0, 10, 100, HeadState.LIVE)
    writer.publish(LOG_ID, 0, 20, 200, HeadState.LIVE)
    disk.garble("/j/head", 20, b"\xff")
    head = read_head(disk.page("/j/head"))
    assert head is not None
    assert 10 == head.position


def test_numbering_goes_on_after_a_restart() -> None:
    """A new writer's first word is newer than all of the one before."""
    disk = MemoryDisk()
    disk.make_directory("/j")
    first = HeadWriter(open_head(disk, "/j"))
    for position in range(3):
        first.publish(LOG_ID, 0, position, 100, HeadState.LIVE)
    HeadWriter(open_head(disk, "/j")).publish(LOG_ID, 0, 99, 100, HeadState.SEALED)
    head = read_head(disk.page("/j/head"))
    assert head is not None
    assert (99, HeadState.SEALED) == (head.position, head.state)


def test_the_page_is_really_written() -> None:
    """The file is made of written zeros: a sparse one could kill the process when the disk is full."""
    disk = MemoryDisk()
    disk.make_directory("/j")
    open_head(disk, "/j")
    disk.lose_power(lambda: False)
    assert bytes(PAGE_BYTES) == disk.content("/j/head")
