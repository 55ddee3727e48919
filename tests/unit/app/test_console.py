"""What the console is told of the system around it."""

import pytest

from playhead.api.meters import Distribution, Snapshot
from playhead.app.collector_link import Metered, RequestCount
from playhead.app.console import known_hosts, snapshot_of
from playhead.app.settings import ConsoleSettings
from playhead.collector.meters import LATENCY_BOUNDS_S


@pytest.mark.parametrize(
    ("settings", "token", "hosts"),
    [
        (ConsoleSettings(), None, frozenset({"127.0.0.1"})),
        (ConsoleSettings(hosts=("Stats.Example",)), None, frozenset({"127.0.0.1", "stats.example"})),
        (ConsoleSettings(host="0.0.0.0"), "t", None),  # noqa: S104 - others reach it
        (ConsoleSettings(host="10.0.0.5", hosts=("stats.example",)), "t", frozenset({"10.0.0.5", "stats.example"})),
    ],
)
def test_names_are_open_only_behind_a_token(
    settings: ConsoleSettings, token: str | None, hosts: frozenset[str] | None
) -> None:
    """Without a token the console knows its names; with one, only where names are configured."""
    assert hosts == known_hosts(settings, token)


def test_collectors_are_added_up() -> None:
    """Several processes are one door; a reason only one of them met is kept."""
    counts = [1] * (len(LATENCY_BOUNDS_S) + 1)
    one = Metered([RequestCount("ping", 204, 3)], {"a": 1}, counts, 0.5, 2, 100, 0)
    other = Metered([RequestCount("ping", 204, 4)], {"a": 1, "b": 2}, counts, 0.25, 1, 50, 0)
    expected = Snapshot(
        requests={("collector", "ping", 204): 7},
        refusals={"a": 2, "b": 2},
        latency_s={"collector": Distribution(LATENCY_BOUNDS_S, tuple(2 * count for count in counts), 0.75)},
        queue_depths={"collector": 3},
    )
    assert expected == snapshot_of([one, other])
