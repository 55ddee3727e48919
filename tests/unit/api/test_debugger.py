"""Requests as the debugger tells them."""

import asyncio
import json
from typing import Any

import pytest

from api_world import START_MS, judged
from playhead.api.debugger import Debugger, request_of
from playhead.api.limits import DEBUGGER_BODY_CHARS, DEBUGGER_EVENTS_MAX
from playhead.api.problems import ProblemError
from playhead.api.stream import HEARTBEAT
from playhead.events.playback import Ping
from playhead.pipeline.watching import WATCHED_MAX, Condition, Watched, Watchers
from playhead.reporting.outputs import Outcome
from playhead.wire.record import RECORD_VERSION, Record, RecordKind
from playhead.wire.refusals import WHEN, Refusal

SESSION = "5" * 64


def record(*events: dict[str, Any], route: str = "va/v1/ping", body: bytes | None = None, **more: Any) -> Record:
    """A request of these `xdm`."""
    content = json.dumps({"events": [{"xdm": xdm} for xdm in events]}).encode() if body is None else body
    return Record(RECORD_VERSION, START_MS, route, "ee", "web", "r1", content, **more)


def xdm(action: str = "ping", *, playhead: Any = 1, session: str = SESSION) -> dict[str, Any]:
    """An event."""
    collection = {"playhead": playhead, "sessionID": session}
    return {"eventType": f"media.{action}", "timestamp": "2026-01-01T00:00:00Z", "mediaCollection": collection}


def test_an_accepted_request_has_what_became_of_its_events() -> None:
    """Also those that were repeated, or came for a session nobody knows."""
    events = [
        judged(Ping(START_MS, 1), session=SESSION),
        judged(Ping(START_MS, 2), session="x", outcome=Outcome.DROPPED, reason="session_unknown", index=1),
    ]
    told = request_of(Watched(RecordKind.ACCEPTED, record(xdm(), xdm(session="x")), events))
    assert ("accepted", None, None) == (told.result, told.status, told.reason)
    assert [
        (0, "media.ping", SESSION, "accepted", None),
        (1, "media.ping", "x", "dropped", "session_unknown"),
    ] == [(one.index, one.event_type, one.session, one.outcome, one.reason) for one in told.events]
    assert ("2026-01-01T00:00:00.000Z", "va/v1/ping", "ee", "web", "r1") == (
        *(told.received, told.route, told.base),
        *(told.datastream, told.request_id),
    )
    assert (json.loads(told.body)["events"][0]["xdm"], False) == (xdm(), told.truncated)


def test_who_was_resolved_is_told_where_it_is_kept() -> None:
    """The visitor of a start; agent and address as far as the record has them."""
    start = judged(Ping(START_MS, 0), session=SESSION, ecid="42")
    kept = record(xdm("sessionStart"), route="va/v1/sessionStart", client_ip="192.0.2.7", user_agent="tv/1")
    told = request_of(Watched(RecordKind.ACCEPTED, kept, [start]))
    assert (["42"], "192.0.2.7", "tv/1") == ([one.ecid for one in told.events], told.client_ip, told.user_agent)
    told = request_of(Watched(RecordKind.ACCEPTED, record(xdm()), [judged(Ping(START_MS, 0))]))
    assert ([None], None, None) == ([one.ecid for one in told.events], told.client_ip, told.user_agent)


def test_a_refused_request_names_the_fields() -> None:
    """Found by the door's own check of its body."""
    bad = record(xdm(), xdm(playhead=-1), reason="va-edge-0400-400", media_events=2)
    told = request_of(Watched(RecordKind.REFUSED, bad))
    assert ("refused", 400, "va-edge-0400-400", "Bad Request") == (told.result, told.status, told.reason, told.title)
    assert (WHEN[Refusal.FIELDS], "a negative number") == (told.meaning, told.events[1].errors[0].meaning)
    assert [
        (0, "refused", []),
        (1, "refused", [("mediaCollection.playhead", "Value must be greater than or equal to 0")]),
    ] == [(one.index, one.outcome, [(e.path, e.reason) for e in one.errors]) for one in told.events]


