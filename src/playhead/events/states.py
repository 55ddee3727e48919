"""Player states: fullscreen, mute, captions and the like."""

from playhead.events.event import Event


class StatesUpdate(Event, frozen=True, gc=False):
    """States that end and states that start, as named on the wire, in the order sent; `ended` is applied first."""

    started: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
