"""One ad as it plays."""

from collections.abc import Mapping

from playhead.events.ads import AdStart
from playhead.sessions.facts import AdClosed, AdStarted, PodDetails, seconds


class AdPlay:
    """
    An accepted ad.

    Attributes:
        ordinal: Its number in the session, from 1.
        started_at_ms, closed_at_ms: Player's clock; the latter None while it is open.
        played_ms: Wall clock with the ad playing.
        completed: It was closed by an adComplete.
    """

    __slots__ = ("closed_at_ms", "completed", "details", "metadata", "ordinal", "played_ms", "pod", "started_at_ms")

    def __init__(self, ordinal: int, at_ms: int, event: AdStart, pod: PodDetails) -> None:
        self.ordinal = ordinal
        self.started_at_ms = at_ms
        self.details: Mapping[str, str | int] = event.details
        self.metadata = event.metadata
        self.pod = pod
        self.played_ms = 0
        self.closed_at_ms: int | None = None
        self.completed = False

    def started(self) -> AdStarted:
        """The fact that it began."""
        return AdStarted(self.ordinal, self.started_at_ms, self.details, self.pod, self.metadata)

    def closed(self) -> AdClosed:
        """The fact that it is over."""
        assert self.closed_at_ms is not None, "an open ad has no end to tell of"
        return AdClosed(
            self.ordinal,
            self.closed_at_ms,
            self.details,
            self.pod,
            self.metadata,
            seconds(self.played_ms),
            self.completed,
        )
