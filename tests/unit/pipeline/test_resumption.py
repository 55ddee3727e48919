"""What a start would go on from, held against what the log gives."""

from collections.abc import Iterable, Iterator

from pipeline_stream import BEGIN_MS, SETTINGS, event, request
from playhead.base.settings import read_by
from playhead.base.units import SessionId
from playhead.events.delivery import Delivery
from playhead.pipeline.recompute import open_in
from playhead.pipeline.resumption import misremembered
from playhead.reporting.outputs import Snapshot
from playhead.reporting.reporter import Reporter
from playhead.wire.decode import deliveries

NOW_MS = BEGIN_MS + 30_000
A, B = SessionId("a"), SessionId("b")


def said(session: str, *at_s: int) -> list[Delivery]:
    """A start and pings."""
    records = [
        request(BEGIN_MS + at * 1000, event(session, "ping" if at else "sessionStart", at, at), session=session)
        for at in (0, *at_s)
    ]
    return [delivery for record in records for delivery in deliveries(record)]


class Told:
    """A history that knows everything."""

    def __init__(self, told: Iterable[Delivery]) -> None:
        self.told = list(told)

    def deliveries(self, session_id: SessionId) -> Iterator[Delivery]:
        """Of one session."""
        return (one for one in self.told if one.session_id == session_id)


def reporter(told: Iterable[Delivery]) -> Reporter:
    """One that took all of it."""
    history = Told(sorted(told, key=lambda one: one.received_ms))
    made = Reporter(lambda _: read_by("0", SETTINGS), history)
    for delivery in history.told:
        made.take(delivery)
    made.advance(NOW_MS)
    return made


EVENTS = sorted([*said("a", 5, 15), *said("b", 10, 20)], key=lambda one: one.received_ms)


def wrong(snapshots: Iterable[Snapshot], unfinished: Iterable[Delivery]) -> dict[SessionId, str]:
    """What is found."""
    true = open_in(reporter(EVENTS))
    return misremembered(
        snapshots, unfinished, Told(EVENTS), lambda _datastream, _at: read_by("0", SETTINGS), now_ms=NOW_MS, true=true
    )


def snapshots_of(told: Iterable[Delivery]) -> list[Snapshot]:
    """As kept after these."""
    made = reporter(told)
    return [one for name in made.open_sessions() if (one := made.snapshot(name)) is not None]


def test_what_is_kept_and_what_came_after_make_the_same() -> None:
    """All in snapshots, some of it, nothing."""
    assert {} == wrong(snapshots_of(EVENTS), [])
    assert {} == wrong(snapshots_of(said("a", 5, 15)), said("b", 10, 20))
    assert {} == wrong([], EVENTS)


def test_what_is_otherwise_is_named() -> None:
    """A session that goes on otherwise, one that is not open any more, one that nobody knows."""
    assert {A: "would go on otherwise"} == wrong(snapshots_of([*said("a", 5), *said("b", 10, 20)]), [])
    assert {B: "would not be open"} == wrong(snapshots_of(said("a", 5, 15)), [])
    stranger = said("c", 5)
    assert {SessionId("c"): "is open, the log closes it or does not know it"} == wrong(snapshots_of(EVENTS), stranger)


def test_what_cannot_be_read_is_said() -> None:
    """Of no session, as nothing more is known."""
    found = wrong([Snapshot(A, 0, b"rubbish")], [])
    assert [SessionId("")] == list(found)
    assert found[SessionId("")].startswith("cannot be read")
