"""One open session: its arrivals, the events held for reordering, and the fold (metrics.md 4.2, 3.3)."""

from collections.abc import Iterable
from operator import itemgetter
from typing import Final, Self, cast

from msgspec import field

from playhead.base.units import DatastreamId, SessionId
from playhead.events.ads import AdBreakComplete, AdBreakStart, AdComplete, AdSkip, AdStart
from playhead.events.chapters import ChapterComplete, ChapterSkip, ChapterStart
from playhead.events.delivery import Delivery
from playhead.events.event import Event
from playhead.events.playback import BufferStart, PauseStart, Ping, Play
from playhead.events.quality import BitrateChange, PlaybackError
from playhead.events.session import SessionComplete, SessionEnd, SessionStart
from playhead.events.states import StatesUpdate
from playhead.sessions.arrivals import Arrivals, Logged, beginning
from playhead.sessions.facts import Fact, digest_of, number_of
from playhead.sessions.fold import Fold
from playhead.sessions.quick import quick
from playhead.sessions.rules import Rules
from playhead.sessions.starts import STARTS, Told

TELLING: Final = frozenset(
    {AdBreakStart, AdBreakComplete, AdStart, AdComplete, AdSkip, ChapterStart, ChapterComplete, ChapterSkip}
)
"""Events that rows come from: they are folded as soon as they are due, others when it is convenient."""

NEVER_MS: Final = 1 << 62

Holdable = (
    Ping
    | Play
    | PauseStart
    | BufferStart
    | AdBreakStart
    | AdBreakComplete
    | AdStart
    | AdComplete
    | AdSkip
    | ChapterStart
    | ChapterComplete
    | ChapterSkip
    | StatesUpdate
    | BitrateChange
    | PlaybackError
    | SessionComplete
)
"""All events that can come after the start, but the sessionEnd."""

Held = tuple[int, int, int, Holdable]
"""Timestamp, sequence, arrival, event."""

_PLACE: Final = itemgetter(0, 1)
"""Timestamp and sequence of a held event: its place in the fold."""


