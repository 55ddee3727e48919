"""
The published Web SDK in a real browser, over TLS, against a real server: every event stored once, every number right.

The browser's clock is moved forward between the steps, so that half a minute of viewing takes a second; the SDK's own
ping timer runs on it. What is expected is computed here from the requests the browser sent.
"""

import json
import re
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from msgspec import Struct
from playwright.sync_api import Page, Request, Route

from clients.web import stand_still
from e2e.browser import chromium
from e2e.conftest import Server

pytestmark = pytest.mark.e2e

STATIC = Path(__file__).parents[2] / "src" / "playhead" / "ui" / "static"
ORG = "PLAYHEAD0000000000000000@AdobeOrg"
COOKIES = "kndctr_PLAYHEAD0000000000000000_AdobeOrg_"
PAGE = "https://www.shop.example/watch"
FIRST_PARTY, THIRD_PARTY = "edge.shop.example", "collect.other.example"

HTML = """<!doctype html><title>Player</title><script src="/alloy.js"></script>"""
BASE_CODE = """
window.__alloyNS = ["alloy"];
window.alloy = Object.assign((...args) => new Promise((y, n) => window.alloy.q.push([y, n, args])), {q: []});
"""
CONTENT = {"name": "film-7", "friendlyName": "Film <seven> & more", "length": 60, "contentType": "vod"}
POD = {"friendlyName": "Mid-roll", "index": 1, "offset": 14}
AD = {"name": "ad-1", "friendlyName": "Spring", "length": 15, "podPosition": 1}
CHAPTER = {"friendlyName": "One", "index": 1, "offset": 0, "length": 30}


class Sent(Struct, frozen=True):
    """One media event as the browser sent it: path of its request, and its `xdm`."""

    path: str
    xdm: Mapping[str, Any]

    @property
    def action(self) -> str:
        """Its name without the prefix."""
        return str(self.xdm["eventType"]).removeprefix("media.")

    @property
    def at_ms(self) -> int:
        """Its timestamp, Unix ms."""
        return round(datetime.fromisoformat(self.xdm["timestamp"]).timestamp() * 1000)

    @property
    def playhead(self) -> int:
        """Position in the content, seconds."""
        return int(self.xdm["mediaCollection"]["playhead"])


class Player:
    """The page as a script drives it."""

    def __init__(self, page: Page, server: Server, edge: str) -> None:
        self.page = page
        self.sent: list[Sent] = []
        self.answered: list[int] = []
        self._server = server
        self._edge = edge
        page.route(f"{PAGE}*", lambda route: route.fulfill(body=HTML, content_type="text/html"))
        page.route("https://www.shop.example/alloy.js", _sdk)
        page.on("request", self._on_request)
        page.on("requestfinished", self._on_finished)

    def load(self) -> None:
        """Open the page and configure the SDK."""
        self.page.add_init_script(BASE_CODE)
        self.page.goto(PAGE)
        self.page.evaluate(
            """async ([datastreamId, orgId, edgeDomain]) => {
              window.playhead = 0;
              await alloy("configure", {datastreamId, orgId, edgeDomain, thirdPartyCookiesEnabled: false,
                clickCollectionEnabled: false,
                streamingMedia: {channel: "shop", playerName: "html5", appVersion: "9", mainPingInterval: 10, adPingInterval: 5}});
            }""",
            [self._server.datastream, ORG, self._edge],
        )

    def start(self) -> str:
        """Start a session; returns its id."""
        found = self.page.evaluate(
            """(sessionDetails) => alloy("createMediaSession", {playerId: "main",
              getPlayerDetails: () => ({playhead: window.playhead, qoeDataDetails: window.quality}),
              xdm: {mediaCollection: {sessionDetails}}})""",
            CONTENT,
        )
        return str(found["sessionId"])

    def say(self, action: str, **members: object) -> None:
        """Send one event and wait for its answer."""
        answer = self.page.evaluate(
            """([eventType, mediaCollection]) => alloy("sendMediaEvent", {playerId: "main", xdm: {eventType, mediaCollection}})""",
            [f"media.{action}", members],
        )
        assert answer == {}

    def after(self, seconds: float, playhead: float, *, ping: bool = False) -> None:
        """Let the browser's clock run; with `ping`, the SDK's timer comes due meanwhile."""
        sent = len(self.sent)
        self.page.evaluate("(playhead) => { window.playhead = playhead; }", playhead)
        self.page.clock.fast_forward(round(seconds * 1000))
        deadline = time.monotonic() + 60
        while ping and len(self.answered) == sent:
            assert time.monotonic() < deadline, "the SDK did not send its ping"
            self.page.wait_for_timeout(20)

    def quality(self, **values: int) -> None:
        """What the player measures from now on."""
        self.page.evaluate("(quality) => { window.quality = quality; }", values)

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if request.method != "POST" or parts.hostname != self._edge:
            return
        assert parse_qs(parts.query)["configId"] == [self._server.datastream]
        for event in json.loads(request.post_data or "{}")["events"]:
            self.sent.append(Sent(parts.path, event["xdm"]))

    def _on_finished(self, request: Request) -> None:
        answer = request.response()
        if request.method == "POST" and urlsplit(request.url).hostname == self._edge and answer is not None:
            self.answered.append(answer.status)


