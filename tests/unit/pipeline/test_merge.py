"""Several journals as one stream."""

import pytest

from pipeline_stream import BEGIN_MS, Journals, event, many, request
from playhead.base.errors import JournalError
from playhead.pipeline.merge import Merge
from playhead.store.port import JournalPosition
from playhead.wire.record import Record


def ping(received_ms: int, name: str = "s") -> Record:
    """A request that arrived this many ms after BEGIN_MS."""
    return request(BEGIN_MS + received_ms, event(name, "ping", 0, 0), session=name, request_id=name)


def drained(merge: Merge) -> list[tuple[int, str | None]]:
    """Arrival (ms after BEGIN_MS) and name of all that is given out now."""
    merge.fill()
    found = []
    while True:
        while (taken := merge.take()) is not None:
            found.append((taken.record.received_ms - BEGIN_MS, taken.record.request_id))
        if not merge.fill():
            return found


def test_requests_come_in_order_of_arrival() -> None:
    """Whatever journal they are in; equal arrivals in the order of the journals."""
    on = Journals()
    on.write("w01", [ping(1, "b1"), ping(3, "b3")], BEGIN_MS + 4)
    on.write("w00", [ping(2, "a2"), ping(3, "a3")], BEGIN_MS + 4)
    for name in on.logs:
        on.write(name, [], BEGIN_MS + 5)
    assert [(1, "b1"), (2, "a2"), (3, "a3"), (3, "b3")] == drained(Merge(on.readers(), {}))


def test_a_request_waits_until_no_journal_can_come_up_with_an_earlier_one() -> None:
    """The clock mark of the other journal lets it go."""
    on = Journals()
    on.write("w00", [ping(7)], BEGIN_MS + 8)
    merge = Merge(on.readers(), {})
    assert drained(merge) == []
    on.write("w01", [], BEGIN_MS + 6)
    assert drained(merge) == []
    on.write("w01", [ping(7, "late")], BEGIN_MS + 7)
    assert [(7, "s"), (7, "late")] == drained(merge)


def test_time_is_the_smallest_last_mark() -> None:
    """And never beyond a request that waits."""
    on = Journals()
    merge = Merge(on.readers(), {})
    drained(merge)
    assert merge.now_ms() == BEGIN_MS
    on.write("w00", [ping(500)], BEGIN_MS + 600)
    on.write("w01", [], BEGIN_MS + 400)
    drained(merge)
    assert BEGIN_MS + 400 == merge.now_ms()
    on.write("w01", [], BEGIN_MS + 2000)
    drained(merge)
    assert BEGIN_MS + 600 == merge.now_ms()


def test_a_sealed_journal_holds_nothing_back() -> None:
    """Nor does a retired one, once it is read to its end."""
    on = Journals(["w00", "w01", "w02"])
    on.write("w00", [ping(5)], BEGIN_MS + 9)
    on.logs["w01"].close(sealed=True)
    merge = Merge(on.readers(), {}, retired=["w02"])
    assert [(5, "s")] == drained(merge)
    assert BEGIN_MS + 9 == merge.now_ms()
    on.logs["w00"].close(sealed=True)
    drained(merge)
    assert BEGIN_MS + 9 == merge.now_ms()


def test_a_request_that_waited_before_the_log_counts_from_the_mark_before_it() -> None:
    """Its stamp is lifted to the floor of its batch, so that time never goes back."""
    on = Journals(["w00"])
    on.write("w00", [], BEGIN_MS + 100)
    on.write("w00", [ping(90, "waited"), ping(120, "after")], BEGIN_MS + 130)
    assert [(100, "waited"), (120, "after")] == drained(Merge(on.readers(), {}))


@pytest.mark.parametrize("seed", range(4))
def test_going_on_from_any_position_gives_the_rest(seed: int) -> None:
    """Positions inside a batch too: cut anywhere, the two halves are the whole."""
    on = Journals()
    on.fill(many(4, seed), seed)
    whole = drained(Merge(on.readers(), {}))
    for cut in range(0, len(whole), 7):
        first = Merge(on.readers(), {})
        head: list[tuple[int, str | None]] = []
        while len(head) < cut:
            taken = first.take()
            if taken is None:
                assert first.fill()
                continue
            head.append((taken.record.received_ms - BEGIN_MS, taken.record.request_id))
        at = first.positions()
        second = Merge(on.readers(at), at)
        second.start_at(first.now_ms())
        assert whole == head + drained(second)


def test_a_position_is_kept_until_something_is_read() -> None:
    """In the middle of a batch too: who commits meanwhile must not take the beginning of it again."""
    on = Journals(["w00"])
    on.write("w00", [ping(1, "a"), ping(2, "b")], BEGIN_MS + 3)
    merge = Merge(on.readers(), {})
    merge.fill()
    merge.take()
    middle = merge.positions()
    assert 1 == middle["w00"].taken
    again = Merge(on.readers(middle), middle)
    assert middle == again.positions()
    assert [(2, "b")] == drained(again)


def test_another_log_is_not_read_from_a_position_of_the_former() -> None:
    """The journal was replaced under the store: that is said, not guessed over."""
    on = Journals(["w00"])
    merge = Merge(on.readers(), {"w00": JournalPosition(0, 0, "ff" * 16)})
    with pytest.raises(JournalError, match="not the one the store was filled from"):
        merge.fill()
