"""
How the iOS and Android SDKs use the network (protocol.md 3.3, 4.3, 4.6, 5.4, 6.1, 7.2, 7.4), and no more of them than that.

`Phone` is the layer all extensions share: one persistent queue, one request at a time, framed answers, retries. `Media`
is the media extension above it: client sessions, pings, restarts. Both run on a clock that the test moves.
"""

import json
import uuid
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple

from clients.edge import COOKIES, ERROR, Answer, Line, Unreachable, stamp

RETRIED = frozenset({408, 429, 502, 503, 504, 507})
"""Statuses after which a hit stays at the head of the queue (protocol.md 4.6)."""

RETRY_S = 5
PING_S = 10
IDLE_S = 30 * 60
AGE_S = 24 * 60 * 60
ABORTING = f"{ERROR}va-edge-0400-400"


class Platform(NamedTuple):
    """Where the two differ on the wire."""

    name: str
    record_separator: str
    android: bool


IOS = Platform("ios", "\0", android=False)
IOS_17_0 = Platform("ios", "", android=False)
ANDROID = Platform("android", "\0", android=True)


class Hit(NamedTuple):
    """One entry of the persistent queue: survives the end of the app."""

    action: str
    xdm: Mapping[str, Any]
    client_session: str
    path: str


class Phone:
    """
    The Edge extension of a phone.

    Attributes:
        ecid: Made by the phone itself; sent with every request.
        now_ms: Its clock.
        queue: The persistent queue.
        retry_at_ms: When the head is tried again.
        sessions: Backend session id by client session.
        aborted: Client sessions that were given up.
        errors: Error events that were dispatched.
        dropped: Hits that were refused for good.
    """

    def __init__(
        self, line: Line, platform: Platform, now_ms: int, *, base: str = "ee", datastream: str = "site"
    ) -> None:
        self.platform = platform
        self.ecid = f"{uuid.uuid4().int % 10**19:019d}{uuid.uuid4().int % 10**19:019d}"
        self.now_ms = now_ms
        self.queue: deque[Hit] = deque()
        self.retry_at_ms = 0
        self.sessions: dict[str, str] = {}
        self.aborted: set[str] = set()
        self.errors: list[Mapping[str, Any]] = []
        self.dropped: list[Hit] = []
        self.hint: str | None = None
        self.state: dict[str, Mapping[str, Any]] = {}
        self._line, self._base, self._datastream = line, base, datastream

    def enqueue(self, action: str, xdm: Mapping[str, Any], client_session: str, path: str = "") -> None:
        """Put a hit at the end of the queue, for its own path if no other is given; its `_id` is its own from now on."""
        made = str(uuid.uuid4())
        named = {"_id": made if self.platform.android else made.upper(), **xdm}
        self.queue.append(Hit(action, named, client_session, path or f"va/v1/{action}"))

    def flush(self) -> None:
        """Send what is queued, in order, until the queue is empty or its head has to wait."""
        while self.queue and self.now_ms >= self.retry_at_ms:
            if not self._send(self.queue[0]):
                return
            self.queue.popleft()

    def _send(self, hit: Hit) -> bool:
        """Whether the hit is done with. A retry has the same body and another requestId."""
        base = f"/{self._base}/{self.hint}" if self.hint else f"/{self._base}"
        query = {"configId": self._datastream, "requestId": str(uuid.uuid4()).upper()}
        headers = {"content-type": "application/json", "accept": "application/json"}
        try:
            answer = self._line.post(f"{base}/{hit.path}", query, headers, self.body(hit))
        except Unreachable:
            self.retry_at_ms = self.now_ms + RETRY_S * 1000
            return False
        if answer.status in RETRIED:
            told = answer.headers.get("retry-after", "")
            wait_s = int(told) if told.isdigit() and int(told) > 0 else RETRY_S
            self.retry_at_ms = self.now_ms + wait_s * 1000
            return False
        if answer.status in {200, 204, 207}:
            for record in self.records(answer):
                self._take(record, hit)
            return True
        self.dropped.append(hit)
        error = json.loads(answer.body) if answer.body else {}
        if error:
            self._take_error(error, hit)
        return True

    def body(self, hit: Hit) -> bytes:
        """The body of a hit as this platform writes it now."""
        streaming = {"enabled": True, "recordSeparator": self.platform.record_separator, "lineFeed": "\n"}
        meta: dict[str, Any] = {"konductorConfig": {"streaming": streaming}}
        if self.state:
            meta["state"] = {"entries": list(self.state.values())}
        elif self.platform.android:
            meta["state"] = {}
        identity = {"ECID": [{"id": self.ecid, "authenticatedState": "ambiguous", "primary": False}]}
        sdk = f"https://ns.adobe.com/experience/mobilesdk/{self.platform.name}"
        shared = {
            "identityMap": identity,
            "implementationDetails": {"version": "5.2.0+5.0.3", "environment": "app", "name": sdk},
        }
        body = {"meta": meta, "xdm": shared, "events": [{"xdm": hit.xdm}]}
        if self.platform.android:
            return json.dumps(body, separators=(",", ":")).encode()
        return json.dumps(body, indent=2).encode()

    def records(self, answer: Answer) -> list[Mapping[str, Any]]:
        """What the platform reads out of a framed body; it fails on what it cannot read."""
        lines = [line for line in answer.body.decode().split("\n") if line]
        if self.platform.android:
            return [json.loads(line[1:]) for line in lines]
        separator = self.platform.record_separator
        return [json.loads(line.strip(separator) if separator else line) for line in lines]

    def _take(self, record: Mapping[str, Any], hit: Hit) -> None:
        for handle in record["handle"]:
            payload = handle["payload"]
            if handle["type"] == "media-analytics:new-session" and handle.get("eventIndex", 0) == 0:
                self.sessions[hit.client_session] = payload[0]["sessionId"]
            elif handle["type"] == "locationHint:result":
                self.hint = next(item["hint"] for item in payload if item["scope"] == "EdgeNetwork")
            elif handle["type"] == "state:store":
                for item in payload:
                    assert isinstance(item["maxAge"], int)
                    self.state[item["key"]] = {name: item[name] for name in ("key", "value", "maxAge")}
        for error in record.get("errors", ()):
            self._take_error(error, hit)

    def _take_error(self, error: Mapping[str, Any], hit: Hit) -> None:
        assert isinstance(error["status"], int)
        assert isinstance(error.get("report", {}), dict)
        self.errors.append(error)
        refused = error["status"] == 400 and error["type"].lower() == ABORTING
        if hit.action == "sessionStart" and refused:
            self.aborted.add(hit.client_session)

    @property
    def identity(self) -> str | None:
        """The identity value it keeps."""
        kept = self.state.get(f"{COOKIES}identity")
        return None if kept is None else str(kept["value"])

    def killed(self, line: Line) -> "Phone":
        """The app ends and starts again: the queue, the ECID and the state are on disk, the rest is gone."""
        again = Phone(line, self.platform, self.now_ms, base=self._base, datastream=self._datastream)
        again.ecid, again.queue, again.state, again.hint = self.ecid, self.queue, self.state, self.hint
        return again


