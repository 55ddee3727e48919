"""
Timestamps of players (protocol.md 8.3): `YYYY-MM-DDThh:mm:ss[.f{1,9}](Z|+hh:mm|-hh:mm|+hhmm)`, letters in any case.

Law: one function reads them for the check and for the decoder, so what is accepted is what is decoded. A text is
split into the part up to the second and the rest, and both are remembered: players alive at the same time share them.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_SECOND = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)", re.ASCII)
_REST = re.compile(r"(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):?(\d\d))", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT_LENGTH_MAX = len("2026-01-01T00:00:00.123456789+00:00")

MIN_MS = -62_135_596_800_000
"""0001-01-01T00:00:00Z: what a four-digit year can write. An offset that leads beyond makes a date impossible."""
MAX_MS = 253_402_300_799_999
"""9999-12-31T23:59:59.999Z."""


@lru_cache(maxsize=8192)
def _second_ms(text: str) -> int | None:
    match = _SECOND.fullmatch(text)
    if match is None:
        return None
    try:
        moment = datetime(*map(int, match.groups()), tzinfo=UTC)  # type: ignore[arg-type,misc] # six ints
    except ValueError:  # 30 February, 24:00, second 60
        return None
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1000


@lru_cache(maxsize=8192)
def _rest_ms(text: str) -> int | None:
    match = _REST.fullmatch(text)
    if match is None:
        return None
    fraction, sign, hours, minutes = match.groups()
    ms = int(fraction[:3].ljust(3, "0")) if fraction else 0
    if sign is None:
        return ms
    if int(hours) > 23 or int(minutes) > 59:
        return None
    offset_ms = (int(hours) * 60 + int(minutes)) * 60_000
    return ms - offset_ms if sign == "+" else ms + offset_ms


def year_of(at_ms: int) -> int:
    """The UTC year of a Unix time in ms."""
    return (_EPOCH + timedelta(milliseconds=at_ms)).year


def read_timestamp(text: str, received_ms: int) -> int | None:
    """
    Unix ms of a player's timestamp; digits after the third of a fraction are dropped.

    A text that begins with the letters `YYYY` gets the UTC year of `received_ms` (protocol.md C33).

    Returns:
        None for everything protocol.md 8.3 rejects.
    """
    if len(text) > _TEXT_LENGTH_MAX:
        return None
    second_ms = _second_ms(text[:19])
    rest_ms = _rest_ms(text[19:])
    if second_ms is None or rest_ms is None:
        if text.startswith("YYYY"):
            return read_timestamp(f"{year_of(received_ms):04}{text[4:]}", received_ms)
        return None
    at_ms = second_ms + rest_ms
    return at_ms if MIN_MS <= at_ms <= MAX_MS else None


def write_timestamp(at_ms: int) -> str:
    """RFC 3339, UTC, three decimals."""
    moment = _EPOCH + timedelta(milliseconds=at_ms)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03}Z".rjust(24, "0")
