"""
Counting what a plain GROUP BY takes long for (decision 0059): percentiles, and persons by stretch, by rank and in all.

Law: exact, and the numbers of plain counting to the last digit.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from playhead.reporting.dimensions import Bucket
from playhead.reporting.metrics import Aggregation, Metric
from playhead.reporting.report import BUCKET_MS, Period
from playhead.store.zones import Zone, number_of

PERCENT: Final[Mapping[Aggregation, int]] = {
    Aggregation.P50: 50,
    Aggregation.P75: 75,
    Aggregation.P95: 95,
    Aggregation.P99: 99,
}

_BITS: Final[Mapping[str, int]] = {"INTEGER": 31, "BIGINT": 63, "HUGEINT": 127}
"""Types of numbers, and how many bits they have beside the sign: one a stretch."""


def percentiles(counts: str, keys: Sequence[str], named: Sequence[tuple[Metric, str]]) -> str:
    """
    Percentiles, between two values by the place between them, of values `v` that are there `n` times each.

    What DuckDB's `quantile_cont` gives, which takes a hundred times as long now and then where values repeat (decision 0059).
    """
    of = f"PARTITION BY {', '.join(keys)}" if keys else ""
    shown = list(keys)
    for metric, name in named:
        place = f"({PERCENT[metric.aggregation]} * (every - 1))"
        low, high = (f"min(v) FILTER (WHERE upto > {one})" for one in (f"{place} // 100", f"({place} + 99) // 100"))
        shown.append(f"{low} + ({high} - {low}) * (max({place}) % 100 / 100) AS {name}")
    grouped = f"\n  GROUP BY {', '.join(keys)}" if keys else ""
    return f"""  SELECT {", ".join(shown)}
  FROM (
    SELECT *, (sum(n) OVER ({of} ORDER BY v))::BIGINT AS upto, (sum(n) OVER ({of}))::BIGINT AS every
    FROM (
    {counts}
    )
  ){grouped}"""


def stretches_of(granularity: Bucket, period: Period, zone: Zone) -> range:
    """Numbers of the stretches a range touches; none if they are too many, or not equally long."""
    if (period.until_ms - period.from_ms) // BUCKET_MS[granularity] >= _BITS["HUGEINT"]:
        return range(0)
    starts = zone.starts(granularity, period)
    ends = [number_of(at_ms, granularity, zone) for at_ms in (*starts, zone.next_after(granularity, starts[-1]))]
    even = range(ends[0], ends[-1], ends[1] - ends[0])
    return even if [*even, ends[-1]] == ends and len(even) <= _BITS["HUGEINT"] else range(0)


def bits_of(at: str, stretches: range) -> str:
    """An aggregate: the stretches that records at a time are in, as the bits of a number."""
    kind = next(kind for kind, bits in _BITS.items() if len(stretches) <= bits)
    return f"bit_or(1::{kind} << (({at} - {stretches.start}) // {stretches.step})::INTEGER)"


def persons_by_stretch(stretches: range, names: Sequence[str]) -> str:
    """How many of `persons` were there in each stretch."""
    found = ", ".join(f"sum(n)::BIGINT AS {name}" for name in names)
    starts = f"{stretches.start} + place * {stretches.step}"
    return f"""  SELECT {starts} AS t, {found}
  FROM (SELECT stretches, count(*) AS n FROM persons GROUP BY 1), range({len(stretches)}) AS known(place)
  WHERE stretches >> place::INTEGER & 1 = 1
  GROUP BY 1"""


def ranked_persons(pairs: str, by: str, places: range, name: str) -> list[str]:
    """
    Parts of a statement that has rows `r` with how many persons each has at `most`: last `viewed`, with how many they are.

    Only rows that can be on a page that is sorted by that are in it. Those with most sessions are marked at each of
    `persons`, as stretches are; what has fewer sessions than the last of these has persons is behind all of them; the
    rest, if there is any, is counted by pairs.

    Args:
        pairs: A source of `person_key` and what the rows are told apart by.
        by: The columns that tell the rows apart.
        places: Of the rows up to the end of the page, from 0.
        name: Of the number of persons.
    """
    return [
        f"""first AS MATERIALIZED (
  SELECT {by}, row_number() OVER (ORDER BY most DESC NULLS LAST) - 1 AS place FROM r QUALIFY place < {len(places)}
)""",
        f"""persons AS MATERIALIZED (
  SELECT person_key, {bits_of("place", places)} AS stretches
  FROM {pairs} LEFT JOIN first USING ({by})
  GROUP BY 1
)""",
        f"marked AS MATERIALIZED (\n{persons_by_stretch(places, [name])}\n)",
        f"""further AS MATERIALIZED (
  SELECT {by} FROM r ANTI JOIN first USING ({by}) WHERE most >= (SELECT min({name}) FROM marked)
)""",
        f"""viewed AS (
  SELECT {by}, {name} FROM first JOIN marked ON t = place
  UNION ALL
  SELECT {by}, count(DISTINCT person_key) FROM {pairs} SEMI JOIN further USING ({by}) GROUP BY ALL
)""",
    ]
