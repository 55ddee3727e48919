"""The debugger in a real browser, while real requests come, good and bad: what it says of each is what the collector answered."""

import os
import re
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from e2e.browser import Watch, rows_of, shows, violations, watched_page
from e2e.conftest import Server, clean_environ, lasting_port
from e2e.test_serve import session_id_of, until
from e2e.viewings import HOSTILE, details, now

pytestmark = pytest.mark.e2e

PICTURES = os.environ.get("PLAYHEAD_PICTURES")
"""Folder that pictures for the documentation are written to; usually unset, and none is."""
SIZES = ((1440, 900), (390, 844))
MISSING = "Missing required field"
NOBODY = "ab" * 32
"""A session id of the right length that nobody was given."""


class Player:
    """Somebody who instruments a player, and does not get everything right."""

    def __init__(self, server: Server, client: httpx.Client) -> None:
        self._door = f"{server.collector_url}/ee/"
        self._client = client
        self._stream = server.datastream

    def sends(self, route: str, *events: dict[str, Any], datastream: str | None = None, **more: str) -> httpx.Response:
        """One request of these `xdm`."""
        named = {} if datastream is None else {"configId": datastream}
        return self._client.post(
            self._door + route, params=named | more, json={"events": [{"xdm": xdm} for xdm in events]}
        )

    def starts(self, name: str = "coast-1", friendly: str = "The Coast") -> str:
        """A session."""
        return session_id_of(
            self.sends("va/v1/sessionStart", said("sessionStart", **details(name, friendly)), datastream=self._stream)
        )

    def says(self, action: str, session: str, playhead: int = 1, **members: Any) -> httpx.Response:
        """An event."""
        return self.sends(f"va/v1/{action}", said(action, sessionID=session, playhead=playhead, **members))


def said(action: str, **members: Any) -> dict[str, Any]:
    """An event's `xdm`."""
    stamp = now().isoformat(
        timespec="milliseconds"
    )  # two of one second and content would be duplicates (metrics.md 4.3)
    return {"eventType": f"media.{action}", "timestamp": stamp, "mediaCollection": {"playhead": 0, **members}}


@pytest.fixture
def player(server: Server) -> Iterator[Player]:
    with httpx.Client() as client:
        yield Player(server, client)


def _opened(browser: Browser, server: Server, size: tuple[int, int] = SIZES[0], scheme: str = "light") -> Any:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if scheme == "dark" else "light"
    )
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page, watch = watched_page(context)
    page.goto(f"{server.console_url}/debugger")
    expect(page.get_by_text("Listening")).to_be_visible()
    return page, watch


def _requests(page: Page) -> Locator:
    return page.get_by_role("table", name="Requests").locator("tbody tr")


def _cells(row: Locator, *columns: str) -> list[str]:
    return [" ".join(row.locator(f".r-{column}").inner_text().split()) for column in columns]


def _fields(page: Page) -> dict[str, str]:
    """The fields that are to be corrected, and why."""
    lines = page.get_by_role("list", name="Fields to correct").get_by_role("listitem")
    return {
        lines.nth(n).locator("code").first.inner_text(): lines.nth(n).locator("strong").inner_text()
        for n in range(lines.count())
    }


def _answered(answer: httpx.Response) -> dict[str, str]:
    """The same as the collector answered it."""
    return {one["name"].removeprefix("$."): one["reason"] for one in answer.json()["report"]["details"]}


def _is_well(page: Page, watch: Watch, server: Server, width: int) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert watch.troubles == []
    assert watch.hosts == {urlsplit(server.console_url).netloc}


