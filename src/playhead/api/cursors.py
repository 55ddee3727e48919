"""
Cursors: where a list goes on.

Law: a cursor is a place in an order, not a number of items to skip: items that come or go between two pages shift
nothing. Opaque to clients: base64url of a JSON list whose first member names the list it belongs to.
"""

import base64
import binascii
from collections.abc import Sequence

import msgspec

CURSOR_CHARS_MAX = 4_096
"""No cursor of ours is longer; a longer one is not read."""

Place = str | int


def cursor_of(kind: str, place: Sequence[Place]) -> str:
    """The cursor of a place in the list named `kind`."""
    return base64.urlsafe_b64encode(msgspec.json.encode([kind, *place])).rstrip(b"=").decode("ascii")


def place_of(kind: str, cursor: str, types: Sequence[type]) -> tuple[Place, ...]:
    """
    The place a cursor stands for.

    Args:
        kind: The list it must belong to.
        cursor: As the client sent it.
        types: `int` or `str` for each member of the place.

    Raises:
        ValueError: It is no cursor of that list.
    """
    try:
        if len(cursor) > CURSOR_CHARS_MAX:
            raise ValueError  # noqa: TRY301 - one message for all that is wrong with it
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        members = msgspec.json.decode(raw, type=list[int | str])
    except (ValueError, binascii.Error, msgspec.DecodeError):
        raise ValueError("is not a cursor that this list gave") from None
    if members[:1] != [kind] or [type(member) for member in members[1:]] != list(types):
        raise ValueError("is not a cursor that this list gave")
    return tuple(members[1:])
