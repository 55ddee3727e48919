"""Structs that are written to on every event."""

from typing import TypeVar

from msgspec import Struct

_Kind = TypeVar("_Kind", bound=type[Struct])


def quick(kind: _Kind) -> _Kind:
    """
    Let the attributes of a Struct be set as those of any object are: eight times as fast.

    Structs have a way of their own, to keep the collector of garbage informed; one with `gc=False` has nothing to tell
    it. Both methods stand for the same place in the type, so that only both together replace it.
    """
    kind.__setattr__ = object.__setattr__  # type: ignore[method-assign]
    kind.__delattr__ = object.__delattr__  # type: ignore[method-assign]
    return kind
