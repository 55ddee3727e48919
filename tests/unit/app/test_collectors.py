"""Collector processes: started together, replaced when they die, asked to finish. Real processes, real sockets."""

import asyncio
import os
import signal
import socket
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from playhead.app.addresses import listen, url_of
from playhead.app.collector_link import Metered, Orders, RequestCount
from playhead.app.collectors import NOTHING, CollectorError, Collectors, summed
from playhead.collector.config import CollectorConfig
from playhead.deployment.layout import Layout, hold, holder, prepare


def orders(layout: Layout, listener: socket.socket, workers: int) -> list[Orders]:
    """Orders for some workers on one listener."""
    return [
        Orders(worker=worker, data_dir=str(layout.root), listener=listener.fileno(), config=CollectorConfig())
        for worker in range(workers)
    ]


def status_of(listener: socket.socket) -> int:
    """What the collectors answer to the health check."""
    with urllib.request.urlopen(f"{url_of(listener)}/healthz", timeout=60) as answer:  # noqa: S310 - ours
        return int(answer.status)


def with_collectors(
    layout: Layout, workers: int, do: Callable[[Collectors, socket.socket], Awaitable[None]], inherited: list[int]
) -> None:
    """Run something beside started collectors, then let them finish."""

    async def run() -> None:
        with listen("127.0.0.1", 0, "--port") as listener:
            collectors = Collectors(orders(layout, listener, workers), inherited)
            try:
                await collectors.start()
                await do(collectors, listener)
            finally:
                await collectors.finish()

    asyncio.run(run())


async def until(condition: Callable[[], bool]) -> None:
    """Wait for it, a minute at most."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - processes have no event to wait for
            await asyncio.sleep(0.02)


def test_they_answer_and_finish(tmp_path: Path) -> None:
    """Two processes share the port, each with its journal; asked to finish, both end in order and are not replaced."""
    layout = prepare(tmp_path)

    async def do(collectors: Collectors, listener: socket.socket) -> None:
        assert await asyncio.to_thread(status_of, listener) == 200
        assert len(set(collectors.processes())) == 2
        assert collectors.troubles() == []
        await collectors.finish()
        assert collectors.processes() == []

    with_collectors(layout, 2, do, [])
    assert layout.existing_journals() == [layout.journal(0), layout.journal(1)]


def test_one_that_dies_is_replaced(tmp_path: Path) -> None:
    """After kill -9 another process takes its place and its journal, and requests are answered again."""
    layout = prepare(tmp_path)

    async def do(collectors: Collectors, listener: socket.socket) -> None:
        (first,) = collectors.processes()
        os.kill(first, signal.SIGKILL)
        await until(lambda: collectors.processes() not in ([first], []) and collectors.troubles() == [])
        assert await asyncio.to_thread(status_of, listener) == 200

    with_collectors(layout, 1, do, [])


def test_they_hold_the_directory(tmp_path: Path) -> None:
    """While a collector lives the data directory is held, also when the server has let go of it."""
    layout = prepare(tmp_path)
    held = hold(layout)

    async def do(_: Collectors, __: socket.socket) -> None:
        held.release()
        assert holder(layout) == os.getpid()

    with_collectors(layout, 1, do, [held.descriptor])
    assert holder(layout) is None


def test_a_start_that_fails_says_why(tmp_path: Path) -> None:
    """What keeps a collector from starting is the error of the start, in its own words."""
    layout = prepare(tmp_path)
    layout.datastreams.write_text("{")

    async def do(_: Collectors, __: socket.socket) -> None:
        raise AssertionError("it must not start")

    with pytest.raises(CollectorError, match=r"collector 0 could not start: the datastreams in .* are damaged"):
        with_collectors(layout, 1, do, [])


def test_counts_outlive_a_process() -> None:
    """Counts of a worker's processes add up; gauges are those of the one that lives."""
    before = Metered(
        requests=[RequestCount("a", 200, 1), RequestCount("b", 200, 2)], refusals={"x": 1}, latency_counts=[1, 2],
        latency_sum_s=1.0, waiting=9, waiting_bytes=9, refused_records_lost=1, journal_fault="full",
    )  # fmt: skip
    now = Metered(
        requests=[RequestCount("b", 200, 3)], refusals={"x": 1, "y": 1}, latency_counts=[0, 1],
        latency_sum_s=0.5, waiting=1, waiting_bytes=2, refused_records_lost=0,
    )  # fmt: skip
    assert summed(before, now) == Metered(
        requests=[RequestCount("a", 200, 1), RequestCount("b", 200, 5)], refusals={"x": 2, "y": 1}, latency_counts=[1, 3],
        latency_sum_s=1.5, waiting=1, waiting_bytes=2, refused_records_lost=1,
    )  # fmt: skip
    assert summed(NOTHING, NOTHING) == NOTHING
