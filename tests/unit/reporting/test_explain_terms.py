"""Terms of a trace."""

from playhead.base.settings import DEFAULT_SETTINGS
from playhead.events.event import Event, Quality
from playhead.events.playback import PauseStart, Ping, Play
from playhead.events.session import SessionEnd, SessionStart
from playhead.reporting import explain_terms as terms
from playhead.reporting.explain_terms import TERM_EVENTS_MAX, Term
from playhead.reporting.explain_trace import Spent, Trace, trace_of
from property.strategies import BASE_MS, delivered


def at(seconds: float) -> int:
    return BASE_MS + round(seconds * 1000)


def traced(*said: Event) -> Trace:
    trace = trace_of(delivered(said), DEFAULT_SETTINGS)
    assert trace is not None
    return trace


def numbers(term: Term) -> list[int]:
    return [said.number for said in term.events]


def test_a_gap_counts_for_no_more_than_the_cap() -> None:
    """An interval of an hour is credited with ten minutes, and the term says so."""
    said = [SessionStart(at(0), 0), Play(at(0), 0), Ping(at(3600), 5)]
    trace = trace_of(delivered(said, lambda index, _: at(index)), DEFAULT_SETTINGS)
    assert trace is not None
    (term,) = terms.spent(trace, Spent.PLAY)
    assert (600_000, 3_600_000) == (term.amount, term.to_ms - term.from_ms)
    assert "main content played; a gap between two events counts for at most 600 s" == term.why


def test_intervals_of_no_length_are_in_no_term() -> None:
    """Two events at one time part nothing, and a sessionEnd before the last event takes nothing back."""
    trace = traced(SessionStart(at(0), 0), Play(at(0), 0), Ping(at(5), 5), Ping(at(5), 5, Quality(dropped_frames=1)),
                   Ping(at(9), 9), SessionEnd(at(8), 9))  # fmt: skip
    (term,) = terms.spent(trace, Spent.PLAY)
    assert (at(0), at(9), 9000, [1, 2, 3, 4]) == (term.from_ms, term.to_ms, term.amount, numbers(term))
    assert [] == terms.spent(trace, Spent.PAUSE)


def test_a_long_stretch_is_told_in_pieces() -> None:
    """No term has more events than the limit, and the pieces join."""
    pings = [Ping(at(second), second) for second in range(1, 2 * TERM_EVENTS_MAX)]
    trace = traced(SessionStart(at(0), 0), Play(at(0), 0), *pings)
    for pieces in (terms.spent(trace, Spent.PLAY), terms.viewed(trace)):
        assert TERM_EVENTS_MAX >= max(len(term.events) for term in pieces)
        assert len(pings) * 1000 == sum(term.amount or 0 for term in pieces)
        assert [term.to_ms for term in pieces[:-1]] == [term.from_ms for term in pieces[1:]]


def test_bitrates_weigh_what_played() -> None:
    """A term names the event that told the bitrate, also where that came long before; a pause weighs nothing."""
    trace = traced(
        SessionStart(at(0), 0, Quality(bitrate_kbps=800)),
        Ping(at(1), 0),
        Play(at(2), 0),
        Ping(at(4), 2, Quality(bitrate_kbps=400)),
        PauseStart(at(6), 4),
        Play(at(7), 4),
        Ping(at(8), 5),
    )
    assert [(2000, 800, [0, 2, 3]), (2000, 400, [3, 4]), (1000, 400, [3, 5, 6])] == [
        (term.amount, term.value, numbers(term)) for term in terms.weights(trace)
    ]


def test_a_bitrate_that_never_played_is_the_last() -> None:
    """Nothing played: the last value is the average, and weighs nothing."""
    trace = traced(SessionStart(at(0), 0, Quality(bitrate_kbps=800)), Ping(at(1), 0, Quality(bitrate_kbps=35)))
    assert [(0, 35.0)] == [(term.amount, term.value) for term in terms.weights(trace)]
    assert [] == terms.weights(traced(SessionStart(at(0), 0)))


def test_content_is_clipped_and_wraps() -> None:
    """Recorded content ends at its length; live content goes on from midnight, in two pieces of one time."""
    (piece,) = terms.viewed(traced(SessionStart(at(0), 0, length_s=8.5), Play(at(0), 0), Ping(at(10), 10)))
    assert (0, 8500.0, 8500.0) == (piece.content_from_ms, piece.content_to_ms, piece.amount)
    live = terms.viewed(traced(SessionStart(at(0), 86_395, length_s=86_400), Play(at(0), 86_395), Ping(at(10), 5)))
    assert [(0, 5000), (86_395_000, 86_400_000)] == [(t.content_from_ms, t.content_to_ms) for t in live]


def test_content_at_an_end_before_the_last_event() -> None:
    """A sessionEnd is last, however early its timestamp: what the playhead did until then is seen at no length of time."""
    said = [SessionStart(at(0), 0, length_s=60), Play(at(10), 10), SessionEnd(at(8), 11)]
    trace = trace_of(delivered(said, lambda index, _: at(20 + index)), DEFAULT_SETTINGS)
    assert trace is not None
    (piece,) = terms.viewed(trace)
    assert (at(10), at(10), 10_000, 11_000) == (piece.from_ms, piece.to_ms, piece.content_from_ms, piece.content_to_ms)


def test_new_content_between_two_known_pieces() -> None:
    """The amount is what no piece before had, wherever that lies."""
    plays = [(0, 5), (10, 15), (3, 12), (0, 15)]
    said: list[Event] = [SessionStart(at(0), 0, length_s=60)]
    for number, (begin, end) in enumerate(plays):
        said += [Play(at(100 * number + 1), begin), PauseStart(at(100 * number + 1 + end - begin), end)]
    assert [5000, 5000, 5000, 0] == [term.amount for term in terms.viewed(traced(*said))]
