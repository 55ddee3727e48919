"""
The auditor: what must have come of what was sent, by metrics.md (the oracle of tests/oracle), against what is there.

Law: nothing here asks the engine, the worker or the decoder for an opinion. Every difference is told, in words.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile, zip_longest
from typing import Any

from msgspec.structs import replace

from oracle.compare import shown
from oracle.fold import union
from oracle.rows import Opinion, opinion
from playhead.base.settings import SessionSettings
from playhead.base.units import DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.events.session import Downloaded, SessionStart
from playhead.pipeline.balance import lines_of
from playhead.reporting.outputs import Judged, SessionRecord, SessionState
from playhead.wire.refusals import GATEWAY, MEDIA, Refusal
from simulation.faults import Fault
from simulation.ledger import Handled, Ledger, refused_for_session
from simulation.processor import Look
from simulation.scripts import DAY_MS
from simulation.world import SHORT, World

FINAL = {"stuck", "age", "downloaded"}
"""Causes after which nothing is taken."""


def audit(world: World) -> list[str]:
    """Everything that is wrong with a run that is over; empty when nothing is."""
    ledger = Ledger(world.handled, world.collectors)
    auditor = Auditor(world, ledger)
    return [*ledger.complaints, *auditor.complaints()]


class Auditor:
    """The audit of one run."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world = world
        self._ledger = ledger
        self._store = world.backend.store.inner
        self._until_ms = self._store.position().now_ms
        self._history = self._store.settings()
        self._deliveries = dict(ledger.deliveries)
        self._opinions: dict[SessionId, Opinion] = {}

    def complaints(self) -> Iterator[str]:
        """All differences."""
        if not self._world.finished:
            yield "the processor does not come to an end"
        if self._world.backend.damages:
            yield f"parts of journals cannot be read: {self._world.backend.damages}"
        for session_id in self._ledger.deliveries:
            yield from self._session(session_id)
        yield from self._totals()
        for one in self._ledger.handled:
            yield from self._answer(one)
        for look in self._world.backend.looks:
            yield from self._look(look)

    def _settings(self, deliveries: Iterable[Delivery]) -> SessionSettings:
        """Of the datastream the session began on; where they change, as the store says they were then."""
        first = next((one for one in deliveries if isinstance(one.event, SessionStart | Downloaded)), None)
        if first is None:
            return SHORT
        known = self._history.get(first.datastream_id, ()) if Fault.SETTINGS_CHANGED in self._world.mix.on else ()
        then = [settings for from_ms, settings in known if from_ms <= first.received_ms]
        return then[-1] if then else self._world.settings.get(first.datastream_id, SHORT)

    # Sessions

    def _session(self, session_id: SessionId) -> Iterator[str]:
        """One session: what was delivered, what became of it, its record and its rows."""
        name = session_id[-8:]
        if begun_again(self._deliveries[session_id]):
            return
        judged = self._store.judged(session_id)
        expected = self._deliveries[session_id]
        if self._world.restarted and len(judged) == len(expected):
            expected = self._deliveries[session_id] = self._restamped(expected, judged)
        told = [mark(one) for one in expected]
        stored = [mark(one.delivery) for one in judged]
        if told != stored:
            yield f"{name}: delivered and stored differ: {unlike(told, stored)}"
            return
        theirs = opinion(expected, self._settings(expected), self._until_ms)
        self._opinions[session_id] = theirs
        outcomes = [one.outcome.value for one in judged]
        if loose(theirs, theirs.life.outcomes) != loose(theirs, outcomes):
            yield f"{name}: outcomes: {differences(theirs.life.outcomes, outcomes)}"
        record = self._store.session(session_id)
        if theirs.reading is None or record is None:
            if (theirs.reading is None) != (record is None):
                yield f"{name}: only one of us knows a session: {record}"
            return
        if record.state is not SessionState.CLOSED:
            yield f"{name}: it is not closed"
        closed = (record.close_cause, record.closed_ms, record.provisional)
        if closed != theirs.life.closed:
            yield f"{name}: closed {theirs.life.closed}, stored as {closed}"
        rows = {str(row.row_id): dict(row.xdm) for row in self._store.rows(session_id)}
        if shown(theirs.rows) != shown(rows):
            yield f"{name}: rows: {differences(shown(theirs.rows), shown(rows))}"
        yield from self._record(theirs, record)

    def _record(self, theirs: Opinion, record: SessionRecord) -> Iterator[str]:
        """What is kept of a session beside its rows (metrics.md 6.1)."""
        reading = theirs.reading
        assert reading is not None
        pairs = {
            "person": (theirs.person, record.person),
            "start": (reading.ordered[0].ts, record.started_at_ms),
            "last": (reading.ordered[-1].ts, record.last_at_ms),
            "largest": (max(one.ts for one in reading.ordered), record.largest_at_ms),
            "smallest": (min(one.ts for one in reading.ordered), record.smallest_at_ms),
            "last arrival": (theirs.life.last_arrival, record.last_received_ms),
            "viewed": (
                [(float(low), float(high)) for low, high in theirs.viewed],
                [tuple(one) for one in record.viewed_s],
            ),
            "replayed": (
                [(float(low), float(high)) for low, high in theirs.replayed],
                [tuple(one) for one in record.replayed_s],
            ),
            "main play": (union(reading.main_play), union(record.main_play_ms)),
            "ad play": (union(reading.ad_play), union(record.ad_play_ms)),
        }
        for what, (one, other) in pairs.items():
            if one != other:
                yield f"{record.session_id[-8:]}: {what}: {one}, stored {other}"

    @staticmethod
    def _restamped(expected: list[Delivery], judged: Sequence[Judged]) -> list[Delivery]:
        """
        In the order and with the arrivals of the store, where a journal was closed in order and opened again.

        Meanwhile it held no clock back, so that what it brings later counts as arriving when it is read (0051); when that
        was is the store's word, within what the journal says.
        """
        waiting = list(expected)
        found = []
        for one in judged:
            delivery = one.delivery
            mine = next((other for other in waiting if mark(other)[1:] == mark(delivery)[1:]), None)
            if mine is None or mine.received_ms > delivery.received_ms:
                return expected
            waiting.remove(mine)
            found.append(replace(mine, received_ms=delivery.received_ms))
        return found

    # Balance

    def _totals(self) -> Iterator[str]:
        """The balance sheet of the store, and its positions."""
        counts = self._store.counts()
        if dict(counts.refusals) != dict(self._ledger.refusals):
            yield f"refusals: {dict(self._ledger.refusals)}, stored {dict(counts.refusals)}"
        delivered = sum(map(len, self._ledger.deliveries.values()))
        stored = Counter[str]()
        for (outcome, _), number in counts.events.items():
            stored[outcome] += number
        if sum(stored.values()) != delivered or self._store.position().sequence != delivered:
            yield f"{delivered} events were kept, {dict(stored)} stored"
        yield from self._sheet(stored)
        accepted = sum(one.life.outcomes.count("accepted") for one in self._opinions.values())
        if len(self._opinions) == len(self._ledger.deliveries) and stored["accepted"] != accepted:
            yield f"{accepted} events count, {stored['accepted']} stored"
        known = {name for name, one in self._opinions.items() if one.reading is not None}
        kept = {record.session_id for record in self._world.backend.records()}
        if len(self._opinions) == len(self._ledger.deliveries) and known != kept:
            yield f"sessions: {sorted(known ^ kept)}"
        if counts.rows != sum(len(self._store.rows(name)) for name in kept):
            yield f"{counts.rows} rows are counted"

    def _sheet(self, outcomes: Counter[str]) -> Iterator[str]:
        """The balance sheet: its sums are those of the books, and every line of it holds."""
        balance = self._store.balance(0, 1 << 62)
        sums = Counter[str]()
        for key, number in balance.items():
            sums[key.item.value] += number
        became = {"counted": "accepted", "duplicate": "duplicate", "dropped": "dropped"}
        expected = +Counter(self._ledger.sheet) + Counter({item: outcomes[name] for item, name in became.items()})
        if +sums != expected:
            yield f"balance: {dict(expected)}, stored {dict(sums)}"
        broken = [where for where, line in lines_of(balance).items() if not line.holds]
        if broken:
            yield f"the balance of {broken} does not hold"

    # Answers

    def _answer(self, one: Handled) -> Iterator[str]:
        """Whether an answer was the right one."""
        sent, reply = one.sent, one.reply
        if reply is None or reply.reasons == (Refusal.UNAVAILABLE.value,):
            return
        if sent.refused_for is not None:
            expected = sent.refused_for.value
            problem = GATEWAY.get(sent.refused_for) or MEDIA[sent.refused_for]
            status = (
                207
                if sent.route in {"va/v1/sessionStart", "v1/interact"} and problem in MEDIA.values()
                else problem.status
            )
            if set(reply.reasons) != {expected} or reply.status != status:
                yield f"answered {reply.status} {reply.reasons} instead of {status} {expected}: {sent}"
            return
        refused = refused_for_session(one)
        reasons = {Refusal.SESSION_NOT_FOUND.value} if refused else set()
        reasons |= {Refusal.FIELDS.value} if sent.spoiled else set()
        if set(reply.reasons) - {Refusal.SESSION_NOT_FOUND.value} != reasons - {Refusal.SESSION_NOT_FOUND.value}:
            yield f"answered {reply.status} {reply.reasons}: {sent}"
        if refused and one.stale:
            yield f"refused by news that are no longer true: {one}"
        if refused:
            if self._is_taken(one, refused) and not self._reopened_elsewhere(one, refused):
                yield f"refused for its session, though it is taken: {one}"
        elif one.told is not None and one.told.closed and one.told.cause in FINAL:
            yield f"taken, though its session was known to be closed for good: {one}"

    def _reopened_elsewhere(self, one: Handled, refused: list[int]) -> bool:
        """
        Whether it was refused by a close that another collector had just taken an event to undo (decision 0083).

        The refusal was right by all that was read when the close was told and all that this process had taken itself.
        """
        told = one.told
        if told is None or told.cause not in {"idle", "complete"}:
            return False
        own: list[tuple[Any, ...]] = []
        for other in takewhile(lambda other: other is not one, self._ledger.handled):
            if other.process == one.process and other.sent.session_id == one.sent.session_id and other.acknowledged:
                own += taken_of(other)
        everything = self._deliveries[SessionId(one.sent.session_id)]
        known = [other for other in everything if other.received_ms < told.as_of_ms or mark(other)[1:] in own]
        return not self._is_taken(one, refused, known)

    def _is_taken(self, one: Handled, refused: list[int], known: Sequence[Delivery] | None = None) -> bool:
        """Whether refusing these events of a request was wrong. On the media routes one that is refused refuses the request."""
        outcomes = {self._would_be(one, index, known) for index in refused}
        return "accepted" in outcomes if not one.sent.route.startswith("va/") else outcomes == {"accepted"}

    def _would_be(self, one: Handled, index: int, known: Sequence[Delivery] | None = None) -> str:
        """The outcome an event would have had if it had been taken, behind all that arrived before it or only these."""
        sent, session_id = one.sent, SessionId(one.sent.session_id)
        known = self._deliveries.get(session_id, []) if known is None else known
        if not known:
            return "dropped"
        arrived_ms = max(one.arrived_ms, one.floor_ms)
        before = [other for other in known if other.received_ms <= arrived_ms]
        said = sent.said[index]
        late = Delivery(session_id, arrived_ms, said.event, known[0].datastream_id,
                        None, 0, None, None, said.content(sent.shown))  # fmt: skip
        return opinion([*before, late], self._settings(before), arrived_ms).life.outcomes[-1]

    # The console

    def _look(self, look: Look) -> Iterator[str]:
        """What the console showed of a session is what was so at that moment."""
        name = look.session_id[-8:]
        everything = self._deliveries.get(look.session_id, [])
        seen = [one.delivery for one in look.judged]
        whole = names(seen) == names(everything[: len(seen)])
        if not whole and self._world.restarted:
            return  # a processor that died before it committed may have read a journal that was opened again later
        if not whole:
            yield f"{name}: the console showed other deliveries than there are"
            return
        record = look.record
        if record is None:
            yield f"{name}: in the list of the console, and unknown there"
            return
        total = record.accepted + record.duplicate + record.dropped
        if total > len(seen):
            yield f"{name}: the console counted {total} deliveries and showed {len(seen)}"
        if look.troubled:
            return
        moment = [replace(mine, received_ms=theirs.received_ms) for mine, theirs in zip(everything, seen, strict=False)]
        theirs = opinion(moment, self._settings(moment), look.now_ms)
        if record.state is SessionState.CLOSED:
            cause = None if theirs.life.closed is None else theirs.life.closed[0]
            if cause != record.close_cause:
                yield f"{name}: the console showed {record.close_cause}, it was {cause} at {look.now_ms}"
            elif set(theirs.rows) != look.rows:
                yield f"{name}: the console showed other rows than those of the close"
            return
        view = {"sessionDetails": record.session_details, "qoeDataDetails": record.qoe, "states": list(record.states)}
        view = {what: content for what, content in view.items() if content}
        if theirs.close != view:
            yield f"{name}: as if closed at {look.now_ms}: {differences(theirs.close, view)}"


