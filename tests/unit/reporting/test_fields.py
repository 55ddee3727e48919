"""Computed fields."""

import pytest

from playhead.events.session import SessionStart
from playhead.reporting import fields
from playhead.sessions.facts import PodDetails


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (16, 60, 0.266667),
        (26, 54, 0.481481),
        (48, 100, 0.48),
        (0, 7, 0),
        (1, 2_000_000, 0.000001),
        (10, 60.6, 0.165017),
        (7, 35.84, 0.195313),
    ],
)
def test_ratios_have_six_decimals(numerator: int, denominator: float, expected: float) -> None:
    """Rounded half up (metrics.md 2.2)."""
    assert expected == fields.ratio(numerator, denominator)


@pytest.mark.parametrize(
    ("viewed_s", "first_s", "expected"),
    [
        ([(15, 130)], 15, "[0-3]"),
        ([(0, 47)], 0, "[0-1]"),
        ([(60, 120)], 60, "[1-2]"),
        ([], 0, "[0-1]"),
        ([], 150, "[2-3]"),
    ],
)
def test_segments_are_minutes(viewed_s: list[tuple[int, int]], first_s: int, expected: str) -> None:
    """From the first to the last minute viewed; nothing viewed: that of the first main play."""
    assert expected == fields.segment([(low * 1000, high * 1000) for low, high in viewed_s], first_s)


def test_static_details_repeat_what_was_sent() -> None:
    """Length is rounded, an empty type is named, a genre is also a list."""
    start = SessionStart(name="film", length_s=60.33, echo={"show": "x", "genre": "Drama, Action"}, stream_type="audio")
    expected = {
        "ID": "S",
        "name": "film",
        "show": "x",
        "genre": "Drama, Action",
        "genreList": ["Drama", "Action"],
        "length": 60,
        "contentType": "missing_content_type",
        "streamType": "audio",
    }
    assert expected == fields.static_details("S", start)
    assert ("audio", "audioAd") == (fields.pev3(start), fields.pev3(start, ad=True))


@pytest.mark.parametrize(
    ("resume", "sent", "downloaded", "expected"),
    [
        (None, None, False, {"isViewed": True}),
        (False, None, False, {"isViewed": True, "hasResume": False}),
        (True, True, False, {"hasResume": True, "isDownloaded": True}),
        (None, False, True, {"isViewed": True, "isDownloaded": True}),
    ],
)
def test_a_start_says_how_it_began(
    resume: bool | None, sent: bool | None, downloaded: bool, expected: dict[str, bool]
) -> None:
    """A resume is no view; a download is one by endpoint or by the client's word."""
    start = SessionStart(has_resume=resume, is_downloaded=sent)
    assert expected == fields.start_details(start, downloaded=downloaded)


def test_ads_and_chapters_echo_and_count() -> None:
    """Play time only above 0, completed only if it was; ids are hashes of the content with the index."""
    assert {"name": "a"} == fields.ad_close_details({"name": "a"}, 0, completed=False)
    assert {"name": "a", "timePlayed": 1, "isCompleted": True} == fields.ad_close_details(
        {"name": "a"}, 1, completed=True
    )
    pod = fields.pod_details(PodDetails(0, 15, None), "VA API Sample Player")
    assert {"ID": "cc80e8d564c18a8365efb04ecedce221_0", "index": 0, "offset": 15} == pod
    chapter = fields.chapter_details({"index": 1}, "VA API Sample Player", 0, completed=False)
    assert {"index": 1, "ID": "cc80e8d564c18a8365efb04ecedce221_1", "isStarted": True} == chapter


@pytest.mark.parametrize(("number", "expected"), [(None, 0), (2.5, 3), (float("inf"), 0), (7, 7)])
def test_reported_numbers_become_whole(number: float | None, expected: int) -> None:
    """Half up; nothing and no number are 0."""
    assert expected == fields.whole(number)
