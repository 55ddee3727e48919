"""What became of every event, counted; tests/property/test_balance.py counts it all again by itself."""

import json
from collections.abc import Iterable

from pipeline_stream import BEGIN_MS, Journals, event, refused, request
from playhead.base.units import HOUR_MS, DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.pipeline.balance import BalanceCounts, Line, LineKey, added, lines_of, sum_of, tail_of, within
from playhead.reporting.outputs import Judged, Outcome, Output
from playhead.store.port import BalanceItem, BalanceKey, JournalPosition
from playhead.wire.record import RECORD_VERSION, Record, RecordKind

HOUR = BEGIN_MS // HOUR_MS * HOUR_MS
OURS = {SessionId("s1"): DatastreamId("web")}


def record(count: int, **more: object) -> Record:
    """A request with pings of one session."""
    body = json.dumps({"events": [{"xdm": event("s1", "ping", n, n)} for n in range(count)]}).encode()
    given = {"version": RECORD_VERSION, "received_ms": BEGIN_MS, "route": "va/v1/ping", "base": "ee", "body": body}
    return Record(**{**given, "datastream_id": "sent", "request_id": None, **more})  # type: ignore[arg-type]


def told(delivery: Delivery, outcome: Outcome, reason: str | None = None) -> list[Output]:
    """What a reporter says of a delivery."""
    return [Judged(delivery, outcome, reason)]


def line_of(counts: BalanceCounts, datastream_id: str = "web") -> Line:
    """The line of a datastream in the first hour."""
    return lines_of(counts.peek())[LineKey(datastream_id, HOUR)]


def test_events_are_counted_where_their_session_was_started() -> None:
    """Whatever they name; those of no known session where nobody is."""
    counts = BalanceCounts(OURS.get)
    first, second = counts.read(RecordKind.ACCEPTED, record(2))
    counts.judge(first, told(first, Outcome.ACCEPTED))
    counts.judge(second, told(second, Outcome.DUPLICATE, "duplicate_id"))
    line = line_of(counts)
    assert (2, 2, 1, {"duplicate_id": 1}, 1, True) == (
        line.received, line.accepted, line.counted, line.duplicate, line.requests, line.holds,
    )  # fmt: skip
    strangers = BalanceCounts(lambda _: None)
    [only] = strangers.read(RecordKind.ACCEPTED, record(1))
    strangers.judge(only, told(only, Outcome.DROPPED, "session_unknown"))
    assert {"session_unknown": 1} == line_of(strangers, "").dropped


def test_a_start_is_counted_where_it_was_taken() -> None:
    """Its session is not known before."""
    counts = BalanceCounts(lambda _: None)
    [start] = counts.read(RecordKind.ACCEPTED, request(BEGIN_MS, event("s1", "sessionStart", 0, 0), session="s1"))
    counts.judge(start, told(start, Outcome.ACCEPTED))
    assert 1 == line_of(counts, "ds").counted


def test_refused_events_are_counted_by_reason() -> None:
    """As many as the door noted, under the datastream they named if it is ours."""
    counts = BalanceCounts(OURS.get)
    counts.read(RecordKind.REFUSED, record(0, reason="a", media_events=3, skipped=(0,), skipped_reasons=("b",)))
    counts.read(RecordKind.REFUSED, refused(BEGIN_MS, "a"))
    line = line_of(counts, "")
    assert (4, {"a": 3, "b": 1}, {"a": 2}, 0, True) == (
        line.received, line.refused, line.refused_requests, line.requests, line.holds,
    )  # fmt: skip
    counts.read(RecordKind.REFUSED, record(0, reason="a", media_events=1, datastream_id="web", known=True))
    assert {"a": 1} == line_of(counts).refused


def test_events_refused_beside_accepted_ones_have_their_reasons() -> None:
    """A 207: one request, accepted, of which an event was refused."""
    counts = BalanceCounts(OURS.get)
    partly = record(2, skipped=(1,), skipped_reasons=("b",), media_events=2, datastream_id="web")
    [only] = counts.read(RecordKind.ACCEPTED, partly)
    counts.judge(only, told(only, Outcome.ACCEPTED))
    line = line_of(counts)
    assert (2, {"b": 1}, 1, 1, {}, True) == (
        line.received, line.refused, line.counted, line.requests, line.refused_requests, line.holds,
    )  # fmt: skip


