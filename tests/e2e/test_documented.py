"""The two documented viewings, sent over HTTP to a real server, give the documented numbers (metrics.md 8)."""

import hashlib
import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from e2e.conftest import Server
from e2e.documented import (
    BUFFER_AND_PAUSE,
    BUFFER_AND_PAUSE_ROWS,
    CHAPTERS_AND_ADS,
    CHAPTERS_AND_ADS_ROWS,
    ExpectedRow,
    Said,
)

pytestmark = pytest.mark.e2e

CLOSE_TO_SHOWN_S = 60
"""A second or two; other tests run beside this one."""
LINGER_S = 60


def _stamp(start: datetime, at_s: float) -> str:
    return (start + timedelta(seconds=at_s)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _send(server: Server, start: datetime, viewing: Sequence[Said]) -> str:
    """All events of a viewing, in order; returns the session id."""
    session_id = ""
    with httpx.Client(base_url=server.collector_url) as client:
        for said in viewing:
            collection: dict[str, Any] = {"playhead": said.playhead, **said.members}
            if session_id:
                collection["sessionID"] = session_id
            xdm = {
                "eventType": f"media.{said.action}",
                "timestamp": _stamp(start, said.at_s),
                "mediaCollection": collection,
            }
            answer = client.post(
                f"/ee/va/v1/{said.action}", params={"configId": server.datastream}, json={"events": [{"xdm": xdm}]}
            )
            if said.action == "sessionStart":
                assert answer.status_code == 200
                session_id = answer.json()["handle"][0]["payload"][0]["sessionId"]
            else:
                assert (answer.status_code, answer.content) == (204, b"")
    return session_id


def _closed(server: Server, session_id: str, within_s: float) -> Mapping[str, Any]:
    """The session once it is closed; fails when that takes longer."""
    deadline = time.monotonic() + within_s
    while True:
        answer = httpx.get(f"{server.console_url}/api/v1/sessions/{session_id}")
        if answer.status_code == 200 and answer.json()["state"] == "closed":
            session: Mapping[str, Any] = answer.json()
            return session
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)


def _expected(rows: Sequence[ExpectedRow], session_id: str, start: datetime, length: int) -> dict[str, Any]:
    static = {
        "ID": session_id, "name": "VA API Sample Player", "friendlyName": "ClickMe", "length": length, "contentType": "VOD",
        "playerName": "sample-html5-api-player", "channel": "sample-channel", "appVersion": "va-api-0.0.0",
    }  # fmt: skip
    expected = {}
    for row in rows:
        row_id = hashlib.sha256(f"{session_id}|{row.event_type}|{row.n}".encode()).hexdigest()
        expected[row_id] = {
            "eventType": row.event_type,
            "timestamp": _stamp(start, row.at_s),
            "mediaReporting": {"sessionDetails": {**static, **row.session}, **row.others},
        }
    return expected


def _comparable(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Rows by `_id`, without the members that say who sent them."""
    sender = {"_id", "identityMap", "implementationDetails", "environment"}
    return {
        row["xdm"]["_id"]: {name: value for name, value in row["xdm"].items() if name not in sender} for row in rows
    }


def _replayed(
    server: Server, folder: Path, session_id: str, start: datetime, viewing: Sequence[Said]
) -> list[Mapping[str, Any]]:
    """The same viewing through `playhead replay`."""
    lines = []
    for said in viewing:
        stamp = _stamp(start, said.at_s)
        xdm = {
            "eventType": f"media.{said.action}",
            "timestamp": stamp,
            "mediaCollection": {"playhead": said.playhead, **said.members},
        }
        lines.append(
            json.dumps({"arrived": stamp, "sessionId": session_id, "datastream": server.datastream, "xdm": xdm})
        )
    recorded = folder / "recorded.jsonl"
    recorded.write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        [server.executable, "replay", str(recorded), "--last"], capture_output=True, text=True, check=True, timeout=60
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_documented_viewings_over_http(server: Server, tmp_path: Path) -> None:
    """Both documented viewings give exactly the documented rows, seconds after their close, and replay gives the same."""
    now = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - a player has a clock of its own
    start = now - timedelta(minutes=2)
    second = _send(server, start, CHAPTERS_AND_ADS)
    first = _send(server, start, BUFFER_AND_PAUSE)
    cases = (
        (first, BUFFER_AND_PAUSE, BUFFER_AND_PAUSE_ROWS, 60, "end", CLOSE_TO_SHOWN_S),
        (second, CHAPTERS_AND_ADS, CHAPTERS_AND_ADS_ROWS, 54, "complete", LINGER_S + CLOSE_TO_SHOWN_S),
    )
    for session_id, viewing, rows, length, cause, within_s in cases:
        session = _closed(server, session_id, within_s)
        expected = _expected(rows, session_id, start, length)
        assert session["closeCause"] == cause
        assert session["counts"] == {"accepted": len(viewing), "duplicate": 0, "dropped": 0}
        closing = next(row for row in expected.values() if row["eventType"] == "media.sessionComplete")
        shown = {name: value for name, value in session["mediaReporting"].items() if value}
        assert shown == closing["mediaReporting"]
        answer = httpx.get(f"{server.console_url}/api/v1/sessions/{session_id}/rows").json()
        assert _comparable(answer["items"]) == expected
        assert _comparable(_replayed(server, tmp_path, session_id, start, viewing)) == expected
