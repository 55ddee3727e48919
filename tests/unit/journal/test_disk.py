import errno
import os
import stat
from pathlib import Path

import pytest

from playhead.journal.disk import RealDisk


def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    """Directories have mode 0700 and files 0600: what players said is nobody else's business."""
    disk = RealDisk()
    disk.make_directory(f"{tmp_path}/a/b")
    disk.open(f"{tmp_path}/a/b/f", create=True).close()
    modes = [stat.S_IMODE((tmp_path / part).stat().st_mode) for part in ("a", "a/b", "a/b/f")]
    assert [0o700, 0o700, 0o600] == modes


def test_a_file_in_the_way_is_no_directory(tmp_path: Path) -> None:
    """Making a directory where a file is raises."""
    (tmp_path / "f").write_bytes(b"")
    with pytest.raises(OSError, match="f"):
        RealDisk().make_directory(f"{tmp_path}/f")


def test_a_file_system_without_synced_writes_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system cannot write and sync in one call, two calls do it."""

    def refuse(*_: object) -> int:
        raise OSError(errno.EOPNOTSUPP, "not here")

    monkeypatch.setattr(os, "pwritev", refuse)
    file = RealDisk().open(f"{tmp_path}/f", create=True)
    assert 3 == file.write_synced(0, b"abc")
    assert b"abc" == file.read_at(0, 9)
    file.close()


def test_other_refusals_of_a_synced_write_are_not_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is a full disk."""

    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "pwritev", refuse)
    file = RealDisk().open(f"{tmp_path}/f", create=True)
    with pytest.raises(OSError, match="full"):
        file.write_synced(0, b"abc")
    file.close()


def test_children_inherit_no_handle(tmp_path: Path) -> None:
    """A lock or a file is not passed on to a child process, which would keep it after us."""
    disk = RealDisk()
    lock = disk.lock(f"{tmp_path}/lock")
    assert not os.get_inheritable(lock._handle)
    lock.release()