def mark(delivery: Delivery) -> tuple[Any, ...]:
    """What is compared of a delivery: arrival, names, what was said."""
    return (
        delivery.received_ms,
        delivery.request_id,
        delivery.index,
        delivery.client_id,
        delivery.datastream_id,
        delivery.ecid,
        delivery.event,
    )


def taken_of(one: Handled) -> list[tuple[Any, ...]]:
    """The same of the events a collector took with a request of a session, but for the arrival."""
    sent, lost = one.sent, {*refused_for_session(one), *one.sent.spoiled}
    return [
        (sent.request_id, index, said.client_id, DatastreamId(sent.datastream_id), None, said.event)
        for index, said in enumerate(sent.said)
        if index not in lost
    ]


def begun_again(deliveries: Sequence[Delivery]) -> bool:
    """
    Whether a start is repeated a day or more after the first: protocol.md 7.4 promises to know it for a day.

    What becomes of such a one is not told by the text, and not audited.
    """
    starts = [one.received_ms for one in deliveries if isinstance(one.event, SessionStart | Downloaded)]
    return bool(starts) and starts[-1] - starts[0] >= DAY_MS


def names(deliveries: Iterable[Delivery]) -> list[tuple[Any, ...]]:
    """What is compared where the arrival may not be the same."""
    return [mark(one)[1:] for one in deliveries]


def loose(theirs: Opinion, outcomes: Sequence[str]) -> list[str]:
    """Outcomes; once a session is closed it does not matter whether what changes nothing was a duplicate."""
    return [
        "dropped" if settled and outcome == "duplicate" else outcome
        for settled, outcome in zip(theirs.life.settled, outcomes, strict=True)
    ]


def unlike(told: list[tuple[Any, ...]], stored: list[tuple[Any, ...]]) -> str:
    """Where two lists of deliveries part."""
    pairs = zip_longest(told, stored)
    number, (one, other) = next((n, pair) for n, pair in enumerate(pairs) if pair[0] != pair[1])
    return f"{len(told)} and {len(stored)}; number {number}: {one} against {other}"


def differences(one: Any, other: Any, at: str = "") -> list[str]:
    """Where two values differ, the auditor's first."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = sorted({*one, *other}, key=str)
        return [text for name in names for text in differences(one.get(name), other.get(name), f"{at}.{name}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [text for number, (a, b) in pairs for text in differences(a, b, f"{at}[{number}]")]
    return [] if one == other else [f"{at or 'it'}: {one!r} against {other!r}"]
