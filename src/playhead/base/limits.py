"""
Everything has a limit. Each is named here with its reason and the answer beyond it; a setting may change the default.

Sizes are in bytes, spans in ms, the rest are counts.
"""

from playhead.base.units import DAY_MS

BODY_BYTES_MAX = 64 * 1024
"""Body of a request (protocol.md 4.6). Beyond: 413 EXEG-0112-413."""

BODY_BYTES_DOWNLOADED_MAX = 2 * 1024 * 1024
"""Body of a `downloaded` request: a whole offline viewing at once (protocol.md 4.6, at least 1 MiB). Beyond: 413."""

EVENTS_PER_REQUEST_MAX = 1_000
"""Items of `events`; clients send one (protocol.md 7.4). Beyond: 413 EXEG-0112-413."""

STRING_BYTES_MAX = 4 * 1024
"""One string of an event (protocol.md 8.2). Beyond: a field error, `Value is too long`."""

REQUEST_ID_CHARS_MAX = 256
"""`requestId` of the query. Beyond: treated as not sent."""

DATASTREAM_ID_CHARS_MAX = 256
"""`configId` of the query. Beyond: an unknown datastream; on event calls it is not kept."""

IDENTITY_VALUE_BYTES_MAX = 1024
"""Identity value of a client (protocol.md 5.2). Beyond: ignored as if absent."""

ECID_CHARS_MAX = 256
"""Visitor id sent by a client, which may be any text (protocol.md 5.3). Beyond: ignored as if absent."""

FPID_CHARS_MAX = 128
"""First-party id (protocol.md C29). Beyond: ignored as if absent."""

REFUSED_BODY_BYTES_MAX = 8 * 1024
"""Prefix of a refused body that is kept for the operator. Beyond: cut."""

CLOSINGS_MAX = 200_000
"""Closed sessions a collector remembers. Beyond: the oldest is forgotten; its events are taken and dropped later."""

UNREAD_MAX = 50_000
"""Events a collector remembers that the processor may not have read, some 10 MB. Beyond: the oldest is forgotten."""

WAITING_BYTES_MAX = 32 * 1024 * 1024
"""Bytes waiting for the disk. Beyond: 503 EXEG-0000-503 with `retry-after`."""

REQUEST_TIMEOUT_S = 20.0
"""Time a client has to send its request. Beyond: 503 with `retry-after`, and the connection is closed."""

SESSION_AGE_MAX_MS = DAY_MS
"""Age of a session (metrics.md 4.1, protocol.md C15). Beyond: 404 va-edge-0404-404."""

CLIENT_SKEW_MAX_MS = DAY_MS
"""How far a player's clock is believed (protocol.md 7.3). Beyond: the arrival is used."""
