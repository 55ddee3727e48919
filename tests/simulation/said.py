"""
What players say: each thing once as the JSON that is sent and once as the event that must be understood.

The second is made beside the first, never read from it, so that the reading of the wire is audited too.
"""

import json
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from playhead.events import ads, chapters, playback, quality, session, states
from playhead.events.event import Event, Quality

Json = dict[str, Any]


class Said(NamedTuple):
    """
    One thing said.

    Attributes:
        action: What.
        event: As it must be understood.
        collection: `mediaCollection` without `sessionID`; of a download `mediaDownloadedEvents`.
        stamp: `timestamp` as sent; None where there is none.
        client_id: `_id`; None where there is none.
        identity_map: As sent; empty where there is none.
    """

    action: str
    event: Event
    collection: Any
    stamp: str | None = None
    client_id: str | None = None
    identity_map: Mapping[str, Any] = {}

    def xdm(self, session_id: str) -> Json:
        """The event as it is sent, for a session; a start needs none."""
        if self.action == "downloaded":
            return {"eventType": "media.downloaded", "mediaDownloadedEvents": self.collection}
        collection = dict(self.collection)
        if session_id:
            collection["sessionID"] = session_id
        xdm: Json = {"eventType": f"media.{self.action}", "mediaCollection": collection}
        if self.stamp is not None:
            xdm["timestamp"] = self.stamp
        if self.client_id is not None:
            xdm["_id"] = self.client_id
        if self.identity_map:
            xdm["identityMap"] = self.identity_map
        return xdm

    def content(self, session_id: str) -> bytes:
        """An `xdm` of nothing but what tells one content from another (metrics.md 4.3)."""
        if self.action == "downloaded":
            return json.dumps({"mediaDownloadedEvents": self.collection}).encode()
        return json.dumps({"mediaCollection": [self.collection, session_id]}).encode()


def stamped(at_ms: int, form: int) -> str:
    """A time as players write it: in UTC or not, with or without trailing zeros."""
    at = datetime.fromtimestamp(at_ms // 1000, UTC)
    if form == 1:
        return f"{at + timedelta(hours=2):%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03}+02:00"
    if form == 2 and at_ms % 1000 == 0:
        return f"{at:%Y-%m-%dT%H:%M:%S}z"
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03}Z"


_PLAIN: Mapping[str, type[Event]] = {
    "play": playback.Play,
    "pauseStart": playback.PauseStart,
    "bufferStart": playback.BufferStart,
    "ping": playback.Ping,
    "adBreakComplete": ads.AdBreakComplete,
    "adComplete": ads.AdComplete,
    "adSkip": ads.AdSkip,
    "chapterComplete": chapters.ChapterComplete,
    "chapterSkip": chapters.ChapterSkip,
    "sessionComplete": session.SessionComplete,
    "sessionEnd": session.SessionEnd,
}
STATES = ("mute", "fullScreen", "FULLSCREEN", "closeCaption", "inFocus", "subs", "x1", "x2")


def _metadata(dice: random.Random) -> tuple[tuple[str, str], ...]:
    return dice.choice([(), (), (), (("plan", "free"),), (("_acme.campaign.name", "spring"), ("plan", "gold"))])


def _with_metadata(members: Json, metadata: tuple[tuple[str, str], ...]) -> Json:
    if metadata:
        members["customMetadata"] = [{"name": name, "value": value} for name, value in metadata]
    return members


def _rich(action: str, dice: random.Random) -> tuple[type[Event], Json, Json]:
    """Type, members of `mediaCollection`, fields of the event: of the actions that carry more than a playhead."""
    metadata = _metadata(dice)
    n = dice.randrange(4)
    match action:
        case "adBreakStart":
            name = dice.choice([None, "Mid-roll"])
            pod = {"index": n, "offset": 15 * n} | ({"friendlyName": name} if name else {})
            return ads.AdBreakStart, {"advertisingPodDetails": pod}, {
                "index": n, "offset_s": 15 * n, "friendly_name": name
            }  # fmt: skip
        case "adStart":
            ad = {"name": f"ad{n}", "length": 5 + n, "playerName": "p", "podPosition": n}
            ad |= dice.choice([{}, {"advertiser": "Ad Guys", "creativeID": "42"}])
            return ads.AdStart, _with_metadata({"advertisingDetails": ad}, metadata), {
                "details": ad, "metadata": metadata
            }  # fmt: skip
        case "chapterStart":
            chapter = {"index": n + 1, "length": 20, "offset": 20 * n} | dice.choice([{}, {"friendlyName": "c"}])
            return chapters.ChapterStart, _with_metadata({"chapterDetails": chapter}, metadata), {
                "details": chapter, "metadata": metadata
            }  # fmt: skip
        case "error":
            error = {"name": f"E-{n}", "source": dice.choice(["player", "external"])}
            return quality.PlaybackError, {"errorDetails": error}, error
        case "statesUpdate":
            begun = dice.sample(STATES, dice.choice([0, 1, 1, 2]))
            ended = dice.sample(STATES, dice.choice([0, 1]) if begun else 1)
            lists = {"statesStart": begun, "statesEnd": ended}
            members = {key: [{"name": name} for name in names] for key, names in lists.items() if names}
            return states.StatesUpdate, members, {"started": tuple(begun), "ended": tuple(ended)}
        case _:
            return quality.BitrateChange, {"qoeDataDetails": {}}, {}


