"""The tables of the state machine."""

import pytest

from playhead.events.ads import AdBreakComplete, AdBreakStart, AdComplete, AdStart
from playhead.events.event import Event
from playhead.events.playback import BufferStart, PauseStart, Ping, Play
from playhead.events.session import SessionComplete
from playhead.sessions.machine import CREDIT, FIRST_STATE, NEXT, Credit, Phase, Pod, Scene, active, state_of


def after(*kinds: type[Event]) -> tuple[Scene, Phase]:
    state = FIRST_STATE
    for kind in kinds:
        state = NEXT[kind][state] if kind in NEXT else state
    return active(state)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ((), (Scene.MAIN, Phase.STARTING)),
        ((Ping,), (Scene.MAIN, Phase.STARTING)),
        ((Play,), (Scene.MAIN, Phase.PLAYING)),
        ((Play, PauseStart, BufferStart), (Scene.MAIN, Phase.BUFFERING)),
        ((Play, SessionComplete, PauseStart), (Scene.MAIN, Phase.ENDED)),
        ((AdStart,), (Scene.MAIN, Phase.STARTING)),
        ((AdBreakStart,), (Scene.GAP, Phase.STARTING)),
        ((AdBreakStart, Play), (Scene.GAP, Phase.PLAYING)),
        ((PauseStart, AdBreakStart, AdStart), (Scene.AD, Phase.PLAYING)),
        ((PauseStart, AdBreakStart, AdStart, AdComplete), (Scene.GAP, Phase.PAUSED)),
        ((AdBreakStart, AdStart, AdComplete, Play), (Scene.MAIN, Phase.PLAYING)),
        ((AdBreakStart, AdStart, AdComplete, Play, AdStart), (Scene.AD, Phase.PLAYING)),
        ((AdBreakStart, AdStart, PauseStart), (Scene.AD, Phase.PAUSED)),
        ((SessionComplete, AdBreakStart, AdStart, PauseStart, AdBreakComplete), (Scene.MAIN, Phase.ENDED)),
    ],
)
def test_events_lead_to_the_active_state(kinds: tuple[type[Event], ...], expected: tuple[Scene, Phase]) -> None:
    """The active state follows metrics.md 1.2 and 1.3."""
    assert expected == after(*kinds)


def test_credit_follows_the_active_state() -> None:
    """Each of the 35 states is credited as metrics.md 1.4 says."""
    assert len(CREDIT) == 35
    for pod in Pod:
        for phase in Phase:
            state = state_of(pod, phase)
            scene, active_phase = active(state)
            expected = {
                (Scene.MAIN, Phase.PLAYING): Credit.MAIN,
                (Scene.AD, Phase.PLAYING): Credit.AD,
            }.get((scene, active_phase), Credit.NOTHING)
            if active_phase is Phase.PAUSED:
                expected = Credit.PAUSE
            if active_phase is Phase.BUFFERING:
                expected = Credit.BUFFER
            assert expected == CREDIT[state]
