"""The balance sheet of a real server, by curl: what was sent is what it says, at once and for ever."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from e2e.conftest import Server, clean_environ
from e2e.test_serve import DETAILS, event, session_id_of, start_session, until

pytestmark = pytest.mark.e2e


def curled(server: Server, query: str = "") -> Mapping[str, Any]:
    """The sheet, by curl."""
    words = ["curl", "-sS", "--fail", f"{server.console_url}/api/v1/balance{query}"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=clean_environ(), timeout=30)
    answer: Mapping[str, Any] = json.loads(done.stdout)
    return answer


def sums(line: Mapping[str, Any], *names: str) -> dict[str, object]:
    """Some members of a line."""
    return {name: line[name] for name in names}


def said_to(server: Server, path: str, body: object, status: int) -> httpx.Response:
    """A request, answered as expected; texts are sent as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = httpx.post(f"{server.collector_url}/ee/{path}", content=content)
    assert status == answer.status_code, answer.text
    return answer


def events(*several: Mapping[str, Any]) -> dict[str, Any]:
    """One request of several with one event each."""
    return {"events": [one["events"][0] for one in several]}


def test_every_event_is_in_the_sheet(server: Server) -> None:
    """Taken, repeated, late, refused whole and in part; by datastream; seen at once, and kept over a restart."""
    with httpx.Client() as client:
        session = session_id_of(start_session(server, client))
    ping, nobodys = event("ping", session), event("ping", "0" * 64)
    start, bad_start = event("sessionStart", sessionDetails=DETAILS), event("sessionStart")
    other = {"events": [{"xdm": {"eventType": "web.webpagedetails.pageViews"}}]}
    said_to(server, "va/v1/play", event("play", session), 204)
    said_to(server, "va/v1/ping?requestId=r", ping, 204)
    said_to(server, "va/v1/ping?requestId=r", ping, 204)  # duplicate
    said_to(server, "va/v1/sessionEnd", event("sessionEnd", session), 204)
    said_to(server, "va/v1/sessionEnd?requestId=2", event("sessionEnd", session, playhead=1), 204)  # dropped
    said_to(server, "va/v1/ping", events(nobodys, nobodys), 404)
    said_to(server, "va/v1/ping?configId=stranger", b"{", 400)
    said_to(server, "va/v1/ping?configId=e2e", event("play", session), 400)  # the path says ping
    said_to(server, "va/v1/sessionStart?configId=nobodys", start, 400)
    said_to(server, "v1/interact?configId=e2e", events(start, bad_start, nobodys, other), 207)
    said_to(server, "v1/interact?configId=nobodys", events(start, other, start), 400)
    said_to(server, "v1/interact?configId=e2e", other, 200)
    at_once = curled(server)
    assert (True, True, 16) == (at_once["holds"], at_once["complete"], at_once["totals"]["received"])

    until(lambda: curled(server)["totals"]["waiting"] == 0)
    [nameless, named] = curled(server, "?granularity=total")["items"]
    expected = {"datastream": "e2e", "received": 10, "accepted": 7, "refused": 3, "counted": 5}
    assert expected == sums(named, *expected)
    assert {"va-edge-0400-400:mismatch": 1, "va-edge-0400-400": 1, "va-edge-0404-404": 1} == named["refusedBy"]
    assert ({"duplicate_request": 1}, {"session_ended": 1}) == (named["duplicateBy"], named["droppedBy"])
    assert {"received": 8, "accepted": 7, "refused": 1} == sums(named["requests"], "received", "accepted", "refused")
    expected = {"datastream": "", "received": 6, "accepted": 0, "refused": 6}
    assert expected == sums(nameless, *expected)
    assert {"va-edge-0404-404": 2, "EXEG-0101-400": 1, "EXEG-0003-400": 3} == nameless["refusedBy"]

    before = curled(server, "?datastream=e2e")
    assert 0 == server.stop()
    again = Server(server.data_dir)
    try:
        assert before == curled(again, "?datastream=e2e")
    finally:
        again.end()
