"""
The door with a certificate, spoken to by real clients: curl, a browser, and many requests at once over HTTP/2.

Every answer is the same over HTTP/1.1 and HTTP/2, the certificate is verified, and an acknowledged event is stored once
whatever happens to the server.
"""

import asyncio
import json
import os
import resource
import socket
import ssl
import subprocess
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest

from e2e.browser import chromium
from e2e.conftest import Server
from e2e.test_crash import Load, check_rounds, rows_of
from e2e.test_serve import until

pytestmark = pytest.mark.e2e

DETAILS = {"name": "v", "length": 600, "contentType": "vod", "channel": "c", "playerName": "p"}
ORIGIN = "https://www.shop.example"
ERRORS = "https://ns.adobe.com/aep/errors/"
COMMON = (
    "x-request-id", "x-rate-limit-remaining", "x-konductor", "x-adobe-edge", "vary", "cache-control",
    "strict-transport-security", "x-content-type-options", "x-xss-protection", "server", "date",
)  # fmt: skip
AT_ONCE = 500

both = pytest.mark.parametrize("version", ["1.1", "2"])


class Answer(NamedTuple):
    """What curl got."""

    status: int
    version: str
    headers: Mapping[str, list[str]]
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


def certificate_of(server: Server) -> Path:
    """The certificate the server made for itself."""
    return server.data_dir / "tls" / "self-signed.crt"


