"""
Recorded events through the core under virtual time, without server or store (interfaces.md 2, 3).

Law: virtual time is `arrived`. It runs from line to line, never back (a line that arrived earlier than the one before
counts as arriving with it, decision 0053), and past the last one until every session is closed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from heapq import heappop, heappush
from typing import Any

from msgspec.structs import replace

from playhead.base.settings import SessionSettings, read_by
from playhead.base.units import DAY_MS, DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.events.session import Downloaded, SessionStart
from playhead.reporting.outputs import Output, Retraction, Row, SessionRecord, SessionState
from playhead.reporting.reporter import Reporter
from playhead.wire.identity import mint_ecid
from playhead.wire.recorded import recorded

Line = Mapping[str, Any]
"""One output line: `{"xdm": {…}}` or `{"_id": …, "retracted": true}`."""

OnBad = Callable[[int, str], None]
"""Told of a line that cannot be read: its number from 1, and why."""


def replay(
    lines: Iterable[bytes],
    settings_of: Callable[[DatastreamId], SessionSettings],
    *,
    server_version: str,
    on_bad: OnBad,
    datastream_id: DatastreamId | None = None,
) -> Iterator[Line]:
    """
    Run recorded events through the core.

    Args:
        lines: Recorded events in arrival order, each with or without its line end; blank ones are passed over.
        settings_of: Settings of a datastream; that of a line without one is the empty text.
        server_version: As in `SettingsInForce`.
        on_bad: Told of each line that cannot be read; it is skipped.
        datastream_id: Taken for that of every line, if given.

    Yields:
        Rows and retractions in the order they are written.
    """
    past = _Past()
    reporter = Reporter(lambda name: read_by(server_version, settings_of(name)), past)
    now_ms = 0
    for number, line in enumerate(lines, 1):
        delivery = _read(number, line, on_bad)
        if delivery is None:
            continue
        if datastream_id is not None:
            delivery = replace(delivery, datastream_id=datastream_id)
        now_ms = max(now_ms, delivery.received_ms)
        past.add(delivery, now_ms)
        yield from _written(past.note(reporter.take(delivery)))
    while (deadline_ms := reporter.next_deadline_ms()) is not None:
        yield from _written(past.note(reporter.advance(deadline_ms)))


def last_rows(written: Iterable[Line]) -> list[Line]:
    """Of what `replay` yields, the last row of each `_id`, in the order they were written; retracted ones are gone."""
    rows: dict[str, Line] = {}
    for line in written:
        row_id = line["_id"] if "retracted" in line else line["xdm"]["_id"]
        rows.pop(row_id, None)
        if "retracted" not in line:
            rows[row_id] = line
    return list(rows.values())


def _read(number: int, line: bytes, on_bad: OnBad) -> Delivery | None:
    line = line.strip(b" \t\r\n")
    if number == 1:
        line = line.removeprefix(b"\xef\xbb\xbf")
    if not line:
        return None
    try:
        delivery = recorded(line)
    except ValueError as error:
        on_bad(number, str(error))
        return None
    return replace(
        delivery,
        xdm=b"",  # for the archive only, which a replay has not
        shared_xdm=b"",
        ecid=delivery.ecid or _visitor_of(delivery),
    )


def _visitor_of(delivery: Delivery) -> str | None:
    """The visitor of a start that tells none: made of the session's id (interfaces.md 3)."""
    event = delivery.event
    start = event.events[0] if isinstance(event, Downloaded) and event.events else event
    if not isinstance(start, SessionStart) or any(name.upper() == "ECID" for name in start.identity_map):
        return None
    return mint_ecid(sha256(delivery.session_id.encode("utf-8", "surrogatepass")).digest())


def _written(outputs: Sequence[Output]) -> Iterator[Line]:
    for output in outputs:
        if isinstance(output, Row):
            yield {"xdm": output.xdm}
        elif isinstance(output, Retraction):
            yield {"_id": output.row_id, "retracted": True}


class _Past:
    """
    The deliveries of the sessions that are open or may be reopened: the `History` of a replay.

    A session closed for good is forgotten at once, any other 24 h after its first delivery.
    """

    def __init__(self) -> None:
        self._deliveries: dict[SessionId, list[Delivery]] = {}
        self._final: set[SessionId] = set()
        self._forget: list[tuple[int, SessionId]] = []

    def deliveries(self, session_id: SessionId) -> Sequence[Delivery]:
        """Those handed over so far, in arrival order."""
        return self._deliveries.get(session_id, ())

    def add(self, delivery: Delivery, now_ms: int) -> None:
        """Remember a delivery, unless its session is closed for good; forget what cannot be asked for any more."""
        while self._forget and self._forget[0][0] <= now_ms:
            session_id = heappop(self._forget)[1]
            self._deliveries.pop(session_id, None)
            self._final.discard(session_id)
        session_id = delivery.session_id
        if session_id in self._final:
            return
        known = self._deliveries.get(session_id)
        if known is None:
            known = self._deliveries[session_id] = []
            heappush(self._forget, (now_ms + DAY_MS + _SLACK_MS, session_id))
        known.append(delivery)

    def note(self, outputs: Sequence[Output]) -> Sequence[Output]:
        """See which sessions closed for good; the outputs, unchanged."""
        for output in outputs:
            if isinstance(output, SessionRecord) and output.state is SessionState.CLOSED and not output.provisional:
                self._final.add(output.session_id)
                self._deliveries.pop(output.session_id, None)
        return outputs


_SLACK_MS = 60_000
"""A session closed by age is folded at 24 h exactly, and one that ended just before waits for its stragglers."""
