"""Session ids prove themselves (protocol.md 6, decision 0030)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.base.ids import SessionIdVerdict, derive_session_id, judge_session_id, mint_session_id
from playhead.base.units import DAY_MS

KEY = b"k" * 32
NOW_MS = 1_740_909_600_000
FRESH = bytes(range(9))


def test_minted_id_is_64_lower_case_hex_digits() -> None:
    """An id looks as protocol.md 6 says."""
    assert re.fullmatch(r"[0-9a-f]{64}", mint_session_id(KEY, NOW_MS, FRESH))


def test_minted_id_is_valid_in_any_case() -> None:
    """Ids are compared without regard to case."""
    minted = mint_session_id(KEY, NOW_MS, FRESH)
    assert judge_session_id(KEY, minted, NOW_MS) is SessionIdVerdict.VALID
    assert judge_session_id(KEY, minted.upper(), NOW_MS) is SessionIdVerdict.VALID


@pytest.mark.parametrize("text", ["", "0" * 63, "0" * 64, "z" * 64, "0" * 65, "é" * 64, "00 " * 21 + "0", "00" * 32])
def test_text_that_no_key_made_is_unknown(text: str) -> None:
    """Nothing but an id of this deployment is taken, whatever its form."""
    assert judge_session_id(KEY, text, NOW_MS) is SessionIdVerdict.UNKNOWN


@given(position=st.integers(0, 255))
def test_one_changed_bit_makes_it_unknown(position: int) -> None:
    """Every bit of the payload is under the MAC, and every bit of the MAC counts."""
    raw = int(mint_session_id(KEY, NOW_MS, FRESH), 16)
    assert judge_session_id(KEY, f"{raw ^ 1 << position:064x}", NOW_MS) is SessionIdVerdict.UNKNOWN


def test_minted_id_is_too_old_at_24_hours() -> None:
    """Protocol.md C15: past 24 h after its start a session is not found."""
    minted = mint_session_id(KEY, NOW_MS, FRESH)
    assert judge_session_id(KEY, minted, NOW_MS + DAY_MS - 1) is SessionIdVerdict.VALID
    assert judge_session_id(KEY, minted, NOW_MS + DAY_MS) is SessionIdVerdict.TOO_OLD


def test_derived_id_is_too_old_only_when_that_is_certain() -> None:
    """Its time is the player's, which may be off by 24 h (protocol.md 7.3)."""
    derived = derive_session_id(KEY, "ds", "a", NOW_MS)
    assert judge_session_id(KEY, derived, NOW_MS + 2 * DAY_MS - 1) is SessionIdVerdict.VALID
    assert judge_session_id(KEY, derived, NOW_MS + 2 * DAY_MS) is SessionIdVerdict.TOO_OLD


def test_derived_id_without_a_time_never_is_too_old() -> None:
    """Without a timestamp only the feed of closings knows its age."""
    derived = derive_session_id(KEY, "ds", "a", None)
    assert judge_session_id(KEY, derived, NOW_MS + 400 * DAY_MS) is SessionIdVerdict.VALID


def test_same_start_gives_the_same_id() -> None:
    """Protocol.md 7.4: a repeated start gets the id of the first."""
    assert derive_session_id(KEY, "ds", "a", NOW_MS) == derive_session_id(KEY, "ds", "a", NOW_MS)


def test_different_starts_give_different_ids() -> None:
    """Key, datastream, token and time each make a difference, and the first two cannot be shifted into the third."""
    ids = {
        derive_session_id(KEY, "ds", "a", NOW_MS),
        derive_session_id(KEY, "ds", "b", NOW_MS),
        derive_session_id(KEY, "dsa", "", NOW_MS),
        derive_session_id(KEY, "ds", "a", None),
        derive_session_id(b"x" * 32, "ds", "a", NOW_MS),
        mint_session_id(KEY, NOW_MS, FRESH),
    }
    assert len(ids) == 6


def test_id_of_an_earlier_key_is_honoured_while_that_key_is_kept() -> None:
    """Rotation: the newest key mints, all verify."""
    minted = mint_session_id(b"old" * 8, NOW_MS, FRESH)
    assert judge_session_id((b"new" * 8, b"old" * 8), minted, NOW_MS) is SessionIdVerdict.VALID
    assert judge_session_id((b"new" * 8,), minted, NOW_MS) is SessionIdVerdict.UNKNOWN
