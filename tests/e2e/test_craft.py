"""What holds of every page of the console, whichever there are: quick, light, still, alone, reachable by keys, readable without colour."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, ViewportSize, expect

from e2e.browser import shows, violations, watched_page
from e2e.conftest import Server
from e2e.weeks import page_url, served_days
from playhead.ui.handlers import CONTENT_SECURITY_POLICY

pytestmark = pytest.mark.e2e

PAGE_BYTES_MAX: Final = 1_500_000
PAINT_MS_MAX: Final = 1_000
"""Asked of the best of a few loads."""
PAINTS: Final = 6
BARE_MS: Final = 60
"""More than a bare word takes on a machine with little else to do."""
SHIFT_MAX: Final = 0.1
"""What is called good (web.dev/cls); of our own pages mostly 0."""
TABS_MAX: Final = 300
STILL_MS: Final = 400
LOADED_MS: Final = 30_000
"""How long it may take until all of a page is there: the machine may be busy."""
WIDE: Final = ViewportSize(width=1440, height=900)
NARROW: Final = ViewportSize(width=390, height=844)

PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]"

OBSERVED = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!entry.hadRecentInput) window.shifts.push([entry.value, entry.sources.map((one) => one.node?.className ?? one.node?.nodeName)]);
    }
  }).observe({ type: "layout-shift", buffered: true });
}"""

FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  at.dataset.reached = "yes";
  const shows = (element, pseudo) => {
    const style = getComputedStyle(element, pseudo);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  };
  // A radio is drawn by the label around it, and what covers a line by the line.
  const seen = shows(at) || shows(at, "::after") || [...(at.parentElement?.children ?? [])].some((one) => shows(one));
  return { name: at.outerHTML.slice(0, 120), seen };
}"""

UNREACHED = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
  .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled && !element.dataset.reached)
  .filter((element) => !(element.type === "radio" && document.querySelector(`input[name="${element.name}"][data-reached]`)))
  .map((element) => element.outerHTML.slice(0, 120))"""

MOVING = """() => document.getAnimations().filter((one) => one.playState === "running")
  .filter((one) => Number(one.effect?.getComputedTiming().duration ?? 0) > 1)
  .map((one) => `${one.animationName ?? one.transitionProperty} of ${one.effect?.target?.className}`)"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served_days(tmp_path_factory.mktemp("craft")) as running:
        yield running


@pytest.fixture(scope="module")
def pages(server: Server, browser: Browser) -> list[str]:
    """The address of every page the navigation has, and of a session; of the week there is traffic of."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(server.console_url)
    links = page.get_by_role("navigation", name="Main").get_by_role("link")
    expect(links.first).to_be_visible()
    paths = [link.get_attribute("href") or "" for link in links.all()]
    context.close()
    own = [path.partition("?")[0] for path in paths if not path.startswith("/api/")]
    assert set(own) >= {"/live", "/overview", "/sessions", "/explore"}
    found = httpx.get(f"{server.console_url}/api/v1/sessions", params={"sort": "waiting", "limit": "1"}).json()["items"]
    return [page_url(server, path) for path in [*own, f"/sessions/{found[0]['id']}"]]


def _loaded(page: Page, address: str) -> None:
    """Go there and wait until there is nothing left to wait for but streams."""
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=LOADED_MS)
    expect(page.locator(".skeleton")).to_have_count(0, timeout=LOADED_MS)
    expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=LOADED_MS)
    page.wait_for_timeout(STILL_MS)


def _name(address: str) -> str:
    return address.partition("?")[0].rsplit("/", 1)[1][:12]


def test_pages_load_little_and_only_from_here(server: Server, browser: Browser, pages: list[str]) -> None:
    """Everything a page loads, unpacked answers included, is below 1.5 MB; nobody else is asked for anything."""
    host = server.console_url.removeprefix("http://")
    for address in pages:
        context = browser.new_context(viewport=WIDE)
        page, watch = watched_page(context)
        finished = _finished(page)
        _loaded(page, address)
        sizes = [_size(request) for request in finished]
        assert {host} == watch.hosts, _name(address)
        assert sum(sizes) < PAGE_BYTES_MAX, (_name(address), sum(sizes))
        assert watch.troubles == [], _name(address)
        context.close()


def _finished(page: Page) -> list[Request]:
    """The requests of a page that were answered whole, from now on."""
    found: list[Request] = []

    def note(request: Request) -> None:
        found.append(request)

    page.on("requestfinished", note)
    return found


def _size(request: Request) -> int:
    size = request.sizes()
    return size["responseBodySize"] + size["responseHeadersSize"]


