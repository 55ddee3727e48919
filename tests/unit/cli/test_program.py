"""What all commands have in common: exit status, one line on stderr, help, speed."""

import subprocess
import sys
from pathlib import Path

import pytest

from playhead import __version__
from playhead.cli import main
from playhead.cli.program import build

COMMANDS = ["serve", "demo", "datastream", "replay", "query", "config"]


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test runs in a directory without a playhead.toml."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["sevre"], 'Unknown command "sevre". Did you mean "serve"?'),
        (["serve", "--prot", "1"], "Unknown option: --prot. Did you mean --port?"),
        (["serve", "--port", "x"], 'Invalid value for --port: unable to convert "x" into int.'),
        (["serve", "--port", "70000"], "collector.port cannot be 70000 (--port): expected int <= 65535"),
        (["query"], "requires an argument"),
        (["config", "show", "--config", "none.toml"], "cannot read the configuration file none.toml"),
        (["serve", "--console-host", "192.0.2.1"], "needs an access token"),
    ],
)
def test_wrong_usage(capsys: pytest.CaptureFixture[str], words: list[str], complaint: str) -> None:
    """What was asked wrongly is said on stderr, with what was probably meant; the status is 2 and stdout stays empty."""
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert complaint in " ".join(said.err.split())
    assert said.err.startswith("playhead: ")


def test_failing_is_not_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """A command that was asked rightly and cannot be done has the status 1."""
    assert main(["datastream", "list"]) == 1
    assert "there is no Playhead data directory" in capsys.readouterr().err


def test_version_and_help_are_data(capsys: pytest.CaptureFixture[str]) -> None:
    """They go to stdout; help names every command."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{__version__}\n"
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert [command for command in COMMANDS if command not in text] == []


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """Every command and subcommand has a help text and loads."""
    app = build()
    for command in COMMANDS:
        inner = [name for name in app[command] if not name.startswith("-")]
        for words in [[command, sub] for sub in inner] or [[command]]:
            assert main([*words, "--help"]) == 0
            assert "Usage: playhead " + " ".join(words) in capsys.readouterr().out


def test_light_commands_stay_light() -> None:
    """--version brings neither the database nor the console nor a server into memory."""
    code = (
        "import sys; from playhead.cli import main; main(['--version']);"
        "print([m for m in ('duckdb','pyarrow','litestar','uvicorn','cryptography','structlog') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout == f"{__version__}\n[]\n"
