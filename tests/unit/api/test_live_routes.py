"""The routes of now, over a real connection; what they tell has its own tests."""

import httpx
import pytest

from api_world import World, problem_of
from unit.api.test_factory import served


@pytest.mark.parametrize(
    "path", ["/api/v1/live/stream", "/api/v1/debugger/stream?session=s&identity=i&datastream=d&refused=true"]
)
def test_streams_reach_a_client_and_let_the_server_stop(world: World, path: str) -> None:
    """The first event comes at once; stopping the streams ends the connection."""
    with served(world.api) as (url, _), httpx.stream("GET", url + path, timeout=60) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = response.iter_lines()
        assert next(lines) in {"event: live", ": still here"}
        world.api.stop_streams()
        list(lines)


def test_a_picture_is_an_answer_too(world: World) -> None:
    """With a filter; an unknown parameter is refused."""
    assert 0 == world.get("/api/v1/live", datastream="web")["audience"]["sessions"]
    problem_of(world.client.get("/api/v1/live?content=x"), 400)
