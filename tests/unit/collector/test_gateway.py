"""The gateway's routes (protocol.md 3.4)."""

from typing import Any

import pytest

from collector_support import body_of, event, handles_of, headers_of, post, start_body, start_event, started, world
from playhead.wire.record import decode_record

INTERACT = "/ee/v1/interact?configId=ds-1&requestId=r"
ERRORS = "https://ns.adobe.com/aep/errors/"


def test_interact_starts_sessions_like_the_media_route() -> None:
    """protocol.md C9: alloy's createMediaSession; the same handle, and text/plain."""
    reply = post(world(), INTERACT, start_body(), headers={"content-type": "text/plain; charset=UTF-8"})
    assert reply.status == 200
    assert len(handles_of(reply)["media-analytics:new-session"][0]["sessionId"]) == 64
    assert reply.accepted is not None
    assert decode_record(reply.accepted).route == "v1/interact"


def test_same_start_by_either_route_is_the_same_session() -> None:
    """protocol.md 7.4 and C9: the id follows from `_id` and datastream alone."""
    at = world()
    body = start_body(client_id="a")
    replies = [post(at, target, body) for target in (INTERACT, "/ee/va/v1/sessionStart?configId=ds-1")]
    ids = {handles_of(reply)["media-analytics:new-session"][0]["sessionId"] for reply in replies}
    assert len(ids) == 1


def test_interact_version_2_takes_one_event_and_the_other_parameter() -> None:
    """protocol.md 3.4: `datastreamId` and `event`; each route takes either parameter."""
    reply = post(world(), "/ee/v2/interact?datastreamId=ds-1", {"event": start_event()})
    assert reply.status == 200
    assert body_of(reply)["handle"][0]["eventIndex"] == 0
    assert post(world(), "/ee/v2/interact?configId=ds-1", {"event": start_event()}).status == 200
    assert post(world(), "/ee/va/v1/sessionStart?datastreamId=ds-1", start_body()).status == 200


def test_interact_reports_each_failed_media_event() -> None:
    """protocol.md 3.4 and 4.5 D: fields as 400, an unknown session as 404, the rest is taken."""
    at = world()
    events = [
        {"query": {"personalization": {}}},
        event("ping", started(at), playhead=None),
        event("ping", "0" * 64),
        event("play", started(at)),
        start_event(),
        {"xdm": {"eventType": "web.webpagedetails.pageViews"}},
        {"xdm": {"eventType": "media.unknown", "mediaCollection": {}}},
    ]
    reply = post(at, INTERACT, {"events": events})
    errors = body_of(reply)["errors"]
    assert reply.status == 207
    assert [(error["report"]["eventIndex"], error["status"], error["type"]) for error in errors] == [
        (1, 400, ERRORS + "va-edge-0400-400"),
        (2, 404, ERRORS + "va-edge-0404-404"),
        (6, 400, ERRORS + "va-edge-0400-400"),
    ]
    assert errors[0]["title"] == "Invalid request"
    assert errors[0]["report"]["details"][0]["name"] == "$.xdm.mediaCollection.playhead"
    assert errors[1]["title"] == "Not Found"
    assert isinstance(errors[1]["report"]["details"], str)
    assert [4] == [handle["eventIndex"] for handle in body_of(reply)["handle"] if "eventIndex" in handle]
    assert reply.accepted is not None
    record = decode_record(reply.accepted)
    assert ((1, 2, 6), [4]) == (record.skipped, [minted.index for minted in record.minted])
    assert reply.reasons == record.skipped_reasons == ("va-edge-0400-400", "va-edge-0404-404", "va-edge-0400-400")
    assert 5 == record.media_events


def test_interact_without_media_is_answered_and_let_go() -> None:
    """protocol.md 3.4: Roku's first request has an event with only `query`; nothing is recorded."""
    body = {"events": [{"query": {"identity": {"fetch": ["ECID"]}}}]}
    reply = post(world(), INTERACT, body)
    assert reply.status == 200
    assert ["identity:result", "locationHint:result", "state:store"] == list(handles_of(reply))
    assert (reply.accepted, reply.refused) == (None, None)


def test_datastream_without_media_takes_other_events() -> None:
    """Media off: media events are refused as by a disabled datastream, others are not."""
    target = "/ee/v1/interact?configId=ds-plain"
    assert post(world(), target, {"events": [{"query": {}}]}).status == 200
    assert body_of(post(world(), target, start_body()))["type"] == ERRORS + "EXEG-0004-422"


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/ee/v1/collect?configId=ds-1", 204),
        ("/ee/v2/collect?datastreamId=ds-1", 202),
        ("/ee/v2/collect?datastreamId=ds-1&silent=true", 204),
    ],
)
def test_collect_takes_what_interact_takes(target: str, status: int) -> None:
    """protocol.md 3.4: the same input, no handles; 204 without a body or 202 with the requestId."""
    at = world()
    member = "event" if "/v2/" in target else "events"
    sent = event("ping", started(at))
    reply = post(at, target + "&requestId=r", {member: sent if member == "event" else [sent]})
    assert reply.status == status
    assert (reply.body == b'{"requestId":"r"}') is (status == 202)
    assert reply.accepted is not None


