"""
Viewers who have been watching for a week, and go on: what `playhead demo --busy` shows.

Law: one run of generated traffic (decision 0086). What of it is past when it is made goes into the journals, before the
server starts; all else goes through the public door when it is due, sessions that are open included.
"""

import random
import time
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import Final

from playhead.app.banner import Doors
from playhead.app.past import Past
from playhead.app.prepared import first_datastream
from playhead.app.settings import Settings
from playhead.app.simulate import Crowd
from playhead.app.simulate_http import target_of
from playhead.base.clock import Clock
from playhead.base.errors import UsageError
from playhead.base.units import DAY_MS, HOUR_MS, SessionId
from playhead.deployment.datastreams import DatastreamFile
from playhead.deployment.keys import load_or_create_keys
from playhead.deployment.layout import hold, prepare
from playhead.journal.disk import RealDisk
from playhead.viewers.mix import Mix
from playhead.viewers.network import Request
from playhead.viewers.notebook import Truth
from playhead.viewers.traffic import Plan, busyness, traffic

WEEK_MS: Final = 7 * DAY_MS
VIEWINGS: Final = 700
"""In the week: as many as a small machine reads in ten seconds."""

TONIGHT_MS: Final = HOUR_MS * 2 // 3
TONIGHT_PER_S: Final = 1 / 20
"""For so long viewings have begun at this rate: some forty people watch at once, at whatever hour it is shown."""

VIEWERS: Final = 450


class Audience:
    """
    Those who watch.

    Attributes:
        items: What they will say, in order of time.
        sessions: Of the viewings that are under way.
    """

    def __init__(self, items: Iterable[Request | Truth], sessions: Mapping[int, SessionId], clock: Clock) -> None:
        self.items, self.sessions = items, sessions
        self._clock = clock

    async def watch(self, doors: Doors) -> None:
        """Go on until cancelled; what became due while nobody answered is said at once."""
        target = target_of(doors.collector_url, doors.base_path, insecure=doors.self_signed)
        ahead_s = time.monotonic() - self._clock.now_ms() / 1000
        await Crowd(target, doors.datastream_id, sessions=self.sessions).run(
            self.items, lambda at_ms: at_ms / 1000 + ahead_s
        )


def plan_of(now_ms: int, viewings: int = VIEWINGS) -> Plan:
    """A week with so many viewings until now, and as long from now on."""
    per_s = viewings / WEEK_MS * 1000
    return Plan(
        begin_ms=now_ms - WEEK_MS,
        until_ms=now_ms + WEEK_MS,
        viewers=VIEWERS,
        viewings_per_s=per_s,
        mix=Mix(refusals=5),  # so that the debugger has something to say
        rush_ms=now_ms - TONIGHT_MS,
        rush=TONIGHT_PER_S / per_s / busyness(now_ms),
    )


def make_past(settings: Settings, clock: Clock, *, viewings: int = VIEWINGS) -> Audience:
    """
    Fill the data directory of the settings with the week before now.

    Raises:
        UsageError: It holds something already.
        DataDirectoryError, AlreadyRunningError: It cannot be written.
    """
    layout = prepare(Path(settings.data_dir))
    with hold(layout):
        datastreams = DatastreamFile(layout.datastreams)
        if datastreams.all():
            raise UsageError(
                f"made-up viewers go into an empty data directory, and {layout.root} is in use; name another"
            )
        plan = plan_of(clock.now_ms(), viewings)
        keys = load_or_create_keys(layout.keys, plan.begin_ms)
        datastream, _ = first_datastream(settings, datastreams, plan.begin_ms)
        past = Past(layout, keys, datastream, plan.begin_ms, RealDisk())
        items = traffic(plan, lambda name: random.Random(f"1 {name}"))  # noqa: S311 - viewers, not secrets
        for item in items:
            if isinstance(item, Request) and item.at_ms > clock.now_ms():
                break
            past.take(item)
        past.flush(clock.now_ms())
        past.close()
    return Audience(chain([item], items), past.sessions, clock)