def curl(server: Server, version: str, path: str, *words: str, body: bytes | None = None) -> Answer:
    """One request of curl, which checks the certificate; a body makes it a POST of JSON."""
    if body is not None:
        words = (*words, "-H", "content-type: application/json", "-H", "expect:", "--data-binary", "@-")
    told = '\n{"status": %{http_code}, "version": "%{http_version}", "headers": %{header_json}}'
    done = subprocess.run(
        ["curl", "-sS", f"--http{version}", "--cacert", str(certificate_of(server)), "-w", told, *words,
         f"{server.collector_url}{path}"],
        input=body, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    content, _, rest = done.stdout.partition(b'\n{"status"')
    found = json.loads(b'{"status"' + rest)
    return Answer(found["status"], found["version"], found["headers"], content)


def said(action: str, session_id: str | None = None, **members: Any) -> bytes:
    """A request with one event of now."""
    collection = {"playhead": 0, **members} | ({"sessionID": session_id} if session_id else {})
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    xdm = {"eventType": f"media.{action}", "timestamp": stamp, "mediaCollection": collection}
    return json.dumps({"events": [{"xdm": xdm}], "query": {"identity": {"fetch": ["ECID"]}}}).encode()


def start(server: Server, version: str, *words: str) -> Answer:
    """A session start."""
    path = f"/ee/va/v1/sessionStart?configId={server.datastream}"
    return curl(server, version, path, *words, body=said("sessionStart", sessionDetails=DETAILS))


def payload(answer: Answer, kind: str) -> Any:
    """What a handle of an answer carries."""
    return next(one["payload"] for one in answer.json["handle"] if one["type"] == kind)


def session_of(answer: Answer) -> str:
    """The session a start made."""
    return str(payload(answer, "media-analytics:new-session")[0]["sessionId"])


@both
def test_a_viewing(tls_server: Server, version: str) -> None:
    """Start, events on both base paths, end: statuses, bodies and the headers of every answer are the documented ones."""
    began = start(tls_server, version)
    session_id = session_of(began)
    answers = [
        began,
        curl(tls_server, version, "/ee/va/v1/play", body=said("play", session_id)),
        curl(tls_server, version, "//ee/va6/va/v1/PING/", body=said("ping", session_id, playhead=1)),
        curl(tls_server, version, "/ee-pre-prd/va/v1/sessionEnd", body=said("sessionEnd", session_id, playhead=2)),
    ]
    assert [(one.status, one.version) for one in answers] == [(status, version) for status in (200, 204, 204, 200)]
    assert began.headers["content-type"] == ["application/json;charset=utf-8"]
    assert [one.body for one in answers[1:]] == [b"", b"", b""]
    assert "content-length" not in answers[1].headers
    assert answers[3].headers["content-length"] == ["0"]
    assert [one for one in answers[1:] if "content-type" in one.headers] == []
    for one in answers:
        assert {name: len(one.headers.get(name, [])) for name in COMMON} == dict.fromkeys(COMMON, 1)
        assert one.headers["server"] == ["playhead"]
    assert answers[2].headers["x-adobe-edge"][0].startswith("VA6;")
    deadline = time.monotonic() + 60
    sql = f"SELECT event_type FROM events WHERE session_id = '{session_id}'"  # noqa: S608 - ours
    while len(stored := rows_of(tls_server, sql)) < len(answers):
        assert time.monotonic() < deadline
    assert sorted(row["event_type"] for row in stored) == [
        "media.ping",
        "media.play",
        "media.sessionEnd",
        "media.sessionStart",
    ]


@both
def test_refusals(tls_server: Server, version: str) -> None:
    """Field errors, an unknown session, an unknown path and a wrong method are told as ever, with all headers."""
    asked = [
        (400, f"{ERRORS}va-edge-0400-400", curl(tls_server, version, "/ee/va/v1/ping", body=said("ping"))),
        (404, f"{ERRORS}va-edge-0404-404", curl(tls_server, version, "/ee/va/v1/ping", body=said("ping", "a" * 64))),
        (400, f"{ERRORS}EXEG-0101-400", curl(tls_server, version, "/ee/v1/interact?configId=e2e", body=b"{")),
        (404, "", curl(tls_server, version, "/ee/nowhere", body=b"{}")),
        (405, "", curl(tls_server, version, "/ee/va/v1/ping")),
    ]
    for status, kind, answer in asked:
        assert (answer.status, answer.version) == (status, version)
        assert answer.json["type"] == kind if kind else answer.status in {404, 405}
        assert [name for name in COMMON if len(answer.headers.get(name, [])) != 1] == []
    assert asked[-1][2].headers["allow"] == ["POST, OPTIONS"]


@both
def test_cross_origin_calls(tls_server: Server, version: str) -> None:
    """A preflight is answered, and every answer, refusals too, may be read by the page that asked."""
    origin = ("-H", f"origin: {ORIGIN}")
    asking = ("-X", "OPTIONS", *origin, "-H", "access-control-request-headers: content-type,x-trace")
    preflight = curl(tls_server, version, "/ee/va/v1/play", *asking, "-H", "access-control-request-method: POST")
    assert preflight.status == 204
    assert preflight.headers["access-control-allow-methods"] == ["POST, OPTIONS"]
    assert preflight.headers["access-control-allow-headers"] == ["content-type,x-trace"]
    refused = curl(tls_server, version, "/ee/va/v1/ping", *origin, body=said("ping"))
    for answer in (preflight, start(tls_server, version, *origin), refused):
        assert answer.headers["access-control-allow-origin"] == [ORIGIN]
        assert answer.headers["access-control-allow-credentials"] == ["true"]
        assert answer.headers["access-control-expose-headers"] == ["Retry-After, X-Adobe-Edge, X-Request-ID"]


@both
@pytest.mark.parametrize("size", [70_000, 3_000_000])
def test_a_large_body_is_refused_readably(tls_server: Server, version: str, size: int) -> None:
    """413 reaches the client although it is still sending, whether the length was announced or not."""
    for announced in ((), ("-H", "transfer-encoding: chunked") if version == "1.1" else ("-H", "content-length:")):
        answer = curl(tls_server, version, "/ee/va/v1/ping", *announced, body=b" " * size)
        assert (answer.status, answer.json["type"]) == (413, f"{ERRORS}EXEG-0112-413")


def test_cookies_in_several_headers(tls_server: Server) -> None:
    """HTTP/2 may split the Cookie header: the visitor of one part is found, and is not told again."""
    first = start(tls_server, "2")
    kept = {entry["key"]: entry["value"] for entry in payload(first, "state:store")}
    cookies = [("-H", f"cookie: {name}={value}") for name, value in {"a": "1", **kept, "b": "2"}.items()]
    second = start(tls_server, "2", *(word for pair in cookies for word in pair))
    assert payload(second, "identity:result") == payload(first, "identity:result")
    assert [entry["key"].rpartition("_")[2] for entry in payload(second, "state:store")] == ["cluster"]


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_many_streams_at_once(tmp_path: Path, end: str) -> None:
    """Hundreds of requests on one connection are each answered, and what was answered is there once after the end."""
    server = Server(tmp_path / "data", "--datastream", "e2e", "--tls-self-signed")
    try:
        session_id = session_of(start(server, "2"))
        trusted = ssl.create_default_context(cafile=certificate_of(server))

        async def ask() -> list[httpx.Response]:
            limits = httpx.Limits(max_connections=1)
            async with httpx.AsyncClient(http1=False, http2=True, verify=trusted, limits=limits, timeout=60) as client:
                url = f"{server.collector_url}/ee/va/v1/ping"
                bodies = [said("ping", session_id, playhead=number) for number in range(1, AT_ONCE + 1)]
                return list(await asyncio.gather(*(client.post(url, content=body) for body in bodies)))

        answers = asyncio.run(ask())
        assert {(answer.status_code, answer.http_version) for answer in answers} == {(204, "HTTP/2")}
        if end == "stop":
            assert server.stop() == 0
        else:
            server.kill_everything()
    finally:
        server.end()
    again = Server(tmp_path / "data", "--datastream", "e2e", "--tls-self-signed")
    try:
        sql = "SELECT outcome, count(*) AS n, count(DISTINCT playhead_s) AS playheads FROM events GROUP BY outcome"
        deadline = time.monotonic() + 60
        expected = [{"outcome": "accepted", "n": AT_ONCE + 1, "playheads": AT_ONCE + 1}]
        while (found := rows_of(again, sql)) != expected:
            assert time.monotonic() < deadline, found
    finally:
        assert again.stop() == 0


class LoadOverHttp2(Load):
    """Players that speak HTTP/2."""

    def client(self, server: Server) -> httpx.Client:
        """As there, over TLS."""
        trusted = ssl.create_default_context(cafile=certificate_of(server))
        return httpx.Client(base_url=server.collector_url, timeout=60, verify=trusted, http1=False, http2=True)


def test_ends_under_load(tmp_path: Path) -> None:
    """Stopped and killed under load over HTTP/2, with two collectors on one port too, nothing acknowledged is lost."""
    rounds = [(1, "stop"), (2, "kill"), (2, "stop")]
    check_rounds(LoadOverHttp2(), rounds, tmp_path / "data", "--tls-self-signed")


def test_a_browser_speaks_http2(tls_server: Server) -> None:
    """A page of another site posts events to the door over one HTTP/2 connection, preflight included, and reads them."""
    port = urlsplit(tls_server.collector_url).port
    flags = [
        f"--host-resolver-rules=MAP *.shop.example:443 127.0.0.1:{port}",
        "--ignore-certificate-errors",
        "--disable-features=LocalNetworkAccessChecks",
    ]
    with chromium(flags) as browser:
        page = browser.new_page()
        spoken: list[tuple[str, str]] = []
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.on(
            "Network.responseReceived",
            lambda event: spoken.append((urlsplit(event["response"]["url"]).hostname, event["response"]["protocol"])),
        )
        page.goto(f"{ORIGIN}/healthz")  # the door itself by another name: a page of another origin, nothing intercepted
        found = page.evaluate(
            """async (body) => {
              const url = "https://edge.shop.example/ee/va/v1/sessionStart?configId=e2e";
              const ask = () => fetch(url, {method: "POST", body, credentials: "include",
                headers: {"content-type": "application/json"}});
              const answers = await Promise.all([ask(), ask(), ask()]);
              return Promise.all(answers.map(async (one) => [one.status, one.headers.get("x-adobe-edge"),
                (await one.json()).handle.length]));
            }""",
            said("sessionStart", sessionDetails=DETAILS).decode(),
        )
    assert found == [[200, "EDGE1;0", 4]] * 3
    assert len([host for host, _ in spoken if host == "edge.shop.example"]) >= 4
    assert {protocol for _, protocol in spoken} == {"h2"}


def test_a_flood_of_handshakes(tmp_path: Path) -> None:
    """More connections than descriptors, none of which says a word: soon others are served again, and nothing is lost."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    server = Server(tmp_path / "data", "--datastream", "e2e", "--tls-self-signed")
    with ExitStack() as flood:
        try:
            session_id = session_of(start(server, "2"))
            for process in server.processes():
                resource.prlimit(process, resource.RLIMIT_NOFILE, (256, min(256, hard)))
            address = ("127.0.0.1", urlsplit(server.collector_url).port or 0)
            for _ in range(400):
                flood.enter_context(socket.create_connection(address))
            body = said("ping", session_id, playhead=1)
            deadline = time.monotonic() + 120
            words = ["curl", "-sk", "-m", "2", "-o", os.devnull, "-w", "%{http_code}", "-d", "@-"]
            while True:
                done = subprocess.run(
                    [*words, f"{server.collector_url}/ee/va/v1/ping", "-H", "content-type: application/json"],
                    input=body, capture_output=True, check=False,
                )  # fmt: skip
                if done.stdout == b"204":
                    break
                assert time.monotonic() < deadline
            sql = "SELECT count(*) AS n FROM events WHERE outcome = 'accepted'"  # an answer may have come too late for curl
            until(lambda: [row["n"] for row in rows_of(server, sql)] == [2])
        finally:
            assert server.stop() == 0
    assert "opened a journal that was not closed" not in server.said
