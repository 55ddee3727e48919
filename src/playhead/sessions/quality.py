"""Quality values of a session (metrics.md 2.5)."""

import math

from msgspec import Struct

from playhead.events.event import Quality
from playhead.sessions.quick import quick


@quick
class QualityTotals(Struct, gc=False, array_like=True):
    """
    What the QoE values of a session add up to.

    Attributes:
        bitrate_kbps: The current one; None before the first value above 0.
        weight_ms: Playing time since it became current (before: to be thrown away).
        past_ms, past_kbps_ms: Playing time with those before it, and that times their bitrate.
        dropped_frames, frames_per_second: Last values reported.
        time_to_start_ms: The last value up to main start, else the first later one.
    """

    bitrate_kbps: int | float | None = None
    weight_ms: int = 0
    past_kbps_ms: int | float = 0
    past_ms: int = 0
    dropped_frames: int | float | None = None
    frames_per_second: int | float | None = None
    time_to_start_ms: int | float | None = None

    def take(self, quality: Quality, *, played: bool) -> None:
        """Take over reported values; `played`: main content has entered play before this event."""
        bitrate = quality.bitrate_kbps
        if bitrate is not None and bitrate > 0 and bitrate != self.bitrate_kbps:
            self._close_weight()
            self.bitrate_kbps = bitrate
        if quality.dropped_frames is not None:
            self.dropped_frames = quality.dropped_frames
        if quality.frames_per_second is not None:
            self.frames_per_second = quality.frames_per_second
        if quality.time_to_start_ms is not None and (not played or self.time_to_start_ms is None):
            self.time_to_start_ms = quality.time_to_start_ms

    def take_back(self, bitrate_kbps: float | None, weight_ms: int) -> None:
        """Playing time turned out to be a stall: it has no weight (metrics.md 1.6)."""
        if bitrate_kbps == self.bitrate_kbps:
            self.weight_ms -= weight_ms
        elif bitrate_kbps is not None:
            self.past_kbps_ms -= bitrate_kbps * weight_ms
            self.past_ms -= weight_ms

    def bitrate_average_kbps(self) -> int | None:
        """Mean bitrate by playing time, half up; without playing time the last value; None when none was sent."""
        if self.bitrate_kbps is None:
            return None
        weight = self.past_ms + self.weight_ms
        mean = (self.past_kbps_ms + self.bitrate_kbps * self.weight_ms) / weight if weight else self.bitrate_kbps
        return math.floor(mean + 0.5) if math.isfinite(mean) else None

    def _close_weight(self) -> None:
        if self.bitrate_kbps is not None:
            self.past_kbps_ms += self.bitrate_kbps * self.weight_ms
            self.past_ms += self.weight_ms
        self.weight_ms = 0
