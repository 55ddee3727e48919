"""Schemas of requests say what the check does."""

import copy
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from collector_support import NOW_MS
from playhead.wire.openapi import examples, members
from playhead.wire.openapi.requests import event_types, nullable, request_schemas, title
from playhead.wire.operations import OPERATIONS, QUALITY_MEMBERS, action_of_event_type
from playhead.wire.rules import Limits, event_errors

SCHEMAS = request_schemas()
LIMITS = Limits(NOW_MS)


def valid(name: str, value: Any) -> bool:
    """Whether a value is one of a schema."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": SCHEMAS}}
    return bool(Draft202012Validator(schema).is_valid(value))


def agreed(action: str, xdm: Any) -> bool:
    """Whether an event is good; schema and check say the same."""
    good = event_errors(xdm, action, LIMITS) == ()
    assert good == valid(f"{title(action)}Xdm", xdm), (good, xdm)
    return good


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every member below a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way for key, each in items for way in [(*at, key), *places(each, (*at, key))]]


ODD: tuple[Any, ...] = (None, True, -1, 0, 1.5, "", "x", "true", [], {}, [None], [{}], "é" * 3000, {"a": "b"})
"""What is put in the place of a member."""


@pytest.mark.parametrize("action", OPERATIONS)
def test_schema_and_check_agree(action: str) -> None:
    """On the example, on it without each of its members, and with odd values in the place of each."""
    assert agreed(action, examples.xdm(action))
    verdicts = set()
    for way in places(examples.xdm(action)):
        if (
            way[-1] == "eventType"
            or "mediaEventType" in way
            or (len(way) > 1 and way[0] == "mediaDownloadedEvents" and len(way) == 2)
        ):
            continue  # told by the path; another type is judged by its own schema
        for value in (..., *ODD):
            xdm = copy.deepcopy(examples.xdm(action))
            holder = xdm
            for key in way[:-1]:
                holder = holder[key]
            if value is ...:
                del holder[way[-1]]
            else:
                holder[way[-1]] = value
            if isinstance(value, str) and len(value) == 3000:
                continue  # a schema counts characters, the limit is in bytes
            verdicts.add(agreed(action, xdm))
    assert verdicts == {True, False}


def test_every_member_is_explained_and_no_other() -> None:
    """Actions, members of details objects, quality."""
    assert list(OPERATIONS) == list(members.ACTIONS)
    for operation in OPERATIONS.values():
        if operation.details is not None:
            assert [member.name for member in operation.members] == list(members.DETAILS[operation.details])
    assert list(QUALITY_MEMBERS) == list(members.QUALITY)


def test_event_types_are_those_the_check_knows() -> None:
    """The alias included."""
    for action in OPERATIONS:
        assert {action} == {action_of_event_type(event_type) for event_type in event_types(action)}


def test_null_is_added_to_any_schema() -> None:
    """To a type, to several, to a closed set, to a reference."""
    assert nullable({"type": "string"}) == {"type": ["string", "null"]}
    assert nullable({"type": ["string", "number"]}) == {"type": ["string", "number", "null"]}
    assert nullable({"enum": [1]}) == {"enum": [1, None]}
    assert nullable({"$ref": "#/x"}) == {"anyOf": [{"$ref": "#/x"}, {"type": "null"}]}


@pytest.mark.parametrize("name", examples.GATEWAY_REQUESTS)
def test_gateway_examples_are_valid(name: str) -> None:
    """By the schema of their route."""
    assert valid(name, examples.GATEWAY_REQUESTS[name])
    if name in {"EventsRequest", "EventRequest", "ConsentRequest"}:
        assert not valid(name, {})
