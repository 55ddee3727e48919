"""What the console needs from the rest, as ports. Every read may block: the routes call them in a thread."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, Protocol

from msgspec import Struct

from playhead.base.units import SessionId
from playhead.pipeline.balance import Sheet
from playhead.pipeline.live import LiveNow
from playhead.reporting.outputs import Judged, Retraction, Row, SessionRecord
from playhead.store.port import Lookups, Queryable, Store


class ConsoleStore(Store, Queryable, Lookups, Protocol):
    """A store that also answers SQL, keeps lookups and can be copied."""

    def copy(self) -> Iterator[bytes]:
        """All of it as of one instant, in the form of `store.transfer`. Raises StoreError."""
        ...


class Pending(Struct, frozen=True):
    """
    What the processor has of one session and has not committed.

    Attributes:
        judged: Deliveries with what became of them, in order of arrival.
        rows: Rows and retractions, in the order they were written.
        after: The number of the store's latest delivery that is not among these; None: it has nothing that is.
    """

    judged: Sequence[Judged] = ()
    rows: Sequence[Row | Retraction] = ()
    after: int | None = None


class Live(Protocol):
    """The processor's state of now. Safe to call from any thread; may wait for a step of the processor."""

    def view(self, session_id: SessionId) -> SessionRecord | None:
        """
        The session as of now: of one held open as if it closed now, of one that closed since the last commit its record.

        Returns:
            None if the store knows as much.
        """
        ...

    def pending(self, session_id: SessionId) -> Pending:
        """What is not committed yet. To be read before the store, of which deliveries behind `after` are then left out."""
        ...

    def now(self, datastream: str | None) -> LiveNow:
        """Who watches now, of one datastream or of all. Raises PlayheadError while there is no processor."""
        ...

    def balance(self, from_ms: int, until_ms: int, *, by_hour: bool) -> Sheet:
        """
        The balance sheet of the hours that start in [from_ms, until_ms), Unix ms, as of one instant.

        Not `by_hour`: summed up over these hours; keys have the hour 0 then. Raises StoreError where the store cannot be
        read or there is no processor now.
        """
        ...


class SettingItem(Struct, frozen=True, kw_only=True):
    """
    One setting of the server as it is in effect.

    Attributes:
        key: `sessions.idle_timeout_s`.
        value, default: In the types of JSON; lists for what may be several.
        source, place: Where the value came from, and which option, variable or file it was; empty for a default.
        variable: The environment variable that sets it.
        meaning: One sentence for people, words in backticks literal.
    """

    key: str
    value: Any
    default: Any
    source: Literal["option", "environment", "file", "default"]
    place: str
    variable: str
    meaning: str


class Check(Struct, frozen=True):
    """One thing that must hold for the console to be useful: its name, and what is wrong; None if it holds."""

    name: str
    trouble: str | None = None


Checks = Callable[[], Sequence[Check]]
"""Asks everything readiness depends on: store open, journals followed, lag bounded. May block."""
