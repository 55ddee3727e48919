"""A player and its pings."""

import random

import pytest

from playhead.viewers.catalogue import ADS, DAY_S, Break, Chapter, Title
from playhead.viewers.mix import Mix
from playhead.viewers.notebook import Doing, Notebook
from playhead.viewers.people import viewer_of
from playhead.viewers.player import FAR_MS, Player, RunOverError

BEGIN_MS = 1_767_571_200_000
ROKU = viewer_of(1, random.Random, Mix(web=0, ios=0, android=0))
FILM = Title("films", "film", 600, {})


def player(title: Title = FILM, position_s: int = 0, until_ms: int = FAR_MS) -> Player:
    """A Roku that has said sessionStart and play."""
    made = Player(ROKU, Notebook(title, {}, {}, resumed=False), BEGIN_MS, until_ms, position_s * 1000)
    made.say("sessionStart")
    made.play()
    made.said.clear()
    return made


def said(of: Player) -> list[tuple[int, str, int]]:
    """Time since the begin in ms, action and playhead of what was said."""
    return [(one.said_ms - BEGIN_MS, one.action, one.collection["playhead"]) for one in of.said]


def test_pings_come_ten_seconds_after_the_last_event() -> None:
    """Whatever it was; and at a place where something is said, nothing else is."""
    made = player()
    made.play_to(25_000)
    made.pause()
    made.wait(12_000)
    made.go_on()
    assert said(made) == [
        (10_001, "ping", 10),
        (20_001, "ping", 20),
        (25_001, "pauseStart", 25),
        (35_001, "ping", 25),
        (37_001, "play", 25),
    ]


def test_pings_in_ads_have_their_own_pace() -> None:
    """A Roku says something every 5 s there."""
    made = player()
    made.start_break(Break(1, 0, "b"))
    made.start_ad(ADS[0], Break(1, 0, "b"), 1)
    made.wait(11_000)
    assert [action for _, action, _ in said(made)] == ["adBreakStart", "adStart", "ping", "ping"]


def test_no_two_events_share_a_millisecond() -> None:
    """They would be in no order."""
    made = player()
    made.pause()
    made.go_on()
    assert [at_ms for at_ms, _, _ in said(made)] == [2, 3]


def test_at_double_speed_the_playhead_is_twice_as_fast() -> None:
    """Content is in seconds of content, pings in seconds of the clock."""
    made = player()
    made.rate = 2.0
    made.play_to(30_000)
    made.say("ping")
    assert said(made) == [(10_001, "ping", 20), (15_001, "ping", 30)]


def test_live_runs_on_through_pauses_and_over_midnight() -> None:
    """The playhead is the second of the day."""
    made = player(Title("live", "live", DAY_S, {}), DAY_S - 5)
    made.pause()
    made.wait(8_000)
    made.go_on()
    assert said(made)[-1] == (8_002, "play", 3)


def test_after_an_ad_content_goes_on_if_it_had_begun() -> None:
    """Without another play."""
    made = player()
    place = Break(1, 0, "b")
    made.start_break(place)
    assert made.in_break
    made.start_ad(ADS[0], place, 1)
    made.end_ad(completed=True)
    made.end_break()
    assert (Doing.PLAYING, False) == (made.doing, made.in_break)


def test_a_pause_inside_an_ad_ends_in_the_ad() -> None:
    """And a paused ad that is skipped leaves the pause."""
    made = player()
    place = Break(1, 0, "b")
    made.start_break(place)
    made.start_ad(ADS[0], place, 1)
    made.pause()
    made.go_on()
    after_the_pause = made.doing
    made.buffer()
    made.end_ad(completed=False)
    made.end_break()
    assert (Doing.ADVERTISING, Doing.BUFFERING) == (after_the_pause, made.doing)


def test_chapters_are_kept_with_their_times() -> None:
    """By the device's clock."""
    made = player()
    made.start_chapter(Chapter(1, 0, 60, "c"))
    made.play_to(60_000)
    made.end_chapter(completed=True)
    (seen,) = made.notebook.chapters
    skew_ms = ROKU.skew_ms
    assert (seen.started_at_ms, seen.closed_at_ms) == (BEGIN_MS + 2 + skew_ms, BEGIN_MS + 60_001 + skew_ms)
    assert (seen.played_ms, seen.completed) == (59_999, True)


def test_a_silent_seek_is_seen_by_the_next_ping() -> None:
    """What was viewed is what was played before it landed."""
    made = player()
    made.play_to(10_000)
    made.land(300_000)
    made.play_to(310_000)
    made.pause()
    truth = made.notebook.truth(0, 0, None)
    assert truth.session_details["uniqueTimePlayed"] == 20


def test_quality_is_told_once_by_a_roku() -> None:
    """With the next event, and not again while it is unchanged."""
    made = player()
    made.measure(bitrate=800)
    made.say("ping")
    made.say("ping")
    assert [one.collection.get("qoeDataDetails") for one in made.said] == [{"bitrate": 800}, None]


def test_the_run_ends_on_time() -> None:
    """Not a millisecond is played after it."""
    made = player(until_ms=BEGIN_MS + 15_000)
    with pytest.raises(RunOverError):
        made.play_to(60_000)
    assert (BEGIN_MS + 15_000, 14) == (made.now_ms, made.playhead_s)
    assert made.length_ms == 600_000
    made.seek(0)
    assert made.playhead_s == 0
