"""The store against its own log."""
# ruff: noqa: S608 - names in these texts are of this file

import random
from pathlib import Path
from typing import Any

import pytest

from kept_data import bytes_in, change, process, write_journals
from pipeline_stream import BEGIN_MS, SETTINGS, refused, viewing
from playhead.app.settings import Settings
from playhead.app.verify import Flaw, Step, Verdict, verify
from playhead.base.errors import PlayheadError, StoreError
from playhead.base.settings import SessionSettings
from playhead.base.units import DatastreamId
from playhead.deployment.layout import Layout, hold, prepare
from playhead.journal.log import survey
from playhead.pipeline.balance import sum_of
from playhead.pipeline.retention import Days, Policy
from playhead.store.audit import Difference, opened

SERVER = Settings(sessions=SETTINGS)


def verified(layout: Layout, **more: Any) -> tuple[Verdict, list[Flaw | Difference]]:
    """The verdict, and what was found; nothing that is kept was changed, and nothing is left behind."""
    before = bytes_in(layout)
    found: list[Flaw | Difference] = []
    verdict = verify(layout, SERVER, on_finding=found.append, **more)
    assert before == bytes_in(layout)
    assert [] == list(layout.run.iterdir())
    assert (len(found), not found) == (verdict.flaws + verdict.differences, verdict.ok)
    return verdict, found


def test_books_that_balance(tmp_path: Path) -> None:
    """Everything follows from the log, and the sheet says what became of all of it."""
    layout = write_journals(tmp_path / "data")
    process(layout)
    verdict, found = verified(layout)
    assert [] == found
    total = sum_of(verdict.sheet.values())
    assert total.holds
    assert (20, 0) == (sum(total.refused.values()), total.waiting)
    assert total.received == total.accepted + 20
    assert verdict.journal_bytes > 50_000


@pytest.mark.parametrize("steps", [0, 3, 20])
def test_a_store_that_lags_balances(tmp_path: Path, steps: int) -> None:
    """What is durable and not taken waits, which is no difference."""
    layout = write_journals(tmp_path / "data")
    process(layout, steps)
    verdict, found = verified(layout)
    assert [] == found
    assert sum_of(verdict.sheet.values()).waiting > 0


def test_a_changed_byte_is_found_and_named(tmp_path: Path) -> None:
    """Anywhere in the used part of a journal, also behind what is processed."""
    layout = write_journals(tmp_path / "data")
    process(layout, 20)
    files = sorted(layout.journals.glob("*/*.seg"))
    ends = {name: survey(layout.journals / name).end for name in ("w00", "w01")}
    dice = random.Random(7)
    for _ in range(12):
        path = dice.choice(files)
        base = int(path.stem)
        used = 64 + min(ends[path.parent.name] - base, path.stat().st_size - 64)
        at, whole = dice.randrange(used), path.read_bytes()
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << dice.randrange(8)]) + whole[at + 1 :])
        _, found = verified(layout)
        flaws = [one for one in found if isinstance(one, Flaw)]
        assert {(path.parent.name, str(path))} == {(flaw.journal, flaw.path) for flaw in flaws}, at
        assert any(flaw.position <= base + max(0, at - 64) for flaw in flaws)
        path.write_bytes(whole)
    assert [] == verified(layout)[1]


@pytest.mark.parametrize(
    ("statement", "table", "column"),
    [
        ("UPDATE kept.session SET time_played = time_played + 1 WHERE session_id = 's003'", "session", "time_played"),
        ("UPDATE kept.event SET outcome = 'dropped' WHERE sequence = 17", "event", "outcome"),
        (
            "UPDATE kept.position SET byte_offset = byte_offset + 1 WHERE journal = 'w00'",
            "position",
            "byte_offset, taken",
        ),
        ("UPDATE kept.position SET taken = 1 WHERE journal = 'w01'", "position", "byte_offset, taken"),
        ("UPDATE kept.position SET log = 'ff' WHERE journal = 'w01'", "position", "log"),
        ("UPDATE kept.position SET journal = 'w09' WHERE journal = 'w01'", "position", "byte_offset"),
        ("UPDATE kept.clock SET now_ms = now_ms - 1", "clock", "now_ms"),
        ("UPDATE kept.clock SET now_ms = now_ms + 1", "clock", "now_ms"),
        ("UPDATE kept.clock SET sequence = sequence + 1", "clock", "sequence"),
        ("UPDATE kept.clock SET row_sequence = row_sequence + 1", "clock", "row_sequence"),
        ("UPDATE kept.clock SET open_sessions = 1", "clock", "open_sessions"),
        ("UPDATE kept.setting SET from_ms = from_ms + 1", "setting", ""),
        ("UPDATE kept.setting SET settings = replace(settings, ':60.0', ':61.0')", "session", "closed_ms"),
        ("UPDATE kept.balance SET n = n + 1 WHERE item = 'received'", "balance", "holds"),
    ],
)
def test_a_changed_cell_is_found_and_named(tmp_path: Path, statement: str, table: str, column: str) -> None:
    """A result, or what says where the store stands; every other column is in tests/unit/store/test_audit.py."""
    layout = write_journals(tmp_path / "data")
    process(layout)
    change(layout, statement)
    _, found = verified(layout)
    assert (table, column) in {(one.table, one.column) for one in found if isinstance(one, Difference)}


