"""From the journal's flush thread to the event loop: one wake-up for a whole batch."""

import asyncio
import logging
from collections.abc import Callable, Sequence

_LOG = logging.getLogger("playhead.collector")


class LoopDelivery:
    """
    Brings the outcomes of a batch to the thread of an event loop. Give it to the journal as its `deliver`.

    Outcomes that come before the loop is known, or after it is closed, are told in the calling thread.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on outcomes are told on this loop."""
        self._loop = loop

    def __call__(self, dones: Sequence[Callable[[Exception | None], None]], failure: Exception | None) -> None:
        """Tell each one, in order. Called from the flush thread; does not block, does not raise."""
        if not dones:
            return
        if self._loop is not None:
            try:
                self._loop.call_soon_threadsafe(_tell, dones, failure)
            except RuntimeError:  # the loop is closed
                pass
            else:
                return
        _tell(dones, failure)


def _tell(dones: Sequence[Callable[[Exception | None], None]], failure: Exception | None) -> None:
    for done in dones:
        try:
            done(failure)
        except Exception:  # noqa: BLE001 - logged with its trace
            _LOG.exception("an answer could not be given")  # one connection in trouble stops no other
