"""The route of questions in SQL: what `playhead query` asks of a running server. It reads, and only the store."""

from collections.abc import Iterator
from itertools import chain
from typing import Annotated

from litestar import post
from litestar.params import JSONBody
from litestar.response import Stream
from msgspec import Meta, Struct

from playhead.api.context import AnyRequest, context_of
from playhead.api.limits import SQL_CHARS_MAX
from playhead.api.problems import FieldProblem, wrong_input
from playhead.base.errors import UsageError
from playhead.store.port import QueryFormat

MEDIA_TYPES: dict[QueryFormat, str] = {
    "jsonl": "application/jsonl",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
}


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """One statement that reads, and the format of the answer."""

    sql: Annotated[str, Meta(min_length=1, max_length=SQL_CHARS_MAX)]
    format: QueryFormat = "jsonl"


@post("/query", sync_to_thread=True, status_code=200, tags=["query"], summary="Ask the store in SQL")
def ask(request: AnyRequest, data: JSONBody[Question]) -> Stream:
    """
    The answer, in the format asked for.

    One statement that reads; 400 says why it cannot be answered. An answer that fails on its way is cut off.
    """
    try:
        pieces = iter(context_of(request).store.query(data.sql, data.format))
        first = next(pieces, b"")
    except UsageError as error:
        raise wrong_input(FieldProblem("sql", str(error))) from None
    body: Iterator[bytes] = chain([first], pieces)
    return Stream(body, media_type=MEDIA_TYPES[data.format])
