"""Checks 8, 15, 16, 18 and 20 to 23 of protocol.md 9: plain requests and curl against a real server."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from clients.edge import (
    ERROR,
    ORG,
    SESSION_DETAILS,
    SITE,
    Answer,
    Edge,
    event_of,
    handles,
    now_ms,
    session_id_of,
    stamp,
    start_of,
    state_of,
    until_status,
)
from contract.test_media_edge_requests import error_details, operation, requests, spoil
from contracts_data import CONTRACTS
from e2e.test_seed import HEADERS_OF_A_START
from playhead.collector.paths import KNOWN_HINTS
from playhead.events.names import ACTION_OF
from playhead.wire.identity import decode_identity, encode_identity

pytestmark = pytest.mark.e2e

ACTIONS = sorted(ACTION_OF.values())
EVENT_ACTIONS = sorted(set(ACTIONS) - {"sessionStart", "downloaded"})
COMMON_HEADERS = HEADERS_OF_A_START - {"content-type"}


def start(edge: Edge, path: str = "/ee/va/v1/sessionStart") -> str:
    """A new session."""
    return session_id_of(edge.say(path, start_of(), SITE))


def problem(answer: Answer) -> tuple[int, str, str]:
    """Status, code and title of an error body that says its own status."""
    body = answer.json
    assert answer.status == body["status"]
    assert "application/problem+json" == answer.headers["content-type"]
    return answer.status, body["type"].removeprefix(ERROR), body["title"]


class Curl:
    """The curl of this machine, for which every host is the server."""

    def __init__(self, edge: Edge, home: Path) -> None:
        self._home = home
        options = (f'connect-to = "::127.0.0.1:{edge.port}"', "insecure", "silent", "show-error")
        (home / ".curlrc").write_text("\n".join([*options, f'dump-header = "{home / "head"}"']) + "\n")

    def paste(self, command: str) -> Answer:
        """Run a command line in a shell."""
        environ = {**os.environ, "CURL_HOME": str(self._home), "HOME": str(self._home)}
        done = subprocess.run(["bash", "-c", command], capture_output=True, check=True, env=environ, timeout=30)
        status, *lines = (self._home / "head").read_text().strip().splitlines()
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return Answer(int(status.split()[1]), headers, done.stdout)

    def post(self, url: str, body: Any) -> Answer:
        """As the documents do it."""
        data = json.dumps(body, ensure_ascii=False).replace("'", "'\\''")
        return self.paste(f"curl -X POST '{url}' --header 'Content-Type: application/json' --data '{data}'")


def seed_text() -> str:
    """The mission's document."""
    assert CONTRACTS is not None
    return (CONTRACTS / "seed.md").read_text(encoding="utf-8")


@pytest.mark.conformance
@pytest.mark.compat(client="curl", behaviour="session start")
@pytest.mark.compat(client="curl", behaviour="documented examples verbatim")
@pytest.mark.compat(client="curl", behaviour="start at one base path, events at another")
def test_check_08_seed_pair(secure_edge: Edge, tmp_path: Path) -> None:
    """SEED's two commands with the ids filled in: 200 with every header of 4.4, then 200 without a byte."""
    curl = Curl(secure_edge, tmp_path)
    commands = re.findall(r"^curl -X.*?^\}'$", seed_text(), re.MULTILINE | re.DOTALL)
    made = curl.paste(commands[0].replace("{datastreamId}", "site"))
    session_id = session_id_of(made)
    assert set(made.headers) >= HEADERS_OF_A_START
    assert re.fullmatch(r"[0-9a-f-]{36}", made.headers["x-request-id"])
    assert made.headers["x-request-id"] != made.json["requestId"]
    assert re.fullmatch(r"[A-Z0-9]+;\d+", made.headers["x-adobe-edge"])
    assert re.fullmatch(r"\S+:[0-9a-f]{8}", made.headers["x-konductor"])
    documented = re.search(r'"sessionID": "([0-9a-f]{64})"', commands[1])
    assert documented is not None
    ended = curl.paste(commands[1].replace(documented[1], session_id))
    assert (200, b"", "0") == (ended.status, ended.body, ended.headers["content-length"])
    assert "content-type" not in ended.headers
    secure_edge.settled(session_id, accepted=2)


