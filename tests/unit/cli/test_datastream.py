"""The datastream commands, as typed."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from playhead.cli import main
from playhead.deployment.datastreams import DEFAULT_ORG_ID, DatastreamFile


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test runs in a directory of its own, where the data goes too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLAYHEAD_DATA_DIR", "data")


def answered(capsys: pytest.CaptureFixture[str], *words: str) -> Any:  # JSON of many shapes
    """The JSON a command writes."""
    assert main(["datastream", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_create_with_nothing_said(capsys: pytest.CaptureFixture[str]) -> None:
    """A datastream of which nothing is said gets a new id and the defaults."""
    made = answered(capsys, "create")
    assert len(made["id"]) == 36
    assert (made["orgId"], made["enabled"], made["media"], made["settings"]) == (DEFAULT_ORG_ID, True, True, {})
    assert answered(capsys, "list") == [made]
    assert answered(capsys, "show", made["id"]) == made


@pytest.mark.parametrize("named", [["web"], ["--id", "web"]])
def test_create_with_everything_said(capsys: pytest.CaptureFixture[str], named: list[str]) -> None:
    """Every field can be told, the id as an option or without one."""
    words = shlex.split(
        "--name Web --org-id ACME@AdobeOrg --no-media --allow-origin https://A.example/ --allow-origin http://b.example:1"
        " --idle-timeout-s 30 --playhead-timeout-s 60 --federated --set stall_min_gap_s=2 --set max_states=3"
        " --events-days 1 --rows-days 2 --sessions-days 3 --keep-ip --no-keep-user-agent --fpid-cookie first"
        " --same-site-none"
    )
    made = answered(capsys, "create", *named, *words)
    del made["createdMs"]
    assert made == {
        "id": "web", "name": "Web", "orgId": "ACME@AdobeOrg", "enabled": True, "media": False,
        "allowedOrigins": ["https://a.example", "http://b.example:1"],
        "settings": {
            "stall_min_gap_s": 2, "max_states": 3, "idle_timeout_s": 30, "playhead_timeout_s": 60, "federated": True,
        },
        "eventsDays": 1, "rowsDays": 2, "sessionsDays": 3, "keepIp": True, "keepUserAgent": False, "fpidCookie": "first",
        "sameSiteNone": True,
    }  # fmt: skip


def test_update_changes_what_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """What is not named stays; a setting without a value follows the server's again."""
    before = answered(capsys, "create", "web", "--name", "Web", "--idle-timeout-s", "5", "--set", "max_states=3")
    after = answered(
        capsys, "update", "web", "--set", "idle_timeout_s=", "--media", "--allow-origin", "https://a.example"
    )
    assert after == {**before, "settings": {"max_states": 3}, "allowedOrigins": ["https://a.example"]}
    assert answered(capsys, "update", "web", "--allow-origin", "")["allowedOrigins"] == []


def test_disable_and_enable(capsys: pytest.CaptureFixture[str]) -> None:
    """A datastream is switched off and on again."""
    answered(capsys, "create", "web")
    assert answered(capsys, "disable", "web")["enabled"] is False
    assert answered(capsys, "enable", "web")["enabled"] is True


def test_tables_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json, list and show are tables on stdout."""
    answered(capsys, "create", "web", "--name", "Web")
    assert main(["datastream", "list"]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["id", "name", "organisation", "enabled", "media", "origins"]
    assert row.split() == ["web", "Web", DEFAULT_ORG_ID, "yes", "yes", "every"]
    assert main(["datastream", "show", "web"]) == 0
    assert "organisation" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["create", "a b"], "id: must be 1 to 128 letters"),
        (["create", "web"], "there is a datastream 'web' already"),
        (["create", "tv", "--set", "idle"], "--set idle: write NAME=VALUE"),
        (["create", "tv", "--set", "idle=5"], "settings.idle: unknown setting"),
        (["create", "tv", "--set", "idle_timeout_s=soon"], "settings.idle_timeout_s: Expected"),
        (["update", "web"], "nothing to change"),
        (["update", "tv", "--name", "x"], "there is no datastream 'tv'"),
        (["show", "tv"], "there is no datastream 'tv'"),
        (["disable"], "requires an argument"),
    ],
)
def test_wrong_usage(capsys: pytest.CaptureFixture[str], words: list[str], complaint: str) -> None:
    """A slip is named, the status is 2 and nothing changes."""
    answered(capsys, "create", "web")
    file = DatastreamFile(Path("data/datastreams.json"))
    before = file.all()
    assert main(["datastream", *words]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert complaint in " ".join(said.err.split())
    file.poll()
    assert file.all() == before
