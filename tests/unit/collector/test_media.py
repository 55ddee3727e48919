"""The 19 media operations (protocol.md 1, 4, 6 and 7.4), asked without a server."""

import json
from typing import Any

import pytest

from collector_support import (
    DOWNLOAD,
    ERRORS,
    EVENT_ACTIONS,
    EVENT_MEMBERS,
    NOW,
    NOW_MS,
    START,
    accepted,
    body_of,
    event,
    handles_of,
    headers_of,
    named,
    post,
    refused,
    start_body,
    start_event,
    started,
    world,
)
from playhead.base.ids import mint_session_id
from playhead.base.units import DAY_MS
from playhead.collector.closings import ClosingsMemory
from playhead.collector.config import CollectorConfig
from playhead.deployment.keys import Keys
from playhead.pipeline.closings import Closing


def test_session_start_gets_a_session_and_state() -> None:
    """protocol.md 4.1: new-session, location hint and state, in this order, and plain JSON."""
    reply = post(world(), START, start_body())
    body = body_of(reply)
    assert reply.status == 200
    assert ["requestId", "handle"] == list(body)
    assert [handle["type"] for handle in body["handle"]] == [
        "media-analytics:new-session",
        "locationHint:result",
        "state:store",
    ]
    assert body["handle"][0]["eventIndex"] == 0
    assert [item["key"] for item in body["handle"][2]["payload"]] == [
        "kndctr_ACME_AdobeOrg_cluster",
        "kndctr_ACME_AdobeOrg_identity",
    ]


def test_session_start_is_recorded_with_what_it_was_given() -> None:
    """The record holds the body as received and the session id and visitor beside it."""
    body = start_body(timestamp=NOW)
    reply = post(world(), "/ee/va6/va/v1/SESSIONSTART?configId=ds-1:dev&requestId=r", body)
    record = accepted(reply)
    assert (record.route, record.base, record.datastream_id) == ("va/v1/sessionStart", "ee", "ds-1")
    assert (record.request_id, record.received_ms, record.reason) == ("r", NOW_MS, "")
    assert json.loads(record.body) == body
    (minted,) = record.minted
    assert (minted.index, len(minted.ecid)) == (0, 38)
    assert handles_of(reply)["media-analytics:new-session"] == [{"sessionId": minted.session_id}]


@pytest.mark.parametrize("action", EVENT_ACTIONS)
def test_event_call_is_204_without_a_body(action: str) -> None:
    """protocol.md 1.2 and C2: all 17 event actions on `ee`."""
    at = world()
    reply = post(at, f"/ee/va/v1/{action}", {"events": [event(action, started(at), **EVENT_MEMBERS.get(action, {}))]})
    assert (reply.status, reply.body) == (204, b"")
    assert not {"content-type", "content-length"} & set(headers_of(reply))
    assert accepted(reply).route == f"va/v1/{action}"


@pytest.mark.parametrize("action", EVENT_ACTIONS)
def test_event_call_at_pre_production_is_an_empty_200(action: str) -> None:
    """protocol.md C2 and C3: the session of `ee` is known there; Content-Length 0 and no Content-Type."""
    at = world()
    session_id = started(at)
    body = {"events": [event(action, session_id, **EVENT_MEMBERS.get(action, {}))]}
    reply = post(at, f"/ee-pre-prd/va/v1/{action}", body)
    assert (reply.status, reply.body) == (200, b"")
    assert headers_of(reply)["content-length"] == "0"
    assert "content-type" not in headers_of(reply)


def test_event_call_of_alloy_at_pre_production_is_204() -> None:
    """protocol.md C2: alloy, the only client that sends text/plain, fails on an empty 200."""
    at = world()
    headers = {"content-type": "text/plain; charset=UTF-8"}
    body = {"events": [event("ping", started(at))]}
    assert post(at, "/ee-pre-prd/va/v1/ping", body, headers=headers).status == 204


def test_event_call_at_a_base_of_our_own_is_204() -> None:
    """protocol.md C2: custom bases behave like `ee`, also with several segments and a hint."""
    at = world(config=CollectorConfig(base_paths=("ee", "a/b")))
    reply = post(at, "//a/b/irl1/va/v1/ping/?configId=never-checked", {"events": [event("ping", started(at))]})
    assert reply.status == 204
    assert (accepted(reply).base, accepted(reply).datastream_id) == ("a/b", "never-checked")


