from journal_tools import SMALL
from playhead.journal.frame import encode_batch
from playhead.journal.limits import JournalLimits


def test_nothing_is_longer_than_the_longest_frame() -> None:
    """A segment's header and a batch as large as the limits allow fit into `frame_bytes`."""
    for limits in (SMALL, JournalLimits(batch_bytes=100, record_bytes=500)):
        frame = encode_batch([(1, b"x" * limits.record_bytes)], position=0, floor_ms=0, at_ms=0, seed=0)
        assert 64 + len(frame) <= limits.frame_bytes


def test_the_defaults_agree() -> None:
    """A segment holds many batches, and what may wait is more than one batch."""
    limits = JournalLimits()
    assert limits.frame_bytes * 8 <= limits.segment_bytes
    assert limits.batch_bytes < limits.waiting_bytes
