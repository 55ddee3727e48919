"""
`playhead verify`: the store against its own log (decision 0090).

Law: nothing of store and journals is changed; what is written goes into a scratch directory, which is removed again.
What is found is told as it is found.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from playhead import __version__
from playhead.app.ask import copy_store, held_alone, running_console
from playhead.app.clock import SystemClock
from playhead.app.settings import Settings
from playhead.base.errors import StoreError
from playhead.base.settings import SettingsInForce, read_by
from playhead.base.units import DatastreamId, SessionId
from playhead.deployment.datastreams import DatastreamFile, session_settings
from playhead.deployment.layout import Layout
from playhead.events.delivery import Delivery
from playhead.journal.log import Survey, survey
from playhead.pipeline.balance import Line, LineKey, added, lines_of
from playhead.pipeline.recompute import Log, Recomputation, settings_along
from playhead.pipeline.resumption import misremembered
from playhead.reporting.reporter import SNAPSHOT_FORM
from playhead.store.audit import Connection, Difference, archive, books, opened
from playhead.store.balance import read_balance
from playhead.store.duck import DuckStore
from playhead.store.ledgers import Reach
from playhead.store.port import BalanceKey, Position, SettingsHistory
from playhead.store.reader import read_judged, read_position
from playhead.store.restarting import read_settings, read_snapshots, read_unfinished

SCRATCH_PREFIX = "scratch-"
_EVER_MS = 1 << 62

SettingsOf = Callable[[DatastreamId], SettingsInForce]
SettingsAlong = Callable[[DatastreamId, int], SettingsInForce]


class Flaw(Struct, frozen=True, kw_only=True):
    """
    Something in a journal that cannot be read.

    Attributes:
        journal: Its name.
        path: File it is in.
        position: Of its first byte in the log.
        end: Of the first byte behind it.
        reason: What is wrong.
    """

    journal: str
    path: str
    position: int
    end: int
    reason: str


class Verdict(Struct, frozen=True, kw_only=True):
    """
    What `verify` found.

    Attributes:
        flaws: Number of stretches of the journals that cannot be read.
        differences: Number of things in the store that do not follow from the log.
        unverifiable: Sessions whose events were removed because of their age: the log does not give them any more.
        archive_ms: What arrived up to then is known from the store's archive alone, Unix ms, as its journals were given
            back; 0: nothing.
        journal_bytes: How much of the journals there is.
        sheet: The balance sheet by hour and datastream, what waits in the journals included.
    """

    flaws: int
    differences: int
    unverifiable: int
    archive_ms: int
    journal_bytes: int
    sheet: Mapping[LineKey, Line]

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return not self.flaws and not self.differences


class Step(Struct, frozen=True):
    """How far it is: what is done now, and how much of it, in bytes; a total of 0 is not known."""

    doing: str
    done: int = 0
    total: int = 0


class Books(Struct, frozen=True, kw_only=True):
    """
    What a store is checked against.

    Attributes:
        path: The store, which nobody writes to meanwhile.
        position: Where it stands.
        history: The settings it remembers.
        balance: What it counted.
        journals: As surveyed.
    """

    path: Path
    position: Position
    history: SettingsHistory
    balance: Mapping[BalanceKey, int]
    journals: Mapping[str, Survey]

    @property
    def archive_ms(self) -> int:
        """What arrived up to then may have been given back, Unix ms."""
        return max((one.floor_ms for one in self.journals.values()), default=0)

    @property
    def reach(self) -> Reach:
        """How far back the log goes."""
        damaged = any(one.damages for one in self.journals.values())
        return Reach(whole=not damaged and not self.archive_ms, archive_ms=self.archive_ms)


def verify(
    layout: Layout,
    settings: Settings,
    *,
    scratch: Path | None = None,
    on_finding: Callable[[Flaw | Difference], None],
    on_step: Callable[[Step], None] = lambda _: None,
) -> Verdict:
    """
    Recompute the store from the journals and compare.

    Args:
        layout: The data directory.
        settings: Sessions are read by them where the store does not remember other ones.
        scratch: Where to put the recomputed store while it is needed; it takes as much room as the store. By default in
            the data directory.
        on_finding: Told of each thing that is wrong.
        on_step: Told now and then.

    Raises:
        PlayheadError: Store or journals cannot be read at all, or there is no room.
    """
    count = 0

    def tell(finding: Flaw | Difference) -> None:
        nonlocal count
        count += 1
        on_finding(finding)

    with scratch_in(scratch or layout.run) as room, stored_in(layout, room, on_step) as path:
        kept = books_of(layout, path, live=path != layout.store, on_step=on_step)
        for flaw in _flaws(kept.journals):
            tell(flaw)
        flaws, recomputed = count, room / "recomputed.duckdb"
        along = settings_along(kept.history, settings_by(layout, settings))
        run = recompute(kept, along, recomputed, on_step)
        on_step(Step("comparing"))
        sheet = lines_of(added(kept.balance, run.waiting()))
        for difference in (*_faults(run), *_misremembered(kept, along, run), *_unbalanced(sheet)):
            tell(difference)
        with books(path, recomputed, room) as both:
            for difference in both.differences(kept.reach):
                tell(difference)
            unverifiable = both.unverifiable()
        return Verdict(
            flaws=flaws,
            differences=count - flaws,
            unverifiable=unverifiable,
            archive_ms=kept.archive_ms,
            journal_bytes=sum(one.end - one.begin for one in kept.journals.values()),
            sheet=sheet,
        )


@contextlib.contextmanager
def scratch_in(directory: Path) -> Iterator[Path]:
    """
    A directory of one's own, removed at the end.

    Raises:
        StoreError: It cannot be made.
    """
    try:
        path = Path(tempfile.mkdtemp(prefix=SCRATCH_PREFIX, dir=directory))
    except OSError as error:
        raise StoreError(f"no scratch directory can be made in {directory}: {error.strerror}") from error
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def stored_in(layout: Layout, room: Path, on_step: Callable[[Step], None]) -> Iterator[Path]:
    """
    The store of a data directory as a file that nobody writes to meanwhile; while a server runs, a copy as of now.

    Raises:
        PlayheadError: There is none, or it cannot be had.
    """
    if not layout.store.exists():
        raise StoreError(f"there is no store in {layout.root} yet; `playhead serve` makes it")
    address = running_console(layout)
    if address is None:
        with held_alone(layout):
            yield layout.store
    else:
        on_step(Step("copying the store of the running server"))
        copy_store(address, room / "stored.duckdb")
        yield room / "stored.duckdb"


def books_of(layout: Layout, path: Path, *, live: bool, on_step: Callable[[Step], None]) -> Books:
    """
    What a store says of itself, and every byte of every journal read.

    Args:
        layout: The data directory.
        path: Its store, or a copy of it.
        live: Collectors may be at work.
        on_step: Told of each journal.

    Raises:
        PlayheadError: Store or journals cannot be read.
    """
    with opened(path) as connection:
        position = read_position(connection)
        try:
            history = read_settings(connection)
        except msgspec.MsgspecError as error:
            raise StoreError(f"the settings the store remembers cannot be read: {error}") from error
        balance = read_balance(connection, 0, _EVER_MS, by_hour=True)
    journals = {}
    for directory in layout.existing_journals():
        on_step(Step(f"reading journal {directory.name}"))
        journals[directory.name] = survey(directory, live=live)
    return Books(path=path, position=position, history=history, balance=balance, journals=journals)


def settings_by(layout: Layout, settings: Settings) -> SettingsOf:
    """Settings of a datastream as of now."""
    datastreams = DatastreamFile(layout.datastreams)

    def settings_of(datastream_id: DatastreamId) -> SettingsInForce:
        datastream = datastreams.get(datastream_id)
        own = settings.sessions if datastream is None else session_settings(datastream, settings.sessions)
        return read_by(__version__, own)

    return settings_of


def recompute(
    kept: Books,
    settings_at: SettingsAlong,
    path: Path,
    on_step: Callable[[Step], None],
) -> Recomputation:
    """
    Make a store from what another one was made from; the run that made it.

    Raises:
        PlayheadError: Store or journals cannot be read, or there is no room.
    """
    total = sum(
        max(0, min(one.end, kept.position.journals[name].offset) - one.begin)
        for name, one in kept.journals.items()
        if name in kept.position.journals
    )
    store = DuckStore(path, SystemClock())
    try:
        with opened(kept.path) as connection:
            run = Recomputation(
                Log(
                    journals=kept.journals,
                    position=kept.position,
                    archive=archive(connection, kept.archive_ms) if kept.archive_ms else (),
                    archive_ms=kept.archive_ms,
                ),
                store,
                settings_at,
                on_progress=lambda done: on_step(Step("recomputing", done, total)),
            )
            run.run()
    finally:
        store.close()
    return run


def _faults(run: Recomputation) -> Iterator[Difference]:
    for fault in run.faults:
        yield Difference(**fault._asdict())


class _Deliveries:
    """Those of a store that is open for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def deliveries(self, session_id: SessionId) -> Iterator[Delivery]:
        """As `History` says."""
        for judged in read_judged(self._connection.cursor(), session_id):
            yield judged.delivery


def _misremembered(kept: Books, along: SettingsAlong, run: Recomputation) -> Iterator[Difference]:
    """Open sessions that a start would have otherwise."""
    with opened(kept.path) as connection:
        wrong = misremembered(
            read_snapshots(connection.cursor(), SNAPSHOT_FORM),
            read_unfinished(connection.cursor(), SNAPSHOT_FORM),
            _Deliveries(connection),
            along,
            now_ms=kept.position.now_ms,
            true=run.open_sessions(),
        )
    for session_id, how in sorted(wrong.items()):
        yield Difference(table="snapshot", session_id=session_id, column="body", stored=how, recomputed="as it is")


def _unbalanced(sheet: Mapping[LineKey, Line]) -> Iterator[Difference]:
    for (datastream_id, hour_ms), line in sheet.items():
        if not line.holds:
            row = f"datastream_id {datastream_id} hour_ms {hour_ms}"
            yield Difference(table="balance", row=row, column="holds", stored=False, recomputed=True)


def _flaws(journals: Mapping[str, Survey]) -> Iterator[Flaw]:
    for name, one in journals.items():
        for damage in one.damages:
            yield Flaw(journal=name, path=damage.path, position=damage.start, end=damage.end, reason=damage.reason)
