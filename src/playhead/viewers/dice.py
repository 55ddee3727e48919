"""Chance comes in as a value: nothing on this floor rolls dice of its own (decision 0095)."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")


class Dice(Protocol):
    """The part of `random.Random` that is used."""

    def random(self) -> float:
        """In [0, 1)."""
        ...

    def randrange(self, stop: int, /) -> int:
        """In [0, stop)."""
        ...

    def getrandbits(self, bits: int, /) -> int:
        """That many bits."""
        ...

    def expovariate(self, rate: float, /) -> float:
        """Distance to the next of events that come at this rate."""
        ...


MakeDice = Callable[[str], Dice]
"""Dice for a name: the same name gives the same throws, whatever else was thrown."""


def one_of(dice: Dice, options: Sequence[T]) -> T:
    """Any of them."""
    return options[dice.randrange(len(options))]


def weighted(dice: Dice, options: Sequence[T], weights: Sequence[float]) -> T:
    """One of them, by weight; weights are >= 0 and not all 0."""
    left = dice.random() * sum(weights)
    for option, weight in zip(options, weights, strict=True):
        left -= weight
        if left < 0:
            return option
    return next(option for option, weight in reversed(list(zip(options, weights, strict=True))) if weight > 0)


def between(dice: Dice, low: float, high: float) -> float:
    """Evenly between two numbers."""
    return low + (high - low) * dice.random()


def uuid(dice: Dice) -> str:
    """In the form of a UUID."""
    text = f"{dice.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"
