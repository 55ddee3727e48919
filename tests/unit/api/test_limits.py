"""Limits of the console fit each other."""

from playhead.api import limits


def test_limits_fit_each_other() -> None:
    """A page fits into what a search looks at, the live list into what may wait for a listener."""
    assert limits.PAGE_ITEMS_DEFAULT <= limits.PAGE_ITEMS_MAX < limits.SCANNED_SESSIONS_MAX
    assert limits.STREAM_SESSIONS < limits.STREAM_PENDING_MAX
    assert limits.STREAM_POLL_S < limits.STREAM_HEARTBEAT_S
    assert limits.SQL_CHARS_MAX < limits.BODY_BYTES_MAX
