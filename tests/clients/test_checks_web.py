"""Checks 1 to 7 and 9 of protocol.md 9: the published Web SDK and a page's own fetch, in a real browser over TLS."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Route

from clients.edge import ERROR, Edge, handles, now_ms, stamp, state_of
from clients.web import CONTENT, THIRD_PARTY, Visitor, xdm_of
from playhead.wire.identity import decode_identity

pytestmark = pytest.mark.e2e

MEMBERS: dict[str, dict[str, Any]] = {
    "adBreakStart": {"advertisingPodDetails": {"index": 0, "offset": 5, "friendlyName": "Pre-roll"}},
    "adStart": {"advertisingDetails": {"name": "ad", "length": 10, "podPosition": 1}},
    "bitrateChange": {"qoeDataDetails": {"bitrate": 900}},
    "chapterStart": {"chapterDetails": {"index": 1, "length": 30, "offset": 0}},
    "error": {"errorDetails": {"name": "E1", "source": "player"}},
    "statesUpdate": {"statesStart": [{"name": "mute"}]},
}
EVENTS = (
    "play", "chapterStart", "adBreakStart", "adStart", "adSkip", "adStart", "adComplete", "adBreakComplete", "pauseStart",
    "ping", "bufferStart", "bitrateChange", "statesUpdate", "error", "chapterSkip", "chapterStart", "chapterComplete",
    "sessionComplete", "sessionEnd",
)  # fmt: skip
"""Every event action, some twice; the length of a session that has them all is one more."""


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    """Somebody new."""
    made = Visitor(browser)
    yield made
    made.close()


@pytest.fixture
def timed(browser: Browser) -> Iterator[Visitor]:
    """Somebody new whose clock is the test's."""
    made = Visitor(browser, clock=True)
    yield made
    made.close()


@pytest.mark.compat(client="alloy", behaviour="session start")
@pytest.mark.compat(client="alloy", behaviour="identity kept by the client")
def test_check_01_create_media_session(visitor: Visitor) -> None:
    """The start resolves with an id; cluster and identity cookies of the organisation; one request, to interact."""
    visitor.load()
    session_id = visitor.create()
    assert re.fullmatch(r"[0-9a-f]{64}", session_id)
    assert {"cluster", "identity"} == set(visitor.cookies())
    assert ["/ee/v1/interact"] == [one.path for one in visitor.made]
    assert re.fullmatch(r"\d{38}", decoded_ecid(visitor.cookies()["identity"]))


@pytest.mark.compat(client="alloy", behaviour="events at their own path behind the location hint")
def test_check_02_send_media_event(visitor: Visitor) -> None:
    """The next event goes behind the hint of the answer and resolves with {}; the answer is 204 without a byte."""
    visitor.load()
    session_id = visitor.create()
    assert {} == visitor.say("play")
    hint = visitor.cookies()["cluster"]
    sent = visitor.made[-1]
    assert f"/ee/{hint}/va/v1/play" == sent.path
    assert session_id == sent.xdm["mediaCollection"]["sessionID"]
    assert (204, b"") == (sent.answer.status, sent.answer.body)
    assert not {"content-type", "content-length"} & set(sent.answer.headers)


@pytest.mark.compat(client="alloy", behaviour="all event types, automatic mode")
def test_check_03_all_events_automatic(secure_edge: Edge, visitor: Visitor) -> None:
    """Each event type through a playerId resolves, and is stored once in the session."""
    visitor.load()
    session_id = visitor.create()
    for action in EVENTS:
        assert {} == visitor.say(action, **MEMBERS.get(action, {}))
    _stored_once(secure_edge, visitor, session_id)


@pytest.mark.compat(client="alloy", behaviour="all event types, manual mode")
def test_check_03_all_events_manual(secure_edge: Edge, visitor: Visitor) -> None:
    """The same where the page keeps id and playhead itself; no ping comes by itself."""
    visitor.load()
    collection = {"playhead": 0, "sessionDetails": CONTENT}
    found = visitor.run("createMediaSession", {"xdm": {"mediaCollection": collection}})
    session_id = str(found["sessionId"])
    for playhead, action in enumerate(EVENTS):
        members = {"playhead": playhead, "sessionID": session_id, **MEMBERS.get(action, {})}
        assert {} == visitor.run("sendMediaEvent", {"xdm": xdm_of(action, members)})
    _stored_once(secure_edge, visitor, session_id)


