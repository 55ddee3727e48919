"""The balance sheet in the tables (decision 0093). Law: counts are only ever added to; each key has one row."""

from collections.abc import Mapping

import duckdb

from playhead.store.port import BalanceItem, BalanceKey


def add_balance(connection: duckdb.DuckDBPyConnection, balance: Mapping[BalanceKey, int]) -> None:
    """
    Add counts, inside the transaction that is open.

    Raises:
        duckdb.Error: As the database says; the caller rolls back.
    """
    if not balance:
        return
    incoming = [list(column) for column in zip(*((*key, number) for key, number in balance.items()), strict=True)]
    first_ms, last_ms = min(incoming[1]), max(incoming[1])
    connection.execute(
        f"UPDATE kept.balance SET n = n + added FROM ({_INCOMING}) AS incoming "  # noqa: S608 - text of this module
        f"WHERE hour_ms BETWEEN ? AND ? AND {_SAME}",
        [*incoming, first_ms, last_ms],
    )
    [(updated,)] = connection.fetchall()
    if updated == len(balance):
        return
    connection.execute(
        "INSERT INTO kept.balance BY NAME "  # noqa: S608 - text of this module
        "SELECT new_hour_ms AS hour_ms, new_datastream_id AS datastream_id, new_item AS item, new_reason AS reason, "
        f"added AS n FROM ({_INCOMING}) AS incoming "
        f"WHERE NOT EXISTS (SELECT 1 FROM kept.balance WHERE hour_ms BETWEEN ? AND ? AND {_SAME})",
        [*incoming, first_ms, last_ms],
    )


def read_balance(
    connection: duckdb.DuckDBPyConnection, from_ms: int, until_ms: int, *, by_hour: bool
) -> dict[BalanceKey, int]:
    """As `Store.balance`."""
    hour = "hour_ms" if by_hour else "0"
    found = connection.execute(
        f"SELECT datastream_id, {hour} AS hour, item, reason, sum(n)::BIGINT FROM kept.balance "  # noqa: S608 - one of two texts
        "WHERE hour_ms >= ? AND hour_ms < ? GROUP BY ALL ORDER BY hour, datastream_id, item, reason",
        [from_ms, until_ms],
    ).fetchall()
    return {
        BalanceKey(datastream_id, hour_ms, BalanceItem(item), reason): number
        for datastream_id, hour_ms, item, reason, number in found
    }


_INCOMING = (
    "SELECT unnest(?::VARCHAR[]) AS new_datastream_id, unnest(?::BIGINT[]) AS new_hour_ms, "
    "unnest(?::VARCHAR[]) AS new_item, unnest(?::VARCHAR[]) AS new_reason, unnest(?::BIGINT[]) AS added"
)
_SAME = "hour_ms = new_hour_ms AND datastream_id = new_datastream_id AND item = new_item AND reason = new_reason"
