"""What tests of the store's modules share."""

from collections.abc import Iterator

import duckdb
import pytest

from playhead.store.migrate import migrate


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory with the tables."""
    with duckdb.connect() as connection:
        migrate(connection, 0)
        yield connection
