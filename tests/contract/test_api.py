"""
The report API over the real core, on each store: what interfaces.md section 4 promises of sessions.

Events enter as recorded lines, are judged and folded by the real reporter, and are read over HTTP.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from api_world import START_MS, AskableMemoryStore, World, problem_of, world_at
from playhead.api import ConsoleStore, Pending
from playhead.base.clock import ManualClock
from playhead.base.errors import StoreError
from playhead.base.settings import DEFAULT_SETTINGS, read_by
from playhead.base.units import SessionId
from playhead.events.delivery import Delivery
from playhead.pipeline.balance import Sheet
from playhead.pipeline.live import LiveNow
from playhead.reporting.outputs import Judged, Output, Retraction, Row, SessionRecord
from playhead.reporting.reporter import Reporter
from playhead.store.duck import DuckStore
from playhead.store.port import Commit
from playhead.wire.recorded import recorded

WEB = "web"


class Core:
    """The real reporter as the processor holds it: what it said waits until `commit`."""

    def __init__(self, store: ConsoleStore) -> None:
        self._store = store
        self._taken: list[Delivery] = []
        self._waiting: list[Output] = []
        self._reporter = Reporter(lambda _: read_by("1.2.3", DEFAULT_SETTINGS), self)

    def deliveries(self, session_id: SessionId) -> Sequence[Delivery]:
        """The reporter's history."""
        return [delivery for delivery in self._taken if delivery.session_id == session_id]

    def hear(self, *lines: dict[str, Any]) -> None:
        """Take recorded lines."""
        for line in lines:
            delivery = recorded(json.dumps(line).encode())
            self._taken.append(delivery)
            self._waiting += self._reporter.take(delivery)

    def wait(self, until_s: float) -> None:
        """Let time pass until so many seconds after the start."""
        self._waiting += self._reporter.advance(START_MS + int(until_s * 1000))

    def commit(self) -> None:
        """Put what waits into the store."""
        self._store.commit(Commit(outputs=self._waiting, now_ms=START_MS))
        self._waiting = []

    def view(self, session_id: SessionId) -> SessionRecord | None:
        """As `Live` says."""
        mine = [out for out in self._waiting if isinstance(out, SessionRecord) and out.session_id == session_id]
        return self._reporter.view(session_id) or (mine[-1] if mine else None)

    def pending(self, session_id: SessionId) -> Pending:
        """As `Live` says."""
        return Pending(
            judged=[o for o in self._waiting if isinstance(o, Judged) and o.delivery.session_id == session_id],
            rows=[o for o in self._waiting if isinstance(o, Row | Retraction) and o.session_id == session_id],
            after=self._store.position().sequence,
        )

    def now(self, datastream: str | None) -> LiveNow:
        """As `Live` says."""
        raise StoreError(f"the audience of {datastream} is nobody's business here")

    def balance(self, from_ms: int, until_ms: int, *, by_hour: bool) -> Sheet:
        """As `Live` says."""
        return Sheet(self._store.balance(from_ms, until_ms, by_hour=by_hour), complete=True)


def at(seconds: float) -> str:
    """So many seconds after the start, RFC 3339."""
    minutes, rest = divmod(seconds, 60)
    return f"2026-01-01T00:{int(minutes):02}:{rest:06.3f}Z"


def line(action: str, seconds: float, playhead: int, session: str = "s1", **more: Any) -> dict[str, Any]:
    """A recorded event, said and arrived at once."""
    collection = {"playhead": playhead, **more.pop("collection", {})}
    xdm = {
        "eventType": f"media.{action}",
        "timestamp": at(seconds),
        "mediaCollection": collection,
        **more.pop("xdm", {}),
    }
    return {
        "arrived": at(seconds),
        "datastream": WEB,
        "sessionId": session,
        "xdm": xdm,
        "ecid": f"of-{session}",
        **more,
    }


def start(seconds: float = 0, session: str = "s1", **details: Any) -> dict[str, Any]:
    """The start of a session."""
    said = {
        "name": "film",
        "friendlyName": "The Film",
        "length": 100,
        "contentType": "vod",
        "playerName": "p",
        "channel": "c",
    }
    return line("sessionStart", seconds, 0, session, collection={"sessionDetails": {**said, **details}})


