"""The check against the published OpenAPI document: its requests are taken, its errors are reproduced."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml

from contracts_data import CONTRACTS
from playhead.wire import refusals
from playhead.wire.check import Checked, FieldError, check_gateway, check_media
from playhead.wire.operations import OPERATIONS

pytestmark = pytest.mark.conformance

RECEIVED_MS = 1_767_232_815_120


@cache
def document() -> Any:
    """The OpenAPI document."""
    assert CONTRACTS is not None
    with (CONTRACTS / "media-edge.yaml").open() as file:
        return yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 # both are safe, one is fast


def operation(action: str) -> Any:
    """The POST operation of an action."""
    return document()["paths"][f"/{action}"]["post"]


def requests(action: str) -> list[Any]:
    """Its request examples."""
    content = operation(action)["requestBody"]["content"]["application/json"]
    return [json.loads(json.dumps(example["value"])) for example in content["examples"].values()]


def error_details(action: str) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Status and field errors of each documented answer that lists some."""
    for status in ("207", "400"):
        responses = {str(key): value for key, value in operation(action)["responses"].items()}
        for media in responses.get(status, {}).get("content", {}).values():
            for example in media.get("examples", {}).values():
                answer = example["value"]
                for problem in answer.get("errors", [answer]):
                    if isinstance(problem["report"].get("details"), list):
                        yield status, problem["report"]["details"]


def name_of(status: str, error: FieldError) -> str:
    """A path as the answer of this status writes it (protocol.md C13)."""
    prefix = "$.xdm" if status == "207" else "$.events[0].xdm"
    return f"{prefix}.{error.path}" if error.path else prefix


def spoil(request: Any, status: str, detail: dict[str, str]) -> None:
    """Change a valid request so that it has this error."""
    *parents, member = detail["name"].removeprefix("$.events[0].xdm." if status == "400" else "$.xdm.").split(".")
    holder = request["events"][0]["xdm"]
    if "mediaDownloadedEvents" in holder:
        holder = holder["mediaDownloadedEvents"][0]
    for parent in parents:
        holder = holder[parent]
    if "InvalidApiSidLength" in detail["reason"]:
        holder[member] = holder[member][: int(detail["reason"].rpartition("=")[2])]
    elif "statesUpdate" in detail["reason"]:
        for states in ("statesStart", "statesEnd"):
            holder[member].pop(states, None)
    else:
        del holder[member]


def test_the_document_has_our_operations() -> None:
    """The same 19 actions."""
    assert set(OPERATIONS) == {path.strip("/") for path in document()["paths"]}


@pytest.mark.parametrize("action", OPERATIONS)
def test_every_documented_request_is_taken(action: str) -> None:
    """On its own route and on the gateway's."""
    examples = requests(action)
    assert examples
    for example in examples:
        body = json.dumps(example).encode()
        for result in (check_media(body, action, RECEIVED_MS), check_gateway(body, RECEIVED_MS, single=False)):
            assert isinstance(result, Checked)
            assert (result.mismatch, result.events_missing) == (None, False)
            assert [(event.action, event.errors) for event in result.events] == [(action, ())] * len(example["events"])


@pytest.mark.parametrize("action", OPERATIONS)
def test_every_documented_error_is_reproduced(action: str) -> None:
    """The names in their exact order, and the reasons, from a request that has just these errors."""
    documented = list(error_details(action))
    assert documented
    for status, details in documented:
        request = requests(action)[0]
        for detail in details:
            spoil(request, status, detail)
        result = check_media(json.dumps(request).encode(), action, RECEIVED_MS)
        assert isinstance(result, Checked)
        (event,) = result.events
        expected = [(detail["name"], detail["reason"]) for detail in details]
        if action == "downloaded":  # the document repeats the start's answer there; paths are protocol.md 1.5's
            expected = [(name.replace("$.xdm", "$.xdm.mediaDownloadedEvents[0]"), reason) for name, reason in expected]
        if action == "statesUpdate":  # our own words after the fixed beginning
            assert expected[0][1].startswith("Unexpected error. Hint:")
            expected = [(expected[0][0], refusals.STATES_EMPTY)]
        assert expected == [(name_of(status, error), error.reason) for error in event.errors]


@pytest.mark.parametrize("action", [action for action in OPERATIONS if OPERATIONS[action].details])
def test_members_are_required_in_the_documented_order(action: str) -> None:
    """The required members of a details object, in the order of the document's schema."""
    schema = operation(action)["requestBody"]["content"]["application/json"]["schema"]
    xdm = schema["properties"]["events"]["items"]["properties"]["xdm"]
    details = xdm["properties"]["mediaCollection"]["properties"][OPERATIONS[action].details]
    assert details["required"] == [member.name for member in OPERATIONS[action].members if member.required]
