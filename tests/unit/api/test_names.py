"""Contents called what reports call them."""

import json
from typing import Any

import httpx
import pytest

from api_world import START_MS, World, record
from playhead.api.names import items_of, named, named_detail_of
from playhead.base.units import DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.events.session import SessionStart
from playhead.pipeline.live import LiveView
from playhead.reporting.glimpse import Glimpse
from playhead.reporting.outputs import Judged, Outcome
from playhead.sessions.machine import Phase, Pod, state_of
from playhead.store.memory import MemoryStore
from unit.api.test_factory import served


@pytest.fixture
def lookups() -> MemoryStore:
    """One content has a name of ours; another has only a length."""
    store = MemoryStore()
    store.change_lookup("content", {"film": {"content-name": "Ours"}, "clip": {"content-length": "60"}}, whole=True)
    return store


def audience() -> LiveView:
    """One person with the film, one with the clip, both in trouble."""
    state = state_of(Pod.NONE, Phase.BUFFERING)
    view = LiveView(
        lambda name: Glimpse(DatastreamId("web"), name, f"{name} as sent", "tv", name, name, state, ended=False)
    )
    for name in ("clip", "film"):
        delivery = Delivery(SessionId(name), START_MS, SessionStart(START_MS, 0), DatastreamId("web"))
        view.take(delivery, [Judged(delivery, Outcome.ACCEPTED)])
    return view


def test_sessions_say_what_the_lookup_says(lookups: MemoryStore) -> None:
    """Where it says nothing, what was sent; what was sent stays in the detail."""
    clip = record("s2", session_details={"name": "clip", "friendlyName": "Sent"})
    blank = record("s3", session_details={})
    items = items_of([record(), clip, blank, record("s4")], lookups)
    assert ["Ours", "Sent", None, "Ours"] == [item.content_name for item in items]
    assert ["film", "clip", "", "film"] == [item.content for item in items]
    detail = named_detail_of(record(), lookups)
    assert ("Ours", "The Film") == (detail.content_name, detail.media_reporting.session_details["friendlyName"])
    assert "Sent" == named_detail_of(clip, lookups).content_name


def test_the_audience_says_what_the_lookup_says(lookups: MemoryStore) -> None:
    """Contents, in trouble too; players are as sent, and numbers as they were."""
    now = audience().now()
    told = named(now, lookups)
    expected = {("clip", "clip as sent"), ("film", "Ours")}
    assert expected == {(group.key, group.name) for group in told.contents}
    assert expected == {(group.key, group.name) for group in told.worst_contents}
    assert now.worst_players == told.worst_players
    assert [group.sessions for group in now.contents] == [group.sessions for group in told.contents]
    assert now is named(now, MemoryStore())


def test_every_route_of_now_says_it(world: World) -> None:
    """The search, the session, the live list, the live picture and its stream; from the next question on."""
    world.commit(record())
    world.live.audience = audience()
    named_by = {"items": [{"content": "film", "content-name": "Ours"}]}
    assert 200 == world.client.put("/api/v1/lookups/content", json=named_by).status_code
    assert "Ours" == world.get("/api/v1/sessions")["items"][0]["contentName"]
    assert "Ours" == world.get("/api/v1/sessions/s1")["contentName"]
    assert "Ours" in names_of(world.get("/api/v1/live"))
    with served(world.api) as (url, _):
        assert "Ours" == first(f"{url}/api/v1/sessions/stream")["items"][0]["contentName"]
        assert "Ours" in names_of(first(f"{url}/api/v1/live/stream"))
        world.api.stop_streams()


def names_of(picture: Any) -> list[str]:
    """Of the top contents."""
    return [item["name"] for item in picture["content"]["items"]]


def first(url: str) -> Any:
    """What a stream tells first."""
    with httpx.stream("GET", url, timeout=60) as response:
        return next(
            json.loads(line.removeprefix("data: ")) for line in response.iter_lines() if line.startswith("data: ")
        )