def viewing(session: str = "s1", ended: bool = True) -> list[dict[str, Any]]:
    """A viewing with an ad, a chapter, a mute, an error and a repeated event."""
    pod, ad = (
        {"index": 0, "offset": 0, "friendlyName": "pre"},
        {"name": "ad1", "length": 5, "playerName": "p", "podPosition": 1},
    )
    chapter = {"index": 1, "offset": 0, "length": 50, "friendlyName": "one"}
    said = [
        start(0, session),
        line("adBreakStart", 1, 0, session, collection={"advertisingPodDetails": pod}),
        line("adStart", 1.5, 0, session, collection={"advertisingDetails": ad}),
        line("adComplete", 6.5, 0, session),
        line("adBreakComplete", 7, 0, session),
        line("play", 8, 0, session),
        line("chapterStart", 8.5, 0, session, collection={"chapterDetails": chapter}),
        line("statesUpdate", 9, 1, session, collection={"statesStart": [{"name": "mute"}]}),
        line("ping", 18, 10, session, xdm={"_id": "p1"}, requestId="r1", index=3),
        line("ping", 18.1, 10, session, xdm={"_id": "p1"}, requestId="r2"),
        line("error", 20, 12, session, collection={"errorDetails": {"name": "E1", "source": "player"}}),
        line("ping", 28, 20, session),
    ]
    return [*said, line("sessionEnd", 30, 22, session)] if ended else said


