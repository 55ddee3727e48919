"""
Who is watching: ECIDs, the identity value that clients carry for us, and which of several claims wins (protocol.md 5).

Law: what a client says about its identity is unauthenticated input; it is read leniently, bounded, and never trusted
for more than naming a visitor. Entropy and time are given.
"""

import binascii
import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote

from msgspec import Struct

from playhead.base.limits import ECID_CHARS_MAX, FPID_CHARS_MAX, IDENTITY_VALUE_BYTES_MAX
from playhead.base.units import DAY_MS

ECID_ENTROPY_BYTES = 16
"""Fresh bytes one minted ECID takes."""

SOURCE_RANDOM = 0
SOURCE_FIRST_PARTY = 2
SOURCE_REQUEST = 3
"""Where an ECID came from, as the identity value says it (protocol.md 5.2)."""

DEVICE_BROWSER = 1
DEVICE_MOBILE = 2

_VARINT, _FIXED64, _LEN, _FIXED32 = 0, 1, 2, 5
_VARINT_BYTES_MAX = 10


class IdentityState(Struct, frozen=True, gc=False):
    """
    An identity value, read (protocol.md 5.2).

    Attributes:
        ecid: The visitor; not empty.
        created_ms: When it was made, Unix ms; 0 when not told.
        device_type: 0 unknown, 1 browser, 2 mobile.
        region: Cluster in upper case; empty when not told.
        source: 0 random, 1 third-party id, 2 first-party id, 3 received in a request.
        write_ms: When the value was last sent, Unix ms; 0 when not told.
    """

    ecid: str
    created_ms: int = 0
    device_type: int = 0
    region: str = ""
    source: int = SOURCE_RANDOM
    write_ms: int = 0


class Claims(NamedTuple):
    """
    What one request says about its visitor.

    Attributes:
        identity_map: Request-level identities, keys as sent.
        event_identity_maps: Those of each event, in order.
        entries: `meta.state.entries` as (key, value).
        cookies: Values of the Cookie header(s).
    """

    identity_map: Mapping[str, Any] = {}
    event_identity_maps: Sequence[Mapping[str, Any]] = ()
    entries: Sequence[tuple[str, str]] = ()
    cookies: Sequence[str] = ()


class Resolved(NamedTuple):
    """The visitor of a request: its ECID, the rule's source, and the state the request carried, if usable."""

    ecid: str
    source: int
    state: IdentityState | None


def mint_ecid(entropy: bytes) -> str:
    """A new ECID of 38 digits from 16 unguessable bytes (protocol.md 5.1)."""
    high, low = int.from_bytes(entropy[:8], "big") >> 1, int.from_bytes(entropy[8:16], "big") >> 1
    return f"{high:019d}{low:019d}"


def ecid_of_fpid(key: bytes, org_id: str, fpid: str) -> str:
    """The ECID of a first-party id: the same for ever for one key, organisation and id (protocol.md 5.3)."""
    named = f"{len(org_id)}:{org_id}{fpid}".encode("utf-8", "surrogatepass")
    return mint_ecid(hmac.digest(key, named, "sha256"))


def identity_key(org_id: str) -> str:
    """Name of the identity entry and cookie of an organisation (protocol.md 4.2)."""
    return f"kndctr_{org_id.replace('@', '_')}_identity"


def encode_identity(state: IdentityState) -> str:
    """The value for a client, base64url with padding; fields 1, 10 {1, 3, 5, 6 if not 0}, 30, in this order."""
    region = state.region.encode()
    inner = b"\x08" + _varint(state.created_ms) + b"\x18" + _varint(state.device_type)
    inner += b"\x2a" + _varint(len(region)) + region
    if state.source:
        inner += b"\x30" + _varint(state.source)
    ecid = state.ecid.encode("utf-8", "replace")
    message = b"\x0a" + _varint(len(ecid)) + ecid + b"\x52" + _varint(len(inner)) + inner
    message += b"\xf0\x01" + _varint(state.write_ms)
    return binascii.b2a_base64(message, newline=False).decode("ascii").translate(_TO_URL_SAFE)


def decode_identity(value: str) -> IdentityState | None:
    """
    Read an identity value: either base64 alphabet, padded or not, percent-encoded or not, unknown fields skipped.

    Returns:
        None for what is no identity value, names no visitor or is longer than 1 KiB: it counts as absent.
    """
    if len(value) > IDENTITY_VALUE_BYTES_MAX:
        return None
    text = unquote(value).translate(_FROM_URL_SAFE).rstrip("=")
    try:
        raw = binascii.a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
        return _state(raw)
    except ValueError:
        return None


def resolve(claims: Claims, *, org_id: str, fpid_cookie: str, identity_secret: bytes, entropy: bytes) -> Resolved:
    """
    Which ECID wins (protocol.md 5.3).

    Args:
        claims: What the request says.
        org_id: Organisation of the datastream.
        fpid_cookie: Name of the cookie that holds a first-party id.
        identity_secret: Key of `ecid_of_fpid`; it never changes in the life of a deployment.
        entropy: 16 fresh bytes for the case that nothing else names the visitor.
    """
    state = _carried_state(claims, identity_key(org_id))
    named = _first_id(claims.identity_map, "ECID")
    if named is None and claims.event_identity_maps:
        named = _first_id(claims.event_identity_maps[0], "ECID")
    if named is not None and len(named) <= ECID_CHARS_MAX:
        return Resolved(named, SOURCE_REQUEST, state)
    if state is not None:
        return Resolved(state.ecid, state.source, state)
    fpid = _fpid(claims, fpid_cookie)
    if fpid is not None:
        return Resolved(ecid_of_fpid(identity_secret, org_id, fpid), SOURCE_FIRST_PARTY, None)
    return Resolved(mint_ecid(entropy), SOURCE_RANDOM, None)


