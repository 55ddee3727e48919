"""`playhead lookup` on a data directory without a server."""

import json
from pathlib import Path

import pytest

from playhead.app.clock import SystemClock
from playhead.cli import main
from playhead.deployment.layout import prepare
from playhead.store.duck import DuckStore

TABLE = "chapter,chapter-name,mood\nc1,Opening,calm\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with an empty store."""
    DuckStore(prepare(tmp_path / "data").store, SystemClock()).close()
    return tmp_path / "data"


def run(capsys: pytest.CaptureFixture[str], data: Path, *words: str) -> tuple[int, str, str]:
    """Status, stdout and stderr of a command."""
    status = main(["lookup", *words, "--data-dir", str(data)])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_from_a_file_and_back(capsys: pytest.CaptureFixture[str], data: Path, tmp_path: Path) -> None:
    """What was brought is told, listed, and written as it came."""
    file, other = tmp_path / "chapters.csv", tmp_path / "out.csv"
    file.write_text(TABLE)
    done = run(capsys, data, "import", "chapter", str(file))
    assert (0, "", "chapter: 1 entries, chapter-name, mood\n") == done
    assert (0, TABLE, "") == run(capsys, data, "export", "chapter")
    assert (0, "", "") == run(capsys, data, "export", "chapter", "--out", str(other))
    assert TABLE == other.read_text()
    _, listed, _ = run(capsys, data, "list")
    assert "chapter   1         chapter-name, mood" in listed.splitlines()
    _, listed, _ = run(capsys, data, "list", "--json")
    assert {"id": "chapter", "entries": 1, "columns": ["chapter-name", "mood"]} == json.loads(listed)[3]


def test_into_what_is_there(capsys: pytest.CaptureFixture[str], data: Path, tmp_path: Path) -> None:
    """`--merge` leaves the rest."""
    file = tmp_path / "chapters.csv"
    for text, options in ((TABLE, ()), ("chapter,mood\nc1,\nc2,loud\n", ("--merge",))):
        file.write_text(text)
        assert 0 == run(capsys, data, "import", "chapter", str(file), *options)[0]
    assert "chapter,chapter-name,mood\nc1,Opening,\nc2,,loud\n" == run(capsys, data, "export", "chapter")[1]


def test_what_is_wrong_is_told(capsys: pytest.CaptureFixture[str], data: Path, tmp_path: Path) -> None:
    """A line each, with the status of a wrong use; files that are not there too."""
    file = tmp_path / "wrong.csv"
    file.write_text("ad,ad-length\nx,1m\ny,2m\n")
    status, out, err = run(capsys, data, "import", "ad", str(file))
    assert (2, "") == (status, out)
    assert [
        "playhead: line 2, ad-length: must be a whole number of seconds, 0 or more; it is '1m'"
    ] == err.splitlines()[:1]
    assert "line 3, ad-length" in err
    assert 2 == run(capsys, data, "import", "ad", str(tmp_path / "nowhere.csv"))[0]
    assert 2 == run(capsys, data, "export", "ad", "--out", str(tmp_path / "no" / "where.csv"))[0]
    assert 2 == run(capsys, data, "import", "show", str(file))[0]
