"""Limits of one journal, each with its reason and what happens beyond it."""

from msgspec import Struct

from playhead.journal.frame import BATCH_HEADER_BYTES, RECORD_HEADER_BYTES, SEGMENT_HEADER_BYTES

KIND_MAX = 0xFFFF


class JournalLimits(Struct, frozen=True, kw_only=True):
    """
    How large and how often.

    Attributes:
        segment_bytes: Size of a segment file, bytes: what retention removes at once. Beyond it the next one begins.
        first_segment_bytes: Size of the segment of an empty journal, bytes; small, for it is made while others wait.
        batch_bytes: A batch closes when its records reach this, bytes; the rest forms the next one.
        record_bytes: Longest payload, bytes; a longer one is refused with `JournalError`.
        waiting_bytes: Payloads not yet durable, bytes; beyond it `append` raises `OverloadedError`.
        mark_interval_s: An idle journal writes a clock mark this often, seconds; at most 1 (architecture.md 3).
        retry_interval_s: Pause between attempts to get room from a disk that refused it, seconds.
    """

    segment_bytes: int = 64 << 20
    first_segment_bytes: int = 1 << 20
    batch_bytes: int = 4 << 20
    record_bytes: int = 4 << 20
    waiting_bytes: int = 32 << 20
    mark_interval_s: float = 0.8
    retry_interval_s: float = 0.25

    @property
    def frame_bytes(self) -> int:
        """Longest thing ever written at once: a segment's header, a batch's, and its records."""
        largest = max(self.batch_bytes, self.record_bytes + RECORD_HEADER_BYTES)
        return SEGMENT_HEADER_BYTES + BATCH_HEADER_BYTES + largest
