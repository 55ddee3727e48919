"""Which sessions take no more events (metrics.md 4.1, protocol.md C16)."""

import pytest
from msgspec.structs import replace

from playhead.base.units import DAY_MS
from playhead.collector.closings import ClosingsMemory, Judgement, NoClosings
from playhead.pipeline.closings import Closing

T_MS = 1_740_909_600_000


def taken(closing: Closing, received_ms: int, at_ms: int | None = None, status: int = 204) -> bool:
    """Whether an event of the closed session is taken."""
    memory = ClosingsMemory(status)
    memory.apply([closing])
    return memory.judge("s", at_ms, received_ms) is Judgement.ACCEPT


def test_what_was_not_told_is_accepted() -> None:
    """A collector without news accepts; the processor still decides."""
    assert ClosingsMemory().judge("s", T_MS, T_MS) is Judgement.ACCEPT
    assert NoClosings().judge("s", T_MS, T_MS) is Judgement.ACCEPT


def test_ended_session_answers_success_until_it_is_a_day_old() -> None:
    """Protocol.md C16: events after sessionEnd are accepted and dropped later; past 24 h they are not found."""
    ended = Closing("s", closed=True, cause="end", reopen_before_received_ms=T_MS + DAY_MS)
    assert taken(ended, T_MS)
    assert taken(ended, T_MS + DAY_MS - 1)
    assert not taken(ended, T_MS + DAY_MS)
    assert taken(Closing("s", closed=True, cause="end"), T_MS)


def test_operator_may_have_ended_sessions_not_found() -> None:
    """Protocol.md C16: the switch."""
    ended = Closing("s", closed=True, cause="end", reopen_before_received_ms=T_MS + DAY_MS)
    assert not taken(ended, T_MS, status=404)


@pytest.mark.parametrize("cause", ["stuck", "age", "downloaded"])
def test_final_closings_are_not_found(cause: str) -> None:
    """Metrics.md 4.1: nothing reopens them."""
    assert not taken(Closing("s", closed=True, cause=cause), T_MS)


def test_idle_session_takes_only_what_reopens_it() -> None:
    """Metrics.md 4.1: a timestamp below the bound that arrives within 24 h of the start; the arrival when none is sent."""
    idle = Closing(
        "s", closed=True, cause="idle", reopen_before_received_ms=T_MS + DAY_MS, reopen_at_ms_below=T_MS + 600_000
    )
    assert taken(idle, T_MS + 700_000, T_MS + 599_999)
    assert not taken(idle, T_MS + 700_000, T_MS + 600_000)
    assert not taken(idle, T_MS + DAY_MS, T_MS)
    assert not taken(idle, T_MS + 700_000, None)
    assert taken(idle, T_MS + 599_999, None)


def test_incredible_timestamp_counts_as_its_arrival() -> None:
    """Metrics.md 1.1: more than 24 h away from its arrival it is replaced."""
    idle = Closing(
        "s", closed=True, cause="idle", reopen_before_received_ms=T_MS + DAY_MS, reopen_at_ms_below=T_MS + 600_000
    )
    assert not taken(idle, T_MS + 700_000, T_MS - 3 * DAY_MS)


def test_complete_session_takes_any_event_before_its_deadlines() -> None:
    """Metrics.md 4.1: before idle, stuck and age any event reopens; then as after idle."""
    complete = Closing(
        "s",
        closed=True,
        cause="complete",
        reopen_before_received_ms=T_MS + DAY_MS,
        reopen_at_ms_below=T_MS + 600_000,
        reopen_any_before_received_ms=T_MS + 660_000,
    )
    assert taken(complete, T_MS + 659_999, T_MS + 659_999)
    assert not taken(complete, T_MS + 660_000, T_MS + 660_000)
    assert taken(complete, T_MS + 660_000, T_MS + 599_999)


def test_reopened_session_takes_events_again() -> None:
    """News of a reopening takes the closing back."""
    memory = ClosingsMemory()
    memory.apply([Closing("s", closed=True, cause="idle"), Closing("s", closed=False)])
    assert memory.judge("s", T_MS, T_MS) is Judgement.ACCEPT
    assert len(memory) == 0


def test_events_behind_one_that_reopens_do_not_wait_for_the_news() -> None:
    """A queue flushed late holds more than the idle timeout: once its first event is taken, all the others are."""
    bound_ms, until_ms = T_MS + 600_000, T_MS + DAY_MS
    idle = Closing("s", True, "idle", reopen_before_received_ms=until_ms, reopen_at_ms_below=bound_ms)
    memory = ClosingsMemory()
    memory.apply([idle])
    stamps = (bound_ms, bound_ms - 1, bound_ms, bound_ms + 600_000)
    judged = [memory.judge("s", at_ms, T_MS + 900_000) for at_ms in stamps]
    assert [Judgement.NOT_FOUND, Judgement.ACCEPT, Judgement.ACCEPT, Judgement.ACCEPT] == judged