def test_every_request_is_read_off_the_page(server: Server, browser: Browser, player: Player) -> None:
    """Good, repeated, wrong in each way: result, reason, and each field with what was sent; both themes, desk and phone."""
    pages = [(*_opened(browser, server, size, scheme), size, scheme) for size in SIZES for scheme in ("light", "dark")]
    session = player.starts(friendly=HOSTILE)
    answers = [
        player.says("play", session),
        player.sends("va/v1/ping", ping := said("ping", sessionID=session), requestId="r-1"),
        player.sends("va/v1/ping", ping, requestId="r-1"),
        player.sends("va/v1/ping", said("play", sessionID=session)),
        wrong := player.says("adStart", session, -1, advertisingDetails={"name": HOSTILE, "length": "long"}),
        player.says("play", NOBODY),
        player.sends("va/v1/sessionStart", said("sessionStart", **details("a", "A")), datastream="nope"),
        httpx.post(f"{server.collector_url}/ee/va/v1/ping", content=b'{"events": ['),
    ]
    assert [204, 204, 204, 400, 400, 404, 400, 400] == [answer.status_code for answer in answers]
    expected = [
        [
            "Refused 400",
            "ping va/v1/ping",
            "Invalid JSON request: the body is empty, not UTF-8, not JSON, not an object",
        ],
        ["Refused 400", "sessionStart va/v1/sessionStart", "Invalid datastream ID: no datastream of that id"],
        ["Refused 404", "play va/v1/play", "Not Found: the session is unknown, closed, or older than 24 hours"],
        [
            "Refused 400",
            "adStart va/v1/adStart",
            "mediaCollection.advertisingDetails.length: Invalid type, expected integer",
        ],
        ["Refused 400", "ping va/v1/ping", "payload eventType play, path eventType ping"],
        ["Duplicate", "ping va/v1/ping", "duplicate request"],
        ["Accepted", "ping va/v1/ping", ""],
        ["Accepted", "play va/v1/play", ""],
        ["Accepted", "sessionStart va/v1/sessionStart", ""],
    ]
    for page, watch, size, scheme in pages:
        rows = _requests(page)
        expect(rows).to_have_count(len(expected))
        shown = [_cells(rows.nth(n), "result", "what", "why") for n in range(len(expected))]
        assert expected == [[*row[:2], row[2][: len(want[2])]] for row, want in zip(shown, expected, strict=True)]
        expect(page.get_by_text("9 requests, 5 refused")).to_be_visible()
        assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}", _cells(rows.first, "time")[0])
        _is_well(page, watch, server, size[0])
        page.get_by_role("button", name="adStart").click()
        detail = page.get_by_role("region", name="adStart")
        shows(_answered(wrong), partial(_fields, page))
        expect(detail).to_contain_text('Sent: "long"')
        expect(detail).to_contain_text("Nothing was sent here.")
        expect(detail.locator("mark")).to_have_text(
            [
                re.compile(r'"playhead": -1, ◂ Value must be greater than or equal to 0'),
                re.compile(rf'"advertisingDetails": {{ ◂ playerName: {MISSING}; podPosition: {MISSING}'),
                re.compile(r'"length": "long" ◂ Invalid type, expected integer'),
            ]
        )
        expect(detail.get_by_role("link", name="va-edge-0400-400")).to_have_attribute(
            "href", "/api/v1/docs#va-edge-0400-400"
        )
        _is_well(page, watch, server, size[0])
        assert page.evaluate("window.hacked") is None
        if PICTURES:
            page.mouse.move(0, 0)
            page.screenshot(path=Path(PICTURES) / f"debugger-{scheme}-{size[0]}.png")
        page.context.close()


def test_what_became_of_every_event_is_read_off_the_page(server: Server, browser: Browser, player: Player) -> None:
    """The sums are those of the balance sheet, and why some do not count; events that are missing are said loudly."""
    session = player.starts()
    player.sends("va/v1/ping", ping := said("ping", sessionID=session), requestId="r-1")
    player.sends("va/v1/ping", ping, requestId="r-1")
    player.says("play", NOBODY)
    asked = f"{server.console_url}/api/v1/balance?granularity=total"
    until(lambda: [1, 0] == [httpx.get(asked).json()["totals"][part] for part in ("duplicate", "waiting")])
    answer = httpx.get(asked).json()
    for size in SIZES:
        page, watch = _opened(browser, server, size)
        card = page.get_by_role("region", name="Every event so far")
        expect(card.get_by_text("No event is lost.")).to_be_visible()
        table = card.get_by_role("table", name="Every event so far")
        parts = ("received", "refused", "duplicate", "dropped", "waiting", "counted")
        expected = [
            [item["datastream"] or "None of ours", *(str(item[part]) for part in parts)] for item in answer["items"]
        ]
        shows(expected, partial(rows_of, table))
        card.get_by_text("Why they do not count").click()
        why = card.get_by_role("table", name="Why they do not count")
        reasons = [["Refused", "va-edge-0404-404", "1"], ["Duplicate", "duplicate request", "1"]]
        shows(reasons, partial(rows_of, why))
        expect(card.get_by_role("link", name="va-edge-0404-404")).to_have_attribute(
            "href", re.compile("#va-edge-0404-404$")
        )
        _is_well(page, watch, server, size[0])
        page.context.close()

    page, _ = _opened(browser, server)
    page.route("**/api/v1/balance?**", lambda route: route.fulfill(json={**answer, "holds": False}))
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("The sums do not hold: events are missing.")


