"""Every reporting row is valid under the published data types."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft6Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT6

from contracts_data import CONTRACTS
from playhead.base.units import RowId, SessionId
from playhead.reporting.outputs import Row
from property.running import Ran
from property.strategies import Viewing, delivered, ended, viewings
from timelines.scripts import play

pytestmark = pytest.mark.conformance

TIMELINES = sorted((Path(__file__).parents[1] / "timelines").glob("*.txt"))
CUSTOM_METADATA = {  # referred to by the published files and not among them; its members are named by metrics.md 3.2
    "$id": "https://ns.adobe.com/xdm/datatypes/customMetadataDetails",
    "type": "object",
    "required": ["name", "value"],
    "additionalProperties": False,
    "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
}
TYPE_OF = {
    "sessionDetails": "sessionDetails",
    "advertisingDetails": "advertisingDetails",
    "advertisingPodDetails": "advertisingPodDetails",
    "chapterDetails": "chapterDetails",
    "qoeDataDetails": "qoeDataDetails",
}


def without_prefix(schema: Any) -> Any:
    """A schema whose property names are those of rows: `xdm:name` becomes `name`."""
    if isinstance(schema, dict):
        return {key.removeprefix("xdm:"): without_prefix(value) for key, value in schema.items()}
    if isinstance(schema, list):
        return [without_prefix(item) for item in schema]
    return schema.removeprefix("xdm:") if isinstance(schema, str) else schema


@cache
def registry() -> Registry[Any]:
    assert CONTRACTS is not None
    schemas = [without_prefix(json.loads(path.read_text())) for path in (CONTRACTS / "xdm").glob("*.schema.json")]
    schemas.append(CUSTOM_METADATA)
    return Registry().with_resources((schema["$id"], DRAFT6.create_resource(schema)) for schema in schemas)


@cache
def validator(name: str) -> Draft6Validator:
    reference = {"$ref": f"https://ns.adobe.com/xdm/datatypes/{name}"}
    return Draft6Validator(reference, registry=registry(), format_checker=FormatChecker())


@cache
def known_fields(name: str) -> frozenset[str]:
    schema = registry().contents(f"https://ns.adobe.com/xdm/datatypes/{name}")
    (definition,) = schema["definitions"].values()
    return frozenset(definition["properties"])


def faults(row: Row) -> list[str]:
    """What the schemas say against a row."""
    media = json.loads(json.dumps(row.xdm))["mediaReporting"]
    found = [error.message for error in validator("mediaDetails").iter_errors(media)]
    for name, type_name in TYPE_OF.items():
        if name in media:
            found += [f"{name}: {error.message}" for error in validator(type_name).iter_errors(media[name])]
            found += [f"{name}.{field} is unknown" for field in media[name].keys() - known_fields(type_name)]
    for state in media.get("states", ()):
        found += [error.message for error in validator("playerStateData").iter_errors(state)]
    return found


@pytest.mark.parametrize("path", TIMELINES, ids=lambda path: path.stem)
def test_rows_of_golden_viewings_are_valid(path: Path) -> None:
    """The rows of each golden viewing are valid and have no field that the schemas do not name."""
    rows = [output for output in play(path.read_text()).outputs if isinstance(output, Row)]
    assert [] == [fault for row in rows for fault in faults(row)]


@given(viewings())
def test_rows_of_any_viewing_are_valid(viewing: Viewing) -> None:
    """So are those of sessions made at random."""
    run = Ran().take(delivered([viewing.start, *viewing.events, ended(viewing)])).close()
    assert [] == [fault for row in run.rows.values() for fault in faults(row)]


def test_a_wrong_row_is_noticed() -> None:
    """The check itself sees a wrong type and an unknown field."""
    bad = {"mediaReporting": {"sessionDetails": {"name": 5, "surprise": 1}}}
    found = faults(Row(RowId("x"), SessionId("S1"), "media.sessionStart", 0, bad))
    assert {"sessionDetails: 5 is not of type 'string'", "sessionDetails.surprise is unknown"} <= set(found)
