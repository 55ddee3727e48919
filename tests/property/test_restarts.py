"""What the processor writes does not depend on when it dies, how often it starts, what it keeps of open sessions."""

import random
import shutil
from collections.abc import Iterator, Sequence
from math import inf
from pathlib import Path
from typing import Any

import pytest

from pipeline_stream import BEGIN_MS, Journals, many, refused, viewing
from playhead.base.clock import ManualClock
from playhead.base.settings import SessionSettings
from playhead.base.units import SECOND_MS, DatastreamId
from playhead.pipeline import merge
from playhead.pipeline.worker import Worker, WorkerLimits
from playhead.store.duck import DuckStore
from playhead.store.memory import MemoryStore
from playhead.store.port import Commit, SessionSearch, Store
from playhead.wire.record import Record

CHANGING = [
    SessionSettings(idle_timeout_s=60, complete_linger_s=10, playhead_timeout_s=300),
    SessionSettings(idle_timeout_s=25, complete_linger_s=20, playhead_timeout_s=90, reorder_window_s=2),
    SessionSettings(idle_timeout_s=90, complete_linger_s=5, playhead_timeout_s=200, interval_cap_s=8),
]


class Crash(Exception):  # noqa: N818 - it is no error of ours to handle
    """The process dies here."""


class Mortal:
    """A store whose process dies at a commit, before the store takes it or right after."""

    def __init__(self, store: Store, at: int, *, after: bool) -> None:
        self._store, self._left, self._after = store, at, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, commit: Commit) -> None:
        """Commit, or die."""
        self._left -= 1
        if not self._left and not self._after:
            raise Crash
        self._store.commit(commit)
        if not self._left:
            raise Crash


class Run:
    """A worker on journals and a store, under settings that change every 37 s of recorded time."""

    def __init__(self, on: Journals, store: Any, limits: WorkerLimits) -> None:
        self._worker: Worker | None = None
        readers = on.readers(store.position().journals)
        clock = ManualClock(BEGIN_MS)
        self._worker = Worker(readers, self._settings_of, store, clock, server_version="0", limits=limits)
        self.step = self._worker.step
        self.catch_up = self._worker.catch_up

    def _settings_of(self, _datastream_id: DatastreamId) -> SessionSettings:
        assert self._worker is not None, "what is taken again at a start is taken under what was in force"
        return CHANGING[(self._worker._in_force.now_ms - BEGIN_MS) // (37 * SECOND_MS) % len(CHANGING)]


def contents(store: Store) -> dict[str, Any]:
    """Everything a store holds but what it keeps of open sessions."""
    ids = [record.session_id for record in store.sessions(SessionSearch(), limit=10_000)]
    return {
        "position": store.position(),
        "balance": store.balance(0, 1 << 60),
        "settings": {name: list(history) for name, history in store.settings().items()},
        "sessions": {name: store.session(name) for name in ids},
        "judged": {name: [(one.outcome, one.reason, one.delivery.xdm) for one in store.judged(name)] for name in ids},
        "rows": {name: list(store.rows(name)) for name in ids},
    }


@pytest.mark.parametrize("seed", range(6))
def test_restarts_change_nothing(seed: int) -> None:
    """Nor do the sizes of commits, the moments of snapshots, and settings that change meanwhile."""
    dice = random.Random(seed)
    on = Journals()
    on.fill(many(25, seed), seed)
    calm = MemoryStore()
    assert Run(on, calm, WorkerLimits(snapshot_every_s=inf)).catch_up()
    assert 3 < len(calm.settings()[DatastreamId("ds")])
    store, starts, done = MemoryStore(), 0, False
    while not done:
        starts += 1
        limits = WorkerLimits(
            slice_requests=dice.randint(1, 9),
            commit_outputs=dice.randint(1, 25),
            snapshot_every_s=dice.choice([0, 0.3, 5, 30, inf]),
            snapshots=dice.choice([1, 3, 1000]),
        )
        mortal = Mortal(store, dice.randint(1, 6), after=dice.random() < 0.5)
        try:
            run = Run(on, mortal, limits)
            if dice.random() < 0.2:
                for _ in range(dice.randint(1, 15)):
                    run.step()
            else:
                done = run.catch_up()
        except Crash:
            continue
    assert starts > 10
    assert contents(calm) == contents(store)
    assert [] == list(store.snapshots("")), "all are closed"


SESSIONS = 2_500
EVENTS_MIN = 50_000
LIMITS = WorkerLimits(commit_outputs=300, commit_interval_s=inf, idle_commit_interval_s=inf, snapshot_every_s=10)


@pytest.fixture(scope="module")
def stream() -> Journals:
    """Two journals of an hour."""
    dice = random.Random(0)
    records: list[Record] = [refused(BEGIN_MS + n * 90_000) for n in range(30)]
    for number in range(SESSIONS):
        records += viewing(f"s{number:04}", 1.5 * number, dice)
    made = Journals()
    made.fill(sorted(records, key=lambda record: record.received_ms), seed=1, until_s=1.5 * SESSIONS + 700)
    return made


@pytest.fixture(scope="module")
def undisturbed(stream: Journals, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sequence[Any]]:
    """The tables of a processor that never died."""
    store = DuckStore(tmp_path_factory.mktemp("calm") / "x.duckdb", ManualClock(0))
    assert Run(stream, store, LIMITS).catch_up(300)
    tables = dict(tables_of(store))
    store.close()
    assert len(tables["event"]) >= EVENTS_MIN
    return tables


@pytest.mark.parametrize("after", [False, True])
def test_dying_at_every_commit_leaves_the_same_database(
    stream: Journals,
    undisturbed: dict[str, Sequence[Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    after: bool,
) -> None:
    """
    Each process dies at the first commit it does not owe to the one before.

    Every eighth time the next has a copy of the files as they are at that instant, which takes a database longer to open.
    """
    monkeypatch.setattr(merge, "READ_BYTES", 1 << 17)  # each process reads its journals from where they were left
    deaths = 0
    path = tmp_path / "0" / "x.duckdb"
    path.parent.mkdir()
    while True:
        store = DuckStore(path, ManualClock(0))
        try:
            assert Run(stream, Mortal(store, 1 if after else 2, after=after), LIMITS).catch_up(300)
            break
        except Crash:
            deaths += 1
            if deaths % 8 == 0:
                shutil.copytree(path.parent, tmp_path / str(deaths))
                path = tmp_path / str(deaths) / path.name
            store.close()
    found = dict(tables_of(store))
    store.close()
    assert deaths >= 140
    assert undisturbed.keys() == found.keys()
    for name, expected in undisturbed.items():
        assert expected == found[name], name


ORDERS = {
    "reported": "SELECT * EXCLUDE sequence FROM kept.reported ORDER BY session_id, sequence",
    "schema_version": "SELECT version, name FROM schema_version ORDER BY version",
    "clock": "SELECT now_ms, sequence, open_sessions FROM kept.clock",
}
"""Numbers of rows follow the moments they were told at; their order within a session is compared."""


def tables_of(store: DuckStore) -> Iterator[tuple[str, Sequence[Any]]]:
    """Every table, row by row, all columns."""
    names = store.answer("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'kept' ORDER BY table_name").rows
    for (name,) in names:
        yield str(name), store.answer(ORDERS.get(str(name), f"FROM kept.{name} ORDER BY ALL")).rows
