"""The servers that are measured, each on core 0, each on a port of its own, all ended with the measurement."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from playhead.app.collector_link import Orders
from playhead.base.units import DatastreamId
from playhead.collector.config import CollectorConfig
from playhead.deployment.datastreams import Datastream, DatastreamFile
from playhead.deployment.keys import Keys, load_or_create_keys
from playhead.deployment.layout import Layout

SERVER_CORE = 0
CLIENT_CORE = 1
DATASTREAM = DatastreamId("bench")
PATIENCE_S = 10

NGINX = """
worker_processes 1; daemon off; {user} pid {directory}/nginx.pid; error_log {directory}/error.log;
events {{ worker_connections 1024; }}
http {{
  log_format body escape=none '$request_body';
  client_body_temp_path {directory}/t1; proxy_temp_path {directory}/t2; fastcgi_temp_path {directory}/t3;
  uwsgi_temp_path {directory}/t4; scgi_temp_path {directory}/t5;
  client_body_buffer_size 256k; client_max_body_size 1m; keepalive_requests 100000000;
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    root {directory}/none;
    location / {{ mirror /read; error_page 404 405 =204 @done; }}  # the mirror is what makes nginx read the body
    location = /read {{ internal; access_log off; return 204; }}
    location @done {{ access_log {directory}/bodies.log body; return 204; }}
  }}
}}
"""

NODE = """
const http = require('http'), fs = require('fs');
const out = fs.createWriteStream(process.argv[3]);
http.createServer((request, response) => {
  const parts = [];
  request.on('data', part => parts.push(part));
  request.on('end', () => { out.write(Buffer.concat(parts)); response.writeHead(204); response.end(); });
}).listen(+process.argv[2], '127.0.0.1');
"""


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pinned(command: list[str], core: int) -> list[str]:
    """The command on one core, where that can be said."""
    return ["taskset", "-c", str(core), *command] if shutil.which("taskset") else command


@contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    """The program while it listens on the port; ended afterwards."""
    process = subprocess.Popen(pinned(command, SERVER_CORE), stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield
    finally:
        process.terminate()
        process.wait()


def wait_for(port: int) -> None:
    """Return when something answers on the port."""
    began = time.monotonic()
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() - began > PATIENCE_S:
                raise
            time.sleep(0.02)
        else:
            return


@contextmanager
def nginx(directory: Path) -> Iterator[int]:
    """The web server nginx writing each body to its log, not synced. Gives its port."""
    directory.mkdir()
    port = free_port()
    user = "user root;" if os.geteuid() == 0 else ""  # its workers must reach the temporary directory
    (directory / "nginx.conf").write_text(NGINX.format(directory=directory.resolve(), port=port, user=user))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with running([program, "-c", str((directory / "nginx.conf").resolve()), "-p", str(directory.resolve())], port):
        post(port, "/ee/va/v1/ping", b'{"proof": 1}')
        began = time.monotonic()
        while b'{"proof": 1}' not in (directory / "bodies.log").read_bytes():  # it logs after it answers
            if time.monotonic() - began > PATIENCE_S:
                raise RuntimeError("nginx does not write the body")
            time.sleep(0.01)
        yield port


@contextmanager
def node(directory: Path) -> Iterator[int]:
    """Node's bare http server appending each body to a file, not synced. Gives its port."""
    directory.mkdir()
    port = free_port()
    (directory / "server.js").write_text(NODE)
    with running(["node", str(directory / "server.js"), str(port), str(directory / "bodies.log")], port):
        yield port


class Collector:
    """
    A collector process as `playhead serve` starts them.

    Attributes:
        port: Where it answers.
        keys: Secrets of its deployment, to mint sessions with.
        journal: Directory of its journal.
    """

    def __init__(self, port: int, keys: Keys, journal: Path) -> None:
        self.port = port
        self.keys = keys
        self.journal = journal


@contextmanager
def collector(directory: Path) -> Iterator[Collector]:
    """The collector on an empty data directory with one datastream."""
    directory.mkdir()
    layout = Layout(directory.resolve())
    layout.journals.mkdir(parents=True, exist_ok=True)
    now_ms = time.time_ns() // 1_000_000
    DatastreamFile(layout.datastreams).create(
        Datastream(id=DATASTREAM, name="bench", org_id="BENCH@Example", created_ms=now_ms)
    )
    keys = load_or_create_keys(layout.keys, now_ms)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1024)
        port = int(listener.getsockname()[1])
        os.set_inheritable(listener.fileno(), True)
        orders = Orders(worker=0, data_dir=str(layout.root), listener=listener.fileno(), config=CollectorConfig())
        process = subprocess.Popen(
            pinned([sys.executable, "-m", "playhead.app.collector_process"], SERVER_CORE),
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=[listener.fileno()],
        )  # fmt: skip
    try:
        _say(process, msgspec.json.encode(orders) + b"\n")
        wait_for(port)
        yield Collector(port, keys, layout.journal(0))
    finally:
        if process.stdin is not None:
            process.stdin.close()  # the collector ends in order
        process.wait()


def _say(process: "subprocess.Popen[bytes]", line: bytes) -> None:
    if process.stdin is not None:
        process.stdin.write(line)
        process.stdin.flush()


def post(port: int, path: str, body: bytes) -> int:
    """Send one request; its status."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
        return int(answer.status)
