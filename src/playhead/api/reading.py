"""
Reads of sessions over the store and the processor together.

Law: what is acknowledged is seen once: a session held open is read from the processor, what is not committed yet is
added to what is, and nothing is shown twice.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import islice
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from playhead.api.limits import PAGE_ITEMS_MAX, SCANNED_SESSIONS_MAX
from playhead.api.ports import Live, Pending
from playhead.base.clock import Clock
from playhead.base.units import DAY_MS, SessionId
from playhead.events.delivery import Delivery
from playhead.events.session import Downloaded, SessionEnd, SessionStart
from playhead.reporting.outputs import Judged, Outcome, Retraction, Row, SessionRecord, SessionState
from playhead.sessions.arrivals import timestamp_ms
from playhead.store.port import Order, Place, SessionSearch, Store, weight_of

_ROW_RANK = {
    "media.sessionStart": 0,
    "media.adStart": 1,
    "media.adComplete": 2,
    "media.chapterComplete": 3,
    "media.sessionComplete": 4,
}
"""Order of rows of one instant (metrics.md 3.1)."""


class FoldedPlace(Struct, frozen=True, order=True):
    """
    Where a delivery stands in the fold (metrics.md 1.1).

    `rank` is 0 for the start, 2 for the end, 3 for what was not accepted behind the end, 1 for the rest; within it
    counts the timestamp in Unix ms; then the number in order of arrival, from 0.
    """

    rank: int
    at_ms: int
    number: int


class RowPlace(Struct, frozen=True, order=True):
    """Where a row stands: timestamp in Unix ms, rank of its type, id."""

    at_ms: int
    rank: int
    row_id: str


def place_of(record: SessionRecord, order: Order = Order.STARTED) -> Place:
    """Where a session stands in the list; by its start the same all its life."""
    return Place(record.started_at_ms, record.session_id, weight_of(record, order))


def fits(record: SessionRecord, search: SessionSearch) -> bool:
    """Whether a session, as it is now, is one of those asked for; of its segment the store is the judge."""
    details, qoe = record.session_details, record.qoe
    same = (
        (search.datastream, record.datastream_id),
        (search.content, details.get("name")),
        (search.player, details.get("playerName")),
        (search.channel, details.get("channel")),
        (search.state, record.state),
        (search.close_cause, record.close_cause),
        (search.has_errors, qoe.get("errorCount", 0) > 0),
        (search.has_stalls, qoe.get("stallCount", 0) > 0),
        (search.has_buffering, qoe.get("bufferCount", 0) > 0),
        (search.has_ads, details.get("adCount", 0) > 0),
        (search.has_warnings, record.duplicate + record.dropped > 0),
    )
    return (
        all(wanted is None or wanted == found for wanted, found in same)
        and search.person in {None, record.person, record.ecid}
        and (record.state is SessionState.CLOSED or not search.closed_only)
        and (search.from_ms is None or search.from_ms <= record.started_at_ms)
        and (search.until_ms is None or record.started_at_ms < search.until_ms)
    )


def folded_ms(delivery: Delivery) -> int:
    """The timestamp a delivery is folded at (metrics.md 1.1): its own, or its arrival where that is missing or a day off."""
    if isinstance(delivery.event, Downloaded) and delivery.event.at_ms is not None:
        return delivery.event.at_ms
    at_ms = timestamp_ms(delivery.event, delivery.received_ms)
    return delivery.received_ms if at_ms is None else at_ms


def folded(judged: Sequence[Judged]) -> list[tuple[FoldedPlace, Judged]]:
    """
    Deliveries of one session in folded order (metrics.md 1.1).

    Those that were not accepted stand at their own timestamp, or behind the end if they are not earlier than it.

    Args:
        judged: All of them, in order of arrival.
    """
    ends = (folded_ms(each.delivery) for each in judged if _is_accepted(each, SessionEnd))
    end_ms = next(ends, None)

    def place(number: int, each: Judged) -> FoldedPlace:
        at_ms = folded_ms(each.delivery)
        if _is_accepted(each, SessionStart):
            rank = 0
        elif _is_accepted(each, SessionEnd):
            rank = 2
        else:
            behind = each.outcome is not Outcome.ACCEPTED and end_ms is not None and at_ms >= end_ms
            rank = 3 if behind else 1
        return FoldedPlace(rank, at_ms, number)

    return sorted(((place(number, each), each) for number, each in enumerate(judged)), key=lambda pair: pair[0])


class Reading:
    """Everything the routes read about sessions. All methods block and raise `StoreError` where the store does."""

    def __init__(self, store: Store, live: Live, clock: Clock, *, scanned_max: int = SCANNED_SESSIONS_MAX) -> None:
        """Read from these; one page of a search looks at no more than `scanned_max` sessions."""
        self._store = store
        self._live = live
        self._clock = clock
        self._scanned_max = scanned_max

    def session(self, session_id: SessionId) -> SessionRecord | None:
        """
        The session as of now; None if there is none.

        What came after the close is counted too: the stored numbers are those of the close.
        """
        held = self._live.view(session_id)
        if held is not None:
            return held
        stored = self._store.session(session_id)
        if stored is None:
            return None
        outcomes = self._outcomes(session_id)
        if outcomes:  # none when the events are gone by retention
            stored = replace(
                stored,
                accepted=outcomes.get(Outcome.ACCEPTED, 0),
                duplicate=outcomes.get(Outcome.DUPLICATE, 0),
                dropped=outcomes.get(Outcome.DROPPED, 0),
            )
        return self._settled(stored)

    def _outcomes(self, session_id: SessionId) -> Mapping[Outcome, int]:
        """Deliveries by what became of them: counted by the store, and one by one only while some are not committed."""
        pending = self._live.pending(session_id)
        if not pending.judged:
            return self._store.outcomes(session_id)
        return Counter(each.outcome for each in self._joined(session_id, pending))

    def search(
        self, search: SessionSearch, before: Place | None, limit: int
    ) -> tuple[list[SessionRecord], Place | None]:
        """
        A page of sessions, in the order asked for.

        Returns:
            At most `limit`, and the place behind which the next page begins; None if nothing can follow. A page may be
            shorter than its limit although more may follow, if few of very many sessions fit.
        """
        found: list[SessionRecord] = []
        candidates = self._candidates(search, before, limit)
        last: SessionRecord | None = None
        for last in islice(candidates, self._scanned_max):
            record = self._as_of_now(last)
            if fits(record, search):
                found.append(record)
            if len(found) == limit:
                break
        more = last is not None and next(candidates, None) is not None
        return found, place_of(last, search.order) if more and last is not None else None

    def events(
        self, session_id: SessionId, after: FoldedPlace | None, limit: int
    ) -> tuple[list[tuple[FoldedPlace, Judged]], FoldedPlace | None]:
        """A page of the session's deliveries in folded order, and the place of its last one if more follow."""
        return _page(folded(self.judged(session_id)), after, limit)

    def judged(self, session_id: SessionId) -> list[Judged]:
        """All deliveries of a session, in order of arrival."""
        return self._joined(session_id, self._live.pending(session_id))

    def _joined(self, session_id: SessionId, pending: Pending) -> list[Judged]:
        """Those the store had when the others were not committed yet, then these: what is committed meanwhile comes once."""
        return [*self._store.judged(session_id, pending.after), *pending.judged]

    def rows(
        self, session_id: SessionId, after: RowPlace | None, limit: int
    ) -> tuple[list[tuple[RowPlace, Row]], RowPlace | None]:
        """A page of the session's rows in order of their timestamp, and the place of its last one if more follow."""
        pending = self._live.pending(session_id).rows
        last: dict[str, Row | Retraction] = {row.row_id: row for row in self._store.rows(session_id)}
        last.update((row.row_id, row) for row in pending)
        ordered = [
            (RowPlace(row.at_ms, _ROW_RANK.get(row.event_type, len(_ROW_RANK)), row.row_id), row)
            for row in last.values()
            if isinstance(row, Row)
        ]
        return _page(sorted(ordered, key=lambda pair: pair[0]), after, limit)

    def _as_of_now(self, stored: SessionRecord) -> SessionRecord:
        """The record, or the processor's where that may know more: of all but the finally closed ones."""
        stored = self._settled(stored)
        if stored.state is SessionState.CLOSED and not stored.provisional:
            return stored
        return self._live.view(stored.session_id) or stored

    def _settled(self, stored: SessionRecord) -> SessionRecord:
        """A provisional close is final a day after the start: no event reopens it from then on (metrics.md 4.1)."""
        if stored.provisional and self._clock.now_ms() >= stored.started_received_ms + DAY_MS:
            return replace(stored, provisional=False)
        return stored

    def _candidates(self, search: SessionSearch, before: Place | None, limit: int) -> Iterator[SessionRecord]:
        """
        Stored records of every session that may fit, in order, each once.

        The record of an open session is as old as its start, its state too. Who asks for closing sessions is shown all
        open ones, to be looked at as they are now. Who asks for closed ones, or why they closed, is shown those the
        store knows as closed: a close is there within a commit, and to look for it among all open sessions would leave
        pages empty where there are many (decision 0072).
        """
        size = min(limit + 1, PAGE_ITEMS_MAX)
        if search.state is None and search.close_cause is not None:
            search = replace(search, state=SessionState.CLOSED)
        asked = self._walk(search, before, size)
        if search.state is not SessionState.CLOSING:
            return asked
        opened = self._walk(replace(search, state=SessionState.OPEN), before, size)
        return _distinct(merge(asked, opened, key=place_of, reverse=True))

    def _walk(self, search: SessionSearch, before: Place | None, size: int) -> Iterator[SessionRecord]:
        """All the sessions of a search, read in pieces."""
        while True:
            piece = self._store.sessions(search, before, size)
            yield from piece
            if len(piece) < size:
                return
            before = place_of(piece[-1], search.order)


def _is_accepted(judged: Judged, event: type) -> bool:
    return judged.outcome is Outcome.ACCEPTED and isinstance(judged.delivery.event, event)


def _distinct(records: Iterable[SessionRecord]) -> Iterator[SessionRecord]:
    """The records without those that repeat the one before."""
    before = None
    for record in records:
        if record.session_id != before:
            yield record
        before = record.session_id


P = TypeVar("P", FoldedPlace, RowPlace)
T = TypeVar("T")


def _page(ordered: Sequence[tuple[P, T]], after: P | None, limit: int) -> tuple[list[tuple[P, T]], P | None]:
    rest = [pair for pair in ordered if after is None or pair[0] > after]
    page = rest[:limit]
    return page, page[-1][0] if len(rest) > limit else None
