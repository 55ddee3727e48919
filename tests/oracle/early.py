"""Which rows are written at an instant, also before a session closes (metrics.md 3.3 and 4.2)."""

from collections.abc import Sequence
from fractions import Fraction

from oracle.fold import in_order, read
from oracle.life import Heard, live, ms, settled
from oracle.rows import Fields, Paper, opening, opinion, static, write_ads, write_chapters
from playhead.base.settings import SessionSettings
from playhead.events.delivery import Delivery
from playhead.events.session import SessionEnd, SessionStart


class Window:
    """
    4.2: what is held and what is processed.

    Attributes:
        done: Processed events in order of timestamp, the start first.
        held: Events that wait.
    """

    def __init__(self, settings: SessionSettings) -> None:
        self.window_ms = ms(settings.reorder_window_s)
        self.events_max = settings.reorder_window_events
        self.done: list[Heard] = []
        self.held: list[Heard] = []

    def pass_time(self, now_ms: int) -> None:
        """When an event is due, all held ones with a smaller ts are processed before it, in order of ts."""
        due = [one for one in self.held if one.arr + self.window_ms <= now_ms]
        if due:
            last = max(one.ts for one in due)
            lower = [one for one in self.held if one.ts < last or (one.ts == last and one.arr <= due[-1].arr)]
            self.process(sorted(lower, key=lambda one: one.ts))

    def process(self, several: Sequence[Heard]) -> None:
        """From held to done."""
        self.done += several
        self.held = [one for one in self.held if not any(one is other for other in several)]

    def take(self, one: Heard) -> None:
        """
        An accepted event: the start is not held, a sessionEnd counts at the close, a straggler in the final fold.

        With more than `reorder_window_events` held, the one with the smallest ts is due at once.
        """
        if isinstance(one.event, SessionStart):
            self.done.append(one)
            return
        if isinstance(one.event, SessionEnd) or any(one.ts < other.ts for other in self.done[1:]):
            return
        self.held.append(one)
        if len(self.held) > self.events_max:
            self.process([min(self.held, key=lambda held: held.ts)])


def written(deliveries: Sequence[Delivery], settings: SessionSettings, at_ms: int) -> dict[str, Fields]:
    """
    What a sink holds of one session at an instant: the last row per `_id` that is not retracted.

    Args:
        deliveries: All that name it and arrived up to then, in order of arrival.
        settings: Of its datastream.
        at_ms: The instant, included.
    """
    life = live(deliveries, settings, at_ms)
    if life.start is None:
        return {}
    if settled(life, settings, at_ms):
        return opinion(deliveries, settings, at_ms).rows
    start = life.start.event
    assert isinstance(start, SessionStart)
    base = static(start, life.start.session_id)
    rows: dict[str, Fields] = {}
    window = Window(settings)
    known: list[Heard] = []
    for arr, one in life.moments:
        window.pass_time(arr)
        if one is not None:
            known.append(one)
            window.take(one)
            continue
        rows = opinion([made for made in deliveries if made.received_ms < arr], settings, arr).rows
        window.done, window.held = in_order(known), []
    window.pass_time(at_ms)
    r = read(window.done, settings, Fraction(repr(start.length_s)), closed=False)
    paper = Paper(start, life.start.session_id, life.start.ecid)
    paper.write("sessionStart", 0, window.done[0].ts, opening(base, start, life))
    write_ads(paper, r, base)
    write_chapters(paper, r, base)
    return rows | paper.rows
