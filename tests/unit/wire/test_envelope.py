"""What stands around the events of a request."""

import json
from typing import Any

import pytest

from playhead.wire.envelope import EMPTY, Envelope, read_envelope
from wire_samples import body_of, xdm_of


def envelope(**members: Any) -> Envelope:
    """The envelope of a body with these members."""
    return read_envelope(json.dumps(members).encode())


def test_a_mobile_start_is_read_whole() -> None:
    """Identities, state, framing and environment of the request."""
    body = body_of(
        {**xdm_of("sessionStart"), "identityMap": {"Email": [{"id": "e"}]}},
        meta={
            "konductorConfig": {"streaming": {"enabled": True, "recordSeparator": "\u0000", "lineFeed": "\n"}},
            "state": {"entries": [{"key": "k", "value": "v", "maxAge": 1}]},
            "queueTimeMillis": 12,
        },
        xdm={"identityMap": {"ECID": [{"id": "1"}]}, "implementationDetails": {"environment": "app"}},
        query={"identity": {"fetch": ["ecid"]}},
    )
    assert read_envelope(body) == Envelope(
        identity_map={"ECID": [{"id": "1"}]},
        event_identity_maps=({"Email": [{"id": "e"}]},),
        fetch=frozenset({"ECID"}),
        entries=(("k", "v"),),
        streaming=("\u0000", "\n"),
        environment="app",
        queue_time_ms=12,
    )


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1", b"{}", b'{"events":5,"meta":5,"query":[],"xdm":""}', b"[" * 100_000, b'{"events":[]}']
)  # fmt: skip
def test_what_is_not_there_is_absent(body: bytes) -> None:
    """No body raises."""
    assert read_envelope(body) == EMPTY


def test_the_identity_map_may_be_in_lower_case_or_at_the_top() -> None:
    """Roku spells it so (protocol.md 5.3), consent calls put it there; the one of the xdm wins."""
    one, two = {"ECID": [{"id": "1"}]}, {"ECID": [{"id": "2"}]}
    assert envelope(xdm={"identitymap": one}).identity_map == one
    assert envelope(identityMap=two).identity_map == two
    assert envelope(identityMap=two, xdm={"identityMap": one}).identity_map == one
    assert envelope(events=[{"xdm": {"identitymap": one}}]).event_identity_maps == (one,)


def test_each_event_has_a_map() -> None:
    """An empty one where it sent none, so that positions are those of the events."""
    events = [{}, {"xdm": {"identityMap": {"A": []}}}, {"xdm": 5}, {"xdm": {"identityMap": 5}}]
    assert envelope(events=events).event_identity_maps == ({}, {"A": []}, {}, {})
    assert envelope(events=[None, *events]).event_identity_maps == ({}, {}, {"A": []}, {}, {})


def test_identities_are_asked_for_on_either_level() -> None:
    """`query.identity.fetch` of the request and of its events."""
    events = [{"query": {"identity": {"fetch": ["CORE", 5]}, "personalization": {}}}]
    assert envelope(query={"identity": {"fetch": ["ECID"]}}, events=events).fetch == {"ECID", "CORE"}
    assert envelope(query={"identity": {"fetch": "ECID"}}).fetch == frozenset()


def test_the_environment_is_the_requests_else_the_first_events() -> None:
    """Its implementationDetails stand on either level."""
    events = [{"xdm": {}}, {"xdm": {"implementationDetails": {"environment": "browser"}}}]
    assert envelope(events=events).environment == "browser"
    assert envelope(events=events, xdm={"implementationDetails": {"environment": "app"}}).environment == "app"


@pytest.mark.parametrize(
    ("streaming", "framing"),
    [
        ({"enabled": True, "recordSeparator": "", "lineFeed": "\n"}, ("", "\n")),
        ({"enabled": "true", "recordSeparator": "", "lineFeed": "\n"}, None),
        ({"enabled": False, "recordSeparator": "", "lineFeed": "\n"}, None),
        ({"enabled": True, "lineFeed": "\n"}, None),
        ({"enabled": True, "recordSeparator": 0, "lineFeed": "\n"}, None),
        ([], None),
    ],
)
def test_framing_is_asked_for_exactly(streaming: object, framing: tuple[str, str] | None) -> None:
    """Enabled is true and both strings are there (protocol.md 4.3)."""
    assert framing == envelope(meta={"konductorConfig": {"streaming": streaming}}).streaming


def test_entries_of_other_shapes_are_passed_over() -> None:
    """Only pairs of texts are state."""
    entries = [{"key": "a", "value": "b"}, {"key": "a"}, 5, {"key": 1, "value": "b"}]
    assert envelope(meta={"state": {"entries": entries}}).entries == (("a", "b"),)
    assert envelope(meta={"state": {}}).entries == ()


def test_version_two_has_one_event() -> None:
    """`event` is read like the only one of `events`."""
    read = envelope(event={"xdm": {"identityMap": {"A": [1]}}, "query": {"identity": {"fetch": ["ECID"]}}})
    assert (read.event_identity_maps, read.fetch) == (({"A": [1]},), frozenset({"ECID"}))


def test_numbers_out_of_range_hide_nothing() -> None:
    """A number no float holds leaves the rest readable."""
    body = b'{"meta":{"x":1e999,"state":{"entries":[{"key":"a","value":"b"}]}},"events":[{"xdm":{"identityMap":{"A":[]}}}]}'
    read = read_envelope(body)
    assert (read.entries, read.event_identity_maps) == ((("a", "b"),), ({"A": []},))
    far = b'{"events":[{"query":{"x":1e999,"identity":{"fetch":["ECID"]}}}]}'
    assert read_envelope(far).fetch == {"ECID"}
