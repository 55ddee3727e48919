"""Checks 10 to 14 of protocol.md 9: models of the iOS, Android and Roku network layers against a real server."""

import json
import re
import time
from typing import Any

import pytest

from clients.edge import COOKIES, ERROR, SESSION_DETAILS, SITE, Edge, Line, handles, now_ms
from clients.mobile import ANDROID, IOS, IOS_17_0, Hit, Media, Phone, Platform
from clients.roku import Roku, unpadded
from playhead.wire.identity import decode_identity

pytestmark = pytest.mark.e2e

PHONES = pytest.mark.parametrize("platform", [IOS, IOS_17_0, ANDROID], ids=["ios", "ios-17.0", "android"])


def a_phone(line: Line, platform: Platform, **options: Any) -> Phone:
    """A phone that nobody knows, on time."""
    return Phone(line, platform, now_ms(), **options)


def started(phone: Phone) -> tuple[Media, str]:
    """A viewing on it and its session."""
    media = Media(phone, SESSION_DETAILS)
    return media, media.session_id


@pytest.mark.compat(client="Android", behaviour="session start")
@pytest.mark.compat(client="Android", behaviour="framed answers, one record a line")
def test_check_10_android_cuts_the_first_character(edge: Edge, line: Line) -> None:
    """Framed as asked, the session is found behind a cut character; without the streaming config the body is plain JSON."""
    phone = a_phone(line, ANDROID)
    _, session_id = started(phone)
    assert re.fullmatch("[0-9a-f]{64}", session_id)
    query, body = line.sent[0].query, line.sent[0].json
    framed = edge.say("/ee/va/v1/sessionStart", body, query)
    text = framed.body.decode()
    assert ("\0", "\n", 1) == (text[0], text[-1], text.count("\n"))
    del body["meta"]["konductorConfig"]
    plain = edge.say("/ee/va/v1/sessionStart", body, query)
    assert session_id == handles(plain.json)["media-analytics:new-session"][0]["sessionId"]


@pytest.mark.compat(client="iOS", behaviour="session start")
@pytest.mark.compat(client="iOS", behaviour="framed answers, one record a line")
@pytest.mark.parametrize("platform", [IOS, IOS_17_0], ids=["ios", "ios-17.0"])
def test_check_11_ios_trims_the_separator(edge: Edge, line: Line, platform: Platform) -> None:
    """Split on LF and trimmed, each line decodes; with the empty separator of iOS 17.0 nothing stands before the JSON."""
    _, session_id = started(a_phone(line, platform))
    assert re.fullmatch("[0-9a-f]{64}", session_id)
    framed = edge.post("/ee/va/v1/sessionStart", line.sent[0].query, {}, line.sent[0].body)
    separator = platform.record_separator
    assert framed.body.decode().startswith(separator + "{")
    assert framed.body.endswith(b"}\n")


@PHONES
@pytest.mark.compat(client="iOS", behaviour="errors are plain JSON")
@pytest.mark.compat(client="Android", behaviour="errors are plain JSON")
def test_check_11_errors_are_not_framed(line: Line, platform: Platform) -> None:
    """An answer of 400 and above is plain JSON although the request asks for streaming; the hit is dropped."""
    phone = a_phone(line, platform)
    media, _ = started(phone)
    media.track("adStart", advertisingDetails={"name": "ad"})
    (error,) = phone.errors
    assert (400, f"{ERROR}va-edge-0400-400") == (error["status"], error["type"])
    assert ["adStart"] == [hit.action for hit in phone.dropped]
    assert not phone.queue
    assert not phone.aborted


@pytest.mark.compat(client="Roku", behaviour="session start")
@pytest.mark.compat(client="Roku", behaviour="identity from identity:result, kept in state:store")
def test_check_12_roku_first_start(edge: Edge, line: Line) -> None:
    """A start that fetches the ECID learns it; requestIds are echoed; later requests fetch nothing and keep the visitor."""
    roku = Roku(line, now_ms())
    roku.start(SESSION_DETAILS)
    assert roku.session_id is not None
    assert roku.ecid is not None
    assert re.fullmatch(r"\d{38}", roku.ecid)
    roku.track("play", 0)
    first, second = line.sent
    assert ["query" in first.json, "query" in second.json] == [True, False]
    assert [(sent, sent) for sent, _ in roku.request_ids] == roku.request_ids
    assert roku.ecid == edge.settled(roku.session_id, accepted=2)["person"]
    roku.start(SESSION_DETAILS)
    assert roku.ecid == edge.settled(roku.session_id, accepted=1)["person"]
    assert decode_identity(str(roku.state[f"{COOKIES}identity"]["value"])).ecid == roku.ecid  # type: ignore[union-attr]


