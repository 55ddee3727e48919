"""What is asked of a request before its handler sees it."""

from pathlib import Path

import pytest

from api_world import problem_of, world_at
from playhead.api.guards import parameters_of, same_text
from playhead.api.sessions import get_events

TOKEN = "correct horse"


def test_secrets_are_compared_as_bytes() -> None:
    """Texts beyond ASCII are compared too, and an empty one is not a token."""
    assert same_text("schlüssel", "schlüssel")
    assert not same_text("", TOKEN)


def test_parameters_are_those_declared() -> None:
    """A route's parameters are read from its signature."""
    assert parameters_of(get_events) == {"limit", "cursor"}


@pytest.mark.parametrize("authorization", ["", TOKEN, f"Basic {TOKEN}", "Bearer", "Bearer wrong", f"Bearer {TOKEN}x"])
def test_without_the_token_nothing_is_read(tmp_path: Path, authorization: str) -> None:
    """Every other header than the right one is a 401 that says how."""
    with world_at(tmp_path, token=TOKEN) as world:
        response = world.client.get("/api/v1/sessions", headers={"authorization": authorization})
        problem_of(response, 401)
        assert response.headers["www-authenticate"] == 'Bearer realm="playhead"'


@pytest.mark.parametrize("path", ["/api/v1/sessions", "//api/v1/sessions", "/api/v1/sessions/", "/metrics"])
def test_no_spelling_of_a_path_goes_around_the_token(tmp_path: Path, path: str) -> None:
    """The token is asked for where the route is, not where the path looks like it."""
    with world_at(tmp_path, token=TOKEN) as world:
        assert world.client.get(path).status_code in {401, 404}
        assert (
            world.client.get(path.replace("//", "/"), headers={"authorization": f"bearer {TOKEN}"}).status_code == 200
        )


def test_unknown_and_repeated_parameters_are_named(tmp_path: Path) -> None:
    """A parameter a route does not have, or is given twice, is a 400 that names it."""
    with world_at(tmp_path) as world:
        body = problem_of(world.client.get("/api/v1/sessions?limt=3&limit=1&limit=2"), 400)
        assert [error["path"] for error in body["errors"]] == ["limt", "limit"]
        assert "there are cause, channel, content, cursor" in body["errors"][0]["reason"]


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_what_a_form_can_send_is_refused(tmp_path: Path, kind: str | None) -> None:
    """Writes are JSON and say so."""
    with world_at(tmp_path) as world:
        headers = {} if kind is None else {"content-type": kind}
        problem_of(world.client.post("/api/v1/datastreams", content=b'{"id":"x"}', headers=headers), 415)
        problem_of(world.client.patch("/api/v1/datastreams/x", content=b'{"name":"y"}', headers=headers), 415)


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_no_other_origin_is_let_write(tmp_path: Path, method: str) -> None:
    """A browser asks before it sends JSON, a PATCH or a DELETE of another origin; no answer lets it."""
    headers = {
        "origin": "http://127.0.0.1:9",
        "access-control-request-method": method,
        "access-control-request-headers": "content-type",
    }
    with world_at(tmp_path) as world:
        for path in ("/api/v1/datastreams", "/api/v1/datastreams/x", "/api/v1/sign-in"):
            answer = world.client.options(path, headers=headers)
            assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_json_may_name_its_charset(tmp_path: Path) -> None:
    """A charset behind the type is fine."""
    with world_at(tmp_path) as world:
        headers = {"content-type": "Application/JSON; charset=utf-8"}
        assert world.client.post("/api/v1/datastreams", content=b'{"id":"x"}', headers=headers).status_code == 201
