-- The tables as they are kept, by grain. Nobody outside the store reads them: the views of 0002 are for everyone.
-- `*_key` columns are 64 bits of the text beside them (store.keys.short_key): tables are searched by them, and
-- `started_received_ms` lets the database skip what is older (decision 0050). No indexes: they would live in memory.
CREATE SCHEMA kept;

-- Where each journal has been taken to (store.port.JournalPosition).
CREATE TABLE kept.position (
  journal VARCHAR PRIMARY KEY,
  byte_offset UBIGINT NOT NULL,
  taken UBIGINT NOT NULL,
  log VARCHAR NOT NULL
);

-- One row: the processor's time, and the next numbers of deliveries and rows.
CREATE TABLE kept.clock (now_ms BIGINT NOT NULL, sequence BIGINT NOT NULL, row_sequence BIGINT NOT NULL);
INSERT INTO kept.clock VALUES (0, 0, 0);

CREATE TABLE kept.refusal (
  datastream_id VARCHAR,
  hour_ms BIGINT,
  reason VARCHAR,
  refusals BIGINT NOT NULL,
  PRIMARY KEY (datastream_id, hour_ms, reason)
);

-- One a delivery, in arrival order.
CREATE TABLE kept.event (
  sequence BIGINT NOT NULL,
  session_key UBIGINT NOT NULL,
  session_id VARCHAR NOT NULL,
  datastream_id VARCHAR NOT NULL,
  received_ms BIGINT NOT NULL,
  action VARCHAR NOT NULL,
  at_ms BIGINT,
  playhead_s BIGINT,
  outcome VARCHAR NOT NULL,
  reason VARCHAR,
  request_id VARCHAR,
  request_index BIGINT NOT NULL,
  client_id VARCHAR,
  ecid VARCHAR,
  xdm BLOB NOT NULL,
  shared_xdm BLOB NOT NULL
);

-- One a reporting row, the last of its `_id`; `sequence` is that of its first writing.
CREATE TABLE kept.reported (
  sequence BIGINT NOT NULL,
  row_key UBIGINT NOT NULL,
  row_id VARCHAR NOT NULL,
  session_key UBIGINT NOT NULL,
  session_id VARCHAR NOT NULL,
  started_received_ms BIGINT NOT NULL,
  event_type VARCHAR NOT NULL,
  at_ms BIGINT NOT NULL,
  xdm VARCHAR NOT NULL
);

