"""A server with two weeks of believable traffic, for tests of pages that answer questions about many sessions."""

import fcntl
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from e2e.conftest import Server, clean_environ
from e2e.viewings import now

ROOT = Path(__file__).parents[2]
READ_WITHIN_S = 300

FROM, UNTIL = "2026-01-12T00:00", "2026-01-19T00:00"
"""The second week of it, as date fields have them; there is one before, to compare with."""
BEFORE = "2026-01-05T00:00"


@contextmanager
def served_days(folder: Path, *, events: int = 40_000, days: int = 15, begin_ms: int | None = None) -> Iterator[Server]:
    """A server whose store holds traffic from 2026-01-05 (or another instant) on, all of it read; datastream `week`."""
    base = folder.parent.parent if folder.parent.name.startswith("popen-") else folder.parent  # of all workers
    made = base / f"days-{events}-{days}-{begin_ms}"
    with base.joinpath("days.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # each is made once, and takes long
        if not made.exists():
            _make(made.with_suffix(".new"), events, days, begin_ms)
            made.with_suffix(".new").rename(made)
    shutil.copytree(made / "data", folder / "data")
    server = Server(folder / "data")
    try:
        _until_read(server)
        yield server
    finally:
        server.end()


def _make(folder: Path, events: int, days: int, begin_ms: int | None) -> None:
    """A data directory with such traffic, whose server has read it and is stopped."""
    words = [sys.executable, str(ROOT / "bench" / "week.py"), str(folder / "data")]
    words += [] if begin_ms is None else ["--begin-ms", str(begin_ms)]
    subprocess.run([*words, "--events", str(events), "--days", str(days)], check=True, env=clean_environ())
    server = Server(folder / "data")
    try:
        _until_read(server)
        assert server.stop() == 0
    finally:
        server.end()


def _until_read(server: Server) -> None:
    deadline = time.monotonic() + READ_WITHIN_S
    # The server's own marks follow the old records: once it counts until now, it has read them all. Nought: it counts nothing yet.
    while not 0 < report(server, metrics=["media-starts"])["freshness"]["lagSeconds"] < 60:
        assert time.monotonic() < deadline, server.said
        time.sleep(0.2)


def report(server: Server, **question: Any) -> dict[str, Any]:
    """The answer of `POST /reports`, by default of the week in UTC."""
    asked = {"from": f"{FROM}:00Z", "until": f"{UNTIL}:00Z", **question}
    answer = httpx.post(f"{server.console_url}/api/v1/reports", json=asked, timeout=60)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def until_counted(server: Server, sessions: int, **segment: str) -> None:
    """Wait until reports count that many sessions of today that are so: `dimension` is `value`."""
    today = {"from": (now() - timedelta(days=1)).isoformat(), "until": (now() + timedelta(days=1)).isoformat()}
    asked = {**today, "metrics": ["media-starts"], "segment": {"op": "=", **segment}}
    deadline = time.monotonic() + READ_WITHIN_S
    while (found := report(server, **asked)["totals"]["media-starts"]) != sessions:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


def panel(server: Server, name: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """The answer of a panel, by default of the week in UTC."""
    asked = {"from": f"{FROM}:00Z", "until": f"{UNTIL}:00Z", **parameters}
    answer = httpx.get(f"{server.console_url}/api/v1/panels/{name}", params=asked, timeout=60)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def page_url(server: Server, path: str, **more: str) -> str:
    """The address of a page about the week in UTC."""
    return f"{server.console_url}{path}?{httpx.QueryParams({'from': FROM, 'until': UNTIL, 'tz': 'UTC', **more})}"
