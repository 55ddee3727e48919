"""Snapshots as Prometheus text."""

from prometheus_client.parser import text_string_to_metric_families

from playhead.api.meters import Distribution, Snapshot
from playhead.api.metrics import FAMILIES, exposed, families_of

FULL = Snapshot(
    requests={("collector", "va/v1/ping", 204): 5},
    latency_s={"collector": Distribution((0.1, 1.0), (3, 1, 1), 4.5)},
    events={("ping", "accepted"): 5},
    refusals={"EXEG-0003-400": 2},
    balance={("received", ""): 9, ("refused", "EXEG-0003-400"): 4},
    open_sessions=7,
    closes={"idle": 1},
    journal_bytes={"w00": 1024},
    store_bytes=4096,
    lag_s={"w00": 0.25},
    store_write_s=Distribution((0.1, 1.0), (1, 0, 0), 0.05),
    queue_depths={"disk": 3},
    removed={"rows": 6},
)


def samples(*snapshots: Snapshot) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Sample by name and labels, as a scraper reads them."""
    text = exposed(lambda: snapshots, "1.2.3").decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_everything_the_contract_names_is_there() -> None:
    """Requests, latency, events, refusals, sessions, closes, journal, lag, writes, queues, removals and the build are samples."""
    found = samples(FULL)
    assert found["playhead_requests_total", (("door", "collector"), ("route", "va/v1/ping"), ("status", "204"))] == 5
    assert found["playhead_events_total", (("outcome", "accepted"), ("type", "ping"))] == 5
    assert found["playhead_refusals_total", (("reason", "EXEG-0003-400"),)] == 2
    assert found["playhead_balance_total", (("item", "received"), ("reason", ""))] == 9
    assert found["playhead_balance_total", (("item", "refused"), ("reason", "EXEG-0003-400"))] == 4
    assert found["playhead_open_sessions", ()] == 7
    assert found["playhead_session_closes_total", (("cause", "idle"),)] == 1
    assert found["playhead_journal_bytes", (("journal", "w00"),)] == 1024
    assert found["playhead_store_bytes", ()] == 4096
    assert found["playhead_lag_seconds", (("journal", "w00"),)] == 0.25
    assert found["playhead_store_write_seconds_sum", ()] == 0.05
    assert found["playhead_queue_depth", (("queue", "disk"),)] == 3
    assert found["playhead_retention_removed_total", (("kind", "rows"),)] == 6
    assert found["playhead_build", (("version", "1.2.3"),)] == 1


def test_histograms_are_cumulative() -> None:
    """Each bucket holds the smaller ones too, and the last one all."""
    found = samples(FULL)
    buckets = [
        found["playhead_request_duration_seconds_bucket", (("door", "collector"), ("le", bound))]
        for bound in ("0.1", "1.0", "+Inf")
    ]
    assert buckets == [3, 4, 5]


def test_several_processes_are_one_sum() -> None:
    """Counts and distributions add up, the lag of a journal is the largest said."""
    found = samples(FULL, FULL, Snapshot(lag_s={"w00": 3.0}))
    assert found["playhead_requests_total", (("door", "collector"), ("route", "va/v1/ping"), ("status", "204"))] == 10
    assert found["playhead_request_duration_seconds_count", (("door", "collector"),)] == 10
    assert found["playhead_lag_seconds", (("journal", "w00"),)] == 3.0


def test_families_are_those_declared() -> None:
    """What is written and what is declared are the same families, also when nothing was measured."""
    assert list(FAMILIES) == [family.name for family in families_of([], "1")]
