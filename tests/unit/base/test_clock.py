"""The clock that tests and replay use."""

from playhead.base.clock import ManualClock


def test_stands_still_until_told() -> None:
    """It shows the time last set."""
    clock = ManualClock(1_000)
    assert clock.now_ms() == 1_000
    clock.advance(250)
    assert clock.now_ms() == 1_250


def test_never_goes_back() -> None:
    """Setting an earlier time changes nothing."""
    clock = ManualClock(1_000)
    clock.set(500)
    assert clock.now_ms() == 1_000
