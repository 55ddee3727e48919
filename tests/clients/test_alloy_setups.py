"""The published Web SDK in other setups, and what it makes of refusals (protocol.md 3.3, 4.6, 5.3, 6.1, C8)."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Error, Route

from clients.edge import COOKIES, ERROR, ORG, Edge, event_of, handles, now_ms, state_of
from clients.web import CONTENT, CREATE, FIRST_PARTY, THIRD_PARTY, Visitor, xdm_of
from playhead.wire.identity import decode_identity

pytestmark = pytest.mark.e2e

MEDIA = re.compile("/va/v1/")
CORS = {"access-control-allow-origin": "https://www.shop.example", "access-control-allow-credentials": "true"}


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


def rejected(visitor: Visitor, action: str) -> str:
    """The message with which an event is rejected."""
    with pytest.raises(Error) as caught:
        visitor.say(action)
    return str(caught.value)


@pytest.mark.compat(client="alloy", behaviour="datastream override")
def test_datastream_override(secure_edge: Edge, visitor: Visitor) -> None:
    """The start goes to the other datastream; events name the original one and still find the session."""
    visitor.load()
    session_id = visitor.create(edgeConfigOverrides={"datastreamId": "other"})
    visitor.say("play")
    start, play = visitor.made
    assert "site" == start.body["meta"]["sdkConfig"]["datastream"]["original"]
    assert [["other"], ["site"]] == [start.query["configId"], play.query["configId"]]
    session = secure_edge.settled(session_id, accepted=2)
    assert "other" == session["datastream"]


@pytest.mark.compat(client="alloy", behaviour="first-party host: cookies instead of entries")
def test_first_party_host(secure_edge: Edge, browser: Browser) -> None:
    """On a host of the page's own domain the identity comes as a cookie, without entries; the visitor stays."""
    visitor = Visitor(browser, edge=FIRST_PARTY)
    visitor.load()
    first = visitor.create()
    visitor.load()
    second = visitor.create()
    sent = visitor.made[-1]
    assert "entries" not in sent.body["meta"]["state"]
    assert f"{COOKIES}identity" in sent.request.all_headers()["cookie"]
    assert ["cluster"] == list(state_of(sent.answer.json))
    persons = [secure_edge.settled(session_id, accepted=1)["person"] for session_id in (first, second)]
    assert persons[0] == persons[1]
    visitor.close()


@pytest.mark.compat(client="alloy", behaviour="ECID of an adobe_mc link")
def test_check_19_adobe_mc(secure_edge: Edge, visitor: Visitor) -> None:
    """A visitor who comes from an app by an adobe_mc link keeps the ECID of the app, against the cookie of before."""
    visitor.load()
    before = secure_edge.settled(visitor.create(), accepted=1)["person"]
    ecid = "12345678901234567890123456789012345678"
    link = quote(f"TS={now_ms() // 1000}|MCMID={ecid}|MCORGID={ORG}")
    visitor.load(f"?adobe_mc={link}")
    session_id = visitor.create()
    assert ecid == visitor.made[-1].body["xdm"]["identityMap"]["ECID"][0]["id"]
    assert ecid == secure_edge.settled(session_id, accepted=1)["person"] != before
    state = decode_identity(visitor.cookies()["identity"])
    assert state is not None
    assert (ecid, 3) == (state.ecid, state.source)
    visitor.load()
    assert ecid == secure_edge.settled(visitor.create(), accepted=1)["person"]


@pytest.mark.compat(client="alloy", behaviour="first-party id (FPID) gives the same visitor")
def test_check_19_fpid_over_cookie_loss(secure_edge: Edge, visitor: Visitor) -> None:
    """With an FPID in the identity map the visitor is the same after all cookies are gone."""
    visitor.load()
    fpid = {"FPID": [{"id": "11111111-2222-4333-8444-555555555555", "primary": True}]}
    collection = {"playhead": 0, "sessionDetails": CONTENT}
    persons = []
    for _ in range(2):
        found = visitor.run("createMediaSession", {"xdm": {"identityMap": fpid, "mediaCollection": collection}})
        persons.append(secure_edge.settled(str(found["sessionId"]), accepted=1)["person"])
        visitor.context.clear_cookies()
        visitor.load()
    assert persons[0] == persons[1]


@pytest.mark.compat(client="alloy", behaviour="media events through v1/interact")
def test_send_event(secure_edge: Edge, visitor: Visitor) -> None:
    """SendEvent with a media type goes to interact and counts; when the page is left, to collect."""
    visitor.load()
    details = {**CONTENT, "channel": "shop", "playerName": "html5"}
    start = {**xdm_of("sessionStart", {"playhead": 0, "sessionDetails": details})}
    visitor.run("sendEvent", {"xdm": start})
    answered = handles(visitor.made[-1].answer.json)
    session_id = str(answered["media-analytics:new-session"][0]["sessionId"])
    play = xdm_of("play", {"playhead": 0, "sessionID": session_id})
    visitor.run("sendEvent", {"xdm": play})
    end = xdm_of("sessionEnd", {"playhead": 3, "sessionID": session_id})
    visitor.run("sendEvent", {"xdm": end, "documentUnloading": True})
    session = secure_edge.settled(session_id, accepted=3)
    assert "sessionEnd" in {event["eventType"].removeprefix("media.") for event in secure_edge.events(session_id)}
    assert {"accepted": 3, "duplicate": 0, "dropped": 0} == session["counts"]