def test_an_event_that_is_lost_shows() -> None:
    """Between door and decoding, and between decoding and the reporter."""
    counts = BalanceCounts(OURS.get)
    [only] = counts.read(RecordKind.ACCEPTED, record(1, media_events=2, datastream_id="web"))
    counts.judge(only, told(only, Outcome.ACCEPTED))
    line = line_of(counts)
    assert (2, 1, False) == (line.received, line.accepted, line.holds)
    silent = BalanceCounts(OURS.get)
    [only] = silent.read(RecordKind.ACCEPTED, record(1))
    silent.judge(only, [])
    assert not line_of(silent).holds
    nothing = BalanceCounts(OURS.get)
    nothing.read(RecordKind.ACCEPTED, record(0, media_events=1, datastream_id="web"))
    assert (1, 0, 1, False) == (
        line_of(nothing).received, line_of(nothing).accepted, line_of(nothing).requests, line_of(nothing).holds,
    )  # fmt: skip


def test_what_was_read_and_not_judged_waits() -> None:
    """It is shown as waiting, and not taken with the rest."""
    counts = BalanceCounts(OURS.get)
    assert not counts
    first, second = counts.read(RecordKind.ACCEPTED, record(2))
    [line] = lines_of(counts.peek([first, second])).values()
    assert (2, 2, 2, 1, True) == (line.received, line.accepted, line.waiting, line.requests, line.holds)
    counts.judge(first, told(first, Outcome.ACCEPTED))
    [line] = lines_of(counts.peek([second])).values()
    assert (2, 1, 1, 1, True) == (line.received, line.counted, line.waiting, line.requests, line.holds)
    assert counts
    assert {BalanceItem.RECEIVED, BalanceItem.ACCEPTED, BalanceItem.COUNTED, BalanceItem.REQUEST} == {
        key.item for key in counts.take()
    }
    assert not counts


def test_counts_add_up() -> None:
    """Over datastreams, over hours, and of lines."""
    key = BalanceKey("web", HOUR, BalanceItem.RECEIVED)
    other = key._replace(hour_ms=HOUR + HOUR_MS, item=BalanceItem.REFUSED, reason="a")
    total = added({key: 1, other: 2}, {key: 3})
    assert {key: 4, other: 2} == total
    assert {key: 4} == within(total, HOUR, HOUR + 1, by_hour=True)
    assert {key._replace(hour_ms=0): 4, other._replace(hour_ms=0): 2} == within(total, 0, 1 << 60, by_hour=False)
    line = sum_of(lines_of(total).values())
    assert (4, {"a": 2}, False) == (line.received, line.refused, line.holds)


def test_the_tail_of_the_journals_waits() -> None:
    """Behind the positions, to the record; starts that wait themselves name the datastream of what follows them."""
    on = Journals(["w00", "w01"])
    start = request(BEGIN_MS, event("s1", "sessionStart", 0, 0), session="s1")
    on.write(
        "w00", [start, request(BEGIN_MS + 1, event("s1", "play", 0, 0), session="s1"), refused(BEGIN_MS)], BEGIN_MS
    )
    on.write("w01", [request(BEGIN_MS + 2, event("s2", "ping", 1, 1), session="s2")], BEGIN_MS + 2)
    asked: set[SessionId] = set()

    def known(sessions: Iterable[SessionId]) -> dict[SessionId, DatastreamId]:
        asked.update(sessions)
        return {SessionId("s2"): DatastreamId("other")}

    sheet = tail_of(on.readers(), {}, known)
    lines = lines_of(sheet.balance)
    assert {LineKey("", HOUR), LineKey("ds", HOUR), LineKey("other", HOUR)} == set(lines)
    assert (2, 2, 2) == (
        lines[LineKey("ds", HOUR)].waiting, lines[LineKey("ds", HOUR)].received, lines[LineKey("ds", HOUR)].requests,
    )  # fmt: skip
    assert {"EXEG-0003-400": 1} == lines[LineKey("", HOUR)].refused
    assert (True, True) == (sheet.complete, all(line.holds for line in lines.values()))
    assert {SessionId("s1"), SessionId("s2")} == asked
    marked = on.readers()["w00"].read()[0].end_position
    behind = {name: JournalPosition(marked, 1) for name in on.logs}
    sheet = tail_of(on.readers(behind), behind, known)
    assert 1 == sum_of(lines_of(sheet.balance).values()).waiting


def test_a_long_tail_is_cut() -> None:
    """And said to be: the answer must not take for ever."""
    on = Journals(["w00"])
    for number in range(10):
        on.write("w00", [request(BEGIN_MS + number, event("s1", "ping", 1, 1), session="s1")], BEGIN_MS + number)
    sheet = tail_of(on.readers(), {}, lambda _: {}, bytes_max=1000)
    assert not sheet.complete
    assert 0 < sum_of(lines_of(sheet.balance).values()).waiting < 10
