"""
The arrival side of a session: which deliveries count, and when it closes (metrics.md 4). Only our clock decides here.

Law: what becomes of a delivery depends on the deliveries before it and their arrival alone, so it can be decided
again from the history at any time (`replayed`).
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from itertools import dropwhile, islice
from typing import Any, Final, NamedTuple, Self, TypeVar

from msgspec import Struct

from playhead.base.units import DAY_MS, SessionId
from playhead.events.delivery import Delivery
from playhead.events.event import Event
from playhead.events.session import Downloaded, SessionComplete, SessionEnd, SessionStart
from playhead.sessions.duplicates import Seen, name_of
from playhead.sessions.quick import quick
from playhead.sessions.reopening import reopens
from playhead.sessions.rules import Rules
from playhead.sessions.verdicts import DUPLICATES, Reason


class Cause(StrEnum):
    """Why a session closed (metrics.md 4.1)."""

    END = "end"
    IDLE = "idle"
    STUCK = "stuck"
    COMPLETE = "complete"
    AGE = "age"
    DOWNLOADED = "downloaded"


PROVISIONAL: Final = frozenset({Cause.IDLE, Cause.COMPLETE})
"""Closes that a later event may undo."""


Past = Callable[[SessionId], Iterable[Delivery]]
"""Answers the deliveries of a session in arrival order: at least those handed over before the one being judged."""


def no_past(_session_id: SessionId) -> Iterable[Delivery]:
    """For sessions that keep contents: they never ask."""
    return ()


class Reopening(StrEnum):
    """Under which rule of metrics.md 4.1 an event reopens a session."""

    LINGERING = "lingering"
    """It closed after its sessionComplete, and nothing else would have closed it yet."""
    FLUSHED = "flushed"
    """It was idle, and the event continues it by the player's clock: an offline queue was flushed late."""


def timestamp_ms(event: Event, now_ms: int) -> int | None:
    """The event's own timestamp if it is usable: present and at most 24 h away from its arrival (metrics.md 1.1)."""
    at_ms = event.at_ms
    if at_ms is None or at_ms - now_ms > DAY_MS or now_ms - at_ms > DAY_MS:
        return None
    return at_ms


def beginning(start: Delivery, now_ms: int, rules: Rules, *, keep_all: bool) -> dict[str, Any]:
    """The fields of `Arrivals` that a sessionStart sets."""
    stamp = timestamp_ms(start.event, now_ms)
    at_ms = now_ms if stamp is None else stamp
    seen = Seen.all() if keep_all else Seen()
    if start.client_id is not None:
        seen.add_name(name_of(start.client_id))
    if start.request_id is not None:
        seen.add_name(name_of(start.request_id, start.index))
    if stamp is not None:
        seen.add_content(start, stamp)
    return {
        "rules": rules,
        "seen": seen,
        "started_received_ms": now_ms,
        "last_received_ms": now_ms,
        "playhead_s": start.event.playhead_s or 0,
        "playhead_changed_ms": now_ms,
        "largest_at_ms": at_ms,
        "smallest_at_ms": at_ms,
        "at_ms": at_ms,
    }


