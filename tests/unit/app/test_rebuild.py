"""The sessions again from the log, by the settings of now."""
# ruff: noqa: S608 - conditions in these texts are of this file

from pathlib import Path
from typing import Any

import pytest

from kept_data import bytes_in, change, process, write_journals
from pipeline_stream import BEGIN_MS, SETTINGS
from playhead import __version__
from playhead.app.rebuild import EVER, Outcome, overlaid, rebuild
from playhead.app.settings import Settings
from playhead.app.verify import verify
from playhead.base.clock import ManualClock
from playhead.base.errors import PlayheadError
from playhead.base.settings import SessionSettings, SettingsInForce
from playhead.base.units import DatastreamId
from playhead.deployment.layout import Layout
from playhead.pipeline.closings import ClosingsFollower
from playhead.store.audit import Difference, Span, opened
from playhead.store.duck import DuckStore

OTHER = Settings(sessions=SessionSettings(idle_timeout_s=8, complete_linger_s=2, playhead_timeout_s=70))
SAME = Settings(sessions=SETTINGS)


def rebuilt(layout: Layout, settings: Settings, **more: Any) -> tuple[Outcome, list[Difference]]:
    """The outcome and the changes; nothing is left behind."""
    changes: list[Difference] = []
    outcome = rebuild(layout, settings, on_change=changes.append, **more)
    assert [] == list(layout.run.iterdir())
    return outcome, changes


def faults(layout: Layout, settings: Settings = SAME) -> list[object]:
    """What verify finds."""
    found: list[object] = []
    verify(layout, settings, on_finding=found.append)
    return found


def test_the_same_settings_change_nothing(tmp_path: Path) -> None:
    """What follows from the log already stays."""
    layout = write_journals(tmp_path / "data")
    process(layout)
    outcome, changes = rebuilt(layout, SAME)
    assert (0, []) == (outcome.sessions, changes)
    assert [] == faults(layout)


@pytest.mark.parametrize("steps", [20, None])
def test_other_settings_change_sessions(tmp_path: Path, steps: int | None) -> None:
    """First they are only shown; then the store is as if they had always been in force, open sessions too."""
    layout = write_journals(tmp_path / "data")
    process(layout, steps)
    before = bytes_in(layout)
    looked, shown = rebuilt(layout, OTHER, diff_only=True)
    assert (False, before) == (looked.changed, bytes_in(layout))
    done, changes = rebuilt(layout, OTHER)
    assert (True, shown, looked.sessions) == (done.changed, changes, done.sessions)
    assert done.sessions > 2
    assert {"closed_ms", "accepted"} <= {change.column for change in changes if change.table == "session"}
    assert [] == faults(layout)
    assert (0, []) == (rebuilt(layout, OTHER)[0].sessions, rebuilt(layout, OTHER)[1])
    process(layout, settings=lambda _: OTHER.sessions)
    assert [] == faults(layout)
    other = write_journals(tmp_path / "other")
    process(other, settings=lambda _: OTHER.sessions)
    assert rebuilt(other, OTHER)[0].sessions == 0
    assert _sessions(other) == _sessions(layout)


def _sessions(layout: Layout) -> list[tuple[Any, ...]]:
    with opened(layout.store) as connection:
        return connection.execute("SELECT session_id, record FROM kept.session ORDER BY ALL").fetchall()


def test_metrics_are_added_up(tmp_path: Path) -> None:
    """By column: how many rows change, and the sums before and after."""
    layout = write_journals(tmp_path / "data")
    process(layout)
    two = "session_id IN ('s001', 's003')"
    change(layout, f"UPDATE kept.session SET pause_time = pause_time + 7, content = 'x' WHERE {two}")
    outcome, changes = rebuilt(layout, SAME)
    metric = outcome.metrics["session", "pause_time"]
    assert metric.rows == 2
    assert metric.before is not None
    assert metric.after is not None
    assert 14 == metric.before - metric.after
    assert (2, None) == (outcome.metrics["session", "content"].rows, outcome.metrics["session", "content"].before)
    assert {"s001", "s003"} == {one.session_id for one in changes}
    assert [] == faults(layout)


