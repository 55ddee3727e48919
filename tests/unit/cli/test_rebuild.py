"""`playhead rebuild`: what it prints."""

from pathlib import Path

import msgspec
import pytest

from kept_data import change, process, write_journals
from playhead.cli import main
from playhead.deployment.layout import Layout

SETTINGS = """
[sessions]
idle_timeout_s = 60
complete_linger_s = 10
playhead_timeout_s = 300
"""


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A data directory with one wrong number, its configuration in the working directory."""
    made = write_journals(tmp_path / "data")
    process(made)
    change(made, "UPDATE kept.session SET pause_time = 99 WHERE session_id = 's003'")
    (tmp_path / "playhead.toml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    return made


def test_changes_are_shown_then_made(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """A line each, what they come to, and whether anything was changed."""
    words = ["rebuild", "--data-dir", str(layout.root)]
    assert main([*words, "--diff-only"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("session s003: session pause_time: 99 -> ")
    assert ["Table", "Column", "Changed"] == lines[1].split()[:3]
    assert ["session", "pause_time", "1", "99"] == lines[2].split()[:4]
    assert "1 session would change. Nothing was changed." == lines[-1]
    assert main(words) == 0
    assert "1 session changed." == capsys.readouterr().out.splitlines()[-1]
    assert main(words) == 0
    assert "Nothing changes.\n" == capsys.readouterr().out


def test_json(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """One document with the same in it."""
    words = ["rebuild", "--data-dir", str(layout.root), "--json", "--diff-only"]
    assert main(words) == 0
    said = msgspec.json.decode(capsys.readouterr().out)
    assert (1, False) == (said["sessions"], said["changed"])
    [one] = said["changes"]
    assert ("session", "s003", "", "pause_time", 99) == tuple(
        one[name] for name in ("table", "sessionId", "row", "column", "before")
    )
    assert {"table": "session", "column": "pause_time", "rows": 1, "before": 99, "after": one["after"]} == said[
        "metrics"
    ][0]
    assert main([*words, "--until", "2026-01-01T00:00:00Z"]) == 0
    assert {"changes": [], "sessions": 0, "changed": False, "metrics": []} == msgspec.json.decode(
        capsys.readouterr().out
    )


@pytest.mark.parametrize("option", ["--from", "--until"])
def test_a_time_that_is_none_is_refused(layout: Layout, capsys: pytest.CaptureFixture[str], option: str) -> None:
    """With what would be one."""
    assert main(["rebuild", "--data-dir", str(layout.root), option, "yesterday"]) == 2
    assert f"{option}: 'yesterday' is not an RFC 3339 time" in capsys.readouterr().err
