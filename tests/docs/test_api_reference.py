"""docs/reference/api.md says everything the report API has."""

import re
from pathlib import Path
from typing import Any

import pytest

from api_world import world_at
from playhead.api import limits
from playhead.api.metrics import FAMILIES
from playhead.api.problems import KINDS
from playhead.pipeline.balance import TAIL_BYTES_MAX
from playhead.reporting import lookups
from playhead.reporting.dimensions import LOOKUPS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "api.md").read_text()
UNLISTED = ("GET /api/v1/openapi.json", "GET /api/v1/collector/openapi.json", "GET /api/v1/docs")
"""Routes that are not in the document because they are documents."""


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    """The OpenAPI document."""
    with world_at(tmp_path) as world:
        made: dict[str, Any] = world.get("/api/v1/openapi.json")
        return made


def test_every_route_is_documented_and_no_other(document: dict[str, Any]) -> None:
    """The routes named on the page are those there are."""
    served = {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}
    named = set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^ `]*)`", PAGE))
    assert served | set(UNLISTED) == named


def test_every_parameter_is_documented(document: dict[str, Any]) -> None:
    """Each query parameter is named."""
    parameters = {
        parameter["name"]
        for item in document["paths"].values()
        for operation in item.values()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
    }
    assert {name for name in parameters if f"`{name}`" not in PAGE} == set()


@pytest.mark.parametrize(
    "shape",
    [
        *("SessionItem", "SessionDetail", "MediaReporting", "EventItem", "Counts", "SessionTimeline", "DatastreamItem"),
        *("BalancePage", "BalanceLine", "BalanceRequests", "LookupItem"),
    ],
)
def test_every_member_is_documented(document: dict[str, Any], shape: str) -> None:
    """Each member of what is answered about sessions and datastreams is named."""
    members = document["components"]["schemas"][shape]["properties"]
    assert {name for name in members if f"`{name}`" not in PAGE} == set()


def test_every_metric_is_documented() -> None:
    """Each metric has a line with its name on the wire, its kind and its labels."""
    for name, family in FAMILIES.items():
        wire = f"{name}_total" if family.kind == "counter" else name
        line = re.search(rf"^\| `{wire}` \| (\w+) \| (.*?) \|", PAGE, re.MULTILINE)
        assert line is not None, wire
        assert (family.kind, set(family.labels)) == (line[1], labels_of(line[2]))


def labels_of(cell: str) -> set[str]:
    """The labels in a cell of the table: names outside brackets."""
    return set(re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", cell)))


def test_every_problem_is_documented() -> None:
    """Each kind of problem has a line with its status."""
    documented = {
        (int(status), name) for name, status in re.findall(r"^ *\| `([\w-]+)` \| (\d{3}) \|", PAGE, re.MULTILINE)
    }
    assert {(status, kind.name) for status, kind in KINDS.items()} == documented


def test_limits_are_those_of_the_code() -> None:
    """Numbers on the page are the limits."""
    for number in (
        f"1 to {limits.PAGE_ITEMS_MAX} ({limits.PAGE_ITEMS_DEFAULT} if not given)",
        f"{limits.BODY_BYTES_MAX:,} bytes",
        f"{limits.LOOKUP_BYTES_MAX:,} bytes",
        f"up to {lookups.ENTRIES_MAX:,} entries; keys have up to {lookups.KEY_MAX} characters, values up to {lookups.TEXT_MAX:,}",
        f"Any other column, up to {lookups.FURTHER_MAX},",
        f"{limits.SCANNED_SESSIONS_MAX:,} sessions at most",
        f"{limits.STREAM_SESSIONS} newest sessions",
        f"every {limits.STREAM_HEARTBEAT_S:.0f} seconds",
        f"At most {limits.STREAM_CLIENTS_MAX} listen",
        f"{limits.BALANCE_HOURS_MAX} hours at most",
        f"{TAIL_BYTES_MAX >> 20} MiB of a journal",
    ):
        assert number in PAGE


def test_every_column_of_a_lookup_is_documented() -> None:
    """Each lookup has a line with its key and all that it may override."""
    for lookup, columns in LOOKUPS.items():
        assert f"| `{lookup}` | `{lookup}` | {', '.join(f'`{name}`' for name in columns)} |" in PAGE
