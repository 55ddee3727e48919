"""Numbered migrations."""

import duckdb
import pytest

from playhead.base.errors import StoreError
from playhead.store import migrate as module
from playhead.store.migrate import migrate, migrations, version_of


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
