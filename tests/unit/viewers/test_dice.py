"""Chance by name."""

import random

from playhead.viewers.dice import between, one_of, uuid, weighted


def test_weights_are_proportions() -> None:
    """Three quarters of the throws are of the option with three quarters of the weight; weight 0 never comes."""
    dice = random.Random(1)
    thrown = [weighted(dice, "abc", (3, 1, 0)) for _ in range(4_000)]
    assert 2_850 < thrown.count("a") < 3_150
    assert thrown.count("c") == 0


def test_the_last_option_of_weight_is_taken_when_a_throw_is_at_the_edge() -> None:
    """Rounding never leads to an option of weight 0."""

    class Highest(random.Random):
        def random(self) -> float:
            return 1.0

    assert weighted(Highest(), "abc", (1, 1, 0)) == "b"


def test_one_of_and_between_stay_inside() -> None:
    """Every option comes, and every number lies between the bounds."""
    dice = random.Random(2)
    assert {one_of(dice, "ab") for _ in range(50)} == {"a", "b"}
    assert all(3 <= between(dice, 3, 4) < 4 for _ in range(50))


def test_uuids_look_like_uuids() -> None:
    """Version 4 in the usual form, and no two are alike."""
    dice = random.Random(3)
    made = {uuid(dice) for _ in range(100)}
    assert len(made) == 100
    assert {(len(one), one[8], one[14], one[19]) for one in made} == {(36, "-", "4", "a")}
