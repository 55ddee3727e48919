"""Generated sessions hold what the properties are about: among some hundred, each feature occurs often enough."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oracle import viewings as nasty
from oracle.rows import opinion
from playhead.base.settings import SessionSettings
from playhead.reporting.outputs import Outcome
from property.features import features, reading_of
from property.running import Ran
from property.strategies import BASE_MS, Journey, Viewing, ended, journeys, viewings

EXAMPLES = 600

Made = TypeVar("Made")

OFTEN = 0.05
"""Share of sessions in which the ordinary features occur at least."""

SELDOM = 0.01
"""Share for what needs a coincidence."""

ONCE = 1 / EXAMPLES
"""Share of what occurs at all."""

ORDINARY = {
    "main play", "never played", "ad", "ad completed", "ad abandoned", "two ads", "ad ignored", "chapter",
    "chapter with time", "states", "pause", "buffer", "stall", "error", "bitrate weight", "completed", "live",
    "missing playhead", "gap", "jitter", "seek forth", "seek back", "soft close",
}  # fmt: skip
COINCIDENCES = {
    "state restarted", "stall in a chapter", "live wrap", "fast", "beyond the length", "pause in an ad",
    "buffer in an ad",
}  # fmt: skip
LIVES = {
    "close end", "close idle", "close complete", "reopened", "duplicate", "dropped", "out of order", "close stuck",
    "close age",
}  # fmt: skip


def shares(strategy: st.SearchStrategy[Made], names_of: Callable[[Made], Iterable[str]]) -> dict[str, float]:
    """Name to the share of examples that have it; the same examples in every run."""
    found: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(made: Made) -> None:
        found.update({"examples", *names_of(made)})

    collect()
    return {name: number / found["examples"] for name, number in found.items()}


def too_rare(found: dict[str, float], names: Iterable[str], least: float) -> dict[str, float]:
    """Those of these that occur less often."""
    return {name: share for name in names if (share := found.get(name, 0.0)) < least}


def test_sessions_hold_every_feature() -> None:
    """Ads, chapters, states, seeks, stalls and live playheads occur in the sessions of the properties."""
    found = shares(
        viewings(),
        lambda viewing: features(reading_of([viewing.start, *viewing.events, ended(viewing)], SessionSettings())),
    )
    assert {} == too_rare(found, ORDINARY, OFTEN)
    assert {} == too_rare(found, COINCIDENCES, SELDOM)


def test_journeys_disturb_sessions() -> None:
    """Deliveries come out of order, within the window and beyond it, and twice."""

    def names(made: tuple[Viewing, Journey]) -> set[str]:
        viewing, journey = made
        deliveries = journey.deliver([viewing.start, *viewing.events, ended(viewing)])
        run = Ran().take(deliveries).close()
        times = [delivery.event.at_ms or BASE_MS for delivery in deliveries]
        late = {delay for index, delay in enumerate(journey.delays_s) if index < len(viewing.events)}
        named = {
            "out of order": times != sorted(times),
            "within the window": bool(late & {1, 3, 4}),
            "beyond the window": bool(late & {7, 20}),
            "duplicate": Outcome.DUPLICATE in run.outcomes,
        }
        return {name for name, there in named.items() if there}

    found = shares(st.tuples(viewings(), journeys), names)
    assert {} == too_rare(found, ("out of order", "within the window", "beyond the window", "duplicate"), OFTEN)


def test_nasty_sessions_hold_every_feature_and_end_in_every_way() -> None:
    """What the oracle makes up has all that, every cause of a close, reopenings, duplicates and lost events."""

    def names(viewing: nasty.Viewing) -> set[str]:
        read = opinion(viewing.deliveries, viewing.settings, viewing.until_ms)
        times = [delivery.event.at_ms or 0 for delivery in viewing.deliveries]
        found = {"reopened" if close is None else f"close {close[0]}" for close in read.life.history}
        found |= set(read.life.outcomes) | ({"out of order"} if times != sorted(times) else set())
        return found if read.reading is None else found | features(read.reading)

    found = shares(nasty.viewings(), names)
    assert {} == too_rare(found, ORDINARY | COINCIDENCES | LIVES, ONCE)
