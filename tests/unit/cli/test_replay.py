"""`playhead replay`: the documented line, files, stdin, what is skipped, what is kept."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from playhead.cli import main

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "command-line.md"


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test runs in a directory without a playhead.toml."""
    monkeypatch.chdir(tmp_path)


def documented_line() -> str:
    """The line of input that the reference shows."""
    found = re.search(r"^\{\"arrived\".*\}$", PAGE.read_text(), re.MULTILINE)
    assert found is not None
    return found[0]


def line(action: str, second: int, playhead: int = 0, session_id: str = "one") -> str:
    """A recorded event of interfaces.md 3, at a second of the documented one's minute."""
    stamp = f"2026-01-01T02:00:{second:02}.000Z"
    xdm = {"eventType": f"media.{action}", "timestamp": stamp, "mediaCollection": {"playhead": playhead}}
    return json.dumps({"arrived": stamp, "sessionId": session_id, "xdm": xdm})


def rows_of(text: str) -> list[dict[str, Any]]:
    """The rows of an output."""
    return [json.loads(one) for one in text.splitlines()]


def test_the_documented_line_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """The line of the reference makes a start row and, when its session has timed out, a close row."""
    Path("events.jsonl").write_text(documented_line() + "\n")
    assert main(["replay", "events.jsonl"]) == 0
    said = capsys.readouterr()
    assert [row["xdm"]["eventType"] for row in rows_of(said.out)] == ["media.sessionStart", "media.sessionComplete"]
    assert said.err == "read 1 lines, wrote 2 rows\n"


def test_a_viewing_over_several_files(capsys: pytest.CaptureFixture[str]) -> None:
    """Files are one stream; the close row has what was watched."""
    Path("a.jsonl").write_text(documented_line() + "\n" + line("play", 1) + "\n")
    Path("b.jsonl").write_text(line("ping", 11, 10) + "\n" + line("sessionEnd", 21, 20))
    assert main(["replay", "a.jsonl", "b.jsonl", "--last"]) == 0
    last = rows_of(capsys.readouterr().out)[-1]["xdm"]
    assert last["eventType"] == "media.sessionComplete"
    assert last["mediaReporting"]["sessionDetails"]["timePlayed"] == 20


def test_last_keeps_one_row_each(capsys: pytest.CaptureFixture[str]) -> None:
    """With --last every _id comes once."""
    Path("a.jsonl").write_text("\n".join([documented_line(), line("play", 1), line("sessionEnd", 9, 8)]))
    assert main(["replay", "a.jsonl", "--last"]) == 0
    ids = [row["xdm"]["_id"] for row in rows_of(capsys.readouterr().out)]
    assert len(ids) == len(set(ids)) == 2


def test_lines_that_cannot_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    """They are named by file and line, skipped and counted; the others count, and the status is 1."""
    Path("a.jsonl").write_text(documented_line() + "\n{\n")
    Path("b.jsonl").write_text('\n{"xdm": {}}\n')
    assert main(["replay", "a.jsonl", "b.jsonl"]) == 1
    said = capsys.readouterr()
    assert len(rows_of(said.out)) == 2
    first, second, summary = said.err.splitlines()
    assert first.startswith("a.jsonl:2: ")
    assert second.startswith("b.jsonl:2: ")
    assert summary == "read 4 lines, skipped 2, wrote 2 rows"


def test_out_and_stdin(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Input may come from stdin, rows may go to a file; stdout then stays empty."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(documented_line().encode())))
    assert main(["replay", "-", "--out", "rows.jsonl"]) == 0
    assert capsys.readouterr().out == ""
    assert len(rows_of(Path("rows.jsonl").read_text())) == 2


def test_settings_count(capsys: pytest.CaptureFixture[str]) -> None:
    """Sessions are read by the [sessions] of the configuration."""
    Path("playhead.toml").write_text("[sessions]\nidle_timeout_s = 7\n")
    Path("a.jsonl").write_text(documented_line())
    assert main(["replay", "a.jsonl"]) == 0
    close = rows_of(capsys.readouterr().out)[-1]["xdm"]
    assert close["mediaReporting"]["sessionDetails"]["secondsSinceLastCall"] == 7


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "name a file of recorded events"),
        (["none.jsonl"], "cannot read none.jsonl: No such file or directory"),
        (["a.jsonl", "--lst"], "unknown option: --lst"),
        (["."], "cannot read .: Is a directory"),
    ],
)
def test_wrong_usage(capsys: pytest.CaptureFixture[str], words: list[str], complaint: str) -> None:
    """What cannot be read at all is wrong usage."""
    assert main(["replay", *words]) == 2
    said = capsys.readouterr()
    assert (said.out, complaint in said.err) == ("", True)
