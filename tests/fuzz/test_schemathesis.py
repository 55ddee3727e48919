"""
Requests made by schemathesis from our OpenAPI document, sent to a collector on a port: what comes back is documented.

Of each operation valid requests, which have to be accepted, and others. Half of the events are of a session that exists.
"""

import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.result import Ok

from collector_server import Shelf, door, on_a_port, session_of
from playhead.wire.openapi.document import collector_document

LONG = "PLAYHEAD_FUZZ_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("PLAYHEAD_FUZZ_EXAMPLES", "3"))
"""Of each kind, for each operation."""

ANSWER_S_MAX = 60

SCHEMA = schemathesis.openapi.from_dict(collector_document("1"))
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)}
PLAIN = (
    "ping",
    "sessionComplete",
    "sessionEnd",
    "bufferStart",
    "pauseStart",
    "adComplete",
    "chapterComplete",
    "chapterSkip",
)
"""Events like `play` and `adSkip`, which are always asked."""

ASKED = [
    label
    for label in OPERATIONS
    if LONG
    or (label.startswith("POST") and "{hint}" not in label and not label.endswith(PLAIN))
    or label.endswith("{hint}/va/v1/play")
    or "healthz" in label
]
"""All operations in a long run; else each route without location, without the events like others, and one with."""

load_all_checks()


def checks(*names: str) -> Any:
    """Checks of schemathesis by name."""
    return CHECKS.get_by_names(list(names))


STATUS = checks("not_a_server_error", "status_code_conformance", "response_headers_conformance")
BODY = checks("content_type_conformance", "response_schema_conformance")
ACCEPTED = checks("positive_data_acceptance")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A collector whose keeper keeps nothing for long."""
    keeper = Shelf()
    with on_a_port(door(keeper), direct=True) as url:
        yield url


@pytest.fixture(scope="module")
def session_id(address: str) -> str:
    """A session of it."""
    with httpx.Client(base_url=address) as client:
        return session_of(client)


def fitted(case: Case[Any], session_id: str) -> Case[Any]:
    """A case about what exists here, framed in a way that leaves JSON."""
    body = case.body
    if not isinstance(body, dict):
        return case
    for item in [*_list(body.get("events")), body.get("event")]:
        collection = _at(item, "xdm", "mediaCollection")
        if "sessionID" in collection and len(str(body)) % 2:
            collection["sessionID"] = session_id
    streaming = _at(body, "meta", "konductorConfig", "streaming")
    for name in ("recordSeparator", "lineFeed"):
        if isinstance(streaming.get(name), str):
            streaming[name] = "\n"
    return case


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _at(value: Any, *names: str) -> dict[str, Any]:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def datastream(label: str) -> dict[str, str]:
    """The parameter that names the datastream of the collector; none on event calls, which need none."""
    required = {parameter.name for parameter in OPERATIONS[label].query if parameter.is_required}
    return dict.fromkeys(required & {"configId", "datastreamId"}, "ds-1")


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: str(mode.value))
@pytest.mark.parametrize("label", ASKED)
def test_answers_are_documented(label: str, mode: GenerationMode, address: str, session_id: str) -> None:
    """No 5xx, no undocumented status, media type, header or body; what is valid by the document is accepted."""
    operation = OPERATIONS[label]
    if mode is GenerationMode.NEGATIVE and not (operation.body or operation.path_parameters):
        return  # nothing in it could be wrong
    with requests.Session() as client:

        @given(operation.as_strategy(mode, query=datastream(label)))
        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: Case[Any]) -> None:
            response = fitted(case, session_id).call(address, client, timeout=ANSWER_S_MAX)
            wanted = [*STATUS]
            if response.status_code != 404 or response.content:  # none of an unknown location (decision 0038)
                wanted += BODY
            if mode is GenerationMode.POSITIVE:
                wanted += ACCEPTED
            case.validate_response(response, wanted)

        ask()
