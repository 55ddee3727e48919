"""The OpenAPI document of the collector in the docs is the one the console serves."""

import json
from pathlib import Path

import pytest

from playhead import __version__
from playhead.wire.openapi.document import collector_document

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "collector-openapi.json"


def test_the_file_is_the_document(request: pytest.FixtureRequest) -> None:
    """Letter for letter; `pytest tests/docs --update-golden` writes it anew."""
    made = json.dumps(collector_document(__version__), indent=1, ensure_ascii=False) + "\n"
    if request.config.getoption("--update-golden"):
        PAGE.write_text(made)
    assert made == PAGE.read_text()