class ApiContract:
    """The suite; each store gives it a fixture `store`."""

    @pytest.fixture
    def core(self, store: ConsoleStore) -> Core:
        """The core that fills the store."""
        return Core(store)

    @pytest.fixture
    def world(self, tmp_path: Path, store: ConsoleStore, core: Core) -> Iterator[World]:
        """The console of the store and the core."""
        with world_at(tmp_path, store, live=core) as made:
            yield made

    def test_an_ended_session_is_told_whole(self, world: World, core: Core) -> None:
        """Every member the contract names, with the numbers of the close row."""
        core.hear(*viewing())
        core.wait(60)
        core.commit()
        told = world.get("/api/v1/sessions/s1")
        media = told.pop("mediaReporting")
        ads, chapters = told.pop("ads"), told.pop("chapters")
        assert told.pop("identityMap")["ECID"][0]["id"] == "of-s1"
        assert {
            "id": "s1",
            "datastream": WEB,
            "state": "closed",
            "closeCause": "end",
            "provisional": False,
            "startedAt": at(0),
            "lastEventAt": at(30),
            "closedAt": at(30),
            "person": "of-s1",
            "contentName": "The Film",
            "customMetadata": {},
            "viewed": [[0, 22]],
            "counts": {"accepted": 12, "duplicate": 1, "dropped": 0},
        } == told
        details = media["sessionDetails"]
        assert (22, 27, 1, 1) == tuple(
            details[name] for name in ("timePlayed", "totalTimePlayed", "adCount", "chapterCount")
        )
        assert (1, ["E1"]) == (media["qoeDataDetails"]["errorCount"], media["qoeDataDetails"]["playerSdkErrors"])
        assert [{"name": "mute", "isSet": True, "count": 1, "time": 21}] == media["states"]
        assert (1, at(1.5), at(6.5)) == (ads[0]["ordinal"], ads[0]["startedAt"], ads[0]["closedAt"])
        assert {"name": "ad1", "timePlayed": 5, "isCompleted": True}.items() <= ads[0]["advertisingDetails"].items()
        assert (at(8.5), at(30)) == (chapters[0]["startedAt"], chapters[0]["closedAt"])
        close = next(
            r["xdm"]
            for r in world.get("/api/v1/sessions/s1/rows")["items"]
            if "Complete" in r["xdm"]["eventType"] and "qoeDataDetails" in r["xdm"]["mediaReporting"]
        )
        assert close["mediaReporting"] == {k: v for k, v in media.items() if v}

    def test_what_comes_after_the_end_is_counted_as_dropped(self, world: World, core: Core) -> None:
        """The counts of a session are those of its events, also of those that came when it was closed."""
        core.hear(*viewing())
        core.wait(60)
        core.commit()
        core.hear(line("ping", 130, 40, "s1"), line("sessionEnd", 131, 40, "s1"))
        expected = {"accepted": 12, "duplicate": 1, "dropped": 2}
        assert expected == world.get("/api/v1/sessions/s1")["counts"]
        core.commit()
        assert expected == world.get("/api/v1/sessions/s1")["counts"]
        outcomes = [item["outcome"] for item in world.get("/api/v1/sessions/s1/events")["items"]]
        assert expected == {outcome: outcomes.count(outcome) for outcome in expected}

    def test_an_open_session_is_as_if_it_closed_now(self, world: World, core: Core) -> None:
        """Nothing is committed yet, and all of it is there; committing it changes no answer."""
        core.hear(*viewing(ended=False))
        before = [world.get(f"/api/v1/sessions/s1{part}") for part in ("", "/events", "/timeline")]
        assert ("open", None, None) == tuple(before[0][name] for name in ("state", "closeCause", "closedAt"))
        assert before[0]["mediaReporting"]["sessionDetails"]["timePlayed"] == 20
        assert (len(viewing(ended=False)), 11) == (len(before[1]["items"]), before[0]["counts"]["accepted"])
        core.commit()
        assert before == [world.get(f"/api/v1/sessions/s1{part}") for part in ("", "/events", "/timeline")]
        item = world.get("/api/v1/sessions")["items"][0]
        assert ("open", 20, 25, 1, 1) == tuple(
            item[name] for name in ("state", "timePlayed", "totalTimePlayed", "adCount", "errorCount")
        )

    def test_a_session_goes_through_its_states(self, world: World, core: Core) -> None:
        """Open, closing while late events may still be taken, closed; found by each and by nothing else."""

        def seen() -> list[str]:
            found = [s for s in ("open", "closing", "closed") if world.get("/api/v1/sessions", state=s)["items"]]
            assert [world.get("/api/v1/sessions/s1")["state"]] == found
            return found

        core.hear(start(), line("play", 1, 0))
        core.commit()
        assert seen() == ["open"]
        core.hear(line("sessionEnd", 2, 1))
        core.commit()
        assert seen() == ["closing"]
        core.wait(10)
        core.commit()
        assert seen() == ["closed"]

    def test_a_close_is_seen_before_its_commit(self, world: World, core: Core) -> None:
        """What closed a moment ago is closed, with its cause; lists have it with the commit."""
        core.hear(*viewing())
        core.commit()
        core.wait(60)
        assert ("closed", "end") == tuple(world.get("/api/v1/sessions/s1")[name] for name in ("state", "closeCause"))
        assert [] == world.get("/api/v1/sessions?state=open")["items"]
        core.commit()
        assert ["s1"] == [each["id"] for each in world.get("/api/v1/sessions?state=closed&cause=end")["items"]]

    def test_a_silent_session_closes_provisionally(self, world: World, core: Core) -> None:
        """After ten silent minutes it is closed as idle, provisionally, and reopens when the viewer is back."""
        core.hear(start(), line("play", 1, 0))
        core.wait(700)
        core.commit()
        told = world.get("/api/v1/sessions/s1")
        assert ("idle", True, at(601)) == tuple(told[name] for name in ("closeCause", "provisional", "closedAt"))
        core.hear({**line("ping", 30, 29), "arrived": at(710)})
        told = world.get("/api/v1/sessions/s1")
        assert ("open", None, False) == tuple(told[name] for name in ("state", "closeCause", "provisional"))

    def test_events_are_in_folded_order_with_their_outcome(self, world: World, core: Core) -> None:
        """Each acknowledged delivery once, as received, by its timestamp, start first and end last."""
        core.hear(start(5), {**line("play", 1, 0), "arrived": at(6)}, *viewing()[8:10])
        core.commit()
        core.hear({**line("sessionEnd", 2, 0), "arrived": at(20)}, {**line("ping", 25, 1), "arrived": at(40)})
        page = world.get("/api/v1/sessions/s1/events")
        assert [
            ("media.sessionStart", at(5), "accepted", None),
            ("media.play", at(1), "accepted", None),
            ("media.ping", at(18), "accepted", None),
            ("media.sessionEnd", at(2), "accepted", None),
            ("media.ping", at(18.1), "duplicate", "duplicate_id"),
            ("media.ping", at(25), "dropped", "session_ended"),
        ] == [tuple(each[name] for name in ("eventType", "timestamp", "outcome", "reason")) for each in page["items"]]
        ping = page["items"][2]
        assert viewing()[8]["xdm"] == ping["xdm"]
        assert (at(18), 10, "r1", 3) == tuple(ping[name] for name in ("arrived", "playhead", "requestId", "index"))
        assert page["items"][0]["requestId"] is None

    def test_rows_are_the_last_of_each_id(self, world: World, core: Core) -> None:
        """The rows of metrics.md 3, by time, each id once; the same before and after their commit."""
        core.hear(*viewing())
        core.wait(60)
        before = world.get("/api/v1/sessions/s1/rows")
        core.commit()
        assert before == world.get("/api/v1/sessions/s1/rows")
        rows = [each["xdm"] for each in before["items"]]
        kinds = ["sessionStart", "adStart", "adComplete", "chapterComplete", "sessionComplete"]
        assert [f"media.{kind}" for kind in kinds] == [each["eventType"] for each in rows]
        assert len(rows) == len({each["_id"] for each in rows})
        assert before["cursor"] is None

    def test_a_download_is_a_session(self, world: World, core: Core) -> None:
        """One delivery, one closed session at its own time, its events in the one item."""
        inner = [
            {"mediaEventType": "media.sessionStart", "mediaEventTimestamp": "2025-12-01T00:00:00.000Z",
             "mediaCollection": {"playhead": 0, "sessionDetails": {"name": "film", "length": 9, "contentType": "vod", "playerName": "p", "channel": "c"}}},
            {"mediaEventType": "media.play", "mediaEventTimestamp": "2025-12-01T00:00:00.000Z", "mediaCollection": {"playhead": 0}},
            {"mediaEventType": "media.sessionEnd", "mediaEventTimestamp": "2025-12-01T00:00:07.000Z", "mediaCollection": {"playhead": 7}},
        ]  # fmt: skip
        core.hear(
            {
                "arrived": at(0),
                "datastream": WEB,
                "sessionId": "d1",
                "xdm": {"eventType": "media.downloaded", "mediaDownloadedEvents": inner},
            }
        )
        core.wait(1)
        core.commit()
        told = world.get("/api/v1/sessions/d1")
        assert ("closed", "downloaded", "2025-12-01T00:00:00.000Z") == (
            told["state"],
            told["closeCause"],
            told["startedAt"],
        )
        events = world.get("/api/v1/sessions/d1/events")["items"]
        assert [("media.downloaded", 3)] == [
            (each["eventType"], len(each["xdm"]["mediaDownloadedEvents"])) for each in events
        ]
        assert world.get("/api/v1/sessions/d1/timeline")["from"] == "2025-12-01T00:00:00.000Z"

    def test_open_sessions_are_found_by_what_happened_in_them(self, world: World, core: Core) -> None:
        """An error, an ad, a duplicate in an open session is found before it closes."""
        core.hear(*viewing("s1", ended=False), start(29, "s2"))
        core.commit()
        for parameter in ("hasErrors", "hasAds", "hasWarnings"):
            assert ["s1"] == [each["id"] for each in world.get(f"/api/v1/sessions?{parameter}=true")["items"]]
            assert ["s2"] == [each["id"] for each in world.get(f"/api/v1/sessions?{parameter}=false")["items"]]
        assert ["s2"] == [each["id"] for each in world.get("/api/v1/sessions?person=of-s2")["items"]]

    def test_unknown_sessions_are_not_found(self, world: World) -> None:
        """404 for the session and for each part of it."""
        for part in ("", "/events", "/rows", "/timeline"):
            problem_of(world.client.get(f"/api/v1/sessions/nobody{part}"), 404)


