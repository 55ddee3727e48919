"""The exact validator: what is wrong with an event, in the documented order."""

from collections.abc import Mapping
from typing import Any

import pytest

from playhead.wire import refusals
from playhead.wire.operations import OPERATIONS
from playhead.wire.rules import Limits, event_errors, session_id_of
from wire_samples import MEMBERS, RECEIVED_MS, SESSION_DETAILS, SESSION_ID, download_of, xdm_of

LIMITS = Limits(RECEIVED_MS)
MC = "mediaCollection"


def wrong(xdm: object, action: str) -> list[tuple[str, str]]:
    """Path and reason of each error."""
    return [(error.path, error.reason) for error in event_errors(xdm, action, LIMITS)]


def paths(xdm: object, action: str) -> list[str]:
    """Paths of the errors, in order."""
    return [path for path, _ in wrong(xdm, action)]


@pytest.mark.parametrize("action", OPERATIONS)
def test_a_valid_event_has_no_errors(action: str) -> None:
    """Every action's documented members are enough."""
    assert wrong(xdm_of(action), action) == []


@pytest.mark.parametrize(("xdm", "reason"), [(None, refusals.MISSING), ([], refusals.expected("object"))])
def test_an_event_needs_an_xdm(xdm: object, reason: str) -> None:
    """A missing xdm is one error at the xdm itself."""
    assert [("", reason)] == wrong(xdm, "ping")