def test_a_request_is_opened_and_sent_again(server: Server, browser: Browser, player: Player) -> None:
    """By the keyboard alone; the copied command gives the same refusal; from its session Back finds the list again."""
    page, watch = _opened(browser, server)
    session = player.starts()
    player.says("play", session)
    player.says("ping", session, -5)
    rows = _requests(page)
    expect(rows).to_have_count(3)

    button = page.get_by_role("button", name="ping")
    button.focus()
    page.keyboard.press("End")
    expect(page.get_by_role("button", name="sessionStart")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("button", name="play")).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    detail = page.get_by_role("region", name="ping")
    expect(detail.get_by_role("heading", name="ping")).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?request="))
    facts = detail.locator(".detail-facts")
    expect(facts).to_contain_text("400 Bad Request")
    expect(facts).to_contain_text("/ee/va/v1/ping")
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")

    detail.get_by_role("button", name="Copy as curl").click()
    shows("curl", lambda: page.evaluate("navigator.clipboard.readText()")[:4])
    command = page.evaluate("navigator.clipboard.readText()")
    page.mouse.move(0, 0)
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True, env=clean_environ())
    assert "Value must be greater than or equal to 0" in done.stdout
    expect(rows).to_have_count(4)
    assert _cells(rows.nth(0), "result", "why") == _cells(rows.nth(1), "result", "why")

    page.get_by_role("radio", name="As received").check()
    expect(detail.get_by_label("The body as received")).to_contain_text('"playhead":-5')
    detail.get_by_role("link", name=session).click()
    expect(page).to_have_url(f"{server.console_url}/sessions/{session}")
    expect(page.get_by_role("heading", level=1)).to_have_text("The Coast")
    page.go_back()
    expect(rows).not_to_have_count(0)
    assert _cells(rows.last, "what") == ["sessionStart va/v1/sessionStart"]
    expect(detail).to_be_visible()
    assert watch.troubles == []


def test_the_list_keeps_its_places_while_a_person_reads(server: Server, browser: Browser, player: Player) -> None:
    """With the focus in it nothing moves and the focus stays; newcomers wait behind a button, and while paused."""
    page, watch = _opened(browser, server)
    session = player.starts()
    player.says("play", session)
    rows = _requests(page)
    expect(rows).to_have_count(2)

    start = page.get_by_role("button", name="sessionStart")
    page.get_by_role("button", name="play").focus()
    page.keyboard.press("ArrowDown")
    before = start.bounding_box()
    player.says("ping", session)
    expect(page.get_by_text("Holding while you read")).to_be_visible()
    expect(start).to_be_focused()
    assert (2, before) == (rows.count(), start.bounding_box())
    page.get_by_role("button", name="Show 1 new").click()
    expect(rows).to_have_count(3)
    expect(page.get_by_role("button", name="Pause")).to_be_focused()

    page.keyboard.press("Enter")
    expect(page.get_by_text("Paused")).to_be_visible()
    height = page.evaluate("document.documentElement.scrollHeight")
    player.says("pauseStart", session)
    player.says("play", session)
    expect(page.get_by_role("button", name="Show 2 new")).to_be_visible()
    assert (3, height) == (rows.count(), page.evaluate("document.documentElement.scrollHeight"))
    page.get_by_role("button", name="Resume").click()
    page.mouse.move(0, 0)
    expect(rows).to_have_count(5)
    assert ["play va/v1/play"] == _cells(rows.first, "what")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("heading", name="No request yet")).to_be_visible()
    assert watch.troubles == []


