"""One open session: its arrivals, the events held for reordering, and the fold (metrics.md 4.2, 3.3)."""

from collections.abc import Iterable
from typing import Final

from playhead.base.units import DatastreamId, SessionId
from playhead.events.ads import AdBreakComplete, AdBreakStart, AdComplete, AdSkip, AdStart
from playhead.events.chapters import ChapterComplete, ChapterSkip, ChapterStart
from playhead.events.delivery import Delivery
from playhead.events.event import Event
from playhead.events.session import SessionEnd, SessionStart
from playhead.sessions.arrivals import Arrivals, Logged
from playhead.sessions.facts import Fact, FactKey, key_of
from playhead.sessions.fold import Fold
from playhead.sessions.rules import Rules

TELLING: Final = frozenset(
    {AdBreakStart, AdBreakComplete, AdStart, AdComplete, AdSkip, ChapterStart, ChapterComplete, ChapterSkip}
)
"""Events that rows come from: they are folded as soon as they are due, others when it is convenient."""

NEVER_MS: Final = 1 << 62

Held = tuple[int, int, int, type[Event], Event]
"""Timestamp, sequence, arrival, type, event."""


class Session(Arrivals):
    """
    An open session.

    Attributes:
        session_id, datastream_id, start, ecid: As its sessionStart was delivered.
        downloaded: It was delivered whole.
        fold: What was folded so far, in order.
        folded_at_ms: Timestamp of the event folded last; events below it come too late for the fold.
        disordered: An accepted event is not in the fold: at close everything is folded anew.
        held: Events not folded yet, in arrival order; due_ms: when the oldest is due.
        end: The sessionEnd, folded at close.
        written: The facts last told, by key.
        wake_ms: Where the engine's heap has it; number: its place among sessions, by start.
    """

    __slots__ = (
        "datastream_id",
        "disordered",
        "downloaded",
        "due_ms",
        "ecid",
        "end",
        "fold",
        "folded_at_ms",
        "held",
        "number",
        "session_id",
        "start",
        "started_at_ms",
        "wake_ms",
        "written",
    )

    def __init__(self, delivery: Delivery, now_ms: int, rules: Rules, *, keep_contents: bool = False) -> None:
        super().__init__(delivery, now_ms, rules, keep_contents=keep_contents)
        assert isinstance(delivery.event, SessionStart), "a session begins with its start"
        self.session_id: SessionId = delivery.session_id
        self.datastream_id: DatastreamId = delivery.datastream_id
        self.start: SessionStart = delivery.event
        self.ecid = delivery.ecid
        self.started_at_ms = self.at_ms
        self.fold = Fold(delivery.event, self.at_ms, rules)
        self.folded_at_ms = -NEVER_MS
        self.downloaded = False
        self.disordered = False
        self.held: list[Held] = []
        self.due_ms = NEVER_MS
        self.end: Event | None = None
        self.written: dict[FactKey, Fact] | None = None
        self.wake_ms = NEVER_MS
        self.number = 0

    def hold(self, kind: type[Event], event: Event, now_ms: int) -> None:
        """Take an accepted event, whose timestamp is `at_ms`; fold it when it is due."""
        at_ms = self.at_ms
        if kind is SessionEnd:
            self.end = event
            return
        if at_ms < self.folded_at_ms:
            self.disordered = True
            return
        held = self.held
        if not held:
            self.due_ms = now_ms + self.rules.reorder_ms
        held.append((at_ms, self.accepted, now_ms, kind, event))
        if len(held) > self.rules.reorder_events:
            self._fold_smallest()

    def release(self, now_ms: int) -> None:
        """`due_ms` is reached: fold the events that are due, and before each all held ones with a smaller timestamp."""
        held = self.held
        if len(held) == 1:  # by far the most frequent: the ping before this one
            at_ms, _, _, kind, event = held[0]
            held.clear()
            self.due_ms = NEVER_MS
            self.folded_at_ms = at_ms
            self.fold.step(kind, at_ms, event)
            return
        limit = now_ms - self.rules.reorder_ms
        held.sort()
        count = len(held)
        while count and held[count - 1][2] > limit:
            count -= 1
        self._fold(held[:count])
        del held[:count]
        self._renew_due()

    def tells(self) -> bool:
        """Whether an event is held that rows come from."""
        return any(item[3] in TELLING for item in self.held)

    def flush(self, fold: Fold) -> None:
        """Fold all that is held, and the sessionEnd, into `fold` without letting go of it."""
        step = fold.step
        for at_ms, _, _, kind, event in sorted(self.held):
            step(kind, at_ms, event)
        if self.end is not None:
            step(SessionEnd, self.end_at_ms, self.end)

    def news(self, facts: Iterable[Fact]) -> list[Fact]:
        """Of these facts, those not told yet in this form; from now on they are."""
        fresh: dict[FactKey, Fact] = {key_of(fact): fact for fact in facts}
        if self.written is None:
            self.written = {}
        news = [fact for key, fact in fresh.items() if self.written.get(key) != fact]
        self.written.update(fresh)
        return news

    def become(self, fold: Fold, folded_at_ms: int) -> None:
        """Go on from a fold of everything accepted so far."""
        self.fold = fold
        self.folded_at_ms = folded_at_ms
        self.disordered = False
        self.held.clear()
        self.due_ms = NEVER_MS

    def _fold_smallest(self) -> None:
        smallest = min(self.held)
        self.held.remove(smallest)
        self._fold([smallest])
        self._renew_due()

    def _fold(self, items: Iterable[Held]) -> None:
        step = self.fold.step
        for at_ms, _, _, kind, event in items:
            step(kind, at_ms, event)
            self.folded_at_ms = at_ms

    def _renew_due(self) -> None:
        oldest = min((item[2] for item in self.held), default=None)
        self.due_ms = NEVER_MS if oldest is None else oldest + self.rules.reorder_ms


def fold_of(log: Iterable[Logged], rules: Rules) -> Fold:
    """The full fold of accepted events, in fold order, not finished. Facts stay in `told`."""
    ordered = iter(sorted(log))
    first = next(ordered)
    assert isinstance(first.event, SessionStart), "a log begins with the start"
    fold = Fold(first.event, first.at_ms, rules)
    for _, at_ms, _, event in ordered:
        fold.step(type(event), at_ms, event)
    return fold
