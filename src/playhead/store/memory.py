"""The store in plain Python: for tests and replay. Law: what `store.port` says, no more; nothing survives the process."""

import threading
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from playhead.base.settings import SettingsInForce
from playhead.base.units import DatastreamId, RowId, SessionId
from playhead.events.delivery import Delivery
from playhead.reporting.dimensions import LOOKUPS
from playhead.reporting.lookups import Entries, LookupSize
from playhead.reporting.outputs import (
    ClosedSession,
    Judged,
    Outcome,
    Retraction,
    Row,
    SessionRecord,
    SessionState,
    Snapshot,
)
from playhead.store.port import (
    BalanceItem,
    BalanceKey,
    Commit,
    Counts,
    JournalPosition,
    Kept,
    KeptSince,
    LookupEntry,
    Place,
    Position,
    Removed,
    SessionSearch,
    SettingsHistory,
    Standing,
    weight_of,
)


class MemoryStore:
    """A `Store` and `Lookups` that forgets everything when it goes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._journals: dict[str, JournalPosition] = {}
        self._now_ms = 0
        self._sequence = 0
        self._judged: dict[int, Judged] = {}
        self._of_session: defaultdict[SessionId, list[int]] = defaultdict(list)
        self._sessions: dict[SessionId, SessionRecord] = {}
        self._rows: defaultdict[SessionId, dict[RowId, Row]] = defaultdict(dict)
        self._rows_began: dict[SessionId, tuple[DatastreamId, int]] = {}
        self._balance: Counter[BalanceKey] = Counter()
        self._snapshots: dict[SessionId, tuple[str, int, Snapshot]] = {}
        self._settings: defaultdict[DatastreamId, list[tuple[int, SettingsInForce]]] = defaultdict(list)
        self._lookups: dict[str, dict[str, dict[str, str]]] = {lookup: {} for lookup in LOOKUPS}

    def commit(self, commit: Commit) -> None:
        """As the port says."""
        with self._lock:
            for output in commit.outputs:
                match output:
                    case Judged():
                        self._sequence += 1
                        self._of_session[output.delivery.session_id].append(self._sequence)
                        self._judged[self._sequence] = output
                    case Row():
                        self._rows[output.session_id][output.row_id] = output
                    case Retraction():
                        self._rows[output.session_id].pop(output.row_id, None)
                    case SessionRecord():
                        self._sessions[output.session_id] = output
                        if output.state is SessionState.CLOSED:
                            self._snapshots.pop(output.session_id, None)
            for session_id in {output.session_id for output in commit.outputs if isinstance(output, Row)}:
                record = self._sessions.get(session_id)
                self._rows_began[session_id] = (
                    (record.datastream_id, record.started_received_ms) if record else (DatastreamId(""), 0)
                )
            self._journals.update(commit.positions)
            self._now_ms = max(self._now_ms, commit.now_ms)
            self._balance.update(commit.balance)
            for snapshot in commit.snapshots:
                self._snapshots[snapshot.session_id] = (commit.snapshot_form, self._sequence, snapshot)
            for datastream_id, history in commit.settings.items():
                self._settings[datastream_id] += history

    def remove(self, kept: Kept, limit: int) -> Removed:
        """As the port says."""
        with self._lock:
            events = self._old_events(kept.events)
            rows = [name for name, began in self._rows_began.items() if self._is_old(name, *began, kept.rows)]
            sessions = [
                name
                for name, record in self._sessions.items()
                if self._is_old(name, record.datastream_id, record.started_received_ms, kept.sessions)
            ]
            owners = {self._judged[number].delivery.session_id for number in events[:limit]}
            leaving = [number for number in events if self._judged[number].delivery.session_id in owners]
            for number in leaving:
                self._of_session[self._judged.pop(number).delivery.session_id].remove(number)
            for name in sessions[:limit]:
                del self._sessions[name]
            for name in rows[:limit]:
                del self._rows_began[name]
            return Removed(
                events=len(leaving),
                rows=sum(len(self._rows.pop(name)) for name in rows[:limit]),
                sessions=len(sessions[:limit]),
                more=any(len(found) > limit for found in (events, rows, sessions)),
            )

    def _old_events(self, since: KeptSince) -> list[int]:
        """Numbers of the deliveries that are old by their own arrival, or by that of their session's start."""
        old = []
        for number, judged in self._judged.items():
            delivery = judged.delivery
            record = self._sessions.get(delivery.session_id)
            if self._is_old(delivery.session_id, delivery.datastream_id, delivery.received_ms, since) or (
                record is not None
                and self._is_old(record.session_id, record.datastream_id, record.started_received_ms, since)
            ):
                old.append(number)
        return old

    def _is_old(self, session_id: SessionId, datastream_id: DatastreamId, at_ms: int, since: KeptSince) -> bool:
        record = self._sessions.get(session_id)
        if record is not None and record.state is not SessionState.CLOSED:
            return False
        named, default_ms = since.by_datastream(self._now_ms)
        return at_ms < named.get(datastream_id, default_ms)

    def position(self) -> Position:
        """As the port says."""
        with self._lock:
            return Position(dict(self._journals), self._now_ms, self._sequence)

    def deliveries(self, session_id: SessionId, until: int | None = None) -> Sequence[Delivery]:
        """As the port says."""
        return [judged.delivery for judged in self.judged(session_id, until)]

    def snapshots(self, form: str) -> Iterator[Snapshot]:
        """As the port says."""
        with self._lock:
            found = [snapshot for of, _, snapshot in self._snapshots.values() if of == form]
        yield from found

    def unfinished(self, form: str) -> Iterator[Delivery]:
        """As the port says."""
        with self._lock:
            covered = {name: sequence for name, (of, sequence, _) in self._snapshots.items() if of == form}
            going = [record.session_id for record in self._sessions.values() if record.state is not SessionState.CLOSED]
            wanted = sorted(
                number for name in going for number in self._of_session[name] if number > covered.get(name, 0)
            )
            found = [self._judged[number].delivery for number in wanted]
        yield from found

    def recent_closed(self, since_ms: int) -> Iterator[ClosedSession]:
        """As the port says."""
        with self._lock:
            found = [
                ClosedSession(record.session_id, record.datastream_id, record.close_cause, record.started_received_ms)
                for record in self._sessions.values()
                if record.close_cause is not None and record.started_received_ms >= since_ms
            ]
        yield from sorted(found, key=lambda closed: (closed.started_received_ms, closed.session_id))

    def standings(self, since_ms: int) -> Iterator[Standing]:
        """As the port says."""
        with self._lock:
            found = [
                Standing(*(getattr(record, member) for member in Standing._fields))
                for record in self._sessions.values()
                if (record.closed_ms is not None and record.closed_ms >= since_ms)
                or (record.closed_ms is None and record.accepted > 1 and record.last_received_ms >= since_ms)
            ]
        yield from sorted(found)

    def settings(self) -> SettingsHistory:
        """As the port says."""
        with self._lock:
            return {datastream_id: tuple(history) for datastream_id, history in self._settings.items()}

    def session(self, session_id: SessionId) -> SessionRecord | None:
        """As the port says."""
        with self._lock:
            return self._sessions.get(session_id)

    def sessions(self, search: SessionSearch, before: Place | None = None, limit: int = 100) -> Sequence[SessionRecord]:
        """As the port says."""
        with self._lock:
            found = [record for record in self._sessions.values() if _fits(record, search)]
        assert search.segment is None, "segments are asked of a store that answers SQL"
        last = None if before is None else (before.weight, before.started_at_ms, before.session_id)
        places = {
            (weight_of(record, search.order), record.started_at_ms, str(record.session_id)): record for record in found
        }
        return [places[place] for place in sorted(places, reverse=True) if last is None or place < last][:limit]

    def judged(self, session_id: SessionId, until: int | None = None) -> Sequence[Judged]:
        """As the port says."""
        with self._lock:
            numbers = self._of_session.get(session_id, ())
            return [self._judged[number] for number in numbers if until is None or number <= until]

    def outcomes(self, session_id: SessionId) -> Mapping[Outcome, int]:
        """As the port says."""
        return Counter(judged.outcome for judged in self.judged(session_id))

    def rows(self, session_id: SessionId) -> Sequence[Row]:
        """As the port says."""
        with self._lock:
            return list(self._rows.get(session_id, {}).values())

    def counts(self) -> Counts:
        """As the port says."""
        with self._lock:
            records = self._sessions.values()
            refusals: Counter[str] = Counter()
            for key, count in self._balance.items():
                if key.item is BalanceItem.REFUSED_REQUEST:
                    refusals[key.reason] += count
            return Counts(
                sessions=Counter(str(record.state) for record in records),
                closes=Counter(str(record.close_cause) for record in records if record.state is SessionState.CLOSED),
                events=Counter((str(judged.outcome), judged.reason or "") for judged in self._judged.values()),
                rows=sum(map(len, self._rows.values())),
                refusals=refusals,
            )

    def balance(self, from_ms: int, until_ms: int, *, by_hour: bool = True) -> Mapping[BalanceKey, int]:
        """As the port says."""
        with self._lock:
            found: Counter[BalanceKey] = Counter()
            for key, count in self._balance.items():
                if from_ms <= key.hour_ms < until_ms:
                    found[key if by_hour else key._replace(hour_ms=0)] += count
            return {key: found[key] for key in sorted(found, key=lambda key: (key.hour_ms, key))}

    def lookups(self) -> Mapping[str, LookupSize]:
        """As the port says."""
        with self._lock:
            return {
                lookup: LookupSize(
                    len(entries), tuple(sorted({name for values in entries.values() for name in values}))
                )
                for lookup, entries in self._lookups.items()
            }

    def lookup(self, lookup: str, after: str | None = None, limit: int | None = None) -> Iterator[LookupEntry]:
        """As the port says."""
        with self._lock:
            found = sorted((key, dict(values)) for key, values in self._lookups[lookup].items())
        wanted = [LookupEntry(*one) for one in found if after is None or one[0] > after]
        yield from wanted[:limit]

    def looked_up(self, lookup: str, column: str, keys: Collection[str]) -> Mapping[str, str]:
        """As the port says."""
        with self._lock:
            known = self._lookups[lookup]
            return {key: known[key][column] for key in keys if column in known.get(key, ())}

    def change_lookup(self, lookup: str, entries: Entries, *, whole: bool) -> None:
        """As the port says."""
        with self._lock:
            known = {} if whole else self._lookups[lookup]
            for key, values in entries.items():
                merged = {**known.get(key, {}), **values}
                known[key] = {name: value for name, value in merged.items() if value is not None}
            self._lookups[lookup] = {key: values for key, values in known.items() if values}

    def remove_lookup_entry(self, lookup: str, key: str) -> bool:
        """As the port says."""
        with self._lock:
            return self._lookups[lookup].pop(key, None) is not None

    def size_bytes(self) -> int:
        """As the port says."""
        return 0

    def close(self) -> None:
        """As the port says."""


