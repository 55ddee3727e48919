"""A whole audience."""

import random

from msgspec.structs import replace

from playhead.base.units import DAY_MS, HOUR_MS
from playhead.viewers.mix import Mix
from playhead.viewers.network import Request
from playhead.viewers.notebook import Truth
from playhead.viewers.traffic import Plan, busyness, traffic

BEGIN_MS = 1_767_571_200_000
PLAN = Plan(begin_ms=BEGIN_MS, until_ms=BEGIN_MS + 3 * HOUR_MS, viewers=20, viewings_per_s=0.01)


def items(plan: Plan = PLAN, seed: int = 1) -> list[Request | Truth]:
    """All of it."""
    return list(traffic(plan, lambda name: random.Random(f"{seed} {name}")))


def test_requests_are_in_order_of_time() -> None:
    """Over all viewings."""
    times = [item.at_ms for item in items() if isinstance(item, Request)]
    assert times == sorted(times)
    assert times[0] >= BEGIN_MS


def test_the_same_seed_gives_the_same_traffic() -> None:
    """To the byte; another one does not."""
    assert repr(items()) == repr(items())
    assert repr(items()) != repr(items(seed=2))


def test_each_viewing_ends_with_its_truth() -> None:
    """One truth a viewing, after its last request; its first request is a start or a download."""
    known: set[int] = set()
    over: set[int] = set()
    for item in items():
        assert item.viewing not in over
        if isinstance(item, Truth):
            over.add(item.viewing)
        elif item.viewing not in known:
            known.add(item.viewing)
            assert item.action in {"sessionStart", "downloaded"}
    assert known == over


def test_viewers_come_back() -> None:
    """Twenty people watch more than twenty times, under their own names."""
    truths = [item for item in items() if isinstance(item, Truth)]
    people = {truth.viewer for truth in truths}
    assert len(people) <= 20 < len(truths)


def test_more_begin_in_a_rush() -> None:
    """Ten times as many in the last hour, and before it what is said without one."""
    rush_ms = PLAN.until_ms - HOUR_MS
    calm, rushed = items(), items(replace(PLAN, rush_ms=rush_ms, rush=10))

    def begun(said: list[Request | Truth], from_ms: int, until_ms: int) -> list[int]:
        return [
            item.viewing
            for item in said
            if isinstance(item, Request) and item.action == "sessionStart" and from_ms <= item.at_ms < until_ms
        ]

    assert begun(calm, 0, rush_ms - HOUR_MS) == begun(rushed, 0, rush_ms - HOUR_MS)
    assert len(begun(rushed, rush_ms, PLAN.until_ms)) > 5 * len(begun(calm, rush_ms, PLAN.until_ms))


def test_as_many_begin_as_were_asked_for() -> None:
    """On average: more in the evening, fewer in the morning, as many in all."""
    clips = Mix(episodes=0, films=0, live=0, podcasts=0)
    plan = Plan(
        begin_ms=BEGIN_MS, until_ms=BEGIN_MS + 7 * DAY_MS, viewers=99, viewings_per_s=1000 / 7 / 86_400, mix=clips
    )
    assert 900 < sum(isinstance(item, Truth) for item in items(plan)) < 1_100


def test_the_week_is_one_on_average() -> None:
    """Its busiest hour is below the bound that beginnings are drawn by."""
    week = [busyness(BEGIN_MS + hour * HOUR_MS) for hour in range(7 * 24)]
    assert abs(sum(week) / len(week) - 1) < 0.01
    assert max(week) <= 1.9


def test_nothing_begins_at_a_rate_of_nothing() -> None:
    """An empty run."""
    assert items(Plan(begin_ms=BEGIN_MS, until_ms=BEGIN_MS + HOUR_MS, viewers=1, viewings_per_s=0)) == []