@pytest.mark.conformance
@pytest.mark.compat(client="curl", behaviour="documented examples verbatim")
@pytest.mark.parametrize("action", ACTIONS)
def test_check_08_documented_examples(secure_edge: Edge, tmp_path: Path, action: str) -> None:
    """Each request example of the published document by curl: the documented status, in both base paths."""
    curl = Curl(secure_edge, tmp_path)
    (documented,) = (int(status) for status in operation(action)["responses"] if str(status) in {"200", "204"})
    for base in ("ee", "ee-pre-prd"):
        session_id = start(secure_edge)
        for body in requests(action):
            for event in body["events"]:
                if action not in {"sessionStart", "downloaded"}:
                    event["xdm"]["mediaCollection"]["sessionID"] = session_id
            answer = curl.post(f"https://edge.adobedc.net/{base}/va/v1/{action}?configId=site", body)
            expected = 200 if base == "ee-pre-prd" else documented
            assert expected == answer.status, answer.body
            assert (documented == 204) == (answer.body == b"")


@pytest.mark.conformance
@pytest.mark.compat(client="curl", behaviour="documented field errors, names in order")
@pytest.mark.parametrize("action", ACTIONS)
def test_check_15_documented_errors(edge: Edge, action: str) -> None:
    """Each documented 400 and 207 with field errors: exactly these names in this order, requestId in a 400."""
    session_id = start(edge)
    for status, details in error_details(action):
        (body, *_) = requests(action)
        if action not in {"sessionStart", "downloaded"}:
            body["events"][0]["xdm"]["mediaCollection"]["sessionID"] = session_id
        for detail in details:
            spoil(body, status, detail)
        answer = edge.say(f"/ee/va/v1/{action}", body, {**SITE, "requestId": "r"})
        assert int(status) == answer.status
        expected = [detail["name"] for detail in details]
        if status == "207":
            (item,) = answer.json["errors"]
            assert "requestId" not in item["report"]
            inner = "$.xdm.mediaDownloadedEvents[0]"
            expected = [name.replace("$.xdm", inner) if action == "downloaded" else name for name in expected]
            assert expected == [detail["name"] for detail in item["report"]["details"]]
        else:
            assert (400, "va-edge-0400-400", "Bad Request") == problem(answer)
            assert "r" == answer.json["report"]["requestId"]
            assert expected == [detail["name"] for detail in answer.json["report"]["details"]]


@pytest.mark.compat(client="curl", behaviour="unknown session, wrong id, mismatch of path and payload")
def test_check_16_unknown_session(edge: Edge) -> None:
    """64 characters that are no session: form C; 63: a field error; a path that names another action: form B."""
    answer = edge.say("/ee/va/v1/ping", event_of("ping", "5c32e1a6" * 8), {"requestId": "r"})
    assert (404, "va-edge-0404-404", "Not Found") == problem(answer)
    assert ["details", "requestId"] == list(answer.json["report"])
    assert "24 h" in answer.json["report"]["details"]
    short = edge.say("/ee/va/v1/ping", event_of("ping", "a" * 63))
    reason = "Unexpected error. Hint: InvalidApiSidLength=63"
    expected = [{"name": "$.events[0].xdm.mediaCollection.sessionID", "reason": reason}]
    assert expected == short.json["report"]["details"]
    other = edge.say("/ee/va/v1/play", event_of("ping", start(edge)))
    assert (400, "va-edge-0400-400", "Bad Request") == problem(other)
    assert "payload eventType ping, path eventType play" == other.json["report"]["details"]


@pytest.mark.compat(client="curl", behaviour="events after sessionEnd are taken and not counted")
def test_check_16_ended_session(edge: Edge) -> None:
    """After sessionEnd a second one and a late ping are answered with success, and change no number."""
    session_id = start(edge)
    for action in ("play", "sessionEnd"):
        assert 204 == edge.say(f"/ee/va/v1/{action}", event_of(action, session_id)).status
    for action in ("sessionEnd", "ping"):
        assert 204 == edge.say(f"/ee/va/v1/{action}", event_of(action, session_id)).status
    session = edge.settled(session_id, accepted=3, dropped=2)
    assert {"accepted": 3, "duplicate": 0, "dropped": 2} == session["counts"]
    edge.until(session_id, lambda found: found["state"] == "closed")
    again = edge.say("/ee/va/v1/ping", event_of("ping", session_id))
    assert (204, b"") == (again.status, again.body)


