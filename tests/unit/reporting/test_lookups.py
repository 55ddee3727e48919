"""Tables of lookups, read and judged."""

import random
from typing import Any

import pytest

from playhead.reporting import lookups
from playhead.reporting.dimensions import DIMENSIONS, LOOKUPS, dimension_of
from playhead.reporting.lookups import (
    LookupSize,
    Slip,
    WrongTableError,
    column_of,
    further,
    header_of,
    overridden,
    read_csv,
    read_items,
    refuse_growth,
    shown,
    written_csv,
)

EMPTY = {lookup: LookupSize() for lookup in LOOKUPS}


def slips_of(lookup: str, given: str | bytes | list[dict[str, Any]]) -> list[Slip]:
    """What is wrong with a table."""

    def read() -> object:
        if isinstance(given, list):
            return read_items(lookup, given)
        return read_csv(lookup, given.encode() if isinstance(given, str) else given)

    with pytest.raises(WrongTableError) as wrong:
        read()
    assert "\n".join(f"{where}: {reason}" for where, reason in wrong.value.slips) == str(wrong.value)
    return list(wrong.value.slips)


def test_a_file_is_read() -> None:
    """Whatever a spreadsheet writes: a mark at the beginning, CRLF, quotes, lines within a cell, empty lines, any order."""
    text = '\ufeffcontent-name,content,content-length,territory\r\n"One, the ""first""",a/1, 060 ,DE\r\n\r\n"line\nbreak",b,,\r\n'
    assert {
        "a/1": {"content-name": 'One, the "first"', "content-length": "60", "territory": "DE"},
        "b": {"content-name": "line\nbreak", "content-length": None, "territory": None},
    } == read_csv("content", text.encode())
    assert {} == read_csv("ad", b"ad,ad-name\n")


def test_items_are_read() -> None:
    """Numbers may be numbers, columns may be missing."""
    items: list[dict[str, Any]] = [
        {"content": "a", "content-length": 60, "territory": "DE"},
        {"content": "b", "content-length": None},
    ]
    assert {"a": {"content-length": "60", "territory": "DE"}, "b": {"content-length": None}} == read_items(
        "content", items
    )


def test_what_is_written_can_be_read() -> None:
    """Any texts come back."""
    dice = random.Random(3)
    texts = ["a", "a,b", 'a"b', "a\nb", "ä😀", " x ", "=1+1", "a;b"]
    for _ in range(50):
        entries = {
            f"{dice.choice(texts)}{n}": {"pod-name": dice.choice(texts), **({"half": "x"} if n % 2 else {})}
            for n in range(dice.randrange(5))
        }
        text = "".join(written_csv("ad-pod", ["half", "pod-name"], entries.items()))
        assert text.startswith("ad-pod,pod-name,half\n")
        read = read_csv("ad-pod", text.encode())
        assert entries == {key: {name: value for name, value in row.items() if value} for key, row in read.items()}


HEADER = "content,content-length,territory\n"