def test_filters_stand_in_the_address(server: Server, browser: Browser, player: Player) -> None:
    """Session, identity, datastream and only what was refused: a link does the same elsewhere, Back undoes it; an open session leads here and back."""
    one, other = player.starts(), player.starts()
    page, watch = _opened(browser, server)

    def comes(*expected: list[str]) -> None:
        """Of a ping and a refused play of each session, and of a start that names no datastream, these are shown."""
        expect(page.get_by_text("Listening")).to_be_visible()
        for session in (one, other):
            player.says("ping", session)
            player.says("play", session, -1)
        player.sends("va/v1/sessionStart", said("sessionStart", **details("a", "A")), datastream="nope")
        rows = _requests(page)
        expect(rows).to_have_count(len(expected))
        assert list(expected) == [_cells(rows.nth(n), "result", "what") for n in range(len(expected))]

    ping, play = ["Accepted", "ping va/v1/ping"], ["Refused 400", "play va/v1/play"]
    start = ["Refused 400", "sessionStart va/v1/sessionStart"]
    comes(start, play, ping, play, ping)
    page.get_by_role("radio", name="Only refused").check()
    expect(_requests(page)).to_have_count(3)  # what is held is filtered
    expect(page).to_have_url(re.compile(r"\?show=refused$"))
    page.get_by_role("button", name="Clear").click()
    comes(start, play, play)
    page.get_by_label("Session", exact=True).fill(one)
    page.get_by_label("Session", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="Nothing was refused")).to_be_visible()
    comes(play)
    page.go_back()
    expect(page).to_have_url(re.compile(r"\?show=refused$"))
    expect(page.get_by_label("Session", exact=True)).to_have_value("")
    comes(start, play, play)

    page.goto(f"{server.console_url}/debugger?datastream=nope")
    comes(start)
    known = f"{server.console_url}/api/v1/sessions/{one}"
    until(lambda: httpx.get(known).status_code == 200)
    visitor = httpx.get(known).json()["person"]
    page.goto(f"{server.console_url}/debugger?identity={visitor}")
    comes(ping)

    page.goto(f"{server.console_url}/sessions/{one}?tz=Asia/Tokyo")
    page.get_by_role("link", name="Watch its requests").click()
    expect(page).to_have_url(f"{server.console_url}/debugger?tz=Asia%2FTokyo&session={one}")
    comes(play, ping)
    page.get_by_role("link", name="Open this session").click()
    expect(page).to_have_url(f"{server.console_url}/sessions/{one}?tz=Asia%2FTokyo")
    player.says("sessionEnd", one)
    expect(page.get_by_text("ended by the player")).to_be_visible()
    expect(page.get_by_role("link", name="Watch its requests")).to_be_hidden()
    assert watch.troubles == []


def test_the_first_steps_work_when_they_are_pasted(server: Server, browser: Browser) -> None:
    """An empty list has a command that is taken, and one that is refused for three fields."""
    page, watch = _opened(browser, server)
    expect(page.get_by_text(server.collector_url, exact=True)).to_be_visible()
    assert violations(page) == []
    commands = page.locator(".command pre").all_inner_texts()
    for command in commands:
        subprocess.run(["sh", "-c", command], capture_output=True, check=True, env=clean_environ())
    rows = _requests(page)
    expect(rows).to_have_count(2)
    assert [["Refused 207"], ["Accepted"]] == [_cells(rows.nth(n), "result") for n in range(2)]
    page.get_by_role("button", name="sessionStart").first.click()
    collection = "events[0].xdm.mediaCollection"
    fields = {
        f"{collection}.sessionDetails.length": "Invalid type, expected integer",
        f"{collection}.sessionDetails.playerName": MISSING,
        f"{collection}.playhead": "Value must be greater than or equal to 0",
    }
    shows(fields, lambda: _fields(page))
    assert watch.troubles == []


def test_a_lost_line_is_said_and_found_again(tmp_path: Path, browser: Browser) -> None:
    """What was told stays; after a restart the list goes on, and says that something may be missing in between."""
    doors = ("--port", str(lasting_port()), "--console-port", str(lasting_port()))
    server = Server(tmp_path / "data", "--datastream", "e2e", *doors)
    try:
        page, _ = _opened(browser, server)
        with httpx.Client() as client:
            Player(server, client).starts()
        rows = _requests(page)
        expect(rows).to_have_count(1)
    finally:
        assert 0 == server.stop()
    expect(page.get_by_text("The line is down. Trying again.")).to_be_visible()
    expect(rows).to_have_count(1)

    again = Server(server.data_dir, *doors)
    try:
        expect(page.get_by_text("Listening")).to_be_visible(timeout=60_000)
        expect(rows.first).to_contain_text("requests in between are not shown")
        with httpx.Client() as client:
            Player(again, client).starts()
        expect(rows.first.locator(".r-what")).to_contain_text("sessionStart")
    finally:
        again.end()
