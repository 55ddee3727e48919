"""
The debugger (interfaces.md 4): requests as the processor takes them from the journals, with what became of each.

Law: what is told is what the journals hold. Which fields a refused body was refused for is found by checking it again.

    event: request    one request
    event: lost       so many were not told: the listener reads too slowly
    : still here      nothing came for a while
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from playhead.api.limits import (
    DEBUGGER_BODY_CHARS,
    DEBUGGER_CLIENTS_MAX,
    DEBUGGER_EVENTS_MAX,
    DEBUGGER_POLL_S,
    STREAM_HEARTBEAT_S,
)
from playhead.api.problems import RETRY_AFTER_S, ProblemError
from playhead.api.stream import HEARTBEAT
from playhead.api.times import written
from playhead.base.limits import REFUSED_BODY_BYTES_MAX
from playhead.events.names import ACTION_OF
from playhead.pipeline.watching import Condition, Watch, Watched, Watchers
from playhead.reporting.outputs import Judged
from playhead.wire.check import Checked, CheckedEvent, check_gateway, check_media
from playhead.wire.operations import DOWNLOADED, START
from playhead.wire.record import Record, RecordKind
from playhead.wire.refusals import BARE, GATEWAY, MEDIA, WHEN, Refusal, meaning_of

_MEDIA_ROUTES = "va/v1/"
_FIELD_REFUSALS = frozenset({Refusal.FIELDS.value, Refusal.SESSION_NOT_FOUND.value})
_ALONE = frozenset({_MEDIA_ROUTES + START, _MEDIA_ROUTES + DOWNLOADED})


class DebuggerField(Struct, frozen=True):
    """A field that an event was refused for; `path` is within its `xdm`, empty for all of it; `meaning` says when."""

    path: str
    reason: str
    meaning: str


class DebuggerEvent(Struct, frozen=True, kw_only=True, rename="camel"):
    """
    One event of a request.

    `ecid` is the visitor that was resolved for it, where one was: of starts and downloads that were taken. `outcome` is `refused` by the door, else what the processor made of it. `event_type` is null where it is no media
    event, `session` where it names none.
    """

    index: int
    event_type: str | None
    session: str | None
    ecid: str | None
    outcome: Literal["accepted", "duplicate", "dropped", "refused"]
    reason: str | None
    errors: Sequence[DebuggerField]


class DebuggerRequest(Struct, frozen=True, kw_only=True, rename="camel"):
    """
    One request.

    `result` is `accepted`, `partly` (some of its events were refused) or `refused`; `status` and `reason` are those of
    the refusal, null without one; `meaning` says when there is one. `userAgent` and `clientIp` are null unless kept: with
    starts and downloads, where the datastream says so. `body` is as received, its beginning where `truncated`; `body_bytes` is what the
    journal holds of it. At most 100 events are told; `event_count` is how many there were.
    """

    received: str
    route: str
    base: str
    datastream: str
    request_id: str | None
    result: Literal["accepted", "partly", "refused"]
    status: int | None
    reason: str | None
    title: str | None
    meaning: str | None
    mismatch: str | None
    user_agent: str | None
    client_ip: str | None
    events: Sequence[DebuggerEvent]
    event_count: int
    body: str
    body_bytes: int
    truncated: bool


class Debugger:
    """The requests for all who listen. Used from one event loop, except `stop`."""

    def __init__(
        self,
        watchers: Watchers,
        *,
        poll_s: float = DEBUGGER_POLL_S,
        heartbeat_s: float = STREAM_HEARTBEAT_S,
        clients_max: int = DEBUGGER_CLIENTS_MAX,
    ) -> None:
        """Prepare; `watchers` are told by the processor."""
        self._watchers = watchers
        self._poll_s = poll_s
        self._heartbeat_s = heartbeat_s
        self._clients_max = clients_max
        self._listening = 0
        self._stopping = False

    def stop(self) -> None:
        """End all streams soon, so that the server can shut down. Safe from any thread."""
        self._stopping = True

    def listen(self, condition: Condition) -> AsyncIterator[bytes]:
        """
        A stream of server-sent events.

        Raises:
            ProblemError: 503, as many listen already as may.
        """
        if self._stopping or self._listening >= self._clients_max:
            raise ProblemError(503, "Too many listen to requests already.", headers={"retry-after": RETRY_AFTER_S})
        return self._messages(condition)

    async def _messages(self, condition: Condition) -> AsyncIterator[bytes]:
        self._listening += 1
        watch: Watch = self._watchers.watch(condition)
        loop = asyncio.get_running_loop()
        said_s = loop.time()
        try:
            yield HEARTBEAT  # so that a client knows that it is heard from now on
            while not self._stopping:
                lost, taken = watch.take()
                if lost:
                    yield message("lost", {"count": lost})
                for watched in taken:
                    yield message("request", request_of(watched))
                if lost or taken:
                    said_s = loop.time()
                elif loop.time() >= said_s + self._heartbeat_s:
                    yield HEARTBEAT
                    said_s = loop.time()
                await asyncio.sleep(self._poll_s)
        finally:
            self._watchers.leave(watch)
            self._listening -= 1


def request_of(watched: Watched) -> DebuggerRequest:
    """A request as it is told."""
    record = watched.record
    refused = watched.kind is RecordKind.REFUSED
    checked = _checked(record) if refused or record.skipped else None
    reasons = dict(zip(record.skipped, record.skipped_reasons, strict=False))
    events = [_event_of(judged) for judged in watched.judged]
    if checked is not None:
        said = [event for event in checked.events if refused or event.index in reasons]
        events += [_refused_event(event, reasons.get(event.index, record.reason)) for event in said]
        events.sort(key=_index)
    reason = record.reason or (record.skipped_reasons[0] if record.skipped_reasons else None)
    return DebuggerRequest(
        received=written(record.received_ms),
        route=record.route,
        base=record.base,
        datastream=record.datastream_id,
        request_id=record.request_id,
        result="refused" if refused else "partly" if record.skipped else "accepted",
        status=None if reason is None else _status_of(record),
        reason=reason,
        title=None if reason is None else _title_of(reason),
        meaning=None if reason is None else WHEN[Refusal(reason)],
        mismatch=None if checked is None else checked.mismatch,
        user_agent=record.user_agent or None,
        client_ip=record.client_ip or None,
        events=events[:DEBUGGER_EVENTS_MAX],
        event_count=len(events),
        body=record.body[: 4 * DEBUGGER_BODY_CHARS].decode(errors="replace")[:DEBUGGER_BODY_CHARS],
        body_bytes=len(record.body),
        truncated=len(record.body) > DEBUGGER_BODY_CHARS or (refused and len(record.body) >= REFUSED_BODY_BYTES_MAX),
    )


def _checked(record: Record) -> Checked | None:
    """What the door found in a body, found again; None where it cannot be read, or not any more."""
    if record.route.startswith(_MEDIA_ROUTES):
        checked = check_media(record.body, record.route.removeprefix(_MEDIA_ROUTES), record.received_ms)
    else:
        checked = check_gateway(record.body, record.received_ms, single=record.route.startswith("v2/"))
    return checked if isinstance(checked, Checked) else None


def _event_of(judged: Judged) -> DebuggerEvent:
    delivery = judged.delivery
    return DebuggerEvent(
        index=delivery.index,
        event_type=f"media.{ACTION_OF[type(delivery.event)]}",
        session=delivery.session_id,
        ecid=delivery.ecid,
        outcome=judged.outcome.value,
        reason=judged.reason,
        errors=(),
    )


def _refused_event(event: CheckedEvent, reason: str) -> DebuggerEvent:
    return DebuggerEvent(
        index=event.index,
        event_type=f"media.{event.action}" if event.action else None,
        session=event.session_id or None,
        ecid=None,
        outcome="refused",
        reason=reason,
        errors=[DebuggerField(error.path, error.reason, meaning_of(error.reason)) for error in event.errors],
    )


def _index(event: DebuggerEvent) -> int:
    return event.index


def _status_of(record: Record) -> int:
    """What a request that was refused, or events of which were, was answered with (protocol.md 4.5)."""
    if not record.reason:
        return 207
    stands_alone = record.route in _ALONE or not record.route.startswith(_MEDIA_ROUTES)
    if stands_alone and record.reason in _FIELD_REFUSALS:
        return 207
    refusal = Refusal(record.reason)
    return BARE[refusal] if refusal in BARE else (GATEWAY.get(refusal) or MEDIA[refusal]).status


def _title_of(reason: str) -> str | None:
    problem = GATEWAY.get(Refusal(reason)) or MEDIA.get(Refusal(reason))
    return None if problem is None else problem.title


def message(event: str, value: DebuggerRequest | dict[str, int]) -> bytes:
    """One server-sent event."""
    return b"event: %s\ndata: %s\n\n" % (event.encode(), msgspec.json.encode(value))
