"""Five thousand viewers at a real server: every metric of the catalogue, in total and by more than fifty dimensions, is what they did."""

import json
import math
import subprocess
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from e2e.conftest import EXECUTABLE, Server, clean_environ
from e2e.truth_reports import CUSTOM, FIELDS, METRICS, PART_ROWS, RATIOS, Line, Told, moment, read

pytestmark = pytest.mark.e2e

SESSIONS = 5_000
ZONE = "Asia/Kolkata"
"""Half an hour off, so that hours of the zone are none of UTC."""

TIMEOUTS = {"PLAYHEAD_SESSIONS_IDLE_TIMEOUT_S": "15", "PLAYHEAD_SESSIONS_COMPLETE_LINGER_S": "3"}
"""Short, so that sessions are closed while the test waits; more than anybody is silent for at 90 times the speed."""

CLOSED_WITHIN_S = 300

MIX = """
clips = 160
episodes = 11
films = 3
live = 4
podcasts = 5
ios = 6
errors = 6
stalls = 4
states = 6
seeks = 3
leaving = 2.5
offline = 3
"""
"""Short viewings of few pings; what is rare in them happens more often: a flushed queue that opens its session again too."""

TIMES = ("5-minutes", "15-minutes", "hour", "day", "hour-of-day", "day-of-week")
DERIVED = (
    "content-type", "content-segment", "datastream", "close-cause", "media-downloaded-flag", "custom:plan", "event-type",
    "media-path", "previous-content", "next-content",
)  # fmt: skip
DIMENSIONS = (*FIELDS, "player-state", *DERIVED, *TIMES)

EVERY = (*METRICS, *RATIOS, *CUSTOM)
DIVIDED = {name for name, made in METRICS.items() if made.how in {"mean", "p50", "p75", "p95", "p99"}} | {*RATIOS}
"""Metrics that end in a division of floating numbers: equal to nine digits. All others are equal."""

AT_ONCE = 50
"""Metrics one question may name."""


