"""
What goes wrong in a run: for each seed another part of all that can, so that rare mixtures come up too.

Every kind has dice of its own: leaving one out leaves the drawing of all others as it was.
"""

import random
from collections.abc import Collection
from enum import StrEnum


class Fault(StrEnum):
    """A kind of fault: of the network, of players, collectors, their disks and clocks, processor, store, feed."""

    REQUEST_LOST = "request-lost"
    """A request never arrives."""
    ANSWER_LOST = "answer-lost"
    """A request is taken and its answer does not come back."""
    REQUEST_TWICE = "request-twice"
    """The network delivers a request again."""
    SLOW = "slow"
    """A request takes seconds, and is overtaken."""
    REPEAT = "repeat"
    """A player says the same again: same `_id`, same request, or same content only."""
    CLOCK_LIES = "clock-lies"
    """Timestamps that stand still, jump, are days off or missing."""
    FLUSHED_LATE = "flushed-late"
    """A player was offline and sends what it has minutes or hours later."""
    VANISH = "vanish"
    """A player is gone in the middle."""
    NONSENSE = "nonsense"
    """Requests that must be refused."""
    COLLECTOR_KILLED = "collector-killed"
    """A collector's process dies; what it wrote stays."""
    POWER_LOST = "power-lost"
    """A machine dies: of what was not synced any part may stay; the processor dies too."""
    COLLECTOR_RESTARTED = "collector-restarted"
    """A collector is stopped in order and started again."""
    CLOCK_JUMPS = "clock-jumps"
    """Somebody sets a collector's wall clock."""
    STALLED = "stalled"
    """A collector stands still for minutes, its log too, and goes on."""
    DISK_CALL = "disk-call"
    """The Nth call to a disk fails, once or from then on."""
    DISK_FULL = "disk-full"
    """A disk has no room for a while."""
    DISK_SHORT = "disk-short"
    """A disk takes a few bytes at a time."""
    STORE_REFUSES = "store-refuses"
    """Commits fail, untaken."""
    STORE_PRETENDS = "store-pretends"
    """Commits seem to fail, though they were taken."""
    STORE_UNREADABLE = "store-unreadable"
    """Reads of the store fail."""
    DIED_BEFORE_COMMIT = "died-before-commit"
    """The processor dies as it begins a commit."""
    DIED_AFTER_COMMIT = "died-after-commit"
    """The processor dies as a commit was taken, its closings untold."""
    PROCESSOR_KILLED = "processor-killed"
    """The processor dies anywhere."""
    SETTINGS_CHANGED = "settings-changed"
    """Somebody changes the settings of a datastream; sessions keep those they began under."""
    FEED_FAILS = "feed-fails"
    """Closings cannot be published, or only some."""
    FEED_LOST = "feed-lost"
    """Collectors miss news of closings."""


class Mix:
    """
    The faults of one run.

    Attributes:
        on: The kinds that may happen.
        over: None happens any more.
        rate: How often what can happen to each request does, 0 to 1.
    """

    def __init__(self, seed: int, without: Collection[Fault] = ()) -> None:
        self._seed = seed
        self.over = False
        self._dice: dict[Fault, random.Random] = {}
        share = dice_of(seed, "mix").choice([0.1, 0.3, 0.3, 0.6])
        chosen = {fault for fault in Fault if dice_of(seed, f"on {fault}").random() < share}
        self.on = [fault for fault in Fault if fault in chosen and fault not in without]
        self.rate = dice_of(seed, "rate").choice([0.02, 0.1, 0.25])

    def calm(self) -> None:
        """From now on nothing goes wrong."""
        self.over = True

    def dice(self, fault: Fault) -> random.Random:
        """The dice of one kind."""
        if fault not in self._dice:
            self._dice[fault] = dice_of(self._seed, f"dice {fault}")
        return self._dice[fault]

    def strikes(self, fault: Fault, rate: float | None = None) -> bool:
        """Whether it happens now; every asking is a throw."""
        return fault in self.on and not self.over and self.dice(fault).random() < (self.rate if rate is None else rate)


def dice_of(seed: int, use: str) -> random.Random:
    """Dice for one use, independent of all others; the same on every machine."""
    return random.Random(f"playhead {seed} {use}")
