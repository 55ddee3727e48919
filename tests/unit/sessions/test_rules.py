"""Settings become milliseconds."""

from playhead.base.settings import SessionSettings
from playhead.base.units import DAY_MS
from playhead.sessions.rules import rules_of


def test_seconds_become_milliseconds() -> None:
    """Each setting keeps its meaning in ms."""
    rules = rules_of(SessionSettings(reorder_window_s=0.25, idle_timeout_s=30, playhead_jitter_s=1.5))
    assert (250, 30_000, 1500) == (rules.reorder_ms, rules.idle_ms, rules.jitter_ms)


def test_a_session_can_be_reopened_no_longer_than_it_may_live() -> None:
    """24 h, or the largest age where that is shorter (metrics.md 4.1)."""
    assert rules_of(SessionSettings()).reopen_ms == DAY_MS
    assert rules_of(SessionSettings(max_session_s=60)).reopen_ms == 60_000
    assert rules_of(SessionSettings(max_session_s=1e6)).reopen_ms == DAY_MS
