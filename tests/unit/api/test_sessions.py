"""Routes of sessions."""

from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api_world import START_MS, World, judged, problem_of, record, row, started
from playhead.api import Pending
from playhead.base.settings import SettingsInForce
from playhead.base.units import DatastreamId
from playhead.events.playback import Ping, Play
from playhead.events.session import SessionEnd
from playhead.reporting.outputs import Outcome, SessionState
from playhead.store.port import Commit

ONE_WORLD = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
"""All examples ask one world; a machine with much else to do makes them slowly."""


def test_search_asks_what_the_url_asks(world: World) -> None:
    """Each parameter narrows the list by what it is named for."""
    tv = {**record().session_details, "playerName": "tv", "channel": "news"}
    world.commit(record("s1"), record("s2", person="p2", ecid="ecid2", close_cause="idle", qoe={}, session_details=tv))
    for query, expected in [
        ("", ["s2", "s1"]),
        ("person=p2", ["s2"]),
        ("datastream=app", []),
        ("person=ecid2", ["s2"]),
        ("content=film", ["s2", "s1"]),
        ("player=player", ["s1"]),
        ("channel=news", ["s2"]),
        ("sort=errors", ["s1", "s2"]),
        ("sort=waiting&state=open", []),
        ("cause=idle", ["s2"]),
        ("state=closed&hasErrors=true", ["s1"]),
        ("hasStalls=false", ["s2"]),
        ("from=2026-01-01T00:00:00Z&until=2026-01-01T01:00:00%2B01:00", []),
        ("from=2026-01-01T01:00:00%2B01:00", ["s2", "s1"]),
        ("hasAds=true&hasWarnings=true&hasBuffering=false&limit=1", ["s2"]),
    ]:
        assert (query, expected) == (query, [each["id"] for each in world.get(f"/api/v1/sessions?{query}")["items"]])


def test_a_search_without_meaning_is_refused(world: World) -> None:
    """A segment that is none, and an order that is none, are wrong input with their place."""
    for query, path in [
        ("segment={", "segment"),
        ('segment={"dimension":"colour","op":"exists"}', "segment.dimension"),
        ("sort=beauty", "sort"),
    ]:
        problem = problem_of(world.client.get(f"/api/v1/sessions?{query}"), 400)
        assert [path] == [error["path"] for error in problem["errors"]]


def test_a_search_is_paged(world: World) -> None:
    """Following the cursor gives each session once and ends with null."""
    world.commit(*(record(f"s{number}", started_at_ms=START_MS + number) for number in range(7)))
    found: list[str] = []
    cursor: str | None = ""
    for size in (3, 3, 1):
        page = world.get("/api/v1/sessions", limit=3, **({"cursor": cursor} if cursor else {}))
        assert size == len(page["items"])
        found += [each["id"] for each in page["items"]]
        cursor = page["cursor"]
    assert ([f"s{number}" for number in reversed(range(7))], None) == (found, cursor)


def test_an_open_session_shows_the_numbers_of_now(world: World) -> None:
    """The list and the session itself are as if it closed now."""
    opened = record(state=SessionState.OPEN, close_cause=None, closed_ms=None, session_details={"name": "film"}, qoe={})
    world.commit(opened)
    world.live.views["s1"] = record(state=SessionState.OPEN, close_cause=None, closed_ms=None)
    assert world.get("/api/v1/sessions")["items"][0]["timePlayed"] == 10
    detail = world.get("/api/v1/sessions/s1")
    assert ("open", 10) == (detail["state"], detail["mediaReporting"]["sessionDetails"]["timePlayed"])
    assert (None, None) == (detail["closeCause"], detail["closedAt"])


def test_events_are_every_delivery(world: World) -> None:
    """Duplicates and dropped ones are items of their own, with why."""
    ping = Ping(at_ms=START_MS + 1, playhead_s=1)
    world.commit(
        judged(SessionEnd(at_ms=START_MS, playhead_s=1), received_ms=START_MS + 2),
        started(),
        judged(ping, received_ms=START_MS + 3),
        judged(ping, received_ms=START_MS + 4, outcome=Outcome.DUPLICATE, reason="duplicate_content"),
    )
    page = world.get("/api/v1/sessions/s1/events")
    assert [
        ("media.sessionStart", "accepted", None),
        ("media.ping", "accepted", None),
        ("media.sessionEnd", "accepted", None),
        ("media.ping", "duplicate", "duplicate_content"),
    ] == [(each["eventType"], each["outcome"], each["reason"]) for each in page["items"]]
    assert page["cursor"] is None


def test_events_of_an_id_that_is_no_session(world: World) -> None:
    """Deliveries that were dropped because their session is unknown are shown all the same."""
    world.commit(judged(Ping(), session="lost", outcome=Outcome.DROPPED, reason="session_unknown"))
    assert len(world.get("/api/v1/sessions/lost/events")["items"]) == 1


def test_a_fresh_session_is_there_before_its_commit(world: World) -> None:
    """A session only the processor knows has a page, events and rows."""
    world.live.views["s1"] = record(state=SessionState.OPEN)
    world.live.pendings["s1"] = Pending(judged=[started()], rows=[row()])
    assert world.get("/api/v1/sessions/s1")["id"] == "s1"
    assert len(world.get("/api/v1/sessions/s1/events")["items"]) == 1
    assert world.get("/api/v1/sessions/s1/rows")["items"] == [{"xdm": row().xdm}]


