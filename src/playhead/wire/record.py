"""
The journal record: one request as it was accepted or refused, kept whole so that it can be read again after a fix.

Law: what is in the body is not copied beside it; beside it stands only what the door knew or decided.
"""

from enum import IntEnum

import msgspec
from msgspec import Struct


class RecordKind(IntEnum):
    """What a journal record holds."""

    ACCEPTED = 1
    REFUSED = 2


class Minted(Struct, frozen=True, gc=False, array_like=True):
    """What the door gave to one event of the request: the session id minted for a start, the visitor it resolved."""

    index: int
    session_id: str
    ecid: str


class Record(Struct, frozen=True, gc=False, array_like=True):
    """
    One request.

    Attributes:
        version: Layout of this record; readers know all earlier ones.
        received_ms: Arrival, Unix ms, by the collector's clock.
        route: Route without base and hint, canonical: `va/v1/pauseStart`, `v1/interact`, `v2/interact`, `v1/collect`…
        base: Base path it came by, without slashes at the ends: `ee`.
        datastream_id: The datastream it was taken for; of event calls and refusals the id that was sent. Empty when it
            named none.
        request_id: `requestId` of the query as sent; None when absent.
        body: The body as received, halves of characters mended (decision 0039).
        minted: For each start or download taken, what it was given; in order of index.
        skipped: Indexes of `events` that were refused by themselves (207 answers), ascending.
        reason: Of a refusal: its stable code (`wire.refusals`); else empty.
        client_ip: Only when the datastream's privacy settings allow; else empty.
        user_agent: Likewise.
        media_events: How many media events the door saw in the request; of a refusal at least 1 (decision 0093). 0: not
            noted, all items of `events` are.
        skipped_reasons: Why each of `skipped` was refused: stable codes, in that order.
        known: Of a refusal: `datastream_id` is a datastream of ours.
    """

    version: int
    received_ms: int
    route: str
    base: str
    datastream_id: str
    request_id: str | None
    body: bytes
    minted: tuple[Minted, ...] = ()
    skipped: tuple[int, ...] = ()
    reason: str = ""
    client_ip: str = ""
    user_agent: str = ""
    media_events: int = 0
    skipped_reasons: tuple[str, ...] = ()
    known: bool = False


RECORD_VERSION = 1

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Record)


def encode_record(record: Record) -> bytes:
    """The record as journal payload."""
    return _ENCODER.encode(record)


def decode_record(payload: bytes) -> Record:
    """
    The record of a journal payload.

    Raises:
        msgspec.DecodeError: The payload is not a record; the journal's checksum makes this our own mistake.
    """
    return _DECODER.decode(payload)
