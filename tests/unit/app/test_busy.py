"""The audience of `playhead demo --busy`: a past in the journals, and what goes on from there."""

from itertools import islice
from pathlib import Path

import pytest

from playhead.app.busy import TONIGHT_MS, TONIGHT_PER_S, WEEK_MS, make_past, plan_of
from playhead.app.config import load_config
from playhead.app.settings import Settings
from playhead.base.clock import ManualClock
from playhead.base.errors import UsageError
from playhead.base.units import HOUR_MS
from playhead.deployment.datastreams import DatastreamFile
from playhead.deployment.layout import find
from playhead.viewers.network import Request
from playhead.viewers.traffic import busyness

NOW_MS = 1_768_000_000_000


def settings_in(root: Path) -> Settings:
    """Those of a data directory."""
    return load_config({"data_dir": str(root)}, environ={}, file=None).settings


def test_what_is_past_is_in_the_journals_and_the_rest_goes_on(tmp_path: Path) -> None:
    """The first request to be sent is due after now, and sessions that are open are known by their viewings."""
    audience = make_past(settings_in(tmp_path / "data"), ManualClock(NOW_MS), viewings=20)
    layout = find(tmp_path / "data")
    assert len(layout.existing_journals()) == len(DatastreamFile(layout.datastreams).all()) == 1
    following = [item for item in islice(audience.items, 3_000) if isinstance(item, Request)]
    assert following[0].at_ms > NOW_MS
    spoken = {one.viewing for one in following if one.action not in {"sessionStart", "downloaded"}}
    assert len(audience.sessions) > 10
    assert len(spoken & audience.sessions.keys()) > 10
    begun = {one.viewing for one in following if one.action in {"sessionStart", "downloaded"}}
    assert spoken <= begun | audience.sessions.keys()


def test_a_directory_in_use_is_left_alone(tmp_path: Path) -> None:
    """Made-up viewers do not come to real ones, nor twice."""
    make_past(settings_in(tmp_path / "data"), ManualClock(NOW_MS), viewings=1)
    with pytest.raises(UsageError, match="is in use"):
        make_past(settings_in(tmp_path / "data"), ManualClock(NOW_MS), viewings=1)


@pytest.mark.parametrize("hour", range(0, 24, 6))
def test_as_many_watch_at_any_hour(hour: int) -> None:
    """The rush makes up for how busy the hour is, so that the live page is full at night too."""
    now_ms = NOW_MS + hour * HOUR_MS
    plan = plan_of(now_ms)
    assert (now_ms - WEEK_MS, now_ms - TONIGHT_MS) == (plan.begin_ms, plan.rush_ms)
    assert plan.viewings_per_s * plan.rush * busyness(now_ms) == pytest.approx(TONIGHT_PER_S)
