"""Published requests get the published answers: SEED's two, and those of the vendor's OpenAPI document."""

import copy
import json
import re
from functools import cache
from typing import Any

import jsonschema
import pytest
import yaml

from collector_support import NOW_MS, body_of, handles_of, headers_of, post, started, world
from contracts_data import CONTRACTS
from playhead.collector.ports import Reply
from playhead.events.names import ACTION_OF

pytestmark = pytest.mark.conformance

ACTIONS = sorted(ACTION_OF.values())
EVENT_ACTIONS = [action for action in ACTIONS if action not in {"sessionStart", "downloaded"}]


@cache
def seed() -> str:
    """The mission's document."""
    assert CONTRACTS is not None
    return (CONTRACTS / "seed.md").read_text(encoding="utf-8")


@cache
def operation(action: str) -> Any:
    """One operation of the vendor's document."""
    assert CONTRACTS is not None
    document = yaml.safe_load((CONTRACTS / "media-edge.yaml").read_text(encoding="utf-8"))
    return document["paths"][f"/{action}"]["post"]


def request_of(action: str) -> Any:
    """The published request of an operation, a copy."""
    examples = operation(action)["requestBody"]["content"]["application/json"]["examples"]
    return copy.deepcopy(next(iter(examples.values()))["value"])


def example(action: str, status: str) -> Any:
    """The published answer of a status."""
    examples = operation(action)["responses"][status]["content"]["application/json"]["examples"]
    return next(iter(examples.values()))["value"]


def published_requests() -> list[tuple[str, bytes]]:
    """(path and query, body) of SEED's curl commands, in order."""
    commands = re.findall(
        r"https://edge\.adobedc\.net(/[^\s'\"]+)['\"](?:(?!```).)*?'(\{.*?\})'\n```", seed(), re.DOTALL
    )
    return [(target, body.encode()) for target, body in commands]


def shape(value: Any) -> Any:
    """Members and types of a JSON value, in order."""
    if isinstance(value, dict):
        return [(name, shape(member)) for name, member in value.items()]
    if isinstance(value, list):
        return [shape(item) for item in value]
    return type(value).__name__


def sent(action: str, body: Any) -> Reply:
    """Post to the published path, in a session of ours."""
    return post(world(), f"/ee/va/v1/{action}?configId=ds-1&requestId=r", body)


def test_seed_start_is_answered_as_documented() -> None:
    """SEED, first request, only the datastream filled in: status, headers and body of the documented shape."""
    target, body = published_requests()[0]
    reply = post(world(), target.replace("{datastreamId}", "ds-1"), body)
    documented = seed().split("HTTP/2 200")[1].split("```")[0]
    header_text, body_text = documented.strip().split("\n\n", 1)
    names = {line.split(":")[0] for line in header_text.splitlines()} - {"date"}
    expected, actual = json.loads(body_text), body_of(reply)
    assert reply.status == 200
    assert names <= set(headers_of(reply))
    for name in ("vary", "content-type", "strict-transport-security", "cache-control", "x-rate-limit-remaining"):
        assert f"{name}: {headers_of(reply)[name]}" in header_text
    assert list(expected) == list(actual)
    documented_types = [handle["type"] for handle in expected["handle"]]
    assert documented_types == [handle["type"] for handle in actual["handle"] if handle["type"] in documented_types]
    assert shape(expected["handle"][0]) == shape(actual["handle"][0])
    assert shape(expected["handle"][1]) == shape(actual["handle"][-1])


def test_seed_complete_is_a_200_without_content() -> None:
    """SEED, second request, only the session filled in, the literal YYYY left: 200 and not a byte."""
    at = world()
    target, body = published_requests()[1]
    session_id = re.search(rb'"sessionID": "([0-9a-f]{64})"', body)
    assert session_id is not None
    reply = post(at, target, body.replace(session_id[1], started(at).encode()), headers={"accept": "*/*"})
    assert (reply.status, reply.body) == (200, b"")
    assert headers_of(reply)["content-length"] == "0"
    assert "content-type" not in headers_of(reply)
    assert reply.accepted is not None


