"""
The state machine of a session (metrics.md 1.2 to 1.4). Law: every change of state is in NEXT_PHASE or NEXT_POD.

Two small machines run side by side: the *phase* of the main player, and the *pod* (what is open of ads). No event
needs to look at both, so each has its table; what is not in a table changes nothing. Their product, 35 states, is
numbered, and the tables the fold uses on every event are computed from the two below once, at import.
"""

from collections.abc import Mapping
from enum import IntEnum
from itertools import product
from typing import Final

from playhead.events.ads import AdBreakComplete, AdBreakStart, AdComplete, AdSkip, AdStart
from playhead.events.event import Event
from playhead.events.playback import BufferStart, PauseStart, Play
from playhead.events.session import SessionComplete


class Phase(IntEnum):
    """What the main player was last told to do: `P` of metrics.md 1.2."""

    STARTING = 0
    PLAYING = 1
    PAUSED = 2
    BUFFERING = 3
    ENDED = 4


class Pod(IntEnum):
    """What is open of ads: `pod` and `ad` of metrics.md 1.2. The AD_ states are the last ones."""

    NONE = 0
    EMPTY = 1
    """A break is open, none of its ads has closed yet, no ad is open."""
    BETWEEN = 2
    """A break is open, at least one of its ads has closed, no ad is open."""
    SOFT = 3
    """As BETWEEN, but `play` came: main content goes on until another ad starts."""
    AD_PLAYING = 4
    AD_PAUSED = 5
    AD_BUFFERING = 6


NEXT_PHASE: Mapping[tuple[Phase, type[Event]], Phase] = {
    (Phase.STARTING, Play): Phase.PLAYING,
    (Phase.PAUSED, Play): Phase.PLAYING,  # no resume event exists: Play ends a pause
    (Phase.BUFFERING, Play): Phase.PLAYING,
    (Phase.ENDED, Play): Phase.PLAYING,
    (Phase.STARTING, PauseStart): Phase.PAUSED,
    (Phase.PLAYING, PauseStart): Phase.PAUSED,
    (Phase.BUFFERING, PauseStart): Phase.PAUSED,  # ENDED is missing: players pause at the end (metrics.md 7, no. 49)
    (Phase.STARTING, BufferStart): Phase.BUFFERING,
    (Phase.PLAYING, BufferStart): Phase.BUFFERING,
    (Phase.PAUSED, BufferStart): Phase.BUFFERING,  # states are exclusive (metrics.md 7, no. 13)
    (Phase.STARTING, SessionComplete): Phase.ENDED,
    (Phase.PLAYING, SessionComplete): Phase.ENDED,
    (Phase.PAUSED, SessionComplete): Phase.ENDED,
    (Phase.BUFFERING, SessionComplete): Phase.ENDED,
}

NEXT_POD: Mapping[tuple[Pod, type[Event]], Pod] = {
    **{(pod, AdBreakStart): Pod.EMPTY for pod in Pod},
    **{(pod, AdBreakComplete): Pod.NONE for pod in Pod},
    **{(pod, AdStart): Pod.AD_PLAYING for pod in Pod if pod is not Pod.NONE},  # without a break it is ignored
    (Pod.AD_PLAYING, AdComplete): Pod.BETWEEN,
    (Pod.AD_PAUSED, AdComplete): Pod.BETWEEN,
    (Pod.AD_BUFFERING, AdComplete): Pod.BETWEEN,
    (Pod.AD_PLAYING, AdSkip): Pod.BETWEEN,
    (Pod.AD_PAUSED, AdSkip): Pod.BETWEEN,
    (Pod.AD_BUFFERING, AdSkip): Pod.BETWEEN,
    (Pod.BETWEEN, Play): Pod.SOFT,  # in EMPTY it is not: the first ad is still to come
    (Pod.AD_PAUSED, Play): Pod.AD_PLAYING,
    (Pod.AD_BUFFERING, Play): Pod.AD_PLAYING,
    (Pod.AD_PLAYING, PauseStart): Pod.AD_PAUSED,
    (Pod.AD_BUFFERING, PauseStart): Pod.AD_PAUSED,
    (Pod.AD_PLAYING, BufferStart): Pod.AD_BUFFERING,
    (Pod.AD_PAUSED, BufferStart): Pod.AD_BUFFERING,
}


class Scene(IntEnum):
    """Who has the screen: first half of the active state A."""

    MAIN = 0
    AD = 1
    GAP = 2
    """In a break, between its ads."""


class Credit(IntEnum):
    """What the time of an interval is credited to (metrics.md 1.4)."""

    NOTHING = 0
    MAIN = 1
    AD = 2
    PAUSE = 3
    BUFFER = 4


State = int
"""Number of a (pod, phase); see `state_of`."""

_AD_PHASE: Final[Mapping[Pod, Phase]] = {
    Pod.AD_PLAYING: Phase.PLAYING,
    Pod.AD_PAUSED: Phase.PAUSED,
    Pod.AD_BUFFERING: Phase.BUFFERING,
}


def state_of(pod: Pod, phase: Phase) -> State:
    """The number of a state, 0 to 34."""
    return pod * len(Phase) + phase


def active(state: State) -> tuple[Scene, Phase]:
    """The active state A of metrics.md 1.2."""
    pod, phase = Pod(state // len(Phase)), Phase(state % len(Phase))
    if pod in _AD_PHASE:
        return Scene.AD, _AD_PHASE[pod]
    if pod in {Pod.EMPTY, Pod.BETWEEN}:
        return Scene.GAP, phase
    return Scene.MAIN, phase


def _credit(state: State) -> Credit:
    scene, phase = active(state)
    if phase is Phase.PAUSED:
        return Credit.PAUSE
    if phase is Phase.BUFFERING:
        return Credit.BUFFER
    if phase is Phase.PLAYING and scene is not Scene.GAP:
        return Credit.MAIN if scene is Scene.MAIN else Credit.AD
    return Credit.NOTHING


def _row(kind: type[Event]) -> tuple[State, ...]:
    return tuple(
        state_of(NEXT_POD.get((pod, kind), pod), NEXT_PHASE.get((phase, kind), phase))
        for pod, phase in product(Pod, Phase)
    )


_KINDS: Final = {kind for _, kind in NEXT_PHASE} | {kind for _, kind in NEXT_POD}

NEXT: Final[Mapping[type[Event], tuple[State, ...]]] = {kind: _row(kind) for kind in _KINDS}
"""Event type to the next state of each state. An event type that is not in it never changes the state."""

CREDIT: Final[tuple[int, ...]] = tuple(int(_credit(state)) for state in range(len(Pod) * len(Phase)))
"""State to `Credit`, as plain integers."""

ACTIVE: Final[tuple[tuple[Scene, Phase], ...]] = tuple(active(state) for state in range(len(Pod) * len(Phase)))
"""State to active state."""

FIRST_STATE: Final[State] = state_of(Pod.NONE, Phase.STARTING)
FIRST_AD_STATE: Final[State] = state_of(Pod.AD_PLAYING, Phase.STARTING)
"""From this state on, an ad is open."""
FIRST_POD_STATE: Final[State] = state_of(Pod.EMPTY, Phase.STARTING)
"""From this state on, a break is open."""
