"""
From what was learned to what the store holds: what waits, its commits, the trying again.

Law: a commit that failed is tried again, the same, until the store has it; nothing is forgotten before. What a commit
holds follows from the journals up to its positions; when it is made follows from the machine's time.

Whose fault: the store's failures are the world's, and waited out.
"""

import threading
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager

from msgspec import Struct

from playhead.base.errors import StoreError
from playhead.base.units import SessionId
from playhead.events.delivery import Delivery
from playhead.pipeline.balance import Balance, BalanceCounts, added
from playhead.pipeline.stats import Tally
from playhead.reporting.outputs import Judged, Output, Retraction, Row, SessionRecord, Snapshot
from playhead.reporting.reporter import SNAPSHOT_FORM
from playhead.store.port import Commit, JournalPosition, Position, SettingsHistory, Store


class WorkerLimits(Struct, frozen=True, kw_only=True):
    """
    How the loop divides its work.

    Attributes:
        slice_requests: Requests taken at a time; between two slices others may look at the sessions.
        commit_outputs: Outputs that make a commit due at once.
        commit_interval_s: How long an output waits for a commit, at most.
        idle_commit_interval_s: How long positions alone wait for one.
        waiting_outputs: Outputs waiting for the store beyond which nothing more is taken.
        retry_min_s, retry_max_s: First and longest wait after a failure; it doubles in between.
        snapshot_every_s: Recorded time after which a session that changed is kept as it is; infinite: none is.
        snapshots: Sessions kept so by one commit, at most.
    """

    slice_requests: int = 200
    commit_outputs: int = 20_000
    commit_interval_s: float = 0.5
    idle_commit_interval_s: float = 30
    waiting_outputs: int = 100_000
    retry_min_s: float = 0.1
    retry_max_s: float = 5
    snapshot_every_s: float = 20
    snapshots: int = 5_000


