"""Whatever happens to the bytes, no reader ever gets a record that was not written."""

from hypothesis import given
from hypothesis import strategies as st

from journal_tools import DIRECTORY, open_small, read_all
from playhead.base.errors import CorruptFrameError
from playhead.base.memory_disk import MemoryDisk
from playhead.journal.frame import Batch, decode_batch, encode_batch, seed_of
from playhead.journal.reader import JournalReader
from playhead.journal.segment import segment_path

RECORDS = st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=100)), max_size=8)
U64 = st.integers(0, (1 << 63) - 1)
LOG_IDS = st.binary(min_size=16, max_size=16)


@given(RECORDS, U64, U64, U64, LOG_IDS, st.booleans())
def test_what_is_encoded_is_decoded(
    records: list[tuple[int, bytes]], position: int, floor_ms: int, at_ms: int, log_id: bytes, compress: bool
) -> None:
    """Decoding gives back exactly what was encoded, at any place, among other bytes."""
    seed = seed_of(log_id)
    frame = encode_batch(records, position=position, floor_ms=floor_ms, at_ms=at_ms, seed=seed, compress=compress)
    expected = Batch(at_ms, position + len(frame), records, position, floor_ms)
    assert expected == decode_batch(b"before" + frame + b"after", 6, position, seed)


@given(RECORDS, st.data())
def test_no_cut_batch_is_read(records: list[tuple[int, bytes]], data: st.DataObject) -> None:
    """However many bytes are missing at the end, nothing is decoded."""
    frame = encode_batch(records, position=5, floor_ms=0, at_ms=1, seed=7)
    left = data.draw(st.integers(0, len(frame) - 1))
    assert not isinstance(decode_batch(frame[:left], 0, 5, 7), Batch)


@given(RECORDS, st.data())
def test_no_garbled_batch_is_read(records: list[tuple[int, bytes]], data: st.DataObject) -> None:
    """Whatever single stretch of up to four bytes is changed, nothing is decoded (a checksum of 32 bits sees all those)."""
    frame = encode_batch(records, position=5, floor_ms=0, at_ms=1, seed=7)
    at = data.draw(st.integers(0, len(frame) - 4))
    stretch = data.draw(st.binary(min_size=1, max_size=4).filter(lambda new: new != frame[at : at + len(new)]))
    garbled = frame[:at] + stretch + frame[at + len(stretch) :]
    assert not isinstance(decode_batch(garbled, 0, 5, 7), Batch)


@given(st.lists(st.binary(min_size=1, max_size=80), min_size=1, max_size=12), st.data())
def test_no_garbled_log_gives_a_wrong_record(payloads: list[bytes], data: st.DataObject) -> None:
    """Bytes changed anywhere in a log: a reader that skips the damage gets what was written, in order, less the damaged."""
    disk = MemoryDisk()
    log = open_small(disk)
    written = [b"%d:" % number + payload for number, payload in enumerate(payloads)]
    for payload in written:
        log.tail.write([(1, payload)], 1001)
    log.close(sealed=True)
    path = segment_path(DIRECTORY, 0)
    size = len(disk.content(path))
    offset = data.draw(st.integers(0, size - 1))
    stretch = data.draw(st.binary(min_size=1, max_size=min(60, size - offset)))
    disk.garble(path, offset, stretch)
    reader = JournalReader.open(DIRECTORY, disk=disk)
    found: list[bytes] = []
    damaged = 0
    while not reader.sealed:
        try:
            found += [payload for batch in reader.read(100) for _, payload in batch.records]
        except CorruptFrameError:
            damage = reader.skip_damage()
            assert damage.start < damage.end
            damaged += 1
    assert [payload for payload in written if payload in found] == found
    assert damaged <= 2
    if not damaged:
        assert written == found


@given(st.lists(st.binary(max_size=300), max_size=12), st.data())
def test_a_log_cut_anywhere_opens(payloads: list[bytes], data: st.DataObject) -> None:
    """A log whose last segment lost any part of its end opens again, with a beginning of what was written."""
    disk = MemoryDisk()
    log = open_small(disk)
    written = [b"%d:" % number + payload for number, payload in enumerate(payloads)]
    for payload in written:
        log.tail.write([(1, payload)], 1001)
    disk.stop_processes()
    disk.remove(f"{DIRECTORY}/head")
    path = [f"{DIRECTORY}/{name}" for name in disk.names(DIRECTORY) if name.endswith(".seg")][-1]
    disk.open(path, writable=True).truncate(data.draw(st.integers(0, len(disk.content(path)))))
    again = open_small(disk)
    assert () == again.recovery.damages
    again.tail.write([(1, b"new")], 1002)
    again.close(sealed=True)
    recovered = read_all(disk)
    assert b"new" == recovered[-1]
    assert written[: len(recovered) - 1] == recovered[:-1]
