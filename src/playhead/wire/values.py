"""
What a JSON value of a player means: numbers, texts, booleans, and JSON itself.

Law: the check accepts a value exactly when the functions here can read it, and the decoder reads it with them. What
they give is safe below: numbers fit 64 bits, texts can be written as UTF-8.
"""

import json
import re
from math import isfinite
from typing import Any

import msgspec
from msgspec import Raw

NUMBER_MAX = 2**53 - 1
"""Larger numbers are accepted, as protocol.md C23 asks, and read as this: the largest all clients count exactly."""

NESTING_MAX = 100
"""Deepest JSON taken. Parsers recurse, and how deep they get depends on who calls: so the limit is ours."""

_KEPT_NESTING_MAX = 32
_ESCAPES = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
"""Pairs of halves, single halves (group 1), all other escapes."""
_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""Texts; one that is not closed goes on to the end, so that nobody makes us look for its end again and again."""
_AS_ARRAYS = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"{}[]"))
_SKIP = msgspec.json.Decoder(Raw)


def _int_or_inf(text: str) -> float:
    return int(text) if len(text) <= 4300 else float(text)  # longer ones Python does not read back


def _refuse(text: str) -> Any:
    raise ValueError(text)


def load(body: bytes) -> Any:
    """
    The value of a JSON text. A number beyond what a float holds is read as infinite: whoever needs it will reject it.

    Raises:
        ValueError: Not UTF-8, not JSON, or nested beyond NESTING_MAX.
    """
    refuse_deep(body)
    try:
        return msgspec.json.decode(body)
    except msgspec.ValidationError:  # well-formed so far, but a number is out of range
        _SKIP.decode(body)
        return json.loads(body.decode(), parse_int=_int_or_inf, parse_constant=_refuse)


def mended(body: bytes) -> bytes:
    r"""
    A JSON text in which no escape stands for half a character (decision 0039).

    Players cut texts without regard for characters of two UTF-16 units; what is left is written as `\ud83d`, which the
    grammar of JSON allows and no Unicode text can hold. Each becomes `\ufffd`; nothing else changes, not even the length.
    """
    return _ESCAPES.sub(_whole, body)


def _whole(escape: re.Match[bytes]) -> bytes:
    return escape[0] if escape[1] is None else b"\\ufffd"


def refuse_deep(body: bytes) -> None:
    """Raise ValueError for what nests beyond NESTING_MAX: before decoders that recurse into it."""
    if brackets(body) > NESTING_MAX and nests_too_deeply(body):
        raise ValueError("nested too deeply")


def brackets(body: bytes) -> int:
    """How many objects and arrays begin in a JSON text, at most: a cheap bound of how deep it nests."""
    return body.count(b"{") + body.count(b"[")


def nests_too_deeply(body: bytes) -> bool:
    """Whether a JSON text nests beyond NESTING_MAX. Also true of some texts that are not JSON, and of all that would."""
    left = _STRINGS.sub(b"", body).translate(_AS_ARRAYS, _NO_BRACKETS)
    for levels in range(NESTING_MAX, 0, -1):  # how many what is left may have
        if b"[" * (levels + 1) in left:
            return True
        inner = left.replace(b"[]", b"")  # without the innermost level of everything
        if len(inner) == len(left):
            break
        left = inner
    return bool(left)


def load_object(body: bytes) -> dict[str, Any]:
    """As `load`; raises ValueError also when the value is not an object."""
    value = load(body)
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 # one exception for all unreadable bytes
    return value


def is_number(value: object) -> bool:
    """Whether it is a finite JSON number; booleans and texts are none."""
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and (isinstance(value, int) or isfinite(value))
    )


def read_number(value: object) -> float | None:
    """A number >= 0, at most NUMBER_MAX; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        return None
    if value > NUMBER_MAX:
        return None if value == float("inf") else NUMBER_MAX
    return value


def read_whole(value: object) -> int | None:
    """As `read_number`, rounded down."""
    number = read_number(value)
    return None if number is None else int(number)


def read_text(value: object) -> str | None:
    """A text, or the text of a number or boolean (`true`, `12`, `0.5`); None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and isfinite(value):
        return str(int(value)) if value.is_integer() and abs(value) <= NUMBER_MAX else repr(value)
    return None


def read_boolean(value: object) -> bool | None:
    """A boolean, or one written as a text (`"true"`, `"false"`, any case); None for anything else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return None


def tame(value: Any, depth: int = 0) -> Any:
    """A JSON value that every writer below can write: numbers in range, nesting bounded; what cannot be kept is None."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= NUMBER_MAX else None
    if isinstance(value, float):
        return value if isfinite(value) else None
    if depth >= _KEPT_NESTING_MAX:
        return None
    if isinstance(value, dict):
        return {key: tame(item, depth + 1) for key, item in value.items()}
    return [tame(item, depth + 1) for item in value]
