"""`playhead serve` as an operator meets it: start, first curl, refusals, stop, and what changes while it runs."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from e2e.conftest import EXECUTABLE, Server, children_of, clean_environ, is_running

pytestmark = pytest.mark.e2e


SOON_S = 1.5
"""About a second: from a change of the datastreams to the collectors that follow it."""


def until(condition: Callable[[], bool], within_s: float = 60) -> None:
    """Wait until it holds; fails when that takes longer."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def playhead(*words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command."""
    return subprocess.run(
        [EXECUTABLE, *words], capture_output=True, text=True, cwd=cwd, env=clean_environ(), timeout=120, check=False
    )


def event(action: str, session_id: str | None = None, **members: Any) -> dict[str, Any]:
    """A request with one event."""
    collection = {"playhead": 0, **members} | ({"sessionID": session_id} if session_id else {})
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {"events": [{"xdm": {"eventType": f"media.{action}", "timestamp": stamp, "mediaCollection": collection}}]}


DETAILS = {"name": "v", "length": 60, "contentType": "vod", "channel": "c", "playerName": "p"}


def start_session(server: Server, client: httpx.Client, datastream: str = "") -> httpx.Response:
    """A session start."""
    return client.post(
        f"{server.collector_url}/ee/va/v1/sessionStart",
        params={"configId": datastream or server.datastream},
        json=event("sessionStart", sessionDetails=DETAILS),
    )


def session_id_of(answer: httpx.Response) -> str:
    """The session id in an answer to a start."""
    assert answer.status_code == 200, answer.text
    return str(answer.json()["handle"][0]["payload"][0]["sessionId"])


def shown(server: Server, session_id: str) -> httpx.Response:
    """The session at the console."""
    return httpx.get(f"{server.console_url}/api/v1/sessions/{session_id}")


def complaints(server: Server) -> list[str]:
    """What it said, but for what it says where starting takes long: the machine may be busy."""
    return [line for line in server.said.splitlines() if "still opening journals and store" not in line]


def pasted(server: Server) -> str:
    """The printed curl."""
    found = re.search(r"^curl .*?'$(?=\n\n|\n?\Z)", server.printed, re.MULTILINE | re.DOTALL)
    assert found is not None, server.printed
    return found[0]


@pytest.mark.parametrize("options", [[], ["--tls-self-signed"], ["--workers", "2"]], ids=" ".join)
def test_the_printed_curl_works(tmp_path: Path, options: list[str]) -> None:
    """Pasted into a shell, the curl of an empty directory and of a later start make a session the console shows."""
    for _ in range(2):
        server = Server(tmp_path / "data", *options)
        try:
            done = subprocess.run(
                ["sh", "-c", pasted(server)],
                capture_output=True,
                text=True,
                check=True,
                env=clean_environ(),
                timeout=120,
            )
            session_id = json.loads(done.stdout)["handle"][0]["payload"][0]["sessionId"]
            until(lambda: shown(server, session_id).status_code == 200)  # noqa: B023 - called at once
            assert shown(server, session_id).json()["state"] == "open"
            assert complaints(server) == []
        finally:
            assert server.stop() == 0
    assert len(json.loads(playhead("datastream", "list", "--json", "--data-dir", "data", cwd=tmp_path).stdout)) == 1


