"""One ad as it plays."""

from collections.abc import Mapping

from msgspec import Struct

from playhead.events.ads import AdStart
from playhead.sessions.echoes import ECHOES, Echo
from playhead.sessions.facts import AdClosed, AdStarted, PodDetails, seconds
from playhead.sessions.quick import quick


@quick
class AdPlay(Struct, gc=False, array_like=True):
    """
    An accepted ad.

    Attributes:
        ordinal: Its number in the session, from 1.
        started_at_ms, closed_at_ms: Player's clock; the latter None while it is open.
        echo: Details and metadata as its adStart said, and the break it is in; packed.
        played_ms: Wall clock with the ad playing.
        completed: It was closed by an adComplete.
    """

    ordinal: int
    started_at_ms: int
    echo: bytes | Echo
    played_ms: int = 0
    closed_at_ms: int | None = None
    completed: bool = False

    @classmethod
    def of(cls, ordinal: int, at_ms: int, event: AdStart, pod: PodDetails) -> "AdPlay":
        """An ad that begins."""
        return cls(ordinal, at_ms, ECHOES.pack((event.details, event.metadata, pod)))

    @property
    def details(self) -> Mapping[str, str | int]:
        """As its adStart said."""
        return ECHOES.unpack(self.echo)[0]

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """As its adStart said."""
        return ECHOES.unpack(self.echo)[1]

    @property
    def pod(self) -> PodDetails:
        """The break it is in."""
        pod = ECHOES.unpack(self.echo)[2]
        assert pod is not None, "an ad is in a break"
        return pod

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
