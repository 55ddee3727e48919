"""Percentiles of counts, and persons as bits; their numbers in reports are counted by hand in tests/contract."""
# ruff: noqa: S608 - names and numbers of this module

import random

import duckdb
import pytest

from playhead.reporting.dimensions import Bucket
from playhead.reporting.metrics import metric_of
from playhead.reporting.report import Period
from playhead.store.counting import bits_of, percentiles, persons_by_stretch, ranked_persons, stretches_of
from playhead.store.zones import Zone

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
APRIL_MS = 1_775_001_600_000
"""2026-04-01T00:00:00Z."""


@pytest.mark.parametrize("kind", ["BIGINT", "DOUBLE"])
def test_percentiles_are_those_of_the_database(kind: str) -> None:
    """In groups of any size, of values that repeat and that do not; one value is all of them."""
    dice = random.Random(1)
    names = ["p50", "p75", "p95", "p99"]
    metrics = [
        (one, f"m{n}") for n, name in enumerate(names) if (one := metric_of(f"time-to-start.{name}")) is not None
    ]
    assert len(names) == len(metrics)
    rows = [
        (group, dice.choice([dice.randrange(4), dice.randrange(10**6)]))
        for group in range(30)
        for _ in range(group * group // 3 + 1)
    ]
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TABLE r AS SELECT unnest(?::INTEGER[]) AS d0, unnest(?::BIGINT[])::{kind} AS v",
            list(map(list, zip(*rows, strict=True))),
        )
        native = ", ".join(f"quantile_cont(v, {one}) AS m{n}" for n, one in enumerate((0.5, 0.75, 0.95, 0.99)))
        for keys, grouped in (["d0"], " GROUP BY d0"), ([], ""):
            of = "d0, " if keys else ""
            counts = f"SELECT {of}v, count(*) AS n FROM r GROUP BY ALL"
            expected = connection.execute(f"SELECT {of}{native} FROM r{grouped} ORDER BY ALL").fetchall()
            found = connection.execute(f"FROM ({percentiles(counts, keys, metrics)}) ORDER BY ALL").fetchall()
            assert [pytest.approx(row) for row in expected] == found


@pytest.mark.parametrize(
    ("granularity", "days", "zone", "stretches"),
    [
        (Bucket.DAY, 31, "UTC", 31),
        (Bucket.DAY, 100, "Europe/Berlin", 101),
        (Bucket.HOUR, 3, "UTC", 72),
        (Bucket.WEEK, 30, "UTC", 5),
        (Bucket.MONTH, 20, "UTC", 1),
        (Bucket.MONTH, 200, "UTC", 0),
        (Bucket.MINUTE, 1, "UTC", 0),
        (Bucket.DAY, 300, "UTC", 0),
    ],
)
def test_stretches_are_few_and_even_or_none(granularity: Bucket, days: int, zone: str, stretches: int) -> None:
    """Days also where clocks change; months only where it is one."""
    assert stretches == len(stretches_of(granularity, Period(APRIL_MS, APRIL_MS + days * DAY_MS), Zone(zone)))


def test_hours_of_half_an_hours_change_are_not_even() -> None:
    """Lord Howe's clocks go back by half an hour in April."""
    period = Period(APRIL_MS + 2 * DAY_MS, APRIL_MS + 6 * DAY_MS)
    assert not stretches_of(Bucket.HOUR, period, Zone("Australia/Lord_Howe"))
    assert 96 == len(stretches_of(Bucket.HOUR, period, Zone("Australia/Sydney")))


@pytest.mark.parametrize("stretches", [1, 31, 32, 63, 64, 127])
def test_each_stretch_has_a_bit(stretches: int) -> None:
    """Up to as many as a number of its type has beside the sign."""
    known = range(1_000, 1_000 + 10 * stretches, 10)
    with duckdb.connect() as connection:
        seen = f"SELECT n % 50 AS person, 1000 + n * 7 % {10 * stretches} AS at_ms FROM range(400) AS r(n)"
        connection.execute(
            f"CREATE TABLE persons AS SELECT person, {bits_of('at_ms', known)} AS stretches FROM ({seen}) GROUP BY 1"
        )
        found = connection.execute(f"FROM ({persons_by_stretch(known, ['m0'])}) ORDER BY 1").fetchall()
        expected = connection.execute(
            f"SELECT at_ms - at_ms % 10, count(DISTINCT person) FROM ({seen}) GROUP BY 1 ORDER BY 1"
        ).fetchall()
        assert expected == found
        assert len(known) == len(found)


@pytest.mark.parametrize("seed", range(20))
def test_those_with_most_persons_are_found(seed: int) -> None:
    """Where each has few sessions or one person has most of them; what is not told is behind the page."""
    dice = random.Random(seed)
    faithful = dice.sample(range(40), seed)
    pairs = [
        (None if dice.random() < 0.1 else person, row)
        for row in range(40)
        for person in dice.choices(range(3 if row in faithful else 200), k=dice.randrange(1, 90))
    ]
    viewers = {row: len({person for person, of in pairs if of == row} - {None}) for row in range(40)}
    last = sorted(viewers.values())[-5]
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE pairs AS SELECT unnest(?::INTEGER[]) AS person_key, unnest(?::INTEGER[]) AS d0",
            list(map(list, zip(*pairs, strict=True))),
        )
        parts = ranked_persons("(FROM pairs WHERE person_key IS NOT NULL)", "d0", range(5), "m0")
        rows = "r AS (SELECT d0, count(person_key) AS most FROM pairs GROUP BY 1)"
        found = dict(connection.execute(f"WITH {rows}, {', '.join(parts)} FROM viewed").fetchall())
        [every] = connection.execute(f"WITH {rows}, {', '.join(parts)} SELECT count(*) FROM persons").fetchall()
    assert {row: viewers[row] for row in found} == found
    assert {row for row, number in viewers.items() if number >= last} <= set(found)
    assert seed > 0 or len(found) < 40
    assert (len({person for person, _ in pairs} - {None}),) == every
