"""
The server as clients meet it: a line they send on, which can fail in the ways networks do, to a real one or a virtual.

A real edge is a `playhead serve` process behind TLS; a virtual one is the same heart, decoder, reporter and closings
under a clock that the test moves, so that a day takes milliseconds.
"""

import json
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

import httpx
import msgspec

from collector_support import DATASTREAM, world
from e2e.conftest import Server
from playhead.base.settings import SessionSettings
from playhead.collector.closings import ClosingsMemory
from playhead.collector.heart import handle
from playhead.collector.ports import CollectorWorld, Request
from playhead.deployment.datastreams import DEFAULT_ORG_ID
from playhead.pipeline.closings import closing_of
from playhead.reporting.outputs import SessionRecord
from playhead.wire.decode import deliveries
from playhead.wire.record import decode_record
from property.running import Ran

ORG = DEFAULT_ORG_ID
COOKIES = f"kndctr_{ORG.replace('@', '_')}_"
ERROR = "https://ns.adobe.com/aep/errors/"
PATIENCE_S = 60


class Answer(NamedTuple):
    """One answer: status, headers by name in lower case, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as plain JSON."""
        return json.loads(self.body)


class Sent(NamedTuple):
    """One request that left a client: path, query, body."""

    path: str
    query: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def action(self) -> str:
        """Last segment of its path."""
        return self.path.rpartition("/")[2]


class Unreachable(Exception):  # noqa: N818 - the network's word, as clients see it
    """No answer came."""


