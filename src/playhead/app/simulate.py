"""
Viewers at a collector: requests of generated traffic over a few connections, each client behaving as its SDK does.

Law: a session's requests wait for the answer to its start; phones and Roku send one request at a time, browsers in
parallel (protocol.md 3.3). What is answered with a retryable status, or not at all, is sent again as that SDK would
(4.6), or lost. Memory is that of the viewings that are open.
"""

import asyncio
import json
import random
import re
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TextIO

import uvloop
from msgspec import Struct

from playhead.app.simulate_http import Answer, Connection, Target, UnreachableError
from playhead.app.simulate_report import Report
from playhead.base.clock import Clock
from playhead.base.settings import DEFAULT_SETTINGS, SessionSettings
from playhead.base.units import HOUR_MS
from playhead.viewers.mix import USUAL, Mix
from playhead.viewers.network import Request
from playhead.viewers.notebook import Truth
from playhead.viewers.people import Sdk
from playhead.viewers.requests import STARTS, body_of, media_type_of, route_of, timestamp
from playhead.viewers.traffic import Plan, traffic

SPAN_MAX_MS = 20 * HOUR_MS
"""Viewing time a fast run may cover: timestamps more than 24 h old are not believed (metrics.md 1.1)."""

CONNECTIONS = 32
WAITING_MAX = 4 * CONNECTIONS
"""Requests that are due and wait for a connection; beyond, the run falls behind its plan and says so."""

PATIENCE_S = 30.0
"""How long retries go on after the last request was due."""

PHONE_TIMEOUT_S = 5.0
TIMEOUT_S = 60.0
"""How long phones wait for an answer, and all others (protocol.md 3.3)."""

_SESSION = re.compile(rb'"sessionId":"([0-9a-f]{64})"')
_PHONES = frozenset({Sdk.IOS, Sdk.ANDROID})


class Run(Struct, frozen=True, kw_only=True):
    """
    What is asked for.

    Attributes:
        target, datastream: Whom to talk to.
        viewers: How many people there are.
        rate: Viewings that begin a second, on average.
        duration_s: How long it takes.
        speed: Seconds of viewing time a second; >= 1.
        seed: The same one gives the same viewings.
        mix, settings: As of `Plan`.
    """

    target: Target
    datastream: str
    viewers: int
    rate: float
    duration_s: float
    speed: float = 1
    seed: int = 0
    mix: Mix = USUAL
    settings: SessionSettings = DEFAULT_SETTINGS

    def plan(self, now_ms: int) -> Plan:
        """The viewing time of a run that begins now: it ends when the run does, so a fast one begins in the past."""
        span_ms = int(self.duration_s * 1000 * self.speed)
        until_ms = now_ms + int(self.duration_s * 1000)
        timeouts = (self.settings.playhead_timeout_s, self.settings.idle_timeout_s)
        usual = (DEFAULT_SETTINGS.playhead_timeout_s, DEFAULT_SETTINGS.idle_timeout_s)
        return Plan(
            begin_ms=until_ms - span_ms,
            until_ms=until_ms,
            viewers=self.viewers,
            viewings_per_s=self.rate / self.speed,
            mix=self.mix,
            settings=self.settings,
            forgetting=self.speed == 1 and timeouts == usual,
        )


def simulate(run: Run, clock: Clock, *, truth: TextIO | None = None, progress: Callable[[Report], None]) -> Report:
    """
    Run it, until it is over or somebody presses Ctrl-C.

    Args:
        run: What is asked for.
        clock: Ours.
        truth: Where each session's truth goes, a line of JSON each.
        progress: Told every few seconds.
    """
    crowd = Crowd(run.target, run.datastream, truth=truth)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_stopped(crowd, run, clock, progress))
    return crowd.report


