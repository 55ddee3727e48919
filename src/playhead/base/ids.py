"""
Session ids that prove themselves (protocol.md 6, architecture.md 2, decision 0030).

Law: an id is 16 bytes of payload and their 16-byte keyed MAC, in hex. Whoever holds the key tells an id of this
deployment from any other text without asking anyone. Nothing here asks the time or rolls dice: both are given.

    byte 0       layout (high four bits, 1) and flags (low four bits; 1 = derived)
    bytes 1-6    issue time, Unix ms, big-endian; of a derived id the player's timestamp of the start, 0 = unknown
    bytes 7-15   entropy; of a derived id a keyed hash of datastream and token
    bytes 16-31  MAC of bytes 0-15

A derived id cannot carry its arrival: a repeated start must yield the same id (protocol.md 7.4).
"""

from enum import Enum
from functools import lru_cache
from hashlib import blake2b
from hmac import compare_digest

from playhead.base.limits import CLIENT_SKEW_MAX_MS, SESSION_AGE_MAX_MS
from playhead.base.units import SessionId

ENTROPY_BYTES = 9
"""Fresh bytes one minted id takes."""

_ISSUED = b"\x10"
_DERIVED = b"\x11"
_PAYLOAD_BYTES = 16
_ID_BYTES = 32
_ID_CHARS = 64
_TIME_LIMIT_MS = 1 << 48
_DERIVED_AGE_MAX_MS = SESSION_AGE_MAX_MS + CLIENT_SKEW_MAX_MS
_MAC_PERSON = b"playhead sid"
_DERIVE_PERSON = b"playhead derive"


class SessionIdVerdict(Enum):
    """What the id itself tells."""

    VALID = "valid"
    UNKNOWN = "unknown"
    TOO_OLD = "too_old"


def mint_session_id(key: bytes, issued_ms: int, entropy: bytes) -> SessionId:
    """
    A new id.

    Args:
        key: The newest session key, 16 to 64 bytes.
        issued_ms: Arrival of the start, Unix ms, < 2^48.
        entropy: At least 9 unguessable bytes that were never used before.
    """
    assert len(entropy) >= ENTROPY_BYTES, "an id needs nine fresh bytes"
    return _sealed(key, _ISSUED + issued_ms.to_bytes(6, "big") + entropy[:ENTROPY_BYTES])


def derive_session_id(key: bytes, datastream_id: str, token: str, client_ms: int | None) -> SessionId:
    """
    The id of a start that can be repeated: equal arguments give the same id for ever.

    Args:
        key: The newest session key.
        datastream_id: Where the session starts.
        token: What names the start among those of the datastream: its `_id`, or its requestId and index.
        client_ms: The player's timestamp of the start, Unix ms; None when it has none that may be believed.
    """
    known = client_ms is not None and 0 < client_ms < _TIME_LIMIT_MS
    time = client_ms.to_bytes(6, "big") if known and client_ms is not None else bytes(6)
    named = f"{len(datastream_id)}:{datastream_id}{token}".encode("utf-8", "surrogatepass")
    entropy = blake2b(named, key=key, digest_size=ENTROPY_BYTES, person=_DERIVE_PERSON).digest()
    return _sealed(key, _DERIVED + time + entropy)


def judge_session_id(keys: bytes | tuple[bytes, ...], text: str, now_ms: int) -> SessionIdVerdict:
    """
    Tell an id of ours from any other text, in constant time for each key.

    Args:
        keys: One key, or several while they are rotated: the newest mints, all verify.
        text: What the player sent; case does not matter.
        now_ms: Arrival, Unix ms.

    Returns:
        UNKNOWN for what no key made. TOO_OLD for an id that is 24 h old or older (protocol.md C15); for a derived one,
        whose time is the player's and may be 24 h off, only when that is certain: at 48 h or more.
    """
    if len(text) != _ID_CHARS:
        return SessionIdVerdict.UNKNOWN
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        return SessionIdVerdict.UNKNOWN
    if len(raw) != _ID_BYTES:  # fromhex lets blanks through
        return SessionIdVerdict.UNKNOWN
    payload, mac = raw[:_PAYLOAD_BYTES], raw[_PAYLOAD_BYTES:]
    for key in (keys,) if isinstance(keys, bytes) else keys:
        if compare_digest(mac, _mac(key, payload)):
            return _age(payload, now_ms)
    return SessionIdVerdict.UNKNOWN


def _age(payload: bytes, now_ms: int) -> SessionIdVerdict:
    age_ms = now_ms - int.from_bytes(payload[1:7], "big")
    if age_ms < SESSION_AGE_MAX_MS or (payload[0] & 1 and (age_ms < _DERIVED_AGE_MAX_MS or age_ms == now_ms)):
        return SessionIdVerdict.VALID  # a derived one may have no time
    return SessionIdVerdict.TOO_OLD


def _sealed(key: bytes, payload: bytes) -> SessionId:
    return SessionId((payload + _mac(key, payload)).hex())


def _mac(key: bytes, payload: bytes) -> bytes:
    keyed = _keyed(key).copy()
    keyed.update(payload)
    return keyed.digest()


@lru_cache(maxsize=16)
def _keyed(key: bytes) -> blake2b:
    """The hash with its key taken in already: a third of the work of every event."""
    return blake2b(key=key, digest_size=16, person=_MAC_PERSON)
