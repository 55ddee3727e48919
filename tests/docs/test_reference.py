"""The reference pages of settings and commands say all there is, and nothing that is not."""

import re
from pathlib import Path

import pytest

from playhead.app.settings import DECLARED
from playhead.cli import main
from playhead.cli.program import build

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
CONFIGURATION = (REFERENCE / "configuration.md").read_text()
COMMAND_LINE = (REFERENCE / "command-line.md").read_text()


def written(default: object) -> str:
    """A default as the page writes it."""
    if default is None:
        return "unset"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        return f"`{list(default)}`".replace("'", '"')
    return f"`{default}`"


def row(key: str) -> str:
    """The line of the page for one setting."""
    declared = DECLARED[key]
    return f"| `{declared.name}` | {written(declared.default)} | {declared.meaning} |"


def commands() -> list[list[str]]:
    """Every command, as its words."""
    app = build()
    found = []
    for name in app:
        if name.startswith("-"):
            continue
        inner = [sub for sub in app[name] if not sub.startswith("-")]
        found += [[name, sub] for sub in inner] or [[name]]
    return found


@pytest.mark.parametrize("key", DECLARED)
def test_every_setting_is_documented(key: str) -> None:
    """Name, default and meaning of a setting stand in the table of its section."""
    table = DECLARED[key].table
    section = CONFIGURATION.partition(f"## `[{table}]`" if table else "## Top level")[2].partition("\n## ")[0]
    assert row(key) in section.splitlines()


def test_no_setting_is_documented_that_is_not() -> None:
    """The tables hold no line of a setting that is gone."""
    lines = [line for line in CONFIGURATION.splitlines() if line.startswith("| `")]
    assert sorted(lines) == sorted(row(key) for key in DECLARED)


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_is_documented(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Each command has a heading, and under it every option that its help names."""
    heading = f"`playhead {' '.join(words)}`"
    assert heading in COMMAND_LINE
    section = COMMAND_LINE.partition(heading)[2].partition("\n## ")[0]
    assert main([*words, "--help"]) == 0
    options = set(re.findall(r"--[a-z][a-z-]*", capsys.readouterr().out)) - {"--help", "--id"}
    shared = {"--data-dir", "--config", "--json"}
    missing = {
        option for option in options - shared if f"`{option}" not in section and f"--no-{option[2:]}" not in section
    }
    assert {option for option in missing if option.replace("--no-", "--") not in section} == set()
