"""A real Chromium for tests: started the same way everywhere, and watched for what a page must not do."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

PATIENCE_S = 30
"""How long a page may take to show what it should: the machine may be busy. Playwright itself is content with 5 s."""

expect.set_options(timeout=PATIENCE_S * 1000)

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)


def executable() -> str:
    """The browser: `PLAYHEAD_CHROMIUM`, else `chromium` on the path. Fails with what to do if there is none."""
    found = os.environ.get("PLAYHEAD_CHROMIUM") or shutil.which("chromium")
    assert found, "these tests need Chromium: install it (Debian: chromium) or name it in PLAYHEAD_CHROMIUM"
    return found


@contextmanager
def chromium(flags: Sequence[str] = ()) -> Iterator[Browser]:
    """A browser for the length of the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()


class Watch:
    """
    Notes what a page does that a person would not see.

    Attributes:
        troubles: Errors and warnings of the console, uncaught errors, failed requests, answers of 400 and above.
        hosts: Host and port of every request, those for `data:` and `blob:` left out.
    """

    def __init__(self, page: Page) -> None:
        self.troubles: list[str] = []
        self.hosts: set[str] = set()
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.troubles.append(f"uncaught: {error}"))
        page.on("request", self._on_request)
        page.on("requestfailed", self._on_failed)
        page.on("response", self._on_response)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.troubles.append(f"console {message.type}: {message.text}")

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"}:
            self.hosts.add(parts.netloc)

    def _on_response(self, answer: Response) -> None:
        if answer.status >= 400:
            self.troubles.append(f"{answer.status} {answer.url}")

    def _on_failed(self, request: Request) -> None:
        # A page that goes away, or asks again, ends what it was waiting for; that is no failure.
        if request.failure != "net::ERR_ABORTED":
            self.troubles.append(f"failed: {request.url} {request.failure}")


def watched_page(context: BrowserContext) -> tuple[Page, Watch]:
    """A new page and what it does."""
    page = context.new_page()
    return page, Watch(page)


def opened(browser: Browser, size: tuple[int, int] = (1440, 900), scheme: str = "light") -> tuple[Page, Watch]:
    """A page of a size and a scheme (`light`, `dark`), without anything open, and what it does."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
    )
    return watched_page(context)


T = TypeVar("T")


def shows(expected: T, read: Callable[[], T]) -> None:
    """Wait until what is read off a page is what is expected, as `expect` does: parts of a page come one by one."""
    deadline = time.monotonic() + PATIENCE_S
    while (found := read()) != expected and time.monotonic() < deadline:
        time.sleep(0.05)
    assert expected == found


def tile_of(page: Page, name: str) -> str:
    """Value and unit of a tile, as read."""
    text = page.get_by_role("group", name=name, exact=True).locator(".tile-value").inner_text()
    return " ".join(text.split())


def cells_of(table: Locator) -> list[list[str]]:
    """The texts of a table's body at one moment, row headings among them; empty while there is no such table."""
    cells = "row => [...row.cells].map(cell => cell.innerText.trim())"
    rows: list[list[str]] = table.evaluate_all(
        f"tables => tables.flatMap(one => [...(one.tBodies[0]?.rows ?? [])].map({cells}))"
    )
    return rows


def rows_of(table: Locator) -> list[list[str]]:
    """The same, of several lines the first. Pictures are no text."""
    return [[cell.split("\n")[0] for cell in row] for row in cells_of(table)]


ROOT = Path(__file__).parents[2]


@cache
def _axe() -> str:
    """The source of axe-core, of the version in the lock file; installed if need be."""
    source = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
    if not source.is_file():
        subprocess.run([sys.executable, ROOT / "hatch_build.py", "packages"], check=True)
    return source.read_text()


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with a page once nothing of it is loading or stale: rule, why, and which elements."""
    expect(page.locator(".skeleton, [aria-busy=true]")).to_have_count(0)
    page.evaluate(_axe())
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {one['help']}: {', '.join(str(node['target']) for node in one['nodes'][:5])}"
        for one in found["violations"]
    ]
