"""The short cut for usual requests answers as the long way does (decision 0036)."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from collector_support import DATASTREAM, EVENT_ACTIONS, EVENT_MEMBERS, NOW_MS, event, started, world
from playhead.collector import heart
from playhead.collector.config import CollectorConfig
from playhead.collector.ports import Reply, Request
from playhead.collector.usual import answer_usual
from playhead.deployment.datastreams import Datastream

HEADERS = {b"content-type": b"application/json"}
DAY_MS = 86_400_000


def both(
    target: str,
    *events: Any,
    headers: Mapping[bytes, bytes] = HEADERS,
    now_ms: int = NOW_MS,
    config: CollectorConfig | None = None,
    datastreams: tuple[Datastream, ...] = (DATASTREAM,),
) -> tuple[Reply | None, Reply, Reply]:
    """
    The answer of the short cut, of the heart, and of the long way alone, each in a world with the same dice.

    The text `SESSION` in a body is the session that was just started there.
    """
    replies = []
    path, _, query = target.partition("?")
    for answer in (answer_usual, lambda request, at, _: heart.handle(request, at), heart.handle_unusual):
        at = world(config=config, datastreams=datastreams)
        body = json.dumps({"events": events}).replace("SESSION", started(at)).encode()
        request = Request("POST", path, query.encode(), list(headers.items()), body, now_ms)
        route = at.paths.find(path)
        assert route is not None
        replies.append(answer(request, at, route))
    short, whole, long = replies
    assert whole is not None
    assert long is not None
    return short, whole, long


@pytest.mark.parametrize("target", ["?configId=ds-1", "?configId=ds-1&requestId=r-1", "", "?requestId=%20&silent=true"])
@pytest.mark.parametrize("action", EVENT_ACTIONS)
def test_usual_requests_are_answered_alike(action: str, target: str) -> None:
    """Every event call, alone and with another event: same status, headers, record."""
    one = event(action, "SESSION", **EVENT_MEMBERS.get(action, {}))
    for events in ((one,), (one, one)):
        short, whole, long = both(f"/ee/va/v1/{action}{target}", *events)
        assert short is not None
        assert (204, short) == (long.status, long)
        assert whole == long


@pytest.mark.parametrize(
    ("origin", "config", "datastream"),
    [
        (b"https://a.example", None, DATASTREAM),
        (b"https://a.example", CollectorConfig(allowed_origins=("https://b.example",)), DATASTREAM),
        (b"https://A.example", CollectorConfig(allowed_origins=("https://a.example",)), DATASTREAM),
        (b"null", None, Datastream(id=DATASTREAM.id, name="n", org_id="o", allowed_origins=("https://b.example",))),
    ],
)
@pytest.mark.parametrize("path", ["/ee/va/v1/ping", "/ee/va6/va/v1/Ping", "//ee/va/v1/ping/"])
def test_pages_and_places_are_answered_alike(
    path: str, origin: bytes, config: CollectorConfig | None, datastream: Datastream
) -> None:
    """Cross-origin headers and location hints are those of the long way."""
    headers = {**HEADERS, b"origin": origin}
    short, _, long = both(
        f"{path}?configId=ds-1", event("ping", "SESSION"), headers=headers, config=config, datastreams=(datastream,)
    )
    assert short == long


@pytest.mark.parametrize(
    ("path", "events", "headers", "now_ms"),
    [
        ("/ee/va/v1/ping", [], HEADERS, NOW_MS),
        ("/ee/va/v1/ping", [event("play", "SESSION")], HEADERS, NOW_MS),
        ("/ee/va/v1/ping", [event("ping", "SESSION", playhead=-1)], HEADERS, NOW_MS),
        ("/ee/va/v1/ping", [event("ping", "SESSION"), event("ping", "f" * 64)], HEADERS, NOW_MS),
        ("/ee/va/v1/ping", [event("ping", "SESSION")], HEADERS, NOW_MS + DAY_MS),
        ("/ee/va/v1/ping", [event("ping", "SESSION")], {b"content-type": b"image/png"}, NOW_MS),
        ("/ee/va/v1/ping", [event("ping", "SESSION", unknown="\ud83d")], HEADERS, NOW_MS),
        ("/ee-pre-prd/va/v1/ping", [event("ping", "SESSION")], HEADERS, NOW_MS),
        ("/ee/va/v1/ping", [event("ping", "SESSION", customMetadata=[{"name": "n", "value": 5}])], HEADERS, NOW_MS),
    ],
)
def test_the_rest_is_left_to_the_long_way(
    path: str, events: list[Any], headers: Mapping[bytes, bytes], now_ms: int
) -> None:
    """What is refused, answered otherwise, or of a seldom shape."""
    short, whole, long = both(path, *events, headers=headers, now_ms=now_ms)
    assert short is None
    assert whole == long
