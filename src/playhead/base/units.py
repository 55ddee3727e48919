"""
Names of ids, and the spelling of units.

A number carries its unit as the last part of its name: `playhead_s` (position in the content), `at_ms` (the player's
clock), `received_ms` (our clock). Times are integers in Unix milliseconds, durations integers in milliseconds.
"""

from typing import NewType

SessionId = NewType("SessionId", str)
"""What a player is given for one viewing: 64 lower-case hex digits; any text in recorded events."""

DatastreamId = NewType("DatastreamId", str)
"""The id a player sends as `configId`, without its `:env` suffix."""

RowId = NewType("RowId", str)
"""Idempotency key of a reporting row: 64 lower-case hex digits (metrics.md 3.2)."""

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
