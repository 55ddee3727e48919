"""Routes of the panels; their numbers are in tests/contract/test_panels_by_hand.py."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api_world import START_MS, World, problem_of, record, world_at
from playhead.base.clock import ManualClock
from playhead.store.duck import DuckStore

RANGE = {"from": "2026-01-01T00:00:00Z", "until": "2026-01-01T00:02:00Z"}


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[World]:
    """A console over a real store with one session of ten seconds."""
    store = DuckStore(tmp_path / "store.duckdb", ManualClock(START_MS))
    with world_at(tmp_path, store) as world:
        played = {**record().session_details, "isPlayed": True}
        spans = [(START_MS, START_MS + 10_000)]
        world.commit(record(is_viewed=True, smallest_at_ms=START_MS, main_play_ms=spans, session_details=played))
        yield world
    store.close()


def panel(world: World, name: str, **parameters: str) -> Any:
    """The good answer of a panel."""
    return world.get(f"/api/v1/panels/{name}", **{**RANGE, **parameters})


def test_concurrent_viewers(asked: World) -> None:
    """A row a minute; the maximum with its time."""
    answer = panel(asked, "concurrent-viewers")
    assert ["time", "concurrent-viewers"] == answer["columns"]
    assert [["2026-01-01T00:00:00Z", 1], ["2026-01-01T00:01:00Z", 0]] == answer["rows"]
    assert {"value": 1, "at": "2026-01-01T00:00:00Z"} == answer["summary"]["max"]
    assert ["time", "content", "concurrent-sessions"] == panel(
        asked, "concurrent-viewers", unit="sessions", breakdown="content"
    )["columns"]


def test_playback_time(asked: World) -> None:
    """Seconds of the session in each minute."""
    answer = panel(asked, "playback-time")
    assert [["2026-01-01T00:00:00Z", 10], ["2026-01-01T00:01:00Z", 0]] == answer["rows"]
    assert 10 == answer["summary"]["sum"]


def test_average_minute_audience(asked: World) -> None:
    """By content: 10 s of 60; by period: 10 s in two minutes."""
    assert [["film", 0.166667, 10, 60]] == panel(asked, "average-minute-audience")["rows"]
    assert [["film", 0.283333, 17, 60]] == panel(asked, "average-minute-audience", time="media")["rows"]
    answer = panel(asked, "average-minute-audience", mode="period", granularity="minute")
    assert [["2026-01-01T00:00:00Z", 0.166667, 10, 60], ["2026-01-01T00:01:00Z", 0, 0, 60]] == answer["rows"]
    assert 0.083333 == answer["summary"]["total"]


def test_drop_off_and_retention(asked: World) -> None:
    """Rows of step, sessions and share; a curve of one content knows its chapters."""
    assert ["media-starts", 1, 1.0] == panel(asked, "drop-off")["rows"][0]
    curve = panel(asked, "retention", content="film", axis="second")
    assert [[second, 1, 1.0, 0] for second in range(10)] == curve["rows"]
    assert [] == curve["overlays"]["chapters"]
    assert ["percent", "sessions", "share", "again"] == panel(asked, "retention")["columns"]


def test_ad_breaks(asked: World) -> None:
    """Where each break stands in which content, what became of the sessions, and the sums of all."""
    answer = panel(asked, "ad-breaks")
    counts = ["breaks", "ads", "ads-completed", "seconds", "went-on", "left-in-ad", "left-after"]
    assert ["ad-pod", "content", "content-name", "pod-name", "pod-position", *counts, "share"] == answer["columns"]
    assert ["pod-name", *counts, "share"] == panel(asked, "ad-breaks", by="pod-name", content="film")["columns"]
    assert {*counts, "sessions"} == set(answer["summary"])


def test_a_segment_chooses_the_sessions(asked: World) -> None:
    """Segments are JSON, as in reports."""
    segment = json.dumps({"dimension": "content", "op": "=", "value": "other"})
    assert [0, 0] == [row[1] for row in panel(asked, "concurrent-viewers", segment=segment)["rows"]]
    assert 0 == panel(asked, "drop-off", content="other")["rows"][0][1]


def test_the_range_is_today_or_this_month(asked: World) -> None:
    """In the zone asked for."""
    day = asked.get("/api/v1/panels/playback-time", granularity="hour", timeZone="Asia/Tokyo")["rows"]
    assert ["2026-01-01T00:00:00+09:00", "2026-01-01T23:00:00+09:00"] == [day[0][0], day[-1][0]]
    month = asked.get("/api/v1/panels/average-minute-audience", mode="period", granularity="day")["rows"]
    assert ["2026-01-01T00:00:00Z", "2026-01-31T00:00:00Z"] == [month[0][0], month[-1][0]]


@pytest.mark.parametrize(
    ("name", "parameters", "path"),
    [
        ("concurrent-viewers", {"from": "x"}, "from"),
        ("concurrent-viewers", {"granularity": "year"}, "granularity"),
        ("playback-time", {"granularity": "second"}, "granularity"),
        ("concurrent-viewers", {"breakdown": "advertiser"}, "breakdown"),
        ("average-minute-audience", {"breakdown": "content"}, "breakdown"),
        ("concurrent-viewers", {"segment": "{"}, "segment"),
        ("concurrent-viewers", {"segment": "{}"}, "segment"),
        ("concurrent-viewers", {"unit": "people"}, "unit"),
        ("retention", {"axis": "hour"}, "axis"),
        ("drop-off", {"until": "2025-01-01T00:00:00Z"}, "until"),
        ("playback-time", {"timeZone": "Mars"}, "timeZone"),
        ("drop-off", {"unit": "persons"}, "unit"),
        ("ad-breaks", {"by": "advertiser"}, "by"),
        ("ad-breaks", {"ads": "{"}, "ads"),
        ("ad-breaks", {"ads": "[]"}, "ads"),
    ],
)
def test_what_has_no_meaning_is_refused(asked: World, name: str, parameters: dict[str, str], path: str) -> None:
    """400 says which parameter, and why."""
    response = asked.client.get(f"/api/v1/panels/{name}", params={**RANGE, **parameters})
    assert [path] == [error["path"] for error in problem_of(response, 400)["errors"]]
