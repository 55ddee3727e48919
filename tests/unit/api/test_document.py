"""The OpenAPI document."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from api_world import World, problem_of, record, row, started
from playhead.api.document import completed
from playhead.wire.openapi.document import collector_document


@pytest.fixture
def document(world: World) -> dict[str, Any]:
    """The document as a client gets it."""
    made: dict[str, Any] = world.get("/api/v1/openapi.json")
    return made


def references(value: Any) -> set[str]:
    """All `$ref` of a document."""
    if isinstance(value, list):
        return set().union(*map(references, value))
    if isinstance(value, dict):
        own = {value["$ref"]} if "$ref" in value else set()
        return own.union(*(references(each) for each in value.values()))
    return set()


def test_it_is_openapi_3_1(world: World, document: dict[str, Any]) -> None:
    """Version and media type say so."""
    assert document["openapi"].startswith("3.1")
    kind = world.client.get("/api/v1/openapi.json").headers["content-type"]
    assert kind == "application/vnd.oai.openapi+json;version=3.1"


def test_the_collectors_document_is_beside_it(world: World) -> None:
    """As a whole, of this version, with the same media type; the page links to it."""
    response = world.client.get("/api/v1/collector/openapi.json")
    assert response.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.1"
    assert collector_document("1.2.3") == response.json()
    assert 'href="/api/v1/collector/openapi.json"' in world.client.get("/api/v1/docs").text


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """No shape is named that is not there, and every shape is a schema."""
    schemas = document["components"]["schemas"]
    assert references(document) <= {f"#/components/schemas/{name}" for name in schemas}
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)


def test_every_route_of_ours_is_in_it(document: dict[str, Any]) -> None:
    """The routes of this part of the contract, and none of the framework's."""
    assert {
        "/healthz": ["get"],
        "/readyz": ["get"],
        "/metrics": ["get"],
        "/api/v1/sessions": ["get"],
        "/api/v1/sessions/stream": ["get"],
        "/api/v1/sessions/{session_id}": ["get"],
        "/api/v1/sessions/{session_id}/events": ["get"],
        "/api/v1/sessions/{session_id}/rows": ["get"],
        "/api/v1/sessions/{session_id}/timeline": ["get"],
        "/api/v1/sessions/{session_id}/explain": ["get"],
        "/api/v1/live": ["get"],
        "/api/v1/live/stream": ["get"],
        "/api/v1/debugger/stream": ["get"],
        "/api/v1/balance": ["get"],
        "/api/v1/lookups": ["get"],
        "/api/v1/lookups/{lookup}": ["get", "put", "delete", "patch"],
        "/api/v1/lookups/{lookup}/csv": ["get"],
        "/api/v1/datastreams": ["get", "post"],
        "/api/v1/datastreams/{datastream_id}": ["patch"],
        "/api/v1/settings": ["get"],
        "/api/v1/query": ["post"],
        "/api/v1/store/copy": ["get"],
        "/api/v1/catalogue": ["get"],
        "/api/v1/reports": ["post"],
        "/api/v1/panels/concurrent-viewers": ["get"],
        "/api/v1/panels/playback-time": ["get"],
        "/api/v1/panels/average-minute-audience": ["get"],
        "/api/v1/panels/drop-off": ["get"],
        "/api/v1/panels/retention": ["get"],
        "/api/v1/panels/ad-breaks": ["get"],
        "/api/v1/sign-in": ["post", "delete"],
    } == {path: list(item) for path, item in document["paths"].items()}


def test_every_operation_says_what_it_is(document: dict[str, Any]) -> None:
    """Each has a tag, a summary, a description, and problems as its bad answers."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert (path, method, True) == (path, method, all(operation[k] for k in ("tags", "summary", "description")))
            bad = [answer for status, answer in operation["responses"].items() if not status.startswith("2")]
            assert bad
            for answer in bad:
                schema = answer["content"]["application/problem+json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/api/v1/sessions", "SessionPage"),
        ("/api/v1/sessions/s1", "SessionDetail"),
        ("/api/v1/sessions/s1/events", "EventPage"),
        ("/api/v1/sessions/s1/rows", "RowPage"),
        ("/api/v1/sessions/s1/timeline", "SessionTimeline"),
        ("/api/v1/sessions/s1/explain", "FieldList"),
        ("/api/v1/sessions/s1/explain?field=sessionDetails.timePlayed", "ExplanationItem"),
        ("/api/v1/live", "LivePicture"),
        ("/api/v1/datastreams", "DatastreamPage"),
        ("/healthz", "Health"),
        ("/readyz", "Readiness"),
    ],
)
def test_answers_have_the_shape_they_are_said_to_have(
    world: World, document: dict[str, Any], path: str, shape: str
) -> None:
    """What is answered is valid by the document's own schema."""
    world.commit(record(), started(), row())
    world.client.post("/api/v1/datastreams", json={})
    schema = {"$ref": f"#/components/schemas/{shape}", "components": document["components"]}
    Draft202012Validator(schema).validate(world.get(path))


def test_problems_have_the_shape_they_are_said_to_have(world: World, document: dict[str, Any]) -> None:
    """Bad answers too."""
    schema = {"$ref": "#/components/schemas/Problem", "components": document["components"]}
    Draft202012Validator(schema).validate(problem_of(world.client.get("/api/v1/sessions?limit=x"), 400))
    Draft202012Validator(schema).validate(problem_of(world.client.get("/api/v1/sessions/x"), 404))


def test_a_choice_of_one_is_that_one() -> None:
    """What may be left out is not a choice."""
    document = {"components": {}, "paths": {}, "x": {"oneOf": [{"type": "string"}], "description": "d"}}
    assert {"type": "string", "description": "d"} == completed(document)["x"]


def test_tables_of_lookups_are_described(document: dict[str, Any]) -> None:
    """Their bodies are JSON or CSV, which the types of the handlers do not tell."""
    for method in ("put", "patch"):
        body = document["paths"]["/api/v1/lookups/{lookup}"][method]["requestBody"]
        assert {"application/json", "text/csv"} == set(body["content"])
        for content in body["content"].values():
            Draft202012Validator.check_schema(content["schema"])
