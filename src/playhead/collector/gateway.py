"""The gateway's routes: interact, collect, identity and consent (protocol.md 3.4)."""

from typing import Any

import msgspec

from playhead.collector.exchange import Exchange
from playhead.collector.media import answer_taken, closing_handles, records, take, visitor
from playhead.collector.ports import Datastream, Reply
from playhead.wire import values
from playhead.wire.check import check_gateway
from playhead.wire.consent import Refused, read_consent
from playhead.wire.envelope import read_envelope
from playhead.wire.handles import consent_preferences, identity_result
from playhead.wire.refusals import Refusal


def answer(exchange: Exchange) -> Reply:
    """Answer a request to a gateway route."""
    assert exchange.route is not None, "gateway routes exist"
    name = exchange.route.name
    if name == "v1/identity/acquire":
        return _answer_identity(exchange)
    if name == "v1/privacy/set-consent":
        return _answer_consent(exchange)
    return _answer_events(exchange, name)


def _answer_events(exchange: Exchange, name: str) -> Reply:
    """Interact and collect: media events as on their own routes, each alone; all others are accepted and let go."""
    config = exchange.world.config
    checked = check_gateway(
        exchange.request.body,
        exchange.request.received_ms,
        single=name.startswith("v2/"),
        string_bytes_max=config.max_string_bytes,
        events_max=config.max_events_per_request,
    )
    if checked is Refusal.JSON_INVALID or checked is Refusal.TOO_LARGE:
        return exchange.refuse(checked)
    datastream = exchange.datastream()
    if isinstance(datastream, Refusal):
        return exchange.refuse(datastream)
    if isinstance(checked, Refusal):
        return exchange.refuse(checked, "event" if name.startswith("v2/") else "events")
    if not datastream.media and any(event.action is not None for event in checked.events):
        return exchange.refuse(Refusal.DATASTREAM_DISABLED)
    taken = take(exchange, checked.events, datastream)
    if name.endswith("/interact"):
        return answer_taken(exchange, datastream, taken)
    ecid = visitor(exchange, datastream, read_envelope(exchange.request.body)).ecid if taken.sessions else ""
    accepted, refused = records(exchange, datastream, taken, ecid)
    if name == "v1/collect" or exchange.query.silent:
        return exchange.reply(204, accepted=accepted, refused=refused, reasons=taken.reasons)
    body = msgspec.json.encode({"requestId": exchange.body_request_id()})
    return exchange.reply(202, body, accepted=accepted, refused=refused, reasons=taken.reasons)


def _answer_identity(exchange: Exchange) -> Reply:
    opened = _open(exchange)
    if isinstance(opened, Reply):
        return opened
    datastream, _ = opened
    envelope = read_envelope(exchange.request.body)
    resolved = visitor(exchange, datastream, envelope)
    handles = [identity_result(resolved.ecid), *closing_handles(exchange, datastream, envelope, resolved)]
    return exchange.success(handles, envelope.streaming)


def _answer_consent(exchange: Exchange) -> Reply:
    opened = _open(exchange)
    if isinstance(opened, Reply):
        return opened
    datastream, body = opened
    consent = read_consent(body)
    if isinstance(consent, Refused):
        return exchange.refuse(consent.refusal, consent.subject)
    envelope = read_envelope(exchange.request.body)
    resolved = visitor(exchange, datastream, envelope)
    handles = [identity_result(resolved.ecid)] if "ECID" in envelope.fetch else []
    handles.append(consent_preferences(consent.letter))
    handles += closing_handles(exchange, datastream, envelope, resolved, consent.general)
    return exchange.success(handles, envelope.streaming)


def _open(exchange: Exchange) -> tuple[Datastream, dict[str, Any]] | Reply:
    """The datastream and the body as an object, or the refusal."""
    try:
        body = values.load_object(exchange.request.body)
    except ValueError:
        return exchange.refuse(Refusal.JSON_INVALID)
    datastream = exchange.datastream()
    if isinstance(datastream, Refusal):
        return exchange.refuse(datastream)
    return datastream, body