def test_collect_is_silent_about_failed_events() -> None:
    """protocol.md 3.4: 204 even when a media event failed; it is counted and recorded as refused."""
    reply = post(world(), "/ee/v1/collect?configId=ds-1", {"events": [event("ping", "0" * 64)]})
    assert (reply.status, reply.body, reply.accepted) == (204, b"", None)
    assert reply.reasons == ("va-edge-0404-404",)
    assert reply.refused is not None
    assert decode_record(reply.refused).reason == "va-edge-0404-404"


@pytest.mark.parametrize(
    ("datastream_id", "code", "known"), [("none", "EXEG-0003-400", False), ("ds-off", "EXEG-0004-422", True)]
)
def test_media_events_of_a_refused_request_are_recorded(datastream_id: str, code: str, known: bool) -> None:
    """Decision 0093: as many as there are, others left out; without any there is no record."""
    target, other = f"/ee/v1/interact?configId={datastream_id}", {"xdm": {"eventType": "web.webpagedetails.pageViews"}}
    reply = post(world(), target, {"events": [event("ping", "0" * 64), other, event("play", "x")]})
    kept = decode_record(reply.refused or b"")
    assert (code, known, 2) == (kept.reason, kept.known, kept.media_events)
    assert post(world(), target, {"events": [other]}).refused is None


def test_refused_events_have_their_own_reasons() -> None:
    """Decision 0093: a request of which nothing was taken tells the reason of each event, where they differ."""
    wrong, unknown = event("ping", "0" * 64, playhead=-1), event("ping", "0" * 64)
    differ = decode_record(post(world(), INTERACT, {"events": [wrong, unknown]}).refused or b"")
    assert ((0, 1), ("va-edge-0400-400", "va-edge-0404-404")) == (differ.skipped, differ.skipped_reasons)
    assert 2 == differ.media_events
    alike = decode_record(post(world(), INTERACT, {"events": [unknown, unknown]}).refused or b"")
    assert ((), (), "va-edge-0404-404", 2) == (
        alike.skipped, alike.skipped_reasons, alike.reason, alike.media_events,
    )  # fmt: skip


def test_collected_start_has_a_session_and_a_visitor() -> None:
    """The record of a start by beacon can be read like any other."""
    reply = post(world(), "/ee/v1/collect?configId=ds-1", start_body())
    assert reply.accepted is not None
    (minted,) = decode_record(reply.accepted).minted
    assert (64, 38) == (len(minted.session_id), len(minted.ecid))


def test_identity_is_acquired() -> None:
    """protocol.md 3.4: visitor, location and state, and the region in a header."""
    body = {"query": {"identity": {"fetch": ["ECID"]}}, "meta": {}}
    reply = post(world(), "/ee/va6/v1/identity/acquire?configId=ds-1", body)
    assert reply.status == 200
    assert ["identity:result", "locationHint:result", "state:store"] == list(handles_of(reply))
    assert headers_of(reply)["x-adobe-edge"] == "VA6;7"
    assert (reply.accepted, reply.refused) == (None, None)


@pytest.mark.parametrize(("val", "general"), [("y", "in"), ("n", "out")])
def test_consent_is_set(val: str, general: str) -> None:
    """protocol.md 3.4: preferences for mobile, an entry that alloy reads as a cookie."""
    body = {
        "consent": [{"standard": "Adobe", "version": "2.0", "value": {"collect": {"val": val}}}],
        "identityMap": {"ECID": [{"id": "1" * 38}]},
        "query": {"identity": {"fetch": ["ECID"]}},
    }
    reply = post(world(), "/ee/v1/privacy/set-consent?configId=ds-1", body)
    handles = handles_of(reply)
    assert ["identity:result", "consent:preferences", "locationHint:result", "state:store"] == list(handles)
    assert handles["identity:result"][0]["id"] == "1" * 38
    assert handles["consent:preferences"] == [{"collect": {"val": val}}]
    assert [item["key"].removeprefix("kndctr_ACME_AdobeOrg_") for item in handles["state:store"]] == [
        "cluster",
        "identity",
        "consent",
    ]
    assert (handles["state:store"][2]["value"], handles["state:store"][2]["maxAge"]) == (f"general={general}", 15552000)


@pytest.mark.parametrize(
    ("consent", "code", "status"),
    [
        (None, "EXEG-0103-400", 400),
        ([{"standard": "Other", "version": "1", "value": "x"}], "EXEG-0102-400", 400),
        ([{"standard": "Adobe", "version": "2.0", "value": ""}], "EXEG-0104-422", 422),
    ],
)
def test_unreadable_consent_is_form_e(consent: Any, code: str, status: int) -> None:
    """protocol.md 4.5 E and 3.4: five members, and the code that says what is wrong."""
    reply = post(world(), "/ee/v1/privacy/set-consent?configId=ds-1", {"consent": consent})
    body = body_of(reply)
    assert (reply.status, body["status"], body["type"]) == (status, status, ERRORS + code)
    assert ["type", "status", "title", "detail", "report"] == list(body)


@pytest.mark.parametrize("route", ["v1/identity/acquire", "v1/privacy/set-consent"])
def test_identity_and_consent_need_json_and_a_datastream(route: str) -> None:
    """protocol.md 4.5 E."""
    assert body_of(post(world(), f"/ee/{route}?configId=ds-1", b"[]"))["type"] == ERRORS + "EXEG-0101-400"
    assert body_of(post(world(), f"/ee/{route}", b"{}"))["type"] == ERRORS + "EXEG-0002-400"
    assert body_of(post(world(), f"/ee/{route}?configId=x", b"{}"))["type"] == ERRORS + "EXEG-0003-400"
