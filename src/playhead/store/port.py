"""
The store as a port: what the pipeline writes and what the doors read.

Law: everything that follows from one stretch of the journals is written in one `Commit`, its journal positions
included, and is seen wholly or not at all. Two implementations, `store.duck` and `store.memory`, pass one contract
suite (tests/contract/test_store.py).
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from operator import itemgetter
from typing import Final, Literal, NamedTuple, Protocol, assert_never

from msgspec import Struct

from playhead.base.settings import SettingsInForce
from playhead.base.units import DAY_MS, DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.reporting.lookups import Entries, LookupSize
from playhead.reporting.outputs import (
    ClosedSession,
    Judged,
    Outcome,
    Output,
    Row,
    SessionRecord,
    SessionState,
    Snapshot,
)
from playhead.reporting.segments import Segment

QUERY_ROWS_MAX = 1_000_000
"""Most rows one SQL question may answer; what is beyond is cut and said so."""

QUERY_TIMEOUT_S = 30.0
"""Longest one SQL question may run."""


class JournalPosition(Struct, frozen=True):
    """
    How far one journal has been taken.

    Attributes:
        offset: Where to open its reader: the start of the first batch not wholly taken.
        taken: Records of that batch already taken.
        log: Id of the log the offset is of, hex; empty when nothing was read yet. Another log's offsets mean nothing.
    """

    offset: int = 0
    taken: int = 0
    log: str = ""


class BalanceItem(StrEnum):
    """What is counted of what came in (decision 0093): events, but for the two kinds of requests."""

    REQUEST = "request"
    """A request of which an event was accepted."""
    REFUSED_REQUEST = "refused_request"
    """Any other, by the code it was answered with."""
    RECEIVED = "received"
    REFUSED = "refused"
    ACCEPTED = "accepted"
    COUNTED = "counted"
    DUPLICATE = "duplicate"
    DROPPED = "dropped"
    WAITING = "waiting"
    """Accepted, and not taken by the processor yet; never in a store."""


class BalanceKey(NamedTuple):
    """
    What is counted by.

    Attributes:
        datastream_id: Empty where none of ours is known.
        hour_ms: The start of the hour of arrival, Unix ms; 0 in sums over hours.
        item: What.
        reason: Stable code of refusals, duplicates and drops; else empty.
    """

    datastream_id: str
    hour_ms: int
    item: BalanceItem
    reason: str = ""


class Commit(Struct, frozen=True, kw_only=True):
    """
    Everything that one stretch of the journals led to.

    Attributes:
        outputs: In the order the core gave them. Of several records of a session, or rows of an id, the last holds.
            Each `Judged` is given the next arrival sequence number, in this order.
        positions: Of the journals read; those not named keep theirs.
        now_ms: The processor's time after it, Unix ms; never goes back.
        balance: To be added to the counts so far.
        snapshots: Open sessions as they are at the end of this commit. The latest of a session holds.
        snapshot_form: In what form they are.
        settings: To be added to the history, as `Store.settings` answers it.
    """

    outputs: Sequence[Output] = ()
    positions: Mapping[str, JournalPosition] = {}
    now_ms: int = 0
    balance: Mapping[BalanceKey, int] = {}
    snapshots: Sequence[Snapshot] = ()
    snapshot_form: str = ""
    settings: "SettingsHistory" = {}


SettingsHistory = Mapping[DatastreamId, Sequence[tuple[int, SettingsInForce]]]
"""By datastream: from which recorded time on, Unix ms, sessions begin under which settings; ascending."""


def settings_then(history: SettingsHistory, datastream_id: DatastreamId, at_ms: int) -> SettingsInForce | None:
    """The settings of a session that began at a time of arrival: the first known where that is earlier; None: none are."""
    known = history.get(datastream_id)
    return known[max(0, bisect_right(known, at_ms, key=itemgetter(0)) - 1)][1] if known else None


class Standing(NamedTuple):
    """How a session stands, as far as collectors are told; members as in `SessionRecord`."""

    session_id: SessionId
    datastream_id: DatastreamId
    state: SessionState
    close_cause: str | None
    provisional: bool
    started_received_ms: int
    last_received_ms: int
    playhead_changed_ms: int
    largest_at_ms: int


class Position(Struct, frozen=True):
    """
    Where the store stands.

    Attributes:
        journals: Position by journal name.
        now_ms: Time of the last commit; 0 before the first.
        sequence: Arrival sequence number of the latest delivery; 0 before the first.
    """

    journals: Mapping[str, JournalPosition] = {}
    now_ms: int = 0
    sequence: int = 0


class KeptSince(Struct, frozen=True):
    """
    From which arrival on one class of data is kept.

    Attributes:
        default_ms: Unix ms; None keeps all.
        of: The same of datastreams that differ from it.
    """

    default_ms: int | None = None
    of: Mapping[DatastreamId, int | None] = {}

    def by_datastream(self, now_ms: int) -> tuple[dict[DatastreamId, int], int]:
        """
        Bounds as numbers, 0 keeping all: of each datastream named, and of all others.

        None is later than a day before now: what arrived since may still change (protocol.md 6, metrics.md 4.1).
        """
        latest_ms = now_ms - DAY_MS
        named = {name: max(0, min(since_ms or 0, latest_ms)) for name, since_ms in self.of.items()}
        return named, max(0, min(self.default_ms or 0, latest_ms))


class Kept(Struct, frozen=True, kw_only=True):
    """From when on raw events, reporting rows and session records are kept; ads, chapters and states as their session."""

    events: KeptSince = KeptSince()
    rows: KeptSince = KeptSince()
    sessions: KeptSince = KeptSince()


class Removed(Struct, frozen=True, kw_only=True):
    """
    How much was removed.

    Attributes:
        events, rows, sessions: Deliveries, reporting rows, session records.
        more: There may be more to remove.
    """

    events: int = 0
    rows: int = 0
    sessions: int = 0
    more: bool = False


class Order(StrEnum):
    """How sessions are listed, the largest first. Other orders than that by start are of closed sessions only."""

    STARTED = "started"
    """By the start."""
    WAITING = "waiting"
    """By the seconds the viewer waited: time to start, buffering and stalls."""
    ERRORS = "errors"
    """By the number of errors."""


_WAITED: Final = ("timeToStart", "bufferTime", "stallTime")


def weight_of(record: SessionRecord, order: Order) -> int:
    """What a session is listed by before its start."""
    match order:
        case Order.STARTED:
            return 0
        case Order.WAITING:
            return sum(record.qoe.get(field, 0) for field in _WAITED)
        case Order.ERRORS:
            count: int = record.qoe.get("errorCount", 0)
            return count
        case _:
            assert_never(order)


class SessionSearch(Struct, frozen=True, kw_only=True):
    """
    Which sessions to list. Every condition given must hold; None asks nothing.

    Attributes:
        datastream, content, player, channel: Exact text; content is its ID (`sessionDetails.name`), player its name.
        person: Exact text of either the person or the ECID.
        segment: As in reports, so of closed sessions only. Asked of a store that answers SQL.
        zone: IANA name of the time zone for hours and days in the segment.
        order: Of the list.
        from_ms, until_ms: Start by the player's clock, Unix ms, half open.
        state: As in `SessionRecord`, as last committed.
        close_cause, has_errors, has_stalls, has_buffering, has_ads: Asked of closed sessions only, as the numbers of
            others are old. `has_`: True any, False none.
        has_warnings: The same, of deliveries that were duplicates or dropped.
    """

    datastream: str | None = None
    person: str | None = None
    content: str | None = None
    player: str | None = None
    channel: str | None = None
    segment: Segment | None = None
    zone: str = "UTC"
    order: Order = Order.STARTED
    from_ms: int | None = None
    until_ms: int | None = None
    state: SessionState | None = None
    close_cause: str | None = None
    has_errors: bool | None = None
    has_stalls: bool | None = None
    has_buffering: bool | None = None
    has_ads: bool | None = None
    has_warnings: bool | None = None

    @property
    def closed_only(self) -> bool:
        """Whether something is asked that only closed sessions have."""
        return self.segment is not None or self.order is not Order.STARTED


class Place(NamedTuple):
    """
    Where a session stands in the list, which is descending: by weight, then start, then id.

    `started_at_ms` is by the player's clock, the weight that of `weight_of`.
    """

    started_at_ms: int
    session_id: str
    weight: int = 0


class Counts(Struct, frozen=True):
    """
    What the store holds.

    Attributes:
        sessions: Number by state; states without any are missing.
        closes: Number of closed sessions by cause.
        events: Number of deliveries by (outcome, reason); an accepted one has the reason "".
        rows: Number of reporting rows.
        refusals: Number of refused requests by reason.
    """

    sessions: Mapping[str, int]
    closes: Mapping[str, int]
    events: Mapping[tuple[str, str], int]
    rows: int
    refusals: Mapping[str, int]


class Store(Protocol):
    """
    Keeps what the core learned.

    One thread commits; any thread may read at any time and sees whole commits. Every method may block on the disk and
    raises `StoreError` when the store cannot be read or written.
    """

    def commit(self, commit: Commit) -> None:
        """
        Write all of it or, raising StoreError, nothing of it; after the return it is on disk.

        A session's ads, chapters and states are those of its record and are kept while it is closed.
        """
        ...

    def remove(self, kept: Kept, limit: int) -> Removed:
        """
        Remove what arrived before it is kept, or, raising StoreError, nothing; from the thread that commits.

        Data is as old as the arrival of its session's start, so that all that a class has of a session goes together;
        a delivery that came earlier than that, or whose session is not known, is as old as its own arrival. Nothing
        goes of a session that is not closed, or that started less than a day before `position().now_ms`.

        Args:
            kept: From when on.
            limit: How many of each class are looked for, and removed with what is of the same sessions.
        """
        ...

    def position(self) -> Position:
        """Where the last commit left off."""
        ...

    def deliveries(self, session_id: SessionId, until: int | None = None) -> Sequence[Delivery]:
        """Every delivery of a session, whatever its outcome, in arrival order; with `until`, those numbered up to it."""
        ...

    def snapshots(self, form: str) -> Iterator[Snapshot]:
        """The latest snapshot of each session that is not closed, where it has that form; not all held in memory at once."""
        ...

    def unfinished(self, form: str) -> Iterator[Delivery]:
        """
        What is to be taken again of the sessions that are not closed, in arrival order, without holding it all in memory.

        Every delivery that came after their snapshot of that form; of those that have none, every delivery.
        """
        ...

    def recent_closed(self, since_ms: int) -> Iterator[ClosedSession]:
        """Closed sessions whose start arrived at or after an instant, in order of that arrival, then id."""
        ...

    def standings(self, since_ms: int) -> Iterator[Standing]:
        """
        How sessions stand of which collectors may not have heard, in order of id.

        Those that closed at or after an instant, and those not closed that reopened at or after it.
        """
        ...

    def settings(self) -> SettingsHistory:
        """Under which settings sessions began, as committed."""
        ...

    def session(self, session_id: SessionId) -> SessionRecord | None:
        """The latest record of a session."""
        ...

    def sessions(self, search: SessionSearch, before: Place | None = None, limit: int = 100) -> Sequence[SessionRecord]:
        """
        Sessions that fit, in their order; those after a place, at most `limit`.

        Raises:
            QuestionError: The search names a time zone that is none.
        """
        ...

    def judged(self, session_id: SessionId, until: int | None = None) -> Sequence[Judged]:
        """The same with what became of each."""
        ...

    def outcomes(self, session_id: SessionId) -> Mapping[Outcome, int]:
        """How many deliveries of a session had which outcome; those without any are missing."""
        ...

    def rows(self, session_id: SessionId) -> Sequence[Row]:
        """Its reporting rows, the last of each `_id`, retracted ones gone, in the order first written."""
        ...

    def counts(self) -> Counts:
        """What it holds."""
        ...

    def balance(self, from_ms: int, until_ms: int, *, by_hour: bool = True) -> Mapping[BalanceKey, int]:
        """
        The counts of the hours that start in [from_ms, until_ms), Unix ms, in order of hour, datastream, item, reason.

        Not `by_hour`: summed up over these hours; keys have the hour 0 then.
        """
        ...

    def size_bytes(self) -> int:
        """What it takes on disk; 0 where it is none."""
        ...

    def close(self) -> None:
        """Let go of the disk. Nothing may be called after it."""
        ...


class LookupEntry(NamedTuple):
    """What a lookup says of one key: by column its value."""

    key: str
    values: Mapping[str, str]


class Lookups(Protocol):
    """
    A store that keeps lookups (metrics.md 6.3). Lookups are named as in `reporting.dimensions.LOOKUPS`.

    They do not follow from the journals: nothing else in a store is changed by them, or changes them. Any thread may call;
    a change is seen wholly or not at all. Raises StoreError as a Store does.
    """

    def lookups(self) -> Mapping[str, LookupSize]:
        """What each lookup holds, those without entries included. Does not block."""
        ...

    def lookup(self, lookup: str, after: str | None = None, limit: int | None = None) -> Iterator[LookupEntry]:
        """Its entries by ascending key, those after a key; at most `limit`. Not all held in memory at once."""
        ...

    def looked_up(self, lookup: str, column: str, keys: Collection[str]) -> Mapping[str, str]:
        """What a column says of these keys; those it says nothing of are left out. Asks nothing where it has no values."""
        ...

    def change_lookup(self, lookup: str, entries: Entries, *, whole: bool) -> None:
        """Take entries, as read by `reporting.lookups`: as the whole of the lookup, or, with others left as they are, as changes of the columns they name."""
        ...

    def remove_lookup_entry(self, lookup: str, key: str) -> bool:
        """Remove what a lookup says of a key; False: it said nothing."""
        ...


QueryFormat = Literal["jsonl", "csv", "parquet"]


class Answer(Struct, frozen=True):
    """
    The answer to a question in SQL.

    Attributes:
        columns: Names, in order; a name may come twice.
        rows: In the order of the answer.
        cut: There were more rows than were asked for.
    """

    columns: Sequence[str]
    rows: Sequence[tuple[object, ...]]
    cut: bool


class Queryable(Protocol):
    """A store that answers SQL."""

    def query(self, sql: str, form: QueryFormat, *, rows_max: int = QUERY_ROWS_MAX) -> Iterator[bytes]:
        """
        Answer one statement that reads, in pieces; beyond `rows_max` rows the answer is cut.

        Nothing but the store can be reached, and nothing changed.

        Raises:
            UsageError: It is not exactly one statement that reads, it is wrong, or it takes longer than
                QUERY_TIMEOUT_S. Raised before the first piece wherever it can be known by then.
        """
        ...

    def answer(self, sql: str, *, rows_max: int = QUERY_ROWS_MAX) -> Answer:
        """The same, as values of Python."""
        ...