@quick
class Arrivals(Struct, gc=False, array_like=True, kw_only=True):
    """
    The life of one session so far, by arrival.

    Attributes:
        rules: Its settings.
        seen: What was accepted, as far as duplicates are concerned.
        started_received_ms, last_received_ms: Arrival of the sessionStart and of the latest accepted event.
        playhead_s: The last playhead that arrived; playhead_changed_ms: when it last changed.
        largest_at_ms, smallest_at_ms: Largest and smallest timestamp accepted.
        complete: A sessionComplete was accepted.
        end_at_ms, end_received_ms: Of the accepted sessionEnd; -1 before.
        cause, closed_ms: Of the close that holds; None and -1 while it is open.
        accepted, duplicate, dropped: Deliveries by outcome.
        at_ms: Timestamp given to the delivery judged last.
        reopened: The delivery judged last reopened the session.
    """

    rules: Rules
    seen: Seen
    started_received_ms: int
    last_received_ms: int
    playhead_s: int
    playhead_changed_ms: int
    largest_at_ms: int
    smallest_at_ms: int
    complete: bool = False
    end_at_ms: int = -1
    end_received_ms: int = -1
    cause: Cause | None = None
    closed_ms: int = -1
    accepted: int = 1
    duplicate: int = 0
    dropped: int = 0
    at_ms: int
    reopened: Reopening | None = None

    @classmethod
    def of(cls, start: Delivery, now_ms: int, rules: Rules, *, keep_all: bool = False) -> Self:
        """The life that a sessionStart begins. `keep_all`: it is to be judged without a history."""
        return cls(**beginning(start, now_ms, rules, keep_all=keep_all))

    def judge(self, delivery: Delivery, now_ms: int, past: Past) -> Reason | None:
        """
        Decide about a delivery that arrives now, and take it into account.

        `elapse(now_ms)` must have been called. `past` is asked only when what is kept of earlier events cannot tell
        whether this is a duplicate.

        Returns:
            None if it is accepted, then `at_ms` and `reopened` are set; else why not.
        """
        event = delivery.event
        at_ms = event.at_ms
        if at_ms is None or at_ms - now_ms > DAY_MS or now_ms - at_ms > DAY_MS:  # timestamp_ms, without a call
            stamp, at_ms = None, now_ms
        else:
            stamp = at_ms
        self.at_ms = at_ms
        seen = self.seen
        client, request = delivery.client_id, delivery.request_id
        client_name = request_name = b""
        reason = None
        if client is not None:
            client_name = name_of(client)
            found = seen.find(client_name)
            if found and (found is True or self._is_known(client_name, delivery, past)):
                reason = Reason.DUPLICATE_ID
        if request is not None and reason is None:
            request_name = name_of(request, delivery.index)
            found = seen.find(request_name)
            if found and (found is True or self._is_known(request_name, delivery, past)):
                reason = Reason.DUPLICATE_REQUEST
        if reason is None and stamp is not None and stamp <= self.largest_at_ms:  # above it, none can be the same
            found = seen.find_content(delivery, stamp)
            if found and (found is True or self._is_content_known(delivery, stamp, past)):
                reason = Reason.DUPLICATE_CONTENT
        kind = type(event)
        if self.reopened is not None:
            self.reopened = None
        if reason is None and (
            self.cause is not None or self.end_received_ms >= 0 or kind is SessionStart or kind is Downloaded
        ):
            reason = self._refuse(kind, at_ms, now_ms)
        if reason is not None:
            if reason in DUPLICATES:
                self.duplicate += 1
            else:
                self.dropped += 1
            return reason
        if client_name:
            seen.add_name(client_name)
        if request_name:
            seen.add_name(request_name)
        if stamp is not None:
            seen.add_content(delivery, stamp)
        self._accept(event, at_ms, now_ms)
        return None

    def deadline(self) -> tuple[int, Cause]:
        """When it will close if nothing more arrives, and why; on a tie a final cause."""
        if self.end_received_ms >= 0:
            return self.end_received_ms + self.rules.reorder_ms, Cause.END
        rules = self.rules
        at_ms, cause = self.playhead_changed_ms + rules.playhead_ms, Cause.STUCK
        if self.started_received_ms + rules.age_ms < at_ms:
            at_ms, cause = self.started_received_ms + rules.age_ms, Cause.AGE
        if self.last_received_ms + rules.idle_ms < at_ms:
            at_ms, cause = self.last_received_ms + rules.idle_ms, Cause.IDLE
        if self.complete and self.last_received_ms + rules.linger_ms < at_ms:
            at_ms, cause = self.last_received_ms + rules.linger_ms, Cause.COMPLETE
        return at_ms, cause

    def elapse(self, now_ms: int) -> bool:
        """Let time pass. True: with it, the session closed."""
        if self.cause is not None:
            return False
        at_ms, cause = self.deadline()
        if at_ms > now_ms:
            return False
        self.cause = cause
        self.closed_ms = self.end_received_ms if cause is Cause.END else at_ms
        return True

    def undo_close(self) -> None:
        """Be open as if the close had not been."""
        self.cause = None
        self.closed_ms = -1

    @property
    def handled(self) -> int:
        """Deliveries since and with its sessionStart, whatever became of them."""
        return self.accepted + self.duplicate + self.dropped

    def _accept(self, event: Event, at_ms: int, now_ms: int) -> None:
        """Let an accepted event move the timers."""
        self.accepted += 1
        self.last_received_ms = now_ms
        playhead = event.playhead_s
        if playhead is not None and playhead != self.playhead_s:
            self.playhead_s = playhead
            self.playhead_changed_ms = now_ms
        if at_ms > self.largest_at_ms:
            self.largest_at_ms = at_ms
        elif at_ms < self.smallest_at_ms:
            self.smallest_at_ms = at_ms
        kind = type(event)
        if kind is SessionComplete:
            self.complete = True
        elif kind is SessionEnd:
            self.end_at_ms = at_ms
            self.end_received_ms = now_ms

    def _is_known(self, name: bytes, delivery: Delivery, past: Past) -> bool:
        """Whether an event of this name was accepted, when what is kept cannot tell. If its history is gone, it was."""
        whole = self._whole(past(delivery.session_id))
        if whole is None:
            return True
        known = whole.find(name) is True
        if (
            known
        ):  # more such may follow: they are paid for once. By chance it happens too seldom to remember all for it
            self.seen.know(whole)
        return known

    def _is_content_known(self, delivery: Delivery, at_ms: int, past: Past) -> bool:
        """The same of type, timestamp and content. If its history is gone, it was not."""
        whole = self._whole(past(delivery.session_id))
        if whole is None:
            return False
        self.seen.know_contents(whole)
        return self.seen.find_content(delivery, at_ms) is True

    def _whole(self, past: Iterable[Delivery]) -> Seen | None:
        """All of what was accepted so far; None if the history does not hold it any more."""
        first = list(islice(from_start(past), self.handled))
        if len(first) < self.handled:
            return None
        twin, _ = replay(first, lambda start, now_ms: Arrivals.of(start, now_ms, self.rules, keep_all=True))
        return twin.seen

    def _reopening(self, cause: Cause, at_ms: int, now_ms: int) -> Reopening | None:
        """How an event (its timestamp, its arrival) undoes a provisional close; None: it does not."""
        given = reopens(self, self.rules, completed=cause is Cause.COMPLETE)
        if given.any_before_ms is not None and now_ms < given.any_before_ms:
            return Reopening.LINGERING
        if now_ms < given.before_ms and (given.at_ms_below is None or at_ms < given.at_ms_below):
            return Reopening.FLUSHED
        return None

    def _refuse(self, kind: type[Event], at_ms: int, now_ms: int) -> Reason | None:
        """Whether a new event comes too late; a close that it undoes is undone."""
        if kind is SessionStart or kind is Downloaded:
            return Reason.DUPLICATE_START
        if self.cause is not None:
            if self.cause not in PROVISIONAL:
                return Reason.SESSION_ENDED if self.cause is Cause.END else Reason.SESSION_CLOSED
            self.reopened = self._reopening(self.cause, at_ms, now_ms)
            if self.reopened is None:
                return Reason.SESSION_CLOSED
            if self.reopened is Reopening.FLUSHED:
                self.playhead_changed_ms = now_ms
            self.undo_close()
        elif self.end_received_ms >= 0 and (kind is SessionEnd or at_ms > self.end_at_ms):
            return Reason.SESSION_ENDED
        return None


