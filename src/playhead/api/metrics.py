"""Snapshots as Prometheus text. Every metric is in `FAMILIES`, with its kind and meaning; the reference page follows it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct
from prometheus_client import CollectorRegistry, exposition
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from playhead.api.meters import Distribution, Snapshot

CONTENT_TYPE = exposition.CONTENT_TYPE_LATEST


class Family(Struct, frozen=True):
    """One metric: kind (`counter`, `gauge`, `histogram`), meaning, labels."""

    kind: str
    meaning: str
    labels: tuple[str, ...] = ()


FAMILIES: Mapping[str, Family] = {
    "playhead_requests": Family("counter", "Answered HTTP requests.", ("door", "route", "status")),
    "playhead_request_duration_seconds": Family("histogram", "Time to the first byte of the answer.", ("door",)),
    "playhead_events": Family("counter", "Acknowledged events by what became of them.", ("type", "outcome")),
    "playhead_refusals": Family("counter", "Requests and events refused at the collector.", ("reason",)),
    "playhead_balance": Family("counter", "What became of all that was received, as stored.", ("item", "reason")),
    "playhead_open_sessions": Family("gauge", "Sessions open or closing."),
    "playhead_session_closes": Family("counter", "Sessions closed, provisionally or for good.", ("cause",)),
    "playhead_journal_bytes": Family("gauge", "Bytes of the journal on disk.", ("journal",)),
    "playhead_store_bytes": Family("gauge", "Bytes of the store on disk."),
    "playhead_lag_seconds": Family("gauge", "Age of the oldest journal record not yet in the store.", ("journal",)),
    "playhead_store_write_seconds": Family("histogram", "Time a commit to the store took."),
    "playhead_queue_depth": Family("gauge", "Items waiting.", ("queue",)),
    "playhead_retention_removed": Family("counter", "Removed because it is not kept any longer.", ("kind",)),
    "playhead_build": Family("gauge", "Always 1; the version is a label.", ("version",)),
}
"""Name -> what it is. Counters get the suffix `_total` on the wire."""


class SnapshotCollector(Collector):
    """Reads the snapshots at each scrape."""

    def __init__(self, snapshots: Callable[[], Sequence[Snapshot]], version: str) -> None:
        self._snapshots = snapshots
        self._version = version

    def collect(self) -> Iterator[Metric]:
        """Every family, also without samples: a dashboard can tell "none" from "not measured"."""
        return families_of(self._snapshots(), self._version)

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not read the snapshots."""
        return ()


def exposed(snapshots: Callable[[], Sequence[Snapshot]], version: str) -> bytes:
    """The text of one scrape."""
    registry = CollectorRegistry()
    registry.register(SnapshotCollector(snapshots, version))
    return exposition.generate_latest(registry)


def families_of(snapshots: Sequence[Snapshot], version: str) -> Iterator[Metric]:
    """The families with their samples; counts of several snapshots are added up, lag is the largest."""
    yield _counter("playhead_requests", _sums(_texts(s.requests) for s in snapshots))
    yield _histogram("playhead_request_duration_seconds", [_single(s.latency_s) for s in snapshots])
    yield _counter("playhead_events", _sums(_labelled(s.events) for s in snapshots))
    yield _counter("playhead_refusals", _sums(_single(s.refusals) for s in snapshots))
    yield _counter("playhead_balance", _sums(_labelled(s.balance) for s in snapshots))
    yield _gauge(
        "playhead_open_sessions", _sums({(): s.open_sessions} for s in snapshots if s.open_sessions is not None)
    )
    yield _counter("playhead_session_closes", _sums(_single(s.closes) for s in snapshots))
    yield _gauge("playhead_journal_bytes", _sums(_single(s.journal_bytes) for s in snapshots))
    yield _gauge("playhead_store_bytes", _sums({(): s.store_bytes} for s in snapshots if s.store_bytes is not None))
    yield _gauge("playhead_lag_seconds", _largest(_single(s.lag_s) for s in snapshots))
    yield _histogram(
        "playhead_store_write_seconds", [{(): s.store_write_s} for s in snapshots if s.store_write_s is not None]
    )
    yield _gauge("playhead_queue_depth", _sums(_single(s.queue_depths) for s in snapshots))
    yield _counter("playhead_retention_removed", _sums(_single(s.removed) for s in snapshots))
    yield _gauge("playhead_build", {(version,): 1})


Labels = tuple[str, ...]
V = TypeVar("V")


def _single(by: Mapping[str, V]) -> dict[Labels, V]:
    return {(key,): value for key, value in by.items()}


def _labelled(by: Mapping[tuple[str, str], int]) -> dict[Labels, int]:
    return dict(by.items())


def _texts(requests: Mapping[tuple[str, str, int], int]) -> dict[Labels, int]:
    return {(door, route, str(status)): count for (door, route, status), count in requests.items()}


def _sums(parts: Iterable[Mapping[Labels, float]]) -> dict[Labels, float]:
    total: dict[Labels, float] = {}
    for part in parts:
        for labels, value in part.items():
            total[labels] = total.get(labels, 0) + value
    return total


def _largest(parts: Iterable[Mapping[Labels, float]]) -> dict[Labels, float]:
    most: dict[Labels, float] = {}
    for part in parts:
        for labels, value in part.items():
            most[labels] = max(most.get(labels, value), value)
    return most


def _counter(name: str, samples: Mapping[Labels, float]) -> Metric:
    family = CounterMetricFamily(name, FAMILIES[name].meaning, labels=FAMILIES[name].labels)
    for labels, value in sorted(samples.items()):
        family.add_metric(labels, value)
    return family


def _gauge(name: str, samples: Mapping[Labels, float]) -> Metric:
    family = GaugeMetricFamily(name, FAMILIES[name].meaning, labels=FAMILIES[name].labels)
    for labels, value in sorted(samples.items()):
        family.add_metric(labels, value)
    return family


def _histogram(name: str, parts: Sequence[Mapping[Labels, Distribution]]) -> Metric:
    family = HistogramMetricFamily(name, FAMILIES[name].meaning, labels=FAMILIES[name].labels)
    merged: dict[Labels, Distribution] = {}
    for part in parts:
        for labels, value in part.items():
            merged[labels] = _added(merged[labels], value) if labels in merged else value
    for labels, value in sorted(merged.items(), key=lambda item: item[0]):
        buckets, seen = [], 0
        for bound, count in zip([*map(str, value.bounds), "+Inf"], value.counts, strict=True):
            seen += count
            buckets.append((bound, seen))
        family.add_metric(labels, buckets, value.total)
    return family


def _added(one: Distribution, other: Distribution) -> Distribution:
    assert one.bounds == other.bounds, "distributions of one metric have the same buckets"
    counts = tuple(a + b for a, b in zip(one.counts, other.counts, strict=True))
    return Distribution(one.bounds, counts, one.total + other.total)
