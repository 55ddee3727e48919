"""The requests of the published session-start document, pasted into a shell, get the documented answers."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from contracts_data import CONTRACTS
from e2e.conftest import Server

pytestmark = [pytest.mark.e2e, pytest.mark.conformance]

HEADERS_OF_A_START = {
    "x-request-id", "x-rate-limit-remaining", "vary", "date", "x-konductor", "x-adobe-edge", "server", "content-type",
    "strict-transport-security", "cache-control", "x-xss-protection", "x-content-type-options",
}  # fmt: skip


def _commands() -> tuple[str, str]:
    """The document's two curl commands, as printed there."""
    assert CONTRACTS is not None
    found = re.findall(r"^curl -X.*?^\}'$", (CONTRACTS / "seed.md").read_text(), re.MULTILINE | re.DOTALL)
    assert len(found) == 2
    return found[0], found[1]


def _paste(command: str, server: Server, home: Path) -> tuple[int, dict[str, str], str]:
    """Run a command in a shell whose curl finds our server behind the documented host name."""
    port = server.collector_url.rsplit(":", 1)[1]
    (home / ".curlrc").write_text(
        f'connect-to = "::127.0.0.1:{port}"\ninsecure\nsilent\nshow-error\ndump-header = "{home / "head"}"\n'
    )
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "CURL_HOME": str(home), "HOME": str(home)},
        timeout=120,
    )
    status, *lines = (home / "head").read_text().splitlines()
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    return int(status.split()[1]), headers, done.stdout


def test_both_requests_as_printed(tls_server: Server, tmp_path: Path) -> None:
    """With datastream and session id filled in and nothing else changed, both answers are as documented."""
    start, complete = _commands()

    status, headers, body = _paste(start.replace("{datastreamId}", tls_server.datastream), tls_server, tmp_path)
    assert status == 200
    assert set(headers) >= HEADERS_OF_A_START
    assert headers["content-type"] == "application/json;charset=utf-8"
    answer = json.loads(body)
    assert set(answer) == {"requestId", "handle"}
    session, state = answer["handle"][0], answer["handle"][-1]
    assert (session["type"], session["eventIndex"]) == ("media-analytics:new-session", 0)
    session_id = session["payload"][0]["sessionId"]
    assert re.fullmatch(r"[0-9a-f]{64}", session_id)
    assert state["type"] == "state:store"
    cluster, identity = state["payload"]
    assert re.fullmatch(r"kndctr_\w+_AdobeOrg_cluster", cluster["key"])
    assert cluster["maxAge"] == 1800
    assert re.fullmatch(r"kndctr_\w+_AdobeOrg_identity", identity["key"])
    assert identity["maxAge"] == 34128000

    documented_id = re.search(r'"sessionID": "([0-9a-f]{64})"', complete)
    assert documented_id is not None
    status, headers, body = _paste(complete.replace(documented_id[1], session_id), tls_server, tmp_path)
    assert (status, body) == (200, "")
    assert headers["content-length"] == "0"
    assert "content-type" not in headers
