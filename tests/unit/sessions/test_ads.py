"""An ad as it plays."""

from playhead.events.ads import AdStart
from playhead.sessions.ads import AdPlay
from playhead.sessions.facts import PodDetails


def test_an_ad_tells_its_start_and_its_end() -> None:
    """Both facts echo the adStart; the end adds rounded play time and whether it was completed."""
    pod = PodDetails(1, 10, "mid")
    ad = AdPlay.of(3, 100, AdStart(details={"name": "a"}, metadata=(("k", "v"),)), pod)
    ad.played_ms, ad.closed_at_ms, ad.completed = 1500, 2000, True
    started, closed = ad.started(), ad.closed()
    assert (3, 100, {"name": "a"}, pod, (("k", "v"),)) == (
        started.ordinal, started.at_ms, started.details, started.pod, started.metadata,
    )  # fmt: skip
    assert (3, 2000, 2, True) == (closed.ordinal, closed.at_ms, closed.played_s, closed.completed)
