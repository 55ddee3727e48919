"""Players: they send what was said, wait, try again, give up."""

import json
import random
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
from msgspec import Struct

from playhead.collector.ports import Reply
from playhead.wire.refusals import Refusal
from simulation.faults import Fault, Mix
from simulation.said import Said
from simulation.scripts import HOUR_MS, Line

OnAnswer = Callable[[Reply | None], None]
"""Told of the answer; None: none came in time."""


class Sent(Struct, frozen=True):
    """
    One request as it is sent, every time it is sent.

    Attributes:
        path, query, body, content_type: As sent.
        route: The canonical name of its route.
        datastream_id: The datastream it names; empty for none.
        request_id: `requestId`; None where there is none.
        said: Its events, in order.
        session_id: The session they name, in lower case; empty for starts.
        shown: The same as it is written.
        spoiled: Indexes of events that must be refused though others are taken.
        refused_for: What all of it must be refused for; None where it is good.
    """

    path: str
    query: bytes
    body: bytes
    content_type: str
    route: str
    datastream_id: str
    request_id: str | None
    said: tuple[Said, ...]
    session_id: str = ""
    shown: str = ""
    spoiled: frozenset[int] = frozenset()
    refused_for: Refusal | None = None


class Net(Protocol):
    """What players see of the world."""

    now_ms: int
    mix: Mix

    def at(self, at_ms: int, act: Callable[[], None]) -> None:
        """Do something at a time."""
        ...

    def post(self, sent: Sent, home: int, timeout_ms: int, on_answer: OnAnswer) -> None:
        """Send a request to some collector; told of the answer at once or once."""
        ...

    def fresh_id(self, prefix: str) -> str:
        """A name nobody had before."""
        ...


def request(
    route: str,
    said: Sequence[Said],
    session_id: str,
    datastream_id: str,
    request_id: str | None,
    *,
    shout: bool = False,
) -> Sent:
    """A good request; `shout` writes the session id in capitals, which makes no difference."""
    shown = session_id.upper() if shout else session_id
    body = json.dumps({"events": [{"xdm": one.xdm(shown)} for one in said]}, ensure_ascii=False).encode()
    return Sent(
        f"/ee/{route}", query_of(datastream_id, request_id), body, "application/json", route, datastream_id, request_id,
        tuple(said), session_id, shown,
    )  # fmt: skip


def query_of(datastream_id: str, request_id: str | None) -> bytes:
    """The query of a request."""
    parts = [f"configId={datastream_id}"] if datastream_id else []
    parts += [f"requestId={request_id}"] if request_id is not None else []
    return "&".join(parts).encode()


