"""One chapter as it plays."""

from collections.abc import Mapping

from msgspec import Struct

from playhead.events.chapters import ChapterStart
from playhead.sessions.echoes import ECHOES, Echo
from playhead.sessions.facts import ChapterClosed, seconds
from playhead.sessions.quick import quick


@quick
class ChapterPlay(Struct, gc=False, array_like=True):
    """
    A started chapter. The same chapter played again is another play with the next ordinal.

    Attributes:
        ordinal: Its number in the session, from 1.
        started_at_ms, closed_at_ms: Player's clock; the latter None while it is open.
        echo: Details and metadata as its chapterStart said, packed.
        played_ms: Main play while it was open, stalls excluded.
        completed: It was closed by a chapterComplete.
    """

    ordinal: int
    started_at_ms: int
    echo: bytes | Echo
    played_ms: int = 0
    closed_at_ms: int | None = None
    completed: bool = False

    @classmethod
    def of(cls, ordinal: int, at_ms: int, event: ChapterStart) -> "ChapterPlay":
        """A chapter that begins."""
        return cls(ordinal, at_ms, ECHOES.pack((event.details, event.metadata, None)))

    @property
    def details(self) -> Mapping[str, str | int]:
        """As its chapterStart said."""
        return ECHOES.unpack(self.echo)[0]

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """As its chapterStart said."""
        return ECHOES.unpack(self.echo)[1]

    def closed(self) -> ChapterClosed:
        """The fact that it is over."""
        assert self.closed_at_ms is not None, "an open chapter has no end to tell of"
        return ChapterClosed(
            self.ordinal,
            self.closed_at_ms,
            self.details,
            self.metadata,
            seconds(self.played_ms),
            self.completed,
        )
