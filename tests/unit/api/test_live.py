"""The live picture as it is told."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from typing import Any

import pytest

from api_world import START_MS
from playhead.api.live import LiveFeed, LivePicture, message, picture_of
from playhead.api.problems import ProblemError
from playhead.api.stream import HEARTBEAT
from playhead.base.clock import ManualClock
from playhead.base.errors import StoreError
from playhead.base.units import DatastreamId, SessionId
from playhead.events import playback, quality, session
from playhead.events.delivery import Delivery
from playhead.events.event import Event, Quality
from playhead.pipeline.live import LiveNow, LiveView
from playhead.reporting.glimpse import Glimpse
from playhead.reporting.outputs import Judged, Outcome
from playhead.sessions.machine import Phase, Pod, state_of

NO_STATES = dict.fromkeys(("starting", "playing", "stalled", "paused", "buffering", "ad", "ended"), 0)
FAST: dict[str, Any] = {"poll_s": 0.005, "heartbeat_s": 0.02}


class Audience:
    """Sessions that say what they are told to."""

    def __init__(self) -> None:
        self.view = LiveView(self._glimpse)

    def _glimpse(self, name: SessionId) -> Glimpse:
        state = state_of(Pod.NONE, Phase.STARTING)
        return Glimpse(DatastreamId("web"), "film", "The Film", "tv", name, name, state, ended=False)

    def say(self, name: str, at_s: float, event: Event) -> None:
        """An event that is accepted."""
        delivery = Delivery(SessionId(name), START_MS + int(at_s * 1000), event, DatastreamId("web"))
        self.view.take(delivery, [Judged(delivery, Outcome.ACCEPTED)])


@pytest.fixture
def audience() -> Audience:
    """Two sessions: one plays, one buffers after an error."""
    made = Audience()
    for name in ("a", "b"):
        made.say(name, 0, session.SessionStart(START_MS, 0))
    made.say("a", 1, playback.Play(START_MS + 1000, 1, Quality(bitrate_kbps=1200)))
    made.say("b", 1, quality.PlaybackError(START_MS + 1000, 1, name="E"))
    made.say("b", 2, playback.BufferStart(START_MS + 2000, 1))
    return made


def test_the_picture_has_everything_with_its_age(audience: Audience) -> None:
    """Each part says how old it is."""
    told = picture_of(audience.view.now(), START_MS + 2500)
    picture: Mapping[str, Any] = json.loads(message_of(told))
    age = {"ageSeconds": 0.5}
    trouble = {"sessions": 2, "buffering": 1, "stalled": 0, "errors": 1, "meanBitrate": 1200.0}
    assert {
        "at": "2026-01-01T00:00:02.000Z",
        "since": "2026-01-01T00:00:00.000Z",
        **age,
        "audience": {"viewers": 2, "sessions": 2, **age},
        "states": {**NO_STATES, "playing": 1, "buffering": 1, **age},
        "rates": {"startsPerMinute": 2, "errorsPerMinute": 1, **age},
        "content": {"items": [{"id": "film", "name": "The Film", "viewers": 2, "sessions": 2}], **age},
        "quality": {
            "bufferingShare": 0.5,
            "stalledShare": 0.0,
            "meanBitrate": 1200.0,
            "errors": 1,
            "byContent": [{"id": "film", "name": "The Film", **trouble}],
            "byPlayer": [{"id": "tv", "name": "tv", **trouble}],
            **age,
        },
        "series": {"from": "2026-01-01T00:00:00.000Z", "viewers": [2, 2], "starts": [2, 0], "errors": [0, 1], **age},
    } == picture


def message_of(picture: LivePicture) -> str:
    """As JSON."""
    name, data, *rest = message(picture).decode().split("\n")
    assert ("event: live", ["", ""]) == (name, rest)
    return data.removeprefix("data: ")


def test_before_the_first_record_there_is_nothing() -> None:
    """No time, no shares."""
    picture = picture_of(LiveView(lambda _: None).now(), START_MS)
    assert (None, None, 0.0) == (picture.at, picture.since, picture.age_seconds)
    assert (None, None, 0) == (picture.quality.buffering_share, picture.quality.mean_bitrate, picture.audience.viewers)


def run(script: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a script of one test; it may not take long."""

    async def bounded() -> None:
        await asyncio.wait_for(script(), 60)

    asyncio.run(bounded())


async def heard(stream: AsyncIterator[bytes]) -> Mapping[str, Any]:
    """The next picture, whatever comes before."""
    while (text := await anext(stream)) == HEARTBEAT:
        pass
    picture: Mapping[str, Any] = json.loads(text.decode().split("\ndata: ")[1])
    return picture


async def closed(stream: AsyncIterator[bytes]) -> None:
    """Close a stream as a server does whose client left."""
    close: Callable[[], Awaitable[None]] = stream.aclose  # type: ignore[attr-defined] # it is a generator
    await close()


def test_first_the_last_hour_then_the_seconds_since(audience: Audience) -> None:
    """A listener has each second once."""

    async def script() -> None:
        stream = LiveFeed(audience.view.now, ManualClock(START_MS), **FAST).listen(None)
        assert [2, 2] == (await heard(stream))["series"]["viewers"]
        audience.say("a", 4.5, session.SessionEnd(START_MS + 4500, 1))
        changed = await heard(stream)
        assert (1, "2026-01-01T00:00:02.000Z") == (changed["audience"]["viewers"], changed["series"]["from"])
        assert [2, 2] == changed["series"]["viewers"]
        again = await heard(stream)
        assert ([], 1) == (again["series"]["viewers"], again["audience"]["viewers"]), (
            "a second without news is told too"
        )
        await closed(stream)

    run(script)


def test_one_look_serves_all_who_listen_to_one_datastream(audience: Audience) -> None:
    """Many cost as much as one; each filter has its own."""

    async def script() -> None:
        looks: list[str | None] = []

        def now(datastream: str | None) -> LiveNow:
            looks.append(datastream)
            return audience.view.now(datastream)

        feed = LiveFeed(now, ManualClock(START_MS), poll_s=30, heartbeat_s=50)
        streams = [feed.listen(None) for _ in range(10)] + [feed.listen("web"), feed.listen("app")]
        pictures = await asyncio.gather(*map(heard, streams))
        assert [2] * 11 + [0] == [picture["audience"]["viewers"] for picture in pictures]
        assert [None, "app", "web"] == sorted(looks, key=lambda name: name or "")
        for stream in streams:
            await closed(stream)

    run(script)


def test_without_a_processor_the_line_is_kept(audience: Audience) -> None:
    """A comment says so; the picture comes when there is one again."""

    async def script() -> None:
        broken = True

        def now(datastream: str | None) -> LiveNow:
            if broken:
                raise StoreError("made anew")
            return audience.view.now(datastream)

        stream = LiveFeed(now, ManualClock(START_MS), **FAST).listen(None)
        assert HEARTBEAT == await anext(stream)
        broken = False
        assert 2 == (await heard(stream))["audience"]["viewers"]
        await closed(stream)

    run(script)


def test_listeners_are_bounded_and_let_the_server_stop(audience: Audience) -> None:
    """One too many is sent away with 503; a stop ends all streams."""

    async def script() -> None:
        feed = LiveFeed(audience.view.now, ManualClock(START_MS), clients_max=1, **FAST)
        stream = feed.listen(None)
        await heard(stream)
        with pytest.raises(ProblemError) as refused:
            feed.listen(None)
        assert refused.value.status_code == 503
        feed.stop()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        with pytest.raises(ProblemError):
            feed.listen(None)

    run(script)