@pytest.mark.parametrize("what", ["sequence = 0", "body = 'rubbish'::BLOB", "body = ''::BLOB", "body = other.body"])
def test_what_a_start_would_go_on_from_is_compared(tmp_path: Path, what: str) -> None:
    """A snapshot that says something else than the log is found; without any, sessions are folded again."""
    layout = write_journals(tmp_path / "data")
    for _ in range(3):
        process(layout, 15)
    going = "SELECT session_id FROM kept.session WHERE state <> 'closed'"
    change(
        layout,
        "DELETE FROM kept.snapshot WHERE rowid NOT IN (SELECT max(rowid) FROM kept.snapshot GROUP BY session_id)",
        f"DELETE FROM kept.snapshot WHERE session_id NOT IN ({going})",
    )
    with opened(layout.store) as store:
        assert store.execute("SELECT count(*) > 1 FROM kept.snapshot").fetchone() == (True,)
    assert [] == verified(layout)[1]
    mine = "session_id = (SELECT min(session_id) FROM kept.snapshot)"
    other = "(FROM kept.snapshot ORDER BY session_id DESC LIMIT 1) AS other"
    change(layout, f"UPDATE kept.snapshot SET {what} FROM {other} WHERE snapshot.{mine}")
    _, found = verified(layout)
    assert {"snapshot"} == {one.table for one in found if isinstance(one, Difference)}
    change(layout, "DELETE FROM kept.snapshot")
    assert [] == verified(layout)[1]


def test_settings_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    """Without them nothing can be recomputed."""
    layout = write_journals(tmp_path / "data")
    process(layout)
    change(layout, "UPDATE kept.setting SET settings = '?'")
    with pytest.raises(StoreError, match="settings the store remembers"):
        verified(layout)


def test_sessions_are_read_by_the_settings_they_began_under(tmp_path: Path) -> None:
    """Whatever they are now, and were in between."""
    layout = write_journals(tmp_path / "data")
    process(layout, 20)
    process(layout, settings=lambda _: SessionSettings(idle_timeout_s=90, complete_linger_s=5))
    assert [] == verified(layout)[1]
    found: list[Flaw | Difference] = []
    assert verify(layout, Settings(), on_finding=found.append).ok


def test_an_upgrade_is_no_difference(tmp_path: Path) -> None:
    """Rows name the version that read their session: that of the server it began under, whatever closed it or verifies."""
    layout = write_journals(tmp_path / "data")
    process(layout, 20, server_version="0.0.1")
    process(layout, 20, server_version="0.0.2")
    process(layout, 3)
    assert [] == verified(layout)[1]
    process(layout)
    assert [] == verified(layout)[1]
    with opened(layout.store) as connection:
        named = connection.execute(
            "SELECT list(DISTINCT xdm->>'$.implementationDetails.version') FROM kept.reported GROUP BY session_id"
        ).fetchall()
    assert {("0.0.1",), ("0.0.2",)} == {tuple(versions) for (versions,) in named}


def test_a_server_that_holds_the_directory_and_does_not_answer(tmp_path: Path) -> None:
    """Two never have the store at once."""
    layout = write_journals(tmp_path / "data")
    process(layout)
    with hold(layout), pytest.raises(PlayheadError, match=r"in use|starting or stopping"):
        verify(layout, SERVER, on_finding=print)


def test_a_directory_without_a_store(tmp_path: Path) -> None:
    """There is nothing to verify."""
    with pytest.raises(StoreError, match="no store"):
        verify(prepare(tmp_path / "data"), SERVER, on_finding=print)