@quick
class Session(Arrivals, gc=False, array_like=True, kw_only=True):
    """
    An open session.

    Attributes:
        session_id, datastream_id: As its sessionStart was delivered.
        told: The sessionStart, packed.
        downloaded: It was delivered whole.
        started_at_ms: Timestamp of the sessionStart.
        fold: What was folded so far, in order.
        folded_at_ms: Timestamp of the event folded last; events below it come too late for the fold.
        disordered: An accepted event is not in the fold: at close everything is folded anew.
        held: Events not folded yet, in arrival order; due_ms: when the oldest is due.
        end: The sessionEnd, folded at close.
        written: The facts last told: `facts.number_of` to `facts.digest_of`.
        wake_ms: When the engine looks after it; number: its place among sessions, by start.
    """

    session_id: SessionId
    datastream_id: DatastreamId
    told: bytes | Told
    started_at_ms: int
    fold: Fold
    folded_at_ms: int = -NEVER_MS
    downloaded: bool = False
    disordered: bool = False
    held: list[Held] = field(default_factory=list)
    due_ms: int = NEVER_MS
    end: SessionEnd | None = None
    written: dict[int, int] | None = None
    wake_ms: int = NEVER_MS
    number: int = 0

    @classmethod
    def of(cls, start: Delivery, now_ms: int, rules: Rules, *, keep_all: bool = False) -> Self:
        """The session that a sessionStart begins. `keep_all`: it is to be judged without a history."""
        fields = beginning(start, now_ms, rules, keep_all=keep_all)
        event = start.event
        assert isinstance(event, SessionStart), "a session begins with its start"
        return cls(
            **fields,
            session_id=start.session_id,
            datastream_id=start.datastream_id,
            told=STARTS.pack((event, start.ecid)),
            started_at_ms=fields["at_ms"],
            fold=Fold.of(event, fields["at_ms"]),
        )

    @property
    def start(self) -> SessionStart:
        """The sessionStart as it was delivered."""
        return STARTS.unpack(self.told)[0]

    @property
    def ecid(self) -> str | None:
        """The visitor that the door resolved when it began."""
        return STARTS.unpack(self.told)[1]

    def hold(self, kind: type[Event], event: Event, now_ms: int) -> None:
        """Take an accepted event, whose timestamp is `at_ms`; fold it when it is due."""
        at_ms = self.at_ms
        if kind is SessionEnd:
            self.end = cast("SessionEnd", event)
            return
        if at_ms < self.folded_at_ms:
            self.disordered = True
            return
        held = self.held
        if not held:
            self.due_ms = now_ms + self.rules.reorder_ms
        held.append((at_ms, self.accepted, now_ms, event))  # type: ignore[arg-type]  # a cast would be a call
        if len(held) > self.rules.reorder_events:
            self._fold_smallest()

    def release(self, now_ms: int) -> None:
        """`due_ms` is reached: fold the events that are due, and before each all held ones with a smaller timestamp."""
        held = self.held
        if len(held) == 1:  # by far the most frequent: the ping before this one
            at_ms, _, _, event = held[0]
            held.clear()
            self.due_ms = NEVER_MS
            self.folded_at_ms = at_ms
            self.fold.step(type(event), at_ms, event, self.rules)
            return
        limit = now_ms - self.rules.reorder_ms
        held.sort(key=_PLACE)
        count = len(held)
        while count and held[count - 1][2] > limit:
            count -= 1
        self._fold(held[:count])
        del held[:count]
        self._renew_due()

    def tells(self) -> bool:
        """Whether an event is held that rows come from."""
        return any(type(item[3]) in TELLING for item in self.held)

    def flush(self, fold: Fold) -> None:
        """Fold all that is held, and the sessionEnd, into `fold` without letting go of it."""
        rules = self.rules
        for at_ms, _, _, event in sorted(self.held, key=_PLACE):
            fold.step(type(event), at_ms, event, rules)
        if self.end is not None:
            fold.step(SessionEnd, self.end_at_ms, self.end, rules)

    def news(self, facts: Iterable[Fact]) -> list[Fact]:
        """Of these facts, those not told yet in this form; from now on they are."""
        fresh = {number_of(fact): fact for fact in facts}
        if self.written is None:
            self.written = {}
        news = []
        for number, fact in fresh.items():
            digest = digest_of(fact)
            if self.written.get(number) != digest:
                self.written[number] = digest
                news.append(fact)
        return news

    def become(self, fold: Fold, folded_at_ms: int) -> None:
        """Go on from a fold of everything accepted so far."""
        self.fold = fold
        self.folded_at_ms = folded_at_ms
        self.disordered = False
        self.held.clear()
        self.due_ms = NEVER_MS

    def _fold_smallest(self) -> None:
        smallest = min(self.held, key=_PLACE)
        self.held.remove(smallest)
        self._fold([smallest])
        self._renew_due()

    def _fold(self, items: Iterable[Held]) -> None:
        step = self.fold.step
        for at_ms, _, _, event in items:
            step(type(event), at_ms, event, self.rules)
            self.folded_at_ms = at_ms

    def _renew_due(self) -> None:
        oldest = min((item[2] for item in self.held), default=None)
        self.due_ms = NEVER_MS if oldest is None else oldest + self.rules.reorder_ms


def fold_of(log: Iterable[Logged], rules: Rules) -> Fold:
    """The full fold of accepted events, in fold order, not finished. Facts stay in `told`."""
    ordered = iter(sorted(log))
    first = next(ordered)
    assert isinstance(first.event, SessionStart), "a log begins with the start"
    fold = Fold.of(first.event, first.at_ms)
    for _, at_ms, _, event in ordered:
        fold.step(type(event), at_ms, event, rules)
    return fold