class TestMemory(ApiContract):
    """On the memory store."""

    @pytest.fixture
    def store(self) -> ConsoleStore:
        """A memory store."""
        return AskableMemoryStore()


class TestDuck(ApiContract):
    """On DuckDB, and what only it can."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[ConsoleStore]:
        """A DuckDB store in a file."""
        made = DuckStore(tmp_path / "playhead.duckdb", ManualClock(START_MS))
        yield made
        made.close()

    def test_questions_in_sql(self, world: World, core: Core) -> None:
        """The sessions are rows of a view that can be asked in each format."""
        core.hear(*viewing())
        core.wait(60)
        core.commit()
        question = {"sql": "select session_id, close_cause from sessions"}
        answer = world.client.post("/api/v1/query", json=question)
        assert [{"session_id": "s1", "close_cause": "end"}] == [json.loads(each) for each in answer.text.splitlines()]
        answer = world.client.post("/api/v1/query", json={**question, "format": "csv"})
        assert answer.text == "session_id,close_cause\ns1,end\n"
        answer = world.client.post("/api/v1/query", json={**question, "format": "parquet"})
        assert (b"PAR1", b"PAR1") == (answer.content[:4], answer.content[-4:])

    @pytest.mark.parametrize(
        "sql",
        [
            "drop table kept.session",
            "insert into kept.clock values (1, 1, 1)",
            "select 1; select 2",
            "select * from read_text('/etc/hostname')",
            "copy (select 1) to '/tmp/playhead-test.csv'",
            "attach '/tmp/playhead-test.duckdb'",
            "install httpfs",
            "set enable_external_access = true",
            "pragma database_list",
            "select * from nothing",
            "selekt",
            "",
            "--",
        ],
    )
    def test_questions_reach_nothing_else(self, world: World, sql: str) -> None:
        """What would write, reach a file, or is no question, is a 400 that says so."""
        errors = problem_of(world.client.post("/api/v1/query", json={"sql": sql}), 400)["errors"]
        assert [error["path"] for error in errors] == ["sql"]
