"""Our OpenAPI document of the collector beside the published one: nothing of theirs is missing in ours."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
import yaml

from contracts_data import CONTRACTS
from playhead.wire.openapi.document import collector_document
from playhead.wire.operations import OPERATIONS

OURS = collector_document("1")

REQUIRED_BY_THEM_ONLY = {
    ("sessionStart", "xdm.timestamp"): "C1",
    ("downloaded", "xdm.mediaCollection"): "C22",
    ("downloaded", "xdm.identityMap"): "protocol.md 1.5",
}
"""Members we do not insist on, and why."""


@cache
def theirs() -> Any:
    """The published document."""
    assert CONTRACTS is not None
    with (CONTRACTS / "media-edge.yaml").open() as file:
        return yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 # both are safe, one is fast


def resolved(value: Any) -> Any:
    """A part of our document, a reference at its top followed."""
    while isinstance(value, dict) and "$ref" in value:
        found: Any = OURS
        for name in value["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        value = {**found, **{key: each for key, each in value.items() if key != "$ref"}}
    return value


def our_operation(action: str) -> Any:
    """Our POST operation of an action, without location."""
    return OURS["paths"][f"/{{base}}/va/v1/{action}"]["post"]


def their_operation(action: str) -> Any:
    """The published one."""
    return theirs()["paths"][f"/{action}"]["post"]


def our_xdm(action: str) -> Any:
    """Our schema of an event of an action."""
    media = resolved(our_operation(action)["requestBody"])["content"]["application/json"]
    return resolved(resolved(resolved(media["schema"])["properties"]["events"]["items"])["properties"]["xdm"])


def their_xdm(action: str) -> Any:
    """The published one."""
    schema = their_operation(action)["requestBody"]["content"]["application/json"]["schema"]
    return schema["properties"]["events"]["items"]["properties"]["xdm"]


def members(schema: Any, way: str = "xdm") -> Iterator[tuple[str, Any]]:
    """(way, schema) of every member of a schema, items of lists included."""
    schema = resolved(schema)
    for choice in schema.get("anyOf", []):
        if "$ref" in choice:
            yield from members(choice, way)
    for name, each in schema.get("properties", {}).items():
        yield f"{way}.{name}", resolved(each)
        yield from members(each, f"{way}.{name}")
    if isinstance(schema.get("items"), dict):
        yield from members(schema["items"], f"{way}[]")


def required(schema: Any, way: str = "xdm") -> Iterator[str]:
    """The way to every member that is required where its holder is there."""
    schema = resolved(schema)
    for choice in schema.get("anyOf", []):
        if "$ref" in choice:
            yield from required(choice, way)
    yield from (f"{way}.{name}" for name in schema.get("required", []))
    for name, each in schema.get("properties", {}).items():
        yield from required(each, f"{way}.{name}")
    if isinstance(schema.get("items"), dict):
        yield from required(schema["items"], f"{way}[]")


def valid(schema: Any, value: Any) -> bool:
    """Whether a value is valid by a schema of our document."""
    return bool(jsonschema_rs.is_valid({**schema, "components": OURS["components"]}, value))


def plain(value: Any) -> Any:
    """JSON values of what the YAML reader gives: dates as texts."""
    return json.loads(json.dumps(value, default=str))


def test_it_is_valid() -> None:
    """By the schema of OpenAPI 3.1 documents."""
    schemathesis.openapi.from_dict(OURS).validate()


@pytest.mark.conformance
def test_every_operation_and_no_other() -> None:
    """The 19 paths with their one method, on our base paths."""
    published = {(path.strip("/"), method) for path, item in theirs()["paths"].items() for method in item}
    assert {(action, "post") for action in OPERATIONS} == published
    assert all(our_operation(action) for action in OPERATIONS)


@pytest.mark.conformance
@pytest.mark.parametrize("action", OPERATIONS)
def test_every_parameter(action: str) -> None:
    """Of the same name and place; one that they require is required here, and no other is."""

    def told(parameters: Any) -> set[tuple[str, str, bool]]:
        return {(each["name"], each["in"], bool(each.get("required"))) for each in map(resolved, parameters)}

    ours = told(our_operation(action)["parameters"])
    assert told(their_operation(action).get("parameters", [])) <= ours
    required_here = {each for each in ours if each[2]}
    assert required_here == {each for each in told(their_operation(action).get("parameters", [])) if each[2]}


@pytest.mark.conformance
@pytest.mark.parametrize("action", OPERATIONS)
def test_required_members(action: str) -> None:
    """The same on both sides, save those a conflict of protocol.md explains."""
    published, ours = set(required(their_xdm(action))), set(required(our_xdm(action)))
    if action == "downloaded":  # ours has a schema for each type of event inside
        inside = our_xdm(action)["properties"]["mediaDownloadedEvents"]
        for item in (*inside["prefixItems"], *inside["items"]["oneOf"]):
            ours |= {f"xdm.mediaDownloadedEvents[].{name}" for name in item["required"]}
    optional_here = {way for of, way in REQUIRED_BY_THEM_ONLY if of == action}
    assert optional_here <= published - ours
    assert published - optional_here <= ours
    added = ours - published
    assert {way for way in added if not way.startswith(_ONLY_WITH)} == set()


_ONLY_WITH = (
    "xdm.identityMap",
    "xdm.customMetadata[]",
    "xdm.mediaCollection.customMetadata[]",
    "xdm.mediaCollection.statesStart[]",
    "xdm.mediaCollection.statesEnd[]",
)
"""What is inside optional objects of the sender's making."""


