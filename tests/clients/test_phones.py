"""What the iOS, Android and Roku models do with answers and time (protocol.md 4.6, 7.1, 7.2, 7.4), as far as it is on the wire."""

from collections.abc import Sequence
from typing import Any

import pytest

from clients.edge import SESSION_DETAILS, SITE, Answer, Edge, Line, VirtualEdge, handles, now_ms, stamp, start_of
from clients.mobile import ANDROID, IOS, Media, Phone, Platform
from clients.roku import QUEUE_MAX, Roku

pytestmark = pytest.mark.e2e

PHONES = pytest.mark.parametrize("platform", [IOS, ANDROID], ids=["ios", "android"])
BASE_MS = 1_767_225_600_000
HOUR_S = 3600

AD = {"name": "ad", "length": 15, "playerName": "p", "podPosition": 1}
POD = {"index": 1, "offset": 0, "friendlyName": "Pre-roll"}
CHAPTER = {"index": 1, "length": 600, "offset": 0}


class World:
    """A phone at a virtual server; their clocks go together."""

    def __init__(self, platform: Platform) -> None:
        self.edge = VirtualEdge(BASE_MS)
        self.line = Line(self)
        self.phone = Phone(self.line, platform, BASE_MS)
        self.media: Media

    def post(self, *request: Any) -> Answer:
        """A request at the phone's time."""
        self.edge.wait((self.phone.now_ms - self.edge.now_ms) / 1000)
        return self.edge.post(*request)

    def actions(self, since: int) -> list[str]:
        """What was sent from there on, pings left out."""
        return [sent.action for sent in self.line.sent[since:] if sent.action != "ping"]


@pytest.fixture
def at(platform: Platform) -> World:
    """Phone and server, and a viewing that has begun."""
    world = World(platform)
    world.media = Media(world.phone, SESSION_DETAILS)
    return world


