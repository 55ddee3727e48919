"""What happens to machines and processes at some moment of a run, drawn before it begins."""

import errno
import random
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from playhead.base.settings import SessionSettings
from playhead.base.units import DatastreamId
from simulation.collectors import Collector
from simulation.faults import Fault, Mix
from simulation.processor import Backend
from simulation.scripts import BEGIN_MS


class Place(Protocol):
    """Where accidents happen: the world."""

    now_ms: int
    mix: Mix
    collectors: list[Collector]
    backend: Backend
    down_until_ms: dict[str, int]
    restarted: bool
    settings: dict[DatastreamId, SessionSettings]

    def at(self, at_ms: int, act: Callable[[], None]) -> None: ...  # noqa: D102 - see World
    def say(self, *parts: object) -> None: ...  # noqa: D102
    def resume(self, collector: Collector) -> None: ...  # noqa: D102


Accident = Callable[[Place, Collector, random.Random], None]


def schedule(place: Place, last_ms: int) -> None:
    """Draw when what happens, from the begin to a minute after the last player spoke."""
    for fault, accident in ACCIDENTS.items():
        if fault in place.mix.on:
            dice = place.mix.dice(fault)
            for _ in range(dice.choice([1, 1, 2, 4])):
                at_ms = dice.randrange(BEGIN_MS + 1, last_ms + 60_000)
                place.at(at_ms, partial(accident, place, dice.choice(place.collectors), dice))


def odd_settings(dice: random.Random) -> SessionSettings:
    """Settings somebody may have chosen."""
    return SessionSettings(
        reorder_window_s=dice.choice([5, 1, 30]),
        reorder_window_events=dice.choice([10, 2, 0]),
        idle_timeout_s=dice.choice([600, 100, 30]),
        playhead_timeout_s=dice.choice([1800, 250]),
        complete_linger_s=dice.choice([60, 5, 450]),
        max_session_s=dice.choice([86_400, 3_000, 400]),
        interval_cap_s=dice.choice([600, 20]),
        stall_min_gap_s=dice.choice([1, 2.5, 0]),
        max_playback_rate=dice.choice([2, 1, 4]),
        max_states=dice.choice([10, 2]),
        federated=dice.random() < 0.5,
        person_namespace=dice.choice([None, "CRM"]),
    )


def _down(place: Place, name: str, dice: random.Random) -> None:
    place.down_until_ms[name] = place.now_ms + dice.choice([0, 0, 3_000, 40_000, 400_000])


def _killed(place: Place, collector: Collector, dice: random.Random) -> None:
    place.say(collector.name, "is killed")
    collector.die()
    _down(place, collector.name, dice)


def _power_lost(place: Place, collector: Collector, dice: random.Random) -> None:
    chance = dice.choice([0.0, 0.5, 0.5, 1.0])
    hit = place.collectors if dice.random() < 0.5 else [collector]
    for one in hit:
        place.say(one.name, "loses power", chance)
        one.die()
        one.disk.lose_power(lambda: dice.random() < chance)
        _down(place, one.name, dice)
    place.backend.worker = None
    _down(place, "processor", dice)


def _restarted(place: Place, collector: Collector, dice: random.Random) -> None:
    if collector.up and not collector.stalled:
        place.say(collector.name, "is stopped")
        place.restarted = True
        collector.stop()
        _down(place, collector.name, dice)


def _clock_jumps(place: Place, collector: Collector, dice: random.Random) -> None:
    collector.offset_ms += dice.choice([-3_600_000, -60_000, -5_000, 5_000, 60_000, 3_600_000, 30 * 3_600_000])
    place.say(collector.name, "has its clock set", collector.offset_ms)


def _stalled(place: Place, collector: Collector, dice: random.Random) -> None:
    if collector.up and not collector.stalled:
        place.say(collector.name, "stands still")
        collector.stalled = True
        place.at(place.now_ms + dice.choice([30_000, 100_000, 600_000]), partial(place.resume, collector))


def _disk_call(place: Place, collector: Collector, dice: random.Random) -> None:
    disk = collector.disk
    disk.fail_call = disk.calls + dice.choice([1, 2, 3, 4, 5, 8, 20])
    disk.failure = dice.choice([errno.EIO, errno.ENOSPC])
    disk.lasting = dice.random() < 0.3
    place.say(collector.name, "disk is going to fail", disk.fail_call - disk.calls, disk.lasting)
    place.at(place.now_ms + dice.choice([10_000, 100_000]), disk.heal)


def _disk_full(place: Place, collector: Collector, dice: random.Random) -> None:
    disk = collector.disk
    disk.capacity_bytes = sum(len(inode.seen) for inode in disk._files.values()) + dice.choice([0, 100, 5000])
    place.say(collector.name, "disk is full")

    def room() -> None:
        disk.capacity_bytes = None

    place.at(place.now_ms + dice.choice([10_000, 100_000]), room)


def _disk_short(place: Place, collector: Collector, dice: random.Random) -> None:
    disk = collector.disk
    disk.write_bytes_max = dice.choice([13, 100, 700])

    def whole() -> None:
        disk.write_bytes_max = None

    place.at(place.now_ms + 30_000, whole)


def _store_unreadable(place: Place, _collector: Collector, dice: random.Random) -> None:
    place.backend.store.unreadable = dice.choice([2, 10, 40])


def _processor_killed(place: Place, _collector: Collector, dice: random.Random) -> None:
    place.say("processor is killed")
    place.backend.worker = None
    _down(place, "processor", dice)


def _settings_changed(place: Place, _collector: Collector, dice: random.Random) -> None:
    datastream_id = dice.choice(sorted(place.settings))
    place.settings[datastream_id] = odd_settings(dice)
    place.say(datastream_id, "has other settings")


ACCIDENTS: Mapping[Fault, Accident] = {
    Fault.COLLECTOR_KILLED: _killed,
    Fault.POWER_LOST: _power_lost,
    Fault.COLLECTOR_RESTARTED: _restarted,
    Fault.CLOCK_JUMPS: _clock_jumps,
    Fault.STALLED: _stalled,
    Fault.DISK_CALL: _disk_call,
    Fault.DISK_FULL: _disk_full,
    Fault.DISK_SHORT: _disk_short,
    Fault.STORE_UNREADABLE: _store_unreadable,
    Fault.PROCESSOR_KILLED: _processor_killed,
    Fault.SETTINGS_CHANGED: _settings_changed,
}
