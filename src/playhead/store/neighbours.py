"""
How near the sessions of a person are to each other, kept beside each of them (decision 0089).

Law: `near_ms` of a closed session is never larger than the time between it and any other of its person that is there, if
that is within NEAR_MS: who looks for sessions with company finds all of them. It may be smaller, of one that went away.
"""

from collections.abc import Sequence
from typing import Final

import duckdb

from playhead.reporting.outputs import SessionRecord
from playhead.store.keys import PERSON_KEY

NEAR_MS: Final = 30 * 60_000
"""How far apart two sessions are that know of each other: as far as paths reach (metrics.md 6.3)."""

_NEARER: Final = f"""WITH arrived AS MATERIALIZED (
  SELECT session_id, {PERSON_KEY} AS person_key, smallest_at_ms AS low, largest_at_ms AS high
  FROM incoming WHERE state = 'closed' AND person IS NOT NULL
), beside AS (
  SELECT NULL AS place, session_id, person_key, low, high, NULL AS near_ms FROM arrived
  UNION ALL
  SELECT rowid, session_id, person_key, smallest_at_ms, largest_at_ms, near_ms
  FROM kept.session SEMI JOIN arrived USING (person_key)
  WHERE state = 'closed' AND largest_at_ms >= ? AND smallest_at_ms <= ?
), measured AS (
  SELECT place, session_id, near_ms, least(low - max(high) OVER earlier, lead(low) OVER in_order - high) AS gap_ms
  FROM beside
  WINDOW in_order AS (PARTITION BY person_key ORDER BY low),
    earlier AS (PARTITION BY person_key ORDER BY low ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT place, session_id, greatest(gap_ms, 0) FROM measured
WHERE gap_ms <= {NEAR_MS} AND (near_ms IS NULL OR near_ms > greatest(gap_ms, 0))"""  # noqa: S608 - ours
"""The nearest one that begins before or at the same time, and the next that begins: not each with each, of which one may have thousands."""


def find_neighbours(connection: duckdb.DuckDBPyConnection, closed: Sequence[SessionRecord]) -> dict[str, int]:
    """
    Tell sessions that are there how near those are that are about to be written, and the other way round.

    Args:
        connection: Its transaction is open, the records are lent to it as `incoming`, and their earlier ones are gone.
        closed: The closed ones of them.

    Returns:
        By id of those that have a neighbour: how near it is, ms.
    """
    told = [record for record in closed if record.person is not None]
    if not told:
        return {}
    since_ms = min(record.smallest_at_ms for record in told) - NEAR_MS
    until_ms = max(record.largest_at_ms for record in told) + NEAR_MS
    found = connection.execute(_NEARER, [since_ms, until_ms]).fetchall()
    there = [(place, near_ms) for place, _, near_ms in found if place is not None]
    if there:
        connection.execute(
            "UPDATE kept.session SET near_ms = nearer.near_ms FROM (SELECT unnest(?::BIGINT[]) AS place, "
            "unnest(?::BIGINT[]) AS near_ms) AS nearer WHERE kept.session.rowid = nearer.place",
            [[place for place, _ in there], [near_ms for _, near_ms in there]],
        )
    return {session_id: near_ms for place, session_id, near_ms in found if place is None}
