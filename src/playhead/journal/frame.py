"""
The bytes of the log: segment headers, batches and records.

Law: a batch is read whole or not at all. Its checksum starts from the log's own id and its header says where in the log
it stands, so bytes of another log, of another place, or written by a player into a record are never taken for a batch.
All numbers are little-endian. The layout, byte by byte, is in docs/reference/journal.md.
"""

import struct
import zlib
from collections.abc import Sequence
from enum import Enum

from msgspec import Struct

SEGMENT_HEADER_BYTES = 64
BATCH_HEADER_BYTES = 48
RECORD_HEADER_BYTES = 6
LOG_ID_BYTES = 16
FRAME_BYTES_MAX = 64 << 20
"""No batch is longer, stored or unpacked: what a reader can be made to hold."""

_SEGMENT_MAGIC = b"PHSEG\x00\x00\x01"
_SEGMENT = struct.Struct("<8sQQ16s20x")
_BATCH_MAGIC = b"PHB\x01"
_BATCH = struct.Struct("<4sHHIIIQQQI")
_RECORD = struct.Struct("<IH")
_CRC_AT = BATCH_HEADER_BYTES - 4

FLAG_ZLIB = 1
FLAG_ZSTD = 2
"""Reserved: no reader of this version unpacks it."""


class Batch(Struct, frozen=True, gc=False):
    """
    The records of one write and sync.

    Attributes:
        position: Where it begins in the log, in bytes.
        end_position: Where the next one begins.
        floor_ms: `at_ms` of the batch before. No record in here was received earlier by the writer's own order; one
            whose stamp says so waited between its stamp and the log, and counts as received at `floor_ms`.
        at_ms: The writer's clock when the batch was closed, Unix ms; never below `floor_ms`. Every later record was
            given to the log after this instant.
        records: Kind and payload, in the order in which they were appended. None in a clock mark.
    """

    at_ms: int
    end_position: int
    records: list[tuple[int, bytes]]
    position: int = 0
    floor_ms: int = 0


class Flaw(Enum):
    """Why bytes are not a batch."""

    UNWRITTEN = "unwritten"
    """Zeros, or nothing: the log ends here."""
    INCOMPLETE = "cut short"
    """The bytes given end before the batch does."""
    MAGIC = "not the beginning of a batch"
    PLACE = "a batch of another place"
    SIZE = "sizes that cannot be"
    CHECKSUM = "checksum does not match"
    PACKING = "packed in a way this version cannot read"


class SegmentHeader(Struct, frozen=True, gc=False):
    """
    What a segment says about itself.

    Attributes:
        base: Position of its first batch in the log.
        floor_ms: `at_ms` of the last batch before it, Unix ms.
        log_id: Id of the log it belongs to, 16 random bytes.
    """

    base: int
    floor_ms: int
    log_id: bytes


def seed_of(log_id: bytes) -> int:
    """What the checksums of this log start from."""
    return zlib.crc32(log_id)


def encode_segment_header(header: SegmentHeader) -> bytes:
    """The first `SEGMENT_HEADER_BYTES` of a segment."""
    data = _SEGMENT.pack(_SEGMENT_MAGIC, header.base, header.floor_ms, header.log_id)
    return data + zlib.crc32(data).to_bytes(4, "little")


def decode_segment_header(data: bytes) -> SegmentHeader | None:
    """The header at the beginning of these bytes; None if there is none whole."""
    if len(data) < SEGMENT_HEADER_BYTES:
        return None
    magic, base, floor_ms, log_id = _SEGMENT.unpack_from(data)
    checksum = int.from_bytes(data[_SEGMENT.size : SEGMENT_HEADER_BYTES], "little")
    if magic != _SEGMENT_MAGIC or checksum != zlib.crc32(data[: _SEGMENT.size]):
        return None
    return SegmentHeader(base, floor_ms, log_id)


def stored_bytes(payload: bytes) -> int:
    """What one record adds to a batch that is not packed."""
    return RECORD_HEADER_BYTES + len(payload)


