"""Routes of datastreams."""

import json
from pathlib import Path

import pytest

from api_world import World, problem_of, world_at
from playhead.api.ports import SettingItem
from playhead.deployment.datastreams import DatastreamFile

NEW = {
    "id": "made-here",
    "name": "made-here",
    "orgId": "PLAYHEAD0000000000000000@AdobeOrg",
    "enabled": True,
    "media": True,
    "allowedOrigins": [],
    "settings": {},
    "fpidCookie": "FPID",
    "sameSiteNone": False,
    "keepIp": False,
    "keepUserAgent": True,
    "eventsDays": None,
    "rowsDays": None,
    "sessionsDays": None,
    "createdAt": "2026-01-01T00:00:00.000Z",
}


def test_everything_may_be_left_out(world: World) -> None:
    """A datastream of which nothing is said gets an id, and defaults."""
    response = world.client.post("/api/v1/datastreams", json={})
    assert (201, NEW) == (response.status_code, response.json())
    assert {"items": [NEW], "cursor": None} == world.get("/api/v1/datastreams")


def test_what_is_said_is_stored(world: World, tmp_path: Path) -> None:
    """Every member reaches the file that collectors follow."""
    said = {
        "id": "web",
        "name": "Web",
        "orgId": "ACME@AdobeOrg",
        "enabled": False,
        "media": False,
        "allowedOrigins": ["https://A.example"],
        "settings": {"idle_timeout_s": 30, "federated": True},
        "fpidCookie": "mine",
        "sameSiteNone": True,
        "keepIp": True,
        "keepUserAgent": False,
        "eventsDays": 1,
        "rowsDays": 2,
        "sessionsDays": 3,
    }
    answer = world.client.post("/api/v1/datastreams", json=said).json()
    assert {**said, "allowedOrigins": ["https://a.example"], "createdAt": NEW["createdAt"]} == answer
    stored = DatastreamFile(tmp_path / "datastreams.json").get("web")
    assert stored is not None
    assert (30, True, 3) == (stored.settings["idle_timeout_s"], stored.settings["federated"], stored.sessions_days)


def test_a_change_changes_what_it_names(world: World) -> None:
    """Other members stay; settings are merged by name, null lets one follow the server's again."""
    world.client.post("/api/v1/datastreams", json={"id": "web", "settings": {"idle_timeout_s": 30, "max_states": 5}})
    change = {"enabled": False, "settings": {"idle_timeout_s": None, "federated": True}}
    changed = world.client.patch("/api/v1/datastreams/web", json=change).json()
    assert {
        **NEW,
        "id": "web",
        "name": "web",
        "enabled": False,
        "settings": {"max_states": 5, "federated": True},
    } == changed


def test_an_id_is_taken_once(world: World) -> None:
    """Making it again is a conflict and changes nothing."""
    world.client.post("/api/v1/datastreams", json={"id": "web", "name": "first"})
    problem_of(world.client.post("/api/v1/datastreams", json={"id": "web", "name": "second"}), 409)
    assert world.get("/api/v1/datastreams")["items"][0]["name"] == "first"


@pytest.mark.parametrize(
    ("member", "value", "path"),
    [
        ("id", "no spaces", "id"),
        ("name", "", "name"),
        ("name", 5, "name"),
        ("orgId", "nobody", "orgId"),
        ("allowedOrigins", ["https://a.example/path"], "allowedOrigins[0]"),
        ("settings", {"idle_timeout": 5}, "settings.idle_timeout"),
        ("settings", {"idle_timeout_s": -1}, "settings.idle_timeout_s"),
        ("fpidCookie", "a b", "fpidCookie"),
        ("eventsDays", 0, "eventsDays"),
        ("colour", "red", "colour"),
    ],
)
def test_what_cannot_be_is_named(world: World, member: str, value: object, path: str) -> None:
    """Wrong values are a 400 with the path as the client wrote it, when made and when changed; nothing is stored."""
    errors = problem_of(world.client.post("/api/v1/datastreams", json={member: value}), 400)["errors"]
    assert [path] == [error["path"] for error in errors]
    assert world.get("/api/v1/datastreams")["items"] == []
    world.client.post("/api/v1/datastreams", json={})
    errors = problem_of(world.client.patch("/api/v1/datastreams/made-here", json={member: value}), 400)["errors"]
    assert [path] == [error["path"] for error in errors]
    assert world.get("/api/v1/datastreams")["items"] == [NEW]


def test_all_that_is_wrong_is_told_at_once(world: World) -> None:
    """Two wrong values are two errors."""
    errors = problem_of(world.client.post("/api/v1/datastreams", json={"orgId": "x", "rowsDays": 0}), 400)["errors"]
    assert ["orgId", "rowsDays"] == [error["path"] for error in errors]


def test_changes_of_others_are_seen(world: World, tmp_path: Path) -> None:
    """What the command line wrote meanwhile is listed."""
    path = tmp_path / "datastreams.json"
    world.client.post("/api/v1/datastreams", json={})
    stored = json.loads(path.read_text())
    stored["datastreams"][0]["name"] = "renamed"
    (tmp_path / "new").write_text(json.dumps(stored))
    (tmp_path / "new").replace(path)
    assert world.get("/api/v1/datastreams")["items"][0]["name"] == "renamed"


def test_the_organisation_is_the_servers_where_none_is_said(tmp_path: Path) -> None:
    """As the command line does it."""
    org = SettingItem(
        key="org_id", value="ACME@AdobeOrg", default="", source="file", place="f", variable="V", meaning="M"
    )
    with world_at(tmp_path, settings=[org]) as world:
        assert "ACME@AdobeOrg" == world.client.post("/api/v1/datastreams", json={}).json()["orgId"]


def test_a_slash_behind_an_origin_is_no_part_of_it(world: World) -> None:
    """Browsers copy it along."""
    made = world.client.post("/api/v1/datastreams", json={"allowedOrigins": ["https://A.example/"]}).json()
    assert ["https://a.example"] == made["allowedOrigins"]
