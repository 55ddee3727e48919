"""Routes of lookups."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api_world import START_MS, World, problem_of, record, world_at
from playhead.api.limits import BODY_BYTES_MAX, LOOKUP_BYTES_MAX
from playhead.base.clock import ManualClock
from playhead.reporting.dimensions import LOOKUPS
from playhead.store.duck import DuckStore

CSV = {"content-type": "text/csv; charset=utf-8"}
FILMS = "content,content-name,content-length,territory\nfilm,Der Film,5400,DE\na/b,,60,\n"
RANGE = {"from": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}
AT = "/api/v1/lookups"


def put(world: World, text: str = FILMS, lookup: str = "content") -> Any:
    """Replace a lookup by a file."""
    response = world.client.put(f"{AT}/{lookup}", content=text.encode(), headers=CSV)
    assert 200 == response.status_code, response.text
    return response.json()


def test_every_lookup_is_listed(world: World) -> None:
    """Those without entries too, with what they may override."""
    page = world.get(AT)
    assert [*LOOKUPS] == [item["id"] for item in page["items"]]
    assert {"id": "ad-pod", "entries": 0, "columns": [], "overrides": ["pod-name", "pod-position"]} == page["items"][2]
    assert page["cursor"] is None


def test_a_file_becomes_a_lookup(world: World) -> None:
    """It comes back as items and as a file; the next file replaces it."""
    item = put(world)
    assert (2, ["content-name", "content-length", "territory"]) == (item["entries"], item["columns"])
    assert item == world.get(AT)["items"][0]
    film = {"content": "film", "content-name": "Der Film", "content-length": 5400, "territory": "DE"}
    assert {"items": [{"content": "a/b", "content-length": 60}, film], "cursor": None} == world.get(f"{AT}/content")
    response = world.client.get(f"{AT}/content/csv")
    lines = FILMS.splitlines()
    assert [lines[0], lines[2], lines[1]] == response.text.splitlines()
    assert "text/csv; charset=utf-8" == response.headers["content-type"]
    assert 'attachment; filename="lookup-content.csv"' == response.headers["content-disposition"]
    assert 0 == put(world, "content\n")["entries"]
    header = ",".join(["content", *LOOKUPS["content"]])
    assert f"{header}\n" == world.client.get(f"{AT}/content/csv").text


def test_items_become_a_lookup(world: World) -> None:
    """What is read can be written."""
    put(world)
    items = world.get(f"{AT}/content")["items"]
    put(world, "content\n")
    assert 2 == world.client.put(f"{AT}/content", json={"items": items}).json()["entries"]
    assert items == world.get(f"{AT}/content")["items"]


def test_pages_of_a_lookup_fit_together(world: World) -> None:
    """Whatever its keys are; a cursor of another lookup is none."""
    keys = ["\x01" * 500, "a", "b/c?d", "ä" * 500, "\U0001f600" * 500]
    world.client.put(f"{AT}/ad", json={"items": [{"ad": key, "ad-name": "x"} for key in keys]})
    found, cursor, last = [], "", ""
    while cursor is not None:
        page = world.get(f"{AT}/ad", limit=1, **({"cursor": cursor} if cursor else {}))
        found += [item["ad"] for item in page["items"]]
        last, cursor = cursor or last, page["cursor"]
    assert sorted(keys) == found
    body = problem_of(world.client.get(f"{AT}/chapter", params={"cursor": last}), 400)
    assert "cursor" == body["errors"][0]["path"]


def test_a_large_lookup_is_told_whole(world: World) -> None:
    """More entries than a piece holds."""
    put(world, "ad,ad-name\n" + "".join(f"ad {n:05},Name {n}\n" for n in range(1203)), "ad")
    lines = world.client.get(f"{AT}/ad/csv").text.splitlines()
    assert (1204, "ad 01202,Name 1202") == (len(lines), lines[-1])


def test_some_entries_are_changed(world: World) -> None:
    """Those and the columns that are named; null and empty cells take values away."""
    put(world)
    world.client.patch(f"{AT}/content", json={"items": [{"content": "film", "content-name": None}]})
    changed = world.client.patch(f"{AT}/content", content=b"content,territory\nfilm,\nnew,FR\n", headers=CSV).json()
    assert 3 == changed["entries"]
    found = {item.pop("content"): item for item in world.get(f"{AT}/content")["items"]}
    assert {"a/b": {"content-length": 60}, "film": {"content-length": 5400}, "new": {"territory": "FR"}} == found


def test_an_entry_is_removed(world: World) -> None:
    """By any key; one that is not there is told."""
    put(world)
    assert 204 == world.client.delete(f"{AT}/content", params={"key": "a/b"}).status_code
    problem_of(world.client.delete(f"{AT}/content", params={"key": "a/b"}), 404)
    assert ["film"] == [item["content"] for item in world.get(f"{AT}/content")["items"]]
    assert "key" == problem_of(world.client.delete(f"{AT}/content"), 400)["errors"][0]["path"]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_what_is_wrong_is_told_by_line_and_nothing_is_changed(world: World, method: str) -> None:
    """Each line and column, with the reason."""
    put(world)
    wrong = b"content,content-length\nfilm,long\nother\n"
    body = problem_of(world.client.request(method, f"{AT}/content", content=wrong, headers=CSV), 400)
    reason = "must be a whole number of seconds, 1 or more; it is 'long'"
    assert {"path": "line 2, content-length", "reason": reason} == body["errors"][0]
    assert ["line 2, content-length", "line 3"] == [error["path"] for error in body["errors"]]
    items = {"items": [{"content": "film", "content-length": "long"}]}
    body = problem_of(world.client.request(method, f"{AT}/content", json=items), 400)
    assert [{"path": "items[0].content-length", "reason": reason}] == body["errors"]
    assert 5400 == world.get(f"{AT}/content")["items"][1]["content-length"]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"items": {}}', b'{"items": [], "x": 1}', b'{"items": [{"content": ["a"]}]}', b'{"items": [{"content": "\xff"}]}'])  # fmt: skip
def test_what_is_no_table_is_refused(world: World, body: bytes) -> None:
    """With what it should be."""
    response = world.client.put(f"{AT}/content", content=body, headers={"content-type": "application/json"})
    assert '{"items": [{"content": "...", ...}]}' in problem_of(response, 400)["detail"]


def test_bounds_of_a_change(world: World) -> None:
    """A change that would make a lookup too large is refused."""
    put(world, "content," + ",".join(f"own {n}" for n in range(20)) + "\nfilm" + ",x" * 20 + "\n")
    body = problem_of(world.client.patch(f"{AT}/content", json={"items": [{"content": "a", "more": "x"}]}), 400)
    assert [{"path": "content", "reason": "it would have more than 20 columns of your own"}] == body["errors"]


def test_other_lookups_are_not_there(world: World) -> None:
    """Whatever is asked of them."""
    for method, path in (("GET", "show"), ("GET", "show/csv"), ("DELETE", "show?key=x")):
        assert "content, ad, ad-pod, chapter" in problem_of(world.client.request(method, f"{AT}/{path}"), 404)["detail"]
    for method in ("PUT", "PATCH"):
        problem_of(world.client.request(method, f"{AT}/show", content=b"show\n", headers=CSV), 404)


def test_bodies_are_declared_and_bounded(world: World) -> None:
    """A form of another site cannot send one; a lookup may be larger than other bodies; other routes take no CSV."""
    for kind in ("text/plain", "multipart/form-data", "", "application/csv"):
        response = world.client.put(f"{AT}/content", content=b"content\n", headers={"content-type": kind})
        assert "content-type: application/json` or `text/csv`" in problem_of(response, 415)["detail"]
    problem_of(world.client.post("/api/v1/reports", content=b"x", headers=CSV), 415)
    rows = "".join(f"{n:06},{'x' * 200}\n" for n in range(BODY_BYTES_MAX // 200))
    assert 5_000 == put(world, f"ad,ad-name\n{rows}", "ad")["entries"]
    too_large = {**CSV, "content-length": str(LOOKUP_BYTES_MAX + 1)}
    problem_of(world.client.put(f"{AT}/ad", content=b"ad\n", headers=too_large), 413)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[World]:
    """A console over a real store with one session."""
    store = DuckStore(tmp_path / "store.duckdb", ManualClock(START_MS))
    with world_at(tmp_path, store) as world:
        world.commit(record(is_viewed=True))
        yield world
    store.close()


def test_reports_and_panels_follow_at_once(kept: World) -> None:
    """Numbers of what was sent before appear under what is said now, and go back when it is taken away."""
    question = {**RANGE, "metrics": ["media-starts"], "dimensions": ["content-name", "lookup:content:territory"]}
    names = {**question, "dimensions": ["content-name"]}
    audience = {"from": RANGE["from"], "until": RANGE["until"]}

    def told(question: dict[str, Any]) -> Any:
        return kept.client.post("/api/v1/reports", json=question).json()["rows"]

    assert ([["The Film", 1]], []) == (told(names), told(question))
    put(kept)
    assert ([["Der Film", 1]], [["Der Film", "DE", 1]]) == (told(names), told(question))
    panel = kept.get("/api/v1/panels/average-minute-audience", **audience)
    assert [["film", round(10 / 5400, 6), 10, 5400]] == panel["rows"]
    put(kept, "content\n")
    assert [["The Film", 1]] == told(names)
    assert 60 == kept.get("/api/v1/panels/average-minute-audience", **audience)["rows"][0][3]


def test_the_catalogue_says_what_lookups_change(world: World) -> None:
    """By dimension; further columns are dimensions while there are any."""
    put(world)
    found = {one["id"]: one for one in world.get("/api/v1/catalogue")["dimensions"]}
    assert ("content", "ad-pod", "") == tuple(found[name]["lookup"] for name in ("asset-id", "pod-name", "show"))
    own = found["lookup:content:territory"]
    assert ("territory", "session", "derived", "content") == tuple(
        own[name] for name in ("name", "grain", "kind", "lookup")
    )
    put(world, "content\n")
    assert "lookup:content:territory" not in {one["id"] for one in world.get("/api/v1/catalogue")["dimensions"]}
