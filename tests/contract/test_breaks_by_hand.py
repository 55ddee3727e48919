"""What becomes of the audience at ad breaks equals what plain loops over the session records give (decision 0056)."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

import reports_by_hand as by_hand
from playhead.base.clock import ManualClock
from playhead.base.units import SessionId
from playhead.reporting.outputs import SessionRecord, SessionState
from playhead.reporting.panels import PanelQuestion
from playhead.reporting.report import Period
from playhead.reporting.segments import ads_of, segment_of
from playhead.store.breaks import By, ad_breaks
from playhead.store.duck import DuckStore
from playhead.store.panels import Panel
from playhead.store.port import Commit

DAYS = Period(by_hand.BEGIN_MS + 3_600_000, by_hand.BEGIN_MS + 2 * by_hand.DAY_MS)
SESSIONS = [
    replace(one, main_play_ms=[(one.started_at_ms, one.started_at_ms + n % 7 * 20_000)] if n % 7 else [])
    for n, one in enumerate(by_hand.sessions(300, 23))
]
"""Sessions whose main content stops before, in or after their breaks."""


def asked(sessions: Sequence[SessionRecord], tmp: pytest.TempPathFactory) -> Iterator[DuckStore]:
    """A store that holds them."""
    store = DuckStore(tmp.mktemp("breaks") / "store.duckdb", ManualClock(DAYS.until_ms))
    store.commit(Commit(outputs=sessions, now_ms=DAYS.until_ms))
    yield store
    store.close()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckStore]:
    """A store that holds the sessions."""
    yield from asked(SESSIONS, tmp_path_factory)


def panel(store: DuckStore, by: By, ads: object = None, **more: Any) -> Panel:
    """The answer about these days."""
    chosen = None if ads is None else ads_of(ads)
    question = PanelQuestion(period=DAYS, **more)
    return ad_breaks(question, lambda sql, most: store.answer(sql, rows_max=most), by=by, ads=chosen)


def pod_of(ad: Mapping[str, Any]) -> Any:
    """The break an ad was in."""
    return ad["advertisingPodDetails"]["ID"]


def fate(one: SessionRecord, pod: str) -> str:
    """What a session did at a break."""
    mine = [ad for ad in one.ads if pod_of(ad) == pod]
    end = max(ad["closedAtMs"] for ad in mine)
    if any(high >= end + 1000 for _, high in one.main_play_ms) or pod_of(one.ads[-1]) != pod:
        return "went-on"
    return "left-after" if mine[-1]["advertisingDetails"].get("isCompleted") else "left-in-ad"


def counted(sessions: Sequence[SessionRecord], by: By, holds: Callable[[Any], bool]) -> dict[Any, Counter[str]]:
    """The numbers of the breaks by value."""
    found: dict[Any, Counter[str]] = {}
    for one in sessions:
        if one.state is not SessionState.CLOSED or not DAYS.from_ms <= one.last_at_ms < DAYS.until_ms:
            continue
        for pod in {pod_of(ad) for ad in one.ads}:
            every = [ad for ad in one.ads if pod_of(ad) == pod]
            chosen = [ad for ad in every if holds(ad)]
            if not chosen:
                continue
            told = {
                By.AD_POD: pod,
                By.POD_NAME: chosen[-1]["advertisingPodDetails"]["friendlyName"],
                By.POD_POSITION: chosen[-1]["advertisingPodDetails"]["offset"],
                By.CONTENT: one.session_details["name"],
            }
            sums = found.setdefault(told[by], Counter())
            details = [ad["advertisingDetails"] for ad in chosen]
            sums.update(
                {"breaks": 1, "ads": len(chosen), "ads-completed": sum(ad.get("isCompleted") is True for ad in details)}
            )
            sums.update({"seconds": sum(ad["timePlayed"] for ad in details), fate(one, pod): 1})
    return found


OF_ADS: Sequence[tuple[object, Callable[[Any], bool]]] = (
    (None, lambda _: True),
    (
        {"dimension": "advertiser", "op": "=", "value": "advertiser 1"},
        lambda ad: ad["advertisingDetails"].get("advertiser") == "advertiser 1",
    ),
    (
        {"all": [{"dimension": "ad-length", "op": ">", "value": 15}, {"not": {"dimension": "ad", "op": "=", "value": "ad 2"}}]},
        lambda ad: ad["advertisingDetails"]["length"] > 15 and ad["advertisingDetails"]["name"] != "ad 2",
    ),
)  # fmt: skip


@pytest.mark.parametrize("ads", OF_ADS)
@pytest.mark.parametrize("by", By)
def test_breaks_by_every_value(store: DuckStore, by: By, ads: tuple[object, Callable[[Any], bool]]) -> None:
    """Breaks, their ads, and how many went on, left in an ad and left after: by each value, and altogether."""
    given, holds = ads
    expected = counted(SESSIONS, by, holds)
    answer = panel(store, by, given)
    names = answer.columns[5 if by is By.AD_POD else 1 : -1]
    rows = {row[0]: dict(zip(names, row[-len(names) - 1 : -1], strict=True)) for row in answer.rows}
    assert {value: {name: sums[name] for name in names} for value, sums in expected.items()} == rows
    assert sorted((sums["breaks"] for sums in expected.values()), reverse=True) == [
        rows[row[0]]["breaks"] for row in answer.rows
    ]
    assert {value: round(sums["went-on"] / sums["breaks"], 6) for value, sums in expected.items()} == {
        row[0]: row[-1] for row in answer.rows
    }
    whole = sum(expected.values(), Counter())
    assert {name: whole[name] for name in names} == {name: answer.summary[name] for name in names}
    assert all(whole[outcome] for outcome in ("went-on", "left-in-ad", "left-after"))
    assert whole["breaks"] == whole["went-on"] + whole["left-in-ad"] + whole["left-after"]


def test_those_who_left_last_are_named(store: DuckStore) -> None:
    """The latest twenty, with the ad they left in or after."""
    expected = []
    for one in SESSIONS:
        if one.state is not SessionState.CLOSED or not DAYS.from_ms <= one.last_at_ms < DAYS.until_ms:
            continue
        for pod in {pod_of(ad) for ad in one.ads}:
            if fate(one, pod) != "went-on":
                last = [ad for ad in one.ads if pod_of(ad) == pod][-1]
                end = max(ad["closedAtMs"] for ad in one.ads if pod_of(ad) == pod)
                details = last["advertisingDetails"]
                told = (one.session_id, one.session_details["name"], details["name"], details.get("isCompleted", False))
                expected.append((-end, told))
    found = panel(store, By.CONTENT).overlays["left"]
    assert [told for _, told in sorted(expected)][:20] == [
        (one["session"], one["content"], one["ad"], one["completed"]) for one in found
    ]
    assert all(one["break"] == "break" and one["second"] in {0, 900} for one in found)


def test_a_segment_chooses_sessions_and_not_ads(store: DuckStore) -> None:
    """All breaks of the sessions that are in it."""
    segment = {"dimension": "advertiser", "op": "=", "value": "advertiser 1"}
    chosen = [one for one in SESSIONS if any(ad["advertisingDetails"].get("advertiser") == "advertiser 1" for ad in one.ads)]  # fmt: skip
    expected = sum(counted(chosen, By.CONTENT, lambda _: True).values(), Counter())
    assert expected["ads"] == panel(store, By.CONTENT, segment=segment_of(segment)).summary["ads"]


def test_leaving_is_not_a_moment_of_main_content(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A player that closes ad, break and session one after the other has left; main content a second later is going on."""
    [ad] = by_hand.sessions(9, 1)[8].ads[:1]
    base = replace(by_hand.sessions(9, 1)[8], ads=[ad], state=SessionState.CLOSED, last_at_ms=DAYS.from_ms)
    end = ad["closedAtMs"]
    made = [
        replace(base, session_id=SessionId(f"s{n}"), main_play_ms=pieces)
        for n, pieces in enumerate([[(end, end + 999)], [(end - 5000, end), (end + 5000, end + 6000)]])
    ]
    for store in asked(made, tmp_path_factory):
        summary = panel(store, By.AD_POD).summary
        assert (2, 1) == (summary["sessions"], summary["went-on"])


def test_of_nothing_there_is_nothing(store: DuckStore) -> None:
    """Without such ads there are no rows, and all sums are 0."""
    answer = panel(store, By.POD_NAME, {"dimension": "ad", "op": "=", "value": "nobody's"})
    assert [] == list(answer.rows)
    assert {0} == set(answer.summary.values())
