"""Small files written whole or not at all: a reader sees the old content or the new, also after a power cut."""

import os
import secrets
from pathlib import Path

PRIVATE_FILE_MODE = 0o600
PRIVATE_DIRECTORY_MODE = 0o700


def sync_directory(path: Path) -> None:
    """
    Make the names in a directory durable.

    Raises:
        OSError: The directory cannot be opened or synced.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_temporary(path: Path, content: bytes, mode: int) -> Path:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def replace_file(path: Path, content: bytes, *, mode: int = PRIVATE_FILE_MODE) -> None:
    """
    Write a file, replacing an earlier one in a single step.

    Raises:
        OSError: The disk refuses; an earlier file is untouched.
    """
    temporary = _write_temporary(path, content, mode)
    try:
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def create_file(path: Path, content: bytes, *, mode: int = PRIVATE_FILE_MODE) -> bool:
    """
    Write a file unless there is one already. Of several processes that try, one wins.

    Returns:
        Whether this call made the file.

    Raises:
        OSError: The disk refuses; no file was made.
    """
    temporary = _write_temporary(path, content, mode)
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    sync_directory(path.parent)
    return True