@pytest.mark.compat(client="alloy", behaviour="consent (v1/privacy/set-consent)")
@pytest.mark.parametrize(("general", "stored"), [("in", "general=in"), ("out", "general=out")])
def test_consent(visitor: Visitor, general: str, stored: str) -> None:
    """What waits for a consent goes out once it is given; the consent cookie is the one the SDK reads."""
    visitor.load(defaultConsent="pending")
    visitor.page.evaluate(
        f"([details, more]) => {{ window.started = ({CREATE})([details, more]); window.started.catch(() => 0); }}",
        [CONTENT, {}],
    )
    visitor.page.wait_for_timeout(100)
    assert [] == visitor.made
    consent = {"standard": "Adobe", "version": "1.0", "value": {"general": general}}
    visitor.run("setConsent", {"consent": [consent]})
    assert "/ee/v1/privacy/set-consent" == visitor.made[0].path
    assert stored == visitor.cookies()["consent"]
    if general == "in":
        found = visitor.page.evaluate("() => window.started")
        assert re.fullmatch("[0-9a-f]{64}", found["sessionId"])
        assert {"identity", "cluster", "consent"} == set(visitor.cookies())
    else:
        visitor.page.wait_for_timeout(100)
        assert 1 == len(visitor.made)


@pytest.mark.compat(client="alloy", behaviour="an invalid start resolves without a session")
def test_invalid_start(secure_edge: Edge, visitor: Visitor) -> None:
    """207: the promise resolves without an id; later events are rejected in the page and nothing is sent."""
    visitor.load()
    found = visitor.page.evaluate(CREATE, [{**CONTENT, "length": -1}, {}])
    assert "sessionId" not in found
    (sent,) = visitor.made
    assert 207 == sent.status
    (item,) = sent.answer.json["errors"]
    assert (f"{ERROR}va-edge-0400-400", 0) == (item["type"], item["report"]["eventIndex"])
    assert "Session ID is not available" in rejected(visitor, "play")
    assert 1 == len(visitor.made)
    assert {"cluster", "identity"} == set(visitor.cookies())


@pytest.mark.compat(client="alloy", behaviour="a refused event rejects and ends the ping chain")
def test_a_refused_event(secure_edge: Edge, timed: Visitor) -> None:
    """400 and 404 reject, are not repeated, and no new ping is armed; another session on the page works."""
    timed.load()
    timed.create()
    timed.say("play")
    timed.page.evaluate("() => { window.playhead = -1; }")
    assert "400" in rejected(timed, "pauseStart")
    assert 400 == timed.made[-1].status
    timed.page.clock.fast_forward(10_000)
    timed.wait_until(lambda: len(timed.made) == 4 and timed.answered(), "the ping that was armed")
    timed.forward(60)
    assert 4 == len(timed.made)
    manual = {"playhead": 0, "sessionDetails": CONTENT}
    timed.run("createMediaSession", {"xdm": {"mediaCollection": manual}})
    unknown = event_of("ping", "0" * 64)["events"][0]["xdm"]
    with pytest.raises(Error, match="404"):
        timed.run("sendMediaEvent", {"xdm": {"eventType": "media.ping", "mediaCollection": unknown["mediaCollection"]}})
    timed.page.evaluate("() => { window.playhead = 0; }")
    secure_edge.settled(timed.create(), accepted=1)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.compat(client="alloy", behaviour="retries after 429, 502, 503, 504 with the same requestId")
def test_retries(secure_edge: Edge, visitor: Visitor, status: int) -> None:
    """A busy answer after the event was taken: the SDK repeats URL and body, and the event counts once."""
    visitor.load()
    session_id = visitor.create()
    busy = iter([status])

    def taken_but_refused(route: Route) -> None:
        if next(busy, None) is None:
            route.continue_()
            return
        sent = visitor.made[-1]
        query = {name: values[0] for name, values in sent.query.items()}
        assert (
            204
            == secure_edge.post(
                sent.path, query, {"content-type": "text/plain"}, (route.request.post_data or "").encode()
            ).status
        )
        route.fulfill(status=status, headers={**CORS, "retry-after": "1"})

    visitor.page.route(MEDIA, taken_but_refused)
    assert {} == visitor.say("play")
    _, first, second = visitor.made
    assert (first.url, first.body) == (second.url, second.body)
    session = secure_edge.settled(session_id, accepted=2, duplicate=1)
    assert {"accepted": 2, "duplicate": 1, "dropped": 0} == session["counts"]


@pytest.mark.compat(client="alloy", behaviour="a dead network rejects, the session goes on after it")
def test_a_dead_network(secure_edge: Edge, visitor: Visitor) -> None:
    """A request that does not come through is rejected and not repeated; the next event counts."""
    visitor.load()
    session_id = visitor.create()
    visitor.page.route(MEDIA, lambda route: route.abort("connectionfailed"), times=1)
    assert "Network request failed" in rejected(visitor, "play")
    assert {} == visitor.say("pauseStart")
    session = secure_edge.settled(session_id, accepted=2)
    assert {"accepted": 2, "duplicate": 0, "dropped": 0} == session["counts"]


@pytest.mark.compat(client="alloy", behaviour="several players on one page")
def test_two_players(secure_edge: Edge, visitor: Visitor) -> None:
    """Two sessions asked for at once, without an identity yet, get different ids and the same visitor."""
    visitor.load()
    script = f"""async (details) => {{
      const create = {CREATE};
      const all = await Promise.all([create([details, {{}}]), create([details, {{playerId: "other"}}])]);
      return all.map((one) => one.sessionId);
    }}"""
    ids: list[Any] = visitor.page.evaluate(script, CONTENT)
    assert 2 == len(set(ids))
    assert 1 == len({secure_edge.settled(session_id, accepted=1)["person"] for session_id in ids})
    assert THIRD_PARTY == visitor.edge
