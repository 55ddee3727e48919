"""What comes of a session does not depend on the sessions beside it: any number of processors share them the same way."""

import random
import zlib
from collections import defaultdict

import pytest

from pipeline_stream import many, settings_of
from playhead.base.units import SessionId
from playhead.pipeline.committer import session_of
from playhead.reporting.outputs import Output
from playhead.wire.decode import deliveries
from property.running import FAR_MS, Ran


def told(outputs: list[Output]) -> dict[SessionId, list[Output]]:
    """What was said of each session, in order."""
    found: dict[SessionId, list[Output]] = defaultdict(list)
    for output in outputs:
        found[session_of(output)].append(output)
    return found


@pytest.mark.parametrize("partitions", [2, 3, 7, 64])
def test_the_number_of_partitions_changes_nothing(partitions: int) -> None:
    """Each session is said the same of, wherever it lives and however time is told there."""
    stream = [delivery for record in many(60, seed=9) if not record.reason for delivery in deliveries(record)]
    settings = settings_of(stream[0].datastream_id)
    alone = Ran(settings).take(stream).advance(FAR_MS)
    shared = [Ran(settings) for _ in range(partitions)]
    dice = random.Random(partitions)
    for delivery in stream:
        shared[zlib.crc32(delivery.session_id.encode()) % partitions].take([delivery])
        dice.choice(shared).advance(
            delivery.received_ms
        )  # a processor without deliveries hears the time at its own pace
    together = [output for one in shared for output in one.advance(FAR_MS).outputs]
    assert sum(1 for one in shared if one.outputs) > 1
    assert told(alone.outputs) == told(together)