@pytest.mark.compat(client="curl", behaviour="location hints, repeated slashes, any case of the action")
@pytest.mark.parametrize("hint", KNOWN_HINTS)
def test_check_18_hints_are_echoed(edge: Edge, hint: str) -> None:
    """Each of the seven hints comes back as EdgeNetwork hint, cluster value and header, and takes events."""
    answer = edge.say(f"/ee/{hint}/va/v1/sessionStart", start_of(), SITE)
    scopes = {item["scope"]: item["hint"] for item in handles(answer.json)["locationHint:result"]}
    assert hint == scopes["EdgeNetwork"]
    known = {"va6": ("34", "7"), "or2": ("35", "9"), "irl1": (None, "6")}.get(hint, (None, None))
    assert known == (scopes.get("Target"), scopes.get("AAM"))
    assert hint == state_of(answer.json)["cluster"]
    assert hint.upper() == answer.headers["x-adobe-edge"].partition(";")[0]
    assert 204 == edge.say(f"/ee/{hint}/va/v1/ping", event_of("ping", session_id_of(answer))).status


@pytest.mark.compat(client="curl", behaviour="location hints, repeated slashes, any case of the action")
def test_check_18_paths(edge: Edge) -> None:
    """An unknown hint is 404 without a byte; repeated slashes, odd case, a legacy hint, a trailing slash are fine."""
    unknown = edge.say("/ee/invalid/va/v1/sessionStart", start_of(), SITE)
    assert (404, b"", "0") == (unknown.status, unknown.body, unknown.headers["content-length"])
    for path in (
        "//ee/va/v1/sessionStart",
        "/ee//va6///va/v1/sessionStart",
        "/ee/va/v1/SESSIONSTART",
        "/ee/t35/va/v1/sessionstart/",
        "/x/y/va6/va/v1/sessionStart",
    ):
        assert re.fullmatch("[0-9a-f]{64}", start(edge, path))


@pytest.mark.compat(client="curl", behaviour="datastream missing, unknown, disabled, with an environment")
def test_check_20_datastreams(edge: Edge) -> None:
    """Unknown: five members exactly; `:dev` resolves; disabled and missing have their codes, on every route that asks."""
    for path, body in (
        ("/ee/va/v1/sessionStart", start_of()),
        ("/ee/v1/interact", start_of()),
        ("/ee/va/v1/downloaded", DOWNLOAD),
    ):
        unknown = edge.say(path, body, {"configId": "nobody:prod"})
        assert (400, "EXEG-0003-400", "Invalid datastream ID") == problem(unknown)
        assert ["type", "status", "title", "detail", "report"] == list(unknown.json)
        assert ["requestId"] == list(unknown.json["report"])
        assert "nobody" in unknown.json["detail"]
        assert 200 == edge.say(path, body, {"configId": "site:dev"}).status
        assert (422, "EXEG-0004-422", "Datastream disabled") == problem(edge.say(path, body, {"configId": "off"}))
        assert (400, "EXEG-0002-400", "Missing datastream parameter") == problem(edge.say(path, body))
    single = {"event": start_of()["events"][0]}
    assert 200 == edge.say("/ee/v2/interact", single, {"datastreamId": "site"}).status
    assert 204 == edge.say("/ee/va/v1/ping", event_of("ping", start(edge)), {"configId": "nobody"}).status


