import zlib

import pytest

from playhead.journal.frame import (
    BATCH_HEADER_BYTES,
    FLAG_ZSTD,
    Batch,
    Flaw,
    SegmentHeader,
    decode_batch,
    decode_segment_header,
    encode_batch,
    encode_segment_header,
    find_batch,
    seed_of,
)

SEED = seed_of(bytes(16))


def _frame(*payloads: bytes, position: int = 7, compress: bool = False) -> bytes:
    records = [(1, payload) for payload in payloads]
    return encode_batch(records, position=position, floor_ms=5, at_ms=6, seed=SEED, compress=compress)


def test_the_layout_is_the_documented_one() -> None:
    """The bytes of a batch are where docs/reference/journal.md says."""
    frame = encode_batch([(0x0201, b"ab")], position=0x1122, floor_ms=3, at_ms=4, seed=SEED)
    assert b"PHB\x01" == frame[:4]
    assert bytes(4) == frame[4:8]
    assert [8, 8, 1] == [int.from_bytes(frame[at : at + 4], "little") for at in (8, 12, 16)]
    assert [0x1122, 3, 4] == [int.from_bytes(frame[at : at + 8], "little") for at in (20, 28, 36)]
    assert zlib.crc32(frame[:44] + bytes(4) + frame[48:], SEED) == int.from_bytes(frame[44:48], "little")
    assert b"\x02\x00\x00\x00\x01\x02ab" == frame[48:]


def test_a_mark_is_a_batch_without_records() -> None:
    """A clock mark is a header alone."""
    frame = _frame()
    assert BATCH_HEADER_BYTES == len(frame)
    assert Batch(6, 7 + BATCH_HEADER_BYTES, [], 7, 5) == decode_batch(frame, 0, 7, SEED)


def test_packed_batches_read_the_same() -> None:
    """Compression changes the bytes and not what is read; it is left out where it would not help."""
    plain, packed = _frame(b"a" * 900), _frame(b"a" * 900, compress=True)
    assert len(packed) < len(plain) / 4
    first, second = decode_batch(plain, 0, 7, SEED), decode_batch(packed, 0, 7, SEED)
    assert isinstance(first, Batch)
    assert isinstance(second, Batch)
    assert first.records == second.records
    assert _frame(b"a") == _frame(b"a", compress=True)


def test_a_packing_of_the_future_is_said() -> None:
    """A batch packed with what this version does not know is a flaw of its own, not a broken checksum."""
    frame = bytearray(_frame(b"abc"))
    frame[4] = FLAG_ZSTD
    frame[44:48] = bytes(4)
    frame[44:48] = zlib.crc32(frame, SEED).to_bytes(4, "little")
    assert Flaw.PACKING is decode_batch(bytes(frame), 0, 7, SEED)


@pytest.mark.parametrize(
    ("data", "flaw"),
    [
        (b"", Flaw.UNWRITTEN),
        (bytes(100), Flaw.UNWRITTEN),
        (b"PHB", Flaw.INCOMPLETE),
        (b"x" * 100, Flaw.MAGIC),
        (_frame(b"abc")[:-1], Flaw.INCOMPLETE),
        (_frame(b"abc", position=8), Flaw.PLACE),
        (_frame(b"abc")[:-1] + b"d", Flaw.CHECKSUM),
        (_frame()[:8] + b"\xff\xff\xff\xff" + _frame()[12:], Flaw.SIZE),
    ],
)
def test_flaws_are_told_apart(data: bytes, flaw: Flaw) -> None:
    """Each way of not being a batch has its name."""
    assert flaw is decode_batch(data, 0, 7, SEED)


def test_a_batch_inside_a_record_is_not_found() -> None:
    """A player who sends the bytes of a batch cannot make one: he does not know the log's id."""
    forged = encode_batch([(1, b"forged")], position=61, floor_ms=0, at_ms=0, seed=seed_of(b"guess"))
    data = _frame(forged, position=7)
    assert find_batch(data, 1, 7, SEED) is None


def test_the_next_batch_is_found_behind_rubbish() -> None:
    """Looking for a batch passes over everything that is none."""
    rubbish = b"PHB\x01 no, PHB\x01"
    data = rubbish + _frame(b"x", position=100 + len(rubbish))
    assert len(rubbish) == find_batch(data, 0, 100, SEED)


def test_segment_headers_are_checked() -> None:
    """A header says base, floor and log id; any change of it makes it none."""
    header = SegmentHeader(1 << 40, 1234, bytes(range(16)))
    data = encode_segment_header(header)
    assert 64 == len(data)
    assert header == decode_segment_header(data + b"more")
    assert decode_segment_header(data[:-1]) is None
    for at in range(64):
        changed = bytearray(data)
        changed[at] ^= 1
        assert decode_segment_header(bytes(changed)) is None
