"""One seed from beginning to end, and what it found."""

import logging
import traceback
from collections.abc import Collection
from typing import NamedTuple

from playhead.store.port import Store
from simulation.auditor import audit
from simulation.faults import Fault
from simulation.world import World


class Found(NamedTuple):
    """
    What became of a seed.

    Attributes:
        seed: The seed.
        digest: Tells runs apart.
        events: Requests that reached a collector.
        complaints: What the auditor found, or how the run broke; empty when all is well.
        lines: The trace.
    """

    seed: int
    digest: str
    events: int
    complaints: list[str]
    lines: list[str]


def simulate(seed: int, without: Collection[Fault] = (), store: Store | None = None) -> Found:
    """Run a seed and audit it. Never raises for anything that the system did."""
    log = logging.getLogger("playhead.collector")
    level = log.level
    log.setLevel(logging.CRITICAL)  # what cannot be kept is said there, and there is much of it
    world = World(seed, without, store)
    try:
        world.run()
        complaints = audit(world)
    except Exception:  # noqa: BLE001 - any way of breaking is a finding
        complaints = [traceback.format_exc()]
    finally:
        log.setLevel(level)
    return Found(seed, world.digest(), len(world.handled), complaints, world.lines())


def told(found: Found) -> str:
    """A failure in words, with the command that repeats it."""
    shown = "\n".join(f"  {complaint[:2000]}" for complaint in found.complaints[:10])
    return (
        f"seed {found.seed}: {len(found.complaints)} differences\n{shown}\nrepeat it: make simulate SEED={found.seed}"
    )
