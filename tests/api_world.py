"""A console with everything real but the processor, which is told what it knows; for tests of the report API."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from litestar.testing import TestClient
from msgspec import Struct

from playhead.api import Check, Console, ConsoleStore, Live, Pending, create_api
from playhead.base.clock import ManualClock
from playhead.base.errors import UsageError
from playhead.base.units import DatastreamId, RowId, SessionId
from playhead.deployment.datastreams import DatastreamFile
from playhead.events.delivery import Delivery
from playhead.events.event import Event
from playhead.events.names import ACTION_OF
from playhead.events.session import SessionStart
from playhead.pipeline.balance import Sheet, within
from playhead.pipeline.live import LiveNow, LiveView
from playhead.reporting.outputs import Judged, Outcome, Output, Row, SessionRecord, SessionState
from playhead.store.memory import MemoryStore
from playhead.store.port import QUERY_ROWS_MAX, Answer, BalanceKey, Commit, QueryFormat

START_MS = 1_767_225_600_000
"""2026-01-01T00:00:00.000Z."""

BASE_URL = "http://127.0.0.1:8081"
PROBLEM_MEMBERS = {"type", "title", "status", "detail"}


class AskableMemoryStore(MemoryStore):
    """The memory store with one question it can answer."""

    def query(self, sql: str, form: QueryFormat, *, rows_max: int = QUERY_ROWS_MAX) -> Iterator[bytes]:  # noqa: ARG002 - the port's
        """`select 1` in any format."""
        if sql != "select 1":
            raise UsageError("only `select 1` is answered here")
        yield {"jsonl": b'{"1":1}\n', "csv": b"1\n1\n", "parquet": b"PAR1"}[form]

    def copy(self) -> Iterator[bytes]:
        """Two pieces."""
        yield from (b"a", b"copy")

    def answer(self, sql: str, *, rows_max: int = QUERY_ROWS_MAX) -> Answer:  # noqa: ARG002 - the port's
        """The same as values."""
        raise UsageError(sql)


class ToldLive:
    """A processor that knows what it was told."""

    def __init__(self) -> None:
        self.views: dict[str, SessionRecord] = {}
        self.pendings: dict[str, Pending] = {}
        self.counts: dict[BalanceKey, int] = {}
        self.complete = True
        self.audience = LiveView(lambda _: None)

    def view(self, session_id: SessionId) -> SessionRecord | None:
        """As the port says."""
        return self.views.get(session_id)

    def pending(self, session_id: SessionId) -> Pending:
        """As the port says."""
        return self.pendings.get(session_id, Pending())

    def now(self, datastream: str | None) -> LiveNow:
        """As the port says."""
        return self.audience.now(datastream)

    def balance(self, from_ms: int, until_ms: int, *, by_hour: bool) -> Sheet:
        """As the port says."""
        return Sheet(within(self.counts, from_ms, until_ms, by_hour=by_hour), self.complete)


class World(Struct):
    """A console and its neighbours."""

    api: Console
    store: ConsoleStore
    live: ToldLive
    client: TestClient[Any]
    troubles: dict[str, str]

    def commit(self, *outputs: Output) -> None:
        """Put outputs of the core into the store."""
        self.store.commit(Commit(outputs=outputs, now_ms=START_MS))

    def get(self, path: str, **parameters: str | int) -> Any:
        """The JSON of a good answer."""
        response = self.client.get(path, params=parameters or None)
        assert response.status_code == 200, response.text
        return response.json()


@contextmanager
def world_at(
    path: Path,
    store: ConsoleStore | None = None,
    *,
    live: Live | None = None,
    token: str | None = None,
    hosts: frozenset[str] | None = frozenset(),
    **options: Any,
) -> Iterator[World]:
    """A console on a directory, in this process, with a client; over a processor, or one that is told what it knows."""
    shelf = store or AskableMemoryStore()
    told = ToldLive()
    troubles: dict[str, str] = {}
    api = create_api(
        store=shelf,
        live=live or told,
        datastreams=DatastreamFile(path / "datastreams.json"),
        clock=ManualClock(START_MS),
        version="1.2.3",
        new_datastream_id=lambda: "made-here",
        checks=lambda: [Check("journals"), *(Check(name, trouble) for name, trouble in troubles.items())],
        hosts=hosts,
        token=token,
        **options,
    )
    with TestClient(api, base_url=BASE_URL) as client:
        yield World(api, shelf, told, client, troubles)


def record(name: str = "s1", **changes: Any) -> SessionRecord:
    """A session that ended after ten seconds, changed as wanted."""
    given: dict[str, Any] = {
        "session_id": SessionId(name),
        "datastream_id": DatastreamId("web"),
        "state": SessionState.CLOSED,
        "close_cause": "end",
        "started_at_ms": START_MS,
        "last_at_ms": START_MS + 10_000,
        "largest_at_ms": START_MS + 10_000,
        "started_received_ms": START_MS + 5,
        "last_received_ms": START_MS + 10_005,
        "playhead_changed_ms": START_MS + 10_005,
        "closed_ms": START_MS + 10_005,
        "person": "p1",
        "ecid": "p1",
        "identity_map": {"ECID": [{"id": "p1", "authenticatedState": "ambiguous", "primary": True}]},
        "session_details": {
            "ID": name,
            "name": "film",
            "friendlyName": "The Film",
            "contentType": "vod",
            "playerName": "player",
            "length": 60,
            "timePlayed": 10,
            "totalTimePlayed": 17,
            "adCount": 1,
        },
        "qoe": {"errorCount": 2, "stallCount": 1},
        "states": [{"name": "mute", "isSet": True, "count": 1, "time": 3}],
        "custom_metadata": {"team": "red"},
        "ads": [
            {
                "ordinal": 1,
                "startedAtMs": START_MS + 1_000,
                "closedAtMs": None,
                "advertisingDetails": {"name": "ad", "isStarted": True, "timePlayed": 7},
                "advertisingPodDetails": {"index": 0, "offset": 0},
                "customMetadata": {},
            }
        ],
        "chapters": [
            {
                "ordinal": 1,
                "startedAtMs": START_MS,
                "closedAtMs": START_MS + 9_000,
                "chapterDetails": {"index": 1, "timePlayed": 9},
                "customMetadata": {"part": "one"},
            }
        ],
        "viewed_s": [(0.0, 10.0)],
        "accepted": 3,
        "duplicate": 1,
        "dropped": 0,
    }
    return SessionRecord(**{**given, **changes})


def judged(
    event: Event,
    *,
    session: str = "s1",
    received_ms: int = START_MS,
    outcome: Outcome = Outcome.ACCEPTED,
    reason: str | None = None,
    **changes: Any,
) -> Judged:
    """A delivery with what became of it."""
    xdm = {"eventType": f"media.{ACTION_OF[type(event)]}", "mediaCollection": {"playhead": event.playhead_s}}
    given = {"request_id": f"r{received_ms}", "xdm": json.dumps(xdm).encode(), **changes}
    delivery = Delivery(SessionId(session), received_ms, event, DatastreamId("web"), **given)
    return Judged(delivery, outcome, reason)


def started(session: str = "s1", at_ms: int = START_MS) -> Judged:
    """The start of a session, arrived when it was said."""
    event = SessionStart(at_ms=at_ms, playhead_s=0, name="film", length_s=60, content_type="vod")
    return judged(event, session=session, received_ms=at_ms)


def row(event_type: str = "media.sessionStart", session: str = "s1", **changes: Any) -> Row:
    """A reporting row."""
    row_id = changes.pop("row_id", f"{session}|{event_type}")
    at_ms = changes.pop("at_ms", START_MS)
    xdm = {"_id": row_id, "eventType": event_type, "mediaReporting": {"sessionDetails": {"ID": session}}, **changes}
    return Row(RowId(row_id), SessionId(session), event_type, at_ms, xdm)


def problem_of(response: httpx.Response, status: int) -> Mapping[str, Any]:
    """The one body of every problem; fails if the answer is anything else."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    body: Mapping[str, Any] = response.json()
    assert set(body) - {"errors"} == PROBLEM_MEMBERS
    assert (status, status) == (response.status_code, body["status"]), response.text
    assert all(isinstance(body[member], str) and body[member] for member in ("type", "title", "detail"))
    errors: Sequence[Mapping[str, Any]] = body.get("errors", [])
    assert all(set(error) == {"path", "reason"} for error in errors)
    assert bool(errors) == (status == 400) or status == 503, body
    return body