@pytest.mark.parametrize(
    ("query", "strict", "lenient"),
    [
        ("", 204, 204),
        ("?configId=ds-1", 204, 204),
        ("?configId=ds-1:dev", 204, 204),
        ("?configId=ds-nobody", 400, 204),
        ("?configId=ds-off", 422, 204),
    ],
)
def test_event_call_of_another_datastream(query: str, strict: int, lenient: int) -> None:
    """protocol.md C8 and 8.1: not checked, unless strict and named; then before the fields, with a gateway error."""
    for checks, expected in ((True, strict), (False, lenient)):
        at = world(config=CollectorConfig(strict_datastream=checks))
        session_id = started(at)
        assert expected == post(at, f"/ee/va/v1/ping{query}", {"events": [event("ping", session_id)]}).status
        broken = post(at, f"/ee/va/v1/ping{query}", {"events": [event("ping", session_id, playhead=-1)]})
        code = {204: "va-edge-0400-400", 400: "EXEG-0003-400", 422: "EXEG-0004-422"}[expected]
        assert body_of(broken)["type"].endswith(code)
        assert broken.accepted is None


def test_download_gets_a_session() -> None:
    """protocol.md 1.5 and C22: each valid offline session gets a new-session handle with its index."""
    reply = post(world(), "/ee/va/v1/downloaded?configId=ds-1", {"events": [DOWNLOAD, DOWNLOAD]})
    assert reply.status == 200
    starts = [handle for handle in body_of(reply)["handle"] if handle["type"] == "media-analytics:new-session"]
    assert [0, 1] == [handle["eventIndex"] for handle in starts]
    assert [minted.session_id for minted in accepted(reply).minted] == [
        handle["payload"][0]["sessionId"] for handle in starts
    ]


def test_several_events_of_one_call_are_one_record() -> None:
    """protocol.md 7.4: longer arrays are processed too."""
    at = world()
    session_id = started(at)
    reply = post(at, "/ee/va/v1/ping", {"events": [event("ping", session_id), event("ping", session_id)]})
    assert reply.status == 204
    assert accepted(reply).skipped == ()


def test_session_id_may_be_upper_case_or_named_the_other_way() -> None:
    """protocol.md 6 and C5."""
    at = world()
    session_id = started(at)
    assert post(at, "/ee/va/v1/ping", {"events": [event("ping", session_id.upper())]}).status == 204
    assert post(at, "/ee/va/v1/ping", {"events": [event("ping", None, sessionId=session_id)]}).status == 204


def test_repeated_start_gets_the_same_session() -> None:
    """protocol.md 7.4: same `_id`, whatever the requestId; or same requestId and index without an `_id`."""
    at = world()

    def session(target: str, body: dict[str, Any], now_ms: int = NOW_MS) -> Any:
        return handles_of(post(at, target, body, now_ms=now_ms))["media-analytics:new-session"][0]["sessionId"]

    body = start_body(client_id="9F0C6B0E", timestamp=NOW)
    first = session(START + "&requestId=r1", body)
    assert session(START + "&requestId=r2", body, NOW_MS + 5_000) == first
    assert session("/ee-pre-prd/va/v1/sessionStart?configId=ds-1:dev", body, NOW_MS + 5_000) == first
    assert session(START, start_body(client_id="other", timestamp=NOW)) != first
    unnamed = session(START + "&requestId=r3", start_body())
    assert session(START + "&requestId=r3", start_body(), NOW_MS + 5_000) == unnamed
    assert session(START + "&requestId=r4", start_body()) != unnamed
    assert session(START, start_body()) != session(START, start_body())


def test_starts_of_one_request_are_different_sessions() -> None:
    """protocol.md 7.4: the index is part of what names a start."""
    reply = post(world(), START + "&requestId=r", {"events": [start_event(), start_event()]})
    assert len({minted.session_id for minted in accepted(reply).minted}) == 2


def test_start_with_an_incredible_clock_is_not_old_at_birth() -> None:
    """protocol.md 7.3: a timestamp more than 24 h off says nothing about the age."""
    at = world()
    reply = post(at, START, start_body(client_id="a", timestamp="2022-01-01T00:00:00Z"))
    session_id = handles_of(reply)["media-analytics:new-session"][0]["sessionId"]
    assert post(at, "/ee/va/v1/ping", {"events": [event("ping", session_id)]}).status == 204


def test_field_errors_are_form_a() -> None:
    """protocol.md 4.5 A: all of them, in order, with the index of the event and the requestId."""
    reply = post(
        world(),
        "/ee/va/v1/adStart?requestId=r",
        {"events": [{"xdm": {"eventType": "media.adStart", "mediaCollection": {"playhead": -1, "sessionID": "ab"}}}]},
    )
    body = body_of(reply)
    assert (reply.status, body["type"], body["title"]) == (400, ERRORS + "va-edge-0400-400", "Bad Request")
    assert (body["status"], body["report"]["requestId"], bool(body["detail"])) == (400, "r", True)
    prefix = "$.events[0].xdm."
    assert named(reply) == [
        (prefix + "mediaCollection.advertisingDetails", "Missing required field"),
        (prefix + "mediaCollection.playhead", "Value must be greater than or equal to 0"),
        (prefix + "mediaCollection.sessionID", "Unexpected error. Hint: InvalidApiSidLength=2"),
        (prefix + "timestamp", "Missing required field"),
    ]
    assert headers_of(reply)["content-type"] == "application/problem+json"
    assert reply.reasons == ("va-edge-0400-400",)


