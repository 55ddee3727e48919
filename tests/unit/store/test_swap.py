"""What was recomputed in the place of what is stored."""

import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from kept_data import change, process, write_journals
from playhead.app.verify import books_of, recompute
from playhead.base.errors import StoreError
from playhead.base.settings import SettingsInForce
from playhead.base.units import SessionId
from playhead.deployment.layout import Layout
from playhead.store.audit import books
from playhead.store.ledgers import Reach
from playhead.store.swap import swap

WHOLE = Reach()
TABLES = ("event", "session", "reported", "ad", "chapter", "player_state")

CHILD = """
import os, signal, sys
from pathlib import Path
from playhead.store.ledgers import Reach
from playhead.store.swap import swap
stored, recomputed, last, *sessions = sys.argv[1:]
calls = []
def die():
    calls.append(1)
    if len(calls) == int(last):
        os.kill(os.getpid(), signal.SIGKILL)
chosen = {table: sessions for table in %r}
swap(Path(stored), Path(recomputed), chosen, Reach(), on_statement=die)
""" % (TABLES,)  # noqa: UP031 - braces are the script's


class Fault(Exception):  # noqa: N818 - it is no error of ours to handle
    """The process ends here."""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A data directory with sessions open and closed."""
    made = write_journals(tmp_path / "data")
    process(made, 25)
    return made


def other(layout: Layout, path: Path) -> list[SessionId]:
    """Its store as it would be under other settings; its sessions."""
    kept = books_of(layout, layout.store, live=False, on_step=lambda _: None)
    settings = SettingsInForce(idle_timeout_s=20, complete_linger_s=1)
    recompute(kept, lambda _datastream, _at: settings, path, lambda _: None)
    with duckdb.connect(str(path), read_only=True) as connection:
        return [SessionId(name) for (name,) in connection.execute("SELECT session_id FROM kept.session").fetchall()]


def differ(one: Path, two: Path, reach: Reach = WHOLE) -> bool:
    """Whether two stores differ in any cell."""
    with books(one, two, one.parent) as both:
        return bool(list(both.differences(reach)))


def test_afterwards_they_are_equal(layout: Layout, tmp_path: Path) -> None:
    """Cell by cell, numbers included, and no snapshot is left of what was."""
    sessions = other(layout, tmp_path / "other")
    change(layout, "INSERT INTO kept.snapshot VALUES ('s', 1, '', 0, '')")
    assert differ(layout.store, tmp_path / "other")
    swap(layout.store, tmp_path / "other", dict.fromkeys(TABLES, sessions), Reach())
    assert not differ(layout.store, tmp_path / "other")
    with duckdb.connect(str(layout.store), read_only=True) as connection:
        assert [(0,)] == connection.execute("SELECT count(*) FROM kept.snapshot").fetchall()


def test_without_the_beginning_of_the_log_they_are_equal_but_for_numbers(layout: Layout, tmp_path: Path) -> None:
    """Deliveries keep theirs, rows are numbered behind all others."""
    sessions = other(layout, tmp_path / "other")
    numbers = "SELECT sequence, xdm FROM kept.event ORDER BY ALL"
    with duckdb.connect(str(layout.store), read_only=True) as connection:
        before = connection.execute(numbers).fetchall()
    reach = Reach(whole=False)
    swap(layout.store, tmp_path / "other", dict.fromkeys(TABLES, sessions), reach)
    assert not differ(layout.store, tmp_path / "other", reach)
    with duckdb.connect(str(layout.store), read_only=True) as connection:
        assert before == connection.execute(numbers).fetchall()
        [(rows, last, kept)] = connection.execute(
            "SELECT count(DISTINCT reported.sequence), max(reported.sequence), any_value(row_sequence) FROM kept.reported, kept.clock"
        ).fetchall()
        assert connection.execute("SELECT count(*) FROM kept.reported").fetchall() == [(rows,)]
        assert last <= kept


def test_only_what_is_chosen_changes(layout: Layout, tmp_path: Path) -> None:
    """Rows of other sessions stay."""
    sessions = other(layout, tmp_path / "other")
    with books(layout.store, tmp_path / "other", tmp_path) as both:
        changed = {one.session_id for one in both.differences(Reach(whole=False)) if one.table == "session"}
    assert len(changed) > 1
    one = SessionId(min(changed))
    assert one in sessions
    swap(layout.store, tmp_path / "other", {"session": [one]}, Reach())
    with books(layout.store, tmp_path / "other", tmp_path) as both:
        left = {one.session_id for one in both.differences(Reach(whole=False)) if one.table == "session"}
    assert changed - {one} == left


def test_an_end_before_any_statement_changes_nothing(layout: Layout, tmp_path: Path) -> None:
    """The store is as it was, whole, until it is all changed."""
    sessions = other(layout, tmp_path / "other")
    untouched = tmp_path / "untouched"
    untouched.write_bytes(layout.store.read_bytes())
    number, ended = 0, True
    while ended:
        number, ended, calls = number + 1, False, 0

        def end(at: int = number) -> None:
            nonlocal calls
            calls += 1
            if calls == at:
                raise Fault

        try:
            swap(layout.store, tmp_path / "other", dict.fromkeys(TABLES, sessions), Reach(), on_statement=end)
        except Fault:
            ended = True
            assert not differ(layout.store, untouched)
    assert number > 25
    assert not differ(layout.store, tmp_path / "other")


@pytest.mark.parametrize("statement", [15, -1])
def test_a_kill_changes_nothing(layout: Layout, tmp_path: Path, statement: int) -> None:
    """-9 in the middle, and right before the commit."""
    sessions = other(layout, tmp_path / "other")
    untouched = tmp_path / "untouched"
    untouched.write_bytes(layout.store.read_bytes())
    calls: list[int] = []
    copy = tmp_path / "copy"
    copy.write_bytes(untouched.read_bytes())
    swap(copy, tmp_path / "other", dict.fromkeys(TABLES, sessions), Reach(), on_statement=lambda: calls.append(1))
    last = len(calls) if statement < 0 else statement
    words = [sys.executable, "-c", CHILD, str(layout.store), str(tmp_path / "other"), str(last), *sessions]
    assert -signal.SIGKILL == subprocess.run(words, check=False).returncode
    assert not differ(layout.store, untouched)
    swap(layout.store, tmp_path / "other", dict.fromkeys(TABLES, sessions), Reach())
    assert not differ(layout.store, tmp_path / "other")


def test_a_store_that_cannot_be_changed_is_said(layout: Layout, tmp_path: Path) -> None:
    """And is as it was."""
    with pytest.raises(StoreError, match="not changed"):
        swap(layout.store, tmp_path / "nowhere", {}, Reach())
