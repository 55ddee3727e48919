"""
Requests as the worker takes them, for whoever watches.

Law: watching costs nothing while nobody does, and never makes the worker wait: who reads too slowly loses the oldest,
and is told how many.
"""

import threading
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from playhead.base.units import DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.reporting.glimpse import Glimpse
from playhead.reporting.outputs import Judged, Output
from playhead.wire.record import Record, RecordKind

WATCHED_MAX = 500
"""Requests that wait for one who watches, a few MB of usual ones."""

WATCHED_BYTES_MAX = 16 << 20
"""The same, bytes of bodies."""


class Watched(Struct, frozen=True, gc=False):
    """
    One request as it was taken.

    Attributes:
        kind, record: From the journal.
        judged: Its events that were taken, with what became of them, in order.
    """

    kind: RecordKind
    record: Record
    judged: Sequence[Judged] = ()


class Condition(Struct, frozen=True):
    """
    What is watched; None: any.

    Attributes:
        datastream: The datastream that the request names, or that a session of it was started for.
        session: A session that the request says something of.
        identity: ECID of who watches a session of it, or any id that its body holds.
        refused: Only what was refused, or events of which were.
    """

    datastream: str | None = None
    session: str | None = None
    identity: str | None = None
    refused: bool = False


class Known(Protocol):
    """What is known of open sessions; a `Reporter` is one."""

    def datastream_of(self, session_id: SessionId) -> DatastreamId | None:
        """The datastream a session was started for."""
        ...

    def glimpse(self, session_id: SessionId) -> Glimpse | None:
        """A session at a glance."""
        ...


class Watch:
    """What waits for one who watches. `take` from any thread."""

    def __init__(self, condition: Condition) -> None:
        """Nothing waits yet."""
        self.condition = condition
        self._lock = threading.Lock()
        self._waiting: deque[Watched] = deque()
        self._bytes = self._lost = 0

    def offer(self, watched: Watched) -> None:
        """One more; the oldest are lost where there are too many."""
        with self._lock:
            self._waiting.append(watched)
            self._bytes += len(watched.record.body)
            while len(self._waiting) > WATCHED_MAX or self._bytes > WATCHED_BYTES_MAX:
                self._bytes -= len(self._waiting.popleft().record.body)
                self._lost += 1

    def take(self) -> tuple[int, list[Watched]]:
        """How many were lost since the last time, and what came after them."""
        with self._lock:
            taken = list(self._waiting)
            lost, self._lost, self._bytes = self._lost, 0, 0
            self._waiting.clear()
        return lost, taken


class Watchers:
    """Who watches. `watch` and `leave` from any thread, all else from the worker's."""

    def __init__(self) -> None:
        """Nobody does."""
        self._watches: tuple[Watch, ...] = ()
        self._lock = threading.Lock()
        self._record: tuple[RecordKind, Record] | None = None
        self._expected = 0
        self._judged: list[Judged] = []
        self._chosen: tuple[Watch, ...] = ()

    def __bool__(self) -> bool:
        return bool(self._watches)

    def watch(self, condition: Condition) -> Watch:
        """Watch from now on."""
        watch = Watch(condition)
        with self._lock:
            self._watches = (*self._watches, watch)
        return watch

    def leave(self, watch: Watch) -> None:
        """Watch no longer."""
        with self._lock:
            self._watches = tuple(other for other in self._watches if other is not watch)

    def read(self, kind: RecordKind, record: Record, deliveries: Sequence[Delivery], known: Known) -> None:
        """A request was read; its deliveries are going to be judged, each before the next request is read."""
        refused = kind is RecordKind.REFUSED or bool(record.skipped)
        self._record = kind, record
        self._expected = len(deliveries)
        self._judged = []
        self._chosen = tuple(
            each
            for each in self._watches
            if (refused or not each.condition.refused) and _fits(each.condition, record, deliveries, known)
        )
        self._tell()

    def judged(self, judged: Output) -> None:
        """The next delivery of the request was judged. Of one that was read before anybody watched nothing is told."""
        if self._record is not None:
            assert isinstance(judged, Judged), "the outcome comes last"
            self._judged.append(judged)
            self._tell()

    def _tell(self) -> None:
        if self._record is not None and len(self._judged) == self._expected:
            for watch in self._chosen:
                watch.offer(Watched(*self._record, self._judged))
            self._record = None


def _fits(condition: Condition, record: Record, deliveries: Sequence[Delivery], known: Known) -> bool:
    """Whether a request is watched for."""
    datastream, session, identity = condition.datastream, condition.session, condition.identity
    return (
        (
            datastream is None
            or record.datastream_id == datastream
            or any(known.datastream_of(one.session_id) == datastream for one in deliveries)
        )
        and (
            session is None
            or any(one.session_id == session for one in deliveries)
            or session.lower().encode() in record.body.lower()
        )
        and (
            identity is None
            or any(one.ecid == identity for one in deliveries)
            or identity.encode() in record.body
            or any(_ecid_of(known, one.session_id) == identity for one in deliveries)
        )
    )


def _ecid_of(known: Known, session_id: SessionId) -> str | None:
    glimpse = known.glimpse(session_id)
    return None if glimpse is None else glimpse.ecid
