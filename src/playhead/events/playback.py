"""What the main player does."""

from playhead.events.event import Event


class Play(Event, frozen=True, gc=False):
    """Playing from here on; ends a pause or a buffering."""


class PauseStart(Event, frozen=True, gc=False):
    """Paused from here on, until a Play: no resume event exists."""


class BufferStart(Event, frozen=True, gc=False):
    """Waiting for data from here on, until a Play: no buffer end exists."""


class Ping(Event, frozen=True, gc=False):
    """The heartbeat: still there, at this playhead."""
