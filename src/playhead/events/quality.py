"""Events about quality; the values themselves ride on any event (`Event.quality`)."""

from playhead.events.event import Event


class BitrateChange(Event, frozen=True, gc=False):
    """The player switched to another bitrate."""


class PlaybackError(Event, frozen=True, gc=False):
    """
    Something failed (`media.error`).

    Attributes:
        name: Error id, not empty.
        source: "player" or "external".
    """

    name: str = ""
    source: str = "player"
