"""What there is to watch."""

from playhead.viewers.catalogue import KINDS, OF_KIND, TITLES, Chapter


def test_marks_lie_inside_the_content_in_order() -> None:
    """Chapters and breaks are ascending, whole seconds within the length, chapters not overlapping."""
    for title in TITLES:
        edges = [edge for chapter in title.chapters for edge in (chapter.offset_s, chapter.end_s)]
        assert edges == sorted(edges)
        assert all(0 <= edge <= title.length_s for edge in edges)
        offsets = [place.offset_s for place in title.breaks]
        assert offsets == sorted(set(offsets))
        assert all(0 < offset < title.length_s for offset in offsets)


def test_content_types_are_those_of_the_specification() -> None:
    """One spelling of each (metrics.md 6.3), so that a list of sessions names one thing once."""
    assert {"vod", "live", "podcast"} == {title.details["contentType"] for title in TITLES}


def test_names_are_unique_and_every_kind_has_titles() -> None:
    """A content id names one title."""
    assert len({title.name for title in TITLES}) == len(TITLES)
    assert all(OF_KIND[kind] for kind in KINDS)


def test_a_chapter_ends_after_its_length() -> None:
    """Offset and length make its end."""
    assert Chapter(1, 30, 60, "one").end_s == 90
