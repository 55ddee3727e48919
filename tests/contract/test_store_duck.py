"""What only a store on a disk has to do: survive, refuse, answer SQL and nothing else."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pytest
from msgspec.structs import replace

from contract.store_samples import NOW_MS, judged, record, row
from playhead.base.clock import ManualClock
from playhead.base.errors import QuestionError, StoreError, UsageError
from playhead.base.units import SessionId
from playhead.reporting.segments import segment_of
from playhead.store.duck import DuckStore
from playhead.store.port import Commit, JournalPosition, Place, SessionSearch

CLOCK = ManualClock(NOW_MS)
TESTS = Path(__file__).parent.parent

CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from contract.store_samples import NOW_MS, judged, record, row
from playhead.base.clock import ManualClock
from playhead.base.errors import StoreError
from playhead.store.duck import DuckStore
from playhead.store.port import Commit, JournalPosition
store = DuckStore(Path(sys.argv[2]), ManualClock(NOW_MS))
def commit(number):
    name = f"s{number}"
    outputs = [judged(session=name, action="sessionStart"), row(name, text="x" * 500), record(name)]
    store.commit(Commit(outputs=outputs, positions={"w00": JournalPosition(number)}, now_ms=NOW_MS + number))
"""


def child(path: Path, script: str) -> subprocess.Popen[str]:
    """Another process that owns the store; in its script `commit(n)` writes the session `s<n>`."""
    source = CHILD + textwrap.dedent(script)
    return subprocess.Popen(
        [sys.executable, "-c", source, str(TESTS), str(path)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )


def check_whole(store: DuckStore, commits: int) -> None:
    """Each commit is there with all its parts, and nothing else."""
    assert commits == store.position().sequence
    assert {"w00": JournalPosition(commits - 1)} == store.position().journals
    ids = {record.session_id for record in store.sessions(SessionSearch(), limit=10_000)}
    assert {f"s{number}" for number in range(commits)} == ids
    assert commits == store.counts().rows


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ({"dimension": "content", "op": "=", "value": "film"}, ["s2", "s1"]),
        ({"dimension": "advertiser", "op": "=", "value": "acme"}, ["s1"]),
        ({"not": {"dimension": "advertiser", "op": "exists"}}, ["s4", "s2"]),
        ({"metric": "error-events", "op": ">", "value": 1}, ["s2"]),
        ({"dimension": "hour-of-day", "op": "=", "value": 23}, ["s2", "s1"]),
        ({"any": []}, []),
    ],
)
def test_sessions_are_searched_by_segment(tmp_path: Path, segment: object, expected: list[str]) -> None:
    """The closed ones for which it holds, as in reports; hours are those of the zone named; pages as without it."""
    store = DuckStore(tmp_path / "playhead.duckdb", CLOCK)
    ad = {"ordinal": 1, "startedAtMs": NOW_MS, "closedAtMs": None, "advertisingDetails": {"advertiser": "acme"}}
    film = {"name": "film"}
    store.commit(
        Commit(
            outputs=[
                record(
                    "s1",
                    closed="end",
                    ads=[{**ad, "advertisingPodDetails": {}, "customMetadata": {}}],
                    session_details=film,
                ),
                record("s2", closed="end", qoe={"errorCount": 2}, session_details=film),
                record("s3", session_details=film),
                record("s4", closed="end", started_s=3_600),
            ]
        )
    )
    search = SessionSearch(segment=segment_of(segment), zone="Atlantic/Azores")
    assert expected == [found.session_id for found in store.sessions(search)]
    for first in store.sessions(search, limit=1):
        rest = store.sessions(search, Place(first.started_at_ms, first.session_id))
        assert expected[1:] == [found.session_id for found in rest]
    with pytest.raises(QuestionError, match="no time zone"):
        store.sessions(replace(search, zone="Nowhere/Land"))
    store.close()


