"""
The secrets of a deployment, in `keys.json` of the data directory, readable by its owner only.

Law: they are made once and never overwritten; adding a key to the front rotates, and earlier keys stay valid until removed.
"""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from playhead.base.errors import DataDirectoryError
from playhead.deployment.files import create_file, replace_file

KEY_BYTES = 32

_LAYOUT = 1


class Keys(Struct, frozen=True):
    """
    What all collectors of a deployment share.

    Attributes:
        session: Keys of session ids, newest first and never empty: the first mints, all are honoured.
        identity: Key that turns a first-party id into a visitor. Never rotated: the same id must name the same
            visitor for ever (protocol.md 5.3).
    """

    session: tuple[bytes, ...]
    identity: bytes


class _SessionKey(Struct, frozen=True):
    secret: str
    made_ms: int


class _File(Struct, frozen=True):
    layout: int
    session: tuple[_SessionKey, ...]
    identity: str


def load_or_create_keys(path: Path, now_ms: int, entropy: Callable[[int], bytes] = os.urandom) -> Keys:
    """
    The keys of a data directory, made on first use. Of several processes that make them at once, all get the same.

    Raises:
        DataDirectoryError: The file is damaged, or cannot be read or written.
    """
    try:
        if not path.exists():
            fresh = _File(
                layout=_LAYOUT,
                session=(_SessionKey(entropy(KEY_BYTES).hex(), now_ms),),
                identity=entropy(KEY_BYTES).hex(),
            )
            create_file(path, _encode(fresh))
        return _keys(_read(path))
    except OSError as error:
        raise DataDirectoryError(f"cannot use the keys in {path}: {error.strerror}") from error


def rotate_session_key(path: Path, now_ms: int, *, keep: int = 2, entropy: Callable[[int], bytes] = os.urandom) -> Keys:
    """
    Put a new session key in front and keep the newest `keep` (>= 1) in all.

    Session ids live for a day: rotating at most daily with `keep=2` invalidates none. Running collectors notice when
    they are restarted.

    Raises:
        DataDirectoryError: There is no key file, it is damaged, or cannot be written.
    """
    assert keep >= 1, keep
    try:
        file = _read(path)
        session = (_SessionKey(entropy(KEY_BYTES).hex(), now_ms), *file.session)[:keep]
        renewed = msgspec.structs.replace(file, session=session)
        replace_file(path, _encode(renewed))
    except OSError as error:
        raise DataDirectoryError(f"cannot use the keys in {path}: {error.strerror}") from error
    return _keys(renewed)


def _encode(file: _File) -> bytes:
    return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"


def _read(path: Path) -> _File:
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_File)
    except msgspec.MsgspecError as error:
        raise DataDirectoryError(f"the keys in {path} are damaged ({error}); restore the file from a backup") from error
    if file.layout > _LAYOUT:
        raise DataDirectoryError(f"the keys in {path} were made by a newer Playhead")
    return file


def _keys(file: _File) -> Keys:
    try:
        session = tuple(bytes.fromhex(key.secret) for key in file.session)
        identity = bytes.fromhex(file.identity)
    except ValueError as error:
        raise DataDirectoryError(
            "the key file is damaged: a secret is not hexadecimal; restore it from a backup"
        ) from error
    if not session or any(len(secret) < KEY_BYTES for secret in (*session, identity)):
        raise DataDirectoryError("the key file is damaged: a secret is missing or too short; restore it from a backup")
    return Keys(session=session, identity=identity)
