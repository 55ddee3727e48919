"""How events arrive."""

import random

import pytest

from playhead.viewers.catalogue import Title
from playhead.viewers.mix import Mix
from playhead.viewers.network import AFTER_END_MS, Network, Request
from playhead.viewers.notebook import Notebook
from playhead.viewers.people import Viewer, viewer_of
from playhead.viewers.player import Said

BEGIN_MS = 1_767_571_200_000
BROWSER = viewer_of(1, random.Random, Mix(ios=0, android=0, roku=0))
PHONE = viewer_of(1, random.Random, Mix(web=0, ios=0, roku=0))


def network(viewer: Viewer, seed: int = 1, **factors: float) -> tuple[Network, Notebook]:
    """A network on which nothing happens but what is asked for."""
    quiet = {"retries": 0.0, "reordering": 0.0, "refusals": 0.0, **factors}
    notebook = Notebook(Title("films", "f", 60, {}), {}, {}, resumed=False)
    return Network(3, viewer, random.Random(seed), Mix(**quiet), notebook), notebook


def told(count: int, last: str = "ping") -> list[Said]:
    """A start and pings every 10 s."""
    actions = ["sessionStart", *["ping"] * (count - 2), last]
    return [Said(BEGIN_MS + 10_000 * n, action, {"playhead": 10 * n}) for n, action in enumerate(actions)]


def arrived(of: Network) -> list[Request]:
    """All that is under way, as it arrives."""
    requests = []
    while of.next_ms() is not None:
        requests.append(of.take())
    return requests


@pytest.mark.parametrize("viewer", [BROWSER, PHONE], ids=["browser", "phone"])
def test_events_arrive_soon_and_carry_the_device_clock(viewer: Viewer) -> None:
    """Usually within a second; the timestamp is the device's."""
    made, _ = network(viewer)
    made.carry(told(20))
    requests = arrived(made)
    assert [request.collection["playhead"] for request in requests] == [10 * n for n in range(20)]
    assert all(0 < request.at_ms - request.said_ms + viewer.skew_ms < 1_000 for request in requests)
    assert (requests[0].client_id is None) == (viewer is BROWSER)


def test_browsers_get_out_of_order_but_never_before_the_start_or_too_late_for_the_end() -> None:
    """Stragglers come up to 40 s late, and a sessionEnd waits for what it must not miss."""
    late = 0
    for seed in range(60):
        made, _ = network(BROWSER, seed, reordering=60)
        made.carry(told(12, "sessionEnd"))
        requests = arrived(made)
        assert requests[0].action == "sessionStart"
        (end_ms,) = [request.at_ms for request in requests if request.action == "sessionEnd"]
        assert max(request.at_ms for request in requests) <= end_ms + AFTER_END_MS
        order = [request.said_ms for request in requests]
        late += order != sorted(order)
    assert late > 10


@pytest.mark.parametrize("viewer", [BROWSER, PHONE], ids=["browser", "phone"])
def test_retries_repeat_the_event_by_the_rules_of_the_sdk(viewer: Viewer) -> None:
    """A browser keeps the requestId, a phone the `_id`."""
    made, notebook = network(viewer, retries=200)
    made.carry(told(2))
    requests = arrived(made)
    pings = [request for request in requests if request.action == "ping"]
    assert len(pings) == 2
    assert notebook.duplicates == len(requests) - 2
    one, other = pings
    assert (one.collection, one.said_ms) == (other.collection, other.said_ms)
    if viewer is BROWSER:
        assert one.request_id == other.request_id
    else:
        assert (one.client_id, True) == (other.client_id, one.request_id != other.request_id)


def test_a_phone_without_network_flushes_in_order() -> None:
    """What it said while away comes when it is back, one after the other."""
    made, _ = network(PHONE)
    made.go_offline(BEGIN_MS + 15_000, BEGIN_MS + 3_600_000)
    made.carry(told(6))
    times = [request.at_ms - BEGIN_MS for request in arrived(made)]
    assert times[1] < 15_000
    assert times[2:] == [3_600_000, 3_600_025, 3_600_050, 3_600_075]


def test_orderly_delivery_is_exact() -> None:
    """The same delay for all, and the last arrival is told."""
    made, _ = network(BROWSER)
    last_ms = made.carry_in_order(told(4))
    assert last_ms == BEGIN_MS + 30_040
    assert [request.at_ms - BEGIN_MS for request in arrived(made)] == [40, 10_040, 20_040, 30_040]


def test_broken_requests_have_no_playhead() -> None:
    """They come beside the good one, which counts."""
    made, _ = network(PHONE, refusals=1_000)
    made.carry(told(2))
    requests = arrived(made)
    assert [False, False, True] == [request.refused for request in requests]
    assert "playhead" not in requests[-1].collection


def test_a_download_is_one_request() -> None:
    """With all events in it, and the time it is delivered."""
    made, _ = network(PHONE)
    made.deliver_whole(told(5), BEGIN_MS + 99_000)
    (request,) = arrived(made)
    assert ("downloaded", 5, BEGIN_MS + 99_000) == (request.action, len(request.items), request.at_ms)
