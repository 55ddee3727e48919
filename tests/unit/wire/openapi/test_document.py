"""The OpenAPI document of the collector as a whole."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from playhead.base import limits
from playhead.collector.config import CollectorConfig
from playhead.collector.paths import Paths
from playhead.wire.openapi.document import BASES, calls, collector_document
from playhead.wire.operations import OPERATIONS

DOCUMENT = collector_document("1.2.3")


def references(value: Any) -> set[str]:
    """All `$ref` of a value."""
    if isinstance(value, list):
        return set().union(*map(references, value))
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(each) for each in value.values()))
    return set()


def test_every_component_is_used_and_there() -> None:
    """Each reference leads to a component, each component is reached."""
    there = {f"#/components/{kind}/{name}" for kind, named in DOCUMENT["components"].items() for name in named}
    assert there == references(DOCUMENT)


def test_every_schema_is_one() -> None:
    """By the dialect of OpenAPI 3.1."""
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_route_of_the_door_is_in_it() -> None:
    """On each base, with a location and without, and each of them exists at the door."""
    paths = Paths(CollectorConfig().base_paths, CollectorConfig().location_hint)
    assert CollectorConfig().base_paths == BASES
    named = set()
    for path in DOCUMENT["paths"]:
        for base in BASES:
            route = paths.find(path.replace("{base}", base).replace("{hint}", "va6"))
            if route is not None:
                named.add((base, route.hint, route.name))
    assert {(base, hint, call.route) for base in BASES for hint in (None, "va6") for call in calls()} == named
    assert {f"va/v1/{action}" for action in OPERATIONS} <= {call.route for call in calls()}
    assert len(DOCUMENT["paths"]) == 2 * len(list(calls())) + 1


def test_operations_have_names_of_their_own() -> None:
    """No operation id twice; each operation says what it is."""
    operations = [
        operation for item in DOCUMENT["paths"].values() for kind, operation in item.items() if kind != "parameters"
    ]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    for operation in operations:
        assert all(operation[member] for member in ("tags", "summary", "description", "responses"))


@pytest.mark.parametrize("limit", [64, 2048, limits.EVENTS_PER_REQUEST_MAX, limits.STRING_BYTES_MAX])
def test_limits_are_told(limit: int) -> None:
    """In the words of the introduction, as numbers."""
    assert str(limit) in DOCUMENT["info"]["description"]


def test_other_base_paths_can_be_told() -> None:
    """A document for a server with base paths of its own."""
    item = collector_document("1", ("a/b",))["paths"]["/{base}/va/v1/play"]
    assert item["parameters"][0]["schema"] == {"enum": ["a/b"]}
