"""`playhead query`: SQL over the store, through the console while the server runs, else from the file itself."""

import sys
from collections.abc import Iterable
from typing import Annotated, Any, Literal

import msgspec
from cyclopts import Parameter

from playhead.cli.options import ConfigFile, DataDirectory, existing_directory
from playhead.cli.output import print_table


def query(
    sql: Annotated[str, Parameter(name="SQL", help="One statement that reads; `SHOW TABLES` names what there is.")],
    *,
    format: Annotated[  # noqa: A002 - the option's name
        Literal["table", "csv", "jsonl", "parquet"], Parameter(help="How the answer is written.")
    ] = "table",
    data_dir: DataDirectory = None,
    config: ConfigFile = None,
) -> None:
    """Ask the store in SQL; nothing can be changed."""
    layout = existing_directory(data_dir, config)
    from playhead.app.ask import ask  # noqa: PLC0415 - brings the database

    pieces = ask(layout, sql, "jsonl" if format == "table" else format)
    if format == "table":
        print_answer(pieces)
        return
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def print_answer(pieces: Iterable[bytes]) -> None:
    """JSON lines as a table."""
    rows: list[dict[str, Any]] = [msgspec.json.decode(line) for line in b"".join(pieces).splitlines() if line]
    if not rows:
        sys.stderr.write("no rows\n")
        return
    columns = list(rows[0])
    print_table(columns, ([_cell(row.get(column)) for column in columns] for row in rows))


def _cell(value: object) -> object:
    """Objects and lists as the JSON they are; anything else as it is."""
    return msgspec.json.encode(value).decode() if isinstance(value, dict | list) and value else value
