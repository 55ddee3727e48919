"""
Opening a log for writing: lock, head, recovery, first clock mark, in that order.

Law: when it returns, the end of the log is good, the readers know it, and nobody else can write; when it raises, it
holds nothing, and trying again is safe.
"""

import errno
import os
from collections.abc import Callable

from playhead.base.disk import Disk
from playhead.base.errors import JournalError, JournalFullError
from playhead.journal.head import HeadWriter, open_head, read_head
from playhead.journal.recover import Recovery, recover
from playhead.journal.segment import LOCK_NAME
from playhead.journal.spare import Spares
from playhead.journal.tail import Tail

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class OpenLog:
    """
    A log that is ours to write.

    Attributes:
        tail: Its writable end.
        recovery: What opening found.
    """

    def __init__(self, tail: Tail, recovery: Recovery, closers: list[Callable[[], None]]) -> None:
        self.tail = tail
        self.recovery = recovery
        self._closers = closers

    def close(self, *, sealed: bool) -> None:
        """Let go of it; `sealed` tells the readers that nothing follows. Closing twice does nothing."""
        if self._closers:
            self.tail.close(sealed=sealed)
        while self._closers:
            self._closers.pop()()


def open_log(
    disk: Disk,
    directory: str,
    now_ms: int,
    *,
    spares: Callable[[Disk, str], Spares],
    compress: bool = False,
    entropy: Callable[[int], bytes] = os.urandom,
) -> OpenLog:
    """
    Take the directory, make its log good and write the first clock mark.

    Args:
        disk: Where it is.
        directory: The journal's own; made when it is missing.
        now_ms: The writer's clock, Unix ms; lifted where it is behind the last batch.
        spares: Where new segments come from.
        compress: Pack batches with zlib.
        entropy: Gives random bytes, for the id of a new log.

    Raises:
        AlreadyRunningError: Another writer has it.
        JournalError: The disk refused.
    """
    closers: list[Callable[[], None]] = []
    tail: Tail | None = None
    try:
        disk.make_directory(directory)
        closers.append(disk.lock(f"{directory}/{LOCK_NAME}").release)
        page = open_head(disk, directory)
        closers.append(page.close)
        recovery = recover(disk, directory, read_head(page), entropy)
        source = spares(disk, directory)
        closers.append(source.close)
        tail = Tail(
            disk,
            directory,
            HeadWriter(page),
            source,
            log_id=recovery.log_id,
            position=recovery.position,
            floor_ms=recovery.last_mark_ms,
            compress=compress,
        )
        tail.write((), now_ms)
    except BaseException as error:
        if tail is not None:
            tail.close(sealed=False)
        while closers:
            closers.pop()()
        if isinstance(error, OSError):
            raise failure_of(error) from error
        raise
    return OpenLog(tail, recovery, closers)


def failure_of(error: OSError) -> JournalError:
    """The disk's refusal in the words of the journal."""
    kind = JournalFullError if error.errno in _FULL else JournalError
    return kind(str(error))
