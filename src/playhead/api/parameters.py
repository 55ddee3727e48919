"""Parameters that several routes share, and how their texts become values."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

import msgspec
from litestar.params import PathParameter, QueryParameter
from msgspec import Struct
from msgspec.structs import astuple

from playhead.api.cursors import cursor_of, place_of
from playhead.api.limits import PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX, SQL_CHARS_MAX, TEXT_CHARS_MAX
from playhead.api.problems import FieldProblem, wrong_input
from playhead.api.times import read
from playhead.base.errors import QuestionError
from playhead.reporting.segments import Segment, segment_of

Limit = Annotated[
    int,
    QueryParameter(
        name="limit", ge=1, le=PAGE_ITEMS_MAX, description=f"Items a page; {PAGE_ITEMS_DEFAULT} if not given."
    ),
]
Cursor = Annotated[
    str | None,
    QueryParameter(name="cursor", max_length=TEXT_CHARS_MAX, description="Of the page before; none for the first."),
]
TimeZone = Annotated[
    str, QueryParameter(name="timeZone", max_length=TEXT_CHARS_MAX, description="IANA name; UTC if not given.")
]
SegmentText = Annotated[
    str | None,
    QueryParameter(name="segment", max_length=SQL_CHARS_MAX, description="Which sessions, as JSON as in reports."),
]
DatastreamPath = Annotated[str, PathParameter(description="The datastream's id.")]
SessionPath = Annotated[str, PathParameter(description="The session's id, as given to the player.")]

P = TypeVar("P")


def time_of(name: str, text: str | None) -> int | None:
    """
    The time in a query parameter, in Unix ms; None if it was not given.

    Raises:
        ProblemError: 400, it is no RFC 3339 time.
    """
    try:
        return None if text is None else read(text)
    except ValueError as error:
        raise wrong_input(FieldProblem(name, str(error))) from None


def json_in(text: str, name: str) -> object:
    """
    The JSON in a query parameter.

    Raises:
        QuestionError: It is none.
    """
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise QuestionError(name, f"is not JSON: {error}") from None


def segment_in(text: str | None) -> Segment | None:
    """
    The segment in a query parameter; None if there is none.

    Raises:
        QuestionError: It is no JSON, or has no meaning.
    """
    return segment_of(json_in(text, "segment")) if text else None


def place_after(kind: str, cursor: str | None, place: Callable[..., P], types: Sequence[type]) -> P | None:
    """
    The place a cursor of the list `kind` stands for; None if there is no cursor.

    Raises:
        ProblemError: 400, it is no cursor of that list.
    """
    try:
        return None if cursor is None else place(*place_of(kind, cursor, types))
    except ValueError as error:
        raise wrong_input(FieldProblem("cursor", str(error))) from None


def cursor_at(kind: str, place: Struct | tuple[Any, ...] | None) -> str | None:
    """The cursor of a place; None if nothing follows."""
    if place is None:
        return None
    return cursor_of(kind, astuple(place) if isinstance(place, Struct) else place)
