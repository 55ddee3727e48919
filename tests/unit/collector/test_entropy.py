"""Fresh bytes, drawn in bulk."""

from itertools import count

from playhead.collector.entropy import BufferedEntropy


def test_no_byte_is_given_twice() -> None:
    """What was taken is gone, also across blocks and for more than a block."""
    turn = count()
    dice = BufferedEntropy(lambda size: bytes(next(turn) % 256 for _ in range(size)), block_bytes=8)
    taken = [dice.take(size) for size in (3, 5, 4, 20, 1)]
    assert [len(part) for part in taken] == [3, 5, 4, 20, 1]
    numbers = list(b"".join(taken))
    assert len(set(numbers)) == len(numbers)