def test_one_bad_event_refuses_the_whole_call() -> None:
    """protocol.md 7.4: all or nothing on event actions; nothing of it is taken."""
    at = world()
    session_id = started(at)
    reply = post(
        at, "/ee/va/v1/ping", {"events": [event("ping", session_id), event("ping", session_id, playhead=None)]}
    )
    assert [("$.events[1].xdm.mediaCollection.playhead", "Missing required field")] == named(reply)
    assert refused(reply).reason == "va-edge-0400-400"


@pytest.mark.parametrize("body", [{}, {"events": []}, {"events": {}}, {"events": None}, {"events": "x"}])
def test_missing_events_are_form_a_on_event_calls(body: dict[str, Any]) -> None:
    """protocol.md 4.5 A: reported at `$.events`."""
    reply = post(world(), "/ee/va/v1/ping", body)
    assert reply.status == 400
    assert [("$.events", "Missing required field")] == named(reply)


@pytest.mark.parametrize("body", [{}, {"events": []}, {"events": {}}, {"events": None}])
@pytest.mark.parametrize("action", ["sessionStart", "downloaded"])
def test_missing_events_are_form_d_on_starts(action: str, body: dict[str, Any]) -> None:
    """protocol.md 4.5 D: with this type the mobile SDK gives the session up instead of queueing for ever."""
    reply = post(world(), f"/ee/va/v1/{action}?configId=ds-1", body)
    assert reply.status == 207
    assert body_of(reply)["errors"] == [
        {
            "type": ERRORS + "va-edge-0400-400",
            "status": 400,
            "title": "Invalid request",
            "report": {"eventIndex": 0, "details": [{"name": "$.events", "reason": "Missing required field"}]},
        }
    ]
    assert refused(reply).reason == "va-edge-0400-400"


@pytest.mark.parametrize("path", ["/ee/va/v1/chapterStart", "/ee-pre-prd/va6/va/v1/chapterstart"])
def test_mismatch_is_form_b(path: str) -> None:
    """protocol.md 4.5 B: one string naming both types, even when the rest is fine or broken too."""
    at = world()
    body = {"events": [event("adBreakStart", started(at), playhead=None)]}
    reply = post(at, path + "?requestId=r", body)
    answer = body_of(reply)
    assert (reply.status, answer["type"], answer["title"]) == (400, ERRORS + "va-edge-0400-400", "Bad Request")
    assert answer["report"] == {
        "details": "payload eventType adBreakStart, path eventType chapterStart",
        "requestId": "r",
    }
    assert refused(reply).reason == "va-edge-0400-400:mismatch"


def test_mismatch_on_a_start_is_form_b() -> None:
    """protocol.md 1.4 and 4.5 B: 400 also there; the mobile SDK aborts on it."""
    reply = post(world(), START, {"events": [event("ping", "0" * 64)]})
    assert reply.status == 400
    assert body_of(reply)["report"]["details"] == "payload eventType ping, path eventType sessionStart"


@pytest.mark.parametrize("session_id", ["0" * 64, "z" * 64, mint_session_id(b"x" * 32, NOW_MS, b"123456789")])
def test_unknown_session_is_form_c(session_id: str) -> None:
    """protocol.md 4.5 C and 6: 64 characters that are no id of ours."""
    reply = post(world(), "/ee/va/v1/ping?requestId=r", {"events": [event("ping", session_id)]})
    body = body_of(reply)
    assert (reply.status, body["status"]) == (404, 404)
    assert (body["type"], body["title"]) == (ERRORS + "va-edge-0404-404", "Not Found")
    assert ["details", "requestId"] == list(body["report"])
    assert "24 h" in body["report"]["details"]
    assert refused(reply).reason == "va-edge-0404-404"


def test_session_of_63_characters_is_a_field_error() -> None:
    """protocol.md 6: the length is checked before the session is looked up."""
    reply = post(world(), "/ee/va/v1/ping", {"events": [event("ping", "0" * 63)]})
    reason = "Unexpected error. Hint: InvalidApiSidLength=63"
    assert [("$.events[0].xdm.mediaCollection.sessionID", reason)] == named(reply)


