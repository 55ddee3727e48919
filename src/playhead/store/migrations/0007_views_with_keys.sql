-- Smallest timestamp of a session's events: where its span begins (metrics.md 6.6). Of sessions closed before, their start.
ALTER TABLE kept.session ADD COLUMN smallest_at_ms BIGINT;
UPDATE kept.session SET smallest_at_ms = started_at_ms;

-- The views that reports join know the key sessions are joined by: 64 bits of the id, to be joined by beside it.
CREATE OR REPLACE VIEW sessions AS
SELECT
  session_id, datastream_id, state, close_cause, provisional,
  make_timestamp_ms(started_at_ms) AS started_at,
  make_timestamp_ms(last_at_ms) AS last_at,
  make_timestamp_ms(closed_ms) AS closed_at,
  * EXCLUDE (session_id, datastream_id, state, close_cause, provisional, record),
  record::JSON AS record
FROM kept.session;

CREATE OR REPLACE VIEW ads AS
SELECT
  session_id, ordinal,
  make_timestamp_ms(started_at_ms) AS started_at,
  make_timestamp_ms(closed_at_ms) AS closed_at,
  * EXCLUDE (session_id, ordinal)
FROM kept.ad;

CREATE OR REPLACE VIEW chapters AS
SELECT
  session_id, ordinal,
  make_timestamp_ms(started_at_ms) AS started_at,
  make_timestamp_ms(closed_at_ms) AS closed_at,
  * EXCLUDE (session_id, ordinal)
FROM kept.chapter;

CREATE OR REPLACE VIEW states AS
SELECT
  session_id, ordinal, name, is_set,
  state_count AS "count",
  state_time AS "time",
  started_received_ms, session_key
FROM kept.player_state;