@pytest.mark.compat(client="Roku", behaviour="ECID by an interact without xdm")
def test_check_12_roku_asks_for_its_ecid(edge: Edge, line: Line) -> None:
    """An interact whose event has only a query is answered with identity:result; the session belongs to that visitor."""
    roku = Roku(line, now_ms())
    ecid = roku.get_ecid()
    assert ecid is not None
    assert ["xdm" in event for event in line.sent[0].json["events"]] == [False]
    roku.start(SESSION_DETAILS)
    assert "query" not in line.sent[1].json
    assert roku.session_id is not None
    assert ecid == edge.settled(roku.session_id, accepted=1)["person"]


@pytest.mark.parametrize("key", ["identitymap", "identityMap"])
@pytest.mark.compat(client="Roku", behaviour="identityMap in lower case")
def test_check_12_roku_lower_cased_identity_map(edge: Edge, line: Line, key: str) -> None:
    """The map keeps the ECID whatever its case, also when the state is lost."""
    roku = Roku(line, now_ms(), identity_key=key)
    roku.get_ecid()
    roku.state.clear()
    roku.start(SESSION_DETAILS)
    assert roku.ecid == line.sent[-1].json["xdm"][key]["ECID"][0]["id"]
    assert roku.session_id is not None
    assert roku.ecid == edge.settled(roku.session_id, accepted=1)["person"]


@pytest.mark.compat(client="Roku", behaviour="milliseconds without leading zeros")
def test_check_12_roku_unpadded_milliseconds(edge: Edge, line: Line) -> None:
    """7 ms written as `.7Z` is taken, as seven tenths, and stored as sent."""
    at_ms = now_ms() // 1000 * 1000 + 7
    assert unpadded(at_ms).endswith(".7Z")
    roku = Roku(line, at_ms)
    roku.start(SESSION_DETAILS)
    roku.now_ms += 1000
    roku.track("play", 1)
    assert roku.session_id is not None
    edge.settled(roku.session_id, accepted=2)
    stored = [event["xdm"]["timestamp"] for event in edge.events(roku.session_id)]
    assert [unpadded(at_ms), unpadded(at_ms + 1000)] == stored


@PHONES
@pytest.mark.compat(client="iOS", behaviour="repeated start is the same session, repeated event counts once")
@pytest.mark.compat(client="Android", behaviour="repeated start is the same session, repeated event counts once")
def test_check_13_mobile_retry(edge: Edge, line: Line, platform: Platform) -> None:
    """The answers to a start and to a ping are lost: repeated with another requestId, there is one session, one ping."""
    phone = a_phone(line, platform)
    line.faults.append("lost")
    media = Media(phone, SESSION_DETAILS)
    assert not phone.sessions
    media.wait(5)
    session_id = media.session_id
    first, second = line.sent
    assert first.body == second.body
    assert first.query["requestId"] != second.query["requestId"]
    line.faults.append("lost")
    media.track("ping")
    media.wait(5)
    assert ["sessionStart", "sessionStart", "ping", "ping"] == [sent.action for sent in line.sent]
    session = edge.settled(session_id, accepted=2, duplicate=2)
    assert {"accepted": 2, "duplicate": 2, "dropped": 0} == session["counts"]
    again = edge.post("/ee-pre-prd/va/v1/sessionStart", first.query, {}, first.body)
    (record,) = phone.records(again)
    assert session_id == handles(record)["media-analytics:new-session"][0]["sessionId"]


@pytest.mark.compat(client="Roku", behaviour="repeated start is the same session, repeated event counts once")
def test_check_13_roku_retry(edge: Edge, line: Line) -> None:
    """Roku repeats `_id` and requestId: one session, each event once."""
    roku = Roku(line, now_ms())
    roku.start(SESSION_DETAILS)
    roku.track("play", 0)
    start, play = line.sent
    answers = [edge.post(sent.path, sent.query, {}, sent.body) for sent in (start, play)]
    assert [200, 204] == [answer.status for answer in answers]
    assert roku.session_id == handles(answers[0].json)["media-analytics:new-session"][0]["sessionId"]
    assert roku.session_id is not None
    session = edge.settled(roku.session_id, duplicate=2)
    assert {"accepted": 2, "duplicate": 2, "dropped": 0} == session["counts"]


