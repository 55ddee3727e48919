"""Numbered migrations."""

import shutil
from hashlib import sha256
from uuid import UUID

import duckdb
import msgspec
import pytest
from msgspec.structs import replace

import reports_by_hand as by_hand
from contract.store_samples import NOW_MS, record
from playhead.base.clock import ManualClock
from playhead.base.errors import StoreError
from playhead.base.units import SessionId
from playhead.reporting.outputs import SessionState
from playhead.store import migrate as module
from playhead.store.duck import DuckStore
from playhead.store.keys import PERSON_KEY
from playhead.store.migrate import migrate, migrations, version_of
from playhead.store.port import Commit


def test_each_migration_is_taken_once() -> None:
    """A second start finds nothing to do; the version and the time are noted."""
    with duckdb.connect() as connection:
        assert version_of(connection) == 0
        assert len(migrations()) == migrate(connection, 5)
        assert migrate(connection, 6) == 0
        assert len(migrations()) == version_of(connection)
        noted = connection.execute("SELECT version, at_ms FROM schema_version ORDER BY version").fetchall()
        assert [(number, 5) for number, _, _ in migrations()] == noted


def test_a_migration_that_fails_leaves_the_version_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a transaction of its own; the next start tries it again."""
    known = migrations()
    broken = (len(known) + 1, "broken.sql", "CREATE TABLE half (a INT); SELECT nonsense;")
    monkeypatch.setattr(module, "migrations", lambda: [*known, broken])
    with duckdb.connect() as connection:
        with pytest.raises(duckdb.Error):
            migrate(connection, 0)
        connection.rollback()
        assert len(known) == version_of(connection)
        tables = connection.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_name = 'half'"
        ).fetchall()
        assert [(0,)] == tables


def test_a_newer_store_is_refused() -> None:
    """Never read by guess."""
    with duckdb.connect() as connection:
        migrate(connection, 0)
        connection.execute("INSERT INTO schema_version VALUES (?, 'future', 0)", [len(migrations()) + 1])
        with pytest.raises(StoreError, match="newer"):
            migrate(connection, 0)


def write_session(connection: duckdb.DuckDBPyConnection, name: str, person: str | None = None) -> None:
    """As the first migration had them."""
    connection.execute(
        "INSERT INTO kept.session BY NAME SELECT 1 AS session_key, ? AS session_id, 5 AS started_received_ms, "
        "'of ' || ? AS datastream_id, 'closed' AS state, true AS provisional, 0 AS started_at_ms, "
        "0 AS last_at_ms, 0 AS largest_at_ms, 0 AS last_received_ms, 0 AS playhead_changed_ms, ? AS person, "
        "1 AS accepted, 0 AS duplicate, 0 AS dropped, [] AS viewed_s, [] AS main_play_ms, [] AS ad_play_ms, "
        "MAP {} AS custom_metadata, '{}' AS record",
        [name, name, person],
    )


def test_rows_of_before_learn_their_datastream(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the session they are of; migration 3."""
    known = migrations()
    with duckdb.connect() as connection:
        monkeypatch.setattr(module, "migrations", lambda: known[:2])
        migrate(connection, 0)
        for name in ("a", "b"):
            write_session(connection, name)
            connection.execute("INSERT INTO kept.reported VALUES (1, 1, 'r', 1, ?, 5, 'media.play', 0, '{}')", [name])
        monkeypatch.setattr(module, "migrations", lambda: known)
        migrate(connection, 0)
        found = connection.execute("SELECT session_id, datastream_id FROM kept.reported ORDER BY ALL").fetchall()
        assert [("a", "of a"), ("b", "of b")] == found


