"""Lookups as the guide tells it: brought while the server serves, followed by reports, untouched by crash and `verify`."""

import os
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from e2e.conftest import EXECUTABLE, Server, clean_environ
from e2e.test_guides import blocks
from e2e.test_verify import fill, run, told

pytestmark = pytest.mark.e2e


def shell(server: Server, script: str) -> "subprocess.CompletedProcess[str]":
    """A script in a directory of its own, with the commands and addresses the guide speaks of."""
    environ = {
        "PATH": f"{Path(EXECUTABLE).parent}{os.pathsep}{os.environ['PATH']}",
        "PLAYHEAD_DATA_DIR": str(server.data_dir),
        "CONSOLE": server.console_url,
    }
    return subprocess.run(
        ["sh", "-euc", script], capture_output=True, text=True, check=False, timeout=120,
        env=clean_environ() | environ, cwd=server.data_dir.parent,
    )  # fmt: skip


def test_the_guide_of_lookups(server: Server) -> None:
    """Its blocks run as they stand; a table of ours is shown by reports, and every number is as it was."""
    fill(server)
    [table] = blocks("lookups", "csv")
    films = server.data_dir.parent / "films.csv"
    films.write_text(table)
    done = shell(server, "".join(blocks("lookups", "sh")))
    assert (0, "content: 3 entries, content-name, content-length, content-rating, territory\n") == (
        done.returncode,
        done.stderr,
    )
    assert '"entries":3' in done.stdout
    assert sorted(table.splitlines()) == sorted(films.read_text().splitlines())
    question: dict[str, Any] = {
        "from": "2020-01-01T00:00:00Z",
        "until": "2029-01-01T00:00:00Z",
        "metrics": ["media-starts"],
        "dimensions": ["content", "content-name"],
    }
    with httpx.Client(base_url=f"{server.console_url}/api/v1", timeout=60) as client:
        before = client.post("/reports", json=question).json()
        content, _, starts = before["rows"][0]
        films.write_text(f"content,content-name,territory\n{content},Ours,DE\n")
        assert 0 == shell(server, "playhead lookup import content films.csv").returncode
        after = client.post("/reports", json=question).json()
        assert [content, "Ours", starts] == after["rows"][0]
        assert (before["totals"], before["rows"][1:]) == (after["totals"], after["rows"][1:])
        question["dimensions"] = ["lookup:content:territory"]
        assert [["DE", starts]] == client.post("/reports", json=question).json()["rows"]
    assert (0, True, []) == told(run("verify", server.data_dir))
    server.kill_everything()
    exported = shell(server, "playhead lookup export content")
    assert (0, films.read_text()) == (exported.returncode, exported.stdout), exported.stderr
    assert (0, True, []) == told(run("verify", server.data_dir))
