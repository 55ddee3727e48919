"""Viewings to fill a console with, sent through the public door as a player would."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from e2e.documented import Said

HOSTILE = '<img src=x onerror="document.title=1"> & <script>alert(1)</script>'


def details(
    name: str, friendly: str, *, length: int = 100, kind: str = "vod", player: str = "web-player"
) -> dict[str, Any]:
    """`sessionDetails` of a viewing."""
    members = {"name": name, "friendlyName": friendly, "length": length, "contentType": kind}
    return {"sessionDetails": {**members, "playerName": player, "channel": "films"}}


_POD = {"advertisingPodDetails": {"index": 1, "offset": 14, "friendlyName": "Mid-roll"}}
_TEA = {"name": "ad-tea", "friendlyName": "Slow Tea", "advertiser": "Slow Tea Company", "length": 16, "podPosition": 0}
_TRAIN = {
    "name": "ad-train",
    "friendlyName": "Night Trains",
    "advertiser": "Night Trains",
    "length": 15,
    "podPosition": 1,
}
_HARBOUR = {"index": 1, "offset": 0, "length": 60, "friendlyName": "The harbour"}
_STORM = {"index": 2, "offset": 60, "length": 40, "friendlyName": "The storm"}
_SHELF = [{"name": "shelf", "value": "Sea stories"}, {"name": "experiment", "value": "B"}]
_GOOD = {"bitrate": 1400, "framesPerSecond": 25, "droppedFrames": 0, "timeToStart": 900}
_POOR = {"bitrate": 800, "framesPerSecond": 25, "droppedFrames": 5, "timeToStart": 900}

EVERYTHING = (
    Said(
        0,
        0,
        "sessionStart",
        {**details("coast-3", "The Long Coast, Episode 3"), "qoeDataDetails": _GOOD, "customMetadata": _SHELF},
    ),
    Said(1, 0, "play"),
    Said(1.1, 0, "chapterStart", {"chapterDetails": _HARBOUR}),
    Said(2, 1, "statesUpdate", {"statesStart": [{"name": "fullscreen"}]}),
    Said(11, 10, "ping"),
    Said(15, 14, "adBreakStart", _POD),
    Said(15.1, 14, "adStart", {"advertisingDetails": {**_TEA, "playerName": "web-player"}}),
    Said(31.1, 14, "adComplete"),
    Said(31.2, 14, "adStart", {"advertisingDetails": {**_TRAIN, "playerName": "web-player"}}),
    Said(38, 14, "adSkip"),
    Said(38.1, 14, "adBreakComplete"),
    Said(42, 18, "statesUpdate", {"statesStart": [{"name": "mute"}]}),
    Said(47, 23, "bufferStart"),
    Said(50, 23, "play", {"qoeDataDetails": _POOR}),
    Said(50.1, 23, "bitrateChange", {"qoeDataDetails": _POOR}),
    Said(56, 29, "statesUpdate", {"statesEnd": [{"name": "mute"}]}),
    Said(58, 31, "pauseStart"),
    Said(67, 60, "play"),
    Said(67.1, 60, "chapterComplete"),
    Said(67.2, 60, "chapterStart", {"chapterDetails": _STORM}),
    Said(74, 67, "error", {"errorDetails": {"name": "E-101", "source": "player"}}),
    Said(76, 69, "statesUpdate", {"statesEnd": [{"name": "fullscreen"}]}),
    Said(86, 79, "ping"),
    Said(96, 79, "ping"),
    Said(106, 79, "ping"),
    Said(116, 89, "ping"),
    Said(127, 100, "chapterComplete"),
    Said(127.1, 100, "sessionComplete"),
    Said(128, 100, "sessionEnd"),
)
"""A viewing in which everything happens; 128 s."""

SHORT = (
    (details("news-evening", "Evening News", length=86400, kind="live", player="tv-app"), 900, False),
    (details("pod-77", "How Ships Are Weighed", length=2400, kind="podcast", player="phone-app"), 1260, True),
    (details("coast-2", "The Long Coast, Episode 2", length=3000, player="tv-app"), 2700, True),
    (details("song-9", "Slow Water", length=214, kind="song", player="phone-app"), 214, True),
    (details("news-noon", "Noon News", length=86400, kind="live"), 300, False),
    (details("coast-1", "The Long Coast, Episode 1", length=3000), 48, True),
)
"""Content, seconds watched, whether it is over."""


def send(collector_url: str, datastream: str, start: datetime, viewing: Sequence[Said]) -> str:
    """All events of a viewing, in order; returns the session id."""
    session_id = ""
    with httpx.Client(base_url=collector_url) as client:
        for said in viewing:
            collection = {
                "playhead": said.playhead,
                **said.members,
                **({"sessionID": session_id} if session_id else {}),
            }
            at = (start + timedelta(seconds=said.at_s)).isoformat(timespec="milliseconds")
            xdm = {"eventType": f"media.{said.action}", "timestamp": at, "mediaCollection": collection}
            answer = client.post(
                f"/ee/va/v1/{said.action}", params={"configId": datastream}, json={"events": [{"xdm": xdm}]}
            )
            assert answer.status_code in {200, 204}, answer.text
            if said.action == "sessionStart":
                session_id = answer.json()["handle"][0]["payload"][0]["sessionId"]
    return session_id


def short(content: dict[str, Any], watched_s: int, *, over: bool) -> tuple[Said, ...]:
    """Play for a while, with a ping every ten minutes; then stop, or be still at it."""
    pings = tuple(Said(at, at, "ping") for at in (*range(300, watched_s, 300), watched_s))
    end = (Said(watched_s, watched_s, "sessionEnd"),) if over else ()
    return (Said(0, 0, "sessionStart", content), Said(0, 0, "play"), *pings, *end)


def now() -> datetime:
    """The player's clock."""
    return datetime.now(UTC)  # noqa: TID251 - a player has a clock of its own
