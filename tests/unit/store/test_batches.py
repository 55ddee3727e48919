"""Outputs as Arrow tables."""

from typing import Any

import pytest

from contract.store_samples import NOW_MS, judged, record, row
from playhead.store import batches
from playhead.store.columns import SESSION_FIELDS
from playhead.store.keys import short_key


def only(batch: batches.Batch) -> dict[str, Any]:
    """The single row of a batch."""
    [found] = batch.to_pylist()
    return dict(found)


def test_deliveries_are_numbered_from_the_next_on() -> None:
    """In the order given."""
    batch = batches.event_batch([judged(), judged(at_s=1)], 41)
    assert batch.column("sequence").to_pylist() == [42, 43]
    assert {short_key("s1")} == set(batch.column("session_key").to_pylist())
    assert batch.column("playhead_s").to_pylist() == [0, 1]


def test_what_is_absent_is_null() -> None:
    """Never 0 or false (metrics.md 2); the two flags of the start come from the record."""
    found = only(batches.session_batch([record(is_viewed=True)]))
    assert (True, None, None, 30) == tuple(
        found[name] for name in ("is_viewed", "is_downloaded", "error_count", "time_played")
    )


def test_intervals_are_lists_of_their_ends() -> None:
    """Of each session its own."""
    batch = batches.session_batch(
        [record("a", viewed_s=[(0, 1.5), (3, 4)]), record("b"), record("c", viewed_s=[(5, 6)])]
    )
    expected = [[{"lo": 0.0, "hi": 1.5}, {"lo": 3.0, "hi": 4.0}], [], [{"lo": 5.0, "hi": 6.0}]]
    assert expected == batch.column("viewed_s").to_pylist()


def test_plays_and_states_carry_their_session() -> None:
    """One row each, with what finds the session again."""
    ad = {"ordinal": 1, "startedAtMs": 1, "closedAtMs": None, "advertisingDetails": {"name": "x"}}
    chapter = {"ordinal": 2, "startedAtMs": 1, "chapterDetails": {"index": 7}, "customMetadata": {"a": "b"}}
    state = {"name": "mute", "isSet": True, "count": 1, "time": 2}
    whole = record(ads=[ad], chapters=[chapter], states=[state])
    for found in map(only, (batches.ad_batch([whole]), batches.chapter_batch([whole]), batches.state_batch([whole]))):
        assert (short_key("s1"), "s1", NOW_MS) == (
            found["session_key"],
            found["session_id"],
            found["started_received_ms"],
        )
    assert only(batches.chapter_batch([whole]))["custom_metadata"] == [("a", "b")]


def test_rows_are_json() -> None:
    """As they were given."""
    found = only(batches.row_batch([row(text="é")], [9], [(NOW_MS, "ds")]))
    assert (9, "s1|r1", '{"_id":"s1|r1","eventType":"media.adStart","text":"é"}') == (
        found["sequence"],
        found["row_id"],
        found["xdm"],
    )


@pytest.mark.parametrize(
    ("sent", "column", "expected"),
    [
        ({"length": 10**30}, "content_length", None),
        ({"length": 1.5}, "content_length", 1),
        ({"length": "long"}, "content_length", None),
        ({"season": 3}, "season", "3"),
        ({"name": "\ud800"}, "content", "?"),
        ({"genreList": ["a", 1]}, "genre_list", ["a", "1"]),
        ({"averageMinuteAudience": 10**400}, "average_minute_audience", None),
        ({"isPlayed": "yes"}, "is_played", False),
    ],
)
def test_a_value_that_does_not_fit_its_column_is_mended(sent: dict[str, Any], column: str, expected: Any) -> None:
    """And never stops a write."""
    details = [batches._session_details(record(session_details=sent))]
    [(kind, wire)] = [(kind, wire) for name, kind, wire in SESSION_FIELDS if name == column]
    assert [expected] == batches._array(kind, [detail.get(wire) for detail in details]).to_pylist()
