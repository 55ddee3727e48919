"""The fold with notes."""

from playhead.base.settings import DEFAULT_SETTINGS
from playhead.events.ads import AdBreakStart, AdComplete, AdStart
from playhead.events.delivery import Delivery
from playhead.events.event import Event, Quality
from playhead.events.playback import PauseStart, Ping, Play
from playhead.events.session import Downloaded, SessionEnd, SessionStart
from playhead.events.states import StatesUpdate
from playhead.reporting.explain_trace import Opening, Report, Spent, Trace, trace_of
from playhead.reporting.explain_trace import Play as Played
from property.strategies import BASE_MS, DATASTREAM, SESSION, delivered


def at(seconds: float) -> int:
    return BASE_MS + round(seconds * 1000)


def traced(*said: Event) -> Trace:
    trace = trace_of(delivered(said), DEFAULT_SETTINGS)
    assert trace is not None
    return trace


def spent(trace: Trace) -> list[tuple[str, int]]:
    return [(stretch.spent.value, stretch.ms) for stretch in trace.stretches]


START = SessionStart(at(0), 0, length_s=60)


def test_stretches_are_credited_as_they_were_folded() -> None:
    """A stretch belongs to the state before the event that ends it."""
    trace = traced(START, Play(at(1), 0), PauseStart(at(3), 2), AdBreakStart(at(4), 2), AdStart(at(5), 2),
                   AdComplete(at(8), 2), SessionEnd(at(9), 2))  # fmt: skip
    assert [
        ("nothing", 1000), ("play", 2000), ("pause", 1000), ("pause", 1000), ("ad", 3000), ("pause", 1000),
    ] == spent(trace)  # fmt: skip
    assert [Played(4, 3, 5)] == trace.ads
    assert ([2], 1) == (trace.pauses, trace.entered)


def test_a_stall_takes_back_its_whole_run() -> None:
    """With the third event at one playhead, what was play is a stall, and a later one has its own ordinal."""
    still = [Ping(at(n), 0) for n in range(2, 5)]
    again = [Ping(at(n), 10) for n in range(6, 9)]
    trace = traced(START, Play(at(1), 0), *still, *again)
    assert ["nothing", "stall", "stall", "stall", "play", "stall", "stall"] == [name for name, _ in spent(trace)]
    assert [0, 1, 1, 1, 0, 2, 2] == [stretch.stall for stretch in trace.stretches]
    assert [(1, 3), (5, 7)] == trace.stalls


def test_a_run_of_two_is_no_stall() -> None:
    """It stays play when the playhead moves on, also where the run was cut by a pause."""
    trace = traced(START, Play(at(1), 0), Ping(at(2), 0), PauseStart(at(3.5), 2), Play(at(4), 2), Ping(at(5), 2))
    assert {Spent.NOTHING, Spent.PLAY, Spent.PAUSE} == {stretch.spent for stretch in trace.stretches}


def test_quality_values_that_were_taken_over() -> None:
    """A repeated bitrate is no news, 0 is none; a time to start after main start counts only if there was none before."""
    trace = traced(
        SessionStart(at(0), 0, Quality(bitrate_kbps=800, time_to_start_ms=7)),
        Play(at(1), 0, Quality(bitrate_kbps=800, dropped_frames=1, time_to_start_ms=9)),
        Ping(at(2), 1, Quality(bitrate_kbps=0, dropped_frames=1, frames_per_second=25, time_to_start_ms=11)),
        Ping(at(3), 2, Quality(bitrate_kbps=400)),
    )
    assert [Report(0, 800), Report(3, 400)] == trace.bitrates
    assert [Report(1, 1), Report(2, 1)] == trace.dropped
    assert ([Report(2, 25)], [Report(0, 7), Report(1, 9)]) == (trace.frames, trace.time_to_start)
    assert [0, 0, 0] == [stretch.bitrate for stretch in trace.stretches]


def test_states_open_and_close() -> None:
    """A state that ends and starts at once is two openings; one that is on at the end ends with the last event."""
    trace = traced(START, StatesUpdate(at(1), started=("mute",)), StatesUpdate(at(2), started=("MUTE", "x")),
                   StatesUpdate(at(3), started=("mute",), ended=("mute", "x")), Ping(at(4)))  # fmt: skip
    assert {"mute": [Opening(1, 3), Opening(3, 4)], "x": [Opening(2, 3)]} == trace.states


def test_events_are_named_by_their_delivery() -> None:
    """What was not accepted has a number too, but is not there."""
    ping, end = Ping(at(1), 1), SessionEnd(at(2), 2)
    first, second, third = delivered([START, ping, end])
    stray, twin = (Delivery(SESSION, at(n), ping, DATASTREAM, client_id="id-1") for n in (0, 1))
    trace = trace_of([stray, first, second, twin, third], DEFAULT_SETTINGS)
    assert trace is not None
    assert [(START, 1, None), (ping, 2, None), (end, 4, None)] == [(s.event, s.number, s.inside) for s in trace.said]
    assert at(2) == trace.last_received_ms


def test_a_download_is_one_delivery() -> None:
    """Its events are named by their place in the list, in folded order."""
    said = (START, Ping(at(5), 5), Play(at(1), 0))
    trace = trace_of([Delivery(SESSION, at(900), Downloaded(events=said), DATASTREAM)], DEFAULT_SETTINGS)
    assert trace is not None
    assert ([0, 2, 1], {0}) == ([one.inside for one in trace.said], {one.number for one in trace.said})
    assert trace.downloaded


def test_without_a_start_there_is_nothing() -> None:
    """Events of a session that never began cannot be traced."""
    assert trace_of(delivered([Ping(at(1), 0)]), DEFAULT_SETTINGS) is None