class Logged(NamedTuple):
    """An accepted event with its place: sorted, these are the session in fold order (metrics.md 1.1)."""

    rank: int
    """0 for the sessionStart, 2 for the sessionEnd, 1 for all others."""
    at_ms: int
    sequence: int
    event: Event


START_RANK: Final = 0
OTHER_RANK: Final = 1
END_RANK: Final = 2


def from_start(deliveries: Iterable[Delivery]) -> Iterable[Delivery]:
    """The deliveries of a session from its first sessionStart on; earlier ones found no session."""
    return dropwhile(lambda delivery: type(delivery.event) is not SessionStart, deliveries)


_Life = TypeVar("_Life", bound=Arrivals)


def replay(deliveries: Iterable[Delivery], make: Callable[[Delivery, int], _Life]) -> tuple[_Life, list[Logged]]:
    """
    Judge the deliveries of one session again, in arrival order, the first a sessionStart.

    Args:
        deliveries: What was delivered.
        make: Makes the life of a sessionStart and its arrival; it must keep all, for there is no history here.

    Returns:
        The life after the last delivery, with no time passed since, and the accepted events in arrival order.
    """
    waiting = iter(deliveries)
    start = next(waiting, None)
    assert start is not None, "the history has no sessionStart of a session that is or was open"
    now_ms = start.received_ms
    life = make(start, now_ms)
    log = [Logged(START_RANK, life.at_ms, 1, start.event)]
    for delivery in waiting:
        now_ms = max(now_ms, delivery.received_ms)
        life.elapse(now_ms)
        if life.judge(delivery, now_ms, no_past) is None:
            rank = END_RANK if type(delivery.event) is SessionEnd else OTHER_RANK
            log.append(Logged(rank, life.at_ms, life.accepted, delivery.event))
    return life, log
