"""
Mistakes a person could make, planted into the running system, so that the auditor is seen to find them.

Each plants itself with a `MonkeyPatch` and says what it is. The last ones were real.
"""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from msgspec.structs import replace

from playhead.base.errors import JournalError
from playhead.collector.closings import ClosingsMemory, Judgement
from playhead.events.delivery import Delivery
from playhead.journal.log import Batch, JournalReader
from playhead.journal.tail import Tail
from playhead.journal.writer import Done, JournalWriter
from playhead.pipeline import merge
from playhead.pipeline.balance import BalanceCounts
from playhead.pipeline.committer import Committer
from playhead.pipeline.worker import Worker
from playhead.reporting.outputs import Judged, Outcome, Output, Retraction, SessionState
from playhead.reporting.reporter import Reporter
from playhead.sessions import duplicates
from playhead.sessions.session import Session
from playhead.sessions.stalls import StallRun
from playhead.store.memory import MemoryStore
from playhead.store.port import Commit

Patch = pytest.MonkeyPatch


def idle_by_the_wall_clock(patch: Patch) -> None:
    """Sessions close by the processor's clock, not by the time the journals have reached."""
    real = Worker._take_some

    def take_some(self: Worker) -> bool:
        progress = real(self)
        self._collect(self._reporter.advance(self._clock.now_ms()))
        return progress

    patch.setattr(Worker, "_take_some", take_some)


def position_not_committed(patch: Patch) -> None:
    """The position of one journal is left out of commits: after a restart it is read again."""
    real = MemoryStore.commit

    def commit(self: MemoryStore, one: Commit) -> None:
        real(self, replace(one, positions={name: at for name, at in one.positions.items() if name != "w00"}))

    patch.setattr(MemoryStore, "commit", commit)


def index_ignored(patch: Patch) -> None:
    """All events of one request are duplicates of its first."""
    real = duplicates.name_of
    patch.setattr("playhead.sessions.arrivals.name_of", lambda text, index=-1: real(text, min(index, 0)))


def stragglers_not_folded(patch: Patch) -> None:
    """An event that comes after the reorder window is accepted, and not in the fold."""
    real = Session.hold

    def hold(self: Session, *args: Any) -> None:
        real(self, *args)
        self.disordered = False

    patch.setattr(Session, "hold", hold)


def acknowledged_before_the_disk(patch: Patch) -> None:
    """The answer is sent when the record waits for the disk."""
    real = JournalWriter.append

    def append(self: JournalWriter, kind: int, payload: bytes, on_durable: Done) -> None:
        real(self, kind, payload, lambda _: None)
        on_durable(None)

    patch.setattr(JournalWriter, "append", append)


def failed_write_taken_for_done(patch: Patch) -> None:
    """An error of the disk ends the segment, and is not told."""
    real = Tail.write

    def write(self: Tail, *args: Any) -> None:
        try:
            real(self, *args)
        except OSError:
            return

    patch.setattr(Tail, "write", write)


def taken_commit_repeated(patch: Patch) -> None:
    """A commit that seemed to fail is made again without a look whether it was taken."""
    patch.setattr(Committer, "_was_taken", lambda _self, _attempt: False)


def reopening_not_told(patch: Patch) -> None:
    """Collectors hear of closes only."""
    real = Worker._publish

    def publish(self: Worker, told: Any, as_of_ms: int) -> None:
        real(self, [one for one in told if one.state is SessionState.CLOSED], as_of_ms)

    patch.setattr(Worker, "_publish", publish)


def stalls_count_as_play(patch: Patch) -> None:
    """A run of standing playheads is never a stall."""
    patch.setattr(StallRun, "stand", lambda _self, *_: False)


def retractions_ignored(patch: Patch) -> None:
    """The store keeps rows that were withdrawn."""
    real = MemoryStore.commit

    def commit(self: MemoryStore, one: Commit) -> None:
        real(self, replace(one, outputs=[output for output in one.outputs if not isinstance(output, Retraction)]))

    patch.setattr(MemoryStore, "commit", commit)


def silent_journal_not_waited_for(patch: Patch) -> None:
    """A journal without news holds no clock back."""
    found = property(lambda self: self.waiting[0][0] if self.waiting else merge._NEVER)
    patch.setattr(merge._Source, "next_ms", found)


def closed_sessions_forgotten(patch: Patch) -> None:
    """After a restart nobody remembers sessions that closed before."""
    patch.setattr(Reporter, "restore", lambda _self, _closed, _now_ms: None)


def content_not_compared(patch: Patch) -> None:
    """Equal type and timestamp make a duplicate."""
    patch.setattr(duplicates, "same_json", lambda _one, _other: True)


def duplicates_not_counted(patch: Patch) -> None:
    """The balance sheet has no line for what repeats."""
    real = BalanceCounts.judge

    def judge(self: BalanceCounts, delivery: Delivery, outputs: Iterable[Output]) -> None:
        kept = [one for one in outputs if not (isinstance(one, Judged) and one.outcome is Outcome.DUPLICATE)]
        real(self, delivery, kept)

    patch.setattr(BalanceCounts, "judge", judge)


def close_remembered_at_the_door(patch: Patch) -> None:
    """Was real: the collector that takes the event that reopens a session goes on refusing those behind it."""

    def judge(self: ClosingsMemory, session_id: str, at_ms: int | None, received_ms: int) -> Judgement:
        closing = self._closed.get(session_id)
        if closing is None or self._takes(closing, at_ms, received_ms):
            return Judgement.ACCEPT
        return Judgement.NOT_FOUND

    patch.setattr(ClosingsMemory, "judge", judge)


def close_believed_at_the_door(patch: Patch) -> None:
    """Was real: a close is believed that was told behind the event that undoes it."""
    patch.setattr(ClosingsMemory, "_doubt", lambda _self, _told: None)


def full_and_stuck(patch: Patch) -> None:
    """Was real: with as much waiting as may be, what could not be taken is not taken, and so nothing committed."""

    def step(self: Worker) -> bool:
        progress = False
        if len(self._committer.outputs) < self._limits.waiting_outputs:
            progress = self._take_some()
        if self._commit_due():
            progress = self._commit() or progress
        return progress

    patch.setattr(Worker, "step", step)


def half_a_reading_lost(patch: Patch) -> None:
    """Was real: what was read of a segment is passed over when the next one cannot be read."""

    def read(self: JournalReader, bytes_max: int = 1 << 20) -> list[Batch]:
        try:
            return self._read(bytes_max)
        except OSError as error:
            self._drop_file()
            raise JournalError(str(error)) from error

    patch.setattr(JournalReader, "read", read)


BUGS: tuple[Callable[[Patch], None], ...] = (
    idle_by_the_wall_clock,
    position_not_committed,
    index_ignored,
    stragglers_not_folded,
    acknowledged_before_the_disk,
    failed_write_taken_for_done,
    taken_commit_repeated,
    reopening_not_told,
    stalls_count_as_play,
    retractions_ignored,
    silent_journal_not_waited_for,
    closed_sessions_forgotten,
    content_not_compared,
    duplicates_not_counted,
    close_remembered_at_the_door,
    close_believed_at_the_door,
    full_and_stuck,
    half_a_reading_lost,
)
