"""What holds for every request: the order of the checks, methods, paths, headers (protocol.md 3, 4.4, 4.5 E, 4.7)."""

import json

import pytest

from collector_support import (
    DATASTREAM,
    DOWNLOAD,
    ERRORS,
    NOW_MS,
    START,
    accepted,
    body_of,
    event,
    headers_of,
    post,
    start_body,
    start_event,
    started,
    world,
)
from playhead.collector.config import CollectorConfig
from playhead.collector.heart import handle, refuse
from playhead.collector.ports import Reply, Request
from playhead.events.session import SessionStart
from playhead.wire.decode import deliveries
from playhead.wire.refusals import Refusal

GATEWAY_CASES: list[tuple[str, bytes, dict[str, str], str, int, str]] = [
    ("/ee/va/v1/sessionStart", b"{}", {}, "EXEG-0002-400", 400, "Missing datastream parameter"),
    ("/ee/va/v1/downloaded", b"{}", {}, "EXEG-0002-400", 400, "Missing datastream parameter"),
    ("/ee/v1/interact", b"{}", {}, "EXEG-0002-400", 400, "Missing datastream parameter"),
    ("/ee/v1/collect?configId=", b"{}", {}, "EXEG-0002-400", 400, "Missing datastream parameter"),
    ("/ee/va/v1/sessionStart?configId=no", b"{}", {}, "EXEG-0003-400", 400, "Invalid datastream ID"),
    ("/ee/v1/interact?configId=no:dev", b"{}", {}, "EXEG-0003-400", 400, "Invalid datastream ID"),
    ("/ee/va/v1/sessionStart?configId=ds-off", b"{}", {}, "EXEG-0004-422", 422, "Datastream disabled"),
    ("/ee/va/v1/sessionStart?configId=ds-plain", b"{}", {}, "EXEG-0004-422", 422, "Datastream disabled"),
    ("/ee/v1/interact?configId=ds-off", b"{}", {}, "EXEG-0004-422", 422, "Datastream disabled"),
    ("/ee/va/v1/sessionStart?configId=ds-1", b"", {}, "EXEG-0101-400", 400, "Invalid JSON request"),
    ("/ee/va/v1/sessionStart", b"{", {}, "EXEG-0101-400", 400, "Invalid JSON request"),
    ("/ee/va/v1/ping", b"[]", {}, "EXEG-0101-400", 400, "Invalid JSON request"),
    ("/ee/va/v1/ping", b'{"events":"\xff"}', {}, "EXEG-0101-400", 400, "Invalid JSON request"),
    ("/ee/va/v1/ping", b"[" * 60_000, {}, "EXEG-0101-400", 400, "Invalid JSON request"),
    ("/ee/v1/interact?configId=ds-1", b"null", {}, "EXEG-0101-400", 400, "Invalid JSON request"),
    ("/ee/v1/interact?configId=ds-1", b"{}", {}, "EXEG-0103-400", 400, "Missing required value"),
    ("/ee/v2/collect?datastreamId=ds-1", b"{}", {}, "EXEG-0103-400", 400, "Missing required value"),
    ("/ee/va/v1/ping", b"{}", {"content-type": "text/html"}, "EXEG-0111-415", 415, "Invalid request"),
    ("/ee/va/v1/ping", b" " * 65_537, {}, "EXEG-0112-413", 413, "Invalid request"),
    ("/ee/va/v1/ping", b" " * 65_537, {"content-type": "text/html"}, "EXEG-0112-413", 413, "Invalid request"),
]


@pytest.mark.parametrize(("target", "body", "headers", "code", "status", "title"), GATEWAY_CASES)
def test_gateway_error_is_form_e(
    target: str, body: bytes, headers: dict[str, str], code: str, status: int, title: str
) -> None:
    """protocol.md 4.5 E and 8.1: exactly five members, in the order of the checks."""
    reply = post(world(), target, body, headers=headers)
    answer = body_of(reply)
    assert ["type", "status", "title", "detail", "report"] == list(answer)
    assert (reply.status, answer["status"]) == (status, status)
    assert (answer["type"], answer["title"]) == (ERRORS + code, title)
    assert ["requestId"] == list(answer["report"])
    assert headers_of(reply)["content-type"] == "application/problem+json"
    assert reply.reasons == (code,)
    assert reply.accepted is None


