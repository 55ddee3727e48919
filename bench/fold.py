"""
Events a second through the core: duplicates, session life, reordering, fold.

Many sessions in step, a ping each every ten seconds, as they come to a processor. The reference of the same run is a
bare msgspec decode of the same pings: what any program must at least do with them. Prints rates and their ratio.
"""

import argparse
import gc
import json
import time
import tracemalloc
from collections.abc import Callable, Iterable

import msgspec

from playhead.base.settings import DEFAULT_SETTINGS
from playhead.base.units import DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.events.playback import Ping, Play
from playhead.events.session import SessionStart
from playhead.reporting.reporter import Reporter

START_MS = 1_767_232_800_000
DATASTREAM = DatastreamId("bench")


class MediaCollection(msgspec.Struct):
    """The part of a ping that a decoder must at least read."""

    sessionID: str  # noqa: N815 - the wire's name
    playhead: int


class Xdm(msgspec.Struct):
    """A ping."""

    eventType: str  # noqa: N815 - the wire's name
    timestamp: str
    mediaCollection: MediaCollection  # noqa: N815 - the wire's name


class NoHistory:
    """
    Nothing can be read again.

    Of names of long ago so little is kept that one event in 50,000 seems known; without a history it counts as such.
    """

    def __init__(self) -> None:
        self.asked = 0

    def deliveries(self, _session_id: SessionId) -> Iterable[Delivery]:
        """None."""
        self.asked += 1
        return ()


def reporter() -> Reporter:
    return Reporter(lambda _: DEFAULT_SETTINGS, NoHistory())


def begin(core: Reporter, sessions: int) -> None:
    for number in range(sessions):
        at_ms = START_MS + number * 10_000 // sessions
        name = SessionId(f"{number:064x}")
        start = SessionStart(at_ms, 0, None, "content", 3600, "vod", {"playerName": "p", "channel": "c"})
        core.take(Delivery(name, at_ms, start, DATASTREAM, f"start-{number}"))
        core.take(Delivery(name, at_ms, Play(at_ms, 0), DATASTREAM, f"play-{number}"))


def pings(sessions: int, rounds: int) -> list[Delivery]:
    made = []
    for beat in range(1, rounds + 1):
        for number in range(sessions):
            at_ms = START_MS + beat * 10_000 + number * 10_000 // sessions
            request = f"{beat:08x}-{number:08x}-4f1c-8a39-0a3aa2d1b3c4"
            made.append(Delivery(SessionId(f"{number:064x}"), at_ms, Ping(at_ms, beat * 10), DATASTREAM, request))
    return made


def bodies(sessions: int, rounds: int) -> list[bytes]:
    return [
        json.dumps(
            {
                "eventType": "media.ping",
                "timestamp": "2026-01-01T02:00:10.000Z",
                "mediaCollection": {"sessionID": f"{number:064x}", "playhead": beat * 10},
            }
        ).encode()
        for beat in range(1, rounds + 1)
        for number in range(sessions)
    ]


def seconds_of(work: Callable[[], None]) -> float:
    gc.collect()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sessions", type=int, default=2_000)
    arguments.add_argument("--rounds", type=int, default=100)
    options = arguments.parse_args()
    count = options.sessions * options.rounds

    core = reporter()
    begin(core, options.sessions)
    deliveries = pings(options.sessions, options.rounds)

    def fold() -> None:
        take = core.take
        for delivery in deliveries:
            take(delivery)

    texts = bodies(options.sessions, options.rounds)

    def decode() -> None:
        decoder = msgspec.json.Decoder(Xdm)
        for text in texts:
            decoder.decode(text)

    fold_s = seconds_of(fold)
    decode_s = seconds_of(decode)
    tracemalloc.start()
    kept = reporter()
    begin(kept, options.sessions)
    held = tracemalloc.get_traced_memory()[0] / options.sessions
    tracemalloc.stop()
    print(f"{count} pings of {options.sessions} sessions")
    print(f"core        {count / fold_s:12,.0f} events/s")
    print(f"bare decode {count / decode_s:12,.0f} events/s")
    print(f"ratio       {decode_s / fold_s:12.2f}")
    print(f"memory      {held:12,.0f} bytes a session just begun")


if __name__ == "__main__":
    main()
