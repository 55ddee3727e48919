"""
The reverse proxies of docs/guides/reverse-proxy.md, as they stand there, in front of a real server.

The examples are taken from the page; names, ports and paths of files are all that changes. Both proxies are Debian's.
"""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from e2e.conftest import EXECUTABLE, Server, clean_environ
from e2e.test_crash import rows_of
from e2e.test_serve import until
from e2e.test_tls import COMMON, DETAILS, ERRORS, ORIGIN, said
from playhead.app.addresses import listen
from playhead.app.tls import self_signed
from playhead.journal.log import JournalReader
from playhead.wire.record import decode_record

pytestmark = pytest.mark.e2e

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "reverse-proxy.md").read_text()
NAME = "edge.example.com"

AROUND_NGINX = """
{user} worker_processes 1; daemon off; pid {directory}/nginx.pid; error_log {directory}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {directory}/t1; proxy_temp_path {directory}/t2; fastcgi_temp_path {directory}/t3;
  uwsgi_temp_path {directory}/t4; scgi_temp_path {directory}/t5;
  include {directory}/playhead.conf;
}}
"""
AROUND_CADDY = """{{
	admin off
	auto_https off
	skip_install_trust
	storage file_system {directory}/store
}}
"""
# A line Caddy needs where it cannot fetch a certificate.
CADDY_TLS = "\ttls {cert} {key}\n"