@pytest.mark.conformance
@pytest.mark.compat(client="curl", behaviour="identity values of a live organisation")
def test_check_21_identity_codec(edge: Edge) -> None:
    """The published identity values decode and re-encode byte for byte; a client that brings one keeps its visitor."""
    assert CONTRACTS is not None
    document = (CONTRACTS / "media-edge.yaml").read_text(encoding="utf-8")
    values = {
        value
        for text in (seed_text(), document)
        for value in re.findall(r"_identity[\"']?,?\s*[\"']?value[\"']?:\s*[\"']?([A-Za-z0-9_=-]+)", text)
    }
    assert len(values) >= 2
    for value in sorted(values):
        state = decode_identity(value)
        assert state is not None
        assert value == encode_identity(state)
        entries = [{"key": "kndctr_SOMEBODY_AdobeOrg_identity", "value": value}]
        body = {**start_of(), "query": {"identity": {"fetch": ["ECID"]}}, "meta": {"state": {"entries": entries}}}
        answer = edge.say("/ee/va/v1/sessionStart", body, SITE)
        assert state.ecid == handles(answer.json)["identity:result"][0]["id"]
        renewed = decode_identity(state_of(answer.json)["identity"])
        assert renewed is not None
        assert (state.ecid, state.created_ms) == (renewed.ecid, renewed.created_ms)


def downloaded(*items: tuple[str, int]) -> dict[str, Any]:
    """An offline session: actions at these seconds of an hour long gone."""
    base_ms = now_ms() // 1000 * 1000 - 100 * 86_400_000
    events = []
    for action, at_s in items:
        collection = {"playhead": at_s, **({"sessionDetails": SESSION_DETAILS} if action == "sessionStart" else {})}
        at = stamp(base_ms + at_s * 1000)
        events.append({"mediaEventType": f"media.{action}", "mediaEventTimestamp": at, "mediaCollection": collection})
    return {"events": [{"xdm": {"eventType": "media.downloaded", "mediaDownloadedEvents": events}}]}


DOWNLOAD = downloaded(("sessionStart", 0), ("play", 1), ("sessionComplete", 60))


@pytest.mark.conformance
@pytest.mark.compat(client="curl", behaviour="downloaded sessions")
def test_check_22_downloaded(edge: Edge) -> None:
    """The published example starts a session; one without a complete is closed and not completed; no start: 207."""
    for body in requests("downloaded"):
        found = edge.until(session_id_of(edge.say("/ee/va/v1/downloaded", body, SITE)), lambda _: True)
        assert ("closed", "downloaded") == (found["state"], found["closeCause"])
    for items, completed in ((DOWNLOAD, True), (downloaded(("sessionStart", 0), ("play", 1), ("ping", 40)), False)):
        answer = edge.say("/ee/va/v1/downloaded", items, SITE)
        session = edge.until(session_id_of(answer), lambda _: True)
        details = session["mediaReporting"]["sessionDetails"]
        assert ("closed", "downloaded", False) == (session["state"], session["closeCause"], session["provisional"])
        rows = edge.console(f"/api/v1/sessions/{session['id']}/rows")["items"]
        flags = [row["xdm"]["mediaReporting"]["sessionDetails"].get("isDownloaded") for row in rows]
        assert [True, None] == flags  # of the row of the start (metrics.md 2.2)
        assert completed == bool(details.get("isCompleted"))
    until_status(lambda: edge.say("/ee/va/v1/ping", event_of("ping", session_id_of(answer))), 404, within_s=2)
    refused = edge.say("/ee/va/v1/downloaded", downloaded(("play", 1), ("sessionStart", 2)), SITE)
    assert 207 == refused.status
    assert "media-analytics:new-session" not in handles(refused.json)
    (item,) = refused.json["errors"]
    assert "$.xdm.mediaDownloadedEvents[0].mediaEventType" == item["report"]["details"][0]["name"]