def test_what_was_committed_survives_a_kill(tmp_path: Path) -> None:
    """Killed with -9 while it commits: every commit that was told is there, and at most the one under way."""
    path = tmp_path / "playhead.duckdb"
    process = child(path, "for number in range(100_000):\n    commit(number)\n    print(number, flush=True)\n")
    assert process.stdout is not None
    for _ in range(25):
        told = process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.readlines()
    process.communicate()
    last = int((rest or [told])[-1])
    store = DuckStore(path, CLOCK)
    commits = store.position().sequence
    assert commits in {last + 1, last + 2}
    check_whole(store, commits)
    store.close()


def test_a_disk_that_is_full_loses_nothing(tmp_path: Path) -> None:
    """A commit that does not fit raises StoreError and leaves no trace; with room again the same one is taken."""
    path = tmp_path / "playhead.duckdb"
    process = child(
        path,
        """
        import resource
        failures = 0
        commit(0)
        def limit(size):
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        number = 1
        room = max(file.stat().st_size for file in Path(sys.argv[2]).parent.iterdir())
        limit(room + 20_000)
        while number < 120:
            try:
                commit(number)
                number += 1
            except StoreError as error:
                failures += 1
                try:
                    assert store.position().sequence == number, (store.position().sequence, number)
                except StoreError:
                    pass  # it cannot be read until there is room again
                if failures % 3 == 0:
                    room += 60_000
                    limit(room + 20_000)
        print(failures)
        store.close()
        """,
    )
    out, _ = process.communicate(timeout=120)
    assert 0 == process.returncode
    assert int(out) > 3
    store = DuckStore(path, CLOCK)
    check_whole(store, 120)
    store.close()


def test_one_process_owns_a_store(tmp_path: Path) -> None:
    """Another one is told so, and can have it afterwards."""
    path = tmp_path / "playhead.duckdb"
    process = child(path, "print('open', flush=True); sys.stdin.read(); store.close()")
    assert process.stdout is not None
    assert "open\n" == process.stdout.readline()
    with pytest.raises(StoreError, match="cannot be opened"):
        DuckStore(path, CLOCK)
    process.communicate("")
    DuckStore(path, CLOCK).close()


def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    """It says which version it is and what to do."""
    path = tmp_path / "playhead.duckdb"
    DuckStore(path, CLOCK).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO schema_version VALUES (99, '0099_future.sql', 0)")
    with pytest.raises(StoreError, match="version 99"):
        DuckStore(path, CLOCK)


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    """And left as it is."""
    path = tmp_path / "playhead.duckdb"
    path.write_bytes(b"something else" * 1000)
    with pytest.raises(StoreError, match="cannot be opened"):
        DuckStore(path, CLOCK)
    assert b"something else" * 1000 == path.read_bytes()


def test_a_store_is_the_same_after_it_was_closed(tmp_path: Path) -> None:
    """Closed and opened, it stands where it stood."""
    path = tmp_path / "playhead.duckdb"
    store = DuckStore(path, CLOCK)
    store.commit(Commit(outputs=[judged(), record(), row()], positions={"a": JournalPosition(3)}, now_ms=7))
    before = (store.position(), store.judged(SessionId("s1")), store.rows(SessionId("s1")))
    store.close()
    again = DuckStore(path, CLOCK)
    assert before == (again.position(), again.judged(SessionId("s1")), again.rows(SessionId("s1")))
    assert again.size_bytes() > 0
    again.close()


def test_a_commit_that_cannot_be_built_leaves_no_trace(tmp_path: Path) -> None:
    """A mistake of ours in the middle of a commit rolls it back, and the next one works."""
    store = DuckStore(tmp_path / "playhead.duckdb", CLOCK)
    broken = record("s2", closed="end", ads=[{"no": "ordinal"}])
    with pytest.raises(KeyError):
        store.commit(Commit(outputs=[judged(), record(), row(), broken], positions={"a": JournalPosition(9)}))
    assert 0 == store.position().sequence
    assert [] == list(store.sessions(SessionSearch()))
    store.commit(Commit(outputs=[judged(), record(), row()]))
    assert 1 == store.position().sequence
    store.close()


