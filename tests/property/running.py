"""Runs deliveries through a Reporter and keeps what a sink would keep."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from playhead.base.settings import SessionSettings, read_by
from playhead.base.units import RowId, SessionId
from playhead.events.delivery import Delivery
from playhead.reporting.outputs import ClosedSession, Judged, Outcome, Output, Retraction, Row, SessionRecord
from playhead.reporting.reporter import Reporter

FAR_MS = 1 << 50


class Ran:
    """
    A reporter, its history and all its outputs.

    `rows` holds the last row of each id that is not retracted, in the order of their first writing.
    """

    def __init__(self, settings: SessionSettings | None = None, *, hot_sessions_max: int = 1000) -> None:
        self.settings = settings or SessionSettings()
        self.hot_sessions_max = hot_sessions_max
        self.kept: dict[SessionId, list[Delivery]] = defaultdict(list)
        self.reporter = self.new()
        self.outputs: list[Output] = []

    def new(self) -> Reporter:
        """A reporter that knows nothing yet."""
        return Reporter(lambda _: read_by("1", self.settings), self, hot_sessions_max=self.hot_sessions_max)

    def deliveries(self, session_id: SessionId) -> Iterable[Delivery]:
        """The history of the reporter."""
        return list(self.kept[session_id])

    def take(self, deliveries: Iterable[Delivery]) -> "Ran":
        """Hand over deliveries."""
        for delivery in deliveries:
            self.kept[delivery.session_id].append(delivery)
            self.outputs.extend(self.reporter.take(delivery))
        return self

    def advance(self, now_ms: int) -> "Ran":
        """Let time pass."""
        self.outputs.extend(self.reporter.advance(now_ms))
        return self

    def close(self) -> "Ran":
        """Let time run until nothing is open."""
        return self.advance(FAR_MS)

    def restart(self) -> "Ran":
        """
        A new reporter that is told what a store knows.

        It is given the records of closed sessions, then all deliveries of the others once more; what it says to
        those was written before.
        """
        closed = self.closed_sessions()
        now_ms = max((delivery.received_ms for kept in self.kept.values() for delivery in kept), default=0)
        reporter = self.new()
        reporter.restore(closed, now_ms)
        known = {record.session_id for record in closed}
        waiting = [delivery for kept in self.kept.values() for delivery in kept if delivery.session_id not in known]
        for delivery in sorted(waiting, key=lambda delivery: delivery.received_ms):
            reporter.take(delivery)
        reporter.advance(now_ms)
        self.reporter = reporter
        return self

    def closed_sessions(self) -> list[ClosedSession]:
        """What a restart knows of the sessions that are closed."""
        last = {output.session_id: output for output in self.outputs if isinstance(output, SessionRecord)}
        return [
            ClosedSession(record.session_id, record.datastream_id, record.close_cause, record.started_received_ms)
            for record in last.values()
            if record.close_cause is not None
        ]

    @property
    def rows(self) -> dict[RowId, Row]:
        """What a sink has."""
        rows: dict[RowId, Row] = {}
        for output in self.outputs:
            if isinstance(output, Row):
                rows[output.row_id] = output
            elif isinstance(output, Retraction):
                rows.pop(output.row_id, None)
        return rows

    @property
    def record(self) -> SessionRecord:
        """The record written last."""
        return [output for output in self.outputs if isinstance(output, SessionRecord)][-1]

    @property
    def outcomes(self) -> list[Outcome]:
        """What became of the deliveries, in their order."""
        return [output.outcome for output in self.outputs if isinstance(output, Judged)]


def content(rows: Iterable[Row], *but: str) -> list[dict[str, Any]]:
    """Rows as JSON values, by id, without some fields of sessionDetails."""
    shown = [msgspec.json.decode(msgspec.json.encode(row.xdm)) for row in rows]
    for xdm in shown:
        for name in but:
            xdm["mediaReporting"]["sessionDetails"].pop(name, None)
    return sorted(shown, key=lambda xdm: str(xdm["_id"]))


def only(rows: Iterable[Row], kind: str) -> Sequence[Row]:
    """The rows of one event type."""
    return [row for row in rows if row.event_type == f"media.{kind}"]