class Door(Protocol):
    """Whatever answers requests."""

    def post(self, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Answer:
        """One request, one answer."""
        ...


class Line:
    """
    What lies between a client and its server.

    Attributes:
        faults: What happens to the next requests, first one first: None, all is well; "down", they do not arrive;
            "lost", they arrive and their answer does not; an Answer, somebody on the way gives it.
        sent: Every request that left the client.
    """

    def __init__(self, door: Door) -> None:
        self.faults: deque[Answer | str | None] = deque()
        self.sent: list[Sent] = []
        self._door = door

    def post(self, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Answer:
        """
        Send a request.

        Raises:
            Unreachable: It, or its answer, did not come through.
        """
        self.sent.append(Sent(path, query, body))
        fault = self.faults.popleft() if self.faults else None
        if isinstance(fault, Answer):
            return fault
        if fault == "down":
            raise Unreachable
        answer = self._door.post(path, query, headers, body)
        if fault == "lost":
            raise Unreachable
        return answer


class Edge:
    """A running server: the public door for clients, the console for the test."""

    def __init__(self, server: Server) -> None:
        self.server = server
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        self._public = httpx.Client(base_url=server.collector_url, verify=trusting)
        self._console = httpx.Client(base_url=server.console_url)

    def close(self) -> None:
        """Let go of the connections."""
        self._public.close()
        self._console.close()

    @property
    def port(self) -> int:
        """Of the public door."""
        port = httpx.URL(self.server.collector_url).port
        assert port is not None
        return port

    def post(self, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Answer:
        """One request, one answer."""
        return self.ask("POST", path, query, headers, body)

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """One request of any method. The path goes out as it is, repeated slashes too."""
        url = httpx.URL(self.server.collector_url).copy_with(raw_path=_target(path, query))
        got = self._public.request(method, url, headers=headers, content=body or None)
        return Answer(got.status_code, dict(got.headers), got.content)

    def say(
        self, path: str, body: Any, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Post a JSON value."""
        return self.post(path, query or {}, {"content-type": "application/json", **(headers or {})}, encoded(body))

    def console(self, path: str, **query: str) -> Any:
        """What a route of the report API answers."""
        answer = self._console.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def session(self, session_id: str) -> Mapping[str, Any] | None:
        """The session as the console has it; None if it has none."""
        answer = self._console.get(f"/api/v1/sessions/{session_id}")
        return dict(answer.json()) if answer.status_code == 200 else None

    def events(self, session_id: str) -> list[Mapping[str, Any]]:
        """The events of a session in folded order."""
        return list(self.console(f"/api/v1/sessions/{session_id}/events", limit="1000")["items"])

    def settled(self, session_id: str, **counts: int) -> Mapping[str, Any]:
        """The session once its counts are these; fails after a minute."""
        return self.until(session_id, lambda session: counts.items() <= session["counts"].items())

    def until(self, session_id: str, holds: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
        """The session once this holds of it; fails after a minute."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            found = self.session(session_id)
            if found is not None and holds(found):
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.05)


def until_status(ask: Callable[[], Answer], status: int, within_s: float = PATIENCE_S) -> Answer:
    """The first answer with this status; asks until then, and fails when that takes longer."""
    deadline = time.monotonic() + within_s
    while (answer := ask()).status != status:
        assert time.monotonic() < deadline, answer
        time.sleep(0.05)
    return answer


class VirtualEdge:
    """The server under a clock of the test's own: `now_ms` is moved by the test, never back."""

    def __init__(self, now_ms: int, settings: SessionSettings | None = None) -> None:
        self.now_ms = now_ms
        self.ran = Ran(settings)
        self._closings = ClosingsMemory()
        self._world: CollectorWorld = world(closings=self._closings, datastreams=[_datastream()])
        self._told = 0

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now_ms += round(seconds * 1000)
        self.ran.advance(self.now_ms)
        self._tell()

    def post(self, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Answer:
        """One request, one answer; what was taken is processed at once."""
        self.wait(0)
        asked = str(httpx.QueryParams(dict(query))).encode()
        named = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        reply = handle(Request("POST", path, asked, named, body, self.now_ms), self._world)
        if reply.accepted is not None:
            self.ran.take(deliveries(decode_record(reply.accepted)))
            self._tell()
        told = {name.decode(): value.decode() for name, value in reply.headers}
        return Answer(reply.status, told, reply.body)

    def record(self, session_id: str) -> SessionRecord:
        """The session's last record."""
        return [one for one in self.ran.outputs if isinstance(one, SessionRecord) and one.session_id == session_id][-1]

    def _tell(self) -> None:
        news = self.ran.outputs[self._told :]
        self._told = len(self.ran.outputs)
        records = [one for one in news if isinstance(one, SessionRecord)]
        self._closings.apply(closing_of(record, self.ran.settings, self.now_ms) for record in records)


def _datastream() -> Any:
    return msgspec.structs.replace(DATASTREAM, id="site", org_id=ORG)


def _target(path: str, query: Mapping[str, str] | None) -> bytes:
    return (f"{path}?{httpx.QueryParams(dict(query))}" if query else path).encode()


def encoded(body: Any) -> bytes:
    """A body: bytes as they are, anything else as JSON."""
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def now_ms() -> int:
    """The clock of this machine, Unix ms."""
    return time.time_ns() // 1_000_000


class _Stamps:
    """Now, but never the same millisecond twice: equal events would be duplicates (metrics.md 4.2, 4.3)."""

    last_ms = 0

    def next_ms(self) -> int:
        self.last_ms = max(now_ms(), self.last_ms + 1)
        return self.last_ms


_STAMPS = _Stamps()


def stamp(at_ms: int) -> str:
    """A timestamp as most clients write it."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def handles(answer: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Payloads by type of handle."""
    return {handle["type"]: handle["payload"] for handle in answer["handle"]}


def state_of(answer: Mapping[str, Any]) -> dict[str, str]:
    """Values of `state:store` by the end of their key: `cluster`, `identity`, `consent`."""
    return {item["key"].rpartition("_")[2]: item["value"] for item in handles(answer)["state:store"]}


SITE = {"configId": "site"}
SESSION_DETAILS = {"name": "clip-7", "playerName": "p", "channel": "c", "contentType": "VOD", "length": 60}


def start_of(**xdm: Any) -> dict[str, Any]:
    """A minimal start, as curl sends it; keyword arguments join its `xdm`."""
    collection = {"playhead": 0, "sessionDetails": SESSION_DETAILS}
    return {"events": [{"xdm": {"eventType": "media.sessionStart", "mediaCollection": collection, **xdm}}]}


def event_of(action: str, session_id: str, at_ms: int | None = None, **members: Any) -> dict[str, Any]:
    """One event; keyword arguments join its `mediaCollection`."""
    collection = {"playhead": 1, "sessionID": session_id, **members}
    at = stamp(_STAMPS.next_ms() if at_ms is None else at_ms)
    return {"events": [{"xdm": {"eventType": f"media.{action}", "timestamp": at, "mediaCollection": collection}}]}


def session_id_of(answer: Answer) -> str:
    """The session an answer to a start brings."""
    assert answer.status == 200, answer
    return str(handles(answer.json)["media-analytics:new-session"][0]["sessionId"])