def test_a_session_without_rows_has_an_empty_list(world: World) -> None:
    """Nothing is an answer about a session that exists."""
    world.commit(record())
    assert world.get("/api/v1/sessions/s1/rows") == {"items": [], "cursor": None}
    assert world.get("/api/v1/sessions/s1/events") == {"items": [], "cursor": None}


def test_a_timeline_is_folded_from_the_deliveries(world: World) -> None:
    """Lanes have RFC 3339 ends and what was seen; duplicates draw nothing."""
    play = judged(Play(at_ms=START_MS, playhead_s=0), received_ms=START_MS + 1)
    ping = judged(Ping(at_ms=START_MS + 10_000, playhead_s=10), received_ms=START_MS + 10_000)
    world.commit(record(), started(), play, judged(Play(at_ms=START_MS, playhead_s=0), received_ms=START_MS + 1))
    world.live.pendings["s1"] = Pending(judged=[ping])
    lanes = world.get("/api/v1/sessions/s1/timeline")
    ends = {"from": "2026-01-01T00:00:00.000Z", "until": "2026-01-01T00:00:10.000Z"}
    assert [{**ends, "state": "playing"}] == lanes["player"]
    assert ends == {"from": lanes["from"], "until": lanes["until"]}
    assert lanes["playhead"][-1] == {"at": ends["until"], "playhead": 10}
    assert ([], [], [], []) == (lanes["ads"], lanes["chapters"], lanes["states"], lanes["errors"])


def test_a_timeline_follows_the_settings_of_its_datastream(world: World) -> None:
    """What is a stall for one datastream is not for another; a change is for sessions that begin after it."""
    world.client.post("/api/v1/datastreams", json={"id": "web", "settings": {"stall_min_gap_s": 100}})
    still = [
        judged(Ping(at_ms=START_MS + n * 1_000, playhead_s=0), received_ms=START_MS + n * 1_000) for n in range(1, 5)
    ]
    world.commit(record(), started(), judged(Play(at_ms=START_MS, playhead_s=0), received_ms=START_MS + 1), *still)
    assert ["playing"] == [each["state"] for each in world.get("/api/v1/sessions/s1/timeline")["player"]]
    began = {DatastreamId("web"): [(START_MS, SettingsInForce())]}
    world.store.commit(Commit(settings=began, now_ms=START_MS))
    assert ["stalled"] == [each["state"] for each in world.get("/api/v1/sessions/s1/timeline")["player"]]


def test_a_session_whose_events_are_gone_has_no_timeline(world: World) -> None:
    """The numbers stay when the events are gone; the lanes cannot."""
    world.commit(record())
    problem_of(world.client.get("/api/v1/sessions/s1/timeline"), 404)


@settings(suppress_health_check=ONE_WORLD, deadline=None, max_examples=60)
@given(st.integers(1, 12), st.integers(1, 5))
def test_pages_of_events_and_rows_are_the_list(world: World, count: int, limit: int) -> None:
    """All pages together are the whole, once, whatever the size of a page."""
    name = uuid4().hex
    events = [
        judged(Ping(at_ms=START_MS + n % 3, playhead_s=n), session=name, received_ms=START_MS + n) for n in range(count)
    ]
    rows = [row("media.adStart", session=name, row_id=f"{name}-{n}", at_ms=START_MS + n % 4) for n in range(count)]
    world.commit(*events, *rows)
    for part in ("events", "rows"):
        whole = world.get(f"/api/v1/sessions/{name}/{part}")["items"]
        found: list[object] = []
        page = world.get(f"/api/v1/sessions/{name}/{part}", limit=limit)
        while page["cursor"] is not None:
            assert (len(page["items"]), len(found) < count) == (limit, True)
            found += page["items"]
            page = world.get(f"/api/v1/sessions/{name}/{part}", limit=limit, cursor=page["cursor"])
        found += page["items"]
        assert (count, whole) == (len(whole), found)


@settings(suppress_health_check=ONE_WORLD, deadline=None, max_examples=60)
@given(st.text(min_size=1, max_size=200), st.sampled_from(["", "/events", "/rows", "/timeline"]))
def test_no_id_breaks_it(world: World, name: str, part: str) -> None:
    """Any text where an id belongs is an answer or a problem, never a failure."""
    response = world.client.get(
        "/api/v1/sessions/" + "".join(f"%{byte:02x}" for byte in name.encode("utf-8", "replace")) + part
    )
    if response.status_code != 200:
        problem_of(response, response.status_code)
    assert response.status_code in {200, 404, 405}


@settings(suppress_health_check=ONE_WORLD, deadline=None, max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from(
            ["datastream", "person", "content", "from", "until", "state", "cause", "cursor", "limit", "hasErrors"]
        ),
        st.text(max_size=40),
    )
)
def test_no_parameter_breaks_it(world: World, query: dict[str, str]) -> None:
    """Any text where a parameter belongs is an answer or a 400 that names parameters of ours."""
    response = world.client.get("/api/v1/sessions", params=query)
    if response.status_code != 200:
        assert {error["path"] for error in problem_of(response, 400)["errors"]} <= set(query)
