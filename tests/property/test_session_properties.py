"""What holds for every session: the properties of metrics.md 9, and three of the engine."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from playhead.base.units import HOUR_MS
from playhead.events.ads import AdBreakComplete
from playhead.events.delivery import Delivery
from playhead.events.event import Event
from playhead.events.playback import Ping, Play
from playhead.events.session import SessionEnd
from playhead.reporting.outputs import Outcome, Row
from playhead.reporting.records import record_of
from playhead.sessions.fold import Fold
from playhead.sessions.machine import CREDIT, Credit
from playhead.sessions.rules import rules_of
from property.running import Ran, content, only
from property.strategies import BASE_MS, SESSION, Journey, Viewing, delivered, ended, journeys, shifted, viewings

SILENCE = "secondsSinceLastCall"
DIRECT = Journey()


def all_of(viewing: Viewing) -> list[Event]:
    return [viewing.start, *viewing.events, ended(viewing)]


def closed(viewing: Viewing, journey: Journey = DIRECT) -> Ran:
    return Ran().take(journey.deliver(all_of(viewing))).close()


def close_fields(run: Ran) -> dict[str, Any]:
    (row,) = only(run.rows.values(), "sessionComplete")
    media = row.xdm["mediaReporting"]
    return {**media["sessionDetails"], **media.get("qoeDataDetails", {})}


@given(viewings(), st.randoms(use_true_random=False))
def test_arrival_order_does_not_matter(viewing: Viewing, dice: Any) -> None:
    """Property 1: any arrival order gives the same fold and the same rows once replaced ones are taken into account."""
    in_order = closed(viewing)
    shuffled = list(viewing.events)
    dice.shuffle(shuffled)
    events = [viewing.start, *shuffled, ended(viewing)]
    disordered = Ran().take(delivered(events, lambda index, _: BASE_MS + index * 1500)).close()
    assert {Outcome.ACCEPTED} == set(disordered.outcomes)
    assert content(in_order.rows.values(), SILENCE) == content(disordered.rows.values(), SILENCE)


@given(viewings(), journeys, st.data())
def test_duplicates_change_nothing(viewing: Viewing, journey: Journey, data: st.DataObject) -> None:
    """Property 2: delivering an accepted event again, recognisable by any of the three rules, changes nothing."""
    once = Journey(journey.delays_s)
    deliveries = once.deliver(all_of(viewing))
    place = data.draw(st.integers(0, len(deliveries) - 1))
    again = data.draw(st.integers(0, place))
    names = data.draw(st.sampled_from([(None, "r"), ("id", None), (None, None), ("id", "r")]))
    later = deliveries[place].received_ms
    twin = msgspec.structs.replace(
        deliveries[again],
        received_ms=later,
        client_id=deliveries[again].client_id if names[0] else "new",
        request_id=deliveries[again].request_id if names[1] else "new",
    )
    with_twin = Ran().take([*deliveries[: place + 1], twin, *deliveries[place + 1 :]]).close()
    assert closed(viewing, once).rows == with_twin.rows
    assert [Outcome.DUPLICATE] == [outcome for outcome in with_twin.outcomes if outcome is not Outcome.ACCEPTED]


@given(viewings(), journeys, st.integers(-23 * HOUR_MS, 23 * HOUR_MS))
def test_a_skewed_clock_changes_only_timestamps(viewing: Viewing, journey: Journey, skew_ms: int) -> None:
    """Property 3: adding a constant to all client timestamps changes only the timestamps of rows."""
    straight = closed(viewing, journey)
    events = [shifted(event, skew_ms) for event in all_of(viewing)]
    skewed = Ran().take(journey.deliver(events, lambda event: (event.at_ms or 0) - skew_ms)).close()
    expected = [{**xdm, "timestamp": ""} for xdm in content(straight.rows.values())]
    assert expected == [{**xdm, "timestamp": ""} for xdm in content(skewed.rows.values())]
    assert [row.at_ms + skew_ms for row in straight.rows.values()] == [row.at_ms for row in skewed.rows.values()]


def places_for_a_ping(events: list[Event]) -> list[tuple[int, Ping]]:
    """Pings that could have been sent in main play while the playhead moved with the clock, and where."""
    start = events[0]
    rules = rules_of(Ran().settings)
    fold = Fold.of(start, start.at_ms or 0)  # type: ignore[arg-type]
    found = []
    for index, event in enumerate(events[1:], 1):
        at_ms, playhead, state = fold.at_ms, fold.playhead_s, fold.state
        fold.step(type(event), event.at_ms or 0, event, rules)
        step = fold.playhead_s - playhead
        if CREDIT[state] == Credit.MAIN and step >= 2 and step * 1000 == fold.at_ms - at_ms:
            found += [(index, Ping(at_ms + gone * 1000, playhead + gone)) for gone in range(1, step)]
    return found


@given(viewings(), journeys, st.data())
def test_a_ping_more_changes_nothing(viewing: Viewing, journey: Journey, data: st.DataObject) -> None:
    """Property 4: a ping inserted into main play at the interpolated playhead, arriving in between, changes nothing."""
    at_ms = viewing.last.at_ms or 0
    quiet: list[Event] = [
        AdBreakComplete(at_ms + 1000, 5),
        Play(at_ms + 2000, 5),
        Ping(at_ms + 12_000, 15),
        SessionEnd(at_ms + 13_000, 16),
    ]
    events = [viewing.start, *viewing.events, *quiet]
    index, ping = data.draw(st.sampled_from(places_for_a_ping(events)))
    deliveries = journey.deliver(events)
    first = {str(delivery.request_id): delivery.received_ms for delivery in reversed(deliveries)}
    between = sorted((first[f"r{index - 1}"], first[f"r{index}"]))
    arrival = data.draw(st.integers(*between))
    more = msgspec.structs.replace(delivered([ping])[0], received_ms=arrival, request_id="more", client_id="more")
    with_ping = sorted([*deliveries, more], key=lambda one: one.received_ms)
    without = Ran().take(deliveries).close()
    assert content(without.rows.values()) == content(Ran().take(with_ping).close().rows.values())


@given(viewings(), journeys)
def test_times_are_consistent(viewing: Viewing, journey: Journey) -> None:
    """Properties 5 and 6: main time within total, unique within the length, the sum within the span, none negative."""
    run = Ran().take(journey.deliver([viewing.start, *viewing.events]))
    session = run.reporter._engine.look(SESSION)
    assert session is not None
    fold = run.reporter._engine.peek(session)
    times = [fold.main_ms, fold.ad_ms, fold.pause_ms, fold.buffer_ms, fold.stall_ms]
    moments = [event.at_ms or 0 for event in (viewing.start, *viewing.events)]
    assert sum(times) <= max(moments) - min(moments)
    assert min(times) >= 0
    fields = close_fields(run.close())
    assert fields["timePlayed"] <= fields["totalTimePlayed"]
    if viewing.start.length_s and viewing.start.length_s != 86_400:
        assert fields["uniqueTimePlayed"] <= viewing.start.length_s + 0.5
    assert [] == [name for name, value in fields.items() if isinstance(value, int | float) and value < 0]
    record = record_of(session, fold, 0)
    assert fold.main_ms >= sum(end - begin for begin, end in record.main_play_ms)
    assert fold.main_ms == sum(end - begin for begin, end in record.main_play_ms)
    assert fold.ad_ms == sum(end - begin for begin, end in record.ad_play_ms)


@given(viewings(), journeys, st.randoms(use_true_random=False))
def test_rows_are_complete_and_distinct(viewing: Viewing, journey: Journey, dice: Any) -> None:
    """Properties 7 and 8: one start, one close, as many rows as counts say; played or dropped before start, never both."""
    shuffled = list(viewing.events)
    dice.shuffle(shuffled)
    events = [viewing.start, *shuffled, ended(viewing)]
    arrivals = {id(event): BASE_MS + index * 1500 for index, event in enumerate(events)}
    run = Ran().take(journey.deliver(events, lambda event: arrivals[id(event)])).close()
    rows, fields = run.rows.values(), close_fields(run)
    assert len(rows) == len({row.xdm["_id"] for row in rows})
    assert 1 == len(only(rows, "sessionStart")) == len(only(rows, "sessionComplete"))
    assert fields.get("adCount", 0) == len(only(rows, "adStart")) == len(only(rows, "adComplete"))
    assert fields.get("chapterCount", 0) == len(only(rows, "chapterComplete"))
    assert ("isPlayed" in fields) != ("isDroppedBeforeStart" in fields)
    static = run.record.session_details
    names = ("ID", "name", "length", "contentType", "channel")
    for row in rows:
        details = row.xdm["mediaReporting"]["sessionDetails"]
        assert {name: static[name] for name in names} == {name: details[name] for name in names}


@given(viewings(), journeys)
def test_a_timeout_is_worth_a_session_end(viewing: Viewing, journey: Journey) -> None:
    """Property 9: closing by timeout instead of a sessionEnd at the last event changes only secondsSinceLastCall."""
    timed_out = Ran().take(journey.deliver([viewing.start, *viewing.events])).close()
    assert content(closed(viewing, journey).rows.values(), SILENCE) == content(timed_out.rows.values(), SILENCE)


def scattered(viewing: Viewing, delays_s: list[int]) -> list[Delivery]:
    """The deliveries of a session, each late by its own delay, so that some sessions close and reopen in between."""
    events = [viewing.start, *viewing.events]
    late = [(0 if i == 0 else delays_s[i % len(delays_s)] * 1000) for i in range(len(events))]
    made = delivered(events, lambda index, event: (event.at_ms or 0) + late[index])
    made += delivered(events[: len(events) // 2], lambda index, event: (event.at_ms or 0) + late[index] + 4000)
    return sorted(made, key=lambda delivery: delivery.received_ms)


DELAYS = st.lists(st.sampled_from([0, 0, 0, 1, 4, 7, 30, 90, 700, 2000]), min_size=1, max_size=8)


@given(viewings(), DELAYS, st.sampled_from([1, 777, 5000, 60_000]))
def test_how_often_time_is_told_does_not_matter(viewing: Viewing, delays: list[int], step_ms: int) -> None:
    """Many small advances between deliveries say the same as none."""
    deliveries = scattered(viewing, delays)
    seldom = Ran().take(deliveries).close()
    often = Ran()
    for delivery in deliveries:
        deadline = often.reporter.next_deadline_ms()
        while deadline is not None and deadline < delivery.received_ms:
            often.advance(deadline)
            following = often.reporter.next_deadline_ms()
            assert following is None or following > deadline
            deadline = following
        often.advance(max(0, delivery.received_ms - step_ms)).advance(delivery.received_ms)
        often.take([delivery])
    often.close()
    assert seldom.outputs == often.outputs


@given(viewings(), DELAYS, st.integers(0, 60))
def test_a_restart_changes_nothing(viewing: Viewing, delays: list[int], place: int) -> None:
    """A reporter made anew from closed records and the deliveries of open sessions goes on as the old one would."""
    deliveries = scattered(viewing, delays)
    place = min(place, len(deliveries))
    straight = Ran().take(deliveries).close()
    broken = Ran().take(deliveries[:place]).restart().take(deliveries[place:]).close()
    assert straight.rows == broken.rows
    assert straight.outcomes == broken.outcomes
    if straight.record.session_details:
        assert straight.record.session_details == broken.record.session_details
        assert straight.record.closed_ms == broken.record.closed_ms


@given(viewings(), DELAYS)
def test_the_incremental_fold_is_the_full_one(viewing: Viewing, delays: list[int]) -> None:
    """What the close of a session says is what a fold of its accepted events in one go says."""
    deliveries = scattered(viewing, delays)
    run = Ran().take(deliveries).close()
    accepted = [d.event for d, outcome in zip(deliveries, run.outcomes, strict=True) if outcome is Outcome.ACCEPTED]
    whole = sorted(accepted[1:], key=lambda event: event.at_ms or 0)
    at_once = Ran().take(delivered([accepted[0], *whole])).close()
    assert content(at_once.rows.values(), SILENCE) == content(run.rows.values(), SILENCE)
    assert all(isinstance(row, Row) for row in run.rows.values())
