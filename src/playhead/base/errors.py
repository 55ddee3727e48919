"""
The tree of what the world can do to us. What a player does wrong is a value (`wire.refusals`), never an exception.

    PlayheadError
    ├── UsageError            the operator asked for something that cannot be: wrong option, unknown key, bad file
    │   └── QuestionError         a report has no meaning: says which part of the question, and why
    ├── DataDirectoryError    the data directory cannot be used
    │   └── AlreadyRunningError   another process holds it
    ├── JournalError
    │   ├── JournalFullError      the disk refuses more bytes; nothing was acknowledged
    │   └── CorruptFrameError     bytes in the middle of the log do not match their checksum
    ├── OverloadedError       a bounded queue is full; the caller is told to come back
    └── StoreError            the store cannot be read or written
"""


class PlayheadError(Exception):
    """Anything the world did that we could not absorb."""


class UsageError(PlayheadError):
    """The operator asked for something that cannot be. The message says what would work."""


class QuestionError(UsageError):
    """
    A question about reports has no meaning.

    Attributes:
        path: The part of it: `metrics[1]`, `segment.all[0].op`.
        reason: Why, in words that say what would have one.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class DataDirectoryError(PlayheadError):
    """The data directory is missing, not ours or not writable."""


class AlreadyRunningError(DataDirectoryError):
    """Another process holds the data directory."""


class JournalError(PlayheadError):
    """The journal cannot be read or written."""


class JournalFullError(JournalError):
    """The disk refuses more bytes. Nothing of the batch was acknowledged."""


class CorruptFrameError(JournalError):
    """
    Bytes in the middle of the log do not match their checksum.

    Attributes:
        path: File the frame is in.
        offset: Position of the frame in the log, in bytes.
    """

    def __init__(self, path: str, offset: int, reason: str) -> None:
        super().__init__(f"{path}: frame at offset {offset}: {reason}")
        self.path = path
        self.offset = offset


class OverloadedError(PlayheadError):
    """A bounded queue is full. The caller is told to come back; nothing was kept."""


class StoreError(PlayheadError):
    """The store cannot be read or written."""
