"""Signing in from a browser."""

from pathlib import Path

import pytest

from api_world import World, problem_of, world_at

TOKEN = "correct horse"


def test_signing_in_opens_and_signing_out_closes(tmp_path: Path) -> None:
    """The cookie stands for the token until it is taken back."""
    with world_at(tmp_path, token=TOKEN) as world:
        problem_of(world.client.get("/api/v1/sessions"), 401)
        assert world.client.post("/api/v1/sign-in", json={"token": TOKEN}).status_code == 204
        assert world.client.get("/api/v1/sessions").status_code == 200
        assert world.client.delete("/api/v1/sign-in").status_code == 204
        problem_of(world.client.get("/api/v1/sessions"), 401)


def test_the_cookie_is_kept_from_scripts_and_other_sites(tmp_path: Path) -> None:
    """HttpOnly and SameSite=Strict; Secure where the console is reached by TLS."""
    with world_at(tmp_path, token=TOKEN) as world:
        cookie = world.client.post("/api/v1/sign-in", json={"token": TOKEN}).headers["set-cookie"]
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        assert "Secure" not in cookie
        by_tls = world.client.post("https://127.0.0.1:8081/api/v1/sign-in", json={"token": TOKEN})
        assert "Secure" in by_tls.headers["set-cookie"].split("; ")


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + " ", "é"])
def test_another_token_is_refused(tmp_path: Path, token: str) -> None:
    """No cookie for who does not know it."""
    with world_at(tmp_path, token=TOKEN) as world:
        response = world.client.post("/api/v1/sign-in", json={"token": token})
        problem_of(response, 401)
        assert "set-cookie" not in response.headers


def test_a_console_without_token_lets_everyone_in(world: World) -> None:
    """Signing in where nothing is asked for does no harm."""
    assert world.client.post("/api/v1/sign-in", json={"token": "x"}).status_code == 204
    assert world.client.get("/api/v1/sessions").status_code == 200
