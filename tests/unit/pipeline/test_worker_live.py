"""The audience of now as the worker counts it, also one that goes on in the middle."""

from pipeline_stream import BEGIN_MS, Journals, many, settings_of
from playhead.base.clock import ManualClock
from playhead.pipeline.live import WINDOW_S
from playhead.pipeline.worker import Worker, WorkerLimits
from playhead.store.memory import MemoryStore
from playhead.store.port import Store

LIMITS = WorkerLimits(slice_requests=3, commit_outputs=4, commit_interval_s=1000)


def worker(store: Store) -> Worker:
    """A worker on a crowd's journals that goes on where the store is."""
    on = Journals()
    on.fill(many(12, seed=4), seed=5)
    readers = on.readers(store.position().journals)
    return Worker(readers, settings_of, store, ManualClock(BEGIN_MS), server_version="0", limits=LIMITS)


def test_after_a_minute_a_restart_has_changed_nothing() -> None:
    """Sessions that began before are known as soon as they speak; nothing is counted twice."""
    whole = worker(MemoryStore())
    assert whole.catch_up()
    store = MemoryStore()
    first = worker(store)
    while store.position().now_ms < BEGIN_MS + 60_000:
        first.step()
    second = worker(store)
    assert second.catch_up()

    expected, found = whole.live(None), second.live("ds")
    assert expected.now_ms == found.now_ms
    assert expected.since_ms + 50_000 < found.since_ms
    filled_ms = found.since_ms + WINDOW_S * 1000
    expected_from, found_from = ((filled_ms - each.from_ms) // 1000 for each in (expected, found))
    assert max(expected.viewers_by_s[expected_from:]) > 3
    assert expected.viewers_by_s[expected_from:] == found.viewers_by_s[found_from:]
    assert expected.errors_by_s[expected_from:] == found.errors_by_s[found_from:]
    assert expected.starts_by_s[-len(found.starts_by_s) + 1 :] == found.starts_by_s[1:]
