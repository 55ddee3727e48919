"""Facts are values."""

import pytest

from playhead.sessions.facts import AdStarted, PodDetails, digest_of, key_numbered, number_of, seconds


@pytest.mark.parametrize(("ms", "expected"), [(0, 0), (499, 0), (500, 1), (1499, 1), (15_998, 16), (1499.0, 1)])
def test_seconds_round_half_up(ms: float, expected: int) -> None:
    """R(ms) of metrics.md 2."""
    assert expected == seconds(ms)


def test_versions_of_a_fact_share_its_key() -> None:
    """Kind and ordinal make the key; a different content makes another fact and another digest."""
    one = AdStarted(1, 5, {"name": "a"}, PodDetails(0, 0, None), ())
    other = AdStarted(1, 6, {"name": "a"}, PodDetails(0, 0, None), ())
    assert number_of(one) == number_of(other)
    assert (AdStarted, 1) == key_numbered(number_of(one))
    assert one != other
    assert digest_of(one) != digest_of(other)
    assert digest_of(one) == digest_of(AdStarted(1, 5, {"name": "a"}, one.pod, ()))
