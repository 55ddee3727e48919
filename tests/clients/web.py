"""The published Web SDK in a page of a real browser, driven by a script, its requests and answers noted."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page, Request, Response, Route

from clients.edge import COOKIES, ORG, PATIENCE_S, Answer

STATIC = Path(__file__).parents[2] / "src" / "playhead" / "ui" / "static"
PAGE = "https://www.shop.example/watch"
FIRST_PARTY, THIRD_PARTY = "edge.shop.example", "collect.other.example"
EDGE_HOSTS = (FIRST_PARTY, THIRD_PARTY)

HTML = """<!doctype html><title>Player</title><script src="/alloy.js"></script>"""
BASE_CODE = """
window.__alloyNS = ["alloy"];
window.alloy = Object.assign((...args) => new Promise((y, n) => window.alloy.q.push([y, n, args])), {q: []});
"""
CONFIGURE = """async (options) => {
  window.playhead = 0;
  await alloy("configure", {thirdPartyCookiesEnabled: false, clickCollectionEnabled: false,
    streamingMedia: {channel: "shop", playerName: "html5", appVersion: "9", mainPingInterval: 10, adPingInterval: 1},
    ...options});
}"""
CREATE = """([sessionDetails, more]) => alloy("createMediaSession", {playerId: "main",
  getPlayerDetails: () => ({playhead: window.playhead, qoeDataDetails: window.quality}),
  xdm: {mediaCollection: {sessionDetails}}, ...more})"""

CONTENT = {"name": "film-7", "friendlyName": "Film", "length": 60, "contentType": "vod"}


class Exchange:
    """One request the SDK made. Its answer is waited for when it is asked for."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.done = False
        self.url = request.url
        self.body: Mapping[str, Any] = json.loads(request.post_data or "{}")

    @property
    def path(self) -> str:
        """As sent, repeated slashes too."""
        return urlsplit(self.url).path

    @property
    def query(self) -> Mapping[str, list[str]]:
        """Parameters by name."""
        return parse_qs(urlsplit(self.url).query)

    @property
    def xdm(self) -> Mapping[str, Any]:
        """Of its only event."""
        (event,) = self.body["events"]
        xdm: Mapping[str, Any] = event["xdm"]
        return xdm

    @property
    def status(self) -> int:
        """Of the answer."""
        return self._response().status

    @property
    def answer(self) -> Answer:
        """Its answer; the page must still be there."""
        response = self._response()
        return Answer(response.status, response.all_headers(), b"" if response.status == 204 else response.body())

    def _response(self) -> Response:
        response = self.request.response()
        assert response is not None, f"no answer to {self.url}"
        return response


class Visitor:
    """
    A person with a browser of their own: cookies stay from page to page.

    Attributes:
        made: Every POST to the edge, in order.
    """

    def __init__(self, browser: Browser, *, edge: str = THIRD_PARTY, clock: bool = False) -> None:
        self.edge = edge
        self.made: list[Exchange] = []
        self.context = browser.new_context(ignore_https_errors=True)
        self.page: Page = self.context.new_page()
        self.page.add_init_script(BASE_CODE)
        if clock:
            stand_still(self.page)
        self.page.route(f"{PAGE}*", lambda route: route.fulfill(body=HTML, content_type="text/html"))
        self.page.route("https://www.shop.example/alloy.js", _sdk)
        self.page.on("request", self._on_request)
        self.page.on("requestfinished", self._on_finished)

    def close(self) -> None:
        """Close the browser's window; cookies are gone."""
        self.context.close()

    def load(self, query: str = "", **options: Any) -> None:
        """Open the page and configure the SDK."""
        self.page.goto(PAGE + query)
        self.page.evaluate(CONFIGURE, {"datastreamId": "site", "orgId": ORG, "edgeDomain": self.edge, **options})

    def create(self, **more: Any) -> str:
        """Start a session the automatic way; its id."""
        return str(self.page.evaluate(CREATE, [CONTENT, more])["sessionId"])

    def say(self, action: str, **members: Any) -> Any:
        """Send one event the automatic way and wait; what the promise gave."""
        return self.run("sendMediaEvent", {"playerId": "main", "xdm": xdm_of(action, members)})

    def run(self, command: str, options: Mapping[str, Any] | None = None) -> Any:
        """Any command of the SDK; what its promise gave."""
        return self.page.evaluate("([command, options]) => alloy(command, options)", [command, dict(options or {})])

    def cookies(self) -> dict[str, str]:
        """Cookies of the organisation by the end of their name."""
        return {
            cookie["name"].removeprefix(COOKIES): cookie["value"]
            for cookie in self.context.cookies()
            if cookie["name"].startswith(COOKIES)
        }

    def wait_until(self, holds: Callable[[], bool], what: str) -> None:
        """Let the page work until this holds; fails after a minute."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline, what
            self.page.wait_for_timeout(20)

    def forward(self, seconds: float) -> None:
        """Move the page's clock, timers come due once, and let it work a moment."""
        self.page.clock.fast_forward(round(seconds * 1000))
        self.page.wait_for_timeout(100)

    def answered(self) -> bool:
        """Whether every request has its answer."""
        return all(one.done for one in self.made)

    def _on_request(self, request: Request) -> None:
        if request.method == "POST" and urlsplit(request.url).hostname in EDGE_HOSTS:
            self.made.append(Exchange(request))

    def _on_finished(self, request: Request) -> None:
        for one in self.made:
            one.done = one.done or one.request == request


def stand_still(page: Page) -> None:
    """Its clock is the test's alone from now on: how long the test takes is not how long its viewer watches."""
    now = datetime.now(UTC)  # noqa: TID251 - a browser has a clock of its own
    page.clock.install(time=now - timedelta(minutes=1))
    page.clock.pause_at(now)


def xdm_of(action: str, members: Mapping[str, Any]) -> dict[str, Any]:
    """The `xdm` a page hands to the SDK."""
    return {"eventType": f"media.{action}", "mediaCollection": dict(members)}


def _sdk(route: Route) -> None:
    (bundle,) = (STATIC / "assets").glob("alloy-*.min.js")
    route.fulfill(path=bundle, content_type="text/javascript")
