"""One chapter as it plays."""

from collections.abc import Mapping

from playhead.events.chapters import ChapterStart
from playhead.sessions.facts import ChapterClosed, seconds


class ChapterPlay:
    """
    A started chapter. The same chapter played again is another play with the next ordinal.

    Attributes:
        ordinal: Its number in the session, from 1.
        started_at_ms, closed_at_ms: Player's clock; the latter None while it is open.
        played_ms: Main play while it was open, stalls excluded.
        completed: It was closed by a chapterComplete.
    """

    __slots__ = ("closed_at_ms", "completed", "details", "metadata", "ordinal", "played_ms", "started_at_ms")

    def __init__(self, ordinal: int, at_ms: int, event: ChapterStart) -> None:
        self.ordinal = ordinal
        self.started_at_ms = at_ms
        self.details: Mapping[str, str | int] = event.details
        self.metadata = event.metadata
        self.played_ms = 0
        self.closed_at_ms: int | None = None
        self.completed = False

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