@pytest.mark.parametrize("action", ["sessionStart", "downloaded"])
def test_published_start_gets_the_published_answer(action: str) -> None:
    """The vendor's example of a start: 200, a body its schema allows, a session, the visitor of its FPID."""
    reply = sent(action, request_of(action))
    schema = operation(action)["responses"]["200"]["content"]["application/json"]["schema"]
    assert reply.status == 200
    jsonschema.validate(body_of(reply), schema)
    assert len(handles_of(reply)["media-analytics:new-session"][0]["sessionId"]) == 64


@pytest.mark.parametrize("action", EVENT_ACTIONS)
def test_published_event_gets_204(action: str) -> None:
    """The vendor's example of each event, in a session of ours: 204 without a body."""
    at = world()
    body = request_of(action)
    body["events"][0]["xdm"]["mediaCollection"]["sessionID"] = started(at)
    reply = post(at, f"/ee/va/v1/{action}", body, now_ms=NOW_MS)
    assert (reply.status, reply.body) == (204, b"")


@pytest.mark.parametrize("action", ["sessionStart", "downloaded"])
def test_invalid_start_gets_the_published_207(action: str) -> None:
    """The vendor's 207: the same errors in the same shape, no session."""
    body = request_of(action)
    xdm = body["events"][0]["xdm"]
    collection = (
        xdm["mediaCollection"] if action == "sessionStart" else xdm["mediaDownloadedEvents"][0]["mediaCollection"]
    )
    del collection["sessionDetails"]["name"]
    reply = sent(action, body)
    expected = example("sessionStart", "207")
    actual = body_of(reply)
    assert reply.status == 207
    assert shape(expected["errors"]) == shape(actual["errors"])
    assert "media-analytics:new-session" not in handles_of(reply)
    if action == "sessionStart":
        assert expected["errors"] == actual["errors"]


@pytest.mark.parametrize("action", ["sessionStart", "downloaded"])
def test_unknown_datastream_gets_the_published_400(action: str) -> None:
    """The vendor's 400 of starts: the same five members, type, status and title; the id quoted."""
    reply = post(world(), f"/ee/va/v1/{action}?configId=no-such&requestId=r", request_of(action))
    expected, actual = example(action, "400"), body_of(reply)
    assert reply.status == 400
    assert shape(expected) == shape(actual)
    assert [expected[name] for name in ("type", "status", "title")] == [
        actual[name] for name in ("type", "status", "title")
    ]
    assert "no-such" in actual["detail"]


@pytest.mark.parametrize("action", EVENT_ACTIONS)
def test_field_error_gets_the_published_400(action: str) -> None:
    """The vendor's 400 of events: the same members in the same order, with type, status, title and requestId."""
    at = world()
    body = request_of(action)
    collection = body["events"][0]["xdm"]["mediaCollection"]
    collection["sessionID"] = started(at)
    del collection["playhead"]
    reply = post(at, f"/ee/va/v1/{action}?requestId=r", body)
    expected, actual = example("play", "400"), body_of(reply)
    assert reply.status == 400
    assert shape(expected) == shape(actual)
    expected.update(detail=actual["detail"])
    expected["report"]["requestId"] = "r"
    assert expected == actual


@pytest.mark.parametrize("action", EVENT_ACTIONS)
def test_unknown_session_gets_the_published_404(action: str) -> None:
    """The vendor's 404: its example session is not ours."""
    body = request_of(action)
    body["events"][0]["xdm"]["mediaCollection"]["sessionID"] = "5c32e1a6" * 8
    reply = sent(action, body)
    expected, actual = example(action, "404"), body_of(reply)
    assert reply.status == 404
    assert shape(expected) == shape(actual)
    assert [expected[name] for name in ("type", "status", "title")] == [
        actual[name] for name in ("type", "status", "title")
    ]
