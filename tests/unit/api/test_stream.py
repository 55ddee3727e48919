"""The live list: changed sessions as server-sent events."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import pytest

from api_world import record
from playhead.api.problems import ProblemError
from playhead.api.shapes import SessionItem, item_of
from playhead.api.stream import HEARTBEAT, SessionFeed, message
from playhead.base.errors import StoreError

FAST: dict[str, Any] = {"poll_s": 0.005, "heartbeat_s": 5.0}


def item(name: str, **changes: Any) -> SessionItem:
    """A session of the list."""
    return item_of(record(name, **changes))


def run(script: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a script of one test; it may not take long."""

    async def bounded() -> None:
        await asyncio.wait_for(script(), 60)

    asyncio.run(bounded())


async def heard(stream: AsyncIterator[bytes]) -> tuple[str, list[str]]:
    """The next event: its name and the ids in it."""
    text = (await anext(stream)).decode()
    event, data = text.removesuffix("\n\n").split("\n")
    return event.removeprefix("event: "), [each["id"] for each in json.loads(data.removeprefix("data: "))["items"]]


async def until(true: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    while not true():  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0.001)


def test_first_everything_then_what_changed() -> None:
    """A listener is told all newest sessions, then only those that are new or changed."""

    async def script() -> None:
        newest = [item("a"), item("b")]
        stream = SessionFeed(lambda: list(newest), **FAST).listen()
        assert await heard(stream) == ("reset", ["a", "b"])
        newest[1:] = [item("b", accepted=99, last_at_ms=0), item("c")]
        assert await heard(stream) == ("sessions", ["b", "c"])
        await closed(stream)

    run(script)


def test_one_look_serves_everybody() -> None:
    """Many listeners cost as many looks as one, and without listeners nobody looks."""

    async def script() -> None:
        looks = 0

        def look() -> list[SessionItem]:
            nonlocal looks
            looks += 1
            return [item("a")]

        feed = SessionFeed(look, poll_s=1.0, heartbeat_s=50.0)
        streams = [feed.listen() for _ in range(20)]
        began_s = time.monotonic()
        assert await asyncio.gather(*map(heard, streams)) == [("reset", ["a"])] * 20
        assert looks <= 1 + (time.monotonic() - began_s)
        for stream in streams:
            await closed(stream)
        feed = SessionFeed(look, **FAST)
        stream = feed.listen()
        await heard(stream)
        await closed(stream)
        assert feed._poller is not None
        await feed._poller
        before = looks
        await asyncio.sleep(0.1)
        assert before == looks

    run(script)


def test_a_list_that_stands_still_still_lives() -> None:
    """When nothing changes, a comment says that the stream is not dead."""

    async def script() -> None:
        stream = SessionFeed(list, poll_s=0.005, heartbeat_s=0.02).listen()
        assert await heard(stream) == ("reset", [])
        assert await anext(stream) == HEARTBEAT
        await closed(stream)

    run(script)


def test_a_slow_listener_starts_over() -> None:
    """What waits for one listener is bounded; beyond it the whole list is sent instead."""

    async def script() -> None:
        turn = 0

        def look() -> list[SessionItem]:
            nonlocal turn
            turn += 1
            return [item(f"{turn}-{number}") for number in range(100)]

        stream = SessionFeed(look, **FAST).listen()
        await heard(stream)
        await until(lambda: turn > 15)
        name, ids = await heard(stream)
        assert ("reset", 100) == (name, len(ids))
        await closed(stream)

    run(script)


def test_too_many_listeners_are_sent_away() -> None:
    """Beyond the limit the answer is 503; who leaves makes room."""

    async def script() -> None:
        feed = SessionFeed(lambda: [item("a")], clients_max=1, **FAST)
        stream = feed.listen()
        await heard(stream)
        with pytest.raises(ProblemError) as refused:
            feed.listen()
        assert refused.value.status_code == 503
        await closed(stream)
        other = feed.listen()
        assert await heard(other) == ("reset", ["a"])
        await closed(other)

    run(script)


def test_stopping_ends_all_streams() -> None:
    """A server that shuts down does not wait for listeners."""

    async def script() -> None:
        feed = SessionFeed(lambda: [item("a")], **FAST)
        stream = feed.listen()
        await heard(stream)
        feed.stop()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        with pytest.raises(ProblemError):
            feed.listen()

    run(script)


def test_a_store_that_fails_is_looked_at_again() -> None:
    """One failing read is not the end of the stream."""

    async def script() -> None:
        answers: list[Exception | list[SessionItem]] = [StoreError("busy"), [item("a")]]

        def look() -> list[SessionItem]:
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

        stream = SessionFeed(look, **FAST).listen()
        assert await heard(stream) == ("reset", ["a"])
        await closed(stream)

    run(script)


def test_an_event_is_one_line_of_data() -> None:
    """Line breaks in texts do not break the event."""
    text = message("sessions", [item("a", person="two\nlines")]).decode()
    assert ("event: sessions", 2) == (text.split("\n")[0], text.removesuffix("\n\n").count("\n") + 1)


async def closed(stream: AsyncIterator[bytes]) -> None:
    """Close a stream as a server does whose client left."""
    close: Callable[[], Awaitable[None]] = stream.aclose  # type: ignore[attr-defined] # it is a generator
    await close()
