"""Lookups in the tables (decision 0077). Law: each lookup, key and column has one row; a row has a value."""

from collections.abc import Collection, Iterator, Mapping

import duckdb

from playhead.reporting.dimensions import LOOKUPS
from playhead.reporting.lookups import Entries, LookupSize
from playhead.store.port import LookupEntry

ENTRIES_A_TIME = 2_000


def read_sizes(connection: duckdb.DuckDBPyConnection) -> Mapping[str, LookupSize]:
    """As `Lookups.lookups`."""
    found = connection.execute(
        "SELECT lookup, count(DISTINCT key), list(DISTINCT name) FROM kept.lookup GROUP BY lookup"
    ).fetchall()
    known = {lookup: LookupSize(entries, tuple(sorted(names))) for lookup, entries, names in found}
    return {lookup: known.get(lookup, LookupSize()) for lookup in LOOKUPS}


def read_entries(
    connection: duckdb.DuckDBPyConnection, lookup: str, after: str | None, limit: int | None
) -> Iterator[LookupEntry]:
    """As `Lookups.lookup`."""
    page = "SELECT DISTINCT key FROM kept.lookup WHERE lookup = $lookup AND ($after IS NULL OR key > $after) ORDER BY key LIMIT $limit"
    connection.execute(
        "SELECT key, map_from_entries(list((name, value))) FROM kept.lookup "  # noqa: S608 - the text above
        f"WHERE lookup = $lookup AND key IN ({page}) GROUP BY key ORDER BY key",
        {"lookup": lookup, "after": after, "limit": limit},
    )
    while batch := connection.fetchmany(ENTRIES_A_TIME):
        yield from (LookupEntry(key, values) for key, values in batch)


def read_values(
    connection: duckdb.DuckDBPyConnection, lookup: str, column: str, keys: Collection[str]
) -> Mapping[str, str]:
    """As `Lookups.looked_up`."""
    found = connection.execute(
        "SELECT key, value FROM kept.lookup WHERE lookup = $lookup AND name = $column AND key IN (SELECT unnest($keys))",
        {"lookup": lookup, "column": column, "keys": [*keys]},
    )
    return dict(found.fetchall())


def write_entries(connection: duckdb.DuckDBPyConnection, lookup: str, entries: Entries, *, whole: bool) -> None:
    """
    As `Lookups.change_lookup`, inside the transaction that is open.

    Raises:
        duckdb.Error: As the database says; the caller rolls back.
    """
    import pyarrow as pa  # noqa: PLC0415 - costs memory that few need pay

    rows = [(key, name, value) for key, values in entries.items() for name, value in values.items()]
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    texts = [pa.array(column, pa.string()) for column in columns]
    connection.register("incoming", pa.table(texts, ["key", "name", "value"]))
    if whole:
        connection.execute("DELETE FROM kept.lookup WHERE lookup = ?", [lookup])
    else:
        connection.execute(
            "DELETE FROM kept.lookup WHERE lookup = ? AND (key, name) IN (SELECT (key, name) FROM incoming)", [lookup]
        )
    connection.execute(
        "INSERT INTO kept.lookup SELECT ?, key, name, value FROM incoming WHERE value IS NOT NULL", [lookup]
    )
    connection.unregister("incoming")


def remove_entry(connection: duckdb.DuckDBPyConnection, lookup: str, key: str) -> bool:
    """As `Lookups.remove_lookup_entry`, inside the transaction that is open."""
    connection.execute("DELETE FROM kept.lookup WHERE lookup = ? AND key = ?", [lookup, key])
    [(removed,)] = connection.fetchall()
    return bool(removed)
