"""What waits for the store, and when it is committed."""

from contextlib import nullcontext

from contract.store_samples import NOW_MS, delivery, judged, record
from playhead.base.errors import StoreError
from playhead.base.units import SessionId
from playhead.pipeline.balance import BalanceCounts
from playhead.pipeline.committer import Committer, WorkerLimits
from playhead.pipeline.stats import Tally
from playhead.store.memory import MemoryStore
from playhead.store.port import Commit, JournalPosition

S1 = SessionId("s1")
HERE = {"w00": JournalPosition(10)}
LIMITS = WorkerLimits(commit_outputs=3, commit_interval_s=1, idle_commit_interval_s=30, retry_min_s=2, retry_max_s=5)


class Away(MemoryStore):
    """A store that can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False

    def commit(self, commit: Commit) -> None:
        """Or not."""
        if self.away:
            raise StoreError("away")
        super().commit(commit)


class Bench:
    """A committer with a clock that is turned by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.store = Away()
        self.tally = Tally()
        self.balance = BalanceCounts(lambda _: None)
        self.trouble: dict[str, str] = {}
        self.committer = Committer(
            self.store,
            self.store.position(),
            LIMITS,
            self.tally,
            self.balance,
            locked=nullcontext,
            monotonic=lambda: self.now_s,
        )

    def due(self, at_s: float) -> bool:
        """Whether a commit is due at a time of the machine."""
        self.now_s = at_s
        return self.committer.due(lambda: HERE)

    def commit(self) -> bool:
        """Whether the store took it."""
        return self.committer.commit(HERE, NOW_MS, self.trouble) is not None


def test_outputs_wait_a_second_many_not_at_all_positions_half_a_minute() -> None:
    """A commit is due by the number of outputs, else by the time since the last one."""
    bench = Bench()
    assert [False, True] == [bench.due(29), bench.due(30)]
    bench.committer.add([record()], NOW_MS)
    assert [False, True] == [bench.due(0.5), bench.due(1)]
    bench.committer.add([record("s2"), record("s3")], NOW_MS)
    assert bench.due(0)
    assert bench.commit()
    assert not bench.due(1000), "nothing waits, and the positions are known"


def test_what_failed_is_tried_again_later_and_later() -> None:
    """The pause doubles up to its bound; outputs that came meanwhile wait for the next commit."""
    bench = Bench()
    bench.store.away = True
    bench.committer.add([record()], NOW_MS)
    pauses = []
    for _ in range(3):
        assert not bench.commit()
        pauses.append(bench.committer.retry_in_s())
        bench.now_s += pauses[-1]
    assert [2, 4, 5] == pauses
    assert {"store": "away"} == bench.trouble
    bench.committer.add([record("s2")], NOW_MS)
    assert 2 == bench.committer.waiting()
    bench.store.away = False
    assert bench.commit()
    assert {} == bench.trouble
    assert 1 == bench.committer.waiting()
    assert None is bench.store.session(SessionId("s2"))


def test_deliveries_are_fresh_until_they_are_in_the_store() -> None:
    """What the store has is not in hand any more; what was taken since is."""
    bench = Bench()
    first, second = judged(), judged(at_s=1)
    bench.committer.took(first.delivery)
    bench.committer.add([first], NOW_MS)
    assert [delivery()] == list(bench.committer.fresh(S1))
    assert [first] == bench.committer.pending(S1)
    assert bench.commit()
    bench.committer.took(second.delivery)
    bench.committer.add([second], NOW_MS)
    assert [delivery(at_s=1)] == list(bench.committer.fresh(S1))
    assert 1 == bench.committer.sequence
    assert [second] == bench.committer.pending(S1)
