"""Requests as players send them, for the tests of the wire."""

import copy
import json
from typing import Any

SESSION_ID = "5c32e1a6ef6b58be5136ba8db2f79f1d251d3121a898bc8fb60123b8fdb9aa1c"
RECEIVED_MS = 1_767_232_815_120
"""2026-01-01T02:00:15.120Z."""
TIMESTAMP = "2026-01-01T02:00:15.000Z"
AT_MS = 1_767_232_815_000

SESSION_DETAILS: dict[str, Any] = {
    "name": "clip-7", "playerName": "web-player", "length": 60, "channel": "site", "contentType": "VOD",
}  # fmt: skip

MEMBERS: dict[str, dict[str, Any]] = {
    "sessionStart": {"sessionDetails": SESSION_DETAILS},
    "sessionComplete": {},
    "sessionEnd": {},
    "play": {},
    "ping": {},
    "adBreakStart": {"advertisingPodDetails": {"index": 1, "offset": 15, "friendlyName": "Mid-roll"}},
    "adBreakComplete": {},
    "adStart": {"advertisingDetails": {"name": "ad-1", "length": 10, "playerName": "p", "podPosition": 1}},
    "adComplete": {},
    "adSkip": {},
    "bitrateChange": {"qoeDataDetails": {"bitrate": 800}},
    "bufferStart": {},
    "chapterStart": {"chapterDetails": {"index": 1, "length": 20, "offset": 0, "friendlyName": "One"}},
    "chapterComplete": {},
    "chapterSkip": {},
    "error": {"errorDetails": {"name": "E-1", "source": "player"}},
    "pauseStart": {},
    "statesUpdate": {"statesStart": [{"name": "mute"}], "statesEnd": [{"name": "fullScreen"}]},
}
"""Extra members of mediaCollection each action needs; `downloaded` has none."""


def xdm_of(action: str, **collection: Any) -> dict[str, Any]:
    """The xdm of a valid event; keyword arguments are merged into its mediaCollection."""
    if action == "downloaded":
        return download_of("sessionStart", "play", "sessionComplete")
    members: dict[str, Any] = {**copy.deepcopy(MEMBERS[action]), "playhead": 12}
    if action != "sessionStart":
        members["sessionID"] = SESSION_ID
    return {"eventType": f"media.{action}", "timestamp": TIMESTAMP, "mediaCollection": {**members, **collection}}


def download_of(*actions: str) -> dict[str, Any]:
    """The xdm of an offline session."""
    items = [
        {
            "mediaEventType": f"media.{action}",
            "mediaEventTimestamp": TIMESTAMP,
            "mediaCollection": {**copy.deepcopy(MEMBERS[action]), "playhead": 12},
        }
        for action in actions
    ]
    return {"eventType": "media.downloaded", "mediaDownloadedEvents": items}


def body_of(*xdms: Any, **members: Any) -> bytes:
    """A request with these events; keyword arguments are further members of the body."""
    return json.dumps({"events": [{"xdm": xdm} for xdm in xdms], **members}).encode()
