"""Who is watching (protocol.md 5)."""

import base64
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.base.units import DAY_MS
from playhead.wire.identity import (
    Claims,
    IdentityState,
    Resolved,
    decode_identity,
    ecid_of_fpid,
    encode_identity,
    mint_ecid,
    resolve,
    state_to_send,
)

NOW_MS = 1_740_909_600_000
ORG = "ACME@AdobeOrg"
KEY = "kndctr_ACME_AdobeOrg_identity"
ENTROPY = bytes(range(16))

SEED_VALUE = "CiY1MTkxMDM4OTc1MzkwMTY4NTQ1NjAxNDg4OTgzODU5MTAzMDcyMVIPCKKt8KnsMBgBKgRJUkwx8AGirfCp7DA="
SEED_STATE = IdentityState("51910389753901685456014889838591030721", 1678346294946, 1, "IRL1", 0, 1678346294946)
OAS_VALUE = "CiY0Mzg5NTEyNzMzNTUxMDc5MzgzMzU2MjU5NDY5MTY3Mzc3MTc2OFIOCI-qtpf6MBgBKgNWQTbwAY-qtpf6MA=="
OAS_STATE = IdentityState("43895127335510793833562594691673771768", 1682065691919, 1, "VA6", 0, 1682065691919)


def own(ecid: str, **members: Any) -> str:
    """An identity value of ours."""
    defaults: dict[str, Any] = {"created_ms": NOW_MS - 1, "device_type": 1, "region": "VA6", "write_ms": NOW_MS - 1}
    return encode_identity(IdentityState(ecid, **{**defaults, **members}))


def resolved(
    identity_map: dict[str, Any] | None = None,
    *event_maps: dict[str, Any],
    entries: tuple[tuple[str, str], ...] = (),
    cookies: tuple[str, ...] = (),
) -> Resolved:
    """The visitor of a request that says this."""
    return resolve(
        Claims(identity_map or {}, event_maps, entries, cookies),
        org_id=ORG,
        fpid_cookie="FPID",
        identity_secret=b"i" * 32,
        entropy=ENTROPY,
    )


@pytest.mark.parametrize(("value", "state"), [(SEED_VALUE, SEED_STATE), (OAS_VALUE, OAS_STATE)])
def test_published_values_are_read_and_written_byte_for_byte(value: str, state: IdentityState) -> None:
    """Protocol.md 5.2: both samples decode to what is documented and encode back to themselves."""
    assert state == decode_identity(value)
    assert value == encode_identity(state)


@pytest.mark.parametrize(
    "value",
    [
        OAS_VALUE.rstrip("="),
        OAS_VALUE.replace("-", "+").replace("_", "/"),
        quote(OAS_VALUE, safe=""),
        quote(OAS_VALUE.replace("-", "+"), safe=""),
    ],
)
def test_reader_takes_either_alphabet_padded_or_not_and_percent_encoded(value: str) -> None:
    """Protocol.md 5.2: readers are tolerant of how the bytes are spelled."""
    assert decode_identity(value) == OAS_STATE


def test_reader_skips_unknown_fields_of_every_wire_type() -> None:
    """Protocol.md 5.2: fields 20 to 22 and any to come do not disturb."""
    raw = base64.urlsafe_b64decode(SEED_VALUE)
    unknown = b"\xa0\x01\x96\x01" + b"\xa9\x01" + bytes(8) + b"\xb5\x01" + bytes(4) + b"\xba\x06\x02ab"
    assert decode_identity(base64.urlsafe_b64encode(unknown + raw).decode()) == SEED_STATE


@pytest.mark.parametrize("value", ["", "%", "a", "not base64!", "AAAA", "CiY1", "////", "ÿ", "CgA=", "A" * 1025])
def test_reader_takes_nothing_from_what_is_no_identity_value(value: str) -> None:
    """Unauthenticated input that cannot be read counts as absent."""
    assert decode_identity(value) is None


