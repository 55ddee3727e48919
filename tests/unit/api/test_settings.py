"""The settings the server runs with, and what is on disk."""

from pathlib import Path

from api_world import world_at
from playhead.api.meters import Snapshot
from playhead.api.ports import SettingItem

ORG = SettingItem(
    key="org_id", value="ACME@AdobeOrg", default="X@AdobeOrg", source="file", place="playhead.toml",
    variable="PLAYHEAD_ORG_ID", meaning="Organisation.",
)  # fmt: skip
TOKEN = "correct horse battery"


def test_settings_are_told_with_their_source(tmp_path: Path) -> None:
    """As they were handed over, beside the version; parts of the system are added up."""
    parts = [Snapshot(journal_bytes={"w00": 5}, store_bytes=7, removed={"rows": 2}), Snapshot(removed={"rows": 1})]
    with world_at(tmp_path, settings=[ORG], snapshots=lambda: parts) as world:
        assert {
            "items": [
                {
                    "key": "org_id", "value": "ACME@AdobeOrg", "default": "X@AdobeOrg", "source": "file",
                    "place": "playhead.toml", "variable": "PLAYHEAD_ORG_ID", "meaning": "Organisation.",
                }
            ],
            "cursor": None,
            "version": "1.2.3",
            "tokenRequired": False,
            "disk": {"journals": {"w00": 5}, "store": 7},
            "removed": {"rows": 3},
        } == world.get("/api/v1/settings")  # fmt: skip


def test_the_token_is_not_told(tmp_path: Path) -> None:
    """Only that there is one, and only to who has it."""
    with world_at(tmp_path, token=TOKEN) as world:
        assert 401 == world.client.get("/api/v1/settings").status_code
        response = world.client.get("/api/v1/settings", headers={"authorization": f"Bearer {TOKEN}"})
        assert (True, None) == (response.json()["tokenRequired"], response.json()["disk"]["store"])
        assert TOKEN not in response.text
