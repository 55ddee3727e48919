"""Golden viewings: each file names its rules, says what the player did and what we learned."""

from pathlib import Path

import pytest

from timelines import by_hand
from timelines.scripts import play

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_viewing_is_learned_as_written(path: Path, request: pytest.FixtureRequest) -> None:
    """Replaying what the player says gives exactly what the file says we learned."""
    expected = path.read_text()
    actual = "\n".join(play(expected).lines) + "\n"
    if request.config.getoption("--update-golden"):
        path.write_text(actual)
        return
    assert expected == actual


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_viewing_adds_up_by_hand(path: Path) -> None:
    """What a person worked out from the text is what we learned; every viewing has been worked out."""
    script = path.read_text()
    run, lines = play(script), by_hand.lines(script)
    assert lines
    assert [] == [difference for line in lines for difference in by_hand.differences(run, line)]
