"""
How long data is kept: what is older goes from the store, and processed segments from the journals (decision 0054).

Law: what is removed follows from what the store holds, its time and its journal positions, never from the machine's
clock; so a crash anywhere between two removals loses nothing and leaves nothing behind. Nothing unprocessed goes, and
nothing of a session that may still change.
"""

import os
import time
from collections.abc import Callable, Mapping

from msgspec import Struct

from playhead.base.disk import Disk
from playhead.base.units import DAY_MS, DatastreamId
from playhead.journal.log import removable, remove_before, segments
from playhead.store.port import Kept, KeptSince, Store

GB = 1_000_000_000


class RetentionLimits(Struct, frozen=True, kw_only=True):
    """
    How the removing is divided.

    Attributes:
        slice_rows: Looked for at a time in each table: some 50 ms of the database's time (decision 0054).
        slice_segments: Segments of a journal removed at a time: giving back 64 MiB takes a disk some 10 ms.
        slice_pause_s: Pause between two slices of a round: events come first.
        round_interval_s: How often there is a look at what has become too old.
        retry_s: Pause after a failure.
    """

    slice_rows: int = 20_000
    slice_segments: int = 8
    slice_pause_s: float = 0.1
    round_interval_s: float = 3600
    retry_s: float = 60


DEFAULT_LIMITS = RetentionLimits()


class Days(Struct, frozen=True):
    """Days each class of data is kept, >= 1; None: for ever. Events are raw events, in the store and in the journals."""

    events: int | None = None
    rows: int | None = None
    sessions: int | None = None


class Policy(Struct, frozen=True):
    """
    How long data is kept in a deployment.

    Attributes:
        default: Of datastreams that are not named.
        of: By datastream, every one there is.
        journal_bytes: Size of all journals together beyond which processed segments go however young; None: no bound.
    """

    default: Days = Days()
    of: Mapping[DatastreamId, Days] = {}
    journal_bytes: int | None = None

    def kept(self, now_ms: int) -> Kept:
        """From when on the store keeps what."""
        return Kept(
            events=self._since(now_ms, lambda days: days.events),
            rows=self._since(now_ms, lambda days: days.rows),
            sessions=self._since(now_ms, lambda days: days.sessions),
        )

    def journal_ms(self) -> int | None:
        """How long the journals are kept, ms: as raw events of the datastream that keeps them longest; None: for ever."""
        days = [one.events for one in self.of.values()] or [self.default.events]
        return None if None in days else max(one or 0 for one in days) * DAY_MS

    def _since(self, now_ms: int, days_of: Callable[[Days], int | None]) -> KeptSince:
        def since_ms(days: Days) -> int | None:
            number = days_of(days)
            return None if number is None else now_ms - number * DAY_MS

        return KeptSince(since_ms(self.default), {name: since_ms(days) for name, days in self.of.items()})


class Gone(Struct, frozen=True, kw_only=True):
    """What was removed: deliveries, reporting rows, session records, segments of journals and the bytes of these."""

    events: int = 0
    rows: int = 0
    sessions: int = 0
    segments: int = 0
    segment_bytes: int = 0

    def __bool__(self) -> bool:
        """Whether it was anything."""
        return self != _NOTHING

    def __add__(self, other: "Gone") -> "Gone":
        """Both together."""
        return Gone(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


_NOTHING = Gone()


class Retention:
    """
    Removes in rounds, slice by slice. One thread; `total` may be read by any.

    Attributes:
        total: What was removed since this was made.
        begun: A round is under way.
    """

    def __init__(
        self,
        store: Store,
        journals: Mapping[str, str | os.PathLike[str]],
        policy: Callable[[], Policy],
        *,
        disk: Disk | None = None,
        limits: RetentionLimits = DEFAULT_LIMITS,
        on_round: Callable[[Gone], None] = lambda _gone: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        The first round is due at once.

        Args:
            store: What is removed from; its positions say what of the journals is processed.
            journals: Directory of each journal by name.
            policy: How long data is kept, as of now.
            disk: That of the journals; the machine's, if none is given.
            limits: How the work is divided.
            on_round: Told at the end of each round that removed something.
            monotonic: The machine's time, seconds: when a slice is due, never what it removes.
        """
        self.total = Gone()
        self.begun = False
        self._store = store
        self._journals = journals
        self._policy = policy
        self._disk = disk
        self._limits = limits
        self._on_round = on_round
        self._round = Gone()
        self._monotonic = monotonic
        self._next_s = monotonic()

    def due(self) -> bool:
        """Whether a slice should be done as soon as nothing else is to do."""
        return self._monotonic() >= self._next_s

    def work(self) -> None:
        """
        Do a slice.

        Raises:
            StoreError: The store did not remove anything; the next slice is due in a minute.
            JournalError: A journal's disk failed; the same.
        """
        self._next_s = self._monotonic() + self._limits.retry_s
        policy = self._policy()
        more = self._remove_from_store(policy)
        more = self._remove_segments(policy) or more
        self.begun = more
        self._next_s = self._monotonic() + (self._limits.slice_pause_s if more else self._limits.round_interval_s)
        if not more:
            ended, self._round = self._round, Gone()
            if ended:
                self._on_round(ended)

    def _remove_from_store(self, policy: Policy) -> bool:
        """One slice of the store; whether there may be more."""
        removed = self._store.remove(policy.kept(self._store.position().now_ms), self._limits.slice_rows)
        self._count(Gone(events=removed.events, rows=removed.rows, sessions=removed.sessions))
        return removed.more

    def _remove_segments(self, policy: Policy) -> bool:
        """Some segments of each journal; whether there are more."""
        position = self._store.position()
        held = {name: segments(path, disk=self._disk) for name, path in self._journals.items()}
        processed = {
            name: at.offset
            for name, at in position.journals.items()
            if all(info.log_id is None or info.log_id.hex() == at.log for info in held.get(name, ()))
        }
        ends = removable(held, processed, position.now_ms, keep_ms=policy.journal_ms(), keep_bytes=policy.journal_bytes)
        more = False
        for name, end in ends.items():
            removed = remove_before(
                self._journals[name], end, segments_max=self._limits.slice_segments, disk=self._disk
            )
            self._count(Gone(segments=len(removed), segment_bytes=sum(info.size for info in removed)))
            more = more or len(removed) == self._limits.slice_segments
        return more

    def _count(self, gone: Gone) -> None:
        self._round += gone
        self.total += gone