def judged_behind(
    *news: Closing, received_ms: int = T_MS + 900_000, at_ms: int = T_MS, unread_limit: int = 1000
) -> Judgement:
    """What is said to an event by the clock, when one was taken before this was told, by default such as undoes `IDLE`."""
    memory = ClosingsMemory(unread_limit=unread_limit)
    taken = [("s", at_ms, received_ms), ("other", T_MS, T_MS + 900_000)]
    assert {memory.judge(*one) for one in taken} == {Judgement.ACCEPT}
    memory.apply(news)
    return memory.judge("s", T_MS + 950_000, T_MS + 950_000)


IDLE = Closing("s", True, "idle", T_MS + DAY_MS, T_MS + 600_000, as_of_ms=T_MS + 899_000)
REOPENED = Closing("s", closed=False, as_of_ms=T_MS + 901_100)


def test_close_told_behind_the_event_that_undoes_it_is_not_believed() -> None:
    """The processor had not read that event when it told; those behind it in the queue are taken."""
    assert judged_behind(IDLE) is Judgement.ACCEPT
    assert judged_behind(IDLE, at_ms=T_MS + 599_999) is Judgement.ACCEPT
    complete = replace(IDLE, cause="complete", reopen_any_before_received_ms=T_MS + 660_000)
    assert judged_behind(complete) is Judgement.ACCEPT


def test_close_is_believed_when_what_was_taken_does_not_undo_it() -> None:
    """An event of another time, a final close, an event of another session."""
    assert judged_behind(IDLE, at_ms=T_MS + 600_000) is Judgement.NOT_FOUND
    assert judged_behind(replace(IDLE, cause="stuck", reopen_before_received_ms=None)) is Judgement.NOT_FOUND
    ended = replace(IDLE, cause="end", reopen_before_received_ms=T_MS + 950_000, reopen_at_ms_below=None)
    assert judged_behind(ended) is Judgement.NOT_FOUND
    memory = ClosingsMemory()
    assert memory.judge("other", T_MS, T_MS + 900_000) is Judgement.ACCEPT
    memory.apply([IDLE])
    assert memory.judge("s", T_MS + 950_000, T_MS + 950_000) is Judgement.NOT_FOUND


def test_close_told_by_one_who_had_read_what_was_taken_is_believed() -> None:
    """It was a duplicate, or never came to the disk. A stamp may be a second older than the arrival that counts."""
    assert judged_behind(replace(IDLE, as_of_ms=T_MS + 901_000)) is Judgement.ACCEPT
    assert judged_behind(replace(IDLE, as_of_ms=T_MS + 901_001)) is Judgement.NOT_FOUND


def test_of_news_told_together_the_last_counts() -> None:
    """A close that is told, undone and told again by one who had read everything."""
    again = replace(IDLE, as_of_ms=T_MS + 901_200)
    assert judged_behind(IDLE, REOPENED, again) is Judgement.NOT_FOUND
    assert judged_behind(again, IDLE) is Judgement.ACCEPT
    assert judged_behind(IDLE, replace(IDLE, cause="age", reopen_before_received_ms=None)) is Judgement.NOT_FOUND


def test_event_that_undoes_a_known_close_keeps_it_undone_when_it_is_told_again() -> None:
    """A processor that starts anew tells what its store has, before it reads on."""
    memory = ClosingsMemory()
    memory.apply([IDLE])
    assert memory.judge("s", T_MS, T_MS + 900_000) is Judgement.ACCEPT
    memory.apply([IDLE])
    assert memory.judge("s", T_MS + 950_000, T_MS + 950_000) is Judgement.ACCEPT


def test_what_was_taken_is_remembered_until_it_was_read() -> None:
    """News of any session tell how far was read; what says nothing of it forgets nothing."""
    unknown = replace(IDLE, as_of_ms=0)
    for read_to_ms, judged in ((901_000, Judgement.ACCEPT), (901_001, Judgement.NOT_FOUND)):
        memory = ClosingsMemory()
        memory.judge("s", T_MS, T_MS + 900_000)
        memory.apply([Closing("other", closed=False, as_of_ms=T_MS + read_to_ms)])
        memory.apply([])
        memory.apply([unknown])
        assert memory.judge("s", T_MS + 950_000, T_MS + 950_000) is judged


def test_what_was_taken_is_bounded_and_the_oldest_forgotten() -> None:
    """A processor may be away for long."""
    assert judged_behind(IDLE, unread_limit=2) is Judgement.ACCEPT
    assert judged_behind(IDLE, unread_limit=1) is Judgement.NOT_FOUND


def test_memory_is_bounded_and_forgets_the_oldest() -> None:
    """Beyond the limit the news heard longest ago is forgotten; hearing it again keeps it."""
    memory = ClosingsMemory(limit=2)
    memory.apply(Closing(name, closed=True, cause="age") for name in ("a", "b", "a", "c"))
    judged = [memory.judge(name, T_MS, T_MS) for name in ("a", "b", "c")]
    assert judged == [Judgement.NOT_FOUND, Judgement.ACCEPT, Judgement.NOT_FOUND]
