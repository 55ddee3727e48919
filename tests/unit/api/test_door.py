"""Hosts, headers and counts of the outermost layer."""

from pathlib import Path

import pytest

from api_world import problem_of, world_at
from playhead.api.door import SECURITY_HEADERS, host_name


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("LocalHost:8081", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]:8081", "::1"),
        ("[::1]", "::1"),
        ("::1", "::1"),
        ("", ""),
        ("a:b:c", "a:b:c"),
    ],
)
def test_the_name_in_a_host_header(header: str, name: str) -> None:
    """Ports and brackets are left out, case does not matter."""
    assert name == host_name(header)


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8081", "10.0.0.1"])
@pytest.mark.parametrize("path", ["/healthz", "/api/v1/sessions", "/nowhere"])
def test_other_hosts_are_refused(tmp_path: Path, host: str, path: str) -> None:
    """A page that had its name bound to our address gets nothing, wherever it looks."""
    with world_at(tmp_path) as world:
        problem_of(world.client.get(path, headers={"host": host}), 421)


@pytest.mark.parametrize("host", ["localhost", "[::1]:8081", "127.0.0.1:1", "Stats.Example:8081"])
def test_known_hosts_are_answered(tmp_path: Path, host: str) -> None:
    """Loopback names and configured ones are ours."""
    with world_at(tmp_path, hosts=frozenset({"stats.example"})) as world:
        assert world.client.get("/healthz", headers={"host": host}).status_code == 200


def test_with_a_token_any_host_may_be_ours(tmp_path: Path) -> None:
    """Where a token is asked for, the name does not matter."""
    with world_at(tmp_path, hosts=None, token="t") as world:
        assert world.client.get("/healthz", headers={"host": "anything.example"}).status_code == 200
        problem_of(world.client.get("/api/v1/sessions", headers={"host": "anything.example"}), 401)


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/sessions", "/api/v1/docs", "/nowhere", "/metrics"])
def test_every_answer_carries_the_security_headers(tmp_path: Path, path: str) -> None:
    """Good and bad answers alike; and no answer may be read by other origins."""
    with world_at(tmp_path) as world:
        headers = world.client.get(path, headers={"origin": "https://evil.example"}).headers
        assert {name: headers[name] for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS)
        assert not [name for name in headers if name.startswith("access-control-")]


def test_requests_are_counted_by_route(tmp_path: Path) -> None:
    """The route is counted as its template, so that ids do not make metrics grow."""
    with world_at(tmp_path) as world:
        for name in ("a", "b"):
            world.client.get(f"/api/v1/sessions/{name}")
        world.client.get("/nowhere")
        text = world.client.get("/metrics").text
    assert 'playhead_requests_total{door="console",route="/api/v1/sessions/{session_id}",status="404"} 2.0' in text
    assert 'playhead_requests_total{door="console",route="none",status="404"} 1.0' in text
