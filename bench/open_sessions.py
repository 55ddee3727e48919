"""
Many open sessions at once: bytes each, events a second, snapshots, and taking them up again, by their number.

Sessions as players make them: a full sessionStart, pings with quality every ten seconds for up to an hour, some with
ads, chapters, states, pauses; every event has a UUID as requestId, those of every other session one as `_id`. All are open at once and then say
something in turns, as they come to a processor. The reference of the same run is a bare msgspec decode of pings. Each
size runs in a process of its own. More than 100,000 are copies of 20,000 under other names, taken up from their
snapshots: they take as much memory, and less time to make.
"""

import argparse
import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from random import Random

import msgspec

from fold import DATASTREAM, START_MS, NoHistory, Xdm, bodies
from playhead.base.settings import SessionSettings
from playhead.base.units import HOUR_MS, SessionId
from playhead.events.ads import AdBreakComplete, AdBreakStart, AdComplete, AdStart
from playhead.events.chapters import ChapterComplete, ChapterStart
from playhead.events.delivery import Delivery
from playhead.events.event import Event, Quality
from playhead.events.playback import PauseStart, Ping, Play
from playhead.events.session import SessionStart
from playhead.events.states import StatesUpdate
from playhead.reporting.outputs import Snapshot
from playhead.reporting.reporter import Reporter

BEAT_MS = 10_000
BEATS_MAX = HOUR_MS // BEAT_MS
MADE_MAX = 100_000
COPIED = 20_000
NOW_MS = START_MS + HOUR_MS
SAID_AT_ONCE = 2_000
SETTINGS = SessionSettings(reorder_window_events=1)
"""Sessions are made all at once; so of each one event waits for its place, as it is when pings come every ten seconds."""
HEADLINE = "  sessions  bytes each   all MB    events/s  of a bare decode  us a snapshot  its bytes  taken up in s  longest gc ms"


def name_of(number: int) -> SessionId:
    return SessionId(f"{number * 0x9E3779B97F4A7C15 % (1 << 64):016x}" * 4)


def start_of(number: int, at_ms: int, dice: Random) -> SessionStart:
    """A full sessionStart, read from JSON so that its texts are as many objects as in a server."""
    show = number % 500
    text = f"""{{"at_ms": {at_ms}, "playhead_s": 0, "name": "content-{show}-{number % 40}", "length_s": {1200 + show},
      "content_type": "vod", "stream_type": "video", "has_resume": false,
      "echo": {{"playerName": "web player", "channel": "channel {number % 20}", "appVersion": "4.{number % 9}.1",
        "friendlyName": "Episode {number % 40} of show {show}", "show": "Show number {show}", "season": "{show % 9}",
        "episode": "{number % 40}", "genre": "drama,crime", "rating": "TV-14", "network": "Example Network",
        "originator": "Example Studios", "firstAirDate": "2026-01-{1 + show % 28}", "showType": "full-episode",
        "firstDigitalDate": "2026-02-{1 + show % 28}", "assetID": "asset-{show:08x}", "dayPart": "evening",
        "streamFormat": "hls", "mvpd": "operator {number % 30}", "authorized": "true", "feed": "east"}},
      "metadata": [["plan", "plan {number % 4}"], ["_example.page", "/watch/{show}/{number % 40}"],
        ["experiment", "e{number % 12}"], ["device", "{uuid4(dice)}"]],
      "identity_map": {{"ECID": [{{"id": "{dice.randrange(10**37, 10**38)}", "authenticatedState": "ambiguous",
        "primary": true}}]}},
      "implementation_details": {{"name": "https://ns.example.com/web", "version": "2.31.0", "environment": "browser"}}
    }}"""
    fields = msgspec.json.decode(text)
    fields["metadata"] = tuple(tuple(pair) for pair in fields["metadata"])
    return SessionStart(**fields)


