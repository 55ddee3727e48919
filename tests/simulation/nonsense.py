"""Requests that must be refused, each with what for (protocol.md 6 and 8)."""

import json
import random

import msgspec

from playhead.wire.refusals import Refusal
from simulation.players import Sent, query_of, request
from simulation.said import Said, say, start

FOREIGN = "0123456789abcdef" * 4
"""A session id nobody here made."""


def _spoil(sent: Sent, reason: Refusal, **changed: object) -> Sent:
    return msgspec.structs.replace(sent, refused_for=reason, **changed)


def _without(sent: Sent, member: str) -> bytes:
    """The body without a member of the first event's `mediaCollection`."""
    body = json.loads(sent.body)
    del body["events"][0]["xdm"]["mediaCollection"][member]
    return json.dumps(body, ensure_ascii=False).encode()


def nonsense(session_id: str, at_ms: int, request_id: str, dice: random.Random) -> Sent:
    """
    A request that must be refused, or in part.

    Args:
        session_id: One that may be open; empty if there is none.
        at_ms: By the player's clock, Unix ms.
        request_id: A fresh one.
        dice: Which it is.
    """
    ping: Said = say("ping", at_ms, 3, dice)
    good = request("va/v1/ping", (ping,), session_id or FOREIGN, "ds", request_id)
    begin = request("va/v1/sessionStart", (start(at_ms, 0, 60, dice),), "", "ds", request_id)
    match dice.randrange(11):
        case 0:
            return _spoil(good, Refusal.FIELDS, body=_without(good, "playhead"))
        case 1:
            return _spoil(good, Refusal.JSON_INVALID, body=good.body[:-1])
        case 2:
            return _spoil(good, Refusal.FIELDS, body=good.body.replace(good.session_id.encode(), b"short"))
        case 3:
            return _spoil(
                good, Refusal.SESSION_NOT_FOUND, body=good.body.replace(good.session_id.encode(), FOREIGN.encode())
            )
        case 4:
            return _spoil(good, Refusal.MISMATCH, path="/ee/va/v1/play", route="va/v1/play")
        case 5:
            return _spoil(
                begin, Refusal.DATASTREAM_UNKNOWN, query=query_of("nowhere", request_id), datastream_id="nowhere"
            )
        case 6:
            return _spoil(begin, Refusal.DATASTREAM_MISSING, query=query_of("", request_id), datastream_id="")
        case 7:
            return _spoil(begin, Refusal.DATASTREAM_DISABLED, query=query_of("off", request_id), datastream_id="off")
        case 8:
            return _spoil(good, Refusal.CONTENT_TYPE, content_type="application/xml")
        case 9:
            return _spoil(begin, Refusal.FIELDS, body=_without(begin, "sessionDetails"))
        case _:
            return _mixed(session_id, at_ms, request_id, dice)


def _mixed(session_id: str, at_ms: int, request_id: str, dice: random.Random) -> Sent:
    """Two events on a gateway route, one of them without its playhead: each stands alone."""
    said = (say("ping", at_ms, 3, dice), say("play", at_ms + 1, 3, dice))
    sent = request("v1/interact", said, session_id or FOREIGN, "ds", request_id)
    if not session_id:
        return _spoil(sent, Refusal.SESSION_NOT_FOUND)
    return msgspec.structs.replace(sent, body=_without(sent, "playhead"), spoiled=frozenset({0}))