def between(status: int, **headers: str) -> Answer:
    """An answer of something on the way."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, b"")


@PHONES
@pytest.mark.parametrize("status", [408, 429, 502, 503, 504, 507])
@pytest.mark.compat(client="iOS", behaviour="retries after 408, 429, 502, 503, 504, 507 and a dead network")
@pytest.mark.compat(client="Android", behaviour="retries after 408, 429, 502, 503, 504, 507 and a dead network")
def test_a_phone_retries_in_order(edge: Edge, line: Line, platform: Platform, status: int) -> None:
    """The head of the queue waits, as long as Retry-After says, and everything behind it waits too; then each counts once."""
    phone = Phone(line, platform, now_ms())
    media = Media(phone, SESSION_DETAILS)
    line.faults += [
        between(status, retry_after="3"),
        between(status, retry_after="Mon, 01 Jan 2024 00:00:00 GMT"),
        "down",
    ]
    media.track("play")
    media.track("pauseStart")
    waits = []
    while phone.queue:
        waits.append((phone.retry_at_ms - phone.now_ms) // 1000)
        phone.now_ms = phone.retry_at_ms
        phone.flush()
    assert [3, 5, 5] == waits
    assert ["sessionStart", "play", "play", "play", "play", "pauseStart"] == [sent.action for sent in line.sent]
    session = edge.settled(media.session_id, accepted=3)
    assert {"accepted": 3, "duplicate": 0, "dropped": 0} == session["counts"]


@PHONES
@pytest.mark.compat(client="iOS", behaviour="queue survives the end of the app")
@pytest.mark.compat(client="Android", behaviour="queue survives the end of the app")
def test_a_queue_survives_the_app(edge: Edge, line: Line, platform: Platform) -> None:
    """The app is killed with a start whose answer was lost in its queue, and with events: all arrive later, once."""
    phone = Phone(line, platform, now_ms())
    media = Media(phone, SESSION_DETAILS)
    line.faults += ["down", "lost"]
    media.track("play")
    assert ["play"] == [hit.action for hit in phone.queue]
    other = Media(phone, SESSION_DETAILS)
    again = phone.killed(line)
    again.now_ms += 60_000
    again.flush()  # lost
    again.now_ms += 60_000
    again.flush()
    assert not again.queue
    assert {other.client_session} == set(again.sessions)
    session = edge.settled(media.session_id, accepted=2, duplicate=1)
    assert {"accepted": 2, "duplicate": 1, "dropped": 0} == session["counts"]
    assert 1 == edge.settled(again.sessions[other.client_session], accepted=1)["counts"]["accepted"]


@pytest.mark.compat(client="iOS", behaviour="events at their own path behind the location hint")
@pytest.mark.compat(client="Android", behaviour="events at their own path behind the location hint")
@pytest.mark.compat(client="iOS", behaviour="base path ee-pre-prd (edge.environment)")
@pytest.mark.compat(client="Android", behaviour="base path ee-pre-prd (edge.environment)")
@PHONES
def test_a_phone_at_pre_production(edge: Edge, line: Line, platform: Platform) -> None:
    """Under ee-pre-prd the empty 200 is as good as a 204."""
    phone = Phone(line, platform, now_ms(), base="ee-pre-prd")
    media = Media(phone, SESSION_DETAILS)
    media.track("play")
    media.finish()
    assert not phone.queue
    assert not phone.errors
    assert f"/ee-pre-prd/{phone.hint}/va/v1/play" == line.sent[1].path
    edge.settled(media.session_id, accepted=3)


@PHONES
@pytest.mark.compat(client="iOS", behaviour="a whole viewing with ads, chapters, states and quality")
@pytest.mark.compat(client="Android", behaviour="a whole viewing with ads, chapters, states and quality")
def test_a_viewing_on_a_phone(at: World, platform: Platform) -> None:
    """What a person watched is what is counted; at the viewer's end, open ad, break and chapter are closed first."""
    media = at.media
    media.track("play")
    media.track("chapterStart", chapterDetails=CHAPTER, customMetadata=[])
    media.wait(20)
    media.measure(bitrate=800, droppedFrames=1, framesPerSecond=25, timeToStart=1200)
    media.track("bitrateChange", qoeDataDetails={"bitrate": 800})
    media.track("statesUpdate", statesStart=[{"name": "closeCaption"}])
    media.wait(10)
    media.track("pauseStart")
    media.wait(15)
    media.track("play")
    media.track("adBreakStart", advertisingPodDetails=POD)
    media.track("adStart", advertisingDetails=AD, customMetadata=[])
    media.wait(5)
    since = len(at.line.sent)
    media.finish()
    assert ["adSkip", "adBreakComplete", "chapterSkip", "sessionComplete"] == at.actions(since)
    assert not at.phone.errors
    at.edge.wait(60)
    record = at.edge.record(media.session_id)
    details = record.session_details
    assert ("complete", len(at.line.sent)) == (record.close_cause, record.accepted)
    assert (30, 35, 15) == (details["timePlayed"], details["totalTimePlayed"], details["pauseTime"])
    assert ["closedcaptioning"] == [state["name"].lower() for state in record.states]
    told = [sent.json["events"][0]["xdm"]["mediaCollection"].get("qoeDataDetails") for sent in at.line.sent]
    assert 1 == sum(quality is not None for quality in told if quality != {"bitrate": 800})


