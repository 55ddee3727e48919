"""The data directory: ours or refused, held by one server at a time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from playhead.base.errors import AlreadyRunningError, DataDirectoryError
from playhead.deployment.layout import find, hold, holder, prepare

HOLD_AND_WAIT = """
import os, sys
from pathlib import Path
from playhead.deployment.layout import hold, prepare
held = hold(prepare(Path(sys.argv[1])))
if sys.argv[2] == "leave a child":
    if os.fork() == 0:
        print("held", flush=True)
        sys.stdin.readline()
        os._exit(0)
    os._exit(0)
print("held", flush=True)
sys.stdin.readline()
"""


def start_holder(root: Path, mode: str = "") -> "subprocess.Popen[str]":
    """Another process that holds the directory until its stdin closes."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD_AND_WAIT, str(root), mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def stop(process: "subprocess.Popen[str]") -> None:
    """Let the other process end."""
    process.communicate(input="\n", timeout=60)


def test_prepare_makes_and_finds_again(tmp_path: Path) -> None:
    """A missing directory is made with its parents, private; preparing again and finding give the same paths."""
    root = tmp_path / "some" / "where"
    layout = prepare(root)
    assert root.stat().st_mode & 0o777 == 0o700
    assert layout == prepare(root) == find(root)
    assert layout.journal(3) == root / "journal" / "w03"
    assert layout.store == root / "store" / "playhead.duckdb"


def test_journals_of_former_collectors_are_found(tmp_path: Path) -> None:
    """Logs of collectors that no longer run are still listed, in order; other files are not."""
    layout = prepare(tmp_path)
    layout.journal(1).mkdir()
    layout.journal(0).mkdir()
    (layout.journals / "notes").mkdir()
    assert layout.existing_journals() == [layout.journal(0), layout.journal(1)]


def test_a_strangers_directory_is_refused(tmp_path: Path) -> None:
    """A directory with somebody else's files is never written to."""
    (tmp_path / "thesis.tex").write_text("chapter one")
    with pytest.raises(
        DataDirectoryError, match=r"neither empty nor a Playhead data directory \(it holds thesis.tex\)"
    ):
        prepare(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("inside", ["", "below"])
def test_a_file_is_refused(tmp_path: Path, inside: str) -> None:
    """A file in the place of the directory, or of one of its parents, is named."""
    (tmp_path / "file").write_text("")
    with pytest.raises(DataDirectoryError, match="is a file"):
        prepare(tmp_path / "file" / inside)


def test_a_newer_layout_is_refused(tmp_path: Path) -> None:
    """A directory of a newer program is left alone."""
    prepare(tmp_path).mark.write_text('{"product":"playhead","layout":99}')
    with pytest.raises(DataDirectoryError, match="newer Playhead"):
        prepare(tmp_path)
    with pytest.raises(DataDirectoryError, match="newer Playhead"):
        find(tmp_path)


@pytest.mark.parametrize(
    ("content", "reason"), [("{", "damaged"), ('{"product":"other","layout":1}', "belongs to 'other'")]
)
def test_a_wrong_mark_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    """A damaged mark, or another product's, is refused with the reason."""
    prepare(tmp_path).mark.write_text(content)
    with pytest.raises(DataDirectoryError, match=reason):
        prepare(tmp_path)


def test_nothing_there_is_said(tmp_path: Path) -> None:
    """Commands that only look say that there is nothing and how to make it."""
    with pytest.raises(DataDirectoryError, match="`playhead serve` makes one"):
        find(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    """A second holder is refused with the directory and the process id of the first, and may hold it afterwards."""
    layout = prepare(tmp_path)
    other = start_holder(tmp_path)
    assert holder(layout) == other.pid
    with pytest.raises(AlreadyRunningError, match=rf"{tmp_path} is in use by another Playhead \(process {other.pid}\)"):
        hold(layout)
    stop(other)
    assert holder(layout) is None
    with hold(layout):
        assert holder(layout) == os.getpid()
    assert holder(layout) is None


def test_orphans_of_a_killed_server_are_waited_for(tmp_path: Path) -> None:
    """While a killed server's collectors still write they keep the directory; the next server waits, not for ever."""
    layout = prepare(tmp_path)
    parent = start_holder(tmp_path, "leave a child")
    parent.wait(timeout=60)
    with pytest.raises(AlreadyRunningError):
        hold(layout, wait_s=0.1)
    stop(parent)
    hold(layout).release()
