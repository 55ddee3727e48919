"""A run of generated viewers against a server that says what a test tells it to."""

import io
import json
import re
import threading
from collections import Counter
from typing import Any

import pytest

from playhead.app.clock import SystemClock
from playhead.app.simulate import Run, retry_s, simulate
from playhead.app.simulate_http import Answer, target_of
from playhead.app.simulate_report import Report
from playhead.base.settings import SessionSettings
from playhead.viewers.mix import Mix
from playhead.viewers.people import Sdk
from unit.app.scripted_server import Answerer, answer, scripted

SESSION = re.compile(rb'"sessionID":"([0-9a-f]{64})"')


class Door:
    """
    Answers like a collector, but for what `trouble` says.

    Attributes:
        taken: Bodies that were taken, by session: those of its events.
        trouble: Answers given first, by route.
    """

    def __init__(self, **trouble: list[bytes]) -> None:
        self.taken: Counter[str] = Counter()
        self.seen: list[str] = []
        self.trouble = trouble
        self._lock = threading.Lock()
        self._sessions = 0

    def __call__(self, path: str, body: bytes) -> bytes:
        """As `Answerer`."""
        with self._lock:
            action = path.partition("?")[0].rpartition("/")[2].replace("interact", "sessionStart")
            self.seen.append(action)
            if self.trouble.get(action):
                return self.trouble[action].pop()
            if action in {"sessionStart", "downloaded"}:
                self._sessions += 1
                return answer(200, json.dumps({"sessionId": f"{self._sessions:064x}"}, separators=(",", ":")).encode())
            found = SESSION.search(body)
            assert found is not None, "an event names its session"
            self.taken[found[1].decode()] += 1
            return answer(204)


def run(answerer: Answerer, **options: Any) -> tuple[Report, list[dict[str, Any]]]:
    """Half a second of viewers, a viewing hour, and the truth about them."""
    truth = io.StringIO()
    with scripted(answerer) as url:
        values: dict[str, Any] = {"viewers": 5, "rate": 30, "duration_s": 0.5, "speed": 7_200, "mix": QUIET, **options}
        asked = Run(target=target_of(url, "ee"), datastream="ds", **values)
        report = simulate(asked, SystemClock(), truth=truth, progress=lambda _: None)
    return report, [json.loads(line) for line in truth.getvalue().splitlines()]


QUIET = Mix(retries=0, reordering=0, refusals=0, downloads=0)
PHONES = Mix(web=0, roku=0, retries=0, refusals=0, downloads=0)
WEB = Mix(ios=0, android=0, roku=0, retries=0, refusals=0)


def test_every_event_goes_to_the_session_its_start_was_given() -> None:
    """As many as the truth tells, the start apart."""
    door = Door()
    report, lines = run(door)
    assert len(lines) == report.begun > 5
    assert {line["id"]: line["counts"]["accepted"] - 1 for line in lines} == {
        line["id"]: door.taken[line["id"]] for line in lines
    }
    assert sum(report.statuses.values()) == report.latencies.count == len(door.seen)
    assert (0, 0, 0, False) == (report.lost, report.refused, report.retries, report.interrupted)


def test_the_same_seed_says_the_same() -> None:
    """Apart from the time it is said at."""
    _, one = run(Door(), seed=3)
    _, other = run(Door(), seed=3)
    assert sorted(line["viewer"] for line in one) == sorted(line["viewer"] for line in other)


def test_a_phone_tries_again_until_it_is_heard() -> None:
    """An overloaded server says when; the session is counted as if nothing had been."""
    busy = answer(503, b"", "retry-after: 1")
    door = Door(sessionStart=[busy], play=[busy], ping=[busy])
    report, lines = run(door, mix=PHONES)
    assert (0, report.statuses[503]) == (report.lost, report.retries)
    assert report.retries >= 1
    assert all(line["lost"] == 0 for line in lines)
    assert sum(line["retries"] for line in lines) == report.retries


def test_a_viewing_whose_start_is_refused_sends_nothing_more() -> None:
    """Its events are given up, and there is no truth about it."""
    door = Door(sessionStart=[answer(400)] * 1_000)
    report, lines = run(door, mix=WEB)
    assert (set(door.seen), []) == ({"sessionStart"}, lines)
    assert report.refused == len(door.seen)
    assert report.lost > 0


def test_a_refused_event_is_told_of_in_the_truth() -> None:
    """The numbers cannot hold then."""
    door = Door(ping=[answer(404)])
    report, lines = run(door)
    assert (1, 1) == (report.refused, sum(line["lost"] for line in lines))


def test_broken_requests_are_meant_to_be_refused() -> None:
    """They are counted apart."""

    class Strict(Door):
        def __call__(self, path: str, body: bytes) -> bytes:
            return answer(400) if b'"playhead"' not in body else super().__call__(path, body)

    report, lines = run(Strict(), mix=Mix(refusals=100, retries=0, downloads=0))
    assert report.broken == report.statuses[400] > 0
    assert (0, 0) == (report.refused, sum(line["lost"] for line in lines))


def test_a_cut_connection_loses_what_a_browser_said() -> None:
    """Browsers do not send again what got no answer (protocol.md 4.6)."""
    door = Door(play=[b"", b"", b"", b""])
    report, _ = run(door, mix=WEB, viewers=1, rate=10)
    assert report.lost == report.unreachable > 0


@pytest.mark.parametrize(
    ("sdk", "answered", "attempt", "seconds"),
    [
        (Sdk.IOS, None, 1, 5),
        (Sdk.ANDROID, Answer(503, {"retry-after": "7"}, b""), 9, 7),
        (Sdk.IOS, Answer(429, {"retry-after": "0"}, b""), 1, 5),
        (Sdk.ROKU, None, 1, None),
        (Sdk.ROKU, Answer(503, {"retry-after": "7"}, b""), 1, 30),
        (Sdk.WEB, None, 1, None),
        (Sdk.WEB, Answer(503, {}, b""), 2, 2),
        (Sdk.WEB, Answer(503, {"retry-after": "7"}, b""), 3, 7),
        (Sdk.WEB, Answer(503, {}, b""), 4, None),
    ],
)
def test_retries_are_those_of_the_sdk(sdk: Sdk, answered: Answer | None, attempt: int, seconds: float | None) -> None:
    """By the table of protocol.md 4.6."""
    assert retry_s(sdk, answered, attempt) == seconds


def test_a_fast_run_begins_in_the_past_and_ends_now() -> None:
    """So that no timestamp is of the future."""
    target = target_of("http://x", "ee")
    fast = Run(target=target, datastream="d", viewers=1, rate=6, duration_s=10, speed=60).plan(1_000_000_000)
    assert (fast.begin_ms, fast.until_ms) == (1_000_010_000 - 600_000, 1_000_010_000)
    assert (0.1, False) == (fast.viewings_per_s, fast.forgetting)


@pytest.mark.parametrize(
    ("settings", "forgetting"), [(SessionSettings(), True), (SessionSettings(idle_timeout_s=9), False)]
)
def test_tabs_are_forgotten_in_real_time_by_the_usual_timeouts_only(
    settings: SessionSettings, *, forgetting: bool
) -> None:
    """Elsewhere one cannot say when they are closed."""
    asked = Run(target=target_of("http://x", "ee"), datastream="d", viewers=1, rate=1, duration_s=9, settings=settings)
    assert asked.plan(0).forgetting is forgetting
