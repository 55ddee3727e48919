"""Sessions know how near others of their person are, however they came to be there."""

import random
from itertools import combinations
from typing import NamedTuple

import duckdb
import pytest
from msgspec.structs import replace

from contract.store_samples import NOW_MS, record
from playhead.reporting.outputs import SessionRecord, SessionState
from playhead.store.neighbours import NEAR_MS
from playhead.store.port import Commit
from playhead.store.writer import write

MINUTE_MS = 60_000


def put(connection: duckdb.DuckDBPyConnection, *sessions: SessionRecord) -> None:
    """One commit."""
    connection.begin()
    write(connection, Commit(outputs=sessions, now_ms=1))
    connection.commit()


def session(name: str, begins: float, ends: float, person: str | None = "p1", *, closed: bool = True) -> SessionRecord:
    """A session from one minute to another."""
    low, high = NOW_MS + round(begins * MINUTE_MS), NOW_MS + round(ends * MINUTE_MS)
    one = replace(record(name, closed="end"), person=person, started_at_ms=low, last_at_ms=high)
    one = replace(one, smallest_at_ms=low, largest_at_ms=high)
    return one if closed else replace(one, state=SessionState.OPEN)


def near(connection: duckdb.DuckDBPyConnection) -> dict[str, int | None]:
    """What each session knows."""
    return dict(connection.execute("SELECT session_id, near_ms FROM sessions").fetchall())


def test_both_know_how_near_they_are(connection: duckdb.DuckDBPyConnection) -> None:
    """Whether they come together or one after the other, in whichever order; up to half an hour."""
    put(connection, session("a", 0, 10), session("b", 25, 30))
    put(connection, session("d", 70, 80))
    put(connection, session("c", 60, 65), session("e", 110, 120), session("f", 150.001, 160))
    minutes = {"a": 15, "b": 15, "c": 5, "d": 5, "e": 30, "f": None}
    assert {name: None if one is None else one * MINUTE_MS for name, one in minutes.items()} == near(connection)


def test_sessions_that_overlap_are_as_near_as_can_be(connection: duckdb.DuckDBPyConnection) -> None:
    """Also one within another, and one behind it that the inner one does not reach."""
    put(connection, session("long", 0, 100), session("inner", 10, 20))
    put(connection, session("later", 90, 110), session("after", 105, 106))
    assert {"long": 0, "inner": 0, "later": 0, "after": 0} == near(connection)


def test_others_persons_and_sessions_that_go_on_are_no_company(connection: duckdb.DuckDBPyConnection) -> None:
    """Nor do two sessions of nobody know each other."""
    put(connection, session("a", 0, 10), session("other", 0, 10, "p2"), session("open", 5, 20, closed=False))
    put(connection, session("x", 0, 10, None), session("y", 0, 10, None))
    assert {"a": None, "other": None, "open": None, "x": None, "y": None} == near(connection)
    put(connection, session("open", 5, 20))
    assert {"a": 0, "other": None, "open": 0, "x": None, "y": None} == near(connection)


class Span(NamedTuple):
    """A closed session, as the test remembers it."""

    person: str | None
    low: int
    high: int


@pytest.mark.parametrize("seed", range(12))
def test_nobody_is_farther_than_they_know(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    """
    Whatever is written, opened again, and written again: of two that are near each other both say so.

    What has been written once only says exactly how near the nearest is.
    """
    dice = random.Random(seed)
    there: dict[str, Span] = {}
    again = seed % 2 == 1
    for commit in range(12):
        written: dict[str, SessionRecord] = {}
        for number in range(dice.randrange(1, 12)):
            name = f"s{dice.randrange(40)}" if again else f"s{commit}-{number}"
            begins = dice.choice([dice.randrange(600), dice.randrange(1_500)])
            person = dice.choice(["p1", "p2", "p3", None])
            one = session(name, begins, begins + dice.randrange(50), person, closed=not again or dice.random() < 0.8)
            written[name] = one
        put(connection, *written.values())
        for name, one in written.items():
            there.pop(name, None)
            if one.state is SessionState.CLOSED:
                there[name] = Span(one.person, one.smallest_at_ms, one.largest_at_ms)
    nearest: dict[str, int] = {}
    for (name, mine), (other, others) in combinations(there.items(), 2):
        gap = max(0, mine.low - others.high, others.low - mine.high)
        if mine.person is not None and mine.person == others.person and gap <= NEAR_MS:
            nearest[name] = min(gap, nearest.get(name, gap))
            nearest[other] = min(gap, nearest.get(other, gap))
    known = near(connection)
    assert len(nearest) > 5
    if again:
        assert [] == [name for name, gap in nearest.items() if (told := known[name]) is None or told > gap]
    else:
        assert {name: nearest.get(name) for name in there} == known
