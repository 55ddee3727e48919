"""
The feed of closed sessions, from the processor to the collectors (decision 0052).

    closings/<when it was begun, Unix ms, 20 digits>.log     frames: length u32, crc32 u32, msgpack of Closing

Law: news, not truth. The worker appends after its commit and never syncs; a follower that misses some accepts what it
might have refused, and the processor still decides. Files are only appended to, by the process that made them; a new
one is begun at every start and every hour, and what is older than a day is removed.
"""

import os
import struct
import zlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from playhead.base.settings import SessionSettings
from playhead.base.units import DAY_MS, HOUR_MS
from playhead.reporting.outputs import SessionRecord, SessionState
from playhead.sessions.reopening import reopens
from playhead.sessions.rules import rules_of
from playhead.store.port import Standing

KEEP_MS = DAY_MS + HOUR_MS
"""A session takes no events 24 h after its start, so older news changes nothing."""

POLL_BYTES = 256 * 1024
"""Read at one poll, so that a follower that starts with a day of news does not stop answering meanwhile."""

_FRAME = struct.Struct("<II")


class Closing(Struct, frozen=True, gc=False, array_like=True):
    """
    News of one session. Later news of a session replaces earlier.

    Attributes:
        session_id: The session.
        closed: Whether it is closed; False takes an earlier closing back.
        cause: Why it closed: `end idle stuck complete age downloaded`.
        reopen_before_received_ms: Events that arrive earlier than this may still be taken: after `idle` and `complete`
            they reopen the session, after `end` they are answered with success and dropped, until the session is
            24 h old. None: no event is taken; after `end`: success without a term, the id's own age is the term.
        reopen_at_ms_below: Of those, only events with an earlier timestamp (metrics.md 4.1: largest timestamp of the
            session + idle timeout); None: any.
        reopen_any_before_received_ms: Events that arrive earlier than this reopen whatever their timestamp is: after
            `complete`, the earliest of the idle, stuck and age deadlines. None: no such span.
        as_of_ms: All that arrived earlier was read when this was said; what arrived later may not have been. 0: unknown.
    """

    session_id: str
    closed: bool
    cause: str = ""
    reopen_before_received_ms: int | None = None
    reopen_at_ms_below: int | None = None
    reopen_any_before_received_ms: int | None = None
    as_of_ms: int = 0


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Closing)


def closing_of(record: SessionRecord | Standing, settings: SessionSettings, as_of_ms: int) -> Closing:
    """What collectors are told of a session (metrics.md 4.1: which events reopen it), as of a recorded time, Unix ms."""
    cause = record.close_cause or ""
    if record.state is not SessionState.CLOSED:
        return Closing(record.session_id, closed=False, as_of_ms=as_of_ms)
    started_ms = record.started_received_ms
    if cause == "end":
        return Closing(record.session_id, True, cause, started_ms + DAY_MS, as_of_ms=as_of_ms)
    if not record.provisional:
        return Closing(record.session_id, True, cause, as_of_ms=as_of_ms)
    given = reopens(record, rules_of(settings), completed=cause == "complete")
    return Closing(record.session_id, True, cause, given.before_ms, given.at_ms_below, given.any_before_ms, as_of_ms)


class ClosingsWriter:
    """Writes the feed. One thread of one process; the directory must exist."""

    def __init__(self, directory: Path, now_ms: int) -> None:
        """
        Begin a new file.

        Raises:
            OSError: The disk refuses.
        """
        self._directory = directory
        self._begun_ms = -1
        self._file = -1
        self._begin(now_ms)

    def write(self, news: Iterable[Closing], now_ms: int) -> None:
        """
        Append news.

        Raises:
            OSError: The disk refuses; a part may be written, the next call begins a new file.
        """
        frames = bytearray()
        for closing in news:
            payload = _ENCODER.encode(closing)
            frames += _FRAME.pack(len(payload), zlib.crc32(payload)) + payload
        if self._file < 0 or now_ms >= self._begun_ms + HOUR_MS:
            self._begin(now_ms)
        if not frames:
            return
        try:
            written = os.write(self._file, frames)
        except OSError:
            self.close()
            raise
        if written < len(frames):
            self.close()
            raise OSError(f"{written} of {len(frames)} bytes written")

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def _begin(self, now_ms: int) -> None:
        self.close()
        names = _names(self._directory)
        self._begun_ms = max(now_ms, _begun_ms(names[-1]) + 1 if names else 0)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._file = os.open(self._directory / f"{self._begun_ms:020}.log", flags, 0o600)
        for name, following in zip(names, [*names[1:], f"{self._begun_ms:020}.log"], strict=False):
            if _begun_ms(following) < now_ms - KEEP_MS:
                with suppress(FileNotFoundError):
                    (self._directory / name).unlink()


class ClosingsFollower:
    """Reads the feed in another process, from what is left of the last day. One thread."""

    def __init__(self, directory: Path) -> None:
        """Follow the feed in this directory, which need not exist yet."""
        self._directory = directory
        self._name = ""
        self._file = -1
        self._rest = b""

    def poll(self) -> list[Closing]:
        """
        News since the last poll, oldest first, at most about POLL_BYTES of them; never blocks for long.

        Raises:
            OSError: The disk refuses; the next poll goes on.
        """
        names = _names(self._directory)  # before reading: what is appended to a file is there once the next exists
        news = self._read()
        for name in names:
            if news:
                break
            if name > self._name:
                self._open(name)
                news = self._read()
        return news

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def _open(self, name: str) -> None:
        self.close()
        self._name, self._rest = name, b""
        with suppress(FileNotFoundError):  # removed between the look and the touch: a day old
            self._file = os.open(self._directory / name, os.O_RDONLY | os.O_CLOEXEC)

    def _read(self) -> list[Closing]:
        if self._file < 0:
            return []
        data = self._rest + os.read(self._file, POLL_BYTES)
        news: list[Closing] = []
        at = 0
        while at + _FRAME.size <= len(data):
            length, checksum = _FRAME.unpack_from(data, at)
            payload = data[at + _FRAME.size : at + _FRAME.size + length]
            if len(payload) < length:
                break
            if not length or zlib.crc32(payload) != checksum:  # torn by a crash: the rest of this file is lost
                os.lseek(self._file, 0, os.SEEK_END)
                at = len(data)
                break
            news.append(_DECODER.decode(payload))
            at += _FRAME.size + length
        self._rest = data[at:]
        return news


def _names(directory: Path) -> list[str]:
    try:
        return sorted(path.name for path in directory.iterdir() if len(path.name) == 24 and path.suffix == ".log")
    except FileNotFoundError:
        return []


def _begun_ms(name: str) -> int:
    return int(name[:20])
