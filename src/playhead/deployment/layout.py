"""
The data directory: where everything lies in it, and who holds it.

    playhead-data/
    ├── playhead.json      marks the directory as ours; the version of this layout
    ├── lock               held by `serve` and its collectors while any of them runs; the process id is in it
    ├── keys.json          secrets of the deployment, mode 0600
    ├── datastreams.json   the datastreams
    ├── journal/w00 …      one log per collector process: the truth
    ├── closings/          the feed of closed sessions, processor to collectors
    ├── store/             the database; can be rebuilt from the journal
    ├── tls/               the self-signed certificate, if one was asked for
    └── run/               what the running server tells other commands; removed when it stops

Law: paths are named here and nowhere else; a directory that is not ours is never written to.
"""

import errno
import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from msgspec import Struct

from playhead.base.errors import AlreadyRunningError, DataDirectoryError
from playhead.deployment.files import PRIVATE_DIRECTORY_MODE, create_file

LAYOUT_VERSION = 1
"""Raised when files move; a newer directory is refused by an older program."""

TAKEOVER_WAIT_S = 15.0
"""
How long a start waits for the collectors of a server that was killed to finish their last write.

They hold the lock with it and notice its death at once; waiting keeps two writers off one journal. Longer than they give
requests under way.
"""

_HARMLESS = frozenset({"lost+found", ".DS_Store", ".gitkeep", ".gitignore"})


class _Mark(Struct, frozen=True):
    product: str
    layout: int


class Layout(Struct, frozen=True):
    """Paths of one data directory. `root` is absolute."""

    root: Path

    @property
    def mark(self) -> Path:
        """Says that the directory is ours."""
        return self.root / "playhead.json"

    @property
    def lock(self) -> Path:
        """Held by the running server."""
        return self.root / "lock"

    @property
    def keys(self) -> Path:
        """Secrets of the deployment."""
        return self.root / "keys.json"

    @property
    def datastreams(self) -> Path:
        """The datastreams."""
        return self.root / "datastreams.json"

    @property
    def journals(self) -> Path:
        """Directory of the logs."""
        return self.root / "journal"

    def journal(self, worker: int) -> Path:
        """Log directory of a collector process, counted from 0."""
        return self.journals / f"w{worker:02d}"

    @property
    def closings(self) -> Path:
        """Directory of the closings feed."""
        return self.root / "closings"

    @property
    def store(self) -> Path:
        """The database file."""
        return self.root / "store" / "playhead.duckdb"

    @property
    def tls(self) -> Path:
        """Directory of the self-signed certificate."""
        return self.root / "tls"

    @property
    def run(self) -> Path:
        """Directory of what lives only while the server does."""
        return self.root / "run"

    @property
    def console_address(self) -> Path:
        """Where the running server's console answers, for other commands."""
        return self.run / "console.json"

    def existing_journals(self) -> list[Path]:
        """Log directories found, also of collectors that no longer run, by name."""
        return sorted(path for path in self.journals.glob("w[0-9]*") if path.is_dir())


def prepare(root: Path) -> Layout:
    """
    Make a directory ours, or find that it is.

    Args:
        root: The directory; missing parents are made. An existing one must be empty or ours.

    Raises:
        DataDirectoryError: It is a file, belongs to something else, was made by a newer Playhead, or cannot be written.
    """
    layout = Layout(Path(root).absolute())
    try:
        layout.root.mkdir(mode=PRIVATE_DIRECTORY_MODE, parents=True, exist_ok=True)
        if not layout.mark.exists():
            _refuse_strangers(layout.root)
            create_file(layout.mark, msgspec.json.encode(_Mark("playhead", LAYOUT_VERSION)) + b"\n")
        _check_mark(layout)
        for directory in (layout.journals, layout.closings, layout.store.parent, layout.run):
            directory.mkdir(mode=PRIVATE_DIRECTORY_MODE, exist_ok=True)
    except NotADirectoryError as error:
        raise DataDirectoryError(f"{layout.root} cannot be the data directory: {error.filename} is a file") from error
    except FileExistsError as error:
        raise DataDirectoryError(f"{layout.root} cannot be the data directory: it is a file") from error
    except OSError as error:
        raise DataDirectoryError(f"cannot write to the data directory {layout.root}: {error.strerror}") from error
    if not os.access(layout.root, os.W_OK | os.X_OK):
        raise DataDirectoryError(f"cannot write to the data directory {layout.root}: permission denied")
    return layout


