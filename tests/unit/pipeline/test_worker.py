"""The worker: what it commits, how it survives failures and crashes, what others see meanwhile."""

import threading
from collections.abc import Callable, Iterable, Sequence
from math import inf
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline_stream import BEGIN_MS, Journals, event, many, refused, request, settings_of
from playhead.base.clock import ManualClock
from playhead.base.errors import StoreError
from playhead.base.settings import SessionSettings
from playhead.base.units import DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.pipeline.closings import Closing
from playhead.pipeline.worker import Worker, WorkerLimits
from playhead.reporting.outputs import Judged, SessionState
from playhead.store.duck import DuckStore
from playhead.store.memory import MemoryStore
from playhead.store.port import BalanceItem, BalanceKey, Commit, SessionSearch, SettingsHistory, Store

SMALL = WorkerLimits(
    slice_requests=3,
    commit_outputs=4,
    commit_interval_s=1000,
    waiting_outputs=60,
    retry_min_s=0.0001,
    retry_max_s=0.001,
)
"""So small that a few viewings make a hundred commits."""

SESSIONS = 12


class Crash(Exception):  # noqa: N818 - it is no error of ours to handle
    """The process dies here."""


class Faulty(MemoryStore):
    """
    A store that fails when it is told to.

    Attributes:
        commits: Commits tried so far.
        fault: Called with the number of a commit and a function that does it; does it or not, raises or not.
    """

    def __init__(self, fault: Callable[[int, Callable[[], None]], None]) -> None:
        super().__init__()
        self.commits = 0
        self.fault = fault

    def commit(self, commit: Commit) -> None:
        """Or not."""
        self.commits += 1
        self.fault(self.commits, lambda: MemoryStore.commit(self, commit))


class Heard:
    """A feed that remembers."""

    def __init__(self) -> None:
        self.news: list[Closing] = []

    def write(self, news: Iterable[Closing], now_ms: int) -> None:
        """Remember."""
        assert now_ms >= BEGIN_MS
        self.news += news


def journals() -> Journals:
    """Two sealed journals with every kind of viewing."""
    made = Journals()
    made.fill(many(SESSIONS, seed=4), seed=5)
    return made


def worker(on: Journals, store: Store, **more: Any) -> Worker:
    """A worker that goes on where the store is."""
    values: dict[str, Any] = {"server_version": "0", "limits": SMALL, **more}
    readers = on.readers(store.position().journals)
    return Worker(readers, values.pop("settings_of", settings_of), store, ManualClock(BEGIN_MS), **values)


def contents(store: Store) -> Any:
    """Everything a store holds, comparable."""
    ids = [record.session_id for record in store.sessions(SessionSearch(), limit=10_000)]
    held = {
        "position": store.position(),
        "balance": sorted(store.balance(0, 1 << 60).items()),
        "sessions": {name: store.session(name) for name in ids},
        "judged": {name: [(one.outcome, one.reason, one.delivery.xdm) for one in store.judged(name)] for name in ids},
        "rows": {name: store.rows(name) for name in ids},
    }
    return msgspec.json.decode(msgspec.json.encode(held))


def uninterrupted() -> Any:
    """What a store holds after an undisturbed run."""
    store = MemoryStore()
    assert worker(journals(), store).catch_up()
    return contents(store)


def test_the_journals_become_sessions_rows_and_counts() -> None:
    """Every delivery is judged once, every session is closed, refusals are counted without strangers' names."""
    store = MemoryStore()
    assert worker(journals(), store).catch_up()
    records = store.sessions(SessionSearch(), limit=1000)
    assert {SessionState.CLOSED} == {record.state for record in records}
    assert SESSIONS + 3 == len(records)
    assert {"end", "idle", "stuck", "complete", "downloaded"} >= set(store.counts().closes)
    assert len(set(store.counts().closes)) > 3, "the viewings end in many ways"
    hour = BEGIN_MS // 3_600_000 * 3_600_000
    refused = {key: count for key, count in store.balance(0, 1 << 60).items() if key.item is BalanceItem.REFUSED}
    assert {BalanceKey("", hour, BalanceItem.REFUSED, "EXEG-0003-400"): 20} == refused


def test_a_crash_at_any_commit_changes_nothing() -> None:
    """The process dies just before, or just after, each of its commits; the next one ends up with the same store."""
    expected = uninterrupted()
    number, died = 0, True
    while died:
        number += 1
        for taken in (False, True):
            died = False

            def fault(now: int, commit: Callable[[], None], at: int = number, then: bool = taken) -> None:
                if now == at and not then:
                    raise Crash
                commit()
                if now == at:
                    raise Crash

            on, store = journals(), Faulty(fault)
            try:
                worker(on, store).catch_up()
            except Crash:
                died = True
                assert worker(on, store).catch_up()
            assert expected == contents(store)
    assert number > 20, "the limits make many commits"


