"""
Lookups (metrics.md 6.3): values that people keep beside what players send, by content, ad, ad pod or chapter, read and judged.

Law: whatever is wrong with a table is said here with its line and column, all of it at once; what passes can be kept by
any store. Values are texts; those of numeric dimensions are whole numbers in their shortest form.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

from msgspec import Struct

from playhead.base.errors import UsageError
from playhead.reporting.dimensions import DIMENSIONS, LOOKUP_PREFIX, LOOKUPS, Dimension

ENTRIES_MAX: Final = 100_000
"""Most entries of one lookup."""

FURTHER_MAX: Final = 20
"""Most further columns of one lookup."""

KEY_MAX: Final = 500
"""Longest key, characters."""

TEXT_MAX: Final = 4_096
"""Longest value, characters: that of the protocol's strings."""

NAME_MAX: Final = 64
"""Longest name of a further column, characters."""

NUMBER_MAX: Final = 2**53 - 1

SLIPS_MAX: Final = 100
"""Most slips that are told of one table."""

Entries = Mapping[str, Mapping[str, str | None]]
"""By key, by column: its value; None takes the value away. A key without a value left is no entry."""


class LookupSize(Struct, frozen=True):
    """
    What a lookup holds.

    Attributes:
        entries: Keys with a value.
        columns: Those that have a value, in order.
    """

    entries: int = 0
    columns: tuple[str, ...] = ()


class Slip(NamedTuple):
    """One thing that is wrong with a table: where (`line 3, content-length`; `items[1].content-length`), and what."""

    where: str
    reason: str


class WrongTableError(UsageError):
    """A table that cannot be taken; nothing of it was."""

    def __init__(self, slips: Sequence[Slip]) -> None:
        self.slips = slips
        super().__init__("\n".join(f"{where}: {reason}" for where, reason in slips))


def column_of(dimension: Dimension) -> str:
    """The column of its lookup that a dimension is read from."""
    return dimension.id.removeprefix(f"{LOOKUP_PREFIX}{dimension.lookup}:")


def overridden(sizes: Mapping[str, LookupSize]) -> frozenset[str]:
    """The ids of the dimensions of which lookups hold values now."""
    return frozenset(one for lookup, columns in LOOKUPS.items() for one in columns if one in sizes[lookup].columns)


def further(lookup: str, columns: Iterable[str]) -> list[str]:
    """Those of its columns that override nothing."""
    return [name for name in columns if name not in LOOKUPS[lookup]]


def header_of(lookup: str, columns: Iterable[str]) -> list[str]:
    """The columns of its table: the key, then those that override in the order of LOOKUPS, then further ones."""
    there = set(columns)
    return [lookup, *(one for one in LOOKUPS[lookup] if one in there), *sorted(further(lookup, there))]


def shown(column: str, value: str) -> str | int:
    """A value as JSON has it."""
    return int(value) if column in DIMENSIONS and DIMENSIONS[column].numeric else value


