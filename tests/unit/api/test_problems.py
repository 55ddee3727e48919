"""The one body of everything that is wrong."""

from pathlib import Path

import pytest

from api_world import AskableMemoryStore, World, problem_of, record, world_at
from playhead.api.problems import KINDS, FieldProblem, problem, wrong_input
from playhead.base.errors import OverloadedError, StoreError
from playhead.base.units import SessionId
from playhead.reporting.outputs import SessionRecord

JSON = {"content-type": "application/json"}


class FailingStore(AskableMemoryStore):
    """A store that cannot be read, for a reason."""

    def __init__(self, reason: Exception) -> None:
        super().__init__()
        self.reason = reason

    def session(self, session_id: SessionId) -> SessionRecord | None:  # noqa: ARG002 - the port's
        """Fails."""
        raise self.reason


def test_one_detail_for_all_errors() -> None:
    """The detail names each value, so that a person who reads only that knows."""
    error = wrong_input(FieldProblem("from", "is no time"), FieldProblem("limit", "is too large"))
    assert error.detail == "from: is no time; limit: is too large"
    assert len(error.errors) == 2


@pytest.mark.parametrize(("status", "name"), [(404, "not-found"), (418, "wrong-input"), (502, "internal")])
def test_types_are_of_a_closed_set(status: int, name: str) -> None:
    """A status that has no kind of its own is told as the nearest."""
    assert problem(status, "x").type == f"/api/v1/docs#{name}"


def test_kinds_have_names_of_their_own() -> None:
    """No two kinds share a name or a title."""
    assert len(KINDS) == len({kind.name for kind in KINDS.values()}) == len({kind.title for kind in KINDS.values()})


@pytest.mark.parametrize(
    ("reason", "status"),
    [(StoreError("secret path"), 503), (OverloadedError("full"), 503), (RuntimeError("secret"), 500)],
)
def test_failures_say_nothing_of_our_insides(tmp_path: Path, reason: Exception, status: int) -> None:
    """The reason goes to the log; the answer says whether coming back helps."""
    with world_at(tmp_path, FailingStore(reason)) as world:
        response = world.client.get("/api/v1/sessions/s1")
        assert "secret" not in problem_of(response, status)["detail"]
        assert (status == 503) == (response.headers.get("retry-after") == "1")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nowhere", None, 404),
        ("GET", "/api/v1/nowhere", None, 404),
        ("GET", "/api/v1/.framework", None, 404),
        ("GET", "/api/v1/.framework/redoc", None, 404),
        ("GET", "/api/v1/sessions/unknown", None, 404),
        ("GET", "/api/v1/sessions/unknown/events", None, 404),
        ("GET", "/api/v1/sessions/unknown/rows", None, 404),
        ("PATCH", "/api/v1/datastreams/unknown", b"{}", 404),
        ("POST", "/healthz", b"{}", 405),
        ("DELETE", "/api/v1/sessions", None, 405),
        ("HEAD", "/api/v1/sessions", None, 405),
        ("BREW", "/api/v1/sessions", None, 405),
        ("POST", "/api/v1/query", b"{", 400),
        ("POST", "/api/v1/query", b"", 400),
        ("POST", "/api/v1/query", b"[]", 400),
        ("POST", "/api/v1/query", b"\xff\xfe", 400),
        ("POST", "/api/v1/query", b'{"sql": "x", "sgl": 1}', 400),
        ("POST", "/api/v1/query", b'{"sql": "x", "format": "xml"}', 400),
        ("POST", "/api/v1/query", b" " * 1_000_001, 413),
        ("POST", "/api/v1/datastreams", b"{}" + b" " * 1_000_001, 413),
    ],
)
def test_one_body_everywhere(world: World, method: str, path: str, body: bytes | None, status: int) -> None:
    """Whatever is wrong, wherever: the same body, with the kind that fits."""
    headers = JSON if body is not None else {}
    response = world.client.request(method, path, content=body, headers=headers)
    if method == "HEAD":
        assert (status, "application/problem+json") == (response.status_code, response.headers["content-type"])
    else:
        assert problem_of(response, status)["type"] == f"/api/v1/docs#{KINDS[status].name}"
    assert (status == 405) == ("allow" in response.headers)


@pytest.mark.parametrize(
    ("query", "path", "reason"),
    [
        ("limit=0", "limit", "1"),
        ("limit=1001", "limit", "1000"),
        ("limit=ten", "limit", "must be a whole number"),
        ("from=yesterday", "from", "RFC 3339"),
        ("until=2026-13-01T00:00:00Z", "until", "exists"),
        ("state=opened", "state", "must be one of open, closing, closed"),
        ("cause=boredom", "cause", "must be one of end, idle, stuck, complete, age, downloaded"),
        ("hasErrors=maybe", "hasErrors", "must be true or false"),
        ("cursor=x", "cursor", "is not a cursor that this list gave"),
        ("content=" + "x" * 4097, "content", "4096"),
    ],
)
def test_wrong_parameters_are_named_as_the_client_named_them(world: World, query: str, path: str, reason: str) -> None:
    """Each wrong value has the name from the URL and a reason that says what would be right."""
    errors = problem_of(world.client.get(f"/api/v1/sessions?{query}"), 400)["errors"]
    assert [path] == [error["path"] for error in errors]
    assert reason in errors[0]["reason"]


@pytest.mark.parametrize(
    ("body", "path", "reason"),
    [
        ({}, "sql", "is required"),
        ({"sql": 5}, "sql", "must be a text"),
        ({"sql": "x", "sgl": 1}, "sgl", "is not known here"),
        ({"sql": "x", "format": "xml"}, "format", "must be one of jsonl, csv, parquet"),
    ],
)
def test_wrong_members_of_a_body_are_named(world: World, body: dict[str, object], path: str, reason: str) -> None:
    """A wrong member of a body has its path and a reason."""
    errors = problem_of(world.client.post("/api/v1/query", json=body), 400)["errors"]
    assert [{"path": path, "reason": reason}] == errors


def test_good_answers_are_no_problems(world: World) -> None:
    """What is there is answered as JSON."""
    world.commit(record())
    assert world.client.get("/api/v1/sessions/s1").headers["content-type"] == "application/json"
