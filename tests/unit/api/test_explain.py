"""The route that opens a number up."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api_world import START_MS, World, judged, problem_of, record, started
from playhead.api import Pending
from playhead.base.settings import SettingsInForce
from playhead.base.units import DatastreamId
from playhead.events.playback import Ping, Play
from playhead.reporting.outputs import Outcome, SessionState
from playhead.store.port import Commit

URL = "/api/v1/sessions/s1/explain"
TIME = "sessionDetails.timePlayed"
ONE_WORLD = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
"""All examples ask one world; a machine with much else to do makes them slowly."""


def told(world: World) -> None:
    """A start, a play, a ping that came twice, and one that is not committed yet."""
    ping = Ping(at_ms=START_MS + 4_000, playhead_s=4)
    world.commit(
        record(),
        started(),
        judged(Play(at_ms=START_MS, playhead_s=0), received_ms=START_MS + 1),
        judged(ping, received_ms=START_MS + 4_000),
        judged(ping, received_ms=START_MS + 4_001, outcome=Outcome.DUPLICATE, reason="duplicate_content"),
    )
    last = judged(Ping(at_ms=START_MS + 10_000, playhead_s=10), received_ms=START_MS + 10_000, index=2)
    world.live.pendings["s1"] = Pending(judged=[last])


def test_a_number_is_opened_up(world: World) -> None:
    """Its rule, its formula, its terms, and in each the events by their place in the list of events."""
    told(world)
    said = world.get(URL, field=TIME)
    (term,) = said.pop("terms")
    events = term.pop("events")
    assert {
        "field": TIME,
        "value": 10,
        "unit": "s",
        "row": "media.sessionComplete",
        "always": True,
        "rule": "Wall clock with main content playing; ads, pauses, buffering, stalls and breaks are not in it.",
        "source": "metrics.md 2.2",
        "formula": {
            "kind": "seconds",
            "text": "The sum of the amounts in ms, as seconds, rounded half up once.",
        },
        "parts": {},
        "total": 10_000,
        "termUnit": "ms",
        "termCount": 1,
        "reason": None,
        "cursor": None,
    } == said
    assert {
        "from": "2026-01-01T00:00:00.000Z",
        "until": "2026-01-01T00:00:10.000Z",
        "amount": 10_000,
        "value": None,
        "contentFrom": None,
        "contentUntil": None,
        "why": "main content played",
    } == term
    assert [(2, "media.play"), (3, "media.ping"), (5, "media.ping")] == [(e["place"], e["eventType"]) for e in events]
    assert {
        "place": 5,
        "eventType": "media.ping",
        "timestamp": "2026-01-01T00:00:10.000Z",
        "arrived": "2026-01-01T00:00:10.000Z",
        "playhead": 10,
        "requestId": f"r{START_MS + 10_000}",
        "index": 2,
        "inside": None,
    } == events[-1]


def test_places_are_those_of_the_list_of_events(world: World) -> None:
    """The event at a place is the same in both answers."""
    told(world)
    listed = world.get("/api/v1/sessions/s1/events")["items"]
    for event in world.get(URL, field=TIME)["terms"][0]["events"]:
        same = {name: listed[event["place"] - 1][name] for name in ("eventType", "timestamp", "arrived", "playhead")}
        assert same == {name: event[name] for name in same}


def test_content_is_told_in_seconds(world: World) -> None:
    """Viewed pieces have bounds in seconds of content."""
    told(world)
    (term,) = world.get(URL, field="sessionDetails.uniqueTimePlayed")["terms"]
    assert (0, 10, 10_000) == (term["contentFrom"], term["contentUntil"], term["amount"])


def test_without_a_field_all_there_are_are_listed(world: World) -> None:
    """The values are those of the session, and every path listed is understood."""
    told(world)
    items = {each["field"]: each["value"] for each in world.get(URL)["items"]}
    assert (10, 7, 9) == (
        items[TIME], items["ads.1.advertisingDetails.timePlayed"], items["chapters.1.chapterDetails.timePlayed"],
    )  # fmt: skip
    assert (3, None, 2) == (
        items["states.mute.time"], items["sessionDetails.pauseTime"], items["qoeDataDetails.errorCount"],
    )  # fmt: skip


def test_an_unknown_field_is_named_with_the_nearest(world: World) -> None:
    """A slip is a 400 that says what was meant; nonsense one that says where the fields are listed."""
    told(world)
    for field, meant in [
        ("sessionDetails.timeplayed", "did you mean sessionDetails.timePlayed?"),
        ("timePlayed", "did you mean sessionDetails.timePlayed?"),
        ("states[mute].tim", "did you mean states.mute.time?"),
        ("§", "without `field` all there are are listed"),
    ]:
        (error,) = problem_of(world.client.get(URL, params={"field": field}), 400)["errors"]
        assert ("field", True) == (error["path"], error["reason"].endswith(meant)), error


def test_terms_are_paged(world: World) -> None:
    """All pages together are the terms, once, and the count is that of all."""
    plays: list[Any] = []
    for number in range(1, 6):
        at_ms = START_MS + 1_000 * number
        plays.append(judged(Play(at_ms=at_ms, playhead_s=9 * number), received_ms=at_ms))
    world.commit(record(), started(), *plays)
    field = "sessionDetails.uniqueTimePlayed"
    whole = world.get(URL, field=field)["terms"]
    assert 4 == len(whole)
    found: list[Any] = []
    page = world.get(URL, field=field, limit=3)
    while True:
        assert (4, whole[len(found) : len(found) + 3]) == (page["termCount"], page["terms"])
        found += page["terms"]
        if page["cursor"] is None:
            break
        page = world.get(URL, field=field, limit=3, cursor=page["cursor"])
    assert whole == found
    problem_of(world.client.get(URL, params={"field": field, "cursor": "WyJldmVudHMiLDFd"}), 400)


def test_settings_are_those_the_session_began_under(world: World) -> None:
    """What changed since does not change what is explained."""
    told(world)
    earlier = SettingsInForce(interval_cap_s=1)
    world.store.commit(Commit(outputs=(), now_ms=START_MS, settings={DatastreamId("web"): [(START_MS, earlier)]}))
    world.store.commit(
        Commit(outputs=(), now_ms=START_MS, settings={DatastreamId("web"): [(START_MS + 6, SettingsInForce())]})
    )
    assert 2 == world.get(URL, field=TIME)["value"]


def test_an_open_session_is_explained_as_shown(world: World) -> None:
    """Its silence is that of the instant it is looked at."""
    told(world)
    shown = {"secondsSinceLastCall": 7, "name": "film"}
    world.live.views["s1"] = record(
        state=SessionState.OPEN,
        close_cause=None,
        closed_ms=None,
        session_details=shown,
        last_received_ms=START_MS + 10_000,
    )
    (term,) = world.get(URL, field="sessionDetails.secondsSinceLastCall")["terms"]
    assert (7_000, "2026-01-01T00:00:17.000Z", [5]) == (
        term["amount"], term["until"], [event["place"] for event in term["events"]],
    )  # fmt: skip


def test_what_is_not_there_cannot_be_explained(world: World) -> None:
    """A session nobody knows, and one whose events are gone."""
    problem_of(world.client.get(URL), 404)
    world.commit(record())
    assert world.get(URL)["items"]
    problem_of(world.client.get(URL, params={"field": TIME}), 404)


@settings(suppress_health_check=ONE_WORLD, deadline=None, max_examples=60)
@given(st.text(max_size=60), st.text(max_size=20))
def test_no_parameter_breaks_it(world: World, field: str, cursor: str) -> None:
    """Any text is an answer or a 400."""
    told(world)
    response = world.client.get(URL, params={"field": field, "cursor": cursor})
    if response.status_code != 200:
        problem_of(response, 400)
