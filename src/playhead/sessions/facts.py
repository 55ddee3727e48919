"""
What a session tells while it is folded. Facts are values: two equal facts make the same reporting row.

All times are the player's clock in Unix ms, all durations whole seconds, rounded half up (metrics.md 2).
"""

from collections.abc import Mapping

from msgspec import Struct


class PodDetails(Struct, frozen=True, gc=False):
    """Echo of adBreakStart."""

    index: int
    offset_s: int
    friendly_name: str | None


class AdStarted(Struct, frozen=True, gc=False):
    """An ad was accepted. `ordinal` counts accepted ads from 1; `details` and `metadata` echo adStart."""

    ordinal: int
    at_ms: int
    details: Mapping[str, str | int]
    pod: PodDetails
    metadata: tuple[tuple[str, str], ...]


class AdClosed(Struct, frozen=True, gc=False):
    """An ad is over; `completed` only when the player said so."""

    ordinal: int
    at_ms: int
    details: Mapping[str, str | int]
    pod: PodDetails
    metadata: tuple[tuple[str, str], ...]
    played_s: int
    completed: bool


class ChapterClosed(Struct, frozen=True, gc=False):
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


def key_of(fact: Fact) -> FactKey:
    """The key of a fact."""
    return type(fact), fact.ordinal


def seconds(ms: float) -> int:
    """`R` of metrics.md 2: ms to whole seconds, half up."""
    return int((ms + 500) // 1000)
