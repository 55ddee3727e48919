"""The private door: the report API of the console, health and metrics."""

from playhead.api.factory import Console, create_api
from playhead.api.meters import Distribution, Sizes, Snapshot, Tally
from playhead.api.ports import Check, ConsoleStore, Live, Pending

__all__ = [
    "Check",
    "Console",
    "ConsoleStore",
    "Distribution",
    "Live",
    "Pending",
    "Sizes",
    "Snapshot",
    "Tally",
    "create_api",
]