def test_unknown_datastream_is_quoted() -> None:
    """protocol.md 4.5 E: the detail of EXEG-0003-400 quotes the id."""
    assert "'no-such'" in body_of(post(world(), "/ee/va/v1/sessionStart?configId=no-such", start_body()))["detail"]


def test_downloads_may_be_larger() -> None:
    """protocol.md 4.6: at least 1 MiB for `downloaded`."""
    padding = {"padding": "x" * 1_048_576}
    reply = post(world(), "/ee/va/v1/downloaded?configId=ds-1", {"events": [DOWNLOAD], **padding})
    assert reply.status == 200


def test_too_many_events_are_too_large() -> None:
    """Everything has a limit: events of a request."""
    at = world(config=CollectorConfig(max_events_per_request=2))
    reply = post(at, START, {"events": [start_event()] * 3})
    assert body_of(reply)["type"] == ERRORS + "EXEG-0112-413"


def test_overload_says_when_to_come_back() -> None:
    """protocol.md 4.4 and 4.5 E: 503 with whole seconds."""
    reply = refuse(Request("POST", "/ee/va/v1/ping", b"", [], b"", NOW_MS), world(), Refusal.UNAVAILABLE)
    assert (reply.status, headers_of(reply)["retry-after"]) == (503, "1")
    assert body_of(reply)["title"] == "Service unavailable"


def test_bug_is_told_as_one() -> None:
    """protocol.md 4.5 E: EXEG-0001-500."""
    reply = refuse(Request("POST", "/ee/va/v1/ping", b"", [], b"{}", NOW_MS), world(), Refusal.UNEXPECTED)
    assert (reply.status, body_of(reply)["title"]) == (500, "Unexpected error")


@pytest.mark.parametrize("path", ["/", "/ee/invalid/v1/interact", "/ee/va/v1/nothing", "/nothing/va/v1/ping"])
@pytest.mark.parametrize("method", ["POST", "GET", "OPTIONS"])
def test_unknown_path_is_an_empty_404(method: str, path: str) -> None:
    """protocol.md 3.1 and C30: zero bytes, no Content-Type."""
    reply = post(world(), path, start_body(), method=method)
    assert (reply.status, reply.body) == (404, b"")
    assert headers_of(reply)["content-length"] == "0"
    assert "content-type" not in headers_of(reply)
    assert reply.route == "other"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_405(method: str) -> None:
    """protocol.md 3.1: with the methods that are allowed."""
    reply = post(world(), "/ee/va/v1/ping", b"", method=method)
    assert (reply.status, headers_of(reply)["allow"]) == (405, "POST, OPTIONS")


def test_preflight_is_answered() -> None:
    """protocol.md 4.7: no datastream is needed."""
    headers = {"origin": "https://www.example.org", "access-control-request-headers": "content-type,x-foo"}
    reply = post(world(), "/ee/va/v1/sessionStart", b"", method="OPTIONS", headers=headers)
    sent = headers_of(reply)
    assert (reply.status, reply.body) == (204, b"")
    assert sent["access-control-allow-methods"] == "POST, OPTIONS"
    assert sent["access-control-allow-headers"] == "content-type,x-foo"
    assert int(sent["access-control-max-age"]) > 0
    assert sent["access-control-allow-origin"] == "https://www.example.org"


def every_kind_of_answer(origin: str) -> list[Reply]:
    """One reply of each status a client can get."""
    at = world()
    headers = {"origin": origin}
    ping = {"events": [event("ping", started(at))]}
    return [
        post(at, START, start_body(), headers=headers),
        post(at, START, start_body(playhead=None), headers=headers),
        post(at, "/ee/va/v1/ping", ping, headers=headers),
        post(at, "/ee-pre-prd/va/v1/ping", ping, headers=headers),
        post(at, "/ee/v2/collect?configId=ds-1", {"event": {}}, headers=headers),
        post(at, "/ee/va/v1/ping", {}, headers=headers),
        post(at, "/ee/va/v1/ping", {"events": [event("ping", "0" * 64)]}, headers=headers),
        post(at, "/ee/va/v1/ping", {}, headers=headers, method="GET"),
        post(at, "/nowhere", {}, headers=headers),
        post(at, "/ee/va/v1/ping", b" " * 70_000, headers=headers),
        post(at, "/ee/va/v1/ping", b"{}", headers={**headers, "content-type": "text/html"}),
        post(at, "/ee/va/v1/sessionStart?configId=ds-off", b"{}", headers=headers),
        post(at, "/ee/va/v1/ping", b"", headers=headers, method="OPTIONS"),
        refuse(Request("POST", "/ee/v1/interact", b"", [(b"origin", origin.encode())], b"", 1), at, Refusal.UNEXPECTED),
        refuse(
            Request("POST", "/ee/v1/interact", b"", [(b"origin", origin.encode())], b"", 1), at, Refusal.UNAVAILABLE
        ),
    ]


