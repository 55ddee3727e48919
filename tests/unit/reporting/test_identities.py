"""Identities of a session."""

from typing import Any

import pytest

from playhead.reporting.identities import identity_map, person, resolved_ecid

AMBIGUOUS = {"authenticatedState": "ambiguous"}


@pytest.mark.parametrize(
    ("sent", "ecid", "expected"),
    [
        ({}, None, {}),
        ({}, "1", {"ECID": [{"id": "1", **AMBIGUOUS, "primary": True}]}),
        ({"ecid": [{"id": "2"}]}, "1", {"ecid": [{"id": "2", **AMBIGUOUS, "primary": True}]}),
        (
            {"Email": [{"id": "e", "primary": True, "authenticatedState": "authenticated"}]},
            "1",
            {
                "Email": [{"id": "e", "primary": True, "authenticatedState": "authenticated"}],
                "ECID": [{"id": "1", **AMBIGUOUS}],
            },
        ),
        ({"ECID": "nonsense", "FPID": [5]}, "1", {"ECID": [{"id": "1", **AMBIGUOUS, "primary": True}]}),
    ],
)
def test_identities_are_completed(sent: dict[str, Any], ecid: str | None, expected: dict[str, Any]) -> None:
    """The ECID is added where it is missing, is primary where nothing is, and what was sent is not changed."""
    before = repr(sent)
    assert expected == identity_map(sent, ecid)
    assert before == repr(sent)


def test_the_person_is_the_visitor_unless_a_namespace_is_named() -> None:
    """A primary identity of the namespace goes before its first one."""
    identities = {"crm": [{"id": "a"}, {"id": "b", "primary": True}], "ECID": [{"id": "1"}]}
    assert person(identities, "9", None) == "9"
    assert person(identities, None, None) == "1"
    assert person(identities, "9", "CRM") == "b"
    assert person(identities, "9", "Email") == "9"
    assert person({}, None, "Email") is None
    assert resolved_ecid(identities, None) == "1"
