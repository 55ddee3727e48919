"""The Live page, in a real browser while real events come: each number is read off it by its name."""

import os
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from e2e.browser import Watch, cells_of, shows, violations, watched_page
from e2e.conftest import Server
from e2e.test_serve import session_id_of
from e2e.viewings import HOSTILE

pytestmark = pytest.mark.e2e

PICTURES = os.environ.get("PLAYHEAD_PICTURES")
"""Folder that pictures for the documentation are written to; usually unset, and none is."""
SIZES = ((1440, 900), (390, 844))
PING_S = 10
FILMS = (("coast", "The Coast", 7), ("night", "Night Train", 4), ("hostile", HOSTILE, 2))
"""Content, its name, its viewers."""

EXPECTED_STATES = {"Playing": 6, "In an ad": 1, "Starting": 1, "Paused": 2, "Buffering": 3, "Stalled": 0, "Ended": 0}


Opened = tuple[Page, Watch, tuple[int, int], str]
"""A page, what it does, its size and scheme."""


class Audience:
    """Viewers who say what they are told to, to a real collector."""

    def __init__(self, server: Server, client: httpx.Client) -> None:
        self._door = f"{server.collector_url}/ee/va/v1"
        self._server = server
        self._client = client
        self._watching: list[str] = []
        self._speaks = threading.Lock()

    def begins(self, content: str, name: str, player: str) -> str:
        """A session."""
        details = {
            "name": content,
            "friendlyName": name,
            "length": 60,
            "contentType": "vod",
            "playerName": player,
            "channel": "c",
        }
        body = self._body("sessionStart", sessionDetails=details)
        answer = self._client.post(
            f"{self._door}/sessionStart", params={"configId": self._server.datastream}, json=body
        )
        self._watching.append(session_id_of(answer))
        return self._watching[-1]

    def says(self, session: str, action: str, **members: Any) -> None:
        """An event."""
        with self._speaks:
            answer = self._client.post(f"{self._door}/{action}", json=self._body(action, sessionID=session, **members))
            assert answer.status_code == 204, answer.text
            if action == "sessionEnd":
                self._watching.remove(session)

    @contextmanager
    def at_it(self) -> Iterator[None]:
        """They go on, as players do: who says nothing for a minute is not counted, and a busy machine takes its time."""
        over = threading.Event()

        def play() -> None:
            for playhead in count(PING_S, PING_S):
                if over.wait(PING_S):
                    return
                for session in [*self._watching]:
                    with self._speaks:
                        body = self._body("ping", sessionID=session, playhead=playhead)
                        self._client.post(f"{self._door}/ping", json=body)

        players = threading.Thread(target=play)
        players.start()
        try:
            yield
        finally:
            over.set()
            players.join()

    @staticmethod
    def _body(action: str, **members: Any) -> dict[str, Any]:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        xdm = {"eventType": f"media.{action}", "timestamp": stamp, "mediaCollection": {"playhead": 0, **members}}
        return {"events": [{"xdm": xdm}]}


def _watch(audience: Audience) -> list[str]:
    """13 viewers: six play, one sees an ad, one has just begun, two pause, three of one content buffer with errors."""
    sessions = [
        audience.begins(content, name, "tv" if content == "coast" else "web")
        for content, name, viewers in FILMS
        for _ in range(viewers)
    ]
    bitrates = ({"qoeDataDetails": {"bitrate": kbps}} for kbps in (1000, 2000, 3000))
    for session in sessions[:12]:
        audience.says(session, "play", **next(bitrates, {}))
    audience.says(sessions[6], "adBreakStart", advertisingPodDetails={"index": 0, "offset": 0})
    ad = {"name": "ad", "length": 5, "podPosition": 0, "playerName": "p"}
    audience.says(sessions[6], "adStart", advertisingDetails=ad)
    for session in sessions[7:10]:
        audience.says(session, "bufferStart")
        audience.says(session, "error", errorDetails={"name": "E-1", "source": "player"})
    for session in sessions[10:12]:
        audience.says(session, "pauseStart")
    return sessions


@pytest.fixture
def audience(server: Server) -> Iterator[Audience]:
    with httpx.Client() as client:
        yield Audience(server, client)


def _value(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=name, exact=True).locator(".tile-value")


def _rows(page: Page, name: str) -> list[list[str]]:
    """The cells of a table's body."""
    return cells_of(page.get_by_role("table", name=name, exact=True))


