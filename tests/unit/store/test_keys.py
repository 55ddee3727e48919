"""Short keys."""

from playhead.store.keys import short_key


def test_a_key_is_the_same_for_ever() -> None:
    """Tables on disk are searched by it: these numbers may never change."""
    assert short_key("") == 0xE4A6A0577479B2B4
    assert short_key("s1") == 0x89A147DA21BB2954


def test_any_text_has_a_key() -> None:
    """Halves of characters too."""
    assert 0 <= short_key("\ud800") < 2**64
