"""Who watches now, of a real server: seen soon after the answer, told apart, and watched request by request."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from statistics import quantiles
from typing import Any

import httpx
import pytest

from e2e.conftest import Server
from e2e.test_serve import event, session_id_of, start_session, until

pytestmark = pytest.mark.e2e

VIEWERS = 40
LATE_S = 20.0
"""Far beyond the aim of 2 s: other tests run beside this one."""


class Line:
    """What a stream of events told, with the time at which it did."""

    def __init__(self) -> None:
        self.told: list[tuple[float, str, Mapping[str, Any]]] = []
        self.heard = threading.Event()

    def read(self, lines: Iterator[str]) -> None:
        """Listen until the server ends it."""
        name = ""
        for line in lines:
            self.heard.set()
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                self.told.append((time.monotonic(), name, json.loads(line.removeprefix("data: "))))

    def when(self, holds: Callable[[Mapping[str, Any]], bool]) -> float | None:
        """When it first told something that holds."""
        return next((at_s for at_s, _, said in list(self.told) if holds(said)), None)


@contextmanager
def listening(server: Server, path: str) -> Iterator[Line]:
    """Somebody who listens; the server ends the stream when it stops."""
    line = Line()

    def listen() -> None:
        with httpx.stream("GET", f"{server.console_url}/api/v1/{path}", timeout=60) as response:
            line.read(response.iter_lines())

    thread = threading.Thread(target=listen)
    thread.start()
    assert line.heard.wait(60)
    try:
        yield line
    finally:
        assert 0 == server.stop()
        thread.join(60)
        assert not thread.is_alive()


def test_an_event_is_seen_soon_after_its_answer(server: Server, record_property: Callable[[str, object], None]) -> None:
    """Each start raises the number of viewers; what it takes is printed (`pytest -s`)."""
    with listening(server, "live/stream") as line, httpx.Client() as client:
        sessions, answered_s = [], []
        for _ in range(VIEWERS):
            sessions.append(session_id_of(start_session(server, client)))
            answered_s.append(time.monotonic())
            time.sleep(0.05)
        until(lambda: line.when(lambda said: said["audience"]["viewers"] == VIEWERS) is not None)
        until(lambda: line.when(lambda said: said["rates"]["startsPerMinute"] == VIEWERS) is not None)
        took_s = []
        for number, at_s in enumerate(answered_s, 1):
            seen_s = line.when(lambda said, least=number: said["audience"]["viewers"] >= least)  # type: ignore[misc]
            assert seen_s is not None
            took_s.append(max(0.0, seen_s - at_s))
        cuts = quantiles(took_s, n=100)
        told = f"answered to shown, {VIEWERS} starts: p50 {cuts[49]:.2f} s, p95 {cuts[94]:.2f} s, p99 {cuts[98]:.2f} s"
        record_property("latency", told)
        print(told)
        assert max(took_s) < LATE_S

        for action, of in (("play", sessions[:10]), ("bufferStart", sessions[10:13]), ("sessionEnd", sessions[20:])):
            for session in of:
                body = event(action, session)
                assert 204 == client.post(f"{server.collector_url}/ee/va/v1/{action}", json=body).status_code
        expected = {"starting": 7, "playing": 10, "buffering": 3}
        until(
            lambda: (
                line.when(lambda said: {n: c for n, c in said["states"].items() if c and n in expected} == expected)
                is not None
            )
        )
        picture = httpx.get(f"{server.console_url}/api/v1/live", params={"datastream": server.datastream}).json()
        assert {"viewers": 20, "sessions": 20} == {n: picture["audience"][n] for n in ("viewers", "sessions")}
        assert [("v", 20)] == [(one["id"], one["viewers"]) for one in picture["content"]["items"]]
        assert [("p", 3)] == [(one["id"], one["buffering"]) for one in picture["quality"]["byPlayer"]]


def test_the_debugger_tells_each_request(server: Server) -> None:
    """Those of one session only: taken, taken twice, refused with the field that was wrong."""
    with httpx.Client() as client:
        session, other = (session_id_of(start_session(server, client)) for _ in range(2))
        with listening(server, f"debugger/stream?session={session}") as line:
            door = f"{server.collector_url}/ee/va/v1"
            ping = event("ping", session)
            assert [204, 204, 204] == [
                client.post(f"{door}/ping", params={"requestId": name}, json=body).status_code
                for name, body in (("other", event("ping", other)), ("r", ping), ("r", ping))
            ]
            assert 400 == client.post(f"{door}/play", json=event("play", session, playhead=-1)).status_code
            until(lambda: len(line.told) == 3)
            assert [
                ("accepted", None, "accepted", []),
                ("accepted", None, "duplicate", []),
                ("refused", 400, "refused", ["mediaCollection.playhead"]),
            ] == [
                (said["result"], said["status"], one["outcome"], [error["path"] for error in one["errors"]])
                for _, name, said in line.told
                for one in said["events"]
                if name == "request"
            ]
