"""Alive, ready, measured."""

from pathlib import Path

from api_world import World, problem_of, world_at
from playhead.api import Snapshot


def test_alive(world: World) -> None:
    """The process answers."""
    assert world.get("/healthz") == {"status": "ok"}


def test_ready(world: World) -> None:
    """Everything that was looked at is named."""
    assert world.get("/readyz") == {"status": "ready", "checks": ["store", "journals"]}


def test_not_ready_says_what_is_not(world: World) -> None:
    """503 with one error for each check that fails."""
    world.troubles["lag"] = "the processor is 90 s behind"
    body = problem_of(world.client.get("/readyz"), 503)
    assert [{"path": "lag", "reason": "the processor is 90 s behind"}] == body["errors"]
    assert world.get("/healthz") == {"status": "ok"}


def test_watching_needs_no_token(tmp_path: Path) -> None:
    """Health is for load balancers; numbers are for those who know the token."""
    with world_at(tmp_path, token="t") as world:
        assert world.client.get("/healthz").status_code == 200
        assert world.client.get("/readyz").status_code == 200
        problem_of(world.client.get("/metrics"), 401)
        assert world.client.get("/metrics", headers={"authorization": "Bearer t"}).status_code == 200


def test_metrics_join_all_parts(tmp_path: Path) -> None:
    """What the other parts measured stands beside the console's own requests."""
    with world_at(tmp_path, snapshots=lambda: [Snapshot(open_sessions=3), Snapshot(open_sessions=4)]) as world:
        world.client.get("/healthz")
        response = world.client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    assert "playhead_open_sessions 7.0\n" in response.text
    assert 'playhead_requests_total{door="console",route="/healthz",status="200"} 1.0\n' in response.text
    assert 'playhead_build{version="1.2.3"} 1.0\n' in response.text