def encode_batch(
    records: Sequence[tuple[int, bytes]], *, position: int, floor_ms: int, at_ms: int, seed: int, compress: bool = False
) -> bytes:
    """
    One batch as it stands in the log at `position`.

    Args:
        records: Kind (0 to 65,535) and payload, in order; none for a clock mark.
        position: Where it will stand.
        floor_ms: `at_ms` of the batch before.
        at_ms: Its own, not smaller.
        seed: `seed_of` the log.
        compress: Pack the records with zlib if that makes them smaller.
    """
    pieces = [b""]  # the header's place
    for kind, payload in records:
        pieces += (_RECORD.pack(len(payload), kind), payload)
    raw_bytes = sum(map(len, pieces))
    flags = 0
    if compress and records:
        packed = zlib.compress(b"".join(pieces), 1)
        if len(packed) < raw_bytes:
            pieces, flags = [b"", packed], FLAG_ZLIB
    body_bytes = sum(map(len, pieces))
    assert raw_bytes <= FRAME_BYTES_MAX - BATCH_HEADER_BYTES, "a batch beyond the limit"
    pieces[0] = bytes(BATCH_HEADER_BYTES)
    frame = bytearray().join(pieces)
    _BATCH.pack_into(
        frame, 0, _BATCH_MAGIC, flags, 0, body_bytes, raw_bytes, len(records), position, floor_ms, at_ms, 0
    )
    frame[_CRC_AT:BATCH_HEADER_BYTES] = zlib.crc32(frame, seed).to_bytes(4, "little")
    return bytes(frame)


def decode_batch(data: bytes, offset: int, position: int, seed: int) -> Batch | Flaw:
    """
    The batch that begins at `offset` of these bytes and at `position` of the log.

    Never raises and never gives a batch that was not written there: any change of any bit is a flaw.
    """
    left = len(data) - offset
    if left < BATCH_HEADER_BYTES:
        return Flaw.INCOMPLETE if any(data[offset:]) else Flaw.UNWRITTEN
    magic, flags, _, body_bytes, raw_bytes, count, place, floor_ms, at_ms, checksum = _BATCH.unpack_from(data, offset)
    if magic != _BATCH_MAGIC:
        return Flaw.MAGIC if any(data[offset : offset + BATCH_HEADER_BYTES]) else Flaw.UNWRITTEN
    if place != position:
        return Flaw.PLACE
    if max(body_bytes, raw_bytes) > FRAME_BYTES_MAX - BATCH_HEADER_BYTES:
        return Flaw.SIZE
    if left < BATCH_HEADER_BYTES + body_bytes:
        return Flaw.INCOMPLETE
    body_at = offset + BATCH_HEADER_BYTES
    end = body_at + body_bytes
    view = memoryview(data)
    running = zlib.crc32(view[offset : offset + _CRC_AT], seed)
    running = zlib.crc32(view[body_at:end], zlib.crc32(b"\0\0\0\0", running))
    if running != checksum:
        return Flaw.CHECKSUM
    body: bytes | None = data
    if flags:
        body, body_at, end = _unpack(flags, view[body_at:end], raw_bytes), 0, raw_bytes
    if body is None:
        return Flaw.PACKING
    records = _decode_records(body, body_at, end, count)
    if records is None:
        return Flaw.SIZE
    return Batch(at_ms, position + BATCH_HEADER_BYTES + body_bytes, records, position, floor_ms)


def _unpack(flags: int, packed: memoryview, raw_bytes: int) -> bytes | None:
    if flags != FLAG_ZLIB:
        return None
    try:
        body = zlib.decompressobj().decompress(packed, raw_bytes + 1)
    except zlib.error:
        return None
    return body if len(body) == raw_bytes else None


def _decode_records(body: bytes, start: int, end: int, count: int) -> list[tuple[int, bytes]] | None:
    """Exactly `count` records that fill the bytes exactly, else None."""
    records: list[tuple[int, bytes]] = []
    unpack = _RECORD.unpack_from
    while start + RECORD_HEADER_BYTES <= end:
        size, kind = unpack(body, start)
        start += RECORD_HEADER_BYTES + size
        if start > end:
            return None
        records.append((kind, body[start - size : start]))
    return records if start == end and len(records) == count else None


def find_batch(data: bytes, start: int, position: int, seed: int) -> int | None:
    """
    Where the next whole batch of this log begins in these bytes, at `start` or after it; None if there is none.

    `position` is the log's position of the first byte of `data`.
    """
    at = data.find(_BATCH_MAGIC, start)
    while at >= 0:
        if isinstance(decode_batch(data, at, position + at, seed), Batch):
            return at
        at = data.find(_BATCH_MAGIC, at + 1)
    return None
