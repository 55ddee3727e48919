"""
What was recomputed put in the place of what is stored, in one transaction (decision 0092).

Law: either all of it is in the store or nothing; deliveries themselves never change, only what became of them. What is not
named to be changed stays.
"""
# ruff: noqa: S608 - names in these texts are of this module

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import duckdb

from playhead.base.errors import StoreError
from playhead.base.units import SessionId
from playhead.store.ledgers import Reach, tables

_PLACED = (
    "SELECT session_id, sequence, outcome, reason, row_number() OVER (PARTITION BY session_id ORDER BY sequence) AS place "
    "FROM {0}.kept.event SEMI JOIN chosen USING (session_id)"
)


def swap(
    stored: Path,
    recomputed: Path,
    chosen: Mapping[str, Collection[SessionId]],
    reach: Reach,
    *,
    on_statement: Callable[[], None] = lambda: None,
) -> None:
    """
    Change a store to what was recomputed.

    Args:
        stored: The store, which no other process has open.
        recomputed: A store made from the same log, up to the same positions.
        chosen: By table the sessions whose rows are replaced. Open sessions forget their snapshots, all of them.
        reach: How far back the log goes.
        on_statement: Called before each statement.

    Raises:
        StoreError: Nothing was changed: the disk refused.
    """
    try:
        with duckdb.connect(str(stored)) as connection:
            name = connection.execute("SELECT current_database()").fetchall()[0][0]
            connection.execute(f"ATTACH '{str(recomputed).replace(chr(39), chr(39) * 2)}' AS recomputed (READ_ONLY)")
            change = _Change(connection, str(name), reach, on_statement)
            connection.begin()
            for table, sessions in chosen.items():
                change.choose(sessions)
                if table == "event":
                    change.judge()
                elif table == "reported":
                    change.report()
                else:
                    change.replace(table)
            change.count()
            on_statement()
            connection.commit()
    except (duckdb.Error, OSError, MemoryError) as error:
        raise StoreError(f"the store was not changed: {str(error).strip().partition(chr(10))[0]}") from error


class _Change:
    """Statements of the transaction."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, name: str, reach: Reach, on_statement: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._stored = f'"{name}"'
        self._reach = reach
        self._on_statement = on_statement
        self._do("CREATE TEMP TABLE chosen (session_id VARCHAR)")

    def choose(self, sessions: Collection[SessionId]) -> None:
        """Those of the next statements."""
        self._do("DELETE FROM chosen")
        self._do("INSERT INTO chosen SELECT unnest(?::VARCHAR[])", [*sessions])

    def replace(self, table: str) -> None:
        """All rows of the chosen sessions."""
        self._do(f"DELETE FROM {self._stored}.kept.{table} WHERE session_id IN (FROM chosen)")
        self._do(
            f"INSERT INTO {self._stored}.kept.{table} BY NAME FROM recomputed.kept.{table} SEMI JOIN chosen USING (session_id)"
        )

    def judge(self) -> None:
        """What became of the deliveries of the chosen sessions; where the log is whole, the deliveries too."""
        if self._reach.whole:
            self.replace("event")
            return
        self._do(
            f"UPDATE {self._stored}.kept.event SET outcome = news.outcome, reason = news.reason FROM (SELECT mine.sequence, "
            f"theirs.outcome, theirs.reason FROM ({_PLACED.format(self._stored)}) AS mine "
            f"JOIN ({_PLACED.format('recomputed')}) AS theirs USING (session_id, place)) AS news "
            "WHERE event.sequence = news.sequence"
        )

    def report(self) -> None:
        """The reporting rows of the chosen sessions; they are numbered behind all others, in their order."""
        kept = f"{self._stored}.kept"
        self._do(f"DELETE FROM {kept}.reported WHERE session_id IN (FROM chosen)")
        self._do(
            f"INSERT INTO {kept}.reported BY NAME SELECT * REPLACE (sequence + (SELECT row_sequence FROM {kept}.clock) "
            "AS sequence) FROM recomputed.kept.reported SEMI JOIN chosen USING (session_id)"
        )
        self._do(
            f"UPDATE {kept}.clock SET row_sequence = row_sequence + (SELECT row_sequence FROM recomputed.kept.clock)"
        )

    def count(self) -> None:
        """Sums, numbers, settings, and what a start goes on from."""
        kept = f"{self._stored}.kept"
        by_name = {table.name: table for table in tables(self._reach)}
        only = by_name["balance"].only
        self._do(f"DELETE FROM {kept}.balance WHERE {only}")
        self._do(f"INSERT INTO {kept}.balance BY NAME FROM recomputed.kept.balance WHERE {only}")
        self._do(
            f"DELETE FROM {kept}.setting WHERE datastream_id IN (SELECT datastream_id FROM recomputed.kept.setting)"
        )
        self._do(f"INSERT INTO {kept}.setting BY NAME FROM recomputed.kept.setting")
        self._do(f"DELETE FROM {kept}.snapshot")
        self._do(
            f"UPDATE {kept}.clock SET open_sessions = (SELECT count(*) FROM {kept}.session WHERE state <> 'closed')"
        )
        if self._reach.whole:
            self._do(
                f"UPDATE {kept}.reported SET sequence = theirs.sequence FROM recomputed.kept.reported AS theirs "
                "WHERE reported.row_id = theirs.row_id AND reported.sequence <> theirs.sequence"
            )
            self._do(
                f"UPDATE {kept}.clock SET sequence = theirs.sequence, row_sequence = theirs.row_sequence "
                "FROM recomputed.kept.clock AS theirs"
            )

    def _do(self, sql: str, values: list[SessionId] | None = None) -> None:
        self._on_statement()
        self._connection.execute(sql, None if values is None else [values])
