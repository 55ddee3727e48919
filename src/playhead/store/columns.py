"""
Columns of the session, ad, chapter and state tables, and where their values come from.

Law: names and order are those of migrations/0001_tables.sql (held by tests/unit/store/test_columns.py); what is absent
from a record is NULL, never 0 or false (metrics.md 2: absent means 0, false or unknown).
"""

from collections.abc import Mapping

KEY_COLUMNS = ("session_key", "session_id", "started_received_ms")

RECORD_COLUMNS: Mapping[str, str] = {
    "datastream_id": "VARCHAR",
    "state": "VARCHAR",
    "close_cause": "VARCHAR",
    "provisional": "BOOLEAN",
    "started_at_ms": "BIGINT",
    "last_at_ms": "BIGINT",
    "largest_at_ms": "BIGINT",
    "last_received_ms": "BIGINT",
    "playhead_changed_ms": "BIGINT",
    "closed_ms": "BIGINT",
    "person": "VARCHAR",
    "ecid": "VARCHAR",
    "accepted": "BIGINT",
    "duplicate": "BIGINT",
    "dropped": "BIGINT",
    "smallest_at_ms": "BIGINT",
}
"""Members of SessionRecord that have a column of their own name, beside those of KEY_COLUMNS."""

SPAN_COLUMNS: Mapping[str, str] = {
    "viewed_s": "DOUBLE",
    "replayed_s": "DOUBLE",
    "main_play_ms": "BIGINT",
    "ad_play_ms": "BIGINT",
}
"""Members that are lists of [from, to]: the type of both ends."""

Field = tuple[str, str, str]
"""Column, its type, and the field's name on the wire."""

SESSION_FIELDS: tuple[Field, ...] = (
    ("content", "VARCHAR", "name"),
    ("content_name", "VARCHAR", "friendlyName"),
    ("content_length", "BIGINT", "length"),
    ("content_type", "VARCHAR", "contentType"),
    ("player_name", "VARCHAR", "playerName"),
    ("channel", "VARCHAR", "channel"),
    ("app_version", "VARCHAR", "appVersion"),
    ("show", "VARCHAR", "show"),
    ("season", "VARCHAR", "season"),
    ("episode", "VARCHAR", "episode"),
    ("asset_id", "VARCHAR", "assetID"),
    ("genre", "VARCHAR", "genre"),
    ("genre_list", "VARCHAR[]", "genreList"),
    ("first_air_date", "VARCHAR", "firstAirDate"),
    ("first_digital_date", "VARCHAR", "firstDigitalDate"),
    ("rating", "VARCHAR", "rating"),
    ("originator", "VARCHAR", "originator"),
    ("network", "VARCHAR", "network"),
    ("show_type", "VARCHAR", "showType"),
    ("ad_load", "VARCHAR", "adLoad"),
    ("mvpd", "VARCHAR", "mvpd"),
    ("authorized", "VARCHAR", "authorized"),
    ("day_part", "VARCHAR", "dayPart"),
    ("feed", "VARCHAR", "feed"),
    ("stream_format", "VARCHAR", "streamFormat"),
    ("stream_type", "VARCHAR", "streamType"),
    ("artist", "VARCHAR", "artist"),
    ("album", "VARCHAR", "album"),
    ("label", "VARCHAR", "label"),
    ("author", "VARCHAR", "author"),
    ("station", "VARCHAR", "station"),
    ("publisher", "VARCHAR", "publisher"),
    ("cdn", "VARCHAR", "cdn"),
    ("data_ingestion_source", "VARCHAR", "dataIngestionSource"),
    ("pev3", "VARCHAR", "pev3"),
    ("pccr", "BOOLEAN", "pccr"),
    ("is_viewed", "BOOLEAN", "isViewed"),
    ("has_resume", "BOOLEAN", "hasResume"),
    ("is_downloaded", "BOOLEAN", "isDownloaded"),
    ("is_federated", "BOOLEAN", "isFederated"),
    ("is_played", "BOOLEAN", "isPlayed"),
    ("has_segment_view", "BOOLEAN", "hasSegmentView"),
    ("is_completed", "BOOLEAN", "isCompleted"),
    ("time_played", "BIGINT", "timePlayed"),
    ("total_time_played", "BIGINT", "totalTimePlayed"),
    ("unique_time_played", "BIGINT", "uniqueTimePlayed"),
    ("average_minute_audience", "DOUBLE", "averageMinuteAudience"),
    ("estimated_streams", "BIGINT", "estimatedStreams"),
    ("ad_count", "BIGINT", "adCount"),
    ("chapter_count", "BIGINT", "chapterCount"),
    ("pause_count", "BIGINT", "pauseCount"),
    ("pause_time", "BIGINT", "pauseTime"),
    ("has_pause_impacted_streams", "BOOLEAN", "hasPauseImpactedStreams"),
    ("has_progress_10", "BOOLEAN", "hasProgress10"),
    ("has_progress_25", "BOOLEAN", "hasProgress25"),
    ("has_progress_50", "BOOLEAN", "hasProgress50"),
    ("has_progress_75", "BOOLEAN", "hasProgress75"),
    ("has_progress_95", "BOOLEAN", "hasProgress95"),
    ("segment", "VARCHAR", "segment"),
    ("seconds_since_last_call", "DOUBLE", "secondsSinceLastCall"),
)
"""`sessionDetails` (metrics.md 2.1, 2.2)."""

