"""The engine counts generated viewings as what they were: the script of each tells, and knows nothing of the engine."""

from collections import Counter

import pytest

from playhead.base.units import HOUR_MS
from playhead.viewers.mix import USUAL, Mix
from playhead.viewers.notebook import Truth
from playhead.viewers.traffic import Plan
from property.told import BEGIN_MS, counted, differences, said

WILD = Mix(
    reordering=20, retries=10, offline=8, stalls=6, seeks=3, downloads=4, forgotten=10, rates=5, states=3, errors=5,
    pauses=2, buffering=2, refusals=5,
)  # fmt: skip
"""Everything that is rare happens often."""


def plan_of(mix: Mix) -> Plan:
    """A night with some 250 viewings, clips for the most part."""
    return Plan(
        begin_ms=BEGIN_MS,
        until_ms=BEGIN_MS + 30 * HOUR_MS,
        viewers=80,
        viewings_per_s=250 / (30 * 3600),
        mix=mix,
        forgetting=True,
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("mix", [USUAL, WILD], ids=["usual", "wild"])
def test_every_session_is_counted_as_what_it_was(seed: int, mix: Mix) -> None:
    """Every field of every session equals what its script says."""
    requests, truths = said(plan_of(mix), seed)
    records, dropped = counted(requests)
    assert truths.keys() == records.keys()
    wrong = {session: found for session, truth in truths.items() if (found := [*differences(truth, records[session])])}
    assert wrong == {}
    assert dropped == 0


def test_the_viewings_have_everything_to_be_wrong_about() -> None:
    """Among them is every close cause and every field that a session can have, and each is often enough there."""
    found: Counter[str] = Counter()
    for seed in range(3):
        _, truths = said(plan_of(WILD), seed)
        for truth in truths.values():
            found.update(_features(truth))
    rare = {name for name in FEATURES if found[name] < 3}
    assert rare == set()


FEATURES = (
    *("end", "complete", "idle", "stuck", "downloaded"),
    *("hasResume", "isPlayed", "isCompleted", "adCount", "chapterCount", "pauseCount", "hasProgress95", "genreList"),
    *("bitrateAverage", "bitrateChangeCount", "droppedFrames", "framesPerSecond", "timeToStart", "isDroppedBeforeStart"),
    *("bufferTime", "stallCount", "stallTime", "errorCount", "playerSdkErrors", "externalErrors"),
    *("state", "state again", "ad skipped", "ad left", "chapter skipped", "live", "duplicate", "faster than the clock"),
)  # fmt: skip


def _features(truth: Truth) -> set[str]:
    details = truth.session_details
    features = {truth.close_cause, *details, *truth.quality}
    if truth.states:
        features.add("state")
    if any(state["count"] > 1 for state in truth.states):
        features.add("state again")
    if truth.ads and "isCompleted" not in truth.ads[-1]["advertisingDetails"]:
        features.add("ad skipped" if truth.ads[-1]["closedAtMs"] < truth.last_event_at_ms else "ad left")
    if any("isCompleted" not in chapter["chapterDetails"] for chapter in truth.chapters):
        features.add("chapter skipped")
    if details["length"] == 86_400:
        features.add("live")
    if truth.duplicate:
        features.add("duplicate")
    if details["uniqueTimePlayed"] > details["timePlayed"] + 60:
        features.add("faster than the clock")
    return features