def read_csv(lookup: str, data: bytes) -> Entries:
    """
    Read a table: a header with the key's column, the lookup's name, and any others; a line an entry; UTF-8, commas.

    Args:
        lookup: One of LOOKUPS.
        data: The file.

    Returns:
        An empty cell as None.

    Raises:
        WrongTableError: It is no such table.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise WrongTableError([Slip(f"line {line}", "is not UTF-8 text; save the file as CSV in UTF-8")]) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    table = _Table(lookup)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if lookup not in header:
            raise WrongTableError([Slip("line 1", _without_key(lookup, header))])
        table.head(header, [f"line 1, {name}" if name else f"line 1, column {n + 1}" for n, name in enumerate(header)])
        before = reader.line_num
        for cells in reader:
            first, before = before + 1, reader.line_num
            if not any(cells):
                continue
            if len(cells) != len(header):
                table.slip(f"line {first}", f"the header has {len(header)} cells, this line {len(cells)}")
                continue
            row = dict(zip(header, cells, strict=True))
            table.add(f"line {first}", ", ", {name: cell or None for name, cell in row.items()})
    except csv.Error as error:
        table.slip(f"line {reader.line_num}", f"is not CSV: {error}")
    return table.done()


def _without_key(lookup: str, header: Sequence[str]) -> str:
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        return "the columns are not separated by commas"
    return f"the header has no column {lookup!r}, the key; it is {', '.join(header) or 'empty'}"


def read_items(lookup: str, items: Sequence[Mapping[str, Any]]) -> Entries:
    """
    The same of JSON: `[{"content": "film-1", "content-length": 5400}]`; null as an empty cell.

    Raises:
        WrongTableError: It is no such table.
    """
    table = _Table(lookup)
    names: dict[str, str] = {}
    for number, item in enumerate(items):
        for name in item:
            names.setdefault(name, f"items[{number}].{name}")
    table.head([*names], [*names.values()])
    for number, item in enumerate(items):
        table.add(f"items[{number}]", ".", item)
    return table.done()


def refuse_growth(lookup: str, size: LookupSize, entries: Entries) -> None:
    """
    See that a lookup stays within its bounds when entries are put to those it has.

    Raises:
        WrongTableError: It might not.
    """
    if size.entries + len(entries) > ENTRIES_MAX:
        reason = f"the lookup has {size.entries} entries and may have {ENTRIES_MAX}; replace the whole of it instead"
        raise WrongTableError([Slip(lookup, reason)])
    names = {*size.columns, *(name for values in entries.values() for name in values)}
    if len(further(lookup, names)) > FURTHER_MAX:
        raise WrongTableError([Slip(lookup, f"it would have more than {FURTHER_MAX} columns of your own")])


def written_csv(lookup: str, columns: Iterable[str], entries: Iterable[tuple[str, Mapping[str, str]]]) -> Iterator[str]:
    """A lookup as a table that `read_csv` takes, in pieces."""
    header = header_of(lookup, columns)
    yield _lines([header])
    for key, values in entries:
        yield _lines([[key, *(values.get(name, "") for name in header[1:])]])


def _lines(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


class _Table:
    """Entries as they are read, and what is wrong with them."""

    def __init__(self, lookup: str) -> None:
        self._lookup = lookup
        self._entries: dict[str, dict[str, str | None]] = {}
        self._begun: dict[str, str] = {}
        self._slips: list[Slip] = []
        self._more = 0

    def slip(self, where: str, reason: str) -> None:
        """Something is wrong."""
        if len(self._slips) < SLIPS_MAX:
            self._slips.append(Slip(where, reason))
        else:
            self._more += 1

    def head(self, names: Sequence[str], places: Sequence[str]) -> None:
        """Judge the columns, each with its place."""
        for number, (name, place) in enumerate(zip(names, places, strict=True)):
            reason = "is there twice" if name in names[:number] else _wrong_name(self._lookup, name)
            if reason:
                self.slip(place, reason)
        many = len(set(further(self._lookup, names)) - {self._lookup})
        if many > FURTHER_MAX:
            self.slip(places[0], f"there are {many} columns of your own; {FURTHER_MAX} at most")

    def add(self, place: str, mark: str, row: Mapping[str, Any]) -> None:
        """Judge one entry."""
        given = row.get(self._lookup)
        wrong = "is missing: every entry has its key" if given is None else _wrong_text(given, KEY_MAX)
        if wrong:
            self.slip(f"{place}{mark}{self._lookup}", wrong)
            return
        key = str(given)
        if key in self._begun:
            self.slip(f"{place}{mark}{self._lookup}", f"{key!r} is there twice; it was on {self._begun[key]}")
            return
        self._begun[key] = place
        values: dict[str, str | None] = {}
        for name, value in row.items():
            if name == self._lookup:
                continue
            read, wrong = (None, "") if value is None else _value(name, value)
            if wrong:
                self.slip(f"{place}{mark}{name}", wrong)
            values[name] = read
        self._entries[key] = values
        if len(self._entries) == ENTRIES_MAX + 1:
            self.slip(place, f"there are more than {ENTRIES_MAX} entries")

    def done(self) -> Entries:
        """All of them, if nothing is wrong."""
        if self._more:
            self._slips.append(Slip("", f"and {self._more} more"))
        if self._slips:
            raise WrongTableError(self._slips)
        return self._entries


def _wrong_name(lookup: str, name: str) -> str:
    """What is wrong with the name of a column; empty if nothing."""
    known = [lookup, *LOOKUPS[lookup]]
    if name in known:
        return ""
    if not name or len(name) > NAME_MAX or not name[0].isalnum() or not all(c.isalnum() or c in " _-." for c in name):
        return f"is no name of a column: letters, digits, spaces, `_`, `-` and `.`, {NAME_MAX} characters at most"
    plain = name.lower().replace("_", "-").replace(" ", "-")
    near = get_close_matches(plain, known, n=1, cutoff=0.85)
    if near:
        return f"is too much like {near[0]!r}; write that, or take another name"
    if plain in DIMENSIONS:
        return f"is a dimension that this lookup cannot override ({', '.join(LOOKUPS[lookup])}); take another name"
    return ""


def _value(column: str, value: object) -> tuple[str | None, str]:
    """A value as it is kept, and what is wrong with it."""
    if column not in DIMENSIONS or not DIMENSIONS[column].numeric:
        wrong = _wrong_text(value)
        return (None, wrong) if wrong else (str(value), "")
    least = 1 if column == "content-length" else 0
    number = value
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdecimal():
        number = int(value) if len(value.strip()) <= len(str(NUMBER_MAX)) else NUMBER_MAX + 1
    if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= NUMBER_MAX:
        unit = " of seconds" if column.endswith("-length") or column in {"pod-position", "chapter-offset"} else ""
        return None, f"must be a whole number{unit}, {least} or more; it is {str(value)[:40]!r}"
    return str(number), ""


def _wrong_text(value: object, longest: int = TEXT_MAX) -> str:
    if not isinstance(value, str):
        return "must be a text"
    if not value:
        return "must not be empty"
    if len(value) > longest:
        return f"is longer than {longest} characters"
    return "holds a character that no text has" if "\0" in value else ""