def test_crashing_at_every_commit_in_turn_leaves_the_same_database(tmp_path: Path) -> None:
    """Each process gets one commit further than the one before; the tables are those of an undisturbed run."""
    calm = DuckStore(tmp_path / "calm.duckdb", ManualClock(0))
    assert worker(journals(), calm).catch_up()
    wild = DuckStore(tmp_path / "wild.duckdb", ManualClock(0))
    on, crashes = journals(), 0
    while True:
        mortal = Mortal(wild, after=crashes % 2 == 0)
        try:
            assert worker(on, mortal).catch_up()
            break
        except Crash:
            crashes += 1
    assert crashes > 20
    assert tables(calm) == tables(wild)
    calm.close()
    wild.close()


class Mortal:
    """A store whose process dies at the second commit, before or after it."""

    def __init__(self, store: DuckStore, *, after: bool) -> None:
        self._store, self._after, self._commits = store, after, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, commit: Commit) -> None:
        """Commit, and die at the second."""
        self._commits += 1
        if self._commits == 2 and not self._after:
            raise Crash
        self._store.commit(commit)
        if self._commits == 2:
            raise Crash


def tables(store: DuckStore) -> dict[str, Any]:
    """All tables of a database, row by row; the numbers of rows, not their order, may differ."""
    questions = {
        "event": "FROM kept.event ORDER BY sequence",
        "reported": "SELECT * EXCLUDE sequence FROM kept.reported ORDER BY session_id, sequence",
        "session": "FROM kept.session ORDER BY session_id",
        "ad": "FROM kept.ad ORDER BY session_id, ordinal",
        "chapter": "FROM kept.chapter ORDER BY session_id, ordinal",
        "player_state": "FROM kept.player_state ORDER BY session_id, ordinal",
        "position": "FROM kept.position ORDER BY journal",
        "clock": "SELECT now_ms, sequence FROM kept.clock",
        "balance": "FROM kept.balance ORDER BY ALL",
    }
    return {name: store.answer(sql).rows for name, sql in questions.items()}


@pytest.mark.parametrize("taken", [False, True])
def test_a_commit_that_fails_is_tried_again(taken: bool) -> None:
    """Every second try fails, also where the store took it all the same; nothing is lost or doubled."""

    def fault(now: int, commit: Callable[[], None]) -> None:
        if now % 2 and not taken:
            raise StoreError("no space left")
        commit()
        if now % 2:
            raise StoreError("no space left")

    store = Faulty(fault)
    trying = worker(journals(), store)
    assert trying.catch_up()
    assert uninterrupted() == contents(store)
    assert trying.stats().commit_failures > 10
    assert trying.stats().trouble == ""


