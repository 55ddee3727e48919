"""A chapter as it plays."""

from playhead.events.chapters import ChapterStart
from playhead.sessions.chapters import ChapterPlay


def test_a_chapter_tells_its_end() -> None:
    """The fact echoes the chapterStart and adds rounded play time."""
    chapter = ChapterPlay.of(1, 100, ChapterStart(details={"index": 1}))
    chapter.played_ms, chapter.closed_at_ms = 10_998, 20_000
    closed = chapter.closed()
    assert (1, 20_000, {"index": 1}, 11, False) == (
        closed.ordinal, closed.at_ms, closed.details, closed.played_s, closed.completed,
    )  # fmt: skip