def example(language: str) -> str:
    """The example of the page."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return str(found)


def changed(text: str, changes: Mapping[str, str]) -> str:
    """The text with each of these replaced; each is there."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def program(name: str) -> str:
    """Where a proxy is; fails with what to do if it is not there."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    assert found, f"these tests need {name}: install it (Debian: {name}{'-light' if name == 'nginx' else ''})"
    return found


def free_port() -> int:
    """A port nobody listens on."""
    with listen("127.0.0.1", 0, "") as probe:
        return int(probe.getsockname()[1])


class Answer(NamedTuple):
    """What curl got."""

    status: int
    version: str
    headers: Mapping[str, list[str]]
    body: bytes
    sent: int

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


class Proxy:
    """A proxy that runs in front of a server."""

    def __init__(self, kind: str, directory: Path, server: Server) -> None:
        """Start it and wait until it answers."""
        self.server = server
        self.port = free_port()
        self._cert, key = self_signed(directory, [NAME, "127.0.0.1"], time.time_ns() // 1_000_000)
        upstream = server.collector_url.removeprefix("http://")
        if kind == "nginx":
            configured, check, run = self._nginx(directory, upstream, key)
        else:
            configured, check, run = self._caddy(directory, upstream, key)
        assert configured.exists()
        environ = clean_environ({"HOME": str(directory)})
        checked = subprocess.run(check, capture_output=True, text=True, env=environ, timeout=120, check=False)
        assert checked.returncode == 0, checked.stderr
        self._said = directory / "said"
        with self._said.open("wb") as said_to:
            self.process = subprocess.Popen(run, stdout=said_to, stderr=said_to, env=environ)
        until(self._answers)

    def end(self) -> None:
        """Stop it."""
        self.process.terminate()
        self.process.wait(timeout=60)

    def curl(self, version: str, path: str, *words: str, body: bytes | None = None) -> Answer:
        """One request of curl to the name of the proxy, whose certificate it checks."""
        if body is not None:
            words = (*words, "-H", "content-type: application/json", "-H", "expect:", "--data-binary", "@-")
        told = '\n{"status": %{http_code}, "version": "%{http_version}", "sent": %{size_upload}, "headers": %{header_json}}'
        done = subprocess.run(
            ["curl", "-sS", f"--http{version}", "--cacert", str(self._cert), "-w", told, *words,
             "--resolve", f"{NAME}:{self.port}:127.0.0.1", f"https://{NAME}:{self.port}{path}"],
            input=body, capture_output=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        content, _, rest = done.stdout.rpartition(b'\n{"status"')
        found = json.loads(b'{"status"' + rest)
        return Answer(found["status"], found["version"], found["headers"], content, found["sent"])

    def start(self, version: str, *words: str, extra: Mapping[str, Any] | None = None) -> Answer:
        """A session start; `extra` joins the body."""
        body = json.dumps(json.loads(said("sessionStart", sessionDetails=DETAILS)) | dict(extra or {})).encode()
        return self.curl(version, "//ee/va/v1/sessionStart?configId=e2e", *words, body=body)

    def _answers(self) -> bool:
        assert self.process.poll() is None, self._said.read_text()
        try:
            return httpx.get(f"https://127.0.0.1:{self.port}/healthz", verify=False).status_code == 200  # noqa: S501
        except httpx.TransportError:
            return False

    def _nginx(self, directory: Path, upstream: str, key: Path) -> tuple[Path, list[str], list[str]]:
        live = f"/etc/letsencrypt/live/{NAME}"
        site = changed(
            example("nginx"),
            {
                "127.0.0.1:8080": upstream,
                "listen 443 ": f"listen {self.port} ",
                "listen [::]:443 ": f"listen [::1]:{self.port} ",
                f"{live}/fullchain.pem": str(self._cert),
                f"{live}/privkey.pem": str(key),
            },
        )
        (directory / "playhead.conf").write_text(site)
        user = "user root;" if Path("/proc/self").stat().st_uid == 0 else ""  # its workers must reach the directory
        path = directory / "nginx.conf"
        path.write_text(AROUND_NGINX.format(directory=directory, user=user))
        words = [program("nginx"), "-c", str(path), "-p", str(directory)]
        return path, [*words, "-t"], words

    def _caddy(self, directory: Path, upstream: str, key: Path) -> tuple[Path, list[str], list[str]]:
        site = f"https://{NAME}:{self.port}, https://127.0.0.1:{self.port} {{\n" + CADDY_TLS.format(
            cert=self._cert, key=key
        )
        path = directory / "Caddyfile"
        path.write_text(
            AROUND_CADDY.format(directory=directory)
            + changed(example("caddyfile"), {f"{NAME} {{\n": site, "127.0.0.1:8080": upstream})
        )
        words = ["--config", str(path), "--adapter", "caddyfile"]
        return path, [program("caddy"), "validate", *words], [program("caddy"), "run", *words]


@pytest.fixture(params=["nginx", "caddy"])
def proxy(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Proxy]:
    """Each proxy in front of a server that is configured as the page says."""
    (settings,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    (tmp_path / "playhead.toml").write_text(settings)
    words = ["datastream", "create", "e2e", "--keep-ip", "--data-dir", str(tmp_path / "data")]
    subprocess.run([EXECUTABLE, *words], check=True, capture_output=True, env=clean_environ(), cwd=tmp_path)
    server = Server(tmp_path / "data", "--datastream", "e2e")
    directory = tmp_path / "proxy"
    directory.mkdir(mode=0o755)
    running = None
    try:
        running = Proxy(request.param, directory, server)
        yield running
    finally:
        if running is not None:
            running.end()
        server.end()


@pytest.mark.parametrize("version", ["1.1", "2"])
def test_a_viewing_through_it(proxy: Proxy, version: str) -> None:
    """Start, events on both base paths, refusals: what comes through the proxy is what the collector said."""
    began = proxy.start(version, "-H", f"origin: {ORIGIN}")
    assert (began.status, began.version) == (200, version)
    session_id = str(began.json["handle"][0]["payload"][0]["sessionId"])
    assert began.headers["access-control-allow-origin"] == [ORIGIN]
    played = proxy.curl(version, "/ee/va6/va/v1/play", body=said("play", session_id))
    ended = proxy.curl(version, "/ee-pre-prd/va/v1/sessionEnd", body=said("sessionEnd", session_id, playhead=2))
    wrong = proxy.curl(version, "/ee/va/v1/ping", "-H", f"origin: {ORIGIN}", body=said("ping"))
    assert [(one.status, one.body) for one in (played, ended)] == [(204, b""), (200, b"")]
    assert (ended.headers["content-length"], "content-type" in ended.headers) == (["0"], False)
    assert (wrong.status, wrong.json["type"]) == (400, f"{ERRORS}va-edge-0400-400")
    assert wrong.headers["access-control-allow-origin"] == [ORIGIN]
    for one in (began, played, ended, wrong):
        assert {name: len(one.headers.get(name, [])) for name in COMMON} == dict.fromkeys(COMMON, 1)
    sql = f"SELECT count(*) AS n FROM events WHERE session_id = '{session_id}'"  # noqa: S608 - ours
    until(lambda: rows_of(proxy.server, sql) == [{"n": 3}])


def test_answers_of_phones_come_as_asked_for(proxy: Proxy) -> None:
    """The separators phones ask for reach them byte by byte."""
    streaming = {"enabled": True, "recordSeparator": "\0", "lineFeed": "\n"}
    framed = proxy.start("2", extra={"meta": {"konductorConfig": {"streaming": streaming}}})
    assert (framed.status, framed.body[:1], framed.body[-1:]) == (200, b"\0", b"\n")
    assert json.loads(framed.body[1:-1])["handle"][0]["type"] == "media-analytics:new-session"


def test_it_says_where_players_are(proxy: Proxy) -> None:
    """The address that is kept is the one the proxy saw: not the proxy's own, and not what the client claims."""
    claimed = proxy.start("2", "-H", "x-forwarded-for: 203.0.113.7", "--interface", "127.0.0.5")
    assert claimed.status == 200
    reader = JournalReader.open(proxy.server.data_dir / "journal" / "w00", 0)
    records = [payload for batch in reader.read(1 << 20) for _, payload in batch.records]
    assert [decode_record(payload).client_ip for payload in records] == ["127.0.0.5"]


