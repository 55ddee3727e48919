"""The secrets of a deployment are made once, kept private, and rotated without invalidating sessions."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from playhead.base.errors import DataDirectoryError
from playhead.deployment.keys import KEY_BYTES, load_or_create_keys, rotate_session_key


def test_made_once(tmp_path: Path) -> None:
    """The first use makes private keys of full length; later uses get the same ones."""
    path = tmp_path / "keys.json"
    keys = load_or_create_keys(path, 1)
    assert [len(secret) for secret in (*keys.session, keys.identity)] == [KEY_BYTES, KEY_BYTES]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create_keys(path, 2) == keys


def test_many_at_once_agree(tmp_path: Path) -> None:
    """Processes that start together all get the keys of the one that won."""
    path = tmp_path / "keys.json"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: load_or_create_keys(path, 1), range(32)))
    assert len(found) == 1


def test_rotation_keeps_the_former_key(tmp_path: Path) -> None:
    """A rotated key mints, the former one is still honoured, the one before is gone; identities never change."""
    path = tmp_path / "keys.json"
    first = load_or_create_keys(path, 1)
    second = rotate_session_key(path, 2)
    third = rotate_session_key(path, 3)
    assert second.session[1:] == first.session
    assert third.session[1:] == second.session[:1]
    assert third == load_or_create_keys(path, 4)
    assert {first.identity} == {second.identity, third.identity}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content",
    [
        "{",
        '{"layout":1,"session":[],"identity":"' + "00" * 32 + '"}',
        '{"layout":1,"session":[{"secret":"zz","made_ms":1}],"identity":"' + "00" * 32 + '"}',
        '{"layout":1,"session":[{"secret":"00","made_ms":1}],"identity":"' + "00" * 32 + '"}',
        '{"layout":2,"session":[],"identity":""}',
    ],
)
def test_a_damaged_file_is_never_replaced(tmp_path: Path, content: str) -> None:
    """Keys that cannot be read stop the start; they are not made anew, which would disown every live session."""
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(DataDirectoryError):
        load_or_create_keys(path, 1)
    assert path.read_text() == content
