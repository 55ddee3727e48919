"""The heart of the collector under spoiled requests, and the store behind it: 20 000 cases, or as many as are asked for."""

import gc
import os
import resource
import time
from collections import Counter
from pathlib import Path

from collector_support import KEYS, NOW_MS, world
from fuzz.judge import Kept, check_promise, judged
from fuzz.spoil import Spoiler
from pipeline_stream import BEGIN_MS, Journals
from playhead.base.clock import ManualClock
from playhead.base.ids import mint_session_id
from playhead.base.settings import SessionSettings
from playhead.base.units import SessionId
from playhead.collector.heart import handle
from playhead.collector.ports import CollectorWorld, Request
from playhead.pipeline.worker import Worker
from playhead.store.duck import DuckStore

CASES = int(os.environ.get("PLAYHEAD_FUZZ_CASES", "20000"))
SEED = int(os.environ.get("PLAYHEAD_FUZZ_SEED", "3"))

CHUNK = 5_000
"""Cases between two looks at the store and at memory; each chunk has its own world and its own store."""

CASE_CPU_S_MAX = 0.5
"""Of one case. The slowest there is reads a body of 64 KiB in some milliseconds."""

GROWTH_MIB_MAX = 48
"""Of the process from the second chunk on; caches of texts and pages of the allocator are all there may be."""

SESSIONS = 40
"""That exist before the first case; starts among the cases make more."""

READ_BACK = 60
"""Sessions of a chunk whose events, rows and record are read from the store once more."""


def test_spoiled_requests_do_no_harm(tmp_path: Path) -> None:
    """Every answer is a documented one in bounded time; what is acknowledged is in the store, and nothing else is."""
    gc.freeze()  # what other tests hold is not looked through while a case is timed
    spoiler = Spoiler(SEED)
    seen: Counter[int] = Counter()
    valid = 0
    base_mib = 0.0
    for number, start in enumerate(range(0, CASES, CHUNK)):
        size = min(CHUNK, CASES - start)
        at = world()
        spoiler.sessions = [
            mint_session_id(KEYS.session[0], NOW_MS, bytes([n, number % 256]) * 9) for n in range(SESSIONS)
        ]
        kept = [run_case(spoiler, at, start + n, seen) for n in range(size)]
        valid += sum(was_valid for _, was_valid in kept)
        check_store(tmp_path / f"{number}.duckdb", [one for one, _ in kept])
        del kept, at
        gc.collect()
        if number == 1:
            base_mib = resident_mib()
        if number % 20 == 19:
            print(f"{start + size} cases, {resident_mib():.0f} MiB, {dict(sorted(seen.items()))}", flush=True)
    gc.unfreeze()
    if base_mib:
        assert resident_mib() - base_mib < GROWTH_MIB_MAX
    assert {200, 202, 204, 207, 400, 404, 405, 413, 415, 422} <= set(seen), "the cases reach every kind of answer"
    assert valid > CASES // 20, "many are still good by the document"


def run_case(spoiler: Spoiler, at: CollectorWorld, number: int, seen: Counter[int]) -> tuple[Kept, bool]:
    """One request, its answer judged."""
    case = spoiler.case()
    request = Request(case.method, case.path, case.query, case.headers, case.body, NOW_MS + number % CHUNK)
    began_s = time.thread_time()
    try:
        reply = handle(request, at)
        took_s = time.thread_time() - began_s
        kept = judged(case, reply)
        valid = check_promise(case, reply)
    except Exception as error:
        short = case._replace(body=case.body[:3000])
        raise AssertionError(f"case {number} of seed {SEED}: {short}") from error
    assert took_s < CASE_CPU_S_MAX, f"case {number} of seed {SEED} took {took_s:.2f} s: {case.done}"
    seen[reply.status] += 1
    return kept, valid


def check_store(path: Path, kept: list[Kept]) -> None:
    """Journal what the door kept, process it, and look for exactly that in the store."""
    journals = Journals(["w00"])
    began_ms = max(NOW_MS, BEGIN_MS)
    for start in range(0, len(kept), 100):
        part = kept[start : start + 100]
        records = [record for one in part for record in (one.accepted, one.refused) if record is not None]
        journals.write("w00", records, began_ms + start)
    journals.write("w00", [], began_ms + 1_000_000_000)  # long after the last: everything closes
    journals.logs["w00"].close(sealed=True)
    store = DuckStore(path, ManualClock(began_ms), memory_limit_mb=256)
    try:
        worker = Worker(
            journals.readers(), lambda _: SessionSettings(), store, ManualClock(began_ms), server_version="0"
        )
        assert worker.catch_up(timeout_s=120)
        expected = Counter(event for one in kept for event in one.events)
        rows = store.answer("SELECT session_id, event_type FROM events").rows
        assert expected == Counter((str(session_id), str(kind).removeprefix("media.")) for session_id, kind in rows)
        for session_id in sorted({session_id for session_id, _ in expected})[:READ_BACK]:
            assert expected.total() >= len(store.judged(SessionId(session_id))) > 0
            store.session(SessionId(session_id))
            store.rows(SessionId(session_id))
        refused = Counter(one.refused.reason for one in kept if one.refused is not None)
        assert refused == store.counts().refusals
        states = store.counts().sessions
        assert set(states) <= {"closed"}, "no session is left open"
    finally:
        store.close()
        path.unlink()


def resident_mib() -> float:
    """Memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20
