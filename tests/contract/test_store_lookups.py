"""What `store.port.Lookups` promises, asked of each store that keeps them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.store_samples import NOW_MS, judged, record, row
from playhead.base.clock import ManualClock
from playhead.base.units import DAY_MS
from playhead.reporting.dimensions import LOOKUPS
from playhead.reporting.lookups import Entries, LookupSize
from playhead.store.audit import books
from playhead.store.duck import DuckStore
from playhead.store.ledgers import Reach
from playhead.store.memory import MemoryStore
from playhead.store.port import Commit, Kept, KeptSince, LookupEntry, Lookups

FILMS = {"b": {"content-name": "B", "territory": "DE"}, "a": {"content-name": "A", "content-length": "60"}}
EMPTY = {lookup: LookupSize() for lookup in LOOKUPS}


class LookupsContract:
    """The suite; each implementation gives it a fixture `store`."""

    def test_at_first_nothing_is_said(self, store: Lookups) -> None:
        """Every lookup is there, without entries."""
        assert EMPTY == store.lookups()
        assert [] == list(store.lookup("ad"))
        assert not store.remove_lookup_entry("ad", "x")

    def test_entries_come_back_by_key(self, store: Lookups) -> None:
        """As they were given, with what a lookup holds told by the way."""
        store.change_lookup("content", FILMS, whole=True)
        assert [LookupEntry("a", FILMS["a"]), LookupEntry("b", FILMS["b"])] == list(store.lookup("content"))
        assert [LookupEntry("b", FILMS["b"])] == list(store.lookup("content", after="a"))
        assert [LookupEntry("a", FILMS["a"])] == list(store.lookup("content", limit=1))
        size = LookupSize(2, ("content-length", "content-name", "territory"))
        assert {**EMPTY, "content": size} == store.lookups()

    def test_keys_are_in_the_order_of_their_characters(self, store: Lookups) -> None:
        """Whatever the text, pages fit together; nothing is done to a text."""
        keys = ["", " ", "'; DROP", "A", "a", "a\n", "a/b", "ä", "\uffff", "\U0001f600"]
        store.change_lookup("chapter", {key: {"mood": key or "none"} for key in reversed(keys)}, whole=True)
        assert keys == [entry.key for entry in store.lookup("chapter")]
        assert keys[5:] == [entry.key for entry in store.lookup("chapter", after="a")]
        assert {key or "none" for key in keys} == {entry.values["mood"] for entry in store.lookup("chapter")}

    def test_the_whole_is_replaced_at_once(self, store: Lookups) -> None:
        """What is not given is gone; other lookups stay."""
        store.change_lookup("content", FILMS, whole=True)
        store.change_lookup("ad", {"x": {"ad-name": "X"}}, whole=True)
        store.change_lookup("content", {"c": {"content-name": "C"}, "d": {"content-name": None}}, whole=True)
        assert [LookupEntry("c", {"content-name": "C"})] == list(store.lookup("content"))
        store.change_lookup("content", {}, whole=True)
        assert {**EMPTY, "ad": LookupSize(1, ("ad-name",))} == store.lookups()

    def test_a_change_changes_what_it_names(self, store: Lookups) -> None:
        """None takes a value away, an entry without values is gone."""
        store.change_lookup("content", FILMS, whole=True)
        change: Entries = {
            "a": {"content-name": None, "content-length": "7"},
            "b": {"territory": None},
            "c": {"territory": "FR"},
        }
        store.change_lookup("content", change, whole=False)
        expected = {"a": {"content-length": "7"}, "b": {"content-name": "B"}, "c": {"territory": "FR"}}
        assert expected == {entry.key: entry.values for entry in store.lookup("content")}
        store.change_lookup("content", {"b": {"content-name": None}}, whole=False)
        assert LookupSize(2, ("content-length", "territory")) == store.lookups()["content"]

    def test_values_of_some_keys_are_asked_for(self, store: Lookups) -> None:
        """Of those that have one, whatever the text; another column, another lookup and no key have none."""
        assert {} == store.looked_up("content", "content-name", ["a"])
        odd = "'; DROP \uffff"
        store.change_lookup("content", {**FILMS, odd: {"content-name": odd}}, whole=True)
        assert {"a": "A", odd: odd} == store.looked_up("content", "content-name", {"a", odd, "x", ""})
        assert {"b": "DE"} == store.looked_up("content", "territory", ["a", "b"])
        assert {} == store.looked_up("content", "content-name", [])
        assert {} == store.looked_up("content", "mood", ["a"])
        assert {} == store.looked_up("ad", "content-name", ["a"])

    def test_an_entry_is_removed(self, store: Lookups) -> None:
        """That one, of that lookup."""
        store.change_lookup("content", FILMS, whole=True)
        store.change_lookup("ad", {"a": {"ad-name": "X"}}, whole=True)
        assert store.remove_lookup_entry("content", "a")
        assert not store.remove_lookup_entry("content", "a")
        assert (["b"], ["a"]) == tuple([entry.key for entry in store.lookup(name)] for name in ("content", "ad"))


class TestMemoryStore(LookupsContract):
    """The suite on the store in memory."""

    @pytest.fixture
    def store(self) -> Lookups:
        """An empty one."""
        return MemoryStore()


class TestDuckStore(LookupsContract):
    """The suite on DuckDB."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Lookups]:
        """An empty one."""
        store = DuckStore(tmp_path / "playhead.duckdb", ManualClock(NOW_MS))
        yield store
        store.close()


def test_lookups_survive_and_nothing_else_knows_of_them(tmp_path: Path) -> None:
    """They are there after a start, outlive removals, and a store with them does not differ from one without."""
    stores = []
    for name in ("stored", "recomputed"):
        store = DuckStore(tmp_path / name, ManualClock(NOW_MS))
        store.commit(Commit(outputs=[judged(action="sessionStart"), record(closed="end"), row()], now_ms=NOW_MS))
        stores.append(store)
    stores[0].change_lookup("content", FILMS, whole=True)
    for store in stores:
        store.close()
    with books(tmp_path / "stored", tmp_path / "recomputed", tmp_path) as both:
        assert [] == list(both.differences(Reach()))
    again = DuckStore(tmp_path / "stored", ManualClock(NOW_MS))
    again.commit(Commit(now_ms=NOW_MS + 9 * DAY_MS))
    far = KeptSince(NOW_MS + 8 * DAY_MS)
    assert 1 == again.remove(Kept(events=far, rows=far, sessions=far), 10).sessions
    assert 2 == again.lookups()["content"].entries
    answer = again.answer("SELECT key, value FROM lookups WHERE name = 'content-name' ORDER BY key")
    assert [("a", "A"), ("b", "B")] == list(answer.rows)
    again.close()