LEGACY = """async ([name]) => {
  const media = await alloy("getMediaAnalyticsTracker", {});
  const tracker = media.getInstance();
  const content = media.createMediaObject("Film", name, 60.4, media.StreamType.VOD, media.MediaType.Video);
  content[media.MediaObjectKey.MediaResumed] = true;
  const meta = {[media.VideoMetadataKeys.Show]: "Show", rank: 3, live: true, ratio: 0.5};
  const {sessionId} = await tracker.trackSessionStart(content, meta);
  const done = [];
  const is = async (promise) => done.push(await promise);
  await is(tracker.trackPlay());
  await is(tracker.trackEvent(media.Event.ChapterStart, media.createChapterObject("One", 1, 30.5, 0.25)));
  tracker.updatePlayhead(1.7);
  await is(tracker.trackEvent(media.Event.AdBreakStart, media.createAdBreakObject("Pre-roll", 1, 0.5)));
  await is(tracker.trackEvent(media.Event.AdStart, media.createAdObject("Ad", "ad-1", 1, 15.5), {deal: 7}));
  await is(tracker.trackEvent(media.Event.AdSkip));
  await is(tracker.trackEvent(media.Event.AdStart, media.createAdObject("Ad", "ad-2", 2, 15), {}));
  await is(tracker.trackEvent(media.Event.AdComplete));
  await is(tracker.trackEvent(media.Event.AdBreakComplete));
  await is(tracker.trackPause());
  await is(tracker.trackEvent(media.Event.SeekStart));
  await is(tracker.trackEvent(media.Event.SeekComplete));
  await is(tracker.trackEvent(media.Event.BufferStart));
  await is(tracker.trackEvent(media.Event.BufferComplete));
  tracker.updateQoEObject(media.createQoEObject(900.5, 2, 24.97, 0));
  await is(tracker.trackEvent(media.Event.BitrateChange));
  await is(tracker.trackEvent(media.Event.StateStart, media.createStateObject(media.PlayerState.Mute)));
  await is(tracker.trackEvent(media.Event.StateEnd, media.createStateObject(media.PlayerState.Mute)));
  await is(tracker.trackError("E1"));
  await is(tracker.trackEvent(media.Event.ChapterSkip));
  await is(tracker.trackEvent(media.Event.ChapterStart, media.createChapterObject("Two", 2, 30, 30)));
  await is(tracker.trackEvent(media.Event.ChapterComplete));
  await is(tracker.trackComplete());
  await is(tracker.trackSessionEnd());
  return [sessionId, done];
}"""


@pytest.mark.compat(client="alloy", behaviour="all event types, legacy tracker")
@pytest.mark.compat(client="alloy", behaviour="nulls, fractions, metadata that is no text, unknown members")
def test_check_03_all_events_legacy(secure_edge: Edge, visitor: Visitor) -> None:
    """The tracker of the older library: null QoE, fractions, numbers as metadata and unknown members are taken."""
    visitor.load()
    session_id, done = visitor.page.evaluate(LEGACY, ["film-legacy"])
    assert [None] * 22 == done
    start = visitor.made[0].xdm["mediaCollection"]
    assert start["qoeDataDetails"] is None
    assert start["media.resumed"] is True
    assert [3, True, 0.5] == [item["value"] for item in start["customMetadata"]]
    assert 0.25 == visitor.made[2].xdm["mediaCollection"]["chapterDetails"]["offset"]
    sent = {one.xdm["eventType"].removeprefix("media.") for one in visitor.made}
    assert set(EVENTS) - {"ping"} | {"sessionStart"} == sent
    _stored_once(secure_edge, visitor, session_id)


def _stored_once(secure_edge: Edge, visitor: Visitor, session_id: str) -> None:
    """Everything the SDK sent was answered with success and is in the session once, as sent."""
    assert {200, 204} == {one.status for one in visitor.made}
    session = secure_edge.settled(session_id, accepted=len(visitor.made))
    assert {"accepted": len(visitor.made), "duplicate": 0, "dropped": 0} == session["counts"]
    stored = [event["xdm"] for event in secure_edge.events(session_id)]
    assert sorted((one.xdm for one in visitor.made), key=str) == sorted(stored, key=str)