QUALITY_FIELDS: tuple[Field, ...] = (
    ("bitrate_average", "BIGINT", "bitrateAverage"),
    ("bitrate_average_bucket", "VARCHAR", "bitrateAverageBucket"),
    ("bitrate_change_count", "BIGINT", "bitrateChangeCount"),
    ("has_bitrate_change_impacted_streams", "BOOLEAN", "hasBitrateChangeImpactedStreams"),
    ("dropped_frames", "BIGINT", "droppedFrames"),
    ("has_dropped_frame_impacted_streams", "BOOLEAN", "hasDroppedFrameImpactedStreams"),
    ("frames_per_second", "BIGINT", "framesPerSecond"),
    ("time_to_start", "BIGINT", "timeToStart"),
    ("is_dropped_before_start", "BOOLEAN", "isDroppedBeforeStart"),
    ("buffer_count", "BIGINT", "bufferCount"),
    ("has_buffer_impacted_streams", "BOOLEAN", "hasBufferImpactedStreams"),
    ("buffer_time", "BIGINT", "bufferTime"),
    ("stall_count", "BIGINT", "stallCount"),
    ("has_stall_impacted_streams", "BOOLEAN", "hasStallImpactedStreams"),
    ("stall_time", "BIGINT", "stallTime"),
    ("error_count", "BIGINT", "errorCount"),
    ("has_error_impacted_streams", "BOOLEAN", "hasErrorImpactedStreams"),
    ("player_sdk_errors", "VARCHAR[]", "playerSdkErrors"),
    ("external_errors", "VARCHAR[]", "externalErrors"),
)
"""`qoeDataDetails` (metrics.md 2.5)."""

AD_FIELDS: tuple[Field, ...] = (
    ("ad", "VARCHAR", "name"),
    ("ad_name", "VARCHAR", "friendlyName"),
    ("ad_length", "BIGINT", "length"),
    ("ad_player_name", "VARCHAR", "playerName"),
    ("pod_position", "BIGINT", "podPosition"),
    ("advertiser", "VARCHAR", "advertiser"),
    ("campaign_id", "VARCHAR", "campaignID"),
    ("creative_id", "VARCHAR", "creativeID"),
    ("creative_url", "VARCHAR", "creativeURL"),
    ("placement_id", "VARCHAR", "placementID"),
    ("site_id", "VARCHAR", "siteID"),
    ("is_started", "BOOLEAN", "isStarted"),
    ("is_completed", "BOOLEAN", "isCompleted"),
    ("time_played", "BIGINT", "timePlayed"),
)
"""`advertisingDetails` (metrics.md 2.3)."""

POD_FIELDS: tuple[Field, ...] = (
    ("pod_id", "VARCHAR", "ID"),
    ("pod_index", "BIGINT", "index"),
    ("pod_offset", "BIGINT", "offset"),
    ("pod_name", "VARCHAR", "friendlyName"),
)
"""`advertisingPodDetails` (metrics.md 2.3)."""

BREAK_FIELDS: tuple[Field, ...] = (
    ("break_closed_at_ms", "BIGINT", "break_closed_at_ms"),
    ("break_outcome", "VARCHAR", "break_outcome"),
    ("break_ads", "BIGINT", "break_ads"),
    ("break_completed", "BIGINT", "break_completed"),
    ("break_seconds", "BIGINT", "break_seconds"),
)
"""What is kept of an ad's break and is on no wire (`store.outcomes`)."""

CHAPTER_FIELDS: tuple[Field, ...] = (
    ("chapter", "VARCHAR", "ID"),
    ("chapter_name", "VARCHAR", "friendlyName"),
    ("chapter_length", "BIGINT", "length"),
    ("chapter_offset", "BIGINT", "offset"),
    ("chapter_index", "BIGINT", "index"),
    ("is_started", "BOOLEAN", "isStarted"),
    ("is_completed", "BOOLEAN", "isCompleted"),
    ("time_played", "BIGINT", "timePlayed"),
)
"""`chapterDetails` (metrics.md 2.4)."""

STATE_FIELDS: tuple[Field, ...] = (
    ("name", "VARCHAR", "name"),
    ("is_set", "BOOLEAN", "isSet"),
    ("state_count", "BIGINT", "count"),
    ("state_time", "BIGINT", "time"),
)
"""`states` (metrics.md 2.6)."""
