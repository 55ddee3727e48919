"""The guides name only what exists: commands, options, settings, files and headings. What they tell to run is run in tests/e2e."""

import re
import tomllib
from pathlib import Path

import pytest

from playhead.app.config import load_config
from playhead.app.settings import DECLARED
from playhead.cli import main

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
EXPECTED = {"android", "curl", "ios", "moving-over", "reverse-proxy", "roku", "web"}

each = pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)


def anchors(text: str) -> set[str]:
    """How the headings of a page are linked to, as on GitHub."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}


def blocks(text: str, language: str) -> list[str]:
    """The code of one language."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_every_client_has_its_guide() -> None:
    """Each kind of client, moving over and the proxies have a page, and the README leads to all of them."""
    assert {path.stem for path in GUIDES} >= EXPECTED
    readme = (ROOT / "README.md").read_text()
    assert [path.stem for path in GUIDES if f"(docs/guides/{path.name})" not in readme] == []


@each
def test_it_says_how_to_check(guide: Path) -> None:
    """Every guide has a step that shows whether it worked."""
    assert re.search(r"^## \d\. Check that it works$", guide.read_text(), re.MULTILINE)


@each
def test_links_lead_somewhere(guide: Path) -> None:
    """Files and headings that are linked to exist."""
    text = guide.read_text()
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("http"):
            continue
        name, _, anchor = target.partition("#")
        linked = (guide.parent / name).resolve() if name else guide
        assert linked.is_file(), target
        assert not anchor or anchor in anchors(linked.read_text()), target


@each
def test_commands_exist(guide: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every `playhead` command is one, with the options it is shown with."""
    text = guide.read_text()
    said = [line for block in blocks(text, "sh") for line in block.splitlines()] + re.findall(r"`([^`\n]+)`", text)
    for line in said:
        found = re.match(r"playhead ((?:[a-z]+ )*[a-z]+)(.*)", line)
        if found is None:
            continue
        words = found[1].split()[: 2 if found[1].startswith(("datastream", "config", "lookup")) else 1]
        assert main([*words, "--help"]) == 0, line
        known = set(re.findall(r"--[a-z][a-z-]*", capsys.readouterr().out))
        assert set(re.findall(r"(?<= )--[a-z][a-z-]*", line)) <= known | {"--help"}, line


@each
def test_settings_exist(guide: Path, tmp_path: Path) -> None:
    """Configuration files load, and settings named in the text are declared."""
    text = guide.read_text()
    for number, block in enumerate(blocks(text, "toml")):
        path = tmp_path / f"{number}.toml"
        path.write_text(block)
        assert tomllib.loads(block)
        load_config(file=path, environ={})
    named = re.findall(r"`\[([a-z]+)\] ([a-z_]+)`", text)
    assert [f"{table}.{name}" for table, name in named if f"{table}.{name}" not in DECLARED] == []
    for name in re.findall(r"`((?:max|trusted|base|allowed|location|ended)_[a-z_]+)`", text):
        assert f"collector.{name}" in DECLARED