@pytest.mark.compat(client="alloy", behaviour="pings by the client's own timer")
@pytest.mark.parametrize("end", ["sessionComplete", "sessionEnd"])
def test_check_04_ping(secure_edge: Edge, timed: Visitor, end: str) -> None:
    """A ping comes 10 s after the last event, 1 s in an ad as configured, keeps coming, and stops with the session."""
    timed.load()
    session_id = timed.create()
    timed.say("play")
    timed.page.clock.fast_forward(9_000)
    timed.page.wait_for_timeout(100)
    assert 2 == len(timed.made)
    for count in (3, 4):
        timed.page.clock.fast_forward(10_000)
        timed.wait_until(lambda: len(timed.made) == count and timed.answered(), "the SDK did not ping")  # noqa: B023 - called at once
    timed.say("adStart", **MEMBERS["adStart"])
    timed.page.clock.fast_forward(1_100)
    timed.wait_until(lambda: len(timed.made) == 6 and timed.answered(), "the SDK did not ping in the ad")
    assert ["play", "ping", "ping", "adStart", "ping"] == [one.path.rpartition("/")[2] for one in timed.made[1:]]
    timed.say(end)
    timed.forward(60)
    assert 7 == len(timed.made)
    session = secure_edge.settled(session_id, accepted=7)
    assert end == ("sessionEnd" if session["state"] != "open" else "sessionComplete")


