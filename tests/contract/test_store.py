"""One suite for every store: what `playhead.store.port` promises, asked of each implementation."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contract.store_samples import NOW_MS, judged, record, row
from playhead.base.clock import ManualClock
from playhead.base.units import DAY_MS, HOUR_MS, DatastreamId, RowId, SessionId
from playhead.reporting.outputs import Outcome, Output, Retraction, SessionState
from playhead.store.duck import DuckStore
from playhead.store.memory import MemoryStore
from playhead.store.port import (
    BalanceItem,
    BalanceKey,
    Commit,
    Counts,
    JournalPosition,
    Kept,
    KeptSince,
    Order,
    Place,
    Position,
    Removed,
    SessionSearch,
    Store,
)

S1, S2 = SessionId("s1"), SessionId("s2")


def plain(value: Any) -> Any:
    """A value without the difference of lists and tuples, which JSON does not keep."""
    return msgspec.json.decode(msgspec.json.encode(value))


def put(store: Store, *outputs: Output) -> None:
    """Commit outputs."""
    store.commit(Commit(outputs=outputs, now_ms=NOW_MS))


class StoreContract:
    """The suite; each implementation gives it a fixture `store`."""

    def test_an_empty_store_stands_at_the_beginning(self, store: Store) -> None:
        """Nothing read, nothing known, time zero."""
        assert Position() == store.position()
        assert list(store.unfinished("")) == []
        assert list(store.recent_closed(0)) == []
        assert list(store.snapshots("")) == []
        assert list(store.standings(0)) == []
        assert {} == store.settings()
        assert None is store.session(S1)
        assert list(store.rows(S1)) == []
        assert list(store.deliveries(S1)) == []

    def test_positions_are_kept_by_journal(self, store: Store) -> None:
        """A commit moves the journals it names and leaves the others."""
        store.commit(Commit(positions={"a": JournalPosition(10, 2, "ab"), "b": JournalPosition(7)}, now_ms=100))
        store.commit(Commit(positions={"a": JournalPosition(20)}, now_ms=90))
        expected = Position({"a": JournalPosition(20), "b": JournalPosition(7)}, now_ms=100, sequence=0)
        assert expected == store.position()

    def test_deliveries_come_back_as_they_were_taken(self, store: Store) -> None:
        """Every member of every delivery survives, whatever its outcome, in the order of arrival."""
        start = judged(
            action="sessionStart",
            request_id="q1",
            index=3,
            client_id="c1",
            ecid="e1",
            shared_xdm=b'{"identityMap":{"ECID":[{"id":"e1"}]}}',
        )
        other = judged(session="s2", action="sessionStart")
        again = judged(Outcome.DUPLICATE, "same_request", action="play", at_s=1)
        put(store, start, other)
        put(store, again)
        assert [start, again] == list(store.judged(S1))
        assert [start.delivery, again.delivery] == list(store.deliveries(S1))
        assert [start] == list(store.judged(S1, until=2))
        assert [start.delivery] == list(store.deliveries(S1, until=2))
        assert store.position().sequence == 3

    def test_of_several_records_the_last_holds(self, store: Store) -> None:
        """Within one commit and across commits."""
        put(store, record(accepted=1), record(accepted=2))
        assert _found(store, S1).accepted == 2
        put(store, record(accepted=3, closed="idle"))
        assert plain(record(accepted=3, closed="idle")) == plain(store.session(S1))
        assert len(store.sessions(SessionSearch())) == 1

    def test_a_record_survives_whole(self, store: Store) -> None:
        """Ads, chapters, states, intervals and identities come back as written."""
        whole = rich_record()
        put(store, whole)
        assert plain(whole) == plain(store.session(S1))

    def test_a_row_replaces_the_earlier_of_its_id_in_its_place(self, store: Store) -> None:
        """The last content holds; the order is that of the first writing."""
        put(store, record(), row(name="r1", n=1), row(name="r2", n=1))
        put(store, row(name="r1", n=2), row(name="r3", n=1), row(name="r3", n=2))
        assert [row(name="r1", n=2), row(name="r2", n=1), row(name="r3", n=2)] == list(store.rows(S1))

    def test_a_retracted_row_is_gone_until_it_is_written_again(self, store: Store) -> None:
        """Then it is new, behind the others."""
        put(store, record(), row(name="r1"), row(name="r2"))
        put(store, Retraction(RowId("s1|r1"), S1))
        assert [row(name="r2")] == list(store.rows(S1))
        put(store, row(name="r1", n=3))
        assert [row(name="r2"), row(name="r1", n=3)] == list(store.rows(S1))
        put(store, Retraction(RowId("s1|r2"), S1), row(name="r2", n=4))
        assert [row(name="r1", n=3), row(name="r2", n=4)] == list(store.rows(S1))
        put(store, row(name="r9"), Retraction(RowId("s1|r9"), S1))
        assert len(store.rows(S1)) == 2

    def test_rows_of_sessions_old_and_new_are_replaced_together(self, store: Store) -> None:
        """However far apart their starts are."""
        put(store, record("s1"), record("s2", started_s=80_000), row("s1", n=1), row("s2", n=1))
        put(store, row("s2", n=2), row("s1", n=2))
        put(store, record("s2", started_s=80_000, closed="end"), record("s1", closed="end"))
        assert [row("s1", n=2)] == list(store.rows(S1))
        assert [row("s2", n=2)] == list(store.rows(S2))
        assert len(store.sessions(SessionSearch())) == 2

    def test_a_row_written_after_its_session_closed_replaces_too(self, store: Store) -> None:
        """A reopened session writes its close row again under the same id."""
        put(store, record(closed="idle"), row(name="close", n=1))
        put(store, record(), row(name="close", n=2))
        put(store, row(name="close", n=3))
        assert [row(name="close", n=3)] == list(store.rows(S1))

    def test_sessions_are_listed_newest_first_and_paged(self, store: Store) -> None:
        """By start, then id, both descending; a place is behind the session it names."""
        put(store, *(record(f"s{number}", started_s=number // 2) for number in range(6)))
        assert _ids(store, SessionSearch(), limit=4) == ["s5", "s4", "s3", "s2"]
        assert _ids(store, SessionSearch(), before=Place(NOW_MS + 2_000, "s4")) == ["s3", "s2", "s1", "s0"]
        assert _ids(store, SessionSearch(from_ms=NOW_MS + 1_000, until_ms=NOW_MS + 2_000)) == ["s3", "s2"]

    @pytest.mark.parametrize(
        ("search", "expected"),
        [
            ({"datastream": "ds2"}, ["s2"]),
            ({"person": "p2"}, ["s3"]),
            ({"content": "other"}, ["s2"]),
            ({"state": SessionState.OPEN}, ["s0"]),
            ({"close_cause": "idle"}, ["s2", "s0"]),
            ({"has_errors": True}, ["s1", "s0"]),
            ({"has_errors": False}, ["s3", "s2", "s0"]),
            ({"has_stalls": True}, ["s2", "s0"]),
            ({"has_buffering": True}, ["s3", "s0"]),
            ({"has_ads": True}, ["s3", "s0"]),
            ({"has_warnings": True}, ["s1", "s0"]),
            ({"has_errors": True, "person": "p1", "state": SessionState.CLOSED}, ["s1"]),
            ({"person": "ecid-of-s3"}, ["s3"]),
            ({"player": "tv"}, ["s2"]),
            ({"channel": "news"}, ["s2", "s0"]),
            ({"player": "tv", "channel": "sports"}, []),
            ({"order": Order.ERRORS}, ["s1", "s3", "s2"]),
            ({"order": Order.WAITING}, ["s2", "s3", "s1"]),
            ({"order": Order.WAITING, "state": SessionState.OPEN}, []),
        ],
    )
    def test_sessions_are_searched(self, store: Store, search: dict[str, Any], expected: list[str]) -> None:
        """Every condition holds; what changes while a session runs is not asked of an open one."""
        put(
            store,
            record("s0", session_details={"name": "film", "channel": "news"}),
            record("s1", closed="end", qoe={"errorCount": 2}, dropped=1),
            record(
                "s2",
                closed="idle",
                qoe={"stallCount": 1, "stallTime": 4, "timeToStart": 3},
                datastream_id="ds2",
                session_details={"name": "other", "playerName": "tv", "channel": "news"},
            ),
            record(
                "s3",
                closed="end",
                qoe={"bufferCount": 1, "bufferTime": 6},
                session_details={"adCount": 1},
                person="p2",
                ecid="ecid-of-s3",
            ),
        )
        assert expected == _ids(store, SessionSearch(**search))

    def test_sessions_listed_by_weight_are_paged(self, store: Store) -> None:
        """A place is behind the session it names; equal weights are told apart by start and id."""
        errors = {"s0": 1, "s1": 3, "s2": 0, "s3": 1, "s4": 3}
        put(
            store,
            *(
                record(name, started_s=number // 2, closed="end", qoe={"errorCount": count})
                for number, (name, count) in enumerate(errors.items())
            ),
        )
        search = SessionSearch(order=Order.ERRORS)
        assert _ids(store, search) == ["s4", "s1", "s3", "s0", "s2"]
        assert _ids(store, search, before=Place(NOW_MS, "s1", 3)) == ["s3", "s0", "s2"]
        assert _ids(store, search, before=Place(NOW_MS + 1_000, "s3", 1), limit=1) == ["s0"]

    def test_outcomes_are_counted_by_session(self, store: Store) -> None:
        """Over commits, of that session alone; nothing of one that is not known."""
        put(store, judged(), judged(Outcome.DUPLICATE, "duplicate_id"), record("s1", closed="end"))
        put(store, judged(), judged(Outcome.DROPPED, "session_closed"), judged(session="s2"))
        assert {Outcome.ACCEPTED: 2, Outcome.DUPLICATE: 1, Outcome.DROPPED: 1} == store.outcomes(S1)
        assert {Outcome.ACCEPTED: 1} == store.outcomes(S2)
        assert {} == store.outcomes(SessionId("s3"))

    def test_the_balance_adds_up(self, store: Store) -> None:
        """By datastream, hour, item and reason; in the order of the hours, or summed up over them."""
        key = BalanceKey("ds", NOW_MS, BalanceItem.REFUSED, "EXEG-0003-400")
        other = BalanceKey("a", NOW_MS + HOUR_MS, BalanceItem.RECEIVED)
        later = key._replace(hour_ms=NOW_MS + HOUR_MS)
        store.commit(Commit(balance={key: 2, other: 7, later: 1}))
        store.commit(Commit(balance={key: 3, later._replace(reason="x"): 9, key._replace(item=BalanceItem.DROPPED): 1}))
        assert [
            (key._replace(item=BalanceItem.DROPPED), 1),
            (key, 5),
            (other, 7),
            (later, 1),
            (later._replace(reason="x"), 9),
        ] == list(store.balance(0, NOW_MS + 2 * HOUR_MS).items())
        assert [NOW_MS] * 2 == [key.hour_ms for key in store.balance(NOW_MS, NOW_MS + HOUR_MS)]
        assert {
            key._replace(hour_ms=0): 1,
            key._replace(hour_ms=0, reason="x"): 9,
            other._replace(hour_ms=0): 7,
        } == store.balance(NOW_MS + 1, NOW_MS + 2 * HOUR_MS, by_hour=False)
        assert {} == store.balance(0, NOW_MS)

    def test_the_balance_outlives_what_it_counts(self, store: Store) -> None:
        """Removing events by age changes no sum."""
        fill_days(store, 0, 1)
        store.commit(Commit(balance={BalanceKey("ds", NOW_MS, BalanceItem.COUNTED): 3}))
        everything = Kept(events=SINCE_DAY_1, rows=SINCE_DAY_1, sessions=SINCE_DAY_1)
        assert Removed(events=3, rows=2, sessions=1) == store.remove(everything, 100)
        assert [3] == list(store.balance(0, 1 << 60).values())

    def test_counts_tell_what_is_held(self, store: Store) -> None:
        """Sessions by state and cause, deliveries by outcome and reason, rows, refusals by reason."""
        put(store, judged(), judged(Outcome.DROPPED, "session_closed"), judged(), record(), record("s2", closed="end"))
        put(store, row(), row(name="r2"))
        refused = [BalanceKey(name, 0, BalanceItem.REFUSED_REQUEST, "x") for name in ("ds", "ds2")]
        store.commit(Commit(balance=dict.fromkeys([*refused, BalanceKey("ds", 0, BalanceItem.REFUSED, "x")], 1)))
        expected = Counts(
            sessions={"open": 1, "closed": 1},
            closes={"end": 1},
            events={("accepted", ""): 2, ("dropped", "session_closed"): 1},
            rows=2,
            refusals={"x": 2},
        )
        assert expected == store.counts()

    def test_readers_see_whole_commits_while_one_writes(self, store: Store) -> None:
        """A reader in another thread never sees a session without the delivery it came with."""
        broken: list[str] = []
        done = threading.Event()

        def read() -> None:
            while not done.is_set():
                known = len(store.sessions(SessionSearch(), limit=1000))
                taken = store.position().sequence
                if taken < known:
                    broken.append(f"{known} sessions, {taken} deliveries")

        reader = threading.Thread(target=read)
        reader.start()
        for number in range(20):
            name = f"n{number}"
            put(store, judged(session=name, action="sessionStart"), record(name))
        done.set()
        reader.join()
        assert broken == []

    def test_what_is_older_than_it_is_kept_goes_whole(self, store: Store) -> None:
        """By the arrival of its session's start, each class by its own bound; the younger session stays as it is."""
        fill_days(store, 0, 1)
        assert Removed() == store.remove(Kept(), 100)
        assert Removed(events=3) == store.remove(Kept(events=SINCE_DAY_1), 100)
        assert [] == list(store.judged(SessionId("day0")))
        assert 2 == len(store.rows(SessionId("day0")))
        assert Removed(rows=2) == store.remove(Kept(rows=SINCE_DAY_1), 100)
        assert store.session(SessionId("day0")) is not None
        assert Removed(sessions=1) == store.remove(Kept(sessions=SINCE_DAY_1), 100)
        assert None is store.session(SessionId("day0"))
        assert ["day1"] == _ids(store, SessionSearch())
        assert 3 == len(store.judged(SessionId("day1")))
        assert 2 == len(store.rows(SessionId("day1")))
        assert 6 == store.position().sequence
        assert Removed() == store.remove(Kept(events=SINCE_DAY_1, rows=SINCE_DAY_1, sessions=SINCE_DAY_1), 100)

    def test_each_datastream_has_its_own_bounds(self, store: Store) -> None:
        """Also of rows whose session is gone; a datastream may keep for ever what others do not."""
        of = {DatastreamId("short"): NOW_MS + 2 * DAY_MS, DatastreamId("ever"): None}
        for name in ("short", "ever", "other"):
            fill_days(store, 0, 1, prefix=name, datastream=name)
        sessions = Kept(sessions=KeptSince(NOW_MS + 2 * DAY_MS))
        assert Removed(sessions=6) == store.remove(sessions, 100)
        since = KeptSince(NOW_MS + DAY_MS, of)
        assert Removed(events=9, rows=6) == store.remove(Kept(events=since, rows=since), 100)
        left = {
            name: len(store.rows(SessionId(name)))
            for name in ("short0", "short1", "ever0", "ever1", "other0", "other1")
        }
        assert {"short0": 0, "short1": 0, "ever0": 2, "ever1": 2, "other0": 0, "other1": 2} == left

    def test_nothing_of_a_session_that_may_change_is_removed(self, store: Store) -> None:
        """Neither of an open one, however old, nor of one that started less than a day ago, whatever is asked."""
        now_ms = NOW_MS + 10 * DAY_MS
        fill_days(store, 0, closed=None, now_ms=now_ms - 1)
        fill_days(store, 9, prefix="new", now_ms=now_ms)
        everything = KeptSince(1 << 60)
        assert Removed() == store.remove(Kept(events=everything, rows=everything, sessions=everything), 100)
        assert 3 == len(store.judged(SessionId("day0")))
        store.commit(Commit(outputs=[record("day0", closed="age")], now_ms=now_ms + 1))
        removed = store.remove(Kept(events=everything, rows=everything, sessions=everything), 100)
        assert Removed(events=6, rows=4, sessions=2) == removed

    def test_deliveries_of_no_session_have_their_own_age(self, store: Store) -> None:
        """Also those that came before the session of their id began."""
        early = judged(Outcome.DROPPED, "session_unknown", session="day5", at_s=10)
        late = judged(Outcome.DROPPED, "session_unknown", session="lost", at_s=2 * 86_400)
        put(store, early, judged(Outcome.DROPPED, "session_unknown", session="lost", at_s=10), late)
        fill_days(store, 5)
        assert Removed(events=2) == store.remove(Kept(events=SINCE_DAY_1), 100)
        assert [late] == list(store.judged(SessionId("lost")))
        assert 3 == len(store.judged(SessionId("day5")))

    def test_much_is_removed_bit_by_bit(self, store: Store) -> None:
        """Each time there may be more is said; a session never loses a part of a class."""
        fill_days(store, *range(5), more_than_a_day_each=True)
        kept = Kept(events=KeptSince(NOW_MS + 4 * DAY_MS), rows=KeptSince(NOW_MS + 4 * DAY_MS))
        total, calls, more = 0, 0, True
        while more:
            removed = store.remove(kept, 2)
            total, calls, more = total + removed.events, calls + 1, removed.more
            assert {0, 4} >= {len(store.judged(SessionId(f"day{number}"))) for number in range(5)}
            assert {0, 2} >= {len(store.rows(SessionId(f"day{number}"))) for number in range(5)}
        assert 16 == total
        assert calls > 2
        assert ["day4"] == [name for name in map("day{}".format, range(5)) if store.judged(SessionId(name))]

    def test_ads_chapters_and_states_go_with_their_session(self, store: Store) -> None:
        """Nothing of it is listed any more."""
        store.commit(Commit(outputs=[rich_record(), record("s2", closed="end", started_s=86_400)], now_ms=FAR_MS))
        assert Removed(sessions=1) == store.remove(Kept(sessions=SINCE_DAY_1), 100)
        assert ["s2"] == _ids(store, SessionSearch())
        if isinstance(store, DuckStore):
            sql = "SELECT (SELECT count(*) FROM ads), (SELECT count(*) FROM chapters), (SELECT count(*) FROM states)"
            assert [(0, 0, 0)] == store.answer(sql).rows

    def test_odd_values_of_players_are_kept(self, store: Store) -> None:
        """NUL in a text, bytes that are no UTF-8, a number beyond all columns: nothing stops the write."""
        odd = judged(request_id="a\0b", client_id="é🙂")
        huge = record(
            closed="end", session_details={"name": "a\0b", "length": 10**30, "season": 3}, custom_metadata={"a\0": "\0"}
        )
        put(store, odd, huge, row(n=10**18, text="a\0b"))
        assert [odd] == list(store.judged(S1))
        assert plain(huge) == plain(store.session(S1))
        assert [row(n=10**18, text="a\0b")] == list(store.rows(S1))


