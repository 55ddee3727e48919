"""Made-up requests in journals are what a collector would have written of them."""

import random
from pathlib import Path

from playhead.app.past import Past
from playhead.base.units import DatastreamId, SessionId
from playhead.deployment.datastreams import Datastream
from playhead.deployment.keys import load_or_create_keys
from playhead.deployment.layout import Layout, prepare
from playhead.events.delivery import Delivery
from playhead.journal.disk import RealDisk
from playhead.journal.log import JournalReader
from playhead.viewers.network import Request
from playhead.viewers.notebook import Truth
from playhead.viewers.traffic import Plan, traffic
from playhead.wire.decode import deliveries
from playhead.wire.record import RecordKind, decode_record

BEGIN_MS = 1_767_571_200_000
STREAM = Datastream(id=DatastreamId("ds"), name="ds", created_ms=BEGIN_MS)
PLAN = Plan(begin_ms=BEGIN_MS, until_ms=BEGIN_MS + 3_600_000, viewers=20, viewings_per_s=0.01)


def written(root: Path, items: list[Request | Truth], collectors: int) -> tuple[Layout, Past]:
    """The journals of these."""
    layout = prepare(root)
    past = Past(layout, load_or_create_keys(layout.keys, BEGIN_MS), STREAM, BEGIN_MS, RealDisk(), collectors=collectors)
    for item in items:
        past.take(item)
    past.flush(PLAN.until_ms)
    past.close()
    return layout, past


def read(layout: Layout) -> list[tuple[int, bytes]]:
    """Kind and payload of every record."""
    found = []
    for path in layout.existing_journals():
        reader = JournalReader.open(str(path), 0)
        while batches := reader.read(1 << 20):
            found += [record for batch in batches for record in batch.records]
        reader.close()
    return found


def test_every_request_is_in_the_journals_once(tmp_path: Path) -> None:
    """Accepted ones read as the events that were sent, refused ones are marked, over both collectors' journals."""
    items = list(traffic(PLAN, lambda name: random.Random(f"2 {name}")))
    layout, past = written(tmp_path / "data", items, collectors=2)
    requests = [item for item in items if isinstance(item, Request)]
    records = read(layout)
    assert len(layout.existing_journals()) == 2
    assert len(records) == len(requests) == past.accepted + past.refused
    assert sum(kind == RecordKind.REFUSED for kind, _ in records) == sum(one.refused for one in requests)
    taken: list[Delivery] = []
    for kind, payload in records:
        record = decode_record(payload)
        if kind == RecordKind.ACCEPTED:
            taken += deliveries(record)
    sessions = {delivery.session_id for delivery in taken}
    assert len(sessions) == past.begun == sum(isinstance(item, Truth) for item in items)
    assert sorted(delivery.received_ms for delivery in taken) == sorted(
        one.at_ms for one in requests if not one.refused
    )


def test_viewings_that_are_not_over_keep_their_sessions(tmp_path: Path) -> None:
    """Cut off in the middle, those known are the viewings without a truth; in the end there are none."""
    items = list(traffic(PLAN, lambda name: random.Random(f"2 {name}")))
    half = items[: len(items) // 2]
    _, past = written(tmp_path / "half", half, collectors=1)
    over = {item.viewing for item in half if isinstance(item, Truth)}
    begun: dict[int, SessionId] = past.sessions
    assert {item.viewing for item in half} - over == set(begun)
    assert begun
    _, whole = written(tmp_path / "whole", items, collectors=1)
    assert whole.sessions == {}
