"""What the collectors count, in the console's words."""

from playhead.app.collector_link import Metered, RequestCount
from playhead.app.collectors import NOTHING
from playhead.app.config import load_config
from playhead.app.console import setting_items, snapshot_of
from playhead.app.settings import DECLARED
from playhead.collector.meters import LATENCY_BOUNDS_S


def test_workers_are_added_up() -> None:
    """Requests, refusals, latencies and what waits of all collectors are one door."""
    buckets = [0] * (len(LATENCY_BOUNDS_S) + 1)
    first = Metered(
        requests=[RequestCount("va/v1/play", 204, 2)], refusals={"x": 1}, latency_counts=[2, *buckets[1:]],
        latency_sum_s=0.5, waiting=3, waiting_bytes=9, refused_records_lost=0,
    )  # fmt: skip
    second = Metered(
        requests=[RequestCount("va/v1/play", 204, 1), RequestCount("healthz", 200, 1)], refusals={"x": 1},
        latency_counts=[*buckets[1:], 2], latency_sum_s=9.0, waiting=1, waiting_bytes=9, refused_records_lost=0,
    )  # fmt: skip
    snapshot = snapshot_of([first, second, NOTHING])
    assert snapshot.requests == {("collector", "va/v1/play", 204): 3, ("collector", "healthz", 200): 1}
    assert snapshot.refusals == {"x": 2}
    latency = snapshot.latency_s["collector"]
    assert (latency.counts[0], latency.counts[-1], sum(latency.counts), latency.total) == (2, 2, 4, 9.5)
    assert snapshot.queue_depths == {"collector": 4}


def test_settings_are_told_with_value_default_and_source() -> None:
    """Every one that is declared, in that order, in the types of JSON."""
    items = setting_items(load_config({"collector.port": 9000}, environ={"PLAYHEAD_SESSIONS_MAX_STATES": "3"}).values)
    assert list(DECLARED) == [item.key for item in items]
    by_key = {item.key: item for item in items}
    port, states, bases = (by_key[key] for key in ("collector.port", "sessions.max_states", "collector.base_paths"))
    assert (9000, 8080, "option", "--port") == (port.value, port.default, port.source, port.place)
    assert (3, 10, "environment", "PLAYHEAD_SESSIONS_MAX_STATES") == (
        *(states.value, states.default, states.source),
        states.place,
    )
    assert (["ee", "ee-pre-prd"],) * 2 == (bases.value, bases.default)
    assert states.variable == states.place
    assert states.meaning == "Different player states counted in one session."
