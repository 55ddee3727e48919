"""The route of the balance sheet."""

from typing import Any

from api_world import START_MS, World, problem_of
from playhead.base.units import HOUR_MS
from playhead.store.port import BalanceItem, BalanceKey

EVERYTHING = "from=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00Z"


def fill(world: World, datastream: str = "web", hour: int = 0, **more: int) -> None:
    """Seven events: four counted, one of each other kind; three requests and a refused one."""
    items = {"received": 7, "accepted": 6, "counted": 4, "request": 3, "waiting": 0, **more}
    reasons = {"refused": "a", "duplicate": "b", "dropped": "c", "refused_request": "a"}
    for name, number in {**items, **dict.fromkeys(reasons, 1)}.items():
        key = BalanceKey(datastream, START_MS + hour * HOUR_MS, BalanceItem(name), reasons.get(name, ""))
        world.live.counts[key] = number


def lines(world: World, query: str) -> list[tuple[Any, Any, Any]]:
    """Hour, datastream and received of each line."""
    found = world.get(f"/api/v1/balance?{query}")["items"]
    return [(line["hour"], line["datastream"], line["received"]) for line in found]


def test_a_line_has_the_parts_of_both_equations(world: World) -> None:
    """Numbers, and what they are made of by reason."""
    fill(world)
    [line] = world.get(f"/api/v1/balance?{EVERYTHING}")["items"]
    assert {
        "hour": "2026-01-01T00:00:00.000Z",
        "datastream": "web",
        "received": 7,
        "accepted": 6,
        "refused": 1,
        "refusedBy": {"a": 1},
        "counted": 4,
        "duplicate": 1,
        "duplicateBy": {"b": 1},
        "dropped": 1,
        "droppedBy": {"c": 1},
        "waiting": 0,
        "requests": {"received": 4, "accepted": 3, "refused": 1, "refusedBy": {"a": 1}},
        "holds": True,
    } == line


def test_what_does_not_add_up_is_said(world: World) -> None:
    """In its line, and of the whole, also where another line makes up for it."""
    fill(world)
    fill(world, hour=1, received=8)
    fill(world, hour=2, received=6)
    page = world.get(f"/api/v1/balance?{EVERYTHING}")
    assert [True, False, False] == [line["holds"] for line in page["items"]]
    assert (False, True) == (page["holds"], page["totals"]["holds"])
    assert 21 == page["totals"]["received"]


def test_hours_and_datastreams_can_be_chosen(world: World) -> None:
    """By hour, then datastream; an hour counts if any of it is asked for."""
    fill(world, "web", 2)
    fill(world, "app", 2)
    fill(world, "", 0)
    first, third = "2026-01-01T00:00:00.000Z", "2026-01-01T02:00:00.000Z"
    assert [(first, "", 7), (third, "app", 7), (third, "web", 7)] == lines(world, EVERYTHING)
    assert [(third, "web", 7)] == lines(world, EVERYTHING + "&datastream=web")
    assert [(first, "", 7)] == lines(world, EVERYTHING + "&datastream=")
    assert [third] * 2 == [hour for hour, *_ in lines(world, "from=2026-01-01T02:59:00Z")]
    assert [first] == [hour for hour, *_ in lines(world, "until=2026-01-01T02:00:00Z")]
    assert [(None, "", 7), (None, "app", 7), (None, "web", 7)] == lines(world, "granularity=total")
    assert [(None, "app", 7), (None, "web", 7)] == lines(world, "granularity=total&from=2026-01-01T01:00:00Z")


def test_a_day_is_shown_if_nothing_is_asked(world: World) -> None:
    """The last 24 hours and the one that has begun, or those before `until`."""
    for hour in (-25, -24, 0):
        fill(world, hour=hour)
    assert ["2025-12-31T00:00:00.000Z", "2026-01-01T00:00:00.000Z"] == [hour for hour, *_ in lines(world, "")]
    assert ["2025-12-30T23:00:00.000Z"] == [hour for hour, *_ in lines(world, "until=2025-12-31T00:00:00Z")]


def test_the_sheet_is_paged(world: World) -> None:
    """Its totals are of all pages."""
    for hour in range(3):
        for name in ("app", "web"):
            fill(world, name, hour)
    found: list[tuple[str, str]] = []
    cursor: str | None = ""
    for size in (4, 2):
        page = world.get(f"/api/v1/balance?{EVERYTHING}&limit=4" + (f"&cursor={cursor}" if cursor else ""))
        assert (size, 42) == (len(page["items"]), page["totals"]["received"])
        found += [(line["hour"][11:13], line["datastream"]) for line in page["items"]]
        cursor = page["cursor"]
    assert None is cursor
    assert [(hour, name) for hour in ("00", "01", "02") for name in ("app", "web")] == found


def test_an_empty_sheet_holds(world: World) -> None:
    """Nothing came in; and what could not be counted is said."""
    page = world.get("/api/v1/balance")
    assert ([], None, True, True, 0) == (
        page["items"], page["cursor"], page["holds"], page["complete"], page["totals"]["received"],
    )  # fmt: skip
    world.live.complete = False
    assert not world.get("/api/v1/balance")["complete"]


def test_a_long_time_is_asked_for_in_sums(world: World) -> None:
    """More hours than a page of a month are a 400 that says so."""
    problem = problem_of(world.client.get("/api/v1/balance?from=2025-11-01T00:00:00Z"), 400)
    assert "744 hours" in problem["errors"][0]["reason"]
    assert 200 == world.client.get("/api/v1/balance?from=2025-12-01T00:00:00Z").status_code
    assert 200 == world.client.get("/api/v1/balance?from=2020-11-01T00:00:00Z&granularity=total").status_code
    problem_of(world.client.get("/api/v1/balance?granularity=day"), 400)
    problem_of(world.client.get("/api/v1/balance?cursor=x"), 400)
