"""The comparison with the oracle can fail: each bug planted in the engine is found among 1,500 sessions."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from oracle.viewings import Viewing, viewings
from playhead.base.settings import SessionSettings
from playhead.events.ads import AdStart
from playhead.events.event import Event
from playhead.events.playback import Play
from playhead.reporting import fields
from playhead.reporting.reporter import _Writer
from playhead.sessions import fold
from playhead.sessions.arrivals import Arrivals
from playhead.sessions.duplicates import Seen
from playhead.sessions.fold import Fold
from playhead.sessions.machine import NEXT, Pod, state_of
from playhead.sessions.machine import Phase as PlayerPhase
from playhead.sessions.playtime import viewed_end
from playhead.sessions.quality import QualityTotals
from playhead.sessions.session import Session
from playhead.sessions.stalls import StallRun
from property.test_against_oracle import check

EXAMPLES = 1_500


@cache
def corpus() -> list[Viewing]:
    """The same sessions in every run."""
    made: list[Viewing] = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(viewings())
    def collect(viewing: Viewing) -> None:
        made.append(viewing)

    collect()
    return made


def found(other: Mapping[str, Any] | None = None) -> bool:
    """Whether some session shows the oracle and the engine of two minds, the engine with other settings perhaps."""
    for viewing in corpus():
        in_force = msgspec.structs.replace(viewing.settings, **other) if other else None
        try:
            check(viewing, in_force)
        except (AssertionError, KeyError):  # KeyError: a row is retracted that was not written
            return True
    return False


def test_without_a_bug_nothing_is_found() -> None:
    """The sessions below are read alike."""
    assert not found()


WRONG: Mapping[str, Any] = {
    "reorder_window_s": 2,
    "reorder_window_events": 4,
    "idle_timeout_s": 601,
    "playhead_timeout_s": 1700,
    "complete_linger_s": 61,
    "max_session_s": 2_000,
    "interval_cap_s": 599,
    "stall_min_gap_s": 0.5,
    "playhead_jitter_s": 2,
    "max_playback_rate": 1.2,
    "max_states": 9,
    "federated": True,
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_number_is_found(name: str) -> None:
    """An engine that takes a setting for another value does not agree with the oracle."""
    assert name in SessionSettings.__struct_fields__
    assert found({name: WRONG[name]})


def _let(patch: pytest.MonkeyPatch, kind: type[Event], *moves: tuple[int, int]) -> None:
    """Other next states of an event type."""
    row = list(NEXT[kind])
    for before, after in moves:
        row[before] = after
    patch.setitem(cast("dict[type[Event], tuple[int, ...]]", NEXT), kind, tuple(row))


def _no_soft_close(patch: pytest.MonkeyPatch) -> None:
    stays = state_of(Pod.BETWEEN, PlayerPhase.PLAYING)
    _let(patch, Play, *((state_of(Pod.BETWEEN, phase), stays) for phase in PlayerPhase))


def _ads_start_paused(patch: pytest.MonkeyPatch) -> None:
    paused = state_of(Pod.AD_PAUSED, PlayerPhase.PAUSED)
    _let(patch, AdStart, *((state_of(pod, PlayerPhase.PAUSED), paused) for pod in (Pod.EMPTY, Pod.BETWEEN)))


def _chapters_keep_stalls(patch: pytest.MonkeyPatch) -> None:
    stand = StallRun.stand
    patch.setattr(StallRun, "stand", lambda run, _chapter, *rest: stand(run, 0, *rest))


def _names_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Seen, "find", lambda _seen, _name: False)


def _duplicates_restart_timers(patch: pytest.MonkeyPatch) -> None:
    judge = Arrivals.judge

    def lenient(life: Arrivals, delivery: Any, now_ms: int, past: Any) -> Any:
        reason = judge(life, delivery, now_ms, past)
        if life.cause is None:
            life.last_received_ms = now_ms
        return reason

    patch.setattr(Arrivals, "judge", lenient)


def _stragglers_are_lost(patch: pytest.MonkeyPatch) -> None:
    hold = Session.hold

    def careless(session: Session, *what: Any) -> None:
        hold(session, *what)
        session.disordered = False

    patch.setattr(Session, "hold", careless)


def _nothing_is_retracted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_Writer, "withdrawn", lambda *_: None)


def _nothing_is_reopened(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Arrivals, "_reopening", lambda *_: None)


def _seconds_are_cut(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fields, "seconds", lambda ms: int(ms) // 1000)


def _start_time_is_never_fixed(patch: pytest.MonkeyPatch) -> None:
    take = QualityTotals.take
    patch.setattr(QualityTotals, "take", lambda totals, quality, **_: take(totals, quality, played=False))


def _stalls_weigh(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(QualityTotals, "take_back", lambda *_: None)


def _midnight_is_a_seek(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fold, "viewed_end", lambda *what, live, rules: viewed_end(*what, live=live and False, rules=rules))


def _ads_end_well(patch: pytest.MonkeyPatch) -> None:
    close = Fold._close_ad
    patch.setattr(Fold, "_close_ad", lambda one, **_: close(one, completed=True))


BUGS: tuple[Callable[[pytest.MonkeyPatch], None], ...] = (
    _no_soft_close, _ads_start_paused, _chapters_keep_stalls, _names_are_forgotten, _duplicates_restart_timers,
    _stragglers_are_lost, _nothing_is_retracted, _nothing_is_reopened, _seconds_are_cut, _start_time_is_never_fixed,
    _stalls_weigh, _midnight_is_a_seek, _ads_end_well,
)  # fmt: skip


@pytest.mark.parametrize("plant", BUGS, ids=lambda plant: plant.__name__.strip("_"))
def test_a_planted_bug_is_found(plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of these mistakes in the engine makes it disagree with the oracle."""
    corpus()  # made by an engine without it
    plant(monkeypatch)
    assert found()
