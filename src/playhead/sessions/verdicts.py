"""Why a delivery was not accepted: stable codes, shown beside the event (interfaces.md 4)."""

from enum import StrEnum


class Reason(StrEnum):
    """Codes of `Judged.reason`. The `DUPLICATE_` ones are duplicates (metrics.md 4.3), the others drops."""

    DUPLICATE_ID = "duplicate_id"
    """An accepted event of the session has the same `xdm._id`."""
    DUPLICATE_REQUEST = "duplicate_request"
    """An accepted event of the session has the same requestId and index."""
    DUPLICATE_CONTENT = "duplicate_content"
    """An accepted event of the session has the same type, timestamp and content."""
    DUPLICATE_START = "duplicate_start"
    """The session has begun already."""
    SESSION_ENDED = "session_ended"
    """It came after the sessionEnd."""
    SESSION_CLOSED = "session_closed"
    """The session timed out and this event cannot reopen it."""
    SESSION_UNKNOWN = "session_unknown"
    """There is no such session, or it began more than 24 h ago."""
    START_MISSING = "start_missing"
    """A download that does not begin with a sessionStart."""


DUPLICATES = frozenset(
    {Reason.DUPLICATE_ID, Reason.DUPLICATE_REQUEST, Reason.DUPLICATE_CONTENT, Reason.DUPLICATE_START}
)