def test_pages_have_a_strict_policy(pages: list[str]) -> None:
    """Scripts, styles, pictures and connections are of this server only, none inline; no page may frame ours."""
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    for address in pages:
        headers = httpx.get(address).headers
        assert CONTENT_SECURITY_POLICY == headers["content-security-policy"], _name(address)
        assert ("nosniff", "no-referrer") == (headers["x-content-type-options"], headers["referrer-policy"])


def test_pages_are_painted_within_a_second(server: Server, browser: Browser, pages: list[str]) -> None:
    """As the browser measures it, of a page that was loaded before; on a machine so busy that a bare word takes longer, by as much later."""
    context = browser.new_context(viewport=WIDE)
    for address in pages:
        page = context.new_page()
        _loaded(page, address)
        paints: list[tuple[float, float]] = []
        while len(paints) < PAINTS and not any(map(_in_time, paints)):
            paints.append((_painted_ms(page, address), _painted_ms(page, f"{server.console_url}/healthz")))
        assert any(map(_in_time, paints)), (_name(address), paints)
        page.close()
    context.close()


def _painted_ms(page: Page, address: str) -> float:
    page.goto(address)
    shows(True, lambda: page.evaluate(f"{PAINTED} !== undefined"))
    return float(page.evaluate(f"{PAINTED}.startTime"))


def _in_time(paints: tuple[float, float]) -> bool:
    """Whether a page was painted soon enough, by what a bare word took just after it."""
    page_ms, bare_ms = paints
    return page_ms < PAINT_MS_MAX * max(1, bare_ms / BARE_MS)


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_pages_are_still_laid_out_and_reached_by_keys(browser: Browser, pages: list[str], size: Any) -> None:
    """Each page, loaded once, does not jump; is laid out for those who hear it; all of it is reached by keys and seen."""
    context = browser.new_context(viewport=size)
    context.add_init_script(f"({OBSERVED})()")
    for address in pages:
        page = context.new_page()
        _loaded(page, address)
        shifts = page.evaluate("window.shifts")
        assert sum(value for value, _ in shifts) < SHIFT_MAX, (_name(address), shifts)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), _name(address)
        _is_laid_out(page, address)
        _is_reached_by_keys(page, address)
        page.close()
    context.close()


def _is_laid_out(page: Page, address: str) -> None:
    """One h1, which the title begins with; a banner, a navigation that says where one is, a main part; nothing axe minds."""
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_count(1)
    if "/sessions/" not in address:
        expect(page).to_have_title(re.compile(rf"^{re.escape(heading.inner_text())}.* · Playhead$"))
    for role in ("banner", "main", "contentinfo"):
        expect(page.get_by_role(role)).to_have_count(1)
    assert page.get_by_role("navigation", name="Main").locator("[aria-current=page]").count() == 1
    levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map((one) => Number(one.tagName[1]))")
    assert all(later <= before + 1 for before, later in pairwise(levels)), (_name(address), levels)
    assert (_name(address), []) == (_name(address), violations(page))


def _is_reached_by_keys(page: Page, address: str) -> None:
    """Tab comes by everything that can be used, in one round, and what has the focus shows it."""
    page.evaluate(
        "document.querySelectorAll('.events li:nth-child(n+6), tbody tr:nth-child(n+6)').forEach((one) => one.remove())"
    )
    unseen = []
    for _ in range(TABS_MAX):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None:
            break
        if not at["seen"]:
            unseen.append(at["name"])
    assert (_name(address), []) == (_name(address), unseen)
    assert (_name(address), []) == (_name(address), page.evaluate(UNREACHED))


def test_nothing_moves_for_those_who_asked_for_it(browser: Browser, pages: list[str]) -> None:
    """With reduced motion neither the skeletons nor anything on the loaded page is animated."""
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    for address in pages:
        page = context.new_page()
        page.goto(address, wait_until="commit")
        expect(page.get_by_role("main")).to_be_visible()
        assert page.evaluate(MOVING) == [], _name(address)
        _loaded(page, address)
        page.get_by_role("main").hover()
        assert page.evaluate(MOVING) == [], _name(address)
        page.close()
    context.close()


def test_lines_are_told_apart_without_colour(server: Server, browser: Browser) -> None:
    """Lines of one chart differ in their dashes, and its key shows the same; in forced colours the page stays whole."""
    context = _forced(browser)
    page, watch = watched_page(context)
    asked = {"metrics": "media-starts", "by": "content-type", "granularity": "day"}
    _loaded(page, page_url(server, "/explore", **asked))
    keys = page.locator(".chart-legend .swatch line")
    dashes = [key.evaluate("(line) => getComputedStyle(line).strokeDasharray") for key in keys.all()]
    assert len(dashes) > 1
    assert len(set(dashes)) == len(dashes)
    assert violations(page) == []
    assert watch.troubles == []
    context.close()


def _forced(browser: Browser) -> BrowserContext:
    return browser.new_context(viewport=WIDE, forced_colors="active")
