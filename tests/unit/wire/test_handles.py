"""Handles of an answer (protocol.md 4.2)."""

import pytest

from playhead.wire.handles import (
    consent_preferences,
    identity_result,
    in_order,
    location_hint,
    new_session,
    state_store,
)
from playhead.wire.identity import IdentityState, encode_identity

STATE = IdentityState("1" * 38, 1, 1, "VA6", 0, 1)


def test_new_session_names_its_event() -> None:
    """The session id stands beside the index of the event that started it."""
    expected = {"payload": [{"sessionId": "ab"}], "type": "media-analytics:new-session", "eventIndex": 2}
    assert expected == new_session("ab", 2)


def test_identity_result_names_the_visitor() -> None:
    """The shape Roku and alloy read."""
    assert identity_result("1") == {"payload": [{"id": "1", "namespace": {"code": "ECID"}}], "type": "identity:result"}


@pytest.mark.parametrize(
    ("hint", "others"),
    [
        ("va6", [("Target", "34"), ("AAM", "7")]),
        ("or2", [("Target", "35"), ("AAM", "9")]),
        ("irl1", [("AAM", "6")]),
        ("sgp3", []),
        ("edge1", []),
    ],
)
def test_location_hint_has_the_known_triples(hint: str, others: list[tuple[str, str]]) -> None:
    """Protocol.md 4.2: known places tell other scopes too, all others EdgeNetwork alone, which is always last."""
    payload = [{"scope": scope, "hint": value, "ttlSeconds": 1800} for scope, value in [*others, ("EdgeNetwork", hint)]]
    assert {"payload": payload, "type": "locationHint:result"} == location_hint(hint)


def test_state_store_puts_the_cluster_first() -> None:
    """Protocol.md C26 and 4.1: cluster, identity, with the organisation in the key and their ages."""
    payload = [
        {"key": "kndctr_ACME_AdobeOrg_cluster", "value": "va6", "maxAge": 1800},
        {"key": "kndctr_ACME_AdobeOrg_identity", "value": encode_identity(STATE), "maxAge": 34128000},
    ]
    assert {"payload": payload, "type": "state:store"} == state_store("ACME@AdobeOrg", "va6", STATE)


def test_state_store_always_has_the_cluster() -> None:
    """Protocol.md 5.4: without news of the identity the cluster stands alone."""
    payload = [{"key": "kndctr_ACME_AdobeOrg_cluster", "value": "or2", "maxAge": 1800}]
    assert {"payload": payload, "type": "state:store"} == state_store("ACME@AdobeOrg", "or2", None)


def test_state_store_of_a_consent() -> None:
    """Protocol.md 3.4: alloy reads the consent from a cookie of 180 days."""
    payload = state_store("ACME@AdobeOrg", "or2", None, consent="out")["payload"]
    assert payload[-1] == {"key": "kndctr_ACME_AdobeOrg_consent", "value": "general=out", "maxAge": 15552000}


def test_same_site_is_an_option_of_the_datastream() -> None:
    """Protocol.md 5.4: no attributes by default."""
    payload = state_store("ACME@AdobeOrg", "or2", STATE, same_site_none=True)["payload"]
    assert [item["attrs"] for item in payload] == [{"SameSite": "None"}] * 2


def test_handles_stand_in_the_documented_order() -> None:
    """Protocol.md 4.2."""
    handles = [
        state_store("A@B", "or2", None),
        location_hint("or2"),
        consent_preferences("y"),
        identity_result("1"),
        new_session("a", 1),
        new_session("b", 0),
    ]
    assert [handles[4], handles[5], handles[3], handles[2], handles[1], handles[0]] == in_order(handles)
