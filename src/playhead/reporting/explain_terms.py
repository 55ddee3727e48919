"""
The terms of a number: stretches of time, pieces of content, events. Law: each names the events it stands on.

Neighbouring stretches that count for the same reason are one term, of at most `TERM_EVENTS_MAX` events.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import pairwise
from typing import Final, TypeVar

from msgspec import Struct

from playhead.reporting.explain_trace import Opening, Play, Report, Said, Spent, Stretch, Trace
from playhead.sessions.machine import Scene
from playhead.sessions.playtime import clipped

TERM_EVENTS_MAX: Final = 1_000
"""A longer stretch is told in pieces, so that no term grows without bound."""

K = TypeVar("K", bound=Hashable)

Value = str | int | float | bool | Sequence[str] | None


class Term(Struct, frozen=True):
    """
    A part of a number.

    Attributes:
        from_ms, to_ms: When, Unix ms, player's clock (of `secondsSinceLastCall` the server's). Of an event both are its time.
        why: Why it counts, in words.
        events: What the player said, in folded order. Empty where a setting decides, not an event.
        amount: How much, in the unit of terms; None where there is nothing to add up.
        value: What was reported; None where an amount says all.
        content_from_ms, content_to_ms: The piece of content viewed, ms of content.
    """

    from_ms: int
    to_ms: int
    why: str
    events: Sequence[Said]
    amount: int | float | None = None
    value: Value = None
    content_from_ms: float | None = None
    content_to_ms: float | None = None


def moments(trace: Trace, numbers: Iterable[int], why: str) -> list[Term]:
    """One term an event, each counting 1."""
    return [_moment(trace, number, why, amount=1) for number in numbers]


def valued(trace: Trace, number: int, why: str, value: Value, *others: int) -> Term:
    """The term of a value that an event gave; `others`: events it also stands on."""
    term = _moment(trace, number, why, value=value)
    return term if not others else _with_events(term, [trace.said[n] for n in sorted({number, *others})])


def reports(trace: Trace, reported: Iterable[Report], why: str) -> list[Term]:
    """One term a quality value that was taken over."""
    return [_moment(trace, number, why, value=value) for number, value in reported]


def spent(trace: Trace, *kinds: Spent) -> list[Term]:
    """Stretches whose time counts as one of these."""
    wanted = frozenset(kinds)

    def key(stretch: Stretch) -> Hashable:
        return (stretch.spent, stretch.scene, stretch.ad, stretch.stall) if stretch.spent in wanted else None

    return _joined(trace, range(len(trace.stretches)), key, _why)


def stalls(trace: Trace) -> list[Term]:
    """One term a stall: the events at one playhead that showed it."""
    return [
        Term(events[0].at_ms, events[-1].at_ms, "three events at one playhead while main content played", events, 1)
        for events in (trace.said[first : shown + 1] for first, shown in trace.stalls)
    ]


def of_play(trace: Trace, play: Play, kind: Spent) -> list[Term]:
    """Stretches of one kind while an ad or a chapter was open."""

    def key(stretch: Stretch) -> Hashable:
        return stretch.spent if stretch.spent is kind else None

    return _joined(trace, range(play.start, play.end), key, _why)


def of_state(trace: Trace, openings: Iterable[Opening], name: str) -> list[Term]:
    """Stretches in which a player state was on, one term an opening."""
    terms: list[Term] = []
    for opening in openings:
        terms += _joined(trace, range(opening.start, opening.end), lambda _: True, lambda _: f"{name} was on")
    return terms


def weights(trace: Trace) -> list[Term]:
    """Stretches of play and ads with the bitrate that was current; without any, the last bitrate, which weighs nothing."""
    values = dict(trace.bitrates)

    def key(stretch: Stretch) -> int | None:
        return stretch.bitrate if stretch.spent in {Spent.PLAY, Spent.AD} and stretch.bitrate >= 0 else None

    terms = []
    for number, term in _keyed(trace, range(len(trace.stretches)), key, lambda _: "played at this bitrate"):
        said = trace.said[number]
        events = term.events if term.events[0] is said else [said, *term.events]
        terms.append(_with_events(term, events, value=values[number]))
    if not terms and trace.bitrates:
        number, value = trace.bitrates[-1]
        return [_moment(trace, number, "reported last, and nothing played", amount=0, value=value)]
    return terms


def viewed(trace: Trace) -> list[Term]:
    """Pieces of content in the order they were viewed; the amount is what had not been seen before, in ms of content."""
    terms: list[Term] = []
    seen = _Seen()
    for first, last, raw in _pieces(trace):
        for begin, end in clipped([raw], trace.start.length_s):
            new = seen.add(begin, end)
            known = end - begin - new
            why = "viewed" if not known else f"viewed; {known / 1000:g} s of it had been seen before"
            begun, done = trace.said[first], trace.said[last]
            until_ms = max(begun.at_ms, done.at_ms)  # a sessionEnd is last, however early its timestamp
            terms.append(Term(begun.at_ms, until_ms, why, trace.said[first : last + 1], new, None, begin, end))
    return terms


def _pieces(trace: Trace) -> Iterable[tuple[int, int, tuple[int, int]]]:
    """First and last event of each piece of content viewed without a break, and the piece in ms, not clipped."""
    first = last = -1
    begin = end = 0
    for number, stretch in enumerate(trace.stretches):
        piece = stretch.seen_ms
        if piece is None:
            continue
        if number == last and piece[0] == end and number - first < TERM_EVENTS_MAX - 1:
            last, end = number + 1, piece[1]
            continue
        if last >= 0:
            yield first, last, (begin, end)
        first, last, (begin, end) = number, number + 1, piece
    if last >= 0:
        yield first, last, (begin, end)


class _Seen:
    """A union of intervals that says what each addition adds to it."""

    def __init__(self) -> None:
        self._begins: list[float] = []
        self._ends: list[float] = []

    def add(self, begin: float, end: float) -> float:
        """Add [begin, end]; answers the length that is new."""
        low, high = bisect_left(self._ends, begin), bisect_right(self._begins, end)
        overlap = sum(
            min(end, known_end) - max(begin, known_begin)
            for known_begin, known_end in zip(self._begins[low:high], self._ends[low:high], strict=True)
        )
        new = end - begin - overlap
        if low < high:
            begin, end = min(begin, self._begins[low]), max(end, self._ends[high - 1])
        self._begins[low:high], self._ends[low:high] = [begin], [end]
        return new


def _joined(
    trace: Trace,
    numbers: Sequence[int],
    key: Callable[[Stretch], Hashable],
    why: Callable[[Stretch], str],
) -> list[Term]:
    return [term for _, term in _keyed(trace, numbers, key, why)]


def _keyed(
    trace: Trace, numbers: Sequence[int], key: Callable[[Stretch], K | None], why: Callable[[Stretch], str]
) -> Iterable[tuple[K, Term]]:
    """Neighbouring stretches of one key as one term, with the key; key None: they do not count."""
    groups: list[tuple[K | None, list[int]]] = []
    for number in numbers:
        found = key(trace.stretches[number])
        if groups and groups[-1][0] == found and len(groups[-1][1]) < TERM_EVENTS_MAX - 1:
            groups[-1][1].append(number)
        else:
            groups.append((found, [number]))
    for found, group in groups:
        timed = [number for number in group if trace.stretches[number].ms]
        if found is not None and timed:
            yield found, _stretched(trace, timed[0], timed[-1], why(trace.stretches[timed[0]]))


def _stretched(trace: Trace, first: int, last: int, why: str) -> Term:
    """The stretches from one to another as one term."""
    amount = sum(stretch.ms for stretch in trace.stretches[first : last + 1])
    events = trace.said[first : last + 2]
    cap_ms = trace.rules.interval_cap_ms
    if any(after.at_ms - before.at_ms > cap_ms for before, after in pairwise(events)):
        why += f"; a gap between two events counts for at most {cap_ms / 1000:g} s"
    return Term(events[0].at_ms, events[-1].at_ms, why, events, amount)


def _why(stretch: Stretch) -> str:
    where = {Scene.MAIN: "", Scene.AD: " in an ad", Scene.GAP: " between ads"}[stretch.scene]
    match stretch.spent:
        case Spent.PLAY:
            return "main content played"
        case Spent.AD:
            return f"ad {stretch.ad} played"
        case Spent.PAUSE:
            return f"paused{where}"
        case Spent.BUFFER:
            return f"waiting for data{where}"
        case Spent.STALL:
            return "the playhead stood still: moved from play to stall"
        case Spent.NOTHING:
            return "counts for nothing"


def _moment(trace: Trace, number: int, why: str, *, amount: int | None = None, value: Value = None) -> Term:
    said = trace.said[number]
    return Term(said.at_ms, said.at_ms, why, [said], amount, value)


def _with_events(term: Term, events: Sequence[Said], value: Value = None) -> Term:
    return Term(term.from_ms, term.to_ms, term.why, events, term.amount, term.value if value is None else value)