class World:
    """A server that holds what was told."""

    def __init__(self, server: Server, lines: Sequence[Line]) -> None:
        self.server = server
        self.told = Told(lines, ZONE)
        moments = [moment(line[name]) for line in lines for name in ("startedAt", "lastEventAt")]
        self.from_, self.until = min(moments), max(moments) + timedelta(seconds=1)
        self._client = httpx.Client(base_url=server.console_url, timeout=60)

    def catalogue(self) -> dict[str, Any]:
        """What there is to ask for."""
        found: dict[str, Any] = self._client.get("/api/v1/catalogue").json()
        return found

    def report(self, metrics: Sequence[str], **question: Any) -> dict[str, Any]:
        """An answer of `POST /reports`, by default about everything."""
        asked = {"from": self.from_.isoformat(), "until": self.until.isoformat(), "timeZone": ZONE, "limit": 50_000}
        answer = self._client.post("/api/v1/reports", json={"metrics": metrics, **asked, **question})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        assert found["cursor"] is None
        return found

    def close(self) -> None:
        """No more questions."""
        self._client.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The server once everybody has watched and every session is closed; some watched on a federated datastream."""
    folder = tmp_path_factory.mktemp("truth")
    (folder / "mix.toml").write_text(MIX)
    # Before the server: a collector that runs may take a second to know of one.
    for made in (["web"], ["partner", "--federated"]):
        words = [EXECUTABLE, "datastream", "create", *made, "--data-dir", str(folder / "data")]
        subprocess.run(words, check=True, env=clean_environ(), capture_output=True)
    server = Server(folder / "data", "--datastream", "web", environ=TIMEOUTS)
    try:
        few, most = folder / "few.jsonl", folder / "most.jsonl"
        simulated(server, folder, few, "--datastream", "partner", "--viewers", "60", "--rate", "30", "--duration", "7")
        simulated(server, folder, most, "--datastream", "web", "--viewers", "2000", "--rate", "150", "--duration", "35")
        lines = read(few, most)
        assert len(lines) >= SESSIONS
        wait_until_closed(server, len(lines))
        found = World(server, lines)
        yield found
        found.close()
    finally:
        server.end()


def simulated(server: Server, folder: Path, truth: Path, *options: str) -> None:
    """One run; nothing of it was refused that should not have been, and nothing was lost."""
    words = [EXECUTABLE, "simulate", "--data-dir", str(server.data_dir), "--json", "--speed", "90", "--seed", "5"]
    words += ["--mix", str(folder / "mix.toml"), "--truth", str(truth), *options]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=clean_environ(TIMEOUTS))
    assert done.returncode == 0, done.stderr + done.stdout
    report = json.loads(done.stdout)
    assert (0, 0) == (report["refused"], report["lost"])
    assert report["sessions"] == len(read(truth))


def wait_until_closed(server: Server, sessions: int) -> None:
    """Until the store has that many sessions, all of them closed."""
    sql = "SELECT count(*) AS n, count(*) FILTER (WHERE state = 'closed') AS closed FROM sessions"
    deadline = time.monotonic() + CLOSED_WITHIN_S
    while True:
        answer = httpx.post(f"{server.console_url}/api/v1/query", json={"sql": sql, "format": "jsonl"}, timeout=30)
        if answer.status_code == 200 and json.loads(answer.text) == {"n": sessions, "closed": sessions}:
            return
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)


def differing(metrics: Sequence[str], expected: Sequence[Any], actual: Sequence[Any]) -> dict[str, tuple[Any, Any]]:
    """Metrics whose numbers are not equal: (expected, actual)."""
    return {
        metric: (one, other)
        for metric, one, other in zip(metrics, expected, actual, strict=True)
        if not (one == other or (metric in DIVIDED and None not in {one, other} and math.isclose(one, other)))
    }


def test_every_metric_of_the_catalogue_is_told(world: World) -> None:
    """The tables here have each metric of the catalogue and no other, and dimensions that it has."""
    catalogue = world.catalogue()
    assert {one["id"] for one in catalogue["metrics"]} == {*METRICS, *RATIOS}
    assert {one for one in DIMENSIONS if not one.startswith("custom:")} <= {
        one["id"] for one in catalogue["dimensions"]
    }


def test_there_is_something_to_be_wrong_about(world: World) -> None:
    """Each metric differs between the values of ten dimensions at least, so that it is not always nought either."""
    apart = dict.fromkeys(EVERY, 0)
    for dimension in DIMENSIONS:
        possible = world.told.possible(dimension)
        columns = zip(*world.told.counted(possible, dimension).values(), strict=True)
        for metric, column in zip(possible, columns, strict=True):
            apart[metric] += len({*column}) > 1
    assert {metric: many for metric, many in apart.items() if many < 10} == {}


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_every_metric_by_this_dimension_is_what_was_told(world: World, dimension: str) -> None:
    """The rows of the report are those counted from the truth file, each with every number."""
    possible = world.told.possible(dimension)
    assert len(possible) == len(EVERY) or dimension in PART_ROWS
    for first in range(0, len(possible), AT_ONCE):
        metrics = possible[first : first + AT_ONCE]
        expected = world.told.counted(metrics, dimension)
        answer = world.report(metrics, dimensions=[dimension])
        actual = {row[0]: row[1:] for row in answer["rows"]}
        assert len(actual) == len(answer["rows"])
        assert expected.keys() == actual.keys()
        found = {value: differing(metrics, row, actual[value]) for value, row in expected.items()}
        assert {value: wrong for value, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("part", ["all of it", "its second half"])
def test_every_metric_in_total_is_what_was_told(world: World, part: str) -> None:
    """Over everything, and over a range that begins while people watch: rows are in it by their own times."""
    from_ = world.from_ if part == "all of it" else _middle(world)
    for first in range(0, len(EVERY), AT_ONCE):
        metrics = EVERY[first : first + AT_ONCE]
        expected = world.told.total(metrics, from_, world.until)
        totals = world.report(metrics, **{"from": from_.isoformat()})["totals"]
        assert differing(metrics, expected, [totals[metric] for metric in metrics]) == {}


def test_totals_are_the_same_whatever_the_rows_are(world: World) -> None:
    """A session that is in several rows counts once in the totals (metrics.md 7, 45)."""
    metrics = EVERY[:AT_ONCE]
    expected = world.told.total(metrics, world.from_, world.until)
    for dimension in ("genre", "content-segment", "external-error-ids"):
        totals = world.report(metrics, dimensions=[dimension])["totals"]
        assert differing(metrics, expected, [totals[metric] for metric in metrics]) == {}


def test_viewers_by_state_do_not_depend_on_what_else_is_asked(world: World) -> None:
    """Beside the metrics of one player state, viewers are still told of all."""
    metrics = ["viewers", "mute-count"]
    rows = world.report(metrics, dimensions=["player-state"])["rows"]
    expected = {state: world.told.counted(["viewers"], "player-state")[state][0] for state in [row[0] for row in rows]}
    assert len(rows) == 6
    assert expected == {row[0]: row[1] for row in rows}
    assert ["mute"] == [row[0] for row in rows if row[2]]


def _middle(world: World) -> datetime:
    return world.from_ + (world.until - world.from_) / 2
