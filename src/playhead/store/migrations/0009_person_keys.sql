-- 128 bits of the person's id (store.keys.PERSON_KEY), by which reports tell persons apart (decision 0087): half the work
-- of the ids' texts, and memory of a fixed size.
ALTER TABLE kept.session ADD COLUMN person_key UUID;
UPDATE kept.session SET person_key = left(sha256(person), 32)::UUID;

CREATE OR REPLACE VIEW sessions AS
SELECT
  session_id, datastream_id, state, close_cause, provisional,
  make_timestamp_ms(started_at_ms) AS started_at,
  make_timestamp_ms(last_at_ms) AS last_at,
  make_timestamp_ms(closed_ms) AS closed_at,
  * EXCLUDE (session_id, datastream_id, state, close_cause, provisional, record),
  record::JSON AS record
FROM kept.session;
