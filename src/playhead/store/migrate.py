"""
Numbered migrations of the tables. Law: a file that was released never changes; what changes the tables is a new file.

A newer store is refused, never read by guess.
"""

from importlib.resources import files

import duckdb

from playhead.base.errors import StoreError


def migrations() -> list[tuple[int, str, str]]:
    """Number, name and statements of each migration, ascending from 1 without gaps."""
    found = sorted(
        (int(file.name[:4]), file.name, file.read_text(encoding="utf-8"))
        for file in (files("playhead.store") / "migrations").iterdir()
        if file.name.endswith(".sql")
    )
    assert [number for number, _, _ in found] == list(range(1, len(found) + 1)), "migrations are numbered without gaps"
    return found


def version_of(connection: duckdb.DuckDBPyConnection) -> int:
    """Number of the last migration the store has seen; 0 for an empty one."""
    connection.execute("SELECT count(*) FROM information_schema.tables WHERE table_name = 'schema_version'")
    if connection.fetchall() == [(0,)]:
        return 0
    [(version,)] = connection.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchall()
    return int(version)


def migrate(connection: duckdb.DuckDBPyConnection, now_ms: int) -> int:
    """
    Bring a store up to date, each migration in a transaction of its own.

    Args:
        connection: Its only connection.
        now_ms: The time to note beside each migration, Unix ms.

    Returns:
        How many migrations it took.

    Raises:
        StoreError: The store was written by a newer Playhead.
    """
    known = migrations()
    version = version_of(connection)
    if version > len(known):
        raise StoreError(
            f"the store is of version {version}, this Playhead knows versions up to {len(known)}: "
            "start the newer Playhead that wrote it, or move the store away to have it rebuilt from the journal"
        )
    for number, name, statements in known[version:]:
        connection.begin()
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL, name VARCHAR NOT NULL, at_ms BIGINT NOT NULL)"
        )
        connection.execute(statements)
        connection.execute("INSERT INTO schema_version VALUES (?, ?, ?)", [number, name, now_ms])
        connection.commit()
    return len(known) - version
