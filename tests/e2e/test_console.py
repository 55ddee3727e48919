"""The console in a real browser: what a person reads is what was sent, on wide and narrow pages, in light and dark."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from msgspec import Struct
from playwright.sync_api import Browser, Locator, Page, expect

from e2e.browser import shows, watched_page
from e2e.conftest import Server
from e2e.viewings import EVERYTHING, HOSTILE, SHORT, details, now, send, short

pytestmark = pytest.mark.e2e

PICTURES = os.environ.get("PLAYHEAD_PICTURES")
"""Folder that pictures for the documentation are written to; usually unset, and none is."""
WIDE, NARROW = (1440, 900), (390, 844)
LIVE_MS = 30_000
"""How long a change may take to be seen; two seconds are aimed at, the machine may be busy."""


class World(Struct, frozen=True):
    """A server with viewings in it, and the id of the one in which everything happens."""

    server: Server
    everything: str


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    server = Server(tmp_path_factory.mktemp("console") / "data", "--datastream", "films")
    door = (server.collector_url, "films")
    for content, watched_s, over in reversed(SHORT):
        send(*door, now() - timedelta(seconds=watched_s + 20), short(content, watched_s, over=over))
    everything = send(*door, now() - timedelta(seconds=128), EVERYTHING)
    try:
        _until(server, everything, "closed")
        yield World(server, everything)
    finally:
        server.end()


def _until(server: Server, session_id: str, state: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        answer = httpx.get(f"{server.console_url}/api/v1/sessions/{session_id}")
        if answer.status_code == 200 and answer.json()["state"] == state:
            return
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)


def _picture(page: Page, name: str) -> None:
    if PICTURES:
        page.mouse.move(0, 0)
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


def _number(page: Page, label: str) -> Locator:
    """A number of the session page by its label."""
    term = page.get_by_role("term").filter(has_text=re.compile(f"^{label}$"))
    return term.locator("xpath=following-sibling::dd[1]")


def _value(page: Page, label: str) -> str:
    """The same as read out: value and unit."""
    return " ".join(_number(page, label).inner_text().split())


def _cells(row: Locator) -> list[str]:
    return [" ".join(cell.split()) for cell in row.get_by_role("cell").all_inner_texts()]


CONTRAST = """() => {
  const channels = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const element of document.querySelectorAll("main *, header *, footer *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest("svg, option, .visually-hidden, .skip")) continue;
    const [a, b] = [light(channels(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${element.tagName} ${element.textContent.slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_list_and_session_are_read_off_the_page(
    world: World, browser: Browser, size: tuple[int, int], scheme: str
) -> None:
    """The list and one session show the numbers, quietly: no error, no foreign host, enough contrast, no sideways scroll."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page, watch = watched_page(context)
    page.goto(f"{world.server.console_url}/sessions")

    row = page.get_by_role("row").filter(has_text="The Long Coast, Episode 3")
    expect(row).to_be_visible()
    expected = ["1 min 11 s", "24 s start 1 s · 1 buffering 3 s · 1 stall 20 s", "1", "2"]
    shows(expected, lambda: _cells(row)[3:7])
    state, content, player, *_ = _cells(row)
    assert (state, content) == ("Closed", "The Long Coast, Episode 3 coast-3 · vod")
    assert player.startswith("web-player")
    _is_tidy(page, size)
    _picture(page, f"sessions-{scheme}-{size[0]}")

    row.get_by_role("link").click()
    expect(page).to_have_url(f"{world.server.console_url}/sessions/{world.everything}")
    expect(page.get_by_role("heading", level=1)).to_have_text("The Long Coast, Episode 3")
    times = {"Time played": "71 s", "Total time played": "94 s", "Unique time played": "71 s"}
    shows(times, lambda: {label: _value(page, label) for label in times})
    assert _value(page, "Average minute audience") == "71.0 %"
    assert (_value(page, "Pauses"), _value(page, "Pause time")) == ("1", "9 s")
    assert (_value(page, "Bufferings"), _value(page, "Buffering time")) == ("1", "3 s")
    assert (_value(page, "Stalls"), _value(page, "Stall time")) == ("1", "20 s")
    assert (_value(page, "Errors"), _value(page, "Player errors")) == ("1", "E-101")
    ads = page.get_by_role("table", name="Ads").get_by_role("row")
    played = [["16 s", "16 s", "Completed"], ["15 s", "7 s", "Not completed"]]
    shows(played, lambda: [_cells(ads.nth(n))[-3:] for n in (1, 2)])
    chapters = page.get_by_role("table", name="Chapters").get_by_role("row")
    shows(["60 s", "31 s", "Completed"], lambda: _cells(chapters.nth(1))[-3:])
    _is_tidy(page, size)
    _picture(page, f"session-{scheme}-{size[0]}")

    assert watch.troubles == []
    assert watch.hosts == {urlsplit(world.server.console_url).netloc}
    context.close()


def _is_tidy(page: Page, size: tuple[int, int]) -> None:
    expect(page.locator(".skeleton, [aria-busy=true]")).to_have_count(0)
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    cut = "[...document.querySelectorAll('.scroll')].filter((box) => box.scrollWidth > box.clientWidth).length"
    assert page.evaluate(cut) == 0


def test_hostile_names_are_text(server: Server, browser: Browser) -> None:
    """Content named after markup is shown as it was sent, on its own page too, and nothing of it runs."""
    viewing = short(details(HOSTILE, HOSTILE), 30, over=True)
    send(server.collector_url, "e2e", now() - timedelta(seconds=30), viewing)
    page, watch = watched_page(browser.new_context())
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.goto(f"{server.console_url}/sessions")
    page.get_by_role("link", name=HOSTILE, exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    events = page.get_by_role("list", name="Events in order")
    events.get_by_text("sessionStart").click()
    expect(events.locator("pre")).to_contain_text(HOSTILE.replace('"', '\\"'))
    assert page.locator("main img").count() == 0
    assert page.title().startswith("Session ")
    assert watch.troubles == []


def test_timeline_is_read_with_the_keyboard(world: World, browser: Browser) -> None:
    """The arrow keys go from change to change, and what holds there is said."""
    page, _ = watched_page(browser.new_context())
    page.goto(f"{world.server.console_url}/sessions/{world.everything}")
    instant = page.get_by_role("slider", name="Instant of the session")
    instant.focus()

    instant.press("Home")
    expect(instant).to_have_attribute("aria-valuetext", re.compile("Playhead 0:00, Player Starting"))
    for _ in range(40):
        before = instant.get_attribute("aria-valuetext") or ""
        instant.press("ArrowRight")
        expect(instant).not_to_have_attribute("aria-valuetext", before)
        text = instant.get_attribute("aria-valuetext") or ""
        if "Ad Slow Tea" in text:
            break
    assert (
        "(0:15), Playhead 0:14, Player Ad, Bitrate 1,400 kbps, Ad Slow Tea, Chapter The harbour, States fullscreen"
        in text
    )
    instant.press("End")
    expect(instant).to_have_attribute("aria-valuenow", "128")


def test_events_as_received(world: World, browser: Browser) -> None:
    """Every delivery is there in order; one opens to its JSON; filter and opened event are in the address."""
    page, _ = watched_page(browser.new_context())
    page.goto(f"{world.server.console_url}/sessions/{world.everything}")
    events = page.get_by_role("list", name="Events in order").get_by_role("listitem")

    expect(events).to_have_count(len(EVERYTHING))
    shown = [text.split("\n") for text in events.all_inner_texts()]
    assert [said.action for said in EVERYTHING] == [next(word for word in words if word.isalpha()) for words in shown]
    page.get_by_role("radio", name="Dropped 0").check()
    expect(page).to_have_url(re.compile(r"outcome=dropped"))
    expect(page.get_by_text("None of these.")).to_be_visible()
    page.get_by_role("radio", name=f"All {len(EVERYTHING)}").check()
    events.nth(20).get_by_text("error").click()
    expect(events.nth(20).locator("pre")).to_contain_text('"name": "E-101"')
    expect(page).to_have_url(re.compile(r"event=21"))
    page.reload()
    expect(events.nth(20).locator("pre")).to_contain_text(world.everything)


def test_filters_are_in_the_address(world: World, browser: Browser) -> None:
    """State and content narrow the list, survive a reload, and an empty result says so."""
    page, _ = watched_page(browser.new_context())
    page.goto(f"{world.server.console_url}/sessions")
    rows = page.get_by_role("table", name="Sessions").get_by_role("row")
    expect(rows).to_have_count(len(SHORT) + 2)

    page.get_by_role("radio", name="Open").check()
    expect(rows).to_have_count(3)
    page.get_by_label("Content").fill("news-noon")
    page.get_by_label("Content").press("Enter")
    expect(rows).to_have_count(2)
    page.reload()
    expect(rows).to_have_count(2)
    expect(page.get_by_label("Content")).to_have_value("news-noon")
    page.get_by_label("Content").fill("nothing")
    page.get_by_label("Content").press("Enter")
    expect(page.get_by_role("heading", name="No session matches")).to_be_visible()


def test_theme_is_kept(world: World, browser: Browser) -> None:
    """A chosen theme beats the system's and is there again after a reload."""
    page, _ = watched_page(browser.new_context(color_scheme="light"))
    page.goto(f"{world.server.console_url}/sessions")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    light = page.evaluate(ground)

    page.get_by_role("radio", name="Dark").check()
    dark = page.evaluate(ground)
    page.reload()
    assert (page.evaluate(ground), dark != light) == (dark, True)
    expect(page.get_by_role("radio", name="Dark")).to_be_checked()


def test_keyboard_reaches_everything(world: World, browser: Browser) -> None:
    """The first stop skips to the content; a session opens with Enter; Back returns to the list."""
    page, _ = watched_page(browser.new_context())
    page.goto(f"{world.server.console_url}/sessions")
    link = page.get_by_role("link", name="The Long Coast, Episode 3")
    expect(link).to_be_visible()

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(30):
        page.keyboard.press("Tab")
        if link.evaluate("(element) => element === document.activeElement"):
            break
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("The Long Coast, Episode 3")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sessions")


def test_unknown_session_says_so(world: World, browser: Browser) -> None:
    """An address of no session is answered in words."""
    page, _ = watched_page(browser.new_context())
    page.goto(f"{world.server.console_url}/sessions/{'f' * 64}")

    expect(page.get_by_role("alert")).to_contain_text("There is no session of this id")


def test_console_with_a_token_asks_for_it(tmp_path: Path, browser: Browser) -> None:
    """Nothing is shown before the token is given; a wrong one is told; the right one is remembered."""
    (tmp_path / "token").write_text("open-sesame-for-tests\n")
    server = Server(tmp_path / "data", environ={"PLAYHEAD_CONSOLE_TOKEN_FILE": str(tmp_path / "token")})
    try:
        page, _ = watched_page(browser.new_context())
        page.goto(f"{server.console_url}/sessions")
        field = page.get_by_label("Access token")
        field.fill("wrong")
        field.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("not the console's access token")
        field.fill("open-sesame-for-tests")
        field.press("Enter")
        expect(page.get_by_role("heading", name="No sessions yet")).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name="No sessions yet")).to_be_visible()
    finally:
        server.end()


def test_console_says_when_the_server_is_gone(tmp_path: Path, browser: Browser) -> None:
    """What was shown stays, and a message says that it is no longer renewed, until the server is back."""
    server = Server(tmp_path / "data", "--datastream", "e2e")
    try:
        send(server.collector_url, "e2e", now() - timedelta(seconds=30), EVERYTHING[:4])
        page, _ = watched_page(browser.new_context())
        page.goto(f"{server.console_url}/sessions")
        row = page.get_by_role("row").filter(has_text="The Long Coast")
        expect(row).to_be_visible(timeout=LIVE_MS)
        server.stop()

        expect(page.get_by_role("alert")).to_contain_text("The console does not answer", timeout=LIVE_MS)
        expect(page.get_by_text("Reconnecting")).to_be_visible()
        expect(row).to_be_visible()
    finally:
        server.end()


def test_newcomers_wait_while_the_list_is_used(server: Server, browser: Browser) -> None:
    """A new session does not push down the line a person points at; a button shows it."""
    door = (server.collector_url, "e2e")
    send(*door, now() - timedelta(seconds=30), EVERYTHING[:4])
    page, _ = watched_page(browser.new_context())
    page.goto(f"{server.console_url}/sessions")
    rows = page.get_by_role("table", name="Sessions").get_by_role("row")
    expect(rows).to_have_count(2, timeout=LIVE_MS)
    rows.nth(1).hover()

    send(*door, now() - timedelta(seconds=5), EVERYTHING[:2])
    button = page.get_by_role("button", name="Show 1 new")
    expect(button).to_be_visible(timeout=LIVE_MS)
    expect(rows).to_have_count(2)
    button.click()
    expect(rows).to_have_count(3)


def test_empty_console_shows_the_first_step(server: Server, browser: Browser) -> None:
    """The command shown works when pasted, and the session appears without a reload and without moving the page."""
    page, watch = watched_page(browser.new_context())
    page.goto(f"{server.console_url}/sessions")
    expect(page.get_by_role("heading", name="No sessions yet")).to_be_visible()
    command = page.locator("pre").first.inner_text()
    assert f"{server.collector_url}/ee/va/v1/sessionStart?configId={server.datastream}" in command
    _picture(page, "sessions-empty")

    done = subprocess.run(
        ["bash", "-c", f"{command} -s -w '%{{http_code}}' -o /dev/null"], capture_output=True, text=True, check=True
    )

    assert done.stdout == "200"
    rows = page.get_by_role("table", name="Sessions").get_by_role("row")
    expect(rows.filter(has_text="first-video")).to_be_visible(timeout=LIVE_MS)
    assert watch.troubles == []


def test_open_session_is_live(server: Server, browser: Browser) -> None:
    """Numbers and events of an open session follow what is sent, and no line moves."""
    start = now() - timedelta(seconds=60)
    send(server.collector_url, "e2e", start, EVERYTHING[:4])
    page, watch = watched_page(browser.new_context())
    page.goto(f"{server.console_url}/sessions")
    row = page.get_by_role("row").filter(has_text="The Long Coast")
    expect(row).to_be_visible(timeout=LIVE_MS)
    href = row.get_by_role("link").get_attribute("href") or ""
    page.evaluate(
        "() => { window.moved = 0; new PerformanceObserver((list) => { for (const e of list.getEntries()) window.moved += e.value; })"
        ".observe({ type: 'layout-shift' }); }"
    )
    _ping(server, href.rsplit("/", 1)[1], start + timedelta(seconds=22), 21)
    expect(row.get_by_role("cell").nth(3)).to_have_text("21 s", timeout=LIVE_MS)
    assert page.evaluate("window.moved") < 0.001

    row.get_by_role("link").click()
    expect(_number(page, "Time played")).to_contain_text("21")
    _ping(server, href.rsplit("/", 1)[1], start + timedelta(seconds=32), 31)
    expect(_number(page, "Time played")).to_contain_text("31", timeout=LIVE_MS)
    assert watch.troubles == []


def _ping(server: Server, session_id: str, at: datetime, playhead: int) -> None:
    xdm = {
        "eventType": "media.ping",
        "timestamp": at.isoformat(),
        "mediaCollection": {"playhead": playhead, "sessionID": session_id},
    }
    answer = httpx.post(f"{server.collector_url}/ee/va/v1/ping", json={"events": [{"xdm": xdm}]})
    assert answer.status_code == 204


AD_CLOCK = """(() => { window.elapsed = 0; performance.now = () => window.elapsed; })()"""
"""The clock that ads end by, moved by the test: how long one runs does not depend on how busy the machine is."""


def _without_waits(kinds: list[str]) -> list[str]:
    """Without pings, and without the buffering that a real video does on a machine with much else to do."""
    told = [kind for kind in kinds if kind != "ping"]
    return [
        kind
        for before, kind in pairwise(["", *told])
        if kind != "bufferStart" and (before, kind) != ("bufferStart", "play")
    ]


def test_demo_plays_and_shows_its_session(tmp_path: Path, browser: Browser) -> None:
    """The demo's video plays, its break runs and is skipped, and beside it the session has every event it sent, once."""
    server = Server(tmp_path / "data", "--no-browser", command="demo")
    try:
        found = re.search(r"http://\S+(?=/demo)", server.printed)
        assert found is not None
        console = found[0]
        page, watch = watched_page(browser.new_context(viewport={"width": 1440, "height": 1000}))
        page.add_init_script(AD_CLOCK)
        page.goto(f"{console}/demo")
        expect(page.get_by_role("heading", name="The session appears here")).to_be_visible()

        page.locator("video").evaluate("(video) => video.play()")
        expect(page.get_by_text("Ad 1 of 2")).to_be_visible(timeout=60_000)
        expect(_number(page, "Ads started")).to_contain_text("1", timeout=LIVE_MS)
        page.evaluate("window.elapsed += 5000")
        expect(page.get_by_text("Ad 2 of 2")).to_be_visible()
        expect(_number(page, "Ads started")).to_contain_text("2", timeout=LIVE_MS)
        page.locator("video").evaluate(
            "(video) => video.addEventListener('playing', () => video.pause(), { once: true })"
        )
        page.get_by_role("button", name="Skip ad").click()
        expect(_number(page, "Pauses")).to_contain_text("1", timeout=LIVE_MS)
        _picture(page, "demo")

        href = page.get_by_role("link", name="Open this session on its own page").get_attribute("href")
        requests = page.get_by_role("list", name="Requests").get_by_role("listitem")

        def kept() -> list[dict[str, Any]]:
            items: list[dict[str, Any]] = httpx.get(f"{console}/api/v1{href}/events").json()["items"]
            return items

        shows(True, lambda: requests.count() == len(kept()))
        events = kept()
        assert {event["outcome"] for event in events} == {"accepted"}
        assert _without_waits([event["eventType"].removeprefix("media.") for event in events]) == [
            "sessionStart", "play", "chapterStart", "adBreakStart", "adStart", "adComplete", "adStart", "adSkip",
            "adBreakComplete", "play", "pauseStart",
        ]  # fmt: skip
        assert watch.troubles == []
        assert len(watch.hosts) == 2
    finally:
        server.end()
