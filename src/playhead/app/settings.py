"""
Every setting of Playhead, declared once: name, type, default, bounds and meaning (interfaces.md 2.1).

The configuration file, environment variables, `playhead config show` and docs/reference/configuration.md all come from
these classes. Law: a default that a specification names is never repeated here, it is taken from where it is declared.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from playhead.base.settings import SessionSettings
from playhead.collector.config import CollectorConfig
from playhead.deployment.datastreams import DEFAULT_ORG_ID

_DOOR = CollectorConfig()

Port = Annotated[int, Meta(ge=0, le=65535)]
Days = Annotated[int, Meta(ge=1)]
LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["auto", "text", "json"]


class CollectorSettings(Struct, frozen=True, kw_only=True):
    """`[collector]`: the door players talk to."""

    host: Annotated[str, Meta(description="Address the collector listens on; `0.0.0.0` is every address.")] = "0.0.0.0"  # noqa: S104 - the public door
    port: Annotated[Port, Meta(description="Port of the collector; 0 takes a free one.")] = 8080
    workers: Annotated[int, Meta(ge=1, le=64, description="Collector processes that share the port.")] = 1
    tls_cert: Annotated[str | None, Meta(description="Certificate chain, PEM; with it the collector speaks https.")] = (
        None
    )
    tls_key: Annotated[str | None, Meta(description="Private key of `tls_cert`, PEM.")] = None
    tls_self_signed: Annotated[
        bool, Meta(description="Speak https with a certificate made here and kept in the data directory; for trials.")
    ] = False
    base_paths: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$")], ...],
        Meta(min_length=1, description="First part of the paths that are answered, without slashes at the ends."),
    ] = _DOOR.base_paths
    location_hint: Annotated[
        str,
        Meta(pattern="^[A-Za-z0-9_-]{1,32}$", description="Location named to clients whose path names none."),
    ] = _DOOR.location_hint
    allowed_origins: Annotated[
        tuple[str, ...], Meta(description="Web origins that may call; none listed: every origin may.")
    ] = ()
    max_body_bytes: Annotated[int, Meta(ge=1024, description="Largest request body, bytes.")] = _DOOR.max_body_bytes
    max_body_bytes_downloaded: Annotated[
        int, Meta(ge=1024, description="Largest body of a `downloaded` request, bytes.")
    ] = _DOOR.max_body_bytes_downloaded
    max_events_per_request: Annotated[int, Meta(ge=1, description="Most events in one request.")] = (
        _DOOR.max_events_per_request
    )
    ended_session_status: Annotated[
        Literal[204, 404],
        Meta(description="Answer to events after a `sessionEnd`: 204 takes and does not count them, 404 refuses them."),
    ] = 204
    strict_datastream: Annotated[
        bool, Meta(description="Refuse event calls that name a datastream which is unknown or disabled.")
    ] = _DOOR.strict_datastream
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(description="Addresses and networks of reverse proxies whose `X-Forwarded-For` says where a player is."),
    ] = _DOOR.trusted_proxies


class ConsoleSettings(Struct, frozen=True, kw_only=True):
    """`[console]`: the team's door."""

    host: Annotated[
        str, Meta(description="Address the console listens on; one that others can reach needs `token_file`.")
    ] = "127.0.0.1"
    port: Annotated[Port, Meta(description="Port of the console; 0 takes a free one.")] = 8081
    token_file: Annotated[
        str | None, Meta(description="File whose first line is the access token that the console asks for.")
    ] = None
    hosts: Annotated[
        tuple[str, ...], Meta(description="Host names the console answers to, beside those of this machine.")
    ] = ()
    time_zone: Annotated[
        str | None,
        Meta(
            description="Time zone of the console's pages where none is chosen, as in `Europe/Berlin`; unset: the browser's."
        ),
    ] = None