def test_a_second_server_is_refused(server: Server, tmp_path: Path) -> None:
    """The same directory is held once; the refusal names directory and process, and the first goes on."""
    done = playhead("serve", "--data-dir", str(server.data_dir), "--port", "0", "--console-port", "0", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    expected = (
        f"playhead: the data directory {server.data_dir} is in use by another Playhead (process {server.process.pid})"
    )
    assert done.stderr.startswith(expected)
    assert httpx.get(f"{server.collector_url}/healthz").status_code == 200


@pytest.mark.parametrize("option", ["--port", "--console-port"])
def test_a_taken_port_is_said(tmp_path: Path, option: str) -> None:
    """A port in use ends the start with one line and leaves the directory free."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        other_option = "--console-port" if option == "--port" else "--port"
        words = ["serve", "--data-dir", "data", "--host", "127.0.0.1", option, str(port), other_option, "0"]
        done = playhead(*words, cwd=tmp_path)
    expected = f"playhead: port {port} on 127.0.0.1 is in use by another program; choose another one with {option}\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", expected)


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_keeps_everything(tmp_path: Path, name: signal.Signals) -> None:
    """After a stop nothing runs, the status is 0, and the store has every acknowledged event without a restart."""
    server = Server(tmp_path / "data")
    processes = server.processes()
    with httpx.Client() as client:
        session_id = session_id_of(start_session(server, client))
        for _ in range(50):
            answer = client.post(f"{server.collector_url}/ee/va/v1/ping", json=event("ping", session_id))
            assert answer.status_code == 204
        assert server.stop(name) == 0
    assert [process for process in processes if is_running(process)] == []
    sql = "SELECT count(*) AS n FROM events"
    done = playhead("query", sql, "--format", "jsonl", "--data-dir", "data", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"n": 51})


def test_ctrl_c_in_a_terminal_reaches_the_server_only(tmp_path: Path) -> None:
    """SIGINT to the whole group, as a terminal sends it, still ends in order: collectors are asked by the server."""
    server = Server(tmp_path / "data")
    collectors = children_of(server.process.pid)
    assert [os.getpgid(process) == os.getpgid(server.process.pid) for process in collectors] == [False]
    assert server.stop(signal.SIGINT) == 0


def test_a_second_ctrl_c_hurries(tmp_path: Path) -> None:
    """Asked twice, it ends at once, in order too."""
    server = Server(tmp_path / "data")
    processes = server.processes()
    server.process.send_signal(signal.SIGINT)
    assert server.stop(signal.SIGINT) == 0
    assert [process for process in processes if is_running(process)] == []


def test_collectors_do_not_outlive_the_server(tmp_path: Path) -> None:
    """When the server is killed, its collectors seal their journals and end, and the next start finds nothing torn."""
    server = Server(tmp_path / "data", "--workers", "2")
    collectors = children_of(server.process.pid)
    server.process.kill()
    server.process.wait(timeout=60)
    again = Server(tmp_path / "data", "--workers", "2")  # waits for them
    try:
        assert [process for process in collectors if is_running(process)] == []
        assert complaints(again) == []
    finally:
        assert again.stop() == 0


def test_a_killed_collector_is_replaced(server: Server) -> None:
    """After kill -9 of the collector another one answers on the same port, and the session goes on."""
    with httpx.Client(transport=httpx.HTTPTransport(retries=3)) as client:
        session_id = session_id_of(start_session(server, client))
        (collector,) = children_of(server.process.pid)
        os.kill(collector, signal.SIGKILL)
        until(lambda: children_of(server.process.pid) not in ([collector], []))
    answer = httpx.post(f"{server.collector_url}/ee/va/v1/ping", json=event("ping", session_id))
    assert answer.status_code == 204
    until(lambda: shown(server, session_id).json()["counts"]["accepted"] == 2)
    until(lambda: httpx.get(f"{server.console_url}/readyz").status_code == 200)
    assert "a collector died and is started again" in server.said


def test_a_datastream_made_while_it_runs(server: Server, tmp_path: Path) -> None:
    """A datastream made on the command line is accepted within about a second; a disabled one refused as fast."""
    with httpx.Client() as client:
        took_s: list[float] = []
        for name in ("tv", "radio", "cinema"):  # the best of a few counts: the machine may be busy
            assert start_session(server, client, name).status_code == 400
            for word, asked, status in (("create", f"{name}:dev", 200), ("disable", name, 422)):
                done = playhead("datastream", word, name, "--data-dir", str(server.data_dir), cwd=tmp_path)
                assert done.returncode == 0, done.stderr
                began_s = time.monotonic()
                until(lambda: start_session(server, client, asked).status_code == status)  # noqa: B023 - called at once
                took_s.append(time.monotonic() - began_s)
            if max(took_s[-2:]) < SOON_S:
                break
        assert max(min(took_s[::2]), min(took_s[1::2])) < SOON_S


def test_settings_of_a_datastream_count(server: Server, tmp_path: Path) -> None:
    """A session of a datastream with an idle timeout of its own closes by it, and the collector hears of it."""
    words = ["datastream", "create", "short", "--idle-timeout-s", "1", "--data-dir", str(server.data_dir)]
    assert playhead(*words, cwd=tmp_path).returncode == 0
    with httpx.Client() as client:
        until(lambda: start_session(server, client, "short").status_code == 200)
        session_id = session_id_of(start_session(server, client, "short"))
        until(
            lambda: (
                shown(server, session_id).status_code == 200 and shown(server, session_id).json()["state"] == "closed"
            )
        )
        assert shown(server, session_id).json()["closeCause"] == "idle"
        ping = event("ping", session_id)
        ping["events"][0]["xdm"]["timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))  # noqa: TID251
        url = f"{server.collector_url}/ee/va/v1/ping"
        until(lambda: client.post(url, json=ping).status_code == 404)


def test_questions_in_sql(server: Server, tmp_path: Path) -> None:
    """While the server runs, questions go through it, in every format; a wrong one has the status 2."""
    with httpx.Client() as client:
        session_id = session_id_of(start_session(server, client))
    until(lambda: shown(server, session_id).status_code == 200)
    data = ["--data-dir", str(server.data_dir)]
    sql = "SELECT session_id, 1 AS one FROM sessions"

    def answer(form: str) -> str:
        done = playhead("query", sql, "--format", form, *data, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    until(lambda: answer("jsonl") != "")
    assert json.loads(answer("jsonl")) == {"session_id": session_id, "one": 1}
    assert answer("csv").split() == ["session_id,one", f"{session_id},1"]
    assert [line.split() for line in answer("table").splitlines()] == [["session_id", "one"], [session_id, "1"]]
    done = playhead("query", "DELETE FROM sessions", *data, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")


def test_a_token_is_asked_for(tmp_path: Path) -> None:
    """With a token file the console asks for the token; the command line knows where it is."""
    token = tmp_path / "token"
    token.write_text("0123456789abcdef0123\n")
    server = Server(tmp_path / "data", environ={"PLAYHEAD_CONSOLE_TOKEN_FILE": str(token)})
    try:
        url = f"{server.console_url}/api/v1/sessions"
        assert httpx.get(url).status_code == 401
        assert httpx.get(url, headers={"authorization": "Bearer 0123456789abcdef0123"}).status_code == 200
        done = playhead("query", "SELECT 1 AS one", "--format", "jsonl", "--data-dir", "data", cwd=tmp_path)
        assert (done.returncode, json.loads(done.stdout)) == (0, {"one": 1})
    finally:
        assert server.stop() == 0


def test_metrics_of_all_parts(server: Server) -> None:
    """/metrics has what the collectors counted a second ago, and the processor's state."""
    with httpx.Client() as client:
        session_id_of(start_session(server, client))
        assert start_session(server, client, "nobody").status_code == 400

    def has(line: str) -> bool:
        return line in httpx.get(f"{server.console_url}/metrics").text.splitlines()

    until(lambda: has('playhead_requests_total{door="collector",route="va/v1/sessionStart",status="200"} 1.0'))
    until(lambda: has('playhead_refusals_total{reason="EXEG-0003-400"} 1.0'))
    until(lambda: has("playhead_open_sessions 1.0"))


def test_the_demo_serves_its_page(tmp_path: Path) -> None:
    """`playhead demo` prints the address of the page, which knows collector and datastream."""
    server = Server(tmp_path / "data", "--no-browser", command="demo")
    try:
        found = re.search(r"http://\S+/demo", server.printed)
        assert found is not None
        assert httpx.get(found[0]).status_code == 200
        target = httpx.get(f"{found[0]}/config.json").json()
        url = f"{target['collectorUrl']}/ee/va/v1/sessionStart"
        body = event("sessionStart", sessionDetails=DETAILS)
        assert httpx.post(url, params={"configId": target["demo"]["datastreamId"]}, json=body).status_code == 200
    finally:
        assert server.stop() == 0