def test_persons_of_before_have_the_key_of_those_after(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Nobody has none. It is there after a kill right behind the migration."""
    known = migrations()
    path = tmp_path_factory.mktemp("before") / "store.duckdb"
    with duckdb.connect(str(path)) as connection:
        monkeypatch.setattr(module, "migrations", lambda: known[:2])
        migrate(connection, 0)
        for name, person in (("a", "p1"), ("b", "p2"), ("c", None)):
            write_session(connection, name, person)
        monkeypatch.setattr(module, "migrations", lambda: known)
        migrate(connection, 0)
        killed = path.with_name("killed.duckdb")
        for suffix in ("", ".wal"):
            shutil.copy(f"{path}{suffix}", f"{killed}{suffix}")
    with duckdb.connect(str(killed)) as connection:
        found = connection.execute(f"SELECT person, person_key, {PERSON_KEY} FROM sessions ORDER BY 1").fetchall()  # noqa: S608 - ours
        assert [("p1", one := uuid("p1"), one), ("p2", two := uuid("p2"), two), (None, None, None)] == found


def uuid(text: str) -> UUID:
    """Half of its digest."""
    return UUID(sha256(text.encode()).hexdigest()[:32])


def test_sessions_of_before_have_no_replays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their record is, to the letter, that of a session without any; migration 10."""
    known = migrations()
    now = msgspec.json.encode(record()).decode()
    before = now.removesuffix(',"replayed_s":[]}') + "}"
    assert now != before
    with duckdb.connect() as connection:
        monkeypatch.setattr(module, "migrations", lambda: known[:2])
        migrate(connection, 0)
        write_session(connection, "a")
        connection.execute("UPDATE kept.session SET record = ?", [before])
        monkeypatch.setattr(module, "migrations", lambda: known)
        migrate(connection, 0)
        assert [(now, [])] == connection.execute("SELECT record, replayed_s FROM kept.session").fetchall()


def test_sessions_of_before_know_who_is_near(monkeypatch: pytest.MonkeyPatch) -> None:
    """As those do that are written now; migration 11."""
    known = migrations()
    with duckdb.connect() as connection:
        monkeypatch.setattr(module, "migrations", lambda: known[:9])
        migrate(connection, 0)
        spans = {
            "a": ("p1", 0, 100),
            "b": ("p1", 160, 300),
            "c": ("p1", 170, 180),
            "d": ("p2", 0, 100),
            "e": ("p1", 1_800_301, 1_800_400),
        }
        for name, (person, low, high) in spans.items():
            write_session(connection, name, person)
            connection.execute(
                "UPDATE kept.session SET person_key = left(sha256(person), 32)::UUID, smallest_at_ms = ?, largest_at_ms = ? WHERE session_id = ?",
                [low, high, name],
            )
        monkeypatch.setattr(module, "migrations", lambda: known)
        migrate(connection, 0)
        found = connection.execute("SELECT session_id, near_ms FROM sessions ORDER BY 1").fetchall()
        assert [("a", 60), ("b", 0), ("c", 0), ("d", None), ("e", None)] == found


def test_ads_of_before_know_what_became_of_their_break(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As the writer tells it, in their order, also after a kill right behind the migration; migration 12."""
    known = migrations()
    path = tmp_path_factory.mktemp("before") / "store.duckdb"
    store = DuckStore(path, ManualClock(NOW_MS))
    sessions = [
        replace(one, main_play_ms=[(one.started_at_ms, one.started_at_ms + n % 7 * 20_000)] if n % 7 else [])
        for n, one in enumerate(by_hand.sessions(300, 5))
    ]
    some = next(one for one in sessions if one.ads and one.state is SessionState.CLOSED)
    outside = {**some.ads[0], "advertisingPodDetails": {}}
    sessions.append(replace(some, session_id=SessionId("outside"), ads=[outside]))
    store.commit(Commit(outputs=sessions, now_ms=NOW_MS))
    store.commit(Commit(outputs=sessions[::3], now_ms=NOW_MS))
    store.close()
    all_of_them = "SELECT * FROM kept.ad ORDER BY rowid"
    with duckdb.connect(str(path)) as connection:
        described = connection.execute("DESCRIBE kept.ad").fetchall()
        written = connection.execute(all_of_them).fetchall()
        assert {"next-break", "content", "left-after", "left-in-ad", None} == {row[-4] for row in written}
        for name, *_ in described[-7:]:
            connection.execute(f"ALTER TABLE kept.ad DROP COLUMN {name}")
        connection.execute("DELETE FROM schema_version WHERE version >= 12")
        monkeypatch.setattr(module, "migrations", lambda: known[:12])
        migrate(connection, 0)
        killed = path.with_name("killed.duckdb")
        for suffix in ("", ".wal"):
            shutil.copy(f"{path}{suffix}", f"{killed}{suffix}")
    for found in (path, killed):
        with duckdb.connect(str(found)) as connection:
            assert described == connection.execute("DESCRIBE kept.ad").fetchall()
            assert written == connection.execute(all_of_them).fetchall()
