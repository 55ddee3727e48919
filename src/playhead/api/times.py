"""Times of the report API: RFC 3339 on the outside, Unix ms on the inside. Law: what `written` writes, `read` reads."""

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHAPE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+\- ]\d\d:\d\d)", re.ASCII)
_YEAR_MAX_MS = 253_402_300_799_999
"""Last millisecond of the year 9999: later ones have no RFC 3339 form and are written as this one."""


def written(at_ms: int) -> str:
    """Unix ms as RFC 3339 in UTC with exactly three decimals: `2026-01-01T02:00:15.120Z`. Clamped to years 1970-9999."""
    seconds, ms = divmod(min(max(at_ms, 0), _YEAR_MAX_MS), 1000)
    return f"{(_EPOCH + timedelta(seconds=seconds)).strftime('%Y-%m-%dT%H:%M:%S')}.{ms:03d}Z"


def written_or_none(at_ms: int | None) -> str | None:
    """As `written`; None stays None."""
    return None if at_ms is None else written(at_ms)


def read(text: str) -> int:
    """
    An RFC 3339 time as Unix ms, rounded down.

    A blank before the offset is read as `+`: that is what a `+` in a query becomes that was not percent-encoded.

    Raises:
        ValueError: It is none; the message says what would be one.
    """
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise ValueError("is not an RFC 3339 time like 2026-01-01T00:00:00Z")
    zone = match.group(2)
    bare = text[: -len(zone)][:19]
    decimals = (match.group(1) or "")[1:]
    offset = "+00:00" if zone in "Zz" else ("+" + zone[1:] if zone[0] == " " else zone)
    try:
        at = datetime.fromisoformat(bare.upper() + offset)
    except ValueError:
        raise ValueError("is not a time that exists") from None
    return (at - _EPOCH) // timedelta(milliseconds=1) + int((decimals + "000")[:3])
