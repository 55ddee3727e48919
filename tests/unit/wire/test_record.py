"""The journal record."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from playhead.wire.record import RECORD_VERSION, Minted, Record, decode_record, encode_record

RECORDS = st.builds(
    Record,
    version=st.just(RECORD_VERSION),
    received_ms=st.integers(0, 2**53),
    route=st.text(),
    base=st.text(),
    datastream_id=st.text(),
    request_id=st.none() | st.text(),
    body=st.binary(),
    minted=st.lists(st.builds(Minted, st.integers(0, 2**31), st.text(), st.text())).map(tuple),
    skipped=st.lists(st.integers(0, 2**31)).map(tuple),
    reason=st.text(),
    client_ip=st.text(),
    user_agent=st.text(),
    media_events=st.integers(0, 1000),
    skipped_reasons=st.lists(st.text()).map(tuple),
    known=st.booleans(),
)


@given(RECORDS)
def test_what_is_written_is_read(record: Record) -> None:
    """Decoding what was encoded gives the same record."""
    assert decode_record(encode_record(record)) == record


def test_an_older_writer_is_understood() -> None:
    """A record without the later members is read with their defaults."""
    payload = msgspec.msgpack.encode([1, 5, "va/v1/ping", "ee", "d", None, b"{}"])
    assert decode_record(payload) == Record(1, 5, "va/v1/ping", "ee", "d", None, b"{}")