def say(action: str, told_ms: int, playhead: float, dice: random.Random) -> Said:
    """Anything but a start or a download, at a time of the player's clock and a playhead in seconds."""
    kind, members, fields = (_PLAIN[action], {}, {}) if action in _PLAIN else _rich(action, dice)
    report, understood = _report(dice)
    if report is not None:
        members = {**members, "qoeDataDetails": report}
    event = kind(at_ms=told_ms, playhead_s=int(playhead), quality=understood, **fields)
    stamp = stamped(told_ms, dice.randrange(4))
    shown = playhead if dice.random() < 0.1 else int(playhead)
    return Said(action, event, {"playhead": shown, **members}, stamp, None)


def _report(dice: random.Random) -> tuple[Json | None, Quality | None]:
    """QoE values that go with an event now and then."""
    if dice.random() < 0.8:
        return None, None
    sent: Json = {}
    for name, values in (
        ("bitrate", (0, 35, 800, 800.5, 1600)),
        ("droppedFrames", (0, 3, 7)),
        ("framesPerSecond", (25, 50)),
        ("timeToStart", (0, 12, 1499, 2500)),
    ):
        if dice.random() < 0.5:
            sent[name] = dice.choice(values)
    if not sent:
        return {}, None
    read = {name: None if name not in sent else float(sent[name]) for name in
            ("bitrate", "droppedFrames", "framesPerSecond", "timeToStart")}  # fmt: skip
    return sent, Quality(read["bitrate"], read["droppedFrames"], read["framesPerSecond"], read["timeToStart"])


def start(told_ms: int | None, playhead: int, length: float, dice: random.Random) -> Said:
    """A start; without a timestamp where none is told."""
    details: Json = {
        "name": dice.choice(["film", "Übung 1"]),
        "length": length,
        "contentType": dice.choice(["VOD", "live"]),
        "playerName": "p",
        "channel": "c",
    }
    echo = {"playerName": "p", "channel": "c"}
    echo |= dice.choice([{}, {"genre": "Drama, Action,, "}, {"friendlyName": "A", "show": "S"}])
    stream = dice.choice([None, "video", "audio"])
    resume = dice.choice([None, None, False, True])
    details |= (
        echo | ({} if stream is None else {"streamType": stream}) | ({} if resume is None else {"hasResume": resume})
    )
    metadata = _metadata(dice)
    identity_map = dice.choice(
        [
            {},
            {"ECID": [{"id": f"e{dice.randrange(9)}", "authenticatedState": "authenticated", "primary": True}]},
            {"CRM": [{"id": "c1", "primary": True}]},
        ]
    )
    event = session.SessionStart(
        told_ms, playhead, None, details["name"], length, details["contentType"], echo,
        stream_type=stream, has_resume=resume, metadata=metadata, identity_map=identity_map,
    )  # fmt: skip
    collection = _with_metadata({"playhead": playhead, "sessionDetails": details}, metadata)
    stamp = None if told_ms is None else stamped(told_ms, dice.randrange(4))
    return Said("sessionStart", event, collection, stamp, None, identity_map)


def download(items: list[Said]) -> Said:
    """A whole viewing in one event, the first item its start."""
    sent = [
        {"mediaEventType": f"media.{one.action}", "mediaEventTimestamp": one.stamp, "mediaCollection": one.collection}
        for one in items
    ]
    events = [
        msgspec.structs.replace(one.event, identity_map={}) if one.action == "sessionStart" else one.event
        for one in items
    ]
    return Said("downloaded", session.Downloaded(events=tuple(events)), sent)
