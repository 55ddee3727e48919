"""A server with two weeks of believable traffic, for tests of pages that answer questions about many sessions."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from e2e.conftest import Server, clean_environ

ROOT = Path(__file__).parents[2]
READ_WITHIN_S = 120

FROM, UNTIL = "2026-01-12T00:00", "2026-01-19T00:00"
"""The second week of it, as date fields have them; there is one before, to compare with."""
BEFORE = "2026-01-05T00:00"


@contextmanager
def served_days(folder: Path, *, events: int = 40_000, days: int = 15, begin_ms: int | None = None) -> Iterator[Server]:
    """A server whose store holds traffic from 2026-01-05 (or another instant) on, all of it read; datastream `week`."""
    made = [sys.executable, str(ROOT / "bench" / "week.py"), str(folder / "data")]
    if begin_ms is not None:
        made += ["--begin-ms", str(begin_ms)]
    subprocess.run([*made, "--events", str(events), "--days", str(days)], check=True, env=clean_environ())
    server = Server(folder / "data")
    try:
        deadline = time.monotonic() + READ_WITHIN_S
        # The server's own marks follow the old records: once it counts until now, it has read them all. Nought: it counts nothing yet.
        while not 0 < report(server, metrics=["media-starts"])["freshness"]["lagSeconds"] < 60:
            assert time.monotonic() < deadline, server.said
            time.sleep(0.2)
        yield server
    finally:
        server.end()


def report(server: Server, **question: Any) -> dict[str, Any]:
    """The answer of `POST /reports`, by default of the week in UTC."""
    asked = {"from": f"{FROM}:00Z", "until": f"{UNTIL}:00Z", **question}
    answer = httpx.post(f"{server.console_url}/api/v1/reports", json=asked, timeout=60)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


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
