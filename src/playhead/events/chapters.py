"""Chapters of the content."""

from collections.abc import Mapping

from playhead.events.event import Event


class ChapterStart(Event, frozen=True, gc=False):
    """
    A chapter begins.

    Attributes:
        details: `chapterDetails` by wire name, as it is echoed on rows: `index`, `length`, `offset` (whole, >= 0) and
            `friendlyName` when sent.
        metadata: Custom metadata, (name, value) in the order sent.
    """

    details: Mapping[str, str | int] = {}
    metadata: tuple[tuple[str, str], ...] = ()


class ChapterComplete(Event, frozen=True, gc=False):
    """The chapter played to its end."""


class ChapterSkip(Event, frozen=True, gc=False):
    """The viewer left the chapter."""
