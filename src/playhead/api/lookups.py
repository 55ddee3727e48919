"""Routes of lookups (metrics.md 6.3): what people keep beside what players send, as JSON or CSV."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import msgspec
from litestar import Response, delete, get, patch, put
from litestar.params import PathParameter, QueryParameter, RawBody
from litestar.response import Stream
from msgspec import Struct

from playhead.api.context import AnyRequest, context_of
from playhead.api.limits import LOOKUP_BYTES_MAX, PAGE_ITEMS_DEFAULT, TEXT_CHARS_MAX
from playhead.api.parameters import Cursor, Limit, cursor_at, place_after
from playhead.api.problems import FieldProblem, ProblemError, wrong_input
from playhead.reporting.dimensions import LOOKUPS
from playhead.reporting.lookups import (
    Entries,
    LookupSize,
    WrongTableError,
    header_of,
    read_csv,
    read_items,
    refuse_growth,
    shown,
    written_csv,
)

_TAGS = ["lookups"]

_Id = Annotated[str, PathParameter(description="The lookup: `content`, `ad`, `ad-pod` or `chapter`.")]


class LookupItem(Struct, frozen=True):
    """
    One lookup.

    Attributes:
        id: The dimension that is its key.
        entries: How many keys it says something of.
        columns: Those that have values; what is not in `overrides` is the dimension `lookup:ID:COLUMN`.
        overrides: The columns that override dimensions.
    """

    id: str
    entries: int
    columns: Sequence[str]
    overrides: Sequence[str]


class LookupPage(Struct, frozen=True):
    """All lookups, those without entries included; there is one page."""

    items: Sequence[LookupItem]
    cursor: str | None = None


class LookupEntryPage(Struct, frozen=True):
    """Entries by key: its column and those it has a value of."""

    items: Sequence[Mapping[str, str | int]]
    cursor: str | None


class _Body(Struct, frozen=True, forbid_unknown_fields=True):
    items: list[dict[str, str | int | float | bool | None]]


@get("/lookups", sync_to_thread=True, tags=_TAGS, summary="All lookups")
def list_lookups(request: AnyRequest) -> LookupPage:
    """What each holds, and what it may override."""
    return LookupPage([_item(lookup, size) for lookup, size in context_of(request).store.lookups().items()])


@get("/lookups/{lookup:str}", sync_to_thread=True, tags=_TAGS, summary="Entries of a lookup")
def get_lookup(
    request: AnyRequest, lookup: _Id, limit: Limit = PAGE_ITEMS_DEFAULT, cursor: Cursor = None
) -> LookupEntryPage:
    """In order of their keys."""
    place = place_after(f"lookup {_known(lookup)}", cursor, _Key, (str,))
    after = None if place is None else place.key
    found = list(context_of(request).store.lookup(lookup, after, limit + 1))
    items = [
        {lookup: key, **{name: shown(name, values[name]) for name in header_of(lookup, values)[1:]}}
        for key, values in found[:limit]
    ]
    last = _Key(found[limit - 1].key) if len(found) > limit else None
    return LookupEntryPage(items, cursor_at(f"lookup {lookup}", last))


@get("/lookups/{lookup:str}/csv", sync_to_thread=True, tags=_TAGS, summary="A lookup as CSV")
def get_lookup_csv(request: AnyRequest, lookup: _Id) -> Stream:
    """All of it, as `PUT` takes it; of an empty lookup the header."""
    store = context_of(request).store
    size = store.lookups()[_known(lookup)]
    lines = written_csv(lookup, size.columns or LOOKUPS[lookup], store.lookup(lookup))
    headers = {"content-disposition": f'attachment; filename="lookup-{lookup}.csv"'}
    return Stream(_pieces(lines), media_type="text/csv", headers=headers)


@put(
    "/lookups/{lookup:str}",
    sync_to_thread=True,
    tags=_TAGS,
    summary="Replace a lookup",
    request_max_body_size=LOOKUP_BYTES_MAX,
    csv=True,
)
def put_lookup(request: AnyRequest, lookup: _Id, body: RawBody) -> LookupItem:
    """The whole of it at once. 400 names what is wrong by line and column; nothing is changed then."""
    return _changed(request, _known(lookup), body, whole=True)


@patch(
    "/lookups/{lookup:str}",
    sync_to_thread=True,
    tags=_TAGS,
    summary="Change entries of a lookup",
    request_max_body_size=LOOKUP_BYTES_MAX,
    csv=True,
)
def patch_lookup(request: AnyRequest, lookup: _Id, body: RawBody) -> LookupItem:
    """Entries and columns that are named; null, or an empty cell, takes a value away."""
    return _changed(request, _known(lookup), body, whole=False)


@delete(
    "/lookups/{lookup:str}", status_code=204, sync_to_thread=True, tags=_TAGS, summary="Remove an entry of a lookup"
)
def delete_lookup_entry(
    request: AnyRequest,
    lookup: _Id,
    key: Annotated[
        str | None, QueryParameter(name="key", max_length=TEXT_CHARS_MAX, description="The key of the entry; required.")
    ] = None,
) -> Response[None]:
    """204; 404 if there is none of this key."""
    if key is None:
        raise wrong_input(FieldProblem("key", "is required"))
    if not context_of(request).store.remove_lookup_entry(_known(lookup), key):
        raise ProblemError(404, "The lookup has no entry of this key.")
    return Response(None)


class _Key(Struct, frozen=True):
    """The last key of the page before."""

    key: str


def _known(lookup: str) -> str:
    if lookup not in LOOKUPS:
        raise ProblemError(404, f"There is no such lookup; there are {', '.join(LOOKUPS)}.")
    return lookup


def _changed(request: AnyRequest, lookup: str, body: bytes, *, whole: bool) -> LookupItem:
    store = context_of(request).store
    try:
        entries = _read(request, lookup, body)
        if not whole:
            refuse_growth(lookup, store.lookups()[lookup], entries)
    except WrongTableError as error:
        raise wrong_input(*(FieldProblem(*slip) for slip in error.slips)) from None
    store.change_lookup(lookup, entries, whole=whole)
    return _item(lookup, store.lookups()[lookup])


def _read(request: AnyRequest, lookup: str, body: bytes) -> Entries:
    if request.headers.get("content-type", "").strip().lower().startswith("text/csv"):
        return read_csv(lookup, body)
    try:
        return read_items(lookup, msgspec.json.decode(body, type=_Body).items)
    except (msgspec.MsgspecError, UnicodeError) as error:
        reason = f'is not {{"items": [{{"{lookup}": "...", ...}}]}}: {error}'
        raise wrong_input(FieldProblem("items", reason)) from None


def _item(lookup: str, size: LookupSize) -> LookupItem:
    return LookupItem(lookup, size.entries, header_of(lookup, size.columns)[1:], LOOKUPS[lookup])


def _pieces(lines: Iterator[str]) -> Iterator[bytes]:
    """Lines in pieces of some size."""
    piece: list[str] = []
    for line in lines:
        piece.append(line)
        if len(piece) == LINES_A_PIECE:
            yield "".join(piece).encode()
            piece.clear()
    yield "".join(piece).encode()


LINES_A_PIECE = 500

LOOKUP_ROUTES = (list_lookups, get_lookup, get_lookup_csv, put_lookup, patch_lookup, delete_lookup_entry)
