"""Questions in SQL."""

from typing import get_args

import pytest

from api_world import World, problem_of
from playhead.api.query import MEDIA_TYPES
from playhead.store.port import QueryFormat


@pytest.mark.parametrize(("form", "body"), [("jsonl", b'{"1":1}\n'), ("csv", b"1\n1\n"), ("parquet", b"PAR1")])
def test_the_answer_comes_in_the_format_asked_for(world: World, form: QueryFormat, body: bytes) -> None:
    """Each format with its media type."""
    response = world.client.post("/api/v1/query", json={"sql": "select 1", "format": form})
    assert (200, body) == (response.status_code, response.content)
    assert response.headers["content-type"].partition(";")[0] == MEDIA_TYPES[form]


def test_json_lines_by_default(world: World) -> None:
    """Without a format the answer is JSON lines."""
    assert world.client.post("/api/v1/query", json={"sql": "select 1"}).content == b'{"1":1}\n'


def test_a_question_that_cannot_be_answered_says_why(world: World) -> None:
    """The store's reason is the error of `sql`."""
    errors = problem_of(world.client.post("/api/v1/query", json={"sql": "drop table sessions"}), 400)["errors"]
    assert errors == [{"path": "sql", "reason": "only `select 1` is answered here"}]


def test_a_question_has_an_end(world: World) -> None:
    """A question longer than the limit is not asked."""
    problem_of(world.client.post("/api/v1/query", json={"sql": "x" * 100_001}), 400)


def test_every_format_has_a_media_type() -> None:
    """The formats of the store are those of the API."""
    assert set(MEDIA_TYPES) == set(get_args(QueryFormat))
