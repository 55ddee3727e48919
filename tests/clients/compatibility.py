"""
docs/reference/compatibility.md, made from the `compat` markers of this folder: `make compat`, or run this file.

A cell is a test: it names its client and behaviour in a marker, and the page links to it.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
PAGE = ROOT / "docs" / "reference" / "compatibility.md"

CLIENTS: Mapping[str, str] = {
    "alloy": "the published Web SDK (2.33.1) in a real Chromium, over TLS",
    "iOS": "a model of its network layer",
    "Android": "a model of its network layer",
    "Roku": "a model of its network layer",
    "fetch": "a page's own `fetch` from another origin, in a real Chromium",
    "curl": "curl, and plain HTTP requests",
}
"""The columns, and what stands for each client."""


class Cell(NamedTuple):
    """One marker: a client does this, and that test shows it."""

    client: str
    behaviour: str
    path: str
    test: str


def cells() -> list[Cell]:
    """
    Every `@pytest.mark.compat(client=…, behaviour=…)`, by file and place in it.

    Raises:
        ValueError: A marker is not written like that, or names an unknown client.
    """
    return [cell for path in sorted(FOLDER.glob("test_*.py")) for cell in _cells_of(path)]


def _cells_of(path: Path) -> Iterator[Cell]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            if not (isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.compat"):
                continue
            given = {word.arg: ast.literal_eval(word.value) for word in decorator.keywords}
            if set(given) != {"client", "behaviour"} or decorator.args or given["client"] not in CLIENTS:
                raise ValueError(f"{path.name}: {node.name}: {ast.unparse(decorator)}")
            yield Cell(given["client"], given["behaviour"], path.relative_to(ROOT).as_posix(), node.name)


def page(found: Sequence[Cell]) -> str:
    """The whole page."""
    columns = "\n".join(f"* **{client}**: {what}." for client, what in CLIENTS.items())
    return f"""# Compatibility

Which client does what against Playhead, and the test that shows it. This page is made from the tests of `tests/clients/` by `make compat`; every mark is
a link to a test that runs against a real server, with and without TLS (or, where hours have to pass, against its parts under a virtual clock). A behaviour without a mark is one the client
does not have, or one that no test shows.

{columns}

{_table(found)}

## The checks of the protocol dossier

The tests whose names begin with `test_check_NN` are the 24 checks the wire is held to.

{_checks()}
"""


def _table(found: Sequence[Cell]) -> str:
    tests: dict[str, dict[str, list[Cell]]] = defaultdict(lambda: defaultdict(list))
    for cell in found:
        tests[cell.behaviour][cell.client].append(cell)
    shared = sorted(tests, key=lambda behaviour: (-len(tests[behaviour]), _first(tests[behaviour]), behaviour))
    lines = [["Behaviour", *CLIENTS], ["---"] * (1 + len(CLIENTS))]
    lines += [[name, *(" ".join(_links(tests[name][client])) for client in CLIENTS)] for name in shared]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _first(by_client: Mapping[str, list[Cell]]) -> int:
    return min(list(CLIENTS).index(client) for client, cells_of_client in by_client.items() if cells_of_client)


def _links(found: Sequence[Cell]) -> Iterator[str]:
    for number, cell in enumerate(found, start=1):
        mark = "✓" if number == 1 else str(number)
        yield f'[{mark}](../../{cell.path}#{cell.test} "{cell.test}")'


def _checks() -> str:
    by_number: dict[str, list[str]] = defaultdict(list)
    for path in sorted(FOLDER.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_check_"):
                link = f"[{node.name}](../../{path.relative_to(ROOT).as_posix()}#{node.name})"
                for number in numbers_of(node.name):
                    by_number[number].append(link)
    return "\n".join(f"* {number}: {', '.join(by_number[number])}" for number in sorted(by_number))


def numbers_of(name: str) -> list[str]:
    """Checks in a test's name: `test_check_24_and_19_restart` is 24 and 19."""
    words = name.removeprefix("test_check_").split("_")
    return [word for word in words if word.isdigit() and len(word) == 2]


if __name__ == "__main__":
    PAGE.write_text(page(cells()), encoding="utf-8")
