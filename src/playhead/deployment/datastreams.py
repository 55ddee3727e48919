"""
The datastreams of a deployment: what a player's `configId` stands for.

Law: the file is replaced as a whole, under a lock, so that `playhead datastream …` works while the server runs, and
every process that follows the file sees either all of a change or nothing of it.
"""

import fcntl
import os
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from playhead.base.errors import DataDirectoryError, UsageError
from playhead.base.settings import DEFAULT_SETTINGS, SessionSettings
from playhead.base.units import DatastreamId
from playhead.deployment.files import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_ORG_ID = "PLAYHEAD0000000000000000@AdobeOrg"
"""interfaces.md 2: clients that keep identity cookies must be configured with the same organisation."""

DATASTREAM_ID_RULE = "1 to 128 letters, digits, '.', '_' or '-', the first a letter or digit"
ORG_ID_RULE = "letters and digits, then '@' and the organisation's authority, as in ACME@AdobeOrg"
ORIGIN_RULE = "a scheme and a host without a path, as in https://www.example.com or http://localhost:3000"

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_ORG_ID = re.compile(r"[A-Za-z0-9_-]{1,100}@[A-Za-z0-9]{1,50}")
_ORIGIN = re.compile(r"null|[a-z][a-z0-9+.-]*://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_COOKIE = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_LAYOUT = 1


class Datastream(Struct, frozen=True, kw_only=True, rename="camel"):
    """
    One datastream. As JSON its members are in camelCase, those of `settings` as metrics.md names them.

    Attributes:
        id: What a player sends as `configId`.
        name: For people.
        org_id: Organisation the players are configured with; names the identity cookie.
        enabled: Whether it takes requests; a disabled one refuses them (EXEG-0004-422).
        media: Whether media events sent to it are counted.
        allowed_origins: Web origins that may call, lower case; empty lets every origin call (protocol.md 4.7).
        settings: The settings of metrics.md section 9 this datastream overrides, by name; others follow the server's.
        fpid_cookie: Name of the first-party id cookie (protocol.md 5.3).
        same_site_none: Whether identity handles carry `SameSite=None` (protocol.md 5.4).
        keep_ip: Whether the network address of a player is recorded.
        keep_user_agent: Whether its user agent is recorded.
        events_days, rows_days, sessions_days: Days each class of data is kept, >= 1; None follows the server's.
        created_ms: When it was made, Unix ms.
    """

    id: DatastreamId
    name: str
    org_id: str = DEFAULT_ORG_ID
    enabled: bool = True
    media: bool = True
    allowed_origins: tuple[str, ...] = ()
    settings: Mapping[str, Any] = msgspec.field(default_factory=dict)
    fpid_cookie: str = "FPID"
    same_site_none: bool = False
    keep_ip: bool = False
    keep_user_agent: bool = True
    events_days: int | None = None
    rows_days: int | None = None
    sessions_days: int | None = None
    created_ms: int = 0


class Problem(Struct, frozen=True):
    """What is wrong with one field of a datastream: its path (`settings.idle_timeout_s`) and a reason for people."""

    path: str
    reason: str


class InvalidDatastreamError(UsageError):
    """
    A datastream that cannot be.

    Attributes:
        problems: Every one found, in the order of the fields.
    """

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.path}: {problem.reason}" for problem in problems))
        self.problems = problems


class UnknownDatastreamError(UsageError):
    """There is no datastream of that id."""

    def __init__(self, datastream_id: str) -> None:
        super().__init__(f"there is no datastream {datastream_id!r}; `playhead datastream list` shows those there are")
        self.datastream_id = datastream_id


class DatastreamExistsError(UsageError):
    """A datastream of that id exists already."""

    def __init__(self, datastream_id: str) -> None:
        super().__init__(
            f"there is a datastream {datastream_id!r} already; change it with `playhead datastream update`"
        )
        self.datastream_id = datastream_id


def strip_environment(config_id: str) -> DatastreamId:
    """The datastream's id in what a client sent: without `:dev`, `:stage`, `:prod` or any suffix (protocol.md C35)."""
    return DatastreamId(config_id.partition(":")[0])


def session_settings(datastream: Datastream, defaults: SessionSettings = DEFAULT_SETTINGS) -> SessionSettings:
    """The settings its sessions are read with: its own where it has them, `defaults` else (decision 0060)."""
    return msgspec.structs.replace(defaults, **datastream.settings) if datastream.settings else defaults


def setting_problem(name: str, value: object) -> str | None:
    """
    Why a value cannot be a setting of metrics.md section 9.

    Returns:
        The reason, for people; None if it can.
    """
    if name not in SessionSettings.__struct_fields__:
        return f"unknown setting; there are {', '.join(SessionSettings.__struct_fields__)}"
    try:
        msgspec.convert({name: value}, SessionSettings)
    except msgspec.ValidationError as error:
        return str(error).partition(" - at")[0]
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value < 0 or value != value or value == float("inf"):  # noqa: PLR0124 - the plainest test for NaN
            return "must be a number of 0 or more"
        if name == "max_playback_rate" and value == 0:
            return "must be more than 0"
    return None


