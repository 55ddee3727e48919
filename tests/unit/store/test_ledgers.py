"""Which tables are compared, and how."""

from kept_data import schema
from playhead.store.ledgers import LEFT_OUT, Reach, tables

SCHEMA = schema()


def test_every_table_is_compared_or_left_out() -> None:
    """A table that a migration adds has to be named, one way or the other; the same of columns that are left out."""
    for whole in (True, False):
        named = {table.name for table in tables(Reach(whole=whole))}
        assert set(SCHEMA) == named | set(LEFT_OUT)
        assert set() == named & set(LEFT_OUT)
        for table in tables(Reach(whole=whole)):
            assert set(table.without) <= set(SCHEMA[table.name])


def test_a_log_without_its_beginning_is_compared_by_order() -> None:
    """Numbers cannot be; what was counted before is passed over, with the day in which sessions may be unknown."""
    partly = {table.name: table for table in tables(Reach(whole=False, archive_ms=36_000_000))}
    assert {"sequence"} == set(partly["event"].without) == set(partly["reported"].without)
    assert "hour_ms > 122400000" == partly["balance"].only
    assert "from_ms > (SELECT" in partly["setting"].only
    assert {"near_ms"} == {column for table in tables(Reach()) for column in table.without}
