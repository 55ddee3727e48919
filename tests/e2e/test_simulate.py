"""Generated viewers at a real server: everything the API shows of them is what they did."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from e2e.conftest import EXECUTABLE, Server, clean_environ

pytestmark = pytest.mark.e2e

TIMEOUTS = {"PLAYHEAD_SESSIONS_IDLE_TIMEOUT_S": "12", "PLAYHEAD_SESSIONS_COMPLETE_LINGER_S": "2"}
"""Short, so that those who vanish are closed while the test waits."""

CLOSED_WITHIN_S = 180
ROOT = Path(__file__).parents[2]


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Server]:
    """A server that closes sessions soon."""
    running = Server(tmp_path / "data", "--datastream", "e2e", environ=TIMEOUTS)
    yield running
    running.end()


def command(server: Server, *options: str) -> list[str]:
    """`playhead simulate` on the server's data directory, twenty minutes of viewing in twenty seconds."""
    return [EXECUTABLE, "simulate", "--data-dir", str(server.data_dir), "--speed", "60", "--json", *options]


def simulated(server: Server, *options: str) -> dict[str, Any]:
    """What a whole run reports."""
    done = subprocess.run(
        command(server, *options), capture_output=True, text=True, check=False, env=clean_environ(TIMEOUTS), cwd=ROOT
    )
    assert done.returncode == 0, done.stderr + done.stdout
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def closed(client: httpx.Client, session: str) -> dict[str, Any]:
    """A session once it is closed."""
    deadline = time.monotonic() + CLOSED_WITHIN_S
    while True:
        answer = client.get(f"/api/v1/sessions/{session}")
        if answer.status_code == 200 and answer.json()["state"] == "closed":
            found: dict[str, Any] = answer.json()
            return found
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)


def difference(truth: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """What of the truth the API shows otherwise, by path: (expected, actual)."""
    expected = dict(truth)
    duplicate = expected.pop("counts")["duplicate"]
    assert duplicate <= found["counts"]["duplicate"] <= duplicate + expected.pop("retries")
    assert (truth["counts"]["accepted"], 0) == (found["counts"]["accepted"], found["counts"]["dropped"])
    for name in ("lost", "viewer", "isViewed", "isDownloaded"):  # of the run; and two of the sessionStart row
        expected.pop(name)
    shown = {name: found[name] for name in expected}
    for plays in ("ads", "chapters"):
        shown[plays] = [
            {name: value for name, value in play.items() if name not in {"ordinal", "customMetadata"}}
            for play in found[plays]
        ]
    media, told = expected.pop("mediaReporting"), shown.pop("mediaReporting")
    flat = {f"{part}.{name}": value for part in media if part != "states" for name, value in media[part].items()}
    seen = {f"{part}.{name}": value for part in told if part != "states" for name, value in told[part].items()}
    expected |= flat | {"states": media["states"]}
    shown |= seen | {"states": told["states"]}
    names = {*expected, *shown}
    return {name: (expected.get(name), shown.get(name)) for name in names if expected.get(name) != shown.get(name)}


def test_every_simulated_session_is_what_its_viewer_did(quick: Server, tmp_path: Path) -> None:
    """Two hundred viewers, twenty minutes: each session in the API equals its line of the truth file."""
    truth = tmp_path / "truth.jsonl"
    report = simulated(quick, "--viewers", "200", "--duration", "20", "--seed", "4", "--truth", str(truth))
    lines = [json.loads(line) for line in truth.read_text().splitlines()]
    assert (report["sessions"], 0, 0) == (len(lines), report["lost"], report["refused"])
    assert 150 < len(lines) < 250
    with httpx.Client(base_url=quick.console_url, timeout=30) as client:
        wrong = {line["id"]: found for line in lines if (found := difference(line, closed(client, line["id"])))}
        rows = client.post(
            "/api/v1/query", json={"sql": "SELECT count(*) AS n FROM sessions", "format": "jsonl"}, timeout=30
        )
    assert wrong == {}
    assert json.loads(rows.text) == {"n": len(lines)}
    assert {"end", "complete", "idle"} <= {line["closeCause"] for line in lines}


def test_the_report_adds_up(quick: Server) -> None:
    """Requests are the answers by status; broken ones are refused as they were meant to be."""
    mix = quick.data_dir.with_name("mix.toml")
    mix.write_text("refusals = 20\nclips = 100\n")
    report = simulated(quick, "--viewers", "20", "--duration", "4", "--rate", "8", "--mix", str(mix))
    assert sum(report["statuses"].values()) == report["requests"]
    assert report["refusedAsMeant"] == report["statuses"]["400"] > 0
    assert report["latencyMs"]["p50"] <= report["latencyMs"]["p99"] <= report["latencyMs"]["max"]
    assert report["datastream"] == "e2e"
    assert report["target"] in quick.collector_url


def test_an_interrupted_run_says_what_it_did(quick: Server) -> None:
    """Ctrl-C ends it at once, with its report and status 1."""
    process = subprocess.Popen(
        command(quick, "--duration", "600", "--rate", "10"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environ(TIMEOUTS),
    )
    assert process.stderr is not None
    while b" 0 requests" in process.stderr.readline():  # it is under way: progress is told
        pass
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    report = json.loads(out)
    assert (1, True) == (process.returncode, report["interrupted"])
    assert report["requests"] > 0


def test_a_written_week_is_a_data_directory_that_serves(tmp_path: Path) -> None:
    """`bench/week.py` writes journals the server reads to the end: as many sessions as it says, none refused."""
    told = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "week.py"), str(tmp_path / "data"), "--events", "3000", "--days", "0.5"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    events, sessions = int(told.split()[0]), int(told.split()[3])
    assert events == 3_000
    server = Server(tmp_path / "data")
    try:
        sql = (
            "SELECT (SELECT count(*) FROM events) AS events, (SELECT count(*) FROM sessions) AS sessions,"
            " (SELECT count(*) FROM sessions WHERE state = 'closed') AS closed"
        )
        deadline = time.monotonic() + CLOSED_WITHIN_S
        while True:
            answer = httpx.post(f"{server.console_url}/api/v1/query", json={"sql": sql, "format": "jsonl"}, timeout=30)
            counts = json.loads(answer.text) if answer.status_code == 200 else {}
            if counts == {"events": events, "sessions": sessions, "closed": sessions}:
                break
            assert time.monotonic() < deadline, answer.text
            time.sleep(0.2)
    finally:
        server.end()
