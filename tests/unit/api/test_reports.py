"""Routes of reports."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api_world import START_MS, World, problem_of, record, world_at
from playhead.api.reports import freshness
from playhead.base.clock import ManualClock
from playhead.base.units import SessionId
from playhead.reporting.metrics import METRICS
from playhead.store.duck import DuckStore

RANGE = {"from": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[World]:
    """A console over a real store with three sessions of two contents."""
    store = DuckStore(tmp_path / "store.duckdb", ManualClock(START_MS))
    with world_at(tmp_path, store) as world:
        details = record().session_details
        world.commit(
            *(
                record(
                    name,
                    session_id=SessionId(name),
                    is_viewed=True,
                    session_details={**details, "name": content},
                    person=who,
                )
                for name, content, who in (("s1", "film", "p1"), ("s2", "film", "p2"), ("s3", "<b>other", "p1"))
            )
        )
        yield world
    store.close()


def ask(world: World, **question: Any) -> Any:
    """The good answer to a question."""
    response = world.client.post("/api/v1/reports", json={**RANGE, **question})
    assert 200 == response.status_code, response.text
    return response.json()


def test_metrics_by_a_dimension(asked: World) -> None:
    """Rows largest first, totals of everything, and how fresh it is."""
    answer = ask(asked, metrics=["media-starts", "viewers"], dimensions=["content"])
    assert ["content", "media-starts", "viewers"] == answer["columns"]
    assert [["film", 2, 2], ["<b>other", 1, 1]] == answer["rows"]
    assert {"media-starts": 3, "viewers": 2} == answer["totals"]
    assert {"eventsUntil": "2026-01-01T00:00:00.000Z", "lagSeconds": 0.0} == answer["freshness"]
    assert answer["cursor"] is None


def test_the_statement_gives_the_same_rows(asked: World) -> None:
    """What is answered as `sql` can be asked again."""
    answer = ask(asked, metrics=["media-starts"], dimensions=["content"])
    again = asked.client.post("/api/v1/query", json={"sql": answer["sql"], "format": "csv"}).text.splitlines()
    assert ["content,media-starts", "film,2", "<b>other,1"] == again


def test_stretches_without_anything_are_there(asked: World) -> None:
    """Every stretch of the range has a row, in the zone asked for."""
    answer = ask(asked, metrics=["media-starts"], granularity="day", timeZone="America/New_York")
    assert [["2025-12-31T00:00:00-05:00", 3], ["2026-01-01T00:00:00-05:00", 0]] == answer["rows"]


def test_another_range_beside(asked: World) -> None:
    """The compared range has columns and totals of its own."""
    before = {"from": "2025-12-31T00:00:00Z", "until": "2026-01-01T00:00:00Z"}
    answer = ask(asked, metrics=["media-starts"], dimensions=["content"], compare=before)
    assert ["content", "media-starts", "compare:media-starts"] == answer["columns"]
    assert [["film", 2, 0], ["<b>other", 1, 0]] == answer["rows"]
    assert {"media-starts": 3, "compare:media-starts": 0} == answer["totals"]
    answer = ask(asked, metrics=["media-starts"], granularity="day", compare=RANGE)
    assert [["2026-01-01T00:00:00Z", 3, 3]] == answer["rows"]


@pytest.mark.parametrize(
    "more", [{"dimensions": ["content"]}, {"granularity": "day"}, {"granularity": "day", "compare": RANGE}]
)
def test_totals_are_left_out_if_they_are_not_wanted(asked: World, more: dict[str, Any]) -> None:
    """They may take as long as the rows, which are the same."""
    question = {"metrics": ["viewers", "media-starts"], **more}
    whole, rows = ask(asked, **question), ask(asked, **question, totals=False)
    assert whole["totals"]["media-starts"] == 3
    assert (rows["totals"], rows["rows"], rows["columns"]) == ({}, whole["rows"], whole["columns"])


def test_pages(asked: World) -> None:
    """A cursor leads to the next page, which fits."""
    first = ask(asked, metrics=["media-starts"], dimensions=["content"], limit=1)
    second = ask(asked, metrics=["media-starts"], dimensions=["content"], limit=1, cursor=first["cursor"])
    assert [["film", 2]] == first["rows"]
    assert [["<b>other", 1]] == second["rows"]
    assert second["cursor"] is None


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ({}, "metrics"),
        ({"metrics": ["media-start"]}, "metrics[0]"),
        ({"metrics": ["chapter-starts"], "dimensions": ["advertiser"]}, "dimensions[0]"),
        ({"metrics": ["viewers"], "from": "yesterday"}, "from"),
        ({"metrics": ["viewers"], "until": "2025-01-01T00:00:00Z"}, "until"),
        ({"metrics": ["viewers"], "compare": {"from": "x", "until": "y"}}, "compare.from"),
        ({"metrics": ["viewers"], "timeZone": "Mars"}, "timeZone"),
        ({"metrics": ["viewers"], "granularity": "minute", "from": "2020-01-01T00:00:00Z"}, "granularity"),
        ({"metrics": ["viewers"], "segment": {"dimension": "content", "op": "~"}}, "segment.op"),
        ({"metrics": ["ad-starts"], "ads": {"dimension": "content", "op": "=", "value": "film"}}, "ads"),
        ({"metrics": ["viewers"], "ads": {"dimension": "ad", "op": "=", "value": "a"}}, "ads"),
        ({"metrics": ["viewers"], "cursor": "x"}, "cursor"),
        ({"metrics": ["viewers"], "metric": "viewers"}, "metric"),
    ],
)
def test_a_question_without_meaning_is_refused(asked: World, question: dict[str, Any], path: str) -> None:
    """400 says which part of the question, and why."""
    response = asked.client.post("/api/v1/reports", json={**RANGE, **question})
    assert [path] == [error["path"] for error in problem_of(response, 400)["errors"]]


def test_hostile_names_are_only_text(asked: World) -> None:
    """What a player or an asker writes never becomes SQL."""
    hostile = "film' OR 1=1 --"
    answer = ask(asked, metrics=["media-starts"], segment={"dimension": "content", "op": "=", "value": hostile})
    assert {"media-starts": 0} == answer["totals"]
    answer = ask(asked, metrics=["estimated-streams"], dimensions=["custom:a\"b'c"])
    assert [] == answer["rows"]


def test_the_catalogue_lists_everything(asked: World) -> None:
    """Ids, names, units and definitions of all there is to ask for."""
    catalogue = asked.get("/api/v1/catalogue")
    assert list(METRICS) == [metric["id"] for metric in catalogue["metrics"]]
    ratio = next(metric for metric in catalogue["metrics"] if metric["id"] == "pre-roll-drop-rate")
    assert "(media-starts - content-starts) / media-starts" == ratio["formula"]
    content = catalogue["dimensions"][0]
    assert ("content", "session", "sessionDetails.name") == (content["id"], content["grain"], content["field"])


def test_freshness_of_nothing() -> None:
    """Before the first event nothing is late."""
    assert 0.0 == freshness(0, START_MS).lag_seconds
    assert 2.5 == freshness(START_MS, START_MS + 2500).lag_seconds