def _sdk(route: Route) -> None:
    (bundle,) = (STATIC / "assets").glob("alloy-*.min.js")
    route.fulfill(path=bundle, content_type="text/javascript")


def _view(player: Player) -> str:
    """One viewing with everything in it; returns the session id."""
    player.quality(bitrate=800, framesPerSecond=25, droppedFrames=0, timeToStart=1200)
    session_id = player.start()
    player.after(1, 0)
    player.say("play")
    player.say("chapterStart", chapterDetails=CHAPTER)
    player.after(4, 4)
    player.say("statesUpdate", statesStart=[{"name": "fullScreen"}])
    player.after(10, 14, ping=True)
    player.say("adBreakStart", advertisingPodDetails=POD)
    player.say("adStart", advertisingDetails=AD, customMetadata=[{"name": "shelf", "value": "top"}])
    player.after(5, 14, ping=True)
    player.after(4, 14)
    player.say("adComplete")
    player.say("adBreakComplete")
    player.after(6, 20)
    player.quality(bitrate=1600, framesPerSecond=25, droppedFrames=3, timeToStart=1200)
    player.say("bitrateChange")
    player.after(3, 23)
    player.say("pauseStart")
    player.after(7, 23)
    player.say("play")
    player.say("error", errorDetails={"name": "E-7", "source": "player"})
    player.after(2, 25)
    player.say("bufferStart")
    player.after(3, 25)
    player.say("play")
    player.after(5, 30)
    player.say("statesUpdate", statesEnd=[{"name": "fullScreen"}])
    player.say("chapterComplete")
    player.after(30, 60, ping=True)
    player.say("sessionComplete")
    return session_id


def _expected(sent: Sequence[Sent]) -> dict[str, Any]:
    """The numbers of this viewing, in ms and counts, straight from the requests: who was playing between which."""
    spent = dict.fromkeys(("main", "ad", "pause", "buffer", "chapter", "state"), 0)
    weight = weighted = 0
    phase, ad, chapter, state, bitrate = "starting", False, False, False, 0
    ordered = sorted(sent, key=lambda one: one.at_ms)
    for one, following in pairwise(ordered):
        bitrate = int((one.xdm["mediaCollection"].get("qoeDataDetails") or {}).get("bitrate", bitrate))
        match one.action:
            case "play":
                phase = "main"
            case "pauseStart":
                phase = "pause"
            case "bufferStart":
                phase = "buffer"
            case "adStart":
                ad = True
            case "adComplete":
                ad = False
            case "chapterStart" | "chapterComplete":
                chapter = one.action == "chapterStart"
            case "statesUpdate":
                state = "statesStart" in one.xdm["mediaCollection"]
        between_ms = following.at_ms - one.at_ms
        in_gap = one.action in {"adBreakStart", "adComplete"} and phase == "main"
        where = "ad" if ad else phase
        if where in spent and not in_gap:
            spent[where] += between_ms
            if where in {"main", "ad"}:
                weight, weighted = weight + between_ms, weighted + between_ms * bitrate
            spent["chapter"] += between_ms if chapter and where == "main" else 0
        spent["state"] += between_ms if state else 0
    return {**spent, "bitrate": int(weighted / weight + 0.5)}


def _seconds(ms: int) -> int:
    return (ms + 500) // 1000


def _session(server: Server, session_id: str, events: int) -> Mapping[str, Any]:
    """The session once all its events are in; fails after a minute."""
    deadline = time.monotonic() + 60
    while True:
        answer = httpx.get(f"{server.console_url}/api/v1/sessions/{session_id}")
        if answer.status_code == 200 and answer.json()["counts"]["accepted"] >= events:
            found: Mapping[str, Any] = answer.json()
            return found
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)


def _cookies(page: Page) -> dict[str, str]:
    return {
        cookie["name"].removeprefix(COOKIES): cookie["value"]
        for cookie in page.context.cookies()
        if cookie["name"].startswith(COOKIES)
    }