def test_field_errors_win_over_an_unknown_session() -> None:
    """protocol.md 6: the body is validated first."""
    assert post(world(), "/ee/va/v1/ping", {"events": [event("ping", "0" * 64, playhead=None)]}).status == 400


def test_session_older_than_a_day_is_form_c() -> None:
    """protocol.md C15."""
    at = world()
    body = {"events": [event("ping", started(at), timestamp="2025-03-03T10:00:00Z")]}
    assert post(at, "/ee/va/v1/ping", body, now_ms=NOW_MS + DAY_MS - 1).status == 204
    assert post(at, "/ee/va/v1/ping", body, now_ms=NOW_MS + DAY_MS).status == 404


def test_closed_sessions_are_answered_as_the_feed_says() -> None:
    """protocol.md C16: ended: success and dropped later; timed out: 404 unless the event reopens it."""
    closings = ClosingsMemory()
    at = world(closings=closings)
    session_id = started(at)
    body = {"events": [event("ping", session_id)]}
    closings.apply([Closing(session_id, closed=True, cause="end", reopen_before_received_ms=NOW_MS + DAY_MS)])
    assert post(at, "/ee/va/v1/ping", body).status == 204
    closings.apply([Closing(session_id, closed=True, cause="age")])
    assert post(at, "/ee/va/v1/ping", body).status == 404
    closings.apply([Closing(session_id, closed=False)])
    assert post(at, "/ee/va/v1/ping", body).status == 204


def test_one_unknown_session_refuses_the_whole_call() -> None:
    """protocol.md 7.4: nothing of it is taken."""
    at = world()
    reply = post(at, "/ee/va/v1/ping", {"events": [event("ping", started(at)), event("ping", "0" * 64)]})
    assert reply.status == 404
    assert reply.accepted is None


def test_ids_survive_the_rotation_of_keys() -> None:
    """A session of the previous key is still known."""
    before = world()
    after = world(keys=Keys(session=(b"n" * 32, before.keys.session[0]), identity=b"i" * 32))
    assert post(after, "/ee/va/v1/ping", {"events": [event("ping", started(before))]}).status == 204


def test_invalid_start_is_form_d() -> None:
    """protocol.md 4.5 D and C10: 207 with the gateway's handles and without new-session."""
    details = {"name": "", "playerName": "p", "length": -1, "contentType": "VOD"}
    reply = post(world(), START + "&requestId=r", start_body(sessionDetails=details, timestamp="yesterday"))
    body = body_of(reply)
    assert reply.status == 207
    assert ["requestId", "handle", "errors"] == list(body)
    assert ["locationHint:result", "state:store"] == [handle["type"] for handle in body["handle"]]
    (error,) = body["errors"]
    assert {name: error[name] for name in ("type", "status", "title")} == {
        "type": ERRORS + "va-edge-0400-400",
        "status": 400,
        "title": "Invalid request",
    }
    assert ["type", "status", "title", "report"] == list(error)
    assert ["eventIndex", "details"] == list(error["report"])
    assert [item["name"] for item in error["report"]["details"]] == [
        "$.xdm.mediaCollection.sessionDetails.name",
        "$.xdm.mediaCollection.sessionDetails.length",
        "$.xdm.mediaCollection.sessionDetails.channel",
        "$.xdm.timestamp",
    ]
    assert headers_of(reply)["content-type"] == "application/json;charset=utf-8"
    assert refused(reply).minted == ()


def test_invalid_download_is_form_d() -> None:
    """protocol.md 1.5 and 4.5 D: inner paths."""
    xdm = {"eventType": "media.downloaded", "mediaDownloadedEvents": [DOWNLOAD["xdm"]["mediaDownloadedEvents"][1]]}
    reply = post(world(), "/ee/va/v1/downloaded?configId=ds-1", {"events": [{"xdm": xdm}]})
    assert reply.status == 207
    names = [item["name"] for item in body_of(reply)["errors"][0]["report"]["details"]]
    assert ["$.xdm.mediaDownloadedEvents[0].mediaEventType"] == names


def test_each_start_stands_alone() -> None:
    """protocol.md 7.4: the good ones are taken, the bad ones are reported and named as skipped in the record."""
    body = {"events": [start_event(), start_event(playhead=None), start_event()]}
    reply = post(world(), START, body)
    record = accepted(reply)
    assert reply.status == 207
    assert [1] == [error["report"]["eventIndex"] for error in body_of(reply)["errors"]]
    assert ([0, 2], (1,)) == ([minted.index for minted in record.minted], record.skipped)
    assert (("va-edge-0400-400",), 3) == (record.skipped_reasons, record.media_events)
    assert reply.reasons == ("va-edge-0400-400",)