@pytest.mark.conformance
@pytest.mark.parametrize("action", OPERATIONS)
def test_every_member_is_known_and_takes_what_they_say(action: str) -> None:
    """Each member they describe is in ours; values of their type and of their closed sets are good."""
    ours = dict(members(our_xdm(action)))
    samples = {"string": "a", "integer": 7, "boolean": True, "array": [], "object": {}}
    for way, schema in members(their_xdm(action)):
        if way.startswith(("xdm.identityMap.", "xdm.mediaDownloadedEvents[]")):
            continue  # any namespace; each type of event with its own members
        assert way in ours
        mine = ours[way]
        for value in schema.get("enum", []):
            assert valid(mine, value), (way, value)
        if {"enum", "format", "pattern"} & {*schema, *mine} or schema["type"] in {"object", "array"}:
            continue
        if way.endswith(("sessionID", "eventType")):
            continue  # values of a form that no sample has
        assert valid(mine, samples[schema["type"]]), way


@pytest.mark.conformance
@pytest.mark.parametrize("action", OPERATIONS)
def test_every_request_example_is_valid(action: str) -> None:
    """By our schema."""
    media = resolved(our_operation(action)["requestBody"])["content"]["application/json"]
    for example in their_operation(action)["requestBody"]["content"]["application/json"]["examples"].values():
        assert valid(media["schema"], plain(example["value"]))


@pytest.mark.conformance
@pytest.mark.parametrize("action", OPERATIONS)
def test_every_documented_status(action: str) -> None:
    """Each status of theirs is one of ours, with a body where they have one."""
    ours = our_operation(action)["responses"]
    for status, response in their_operation(action)["responses"].items():
        assert bool(response.get("content")) == bool(resolved(ours[str(status)]).get("content"))


@pytest.mark.conformance
@pytest.mark.parametrize("action", OPERATIONS)
def test_documented_bodies_have_our_members(action: str) -> None:
    """The examples of their answers have exactly the members of ours, at every depth that is not of a handle (C25)."""
    for status, response in their_operation(action)["responses"].items():
        content = resolved(our_operation(action)["responses"][str(status)]).get("content", {})
        schemas = [media["schema"] for media in content.values()]
        for media in response.get("content", {}).values():
            for example in media.get("examples", {}).values():
                assert valid(schemas[0], plain(example["value"])), example["value"]