@pytest.mark.parametrize("edge", [FIRST_PARTY, THIRD_PARTY])
def test_a_viewing_through_the_published_sdk(tls_server: Server, edge: str) -> None:
    """Each event is stored exactly once in the right session, the numbers are those of the requests, identity stays."""
    port = urlsplit(tls_server.collector_url).port
    flags = [
        f"--host-resolver-rules=MAP {edge}:443 127.0.0.1:{port}",
        "--ignore-certificate-errors",
        "--disable-features=LocalNetworkAccessChecks",  # the collector of a real site is not on the viewer's machine
    ]
    with chromium(flags) as browser:
        page = browser.new_page()
        stand_still(page)
        player = Player(page, tls_server, edge)
        player.load()
        session_id = _view(player)
        sent = list(player.sent)

        assert re.fullmatch(r"[0-9a-f]{64}", session_id)
        first = _cookies(page)
        assert set(first) == {"cluster", "identity"}
        _check_requests(sent, session_id, first["cluster"])
        session = _session(tls_server, session_id, len(sent))
        _check_events(tls_server, session_id, sent)
        _check_numbers(session, _expected(sent))

        player.load()
        again = player.start()
        second = _cookies(page)
        other = _session(tls_server, again, 1)

    assert again != session_id
    assert second["identity"] == first["identity"]
    assert re.fullmatch(r"\d{38}", session["person"])
    assert other["person"] == session["person"]


def _check_requests(sent: Sequence[Sent], session_id: str, hint: str) -> None:
    """The SDK behaved as it does: start at interact, the rest at their own path behind the location hint, in this session."""
    actions = [one.action for one in sent]
    assert actions == [
        "sessionStart", "play", "chapterStart", "statesUpdate", "ping", "adBreakStart", "adStart", "ping", "adComplete",
        "adBreakComplete", "bitrateChange", "pauseStart", "play", "error", "bufferStart", "play", "statesUpdate",
        "chapterComplete", "ping", "sessionComplete",
    ]  # fmt: skip
    assert sent[0].path == "/ee/v1/interact"
    assert {one.path for one in sent[1:]} == {f"/ee/{hint}/va/v1/{one.action}" for one in sent[1:]}
    assert {one.xdm["mediaCollection"]["sessionID"] for one in sent[1:]} == {session_id}


def _check_events(server: Server, session_id: str, sent: Sequence[Sent]) -> None:
    """What is stored is what was sent: each once, as sent, accepted, in order of time."""
    stored = httpx.get(f"{server.console_url}/api/v1/sessions/{session_id}/events").json()["items"]
    assert {event["outcome"] for event in stored} == {"accepted"}
    in_order = sorted(sent, key=lambda one: one.at_ms)
    assert [event["xdm"] for event in stored] == [one.xdm for one in in_order]


def _check_numbers(session: Mapping[str, Any], expected: Mapping[str, int]) -> None:
    reporting = session["mediaReporting"]
    details, quality = reporting["sessionDetails"], reporting["qoeDataDetails"]
    shown = {
        name: details.get(name)
        for name in (
            "name", "friendlyName", "length", "channel", "playerName", "appVersion", "timePlayed", "totalTimePlayed",
            "uniqueTimePlayed", "isPlayed", "isCompleted", "adCount", "chapterCount", "pauseCount", "pauseTime",
            "hasProgress95",
        )
    }  # fmt: skip
    assert shown == {
        **{name: CONTENT[name] for name in ("name", "friendlyName", "length")},
        "channel": "shop",
        "playerName": "html5",
        "appVersion": "9",
        "timePlayed": _seconds(expected["main"]),
        "totalTimePlayed": _seconds(expected["main"] + expected["ad"]),
        "uniqueTimePlayed": 60,
        "isPlayed": True,
        "isCompleted": True,
        "adCount": 1,
        "chapterCount": 1,
        "pauseCount": 1,
        "pauseTime": _seconds(expected["pause"]),
        "hasProgress95": True,
    }
    assert {
        name: quality.get(name) for name in ("bufferCount", "bufferTime", "bitrateChangeCount", "bitrateAverage")
    } == {
        "bufferCount": 1,
        "bufferTime": _seconds(expected["buffer"]),
        "bitrateChangeCount": 1,
        "bitrateAverage": expected["bitrate"],
    }
    assert (quality["timeToStart"], quality["droppedFrames"], quality["playerSdkErrors"]) == (1, 3, ["E-7"])
    states = [{"name": "fullscreen", "isSet": True, "count": 1, "time": _seconds(expected["state"])}]
    assert reporting["states"] == states
    (ad,), (chapter,) = session["ads"], session["chapters"]
    assert (ad["advertisingDetails"]["timePlayed"], ad["advertisingDetails"]["isCompleted"]) == (
        _seconds(expected["ad"]),
        True,
    )
    assert ad["customMetadata"] == {"shelf": "top"}
    assert chapter["chapterDetails"]["timePlayed"] == _seconds(expected["chapter"])
    assert chapter["chapterDetails"]["isCompleted"] is True
