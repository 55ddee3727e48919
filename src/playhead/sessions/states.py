"""Player states: fullscreen and the like (metrics.md 2.6)."""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct, field

from playhead.sessions.facts import seconds

_STANDARD: Final[Mapping[str, str]] = {
    "fullscreen": "fullscreen",
    "mute": "mute",
    "closedcaptioning": "closedCaptioning",
    "closecaption": "closedCaptioning",
    "pictureinpicture": "pictureInPicture",
    "infocus": "inFocus",
}


def canonical_state(name: str) -> str:
    """The name under which a state is counted: the five standard ones without regard to case, others as sent."""
    return _STANDARD.get(name.lower(), name)


class StateTotal(Struct, frozen=True, gc=False):
    """One state of a session: how often it was entered and for how many whole seconds it was on."""

    name: str
    count: int
    time_s: int


class PlayerStates(Struct, gc=False, array_like=True):
    """
    The states of one session. Time is told as a clock that runs with the credited time of the session, in ms.

    `totals` maps names, in order of first start, to [count, ms of closed intervals, clock at opening or -1].
    """

    totals: dict[str, list[int]] = field(default_factory=dict)

    def update(self, started: Iterable[str], ended: Iterable[str], clock_ms: int, names_max: int) -> None:
        """End, then start. A start of an open state, an end of a closed one and a name too many are ignored."""
        totals = self.totals
        for name in ended:
            total = totals.get(canonical_state(name))
            if total is not None and total[2] >= 0:
                total[1] += clock_ms - total[2]
                total[2] = -1
        for name in started:
            canonical = canonical_state(name)
            total = totals.get(canonical)
            if total is None:
                if len(totals) < names_max:
                    totals[canonical] = [1, 0, clock_ms]
            elif total[2] < 0:
                total[0] += 1
                total[2] = clock_ms

    def closed(self, clock_ms: int) -> list[StateTotal]:
        """The totals if every open state ended at this clock, in order of first start."""
        return [
            StateTotal(name, count, seconds(ms + (clock_ms - opened if opened >= 0 else 0)))
            for name, (count, ms, opened) in self.totals.items()
        ]

    def clone(self) -> "PlayerStates":
        """An independent copy."""
        return PlayerStates({name: list(total) for name, total in self.totals.items()})