-- One a session, its latest record; `record` is all of it as JSON, the columns are what reports ask for.
CREATE TABLE kept.session (
  session_key UBIGINT NOT NULL,
  session_id VARCHAR NOT NULL,
  started_received_ms BIGINT NOT NULL,
  datastream_id VARCHAR NOT NULL,
  state VARCHAR NOT NULL,
  close_cause VARCHAR,
  provisional BOOLEAN NOT NULL,
  started_at_ms BIGINT NOT NULL,
  last_at_ms BIGINT NOT NULL,
  largest_at_ms BIGINT NOT NULL,
  last_received_ms BIGINT NOT NULL,
  playhead_changed_ms BIGINT NOT NULL,
  closed_ms BIGINT,
  person VARCHAR,
  ecid VARCHAR,
  accepted BIGINT NOT NULL,
  duplicate BIGINT NOT NULL,
  dropped BIGINT NOT NULL,
  viewed_s STRUCT(lo DOUBLE, hi DOUBLE)[] NOT NULL,
  main_play_ms STRUCT(lo BIGINT, hi BIGINT)[] NOT NULL,
  ad_play_ms STRUCT(lo BIGINT, hi BIGINT)[] NOT NULL,
  custom_metadata MAP(VARCHAR, VARCHAR) NOT NULL,
  -- sessionDetails, static (metrics.md 2.1)
  content VARCHAR,
  content_name VARCHAR,
  content_length BIGINT,
  content_type VARCHAR,
  player_name VARCHAR,
  channel VARCHAR,
  app_version VARCHAR,
  "show" VARCHAR,
  season VARCHAR,
  episode VARCHAR,
  asset_id VARCHAR,
  genre VARCHAR,
  genre_list VARCHAR[],
  first_air_date VARCHAR,
  first_digital_date VARCHAR,
  rating VARCHAR,
  originator VARCHAR,
  network VARCHAR,
  show_type VARCHAR,
  ad_load VARCHAR,
  mvpd VARCHAR,
  authorized VARCHAR,
  day_part VARCHAR,
  feed VARCHAR,
  stream_format VARCHAR,
  stream_type VARCHAR,
  artist VARCHAR,
  album VARCHAR,
  label VARCHAR,
  author VARCHAR,
  station VARCHAR,
  publisher VARCHAR,
  cdn VARCHAR,
  data_ingestion_source VARCHAR,
  pev3 VARCHAR,
  pccr BOOLEAN,
  -- sessionDetails, computed (metrics.md 2.2)
  is_viewed BOOLEAN,
  has_resume BOOLEAN,
  is_downloaded BOOLEAN,
  is_federated BOOLEAN,
  is_played BOOLEAN,
  has_segment_view BOOLEAN,
  is_completed BOOLEAN,
  time_played BIGINT,
  total_time_played BIGINT,
  unique_time_played BIGINT,
  average_minute_audience DOUBLE,
  estimated_streams BIGINT,
  ad_count BIGINT,
  chapter_count BIGINT,
  pause_count BIGINT,
  pause_time BIGINT,
  has_pause_impacted_streams BOOLEAN,
  has_progress_10 BOOLEAN,
  has_progress_25 BOOLEAN,
  has_progress_50 BOOLEAN,
  has_progress_75 BOOLEAN,
  has_progress_95 BOOLEAN,
  segment VARCHAR,
  seconds_since_last_call DOUBLE,
  -- qoeDataDetails (metrics.md 2.5)
  bitrate_average BIGINT,
  bitrate_average_bucket VARCHAR,
  bitrate_change_count BIGINT,
  has_bitrate_change_impacted_streams BOOLEAN,
  dropped_frames BIGINT,
  has_dropped_frame_impacted_streams BOOLEAN,
  frames_per_second BIGINT,
  time_to_start BIGINT,
  is_dropped_before_start BOOLEAN,
  buffer_count BIGINT,
  has_buffer_impacted_streams BOOLEAN,
  buffer_time BIGINT,
  stall_count BIGINT,
  has_stall_impacted_streams BOOLEAN,
  stall_time BIGINT,
  error_count BIGINT,
  has_error_impacted_streams BOOLEAN,
  player_sdk_errors VARCHAR[],
  external_errors VARCHAR[],
  record VARCHAR NOT NULL
);

-- One an ad play of a closed session (metrics.md 2.3).
CREATE TABLE kept.ad (
  session_key UBIGINT NOT NULL,
  session_id VARCHAR NOT NULL,
  started_received_ms BIGINT NOT NULL,
  ordinal BIGINT NOT NULL,
  started_at_ms BIGINT NOT NULL,
  closed_at_ms BIGINT,
  ad VARCHAR,
  ad_name VARCHAR,
  ad_length BIGINT,
  ad_player_name VARCHAR,
  pod_position BIGINT,
  advertiser VARCHAR,
  campaign_id VARCHAR,
  creative_id VARCHAR,
  creative_url VARCHAR,
  placement_id VARCHAR,
  site_id VARCHAR,
  is_started BOOLEAN,
  is_completed BOOLEAN,
  time_played BIGINT,
  pod_id VARCHAR,
  pod_index BIGINT,
  pod_offset BIGINT,
  pod_name VARCHAR,
  custom_metadata MAP(VARCHAR, VARCHAR) NOT NULL
);

-- One a chapter play of a closed session (metrics.md 2.4).
CREATE TABLE kept.chapter (
  session_key UBIGINT NOT NULL,
  session_id VARCHAR NOT NULL,
  started_received_ms BIGINT NOT NULL,
  ordinal BIGINT NOT NULL,
  started_at_ms BIGINT NOT NULL,
  closed_at_ms BIGINT,
  chapter VARCHAR,
  chapter_name VARCHAR,
  chapter_length BIGINT,
  chapter_offset BIGINT,
  chapter_index BIGINT,
  is_started BOOLEAN,
  is_completed BOOLEAN,
  time_played BIGINT,
  custom_metadata MAP(VARCHAR, VARCHAR) NOT NULL
);

-- One a closed session and player state (metrics.md 2.6).
CREATE TABLE kept.player_state (
  session_key UBIGINT NOT NULL,
  session_id VARCHAR NOT NULL,
  started_received_ms BIGINT NOT NULL,
  ordinal BIGINT NOT NULL,
  name VARCHAR NOT NULL,
  is_set BOOLEAN NOT NULL,
  state_count BIGINT NOT NULL,
  state_time BIGINT NOT NULL
);