BROKEN = {**SESSION_DETAILS, "name": ""}


def invalid_item(answered: Any) -> dict[str, Any]:
    """The only item of `errors`."""
    (item,) = answered["errors"]
    found: dict[str, Any] = item
    return found


@PHONES
@pytest.mark.compat(client="iOS", behaviour="an invalid start ends the client's session")
@pytest.mark.compat(client="Android", behaviour="an invalid start ends the client's session")
def test_check_14_invalid_start_aborts_a_phone(edge: Edge, line: Line, platform: Platform) -> None:
    """207 with one item of form D, no session: the phone gives the viewing up and sends nothing more of it."""
    phone = a_phone(line, platform)
    media = Media(phone, BROKEN)
    assert {media.client_session} == phone.aborted
    assert not phone.sessions
    media.track("play")
    media.wait(30)
    assert ["sessionStart"] == [sent.action for sent in line.sent]
    answer = edge.post("/ee/va/v1/sessionStart", line.sent[0].query, {}, line.sent[0].body)
    (record,) = phone.records(answer)
    assert 207 == answer.status
    assert "media-analytics:new-session" not in handles(record)
    detail = {"name": "$.xdm.mediaCollection.sessionDetails.name", "reason": "Missing required field"}
    expected = {
        "type": f"{ERROR}va-edge-0400-400",
        "status": 400,
        "title": "Invalid request",
        "report": {"eventIndex": 0, "details": [detail]},
    }
    assert expected == invalid_item(record)


@pytest.mark.compat(client="Roku", behaviour="an invalid start ends the client's session")
def test_check_14_invalid_start_aborts_roku(edge: Edge, line: Line) -> None:
    """The same for Roku; and nothing of it is in the store."""
    roku = Roku(line, now_ms(), datastream="quiet")
    roku.start({**BROKEN, "name": None})
    assert roku.aborted
    assert roku.session_id is None
    assert roku.ecid is not None
    roku.track("play", 0)
    assert 1 == len(line.sent)
    good = Roku(line, now_ms(), datastream="quiet")
    good.start(SESSION_DETAILS)
    assert good.session_id is not None
    edge.settled(good.session_id, accepted=1)
    deadline = time.monotonic() + 60
    while not (found := edge.console("/api/v1/sessions", datastream="quiet")["items"]):  # follows the store's commits
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert [good.session_id] == [session["id"] for session in found]


@PHONES
@pytest.mark.parametrize(
    "body", [{"events": []}, {}, {"events": [{"xdm": {"eventType": "media.play"}}]}], ids=["empty", "none", "mismatch"]
)
def test_check_14_malformed_start_never_queues_for_ever(edge: Edge, line: Line, platform: Platform, body: Any) -> None:
    """Whatever is wrong with a start, its answer has the one type on which mobile SDKs give up."""
    phone = a_phone(line, platform)
    phone.enqueue("sessionStart", {}, "client")
    usual = json.loads(phone.body(phone.queue[0]))
    del usual["events"]
    line.faults.append(edge.say("/ee/va/v1/sessionStart", {**usual, **body}, SITE))
    phone.flush()
    assert {"client"} == phone.aborted
    assert not phone.queue


def test_the_models_differ_as_the_sdks_do(line: Line) -> None:
    """What the models write is what protocol.md 6.1 shows: pretty or compact, case of `_id`, empty state, no state."""
    hit = Hit("play", {"eventType": "media.play"}, "c", "va/v1/play")
    ios, android = (Phone(line, platform, 0) for platform in (IOS, ANDROID))
    assert b"\n" in ios.body(hit)
    assert b"\n" not in android.body(hit)
    assert {} == json.loads(android.body(hit))["meta"]["state"]
    assert "state" not in json.loads(ios.body(hit))["meta"]
    for phone in (ios, android):
        phone.enqueue("play", {}, "c")
    assert ios.queue[0].xdm["_id"].isupper()
    assert android.queue[0].xdm["_id"].islower()
