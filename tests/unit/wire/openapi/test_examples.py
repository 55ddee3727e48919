"""Examples of the document are what the collector takes and says."""

from typing import Any

import pytest

from collector_support import body_of, post, started, world
from playhead.wire.openapi import examples
from playhead.wire.openapi.document import Call, calls, collector_document

CALLS = {call.name: call for call in calls()}
DOCUMENT = collector_document("1")
COMPONENTS = DOCUMENT["components"]


def shape(value: Any) -> Any:
    """A value without its texts and numbers: names of members, and how lists are made."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return type(value)


def example_of(call: Call, status: int) -> Any:
    """The documented body of an answer; None where it has none."""
    content = COMPONENTS["responses"][call.responses[str(status)]].get("content", {})
    return content.get("application/json", {}).get("example")


@pytest.mark.parametrize("name", CALLS)
def test_requests_are_taken_and_answered_as_documented(name: str) -> None:
    """The documented request gets a documented success, whose body looks like the documented one."""
    call, at = CALLS[name], world()
    sent = call.example
    if call.tag == "Events":
        sent = examples.media_request(call.name)
        sent["events"][0]["xdm"]["mediaCollection"]["sessionID"] = started(at)
        sent["events"][0]["xdm"]["timestamp"] = "2025-03-02T10:00:00Z"
    reply = post(at, f"/ee/va6/{call.route}?configId=ds-1", sent)
    assert reply.status == int(min(call.responses)) or (call.tag == "Events" and reply.status == 204)
    documented = example_of(call, reply.status)
    assert shape(documented) == (shape(body_of(reply)) if reply.body else type(None))


def test_events_name_the_session_of_the_start() -> None:
    """One session goes through all examples."""
    (handle, *_) = examples.success("Started")["handle"]
    assert handle["payload"] == [{"sessionId": examples.xdm("ping")["mediaCollection"]["sessionID"]}]