ORDER = {
    "ping": ["mediaCollection.playhead", "mediaCollection.sessionID", "timestamp", "eventType"],
    "sessionStart": ["mediaCollection.sessionDetails", "mediaCollection.playhead", "eventType"],
    "adStart": [
        "mediaCollection.advertisingDetails", "mediaCollection.playhead", "mediaCollection.sessionID", "timestamp", "eventType",
    ],
    "bitrateChange": [
        "mediaCollection.qoeDataDetails", "mediaCollection.playhead", "mediaCollection.sessionID", "timestamp", "eventType",
    ],
    "statesUpdate": [
        "mediaCollection.playhead", "mediaCollection.sessionID", "mediaCollection", "timestamp", "eventType",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("action", "expected"), ORDER.items())
def test_missing_members_are_reported_in_order(action: str, expected: list[str]) -> None:
    """Details, playhead, sessionID, states, timestamp, eventType; a missing object once, without its members."""
    assert expected == paths({MC: {}}, action)


@pytest.mark.parametrize("action", [action for action in MEMBERS if OPERATIONS[action].members])
def test_missing_details_are_reported_in_the_order_of_the_table(action: str) -> None:
    """All required members of an empty details object."""
    operation = OPERATIONS[action]
    expected = [f"{MC}.{operation.details}.{member.name}" for member in operation.members if member.required]
    assert expected == paths(xdm_of(action, **{str(operation.details): {}}), action)


def test_a_missing_collection_hides_its_members() -> None:
    """Only the collection is named, and what stands beside it."""
    assert paths({}, "ping") == [MC, "timestamp", "eventType"]
    assert wrong({**xdm_of("ping"), MC: "x"}, "ping") == [(MC, refusals.expected("object"))]


@pytest.mark.parametrize(
    ("playhead", "reason"),
    [
        (None, refusals.MISSING), (-1, refusals.NEGATIVE), ("1", refusals.expected("integer")),
        (True, refusals.expected("integer")), (float("inf"), refusals.expected("integer")), ({}, refusals.expected("integer")),
    ],
)  # fmt: skip
def test_a_playhead_is_a_number_from_zero(playhead: object, reason: str) -> None:
    """Not null, negative, a text, a boolean or infinite."""
    assert [(f"{MC}.playhead", reason)] == wrong(xdm_of("ping", playhead=playhead), "ping")


@pytest.mark.parametrize("playhead", [0, 12.9, 86_400, 10**40, -0.0])
def test_any_finite_playhead_is_taken(playhead: float) -> None:
    """Fractions and positions beyond any content are accepted (C23)."""
    assert wrong(xdm_of("ping", playhead=playhead), "ping") == []


@pytest.mark.parametrize(
    ("collection", "reason"),
    [
        ({"sessionID": None}, refusals.MISSING),
        ({"sessionID": 7}, refusals.expected("string")),
        ({"sessionID": ""}, refusals.session_id_length(0)),
        ({"sessionID": SESSION_ID[1:]}, refusals.session_id_length(63)),
        ({"sessionID": None, "sessionId": "x"}, refusals.session_id_length(1)),
    ],
)
def test_a_session_id_has_sixty_four_characters(collection: Mapping[str, Any], reason: str) -> None:
    """Missing and of another length are field errors at sessionID (protocol.md 6)."""
    assert [(f"{MC}.sessionID", reason)] == wrong(xdm_of("ping", **collection), "ping")


def test_a_session_id_that_is_not_hex_is_left_to_the_lookup() -> None:
    """64 characters of anything are no field error; the other spelling counts (C5); a start needs none."""
    assert wrong(xdm_of("ping", sessionID="z" * 64), "ping") == []
    assert wrong(xdm_of("ping", sessionID=None, sessionId=SESSION_ID), "ping") == []
    assert wrong(xdm_of("sessionStart", sessionID="short"), "sessionStart") == []
    assert session_id_of({"sessionID": "a", "sessionId": "b"}) == "a"


@pytest.mark.parametrize(
    ("member", "value", "reason"),
    [
        ("name", "", refusals.MISSING),
        ("name", 7, refusals.expected("string")),
        ("length", "60", refusals.expected("integer")),
        ("length", -1, refusals.NEGATIVE),
        ("show", {}, refusals.expected("string")),
        ("show", [], refusals.expected("string")),
        ("show", "x" * 4097, refusals.TOO_LONG),
        ("show", "\u00e9" * 2049, refusals.TOO_LONG),
        ("streamType", "3d", refusals.one_of("audio", "video")),
        ("streamType", 1, refusals.expected("string")),
        ("hasResume", "yes", refusals.expected("boolean")),
        ("isDownloaded", 1, refusals.expected("boolean")),
    ],
)
def test_session_details_are_judged_by_kind(member: str, value: object, reason: str) -> None:
    """Each kind of member has its reason."""
    xdm = xdm_of("sessionStart", sessionDetails={**SESSION_DETAILS, member: value})
    assert [(f"{MC}.sessionDetails.{member}", reason)] == wrong(xdm, "sessionStart")


@pytest.mark.parametrize(
    "details",
    [
        {"streamType": "Audio"}, {"hasResume": "true"}, {"hasResume": False}, {"show": 12}, {"show": True}, {"show": None},
        {"show": ""}, {"length": 60.5}, {"unknown": {}}, {"cdn": []}, {"show": "x" * 4096},
    ],
)  # fmt: skip
def test_lenient_session_details_are_taken(details: Mapping[str, Any]) -> None:
    """Scalars as text, booleans as text, null as absent, unknown members of any shape."""
    assert wrong(xdm_of("sessionStart", sessionDetails={**SESSION_DETAILS, **details}), "sessionStart") == []


@pytest.mark.parametrize(
    ("quality", "errors"),
    [
        ("x", [("", refusals.expected("object"))]),
        ({"timeToStart": "1", "bitrate": -1}, [(".bitrate", refusals.NEGATIVE), (".timeToStart", refusals.expected("integer"))]),
        ({"bitrate": None, "other": "x"}, []),
        (None, []),
    ],
)  # fmt: skip
def test_quality_is_numbers_or_absent(quality: object, errors: list[tuple[str, str]]) -> None:
    """A null is absent, for the object and its members."""
    expected = [(f"{MC}.qoeDataDetails{path}", reason) for path, reason in errors]
    assert expected == wrong(xdm_of("ping", qoeDataDetails=quality), "ping")


def test_a_bitrate_change_needs_quality() -> None:
    """A null is missing there; an empty object is enough."""
    null = xdm_of("bitrateChange", qoeDataDetails=None)
    assert wrong(null, "bitrateChange") == [(f"{MC}.qoeDataDetails", refusals.MISSING)]
    assert wrong(xdm_of("bitrateChange", qoeDataDetails={}), "bitrateChange") == []


@pytest.mark.parametrize(
    ("states", "errors"),
    [
        ({"statesStart": [], "statesEnd": None}, [("", refusals.STATES_EMPTY)]),
        ({"statesStart": {}, "statesEnd": []}, [(".statesStart", refusals.expected("array"))]),
        ({"statesStart": ["mute"]}, [(".statesStart[0]", refusals.expected("object"))]),
        ({"statesEnd": [{"name": "ok"}, {}]}, [(".statesEnd[1].name", refusals.MISSING)]),
        ({"statesEnd": [{"name": 1}]}, [(".statesEnd[0].name", refusals.expected("string"))]),
        ({"statesEnd": [{"name": "a-b"}]}, [(".statesEnd[0].name", refusals.must_match("^[a-zA-Z0-9_.]{1,64}$"))]),
        ({"statesEnd": [{"name": "a\n"}]}, [(".statesEnd[0].name", refusals.must_match("^[a-zA-Z0-9_.]{1,64}$"))]),
        ({"statesEnd": [{"name": "a" * 64}]}, []),
        ({"statesEnd": [{"name": "my.state_1"}]}, []),
    ],
)
def test_states_are_named_by_pattern(states: Mapping[str, Any], errors: list[tuple[str, str]]) -> None:
    """At least one entry, each an object with a name of the pattern (C20)."""
    expected = [(f"{MC}{path}", reason) for path, reason in errors]
    members = {"statesStart": None, "statesEnd": None, **states}
    assert expected == wrong(xdm_of("statesUpdate", **members), "statesUpdate")


@pytest.mark.parametrize(
    ("metadata", "errors"),
    [
        ({}, [("", refusals.expected("array"))]),
        (["x"], [("[0]", refusals.expected("object"))]),
        ([{"name": "", "value": "v"}], [("[0].name", refusals.MISSING)]),
        ([{"name": "n"}], [("[0].value", refusals.MISSING)]),
        ([{"name": "n", "value": []}], [("[0].value", refusals.expected("string"))]),
        ([{"name": "{x} y", "value": ""}, {"name": "n", "value": 7}, {"name": "m", "value": False}], []),
        ([], []),
    ],
)
def test_custom_metadata_is_pairs_of_text(metadata: object, errors: list[tuple[str, str]]) -> None:
    """Names of any characters, values that are scalars (C21)."""
    expected = [(f"{MC}.customMetadata{path}", reason) for path, reason in errors]
    assert expected == wrong(xdm_of("adStart", customMetadata=metadata), "adStart")


def test_custom_metadata_beside_the_collection_is_judged_too() -> None:
    """The other place of C21 is read where the canonical one is empty."""
    xdm = {**xdm_of("adStart"), "customMetadata": "x"}
    assert wrong(xdm, "adStart") == [("customMetadata", refusals.expected("array"))]


@pytest.mark.parametrize(
    ("action", "details"),
    [(action, operation.forbidden) for action, operation in OPERATIONS.items() if operation.forbidden],
)
def test_details_are_not_allowed_on_what_closes(action: str, details: str) -> None:
    """C37; null is absent, and the details of something else are only unknown members."""
    assert wrong(xdm_of(action, **{details: {}}), action) == [(f"{MC}.{details}", refusals.NOT_ALLOWED)]
    assert wrong(xdm_of(action, **{details: None}), action) == []
    assert wrong(xdm_of(action, errorDetails="x"), action) == []


@pytest.mark.parametrize(
    ("timestamp", "reason"),
    [
        (None, refusals.MISSING), (1, refusals.expected("string")), ("2026-01-01", refusals.TIMESTAMP_INVALID),
        ("", refusals.TIMESTAMP_INVALID),
    ],
)  # fmt: skip
def test_a_timestamp_is_needed_on_events(timestamp: object, reason: str) -> None:
    """Missing, of another type or not in the format."""
    assert [("timestamp", reason)] == wrong({**xdm_of("ping"), "timestamp": timestamp}, "ping")


def test_a_start_may_leave_its_timestamp_out_but_not_get_it_wrong() -> None:
    """C1; a present but invalid one is an error (protocol.md 8.3)."""
    assert wrong({**xdm_of("sessionStart"), "timestamp": None}, "sessionStart") == []
    assert paths({**xdm_of("sessionStart"), "timestamp": "soon"}, "sessionStart") == ["timestamp"]


@pytest.mark.parametrize(("event_type", "reason"), [(None, refusals.MISSING), (1, refusals.expected("string"))])
def test_an_event_type_is_a_text(event_type: object, reason: str) -> None:
    """Missing or of another type."""
    assert [("eventType", reason)] == wrong({**xdm_of("ping"), "eventType": event_type}, "ping")


def test_an_unknown_event_type_is_told_which_exist() -> None:
    """The reason lists the closed set."""
    ((path, reason),) = wrong({**xdm_of("ping"), "eventType": "media.pong"}, "ping")
    assert path == "eventType"
    assert reason.startswith("Value must be one of media.sessionStart, media.sessionComplete")


def test_an_overlong_id_is_the_last_error() -> None:
    """`_id` is bounded like any text; other types of it are ignored."""
    assert wrong({**xdm_of("ping"), "_id": "x" * 4097}, "ping") == [("_id", refusals.TOO_LONG)]
    assert wrong({**xdm_of("ping"), "_id": 7}, "ping") == []


DOWNLOADS = "mediaDownloadedEvents"


@pytest.mark.parametrize(
    ("downloads", "errors"),
    [
        (None, [("", refusals.MISSING)]),
        ([], [("", refusals.MISSING)]),
        ({}, [("", refusals.expected("array"))]),
        ([1], [("[0]", refusals.expected("object"))]),
        (
            [{}],
            [("[0].mediaCollection", refusals.MISSING), ("[0].mediaEventTimestamp", refusals.MISSING),
             ("[0].mediaEventType", refusals.MISSING)],
        ),
        (download_of("play")[DOWNLOADS], [("[0].mediaEventType", refusals.one_of("media.sessionStart"))]),
    ],
)  # fmt: skip
def test_a_download_is_a_list_that_begins_with_a_start(downloads: object, errors: list[tuple[str, str]]) -> None:
    """Paths point into the list (protocol.md 1.5)."""
    expected = [(f"{DOWNLOADS}{path}", reason) for path, reason in errors]
    assert expected == wrong({"eventType": "media.downloaded", DOWNLOADS: downloads}, "downloaded")


def test_the_events_of_a_download_are_judged_by_their_type() -> None:
    """Members as on the type's own route, without a session id, which is ignored."""
    xdm = download_of("sessionStart", "adStart", "ping")
    start, ad, ping = xdm[DOWNLOADS]
    del start[MC]["sessionDetails"]["name"]
    del ad[MC]["advertisingDetails"]["length"]
    ad["mediaEventTimestamp"] = 5
    ping[MC] = {"sessionID": 1}
    ping["mediaEventType"] = "media.downloaded"
    assert paths(xdm, "downloaded") == [
        f"{DOWNLOADS}[0].{MC}.sessionDetails.name",
        f"{DOWNLOADS}[1].{MC}.advertisingDetails.length",
        f"{DOWNLOADS}[1].mediaEventTimestamp",
        f"{DOWNLOADS}[2].{MC}.playhead",
        f"{DOWNLOADS}[2].mediaEventType",
    ]