def problems_of(datastream: Datastream) -> list[Problem]:
    """Everything that keeps a datastream from being stored; empty if nothing does."""
    problems = []
    if not _ID.fullmatch(datastream.id):
        problems.append(Problem("id", f"must be {DATASTREAM_ID_RULE}"))
    if not datastream.name.strip() or not datastream.name.isprintable() or len(datastream.name) > 200:
        problems.append(Problem("name", "must be 1 to 200 printable characters"))
    if not _ORG_ID.fullmatch(datastream.org_id):
        problems.append(Problem("org_id", f"must be {ORG_ID_RULE}"))
    problems.extend(
        Problem(f"allowed_origins[{index}]", f"{origin!r} must be {ORIGIN_RULE}")
        for index, origin in enumerate(datastream.allowed_origins)
        if not _ORIGIN.fullmatch(origin)
    )
    problems.extend(
        Problem(f"settings.{name}", reason)
        for name, value in datastream.settings.items()
        if (reason := setting_problem(name, value)) is not None
    )
    if not _COOKIE.fullmatch(datastream.fpid_cookie):
        problems.append(Problem("fpid_cookie", "must be a cookie name"))
    for name in ("events_days", "rows_days", "sessions_days"):
        days: int | None = getattr(datastream, name)
        if days is not None and days < 1:
            problems.append(Problem(name, "must be 1 day or more"))
    return problems


class _File(Struct, frozen=True):
    layout: int
    datastreams: tuple[Datastream, ...] = ()


class DatastreamFile:
    """
    The datastreams of a data directory, kept current by `poll`.

    Reading is lock-free and may be done from any thread; writing takes a lock that other processes honour.
    """

    def __init__(self, path: Path) -> None:
        """
        Read the file; one that is not there yet holds no datastreams.

        Raises:
            DataDirectoryError: The file is damaged or cannot be read.
        """
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._by_id: dict[str, Datastream] = {}
        self.poll()

    def poll(self) -> bool:
        """
        Read the file again if it was replaced since. Costs one `stat` if it was not.

        Returns:
            Whether anything was read.

        Raises:
            DataDirectoryError: The file is damaged or cannot be read; what was known stays known.
        """
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return False
        self._by_id = _read(self._path)
        self._stamp = stamp
        return True

    def all(self) -> list[Datastream]:
        """Every datastream, in the order they were made."""
        return list(self._by_id.values())

    def get(self, datastream_id: str) -> Datastream | None:
        """The datastream of exactly this id."""
        return self._by_id.get(datastream_id)

    def lookup(self, config_id: str) -> Datastream | None:
        """The datastream a client means: its environment suffix is left out (protocol.md C35)."""
        return self._by_id.get(config_id) or self._by_id.get(strip_environment(config_id))

    def create(self, datastream: Datastream) -> Datastream:
        """
        Add a datastream.

        Raises:
            InvalidDatastreamError: It cannot be.
            DatastreamExistsError: Its id is taken.
            DataDirectoryError: The file cannot be read or written.
        """
        _check(datastream)
        with self._locked() as known:
            if datastream.id in known:
                raise DatastreamExistsError(datastream.id)
            self._write({**known, datastream.id: datastream})
        return datastream

    def update(self, datastream_id: str, change: Callable[[Datastream], Datastream]) -> Datastream:
        """
        Change a datastream. `change` gets the newest version and keeps its id.

        Raises:
            UnknownDatastreamError: There is none of that id.
            InvalidDatastreamError: The changed one cannot be; nothing is written.
            DataDirectoryError: The file cannot be read or written.
        """
        with self._locked() as known:
            before = known.get(datastream_id)
            if before is None:
                raise UnknownDatastreamError(datastream_id)
            after = change(before)
            assert after.id == before.id, "a datastream keeps its id"
            _check(after)
            self._write({**known, datastream_id: after})
        return after

    def _locked(self) -> AbstractContextManager[dict[str, Datastream]]:
        return _locked(self._path)

    def _write(self, by_id: dict[str, Datastream]) -> None:
        file = _File(layout=_LAYOUT, datastreams=tuple(by_id.values()))
        replace_file(self._path, msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n")
        self.poll()


def _check(datastream: Datastream) -> None:
    problems = problems_of(datastream)
    if problems:
        raise InvalidDatastreamError(problems)


@contextmanager
def _locked(path: Path) -> "Iterator[dict[str, Datastream]]":
    """The datastreams on disk, while no other process may change them. The lock is a file beside: theirs is replaced."""
    try:
        descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield _read(path)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise DataDirectoryError(f"cannot change the datastreams in {path}: {error.strerror}") from error


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What tells one version of the file from the next: a replaced file is another inode."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataDirectoryError(f"cannot read the datastreams in {path}: {error.strerror}") from error
    return found.st_ino, found.st_mtime_ns, found.st_size


def _read(path: Path) -> dict[str, Datastream]:
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_File)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise DataDirectoryError(f"cannot read the datastreams in {path}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise DataDirectoryError(f"the datastreams in {path} are damaged: {error}") from error
    if file.layout > _LAYOUT:
        raise DataDirectoryError(f"the datastreams in {path} were made by a newer Playhead")
    return {datastream.id: datastream for datastream in file.datastreams}
