"""Ids, location, visitor and framing of an answer, and the records of a request (protocol.md 3.2, 4.3, 5, C17)."""

import pytest

from collector_support import (
    DATASTREAM,
    START,
    accepted,
    body_of,
    event,
    handles_of,
    headers_of,
    post,
    refused,
    start_body,
    started,
    world,
)
from playhead.collector.config import CollectorConfig


def test_request_id_of_the_client_is_echoed() -> None:
    """protocol.md C17: the body echoes it, the header extends it by 16 hex digits."""
    reply = post(world(), START + "&requestId=abc-1", start_body())
    assert body_of(reply)["requestId"] == "abc-1"
    assert headers_of(reply)["x-request-id"].startswith("abc-1-")
    assert len(headers_of(reply)["x-request-id"]) == len("abc-1-") + 16


def test_request_ids_of_our_own_differ() -> None:
    """protocol.md C17 and SEED: two UUIDs."""
    reply = post(world(), START, start_body())
    ids = {body_of(reply)["requestId"], headers_of(reply)["x-request-id"]}
    assert len(ids) == 2
    assert {36} == {len(text) for text in ids}


@pytest.mark.parametrize(
    ("place", "hint", "edge"), [("ee", "edge1", "EDGE1;0"), ("ee/va6", "va6", "VA6;7"), ("ee/t35", "t35", "T35;0")]
)
def test_hint_of_the_path_is_echoed(place: str, hint: str, edge: str) -> None:
    """protocol.md 3.2: as EdgeNetwork hint, cluster value and header; the server's own without one."""
    reply = post(world(), f"/{place}/va/v1/sessionStart?configId=ds-1", start_body())
    handles = handles_of(reply)
    assert {"scope": "EdgeNetwork", "hint": hint, "ttlSeconds": 1800} == handles["locationHint:result"][-1]
    assert handles["state:store"][0]["value"] == hint
    assert headers_of(reply)["x-adobe-edge"] == edge


def test_visitor_is_told_to_those_who_ask() -> None:
    """protocol.md 4.2: identity:result when `query.identity.fetch` names ECID, second in order."""
    reply = post(world(), START, {**start_body(), "query": {"identity": {"fetch": ["ECID"]}}})
    assert body_of(reply)["handle"][1]["type"] == "identity:result"
    assert accepted(reply).minted[0].ecid == handles_of(reply)["identity:result"][0]["id"]


def test_visitor_is_stable_over_requests() -> None:
    """protocol.md 5.3 and 5.4: the state that was sent brings the same visitor, and is not sent again."""
    at = world()
    first = post(at, START, start_body())
    entries = handles_of(first)["state:store"]
    second = post(at, START, {**start_body(), "meta": {"state": {"entries": entries}}})
    assert accepted(first).minted[0].ecid == accepted(second).minted[0].ecid
    assert ["kndctr_ACME_AdobeOrg_cluster"] == [item["key"] for item in handles_of(second)["state:store"]]


def test_visitor_is_read_from_cookies() -> None:
    """protocol.md 5.3: on first-party hosts the identity comes as a cookie, or the first-party id does."""
    at = world()
    first = post(at, START, start_body())
    entry = handles_of(first)["state:store"][1]
    second = post(at, START, start_body(), headers={"cookie": f"a=b; {entry['key']}={entry['value']}"})
    assert accepted(first).minted[0].ecid == accepted(second).minted[0].ecid
    third, fourth = (post(at, START, start_body(), headers={"cookie": "FPID=dev-77"}) for _ in range(2))
    assert accepted(third).minted[0].ecid == accepted(fourth).minted[0].ecid != accepted(first).minted[0].ecid


@pytest.mark.parametrize(("separator", "feed"), [("\0", "\n"), ("", "\n")])
def test_answer_is_framed_when_asked(separator: str, feed: str) -> None:
    """protocol.md 4.3: exactly the client's strings around compact JSON."""
    config = {"streaming": {"enabled": True, "recordSeparator": separator, "lineFeed": feed}}
    reply = post(world(), START, {**start_body(), "meta": {"konductorConfig": config}})
    text = reply.body.decode()
    assert text.startswith(separator + '{"requestId":')
    assert text.endswith("}" + feed)
    assert "\n" not in text[: -len(feed)]
    assert headers_of(reply)["content-length"] == str(len(reply.body))


def test_errors_are_never_framed() -> None:
    """protocol.md 4.3: plain JSON on every status >= 400."""
    streaming = {"konductorConfig": {"streaming": {"enabled": True, "recordSeparator": "\0", "lineFeed": "\n"}}}
    reply = post(world(), "/ee/va/v1/sessionStart?configId=none", {**start_body(), "meta": streaming})
    assert reply.body.startswith(b"{")
    assert reply.body.endswith(b"}")


def test_refused_body_is_kept_in_part() -> None:
    """architecture.md 3: refusals are journalled with their reason, bounded."""
    reply = post(world(), "/ee/va/v1/ping?configId=ds-1:dev&requestId=r", b"{" + b" " * 20_000)
    record = refused(reply)
    assert (record.reason, record.datastream_id, record.request_id) == ("EXEG-0101-400", "ds-1", "r")
    assert len(record.body) == 8_192
    assert (True, 1) == (record.known, record.media_events)


def test_refused_events_are_counted_beyond_the_part_that_is_kept() -> None:
    """Decision 0093: the balance sheet counts the events of the request, of which the record has the first bytes only."""
    many = [event("ping", "0" * 64) for _ in range(100)]
    record = refused(post(world(), "/ee/va/v1/ping?configId=stranger", {"events": many}))
    assert len(record.body) == 8_192
    assert (False, 100, "va-edge-0404-404") == (record.known, record.media_events, record.reason)


def test_network_facts_are_kept_as_the_datastream_allows() -> None:
    """Of starts only: the user agent by default, the address, as trusted proxies tell it, when the datastream says so."""
    curious = DATASTREAM.__class__(id=DATASTREAM.id, name="Curious", keep_ip=True, keep_user_agent=False)
    headers = {"user-agent": "Player/1"}
    usual = accepted(post(world(), START, start_body(), headers=headers, client_ip="192.0.2.7"))
    other = accepted(post(world(datastreams=[curious]), START, start_body(), headers=headers, client_ip="192.0.2.7"))
    assert ("", "Player/1") == (usual.client_ip, usual.user_agent)
    assert ("192.0.2.7", "") == (other.client_ip, other.user_agent)
    behind = world(datastreams=[curious], config=CollectorConfig(trusted_proxies=("192.0.2.0/24",)))
    proxied = {**headers, "x-forwarded-for": "198.51.100.4"}
    assert (
        accepted(post(behind, START, start_body(), headers=proxied, client_ip="192.0.2.7")).client_ip == "198.51.100.4"
    )
    at = world()
    ping = accepted(post(at, "/ee/va/v1/ping", {"events": [event("ping", started(at))]}, headers=headers))
    assert (ping.client_ip, ping.user_agent) == ("", "")
