"""
What a session tells while it is folded. Facts are values: two equal facts make the same reporting row.

All times are the player's clock in Unix ms, all durations whole seconds, rounded half up (metrics.md 2).
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

from msgspec import Struct


class PodDetails(Struct, frozen=True, gc=False, array_like=True):
    """Echo of adBreakStart."""

    index: int
    offset_s: int
    friendly_name: str | None


class AdStarted(Struct, frozen=True, gc=False, array_like=True, tag=True):
    """An ad was accepted. `ordinal` counts accepted ads from 1; `details` and `metadata` echo adStart."""

    ordinal: int
    at_ms: int
    details: Mapping[str, str | int]
    pod: PodDetails
    metadata: tuple[tuple[str, str], ...]


class AdClosed(Struct, frozen=True, gc=False, array_like=True, tag=True):
    """An ad is over; `completed` only when the player said so."""

    ordinal: int
    at_ms: int
    details: Mapping[str, str | int]
    pod: PodDetails
    metadata: tuple[tuple[str, str], ...]
    played_s: int
    completed: bool


class ChapterClosed(Struct, frozen=True, gc=False, array_like=True, tag=True):
    """A chapter is over. Told again when a stall takes time away from it afterwards (metrics.md 1.6)."""

    ordinal: int
    at_ms: int
    details: Mapping[str, str | int]
    metadata: tuple[tuple[str, str], ...]
    played_s: int
    completed: bool


Fact = AdStarted | AdClosed | ChapterClosed

FactKey = tuple[type[Fact], int]
"""What makes two facts versions of the same: kind and ordinal."""


_KINDS: Final[tuple[type[Fact], ...]] = (AdStarted, AdClosed, ChapterClosed)


def number_of(fact: Fact) -> int:
    """The key of a fact as one number, >= 0."""
    return fact.ordinal * len(_KINDS) + _KINDS.index(type(fact))


def key_numbered(number: int) -> FactKey:
    """The key of a fact from its number."""
    ordinal, kind = divmod(number, len(_KINDS))
    return _KINDS[kind], ordinal


def digest_of(fact: Fact) -> int:
    """A fact in 8 bytes, the same in every process: enough to tell that it changed."""
    return int.from_bytes(blake2b(repr(fact).encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def seconds(ms: float) -> int:
    """`R` of metrics.md 2: ms to whole seconds, half up."""
    return int((ms + 500) // 1000)
