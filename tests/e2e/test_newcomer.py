"""
A newcomer at the front page, who has read nothing: three questions, each answered in at most four clicks.

Every click is counted; the answer is read off the page by role and label and is that of the API.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from e2e.browser import shows, watched_page
from e2e.conftest import Server
from e2e.viewings import SHORT, details, now, send, short
from e2e.weeks import report, served_days

pytestmark = pytest.mark.e2e

CLICKS_MAX: Final = 4
DAYS: Final = 6
NEAR_S: Final = 180
"""How near to the place it names a loss is; it is over a stretch."""
LIVE_S: Final = 86_400
"""Length of what is live: nobody reaches its end."""


PLACE: Final = re.compile(r"(?:(\d+):)?(\d+):(\d\d)")
COUNTS: Final = re.compile(r"([\d,]+) sessions? before, ([\d,]+) after")


class Newcomer:
    """
    Somebody with a pointer and nothing else.

    Attributes:
        page: What is seen.
        clicks: How often something was clicked.
    """

    def __init__(self, page: Page, front: str) -> None:
        """At the front page."""
        self.page = page
        self.clicks = 0
        page.goto(front)

    def click(self, what: Locator) -> None:
        """Click on what is seen without scrolling or opening anything first."""
        expect(what).to_be_visible()
        self.clicks += 1
        assert self.clicks <= CLICKS_MAX
        what.click()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server after a week of traffic. What is written ends a few hours late: a day is left for it."""
    began = _midnight(DAYS + 1)
    folder = tmp_path_factory.mktemp("newcomer")
    with served_days(folder, days=DAYS, begin_ms=int(began.timestamp() * 1000)) as running:
        yield running


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["wide", "narrow"])
def newcomer(server: Server, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Newcomer]:
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, timezone_id="UTC")
    page, watch = watched_page(context)
    yield Newcomer(page, server.console_url)
    assert watch.troubles == []
    context.close()


def _midnight(days_ago: int) -> datetime:
    return (now() - timedelta(days=days_ago)).replace(hour=0, minute=0, second=0, microsecond=0)


def _way(page: Page, name: str) -> Locator:
    return page.get_by_role("navigation", name="Main").get_by_role("link", name=name, exact=True)


def _asked(server: Server, path: str, **parameters: str) -> Any:
    answer = httpx.get(f"{server.console_url}/api/v1/{path}", params=parameters, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_how_many_watch_now(server: Server, newcomer: Newcomer) -> None:
    """Live says it, biggest of all."""
    for content in (SHORT[0][0], details("arena", "Arena live", length=LIVE_S, kind="live"), SHORT[2][0]):
        send(server.collector_url, server.datastream, now() - timedelta(seconds=70), short(content, 60, over=False))
    page = newcomer.page
    newcomer.click(_way(page, "Live"))

    viewers = page.get_by_role("group", name="Viewers now").locator(".tile-value")
    shows(True, lambda: _asked(server, "live")["audience"]["viewers"] >= 3)
    shows(True, lambda: viewers.inner_text() == str(_asked(server, "live")["audience"]["viewers"]))
    assert newcomer.clicks == 1


def test_which_title_loses_viewers_and_where(server: Server, newcomer: Newcomer) -> None:
    """Content names the title, the title's page says at which minute."""
    page = newcomer.page
    newcomer.click(_way(page, "Content"))
    tile = page.get_by_role("group", name="Loses most viewers", exact=True)
    newcomer.click(tile.get_by_role("link"))

    first = page.get_by_role("list", name="Steepest losses").get_by_role("listitem").first
    expect(first).to_contain_text(re.compile(r"Loses [\d.]+ % of its viewers (at|between) \d+:\d\d"))
    asked: dict[str, Any] = {
        "metrics": ["content-starts", "content-completes"],
        "dimensions": ["content", "content-name"],
        "segment": {"dimension": "content-length", "op": "!=", "value": LIVE_S},
        "from": _midnight(DAYS).isoformat(),
        "until": now().isoformat(),
        "limit": 1000,
    }
    worst = max(report(server, **asked)["rows"], key=lambda row: row[2] - row[3])
    expect(page.get_by_role("heading", level=1)).to_have_text(worst[1])
    place, counts = PLACE.search(first.inner_text()), COUNTS.search(first.inner_text())
    assert place is not None
    assert counts is not None
    told_s = sum(int(part or 0) * unit for part, unit in zip(place.groups(), (3600, 60, 1), strict=True))
    curve = {"content": worst[0], "from": asked["from"], "until": asked["until"], "axis": "second"}
    rows = _asked(server, "panels/retention", **curve)["rows"]
    near = {sessions for second, sessions, *_ in rows if abs(second - told_s) <= NEAR_S}
    assert {int(counts[1]), int(counts[2])} <= near
    assert int(counts[1]) > int(counts[2])
    assert newcomer.clicks == 2


def test_why_one_session_went_badly(server: Server, newcomer: Newcomer) -> None:
    """Sessions, by the longest wait, its first: a sentence says why, and each part of it opens down to the events."""
    page = newcomer.page
    newcomer.click(_way(page, "Sessions"))
    newcomer.click(page.get_by_role("radio", name="Longest wait"))
    worst = _asked(server, "sessions", sort="waiting", limit="1")["items"][0]
    rows = page.get_by_role("table", name="Sessions").get_by_role("row")
    link = rows.filter(has=page.get_by_role("link")).first.get_by_role("link")
    expect(link).to_have_attribute("href", re.compile(worst["id"]))
    newcomer.click(link)

    qoe = _asked(server, f"sessions/{worst['id']}")["mediaReporting"]["qoeDataDetails"]
    verdict = page.get_by_role("region", name="How it went")
    expect(verdict).to_contain_text("What went wrong")
    said = {"buffering": ("bufferCount", "bufferTime"), "stall": ("stallCount", "stallTime")}
    word = max(said, key=lambda one: qoe.get(said[one][1], 0))
    count, time = (qoe[name] for name in said[word])
    part = verdict.get_by_role("button", name=re.compile(rf"^{count} {word}"))
    expect(part).to_be_visible()
    newcomer.click(part)
    opened = page.get_by_role("region", name=re.compile(r"^What .* is made of$"))
    expect(opened).to_contain_text(f"Shown as {time:,}")
    expect(opened.get_by_role("list", name="Events behind it").first).to_be_visible()
    assert newcomer.clicks == CLICKS_MAX
