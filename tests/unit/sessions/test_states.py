"""Player states."""

import pytest

from playhead.sessions.states import PlayerStates, StateTotal, canonical_state


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("FullScreen", "fullscreen"),
        ("closeCaption", "closedCaptioning"),
        ("INFOCUS", "inFocus"),
        ("My.State", "My.State"),
    ],
)
def test_standard_names_are_matched_without_case(name: str, expected: str) -> None:
    """The five standard names have one spelling, others are kept."""
    assert expected == canonical_state(name)


def test_naming_a_state_in_both_restarts_it() -> None:
    """The example of metrics.md 2.6: on 0.5 to 30, restarted at 30, open at 40."""
    states = PlayerStates()
    states.update(["fullscreen"], [], 500, 10)
    states.update(["fullscreen"], ["fullscreen"], 30_000, 10)
    assert [StateTotal("fullscreen", 2, 40)] == states.closed(40_000)


def test_starts_of_open_and_ends_of_closed_states_are_ignored() -> None:
    """Neither counts, and a state that only ended is not listed."""
    states = PlayerStates()
    states.update(["mute", "mute"], ["inFocus"], 0, 10)
    states.update([], ["mute", "mute"], 1000, 10)
    assert [StateTotal("mute", 1, 1)] == states.closed(9000)


def test_names_beyond_the_limit_are_dropped() -> None:
    """Known names still work when the limit is reached."""
    states = PlayerStates()
    states.update(["a", "b", "c"], [], 0, 2)
    states.update(["a"], ["a"], 1000, 2)
    assert [StateTotal("a", 2, 2), StateTotal("b", 1, 2)] == states.closed(2000)


def test_a_clone_is_independent() -> None:
    """Closing the copy leaves the original open."""
    states = PlayerStates()
    states.update(["a"], [], 0, 10)
    states.clone().update([], ["a"], 1000, 10)
    assert [StateTotal("a", 1, 5)] == states.closed(5000)