@pytest.mark.compat(client="alloy", behaviour="events sent at once, arriving in any order")
def test_check_05_three_events_in_one_tick(secure_edge: Edge, visitor: Visitor) -> None:
    """Three events of one tick are held on the network and let go in the opposite order; they are stored in theirs."""
    visitor.load()
    session_id = visitor.create()
    held: list[Route] = []
    visitor.page.route(re.compile("/va/v1/"), lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks what it is given
    at_ms = now_ms()
    actions = ("play", "pauseStart", "bufferStart")
    xdms = [{**xdm_of(action, {}), "timestamp": stamp(at_ms + i)} for i, action in enumerate(actions)]
    visitor.page.evaluate(
        """(xdms) => { window.all = Promise.all(xdms.map((xdm) => alloy("sendMediaEvent", {playerId: "main", xdm}))); }""",
        xdms,
    )
    visitor.wait_until(lambda: len(held) == 3, "three requests in flight")
    for count, route in enumerate(reversed(held), start=1):
        route.continue_()
        visitor.wait_until(lambda: sum(one.done for one in visitor.made) == 1 + count, "an answer")  # noqa: B023 - called at once
    assert [{}, {}, {}] == visitor.page.evaluate("() => window.all")
    secure_edge.settled(session_id, accepted=4)
    stored = secure_edge.events(session_id)[1:]
    assert [f"media.{action}" for action in actions] == [event["eventType"] for event in stored]
    arrived = [event["arrived"] for event in stored]
    assert sorted(arrived, reverse=True) == arrived


@pytest.mark.compat(client="alloy", behaviour="second page load keeps the visitor")
@pytest.mark.compat(client="alloy", behaviour="getIdentity (v1/identity/acquire)")
def test_check_06_second_page_load(secure_edge: Edge, visitor: Visitor) -> None:
    """The second page sends its entries; the answer has the same ECID and only the cluster; getIdentity gives it."""
    visitor.load()
    first = visitor.create()
    kept = visitor.cookies()["identity"]
    visitor.load()
    second = visitor.create()
    sent = visitor.made[-1]
    entries = {entry["key"].rpartition("_")[2]: entry["value"] for entry in sent.body["meta"]["state"]["entries"]}
    assert kept == entries["identity"]
    assert {"cluster"} == set(state_of(sent.answer.json))
    ecid = handles(sent.answer.json)["identity:result"][0]["id"]
    assert decoded_ecid(kept) == ecid
    assert kept == visitor.cookies()["identity"]
    assert ecid == visitor.run("getIdentity")["identity"]["ECID"]
    persons = {secure_edge.settled(session_id, accepted=1)["person"] for session_id in (first, second)}
    assert {ecid} == persons


@pytest.mark.compat(client="alloy", behaviour="getIdentity (v1/identity/acquire)")
def test_check_06_get_identity_first(visitor: Visitor) -> None:
    """As the first call of a page it asks identity/acquire; ECID and region come out, and a session has the same visitor."""
    visitor.load()
    found = visitor.run("getIdentity")
    (asked,) = visitor.made
    assert "/ee/v1/identity/acquire" == asked.path
    cluster, _, region = asked.answer.headers["x-adobe-edge"].partition(";")
    assert visitor.cookies()["cluster"].upper() == cluster
    assert int(region) == found["edge"]["regionId"]
    assert decoded_ecid(visitor.cookies()["identity"]) == found["identity"]["ECID"]
    visitor.create()
    assert found["identity"]["ECID"] == handles(visitor.made[-1].answer.json)["identity:result"][0]["id"]


@pytest.mark.compat(client="alloy", behaviour="edgeBasePath: ee-pre-prd, a base of the operator's, leading slash")
@pytest.mark.parametrize(
    ("configured", "sent"),
    [("ee-pre-prd", "/ee-pre-prd"), ("x/y", "/x/y"), ("/ee", "//ee")],
    ids=["pre", "own", "slash"],
)
def test_check_07_edge_base_path(secure_edge: Edge, timed: Visitor, configured: str, sent: str) -> None:
    """Another base works end to end: start, event, the ping chain after it, the end."""
    timed.load(edgeBasePath=configured)
    session_id = timed.create()
    assert {} == timed.say("play")
    timed.page.clock.fast_forward(10_000)
    timed.wait_until(lambda: len(timed.made) == 3 and timed.answered(), "the SDK did not ping")
    assert {} == timed.say("sessionEnd")
    hint = timed.cookies()["cluster"]
    paths = [f"{sent}/{hint}/va/v1/{action}" for action in ("play", "ping", "sessionEnd")]
    assert [f"{sent}/v1/interact", *paths] == [one.path for one in timed.made]
    assert [200, 204, 204, 204] == [one.status for one in timed.made]
    secure_edge.settled(session_id, accepted=4, dropped=0)


FETCH = """async ([url, body, type]) => {
  const answer = await fetch(url, {method: "POST", credentials: "include", body: JSON.stringify(body),
    headers: {"Content-Type": type, "X-Adobe-AEP-Validation-Token": "t"}});
  return {status: answer.status, text: await answer.text(), edge: answer.headers.get("X-Adobe-Edge"),
          id: answer.headers.get("X-Request-ID"), hidden: answer.headers.get("x-konductor")};
}"""


@pytest.mark.compat(client="fetch", behaviour="session start")
@pytest.mark.compat(client="fetch", behaviour="cross-origin calls with a preflight, answers and errors readable")
def test_check_09_fetch_from_another_origin(visitor: Visitor) -> None:
    """JSON from another origin: the preflight passes, answer and error can be read, and so can the exposed headers."""
    visitor.load()
    asked: list[dict[str, str]] = []
    visitor.page.on("response", lambda answer: asked.append(answer.all_headers()) if "va/v1" in answer.url else None)
    start = {"eventType": "media.sessionStart", "mediaCollection": {"playhead": 0, "sessionDetails": dict(DETAILS)}}
    url = f"https://{THIRD_PARTY}/ee/va6/va/v1/"
    body = {"events": [{"xdm": start}]}
    made = visitor.page.evaluate(FETCH, [f"{url}sessionStart?configId=site&requestId=r", body, "application/json"])
    assert (200, "VA6;7", None) == (made["status"], made["edge"], made["hidden"])
    assert "media-analytics:new-session" in made["text"]
    assert re.fullmatch("r-[0-9a-f]{16}", made["id"])
    missing = visitor.page.evaluate(FETCH, [f"{url}ping", {}, "application/json"])
    assert 400 == missing["status"]
    assert f"{ERROR}va-edge-0400-400" in missing["text"]
    unsupported = visitor.page.evaluate(FETCH, [f"{url}ping", {}, "application/xml"])
    assert 415 == unsupported["status"]
    exposed = {header["access-control-expose-headers"] for header in asked if "x-request-id" in header}
    assert {"Retry-After, X-Adobe-Edge, X-Request-ID"} == exposed
    assert {"https://www.shop.example"} == {header["access-control-allow-origin"] for header in asked}


DETAILS = {**CONTENT, "channel": "shop", "playerName": "html5"}


def decoded_ecid(value: str) -> str:
    """The visitor in an identity cookie."""
    state = decode_identity(value)
    assert state is not None
    return state.ecid
