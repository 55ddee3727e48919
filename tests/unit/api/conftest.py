"""One console for tests that need nothing special of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api_world import World, world_at


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A console without token on an empty directory."""
    with world_at(tmp_path) as made:
        yield made
