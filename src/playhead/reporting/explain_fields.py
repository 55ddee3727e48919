"""What is known of a computed field, and where its terms come from: one small function for each kind of origin."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from playhead.events.event import Event
from playhead.events.quality import PlaybackError
from playhead.reporting import explain_terms as terms
from playhead.reporting import fields
from playhead.reporting.explain_formulas import UNITS, Formula, Parts
from playhead.reporting.explain_terms import Term, Value
from playhead.reporting.explain_trace import Play, Report, Spent, Trace
from playhead.sessions.ads import AdPlay
from playhead.sessions.chapters import ChapterPlay

Which = str | int | None
"""The ordinal of an ad or a chapter, the name of a state; None for fields of the session."""

Find = Callable[[Trace, Which], Sequence[Term]]
"""The terms of a field in a session."""

START: Final = "media.sessionStart"
CLOSE: Final = "media.sessionComplete"


class Field(NamedTuple):
    """
    A computed field.

    Attributes:
        name: Its path; of an ad, a chapter or a state what stands behind its number or name.
        rule: What it says, in a sentence.
        formula: How its terms make it.
        find: Its terms.
        none: Why it has no terms, where it has none.
        section: Of metrics.md.
        row: Event type of the row that carries it.
        own_unit: Of the value and of its terms, where the formula does not tell.
        parts: What the formula uses beside the terms.
        always: Written even when it is 0 or false (metrics.md 2, presence).
    """

    name: str
    rule: str
    formula: Formula
    find: Find
    none: str = ""
    section: str = "2.2"
    row: str = CLOSE
    own_unit: str = ""
    parts: Callable[[Trace, Which], Parts] = lambda _trace, _which: {}
    always: bool = False

    @property
    def units(self) -> tuple[str, str]:
        """Units of the value and of the amounts (where there are none, the values) of its terms; empty: none."""
        return UNITS.get(self.formula, (self.own_unit, self.own_unit))


# Terms


def nothing(_trace: Trace, _which: Which) -> Sequence[Term]:
    """No terms: the field is never written, or its term is known to `explain` only."""
    return []


def spent(*kinds: Spent) -> Find:
    """Stretches that were credited to one of these."""
    return lambda trace, _: terms.spent(trace, *kinds)


def counted(numbers: Callable[[Trace], Sequence[int]], why: str) -> Find:
    """Events, each counting 1."""
    return lambda trace, _: terms.moments(trace, numbers(trace), why)


def reported(values: Callable[[Trace], Sequence[Report]]) -> Find:
    """Quality values that were taken over."""
    return lambda trace, _: terms.reports(trace, values(trace), "reported")


def start_says(why: str, value: Callable[[Trace], Value]) -> Find:
    """What the sessionStart says; no term where it says nothing."""

    def find(trace: Trace, _which: Which) -> Sequence[Term]:
        said = value(trace)
        return [] if said is None else [terms.valued(trace, 0, why, said)]

    return find


def static(name: str) -> Callable[[Trace], Value]:
    """A static field as every row has it."""

    def value(trace: Trace) -> Value:
        found: Value = fields.static_details("", trace.start).get(name)
        return found

    return value


def viewed(trace: Trace, _which: Which) -> Sequence[Term]:
    """Pieces of content."""
    return terms.viewed(trace)


def stalls(trace: Trace, _which: Which) -> Sequence[Term]:
    """Stalls."""
    return terms.stalls(trace)


def weights(trace: Trace, _which: Which) -> Sequence[Term]:
    """Bitrates and how long each played."""
    return terms.weights(trace)


def federated(trace: Trace, _which: Which) -> Sequence[Term]:
    """The setting of the datastream, which no event tells."""
    start = trace.said[0]
    why = "the datastream is marked as federated"
    return [Term(start.at_ms, start.at_ms, why, [], None, True)] if trace.rules.federated else []


def downloaded(trace: Trace, _which: Which) -> Sequence[Term]:
    """The start of a session recorded offline."""
    if trace.downloaded:
        return [terms.valued(trace, 0, "delivered whole, as a download", value=True)]
    return [terms.valued(trace, 0, "the player said so", value=True)] if trace.start.is_downloaded else []


def segment(trace: Trace, _which: Which) -> Sequence[Term]:
    """Pieces of content; where none was viewed, the point at which main play was entered."""
    pieces = terms.viewed(trace)
    if pieces or trace.entered < 0:
        return pieces
    (entry,) = terms.moments(trace, [trace.entered], "main content began to play and its playhead never moved")
    at_ms = (trace.fold.first_playhead_s or 0) * 1000
    return [Term(entry.from_ms, entry.to_ms, entry.why, entry.events, 0, None, at_ms, at_ms)]


def holding(percent: int) -> Find:
    """The pieces of content that hold a progress marker."""

    def find(trace: Trace, _which: Which) -> Sequence[Term]:
        point_ms = fields.marker_ms(trace.start.length_s, percent)
        return [
            piece
            for piece in terms.viewed(trace)
            if piece.content_from_ms is not None
            and piece.content_to_ms is not None
            and piece.content_from_ms <= point_ms <= piece.content_to_ms
        ]

    return find


def length(trace: Trace, _which: Which) -> Parts:
    """The length of the content, in seconds as sent."""
    return {"length": trace.start.length_s}


def progress(percent: int) -> Callable[[Trace, Which], Parts]:
    """What a progress marker is made of."""
    return lambda trace, _: {"length": trace.start.length_s, "percent": percent}


def last_dropped(trace: Trace, _which: Which) -> Sequence[Term]:
    """The last report of dropped frames, if it is above 0."""
    last = [report for report in trace.dropped[-1:] if fields.whole(report.value) > 0]
    return terms.reports(trace, last, "reported last")


def errors(*, of_player: bool) -> Find:
    """Errors of the player, or those from elsewhere, by name."""

    def find(trace: Trace, _which: Which) -> Sequence[Term]:
        events = [(number, trace.said[number].event) for number in trace.errors]
        return [
            terms.valued(trace, number, "an error", event.name)
            for number, event in events
            if isinstance(event, PlaybackError) and (event.source == "player") == of_player
        ]

    return find


# Of an ad, a chapter, a state


def ad_of(trace: Trace, which: Which) -> tuple[Play, AdPlay]:
    """An ad by its ordinal: when it was open, and what it added up to."""
    assert isinstance(which, int), "an ad has an ordinal"
    return trace.ads[which - 1], trace.fold.ads[which - 1]


def chapter_of(trace: Trace, which: Which) -> tuple[Play, ChapterPlay]:
    """A chapter by its ordinal."""
    assert isinstance(which, int), "a chapter has an ordinal"
    return trace.chapters[which - 1], trace.fold.chapters[which - 1]


_Of = Callable[[Trace, Which], tuple[Play, AdPlay | ChapterPlay]]


def begun(of: _Of, why: str) -> Find:
    """The event that began it."""
    return lambda trace, which: terms.moments(trace, [of(trace, which)[0].start], why)


def ended(of: _Of, kind: type[Event]) -> Find:
    """The event that completed it."""

    def find(trace: Trace, which: Which) -> Sequence[Term]:
        play, total = of(trace, which)
        done = total.completed and isinstance(trace.said[play.end].event, kind)
        return terms.moments(trace, [play.end] if done else [], "the player said that it played to its end")

    return find


def during(of: _Of, kind: Spent) -> Find:
    """Stretches of one kind while it was open."""
    return lambda trace, which: terms.of_play(trace, of(trace, which)[0], kind)


def pod_name(trace: Trace, which: Which) -> Parts:
    """What the ID of an ad's break is made of."""
    return {"name": trace.start.name, "index": ad_of(trace, which)[1].pod.index}


def pod(trace: Trace, which: Which) -> Sequence[Term]:
    """The start of an ad's break and that of the session."""
    play, ad = ad_of(trace, which)
    return [terms.valued(trace, play.pod, "the index of the break, the name of the content", ad.pod.index, 0)]


def chapter_name(trace: Trace, which: Which) -> Parts:
    """What the ID of a chapter is made of."""
    return {"name": trace.start.name, "index": chapter_of(trace, which)[1].details.get("index", 0)}


def chapter(trace: Trace, which: Which) -> Sequence[Term]:
    """The start of a chapter and that of the session."""
    play, total = chapter_of(trace, which)
    index = total.details.get("index", 0)
    return [terms.valued(trace, play.start, "the index of the chapter, the name of the content", index, 0)]


def state_starts(*, first: bool) -> Find:
    """The events that began a player state: the first of them, or all."""

    def find(trace: Trace, which: Which) -> Sequence[Term]:
        numbers = [opening.start for opening in trace.states[str(which)]]
        return terms.moments(trace, numbers[:1] if first else numbers, f"{which} began")

    return find


def state_time(trace: Trace, which: Which) -> Sequence[Term]:
    """Stretches in which a player state was on."""
    return terms.of_state(trace, trace.states[str(which)], str(which))
