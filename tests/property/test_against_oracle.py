"""The engine against the oracle: two readings of metrics.md must agree on every session."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from oracle.compare import shown
from oracle.early import written
from oracle.fold import union
from oracle.rows import Opinion, opinion
from oracle.viewings import SESSION, Viewing, downloads, viewings
from playhead.base.settings import SessionSettings, read_by
from playhead.base.units import SessionId
from playhead.events.delivery import Delivery
from playhead.reporting.outputs import Judged, Output, Retraction, Row, SessionRecord, SessionState
from playhead.reporting.reporter import Reporter
from timelines.scripts import play

GOLDEN = sorted((Path(__file__).parents[1] / "timelines").glob("*.txt"))
EXAMPLES = max(300, settings().max_examples)


class Told:
    """A viewing as the engine tells it, under the viewing's settings or others."""

    def __init__(self, viewing: Viewing, in_force: SessionSettings | None = None) -> None:
        self.outcomes: list[str] = []
        self.history: list[tuple[str, int, bool] | None] = []
        self.rows: dict[str, dict[str, Any]] = {}
        self.record: SessionRecord | None = None
        self.views: list[tuple[int, int, SessionRecord]] = []
        self.sinks: list[tuple[int, int, dict[str, dict[str, Any]]]] = []
        self._delivered: list[Delivery] = []
        self._reporter = Reporter(lambda _: read_by("1", in_force or viewing.settings), self)
        self._punctual = viewing.punctual
        steps = [(at, None) for at in viewing.ticks] + [(one.received_ms, one) for one in viewing.deliveries]
        for at, delivery in sorted(steps, key=lambda one: one[0]):
            self._wait(at)
            if delivery is not None:
                self._delivered.append(delivery)
                self._note(self._reporter.take(delivery))
                continue
            self._note(self._reporter.advance(at))
            self.sinks.append((at, len(self._delivered), dict(self.rows)))
            if (view := self._reporter.view(SESSION)) is not None:
                self.views.append((at, len(self._delivered), view))
        self._wait(viewing.until_ms)
        self._note(self._reporter.advance(viewing.until_ms))

    def _wait(self, at: int) -> None:
        """Let what is due before an instant happen when it is due, if the viewing is punctual."""
        while self._punctual and (due := self._reporter.next_deadline_ms()) is not None and due < at:
            self._note(self._reporter.advance(due))

    def deliveries(self, session_id: SessionId) -> Iterable[Delivery]:
        """The `History` of the reporter."""
        return [one for one in self._delivered if one.session_id == session_id]

    def _note(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            match output:
                case Judged():
                    self.outcomes.append(output.outcome.value)
                case Row():
                    self.rows[output.row_id] = dict(output.xdm)
                case Retraction():
                    del self.rows[output.row_id]
                case SessionRecord():
                    self._note_record(output)

    def _note_record(self, record: SessionRecord) -> None:
        self.record = record
        if record.state is SessionState.CLOSED:
            assert record.close_cause is not None
            assert record.closed_ms is not None
            close = (record.close_cause, record.closed_ms, record.provisional)
            if not self.history or self.history[-1] != close:  # its counts may be told again
                self.history.append(close)
        elif self.history and self.history[-1] is not None:  # open, or closing where the event was a sessionEnd
            self.history.append(None)


def without_chapter_times(rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Rows before a close: whether a stall was taken from a chapter told of before is said at the next occasion only."""
    for row in rows.values():
        if "chapterDetails" in row["mediaReporting"]:
            times = {
                name: value for name, value in row["mediaReporting"]["chapterDetails"].items() if name != "timePlayed"
            }
            row["mediaReporting"]["chapterDetails"] = times
    return rows


def told_outcomes(expected: Opinion, outcomes: list[str]) -> list[str]:
    """Outcomes; once a session is closed it does not matter whether what changes nothing was a duplicate."""
    return [
        "dropped" if settled and outcome == "duplicate" else outcome
        for settled, outcome in zip(expected.life.settled, outcomes, strict=True)
    ]


def check(viewing: Viewing, in_force: SessionSettings | None = None) -> tuple[Opinion, Told]:
    """Both opinions of a viewing, having found that they agree; `in_force` misleads the engine about the settings."""
    expected = opinion(viewing.deliveries, viewing.settings, viewing.until_ms)
    actual = Told(viewing, in_force)
    assert told_outcomes(expected, expected.life.outcomes) == told_outcomes(expected, actual.outcomes)
    assert expected.life.history == actual.history
    assert shown(expected.rows) == shown(actual.rows)
    check_record(expected, actual.record)
    for at, delivered, rows in actual.sinks:
        early = written(viewing.deliveries[:delivered], viewing.settings, at)
        assert without_chapter_times(shown(early)) == without_chapter_times(shown(rows))
    for at, delivered, view in actual.views:
        check_view(opinion(viewing.deliveries[:delivered], viewing.settings, at), view)
    return expected, actual


def check_record(expected: Opinion, record: SessionRecord | None) -> None:
    """What is kept of a session beside its rows (metrics.md 6.1)."""
    reading = expected.reading
    assert reading is not None
    assert record is not None
    assert expected.person == record.person
    assert len(expected.life.heard) == record.accepted or expected.life.downloaded
    assert reading.ordered[0].ts == record.started_at_ms
    assert reading.ordered[-1].ts == record.last_at_ms
    assert max(one.ts for one in reading.ordered) == record.largest_at_ms
    assert min(one.ts for one in reading.ordered) == record.smallest_at_ms
    assert expected.life.last_arrival == record.last_received_ms
    assert [(float(low), float(high)) for low, high in expected.viewed] == [
        (low, high) for low, high in record.viewed_s
    ]
    assert [(float(low), float(high)) for low, high in expected.replayed] == [
        (low, high) for low, high in record.replayed_s
    ]
    assert union(reading.main_play) == union(record.main_play_ms)
    assert union(reading.ad_play) == union(record.ad_play_ms)


def check_view(expected: Opinion, view: SessionRecord) -> None:
    """A session that is open is shown as if it closed now."""
    shown = {"sessionDetails": view.session_details, "qoeDataDetails": view.qoe, "states": list(view.states)}
    assert expected.close == {name: content for name, content in shown.items() if content}


@settings(max_examples=EXAMPLES)
@given(viewings())
def test_sessions_are_read_as_the_text_says(viewing: Viewing) -> None:
    """Outcomes, closes, reopenings, rows and records of a session are those of the oracle."""
    check(viewing)


@settings(max_examples=EXAMPLES // 3)
@given(downloads())
def test_downloaded_sessions_are_read_as_the_text_says(viewing: Viewing) -> None:
    """A session that comes in one batch is read like the oracle does."""
    check(viewing)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_viewings_are_read_as_the_text_says(path: Path) -> None:
    """The oracle agrees about the golden viewings, the worked examples of the text among them."""
    run = play(path.read_text())
    for deliveries in run.history.kept.values():
        check(Viewing(run.settings, tuple(deliveries), ()))
