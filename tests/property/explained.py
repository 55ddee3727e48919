"""What must hold of every explanation of a session; used by the properties and over the golden viewings."""

from collections.abc import Sequence

import pytest

from playhead.base.settings import SessionSettings
from playhead.base.units import SECOND_MS
from playhead.events.delivery import Delivery
from playhead.events.event import Event
from playhead.events.session import Downloaded
from playhead.reporting.explain import Close, Explanation, explain, paths, recompute
from playhead.reporting.explain_trace import Trace, trace_of
from playhead.reporting.outputs import SessionRecord

TIMES = ("timePlayed", "totalTimePlayed", "pauseTime", "bufferTime", "stallTime", "averageMinuteAudience", "time")
"""Last words of fields that are time: no two of their terms overlap."""


def explanations(
    deliveries: Sequence[Delivery], settings: SessionSettings, record: SessionRecord
) -> dict[str, Explanation]:
    """All that can be explained of a session, each found to make the number shown out of events that were delivered."""
    trace = trace_of(deliveries, settings)
    assert trace is not None
    assumed_ms = record.last_received_ms + record.session_details["secondsSinceLastCall"] * SECOND_MS
    closed_ms = assumed_ms if record.closed_ms is None else record.closed_ms
    close = Close(record.session_id, record.last_received_ms, closed_ms)
    found = {}
    for path, shown in paths(record).items():
        explanation = explain(trace, path, close)
        assert explanation is not None, path
        assert (path, shown, type(shown)) == (path, explanation.value, type(explanation.value))
        assert (path, shown) == (path, recompute(explanation))
        assert bool(explanation.terms) or explanation.reason, path
        check_events(explanation, deliveries)
        if path.rpartition(".")[2] in TIMES:
            check_times(explanation, trace)
        if path == "sessionDetails.uniqueTimePlayed":
            new = sum(term.amount or 0 for term in explanation.terms)
            assert explanation.total == pytest.approx(new)  # what each piece adds makes the union
        found[path] = explanation
    return found


def check_events(explanation: Explanation, deliveries: Sequence[Delivery]) -> None:
    """Every event behind a term was delivered, they are in folded order, and the term lies between them."""
    for term in explanation.terms:
        assert [said.event for said in term.events] == [
            event_of(deliveries[said.number], said.inside) for said in term.events
        ]
        assert [said.received_ms for said in term.events] == [deliveries[s.number].received_ms for s in term.events]
        if explanation.path == "sessionDetails.secondsSinceLastCall":
            assert term.from_ms >= term.events[0].received_ms
        elif term.events and term.amount != 0:
            times = [said.at_ms for said in term.events]
            assert min(times) <= term.from_ms <= term.to_ms <= max(times)
    assert explanation.path == "sessionDetails.isFederated" or all(term.events for term in explanation.terms)


def event_of(delivery: Delivery, inside: int | None) -> Event:
    """The event that a delivery carries at a place."""
    if inside is None:
        return delivery.event
    assert isinstance(delivery.event, Downloaded)
    return delivery.event.events[inside]


def check_times(explanation: Explanation, trace: Trace) -> None:
    """Terms of time are in order, do not overlap, lie within the session and are no longer than their interval."""
    ends = [min(said.at_ms for said in trace.said)]
    for term in explanation.terms:
        assert ends[-1] <= term.from_ms < term.to_ms
        assert term.amount is not None
        assert 0 < term.amount <= term.to_ms - term.from_ms
        ends.append(term.to_ms)
    assert ends[-1] <= max(said.at_ms for said in trace.said)