def _states(page: Page) -> dict[str, int]:
    """The split, as read."""
    parts = page.locator("dl[aria-label='Sessions by state'] > div")
    return {
        parts.nth(n).locator("dt").inner_text(): int(parts.nth(n).locator("dd").first.inner_text())
        for n in range(parts.count())
    }


def _is_well(page: Page, watch: Watch, server: Server, width: int) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert watch.troubles == []
    assert watch.hosts == {urlsplit(server.console_url).netloc}


def test_the_page_says_who_watches_while_they_do(server: Server, browser: Browser, audience: Audience) -> None:
    """Every number of 13 viewers; each further event, and a better name, is seen without loading again; both themes, desk and phone."""
    opened: list[Opened] = []
    for size, scheme in ((size, scheme) for size in SIZES for scheme in ("light", "dark")):
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if scheme == "dark" else "light"
        )
        page, watch = watched_page(context)
        page.goto(f"{server.console_url}/live")
        opened.append((page, watch, size, scheme))
    expect(opened[0][0].get_by_role("heading", name="Nobody watched in the last hour")).to_be_visible()

    sessions = _watch(audience)
    for page, *_ in opened:  # what is of the last minute, before it is over
        expect(_value(page, "Errors a minute")).to_have_text("3")
        expect(_value(page, "Starts a minute")).to_have_text("13")
        shows([["Night Train", "4", "3", "0", "3", "\N{EN DASH}"]], partial(_rows, page, "Trouble by content"))
        shows([["web", "6", "3", "0", "3", "\N{EN DASH}"]], partial(_rows, page, "Trouble by player"))
    with audience.at_it():
        _goes_on(server, opened, audience, sessions)
    assert 0 == server.stop()
    first = opened[0][0]
    # Said once: the age is beside it, or it would be read aloud each second.
    expect(first.get_by_text("Connection lost. These numbers are from").get_by_role("status")).to_have_text(
        "Connection lost."
    )
    assert "12" == _value(first, "Viewers now").inner_text(), "what was known stays"


def _goes_on(server: Server, opened: Sequence[Opened], audience: Audience, sessions: Sequence[str]) -> None:
    for page, watch, size, scheme in opened:
        expect(_value(page, "Viewers now")).to_have_text("13")
        shows(EXPECTED_STATES, partial(_states, page))
        expect(_value(page, "Buffering or stalled")).to_have_text("23.1 %")
        expect(_value(page, "Mean bitrate")).to_have_text("2,000 kbps")
        shows([[name, str(viewers), str(viewers)] for _, name, viewers in FILMS], partial(_rows, page, "Top content"))
        chart = page.get_by_role("slider", name="Viewers in the last hour")
        expect(chart).to_have_attribute("aria-valuetext", re.compile(r"\d\d:\d\d:\d\d: Viewers 13, Starts 0, Errors 0"))
        _is_well(page, watch, server, size[0])
        if PICTURES:
            page.mouse.move(0, 0)
            page.screenshot(path=Path(PICTURES) / f"live-{scheme}-{size[0]}.png", full_page=True)

    heights = [page.evaluate("document.documentElement.scrollHeight") for page, *_ in opened]
    audience.says(sessions[0], "sessionEnd")
    audience.says(sessions[12], "play")
    for page, watch, size, _ in opened:
        expect(_value(page, "Viewers now")).to_have_text("12")
        expect(page.locator("dl[aria-label='Sessions by state']")).to_contain_text(re.compile(r"Starting\s*0"))
        _is_well(page, watch, server, size[0])
    assert heights == [page.evaluate("document.documentElement.scrollHeight") for page, *_ in opened]

    first = opened[0][0]
    better = {"items": [{"content": "night", "content-name": "Night Express"}]}
    httpx.put(f"{server.console_url}/api/v1/lookups/content", json=better).raise_for_status()
    link = first.get_by_role("table", name="Trouble by content").get_by_role("link", name="Night Express")
    expect(link).to_have_attribute("title", "night")
    first.get_by_role("table", name="Top content").get_by_role("link", name="Night Express").click()
    expect(first).to_have_url(re.compile(r"/sessions\?state=open&content=night$"))
    lines = first.get_by_role("table", name="Sessions").locator("tbody tr")
    expect(lines).to_have_count(4)
    expect(lines.first).to_contain_text("night · vod")
    lines.first.get_by_role("link", name="Night Express").click()
    expect(first.get_by_role("heading", level=1)).to_have_text("Night Express")
    expect(first.get_by_text("sent as “Night Train”")).to_be_visible()
    first.go_back()
    first.go_back()
    expect(_value(first, "Viewers now")).to_have_text("12")
