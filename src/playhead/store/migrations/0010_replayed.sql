-- Which parts of the content were viewed more than once (decision 0047). Of sessions closed before nothing is known, which is said
-- as none: so they are what the log gives, for `playhead verify`, but those that have replays.
ALTER TABLE kept.session ADD COLUMN replayed_s STRUCT(lo DOUBLE, hi DOUBLE)[];
UPDATE kept.session SET replayed_s = [], record = left(record, -1) || ',"replayed_s":[]}';

CREATE OR REPLACE VIEW sessions AS
SELECT
  session_id, datastream_id, state, close_cause, provisional,
  make_timestamp_ms(started_at_ms) AS started_at,
  make_timestamp_ms(last_at_ms) AS last_at,
  make_timestamp_ms(closed_ms) AS closed_at,
  * EXCLUDE (session_id, datastream_id, state, close_cause, provisional, record),
  record::JSON AS record
FROM kept.session;
