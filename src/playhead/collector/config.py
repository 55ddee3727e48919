"""What the public door can be told (interfaces.md 2.1 `[collector]`). `app` reads settings; this is their shape here."""

from msgspec import Struct

from playhead.base import limits


class CollectorConfig(Struct, frozen=True, kw_only=True):
    """
    Settings of a collector.

    Attributes:
        base_paths: Prefixes served, each one or more segments (protocol.md 3.1).
        location_hint: Told to clients whose path has none (protocol.md 3.2).
        max_body_bytes: Body limit of a request.
        max_body_bytes_downloaded: Body limit of a `downloaded` request.
        max_events_per_request: Items of `events`.
        max_string_bytes: One string of an event.
        allowed_origins: Web origins that may read answers, lower case; empty: every one. Those of the datastream, where
            a request names one that has some, come first.
        ended_session_status: Answer to events of a session its player ended, within its 24 h: 204 for success, or 404
            (protocol.md C16).
        strict_datastream: Whether event calls that name a datastream are refused when it is unknown or disabled
            (protocol.md 8.1); which one a session belongs to is never compared (C8).
        trusted_proxies: Addresses and networks of reverse proxies whose `X-Forwarded-For` is believed; valid.
        request_timeout_s: Time a client has to send its request.
        waiting_bytes_max: Bytes that may wait for the disk.
        version: Of this server, for `x-konductor`.
        build: Eight hex digits, for `x-konductor`.
    """

    base_paths: tuple[str, ...] = ("ee", "ee-pre-prd")
    location_hint: str = "edge1"
    max_body_bytes: int = limits.BODY_BYTES_MAX
    max_body_bytes_downloaded: int = limits.BODY_BYTES_DOWNLOADED_MAX
    max_events_per_request: int = limits.EVENTS_PER_REQUEST_MAX
    max_string_bytes: int = limits.STRING_BYTES_MAX
    allowed_origins: tuple[str, ...] = ()
    ended_session_status: int = 204
    strict_datastream: bool = False
    trusted_proxies: tuple[str, ...] = ()
    request_timeout_s: float = limits.REQUEST_TIMEOUT_S
    waiting_bytes_max: int = limits.WAITING_BYTES_MAX
    version: str = "0.1.0"
    build: str = "00000000"