async def _until_stopped(crowd: "Crowd", run: Run, clock: Clock, progress: Callable[[Report], None]) -> None:
    """All of it, or as much as there is until Ctrl-C."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGINT, stop.set)
    plan, began_s = run.plan(clock.now_ms()), time.monotonic()

    def due_s(at_ms: int) -> float:
        return began_s + (at_ms - plan.begin_ms) / (run.speed * 1000)

    def dice(name: str) -> random.Random:
        return random.Random(f"{run.seed} {name}")  # noqa: S311 - viewers, not secrets

    async def tell() -> None:
        while True:
            await asyncio.sleep(5)
            crowd.report.seconds = time.monotonic() - began_s
            progress(crowd.report)

    running = asyncio.create_task(crowd.run(traffic(plan, dice), due_s))
    others = [asyncio.create_task(stop.wait()), asyncio.create_task(tell())]
    try:
        done, _ = await asyncio.wait({running, *others}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()  # what broke is ours
        crowd.report.interrupted = not running.done()
    finally:
        for task in (running, *others):
            task.cancel()
        await asyncio.gather(running, *others, return_exceptions=True)
        loop.remove_signal_handler(signal.SIGINT)
        crowd.report.seconds = time.monotonic() - began_s


def truth_line(truth: Truth, session_id: str, datastream: str, *, lost: int, retries: int) -> dict[str, Any]:
    """
    One line of the truth file: a session as `GET /sessions/{id}` should show it, as far as the viewers know.

    `lost`: requests of it that were given up; with any, the numbers cannot hold. `retries`: so many more duplicates there
    may be, for a request without an answer may have been taken.
    """

    def named(play: dict[str, Any]) -> dict[str, Any]:
        times = {"startedAt": timestamp(play["startedAtMs"]), "closedAt": timestamp(play["closedAtMs"])}
        return times | {name: value for name, value in play.items() if not name.endswith("Ms")}

    return {
        "id": session_id,
        "datastream": datastream,
        "closeCause": truth.close_cause,
        "startedAt": timestamp(truth.started_at_ms),
        "lastEventAt": timestamp(truth.last_event_at_ms),
        **({"person": truth.ecid} if truth.ecid else {}),
        "mediaReporting": {
            "sessionDetails": {"ID": session_id, **truth.session_details},
            "qoeDataDetails": truth.quality,
            "states": truth.states,
        },
        "ads": [named(ad) for ad in truth.ads],
        "chapters": [named(chapter) for chapter in truth.chapters],
        "customMetadata": truth.custom_metadata,
        "viewed": truth.viewed,
        "counts": {"accepted": truth.accepted, "duplicate": truth.duplicate, "dropped": 0},
        "isViewed": truth.is_viewed,
        "isDownloaded": truth.is_downloaded,
        "viewer": truth.viewer,
        "lost": lost,
        "retries": retries,
    }


class _Client:
    """One viewing's side of the wire."""

    __slots__ = ("attempts", "lost", "retries", "session_id", "starting", "truth", "under_way", "waiting")

    def __init__(self, session_id: str) -> None:
        self.waiting: deque[Request] = deque()
        self.session_id = session_id
        self.starting = False
        self.under_way = self.lost = self.retries = 0
        self.attempts: dict[str, int] = {}
        self.truth: Truth | None = None


