"""Options of `playhead simulate`. Whole runs are in tests/e2e/test_simulate.py."""

from pathlib import Path

import pytest

from playhead.cli import main


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--viewers", "0"], "--viewers is 1 or more"),
        (["--duration", "0"], "--duration and --rate are above 0"),
        (["--rate", "-1"], "--duration and --rate are above 0"),
        (["--speed", "0.5"], "--speed is 1 or more"),
        (["--duration", "600", "--speed", "200"], "more than 20 hours"),
    ],
)
def test_runs_that_cannot_be(options: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    """They are refused before anything is sent."""
    assert main(["simulate", *options]) == 2
    assert reason in capsys.readouterr().err


def test_a_run_that_reaches_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Everything is given up, the table says so, and the status is 1."""
    words = ["--target", "http://127.0.0.1:9", "--datastream", "d", "--duration", "0.2", "--viewers", "40"]
    mix = tmp_path / "mix.toml"
    mix.write_text("ios = 0\nandroid = 0\n")
    truth = tmp_path / "truth"
    assert main(["simulate", *words, "--mix", str(mix), "--truth", str(truth)]) == 1
    assert "without an answer" in capsys.readouterr().out
    assert truth.read_text() == ""


def test_a_truth_file_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is said before the run begins."""
    words = ["--target", "http://127.0.0.1:9", "--datastream", "d", "--truth", str(tmp_path / "none" / "truth")]
    assert main(["simulate", *words]) == 2
    assert "cannot write to" in capsys.readouterr().err
