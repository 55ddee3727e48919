"""The catalogue of dimensions."""

from playhead.reporting.dimensions import DIMENSIONS, LOOKUPS, DimensionKind, dimension_of
from playhead.reporting.metrics import METRICS

SPEC = """
content content-name content-length content-type content-player-name content-channel content-segment stream-type
media-session-id media-downloaded-flag media-path app-version show season episode show-type genre asset-id first-air-date
first-digital-date content-rating originator network mvpd day-part media-feed-type stream-format ad-load-type artist album
label author station publisher ad ad-name ad-length ad-player-name ad-in-pod-position advertiser campaign-id creative-id
creative-url placement-id site-id ad-pod pod-name pod-position chapter chapter-name chapter-length chapter-offset
chapter-position average-bitrate bitrate-changes buffer-events dropped-frames errors time-to-start total-buffer-duration
player-sdk-error-ids external-error-ids event-type player-state minute 5-minutes 15-minutes 30-minutes hour day week month
hour-of-day day-of-week
"""
"""The ids of metrics.md 6.3, written down by hand."""


def test_dimensions_of_the_spec_are_all_there() -> None:
    """Each line of the table is a dimension."""
    assert set(SPEC.split()) - set(DIMENSIONS) == set()


def test_six_words_are_metrics_too() -> None:
    """Two namespaces share six words (interfaces.md 4)."""
    shared = {
        "average-bitrate",
        "bitrate-changes",
        "buffer-events",
        "dropped-frames",
        "time-to-start",
        "total-buffer-duration",
    }
    assert shared == set(METRICS) & set(DIMENSIONS)


def test_custom_metadata_is_a_dimension_by_its_name() -> None:
    """Any name will do, but there must be one."""
    found = dimension_of("custom:my team")
    assert found is not None
    assert ("my team", DimensionKind.DERIVED) == (found.name, found.kind)
    assert dimension_of("custom:") is None
    assert dimension_of("team") is None


def test_a_lookups_own_columns_are_dimensions_of_its_grain() -> None:
    """By lookup and name; one that overrides a dimension is that dimension."""
    found = [dimension_of(f"lookup:{name}") for name in ("content:territory", "ad-pod:half", "chapter:a:b")]
    assert [("territory", "session"), ("half", "ad"), ("a:b", "chapter")] == [
        (one.name, one.grain) for one in found if one
    ]
    for name in ("lookup:show:x", "lookup:content:", "lookup:content", "lookup:content:content-name", "lookup:"):
        assert dimension_of(name) is None


def test_what_lookups_may_override_are_dimensions_of_their_key() -> None:
    """Of the same grain, with a field; each says which lookup."""
    for lookup, columns in LOOKUPS.items():
        assert {(lookup, DIMENSIONS[lookup].grain)} == {
            (DIMENSIONS[one].lookup, DIMENSIONS[one].grain) for one in columns
        }
        assert all(DIMENSIONS[one].field for one in [lookup, *columns])
    assert sum(map(len, LOOKUPS.values())) == sum(bool(one.lookup) for one in DIMENSIONS.values())
