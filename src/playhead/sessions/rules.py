"""The settings of a session in the units of the fold: whole milliseconds. Converted once, used on every event."""

from functools import lru_cache

from msgspec import Struct

from playhead.base.settings import SessionSettings, SettingsInForce
from playhead.base.units import DAY_MS, SECOND_MS


class Rules(Struct, frozen=True, kw_only=True, gc=False, array_like=True):
    """
    `SessionSettings` as the fold needs them. Durations in ms, `playback_rate_max` a ratio, `states_max` a count.

    `reopen_ms`: how long after its start a session closed provisionally may be reopened (metrics.md 4.1): 24 h, or
    its largest age where that is shorter. `server_version`: who reads the session, as its rows say.
    """

    reorder_ms: int
    reorder_events: int
    idle_ms: int
    playhead_ms: int
    linger_ms: int
    age_ms: int
    reopen_ms: int
    interval_cap_ms: int
    stall_gap_ms: int
    jitter_ms: int
    playback_rate_max: int | float
    states_max: int
    federated: bool
    person_namespace: str | None
    server_version: str


def _ms(seconds: float) -> int:
    return round(seconds * SECOND_MS)


@lru_cache(maxsize=256)
def rules_of(settings: SessionSettings) -> Rules:
    """The settings in ms, fractions of a ms rounded. Equal settings share one value."""
    return Rules(
        reorder_ms=_ms(settings.reorder_window_s),
        reorder_events=settings.reorder_window_events,
        idle_ms=_ms(settings.idle_timeout_s),
        playhead_ms=_ms(settings.playhead_timeout_s),
        linger_ms=_ms(settings.complete_linger_s),
        age_ms=_ms(settings.max_session_s),
        reopen_ms=min(DAY_MS, _ms(settings.max_session_s)),
        interval_cap_ms=_ms(settings.interval_cap_s),
        stall_gap_ms=_ms(settings.stall_min_gap_s),
        jitter_ms=_ms(settings.playhead_jitter_s),
        playback_rate_max=settings.max_playback_rate,
        states_max=settings.max_states,
        federated=settings.federated,
        person_namespace=settings.person_namespace,
        server_version=settings.server_version if isinstance(settings, SettingsInForce) else "",
    )
