"""Answers in the document: their shapes, headers and examples."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from collector_support import headers_of, post, world
from playhead.wire.openapi import answers, examples
from playhead.wire.openapi.document import calls, collector_document
from playhead.wire.refusals import BARE, Refusal

DOCUMENT = collector_document("1")
RESPONSES = answers.response_components()


def valid(name: str, value: Any) -> bool:
    """Whether a value is one of a schema of the document."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    return bool(Draft202012Validator(schema).is_valid(value))


@pytest.mark.parametrize("refusal", [refusal for refusal in Refusal if refusal not in BARE])
def test_each_refusal_has_a_shape_and_is_in_a_response(refusal: Refusal) -> None:
    """Its body is valid by its own schema, has no further members, and some call answers it."""
    name, body = answers.schema_name(refusal).replace("FieldErrors", "Fields"), examples.refusal_body(refusal)
    assert valid(name, body)
    assert not valid(name, {**body, "more": 1})
    assert not valid(name, {**body, "status": 200})
    answered = {response for call in calls() for response in call.responses.values()} | {"TooLarge", "ContentType", "Unexpected", "Unavailable"}  # fmt: skip
    assert any(refusal in refusals for name, (_, refusals) in answers.PROBLEMS.items() if name in answered)


def test_examples_are_of_the_shape_they_stand_beside() -> None:
    """Every example of every response."""
    count = 0
    for response in RESPONSES.values():
        for media in response.get("content", {}).values():
            found = [media["example"]] if "example" in media else [one["value"] for one in media["examples"].values()]
            schema = {**media["schema"], "components": DOCUMENT["components"]}
            for example in found:
                Draft202012Validator(schema).validate(example)
                count += 1
    assert count > 20


def test_headers_are_those_of_the_door() -> None:
    """All that answers always carry is documented as required, and nothing else is."""
    reply = post(world(), "/ee/va/v1/sessionStart?configId=ds-1", b"{}", headers={"origin": "https://a.example"})
    sent = set(headers_of(reply)) - {"server", "content-type", "content-length"}
    assert sent == {name.lower() for name in (*answers.HEADERS, *answers.CROSS_ORIGIN)}
    required = {name for name, header in answers.header_components().items() if header.get("required")}
    assert required == {*answers.HEADERS, "Retry-After"}


def test_a_session_is_promised_where_one_is_given() -> None:
    """The answer to a start without a session is not the documented one."""
    body = examples.success("Started")
    assert valid("Started", body)
    assert not valid("Started", {**body, "handle": body["handle"][1:]})


def test_a_response_without_a_body_has_no_content() -> None:
    """No media type is promised for it."""
    assert "content" not in answers.response("Nothing.")
    assert list(answers.response("Some.", "Health", {"status": "ok"})["content"]) == ["application/json"]


def test_too_much_work_says_when_to_come_back() -> None:
    """Only 503 documents `Retry-After`."""
    named = {name for name, response in RESPONSES.items() if "Retry-After" in response["headers"]}
    assert named == {"Unavailable"}
    assert answers.problem_response("d", (Refusal.TOO_LARGE,))["content"]["application/problem+json"]["schema"]
