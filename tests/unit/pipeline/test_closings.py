"""The feed of closed sessions."""

import os
from pathlib import Path
from typing import Any

import pytest

from contract.store_samples import NOW_MS, record
from playhead.base.settings import DEFAULT_SETTINGS
from playhead.base.units import DAY_MS, HOUR_MS
from playhead.collector.closings import ClosingsMemory, Judgement
from playhead.pipeline import closings
from playhead.pipeline.closings import Closing, ClosingsFollower, ClosingsWriter, closing_of
from playhead.reporting.outputs import SessionState

MINUTE_MS = 60_000
AS_OF_MS = NOW_MS + DAY_MS


def news(name: str, cause: str = "end") -> Closing:
    """A session that closed."""
    return Closing(name, closed=True, cause=cause)


def drained(follower: ClosingsFollower) -> list[str]:
    """Ids of all news there is."""
    found: list[str] = []
    while batch := follower.poll():
        found += [closing.session_id for closing in batch]
    return found


def test_what_is_written_is_followed(tmp_path: Path) -> None:
    """In order, by several followers, whenever they come."""
    early = ClosingsFollower(tmp_path)
    assert early.poll() == []
    writer = ClosingsWriter(tmp_path, NOW_MS)
    writer.write([news("a"), news("b")], NOW_MS)
    assert ["a", "b"] == drained(early)
    writer.write([news("c")], NOW_MS + 1)
    assert ["c"] == drained(early)
    assert ["a", "b", "c"] == drained(ClosingsFollower(tmp_path))
    writer.close()
    early.close()


def test_every_member_survives(tmp_path: Path) -> None:
    """A follower gets what was told."""
    told = Closing("s", True, "complete", 5, 6, 7, 8)
    ClosingsWriter(tmp_path, 0).write([told], 0)
    assert [told] == ClosingsFollower(tmp_path).poll()


def test_the_feed_goes_on_in_a_new_file_each_hour_and_keeps_a_day(tmp_path: Path) -> None:
    """Old files go; a follower that reads on misses nothing."""
    writer = ClosingsWriter(tmp_path, NOW_MS)
    follower = ClosingsFollower(tmp_path)
    seen = []
    for hour in range(40):
        writer.write([news(f"h{hour}")], NOW_MS + hour * HOUR_MS)
        seen += drained(follower)
    assert [f"h{hour}" for hour in range(40)] == seen
    kept = drained(ClosingsFollower(tmp_path))
    assert "h39" == kept[-1]
    assert 25 <= len(kept) <= 27


def test_a_restarted_writer_does_not_touch_what_a_crash_tore(tmp_path: Path) -> None:
    """The torn end is passed over, by those who were there and by those who come later."""
    writer = ClosingsWriter(tmp_path, NOW_MS)
    writer.write([news("a"), news("b")], NOW_MS)
    writer.close()
    [file] = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-3])
    follower = ClosingsFollower(tmp_path)
    assert ["a"] == drained(follower)
    ClosingsWriter(tmp_path, NOW_MS).write([news("c")], NOW_MS)
    assert ["c"] == drained(follower)
    assert ["a", "c"] == drained(ClosingsFollower(tmp_path))


@pytest.mark.parametrize("damage", [b"\0" * 64, b"\x05\0\0\0garbage!!"])
def test_damage_loses_the_rest_of_its_file_only(tmp_path: Path, damage: bytes) -> None:
    """Zeros left by a power loss, or bytes that do not match their checksum."""
    writer = ClosingsWriter(tmp_path, NOW_MS)
    writer.write([news("a")], NOW_MS)
    [file] = tmp_path.iterdir()
    with file.open("ab") as end:
        end.write(damage)
    follower = ClosingsFollower(tmp_path)
    assert ["a"] == drained(follower)
    writer.write([news("lost")], NOW_MS)
    writer.write([news("c")], NOW_MS + HOUR_MS)
    assert "c" == drained(follower)[-1]