@PHONES
@pytest.mark.compat(client="iOS", behaviour="client-side restart after 30 minutes")
@pytest.mark.compat(client="Android", behaviour="client-side restart after 30 minutes")
def test_a_phone_restarts_after_half_an_hour(at: World, platform: Platform) -> None:
    """Paused for 30 minutes it ends its session; the next play starts another that resumes and replays what was open."""
    media = at.media
    media.track("play")
    media.track("chapterStart", chapterDetails=CHAPTER)
    media.track("adBreakStart", advertisingPodDetails=POD)
    media.track("adStart", advertisingDetails=AD)
    media.track("statesUpdate", statesStart=[{"name": "mute"}, {"name": "fullScreen"}])
    media.track("statesUpdate", statesEnd=[{"name": "fullScreen"}])
    first = media.session_id
    media.wait(60)
    media.track("pauseStart")
    since = len(at.line.sent)
    media.wait(30 * 60)
    assert ["sessionEnd"] == at.actions(since)
    media.wait(HOUR_S)
    since = len(at.line.sent)
    media.track("play")
    expected = ["sessionStart", "chapterStart", "adBreakStart", "adStart", "statesUpdate", "play"]
    assert expected == at.actions(since)
    started = at.line.sent[since].json["events"][0]["xdm"]["mediaCollection"]
    assert started["sessionDetails"]["hasResume"] is True
    assert [{"name": "mute"}] == at.line.sent[since + 4].json["events"][0]["xdm"]["mediaCollection"]["statesStart"]
    media.wait(20)
    # The server's limit is the same half hour and comes first by the way of the network: that sessionEnd finds nothing.
    assert ["sessionEnd"] == [hit.action for hit in at.phone.dropped]
    assert [404] == [error["status"] for error in at.phone.errors]
    assert first != media.session_id
    ended = at.edge.record(first)
    assert ("stuck", 0, True) == (
        ended.close_cause,
        ended.session_details["timePlayed"],
        ended.ads[0]["advertisingDetails"]["isStarted"],
    )
    at.edge.wait(700)
    resumed = at.edge.record(media.session_id)
    assert resumed.session_details["hasResume"] is True
    assert 1 == len(resumed.ads)


@PHONES
@pytest.mark.compat(client="iOS", behaviour="client-side restart after 24 hours")
@pytest.mark.compat(client="Android", behaviour="client-side restart after 24 hours")
def test_a_phone_restarts_after_a_day(at: World, platform: Platform) -> None:
    """At 24 h it ends the session and starts another at once; nothing of the day is lost, nothing queues up."""
    media = at.media
    media.track("play")
    first = media.session_id
    media.wait(24 * HOUR_S - 1)
    since = len(at.line.sent)
    media.wait(1)
    assert ["sessionEnd", "sessionStart", "play"] == at.actions(since)
    assert first != media.session_id
    media.wait(30)
    media.finish("sessionEnd")
    assert not at.phone.queue
    at.edge.wait(10)
    assert "age" == at.edge.record(first).close_cause
    day_s = at.edge.record(first).session_details["timePlayed"]
    assert 24 * HOUR_S - 10 <= day_s <= 24 * HOUR_S
    assert ("end", 30) == (
        at.edge.record(media.session_id).close_cause,
        at.edge.record(media.session_id).session_details["timePlayed"],
    )


@PHONES
@pytest.mark.compat(client="iOS", behaviour="404 for a session that timed out drops the hit, not the queue")
@pytest.mark.compat(client="Android", behaviour="404 for a session that timed out drops the hit, not the queue")
def test_a_timed_out_session_does_not_stall_the_queue(at: World, platform: Platform) -> None:
    """Events that come too late for their session are dropped with an error event; the next viewing goes on."""
    media = at.media
    media.track("play")
    at.phone.now_ms += 25 * HOUR_S * 1000
    media.track("ping")
    assert [404] == [error["status"] for error in at.phone.errors]
    assert ["ping"] == [hit.action for hit in at.phone.dropped]
    other = Media(at.phone, SESSION_DETAILS)
    other.track("play")
    assert not at.phone.queue
    assert 1 == len(at.phone.errors)


@pytest.mark.parametrize("base", ["ee", "ee-pre-prd"])
@pytest.mark.compat(client="Roku", behaviour="a whole viewing; pings filtered to their interval")
def test_a_viewing_on_roku(edge: Edge, line: Line, base: str) -> None:
    """The app pings every second, ten seconds apart go out; times are right to a second although they are unpadded."""
    roku = Roku(line, now_ms() - 60_000, base=base)
    roku.start(SESSION_DETAILS)
    roku.track("play", 0)
    for second in range(1, 26):
        roku.now_ms += 1000
        roku.track("ping", second)
    roku.track("sessionEnd", 25)
    assert roku.session_id is not None
    assert ["sessionStart", "play", "ping", "ping", "sessionEnd"] == [sent.action for sent in line.sent]
    session = edge.settled(roku.session_id, accepted=5)
    assert 25 == session["mediaReporting"]["sessionDetails"]["timePlayed"]


