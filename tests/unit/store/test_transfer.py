"""A store as a stream, and a store made of one."""

import io
from collections.abc import Iterable
from pathlib import Path

import pytest

from kept_data import CLOCK, process, write_journals
from playhead.base.errors import StoreError
from playhead.deployment.layout import Layout
from playhead.store.audit import books
from playhead.store.duck import DuckStore
from playhead.store.ledgers import Reach
from playhead.store.port import Commit
from playhead.store.transfer import fill


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A data directory with something in every table."""
    made = write_journals(tmp_path / "data")
    process(made, 20)
    return made


def copied(layout: Layout, path: Path, pieces: Iterable[bytes]) -> list[object]:
    """What differs in a copy made of a stream."""
    fill(path, io.BytesIO(b"".join(pieces)))
    with books(layout.store, path, path.parent) as both:
        return list(both.differences(Reach()))


def test_a_copy_has_every_cell(layout: Layout, tmp_path: Path) -> None:
    """Of every table, open sessions and NULLs and lists included."""
    store = DuckStore(layout.store, CLOCK)
    pieces = list(store.copy())
    store.close()
    assert [] == copied(layout, tmp_path / "copy", pieces)


def test_a_copy_is_of_one_instant(layout: Layout, tmp_path: Path) -> None:
    """What is committed while it is made is not in it."""
    store = DuckStore(layout.store, CLOCK)
    pieces = store.copy()
    first = next(pieces)
    now_ms = store.position().now_ms
    store.commit(Commit(now_ms=now_ms + 1))
    fill(tmp_path / "copy", io.BytesIO(first + b"".join(pieces)))
    store.close()
    copy = DuckStore(tmp_path / "copy", CLOCK)
    assert now_ms == copy.position().now_ms
    copy.close()


def test_a_stream_that_ends_early_is_refused(layout: Layout, tmp_path: Path) -> None:
    """Wherever it does."""
    store = DuckStore(layout.store, CLOCK)
    whole = b"".join(store.copy())
    store.close()
    for number, cut in enumerate((0, 3, 6, 11, len(whole) // 2, len(whole) - 1)):
        with pytest.raises(StoreError, match=r"in the middle|cannot be copied"):
            fill(tmp_path / f"copy {number}", io.BytesIO(whole[:cut]))


def test_a_stream_of_another_version_is_refused(tmp_path: Path) -> None:
    """Its tables are not ours."""
    with pytest.raises(StoreError, match="version 99"):
        fill(tmp_path / "copy", io.BytesIO((99).to_bytes(4, "big")))
