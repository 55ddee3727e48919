"""The console put together, behind a real server."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from litestar import get

from api_world import World, problem_of, record, world_at
from playhead.api import Console


@get("/", sync_to_thread=False, include_in_schema=False)
def front() -> str:
    """Stands for the web UI."""
    return "front"


@contextmanager
def served(api: Console) -> Iterator[tuple[str, uvicorn.Server]]:
    """The console behind uvicorn on a free port, in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(api, lifespan="off", log_level="critical", timeout_graceful_shutdown=5))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", server
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()


def test_other_routes_stand_beside_the_api(tmp_path: Path) -> None:
    """The web UI is served without token; the API is not."""
    with world_at(tmp_path, token="t", handlers=[front]) as world:
        assert world.client.get("/").text == "front"
        problem_of(world.client.get("/api/v1/sessions"), 401)


def test_any_host_needs_a_token(tmp_path: Path) -> None:
    """Answering to every name without a token would let any page read everything: it is our mistake."""
    with pytest.raises(AssertionError, match="token"), world_at(tmp_path, hosts=None):
        pass


def test_the_live_list_reaches_a_client_and_lets_the_server_stop(world: World) -> None:
    """Over a real connection: all sessions, then a new one; and stopping the streams ends the connection."""
    world.commit(record("s1"))
    with served(world.api) as (url, _), httpx.Client(base_url=url, timeout=60) as client:
        with client.stream("GET", "/api/v1/sessions/stream") as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            assert response.headers["cache-control"] == "no-store"
            lines = response.iter_lines()
            assert next(lines) == "event: reset"
            assert '"id":"s1"' in next(lines)
            world.commit(record("s2"))
            assert next(lines) == ""
            assert next(lines) == "event: sessions"
            changed = next(lines)
            assert ('"id":"s2"' in changed, '"id":"s1"' in changed) == (True, False)
            world.api.stop_streams()
            assert list(lines) == [""]
        assert client.get("/healthz").json() == {"status": "ok"}
        problem_of(client.get("/nowhere"), 404)
