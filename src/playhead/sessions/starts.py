"""
The sessionStart of an open session, packed: it is the largest part of it, and asked for only when rows are made.

Law: `unpacked(packed(told)) == told`. The bytes are the same in every process.
"""

import zlib
from functools import lru_cache
from typing import Final

import msgspec

from playhead.events.session import SessionStart

Told = tuple[SessionStart, str | None]
"""A sessionStart with the visitor that the door resolved."""

_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Told)

_USUAL: Final = (
    b"version name environment server browserDetails userAgent viewportWidth viewportHeight type connectionType "
    b"FPID CORE AAID id authenticatedState ambiguous loggedOut primary authenticated ECID "
    b"feed dayPart streamFormat streamType adLoad authorized mvpd originator network rating firstDigitalDate "
    b"firstAirDate 2026-01-01 assetID segment genre showType full-episode episode season show channel appVersion "
    b"friendlyName album artist author label publisher station hasResume playerName video audio vod live linear "
    b"https://ns.adobe.com/experience/ SessionStart"
)
"""What starts are full of, most frequent last: texts found here take no place of their own."""
_LEVEL: Final = 1
_WINDOW_BITS: Final = -11
_MEMORY: Final = 4


def packed(told: Told) -> bytes | Told:
    """A start in few bytes; itself where it holds what msgpack cannot say."""
    try:
        plain = _ENCODER.encode(told)
    except (OverflowError, UnicodeEncodeError):
        return told
    work = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY, zlib.Z_DEFAULT_STRATEGY, _USUAL)
    return work.compress(plain) + work.flush()


def unpacked(body: bytes | Told) -> Told:
    """The start again."""
    return _unpacked(body) if isinstance(body, bytes) else body


@lru_cache(maxsize=32)
def _unpacked(body: bytes) -> Told:
    """Several rows in a row ask for the same one."""
    told: Told = _DECODER.decode(zlib.decompressobj(_WINDOW_BITS, _USUAL).decompress(body))
    return told
