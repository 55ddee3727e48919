"""
A number of a session, opened up: the intervals and events it is made of, and how.

Law: `recompute` makes the value from the terms alone, and that value is the one shown. What is explained is what was
folded: the terms are notes of the fold itself (`explain_trace`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from playhead.base.units import SessionId
from playhead.reporting import fields
from playhead.reporting.explain_fields import Field, Which
from playhead.reporting.explain_formulas import Formula, Parts, total_of, value_of
from playhead.reporting.explain_table import AD_FIELDS, CHAPTER_FIELDS, FIELDS, STATE_FIELDS
from playhead.reporting.explain_terms import Term, Value
from playhead.reporting.explain_trace import Trace
from playhead.reporting.outputs import SessionRecord
from playhead.sessions.arrivals import Cause
from playhead.sessions.facts import seconds

_BRACKETS: Final = re.compile(r"(ads|chapters|states)\[(.*)\](\..+)", re.DOTALL)
_ID: Final = "sessionDetails.ID"
_SILENCE: Final = "sessionDetails.secondsSinceLastCall"


class Close(Struct, frozen=True):
    """
    What the events alone do not tell of a session.

    Attributes:
        session_id: Its name.
        last_received_ms: Arrival of its latest accepted event.
        closed_ms: When it closed; of an open one, the instant to assume.
    """

    session_id: SessionId
    last_received_ms: int
    closed_ms: int


class Explanation(Struct, frozen=True):
    """
    A number and what makes it.

    Attributes:
        path: The field, in the form of `paths`.
        field: What is known of all fields of its kind.
        value: As shown; None where the field is absent.
        always: It is written even when it is 0 or false.
        parts: What the formula uses beside the terms.
        terms: What it is made of, in order.
        total: What the formula adds up to before rounding; None where there is nothing to add up.
        reason: Why there are no terms; None where there are.
    """

    path: str
    field: Field
    value: Value
    always: bool
    parts: Parts
    terms: Sequence[Term]
    total: float | None
    reason: str | None


def named(path: str) -> str:
    """The path in the form of `paths`: `states[mute].time` is `states.mute.time`."""
    found = _BRACKETS.fullmatch(path)
    return path if found is None else f"{found[1]}.{found[2]}{found[3]}"


def paths(record: SessionRecord) -> dict[str, Value]:
    """All fields of a session that can be explained, with the values shown."""
    shown: dict[str, Any] = {
        "sessionDetails": {**record.session_details, "isViewed": record.is_viewed or None},
        "qoeDataDetails": record.qoe,
    }
    shown["sessionDetails"]["isDownloaded"] = record.is_downloaded or None
    found: dict[str, Value] = {}
    for path in FIELDS:
        part, _, name = path.partition(".")
        found[path] = shown[part].get(name)
    for kind, items, of_kind in (("ads", record.ads, AD_FIELDS), ("chapters", record.chapters, CHAPTER_FIELDS)):
        for item in items:
            for field in of_kind:
                part, _, name = field.name.partition(".")
                found[f"{kind}.{item['ordinal']}.{field.name}"] = item[part].get(name)
    for state in record.states:
        for field in STATE_FIELDS:
            found[f"states.{state['name']}.{field.name}"] = state[field.name]
    return found


def explain(trace: Trace, path: str, close: Close) -> Explanation | None:
    """
    Open a number up.

    Args:
        trace: Of the session.
        path: The field, in the form of `paths`.
        close: Its name and its close.

    Returns:
        The explanation; None if the session has no such field.
    """
    found = _field_of(trace, path)
    if found is None:
        return None
    field, which = found
    value = _value(trace, field, which, close)
    terms = _of_close(trace, path, close) or field.find(trace, which)
    parts = field.parts(trace, which)
    always = field.always or value is False
    reason = _reason(field, value, parts, terms)
    return Explanation(path, field, value, always, parts, terms, total_of(field.formula, terms, parts), reason)


def recompute(explained: Explanation) -> Value:
    """The value, from formula, terms and parts alone."""
    field = explained.field
    return value_of(field.formula, explained.terms, explained.parts, always=explained.always)


def _reason(field: Field, value: Value, parts: Parts, terms: Sequence[Term]) -> str | None:
    """Why there is no term, or no value in spite of terms."""
    if value is None and parts.get("length") == 0:
        return "The content has no length."
    if not terms:
        return field.none
    if value is None and field.formula is not Formula.UNLESS:
        return "It comes to 0, which is not written."
    return None


def _field_of(trace: Trace, path: str) -> tuple[Field, Which] | None:
    """The field of a path, and the ad, chapter or state it belongs to."""
    if path in FIELDS:
        return FIELDS[path], None
    return next(((field, which) for name, field, which in _of_parts(trace) if name == path), None)


def _of_parts(trace: Trace) -> Iterator[tuple[str, Field, Which]]:
    for ad in trace.fold.ads:
        for field in AD_FIELDS:
            yield f"ads.{ad.ordinal}.{field.name}", field, ad.ordinal
    for chapter in trace.fold.chapters:
        for field in CHAPTER_FIELDS:
            yield f"chapters.{chapter.ordinal}.{field.name}", field, chapter.ordinal
    for name in trace.states:
        for field in STATE_FIELDS:
            yield f"states.{name}.{field.name}", field, name


def _value(trace: Trace, field: Field, which: Which, close: Close) -> Value:
    """The value as the rows have it, by the code that writes them."""
    part, _, name = field.name.partition(".")
    found: Value = _details(trace, part, which, close).get(name or part)
    return found


def _details(trace: Trace, part: str, which: Which, close: Close) -> Mapping[str, Any]:
    fold, start = trace.fold, trace.start
    match part:
        case "sessionDetails":
            viewed = fields.viewed_ms(fold, start.length_s)
            silence_ms = close.closed_ms - close.last_received_ms
            cause = Cause.DOWNLOADED if trace.downloaded else None
            federated = trace.rules.federated
            return {
                **fields.static_details(close.session_id, start),
                "pev3": fields.pev3(start),
                "pccr": True,
                **fields.start_details(start, downloaded=trace.downloaded),
                "hasResume": None,
                **fields.close_details(fold, start, viewed, silence_ms=silence_ms, cause=cause, federated=federated),
            }
        case "qoeDataDetails":
            return fields.quality_details(fold)
        case "advertisingDetails" | "advertisingPodDetails":
            assert isinstance(which, int), "an ad has an ordinal"
            ad = fold.ads[which - 1]
            details = fields.ad_close_details(ad.details, seconds(ad.played_ms), completed=ad.completed)
            return (
                {**details, "isStarted": True}
                if part == "advertisingDetails"
                else fields.pod_details(ad.pod, start.name)
            )
        case "chapterDetails":
            assert isinstance(which, int), "a chapter has an ordinal"
            chapter = fold.chapters[which - 1]
            played_s = seconds(chapter.played_ms)
            return fields.chapter_details(chapter.details, start.name, played_s, completed=chapter.completed)
        case _:
            return next(state for state in fields.state_details(fold) if state["name"] == which)


def _of_close(trace: Trace, path: str, close: Close) -> Sequence[Term]:
    """The terms of the two fields that the events alone do not tell."""
    start = trace.said[0]
    if path == _ID:
        return [Term(start.at_ms, start.at_ms, "given to the player", [start], None, str(close.session_id))]
    if path == _SILENCE:
        latest = max(trace.said, key=lambda said: said.received_ms)
        silence_ms = max(0, close.closed_ms - close.last_received_ms)
        why = "silence, by the server's clock"
        return [Term(close.last_received_ms, close.last_received_ms + silence_ms, why, [latest], silence_ms)]
    return []
