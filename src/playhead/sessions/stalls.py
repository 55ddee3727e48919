"""A playhead that stands still while the player says it plays (metrics.md 1.6)."""

from typing import Final

from msgspec import Struct, field

from playhead.sessions.quick import quick

QUALIFYING_MIN: Final = 2
"""This many long enough intervals at one playhead, three events that is, make a stall."""

Part = tuple[int, int | float | None, int]
"""Whom the time of a run was credited to before it was known as a stall: ordinal of a chapter or 0, bitrate, ms."""


@quick
class StallRun(Struct, gc=False, array_like=True):
    """
    Adjacent main-play intervals without movement.

    Attributes:
        from_ms: Player's clock at its first event.
        stalled: It is known to be a stall; its time no longer counts as play.
        parts: While it is not known: what was credited so far.
        qualifying: Intervals long enough to count.
    """

    from_ms: int
    stalled: bool = False
    parts: list[Part] = field(default_factory=list)
    qualifying: int = 0

    def stand(self, chapter: int, bitrate_kbps: float | None, dt_ms: int, gap_ms: int) -> bool:
        """Add an interval that was credited as play. True: with it, the run is a stall."""
        if self.parts and self.parts[-1][0] == chapter and self.parts[-1][1] == bitrate_kbps:
            self.parts[-1] = (chapter, bitrate_kbps, self.parts[-1][2] + dt_ms)
        else:
            self.parts.append((chapter, bitrate_kbps, dt_ms))
        if dt_ms >= gap_ms:
            self.qualifying += 1
        self.stalled = self.qualifying >= QUALIFYING_MIN
        return self.stalled

    def clone(self) -> "StallRun":
        """An independent copy."""
        return StallRun(self.from_ms, self.stalled, list(self.parts), self.qualifying)
