"""The deliveries of a session so far."""

from collections.abc import Sequence
from contextlib import nullcontext

from contract.store_samples import NOW_MS, delivery, judged
from playhead.base.units import SessionId
from playhead.events.delivery import Delivery
from playhead.pipeline.balance import BalanceCounts
from playhead.pipeline.committer import Committer, WorkerLimits
from playhead.pipeline.past import Past
from playhead.pipeline.stats import Tally
from playhead.store.memory import MemoryStore
from playhead.store.port import Commit

S1, S2 = SessionId("s1"), SessionId("s2")


class Asked(MemoryStore):
    """A store that counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def deliveries(self, session_id: SessionId, until: int | None = None) -> Sequence[Delivery]:
        """Count."""
        self.asked += 1
        return super().deliveries(session_id, until)


class World:
    """A store of two sessions with three deliveries each, and a past that remembers as many as are given."""

    def __init__(self, remembered: int) -> None:
        self.store = Asked()
        outputs = [judged(session=name, at_s=number) for name in (S1, S2) for number in range(3)]
        self.store.commit(Commit(outputs=outputs, now_ms=NOW_MS))
        self.committer = Committer(
            self.store,
            self.store.position(),
            WorkerLimits(),
            Tally(),
            BalanceCounts(lambda _: None),
            locked=nullcontext,
            monotonic=lambda: 0,
        )
        self.past = Past(self.store, self.committer, remembered=remembered)

    def take(self, at_s: int) -> None:
        """A delivery of the first session is taken."""
        one = judged(session=S1, at_s=at_s)
        self.committer.took(one.delivery)
        self.past.took(one.delivery)
        self.committer.add([one], NOW_MS)

    def known(self) -> int:
        """Seconds of the deliveries of the first session, which are one a second."""
        known = self.past.deliveries(S1)
        assert [delivery(at_s=number) for number in range(len(known))] == list(known)
        return len(known)


def test_what_is_committed_meanwhile_is_there_once() -> None:
    """From the store, from what waits, and from what came after it was asked first; the store is asked once."""
    world = World(remembered=100)
    world.take(3)
    assert 4 == world.known()
    world.take(4)
    assert 5 == world.known()
    assert world.committer.commit({}, NOW_MS, {}) is not None
    assert 5 == world.known()
    world.take(5)
    assert 6 == world.known()
    assert 1 == world.store.asked


def test_what_was_not_asked_for_lately_is_read_again() -> None:
    """Memory is bounded by the number of deliveries; a session beyond it is remembered alone."""
    world = World(remembered=5)
    assert 3 == world.known()
    world.past.deliveries(S2)
    assert 3 == world.known()
    assert 3 == world.store.asked
    for at_s in range(3, 9):
        world.take(at_s)
    assert 9 == world.known()
    assert 3 == world.store.asked
