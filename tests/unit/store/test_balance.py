"""The balance sheet in the tables; what it answers is asked by tests/contract/test_store.py."""

import duckdb
import pytest

from playhead.store import migrate as migrating
from playhead.store.balance import add_balance, read_balance
from playhead.store.migrate import migrate, migrations
from playhead.store.port import BalanceItem, BalanceKey

HOUR_MS = 3_600_000
KEY = BalanceKey("web", HOUR_MS, BalanceItem.RECEIVED)


def test_a_key_has_one_row() -> None:
    """However often it is added to, beside keys that are new, in hours of now and of before."""
    other = KEY._replace(datastream_id="o'clock; --")
    earlier = KEY._replace(hour_ms=0)
    with duckdb.connect() as connection:
        migrate(connection, 0)
        for counts in ({KEY: 1}, {KEY: 2, other: 3}, {}, {earlier: 4}, {KEY: 5, earlier: 6}):
            add_balance(connection, counts)
        assert {earlier: 10, other: 3, KEY: 8} == read_balance(connection, 0, 1 << 60, by_hour=True)
        assert [(3,)] == connection.execute("SELECT count(*) FROM kept.balance").fetchall()


def test_what_came_before_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deliveries that are kept, by their session's datastream, and refused requests; migration 5."""
    known = migrations()
    with duckdb.connect() as connection:
        monkeypatch.setattr(migrating, "migrations", lambda: known[:4])
        migrate(connection, 0)
        connection.execute(
            "INSERT INTO kept.session BY NAME SELECT 1 AS session_key, 's' AS session_id, 5 AS started_received_ms, "
            "'web' AS datastream_id, 'closed' AS state, true AS provisional, 0 AS started_at_ms, "
            "0 AS last_at_ms, 0 AS largest_at_ms, 0 AS last_received_ms, 0 AS playhead_changed_ms, 1 AS accepted, "
            "0 AS duplicate, 0 AS dropped, [] AS viewed_s, [] AS main_play_ms, [] AS ad_play_ms, "
            "MAP {} AS custom_metadata, '{}' AS record"
        )
        for key, name, received_ms, outcome, reason in (
            (1, "s", HOUR_MS + 5, "accepted", None),
            (1, "s", HOUR_MS + 6, "duplicate", "duplicate_id"),
            (1, "s", 2 * HOUR_MS, "accepted", None),
            (2, "t", HOUR_MS + 7, "dropped", "session_unknown"),
        ):
            connection.execute(
                "INSERT INTO kept.event BY NAME SELECT 1 AS sequence, ? AS session_key, ? AS session_id, "
                "'as it was sent' AS datastream_id, ? AS received_ms, 'ping' AS action, ? AS outcome, ? AS reason, "
                "0 AS request_index, ''::BLOB AS xdm, ''::BLOB AS shared_xdm",
                [key, name, received_ms, outcome, reason],
            )
        connection.execute("INSERT INTO kept.refusal VALUES ('a', ?, 'x', 2), ('b', ?, 'x', 3)", [HOUR_MS, HOUR_MS])
        monkeypatch.setattr(migrating, "migrations", lambda: known)
        migrate(connection, 0)
        nobodys = BalanceKey("", HOUR_MS, BalanceItem.RECEIVED)
        assert {
            nobodys: 6,
            nobodys._replace(item=BalanceItem.REFUSED, reason="x"): 5,
            nobodys._replace(item=BalanceItem.REFUSED_REQUEST, reason="x"): 5,
            nobodys._replace(item=BalanceItem.REQUEST): 1,
            nobodys._replace(item=BalanceItem.ACCEPTED): 1,
            nobodys._replace(item=BalanceItem.DROPPED, reason="session_unknown"): 1,
            KEY: 2,
            KEY._replace(item=BalanceItem.REQUEST): 2,
            KEY._replace(item=BalanceItem.ACCEPTED): 2,
            KEY._replace(item=BalanceItem.COUNTED): 1,
            KEY._replace(item=BalanceItem.DUPLICATE, reason="duplicate_id"): 1,
            KEY._replace(hour_ms=2 * HOUR_MS): 1,
            KEY._replace(hour_ms=2 * HOUR_MS, item=BalanceItem.REQUEST): 1,
            KEY._replace(hour_ms=2 * HOUR_MS, item=BalanceItem.ACCEPTED): 1,
            KEY._replace(hour_ms=2 * HOUR_MS, item=BalanceItem.COUNTED): 1,
        } == read_balance(connection, 0, 1 << 60, by_hour=True)
        refused = connection.execute("SELECT datastream_id, hour_ms, reason, refusals FROM refusals").fetchall()
        assert [("", HOUR_MS, "x", 5)] == refused