@pytest.mark.parametrize(
    ("text", "where", "reason"),
    [
        ("", "line 1", "the header has no column 'content', the key; it is empty"),
        ("name,title\n", "line 1", "the header has no column 'content', the key; it is name, title"),
        ("content;content-name\na;b\n", "line 1", "the columns are not separated by commas"),
        ("content,content-name,content-name\n", "line 1, content-name", "is there twice"),
        ("content,Content Name\n", "line 1, Content Name", "is too much like 'content-name'"),
        ("content,asset_id\n", "line 1, asset_id", "is too much like 'asset-id'"),
        ("content,ad-name\n", "line 1, ad-name", "is a dimension that this lookup cannot override"),
        ("content,Genre\n", "line 1, Genre", "is a dimension that this lookup cannot override"),
        ("content,a:b\n", "line 1, a:b", "is no name of a column"),
        ("content,\n", "line 1, column 2", "is no name of a column"),
        ("content," + "x" * 65 + "\n", "line 1, " + "x" * 65, "is no name of a column"),
        (HEADER + "a,60\n", "line 2", "the header has 3 cells, this line 2"),
        (HEADER + "a,60,DE\nb,60,DE,x\n", "line 3", "the header has 3 cells, this line 4"),
        (HEADER + "a,1:30,DE\n", "line 2, content-length", "must be a whole number of seconds, 1 or more; it is '1:30'"),
        (HEADER + "a,0,DE\n", "line 2, content-length", "must be a whole number of seconds, 1 or more"),
        (HEADER + "a,-5,DE\n", "line 2, content-length", "must be a whole number"),
        (HEADER + "a,²,DE\n", "line 2, content-length", "must be a whole number"),
        (HEADER + "a," + "9" * 5000 + ",DE\n", "line 2, content-length", "must be a whole number"),
        (HEADER + ",60,DE\n", "line 2, content", "is missing: every entry has its key"),
        (HEADER + "a,60,DE\nb,1,DE\na,61,DE\n", "line 4, content", "'a' is there twice; it was on line 2"),
        (HEADER + 'a,60,"x\ny"\nb,z,DE\n', "line 4, content-length", "must be a whole number"),
        (HEADER + 'a,60,"DE\n', "line 2", "is not CSV: unexpected end of data"),
        (HEADER + "a,60," + "x" * 4097 + "\n", "line 2, territory", "is longer than 4096 characters"),
        (HEADER + "a" * 501 + ",60,DE\n", "line 2, content", "is longer than 500 characters"),
        (HEADER + "a,60,\0\n", "line 2, territory", "holds a character that no text has"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(text: str, where: str, reason: str) -> None:
    """The line as an editor numbers it, the column by its name, and what would be right."""
    [slip] = slips_of("content", text)
    assert where == slip.where
    assert slip.reason.startswith(reason)


def test_a_file_of_another_encoding_is_refused() -> None:
    """With the line where it shows."""
    assert "line 2" == slips_of("content", HEADER.encode() + b"a,60,\xe4\n")[0].where


@pytest.mark.parametrize(
    ("items", "where"),
    [
        ([{"content": "a"}, {"content-name": "x"}], "items[1].content"),
        ([{"content": ""}], "items[0].content"),
        ([{"content": 5}], "items[0].content"),
        ([{"content": "a", "content-name": 5}], "items[0].content-name"),
        ([{"content": "a", "content-name": ""}], "items[0].content-name"),
        ([{"content": "a", "content-length": 1.5}], "items[0].content-length"),
        ([{"content": "a", "content-length": True}], "items[0].content-length"),
        ([{"content": "a"}, {"content": "b", "show": "x"}], "items[1].show"),
    ],
)
def test_what_is_wrong_with_items(items: list[dict[str, Any]], where: str) -> None:
    """The same, by the way to it."""
    assert [where] == [slip.where for slip in slips_of("content", items)]


def test_all_that_is_wrong_is_told_at_once() -> None:
    """Up to a hundred slips, then how many more."""
    text = HEADER + "".join(f"a{n},x,DE\n" for n in range(130))
    slips = slips_of("content", text)
    assert 101 == len(slips)
    assert Slip("", "and 30 more") == slips[-1]


def test_lookups_have_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of entries and of columns of one's own, of one table and of what it becomes."""
    monkeypatch.setattr(lookups, "ENTRIES_MAX", 3)
    rows = [{"content": f"k{n}"} for n in range(4)]
    assert ["items[3]"] == [slip.where for slip in slips_of("content", rows)]
    refuse_growth("content", LookupSize(1), read_items("content", rows[:2]))
    with pytest.raises(WrongTableError, match="replace the whole of it"):
        refuse_growth("content", LookupSize(2), read_items("content", rows[:2]))
    names = [f"own {n}" for n in range(21)]
    assert (
        "there are 21 columns of your own; 20 at most" == slips_of("content", ",".join(["content", *names]))[0].reason
    )
    with pytest.raises(WrongTableError, match="more than 20 columns"):
        refuse_growth("content", LookupSize(1, tuple(names[:20])), {"k": {"other": "x"}})
    refuse_growth("content", LookupSize(1, (*names[:20], "content-name")), {"k": {"own 3": "x", "asset-id": "x"}})


def test_columns_and_dimensions() -> None:
    """Known columns are dimensions, others are dimensions of the lookup."""
    sizes = {**EMPTY, "content": LookupSize(1, ("asset-id", "territory")), "ad": LookupSize(1, ("ad-name",))}
    assert {"asset-id", "ad-name"} == overridden(sizes)
    assert ["content", "content-name", "asset-id", "a", "b"] == header_of(
        "content", ["b", "a", "asset-id", "content-name"]
    )
    assert ["territory"] == further("content", ["asset-id", "territory"])
    own = dimension_of("lookup:content:territory")
    assert own is not None
    assert ("territory", "asset-id") == (column_of(own), column_of(DIMENSIONS["asset-id"]))
    assert (60, "60") == (shown("content-length", "60"), shown("territory", "60"))
