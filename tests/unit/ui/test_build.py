"""The build of the web part: it follows its sources, names no registry, and ships the licences of what it ships."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[3]
STATIC = ROOT / "src" / "playhead" / "ui" / "static"
SHIPPED = {"preact", "@preact/signals", "@adobe/alloy", "uuid", "@fontsource-variable/inter", "echarts", "zrender"}
"""Packages of others that are in the build."""


def hatch_build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_fingerprint_changes_with_content_and_names_only(tmp_path: Path) -> None:
    """Installed packages and scratch files do not count; a changed or renamed source does."""
    fingerprint = hatch_build().fingerprint
    source = tmp_path / "src" / "main.tsx"
    source.parent.mkdir()
    source.write_text("a")
    first = fingerprint(tmp_path)

    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "x.js").write_text("b")
    assert first == fingerprint(tmp_path)

    source.write_text("b")
    changed = fingerprint(tmp_path)
    source.rename(source.with_name("other.tsx"))
    assert 3 == len({first, changed, fingerprint(tmp_path)})


def test_lock_names_no_registry() -> None:
    """Every package is pinned by version and hash, and none by an address."""
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}

    assert [] == [name for name, entry in packages.items() if "resolved" in entry]
    assert [] == [name for name, entry in packages.items() if "integrity" not in entry]
    assert len(packages) > 20


def test_notices_name_what_is_shipped() -> None:
    """The licences of the bundled library, the font and the Web SDK are in the build."""
    notices = (STATIC / "THIRD_PARTY_NOTICES.txt").read_text()

    named = {name for name in SHIPPED if f"\n{name} " in notices}
    assert SHIPPED == named
    assert "Apache License" in notices
    assert "SIL OPEN FONT LICENSE" in notices


def test_pages_hold_no_inline_script_or_style() -> None:
    """The content security policy would stop them."""
    for name in ("index.html", "demo.html"):
        text = (STATIC / name).read_text()
        assert "<script" in text
        assert [] == [part for part in text.split("<script")[1:] if not part.split(">", 1)[1].startswith("</script>")]
        assert "<style" not in text
        assert "style=" not in text


def test_sdk_is_the_published_one() -> None:
    """The bundle the demo loads is the package's file, byte for byte."""
    (shipped,) = (STATIC / "assets").glob("alloy-*.min.js")

    assert (ROOT / "web/node_modules/@adobe/alloy/dist/alloy.min.js").read_bytes() == shipped.read_bytes()


def test_first_page_is_light() -> None:
    """Everything the console's first page loads is under 100 kB as sent."""
    text = (STATIC / "index.html").read_text()
    loaded = {STATIC / name for name in _addresses(text)} | set((STATIC / "assets").glob("inter-*.woff2"))

    sent = sum(min(path.stat().st_size, _packed(path)) for path in [STATIC / "index.html", *loaded])
    assert sent < 100_000


def test_all_pages_together_are_light() -> None:
    """Every page of the console, charts and font included, is under 500 kB as sent; nothing of it is the demo's."""
    demo = ("alloy-", "clip-", "demo-")
    assets = [path for path in (STATIC / "assets").iterdir() if path.suffix != ".gz" and not path.name.startswith(demo)]

    assert any(path.name.startswith("echarts-") for path in assets)
    assert sum(min(path.stat().st_size, _packed(path)) for path in assets) < 500_000


def _addresses(html: str) -> list[str]:
    return [
        part.split('"', 1)[0].removeprefix("/")
        for mark in ('src="', 'href="')
        for part in html.split(mark)[1:]
        if not part.startswith("/api")
    ]


def _packed(path: Path) -> int:
    twin = path.with_name(path.name + ".gz")
    return twin.stat().st_size if twin.is_file() else path.stat().st_size
