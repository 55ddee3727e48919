"""The page about simulation is about the audience there is."""

import re
from pathlib import Path

import msgspec

from playhead.viewers.mix import USUAL, Mix

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "simulation.md").read_text()


def test_the_mix_of_the_page_is_the_usual_one() -> None:
    """Every member with its default, and none that is not there."""
    block = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    written = msgspec.toml.decode(block[1])
    assert written == {name: getattr(USUAL, name) for name in Mix.__struct_fields__}