def test_reader_refuses_more_than_one_kib() -> None:
    """Protocol.md 5.2: a longer value is rejected even if it could be read."""
    fits = base64.b64encode(base64.urlsafe_b64decode(SEED_VALUE) + b"\xba\x06\x02ab").decode()
    assert decode_identity(fits) is not None
    padding = b"\xba\x06" + b"\xf4\x05" + bytes(756)
    assert decode_identity(base64.b64encode(base64.urlsafe_b64decode(SEED_VALUE) + padding).decode()) is None


@given(st.text(max_size=200))
def test_reader_never_raises(value: str) -> None:
    """Whatever a client sends as its state, it is read or it is not."""
    decode_identity(value)


@given(st.binary(max_size=120))
def test_reader_never_raises_on_bytes(raw: bytes) -> None:
    """Any message, whole or cut, is read or it is not."""
    decode_identity(base64.b64encode(raw).decode())


@given(
    st.builds(
        IdentityState,
        ecid=st.text(min_size=1, max_size=50).filter(lambda text: text.isprintable()),
        created_ms=st.integers(0, 2**42),
        device_type=st.integers(0, 2),
        region=st.text("ABC123", max_size=8),
        source=st.integers(0, 3),
        write_ms=st.integers(0, 2**42),
    )
)
def test_what_is_written_is_read_back(state: IdentityState) -> None:
    """Encode and decode are inverse."""
    assert state == decode_identity(encode_identity(state))


def test_ecid_is_two_numbers_of_63_bits_with_19_digits_each() -> None:
    """Protocol.md 5.1."""
    assert mint_ecid(bytes(16)) == "0" * 38
    assert f"{2**63 - 1}{2**63 - 1}" == mint_ecid(b"\xff" * 16)
    assert f"{1:019d}{2:019d}" == mint_ecid((2).to_bytes(8, "big") + (4).to_bytes(8, "big"))


def test_first_party_id_names_the_same_visitor_for_ever() -> None:
    """Protocol.md 5.3 rule 3: a function of organisation and id under the deployment's key, the same in every version."""
    assert ecid_of_fpid(b"i" * 32, ORG, "dev-77") == "13102993219001222943141847198171322767"
    assert ecid_of_fpid(b"i" * 32, ORG, "dev-77") != ecid_of_fpid(b"i" * 32, "B@AdobeOrg", "dev-77")
    assert ecid_of_fpid(b"i" * 32, ORG, "dev-77") != ecid_of_fpid(b"j" * 32, ORG, "dev-77")


def test_ecid_of_the_request_wins() -> None:
    """Protocol.md 5.3 rule 1: request level before event level before state."""
    entries = ((KEY, own("3" * 38)),)
    assert resolved({"ECID": [{"id": "1" * 38}]}, {"ECID": [{"id": "2" * 38}]}, entries=entries)[:2] == ("1" * 38, 3)
    assert resolved({}, {"ECID": [{"id": "2" * 38}]}, entries=entries)[:2] == ("2" * 38, 3)


def test_ecid_of_a_later_event_does_not_count() -> None:
    """Protocol.md 5.3 rule 1: only the first event names the visitor."""
    assert mint_ecid(ENTROPY) == resolved({}, {}, {"ECID": [{"id": "2" * 38}]}).ecid


def test_first_of_several_ecids_counts_in_any_case_of_the_key() -> None:
    """Protocol.md 5.3: Roku's maps come with lower-case keys."""
    assert resolved({"ecid": [{"id": "a"}, {"id": "b"}]}).ecid == "a"


@pytest.mark.parametrize(
    "identity_map",
    [
        {"ECID": "x"},
        {"ECID": []},
        {"ECID": ["x"]},
        {"ECID": [{}]},
        {"ECID": [{"id": 5}]},
        {"ECID": [{"id": ""}]},
        {"ECID": [{"id": "\ud800"}]},
        {"ECID": [{"id": "x" * 257}]},
        {"Email": [{"id": "a@example.org"}]},
    ],
)
def test_identities_that_name_no_visitor_are_passed_over(identity_map: dict[str, Any]) -> None:
    """Broken entries and other namespaces are never the visitor's key."""
    assert mint_ecid(ENTROPY) == resolved(identity_map).ecid


