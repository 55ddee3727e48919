"""Which events undo a close (metrics.md 4.1): the one statement of it, for the processor and for what collectors are told."""

from typing import NamedTuple, Protocol

from playhead.sessions.rules import Rules


class Timers(Protocol):
    """What the rule needs of a session; members as in `reporting.outputs.SessionRecord`."""

    @property
    def started_received_ms(self) -> int: ...  # noqa: D102
    @property
    def last_received_ms(self) -> int: ...  # noqa: D102
    @property
    def playhead_changed_ms(self) -> int: ...  # noqa: D102
    @property
    def largest_at_ms(self) -> int: ...  # noqa: D102


class Reopens(NamedTuple):
    """
    Events that undo a provisional close, by arrival, Unix ms.

    Attributes:
        any_before_ms: Those that arrive earlier than this; None: no such span.
        before_ms: Those that arrive earlier than this and have a timestamp below `at_ms_below`; None: any timestamp.
    """

    any_before_ms: int | None
    before_ms: int
    at_ms_below: int | None


def reopens(session: Timers, rules: Rules, *, completed: bool) -> Reopens:
    """
    Which events undo a provisional close.

    Args:
        session: As it was when it closed.
        rules: Its rules.
        completed: It closed for `complete`; else for `idle`.
    """
    flushed_before_ms = session.started_received_ms + rules.reopen_ms
    at_ms_below = session.largest_at_ms + rules.idle_ms
    if not completed:
        return Reopens(None, flushed_before_ms, at_ms_below)
    idle_ms = session.last_received_ms + rules.idle_ms
    final_ms = min(session.playhead_changed_ms + rules.playhead_ms, session.started_received_ms + rules.age_ms)
    if idle_ms >= final_ms:  # on a tie the final cause wins: what comes later finds it closed for good
        return Reopens(final_ms, final_ms, None)
    return Reopens(idle_ms, flushed_before_ms, at_ms_below)
