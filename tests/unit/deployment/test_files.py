"""Small files are written whole or not at all."""

import stat
from pathlib import Path

import pytest

from playhead.deployment.files import create_file, replace_file


def test_replace_leaves_one_private_file(tmp_path: Path) -> None:
    """A replaced file holds the new content, is readable by its owner only, and nothing temporary stays behind."""
    path = tmp_path / "keys.json"
    replace_file(path, b"old")
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["keys.json"]


def test_create_never_overwrites(tmp_path: Path) -> None:
    """Creating a file that is there changes nothing and says so."""
    path = tmp_path / "keys.json"
    assert create_file(path, b"first") is True
    assert create_file(path, b"second") is False
    assert path.read_bytes() == b"first"
    assert [entry.name for entry in tmp_path.iterdir()] == ["keys.json"]


def test_failed_replace_keeps_the_old(tmp_path: Path) -> None:
    """Where the new file cannot take the place, the old one stays and nothing temporary does."""
    path = tmp_path / "taken"
    path.mkdir()
    (path / "inside").write_bytes(b"x")
    with pytest.raises(OSError, match="directory"):
        replace_file(path, b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["taken"]
