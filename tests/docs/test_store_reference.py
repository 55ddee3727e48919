"""docs/reference/store.md is held to the migrations."""

import re
from pathlib import Path

import duckdb
import pytest

from playhead.store.migrate import migrate

PAGE = (Path(__file__).parents[2] / "docs/reference/store.md").read_text(encoding="utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]}


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    """An empty store."""
    connection = duckdb.connect()
    migrate(connection, 0)
    return connection


def test_every_view_has_its_section(connection: duckdb.DuckDBPyConnection) -> None:
    """And no other is described."""
    views = connection.execute(
        "SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main' ORDER BY view_name"
    ).fetchall()
    assert [name for (name,) in views] == sorted(SECTIONS.keys() - {"Examples"})


@pytest.mark.parametrize("view", sorted(SECTIONS.keys() - {"Examples"}))
def test_every_column_is_described(connection: duckdb.DuckDBPyConnection, view: str) -> None:
    """In order, with its type and what it is."""
    described = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| \S", SECTIONS[view], flags=re.MULTILINE)
    columns = [(name, kind) for name, kind, *_ in connection.execute(f"DESCRIBE {view}").fetchall()]
    assert columns == described


def test_the_examples_run(connection: duckdb.DuckDBPyConnection) -> None:
    """Each statement of the page."""
    [block] = re.findall(r"```sql\n(.*?)```", SECTIONS["Examples"], flags=re.DOTALL)
    statements = [statement for statement in block.split(";") if statement.strip()]
    assert len(statements) == 4
    for statement in statements:
        connection.execute(statement).fetchall()
