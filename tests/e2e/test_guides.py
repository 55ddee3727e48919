"""What the guides tell to run, run: the curl guide in a shell, the web guide's configuration in a browser with the real SDK."""

import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Route

from e2e.browser import chromium
from e2e.conftest import EXECUTABLE, Server, clean_environ
from e2e.test_serve import until

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "guides"
STATIC = ROOT / "src" / "playhead" / "ui" / "static"
NAMESPACES = """
window.__alloyNS = ["alloy", "media"];
for (const name of window.__alloyNS)
  window[name] = Object.assign((...args) => new Promise((y, n) => window[name].q.push([y, n, args])), {q: []});
"""
HTML = '<!doctype html><title>Player</title><video></video><script src="/alloy.js"></script>'


def blocks(guide: str, language: str) -> list[str]:
    """The code of one language on a page, in order."""
    return re.findall(rf"```{language}\n(.*?)```", (GUIDES / f"{guide}.md").read_text(), re.DOTALL)


def test_the_curl_guide(server: Server) -> None:
    """Pasted one after the other, its blocks start a session, are all answered 204, and show what was counted."""
    told, *steps = blocks("curl", "sh")
    told = told.replace("http://127.0.0.1:8080", server.collector_url).replace(
        "http://127.0.0.1:8081", server.console_url
    )
    told = told.replace("your-datastream-id", server.datastream)
    assert told.count(server.datastream) == 1
    look = next(step for step in steps if "$CONSOLE/api/v1/sessions/$SESSION" in step)
    counted = f"until {look.strip()} | grep -q '\"accepted\":6'; do sleep 0.1; done\n"
    steps.insert(steps.index(look), counted)  # the person's way to the console
    done = subprocess.run(
        ["sh", "-euc", told + "".join(steps)],
        capture_output=True,
        text=True,
        env=clean_environ(),
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    session_id, *said, shown = done.stdout.splitlines()
    assert re.fullmatch(r"[0-9a-f]{64}", session_id)
    assert said == [f"{action} 204" for action in ("play", "ping", "pauseStart", "play", "sessionComplete")]
    assert '"accepted":6' in shown


def sdk(route: Route) -> None:
    """The published bundle."""
    (bundle,) = (STATIC / "assets").glob("alloy-*.min.js")
    route.fulfill(path=bundle, content_type="text/javascript")


def test_the_web_guide(tmp_path: Path) -> None:
    """Its datastream, configuration and session work in a page whose policy is the guide's; so does a second instance."""
    make, *_ = blocks("web", "sh")
    configure, create, beside = blocks("web", "js")
    (policy,) = re.findall(r"^Content-Security-Policy: (.*)$", (GUIDES / "web.md").read_text(), re.MULTILINE)
    make = make.replace("playhead ", f"{EXECUTABLE} ").strip() + f" --data-dir {tmp_path / 'data'}"
    second = f"{EXECUTABLE} datastream create web-media --org-id MEDIA@AdobeOrg --data-dir {tmp_path / 'data'}"
    for command in (make, second):
        subprocess.run(["sh", "-euc", command], check=True, capture_output=True, env=clean_environ(), cwd=tmp_path)
    server = Server(tmp_path / "data", "--tls-self-signed")
    flags = [
        f"--host-resolver-rules=MAP edge.example.com:443 127.0.0.1:{urlsplit(server.collector_url).port}",
        "--ignore-certificate-errors",
        "--disable-features=LocalNetworkAccessChecks",
    ]
    try:
        with chromium(flags) as browser:
            page = browser.new_page()
            page.route(
                "https://www.example.com/watch",
                lambda route: route.fulfill(
                    body=HTML, content_type="text/html", headers={"content-security-policy": policy}
                ),
            )
            page.route("https://www.example.com/alloy.js", sdk)
            page.add_init_script(NAMESPACES)
            hosts: set[str | None] = set()
            page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
            page.goto("https://www.example.com/watch")
            page.evaluate(f"async () => {{ {configure} }}")
            session = create.strip().removeprefix("await ")
            started = page.evaluate(f"async () => {{ return {session} }}")
            page.evaluate(f"async () => {{ {beside} }}")
            other = page.evaluate(f"async () => {{ return {session.replace('alloy(', 'media(')} }}")
            cookies = {cookie["name"] for cookie in page.context.cookies()}
        assert hosts == {"www.example.com", "edge.example.com"}
        assert {"kndctr_ACME_AdobeOrg_identity", "kndctr_MEDIA_AdobeOrg_identity"} <= cookies
        for session_id, datastream in ((started["sessionId"], "web"), (other["sessionId"], "web-media")):
            url = f"{server.console_url}/api/v1/sessions/{session_id}"
            until(lambda: httpx.get(url).status_code == 200)  # noqa: B023 - called at once
            assert httpx.get(url).json()["datastream"] == datastream
    finally:
        assert server.stop() == 0
