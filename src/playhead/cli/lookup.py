"""`playhead lookup import|export|list`: tables beside what players send, through the console while the server runs."""

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from playhead.base.errors import UsageError
from playhead.cli.options import AsJson, ConfigFile, DataDirectory, existing_directory
from playhead.cli.output import print_json, print_table

Lookup = Annotated[
    Literal["content", "ad", "ad-pod", "chapter"], Parameter(name="LOOKUP", help="content, ad, ad-pod or chapter.")
]


def import_lookup(
    lookup: Lookup,
    file: Annotated[str, Parameter(name="FILE", help="CSV whose header has the key, a column named as the lookup.")],
    *,
    merge: Annotated[
        bool,
        Parameter(negative="", help="Change only the entries and columns the file names; else it replaces the lookup."),
    ] = False,
    data_dir: DataDirectory = None,
    config: ConfigFile = None,
) -> None:
    """Take a table; all that is wrong with it is told by line and column, and nothing is taken then."""
    layout = existing_directory(data_dir, config)
    from playhead.app.lookups import bring  # noqa: PLC0415 - brings the store's words

    held = bring(layout, lookup, _read(file), whole=not merge)
    sys.stderr.write(f"{held.id}: {held.entries} entries, {', '.join(held.columns) or 'no columns'}\n")


def export_lookup(
    lookup: Lookup,
    *,
    out: Annotated[str | None, Parameter(help="File to write instead of stdout.")] = None,
    data_dir: DataDirectory = None,
    config: ConfigFile = None,
) -> None:
    """Write a lookup as CSV, as `import` takes it."""
    layout = existing_directory(data_dir, config)
    from playhead.app.lookups import carry  # noqa: PLC0415 - as above

    pieces = carry(layout, lookup)
    if out is None:
        sys.stdout.buffer.writelines(pieces)
        sys.stdout.buffer.flush()
        return
    try:
        with Path(out).open("wb") as file:
            file.writelines(pieces)
    except OSError as error:
        raise UsageError(f"cannot write {out}: {error.strerror}") from error


def list_lookups(*, data_dir: DataDirectory = None, config: ConfigFile = None, json: AsJson = False) -> None:
    """List the lookups, those without entries too."""
    layout = existing_directory(data_dir, config)
    from playhead.app.lookups import list_held  # noqa: PLC0415 - as above

    found = list_held(layout)
    if json:
        print_json(found)
        return
    print_table(("lookup", "entries", "columns"), ((one.id, one.entries, one.columns) for one in found))


def _read(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
