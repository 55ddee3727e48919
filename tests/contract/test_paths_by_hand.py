"""Media paths, and what came before and after on them, equal what plain loops follow (metrics.md 6.3)."""

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

import reports_by_hand as by_hand
from playhead.base.clock import ManualClock
from playhead.reporting.outputs import SessionRecord, SessionState
from playhead.reporting.report import Asked, Period, Report, report_of
from playhead.store.duck import DuckStore
from playhead.store.keys import short_key
from playhead.store.port import Commit
from playhead.store.reports import answer_report

FROM_MS = by_hand.BEGIN_MS + 3_600_000
UNTIL_MS = by_hand.BEGIN_MS + 3 * by_hand.DAY_MS
PATHS = {"media-path", "previous-content", "next-content"}


def asked(**question: Any) -> Report:
    """A judged question."""
    return report_of(Asked(**{"from_": "", "until": "", **question}), Period(FROM_MS, UNTIL_MS), None, 0)


def rows_of(store: DuckStore, report: Report) -> dict[tuple[Any, ...], list[Any]]:
    """The rows of an answer by their values of dimensions; each is there once."""
    keys = len(report.dimensions)
    rows = answer_report(report, lambda sql, most: store.answer(sql, rows_max=most)).rows
    found = {tuple(row[:keys]): list(row[keys:]) for row in rows}
    assert len(rows) == len(found)
    return found


def test_a_path_is_cut_where_the_viewer_went_away(tmp_path: Path) -> None:
    """Contents of one person within 30 minutes of each other are one path; each session stands on its person's."""
    store = DuckStore(tmp_path / "store.duckdb", ManualClock(UNTIL_MS))
    viewed = [("p", "a", 0, 10), ("p", "b", 20, 30), ("q", "x", 21, 22), ("p", "c", 61, 70), ("p", "a", 100, 110)]
    dice = random.Random(1)
    made: list[SessionRecord] = []
    for number, (person, content, start, end) in enumerate(viewed):
        one = by_hand.session(number, dice)
        made.append(_changed(one, person, content, FROM_MS + start * 60_000, FROM_MS + end * 60_000))
    store.commit(Commit(outputs=made, now_ms=UNTIL_MS))
    paths = rows_of(store, asked(metrics=["estimated-streams"], dimensions=["media-path", "media-session-id"]))
    assert {("a > b", "s0"), ("a > b", "s1"), ("x", "s2"), ("c > a", "s3"), ("c > a", "s4")} == set(paths)
    following = rows_of(store, asked(metrics=["estimated-streams"], dimensions=["next-content", "content"]))
    assert {("b", "a"), ("a", "c")} == set(following)
    before = rows_of(store, asked(metrics=["estimated-streams"], dimensions=["previous-content", "content"]))
    assert {("a", "b"), ("c", "a")} == set(before)
    begun: Counter[str] = Counter()
    for one, path in zip(made, ["a > b", "a > b", "x", "c > a", "c > a"], strict=True):
        begun[path] += sum(FROM_MS <= ad["startedAtMs"] < UNTIL_MS for ad in one.ads)
    ads = rows_of(store, asked(metrics=["ad-starts"], dimensions=["media-path"]))
    assert begun == {path: row[0] for (path,), row in ads.items()}
    store.close()


def test_paths_of_many_persons(tmp_path: Path) -> None:
    """As plain loops follow them: sessions within and beside each other, at the same instant, of nobody, without content."""
    dice = random.Random(3)
    made: list[SessionRecord] = []
    for number in range(400):
        start_ms = FROM_MS + dice.randrange(600) * 60_000
        person = dice.choice([*(f"p{one}" for one in range(60)), None])
        content = dice.choice(["a", "b", "c", None])
        made.append(
            _changed(by_hand.session(number, dice), person, content, start_ms, start_ms + dice.randrange(40) * 60_000)
        )
    store = DuckStore(tmp_path / "store.duckdb", ManualClock(UNTIL_MS))
    store.commit(Commit(outputs=made, now_ms=UNTIL_MS))
    expected: dict[str, set[tuple[str, str]]] = {name: set() for name in PATHS}
    for path in _paths(made):
        contents = [one.session_details.get("name") for one in path]
        whole = " > ".join(content for content in contents if content)
        for one, before, after in zip(path, [None, *contents], [*contents[1:], None], strict=False):
            for name, value in (("media-path", whole), ("previous-content", before), ("next-content", after)):
                if value:
                    expected[name].add((value, one.session_id))
    assert any(len(path) > 3 for path in _paths(made))
    for name, pairs in expected.items():
        found = rows_of(store, asked(metrics=["estimated-streams"], dimensions=[name, "media-session-id"], limit=1000))
        assert pairs == set(found)
    store.close()


def test_a_session_far_outside_the_range_is_a_path_alone(tmp_path: Path) -> None:
    """What is dated into the range by an ad of a session of days before counts, on a path of that session's content."""
    dice = random.Random(5)
    made: list[SessionRecord] = []
    while len(made) < 2:
        one = by_hand.session(len(made), dice)
        start_ms = FROM_MS - 3 * by_hand.DAY_MS + len(made) * 60_000
        if one.ads:
            ads = [{**one.ads[0], "startedAtMs": FROM_MS}]
            made.append(replace(_changed(one, "p", "ab"[len(made)], start_ms, start_ms + 30_000), ads=ads))
    store = DuckStore(tmp_path / "store.duckdb", ManualClock(UNTIL_MS))
    store.commit(Commit(outputs=made, now_ms=UNTIL_MS))
    found = rows_of(store, asked(metrics=["ad-starts"], dimensions=["media-path"]))
    assert {("a",): [1], ("b",): [1]} == found
    store.close()


def _paths(sessions: Sequence[SessionRecord]) -> list[list[SessionRecord]]:
    """Sessions of a person in order, cut where more than half an hour is between two."""
    paths: list[list[SessionRecord]] = []
    for one in sorted(
        sessions, key=lambda one: (one.person or one.session_id, one.started_at_ms, short_key(one.session_id))
    ):
        last = paths[-1][-1] if paths else None
        near = last is not None and one.started_at_ms - last.last_at_ms <= 30 * 60_000
        if near and last is not None and one.person is not None and one.person == last.person:
            paths[-1].append(one)
        else:
            paths.append([one])
    return paths


def _changed(
    one: SessionRecord, person: str | None, content: str | None, started_ms: int, last_ms: int
) -> SessionRecord:
    return replace(
        one,
        state=SessionState.CLOSED,
        person=person,
        session_details={**one.session_details, "name": content},
        started_at_ms=started_ms,
        smallest_at_ms=started_ms,
        largest_at_ms=last_ms,
        last_at_ms=last_ms,
    )
