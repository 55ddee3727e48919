import threading

from playhead.app.clock import SteadyClock, running_ns, wall_ns

MS = 1_000_000
SECOND = 1000 * MS


class Machine:
    """A machine's two clocks, moved by hand."""

    def __init__(self) -> None:
        self.wall = 1_000_000 * SECOND
        self.running = 5 * SECOND

    def clock(self) -> SteadyClock:
        """A steady clock on this machine."""
        return SteadyClock(lambda: self.wall, lambda: self.running)

    def pass_ns(self, duration: int) -> None:
        """Time passes, as it really does."""
        self.wall += duration
        self.running += duration


def test_it_tells_wall_time() -> None:
    """In good order it is the wall clock."""
    machine = Machine()
    clock = machine.clock()
    machine.pass_ns(3600 * SECOND)
    assert machine.wall // MS == clock.now_ms()
    assert 0 == clock.offset_ms()


def test_a_jump_of_the_wall_clock_does_not_move_it() -> None:
    """Somebody sets the machine's clock an hour on or back: this one goes on as before."""
    for jump in (3600 * SECOND, -3600 * SECOND):
        machine = Machine()
        clock = machine.clock()
        before = clock.now_ms()
        machine.wall += jump
        assert before == clock.now_ms()
        assert -jump // MS == clock.offset_ms()


def test_it_is_led_back_slowly() -> None:
    """Each second corrects a twentieth of a second, either way, until it is wall time again; it never goes back."""
    for jump in (60 * SECOND, -60 * SECOND):
        machine = Machine()
        clock = machine.clock()
        machine.wall += jump
        last = clock.now_ms()
        for _ in range(60 * 20):
            machine.pass_ns(SECOND)
            now = clock.now_ms()
            assert 950 <= now - last <= 1050
            last = now
        assert 0 == clock.offset_ms()


def test_a_stalled_process_loses_no_time() -> None:
    """A process that was not run for an hour finds the hour gone."""
    machine = Machine()
    clock = machine.clock()
    before = clock.now_ms()
    machine.pass_ns(3600 * SECOND)
    assert 3_600_000 == clock.now_ms() - before


def test_a_log_that_is_ahead_lifts_it() -> None:
    """After a restart with the wall set back it goes on from the log's last mark, and does not stand still there."""
    machine = Machine()
    clock = machine.clock()
    ahead_ms = clock.now_ms() + 10_000
    clock.not_before(ahead_ms)
    clock.not_before(0)
    assert ahead_ms == clock.now_ms()
    machine.pass_ns(SECOND)
    assert ahead_ms + 950 == clock.now_ms()


def test_a_running_clock_that_goes_back_is_ignored() -> None:
    """Should the machine's running clock be wrong, this one stands still rather than going back."""
    machine = Machine()
    clock = machine.clock()
    before = clock.now_ms()
    machine.running -= SECOND
    assert before == clock.now_ms()


def test_threads_never_see_it_go_back() -> None:
    """Asked from several threads, each sees it go on."""
    clock = SteadyClock()
    failures = []

    def ask() -> None:
        last = 0
        for _ in range(2000):
            now = clock.now_ms()
            if now < last:
                failures.append((last, now))
            last = now

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == failures


def test_the_machines_clocks_run() -> None:
    """The real sources give nanoseconds that go on."""
    assert running_ns() <= running_ns()
    assert wall_ns() > 1_600_000_000 * SECOND
