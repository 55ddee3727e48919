"""
The deliveries of a session so far, for the reporter: from the store, and what is not in it yet.

Law: every delivery up to the one that is being taken, in arrival order, however often it is asked.
"""

from collections.abc import Sequence

from playhead.base.units import SessionId
from playhead.events.delivery import Delivery
from playhead.pipeline.committer import Committer
from playhead.store.port import Store

REMEMBERED = 20_000
"""Deliveries of sessions asked for lately that are kept in memory, some 30 MB: a player that goes on and on about a
session that closed costs one reading of the store."""


class Past:
    """A `History`. The thread of the worker."""

    def __init__(self, store: Store, committer: Committer, *, remembered: int = REMEMBERED) -> None:
        """Nothing is remembered."""
        self._store = store
        self._committer = committer
        self._remembered = remembered
        self._lately: dict[SessionId, list[Delivery]] = {}
        self._held = 0

    def deliveries(self, session_id: SessionId) -> Sequence[Delivery]:
        """
        As `History` says: what is known to be in the store, then what is not.

        The store may already have more: a commit that is under way, or one that was taken though it seemed to fail.
        """
        known = self._lately.pop(session_id, None)
        if known is None:
            known = [*self._store.deliveries(session_id, self._committer.sequence), *self._committer.fresh(session_id)]
            self._held += len(known)
        self._lately[session_id] = known  # asked for last
        while self._held > self._remembered and len(self._lately) > 1:
            self._held -= len(self._lately.pop(next(iter(self._lately))))
        return known

    def took(self, delivery: Delivery) -> None:
        """A delivery was taken."""
        known = self._lately.get(delivery.session_id)
        if known is not None:
            known.append(delivery)
            self._held += 1
