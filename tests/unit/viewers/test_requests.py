"""Requests as the SDKs write them: the collector's own checks take every one of them."""

import random
from collections import Counter

import msgspec
import pytest

from playhead.base.units import HOUR_MS
from playhead.viewers.mix import Mix
from playhead.viewers.network import Request
from playhead.viewers.people import Sdk
from playhead.viewers.requests import STARTS, body_of, media_type_of, route_of, timestamp
from playhead.viewers.traffic import Plan, traffic
from playhead.wire.check import check_media

BEGIN_MS = 1_767_571_200_000
SESSION = "0" * 64


@pytest.fixture(scope="module")
def requests() -> list[Request]:
    """Some hours of all kinds of viewers."""
    plan = Plan(
        begin_ms=BEGIN_MS,
        until_ms=BEGIN_MS + 4 * HOUR_MS,
        viewers=50,
        viewings_per_s=0.01,
        mix=Mix(refusals=20, downloads=5),
    )
    items = traffic(plan, lambda name: random.Random(f"5 {name}"))
    return [item for item in items if isinstance(item, Request)]


def test_the_door_takes_all_but_the_broken_ones(requests: list[Request]) -> None:
    """Every request is what its SDK would send, and nothing is missing in it."""
    taken: Counter[tuple[bool, bool]] = Counter()
    for request in requests:
        checked = check_media(
            body_of(request, SESSION), request.action, request.at_ms, string_bytes_max=4096, events_max=1
        )
        assert not isinstance(checked, str)
        (event,) = checked.events
        taken[request.refused, bool(event.errors)] += 1
    assert set(taken) == {(False, False), (True, True)}


def test_routes_and_media_types_are_those_of_the_sdk(requests: list[Request]) -> None:
    """Browsers begin by `v1/interact` in text/plain, all others by `va/v1/sessionStart` in JSON."""
    starts = {
        (request.viewer.sdk is Sdk.WEB, route_of(request), media_type_of(request))
        for request in requests
        if request.action == "sessionStart"
    }
    assert starts == {
        (True, "v1/interact", "text/plain; charset=UTF-8"),
        (False, "va/v1/sessionStart", "application/json"),
    }
    assert all(route_of(request) == f"va/v1/{request.action}" for request in requests if request.action not in STARTS)


def test_identities_are_where_the_sdk_puts_them(requests: list[Request]) -> None:
    """A browser's first-party id in the start, the ECID of others at request level."""
    for request in requests:
        body = msgspec.json.decode(body_of(request, SESSION))
        if request.viewer.sdk is not Sdk.WEB:
            assert body["xdm"]["identityMap"]["ECID"][0]["id"] == request.viewer.ecid
        elif request.action in STARTS:
            assert body["events"][0]["xdm"]["identityMap"]["FPID"][0]["id"] == request.viewer.identity


def test_timestamps_have_three_decimals() -> None:
    """RFC 3339 in UTC."""
    assert timestamp(BEGIN_MS + 7) == "2026-01-05T00:00:00.007Z"