def test_every_answer_has_the_common_headers() -> None:
    """protocol.md 4.4: on 2xx, 4xx and 5xx alike."""
    common = {
        "x-request-id",
        "x-rate-limit-remaining",
        "x-konductor",
        "x-adobe-edge",
        "vary",
        "cache-control",
        "strict-transport-security",
        "x-content-type-options",
        "x-xss-protection",
        "server",
    }
    replies = every_kind_of_answer("https://a.example")
    assert {200, 202, 204, 207, 400, 404, 405, 413, 415, 422, 500, 503} == {reply.status for reply in replies}
    assert [set()] * len(replies) == [common - set(headers_of(reply)) for reply in replies]


@pytest.mark.parametrize("origin", ["https://a.example", "null", "http://localhost:3000"])
def test_every_answer_can_be_read_by_the_page_that_asked(origin: str) -> None:
    """protocol.md 4.7: on every kind of answer, the origin verbatim."""
    for reply in every_kind_of_answer(origin):
        headers = headers_of(reply)
        assert headers["access-control-allow-origin"] == origin
        assert headers["access-control-allow-credentials"] == "true"
        assert headers["access-control-expose-headers"] == "Retry-After, X-Adobe-Edge, X-Request-ID"


def test_request_without_an_origin_gets_no_cross_origin_headers() -> None:
    """protocol.md 4.7: only requests with Origin."""
    assert not [name for name in headers_of(post(world(), START, start_body())) if name.startswith("access-control")]


def test_operator_may_list_origins() -> None:
    """protocol.md 4.7: the datastream's list comes before the server's."""
    other = DATASTREAM.__class__(
        **{name: getattr(DATASTREAM, name) for name in DATASTREAM.__struct_fields__ if name != "allowed_origins"},
        allowed_origins=("https://b.example",),
    )
    at = world(config=CollectorConfig(allowed_origins=("https://a.example",)), datastreams=[other])

    def readable(origin: str, target: str) -> bool:
        reply = post(at, target, start_body(), headers={"origin": origin})
        return "access-control-allow-origin" in headers_of(reply)

    assert readable("https://B.example", START)
    assert not readable("https://a.example", START)
    assert readable("https://a.example", "/ee/va/v1/ping")
    assert not readable("https://b.example", "/ee/va/v1/ping")


def test_health_is_told() -> None:
    """interfaces.md 1: GET /healthz."""
    reply = post(world(), "/healthz", b"", method="GET")
    assert (reply.status, body_of(reply), reply.route) == (200, {"status": "ok"}, "healthz")
    assert post(world(), "/healthz", b"").status == 404


def test_half_a_character_is_no_reason_to_refuse() -> None:
    """A title cut inside an emoji is taken, and kept as text that can be written anywhere (decision 0039)."""
    body = json.dumps(start_body()).replace('"clip-7"', r'"clip \ud83d"').encode()
    reply = post(world(), START, body)
    assert reply.status == 200
    (delivery,) = deliveries(accepted(reply))
    assert isinstance(delivery.event, SessionStart)
    assert delivery.event.name == "clip \ufffd"


@pytest.mark.parametrize("origin", [b"https://a.example\r\nset-cookie: a=b", b"\x00", b"\x7f"])
def test_an_origin_that_could_not_stand_in_a_header_is_none(origin: bytes) -> None:
    """It is not echoed, whatever the server before us lets pass."""
    request = Request("POST", "/ee/va/v1/play", b"", [(b"origin", origin)], b"{}", NOW_MS)
    names = {name for name, _ in handle(request, world()).headers}
    assert b"access-control-allow-origin" not in names