def _fits(record: SessionRecord, search: SessionSearch) -> bool:
    asked = (
        (search.datastream, record.datastream_id),
        (search.content, record.session_details.get("name")),
        (search.player, record.session_details.get("playerName")),
        (search.channel, record.session_details.get("channel")),
        (search.state, record.state),
        (SessionState.CLOSED if search.closed_only else None, record.state),
    )
    if search.person not in {None, record.person, record.ecid} or any(
        wanted is not None and wanted != actual for wanted, actual in asked
    ):
        return False
    if search.from_ms is not None and record.started_at_ms < search.from_ms:
        return False
    if search.until_ms is not None and record.started_at_ms >= search.until_ms:
        return False
    return record.state is not SessionState.CLOSED or _fits_closed(record, search)


def _fits_closed(record: SessionRecord, search: SessionSearch) -> bool:
    asked = (
        (search.has_errors, record.qoe.get("errorCount", 0) > 0),
        (search.has_stalls, record.qoe.get("stallCount", 0) > 0),
        (search.has_buffering, record.qoe.get("bufferCount", 0) > 0),
        (search.has_ads, record.session_details.get("adCount", 0) > 0),
        (search.has_warnings, record.duplicate + record.dropped > 0),
    )
    if any(wanted is not None and wanted is not actual for wanted, actual in asked):
        return False
    return search.close_cause is None or search.close_cause == record.close_cause
