"""Recorded events through the core under virtual time."""

import json
from typing import Any

from contract.store_samples import NOW_MS, delivery, record
from pipeline_stream import BEGIN_MS, event, settings_of, stamp
from playhead.base.settings import DEFAULT_SETTINGS
from playhead.base.units import DAY_MS, DatastreamId, SessionId
from playhead.pipeline.replay import Line, _Past, last_rows, replay


def line(
    action: str, at_s: float, playhead: int = 0, *, session: str = "S1", arrived_s: float | None = None, **more: Any
) -> bytes:
    """A recorded event; it arrives when it says, or `arrived_s` after BEGIN_MS."""
    arrived_ms = BEGIN_MS + int((at_s if arrived_s is None else arrived_s) * 1000)
    said = {"arrived": stamp(arrived_ms), "sessionId": session, "xdm": event(session, action, at_s, playhead), **more}
    return json.dumps(said).encode() + b"\n"


def run(*lines: bytes, bad: list[tuple[int, str]] | None = None, **more: Any) -> list[Line]:
    """What the lines give."""
    told = [] if bad is None else bad
    values: dict[str, Any] = {"server_version": "0", "on_bad": lambda n, why: told.append((n, why)), **more}
    return list(replay(lines, values.pop("settings_of", settings_of), **values))


def kinds(lines: list[Line]) -> list[str]:
    """Event types without `media.`; retractions as such."""
    return ["retracted" if "retracted" in one else one["xdm"]["eventType"][6:] for one in lines]


def test_a_viewing_gives_its_rows_in_write_order() -> None:
    """Start at once, close when it ended."""
    rows = run(line("sessionStart", 0), line("play", 0.1), line("ping", 10, 10), line("sessionEnd", 20, 20))
    assert ["sessionStart", "sessionComplete"] == kinds(rows)
    assert 20 == rows[1]["xdm"]["mediaReporting"]["sessionDetails"]["timePlayed"]


def test_time_runs_on_until_every_session_is_closed() -> None:
    """A session that was left open closes by its own timeout."""
    rows = run(line("sessionStart", 0), line("sessionStart", 1, session="S2"))
    assert ["sessionStart", "sessionStart", "sessionComplete", "sessionComplete"] == kinds(rows)
    details = [row["xdm"]["mediaReporting"]["sessionDetails"] for row in rows[2:]]
    assert [("S1", 60), ("S2", 60)] == [(one["ID"], one["secondsSinceLastCall"]) for one in details]


def test_lines_that_cannot_be_read_are_told_and_skipped() -> None:
    """With their number; blank lines count as lines and are passed over."""
    bad: list[tuple[int, str]] = []
    rows = run(b"\xef\xbb\xbf" + line("sessionStart", 0), b"\n", b"{}\n", b"junk\n", line("sessionEnd", 5), bad=bad)
    assert ["sessionStart", "sessionComplete"] == kinds(rows)
    assert [3, 4] == [number for number, _ in bad]
    assert "arrived is missing" == bad[0][1]


def test_a_reopened_session_writes_its_close_row_again() -> None:
    """`last_rows` keeps the later one, in its place."""
    rows = run(
        line("sessionStart", 0),
        line("play", 0.1),
        line("ping", 10, 10),
        line("sessionStart", 90, session="S2"),
        line("ping", 20, 20, arrived_s=100),
    )
    assert ["sessionStart", "sessionComplete", "sessionStart", "sessionComplete", "sessionComplete"] == kinds(rows)
    last = last_rows(rows)
    assert [("sessionStart", "S1"), ("sessionStart", "S2"), ("sessionComplete", "S2"), ("sessionComplete", "S1")] == [
        (one["xdm"]["eventType"][6:], one["xdm"]["mediaReporting"]["sessionDetails"]["ID"]) for one in last
    ]
    assert 20 == last[3]["xdm"]["mediaReporting"]["sessionDetails"]["timePlayed"]


def test_retracted_rows_are_gone_from_the_last() -> None:
    """Unless they were written again."""
    written: list[Line] = [
        {"xdm": {"_id": "a", "n": 1}},
        {"xdm": {"_id": "b", "n": 1}},
        {"_id": "a", "retracted": True},
        {"_id": "b", "retracted": True},
        {"xdm": {"_id": "b", "n": 2}},
    ]
    assert [{"xdm": {"_id": "b", "n": 2}}] == last_rows(written)


def test_virtual_time_never_goes_back() -> None:
    """A line that arrived earlier than the one before counts as arriving with it."""
    rows = run(line("sessionStart", 0), line("play", 30, arrived_s=30), line("sessionEnd", 29, arrived_s=5))
    assert 0 == rows[-1]["xdm"]["mediaReporting"]["sessionDetails"]["secondsSinceLastCall"]
    late = run(line("sessionStart", 100), line("sessionStart", 0, session="S2"), line("ping", 30, 1, session="S2"))
    assert 4 == len(late)


def test_only_what_may_be_asked_for_is_remembered() -> None:
    """A session closed for good is forgotten at once, any other a day after its start."""
    past = _Past()
    for name in ("s1", "s2"):
        past.add(delivery(name, "sessionStart"), NOW_MS)
    past.note([record("s1", closed="end"), record("s2", closed="idle", provisional=True)])
    past.add(delivery("s1", at_s=1), NOW_MS + 1000)
    assert past.deliveries(SessionId("s1")) == ()
    assert [delivery("s2", "sessionStart")] == past.deliveries(SessionId("s2"))
    past.add(delivery("s3", "sessionStart"), NOW_MS + DAY_MS + 120_000)
    assert past.deliveries(SessionId("s2")) == ()


def test_the_datastream_can_be_overridden() -> None:
    """Then its settings hold for every line."""
    asked = []

    def settings(datastream_id: DatastreamId) -> Any:
        asked.append(datastream_id)
        return DEFAULT_SETTINGS

    run(line("sessionStart", 0, datastream="other"), settings_of=settings, datastream_id=DatastreamId("mine"))
    assert ["mine"] == asked


def test_the_visitor_is_made_of_the_session_where_none_is_told() -> None:
    """The same for every replay; one that is told, or sent, stays."""
    [start, close] = run(line("sessionStart", 0))
    [made] = start["xdm"]["identityMap"]["ECID"]
    assert 38 == len(made["id"])
    assert made["id"].isdigit()
    assert start["xdm"]["identityMap"] == close["xdm"]["identityMap"]
    assert run(line("sessionStart", 0))[0] == start
    [told, _] = run(line("sessionStart", 0, ecid="e1"))
    assert "e1" == told["xdm"]["identityMap"]["ECID"][0]["id"]
    sent = json.loads(line("sessionStart", 0))
    sent["xdm"]["identityMap"] = {"ECID": [{"id": "e2"}]}
    [own, _] = run(json.dumps(sent).encode())
    assert ["e2"] == [item["id"] for item in own["xdm"]["identityMap"]["ECID"]]