class RetentionSettings(Struct, frozen=True, kw_only=True):
    """`[retention]`: how long data is kept."""

    events_days: Annotated[Days | None, Meta(description="Days raw events are kept; unset: for ever.")] = None
    rows_days: Annotated[Days | None, Meta(description="Days reporting rows are kept; unset: for ever.")] = None
    sessions_days: Annotated[Days | None, Meta(description="Days session records are kept; unset: for ever.")] = None
    journal_gb: Annotated[
        float | None,
        Meta(
            gt=0, description="Size of all journals beyond which processed segments are removed early, GB; unset: none."
        ),
    ] = None


class LogSettings(Struct, frozen=True, kw_only=True):
    """`[log]`: what is said on stderr."""

    level: Annotated[LogLevel, Meta(description="Least important message that is written.")] = "info"
    format: Annotated[
        LogFormat, Meta(description="`text` for people, `json` one object a line; `auto`: text on a terminal.")
    ] = "auto"


class Settings(Struct, frozen=True, kw_only=True):
    """The effective settings of one process."""

    data_dir: Annotated[str, Meta(description="Where everything is kept.")] = "playhead-data"
    datastream: Annotated[
        str | None, Meta(description="Id of the datastream made in an empty data directory; unset: a new UUID.")
    ] = None
    org_id: Annotated[
        str, Meta(description="Organisation of that datastream; the players must be configured with the same.")
    ] = DEFAULT_ORG_ID
    collector: CollectorSettings = CollectorSettings()
    console: ConsoleSettings = ConsoleSettings()
    sessions: SessionSettings = SessionSettings()
    retention: RetentionSettings = RetentionSettings()
    log: LogSettings = LogSettings()


SESSION_MEANINGS = {
    "reorder_window_s": "Seconds events wait so that late ones fall into their place (metrics.md 4.2).",
    "reorder_window_events": "Events of a session that wait so at most.",
    "idle_timeout_s": "Seconds without an event after which a session closes.",
    "playhead_timeout_s": "Seconds with an unmoved playhead after which a session closes.",
    "complete_linger_s": "Seconds a completed session stays open for trailing events.",
    "max_session_s": "Seconds after its start at which every session closes; at most 86400, as long as its id is valid.",
    "interval_cap_s": "Longest time between two events that is credited, seconds.",
    "stall_min_gap_s": "Seconds between two events from which an unmoved playhead is a stall.",
    "playhead_jitter_s": "Seconds a playhead may deviate before it counts as a jump.",
    "max_playback_rate": "Fastest playback that is taken for watching, content seconds a second.",
    "max_states": "Different player states counted in one session.",
    "federated": "Whether sessions are marked as federated data.",
    "person_namespace": "Identity namespace whose id names the person; unset: the ECID does.",
}
"""The meaning of each of `[sessions]`. Names, types and defaults are those of `SessionSettings` (metrics.md section 9)."""


class Declared(Struct, frozen=True):
    """
    One setting as it is declared.

    Attributes:
        key: `collector.port`; of the top level: `data_dir`.
        table: `collector`; empty at the top level.
        name: `port`.
        annotation: Its type, with bounds.
        default: Its default.
        meaning: One sentence for people.
        variable: Its environment variable.
    """

    key: str
    table: str
    name: str
    annotation: Any
    default: Any
    meaning: str
    variable: str


def _declare() -> dict[str, Declared]:
    declared = {}
    for field in msgspec.structs.fields(Settings):
        if isinstance(field.default, Struct):
            table, fields = field.name, msgspec.structs.fields(type(field.default))
        else:
            table, fields = "", (field,)
        for setting in fields:
            key = f"{table}.{setting.name}".lstrip(".")
            meaning = SESSION_MEANINGS[setting.name] if table == "sessions" else _meaning(setting.type)
            variable = "PLAYHEAD_" + key.replace(".", "_").upper()
            declared[key] = Declared(key, table, setting.name, setting.type, setting.default, meaning, variable)
    return declared


def _meaning(annotation: object) -> str:
    for part in getattr(annotation, "__metadata__", ()):
        if isinstance(part, Meta) and part.description:
            return part.description
    raise AssertionError(f"a setting without a meaning: {annotation}")


DECLARED = _declare()
"""Every setting by its key, in the order of the file."""