def test_steps_are_told(tmp_path: Path) -> None:
    """Each journal, the recomputing up to its end, the comparing; elsewhere if asked to."""
    layout = write_journals(tmp_path / "data")
    process(layout)
    steps: list[Step] = []
    verified(layout, on_step=steps.append, scratch=tmp_path)
    names = list(dict.fromkeys(step.doing for step in steps))
    assert ["reading journal w00", "reading journal w01", "recomputing", "comparing"] == names
    assert {step.total for step in steps if step.doing == "recomputing"} == {
        max(step.done for step in steps if step.doing == "recomputing")
    }
    assert {"data"} == {path.name for path in tmp_path.iterdir()}


def test_a_scratch_directory_that_cannot_be(tmp_path: Path) -> None:
    """It is said which."""
    layout = write_journals(tmp_path / "data")
    process(layout)
    with pytest.raises(StoreError, match="nowhere"):
        verify(layout, SERVER, scratch=tmp_path / "nowhere", on_finding=print)


DAY_S = 86_400
KEPT_DAYS = 2


def write_days(tmp_path: Path) -> Layout:
    """Viewings of five days, a session that lasts over the edge of each, processed."""
    dice = random.Random(3)
    records = [
        record
        for day in range(5)
        for number in range(4)
        for record in viewing(f"d{day} n{number}", day * DAY_S + 3000 * number + dice.random() * 100, dice)
    ]
    records += [refused(BEGIN_MS + hour * 3_600_000) for hour in range(0, 5 * 24, 5)]
    records.sort(key=lambda record: record.received_ms)
    layout = write_journals(tmp_path / "data", records, until_s=5 * DAY_S, mark_every_s=60)
    process(layout)
    return layout


POLICIES = {
    "events": Policy(default=Days(events=KEPT_DAYS)),
    "rows": Policy(default=Days(rows=KEPT_DAYS)),
    "sessions": Policy(default=Days(sessions=1)),
    "all": Policy(default=Days(events=KEPT_DAYS, rows=3, sessions=1)),
    "journals": Policy(journal_bytes=1),
    "journals and events": Policy(default=Days(events=3), journal_bytes=1),
    "one datastream": Policy(of={DatastreamId("ds"): Days(events=KEPT_DAYS), DatastreamId("other"): Days()}),
}


@pytest.mark.parametrize("name", POLICIES)
def test_what_was_removed_because_of_its_age_is_no_difference(tmp_path: Path, name: str) -> None:
    """Whatever goes first; what cannot be recomputed any more is counted, and what is left is verified as before."""
    layout = write_days(tmp_path)
    process(layout, policy=POLICIES[name])
    verdict, found = verified(layout)
    assert [] == found
    assert (verdict.archive_ms > 0) == (name in {"events", "all", "journals", "journals and events"})
    assert (verdict.unverifiable > 0) == (name in {"events", "journals and events"})
    change(layout, "UPDATE kept.session SET time_played = coalesce(time_played, 0) + 1 WHERE session_id = 'd4 n1'")
    assert {("d4 n1", "time_played")} == {(one.session_id, one.column) for one in verified(layout)[1]}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("events", "DELETE FROM kept.event WHERE session_id = 'd4 n1'"),
        ("events", "DELETE FROM kept.session WHERE session_id = 'd3 n1'"),
        ("events", "DELETE FROM kept.reported WHERE session_id = 'd3 n2'"),
        ("sessions", "DELETE FROM kept.event WHERE session_id = 'd0 n1'"),
        ("journals", "DELETE FROM kept.event WHERE session_id = 'd1 n2'"),
        (
            "all",
            "INSERT INTO kept.session SELECT * REPLACE ('x' AS session_id) FROM kept.session WHERE session_id = 'd4 n1'",
        ),
    ],
)
def test_what_is_lost_is_told_from_what_was_removed(tmp_path: Path, name: str, statement: str) -> None:
    """It is younger than what retention took, or of another kind."""
    layout = write_days(tmp_path)
    process(layout, policy=POLICIES[name])
    change(layout, statement)
    assert [] != verified(layout)[1]


def test_an_archive_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """Where the journals were given back there is nothing else to compute from."""
    layout = write_days(tmp_path)
    process(layout, policy=POLICIES["journals"])
    change(layout, "UPDATE kept.event SET xdm = '?' WHERE session_id = 'd1 n2'")
    with pytest.raises(StoreError, match=r"delivery \d+ of the archive"):
        verified(layout)
