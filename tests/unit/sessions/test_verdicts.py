"""Reasons are stable codes."""

from playhead.sessions.verdicts import DUPLICATES, Reason


def test_duplicates_are_named_so() -> None:
    """A reason is a duplicate exactly if its code says so."""
    assert {reason for reason in Reason if reason.value.startswith("duplicate_")} == DUPLICATES