def test_a_span_changes_what_began_in_it(tmp_path: Path) -> None:
    """Before and after it the settings of then hold on."""
    layout = write_journals(tmp_path / "data")
    process(layout)
    span = Span(BEGIN_MS + 40_000, BEGIN_MS + 80_000)
    everything = {one.session_id for one in rebuilt(layout, OTHER, diff_only=True)[1]}
    outcome, changes = rebuilt(layout, OTHER, span=span)
    assert 0 < outcome.sessions < len(everything)
    assert {one.session_id for one in changes} <= everything
    assert [] == faults(layout)
    assert 0 == rebuilt(layout, OTHER, span=span)[0].sessions


def test_what_is_damaged_elsewhere_is_left_alone(tmp_path: Path) -> None:
    """Sessions that did not begin in the span are not touched."""
    layout = write_journals(tmp_path / "data")
    process(layout)
    first = "(SELECT min(started_received_ms) FROM kept.session)"
    change(layout, f"UPDATE kept.session SET content = 'x' WHERE started_received_ms = {first}")
    assert 0 == rebuilt(layout, SAME, span=Span(BEGIN_MS + 900_000, EVER.until_ms))[0].sessions
    assert 1 == len(faults(layout))
    assert 1 == rebuilt(layout, SAME)[0].sessions
    assert [] == faults(layout)


def test_damaged_journals_are_not_rebuilt_from(tmp_path: Path) -> None:
    """Something would be missing."""
    layout = write_journals(tmp_path / "data")
    process(layout)
    path = next(layout.journals.glob("w00/*.seg"))
    path.write_bytes(path.read_bytes().replace(b"sessionStart", b"sessionstart", 1))
    before = bytes_in(layout)
    with pytest.raises(PlayheadError, match="damaged"):
        rebuilt(layout, OTHER)
    assert before == bytes_in(layout)


def test_collectors_are_told(tmp_path: Path) -> None:
    """Of sessions that closed otherwise: they are asked before the processor starts again; as of the store's time."""
    layout = write_journals(tmp_path / "data")
    process(layout)
    _, changes = rebuilt(layout, OTHER)
    causes = {
        one.session_id: one.recomputed for one in changes if (one.table, one.column) == ("session", "close_cause")
    }
    reader = ClosingsFollower(layout.closings)
    heard = reader.poll()
    told = {news.session_id: news.cause for news in heard}
    reader.close()
    store = DuckStore(layout.store, ManualClock())
    assert {store.position().now_ms} == {news.as_of_ms for news in heard}
    store.close()
    assert causes
    assert causes.items() <= told.items()


def test_settings_change_and_who_read_a_session_stays(tmp_path: Path) -> None:
    """A newer server that computes sessions again under other settings changes no row for its own version's sake."""
    layout = write_journals(tmp_path / "data")
    process(layout, 20, server_version="0.0.1")
    process(layout)
    before = _versions(layout)
    assert rebuilt(layout, SAME)[1] == []
    assert rebuilt(layout, OTHER)[1]
    after = _versions(layout)
    assert (len(before), {"0.0.1", __version__}) == (len(after), set(after.values()))
    assert before == after
    assert [] == faults(layout)


def _versions(layout: Layout) -> dict[str, str]:
    """By session: the version that its first row names."""
    with opened(layout.store) as connection:
        found = connection.execute(
            "SELECT session_id, xdm->>'$.implementationDetails.version' FROM kept.reported WHERE event_type = 'media.sessionStart'"
        ).fetchall()
    return dict(found)


def test_a_history_in_which_a_span_is_different() -> None:
    """The settings of now hold in it; what held before, and at its end, goes on to hold."""
    ds, now = DatastreamId("ds"), SettingsInForce(max_states=99)
    one, two, three = (SettingsInForce(max_states=number) for number in (1, 2, 3))
    history = {ds: [(10, one), (20, two), (30, three)]}

    def over(from_ms: int, until_ms: int) -> list[tuple[int, int]]:
        made = overlaid(history, lambda _: now, Span(from_ms, until_ms))
        return [(at_ms, settings.max_states) for at_ms, settings in made[ds]]

    assert [(0, 99)] == over(*EVER)
    assert [(10, 1), (20, 2), (25, 99)] == over(25, EVER.until_ms)
    assert [(10, 1), (15, 99), (25, 2), (30, 3)] == over(15, 25)
    assert [(0, 99), (25, 2), (30, 3)] == over(0, 25)
    assert [(0, 1), (5, 99), (7, 1), (10, 1), (20, 2), (30, 3)] == over(5, 7)
