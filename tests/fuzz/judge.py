"""
What must hold of every answer, told without the code that gave it: from the published document and the request itself.

The rules: no status or body that is not documented, no header a client could break out of, never a 5xx; an accepted
record decodes to exactly the events the answer acknowledges; a refused request has nothing in an accepted one.
"""

import json
import re
from collections import Counter
from functools import cache
from typing import Any, NamedTuple

import jsonschema_rs

from fuzz.spoil import Case
from playhead.collector.ports import Reply
from playhead.events.names import ACTION_OF
from playhead.wire.decode import deliveries
from playhead.wire.openapi.answers import HEADERS
from playhead.wire.openapi.document import calls, collector_document
from playhead.wire.operations import OPERATIONS
from playhead.wire.record import Record, decode_record, encode_record
from playhead.wire.refusals import TIMESTAMP_INVALID, TOO_LONG, Refusal

DOCUMENT = collector_document("1")
ACTION_BY_TYPE = {f"media.{action}".lower(): action for action in OPERATIONS} | {"media.adbreakskip": "adSkip"}
_REQUIRED = {name.lower().encode() for name in HEADERS}
_CALLS = {call.route: call for call in calls()}
_REASONS = {reason.value for reason in Refusal}


class Kept(NamedTuple):
    """What a reply leaves behind: records of the journal, and the events that they acknowledge."""

    accepted: Record | None = None
    refused: Record | None = None
    events: tuple[tuple[str, str], ...] = ()


@cache
def validator(route: str, status: int) -> Any:
    """What checks the body of an answer; None where there is none, an error where the status is not documented."""
    path = "/healthz" if route == "healthz" else f"/{{base}}/{route}"
    response = DOCUMENT["paths"][path]["get" if route == "healthz" else "post"]["responses"][str(status)]
    content = DOCUMENT["components"]["responses"][response["$ref"].rpartition("/")[2]].get("content")
    if content is None:
        return None
    ((media_type, media),) = content.items()
    schema = {**media["schema"], "components": DOCUMENT["components"]}
    return media_type, jsonschema_rs.validator_for(schema)


@cache
def request_validator(route: str) -> Any:
    """What checks the body of a request."""
    schema = {"$ref": f"#/components/schemas/{_CALLS[route].request}", "components": DOCUMENT["components"]}
    return jsonschema_rs.validator_for(schema)


def judged(case: Case, reply: Reply) -> Kept:
    """Check an answer; what it leaves behind. AssertionError says what is wrong."""
    request = loaded(case.body)
    _check_headers(reply)
    _check_status(case, reply)
    body = _checked_body(reply, request) if reply.body else None
    assert set(reply.reasons) <= _REASONS
    accepted = _checked_record(reply.accepted)
    refused = _checked_record(reply.refused)
    assert accepted is None or refused is None, "a request is accepted or refused"
    if refused is not None:
        assert refused.reason in reply.reasons
    if accepted is None:
        assert not (isinstance(body, dict) and any(h.get("eventIndex") is not None for h in body.get("handle", []))), (
            "a session that was given is kept"
        )
        return Kept(None, refused)
    assert reply.status < 400, "what is refused is not accepted"
    assert accepted.reason == ""
    assert isinstance(request, dict)
    events = _acknowledged(case, accepted, body, request)
    found = [(d.index, ACTION_OF[type(d.event)], d.session_id) for d in deliveries(accepted)]
    assert events == found, "a record holds what was acknowledged"
    return Kept(accepted, None, tuple((session_id, action) for _, action, session_id in events))


def check_promise(case: Case, reply: Reply) -> bool:
    """What the document calls valid is accepted, save for what a schema cannot tell; whether it was valid."""
    if case.method != "POST" or reply.route not in _CALLS or reply.status in {413, 415, 422}:
        return False
    if case.body.count(b"{") + case.body.count(b"[") > 100:
        return False  # nesting has a limit of its own
    try:
        request = loaded(case.body)
        if not request_validator(reply.route).is_valid(request):
            return False
    except (ValueError, OverflowError):  # a number or a text that JSON has and schemas have not
        return False
    if reply.status >= 400:
        refusal = json.loads(reply.body)["type"].rpartition("/")[2]
        if refusal in {"EXEG-0002-400", "EXEG-0003-400", "va-edge-0404-404"}:
            return True  # not the body's fault
    problems = json.loads(reply.body) if reply.body and reply.status >= 400 else {}
    reasons = {item["reason"] for item in problems.get("report", {}).get("details", [])}
    assert reply.status < 400 or (reasons and reasons <= {TIMESTAMP_INVALID, TOO_LONG}), "what is documented is taken"
    return True


