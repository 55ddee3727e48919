"""
Stretches of time: of content that was viewed (`U`, metrics.md 1.5) and of the clock while it played.

All bounds are in ms, so that everything the fold adds up is a whole number.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from msgspec import Struct

from playhead.sessions.quick import quick
from playhead.sessions.rules import Rules

_PIECES_MIN: Final = 64
"""At this many loose pieces, and at each doubling, they are merged, so that a session of seeks stays small."""

DAY_S: Final = 86_400
"""Content of this length is live: its playhead is the second of the day (metrics.md 1.5)."""


@quick
class Spans(Struct, gc=False, array_like=True):
    """
    A growing union of closed intervals. Most additions go on where the last one ended: that one is kept apart.

    Attributes:
        start, end: The interval added to last; `end < start` while there is none.
        pieces: The intervals before it, in the order they were added.
    """

    start: int = 0
    end: int = -1
    pieces: list[tuple[int, int]] | None = None

    def add(self, start: int, end: int) -> None:
        """Add [start, end]; of length 0 it is nothing."""
        if self.start <= start <= self.end:
            if end > self.end:  # noqa: PLR1730 - max() would be called for every event
                self.end = end
        elif end > start:
            self._put_away()
            self.start = start
            self.end = end

    def cut(self, start: int) -> None:
        """Take away everything from `start` on. Only for spans that were added in ascending order."""
        pieces = self.union()
        while pieces and pieces[-1][0] >= start:
            pieces.pop()
        if pieces and pieces[-1][1] > start:
            pieces[-1] = (pieces[-1][0], start)
        self.start, self.end = pieces.pop() if pieces else (0, -1)
        self.pieces = pieces or None

    def union(self) -> list[tuple[int, int]]:
        """The union as disjoint intervals that do not touch, ascending."""
        pieces = list(self.pieces or ())
        if self.end > self.start:
            pieces.append((self.start, self.end))
        return merge(pieces)

    def clone(self) -> "Spans":
        """An independent copy."""
        return Spans(self.start, self.end, None if self.pieces is None else list(self.pieces))

    def _put_away(self) -> None:
        if self.end <= self.start:
            return
        if self.pieces is None:
            self.pieces = []
        self.pieces.append((self.start, self.end))
        size = len(self.pieces)
        if size >= _PIECES_MIN and size & (size - 1) == 0:
            self._merge(self.pieces)

    def _merge(self, pieces: list[tuple[int, int]]) -> None:
        self.pieces = merge(pieces)


@quick
class Viewed(Spans, gc=False, array_like=True):
    """
    Spans that also know what was added more than once: content viewed again (decision 0047).

    Attributes:
        again: What is known of it, disjoint, ascending; what the pieces show of it is not in it yet.
    """

    again: list[tuple[int, int]] | None = None

    def add(self, start: int, end: int) -> None:
        """Add [start, end]; of length 0 it is nothing. What begins elsewhere than the last one ended is a piece of its own."""
        if end > start:
            if start == self.end:
                self.end = end
            else:
                self._put_away()
                self.start = start
                self.end = end

    def twice(self) -> list[tuple[int, int]]:
        """What was added more than once, as disjoint intervals that do not touch, ascending."""
        if self.pieces is None:
            return []
        return merge([*(self.again or ()), *overlaps([*self.pieces, (self.start, self.end)])])

    def clone(self) -> "Viewed":
        """An independent copy."""
        pieces, again = self.pieces, self.again
        return Viewed(
            self.start, self.end, None if pieces is None else list(pieces), None if again is None else list(again)
        )

    def _merge(self, pieces: list[tuple[int, int]]) -> None:
        found = overlaps(pieces)
        if found:
            self.again = merge([*(self.again or ()), *found])
        self.pieces = merge(pieces)


def merge(pieces: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The union of closed intervals as disjoint ones that do not touch, ascending."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(pieces):
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def overlaps(pieces: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is in more than one of these intervals, by their begin; where it is in several, more than once."""
    found: list[tuple[int, int]] = []
    reached: int | None = None
    for start, end in sorted(pieces):
        if reached is not None and start < reached:
            found.append((start, min(end, reached)))
        if reached is None or end > reached:
            reached = end
    return found


def as_sent(number: float) -> int | Fraction:
    """The decimal number that was sent, exactly: 20.1 is no float, and its quarter is reached or not (metrics.md 2.2)."""
    return int(number) if float(number).is_integer() else Fraction(repr(number))


def clipped(pieces: Iterable[tuple[int, int]], length_s: float) -> list[tuple[float, float]]:
    """
    Viewed intervals within content of a length (metrics.md 1.5, rule 5), in ms, disjoint and ascending.

    Recorded content is cut at 0 and its length, content without a length (0) is left as it is, the day of live
    content is split at midnight and goes on from 0.
    """
    if length_s == DAY_S:
        return list(merge(_by_day(pieces)))
    if length_s <= 0:
        return list(pieces)
    length_ms = float(as_sent(length_s) * 1000)
    return [(start, min(end, length_ms)) for start, end in pieces if start < length_ms]


def replayed(viewed: Viewed, length_s: float, jitter_ms: int) -> list[tuple[float, float]]:
    """
    What was viewed more than once, within content of a length as of `clipped`, in ms, disjoint and ascending.

    Stretches no longer than `jitter_ms` are none: a playhead may stand back as far without a viewer having gone back.
    """
    again = viewed.twice()
    if length_s == DAY_S:
        again += overlaps(_by_day(viewed.union()))  # on two days, at one time of the day
    return [(start, end) for start, end in clipped(again, length_s) if end - start > jitter_ms]


def _by_day(pieces: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches by the second of the day, split at midnight."""
    day = DAY_S * 1000
    split: list[tuple[int, int]] = []
    for start, end in pieces:
        shift = start // day * day
        low, high = start - shift, end - shift
        while high > day:
            split.append((low, day))
            low, high = 0, high - day
        split.append((low, high))
    return split


def viewed_end(start_s: int, step_s: int, dt_ms: int, *, live: bool, rules: Rules) -> int:
    """
    Where the content interval ends that was viewed while the playhead moved by `step_s` from `start_s`, in ms.

    Rules 1 to 4 of metrics.md 1.5, before clipping; the start itself (in ms) when nothing was viewed.
    """
    if live and step_s < -DAY_S // 2:
        step_s += DAY_S
    step_ms = step_s * 1000
    if 0 <= step_ms <= rules.playback_rate_max * dt_ms + rules.jitter_ms:
        return start_s * 1000 + step_ms
    if -rules.jitter_ms <= step_ms < 0:
        return start_s * 1000
    return start_s * 1000 + dt_ms
