"""
Duplicates (metrics.md 4.3): same `_id`, same requestId and index, or same type, timestamp and content.

An open session must recognise every event it ever accepted, so what is kept of each is small: 8 bytes for its
names and 8 for its type and timestamp (decision 0010). Contents are compared only when type and timestamp agree;
the earlier one's is then fetched from the history, once, and from there on contents are kept.
"""

from array import array
from bisect import bisect_left, insort
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from playhead.events.delivery import Delivery
from playhead.events.event import Event
from playhead.events.names import ACTION_OF
from playhead.sessions.verdicts import Reason

_CODE: Final[Mapping[type[Event], int]] = {kind: code for code, kind in enumerate(ACTION_OF)}
_CODE_BITS: Final = 5

Contents = dict[int, list[bytes]]
"""Mark of type and timestamp to the `mediaCollection` of each accepted event with it."""


def mark_of(kind: type[Event], at_ms: int) -> int:
    """Type and timestamp as one number, ascending with the timestamp."""
    return (at_ms << _CODE_BITS) | _CODE[kind]


class Seen:
    """
    What was accepted of one session, as far as duplicates are concerned.

    `contents` is None until two events had one type and timestamp.
    """

    __slots__ = ("_marks", "_names", "contents")

    def __init__(self, *, keep_contents: bool = False) -> None:
        self._names = array("q")  # hashes of ids and of (requestId, index), ascending
        self._marks = array("q")  # ascending
        self.contents: Contents | None = {} if keep_contents else None

    def find(self, delivery: Delivery) -> Reason | None:
        """Whether its `_id`, or its requestId and index, were accepted before."""
        names = self._names
        name = delivery.client_id
        if name is not None:
            key = hash(name)
            place = bisect_left(names, key)
            if place < len(names) and names[place] == key:
                return Reason.DUPLICATE_ID
        name = delivery.request_id
        if name is not None:
            key = hash((name, delivery.index))
            place = bisect_left(names, key)
            if place < len(names) and names[place] == key:
                return Reason.DUPLICATE_REQUEST
        return None

    def has_mark(self, kind: type[Event], at_ms: int) -> bool:
        """Whether an event of this type and timestamp (of its own, not our stamp) was accepted before."""
        marks = self._marks
        mark = (at_ms << _CODE_BITS) | _CODE[kind]
        if not marks or mark > marks[-1]:
            return False
        place = bisect_left(marks, mark)
        return marks[place] == mark

    def find_content(self, delivery: Delivery, at_ms: int) -> Reason | None:
        """Whether one of those has the same content, as JSON. `contents` must be there."""
        assert self.contents is not None, "contents are fetched before they are compared"
        mine = delivery.media_collection
        for other in self.contents.get(mark_of(type(delivery.event), at_ms), ()):
            if other == mine or same_json(other, mine):
                return Reason.DUPLICATE_CONTENT
        return None

    def add(self, delivery: Delivery, at_ms: int | None) -> None:
        """Remember an accepted delivery; `at_ms` is its own timestamp, None where ours took its place."""
        if delivery.client_id is not None:
            insort(self._names, hash(delivery.client_id))
        if delivery.request_id is not None:
            insort(self._names, hash((delivery.request_id, delivery.index)))
        if at_ms is None:
            return
        mark = (at_ms << _CODE_BITS) | _CODE[type(delivery.event)]
        marks = self._marks
        if not marks or mark > marks[-1]:
            marks.append(mark)
        else:
            insort(marks, mark)
        if self.contents is not None:
            self.contents.setdefault(mark, []).append(delivery.media_collection)


def same_json(one: bytes, other: bytes) -> bool:
    """Whether two texts are the same JSON value: order of members and spelling of numbers do not count."""
    try:
        return _same(msgspec.json.decode(one), msgspec.json.decode(other))
    except msgspec.DecodeError:
        return False


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_same(mine, its) for mine, its in zip(one, other, strict=True))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