@pytest.mark.parametrize(
    ("route", "reason", "status"),
    [
        ("va/v1/ping", "va-edge-0404-404", 404),
        ("va/v1/sessionStart", "va-edge-0400-400", 207),
        ("v1/interact", "va-edge-0404-404", 207),
        ("v1/interact", "EXEG-0103-400", 400),
        ("va/v1/ping", "EXEG-0004-422", 422),
        ("va/v1/ping", "method-405", 405),
    ],
)
def test_the_status_is_that_of_the_answer(route: str, reason: str, status: int) -> None:
    """Events that stand alone are refused inside a 207."""
    told = request_of(Watched(RecordKind.REFUSED, record(xdm(), route=route, reason=reason)))
    assert (status, reason) == (told.status, told.reason)


def test_a_mismatch_says_what_differs() -> None:
    """The type of an event is not that of the path."""
    told = request_of(Watched(RecordKind.REFUSED, record(xdm("play"), reason="va-edge-0400-400:mismatch")))
    assert (400, "payload eventType play, path eventType ping") == (told.status, told.mismatch)


def test_a_request_of_which_a_part_was_refused() -> None:
    """Each event has its own end."""
    given = record(
        *(xdm(), xdm(playhead="x"), {"eventType": "web.view"}),
        route="v1/interact", skipped=(1,), skipped_reasons=("va-edge-0400-400",), media_events=2,
    )  # fmt: skip
    told = request_of(Watched(RecordKind.ACCEPTED, given, [judged(Ping(START_MS, 1), session=SESSION)]))
    assert ("partly", 207, "va-edge-0400-400") == (told.result, told.status, told.reason)
    assert [(0, "accepted"), (1, "refused")] == [(one.index, one.outcome) for one in told.events]
    assert [("mediaCollection.playhead", "Invalid type, expected integer")] == [
        (error.path, error.reason) for error in told.events[1].errors
    ]


def test_what_cannot_be_read_is_shown_as_it_is() -> None:
    """Bytes that are no text, a body that is no JSON; never more than the limit."""
    told = request_of(Watched(RecordKind.REFUSED, record(body=b"\xff{", reason="EXEG-0101-400")))
    assert ("\ufffd{", [], 2, False) == (told.body, told.events, told.body_bytes, told.truncated)
    long = request_of(Watched(RecordKind.REFUSED, record(body=b"x" * 20_000, reason="EXEG-0101-400")))
    assert (DEBUGGER_BODY_CHARS, 20_000, True) == (len(long.body), long.body_bytes, long.truncated)
    many = record(*[xdm(playhead=-1)] * 150, reason="va-edge-0400-400")
    told = request_of(Watched(RecordKind.REFUSED, many))
    assert (DEBUGGER_EVENTS_MAX, 150) == (len(told.events), told.event_count)


def test_a_listener_is_told_from_now_on_and_what_it_lost() -> None:
    """First that it is heard; then the requests; a comment when nothing comes."""

    async def script() -> None:
        watchers = Watchers()
        debugger = Debugger(watchers, poll_s=0.005, heartbeat_s=0.02, clients_max=1)
        stream = debugger.listen(Condition())
        assert HEARTBEAT == await anext(stream)
        with pytest.raises(ProblemError) as refused:
            debugger.listen(Condition())
        assert refused.value.status_code == 503
        [watch] = watchers._watches
        for _ in range(WATCHED_MAX + 3):
            watch.offer(Watched(RecordKind.ACCEPTED, record(xdm())))
        assert b'event: lost\ndata: {"count":3}\n\n' == await anext(stream)
        for _ in range(WATCHED_MAX):
            assert (await anext(stream)).startswith(b'event: request\ndata: {"received":')
        assert HEARTBEAT == await anext(stream)
        debugger.stop()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        assert not watchers

    asyncio.run(asyncio.wait_for(script(), 60))
