"""A data directory with journals and the store made of them, without a server."""

from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb

from pipeline_stream import BEGIN_MS, JOURNALS, Journals, many, settings_of
from playhead import __version__
from playhead.base.clock import ManualClock
from playhead.base.settings import SessionSettings
from playhead.base.units import DatastreamId
from playhead.deployment.layout import Layout, prepare
from playhead.journal.log import JournalReader
from playhead.pipeline.retention import Policy, Retention, RetentionLimits
from playhead.pipeline.worker import Worker, WorkerLimits
from playhead.store.duck import DuckStore
from playhead.store.migrate import migrate
from playhead.wire.record import Record

CLOCK = ManualClock(BEGIN_MS)
LIMITS = WorkerLimits(slice_requests=7, commit_outputs=100, commit_interval_s=1000)


def write_journals(
    root: Path, records: Iterable[Record] | None = None, *, until_s: float = 1000, mark_every_s: int = 1
) -> Layout:
    """A data directory with two sealed journals of every kind of viewing, or of what is given."""
    made = Journals()
    made.fill(many(12, seed=4) if records is None else records, seed=5, until_s=until_s, mark_every_s=mark_every_s)
    layout = prepare(root)
    for name in JOURNALS:
        (layout.journals / name).mkdir()
        for file in made.disk.names(f"/{name}"):
            (layout.journals / name / file).write_bytes(made.disk.content(f"/{name}/{file}"))
    return layout


def process(
    layout: Layout,
    steps: int | None = None,
    *,
    settings: Callable[[DatastreamId], SessionSettings] = settings_of,
    policy: Policy | None = None,
    server_version: str = __version__,
) -> None:
    """What a processor does in some steps, or until it is done; then it removes what is too old by a policy."""
    store = DuckStore(layout.store, CLOCK)
    positions = store.position().journals
    readers = {
        path.name: JournalReader.open(path, positions[path.name].offset if path.name in positions else 0)
        for path in layout.existing_journals()
    }
    worker = Worker(readers, settings, store, CLOCK, server_version=server_version, limits=LIMITS)
    for _ in range(steps or 0):
        worker.step()
    if steps is None:
        assert worker.catch_up()
    if policy is not None:
        journals = {path.name: path for path in layout.existing_journals()}
        retention = Retention(store, journals, lambda: policy, limits=RetentionLimits(slice_pause_s=0))
        retention.work()
        while retention.begun:
            retention.work()
    store.close()


def change(layout: Layout, *statements: str) -> None:
    """Do something to the store behind our back."""
    with duckdb.connect(str(layout.store)) as connection:
        for statement in statements:
            connection.execute(statement)


def bytes_in(layout: Layout) -> dict[str, bytes]:
    """All that is kept."""
    kept = (layout.journals, layout.store.parent)
    return {str(path): path.read_bytes() for directory in kept for path in directory.rglob("*") if path.is_file()}


def schema() -> dict[str, dict[str, str]]:
    """Every table of `kept`, with the type of each column."""
    found: dict[str, dict[str, str]] = {}
    with duckdb.connect() as connection:
        migrate(connection, 0)
        for table, column, kind in connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'kept' "
            "AND NOT internal ORDER BY ALL"
        ).fetchall():
            found.setdefault(table, {})[column] = kind
    return found
