"""One ad as it plays."""

from collections.abc import Mapping

from msgspec import Struct

from playhead.events.ads import AdStart
from playhead.sessions.facts import AdClosed, AdStarted, PodDetails, seconds
from playhead.sessions.quick import quick


@quick
class AdPlay(Struct, gc=False, array_like=True):
    """
    An accepted ad.

    Attributes:
        ordinal: Its number in the session, from 1.
        started_at_ms, closed_at_ms: Player's clock; the latter None while it is open.
        details, metadata: As its adStart said.
        pod: The break it is in.
        played_ms: Wall clock with the ad playing.
        completed: It was closed by an adComplete.
    """

    ordinal: int
    started_at_ms: int
    details: Mapping[str, str | int]
    metadata: tuple[tuple[str, str], ...]
    pod: PodDetails
    played_ms: int = 0
    closed_at_ms: int | None = None
    completed: bool = False

    @classmethod
    def of(cls, ordinal: int, at_ms: int, event: AdStart, pod: PodDetails) -> "AdPlay":
        """An ad that begins."""
        return cls(ordinal, at_ms, event.details, event.metadata, pod)

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