class Crowd:
    """
    Clients of everybody who watches.

    Args:
        target, datastream: Whom they talk to.
        truth: Where each session's truth goes.
        sessions: Of viewings that were begun before: what their starts were answered.

    Attributes:
        report: What was seen so far.
    """

    def __init__(
        self, target: Target, datastream: str, *, truth: TextIO | None = None, sessions: Mapping[int, str] | None = None
    ) -> None:
        self._target, self._datastream, self._truth = target, datastream, truth
        self.report = Report()
        self._clients = {viewing: _Client(session_id) for viewing, session_id in (sessions or {}).items()}
        self._ready: asyncio.Queue[tuple[_Client, Request]] = asyncio.Queue()
        self._room = asyncio.Event()
        self._idle = asyncio.Event()
        self._give_up_s = float("inf")

    async def run(self, items: Iterable[Request | Truth], due_s: Callable[[int], float]) -> None:
        """
        Send everything, until all was answered or given up.

        Args:
            items: As `traffic` yields them.
            due_s: When a request of this time, Unix ms, is to be sent, by the monotonic clock.
        """
        connections = [Connection(self._target) for _ in range(CONNECTIONS)]
        tasks = [asyncio.create_task(self._work(connection)) for connection in connections]
        tasks.append(asyncio.create_task(self._play(items, due_s)))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # what broke is ours
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for connection in connections:
                connection.close()

    async def _play(self, items: Iterable[Request | Truth], due_s: Callable[[int], float]) -> None:
        """Hand out requests when they are due, until all were answered or given up."""
        for item in items:
            client = self._clients.get(item.viewing)
            if client is None:
                client = self._clients[item.viewing] = _Client("")
            if isinstance(item, Truth):
                client.truth = item
                self._finish(item.viewing, client)
                continue
            await self._until(due_s(item.at_ms))
            client.waiting.append(item)
            self._feed(client)
        self._give_up_s = time.monotonic() + PATIENCE_S
        while self._clients:
            self._idle.clear()
            await self._idle.wait()

    async def _until(self, due_s: float) -> None:
        """Wait until then, and until the connections keep up."""
        ahead_s = due_s - time.monotonic()
        if ahead_s > 0.001:
            await asyncio.sleep(ahead_s)
        else:
            self.report.behind_s = max(self.report.behind_s, -ahead_s)
        while self._ready.qsize() >= WAITING_MAX:
            self._room.clear()
            await self._room.wait()

    def _feed(self, client: _Client) -> None:
        """Make ready what may be sent now."""
        while client.waiting:
            first = client.waiting[0]
            opens = first.action in STARTS
            alone = first.viewer.sdk is not Sdk.WEB or opens
            if client.under_way and (alone or client.starting):
                return
            if not opens and not client.session_id:  # its start was given up, and so is the viewing
                client.lost += 1
                self.report.lost += 1
                client.waiting.popleft()
                continue
            client.starting = opens
            client.under_way += 1
            self._ready.put_nowait((client, client.waiting.popleft()))

    async def _work(self, connection: Connection) -> None:
        """Send what is ready, one after the other."""
        while True:
            client, request = await self._ready.get()
            self._room.set()
            body = body_of(request, client.session_id)
            path = f"{route_of(request)}?configId={self._datastream}&requestId={request.request_id}"
            began_s = time.perf_counter()
            try:
                timeout_s = PHONE_TIMEOUT_S if request.viewer.sdk in _PHONES else TIMEOUT_S
                answer = await connection.post(path, media_type_of(request), body, timeout_s)
            except UnreachableError:
                self.report.unreachable += 1
                self._retry(client, request, None)
                continue
            self.report.latencies.add((time.perf_counter() - began_s) * 1000)
            self._take(client, request, answer)

    def _take(self, client: _Client, request: Request, answer: Answer) -> None:
        report = self.report
        report.statuses[answer.status] += 1
        if answer.status in _RETRIED[request.viewer.sdk]:
            self._retry(client, request, answer)
            return
        found = _SESSION.search(answer.body) if request.action in STARTS else None
        if found is not None and not client.session_id:
            client.session_id = found[1].decode()
            report.begun += 1
        if answer.status >= 400 or (request.action in STARTS and found is None):
            report.broken += request.refused
            report.refused += not request.refused
            client.lost += not request.refused
        self._done(client, request)

    def _retry(self, client: _Client, request: Request, answer: Answer | None) -> None:
        """Send it again later, if its SDK would."""
        attempt = client.attempts.get(request.request_id, 0) + 1
        client.attempts[request.request_id] = attempt
        wait_s = retry_s(request.viewer.sdk, answer, attempt)
        if wait_s is None or time.monotonic() + wait_s > self._give_up_s:
            client.lost += 1
            self.report.lost += 1
            self._done(client, request)
            return
        self.report.retries += 1
        client.retries += 1
        asyncio.get_running_loop().call_later(wait_s, self._ready.put_nowait, (client, request))

    def _done(self, client: _Client, request: Request) -> None:
        client.under_way -= 1
        client.starting = False
        client.attempts.pop(request.request_id, None)
        self._feed(client)
        self._finish(request.viewing, client)

    def _finish(self, viewing: int, client: _Client) -> None:
        """Once all is said and answered: the truth."""
        if client.truth is None or client.under_way or client.waiting:
            return
        del self._clients[viewing]
        self._idle.set()
        if self._truth is not None and client.session_id:
            line = truth_line(
                client.truth, client.session_id, self._datastream, lost=client.lost, retries=client.retries
            )
            self._truth.write(json.dumps(line, separators=(",", ":")) + "\n")


_RETRIED = {
    Sdk.WEB: frozenset({429, 502, 503, 504}),
    Sdk.IOS: frozenset({408, 429, 502, 503, 504, 507}),
    Sdk.ANDROID: frozenset({408, 429, 502, 503, 504, 507}),
    Sdk.ROKU: frozenset({408, 503, 504}),
}
"""Statuses after which an SDK tries again (protocol.md 4.6)."""


def retry_s(sdk: Sdk, answer: Answer | None, attempt: int) -> float | None:
    """
    After how many seconds an SDK sends again (protocol.md 4.6); None: never.

    Args:
        sdk: Whose rules.
        answer: A retryable one; None where none came.
        attempt: How often it was sent.
    """
    told = "" if answer is None else answer.headers.get("retry-after", "")
    told_s = float(told) if told.isdigit() and int(told) > 0 else None
    if sdk in _PHONES:
        return 5.0 if told_s is None else told_s
    if answer is None:
        return None
    if sdk is Sdk.ROKU:
        return 30.0
    if attempt > 3:
        return None
    return float(attempt) if told_s is None else told_s