def find(root: Path) -> Layout:
    """
    An existing data directory, for commands that only look.

    Raises:
        DataDirectoryError: There is none at `root`, or it was made by a newer Playhead.
    """
    layout = Layout(Path(root).absolute())
    try:
        found = layout.mark.exists()
        if found:
            _check_mark(layout)
    except OSError as error:
        raise DataDirectoryError(f"cannot read the data directory {layout.root}: {error.strerror}") from error
    if not found:
        raise DataDirectoryError(
            f"there is no Playhead data directory at {layout.root}; "
            "`playhead serve` makes one, --data-dir names another place"
        )
    return layout


def _refuse_strangers(root: Path) -> None:
    strangers = sorted(path.name for path in root.iterdir() if path.name not in _HARMLESS and path.name[0] != ".")
    if strangers:
        raise DataDirectoryError(
            f"{root} is neither empty nor a Playhead data directory (it holds {strangers[0]}"
            f"{' and more' if len(strangers) > 1 else ''}); give Playhead a directory of its own with --data-dir"
        )


def _check_mark(layout: Layout) -> None:
    try:
        mark = msgspec.json.decode(layout.mark.read_bytes(), type=_Mark)
    except msgspec.MsgspecError as error:
        raise DataDirectoryError(f"{layout.mark} is damaged: {error}") from error
    if mark.product != "playhead":
        raise DataDirectoryError(f"{layout.root} belongs to {mark.product!r}, not to Playhead")
    if mark.layout > LAYOUT_VERSION:
        raise DataDirectoryError(
            f"{layout.root} was made by a newer Playhead (layout {mark.layout}, this program knows {LAYOUT_VERSION})"
        )


class Hold:
    """
    The lock of a data directory while it is held. The kernel lets go of it when the last process that has it ends.

    Attributes:
        descriptor: Of the lock file, to be passed on to collector processes, which hold the directory with us.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def release(self) -> None:
        """Let go; twice does no harm. Processes it was passed on to still hold the directory."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def hold(layout: Layout, *, wait_s: float = TAKEOVER_WAIT_S) -> Hold:
    """
    Take the directory for this process.

    A holder whose recorded process is gone has collectors that are finishing: those are waited for, `wait_s` at most.

    Raises:
        AlreadyRunningError: Another process holds it; the message names directory and process id.
        DataDirectoryError: The lock file cannot be written.
    """
    try:
        descriptor = os.open(layout.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DataDirectoryError(f"cannot write to the data directory {layout.root}: {error.strerror}") from error
    deadline_s = time.monotonic() + wait_s
    while not _try_lock(descriptor):
        process = _recorded_process(descriptor)
        if (process is not None and _is_alive(process)) or time.monotonic() >= deadline_s:
            os.close(descriptor)
            who = "another Playhead" if process is None else f"another Playhead (process {process})"
            raise AlreadyRunningError(
                f"the data directory {layout.root} is in use by {who}; "
                "stop that one first, or give this one a directory of its own with --data-dir"
            )
        time.sleep(0.02)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return Hold(descriptor)


def holder(layout: Layout) -> int | None:
    """Process id of the server that holds the directory now; None when none does. Takes no lock for longer than a look."""
    try:
        descriptor = os.open(layout.lock, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return None if _try_lock(descriptor) else _recorded_process(descriptor)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
            return False
        raise
    return True


def _recorded_process(descriptor: int) -> int | None:
    text = os.pread(descriptor, 32, 0).strip()
    return int(text) if text.isdigit() else None


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
