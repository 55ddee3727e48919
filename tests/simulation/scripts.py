"""What viewers do: a list of things said with the true time of each, before anything is sent."""

import random
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from playhead.events.session import SessionStart
from simulation.faults import Fault, Mix
from simulation.said import Said, download, say, start

BEGIN_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""

DAY_MS = 86_400_000
HOUR_MS = 3_600_000


class Line(NamedTuple):
    """Something said, and when by the true clock, Unix ms."""

    at_ms: int
    said: Said


Step = tuple[int, str, str | int]
"""ms since the step before, action, and what the playhead does: `clock`, `hold`, or seconds to jump by."""


def _gap(dice: random.Random) -> int:
    return dice.choice([1, 400, 1000, 1000, 2500, 5000, 7300, 10_000, 10_000, 20_000])


def _pings(dice: random.Random, move: str, least: int = 1) -> Iterator[Step]:
    for _ in range(dice.randrange(least, 5)):
        yield _gap(dice), "ping", move


def _ads(dice: random.Random) -> Iterator[Step]:
    yield _gap(dice), "adBreakStart", "clock"
    for _ in range(dice.choice([1, 1, 2])):
        yield 1, "adStart", "hold"
        if dice.random() < 0.5:
            yield _gap(dice), dice.choice(["play", "pauseStart", "ping", "bufferStart", "error"]), "hold"
        if dice.random() < 0.8:
            yield _gap(dice), dice.choice(["adComplete", "adComplete", "adSkip"]), "hold"
    yield 1, dice.choice(["adBreakComplete", "adBreakComplete", "play", "ping"]), "hold"


def _block(dice: random.Random) -> Iterator[Step]:
    """Some steps that belong together."""
    kind = dice.choice(
        ["play"] * 4 + ["ads", "ads", "chapter", "stall", "states", "quality", "pause", "seek", "silence"]
    )
    match kind:
        case "ads":
            yield from _ads(dice)
        case "chapter":
            yield 1, "chapterStart", "clock"
            yield from _pings(dice, "clock")
            if dice.random() < 0.7:
                yield _gap(dice), dice.choice(["chapterComplete", "chapterSkip"]), "clock"
        case "stall":
            yield from _pings(dice, "hold", 2)
        case "states":
            yield from ((_gap(dice), "statesUpdate", "clock") for _ in range(3))
        case "quality":
            yield _gap(dice), dice.choice(["bitrateChange", "error"]), "clock"
        case "pause":
            yield _gap(dice), dice.choice(["pauseStart", "bufferStart"]), "clock"
            yield from _pings(dice, "hold")
            yield _gap(dice), "play", "hold"
        case "seek":
            yield _gap(dice), "ping", dice.choice([-30, 15, 300, -1])
        case "silence":
            yield dice.choice([30_000, 59_999, 60_000, 130_000, 700_000]), "ping", dice.choice(["clock", "hold"])
        case _:
            yield _gap(dice), "play", "clock"
            yield from _pings(dice, "clock")


def _steps(dice: random.Random) -> list[Step]:
    """A whole viewing behind its start."""
    found: list[Step] = [(dice.choice([0, 1, 200]), "play", "hold")] if dice.random() < 0.9 else []
    for _ in range(dice.choice([1, 2, 3, 3, 4, 6, 9])):
        found += _block(dice)
    ending = dice.choice(["end", "end", "complete", "complete then end", "complete then more", "stuck", "none"])
    if ending == "stuck":
        found += [(20_000, "ping", "hold")] * dice.choice([4, 18])
    if ending.startswith("complete"):
        found.append((_gap(dice), "sessionComplete", "clock"))
    if ending == "complete then more":
        found += [(dice.choice([500, 8_000, 12_000, 70_000]), "ping", "hold"), *_block(dice)]
    if ending.endswith("end"):
        found.append((dice.choice([0, 1, 900]), "sessionEnd", "hold"))
    if ending == "end" and dice.random() < 0.3:
        found += [(dice.choice([1, 2_000, 6_000]), dice.choice(["ping", "sessionEnd", "adSkip"]), "hold")]
    return found


def viewing(begin_ms: int, dice: random.Random, mix: Mix) -> list[Line]:
    """
    One viewing as its player tells it, its start first.

    Args:
        begin_ms: When it begins by the true clock, Unix ms.
        dice: Of this viewer.
        mix: Whether its clock lies and it vanishes.
    """
    length = dice.choice([60, 100, 60.33, 0, 7200, 86_400])
    playhead: float = 86_380 if length == 86_400 else dice.choice([0, 0, 5])
    lies = Fault.CLOCK_LIES in mix.on and mix.dice(Fault.CLOCK_LIES).random() < 0.5
    skew = (
        mix.dice(Fault.CLOCK_LIES).choice([1, -5_000, 90_000, -3 * HOUR_MS, DAY_MS - 20_000, 40 * DAY_MS])
        if lies
        else 0
    )
    now_ms, told_ms = begin_ms, begin_ms + skew
    lines = [Line(now_ms, start(None if lies and dice.random() < 0.3 else told_ms, int(playhead), length, dice))]
    for gap, action, move in _steps(dice):
        now_ms += gap
        playhead = _moved(playhead, gap, move, length)
        if not (lies and mix.strikes(Fault.CLOCK_LIES)):
            told_ms = now_ms + skew
        elif (off := mix.dice(Fault.CLOCK_LIES).choice([0, 2, -2, -3_000, 700, DAY_MS, -9 * DAY_MS])) != 0:
            told_ms = now_ms + skew + off
        lines.append(Line(now_ms, say(action, told_ms, playhead, dice)))
    if mix.strikes(Fault.VANISH, 0.4):
        lines = lines[: mix.dice(Fault.VANISH).randrange(1, len(lines) + 1)]
    return lines


def _moved(playhead: float, gap: int, move: str | int, length: float) -> float:
    if move == "clock":
        playhead += gap / 1000
    elif isinstance(move, int):
        playhead += move
    return playhead % 86_400 if length == 86_400 else max(0.0, playhead)


def offline(begin_ms: int, dice: random.Random, mix: Mix) -> Line:
    """A whole viewing in one event, sent an hour or days after it was seen."""
    lines = viewing(begin_ms - dice.choice([HOUR_MS, 3 * DAY_MS]), dice, mix)
    items = [line.said for line in lines]
    if items[0].stamp is None:
        first = items[0].event
        assert isinstance(first, SessionStart)
        at_ms = lines[0].at_ms
        event = msgspec.structs.replace(first, at_ms=at_ms)
        items[0] = items[0]._replace(event=event, stamp=say("ping", at_ms, 0, dice).stamp)
    return Line(begin_ms, download(items))