class Player:
    """
    One viewer's player.

    Attributes:
        datastream_id: Where it sends to.
    """

    def __init__(self, net: Net, dice: random.Random, lines: Sequence[Line], datastream_id: str) -> None:
        self.datastream_id = datastream_id
        self._net = net
        self._dice = dice
        self._lines = lines
        self._session_id = ""
        self._waiting: list[tuple[Said, ...]] = []
        self._gone = False
        self._home = dice.randrange(100)
        self._roams = dice.random() < 0.3
        self._tries = dice.choice([1, 3, 6])
        self._timeout_ms = dice.choice([2_000, 5_000, 20_000])
        self._names = dice.random() < 0.5  # gives every event an `_id`, as phones do
        self._same_request = dice.random() < 0.5  # a retry keeps its requestId
        self._batches = dice.random() < 0.3
        first = lines[0]
        net.at(first.at_ms, lambda: self._begin(first.said))
        for at_ms, group in self._plan(lines[1:]):
            net.at(at_ms, lambda said=group: self._send(said))  # type: ignore[misc]

    def _plan(self, lines: Sequence[Line]) -> list[tuple[int, tuple[Said, ...]]]:
        """When what is sent: as it is said, in groups, or after hours offline."""
        mix = self._net.mix
        named = [Line(line.at_ms, self._named(line.said)) for line in lines]
        groups: list[tuple[int, tuple[Said, ...]]] = []
        for line in named:
            if groups and self._batches and self._dice.random() < 0.4:
                groups[-1] = (line.at_ms, (*groups[-1][1], line.said))
            else:
                groups.append((line.at_ms, (line.said,)))
        if groups and mix.strikes(Fault.FLUSHED_LATE, 0.4):
            dice = mix.dice(Fault.FLUSHED_LATE)
            first = dice.randrange(len(groups))
            last = min(len(groups) - 1, first + dice.randrange(8))
            until_ms = groups[last][0] + dice.choice(
                [7_000, 40_000, 200_000, 700_000, HOUR_MS, 5 * HOUR_MS, 25 * HOUR_MS]
            )
            for number in range(first, last + 1):
                groups[number] = (until_ms + 7 * number, groups[number][1])
        again = [self._repeated(group) for group in groups if mix.strikes(Fault.REPEAT)]
        return [*groups, *again]

    def _named(self, said: Said) -> Said:
        return said._replace(client_id=self._net.fresh_id("id")) if self._names else said

    def _repeated(self, group: tuple[int, tuple[Said, ...]]) -> tuple[int, tuple[Said, ...]]:
        """The same said once more, with other names or the same ones."""
        dice = self._net.mix.dice(Fault.REPEAT)
        later = dice.choice([1, 400, 6_000, 100_000, 900_000, 5 * HOUR_MS])
        renamed = dice.random() < 0.5
        said = tuple(one._replace(client_id=None) if renamed else one for one in group[1])
        return group[0] + later, said

    # Sending

    def _begin(self, said: Said) -> None:
        """Send the start; what is said meanwhile waits for its answer."""
        said = self._named(said) if said.action == "sessionStart" else said._replace(client_id=None)
        route = f"va/v1/{said.action}" if said.action == "downloaded" or self._dice.random() < 0.8 else "v1/interact"
        self._try(request(route, (said,), "", self.datastream_id, self._request_id()), self._tries, self._begun)

    def _begun(self, reply: Reply | None) -> None:
        if reply is None or reply.status != 200:
            self._gone = True
            return
        for handle in json.loads(reply.body)["handle"]:
            if handle["type"] == "media-analytics:new-session":
                self._session_id = handle["payload"][0]["sessionId"]
        waiting, self._waiting = self._waiting, []
        for group in waiting:
            self._send(group)

    def _send(self, group: tuple[Said, ...]) -> None:
        if self._gone:
            return
        if not self._session_id:
            self._waiting.append(group)
            return
        actions = {one.action for one in group}
        if len(actions) == 1 and self._dice.random() < 0.9:
            route = f"va/v1/{group[0].action}"
        else:
            route = self._dice.choice(["v1/interact", "v1/interact", "v1/collect"])
        shout = self._dice.random() < 0.05
        named = self.datastream_id if not route.startswith("va") or self._dice.random() < 0.8 else ""
        sent = request(route, group, self._session_id, named, self._request_id(), shout=shout)
        self._try(sent, self._tries, self._answered)

    def _answered(self, reply: Reply | None) -> None:
        if reply is not None and reply.status == 404 and self._dice.random() < 0.5:
            self._gone = True

    def _request_id(self) -> str | None:
        return None if self._dice.random() < 0.1 else self._net.fresh_id("r")

    def _try(self, sent: Sent, tries: int, done: OnAnswer) -> None:
        """Send, and send again where no answer or a refusal of the world comes."""
        home = self._dice.randrange(100) if self._roams else self._home

        def answered(reply: Reply | None) -> None:
            if (reply is not None and reply.status < 500) or tries <= 1:
                done(reply)
                return
            pause_ms = self._dice.choice([10, 1_000, 5_000, 30_000])
            again = sent if self._same_request else renamed(sent, self._request_id())
            self._net.at(self._net.now_ms + pause_ms, lambda: self._try(again, tries - 1, done))

        self._net.post(sent, home, self._timeout_ms, answered)


def renamed(sent: Sent, request_id: str | None) -> Sent:
    """The same body under another requestId."""
    return msgspec.structs.replace(sent, query=query_of(sent.datastream_id, request_id), request_id=request_id)
