"""A collector's world for tests: real parts with fixed keys, dice and time."""

import json
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from playhead.base.units import DatastreamId
from playhead.collector.closings import Closings, ClosingsMemory
from playhead.collector.config import CollectorConfig
from playhead.collector.entropy import BufferedEntropy
from playhead.collector.heart import handle
from playhead.collector.ports import CollectorWorld, Reply, Request
from playhead.deployment.datastreams import Datastream
from playhead.deployment.keys import Keys
from playhead.events.names import ACTION_OF
from playhead.wire.record import Record, decode_record

NOW_MS = 1_740_909_600_000
"""2025-03-02T10:00:00Z."""
NOW = "2025-03-02T10:00:00.000Z"

KEYS = Keys(session=(b"s" * 32,), identity=b"i" * 32)
ORG = "ACME@AdobeOrg"

DATASTREAM = Datastream(id=DatastreamId("ds-1"), name="Site", org_id=ORG)
DISABLED = Datastream(id=DatastreamId("ds-off"), name="Off", org_id=ORG, enabled=False)
NO_MEDIA = Datastream(id=DatastreamId("ds-plain"), name="No media", org_id=ORG, media=False)

SESSION_DETAILS = {"name": "clip-7", "playerName": "p", "channel": "c", "contentType": "VOD", "length": 60}

START = "/ee/va/v1/sessionStart?configId=ds-1"
ERRORS = "https://ns.adobe.com/aep/errors/"

EVENT_MEMBERS: dict[str, dict[str, Any]] = {
    "adBreakStart": {"advertisingPodDetails": {"index": 0, "offset": 5}},
    "adStart": {"advertisingDetails": {"name": "ad", "length": 10, "playerName": "p", "podPosition": 0}},
    "bitrateChange": {"qoeDataDetails": {}},
    "chapterStart": {"chapterDetails": {"index": 1, "length": 30, "offset": 0}},
    "error": {"errorDetails": {"name": "E1", "source": "player"}},
    "statesUpdate": {"statesStart": [{"name": "mute"}]},
}
EVENT_ACTIONS = sorted(set(ACTION_OF.values()) - {"sessionStart", "downloaded"})

DOWNLOAD: dict[str, Any] = {
    "xdm": {
        "eventType": "media.downloaded",
        "mediaDownloadedEvents": [
            {
                "mediaEventType": "media.sessionStart",
                "mediaEventTimestamp": "2025-02-02T10:00:00Z",
                "mediaCollection": {"playhead": 0, "sessionDetails": SESSION_DETAILS},
            },
            {
                "mediaEventType": "media.play",
                "mediaEventTimestamp": "2025-02-02T10:00:01Z",
                "mediaCollection": {"playhead": 0},
            },
        ],
    }
}


class Datastreams:
    """Datastreams in memory."""

    def __init__(self, datastreams: Iterable[Datastream]) -> None:
        self._by_id = {datastream.id: datastream for datastream in datastreams}

    def get(self, datastream_id: str, /) -> Datastream | None:
        """The one of this id."""
        return self._by_id.get(DatastreamId(datastream_id))


def counting_dice() -> BufferedEntropy:
    """Dice that never repeat themselves and always fall the same."""
    turn = count(1)
    return BufferedEntropy(lambda size: b"".join(next(turn).to_bytes(8, "big") for _ in range(size // 8 + 1))[:size])


def world(
    *,
    config: CollectorConfig | None = None,
    closings: Closings | None = None,
    datastreams: Iterable[Datastream] = (DATASTREAM, DISABLED, NO_MEDIA),
    keys: Keys = KEYS,
) -> CollectorWorld:
    """A world with three datastreams: one good, one disabled, one without media."""
    return CollectorWorld(
        keys=keys,
        datastreams=Datastreams(datastreams),
        config=CollectorConfig() if config is None else config,
        entropy=counting_dice(),
        closings=ClosingsMemory() if closings is None else closings,
    )


def post(
    at: CollectorWorld,
    target: str,
    body: Any,
    *,
    headers: Mapping[str, str] | None = None,
    method: str = "POST",
    now_ms: int = NOW_MS,
    client_ip: str = "",
) -> Reply:
    """Send a request to the heart: `target` is path and query, `body` bytes or a value to be written as JSON."""
    path, _, query = target.partition("?")
    sent = {"content-type": "application/json", **(headers or {})}
    return handle(
        Request(
            method,
            path,
            query.encode(),
            [(name.lower().encode(), value.encode()) for name, value in sent.items()],
            body if isinstance(body, bytes) else json.dumps(body).encode(),
            now_ms,
            client_ip,
        ),
        at,
    )


def start_body(*, client_id: str | None = None, timestamp: str | None = None, **members: Any) -> dict[str, Any]:
    """A sessionStart request; `members` join its mediaCollection, None takes one away."""
    return {"events": [start_event(client_id=client_id, timestamp=timestamp, **members)]}


def start_event(*, client_id: str | None = None, timestamp: str | None = None, **members: Any) -> dict[str, Any]:
    """One sessionStart event."""
    collection = {"playhead": 0, "sessionDetails": SESSION_DETAILS, **members}
    xdm: dict[str, Any] = {
        "eventType": "media.sessionStart",
        "mediaCollection": {name: value for name, value in collection.items() if value is not None},
    }
    if client_id is not None:
        xdm["_id"] = client_id
    if timestamp is not None:
        xdm["timestamp"] = timestamp
    return {"xdm": xdm}


def event(action: str, session_id: str | None, *, timestamp: str | None = NOW, **members: Any) -> dict[str, Any]:
    """One event of a session; `members` join its mediaCollection, None takes one away."""
    collection = {"playhead": 1, "sessionID": session_id, **members}
    xdm: dict[str, Any] = {
        "eventType": f"media.{action}",
        "timestamp": timestamp,
        "mediaCollection": {name: value for name, value in collection.items() if value is not None},
    }
    if timestamp is None:
        del xdm["timestamp"]
    return {"xdm": xdm}


def body_of(reply: Reply) -> Any:
    """The body as JSON."""
    return json.loads(reply.body)


def headers_of(reply: Reply) -> dict[str, str]:
    """The headers by name; each comes once."""
    headers = {name.decode(): value.decode() for name, value in reply.headers}
    assert len(headers) == len(reply.headers), "no header twice"
    return headers


def handles_of(reply: Reply) -> dict[str, Any]:
    """Payloads by type of handle."""
    return {handle["type"]: handle["payload"] for handle in body_of(reply)["handle"]}


def started(at: CollectorWorld, **members: Any) -> str:
    """The id of a session that was just started."""
    reply = post(at, "/ee/va/v1/sessionStart?configId=ds-1", start_body(**members))
    session_id = handles_of(reply)["media-analytics:new-session"][0]["sessionId"]
    assert isinstance(session_id, str)
    return session_id


def accepted(reply: Reply) -> Record:
    """The record of what was taken; nothing was recorded as refused."""
    assert reply.refused is None
    assert reply.accepted is not None
    return decode_record(reply.accepted)


def refused(reply: Reply) -> Record:
    """The record of what was refused; nothing was taken."""
    assert reply.accepted is None
    assert reply.refused is not None
    return decode_record(reply.refused)


def named(reply: Reply) -> list[tuple[str, str]]:
    """Field errors of a 400 body."""
    return [(item["name"], item["reason"]) for item in body_of(reply)["report"]["details"]]
