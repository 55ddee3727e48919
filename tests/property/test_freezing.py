"""Freezing, snapshots and taking up again: none of them changes what is said (decision 0015)."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from playhead.base.units import SessionId
from playhead.events.delivery import Delivery
from playhead.reporting.outputs import Judged, Output, SessionRecord, Snapshot
from property.running import FAR_MS, Ran
from property.strategies import Viewing, delivered, ended, viewings

LATE = st.lists(st.sampled_from([0, 0, 0, 1, 4, 7, 30, 90, 700, 2000]), min_size=1, max_size=8)
MANY = st.lists(st.tuples(viewings(events_max=15), LATE, st.booleans(), st.booleans()), min_size=1, max_size=4)


def together(some: list[tuple[Viewing, list[int], bool, bool]]) -> list[Delivery]:
    """Deliveries of several sessions as they arrive, each late by its own delay, some twice, some sessions ended."""
    made = []
    for number, (viewing, late_s, twice, end) in enumerate(some):
        events = [viewing.start, *viewing.events, *([ended(viewing)] if end else [])]
        late = [0 if place == 0 else late_s[place % len(late_s)] * 1000 for place in range(len(events))]

        def arrival(index: int, event: Any, late: list[int] = late) -> int:
            return int(event.at_ms) + late[index]

        mine = delivered(events, arrival)
        if twice:
            mine += [msgspec.structs.replace(one, received_ms=one.received_ms + 4000) for one in mine[::2]]
        name = SessionId(f"S{number}")
        made += [msgspec.structs.replace(one, session_id=name) for one in mine]
    return sorted(made, key=lambda one: one.received_ms)


@given(MANY, st.sampled_from([0, 1, 2]))
def test_it_does_not_matter_which_sessions_are_frozen(
    some: list[tuple[Viewing, list[int], bool, bool]], hot_max: int
) -> None:
    """All that is said is the same, word for word, also about sessions that are looked at in between."""
    deliveries = together(some)
    objects, frozen = Ran(), Ran(hot_sessions_max=hot_max)
    for delivery in deliveries:
        objects.take([delivery])
        frozen.take([delivery])
        for name in frozen.reporter.open_sessions():
            assert objects.reporter.view(name) == frozen.reporter.view(name)
        assert objects.reporter.open_sessions() == frozen.reporter.open_sessions()
        assert objects.reporter.next_deadline_ms() == frozen.reporter.next_deadline_ms()
    assert objects.close().outputs == frozen.close().outputs


class Store:
    """What a store knows of a run, commit by commit."""

    def __init__(self, run: Ran) -> None:
        self.run = run
        self.taken = self.said = 0
        self.snapshots: dict[SessionId, tuple[int, Snapshot]] = {}

    def commit(self, taken: int) -> None:
        """Keep snapshots of what was touched since the last commit."""
        said = self.run.outputs[self.said :]
        touched = {session_of(output) for output in said} - {None}
        for name in touched:
            assert name is not None
            snapshot = self.run.reporter.snapshot(name)
            if snapshot is None:
                self.snapshots.pop(name, None)
            else:
                self.snapshots[name] = (taken, snapshot)
        self.taken, self.said = taken, len(self.run.outputs)

    def restart(self, deliveries: list[Delivery], lost: list[bool]) -> None:
        """Go on from the last commit with another reporter; some snapshots are lost, and do not count."""
        run = self.run
        now_ms = deliveries[self.taken - 1].received_ms if self.taken else 0
        del run.outputs[self.said :]
        run.kept.clear()
        for delivery in deliveries[: self.taken]:
            run.kept[delivery.session_id].append(delivery)
        closed = run.closed_sessions()
        resumed = {
            name: kept for place, (name, kept) in enumerate(self.snapshots.items()) if not lost[place % len(lost)]
        }
        run.reporter = run.new()
        run.reporter.resume([snapshot for _, snapshot in reversed(resumed.values())])
        known = {one.session_id for one in closed}
        for number, delivery in enumerate(deliveries[: self.taken]):
            covered = resumed[delivery.session_id][0] if delivery.session_id in resumed else 0
            if delivery.session_id not in known and number >= covered:
                run.reporter.take(delivery)
        run.reporter.advance(now_ms)
        run.reporter.restore(closed, now_ms)


def session_of(output: Output) -> SessionId | None:
    """Whom it is about."""
    return output.delivery.session_id if isinstance(output, Judged) else output.session_id


@given(MANY, st.data())
def test_a_session_goes_on_from_its_snapshot(some: list[tuple[Viewing, list[int], bool, bool]], data: Any) -> None:
    """Crashes anywhere, snapshots at any commit before, some of them lost: the rows and records are the same."""
    deliveries = together(some)
    straight = Ran(hot_sessions_max=8).take(deliveries).close()
    run = Ran(hot_sessions_max=data.draw(st.sampled_from([0, 1, 8])))
    store = Store(run)
    place = 0
    while place < len(deliveries):
        step = data.draw(st.integers(1, 9))
        run.take(deliveries[place : place + step])
        place = min(place + step, len(deliveries))
        what = data.draw(st.sampled_from(["go on", "commit", "commit", "crash"]))
        if what == "commit":
            store.commit(place)
        elif what == "crash":
            store.restart(deliveries, data.draw(st.lists(st.booleans(), min_size=1, max_size=3)))
            place = store.taken
    run.close()
    assert straight.rows == run.rows
    assert straight.outcomes == run.outcomes
    assert records(straight) == records(run)


def records(run: Ran) -> dict[SessionId, SessionRecord]:
    """The last record of each session."""
    return {one.session_id: one for one in run.outputs if isinstance(one, SessionRecord)}


@given(MANY, st.integers(0, 40))
def test_a_restart_is_word_for_word(some: list[tuple[Viewing, list[int], bool, bool]], place: int) -> None:
    """With a snapshot of every open session, another reporter says what the first one would have said, in its order."""
    deliveries = together(some)
    straight = Ran().take(deliveries).close()
    run = Ran(hot_sessions_max=1).take(deliveries[:place])
    names = run.reporter.open_sessions()
    snapshots = [one for name in names if (one := run.reporter.snapshot(name))]
    views = [run.reporter.view(name) for name in names]
    closed = run.closed_sessions()
    run.reporter = run.new()
    run.reporter.resume(snapshots)
    run.reporter.advance(deliveries[min(place, len(deliveries)) - 1].received_ms if place else 0)
    run.reporter.restore(closed, 0)
    assert snapshots == [run.reporter.snapshot(name) for name in names]
    assert views == [run.reporter.view(name) for name in names]
    run.take(deliveries[place:]).advance(FAR_MS)
    assert straight.outputs == run.outputs


def test_only_open_sessions_have_snapshots() -> None:
    """Unknown ones have none."""
    assert Ran().reporter.snapshot(SessionId("X")) is None