class Media:
    """
    The media extension: one viewing that may take several sessions.

    Events wait in memory until the session's id is known, then go to the phone's queue.
    """

    def __init__(self, phone: Phone, details: Mapping[str, Any]) -> None:
        self.phone = phone
        self.playhead = 0.0
        self._details = details
        self._open: dict[str, Mapping[str, Any]] = {}
        self._states: dict[str, Mapping[str, Any]] = {}
        self._waiting: list[tuple[str, dict[str, Any]]] = []
        self._playing = False
        self._idle_since_ms = self._said_ms = self._started_ms = phone.now_ms
        self._quality: Mapping[str, Any] | None = None
        self._told_quality: Mapping[str, Any] | None = None
        self.client_session = ""
        self._ended = False
        self._start(resume=False)

    @property
    def session_id(self) -> str:
        """The backend's id of the running session."""
        return self.phone.sessions[self.client_session]

    def track(self, action: str, **members: Any) -> None:
        """One event of the player."""
        if self._ended and action == "play":
            self._restart()
        self._remember(action, members)
        self._say(action, **members)

    def wait(self, seconds: float) -> None:
        """Let the player go on for a while; pings and restarts come when they are due."""
        until_ms = self.phone.now_ms + round(seconds * 1000)
        while self.phone.now_ms < until_ms:
            step_ms = min(1000, until_ms - self.phone.now_ms)
            self.phone.now_ms += step_ms
            if self._playing:
                self.playhead += step_ms / 1000
            self._tick()
            self.flush()

    def flush(self) -> None:
        """Let the queue work."""
        self.phone.flush()
        if self._waiting and self.client_session in self.phone.sessions:
            waiting, self._waiting = self._waiting, []
            for action, xdm in waiting:
                xdm["mediaCollection"]["sessionID"] = self.session_id
                self.phone.enqueue(action, xdm, self.client_session)
            self.phone.flush()

    def measure(self, **quality: int) -> None:
        """What the player measures from now on; told with the next event only."""
        self._quality = quality

    def finish(self, action: str = "sessionComplete") -> None:
        """The viewer's end: what is open is closed before it (protocol.md 7.2)."""
        for started, closing in (
            ("adStart", "adSkip"),
            ("adBreakStart", "adBreakComplete"),
            ("chapterStart", "chapterSkip"),
        ):
            if self._open.pop(started, None) is not None:
                self._say(closing)
        self._say(action)
        self._ended = True

    def _tick(self) -> None:
        now_ms = self.phone.now_ms
        if self._ended:
            return
        if not self._playing and now_ms - self._idle_since_ms >= IDLE_S * 1000:
            self._say("sessionEnd")
            self._ended = True
        elif now_ms - self._started_ms >= AGE_S * 1000:
            self._say("sessionEnd")
            self._restart()
            self._say("play" if self._playing else "pauseStart")
        elif now_ms - self._said_ms >= PING_S * 1000:
            self._say("ping")

    def _restart(self) -> None:
        self._start(resume=True)
        for action in ("chapterStart", "adBreakStart", "adStart"):
            if action in self._open:
                self._say(action, **self._open[action])
        for state in self._states.values():
            self._say("statesUpdate", statesStart=[state])

    def _start(self, *, resume: bool) -> None:
        self.client_session = str(uuid.uuid4())
        self._started_ms = self.phone.now_ms
        self._ended = False
        self._told_quality = None
        self._say("sessionStart", sessionDetails={**self._details, "hasResume": resume}, customMetadata=[])

    def _remember(self, action: str, members: Mapping[str, Any]) -> None:
        if action in {"play", "pauseStart", "bufferStart"}:
            if self._playing and action != "play":
                self._idle_since_ms = self.phone.now_ms
            self._playing = action == "play"
        elif action in {"chapterStart", "adBreakStart", "adStart"}:
            self._open[action] = members
        elif action in {"chapterComplete", "chapterSkip"}:
            self._open.pop("chapterStart", None)
        elif action in {"adComplete", "adSkip"}:
            self._open.pop("adStart", None)
        elif action == "adBreakComplete":
            self._open.pop("adBreakStart", None)
        for state in members.get("statesStart", ()):
            self._states[state["name"]] = state
        for state in members.get("statesEnd", ()):
            self._states.pop(state["name"], None)

    def _say(self, action: str, **members: Any) -> None:
        if self.client_session in self.phone.aborted:
            return
        self._said_ms = self.phone.now_ms
        collection: dict[str, Any] = {"playhead": int(self.playhead), **members}
        if self._quality is not None and self._quality != self._told_quality:
            collection["qoeDataDetails"] = self._told_quality = self._quality
        xdm = {"eventType": f"media.{action}", "timestamp": stamp(self.phone.now_ms), "mediaCollection": collection}
        if action == "sessionStart":
            self.phone.enqueue(action, xdm, self.client_session)
        else:
            self._waiting.append((action, xdm))
        self.flush()