def extras(number: int, beat: int, at_ms: int) -> Iterator[Event]:
    """What a session says beside its pings: of each kind, some do."""
    here = beat * 10
    if number % 3 == 0 and beat % 60 == 1:
        yield AdBreakStart(at_ms + 1000, here, index=beat // 60, offset_s=here, friendly_name="mid-roll")
        for position in range(2):
            ad: dict[str, str | int] = {
                "name": f"ad-{number % 70}-{position}",
                "length": 15,
                "podPosition": position,
                "playerName": "p",
            }
            yield AdStart(at_ms + 1001 + position * 3000, here, details={**ad, "advertiser": "Example Goods"})
            yield AdComplete(at_ms + 3900 + position * 3000, here)
        yield AdBreakComplete(at_ms + 7000, here)
        yield Play(at_ms + 7001, here)
    if number % 4 == 1 and beat % 30 == 2:
        yield ChapterComplete(at_ms + 1500, here)
        chapter: dict[str, str | int] = {
            "index": 1 + beat // 30,
            "length": 300,
            "offset": here,
            "friendlyName": f"part {beat // 30}",
        }
        yield ChapterStart(at_ms + 1501, here, details=chapter)
    if number % 4 == 2 and beat % 50 == 3:
        yield StatesUpdate(at_ms + 1700, here, started=("fullscreen", "mute"), ended=("inFocus",))
    if number % 5 == 0 and beat % 40 == 4:
        yield PauseStart(at_ms + 2000, here)
        yield Play(at_ms + 6000, here)


def quality(number: int, beat: int) -> Quality:
    return Quality(800 + 100 * ((number + beat // 20) % 8), beat // 30, 25, 900 + number % 700)


def said(number: int, dice: Random) -> Iterator[Event]:
    """A session as old as its number says, from its start to now."""
    beats = number * 7919 % BEATS_MAX
    begun_ms = NOW_MS - beats * BEAT_MS - number % BEAT_MS
    yield start_of(number, begun_ms, dice)
    yield Play(begun_ms + 1, 0)
    for beat in range(1, beats + 1):
        yield Ping(begun_ms + beat * BEAT_MS, beat * 10, quality(number, beat))
        if beat < beats:
            yield from extras(number, beat, begun_ms + beat * BEAT_MS)


def delivery(number: int, received_ms: int, event: Event, dice: Random) -> Delivery:
    request, client = uuid4(dice), uuid4(dice) if number % 2 else None  # browsers send no `_id`, other players do
    return Delivery(name_of(number), received_ms, event, DATASTREAM, request, 0, client, "1" * 38)


def uuid4(dice: Random) -> str:
    digits = f"{dice.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def begin(sessions: int, dice: Random) -> Reporter:
    """Make them one after the other. All arrives now: how long they live is not what is measured."""
    core = reporter()
    made = sessions if sessions <= MADE_MAX else COPIED
    for number in range(made):
        for event in said(number, dice):
            core.take(delivery(number, NOW_MS, event, dice))
    if made == sessions:
        return core
    bodies = [snapshot for number in range(made) if (snapshot := core.snapshot(name_of(number)))]
    core = reporter()
    core.resume(
        Snapshot(name_of(first + number), one.wake_ms, bytes(bytearray(one.body)))
        for first in range(0, sessions, made)
        for number, one in enumerate(bodies)
    )
    return core


def reporter() -> Reporter:
    return Reporter(lambda _: SETTINGS, NoHistory())


def speak(core: Reporter, sessions: int, beats: range, dice: Random) -> float:
    """Every session says a ping a beat, in turns; seconds of the processor that took."""
    spent_s = 0.0
    for beat in beats:
        for first in range(0, sessions, SAID_AT_ONCE):
            deliveries = []
            for number in range(first, min(first + SAID_AT_ONCE, sessions)):
                at_ms = NOW_MS + beat * BEAT_MS + number * BEAT_MS // sessions
                ping = Ping(at_ms, 4000 + beat * 10, quality(number, beat))
                deliveries.append(delivery(number, at_ms, ping, dice))
            spent_s += timed(partial(taken, core, deliveries))
    return spent_s


def taken(core: Reporter, deliveries: Iterable[Delivery]) -> None:
    take = core.take
    for one in deliveries:
        take(one)


def timed(work: Callable[[], object]) -> float:
    began = time.process_time()  # of the processor: what else runs on the machine does not count
    work()
    return time.process_time() - began


def resident() -> int:
    """Bytes of memory this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def measure(sessions: int, rounds: int) -> None:
    """One line of the table."""
    dice = Random(4)
    gc.collect()
    empty = resident()
    core = begin(sessions, dice)
    speak(core, sessions, range(1, 2), dice)
    gc.collect()
    each = (resident() - empty) / sessions
    pauses: list[float] = []
    gc.callbacks.append(lambda _phase, _about: pauses.append(time.process_time()))
    spent_s = speak(core, sessions, range(2, rounds + 2), dice)
    longest_ms = max((end - begin for begin, end in zip(pauses[::2], pauses[1::2], strict=False)), default=0) * 1000
    gc.callbacks.clear()
    texts = bodies(2000, 20)
    decoder = msgspec.json.Decoder(Xdm)
    bare_s = timed(lambda: all(map(decoder.decode, texts))) / len(texts)
    event_s = spent_s / (rounds * sessions)

    some = range(0, sessions, max(1, sessions // 100_000) | 1)  # odd: players of every kind
    names = [name_of(number) for number in some]
    kept: list[Snapshot] = []
    snapshot_s = timed(lambda: kept.extend(one for name in names if (one := core.snapshot(name)))) / len(names)
    size = sum(len(one.body) for one in kept) / len(kept)
    again = reporter()
    resume_s = timed(lambda: again.resume(kept)) / len(kept) * sessions
    print(
        f"{sessions:>10,} {each:>11,.0f} {each * sessions / 1e6:>8,.0f} {1 / event_s:>11,.0f} {bare_s / event_s:>17.3f}"
        f" {snapshot_s * 1e6:>14.1f} {size:>10,.0f} {resume_s:>14.2f} {longest_ms:>14.1f}",
        flush=True,
    )


def main() -> None:
    """Measure each size in its own process and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", action="store_true", help="measure the one size in this process")
    options = parser.parse_args()
    if options.one:
        measure(options.sizes[0], options.rounds)
        return
    print(HEADLINE, flush=True)
    for size in options.sizes:
        command = [sys.executable, __file__, "--one", str(size), "--rounds", str(options.rounds)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
