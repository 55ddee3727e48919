"""Datastreams: what may be stored, how it is found, and how changes reach processes that follow the file."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from playhead.base.errors import DataDirectoryError
from playhead.base.settings import SessionSettings
from playhead.base.units import DatastreamId
from playhead.deployment.datastreams import (
    Datastream,
    DatastreamExistsError,
    DatastreamFile,
    InvalidDatastreamError,
    UnknownDatastreamError,
    problems_of,
    session_settings,
    strip_environment,
)


def datastream(datastream_id: str = "web", **fields: object) -> Datastream:
    """A datastream that may be stored, but for the given fields."""
    return msgspec.structs.replace(Datastream(id=DatastreamId(datastream_id), name="Web"), **fields)


def test_a_change_is_seen_by_a_follower(tmp_path: Path) -> None:
    """Another reader of the file sees a new datastream at its next poll, and polls without reading when nothing changed."""
    path = tmp_path / "datastreams.json"
    writer, follower = DatastreamFile(path), DatastreamFile(path)
    writer.create(datastream("web"))
    assert follower.get("web") is None
    assert follower.poll() is True
    assert follower.get("web") == datastream("web")
    assert follower.poll() is False
    writer.update("web", lambda before: msgspec.structs.replace(before, enabled=False))
    assert follower.poll() is True
    assert [found.enabled for found in follower.all()] == [False]


def test_everything_survives_the_file(tmp_path: Path) -> None:
    """Every field comes back as it was stored."""
    stored = datastream(
        "tv",
        org_id="ACME@AdobeOrg",
        enabled=False,
        media=False,
        allowed_origins=("https://www.example.com", "null"),
        settings={"idle_timeout_s": 30, "federated": True},
        fpid_cookie="first",
        same_site_none=True,
        keep_ip=True,
        keep_user_agent=False,
        events_days=1,
        rows_days=2,
        sessions_days=3,
        created_ms=5,
    )
    DatastreamFile(tmp_path / "datastreams.json").create(stored)
    assert DatastreamFile(tmp_path / "datastreams.json").get("tv") == stored


def test_the_environment_is_left_out(tmp_path: Path) -> None:
    """A client may add `:dev` or any suffix to the id (protocol.md C35); ids are otherwise taken literally."""
    file = DatastreamFile(tmp_path / "datastreams.json")
    file.create(datastream("web"))
    assert [file.lookup(text) is not None for text in ("web", "web:dev", "web:", "WEB", "web2", "")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]
    assert strip_environment("web:prod") == "web"


def test_an_id_is_taken_once(tmp_path: Path) -> None:
    """A second datastream of one id is refused; changing one that does not exist too."""
    file = DatastreamFile(tmp_path / "datastreams.json")
    file.create(datastream("web"))
    with pytest.raises(DatastreamExistsError, match="'web' already"):
        file.create(datastream("web"))
    with pytest.raises(UnknownDatastreamError, match="'tv'"):
        file.update("tv", lambda before: before)


def test_writers_do_not_lose_each_others_changes(tmp_path: Path) -> None:
    """Datastreams made at the same moment are all there."""
    path = tmp_path / "datastreams.json"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: DatastreamFile(path).create(datastream(f"d{number}")), range(24)))
    assert sorted(found.id for found in DatastreamFile(path).all()) == sorted(f"d{number}" for number in range(24))


def test_a_damaged_file_keeps_what_was_known(tmp_path: Path) -> None:
    """A follower that cannot read the file says so and goes on with what it had."""
    path = tmp_path / "datastreams.json"
    file = DatastreamFile(path)
    file.create(datastream("web"))
    path.write_text("{")
    with pytest.raises(DataDirectoryError, match="damaged"):
        file.poll()
    assert file.get("web") == datastream("web")
    with pytest.raises(DataDirectoryError, match="damaged"):
        DatastreamFile(path)


@pytest.mark.parametrize(
    ("fields", "paths"),
    [
        ({"id": "a b"}, ["id"]),
        ({"id": "web:dev"}, ["id"]),
        ({"id": ""}, ["id"]),
        ({"id": "x" * 129}, ["id"]),
        ({"name": " "}, ["name"]),
        ({"name": "two\nlines"}, ["name"]),
        ({"org_id": "ACME"}, ["org_id"]),
        ({"allowed_origins": ("https://ok.example", "https://no.example/path")}, ["allowed_origins[1]"]),
        ({"allowed_origins": ("*",)}, ["allowed_origins[0]"]),
        ({"settings": {"idle": 1}}, ["settings.idle"]),
        ({"settings": {"idle_timeout_s": -1, "max_states": "ten"}}, ["settings.idle_timeout_s", "settings.max_states"]),
        ({"settings": {"idle_timeout_s": float("nan")}}, ["settings.idle_timeout_s"]),
        ({"settings": {"max_playback_rate": 0}}, ["settings.max_playback_rate"]),
        ({"settings": {"max_session_s": 86_401}}, ["settings.max_session_s"]),
        ({"settings": {"reorder_window_events": 1.5}}, ["settings.reorder_window_events"]),
        ({"fpid_cookie": "a=b"}, ["fpid_cookie"]),
        ({"events_days": 0, "sessions_days": -1}, ["events_days", "sessions_days"]),
    ],
)
def test_what_cannot_be_is_named(tmp_path: Path, fields: dict[str, object], paths: list[str]) -> None:
    """Each wrong field is reported by its path, all of them together, and nothing is stored."""
    wrong = msgspec.structs.replace(datastream(), **fields)
    assert [problem.path for problem in problems_of(wrong)] == paths
    file = DatastreamFile(tmp_path / "datastreams.json")
    with pytest.raises(InvalidDatastreamError) as caught:
        file.create(wrong)
    assert [problem.path for problem in caught.value.problems] == paths
    assert file.all() == []


@pytest.mark.parametrize(
    "origin", ["https://www.example.com", "http://localhost:3000", "null", "http://[::1]:80", "capacitor://localhost"]
)
def test_origins_browsers_send(origin: str) -> None:
    """What browsers and web views put into `Origin` can be allowed."""
    assert problems_of(datastream(allowed_origins=(origin,))) == []


def test_own_settings_go_before_the_servers() -> None:
    """A datastream overrides what it names; the rest follows the server's settings."""
    defaults = SessionSettings(idle_timeout_s=60, max_states=3)
    assert session_settings(datastream(settings={"max_states": 4}), defaults) == SessionSettings(
        idle_timeout_s=60, max_states=4
    )
    assert session_settings(datastream(), defaults) is defaults
