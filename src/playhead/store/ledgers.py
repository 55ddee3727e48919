"""
How each table of the store is compared with what the log gives (decision 0090).

Law: every column of every table is compared, or is left out by name and with its reason here; a table or column that a
migration adds is compared, or has to be named (held by tests/unit/store/test_audit.py).
"""

from collections.abc import Mapping

from msgspec import Struct

from playhead.base.units import DAY_MS, HOUR_MS


class Reach(Struct, frozen=True, kw_only=True):
    """
    How far back the log goes.

    Attributes:
        whole: From the first event to the last, without a gap: deliveries and rows carry the same numbers.
        archive_ms: What came up to then is known from the store's own archive, as the journals were given back; 0: nothing.
    """

    whole: bool = True
    archive_ms: int = 0


class Table(Struct, frozen=True, kw_only=True):
    """
    How a table is compared.

    Attributes:
        name: In `kept`.
        keys: What names a row: expressions by name.
        more: Compared besides the columns: expressions by name.
        without: Columns that are not compared, and why.
        only: Condition on the rows that are compared; the others are from before the log.
        removed_as: The class of data it goes with when it becomes too old (`kept.removal`); empty: it never does.
    """

    name: str
    keys: Mapping[str, str]
    more: Mapping[str, str] = {}
    without: Mapping[str, str] = {}
    only: str = "true"
    removed_as: str = ""


_PLACE = "row_number() OVER (PARTITION BY session_id ORDER BY sequence)"
_SESSION = {"session_id": "session_id"}
_PART = {"session_id": "session_id", "ordinal": "ordinal"}
_UNCOUNTED = "part of the log is gone, so that what was ever written cannot be counted; the order is compared"
_NEAR = "knows of sessions that went away since; at most as large as it ought to be, which is what it is for"

_AFTER_THE_FIRST = (
    "from_ms > (SELECT coalesce(min(from_ms), 0) FROM recomputed.kept.setting AS first "
    "WHERE first.datastream_id = setting.datastream_id)"
)
"""The first settings asked for by what is left of the log may have been in force for long."""


def tables(reach: Reach) -> tuple[Table, ...]:
    """Every table of `kept` that is compared: by numbers where the log is whole, else by order."""
    uncounted = {} if reach.whole else {"sequence": _UNCOUNTED}
    by_number = {"number": "sequence"} if reach.whole else {**_SESSION, "place": _PLACE}
    # a session whose start is gone may be said to be unknown for a day more
    since_ms = (reach.archive_ms + DAY_MS) // HOUR_MS * HOUR_MS if reach.archive_ms else -1
    return (
        Table(name="event", keys=by_number, without=uncounted, removed_as="event"),
        Table(name="session", keys=_SESSION, without={"near_ms": _NEAR}, removed_as="session"),
        Table(
            name="reported",
            keys={"row_id": "row_id"},
            more={"place": _PLACE},
            without=uncounted,
            removed_as="reported",
        ),
        *(Table(name=name, keys=_PART, removed_as="session") for name in ("ad", "chapter", "player_state")),
        Table(
            name="balance",
            keys={name: name for name in ("datastream_id", "hour_ms", "item", "reason")},
            only=f"hour_ms > {since_ms}",
        ),
        Table(
            name="setting",
            keys={name: name for name in ("datastream_id", "from_ms")},
            only=_AFTER_THE_FIRST if reach.archive_ms else "true",
        ),
        Table(name="position", keys={"journal": "journal"}),
        Table(
            name="clock",
            keys={"numbers": "'of the store'"},
            without={} if reach.whole else {"sequence": _UNCOUNTED, "row_sequence": _UNCOUNTED},
        ),
    )


LEFT_OUT: Mapping[str, str] = {
    "snapshot": "a store may have any of them, or none: what a start would make of them is compared instead",
    "lookup": "says what people keep beside the log, which no row that is kept knows of (decision 0077)",
    "removal": "says what was removed because of its age, of which the log says nothing",
}
"""Tables that are not compared, and why."""
