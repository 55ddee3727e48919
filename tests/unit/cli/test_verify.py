"""`playhead verify`: what it prints, and its status."""

from pathlib import Path

import msgspec
import pytest

from kept_data import change, process, write_journals
from playhead.app.verify import Flaw
from playhead.cli import main
from playhead.cli.verify import line_of, shown
from playhead.deployment.layout import Layout
from playhead.store.audit import Difference


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A data directory whose books balance."""
    made = write_journals(tmp_path / "data")
    process(made)
    return made


def test_books_that_balance(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """The sheet and a sentence on stdout, the steps on stderr, status 0."""
    assert main(["verify", "--data-dir", str(layout.root)]) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[-1] == "The books balance: everything in the store follows from the log."
    assert ["received", "refused", "accepted", "counted", "duplicate", "dropped", "waiting"] == [
        line.split()[0] for line in lines[1:-1]
    ]
    assert "20    EXEG-0003-400 20" in said.out
    assert ["reading journal w00", "reading journal w01", "recomputing 100 %", "comparing"] == said.err.splitlines()


def test_books_that_do_not(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """Each difference on a line, status 1."""
    change(layout, "UPDATE kept.session SET content = 'other' WHERE session_id = 's003'")
    assert main(["verify", "--data-dir", str(layout.root)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == 'session s003: session content: stored "other", the log gives "content s003"'
    assert lines[-1] == "Differences: 1 in the store."


def test_hour_by_hour(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """The sheet by hour and datastream; refusals of strangers are of none."""
    assert main(["verify", "--data-dir", str(layout.root), "--hours"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert ["Datastream", "Hour", "received"] == lines[0].split()[:3]
    assert [["-", "2026-01-01T00:00:00.000Z", "20"], ["ds", "2026-01-01T00:00:00.000Z"]] == [
        lines[1].split()[:3],
        lines[2].split()[:2],
    ]


@pytest.mark.parametrize("wrong", [False, True])
def test_json(layout: Layout, capsys: pytest.CaptureFixture[str], wrong: bool) -> None:
    """One document with the same in it."""
    if wrong:
        change(layout, "UPDATE kept.session SET content = NULL")
    assert main(["verify", "--data-dir", str(layout.root), "--json"]) == wrong
    said = msgspec.json.decode(capsys.readouterr().out)
    assert (not wrong, 15 * wrong) == (said["ok"], said["differences"])
    assert said["differences"] == len(said["findings"])
    assert said["balance"]["received"] == sum(line["received"] for line in said["balance"]["hours"])
    assert said["balance"]["holds"]
    if wrong:
        expected = {"kind": "difference", "table": "session", "column": "content", "stored": None}
        assert expected.items() <= said["findings"][0].items()


def test_findings_in_words() -> None:
    """What, where, what is stored and what should be."""
    assert "journal w00, position 5 to 9: torn (a.seg)" == line_of(
        Flaw(journal="w00", path="a.seg", position=5, end=9, reason="torn")
    )
    assert "journal w00, position 5: torn (a.seg)" == line_of(
        Flaw(journal="w00", path="a.seg", position=5, end=5, reason="torn")
    )
    assert "session s: ad ordinal 2: not stored, though the log gives it" == line_of(
        Difference(table="ad", session_id="s", row="ordinal 2", recomputed=1)
    )
    assert "clock now_ms: stored 5, the log gives nothing" == line_of(
        Difference(table="clock", column="now_ms", stored=5)
    )
    assert "session s: session: stored, the log does not give it" == line_of(
        Difference(table="session", session_id="s", stored=1)
    )
    assert len(shown("x" * 500)) < 250
