"""The tree of the world's failures."""

from playhead.base.errors import CorruptFrameError


def test_a_corrupt_frame_says_where() -> None:
    """The message and the attributes name file and position."""
    error = CorruptFrameError("00000000000000000000.seg", 4096, "checksum differs")
    assert str(error) == "00000000000000000000.seg: frame at offset 4096: checksum differs"
    assert (error.path, error.offset) == ("00000000000000000000.seg", 4096)