@pytest.mark.parametrize("version", ["1.1", "2"])
def test_bodies(proxy: Proxy, version: str) -> None:
    """A large download gets through; what is too large for the collector is refused by the collector."""
    start = {"mediaEventType": "media.sessionStart", "mediaEventTimestamp": "2026-01-02T10:00:00Z"}
    inner: list[dict[str, Any]] = [{**start, "mediaCollection": {"playhead": 0, "sessionDetails": DETAILS}}]
    xdm = {"eventType": "media.downloaded", "mediaDownloadedEvents": inner, "padding": ["x" * 1000] * 1500}
    body = json.dumps({"events": [{"xdm": xdm}]}).encode()
    assert len(body) > 1_500_000
    answer = proxy.curl(version, "/ee/va/v1/downloaded?configId=e2e", body=body)
    assert (answer.status, answer.json["handle"][0]["type"]) == (200, "media-analytics:new-session")
    for size in (70_000, 1_900_000):
        refused = proxy.curl(version, "/ee/va/v1/ping", "-H", f"origin: {ORIGIN}", body=b" " * size)
        assert (refused.status, refused.json["type"]) == (413, f"{ERRORS}EXEG-0112-413")
        assert refused.headers["access-control-allow-origin"] == [ORIGIN]
        assert refused.sent == size, "the answer came before its time: proxies and clients cut such requests off"


def test_while_the_server_is_away(proxy: Proxy) -> None:
    """Without a server players are told to come back, pages may read it, and a server that is back answers at once."""
    port = proxy.server.collector_url.rpartition(":")[2]
    assert proxy.server.stop() == 0
    away = proxy.curl("2", "/ee/va/v1/ping", "-H", f"origin: {ORIGIN}", body=said("ping"))
    assert (away.status, away.json["type"]) == (503, f"{ERRORS}EXEG-0000-503")
    assert {name: away.headers[name] for name in ("retry-after", "content-type", "access-control-allow-origin")} == {
        "retry-after": ["1"],
        "content-type": ["application/problem+json"],
        "access-control-allow-origin": [ORIGIN],
    }
    again = Server(proxy.server.data_dir, "--datastream", "e2e", "--port", port)
    try:
        assert proxy.start("2").status == 200
    finally:
        assert again.stop() == 0
