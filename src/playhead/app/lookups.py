"""Lookups for the command line: through the running server, or, when none runs, in the store itself (decision 0064)."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from msgspec import Struct

from playhead.app.ask import asked, held_alone, running_console
from playhead.app.clock import SystemClock
from playhead.base.errors import StoreError
from playhead.deployment.layout import Layout
from playhead.reporting.dimensions import LOOKUPS
from playhead.reporting.lookups import header_of, read_csv, refuse_growth, written_csv
from playhead.store.port import Lookups

PIECE_BYTES = 64 * 1024

_PATH = "/api/v1/lookups"


class Held(Struct, frozen=True):
    """A lookup: its key, how many entries it has, and the columns that have values."""

    id: str
    entries: int
    columns: list[str]


class _Page(Struct, frozen=True):
    items: list[Held]


def list_held(layout: Layout) -> list[Held]:
    """All lookups. Raises PlayheadError: neither the server nor the store can be asked."""
    address = running_console(layout)
    if address is not None:
        with asked(address, "GET", _PATH) as answer:
            return msgspec.json.decode(answer.read(), type=_Page).items
    with _opened(layout) as store:
        return [_held(store, lookup) for lookup in LOOKUPS]


def bring(layout: Layout, lookup: str, data: bytes, *, whole: bool) -> Held:
    """
    Take a table of CSV.

    Args:
        layout: The data directory.
        lookup: Which.
        data: The file.
        whole: It replaces the lookup; else it changes the entries and columns it names.

    Returns:
        What the lookup holds now.

    Raises:
        WrongTableError: Nothing was taken; says what is wrong, a line each.
        PlayheadError: Neither the server nor the store can be asked.
    """
    entries = read_csv(lookup, data)
    address = running_console(layout)
    if address is not None:
        method = "PUT" if whole else "PATCH"
        with asked(address, method, f"{_PATH}/{lookup}", data, kind="text/csv") as answer:
            return msgspec.json.decode(answer.read(), type=Held)
    with _opened(layout) as store:
        if not whole:
            refuse_growth(lookup, store.lookups()[lookup], entries)
        store.change_lookup(lookup, entries, whole=whole)
        return _held(store, lookup)


def carry(layout: Layout, lookup: str) -> Iterator[bytes]:
    """A lookup as CSV, in pieces. Raises PlayheadError: neither the server nor the store can be asked."""
    address = running_console(layout)
    if address is not None:
        with asked(address, "GET", f"{_PATH}/{lookup}/csv") as answer:
            while piece := answer.read(PIECE_BYTES):
                yield piece
        return
    with _opened(layout) as store:
        columns = store.lookups()[lookup].columns or LOOKUPS[lookup]
        for line in written_csv(lookup, columns, store.lookup(lookup)):
            yield line.encode()


def _held(store: Lookups, lookup: str) -> Held:
    size = store.lookups()[lookup]
    return Held(lookup, size.entries, header_of(lookup, size.columns)[1:])


@contextmanager
def _opened(layout: Layout) -> Iterator[Lookups]:
    """The store of a directory of which no server is running."""
    from playhead.store.duck import DuckStore  # noqa: PLC0415 - 150 ms that a question to the server does not need

    with held_alone(layout):
        if not layout.store.exists():
            raise StoreError(f"there is no store in {layout.root} yet; `playhead serve` makes it")
        store = DuckStore(layout.store, SystemClock())
        try:
            yield store
        finally:
            store.close()
