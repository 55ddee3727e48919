"""
An open session as bytes: little, of no interest to the collector of garbage, and the same in every process.

So many can be held open, and a store can keep them for another process to take up.
Law: `thaw(freeze(session))` goes on exactly as `session` would, and freezes to the same bytes. The form is the order of
the fields of `Session` and of all it holds; `FORM` is renewed whenever they change, or what they mean (decision 0015).
"""

import struct
from typing import Final

import msgspec

from playhead.base.units import SessionId
from playhead.sessions.session import Session

FORM: Final = "16"
"""Bytes of another form are of no use: the session is folded again from its deliveries."""

_HEAD: Final = struct.Struct("<qq")
"""`wake_ms` and `number`: what the engine asks of all sessions, without thawing them."""
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Session)
_NAMELESS: Final = SessionId("")


def freeze(session: Session) -> bytes | None:
    """
    All of a session but its id. The session is not changed.

    Returns:
        None if it holds what msgpack cannot say: a number beyond 64 bits in a JSON value that is only passed on.
    """
    name, session.session_id = session.session_id, _NAMELESS
    body = bytearray()
    try:
        _ENCODER.encode_into(session, body, _HEAD.size)
    except (OverflowError, UnicodeEncodeError):
        return None
    finally:
        session.session_id = name
    _HEAD.pack_into(body, 0, session.wake_ms, session.number)
    return bytes(body)


def thaw(session_id: SessionId, body: bytes) -> Session:
    """The session again."""
    session = _DECODER.decode(memoryview(body)[_HEAD.size :])
    session.session_id = session_id
    session.wake_ms, session.number = _HEAD.unpack_from(body)
    return session


def head_of(body: bytes) -> tuple[int, int]:
    """Its `wake_ms` and `number`."""
    wake_ms, number = _HEAD.unpack_from(body)
    return wake_ms, number