def loaded(body: bytes) -> Any:
    """The body as another reader of JSON has it; None when it is none."""
    try:
        return json.loads(body.decode(), parse_int=_int, parse_constant=_refused)
    except (ValueError, RecursionError):
        return None


def _int(text: str) -> float:
    return int(text) if len(text) < 4000 else float("inf")  # Python reads back no longer ones


def _refused(text: str) -> Any:
    raise ValueError(text)  # NaN and the like are no JSON


def _check_headers(reply: Reply) -> None:
    names = Counter(name for name, _ in reply.headers)
    assert max(names.values()) == 1, "no header twice"
    assert names.keys() >= _REQUIRED, "headers that every answer has"
    for name, value in reply.headers:
        assert not set(name + value) & {0, 10, 13}, "no header a client could break out of"
    headers = dict(reply.headers)
    assert int(headers.get(b"content-length", b"0")) == len(reply.body)
    assert bool(reply.body) == (b"content-type" in headers)
    assert int(headers.get(b"x-rate-limit-remaining", b"0")) > 0


def _check_status(case: Case, reply: Reply) -> None:
    assert reply.status < 500, "nothing makes us fail"
    if reply.route == "other":
        assert (reply.status, reply.body) == (404, b"")
    elif case.method != "POST" and reply.route != "healthz":
        assert reply.status == (204 if case.method == "OPTIONS" else 405)
        assert not reply.body
    elif reply.route != "healthz":
        validator(reply.route, reply.status)  # KeyError: not documented


def _checked_body(reply: Reply, request: Any) -> Any:
    found = validator(reply.route, reply.status)
    assert found is not None, "no body where none is documented"
    media_type, check = found
    assert dict(reply.headers)[b"content-type"].partition(b";")[0].decode() == media_type
    text = reply.body
    streaming = _streaming(request) if reply.status in {200, 207} else None
    if streaming is not None:
        separator, line_feed = streaming
        assert text.startswith(separator)
        assert text.endswith(line_feed)
        text = text[len(separator) : len(text) - len(line_feed)]
        assert b"\n" not in text, "one line for clients that split"
    body = json.loads(text)
    check.validate(body)
    return body


def _streaming(request: Any) -> tuple[bytes, bytes] | None:
    """What the body should stand between, as protocol.md 4.3 has it."""
    for name in ("meta", "konductorConfig", "streaming"):
        request = request.get(name) if isinstance(request, dict) else None
    if not isinstance(request, dict) or request.get("enabled") is not True:
        return None
    texts = request.get("recordSeparator"), request.get("lineFeed")
    if not all(isinstance(text, str) for text in texts):
        return None
    separator, line_feed = (re.sub("[\ud800-\udfff]", "\ufffd", str(text)).encode() for text in texts)  # decision 0039
    return separator, line_feed


def _checked_record(payload: bytes | None) -> Record | None:
    if payload is None:
        return None
    record = decode_record(payload)
    assert encode_record(record) == payload
    return record


def _acknowledged(case: Case, record: Record, body: Any, request: dict[str, Any]) -> list[tuple[int, str, str]]:
    """(index, action, session id) of each media event the answer acknowledges."""
    given: dict[int, str] = {minted.index: minted.session_id for minted in record.minted}
    skipped = set(record.skipped)
    if body is not None and "handle" in body:
        named = {h["eventIndex"]: h["payload"][0]["sessionId"] for h in body["handle"] if "eventIndex" in h}
        assert named == given, "sessions that were given are told"
        assert skipped == {item["report"]["eventIndex"] for item in body.get("errors", [])}
    single = record.route.startswith("v2/") and isinstance(request.get("event"), dict)
    events = [request["event"]] if single else request["events"]
    acknowledged = []
    for index, item in enumerate(events):
        xdm = item.get("xdm") if isinstance(item, dict) else None
        event_type = xdm.get("eventType") if isinstance(xdm, dict) else None
        action = ACTION_BY_TYPE.get(event_type.lower()) if isinstance(event_type, str) else None
        if action is None or index in skipped:
            continue
        if action in {"sessionStart", "downloaded"}:
            acknowledged.append((index, action, given[index]))
        else:
            assert isinstance(xdm, dict)
            collection = xdm["mediaCollection"]
            sent = collection.get("sessionID")
            acknowledged.append((index, action, (collection["sessionId"] if sent is None else sent).lower()))
    assert acknowledged or not record.route.startswith("va/"), "a record of a media call holds an event"
    return acknowledged
