"""
How the Roku SDK uses the network (protocol.md 3.3, 4.6, 5.3, 6.1, 7.1, 7.4), and no more of it than that.

Everything is in memory. Answers are plain JSON. It never makes an ECID: it learns one from `identity:result`, and keeps
what `state:store` gives it. BrightScript lower-cases a key set by a dot, so `identityMap` goes out as `identitymap`.
"""

import json
import uuid
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from clients.edge import Line, Unreachable

QUEUE_MAX = 100
RETRY_S = 30
RETRIED = frozenset({408, 503, 504})
PING_S = 10


class Hit(NamedTuple):
    """One request: a retry repeats it whole, `_id` and requestId too."""

    path: str
    request_id: str
    events: list[dict[str, Any]]
    client_session: str


def unpadded(at_ms: int) -> str:
    """A timestamp as Roku writes it: milliseconds without leading zeros."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000}Z"


class Roku:
    """
    One device with one viewing at a time.

    Attributes:
        ecid: None until the server told one.
        queue: Requests not yet answered, at most 100; the oldest give way.
        session_id: Of the backend.
        aborted: Whether the viewing was given up.
        request_ids: (sent, answered in the body) of each answer with a body.
    """

    def __init__(
        self, line: Line, now_ms: int, *, base: str = "ee", identity_key: str = "identitymap", datastream: str = "site"
    ) -> None:
        self.now_ms = now_ms
        self.ecid: str | None = None
        self.queue: deque[Hit] = deque(maxlen=QUEUE_MAX)
        self.session_id: str | None = None
        self.aborted = False
        self.request_ids: list[tuple[str, str]] = []
        self.hint: str | None = None
        self.state: dict[str, Mapping[str, Any]] = {}
        self._client_session = ""
        self._waiting: deque[tuple[str, dict[str, Any]]] = deque(maxlen=QUEUE_MAX)
        self._retry_at_ms = 0
        self._said_ms = now_ms
        self._line, self._base, self._datastream, self._identity_key = line, base, datastream, identity_key

    def get_ecid(self) -> str | None:
        """Ask for an ECID: an interact whose event has a query and no xdm."""
        if self.ecid is None:
            self._enqueue("v1/interact", [{"query": {"identity": {"fetch": ["ECID"]}}}])
            self.flush()
        return self.ecid

    def start(self, details: Mapping[str, Any], *, resume: bool = False, playhead: int = 0) -> None:
        """Begin a session."""
        self._client_session, self.session_id, self.aborted = str(uuid.uuid4()), None, False
        collection = {"playhead": playhead, "sessionDetails": {**details, "hasResume": resume}}
        self._enqueue("va/v1/sessionStart", [{"xdm": self._xdm("sessionStart", collection)}])
        self.flush()

    def track(self, action: str, playhead: int, **members: Any) -> None:
        """One event of the app, which sends a ping every second; those come through that are due."""
        if self.aborted or (action == "ping" and self.now_ms - self._said_ms < PING_S * 1000):
            return
        xdm = self._xdm(action, {"playhead": playhead, **members})
        if self.session_id is None:
            self._waiting.append((action, xdm))
        else:
            self._queue_event(action, xdm)
        self.flush()

    def flush(self) -> None:
        """Send what is queued, in order, until the head has to wait."""
        while self.queue and self.now_ms >= self._retry_at_ms:
            if not self._send(self.queue[0]):
                return
            self.queue.popleft()
            while self._waiting and self.session_id is not None:
                self._queue_event(*self._waiting.popleft())

    def _send(self, hit: Hit) -> bool:
        base = f"/{self._base}/{self.hint}" if self.hint else f"/{self._base}"
        query = {"configId": self._datastream, "requestId": hit.request_id}
        headers = {"content-type": "application/json", "accept": "application/json", "accept-language": "en-US"}
        is_start = hit.path == "va/v1/sessionStart"
        try:
            answer = self._line.post(f"{base}/{hit.path}", query, headers, json.dumps(self._body(hit)).encode())
        except Unreachable:
            self._give_up(is_start)
            return True
        if answer.status in RETRIED:
            self._retry_at_ms = self.now_ms + RETRY_S * 1000
            return False
        if answer.status >= 400:
            self._give_up(is_start)
        elif answer.body:
            self._take(json.loads(answer.body), hit, is_start=is_start)
        return True

    def _body(self, hit: Hit) -> dict[str, Any]:
        sdk = "https://ns.adobe.com/experience/mobilesdk/roku"
        shared: dict[str, Any] = {
            "implementationDetails": {"name": sdk, "version": "1.3.0", "environment": "app"},
        }
        body: dict[str, Any] = {"xdm": shared, "events": hit.events}
        if self.ecid is None:
            body["query"] = {"identity": {"fetch": ["ECID"]}}
        else:
            known = {"id": self.ecid, "authenticatedState": "ambiguous", "primary": False}
            shared[self._identity_key] = {"ECID": [known]}
            body["meta"] = {"state": {"entries": list(self.state.values())}}
        return body

    def _take(self, body: Mapping[str, Any], hit: Hit, *, is_start: bool) -> None:
        self.request_ids.append((hit.request_id, body["requestId"]))
        for handle in body["handle"]:
            payload = handle["payload"]
            if handle["type"] == "identity:result":
                self.ecid = payload[0]["id"]
            elif handle["type"] == "state:store":
                self.state |= {item["key"]: item for item in payload}
            elif handle["type"] == "locationHint:result":
                self.hint = next(item["hint"] for item in payload if item["scope"] == "EdgeNetwork")
            elif handle["type"] == "media-analytics:new-session" and hit.client_session == self._client_session:
                self.session_id = payload[0]["sessionId"]
        refusals = [(error["status"], error["type"].rpartition("/")[2]) for error in body.get("errors", ())]
        if is_start and (400, "va-edge-0400-400") in refusals:
            self._give_up(is_start)

    def _give_up(self, is_start: bool) -> None:
        if is_start:
            self.aborted = True
            self._waiting.clear()

    def _xdm(self, action: str, collection: dict[str, Any]) -> dict[str, Any]:
        self._said_ms = self.now_ms
        at = unpadded(self.now_ms)
        return {
            "_id": str(uuid.uuid4()),
            "timestamp": at,
            "eventType": f"media.{action}",
            "mediaCollection": collection,
        }

    def _queue_event(self, action: str, xdm: dict[str, Any]) -> None:
        xdm["mediaCollection"]["sessionID"] = self.session_id
        self._enqueue(f"va/v1/{action}", [{"xdm": xdm}])

    def _enqueue(self, path: str, events: list[dict[str, Any]]) -> None:
        self.queue.append(Hit(path, str(uuid.uuid4()), events, self._client_session))
