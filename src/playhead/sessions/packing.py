"""
What an open session only keeps to echo it later, packed: it is most of what there is of it, and seldom asked for.

Law: `unpack(pack(value)) == value`. The bytes are the same in every process.
"""

import zlib
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar

import msgspec

_LEVEL: Final = 1
_WINDOW_BITS: Final = -11
_MEMORY: Final = 4

_ENCODER: Final = msgspec.msgpack.Encoder()
_Value = TypeVar("_Value")


class Packing(Generic[_Value]):
    """
    Packs values of one type.

    Args:
        kind: The type, for msgspec.
        usual: What they are full of, most frequent last: texts found in it take no place of their own.
    """

    def __init__(self, kind: Any, usual: bytes) -> None:
        self._decoder: msgspec.msgpack.Decoder[_Value] = msgspec.msgpack.Decoder(kind)
        self._usual = usual
        self._unpack = lru_cache(maxsize=32)(self._unpacked)  # several rows in a row ask for the same one

    def pack(self, value: _Value) -> bytes | _Value:
        """A value in few bytes; itself where it holds what msgpack cannot say."""
        try:
            plain = _ENCODER.encode(value)
        except (OverflowError, UnicodeEncodeError):
            return value
        work = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY, zlib.Z_DEFAULT_STRATEGY, self._usual)
        return work.compress(plain) + work.flush()

    def unpack(self, body: bytes | _Value) -> _Value:
        """The value again."""
        return self._unpack(body) if isinstance(body, bytes) else body

    def _unpacked(self, body: bytes) -> _Value:
        return self._decoder.decode(zlib.decompressobj(_WINDOW_BITS, self._usual).decompress(body))
