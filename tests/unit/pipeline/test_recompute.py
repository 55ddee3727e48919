"""The store again, from its log."""

from pathlib import Path
from typing import Any

import pytest

from pipeline_stream import BEGIN_MS, JOURNALS, SETTINGS, Journals, many, settings_of
from playhead.base.clock import ManualClock
from playhead.base.settings import SettingsInForce, read_by
from playhead.base.units import DatastreamId
from playhead.journal.log import survey
from playhead.pipeline.balance import lines_of, sum_of
from playhead.pipeline.recompute import Fault, Log, Recomputation
from playhead.pipeline.worker import Worker, WorkerLimits
from playhead.store.audit import Difference, books
from playhead.store.duck import DuckStore
from playhead.store.ledgers import Reach
from playhead.store.port import JournalPosition, Position

SMALL = WorkerLimits(slice_requests=3, commit_outputs=4, commit_interval_s=1000)
CLOCK = ManualClock(BEGIN_MS)


def journals() -> Journals:
    """Two sealed journals with every kind of viewing."""
    made = Journals()
    made.fill(many(12, seed=4), seed=5)
    return made


def settings_at(_datastream_id: DatastreamId, _at_ms: int) -> SettingsInForce:
    """Short timeouts."""
    return read_by("0", SETTINGS)


def processed(on: Journals, path: Path, steps: int | None = None) -> Position:
    """Where a store comes to in some steps of a worker; None: to the end."""
    store = DuckStore(path, CLOCK)
    worker = Worker(on.readers(), settings_of, store, CLOCK, server_version="0", limits=SMALL)
    for _ in range(steps or 0):
        worker.step()
    assert steps is not None or worker.catch_up()
    position = store.position()
    store.close()
    return position


def recomputed(on: Journals, path: Path, position: Position, **more: Any) -> Recomputation:
    """The run that made another store."""
    found = {name: survey(f"/{name}", disk=on.disk) for name in JOURNALS}
    store = DuckStore(path, CLOCK)
    log = Log(journals=found, position=position, disk=on.disk)
    run = Recomputation(log, store, settings_at, **more)
    run.run()
    store.close()
    return run


def differences(tmp_path: Path) -> list[Difference]:
    """Between the two."""
    with books(tmp_path / "stored", tmp_path / "recomputed", tmp_path) as both:
        return list(both.differences(Reach()))


@pytest.mark.parametrize("steps", [0, 1, 7, 40, 90, None])
def test_it_is_the_same_store_wherever_it_stands(tmp_path: Path, steps: int | None) -> None:
    """Cell by cell, numbers included, also in the middle of a batch and with sessions open."""
    on = journals()
    position = processed(on, tmp_path / "stored", steps)
    assert [] == recomputed(on, tmp_path / "recomputed", position).faults
    assert [] == differences(tmp_path)


def test_what_waits_is_counted(tmp_path: Path) -> None:
    """Everything durable is taken or waits."""
    on = journals()
    end = processed(on, tmp_path / "stored")
    assert {} == recomputed(on, tmp_path / "recomputed", end).waiting()
    waiting = recomputed(on, tmp_path / "nothing", Position()).waiting()
    total = sum_of(lines_of(waiting).values())
    assert (end.sequence, end.sequence, 20) == (total.accepted, total.waiting, sum(total.refused.values()))
    assert total.holds


def test_progress_is_told(tmp_path: Path) -> None:
    """In bytes of the journals, up to all of them."""
    on = journals()
    position = processed(on, tmp_path / "stored")
    told: list[int] = []
    recomputed(on, tmp_path / "recomputed", position, on_progress=told.append)
    assert sorted(told) == told
    assert sum(at.offset for at in position.journals.values()) == told[-1]


def test_sessions_are_read_by_the_settings_of_their_time(tmp_path: Path) -> None:
    """They are asked for with the arrival of what begins or reopens a session."""
    on = journals()
    position = processed(on, tmp_path / "stored")
    asked: list[int] = []
    found = {name: survey(f"/{name}", disk=on.disk) for name in JOURNALS}
    store = DuckStore(tmp_path / "recomputed", CLOCK)

    def at(_datastream_id: DatastreamId, at_ms: int) -> SettingsInForce:
        asked.append(at_ms)
        return read_by("0", SETTINGS)

    Recomputation(Log(journals=found, position=position, disk=on.disk), store, at).run()
    begun = [(record,) for record in store.answer("SELECT started_received_ms FROM sessions").rows]
    store.close()
    assert len(begun) == 15
    assert sorted(asked) == asked
    assert {value for ((value,),) in begun} <= set(asked)


def moved(position: Position, name: str, **changes: Any) -> Position:
    """The position with that of one journal changed."""
    at = position.journals[name]
    values = {"offset": at.offset, "taken": at.taken, "log": at.log, **changes}
    return Position({**position.journals, name: JournalPosition(**values)}, position.now_ms, position.sequence)


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"offset": 1}, "byte_offset, taken"),
        ({"offset": 1 << 40}, "byte_offset, taken"),
        ({"taken": 1}, "byte_offset, taken"),
        ({"log": "00" * 16}, "log"),
    ],
)
def test_a_position_that_cannot_be_is_a_fault(tmp_path: Path, changes: dict[str, Any], column: str) -> None:
    """No batch begins there, it has fewer records, the log ends before, or is another one."""
    on = journals()
    position = moved(processed(on, tmp_path / "stored"), "w01", **changes)
    faults = recomputed(on, tmp_path / "recomputed", position).faults
    assert [("position", "w01", column)] == [fault[:3] for fault in faults if fault.table == "position"]


def test_a_journal_that_is_gone_is_a_fault(tmp_path: Path) -> None:
    """The store was filled from it."""
    on = journals()
    position = processed(on, tmp_path / "stored")
    more = Position({**position.journals, "w07": JournalPosition(5, 0, "")}, position.now_ms, position.sequence)
    [fault] = recomputed(on, tmp_path / "recomputed", more).faults
    assert Fault("position", "w07", "byte_offset", 5, "there is no such journal") == fault


@pytest.mark.parametrize("by_ms", [-1, 1])
def test_a_time_that_cannot_be_is_a_fault(tmp_path: Path, by_ms: int) -> None:
    """Time is that of the journals."""
    on = journals()
    position = processed(on, tmp_path / "stored")
    later = Position(position.journals, position.now_ms + by_ms, position.sequence)
    [fault] = recomputed(on, tmp_path / "recomputed", later).faults
    assert ("clock", "", "now_ms", position.now_ms + by_ms, str(position.now_ms)) == fault
