"""
What a start would go on from, held against what the log gives (decision 0090).

Law: open sessions are kept in a form of their own, which is thrown away as soon as they close; so it is not compared itself,
but what comes of it: a session taken up from its snapshot and what came after is the same as one folded from its beginning.
"""

import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from playhead.base.settings import SettingsInForce
from playhead.base.units import DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.pipeline.recompute import open_in
from playhead.reporting.outputs import Snapshot
from playhead.reporting.reporter import History, Reporter
from playhead.sessions.frozen import thaw

_UNREADABLE = (
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    msgspec.MsgspecError,
    struct.error,
)
"""What bytes that are no snapshot lead to."""


def misremembered(
    snapshots: Iterable[Snapshot],
    unfinished: Iterable[Delivery],
    history: History,
    settings_at: Callable[[DatastreamId, int], SettingsInForce],
    *,
    now_ms: int,
    true: Mapping[SessionId, bytes | None],
) -> dict[SessionId, str]:
    """
    The sessions a start would have otherwise than the log gives them, and in what way; of no session: none could be read.

    Args:
        snapshots: What is kept of open sessions.
        unfinished: Their deliveries since.
        history: Where their deliveries can be read again.
        settings_at: As of `Recomputation`.
        now_ms: The store's time.
        true: The open sessions as the log gives them.
    """
    at_ms = 0
    reporter = Reporter(lambda datastream_id: settings_at(datastream_id, at_ms), history)
    try:
        reporter.resume(snapshots)
        for delivery in unfinished:
            at_ms = max(at_ms, delivery.received_ms)
            reporter.take(delivery)
        reporter.advance(now_ms)
        kept = open_in(reporter)
    except _UNREADABLE as error:
        return {SessionId(""): f"cannot be read: {error}"}
    wrong = dict.fromkeys(kept.keys() - true.keys(), "is open, the log closes it or does not know it")
    wrong |= dict.fromkeys(true.keys() - kept.keys(), "would not be open")
    for name in kept.keys() & true.keys():
        if kept[name] != true[name] and _content(name, kept[name]) != _content(name, true[name]):
            wrong[name] = "would go on otherwise"
    return wrong


def _content(session_id: SessionId, body: bytes | None) -> Any:
    """
    All of a frozen session, as values: a timeout of 600 is one of 600.0.

    Without its number, which says in what order sessions were opened since some start.
    """
    if body is None:
        return None
    session = thaw(session_id, body)
    session.number = 0
    return msgspec.to_builtins(session)