class Forgetful(MemoryStore):
    """A store whose every second reading of a history fails."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def deliveries(self, session_id: SessionId, until: int | None = None) -> Sequence[Delivery]:
        """Or not."""
        self.asked += 1
        if self.asked % 2:
            raise StoreError("cannot be read")
        return super().deliveries(session_id, until)


def test_a_history_that_cannot_be_read_is_asked_again() -> None:
    """The delivery that needed it is taken then, once; time does not pass it by."""
    store = Forgetful()
    assert worker(journals(), store).catch_up()
    assert store.asked > 10
    store.asked = 1
    assert uninterrupted() == contents(store)


def test_what_could_not_be_taken_is_taken_though_much_waits() -> None:
    """A history that cannot be read while as much waits as may: no commit is due before the delivery is taken."""
    store = Forgetful()
    full = msgspec.structs.replace(SMALL, slice_requests=200, waiting_outputs=SMALL.commit_outputs)
    assert worker(journals(), store, limits=full).catch_up()
    assert uninterrupted() == contents(store)


def test_a_store_that_stays_away_is_waited_for() -> None:
    """Taking stops at the bound, the trouble is told, and all is well once it is back."""
    away = [True]

    def fault(_now: int, commit: Callable[[], None]) -> None:
        if away[0]:
            raise StoreError("locked")
        commit()

    store = Faulty(fault)
    trying = worker(journals(), store)
    assert not trying.catch_up(0.3)
    stats = trying.stats()
    assert stats.trouble == "locked"
    assert stats.waiting_outputs < SMALL.waiting_outputs + 2 * SMALL.commit_outputs + 100
    away[0] = False
    assert trying.catch_up()
    assert uninterrupted() == contents(store)


def test_a_mistake_of_ours_ends_the_loop() -> None:
    """It is raised and remembered, not passed over."""

    def fault(_now: int, _commit: Callable[[], None]) -> None:
        raise AssertionError("a mistake")

    failing = worker(journals(), Faulty(fault))
    with pytest.raises(AssertionError):
        failing.run(threading.Event())
    assert isinstance(failing.failure, AssertionError)


def test_closings_are_published_after_the_commit() -> None:
    """The last news of each session says how its record stands, and nothing is published that is not stored."""
    feed = Heard()

    def fault(_now: int, commit: Callable[[], None]) -> None:
        before = len(feed.news)
        commit()
        assert before == len(feed.news)

    store = Faulty(fault)
    assert worker(journals(), store, feed=feed).catch_up()
    last = {news.session_id: news for news in feed.news}
    records = store.sessions(SessionSearch(), limit=1000)
    assert {str(record.session_id): record.close_cause for record in records} == {
        name: news.cause for name, news in last.items()
    }
    assert any(not news.closed for news in feed.news), "some were reopened"


def test_news_say_as_of_when_they_hold() -> None:
    """Nothing that arrived earlier was unread: the time of the commit they are of, though more was taken meanwhile."""

    class Timed(Heard):
        """A feed that knows the store."""

        def write(self, news: Iterable[Closing], now_ms: int) -> None:
            """As of the commit that was just made, or the one the store had at the start."""
            told = list(news)
            assert {store.position().now_ms} == {one.as_of_ms for one in told}
            late.append(now_ms - store.position().now_ms)
            super().write(told, now_ms)

    def fault(now: int, commit: Callable[[], None]) -> None:
        if now % 3:
            raise StoreError("not now")
        commit()

    late: list[int] = []
    store, on = Faulty(fault), journals()
    assert worker(on, store, feed=Timed()).catch_up()
    assert max(late) > 0, "more was taken than the store had"
    worker(on, store, feed=Timed())
    assert 0 == late[-1]


def test_news_that_could_not_be_published_are_published_later() -> None:
    """A reopening that collectors never hear of would keep them from taking events of an open session."""

    class Refusing(Heard):
        """A feed whose first writes fail."""

        left = 5

        def write(self, news: Iterable[Closing], now_ms: int) -> None:
            """Or not."""
            self.left -= 1
            if self.left >= 0:
                raise OSError("the disk refuses")
            super().write(news, now_ms)

    feed, always = Refusing(), Heard()
    taking = worker(journals(), MemoryStore(), feed=feed)
    assert taking.catch_up()
    assert worker(journals(), MemoryStore(), feed=always).catch_up()
    assert taking.stats().trouble == ""
    last, expected = ({news.session_id: news for news in one.news} for one in (feed, always))
    assert expected == {
        name: msgspec.structs.replace(news, as_of_ms=expected[name].as_of_ms) for name, news in last.items()
    }
    assert all(news.as_of_ms >= expected[name].as_of_ms for name, news in last.items())


def test_a_restart_publishes_recent_closings_again() -> None:
    """A crash may have come between commit and feed."""
    store = MemoryStore()
    on = journals()
    assert worker(on, store).catch_up()
    feed = Heard()
    worker(on, store, feed=feed)
    now_ms = store.position().now_ms
    records = store.sessions(SessionSearch(), limit=1000)
    recent = {str(one.session_id) for one in records if (one.closed_ms or 0) >= now_ms - 600_000}
    assert recent == {news.session_id for news in feed.news}
    assert recent


def test_a_session_keeps_the_settings_it_began_under() -> None:
    """Whatever they are when the processor starts again; a later session begins under the new ones."""
    on = Journals(["w00"])
    on.write("w00", [request(BEGIN_MS, event("s1", "sessionStart", 0, 0), session="s1")], BEGIN_MS)
    on.write("w00", [], BEGIN_MS + 30_000)
    store = MemoryStore()
    worker(on, store).catch_up(0.2)
    again = worker(on, store, settings_of=lambda _: SessionSettings(idle_timeout_s=20))
    again.catch_up(0.2)
    assert SessionState.OPEN is one(store, "s1").state
    on.write("w00", [request(BEGIN_MS + 35_000, event("s2", "sessionStart", 35, 0), session="s2")], BEGIN_MS + 90_000)
    again.catch_up(0.2)
    assert [60_000, 55_000] == [one(store, name).closed_ms - BEGIN_MS for name in ("s1", "s2")]
    assert [0, 35_000] == [from_ms - BEGIN_MS for from_ms, _ in store.settings()[DatastreamId("ds")]]


class Ignorant(MemoryStore):
    """A store of before the history of settings."""

    def settings(self) -> SettingsHistory:
        """None."""
        return {}


def test_sessions_whose_settings_nobody_remembers_follow_those_of_now() -> None:
    """What these would have closed is closed at the restart, and not left open for ever."""
    on = Journals(["w00"])
    on.write("w00", [request(BEGIN_MS, event("s1", "sessionStart", 0, 0), session="s1")], BEGIN_MS)
    on.write("w00", [], BEGIN_MS + 30_000)
    store = Ignorant()
    worker(on, store, limits=WorkerLimits(snapshot_every_s=inf)).catch_up(0.2)
    again = worker(on, store, settings_of=lambda _: SessionSettings(idle_timeout_s=20))
    again.catch_up(0.2)
    assert SessionState.CLOSED is one(store, "s1").state


def one(store: Store, name: str) -> Any:
    """A record that is there."""
    record = store.session(SessionId(name))
    assert record is not None
    return record


def test_others_see_sessions_before_they_are_committed() -> None:
    """The live view has the session, its pending deliveries and rows; after the commit the store has them."""
    on = Journals(["w00"])
    store = MemoryStore()
    live = worker(on, store, limits=WorkerLimits())
    start = request(BEGIN_MS + 5, event("s1", "sessionStart", 0, 0), session="s1")
    play = request(BEGIN_MS + 9, event("s1", "play", 0.001, 0), session="s1")
    on.write("w00", [start, play, refused(BEGIN_MS + 9)], BEGIN_MS + 10)
    live.step()
    s1 = SessionId("s1")
    assert [s1] == live.open_sessions()
    view = live.view(s1)
    assert view is not None
    assert 2 == view.accepted
    outputs, committed = live.pending(s1)
    judged = [output for output in outputs if isinstance(output, Judged)]
    assert ["sessionStart", "play"] == [msgspec.json.decode(output.delivery.xdm)["eventType"][6:] for output in judged]
    assert (1, 0) == (live.stats().open_sessions, committed)
    assert live.catch_up()
    assert ([], 2) == live.pending(s1)
    assert 2 == len(store.deliveries(s1))
    assert None is live.view(SessionId("nobody"))


def test_recorded_time_not_the_wall_clock_closes_sessions() -> None:
    """With the journals standing still nothing expires; with them going on it does."""
    on = Journals(["w00"])
    store = MemoryStore()
    on.write("w00", [request(BEGIN_MS, event("s1", "sessionStart", 0, 0), session="s1")], BEGIN_MS)
    live = worker(on, store)
    live.catch_up(0.2)
    assert [SessionId("s1")] == live.open_sessions()
    on.write("w00", [], BEGIN_MS + 59_999)
    live.catch_up(0.2)
    assert [SessionId("s1")] == live.open_sessions()
    on.write("w00", [], BEGIN_MS + 60_000)
    live.catch_up(0.2)
    assert [] == live.open_sessions()
    assert ("idle", BEGIN_MS + 60_000) == (one(store, "s1").close_cause, one(store, "s1").closed_ms)


def test_time_told_by_a_refusal_alone_loses_no_close() -> None:
    """What was due by then is committed with that time, so that a restart does not take it for done."""
    on, store = Journals(["w00"]), MemoryStore()
    on.write("w00", [request(BEGIN_MS, event("s1", "sessionStart", 0, 0), session="s1")], BEGIN_MS)
    on.write("w00", [refused(BEGIN_MS + 60_000)], BEGIN_MS + 60_000)
    worker(on, store).catch_up(0.2)
    again = worker(on, store)
    again.catch_up(0.2)
    assert "idle" == one(store, "s1").close_cause
    assert 2 == len(store.rows(SessionId("s1")))


def test_counts_and_lag_are_told() -> None:
    """Deliveries by what became of them, closes by cause, commits with their times, how late the store is."""
    store = MemoryStore()
    working = worker(journals(), store)
    assert working.catch_up()
    stats = working.stats()
    assert sum(store.counts().events.values()) == sum(stats.events.values())
    assert stats.commits == sum(stats.write_counts)
    assert 0 == stats.waiting_outputs
    assert {"w00": 0, "w01": 0} == stats.backlog_bytes


def test_the_loop_stops_when_told_and_what_is_left_is_done_next() -> None:
    """A thread runs it; viewers ask all the while; the store ends as without a stop."""
    on, store, stop = journals(), MemoryStore(), threading.Event()
    running = worker(on, store)
    thread = threading.Thread(target=running.run, args=(stop,))
    thread.start()
    for _ in range(20):
        for session_id in running.open_sessions():
            running.view(session_id)
        running.stats()
    stop.set()
    thread.join()
    assert None is running.failure
    assert worker(on, store).catch_up()
    assert uninterrupted() == contents(store)