@pytest.mark.parametrize("status", [408, 503, 504])
@pytest.mark.compat(client="Roku", behaviour="retries after 408, 503, 504; anything else is final")
def test_roku_retries(edge: Edge, line: Line, status: int) -> None:
    """The same request again after 30 s, whatever Retry-After says; what happened meanwhile follows."""
    roku = Roku(line, now_ms())
    line.faults += [between(status, retry_after="1")]
    roku.start(SESSION_DETAILS)
    roku.track("play", 0)
    roku.now_ms += 29_000
    roku.flush()
    assert 1 == len(line.sent)
    roku.now_ms += 1_000
    roku.flush()
    first, second, _ = line.sent
    assert (first.query, first.body) == (second.query, second.body)
    assert roku.session_id is not None
    edge.settled(roku.session_id, accepted=2)


@pytest.mark.parametrize("fault", [between(429), between(502), between(507), between(404), "down"])
@pytest.mark.compat(client="Roku", behaviour="retries after 408, 503, 504; anything else is final")
def test_roku_gives_up(line: Line, fault: Answer | str) -> None:
    """Any other failure of a start ends the viewing; of an event, drops the event."""
    roku = Roku(line, now_ms())
    line.faults += [fault]
    roku.start(SESSION_DETAILS)
    roku.track("play", 0)
    assert roku.aborted
    assert 1 == len(line.sent)
    roku.start(SESSION_DETAILS)
    line.faults += [fault]
    roku.track("play", 0)
    roku.track("pauseStart", 0)
    assert ["sessionStart", "sessionStart", "play", "pauseStart"] == [sent.action for sent in line.sent]
    assert not roku.aborted


@pytest.mark.compat(client="Roku", behaviour="memory queue of 100, oldest dropped")
def test_roku_forgets_the_oldest(edge: Edge, line: Line) -> None:
    """While a start waits, 100 events are kept; the server takes a session whose first events are gone."""
    roku = Roku(line, now_ms() - 600_000)
    line.faults += [between(503)]
    roku.start(SESSION_DETAILS)
    for playhead in range(QUEUE_MAX + 20):
        roku.track("pauseStart" if playhead % 2 else "play", playhead)
        roku.now_ms += 101
    roku.now_ms += 30_000
    roku.flush()
    assert roku.session_id is not None
    session = edge.settled(roku.session_id, accepted=1 + QUEUE_MAX)
    assert {"accepted": 1 + QUEUE_MAX, "duplicate": 0, "dropped": 0} == session["counts"]


@pytest.mark.compat(client="Roku", behaviour="client-side restart after 30 minutes")
def test_roku_restarts(edge: Edge, line: Line) -> None:
    """After its own limit Roku ends the session and starts one that resumes at the playhead."""
    roku = Roku(line, now_ms() - 10_000)
    roku.start(SESSION_DETAILS)
    first = roku.session_id
    roku.track("pauseStart", 20)
    roku.track("sessionEnd", 20)
    roku.start(SESSION_DETAILS, resume=True, playhead=20)
    roku.track("play", 20)
    assert roku.session_id not in {None, first}
    assert roku.session_id is not None
    session = edge.settled(roku.session_id, accepted=2)
    assert session["mediaReporting"]["sessionDetails"]["hasResume"] is True


CONSENTS: Sequence[tuple[Any, str, str]] = (
    ({"standard": "Adobe", "version": "2.0", "value": {"collect": {"val": "y"}}}, "y", "general=in"),
    ({"standard": "Adobe", "version": "2.0", "value": {"collect": {"val": "n"}}}, "n", "general=out"),
    ({"standard": "Adobe", "version": "1.0", "value": {"general": "out"}}, "n", "general=out"),
)


