"""Ad breaks (pods) and the ads in them."""

from collections.abc import Mapping

from playhead.events.event import Event


class AdBreakStart(Event, frozen=True, gc=False):
    """A pod begins. `index` and `offset_s` are whole and >= 0."""

    index: int = 0
    offset_s: int = 0
    friendly_name: str | None = None


class AdBreakComplete(Event, frozen=True, gc=False):
    """The pod is over."""


class AdStart(Event, frozen=True, gc=False):
    """
    An ad begins.

    Attributes:
        details: `advertisingDetails` by wire name, as it is echoed on rows: `name`, `length` (whole s), `playerName`,
            `podPosition` (whole), and the optional strings that were sent.
        metadata: Custom metadata, (name, value) in the order sent.
    """

    details: Mapping[str, str | int] = {}
    metadata: tuple[tuple[str, str], ...] = ()


class AdComplete(Event, frozen=True, gc=False):
    """The ad played to its end."""


class AdSkip(Event, frozen=True, gc=False):
    """The viewer skipped the ad."""
