"""Answers as bytes (protocol.md 4)."""

import json
import re

import pytest

from playhead.wire import answers
from playhead.wire.answers import Detail
from playhead.wire.refusals import GATEWAY, Refusal

ENTROPY = bytes(range(16))


def test_success_body_is_compact_and_has_an_array_of_handles() -> None:
    """Protocol.md 4.2 and 4.3: alloy rejects bodies without `handle`, mobile splits on line feeds."""
    assert answers.success_body("r", []) == b'{"requestId":"r","handle":[]}'
    assert answers.success_body("r", [], [{"a": 1}]) == b'{"requestId":"r","handle":[],"errors":[{"a":1}]}'


@pytest.mark.parametrize(
    ("streaming", "framed"),
    [(None, b"{}"), (("\0", "\n"), b"\0{}\n"), (("", "\n"), b"{}\n"), (("<<", ">>"), b"<<{}>>")],
)
def test_body_is_framed_as_the_client_asked(streaming: tuple[str, str] | None, framed: bytes) -> None:
    """Protocol.md 4.3: exactly those strings, an empty separator prefixes nothing."""
    assert framed == answers.frame(b"{}", streaming)


def test_form_a_reports_fields() -> None:
    """protocol.md 4.5 A: field errors on an event action."""
    body = json.loads(answers.field_errors_body([Detail("$.events[0].xdm.x", "Missing required field")], "r"))
    assert body.pop("detail")
    assert body == {
        "type": "https://ns.adobe.com/aep/errors/va-edge-0400-400",
        "status": 400,
        "title": "Bad Request",
        "report": {"details": [{"name": "$.events[0].xdm.x", "reason": "Missing required field"}], "requestId": "r"},
    }


def test_form_b_reports_one_string() -> None:
    """protocol.md 4.5 B: path and payload name different types."""
    body = json.loads(answers.mismatch_body("payload eventType a, path eventType b", "r"))
    assert body.pop("detail")
    assert body == {
        "type": "https://ns.adobe.com/aep/errors/va-edge-0400-400",
        "status": 400,
        "title": "Bad Request",
        "report": {"details": "payload eventType a, path eventType b", "requestId": "r"},
    }


def test_form_c_mentions_the_limit_and_asks_for_a_new_session() -> None:
    """protocol.md 4.5 C: session not found."""
    body = json.loads(answers.session_not_found_body("r"))
    assert body.pop("detail")
    details = body["report"].pop("details")
    assert "24 h" in details
    assert "new session" in details
    assert body == {
        "type": "https://ns.adobe.com/aep/errors/va-edge-0404-404",
        "status": 404,
        "title": "Not Found",
        "report": {"requestId": "r"},
    }


def test_form_d_is_an_item_with_its_event_index() -> None:
    """protocol.md 4.5 D: no detail, no requestId (C11, C14)."""
    expected = {
        "type": "https://ns.adobe.com/aep/errors/va-edge-0400-400",
        "status": 400,
        "title": "Invalid request",
        "report": {"eventIndex": 1, "details": [Detail("$.xdm.x", "Missing required field")]},
    }
    assert expected == answers.field_errors_item(1, [Detail("$.xdm.x", "Missing required field")])


@pytest.mark.parametrize("refusal", list(GATEWAY))
def test_form_e_has_exactly_five_members(refusal: Refusal) -> None:
    """protocol.md 4.5 E: type, status, title, detail, report of requestId, and nothing else."""
    body = json.loads(answers.gateway_body(refusal, "r", "thing"))
    detail = body.pop("detail")
    assert isinstance(detail, str)
    assert "{" not in detail
    assert body == {
        "type": f"https://ns.adobe.com/aep/errors/{refusal}",
        "status": GATEWAY[refusal].status,
        "title": GATEWAY[refusal].title,
        "report": {"requestId": "r"},
    }


def test_form_e_quotes_the_datastream() -> None:
    """protocol.md 4.5 E: the detail of EXEG-0003-400 quotes the id, whatever is in it."""
    assert "'a{b}\"c'" in json.loads(answers.gateway_body(Refusal.DATASTREAM_UNKNOWN, "r", 'a{b}"c'))["detail"]


def test_request_id_header_extends_the_clients() -> None:
    """Protocol.md C17: the client's id, a dash and 16 hex digits."""
    assert answers.request_id_header("r-1", ENTROPY) == b"r-1-0001020304050607"


@pytest.mark.parametrize("client_id", [None, "", "a b", "a\r\nb", "é", "x" * 129])
def test_request_id_header_is_a_uuid_when_the_clients_does_not_fit(client_id: str | None) -> None:
    """Protocol.md C17; nothing a client names itself can break the header."""
    value = answers.request_id_header(client_id, ENTROPY).decode()
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", value)


def test_common_headers_are_those_of_every_answer() -> None:
    """Protocol.md 4.4."""
    expected = {
        b"x-rate-limit-remaining": b"599",
        b"x-konductor": b"1.2.3:0123abcd",
        b"x-adobe-edge": b"IRL1;6",
        b"vary": b"Origin",
        b"cache-control": b"no-cache, no-store, max-age=0, no-transform",
        b"strict-transport-security": b"max-age=31536000; includeSubDomains",
        b"x-content-type-options": b"nosniff",
        b"x-xss-protection": b"1; mode=block",
        b"server": b"playhead",
    }
    assert expected == dict(answers.common_headers("irl1", "1.2.3", "0123abcd"))


def test_region_of_an_unknown_place_is_a_number() -> None:
    """Protocol.md 4.4: alloy parses an integer after the semicolon."""
    assert (b"x-adobe-edge", b"EDGE1;0") in answers.common_headers("edge1", "1", "0")


def test_cors_headers_name_the_origin_verbatim() -> None:
    """Protocol.md 4.7: never `*`, and "null" is an origin."""
    assert answers.cors_headers(b"null") == [
        (b"access-control-allow-origin", b"null"),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", b"Retry-After, X-Adobe-Edge, X-Request-ID"),
    ]


def test_preflight_echoes_the_names_it_was_asked_for() -> None:
    """Protocol.md 4.7; what is no list of names is not echoed."""
    always = [(b"access-control-allow-methods", b"POST, OPTIONS"), (b"access-control-max-age", b"86400")]
    asked = (b"access-control-allow-headers", b"content-type, x-a")
    assert [*always, asked] == answers.preflight_headers(b"content-type, x-a")
    assert always == answers.preflight_headers(None)
    assert always == answers.preflight_headers(b"a\r\nb")
