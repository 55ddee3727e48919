"""The numbers of metrics.md section 9, as one value. Floors below `app` are given it and never look it up."""

from functools import lru_cache
from typing import Annotated

from msgspec import Meta, Struct


class SessionSettings(Struct, frozen=True, kw_only=True):
    """
    How sessions are read. Defaults are those of metrics.md section 9; a datastream may override each.

    Units are in the names: `_s` seconds, `_events` a count. All values are >= 0.
    """

    reorder_window_s: float = 5
    reorder_window_events: int = 10
    idle_timeout_s: float = 600
    playhead_timeout_s: float = 1800
    complete_linger_s: float = 60
    max_session_s: Annotated[float, Meta(le=86400)] = 86400
    """At most 24 h: so long the id of a session is valid, and its events can be read again (decision 0016)."""
    interval_cap_s: float = 600
    stall_min_gap_s: float = 1
    playhead_jitter_s: float = 1
    max_playback_rate: float = 2
    max_states: int = 10
    federated: bool = False
    person_namespace: str | None = None
    """Identity namespace whose id names the person where a session carries one; else the ECID does (metrics.md 6.1)."""


DEFAULT_SETTINGS = SessionSettings()


class SettingsInForce(SessionSettings, frozen=True, kw_only=True):
    """
    What a session begins under and follows to its end (decision 0046): the settings of its datastream, and who reads it.

    Attributes:
        server_version: Written as `implementationDetails` of rows whose session sent none.
    """

    server_version: str = ""


@lru_cache(maxsize=256)
def read_by(server_version: str, settings: SessionSettings) -> SettingsInForce:
    """Settings as a server of a version goes by them."""
    return SettingsInForce(
        **{name: getattr(settings, name) for name in SessionSettings.__struct_fields__}, server_version=server_version
    )
