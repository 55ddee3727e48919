"""`playhead config show`."""

import json
from pathlib import Path

import pytest

from playhead.app.settings import DECLARED
from playhead.cli import main


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test runs in a directory without a playhead.toml."""
    monkeypatch.chdir(tmp_path)


def test_json_is_as_the_contract_says(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every setting has its value and its source; what set it is named too."""
    Path("playhead.toml").write_text("[console]\nport = 9000\n")
    monkeypatch.setenv("PLAYHEAD_COLLECTOR_PORT", "9001")
    assert main(["config", "show", "--json", "--data-dir", "there"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == list(DECLARED)
    assert found["sessions.idle_timeout_s"] == {"value": 600, "source": "default"}
    assert found["console.port"] == {"value": 9000, "source": "file", "place": "playhead.toml"}
    assert found["collector.port"] == {"value": 9001, "source": "environment", "place": "PLAYHEAD_COLLECTOR_PORT"}
    assert found["data_dir"] == {"value": "there", "source": "option", "place": "--data-dir"}


def test_a_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json it is a table, and says on stderr that no file was read."""
    assert main(["config", "show"]) == 0
    said = capsys.readouterr()
    assert ["sessions.idle_timeout_s", "600", "default"] in [line.split() for line in said.out.splitlines()]
    assert "no configuration file" in said.err
