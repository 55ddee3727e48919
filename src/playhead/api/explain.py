"""
The route that opens a number up (interfaces.md 4), and its shapes.

Law: what it answers is enough to compute the number again, by the formula it names, from the events it points at.
"""

import difflib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from litestar import get
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from playhead.api.context import AnyRequest, Context, context_of
from playhead.api.limits import TERMS_MAX, TEXT_CHARS_MAX
from playhead.api.parameters import Cursor, SessionPath, cursor_at, place_after
from playhead.api.problems import FieldProblem, ProblemError, wrong_input
from playhead.api.reading import folded
from playhead.api.times import written
from playhead.base.units import SECOND_MS, SessionId
from playhead.events.names import ACTION_OF
from playhead.reporting.explain import Close, Explanation, explain, named, paths
from playhead.reporting.explain_formulas import FORMULA_WORDS
from playhead.reporting.explain_terms import Term
from playhead.reporting.explain_trace import Said, trace_of
from playhead.reporting.outputs import Judged, SessionRecord

Shown = Annotated[Any, Meta(description="A number, a text, a list of texts, true or false; null where it is absent")]


class FieldValue(Struct, frozen=True):
    """A field of a session that can be explained, and its value; null where the field is absent."""

    field: str
    value: Shown


class FieldList(Struct, frozen=True):
    """All fields of a session that can be explained."""

    items: Sequence[FieldValue]


class FormulaItem(Struct, frozen=True):
    """How the terms make the value: a stable name, and words."""

    kind: str
    text: str


class TermEvent(Struct, frozen=True, kw_only=True, rename="camel"):
    """
    An event behind a term, as in the list of events.

    `place` is its number in that list, from 1. Of a download, `inside` is its number in the list of the download, from 0.
    """

    place: int
    event_type: str
    timestamp: str
    arrived: str
    playhead: int | None
    request_id: str | None
    index: int
    inside: int | None


class TermItem(
    Struct,
    frozen=True,
    kw_only=True,
    rename={"start": "from", "content_from": "contentFrom", "content_until": "contentUntil"},
):
    """
    A part of a number: when, how much, why, by which events.

    `amount` is in `termUnit`; null where there is nothing to add up. `value` is what was reported. `contentFrom` and
    `contentUntil` are seconds of the content.
    """

    start: str
    until: str
    amount: float | None
    value: Shown
    content_from: float | None
    content_until: float | None
    why: str
    events: Sequence[TermEvent]


class ExplanationItem(Struct, frozen=True, kw_only=True, rename="camel"):
    """
    A number and what makes it.

    `always`: it is written even when it is 0 or false. `total` is what the terms add up to before rounding. `parts` are
    numbers and names the formula uses beside the terms. `reason` says why there are no terms, or no value.
    """

    field: str
    value: Shown
    unit: str
    row: str
    always: bool
    rule: str
    source: str
    formula: FormulaItem
    parts: Mapping[str, Any]
    total: float | None
    term_unit: str
    term_count: int
    terms: Sequence[TermItem]
    reason: str | None
    cursor: str | None


TermLimit = Annotated[
    int, QueryParameter(name="limit", ge=1, le=TERMS_MAX, description=f"Terms a page; {TERMS_MAX} if not given.")
]
FieldPath = Annotated[
    str | None,
    QueryParameter(
        name="field",
        max_length=TEXT_CHARS_MAX,
        description="What to explain, like `sessionDetails.timePlayed`. Without it: the fields there are.",
    ),
]


@get("/sessions/{session_id:str}/explain", sync_to_thread=True, tags=["sessions"], summary="What a number is made of")
def get_explanation(
    request: AnyRequest,
    session_id: SessionPath,
    field: FieldPath = None,
    limit: TermLimit = TERMS_MAX,
    cursor: Cursor = None,
) -> ExplanationItem | FieldList:
    """The intervals or events that add up to a number, each with the events behind it; of an open session, as if it closed now."""
    context = context_of(request)
    after = place_after("terms", cursor, int, (int,)) or 0
    record = context.reading.session(SessionId(session_id))
    if record is None:
        raise ProblemError(404, "There is no session of this id. It was never taken, or is gone by retention.")
    known = paths(record)
    if field is None:
        return FieldList([FieldValue(path, value) for path, value in known.items()])
    path = named(field)
    judged = context.reading.judged(record.session_id)
    explanation = _explained(context, record, judged, path)
    if explanation is None:
        raise wrong_input(FieldProblem("field", _unknown(path, list(known))))
    return _item(explanation, judged, after, limit)


def _explained(context: Context, record: SessionRecord, judged: Sequence[Judged], path: str) -> Explanation | None:
    trace = trace_of([each.delivery for each in judged], context.settings_then(record))
    if trace is None:
        raise ProblemError(404, "The events of this session are gone by retention; its numbers are kept.")
    silence_s = record.session_details.get("secondsSinceLastCall", 0)
    assumed_ms = record.last_received_ms + silence_s * SECOND_MS
    closed_ms = assumed_ms if record.closed_ms is None else record.closed_ms
    return explain(trace, path, Close(record.session_id, record.last_received_ms, closed_ms))


def _unknown(path: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(path, known, n=1, cutoff=0.5)
    return (
        f"is no field of this session that can be explained; did you mean {near[0]}?"
        if near
        else ("is no field of this session that can be explained; without `field` all there are are listed")
    )


def _item(explanation: Explanation, judged: Sequence[Judged], after: int, limit: int) -> ExplanationItem:
    """The answer with the page of its terms that begins behind `after` terms."""
    page = list(_page(explanation.terms[after : after + limit]))
    given = after + len(page)
    places = {place.number: number for number, (place, _) in enumerate(folded(judged), start=1)}
    field = explanation.field
    return ExplanationItem(
        field=explanation.path,
        value=explanation.value,
        unit=field.units[0],
        row=field.row,
        always=explanation.always,
        rule=field.rule,
        source=f"metrics.md {field.section}",
        formula=FormulaItem(field.formula.value, FORMULA_WORDS[field.formula]),
        parts=explanation.parts,
        total=explanation.total,
        term_unit=field.units[1],
        term_count=len(explanation.terms),
        terms=[_term(term, judged, places) for term in page],
        reason=explanation.reason,
        cursor=cursor_at("terms", (given,)) if given < len(explanation.terms) else None,
    )


def _page(terms: Sequence[Term]) -> Sequence[Term]:
    """As many of the terms as name no more events than a page may have; at least one."""
    events = 0
    for count, term in enumerate(terms):
        events += len(term.events)
        if count and events > TERMS_MAX:
            return terms[:count]
    return terms


def _term(term: Term, judged: Sequence[Judged], places: Mapping[int, int]) -> TermItem:
    return TermItem(
        start=written(term.from_ms),
        until=written(term.to_ms),
        amount=term.amount,
        value=term.value,
        content_from=None if term.content_from_ms is None else term.content_from_ms / SECOND_MS,
        content_until=None if term.content_to_ms is None else term.content_to_ms / SECOND_MS,
        why=term.why,
        events=[_event(said, judged[said.number], places[said.number]) for said in term.events],
    )


def _event(said: Said, judged: Judged, place: int) -> TermEvent:
    delivery = judged.delivery
    return TermEvent(
        place=place,
        event_type=f"media.{ACTION_OF[type(said.event)]}",
        timestamp=written(said.at_ms),
        arrived=written(delivery.received_ms),
        playhead=said.event.playhead_s,
        request_id=delivery.request_id,
        index=delivery.index,
        inside=said.inside,
    )


EXPLAIN_ROUTES = (get_explanation,)