def test_own_state_wins_over_cookie_and_cookie_over_the_state_of_others() -> None:
    """Protocol.md 5.3 rule 2."""
    other = ("kndctr_OTHER_AdobeOrg_identity", own("3" * 38))
    cookie = f'a=b; {KEY}="{own("2" * 38)}"; c'
    assert resolved({}, entries=(other, (KEY, own("1" * 38))), cookies=(cookie,)).ecid == "1" * 38
    assert resolved({}, entries=(other,), cookies=("x=y", cookie)).ecid == "2" * 38
    assert resolved({}, entries=(other,)).ecid == "3" * 38
    assert resolved({}, entries=((KEY, "broken"), other)).ecid == "3" * 38


def test_state_beats_first_party_id_which_beats_chance() -> None:
    """Protocol.md 5.3 rules 2 to 4."""
    fpid = {"FPID": [{"id": "dev-77"}]}
    of_fpid = ecid_of_fpid(b"i" * 32, ORG, "dev-77")
    assert resolved(fpid, entries=((KEY, own("1" * 38)),)).ecid == "1" * 38
    assert (of_fpid, 2) == resolved(fpid)[:2]
    assert (of_fpid, 2) == resolved({}, {}, fpid)[:2]
    assert (of_fpid, 2) == resolved({}, cookies=("FPID=dev-77",))[:2]
    assert (mint_ecid(ENTROPY), 0) == resolved({}, cookies=("OTHER=dev-77",))[:2]


@pytest.mark.parametrize("fpid", ["", "x" * 129, "tab\there"])
def test_first_party_id_has_1_to_128_printable_characters(fpid: str) -> None:
    """Protocol.md C29."""
    assert mint_ecid(ENTROPY) == resolved({"FPID": [{"id": fpid}]}).ecid


def sent(value: Resolved, *, region: str = "va6", environment: str | None = None) -> IdentityState | None:
    """What is sent back now."""
    return state_to_send(value, region=region, environment=environment, now_ms=NOW_MS)


def test_good_state_is_not_sent_again() -> None:
    """Protocol.md 5.4 and C27: with prior state only the cluster entry comes back."""
    entries = ((KEY, own("1" * 38)),)
    assert sent(resolved({}, entries=entries)) is None
    assert sent(resolved({"ECID": [{"id": "1" * 38}]}, entries=entries)) is None


def test_state_is_sent_to_those_who_carry_none() -> None:
    """Protocol.md 5.4: created now, a browser, chosen by chance."""
    ecid = mint_ecid(ENTROPY)
    assert sent(resolved()) == IdentityState(ecid, NOW_MS, 1, "VA6", 0, NOW_MS)


def test_state_of_an_app_says_mobile_and_received() -> None:
    """Protocol.md 5.4: device type 2 for `app`, source 3 for an ECID of the request."""
    state = sent(resolved({"ECID": [{"id": "1" * 38}]}), environment="app")
    assert state == IdentityState("1" * 38, NOW_MS, 2, "VA6", 3, NOW_MS)


def test_state_older_than_a_day_is_renewed_and_keeps_its_birthday() -> None:
    """Protocol.md 5.4."""
    fresh = own("1" * 38, created_ms=5, write_ms=NOW_MS - DAY_MS)
    stale = own("1" * 38, created_ms=5, write_ms=NOW_MS - DAY_MS - 1)
    assert sent(resolved({}, entries=((KEY, fresh),))) is None
    assert sent(resolved({}, entries=((KEY, stale),))) == IdentityState("1" * 38, 5, 1, "VA6", 0, NOW_MS)


def test_state_without_a_region_or_of_another_visitor_is_replaced() -> None:
    """Protocol.md 5.4."""
    assert sent(resolved({}, entries=((KEY, own("1" * 38, region="")),))) is not None
    other = sent(resolved({"ECID": [{"id": "2" * 38}]}, entries=((KEY, own("1" * 38)),)))
    assert other == IdentityState("2" * 38, NOW_MS, 1, "VA6", 3, NOW_MS)
