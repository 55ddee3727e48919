"""The tour of the console shows every page, as it is in both themes and both widths."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guides" / "console.md").read_text()
PAGES = re.findall(r'path: "/(\w+)", name: "(\w+)"', (ROOT / "web" / "src" / "pages.ts").read_text())
VIEWS = ("light-1440", "dark-1440", "light-390", "dark-390")


def test_pages_are_found() -> None:
    """The console has as many as the issue of its making asked for, or more."""
    assert len(PAGES) >= 9


@pytest.mark.parametrize(("path", "name"), PAGES)
def test_every_page_is_shown(path: str, name: str) -> None:
    """It has a section, with its four pictures, which the browser tests made."""
    section = re.search(rf"^### {name}$(.*?)(?=^##|\Z)", GUIDE, re.MULTILINE | re.DOTALL)
    assert section is not None
    shown = [f"{path}-{view}.png" for view in VIEWS]
    assert [name for name in shown if f"(../images/{name})" not in section[1]] == []
    assert [name for name in shown if not (ROOT / "docs" / "images" / name).is_file()] == []
