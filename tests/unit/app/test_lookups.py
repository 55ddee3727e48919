"""Lookups by the command line when no server runs. Through a running one: tests/e2e/test_lookups.py."""

from pathlib import Path

import pytest

from playhead.app.clock import SystemClock
from playhead.app.lookups import Held, bring, carry, list_held
from playhead.base.errors import StoreError, UsageError
from playhead.deployment.layout import Layout, prepare
from playhead.store.duck import DuckStore

FILMS = b"content,content-name,territory\na,A,DE\nb,B,\n"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A data directory with an empty store."""
    made = prepare(tmp_path)
    DuckStore(made.store, SystemClock()).close()
    return made


def test_a_table_is_kept_and_comes_back(layout: Layout) -> None:
    """Replaced by the next, changed by one that is to be merged."""
    assert Held("content", 2, ["content-name", "territory"]) == bring(layout, "content", FILMS, whole=True)
    assert FILMS == b"".join(carry(layout, "content"))
    assert Held("content", 3, ["content-name"]) == bring(layout, "content", b"content,content-name,territory\na,Z,\nc,C,\n", whole=False)  # fmt: skip
    assert b"content,content-name\na,Z\nb,B\nc,C\n" == b"".join(carry(layout, "content"))
    assert Held("content", 0, []) == bring(layout, "content", b"content\n", whole=True)


def test_all_lookups_are_listed(layout: Layout) -> None:
    """Those without entries too; an empty one is written as its header."""
    bring(layout, "ad", b"ad,ad-name\nx,X\n", whole=True)
    assert [("content", 0), ("ad", 1), ("ad-pod", 0), ("chapter", 0)] == [
        (one.id, one.entries) for one in list_held(layout)
    ]
    assert b"ad-pod,pod-name,pod-position\n" == b"".join(carry(layout, "ad-pod"))


def test_a_wrong_table_changes_nothing(layout: Layout) -> None:
    """A line each says what is wrong."""
    bring(layout, "content", FILMS, whole=True)
    with pytest.raises(UsageError) as wrong:
        bring(layout, "content", b"content,content-length\na,x\nb\n", whole=True)
    first, second = str(wrong.value).splitlines()
    assert "line 2, content-length: must be a whole number of seconds, 1 or more; it is 'x'" == first
    assert "line 3: the header has 2 cells, this line 1" == second
    many = ",".join(["content", *(f"own {n}" for n in range(20))])
    with pytest.raises(UsageError, match="more than 20 columns of your own"):
        bring(layout, "content", f"{many}\nc{',x' * 20}\n".encode(), whole=False)
    assert FILMS == b"".join(carry(layout, "content"))


def test_without_a_store_there_is_nothing_to_change(tmp_path: Path) -> None:
    """A directory that was never served says so."""
    with pytest.raises(StoreError, match="no store"):
        list_held(prepare(tmp_path))
