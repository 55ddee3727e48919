"""Options several commands share."""

from pathlib import Path

import pytest

from playhead.base.errors import DataDirectoryError
from playhead.cli.options import existing_directory, help_of, settings_for
from playhead.deployment.layout import prepare


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test runs in a directory without a playhead.toml."""
    monkeypatch.chdir(tmp_path)


def test_help_names_default_and_variable() -> None:
    """The help of an option says what it means, what it is when not given, and its variable."""
    expected = "Port of the collector; 0 takes a free one. [default: 8080] [env: PLAYHEAD_COLLECTOR_PORT]"
    assert help_of("collector.port") == expected
    assert "[default" not in help_of("collector.tls_cert")


def test_the_data_directory_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found by option, else by environment; a missing one is an error."""
    layout = prepare(tmp_path / "data")
    assert existing_directory("data", None) == layout
    monkeypatch.setenv("PLAYHEAD_DATA_DIR", "data")
    assert existing_directory(None, None) == layout
    assert settings_for({}, None).settings.data_dir == "data"
    with pytest.raises(DataDirectoryError):
        existing_directory("none", None)
