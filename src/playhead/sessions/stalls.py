"""A playhead that stands still while the player says it plays (metrics.md 1.6)."""

from typing import Final

from playhead.sessions.chapters import ChapterPlay

QUALIFYING_MIN: Final = 2
"""This many long enough intervals at one playhead, three events that is, make a stall."""

Part = tuple[ChapterPlay | None, float | None, int]
"""Whom the time of a run was credited to before it was known as a stall: chapter, bitrate, ms."""


class StallRun:
    """
    Adjacent main-play intervals without movement.

    Attributes:
        from_ms: Player's clock at its first event.
        stalled: It is known to be a stall; its time no longer counts as play.
        parts: While it is not known: what was credited so far.
    """

    __slots__ = ("_qualifying", "from_ms", "parts", "stalled")

    def __init__(self, from_ms: int) -> None:
        self.from_ms = from_ms
        self.stalled = False
        self.parts: list[Part] = []
        self._qualifying = 0

    def stand(self, chapter: ChapterPlay | None, bitrate_kbps: float | None, dt_ms: int, gap_ms: int) -> bool:
        """Add an interval that was credited as play. True: with it, the run is a stall."""
        if self.parts and self.parts[-1][0] is chapter and self.parts[-1][1] == bitrate_kbps:
            self.parts[-1] = (chapter, bitrate_kbps, self.parts[-1][2] + dt_ms)
        else:
            self.parts.append((chapter, bitrate_kbps, dt_ms))
        if dt_ms >= gap_ms:
            self._qualifying += 1
        self.stalled = self._qualifying >= QUALIFYING_MIN
        return self.stalled

    def clone(self) -> "StallRun":
        """An independent copy; the chapters in it are the same objects."""
        twin = StallRun(self.from_ms)
        twin.stalled = self.stalled
        twin.parts = list(self.parts)
        twin._qualifying = self._qualifying
        return twin
