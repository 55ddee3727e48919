"""Runs of a playhead that stands still."""

from playhead.sessions.stalls import StallRun


def test_the_second_long_interval_makes_a_stall() -> None:
    """Short ones belong to the run and do not count."""
    run = StallRun(0)
    assert [False, False, False, True] == [run.stand(0, None, dt, 1000) for dt in (999, 1000, 500, 1000)]
    assert [(0, None, 3499)] == run.parts


def test_a_run_knows_whom_it_was_credited_to() -> None:
    """Parts are kept by bitrate and chapter; a copy does not change the run."""
    run = StallRun(0)
    run.stand(0, 800, 10, 1000)
    run.clone().stand(0, 800, 5000, 1000)
    run.stand(0, 1600, 20, 1000)
    assert [(0, 800, 10), (0, 1600, 20)] == run.parts
