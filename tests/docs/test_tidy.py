"""What the formatter and the linter do not see: lengths, leftovers, tests beside their module."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

LEFTOVERS = {
    r"\b(TODO|FIXME|XXX|HACK)\b": "finish it or write an issue",
    r"\bbreakpoint\(": "remove the debugger",
    r"except Exception:\s*pass": "handle it or let it rise",
    r"pytest\.mark\.(skip|skipif|xfail)\b": "a test runs or does not exist",
    r"\bmaster/slave\b|\bwhitelist\b|\bblacklist\b": "say primary, allow list, block list",
}
"""Pattern -> what to do instead."""

TESTED_ELSEWHERE = {
    "app/collector_process.py": "a process: tests/e2e/test_serve.py",
    "cli/serve.py": "options of a process: tests/e2e/test_serve.py",
    "app/serve.py": "processes: tests/e2e/test_serve.py and test_crash.py",
    "store/port.py": "a port: tests/contract/test_store*.py",
    "store/duck.py": "an adapter: tests/contract/test_store*.py",
    "store/memory.py": "an adapter: tests/contract/test_store*.py",
    "store/lookups.py": "with the stores: tests/contract/test_store_lookups.py",
    "store/expressions.py": "by what it answers: tests/contract/test_reports_by_hand.py",
    "store/report_sql.py": "by what it answers: tests/contract/test_reports_by_hand.py",
    "store/reports.py": "by what it answers: tests/contract/test_reports_by_hand.py",
    "store/panel_sql.py": "by what it answers: tests/contract/test_panels_by_hand.py",
    "store/panels.py": "by what it answers: tests/contract/test_panels_by_hand.py",
    "store/breaks.py": "by what it answers: tests/contract/test_breaks_by_hand.py",
    "reporting/panels.py": "with the panels: tests/contract/test_panels_by_hand.py",
}
"""Modules of src/playhead without a unit file of their own, and where they are tested."""


def tracked(suffix: str) -> list[Path]:
    """Files of the repository with this ending, without what git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", f"*{suffix}"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    return [ROOT / name for name in listed if (ROOT / name).exists()]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions of a file, nested ones included."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_files_fit_a_room() -> None:
    """No Python file is longer than 500 lines."""
    long = {
        str(path.relative_to(ROOT)): n
        for path in tracked(".py")
        if (n := len(path.read_text().splitlines())) > FILE_LINES_MAX
    }
    assert long == {}


def test_functions_fit_a_page() -> None:
    """No function is longer than 70 lines."""
    long = {
        f"{path.relative_to(ROOT)}:{node.name}": length
        for path in tracked(".py")
        for node in functions(path)
        if node.end_lineno is not None and (length := node.end_lineno - node.lineno + 1) > FUNCTION_LINES_MAX
    }
    assert long == {}


@pytest.mark.parametrize(("pattern", "instead"), LEFTOVERS.items())
def test_no_leftovers(pattern: str, instead: str) -> None:
    """Nothing is left that was meant to go."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for suffix in (".py", ".ts", ".tsx", ".css")
        for path in tracked(suffix)
        if path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(pattern, line)
    ]
    assert found == [], instead


def test_every_module_has_its_tests() -> None:
    """tests/unit mirrors src/playhead: a module has a file of tests of its own, or says where it is tested."""
    source = ROOT / "src" / "playhead"
    missing = []
    for path in sorted(source.rglob("*.py")):
        module = path.relative_to(source)
        if path.name in {"__init__.py", "__main__.py"} or not any(functions(path)):
            continue  # a module without a function has nothing to test
        beside = ROOT / "tests" / "unit" / module.parent / f"test_{module.name}"
        if not beside.exists() and module.as_posix() not in TESTED_ELSEWHERE:
            missing.append(module.as_posix())
    assert missing == []


def test_exceptions_to_the_mirror_still_exist() -> None:
    """The list of modules tested elsewhere names no module that is gone."""
    gone = [name for name in TESTED_ELSEWHERE if not (ROOT / "src" / "playhead" / name).exists()]
    assert gone == []


def test_each_dependency_is_accounted_for() -> None:
    """docs/dependencies.md has a line for each direct dependency."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"]]
    for group in project["dependency-groups"].values():
        wanted += group
    names = {re.split(r"[<>=;~! ]", requirement)[0] for requirement in wanted}
    page = (ROOT / "docs" / "dependencies.md").read_text()
    assert {name for name in names if f"`{name}`" not in page} == set()
