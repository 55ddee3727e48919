"""
The 19 media operations, and what they share with the gateway's routes: starts get ids, sessions are judged.

Law: on event calls validation is all or nothing; on starts and on gateway routes each event stands alone
(protocol.md 7.4).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from playhead.base.ids import ENTROPY_BYTES, SessionIdVerdict, derive_session_id, judge_session_id, mint_session_id
from playhead.base.limits import CLIENT_SKEW_MAX_MS
from playhead.base.units import SessionId
from playhead.collector.closings import Judgement
from playhead.collector.exchange import NONE_SKIPPED, Exchange
from playhead.collector.paths import START_ACTIONS
from playhead.collector.ports import CollectorWorld, Datastream, Reply
from playhead.collector.query import is_plain_text
from playhead.wire.answers import (
    Detail,
    field_errors_body,
    field_errors_item,
    mismatch_body,
    session_not_found_body,
    session_not_found_item,
)
from playhead.wire.check import Checked, CheckedEvent, FieldError, check_media
from playhead.wire.envelope import Envelope, read_envelope
from playhead.wire.handles import Handle, identity_result, location_hint, new_session, state_store
from playhead.wire.identity import ECID_ENTROPY_BYTES, Claims, Resolved, resolve, state_to_send
from playhead.wire.record import Minted
from playhead.wire.refusals import MISSING, Refusal

EMPTY_200_BASE = "ee-pre-prd"
"""Base whose event calls succeed with 200 and no content (protocol.md C2)."""


class Taken(NamedTuple):
    """
    What became of the media events of a request whose events stand alone.

    Attributes:
        sessions: (index, session id) of each start and download taken.
        errors: Items of `errors`, in order.
        skipped: Index and code of each refused one, in order.
        reasons: The codes.
        taken_count: How many media events were taken.
    """

    sessions: list[tuple[int, SessionId]]
    errors: list[dict[str, Any]]
    skipped: Mapping[int, str]
    reasons: tuple[str, ...]
    taken_count: int


def answer_event(exchange: Exchange) -> Reply:
    """Answer one of the 17 event calls: 204, or 400 or 404 for the whole request (protocol.md 1.2, 4.5 A to C)."""
    checked = _check(exchange)
    if isinstance(checked, Refusal):
        return exchange.refuse(checked)
    if exchange.world.config.strict_datastream and exchange.query.config_id is not None:
        datastream = exchange.datastream()
        if isinstance(datastream, Refusal):
            return exchange.refuse(datastream)
    if checked.mismatch is not None:
        return _refuse_mismatch(exchange, checked.mismatch)
    details = _details_of_request(checked)
    if details:
        body = field_errors_body(details, exchange.body_request_id())
        return _refuse(exchange, 400, body, Refusal.FIELDS)
    if not takes_events(exchange.world, checked.events, exchange.request.received_ms):
        body = session_not_found_body(exchange.body_request_id())
        return _refuse(exchange, 404, body, Refusal.SESSION_NOT_FOUND)
    route = exchange.route
    assert route is not None, "event calls have a route"
    plain = route.base != EMPTY_200_BASE or is_plain_text(exchange.headers.get(b"content-type"))
    return exchange.reply(204 if plain else 200, accepted=exchange.accepted_record(None))


def answer_start(exchange: Exchange) -> Reply:
    """Answer `sessionStart` or `downloaded`: 200, or 207 when an event is invalid (protocol.md 1.2, 4.1, 4.5 D)."""
    checked = _check(exchange)
    if isinstance(checked, Refusal):
        return exchange.refuse(checked)
    datastream = exchange.datastream()
    if not isinstance(datastream, Refusal) and not datastream.media:
        datastream = Refusal.DATASTREAM_DISABLED
    if isinstance(datastream, Refusal):
        return exchange.refuse(datastream)
    if checked.mismatch is not None:
        return _refuse_mismatch(exchange, checked.mismatch)
    if checked.events_missing:
        item = field_errors_item(0, [Detail("$.events", MISSING)])
        taken = Taken([], [item], {}, (Refusal.FIELDS.value,), 0)
    else:
        taken = take(exchange, checked.events, datastream)
    return answer_taken(exchange, datastream, taken)


def take(exchange: Exchange, events: Iterable[CheckedEvent], datastream: Datastream) -> Taken:
    """Judge each event on its own: starts and downloads get an id, others must name a session that takes them."""
    sessions: list[tuple[int, SessionId]] = []
    errors: list[dict[str, Any]] = []
    skipped: dict[int, str] = {}
    count = 0
    for event in events:
        if event.action is None:
            continue
        if event.errors:
            errors.append(field_errors_item(event.index, _details(event.errors, "$.xdm")))
            skipped[event.index] = Refusal.FIELDS.value
        elif event.action in START_ACTIONS:
            sessions.append((event.index, _new_id(exchange, event, datastream)))
        elif not takes_events(exchange.world, (event,), exchange.request.received_ms):
            errors.append(session_not_found_item(event.index))
            skipped[event.index] = Refusal.SESSION_NOT_FOUND.value
        if event.index not in skipped:
            count += 1
    return Taken(sessions, errors, skipped, tuple(skipped.values()), count)


def answer_taken(exchange: Exchange, datastream: Datastream, taken: Taken) -> Reply:
    """The 200 or 207 of a request whose events stand alone, with the handles of protocol.md 4.2."""
    envelope = read_envelope(exchange.request.body)
    resolved = visitor(exchange, datastream, envelope)
    handles = [new_session(session_id, index) for index, session_id in taken.sessions]
    if "ECID" in envelope.fetch:
        handles.append(identity_result(resolved.ecid))
    handles += closing_handles(exchange, datastream, envelope, resolved)
    accepted, refused = records(exchange, datastream, taken, resolved.ecid)
    return exchange.success(
        handles, envelope.streaming, errors=taken.errors, accepted=accepted, refused=refused, reasons=taken.reasons
    )


def records(exchange: Exchange, datastream: Datastream, taken: Taken, ecid: str) -> tuple[bytes | None, bytes | None]:
    """The journal records (accepted, refused) of a request whose events stand alone: one of them, or none."""
    if taken.taken_count:
        minted = [Minted(index, session_id, ecid) for index, session_id in taken.sessions]
        media_events = taken.taken_count + len(taken.skipped)
        return exchange.accepted_record(datastream, minted, taken.skipped, media_events), None
    if not taken.reasons:
        return None, None
    differ = len(set(taken.reasons)) > 1
    return None, exchange.refused_record(taken.reasons[0], taken.skipped if differ else NONE_SKIPPED)


def visitor(exchange: Exchange, datastream: Datastream, envelope: Envelope) -> Resolved:
    """Who is watching (protocol.md 5.3)."""
    world = exchange.world
    return resolve(
        Claims(envelope.identity_map, envelope.event_identity_maps, envelope.entries, exchange.cookies()),
        org_id=datastream.org_id,
        fpid_cookie=datastream.fpid_cookie,
        identity_secret=world.keys.identity,
        entropy=world.entropy.take(ECID_ENTROPY_BYTES),
    )


def closing_handles(
    exchange: Exchange,
    datastream: Datastream,
    envelope: Envelope,
    resolved: Resolved,
    consent: str | None = None,
) -> list[Handle]:
    """The handles that end every 200 and 207: location hint and state (protocol.md 4.2, 5.4)."""
    hint = exchange.hint
    state = state_to_send(resolved, region=hint, environment=envelope.environment, now_ms=exchange.request.received_ms)
    store = state_store(datastream.org_id, hint, state, consent=consent, same_site_none=datastream.same_site_none)
    return [location_hint(hint), store]


def takes_events(world: CollectorWorld, events: Iterable[CheckedEvent], received_ms: int) -> bool:
    """Whether the sessions these events name are ours, young enough and not closed for them (protocol.md 6, C15, C16)."""
    valid: set[str] = set()  # each session's id is proved once
    for event in events:
        session_id = event.session_id
        if session_id not in valid:
            if judge_session_id(world.keys.session, session_id, received_ms) is not SessionIdVerdict.VALID:
                return False
            valid.add(session_id)
        if world.closings.judge(session_id, event.at_ms, received_ms) is not Judgement.ACCEPT:
            return False
    return True


def _new_id(exchange: Exchange, event: CheckedEvent, datastream: Datastream) -> SessionId:
    """The same id for a start that is repeated, where it can be recognised (protocol.md 7.4); else a fresh one."""
    key = exchange.world.keys.session[0]
    received_ms = exchange.request.received_ms
    request_id = exchange.query.request_id
    if event.client_id is not None:
        token = f"_id {event.client_id}"
    elif request_id is not None:
        token = f"requestId {event.index} {request_id}"
    else:
        return mint_session_id(key, received_ms, exchange.world.entropy.take(ENTROPY_BYTES))
    at_ms = event.at_ms
    believed = at_ms is not None and abs(at_ms - received_ms) <= CLIENT_SKEW_MAX_MS
    return derive_session_id(key, datastream.id, token, at_ms if believed else None)


def _check(exchange: Exchange) -> Checked | Refusal:
    route, config = exchange.route, exchange.world.config
    assert route is not None, "media operations have a route"
    assert route.action is not None, "media operations have an action"
    return check_media(
        exchange.request.body,
        route.action,
        exchange.request.received_ms,
        string_bytes_max=config.max_string_bytes,
        events_max=config.max_events_per_request,
    )


def _details_of_request(checked: Checked) -> list[Detail]:
    if checked.events_missing:
        return [Detail("$.events", MISSING)]
    details: list[Detail] = []
    for event in checked.events:
        if event.errors:
            details += _details(event.errors, f"$.events[{event.index}].xdm")
    return details


def _details(errors: Sequence[FieldError], prefix: str) -> list[Detail]:
    return [Detail(f"{prefix}.{error.path}" if error.path else prefix, error.reason) for error in errors]


def _refuse_mismatch(exchange: Exchange, text: str) -> Reply:
    return _refuse(exchange, 400, mismatch_body(text, exchange.body_request_id()), Refusal.MISMATCH)


def _refuse(exchange: Exchange, status: int, body: bytes, refusal: Refusal) -> Reply:
    return exchange.reply(status, body, refused=exchange.refused_record(refusal), reasons=(refusal.value,))