class TestMemoryStore(StoreContract):
    """The suite on the store in memory."""

    @pytest.fixture
    def store(self) -> Store:
        """An empty one."""
        return MemoryStore()


class TestDuckStore(StoreContract):
    """The suite on DuckDB."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        """An empty one."""
        store = DuckStore(tmp_path / "playhead.duckdb", ManualClock(NOW_MS))
        yield store
        store.close()


FAR_MS = NOW_MS + 30 * DAY_MS
SINCE_DAY_1 = KeptSince(NOW_MS + DAY_MS)


def fill_days(
    store: Store,
    *days: int,
    prefix: str = "day",
    datastream: str = "ds",
    closed: str | None = "idle",
    more_than_a_day_each: bool = False,
    now_ms: int = NOW_MS + 30 * DAY_MS,
) -> None:
    """A session that began on each of these days after NOW_MS: three deliveries, two rows, a record."""
    of: dict[str, Any] = {"datastream_id": DatastreamId(datastream)}
    for day in days:
        name = f"{prefix}{day}"
        times = [0, 3600, 86_000, 86_500] if more_than_a_day_each else [0, 3600, 86_000]
        outputs: list[Output] = [
            judged(session=name, action="ping" if at_s else "sessionStart", at_s=86_400 * day + at_s, **of)
            for at_s in times
        ]
        outputs += [row(name, "start"), row(name, "close"), record(name, started_s=86_400 * day, closed=closed, **of)]
        store.commit(Commit(outputs=outputs, now_ms=now_ms))


def rich_record() -> Any:
    """A closed session with everything in it."""
    return record(
        closed="end",
        identity_map={"ECID": [{"id": "e1", "primary": True}]},
        qoe={"bitrateAverage": 1400, "playerSdkErrors": ["E-1", "E-2"], "errorCount": 2},
        states=[{"name": "mute", "isSet": True, "count": 2, "time": 40}],
        custom_metadata={"a": "b"},
        ads=[
            {
                "ordinal": 1,
                "startedAtMs": NOW_MS,
                "closedAtMs": NOW_MS + 5,
                "advertisingDetails": {"name": "001", "length": 16, "isStarted": True, "timePlayed": 16},
                "advertisingPodDetails": {"ID": "x_1", "index": 1, "offset": 15},
                "customMetadata": {"k": "v"},
            }
        ],
        chapters=[
            {
                "ordinal": 1,
                "startedAtMs": NOW_MS,
                "closedAtMs": NOW_MS + 5,
                "chapterDetails": {"ID": "x_1", "index": 1, "isStarted": True, "isCompleted": True, "timePlayed": 14},
                "customMetadata": {},
            }
        ],
        viewed_s=[(0.0, 10.5), (20.0, 30.0)],
        main_play_ms=[(NOW_MS, NOW_MS + 10)],
        ad_play_ms=[(NOW_MS + 10, NOW_MS + 20)],
        accepted=9,
    )


def _found(store: Store, session_id: SessionId) -> Any:
    found = store.session(session_id)
    assert found is not None
    return found


def _ids(store: Store, search: SessionSearch, before: Place | None = None, limit: int = 100) -> list[str]:
    return [str(found.session_id) for found in store.sessions(search, before, limit)]
