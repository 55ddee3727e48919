"""From the flush thread to the loop."""

import asyncio
import threading
from functools import partial

import pytest

from playhead.collector.delivery import LoopDelivery


def test_batch_is_told_on_the_loop_in_order() -> None:
    """One wake-up, the loop's own thread, the order of the batch."""
    told: list[tuple[int, int, Exception | None]] = []
    delivery = LoopDelivery()
    failure = OSError("full")

    def note(number: int, outcome: Exception | None) -> None:
        told.append((threading.get_ident(), number, outcome))

    async def run() -> None:
        delivery.bind(asyncio.get_running_loop())
        dones = [partial(note, number) for number in range(3)]
        await asyncio.to_thread(delivery, dones, failure)
        await asyncio.sleep(0)

    asyncio.run(run())
    here = threading.get_ident()
    assert [(here, 0, failure), (here, 1, failure), (here, 2, failure)] == told


def test_batch_is_told_where_it_stands_without_a_loop() -> None:
    """Before the loop is known, and after it is closed, nobody is left waiting."""
    told: list[Exception | None] = []
    delivery = LoopDelivery()
    delivery([], None)
    delivery([told.append], None)
    loop = asyncio.new_event_loop()
    delivery.bind(loop)
    loop.close()
    delivery([told.append], None)
    assert told == [None, None]


def test_one_in_trouble_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """What telling one raises is logged with its trace; the rest of the batch is told."""
    told: list[Exception | None] = []

    def trouble(_: Exception | None) -> None:
        raise ZeroDivisionError

    LoopDelivery()([told.append, trouble, told.append], None)
    assert told == [None, None]
    assert "ZeroDivisionError" in caplog.text
