"""
How what a player says arrives: late, twice, out of order, or hours later (protocol.md 3.3, 4.6, 7.4).

Law: a session's start arrives first, and nothing arrives so late after a sessionEnd that it would not count; so every
event counts, and the truth does not depend on the network.
"""

from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from playhead.viewers.dice import Dice, between, uuid
from playhead.viewers.mix import Mix
from playhead.viewers.notebook import Notebook
from playhead.viewers.people import Sdk, Viewer
from playhead.viewers.player import Said

AFTER_END_MS: Final = 4_000
"""What was said before a sessionEnd arrives at most so long after it; it counts for 5 s (metrics.md 4.2)."""
_STRAGGLERS: Final = 0.004
_RETRIES: Final = 0.006
_REFUSED: Final = 0.002
_FIFO_MS: Final = 25
_ORDERLY_MS: Final = 40


class Request(Struct, frozen=True, gc=False, kw_only=True):
    """
    One request as a player makes it.

    Attributes:
        at_ms: When it is sent and arrives, Unix ms.
        viewing: Number of the viewing; its session is known from the answer to its start.
        viewer: Who watches.
        action: Last segment of the path.
        request_id: Of the query.
        client_id: `xdm._id`; None where the SDK sends none.
        said_ms: The event's timestamp, by the device's clock; of a download that of its first event.
        collection: `mediaCollection` without the session's id; of a download empty.
        items: Of a download: its events.
        refused: It is broken, and will be refused.
    """

    at_ms: int
    viewing: int
    viewer: Viewer
    action: str
    request_id: str
    client_id: str | None
    said_ms: int
    collection: Mapping[str, Any]
    items: tuple[Said, ...] = ()
    refused: bool = False


class Network:
    """What carries the events of one viewing."""

    def __init__(self, viewing: int, viewer: Viewer, dice: Dice, mix: Mix, notebook: Notebook) -> None:
        self._viewing, self._viewer, self._dice, self._mix, self._notebook = viewing, viewer, dice, mix, notebook
        self._underway: list[tuple[int, int, Request]] = []
        self._count = 0
        self._started_ms = self._last_ms = 0
        self._offline: tuple[int, int] | None = None
        self._parallel = viewer.sdk is Sdk.WEB

    def next_ms(self) -> int | None:
        """When the next request of those given to it arrives."""
        return self._underway[0][0] if self._underway else None

    def take(self) -> Request:
        """The next one."""
        return heappop(self._underway)[2]

    def go_offline(self, from_ms: int, until_ms: int) -> None:
        """What is said between these instants waits until the second. Only of devices that keep a queue."""
        assert not self._parallel, "browsers keep no queue"
        self._offline = (from_ms, until_ms)

    def carry(self, said: list[Said]) -> None:
        """Take what was said, oldest first; the list is empty then."""
        for one in said:
            (self._race if self._parallel else self._queue)(one)
        said.clear()

    def carry_in_order(self, said: list[Said]) -> int:
        """The same without anything that could change the order; when the last one arrives."""
        for one in said:
            self._send(one, max(one.said_ms + _ORDERLY_MS, self._last_ms + 1))
        said.clear()
        return self._last_ms

    def deliver_whole(self, said: list[Said], at_ms: int) -> None:
        """All of it as one download."""
        viewer, first = self._viewer, said[0]
        stamp = first.said_ms + viewer.skew_ms
        self._put(
            Request(
                at_ms=at_ms, viewing=self._viewing, viewer=viewer, action="downloaded", request_id=uuid(self._dice),
                client_id=None, said_ms=stamp, collection={}, items=tuple(said),
            )
        )  # fmt: skip
        said.clear()

    def _race(self, one: Said) -> None:
        """Browsers send in parallel: some events come late, some twice under one requestId."""
        dice = self._dice
        at_ms = one.said_ms + 20 + int(dice.expovariate(1 / 60))
        if one.action == "sessionStart":
            self._send(one, at_ms)
            return
        if one.action == "sessionEnd":
            at_ms = max(at_ms, self._last_ms - AFTER_END_MS)
        elif dice.random() < _STRAGGLERS * self._mix.reordering:
            at_ms += int(between(dice, 2_000, 40_000))
        request = self._send(one, max(at_ms, self._started_ms + 20))
        if dice.random() < _RETRIES * self._mix.retries:
            self._repeat(request, request.request_id, int(between(dice, 700, 3_300)))

    def _queue(self, one: Said) -> None:
        """Phones and Roku send one by one; a retry of a phone has the same `_id` and another requestId."""
        dice = self._dice
        if self._offline is not None and self._offline[0] <= one.said_ms < self._offline[1]:
            at_ms = self._offline[1]
        else:
            at_ms = one.said_ms + 30 + int(dice.expovariate(1 / 60))
        request = self._send(one, max(at_ms, self._last_ms + _FIFO_MS))
        if dice.random() < _RETRIES * self._mix.retries:
            again = request.request_id if self._viewer.sdk is Sdk.ROKU else uuid(dice)
            self._repeat(request, again, int(between(dice, 700, 3_300)))

    def _send(self, one: Said, at_ms: int) -> Request:
        if one.action == "sessionStart":
            self._started_ms = at_ms
        request = Request(
            at_ms=at_ms, viewing=self._viewing, viewer=self._viewer, action=one.action, request_id=uuid(self._dice),
            client_id=None if self._parallel else self._client_id(), said_ms=one.said_ms + self._viewer.skew_ms,
            collection=one.collection,
        )  # fmt: skip
        self._put(request)
        if one.action == "ping" and self._dice.random() < _REFUSED * self._mix.refusals:
            broken: dict[str, Any] = {"qoeDataDetails": {}}
            self._put(replace(request, request_id=uuid(self._dice), client_id=None, collection=broken, refused=True))
        return request

    def _repeat(self, request: Request, request_id: str, later_ms: int) -> None:
        self._notebook.duplicates += 1
        at_ms = request.at_ms + min(later_ms, AFTER_END_MS)
        self._put(replace(request, at_ms=at_ms, request_id=request_id))

    def _put(self, request: Request) -> None:
        self._last_ms = max(self._last_ms, request.at_ms)
        self._count += 1
        heappush(self._underway, (request.at_ms, self._count, request))

    def _client_id(self) -> str:
        made = uuid(self._dice)
        return made.upper() if self._viewer.sdk is Sdk.IOS else made