class Committer:
    """
    What is not in the store yet, and its way there.

    The thread of the worker calls everything; what others may call says so, and is called with the sessions locked.

    Attributes:
        outputs: Waiting for the next commit, in order.
        balance: The same, counted.
        attempt: The commit that is under way or will be tried again.
        sequence: Number of the latest delivery known to be in the store.
        storing: Held while a commit is under way; whoever holds it may lock the sessions.
    """

    def __init__(
        self,
        store: Store,
        position: Position,
        limits: WorkerLimits,
        tally: Tally,
        balance: BalanceCounts,
        *,
        locked: Callable[[], AbstractContextManager[None]],
        monotonic: Callable[[], float],
    ) -> None:
        """
        Nothing waits.

        Args:
            store: Nobody else commits to it.
            position: Where it stands.
            limits: When to commit.
            tally: Counts commits and failures.
            balance: What came in and is not committed.
            locked: The sessions to oneself.
            monotonic: The machine's time, seconds.
        """
        self.outputs: list[Output] = []
        self.balance = balance
        self.attempt: Commit | None = None
        self.sequence = position.sequence
        self._store = store
        self._limits = limits
        self._tally = tally
        self._locked = locked
        self._monotonic = monotonic
        self._committed_at: Mapping[str, JournalPosition] = dict(position.journals)
        self._fresh: dict[SessionId, list[Delivery]] = {}
        self._since_ms = self._attempt_since_ms = 0
        self.storing = threading.Lock()
        self._failures = 0
        self._retry_s = 0.0
        self._commit_s = monotonic()

    def add(self, outputs: Sequence[Output], now_ms: int) -> None:
        """What was learned at a recorded time."""
        if not self.outputs:
            self._since_ms = now_ms
        self.outputs += outputs

    def took(self, delivery: Delivery) -> None:
        """A delivery was taken; its `Judged` is among what was added."""
        self._fresh.setdefault(delivery.session_id, []).append(delivery)

    def fresh(self, session_id: SessionId) -> Sequence[Delivery]:
        """Deliveries of a session numbered after `sequence`, in order of arrival."""
        return self._fresh.get(session_id, ())

    def waiting(self) -> int:
        """Number of outputs not known to be in the store. For any thread, unlocked."""
        attempt = self.attempt
        return len(self.outputs) + (len(attempt.outputs) if attempt else 0)

    def pending(self, session_id: SessionId) -> list[Output]:
        """Outputs of a session not known to be in the store, in order. For any thread, locked."""
        outputs = [*(self.attempt.outputs if self.attempt else ()), *self.outputs]
        return [output for output in outputs if session_of(output) == session_id]

    def oldest_ms(self, now_ms: int) -> int:
        """Recorded time of the oldest thing that is not in the store, or now if there is none. For any thread."""
        attempt = self.attempt
        if attempt is not None and attempt.outputs:
            return self._attempt_since_ms
        return self._since_ms if self.outputs else now_ms

    def dirty(self, positions: Mapping[str, JournalPosition]) -> bool:
        """Whether there is anything to commit, given where the journals stand."""
        return bool(self.attempt or self.outputs or self.balance or positions != self._committed_at)

    def due(self, positions: Callable[[], Mapping[str, JournalPosition]]) -> bool:
        """Whether to commit now."""
        now_s = self._monotonic()
        if self.attempt is not None:
            return now_s >= self._retry_s
        if len(self.outputs) >= self._limits.commit_outputs:
            return True
        waiting = self.outputs or self.balance
        interval_s = self._limits.commit_interval_s if waiting else self._limits.idle_commit_interval_s
        return now_s >= self._commit_s + interval_s and self.dirty(positions())

    def unsaved(self, read: Sequence[Delivery]) -> Balance:
        """Counts not in the store, with deliveries that were read and not taken. For any thread, `storing` held, locked."""
        counts = self.balance.peek(read)
        attempt = self.attempt
        if attempt is None or (self._failures and self._was_taken(attempt)):
            return counts
        return added(attempt.balance, counts)

    def retry_in_s(self) -> float:
        """How long until what failed is tried again, seconds; 0 if nothing did."""
        if self.attempt is None:
            return 0.0
        return min(self._limits.retry_max_s, max(0.0, self._retry_s - self._monotonic()))

    def commit(
        self,
        positions: Mapping[str, JournalPosition],
        now_ms: int,
        trouble: MutableMapping[str, str],
        *,
        settings: Callable[[], SettingsHistory] = dict,
        snapshots: Callable[[], Sequence[Snapshot]] = tuple,
    ) -> Commit | None:
        """
        Commit what waits, or try again what failed.

        Args:
            positions: Of the journals, all that was taken of them.
            now_ms: The recorded time of it.
            trouble: Is told of the store's.
            settings: Answers what is to be added to the history of settings; asked once a commit.
            snapshots: Answers the sessions to be kept as they are; the same.

        Returns:
            What the store took; None: it did not.
        """
        if self.attempt is None:
            with self._locked():
                self.attempt = Commit(
                    outputs=self.outputs,
                    positions=positions,
                    now_ms=now_ms,
                    balance=self.balance.take(),
                    settings=settings(),
                    snapshots=snapshots(),
                    snapshot_form=SNAPSHOT_FORM,
                )
                self.outputs = []
                self._attempt_since_ms = self._since_ms
        attempt = self.attempt
        with self.storing:
            return self._store_it(attempt, trouble)

    def _store_it(self, attempt: Commit, trouble: MutableMapping[str, str]) -> Commit | None:
        begun_s = self._monotonic()
        try:
            if not (self._failures and self._was_taken(attempt)):
                self._store.commit(attempt)
        except StoreError as error:
            self._tally.commit_failures += 1
            trouble["store"] = str(error)
            pause_s = self._limits.retry_min_s * 2 ** min(self._failures, 16)
            self._retry_s = self._monotonic() + min(self._limits.retry_max_s, pause_s)
            self._failures += 1
            return None
        self._tally.committed(self._monotonic() - begun_s)
        self._failures = 0
        trouble.pop("store", None)
        self._commit_s = self._monotonic()
        self._committed_at = dict(attempt.positions)
        self._forget(attempt)
        return attempt

    def _was_taken(self, attempt: Commit) -> bool:
        """Whether a commit that seemed to fail was taken after all: then positions and numbers are its own."""
        position = self._store.position()
        judged = sum(isinstance(output, Judged) for output in attempt.outputs)
        return (
            position.sequence == self.sequence + judged
            and position.now_ms == attempt.now_ms
            and all(position.journals.get(name) == at for name, at in attempt.positions.items())
        )

    def _forget(self, attempt: Commit) -> None:
        """Let go of what the store has now."""
        with self._locked():
            for output in attempt.outputs:
                if isinstance(output, Judged):
                    self.sequence += 1
                    session_id = output.delivery.session_id
                    waiting = self._fresh[session_id]
                    if len(waiting) == 1:
                        del self._fresh[session_id]
                    else:
                        del waiting[0]
            self.attempt = None


def session_of(output: Output) -> SessionId:
    """The session an output is of."""
    match output:
        case Judged():
            return output.delivery.session_id
        case Row() | Retraction() | SessionRecord():
            return output.session_id