def test_a_database_that_gave_up_is_opened_anew(tmp_path: Path) -> None:
    """An error it does not recover from costs the commit that met it; the next one is taken."""
    store = DuckStore(tmp_path / "playhead.duckdb", CLOCK)
    store.commit(Commit(outputs=[judged()]))
    store._connection.close()
    with pytest.raises(StoreError):
        store.commit(Commit(outputs=[judged()]))
    store.commit(Commit(outputs=[judged()]))
    assert store.position().sequence == 2
    store.close()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM read_csv('https://example.com/x.csv')",
        "SELECT * FROM glob('/etc/*')",
        "COPY (SELECT 1) TO '/tmp/x.csv'",
        "ATTACH '/tmp/other.duckdb' AS other",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET memory_limit = '10GB'",
        "DELETE FROM kept.session",
        "WITH gone AS (SELECT 1) INSERT INTO kept.clock SELECT 1, 1, 1 FROM gone",
        "CREATE TABLE mine (a INT)",
        "CALL force_checkpoint()",
        "SELECT * FROM force_checkpoint()",
        "PRAGMA database_list",
        "SELECT 1; SELECT 2",
        "",
        "-- nothing",
        "SELEKT 1",
        "SELECT * FROM nowhere",
        "SELECT * FROM NOW_MS",
        "SELECT 1/x FROM sessions",
    ],
)
def test_a_question_reads_the_store_and_nothing_else(tmp_path: Path, sql: str) -> None:
    """Anything but one statement that reads is the asker's mistake, and told before any answer."""
    store = DuckStore(tmp_path / "playhead.duckdb", CLOCK)
    store.commit(Commit(outputs=[record()]))
    with pytest.raises(UsageError):
        store.answer(sql)
    with pytest.raises(UsageError):
        store.query(sql, "jsonl")
    assert 1 == len(store.sessions(SessionSearch()))
    store.commit(Commit(outputs=[record("s2")]))
    store.close()


def test_views_are_what_people_ask(tmp_path: Path) -> None:
    """Sessions, ads, chapters, states, rows, events and refusals by their own names."""
    store = DuckStore(tmp_path / "playhead.duckdb", CLOCK)
    ad = {
        "ordinal": 1,
        "startedAtMs": NOW_MS,
        "closedAtMs": NOW_MS + 5,
        "advertisingDetails": {"name": "001", "isStarted": True, "timePlayed": 16},
        "advertisingPodDetails": {"ID": "x_1", "index": 1},
        "customMetadata": {"k": "v"},
    }
    state = {"name": "mute", "isSet": True, "count": 2, "time": 40}
    closed = record(closed="end", ads=[ad], states=[state], viewed_s=[(0, 10.5)], is_viewed=True)
    store.commit(Commit(outputs=[judged(), closed, row()]))
    [session] = store.answer(
        "SELECT content, content_length, time_played, is_viewed, is_downloaded, started_at, viewed_s FROM sessions"
    ).rows
    assert ("content", 60, 30, True, None) == session[:5]
    assert "2026-01-01 00:00:00" == str(session[5])
    assert [{"lo": 0.0, "hi": 10.5}] == session[6]
    assert [("001", 16, "x_1", "v")] == store.answer(
        "SELECT ad, time_played, pod_id, custom_metadata['k'] FROM ads"
    ).rows
    assert [("mute", 2, 40)] == store.answer('SELECT name, "count", "time" FROM states').rows
    assert [("media.ping", "accepted")] == store.answer("SELECT event_type, outcome FROM events").rows
    assert [("media.adStart", "s1|r1")] == store.answer("SELECT event_type, xdm->>'_id' FROM rows").rows
    store.commit(Commit(outputs=[record()]))
    assert [(0, 0)] == store.answer("SELECT (SELECT count(*) FROM ads), (SELECT count(*) FROM states)").rows
    store.close()
