"""What all events share. Law: an event is what the player said, in the domain's units; nothing here is derived."""

from msgspec import Struct


class Quality(Struct, frozen=True, gc=False, array_like=True):
    """
    Quality of experience as reported with any event (protocol.md 1.1). None: not reported. All numbers are >= 0.

    `time_to_start_ms` is the `timeToStart` of the wire, read as ms (protocol.md C19).
    """

    bitrate_kbps: int | float | None = None
    dropped_frames: int | float | None = None
    frames_per_second: int | float | None = None
    time_to_start_ms: int | float | None = None


class Event(Struct, frozen=True, gc=False, array_like=True, tag=True):
    """
    One thing the player said. Encoded, it is an array that begins with the name of its class.

    Attributes:
        at_ms: The player's clock, Unix ms; None when it was not sent or cannot be read.
        playhead_s: Position in the content, whole seconds >= 0; None when it was not sent.
        quality: Values that hold from this event on; None when none were sent.
    """

    at_ms: int | None = None
    playhead_s: int | None = None
    quality: Quality | None = None