@pytest.mark.compat(client="curl", behaviour="gateway errors with their codes and cross-origin headers")
def test_check_23_refusals(edge: Edge) -> None:
    """Wrong type, too large, no JSON, no body, GET: the codes of 4.5 and 3.1, each with headers of 4.4 and 4.7."""
    path, query = "/ee/va/v1/sessionStart", {"configId": "site"}
    origin = {"origin": "https://www.shop.example"}
    json_type = {"content-type": "application/json", **origin}
    big = json.dumps({**start_of(), "more": "x" * 70_000}).encode()
    cases = (
        (415, "EXEG-0111-415", edge.post(path, query, {"content-type": "application/xml", **origin}, b"{}")),
        (413, "EXEG-0112-413", edge.post(path, query, json_type, big)),
        (400, "EXEG-0101-400", edge.post(path, query, json_type, b"{")),
        (400, "EXEG-0101-400", edge.post(path, query, json_type, b"[]")),
        (400, "EXEG-0101-400", edge.post(path, query, json_type, b'{"events":"\xff"}')),
        (400, "EXEG-0101-400", edge.post(path, query, json_type, b"")),
        (400, "EXEG-0103-400", edge.post("/ee/v1/interact", query, json_type, b"{}")),
    )
    for status, code, answer in cases:
        assert (status, code) == problem(answer)[:2]
        assert ["requestId"] == list(answer.json["report"])
        _headers_are_there(answer)
    for content_type in ("text/plain; charset=UTF-8", "text/javascript", "application/json;charset=utf-8"):
        headers = {"content-type": content_type, **origin}
        assert 200 == edge.post(path, query, headers, json.dumps(start_of()).encode()).status
    assert 200 == edge.post(path, query, origin, json.dumps(start_of()).encode()).status
    got = edge.ask("GET", path, query, origin)
    assert (405, "POST, OPTIONS", b"") == (got.status, got.headers["allow"], got.body)
    _headers_are_there(got)
    asked = {**origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type,x-own"}
    preflight = edge.ask("OPTIONS", path, {}, asked)
    assert (204, b"") == (preflight.status, preflight.body)
    assert "POST, OPTIONS" == preflight.headers["access-control-allow-methods"]
    assert "content-type,x-own" == preflight.headers["access-control-allow-headers"]
    assert int(preflight.headers["access-control-max-age"]) > 0
    _headers_are_there(preflight)
    for answer in (
        edge.say("/ee/va/v1/ping", event_of("ping", "0" * 64), headers=origin),
        edge.say("/ee/va/v1/ping", event_of("ping", start(edge)), headers=origin),
        edge.say("/ee/nowhere", {}, headers=origin),
    ):
        _headers_are_there(answer)


@pytest.mark.compat(client="curl", behaviour="gateway errors with their codes and cross-origin headers")
def test_check_23_an_opaque_origin_is_echoed(edge: Edge) -> None:
    """`null`, as sandboxed pages send it, is named like any other; without an origin nothing is named."""
    answer = edge.say("/ee/va/v1/sessionStart", start_of(), SITE, headers={"origin": "null"})
    assert "null" == answer.headers["access-control-allow-origin"]
    plain = edge.say("/ee/va/v1/sessionStart", start_of(), SITE)
    assert not [name for name in plain.headers if name.startswith("access-control")]


def _headers_are_there(answer: Answer) -> None:
    """Those of 4.4 on every answer, and those of 4.7 for this origin."""
    assert COMMON_HEADERS <= set(answer.headers)
    assert "Origin" == answer.headers["vary"]
    assert "no-cache, no-store, max-age=0, no-transform" == answer.headers["cache-control"]
    assert "https://www.shop.example" == answer.headers["access-control-allow-origin"]
    assert "true" == answer.headers["access-control-allow-credentials"]
    assert "Retry-After, X-Adobe-Edge, X-Request-ID" == answer.headers["access-control-expose-headers"]
    assert ("content-type" in answer.headers) == bool(answer.body)


@pytest.mark.compat(client="curl", behaviour="requestId echoed")
def test_request_ids(edge: Edge) -> None:
    """The body has the client's requestId, the header extends it by 16 hex digits; without one both are UUIDs (C17)."""
    named = edge.say("/ee/va/v1/sessionStart", start_of(), {**SITE, "requestId": "R-1"})
    assert "R-1" == named.json["requestId"]
    assert re.fullmatch("R-1-[0-9a-f]{16}", named.headers["x-request-id"])
    plain = edge.say("/ee/va/v1/sessionStart", start_of(), SITE)
    uuid4 = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert re.fullmatch(uuid4, plain.json["requestId"])
    assert re.fullmatch(uuid4, plain.headers["x-request-id"])
    assert f"kndctr_{ORG.replace('@', '_')}_cluster" == handles(plain.json)["state:store"][0]["key"]