@pytest.mark.parametrize(("consent", "letter", "general"), CONSENTS)
@pytest.mark.compat(client="iOS", behaviour="consent (v1/privacy/set-consent)")
@pytest.mark.compat(client="Android", behaviour="consent (v1/privacy/set-consent)")
@pytest.mark.compat(client="Roku", behaviour="consent (v1/privacy/set-consent)")
def test_consent(edge: Edge, consent: Any, letter: str, general: str) -> None:
    """A consent is answered with the preference mobile SDKs read and the entry alloy reads; framed when asked."""
    streaming = {"enabled": True, "recordSeparator": "\0", "lineFeed": "\n"}
    body = {
        "consent": [consent],
        "identityMap": {"ECID": [{"id": "1" * 38}]},
        "query": {"consent": {"operation": "update"}},
        "meta": {"konductorConfig": {"streaming": streaming}},
    }
    framed = edge.say("/ee/v1/privacy/set-consent", body, SITE)
    read = [record for platform in (IOS, ANDROID) for record in Phone(Line(edge), platform, 0).records(framed)]
    del body["meta"]
    read.append(edge.say("/ee/v1/privacy/set-consent", body, SITE).json)  # as Roku asks
    assert 3 == len(read)
    for record in read:
        payloads = handles(record)
        assert [{"collect": {"val": letter}}] == payloads["consent:preferences"]
        (kept,) = [item for item in payloads["state:store"] if item["key"].endswith("_consent")]
        assert (general, 15_552_000) == (kept["value"], kept["maxAge"])


@PHONES
@pytest.mark.compat(client="iOS", behaviour="media events through v1/interact")
@pytest.mark.compat(client="Android", behaviour="media events through v1/interact")
def test_media_events_of_a_phone_through_interact(edge: Edge, line: Line, platform: Platform) -> None:
    """Sent as plain experience events, a start and a play are a session all the same; framed, hinted, one visitor."""
    phone = Phone(line, platform, now_ms())
    for action, members in (("sessionStart", {"sessionDetails": SESSION_DETAILS}), ("play", {})):
        collection = {"playhead": 0, **members, **({"sessionID": phone.sessions["c"]} if phone.sessions else {})}
        xdm = {"eventType": f"media.{action}", "timestamp": stamp(phone.now_ms), "mediaCollection": collection}
        phone.enqueue(action, xdm, "c", "v1/interact")
        phone.flush()
    assert ["/ee/v1/interact", f"/ee/{phone.hint}/v1/interact"] == [sent.path for sent in line.sent]
    assert not phone.errors
    assert phone.ecid == edge.settled(phone.sessions["c"], accepted=2)["person"]


@pytest.mark.compat(client="curl", behaviour="media events through v1/interact")
@pytest.mark.compat(client="curl", behaviour="media events through v2/interact, v1/collect, v2/collect")
def test_media_events_through_the_gateway(edge: Edge) -> None:
    """Each gateway route takes a media event as its own path does, and answers in its own way, also when it fails."""
    event = start_of()["events"][0]
    answer = edge.say("/ee/v1/interact", start_of(), SITE)
    session_id = answer.json["handle"][0]["payload"][0]["sessionId"]
    xdm = {"eventType": "media.play", "timestamp": "2022-03-04T13:39:00Z"}
    collection = {"playhead": 0, "sessionID": session_id}
    play = {"xdm": {**xdm, "mediaCollection": collection}}
    assert 200 == edge.say("/ee/v2/interact", {"event": play}, {"datastreamId": "site"}).status
    routes = (("v1/collect", {"events": [play]}, 204), ("v2/collect", {"event": play}, 202))
    for playhead, (path, body, status) in enumerate(routes, start=1):
        collection["playhead"] = playhead
        assert status == edge.say(f"/ee/{path}", body, SITE).status
    assert 204 == edge.say("/ee/v2/collect", {"event": event}, {**SITE, "silent": "true"}).status
    session = edge.settled(session_id, accepted=4)
    assert {"accepted": 4, "duplicate": 0, "dropped": 0} == session["counts"]
    lost = {"xdm": {**xdm, "mediaCollection": {"playhead": 0, "sessionID": "0" * 64}}}
    failed = edge.say("/ee/v1/interact", {"events": [lost, play]}, SITE)
    assert 207 == failed.status
    (item,) = failed.json["errors"]
    assert (404, 0) == (item["status"], item["report"]["eventIndex"])
    assert 204 == edge.say("/ee/v1/collect", {"events": [lost]}, SITE).status
