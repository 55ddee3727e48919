"""
Duplicates (metrics.md 4.3): same `_id`, same requestId and index, or same type, timestamp and content.

An open session must recognise every event it ever accepted, so little is kept of each (decision 0014): of the latest
ones 8 bytes a name, of those before 3, of type and timestamp only the largest few. Where that is not enough to tell,
it says so (`Doubt`), all is fetched from the history, once, and kept from there on. So nothing here is a guess.
"""

from bisect import bisect_left
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from playhead.events.delivery import Delivery
from playhead.events.event import Event
from playhead.events.names import ACTION_OF
from playhead.sessions.quick import quick

_CODE: Final[Mapping[type[Event], int]] = {kind: code for code, kind in enumerate(ACTION_OF)}
_CODE_BITS: Final = 5

_PRIME: Final = 0xFFE3_9A6F_1D2C_5AF3
_SPREAD: Final = 0x9E37_79B9_7F4A_7C15
_STEP: Final = 0x1F83_D9AB_FB41_BD6B
"""Apart from each other, requestIds of one request are this far."""
_number_of: Final = int.from_bytes

NAME_BYTES: Final = 8
OLD_BYTES: Final = 3
LATEST_BYTES_MAX: Final = 12 * NAME_BYTES
"""Of so many names, or half of them, 8 bytes are kept: retries come soon, and are told without asking the history."""
MARKS_MAX: Final = 6
"""So many marks are kept, or half of them: requests under way at once may overtake each other."""

NO_MARK: Final = -(1 << 62)

Contents = dict[int, list[bytes]]
"""Mark of type and timestamp to the `mediaCollection` of each accepted event with it."""


class Doubt(Enum):
    """What is kept cannot tell whether an event was accepted before: the history can."""

    DOUBT = "doubt"


def mark_of(kind: type[Event], at_ms: int) -> int:
    """Type and timestamp as one number, ascending with the timestamp."""
    return (at_ms << _CODE_BITS) | _CODE[kind]


def name_of(text: str, index: int = -1) -> bytes:
    """
    A name in 8 bytes, the same in every process: an `_id`, or a requestId and the event's index in the request.

    The text, as a number, times another one, by a prime: texts that differ in a few places, as counters and UUIDs do,
    agree in the remainder no more often than random ones, nor in its first bytes.
    """
    number = _number_of(text.encode("utf-8", "surrogatepass"))
    return ((number * _SPREAD + index * _STEP) % _PRIME).to_bytes(NAME_BYTES)


@quick
class Seen(Struct, gc=False, array_like=True):
    """
    What was accepted of one session, as far as duplicates are concerned.

    Attributes:
        latest: The names added last, 8 bytes each.
        older: 3 bytes of each name before them. known: All names, once they were fetched; then the others are empty.
        marks: The largest ones, ascending; forgotten_mark: the largest of the others.
        contents: All marks with their contents, once they were fetched; then `marks` is empty.
    """

    latest: bytearray = field(default_factory=bytearray)
    older: bytearray = field(default_factory=bytearray)
    known: dict[bytes, None] | None = None
    marks: list[int] = field(default_factory=list)
    forgotten_mark: int = NO_MARK
    contents: Contents | None = None

    @classmethod
    def all(cls) -> "Seen":
        """One that keeps everything and never doubts."""
        return cls(known={}, contents={})

    def find(self, name: bytes) -> bool | Doubt:
        """Whether an event of this name was accepted before."""
        if self.known is not None:
            return name in self.known
        if self.latest.find(name) < 0 and self.older.find(name[:OLD_BYTES]) < 0:  # by far the most frequent
            return False
        if _holds(self.latest, name):
            return True
        return Doubt.DOUBT if _holds(self.older, name[:OLD_BYTES]) else False

    def find_content(self, delivery: Delivery, at_ms: int) -> bool | Doubt:
        """Whether an event of this type, timestamp (its own, not our stamp) and content (as JSON) was accepted before."""
        mark = (at_ms << _CODE_BITS) | _CODE[type(delivery.event)]
        if self.contents is None:
            marks = self.marks
            if not marks or mark > marks[-1]:
                return False
            return Doubt.DOUBT if mark <= self.forgotten_mark or mark in marks else False
        mine = delivery.media_collection
        return any(other == mine or same_json(other, mine) for other in self.contents.get(mark, ()))

    def add_name(self, name: bytes) -> None:
        """Remember a name of an accepted event."""
        if self.known is not None:
            self.known[name] = None
            return
        latest = self.latest
        latest += name
        if len(latest) > LATEST_BYTES_MAX:
            for place in range(0, LATEST_BYTES_MAX // 2, NAME_BYTES):
                self.older += latest[place : place + OLD_BYTES]
            del latest[: LATEST_BYTES_MAX // 2]

    def add_content(self, delivery: Delivery, at_ms: int) -> None:
        """Remember type, timestamp (its own) and content of an accepted event."""
        mark = (at_ms << _CODE_BITS) | _CODE[type(delivery.event)]
        if self.contents is not None:
            self.contents.setdefault(mark, []).append(delivery.media_collection)
            return
        marks = self.marks
        if not marks or mark > marks[-1]:
            marks.append(mark)
        elif mark > self.forgotten_mark:  # those below are in doubt anyway
            marks.insert(bisect_left(marks, mark), mark)
        if len(marks) > MARKS_MAX:
            self.forgotten_mark = marks[MARKS_MAX // 2 - 1]
            del marks[: MARKS_MAX // 2]

    def know(self, whole: "Seen") -> None:
        """Take over all names from one that kept everything."""
        self.known = whole.known
        self.latest.clear()
        self.older.clear()

    def know_contents(self, whole: "Seen") -> None:
        """Take over all marks and contents."""
        self.contents = whole.contents
        self.marks.clear()

    def let_go(self) -> None:
        """Go on with little, from one that kept everything."""
        assert self.known is not None, "it kept everything"
        assert self.contents is not None, "it kept everything"
        names, marks = list(self.known), sorted(self.contents)
        self.known = self.contents = None
        kept = LATEST_BYTES_MAX // 2 // NAME_BYTES
        self.older = bytearray().join(name[:OLD_BYTES] for name in names[:-kept])
        self.latest = bytearray().join(names[-kept:])
        self.marks = marks[-MARKS_MAX // 2 :]
        self.forgotten_mark = max(marks[: -MARKS_MAX // 2], default=NO_MARK)


def _holds(names: bytearray, name: bytes) -> bool:
    """Whether a name is one of those, which are all as long as it."""
    place = names.find(name)
    while place >= 0 and place % len(name):
        place = names.find(name, place + 1)
    return place >= 0


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