def state_to_send(resolved: Resolved, *, region: str, environment: str | None, now_ms: int) -> IdentityState | None:
    """
    The identity state to send back, or None when the client's is good (protocol.md 5.4).

    Args:
        resolved: The visitor.
        region: Location hint of the answer.
        environment: `implementationDetails.environment` of the request.
        now_ms: Arrival, Unix ms.
    """
    state = resolved.state
    same = state is not None and state.ecid == resolved.ecid
    if state is not None and same and state.region and abs(now_ms - state.write_ms) <= DAY_MS:
        return None
    return IdentityState(
        ecid=resolved.ecid,
        created_ms=state.created_ms if state is not None and same and state.created_ms else now_ms,
        device_type=DEVICE_MOBILE if environment == "app" else DEVICE_BROWSER,
        region=region.upper(),
        source=resolved.source,
        write_ms=now_ms,
    )


def cookie_values(cookies: Iterable[str], name: str) -> list[str]:
    """Every value of a cookie in the Cookie headers of a request, in order, without surrounding quotes."""
    values = []
    for header in cookies:
        for part in header.split(";"):
            key, equals, value = part.partition("=")
            if equals and key.strip() == name:
                values.append(value.strip().strip('"'))
    return values


_TO_URL_SAFE = str.maketrans("+/", "-_")
_FROM_URL_SAFE = str.maketrans("-_", "+/")


def _carried_state(claims: Claims, key: str) -> IdentityState | None:
    own = [value for entry, value in claims.entries if entry == key]
    others = [
        value
        for entry, value in claims.entries
        if entry != key and entry.startswith("kndctr_") and entry.endswith("_identity")
    ]
    for value in (*own, *cookie_values(claims.cookies, key), *others):
        state = decode_identity(value)
        if state is not None:
            return state
    return None


def _first_id(identity_map: Mapping[str, Any], namespace: str) -> str | None:
    """The id of the first item of a namespace, whatever the case of its name; None if it is no usable text."""
    for name, items in identity_map.items():
        if name.upper() == namespace and isinstance(items, list) and items and isinstance(items[0], dict):
            found = items[0].get("id")
            return found if isinstance(found, str) and found and _is_text(found) else None
    return None


def _fpid(claims: Claims, cookie: str) -> str | None:
    for identity_map in (claims.identity_map, *claims.event_identity_maps):
        fpid = _first_id(identity_map, "FPID")
        if fpid is not None and _usable_fpid(fpid):
            return fpid
    return next((value for value in cookie_values(claims.cookies, cookie) if _usable_fpid(value)), None)


def _is_text(value: str) -> bool:
    """Whether it can be written as UTF-8: JSON escapes can spell halves of characters."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _usable_fpid(fpid: str) -> bool:
    """C29: 1 to 128 printable characters."""
    return 0 < len(fpid) <= FPID_CHARS_MAX and fpid.isprintable()


def _varint(number: int) -> bytes:
    assert number >= 0, "only times, sizes and codes are written"
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _fields(raw: bytes) -> Iterable[tuple[int, int | bytes]]:
    """
    Fields of a proto3 message in order: (number, varint or bytes); fixed-size ones are given as bytes.

    Raises:
        ValueError: The bytes are no message.
    """
    at = 0
    while at < len(raw):
        tag, at = _read_varint(raw, at)
        wire = tag & 7
        if wire == _VARINT:
            number, at = _read_varint(raw, at)
            yield tag >> 3, number
            continue
        if wire == _LEN:
            size, at = _read_varint(raw, at)
        elif wire in {_FIXED64, _FIXED32}:
            size = 8 if wire == _FIXED64 else 4
        else:
            raise ValueError("unknown wire type")
        if at + size > len(raw):
            raise ValueError("field is cut")
        yield tag >> 3, raw[at : at + size]
        at += size


def _read_varint(raw: bytes, at: int) -> tuple[int, int]:
    number = 0
    for index, byte in enumerate(raw[at : at + _VARINT_BYTES_MAX]):
        number |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return number, at + index + 1
    raise ValueError("number is cut or too long")


def _state(raw: bytes) -> IdentityState | None:
    ecid, region = "", ""
    created_ms = device_type = source = write_ms = 0
    for number, value in _fields(raw):
        if number == 1 and isinstance(value, bytes):
            ecid = value.decode()
        elif number == 30 and isinstance(value, int):
            write_ms = value
        elif number == 10 and isinstance(value, bytes):
            for inner, part in _fields(value):
                if inner == 5 and isinstance(part, bytes):
                    region = part.decode()
                elif not isinstance(part, bytes):
                    created_ms = part if inner == 1 else created_ms
                    device_type = part if inner == 3 else device_type
                    source = part if inner == 6 else source
    if not ecid or len(ecid) > ECID_CHARS_MAX:
        return None
    return IdentityState(ecid, created_ms, device_type, region, source, write_ms)