def test_a_long_feed_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A follower that starts does not stop answering for all of it."""
    monkeypatch.setattr(closings, "POLL_BYTES", 100)
    ClosingsWriter(tmp_path, 0).write([news(f"s{number}") for number in range(50)], 0)
    follower = ClosingsFollower(tmp_path)
    assert 1 <= len(follower.poll()) < 10
    assert 50 > len(drained(follower)) > 40


def test_the_collector_takes_what_is_followed(tmp_path: Path) -> None:
    """News goes from the writer through the file to the collector's memory, which then refuses, and takes it back."""
    writer, follower, memory = ClosingsWriter(tmp_path, 0), ClosingsFollower(tmp_path), ClosingsMemory()
    writer.write([news("s", "stuck")], 0)
    memory.apply(follower.poll())
    assert memory.judge("s", NOW_MS, NOW_MS) is Judgement.NOT_FOUND
    writer.write([Closing("s", closed=False)], 1)
    memory.apply(follower.poll())
    assert memory.judge("s", NOW_MS, NOW_MS) is Judgement.ACCEPT


def closed(cause: str, **changes: Any) -> Closing:
    """What is told of a session closed for a cause; timeouts are the defaults."""
    provisional = cause in {"idle", "complete"}
    return closing_of(record(closed=cause, provisional=provisional, **changes), DEFAULT_SETTINGS, AS_OF_MS)


def test_final_closes_take_nothing_more() -> None:
    """Only after an end are events still answered with success, for a day from the start."""
    assert closed("stuck") == Closing("s1", True, "stuck", as_of_ms=AS_OF_MS)
    assert closed("age") == Closing("s1", True, "age", as_of_ms=AS_OF_MS)
    assert closed("end") == Closing("s1", True, "end", NOW_MS + DAY_MS, as_of_ms=AS_OF_MS)


def test_an_idle_session_may_be_continued_by_the_players_clock() -> None:
    """Until 24 h after the start, by events before the largest timestamp and the idle timeout."""
    expected = Closing("s1", True, "idle", NOW_MS + DAY_MS, NOW_MS + 30_000 + 10 * MINUTE_MS, None, AS_OF_MS)
    assert expected == closed("idle")


def test_a_completed_session_takes_any_event_until_it_would_have_been_idle() -> None:
    """After that it is like an idle one; where another deadline is earlier, nothing is taken after it."""
    idle_at_ms = NOW_MS + 30_000 + 10 * MINUTE_MS
    assert Closing("s1", True, "complete", NOW_MS + DAY_MS, idle_at_ms, idle_at_ms, AS_OF_MS) == closed("complete")
    changed_ms = NOW_MS - 25 * MINUTE_MS
    stuck_at_ms = changed_ms + 30 * MINUTE_MS
    expected = Closing("s1", True, "complete", stuck_at_ms, None, stuck_at_ms, AS_OF_MS)
    assert expected == closed("complete", playhead_changed_ms=changed_ms)


def test_a_reopened_session_is_told_as_open() -> None:
    """Which takes the closing back."""
    told = closing_of(record(state=SessionState.OPEN), DEFAULT_SETTINGS, AS_OF_MS)
    assert Closing("s1", closed=False, as_of_ms=AS_OF_MS) == told


def test_after_a_failed_write_a_new_file_is_begun(tmp_path: Path) -> None:
    """The file that may be torn is left alone."""
    writer = ClosingsWriter(tmp_path, NOW_MS)
    [torn] = tmp_path.iterdir()
    os.close(writer._file)
    writer._file = os.open(torn, os.O_RDONLY)  # a disk that refuses
    with pytest.raises(OSError, match="Bad file descriptor"):
        writer.write([news("a")], NOW_MS)
    writer.write([news("a")], NOW_MS)
    assert 2 == len(list(tmp_path.iterdir()))
    assert ["a"] == drained(ClosingsFollower(tmp_path))
